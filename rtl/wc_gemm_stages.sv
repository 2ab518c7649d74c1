// Which command each part of the GEMM unit works on.
//
//   setup --> feed (feeds of A and B) --> array (sequencer) --> drain
//       \---> load (preload of P)
//
// Commands pass in order, and each stage takes the next as soon as it is through with the last, so
// the feeds fill the buffers, and P the free bank, for one command while the array works on the
// one before and that before drains. A command is held back from the feeds while a command before
// it may write what they would read; load has its own rule (wc_gemm_drain.sv). A faulty command
// is taken alone. Two bits number the commands under way.
module wc_gemm_stages (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         clear_i,
  // setup: the command is there; also all that needs the commands before it; it may go
  input  logic         cfg_held_i,
  input  logic         cfg_judged_i,
  output logic         cfg_next_o,
  input  logic         cfg_sound_i,
  input  logic [895:0] cfg_cmd_i,
  input  logic [47:0]  cfg_positions_i,
  input  logic [47:0]  cfg_taps_i,
  input  logic [1:0]   cfg_group_i,
  input  logic [1:0]   cfg_apart_i,    // A and B meet nothing of the last command, the one before
  input  logic         cfg_p_apart_i,
  input  logic         cfg_p_chain_i,
  output logic         cfg_feed_o,     // the feeds take it
  // feed; start is the first cycle of its command
  output logic         feed_start_o,
  output logic [895:0] feed_cmd_o,
  output logic [47:0]  feed_m_o,
  output logic [47:0]  feed_k_o,
  output logic [1:0]   feed_group_o,
  output logic [1:0]   feed_id_o,
  input  logic         feed_busy_i,    // from the cycle after start until all pieces are there
  // array
  output logic         array_start_o,   // it begins with the feeds' command in the next cycle
  output logic         array_preload_o, // of the command that it works on
  input  logic         array_end_i,     // last row
  // load
  output logic         load_start_o,
  output logic [895:0] load_cmd_o,
  output logic [47:0]  load_m_o,
  output logic [1:0]   load_group_o,
  output logic [1:0]   load_id_o,
  output logic         load_behind_o,   // a command before it is not done,
  output logic         load_apart_o,    // but writes nothing of P,
  output logic         load_chain_o,    // or P by the same walk
  output logic         load_next_o,     // it is the command after the array's,
  output logic         load_after_o,    // which has sent its last row; or it is the array's
  input  logic         load_busy_i,
  // drain
  output logic         drain_start_o,
  output logic [895:0] drain_cmd_o,
  output logic [47:0]  drain_m_o,
  output logic [1:0]   drain_group_o,
  output logic [1:0]   drain_id_o,
  output logic         drain_valid_o,
  input  logic         done_i,
  output logic         feed_waits_o,    // a command is on its way to the array
  output logic         idle_o
);

  logic         feed_q, feed_new_q;              // feeds at work; not in the array
  logic         array_q, array_new_q;            // at work; not in the drain
  logic         drain_q;
  logic         feed_took_q, load_took_q;        // setup's command
  logic         feed_has, load_has;
  logic         take_feed, take_array, take_load, take_drain;
  logic [895:0] array_cmd_q;
  logic [47:0]  array_m_q, rows;
  logic [1:0]   array_group_q, array_id_q;
  logic [1:0]   open_q, older_q;                 // commands that feed took, not done; before load's
  logic [1:0]   ahead;                          // before setup's
  logic         a_trans, preload;

  assign ahead = open_q - {1'b0, feed_took_q};
  assign take_feed = cfg_held_i && !feed_took_q && !feed_q && !feed_new_q
                     && (open_q == 2'd0
                         || (cfg_judged_i && cfg_sound_i && cfg_apart_i[0]
                             && (open_q == 2'd1 || cfg_apart_i[1])));
  assign take_array = feed_new_q && (!array_q || array_end_i) && (!array_new_q || take_drain);
  assign take_load = cfg_held_i && preload && cfg_sound_i && !load_took_q && !load_busy_i
                     && (ahead == 2'd0 || cfg_judged_i);
  assign take_drain = array_new_q && !drain_q;

  assign a_trans = cfg_cmd_i[wc_isa_pkg::GEMM_a_trans_LSB];
  assign preload = cfg_cmd_i[wc_isa_pkg::GEMM_preload_LSB];
  assign rows = a_trans ? cfg_taps_i : cfg_positions_i;
  assign feed_has = feed_took_q || take_feed;
  assign load_has = load_took_q || take_load || !preload || !cfg_sound_i;
  assign cfg_next_o = feed_has && load_has;
  assign cfg_feed_o = take_feed;
  assign drain_valid_o = drain_q;
  assign feed_waits_o = feed_new_q;
  assign idle_o = open_q == 2'd0 && !feed_q && !load_busy_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      feed_q <= 1'b0;
      feed_new_q <= 1'b0;
      array_q <= 1'b0;
      array_new_q <= 1'b0;
      drain_q <= 1'b0;
      feed_took_q <= 1'b0;
      load_took_q <= 1'b0;
      feed_start_o <= 1'b0;
      load_start_o <= 1'b0;
      drain_start_o <= 1'b0;
      open_q <= 2'd0;
      older_q <= 2'd0;
    end else begin
      feed_q <= take_feed || (feed_q && (feed_start_o || feed_busy_i));
      feed_new_q <= take_feed || (feed_new_q && !take_array);
      array_q <= take_array || (array_q && !array_end_i);
      array_new_q <= take_array || (array_new_q && !take_drain);
      drain_q <= take_drain || (drain_q && !done_i);
      feed_took_q <= feed_has && !(cfg_judged_i && cfg_next_o);
      load_took_q <= (load_took_q || take_load) && !(cfg_judged_i && cfg_next_o);
      feed_start_o <= take_feed;
      load_start_o <= take_load;
      drain_start_o <= take_drain;
      open_q <= open_q + {1'b0, take_feed} - {1'b0, done_i};
      if (take_load) older_q <= ahead - {1'b0, done_i};
      else if (done_i && older_q != 2'd0) older_q <= older_q - 2'd1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      feed_id_o <= 2'd0;
      array_id_q <= 2'd0;
    end else begin
      if (take_feed) feed_id_o <= feed_id_o + 2'd1;
      if (clear_i) array_id_q <= feed_id_o + {1'b0, take_feed};
      else if (take_array) array_id_q <= feed_id_o;
    end
    if (take_feed) begin
      feed_cmd_o <= cfg_cmd_i;
      feed_m_o <= rows;
      feed_k_o <= a_trans ? cfg_positions_i : cfg_taps_i;
      feed_group_o <= cfg_group_i;
    end
    if (take_array) begin
      array_cmd_q <= feed_cmd_o;
      array_m_q <= feed_m_o;
      array_group_q <= feed_group_o;
    end
    if (take_load) begin
      load_cmd_o <= cfg_cmd_i;
      load_m_o <= rows;
      load_group_o <= cfg_group_i;
      load_id_o <= feed_id_o + {1'b0, !feed_took_q};
      load_apart_o <= cfg_p_apart_i;
      load_chain_o <= cfg_p_chain_i;
    end
    if (take_drain) begin
      drain_cmd_o <= array_cmd_q;
      drain_m_o <= array_m_q;
      drain_group_o <= array_group_q;
      drain_id_o <= array_id_q;
    end
  end

  assign load_behind_o = (older_q != 2'd0);
  assign load_next_o = array_q && (load_id_o == array_id_q + 2'd1);
  assign load_after_o = (load_id_o == array_id_q)
                        || (!array_q && load_id_o == array_id_q + 2'd1);
  assign array_start_o = take_array;
  assign array_preload_o = array_cmd_q[wc_isa_pkg::GEMM_preload_LSB];

  // Header bits and operands A, B are not the concern of the later stages.
  logic unused;
  assign unused = ^array_cmd_q;

endmodule
