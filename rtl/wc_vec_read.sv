// Shares the two read ports among the streams, round robin; two lines a cycle.
//
// A stream has at most one request waiting at the ports, so that its lines come back in order
// whichever port each one took. With Ports of 1 only port 0 is used.
module wc_vec_read #(
  parameter int unsigned Streams = 9,
  parameter int unsigned LineBits = 13,
  parameter int unsigned Ports = 2
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic                        stop_i,       // nothing new
  output logic                        empty_o,      // nothing waiting or under way
  // streams
  input  logic [Streams-1:0]          req_valid_i,
  input  logic [Streams*LineBits-1:0] req_line_i,
  output logic [Streams-1:0]          req_ready_o,
  output logic [2*Streams-1:0]        rsp_valid_o,  // two bits a stream: from port 1, port 0
  // ports
  output logic [1:0]                  port_valid_o,
  output logic [2*LineBits-1:0]       port_line_o,
  input  logic [1:0]                  port_ready_i,
  input  logic [1:0]                  port_rsp_i
);

  logic [Streams-1:0] owner0_q, owner1_q;   // who waits at each port, one-hot
  logic [Streams-1:0] sent0_q, sent1_q;    // whose line is a cycle under way
  logic [Streams-1:0] back0_q, back1_q;    // whose line arrives in this cycle
  logic [Streams-1:0] behind_q;         // streams after the one served last

  logic [1:0]         free;
  logic [Streams-1:0] waiting, able, left, grant0, grant1;

  function automatic [Streams-1:0] pick(input [Streams-1:0] want, input [Streams-1:0] behind);
    reg [Streams-1:0] from;
    begin
      from = ((want & behind) != '0) ? want & behind : want;
      pick = from & (~from + Streams'(1));
    end
  endfunction

  assign free = (~port_valid_o | port_ready_i) & {Ports > 1, 1'b1};
  assign waiting = ({Streams{!free[0]}} & owner0_q) | ({Streams{!free[1]}} & owner1_q);
  assign able = stop_i ? '0 : req_valid_i & ~waiting;
  assign grant0 = free[0] ? pick(able, behind_q) : '0;
  assign left = able & ~grant0;
  assign grant1 = free[1] ? pick(left, behind_q) : '0;
  assign req_ready_o = grant0 | grant1;

  function automatic [LineBits-1:0] line_of(input [Streams-1:0] grant);
    begin
      line_of = '0;
      for (int s = 0; s < Streams; s++)
        if (grant[s]) line_of = req_line_i[s*LineBits +: LineBits];
    end
  endfunction

  always_ff @(posedge clk_i) begin : p_ports
    logic [Streams-1:0] last;
    if (free[0] && grant0 != '0) begin
      owner0_q <= grant0;
      port_line_o[0 +: LineBits] <= line_of(grant0);
    end
    if (free[1] && grant1 != '0) begin
      owner1_q <= grant1;
      port_line_o[LineBits +: LineBits] <= line_of(grant1);
    end
    last = (grant1 != '0) ? grant1 : grant0;
    if (last != '0) behind_q <= ~(last | (last - Streams'(1)));
    if (free[0]) port_valid_o[0] <= grant0 != '0;
    if (free[1]) port_valid_o[1] <= grant1 != '0;
    sent0_q <= (port_valid_o[0] && port_ready_i[0]) ? owner0_q : '0;
    sent1_q <= (port_valid_o[1] && port_ready_i[1]) ? owner1_q : '0;
    back0_q <= sent0_q;
    back1_q <= sent1_q;
    if (!rst_ni) begin
      behind_q <= '0;
      port_valid_o <= '0;
      sent0_q <= '0;
      sent1_q <= '0;
      back0_q <= '0;
      back1_q <= '0;
    end
  end

  genvar s;
  generate
    for (s = 0; s < Streams; s = s + 1) begin : g_rsp
      assign rsp_valid_o[2*s] = port_rsp_i[0] && back0_q[s];
      assign rsp_valid_o[2*s + 1] = port_rsp_i[1] && back1_q[s];
    end
  endgenerate

  assign empty_o = port_valid_o == 2'd0 && (sent0_q | sent1_q | back0_q | back1_q) == '0;

endmodule
