// SDR SDRAM controller: AXI4 with 32 bits on one side, a 16-bit SDRAM on the other.
//
// One burst at a time, reads and writes in turn; one row open at a time. While its row is open a
// burst moves two bytes a cycle; a change of row costs tRP + tRCD. All pins come from, and go to,
// flip-flops; the SDRAM has its own clock, the same with an adjustable phase. Read data are taken
// cas_i + 1 + capture_i cycles after the command left: what fits depends on the phase, and the
// self test finds it. Timings are those of 32 MiB parts of 166 MHz (AS4C32M16SB-6, IS42S16160G-6),
// rounded up to cycles. Addresses beyond the memory answer DECERR.
//
// Assumed: bursts INCR of full beats that do not cross 4 KiB; strobes may be any.
module wc_sdram #(
  parameter int unsigned ClkHz = 50000000,
  parameter int unsigned IdWidth = 5,
  parameter int unsigned RowBits = 13,
  parameter int unsigned ColBits = 9,
  parameter int unsigned PowerUpUs = 200,  // before the first command
  localparam int unsigned AddrBits = RowBits + 2 + ColBits + 1  // of bytes
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // Tuning, and what became of it.
  input  logic [1:0]         cas_i,      // 2 or 3
  input  logic [1:0]         capture_i,
  input  logic               retune_i,   // one cycle: write the mode register anew
  output logic               ready_o,    // initialised
  output logic [31:0]        refreshes_o,
  // AXI4.
  input  logic               ar_valid_i,
  output logic               ar_ready_o,
  input  logic [IdWidth-1:0] ar_id_i,
  input  logic [39:0]        ar_addr_i,
  input  logic [7:0]         ar_len_i,
  output logic               r_valid_o,
  input  logic               r_ready_i,
  output logic [IdWidth-1:0] r_id_o,
  output logic [31:0]        r_data_o,
  output logic [1:0]         r_resp_o,
  output logic               r_last_o,
  input  logic               aw_valid_i,
  output logic               aw_ready_o,
  input  logic [IdWidth-1:0] aw_id_i,
  input  logic [39:0]        aw_addr_i,
  input  logic [7:0]         aw_len_i,
  input  logic               w_valid_i,
  output logic               w_ready_o,
  input  logic [31:0]        w_data_i,
  input  logic [3:0]         w_strb_i,
  input  logic               w_last_i,
  output logic               b_valid_o,
  input  logic               b_ready_i,
  output logic [IdWidth-1:0] b_id_o,
  output logic [1:0]         b_resp_o,
  // Pins.
  output logic               cke_o,
  output logic               cs_no,
  output logic               ras_no,
  output logic               cas_no,
  output logic               we_no,
  output logic [1:0]         ba_o,
  output logic [RowBits-1:0] a_o,
  output logic [1:0]         dqm_o,
  output logic [15:0]        dq_o,
  output logic               dq_oe_o,
  input  logic [15:0]        dq_i
);

  // Cycles of @ns nanoseconds, rounded up.
  localparam int unsigned PeriodPs = 1000000 / (ClkHz / 1000000);
  localparam int unsigned Rcd = (20000 + PeriodPs - 1) / PeriodPs;
  localparam int unsigned Rp = (20000 + PeriodPs - 1) / PeriodPs;
  localparam int unsigned Ras = (45000 + PeriodPs - 1) / PeriodPs;
  localparam int unsigned Rc = (65000 + PeriodPs - 1) / PeriodPs;
  localparam int unsigned Rfc = (70000 + PeriodPs - 1) / PeriodPs;
  localparam int unsigned Wr = (15000 + PeriodPs - 1) / PeriodPs + 1;
  localparam int unsigned Mrd = 2;
  localparam int unsigned PowerUp = PowerUpUs * (ClkHz / 1000000);
  // 8192 rows in 64 ms, less what a command under way may hold up.
  localparam int unsigned Refresh = 7800000 / PeriodPs - 16;
  localparam int unsigned InitRefreshes = 8;
  localparam int unsigned Depth = 16;  // words of read data under way

  localparam logic [3:0] NOP = 4'b0111, ACTIVE = 4'b0011, READ = 4'b0101, WRITE = 4'b0100,
                         PRECHARGE = 4'b0010, REFRESH = 4'b0001, MODE = 4'b0000;

  typedef enum logic [3:0] {
    POWER_UP, INIT_PRE, INIT_REF, LOAD_MODE, IDLE, MOVE, REF_PRE, REF, DRAIN, RESPOND, REFUSE
  } state_e;
  state_e state_q;

  // The burst under way.
  logic               write_q, beyond_q, half_q;
  logic [IdWidth-1:0] id_q;
  logic [AddrBits-1:0] at_q;   // bytes
  logic [8:0]         left_q;  // beats
  logic [RowBits-1:0] row, open_row_q;
  logic [1:0]         bank, open_bank_q;
  logic               open_q;
  logic [ColBits-1:0] col;
  assign col = at_q[1 +: ColBits];
  assign bank = at_q[1 + ColBits +: 2];
  assign row = at_q[3 + ColBits +: RowBits];

  // Times that have to pass: to any command, to a precharge, to an activation.
  logic [15:0] wait_q;
  logic [3:0]  to_pre_q, to_act_q;
  logic [15:0] refresh_q;
  logic        due_q, retune_q, last_write_q;
  logic [3:0]  init_q;
  logic [3:0]  command;
  logic        hit, room, can_move, moving;

  assign hit = open_q && open_row_q == row && open_bank_q == bank;
  assign can_move = write_q ? w_valid_i : room;
  assign moving = state_q == MOVE && wait_q == '0 && !due_q && hit && can_move;

  // Read data: a bit for each command under way, and the words that came.
  localparam int unsigned Pipe = 10;
  logic [Pipe-1:0] pipe_valid_q, pipe_high_q, pipe_last_q;
  logic [3:0]      tap;
  logic [15:0]     dq_q, low_q;
  logic [4:0]      credit_q;   // words that may still be asked for
  logic            word_in, word_out, fifo_valid, unused_ready;
  logic [32:0]     fifo_out;
  assign tap = {2'd0, cas_i} + {2'd0, capture_i};
  assign word_in = pipe_valid_q[tap] && pipe_high_q[tap];
  assign room = half_q || credit_q != '0;
  assign word_out = fifo_valid && r_ready_i;

  wc_dma_fifo #(.Width(33), .Depth(Depth)) u_words (
    .clk_i, .rst_ni,
    .push_i  (word_in),
    .data_i  ({pipe_last_q[tap], dq_q, low_q}),
    .ready_o (unused_ready),
    .valid_o (fifo_valid),
    .data_o  (fifo_out),
    .pop_i   (word_out)
  );

  logic take_read, take_write;
  assign take_read = ar_valid_i && (!aw_valid_i || last_write_q);
  assign take_write = aw_valid_i && !take_read;
  assign ar_ready_o = state_q == IDLE && !due_q && !retune_q && take_read;
  assign aw_ready_o = state_q == IDLE && !due_q && !retune_q && take_write;
  assign w_ready_o = (moving && write_q && half_q) || (state_q == REFUSE && write_q);
  assign r_valid_o = fifo_valid || (state_q == REFUSE && !write_q);
  assign r_id_o = id_q;
  assign r_data_o = fifo_valid ? fifo_out[31:0] : 32'd0;
  assign r_resp_o = fifo_valid ? 2'd0 : 2'd3;
  assign r_last_o = fifo_valid ? fifo_out[32] : left_q == 9'd1;
  assign b_valid_o = state_q == RESPOND;
  assign b_id_o = id_q;
  assign b_resp_o = beyond_q ? 2'd3 : 2'd0;

  // What goes to the pins next.
  logic close;  // the open row has to be closed
  assign close = open_q && to_pre_q == '0 && wait_q == '0;
  always_comb begin
    command = NOP;
    case (state_q)
      INIT_PRE: if (wait_q == '0) command = PRECHARGE;
      INIT_REF, REF: if (wait_q == '0 && to_act_q == '0) command = REFRESH;
      LOAD_MODE: if (wait_q == '0) command = MODE;
      MOVE: if (wait_q == '0 && !due_q) begin
        if (!open_q) command = (to_act_q == '0) ? ACTIVE : NOP;
        else if (!hit) command = close ? PRECHARGE : NOP;
        else if (can_move) command = write_q ? WRITE : READ;
      end
      REF_PRE: if (close) command = PRECHARGE;
      default: ;
    endcase
  end

  always_ff @(posedge clk_i) begin
    cke_o <= 1'b1;
    {cs_no, ras_no, cas_no, we_no} <= command;
    ba_o <= (command == MODE) ? 2'd0 : (command == PRECHARGE) ? open_bank_q : bank;
    a_o <= '0;
    dqm_o <= '0;
    dq_oe_o <= command == WRITE;
    dq_o <= half_q ? w_data_i[31:16] : w_data_i[15:0];
    case (command)
      ACTIVE: a_o <= row;
      READ: a_o <= RowBits'(col);
      WRITE: begin
        a_o <= RowBits'(col);
        dqm_o <= half_q ? ~w_strb_i[3:2] : ~w_strb_i[1:0];
      end
      PRECHARGE: a_o[10] <= 1'b1;  // all banks
      MODE: a_o <= RowBits'({4'b1000, cas_i, 4'b0000});  // one column a command
      default: ;
    endcase
    if (!rst_ni) begin
      {cs_no, ras_no, cas_no, we_no} <= 4'b1111;
      dq_oe_o <= 1'b0;
      dqm_o <= '1;
    end
  end

  always_ff @(posedge clk_i) begin
    dq_q <= dq_i;
    if (pipe_valid_q[tap] && !pipe_high_q[tap]) low_q <= dq_q;
    pipe_valid_q <= {pipe_valid_q[Pipe-2:0], command == READ};
    pipe_high_q <= {pipe_high_q[Pipe-2:0], half_q};
    pipe_last_q <= {pipe_last_q[Pipe-2:0], left_q == 9'd1};
    credit_q <= credit_q + {4'd0, word_out} - {4'd0, command == READ && !half_q};
    if (!rst_ni) begin
      pipe_valid_q <= '0;
      credit_q <= 5'(Depth);
    end
  end

  always_ff @(posedge clk_i) begin
    if (wait_q != '0) wait_q <= wait_q - 16'd1;
    if (to_pre_q != '0) to_pre_q <= to_pre_q - 4'd1;
    if (to_act_q != '0) to_act_q <= to_act_q - 4'd1;
    refresh_q <= refresh_q - 16'd1;
    if (refresh_q == '0) begin
      refresh_q <= 16'(Refresh - 1);
      due_q <= 1'b1;
    end
    if (retune_i) retune_q <= 1'b1;
    case (command)
      ACTIVE: begin
        wait_q <= 16'(Rcd - 1);
        to_pre_q <= 4'(Ras - 1);
        to_act_q <= 4'(Rc - 1);
        open_q <= 1'b1;
        open_row_q <= row;
        open_bank_q <= bank;
      end
      WRITE: if (to_pre_q < 4'(Wr)) to_pre_q <= 4'(Wr - 1);
      PRECHARGE: begin
        wait_q <= 16'(Rp - 1);
        open_q <= 1'b0;
      end
      REFRESH: begin
        wait_q <= 16'(Rfc - 1);
        refreshes_o <= refreshes_o + 32'd1;
      end
      MODE: wait_q <= 16'(Mrd);
      default: ;
    endcase
    case (state_q)
      POWER_UP: if (wait_q == '0) state_q <= INIT_PRE;
      INIT_PRE: if (wait_q == '0) state_q <= INIT_REF;
      INIT_REF: if (command == REFRESH) begin
        init_q <= init_q + 4'd1;
        if (init_q == 4'(InitRefreshes - 1)) state_q <= LOAD_MODE;
      end
      LOAD_MODE: if (wait_q == '0) begin
        state_q <= IDLE;
        ready_o <= 1'b1;
        retune_q <= 1'b0;
      end
      IDLE: begin
        write_q <= take_write;
        last_write_q <= take_write;
        id_q <= take_read ? ar_id_i : aw_id_i;
        at_q <= take_read ? ar_addr_i[AddrBits-1:0] : aw_addr_i[AddrBits-1:0];
        left_q <= {1'b0, take_read ? ar_len_i : aw_len_i} + 9'd1;
        beyond_q <= (take_read ? ar_addr_i[39:AddrBits] : aw_addr_i[39:AddrBits]) != '0;
        half_q <= 1'b0;
        if (due_q || retune_q) state_q <= open_q ? REF_PRE : due_q ? REF : LOAD_MODE;
        else if (ar_ready_o)
          state_q <= (ar_addr_i[39:AddrBits] != '0) ? REFUSE : MOVE;
        else if (aw_ready_o)
          state_q <= (aw_addr_i[39:AddrBits] != '0) ? REFUSE : MOVE;
      end
      MOVE: begin
        if (moving) begin
          half_q <= !half_q;
          at_q <= at_q + AddrBits'(2);
          if (half_q) begin
            left_q <= left_q - 9'd1;
            if (left_q == 9'd1) state_q <= write_q ? RESPOND : DRAIN;
          end
        end else if (due_q && wait_q == '0) begin
          state_q <= open_q ? REF_PRE : REF;
        end
      end
      REF_PRE: if (close) state_q <= due_q ? REF : LOAD_MODE;
      REF: if (command == REFRESH) begin
        due_q <= 1'b0;
        state_q <= (left_q != '0) ? MOVE : IDLE;
      end
      DRAIN: if (pipe_valid_q == '0 && !fifo_valid) state_q <= IDLE;
      RESPOND: if (b_ready_i) state_q <= IDLE;
      default: if (write_q ? w_valid_i : r_ready_i) begin
        left_q <= left_q - 9'd1;
        if (write_q ? w_last_i : left_q == 9'd1) state_q <= write_q ? RESPOND : IDLE;
      end
    endcase
    // Between bursts nothing is left, so that a refresh knows where to go back to.
    if (state_q == IDLE && !ar_ready_o && !aw_ready_o) left_q <= '0;
    if (!rst_ni) begin
      state_q <= POWER_UP;
      wait_q <= 16'(PowerUp);
      to_pre_q <= '0;
      to_act_q <= '0;
      refresh_q <= 16'(Refresh - 1);
      due_q <= 1'b0;
      retune_q <= 1'b0;
      open_q <= 1'b0;
      init_q <= '0;
      left_q <= '0;
      ready_o <= 1'b0;
      refreshes_o <= '0;
    end
  end

endmodule
