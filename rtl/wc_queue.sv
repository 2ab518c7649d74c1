// In-order queue of one unit: holds commands, waits for tokens, dispatches, gives tokens.
//
// Commands arrive in 16-byte units and lie in a RAM of Depth slots; the oldest is unpacked into
// a flat vector while the unit still works on the one before. It is shown to the unit once every
// token it waits for is there; they are taken in the cycle of the handshake. Up to InFlight
// commands may be in the unit; each done_i belongs to the oldest of them.
module wc_queue #(
  parameter int unsigned Depth = 8,     // commands, the one being unpacked included
  parameter int unsigned MaxUnits = 4,  // units of the longest command
  parameter int unsigned InFlight = 8   // power of two
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  // From fetch: one unit a cycle; a command's units follow each other.
  input  logic                    push_valid_i,
  output logic                    push_ready_o,
  input  logic [127:0]            push_data_i,
  input  logic                    push_first_i,
  input  logic                    push_last_i,
  input  logic [31:0]             push_number_i,
  // To the unit.
  output logic                    cmd_valid_o,
  input  logic                    cmd_ready_i,
  output logic [128*MaxUnits-1:0] cmd_o,
  input  logic                    done_i,
  // Tokens, by the other queue's number.
  input  logic [3:0]              avail_i,
  output logic [3:0]              take_o,
  output logic [3:0]              give_o,
  // What is known about it.
  output logic                    empty_o,        // no command here or in the unit
  output logic [7:0]              waiting_o,      // commands not yet taken by the unit
  output logic [3:0]              unmet_o,        // tokens that the head still waits for
  output logic                    head_valid_o,
  output logic [31:0]             head_number_o,
  output logic [31:0]             head_id_o,
  output logic                    oldest_valid_o, // the oldest in the unit
  output logic [31:0]             oldest_number_o,
  output logic [31:0]             oldest_id_o,
  output logic [3:0]              oldest_tag_o
);

  localparam int unsigned SlotBits = (Depth > 1) ? $clog2(Depth) : 1;
  localparam int unsigned UnitBits = $clog2(MaxUnits);

  // Slots.
  logic [SlotBits-1:0]      write_slot_q, read_slot_q;
  logic [SlotBits:0]        used_q;      // slots with a command, complete or not
  logic [SlotBits:0]        complete_q;  // slots with a whole command, not yet unpacked
  logic [UnitBits-1:0]      write_unit_q, unit;
  logic [31:0]              number [0:Depth-1];
  logic                     push, load_done;

  assign push = push_valid_i && push_ready_o;
  assign push_ready_o = !push_first_i || used_q != (SlotBits + 1)'(Depth);
  assign unit = push_first_i ? '0 : write_unit_q;

  function automatic [SlotBits-1:0] next_slot(input [SlotBits-1:0] slot);
    next_slot = (slot == SlotBits'(Depth - 1)) ? '0 : slot + 1'b1;
  endfunction

  // Unpacking: read unit k, a cycle later put it in place; the first one tells the length.
  logic                     reading_q, arriving_q, head_q, dispatch, begin_load, last_unit;
  logic [UnitBits-1:0]      read_unit_q, arriving_unit_q;
  logic [UnitBits-1:0]      end_unit, end_unit_q;
  logic [127:0]             word;
  logic [128*MaxUnits-1:0]  cmd_q;
  logic [31:0]              head_number_q;
  logic [7:0]               word_units;

  assign begin_load = !reading_q && !arriving_q && complete_q != '0 && (!head_q || dispatch);
  assign word_units = word[wc_isa_pkg::HDR_units_LSB +: wc_isa_pkg::HDR_units_BITS] - 8'd1;
  assign end_unit = (arriving_unit_q == '0) ? word_units[UnitBits-1:0] : end_unit_q;
  assign last_unit = arriving_unit_q == end_unit;
  assign load_done = arriving_q && last_unit;

  wc_ram_1r1w #(.Width(128), .Depth(Depth << UnitBits)) u_ram (
    .clk_i,
    .wr_en_i   (push),
    .wr_addr_i ({write_slot_q, unit}),
    .wr_data_i (push_data_i),
    .wr_strb_i (1'b1),
    .rd_en_i   (begin_load || reading_q),
    .rd_addr_i ({read_slot_q, reading_q ? read_unit_q : UnitBits'(0)}),
    .rd_data_o (word)
  );

  // Tokens and dispatch.
  logic [3:0] want, signal;
  logic       flight_ready, flight_valid;
  assign want = cmd_q[wc_isa_pkg::HDR_wait_LSB +: 4];
  assign unmet_o = head_q ? want & ~avail_i : '0;
  assign cmd_valid_o = head_q && unmet_o == '0 && flight_ready;
  assign dispatch = cmd_valid_o && cmd_ready_i;
  assign take_o = dispatch ? want : '0;
  assign give_o = done_i ? signal : '0;
  assign cmd_o = cmd_q;

  wc_dma_fifo #(.Width(4 + 4 + 32 + 32), .Depth(InFlight)) u_flight (
    .clk_i, .rst_ni,
    .push_i  (dispatch),
    .data_i  ({cmd_q[wc_isa_pkg::HDR_signal_LSB +: 4], cmd_q[wc_isa_pkg::HDR_tag_LSB +: 4],
               head_number_q, head_id_o}),
    .ready_o (flight_ready),
    .valid_o (flight_valid),
    .data_o  ({signal, oldest_tag_o, oldest_number_o, oldest_id_o}),
    .pop_i   (done_i)
  );

  assign empty_o = used_q == '0 && !head_q && !flight_valid;
  assign waiting_o = 8'(used_q) + 8'(head_q);
  assign head_valid_o = head_q;
  assign head_number_o = head_number_q;
  assign head_id_o = cmd_q[wc_isa_pkg::HDR_id_LSB +: 32];
  assign oldest_valid_o = flight_valid;

  integer i;
  always_ff @(posedge clk_i) begin
    if (push) begin
      write_unit_q <= unit + 1'b1;
      if (push_first_i) number[write_slot_q] <= push_number_i;
      if (push_last_i) write_slot_q <= next_slot(write_slot_q);
    end
    used_q <= used_q + (SlotBits + 1)'(push && push_first_i) - (SlotBits + 1)'(load_done);
    complete_q <= complete_q + (SlotBits + 1)'(push && push_last_i) -
                  (SlotBits + 1)'(begin_load);

    arriving_q <= (begin_load || reading_q) && !load_done;
    arriving_unit_q <= reading_q ? read_unit_q : '0;
    if (begin_load) begin
      reading_q <= 1'b1;
      read_unit_q <= UnitBits'(1);
      head_number_q <= number[read_slot_q];
    end else if (reading_q) begin
      read_unit_q <= read_unit_q + 1'b1;
    end
    if (dispatch) begin
      head_q <= 1'b0;
      cmd_q <= '0;
    end
    if (arriving_q) begin
      for (i = 0; i < MaxUnits; i = i + 1)  // a shift of cmd_q's width would be logic of it
        if (arriving_unit_q == UnitBits'(i)) cmd_q[i*128 +: 128] <= word;
      if (arriving_unit_q == '0) end_unit_q <= word_units[UnitBits-1:0];
    end
    if (load_done) begin
      reading_q <= 1'b0;
      head_q <= 1'b1;
      read_slot_q <= next_slot(read_slot_q);
    end
    if (!rst_ni) begin
      write_slot_q <= '0;
      read_slot_q <= '0;
      used_q <= '0;
      complete_q <= '0;
      reading_q <= 1'b0;
      arriving_q <= 1'b0;
      head_q <= 1'b0;
      cmd_q <= '0;
    end
  end

  logic unused;
  assign unused = ^word_units;

endmodule
