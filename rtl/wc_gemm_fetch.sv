// Reads steps of global buffer lines: requests, bounds and alignment of their pieces, each through
// a port of its own.
//
// A piece lies within one line; its first byte is at addr_i. A zero piece reads nothing. Steps
// leave in order, one a cycle; data_o has their pieces, each turned so that it starts at element
// lead_i and whose other elements mean nothing, four cycles after they were taken when the ports
// are free. A step waits until all of its requests are granted; what comes for one of them earlier
// is kept. There is no back-pressure at the output. A piece outside the buffer is not requested:
// err_o.
module wc_gemm_fetch #(
  parameter int unsigned LineBytes = 32,
  parameter int unsigned GbufBytes = 65536,
  parameter int unsigned MetaBits = 1,
  parameter int unsigned AddrBits = 52,
  parameter int unsigned Ports = 1,
  parameter int unsigned Elems = LineBytes / 2,  // of a piece of data_o: a power of two, a line
  localparam int unsigned LineBits = $clog2(GbufBytes / LineBytes),
  localparam int unsigned ElemBits = $clog2(Elems),
  localparam int unsigned Line = LineBytes * 8
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      clear_i,  // drop everything but requests that stand
  input  logic                      valid_i,
  output logic                      ready_o,
  input  logic [Ports-1:0]          zero_i,
  input  logic [Ports*AddrBits-1:0] addr_i,
  input  logic [Ports*ElemBits-1:0] lead_i,
  input  logic [MetaBits-1:0]       meta_i,
  output logic [Ports-1:0]          req_valid_o,
  input  logic [Ports-1:0]          req_ready_i,
  output logic [Ports*LineBits-1:0] req_line_o,
  input  logic [Ports*Line-1:0]     rsp_rdata_i,
  output logic                      valid_o,
  output logic [Ports*Elems*16-1:0] data_o,
  output logic [MetaBits-1:0]       meta_o,
  output logic                      err_o,
  output logic [AddrBits-1:0]       err_addr_o,
  output logic                      busy_o
);

  localparam int unsigned ByteBits = $clog2(LineBytes);
  localparam int unsigned Lines = GbufBytes / LineBytes;

  // Stage 0 asks, stage 1 waits, stage 2 has the response.
  logic [2:0]                valid_q;
  logic                      dropped_q;         // stage 0 was dropped by clear_i
  logic [Ports*AddrBits-1:0] addr_q;
  logic [Ports-1:0]          outside, ask;
  logic [MetaBits-1:0]       meta0_q, meta1_q, meta2_q;
  logic                      leave;

  assign leave = (ask & ~req_ready_i) == '0;
  assign ready_o = !valid_q[0] || leave;
  assign req_valid_o = ask;
  assign err_o = valid_q[0] && outside != '0;
  assign busy_o = (valid_q != 3'd0) || valid_o;

  integer i;
  always_comb begin
    err_addr_o = addr_q[AddrBits-1:0];
    for (i = Ports - 1; i >= 0; i = i - 1) begin
      if (outside[i]) err_addr_o = addr_q[i*AddrBits +: AddrBits];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 3'd0;
      valid_o <= 1'b0;
      dropped_q <= 1'b0;
    end else begin
      valid_q[0] <= (valid_i && ready_o && !clear_i) || (valid_q[0] && !leave);
      valid_q[1] <= valid_q[0] && leave && outside == '0 && !dropped_q && !clear_i;
      valid_q[2] <= valid_q[1] && !clear_i;
      valid_o <= valid_q[2] && !clear_i;
      dropped_q <= (clear_i || dropped_q) && valid_q[0] && !leave;
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_i && ready_o) begin
      addr_q <= addr_i;
      meta0_q <= meta_i;
    end
    if (valid_q[0]) meta1_q <= meta0_q;
    if (valid_q[1]) meta2_q <= meta1_q;
    if (valid_q[2]) meta_o <= meta2_q;
  end

  genvar p;
  generate
    for (p = 0; p < Ports; p = p + 1) begin : g_port
      logic                zero0_q;
      logic [1:0]          zero_q;                  // stages 1, 2
      logic [ElemBits-1:0] lead_q, turn1_q, turn2_q; // elements
      logic [AddrBits-1:0] addr;
      logic                granted;                 // before
      logic [Line-1:0]     line;

      assign addr = addr_q[p*AddrBits +: AddrBits];
      assign outside[p] = !zero0_q && addr[AddrBits-1:ByteBits] >= (AddrBits-ByteBits)'(Lines);
      assign ask[p] = valid_q[0] && !zero0_q && !outside[p] && !granted;
      assign req_line_o[p*LineBits +: LineBits] = addr[ByteBits +: LineBits];

      if (Ports == 1) begin : g_alone
        assign granted = 1'b0;
        assign line = rsp_rdata_i;
      end else begin : g_early
        // The response to a request that is granted while the step waits for another one.
        logic            granted_q;
        logic [1:0]      early_q, kept_q;  // stages 1, 2
        logic [Line-1:0] line_q;
        assign granted = granted_q;
        assign line = kept_q[1] ? line_q : rsp_rdata_i[p*Line +: Line];
        always_ff @(posedge clk_i) begin
          granted_q <= rst_ni && !leave && (granted_q || (ask[p] && req_ready_i[p]));
          early_q <= {early_q[0], !leave && ask[p] && req_ready_i[p]};
          if (early_q[1]) line_q <= rsp_rdata_i[p*Line +: Line];
          if (valid_q[0]) kept_q[0] <= granted_q;
          if (valid_q[1]) kept_q[1] <= kept_q[0];
        end
      end

      logic [2*Elems*16-1:0] twice;
      assign twice = {2{(Elems*16)'(line)}} >> {turn2_q, 4'd0};

      always_ff @(posedge clk_i) begin
        if (valid_i && ready_o) begin
          zero0_q <= zero_i[p];
          lead_q <= lead_i[p*ElemBits +: ElemBits];
        end
        if (valid_q[0]) begin
          zero_q[0] <= zero0_q;
          turn1_q <= ElemBits'(addr[ByteBits-1:1]) - lead_q;
        end
        if (valid_q[1]) begin
          zero_q[1] <= zero_q[0];
          turn2_q <= turn1_q;
        end
        if (valid_q[2]) data_o[p*Elems*16 +: Elems*16] <= zero_q[1] ? '0 : twice[Elems*16-1:0];
      end

      logic unused;
      assign unused = ^{twice[2*Elems*16-1:Elems*16], addr[0]};
    end
  endgenerate

endmodule
