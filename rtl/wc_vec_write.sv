// Shares the write port among the outputs, round robin, through a queue of two lines.
module wc_vec_write #(
  parameter int unsigned Streams = 3,
  parameter int unsigned LineBytes = 32,
  parameter int unsigned LineBits = 13
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  output logic                           empty_o,
  // outputs
  input  logic [Streams-1:0]             req_valid_i,
  output logic [Streams-1:0]             req_ready_o,
  input  logic [Streams*LineBits-1:0]    req_line_i,
  input  logic [Streams*8*LineBytes-1:0] req_data_i,
  input  logic [Streams*LineBytes-1:0]   req_strb_i,
  // port
  output logic                           port_valid_o,
  input  logic                           port_ready_i,
  output logic [LineBits-1:0]            port_line_o,
  output logic [8*LineBytes-1:0]         port_data_o,
  output logic [LineBytes-1:0]           port_strb_o
);

  localparam int unsigned LineWidth = 8 * LineBytes;

  logic                 next_valid_q;       // the second place in the queue
  logic [LineBits-1:0]  next_line_q;
  logic [LineWidth-1:0] next_data_q;
  logic [LineBytes-1:0] next_strb_q;
  logic [Streams-1:0]   behind_q, from, grant;
  logic                 taken, moves;

  assign from = ((req_valid_i & behind_q) != '0) ? req_valid_i & behind_q : req_valid_i;
  assign grant = from & (~from + Streams'(1));
  assign req_ready_o = next_valid_q ? '0 : grant;
  assign taken = !next_valid_q && req_valid_i != '0;
  assign moves = !port_valid_o || port_ready_i;

  always_ff @(posedge clk_i) begin : p_queue
    logic [LineBits-1:0]  line;
    logic [LineWidth-1:0] data;
    logic [LineBytes-1:0] strb;
    if (taken || next_valid_q) begin
      line = next_line_q;
      data = next_data_q;
      strb = next_strb_q;
      for (int s = 0; s < Streams; s++) begin
        if (req_ready_o[s]) begin
          line = req_line_i[s*LineBits +: LineBits];
          data = req_data_i[s*LineWidth +: LineWidth];
          strb = req_strb_i[s*LineBytes +: LineBytes];
        end
      end
      if (moves) begin
        port_line_o <= line;
        port_data_o <= data;
        port_strb_o <= strb;
      end else if (taken) begin
        next_line_q <= line;
        next_data_q <= data;
        next_strb_q <= strb;
      end
    end
    if (taken) behind_q <= ~(grant | (grant - Streams'(1)));
    if (moves) begin
      port_valid_o <= taken || next_valid_q;
      next_valid_q <= 1'b0;
    end else if (taken) begin
      next_valid_q <= 1'b1;
    end
    if (!rst_ni) begin
      behind_q <= '0;
      port_valid_o <= 1'b0;
      next_valid_q <= 1'b0;
    end
  end

  assign empty_o = !port_valid_o;

endmodule
