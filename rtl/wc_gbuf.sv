// Global buffer: line-interleaved SRAM banks behind Ports equal ports.
//
// Bank = line mod Banks; each bank serves one request a cycle, round robin among the ports that
// want it. A read answers exactly 2 cycles after it was taken (cycle 1: bank access, cycle 2:
// data at the port), without back-pressure. A read taken after a write returns what it wrote.
// req_ready_o depends on all req_valid_i of the same cycle, so a valid must not depend on ready.
//
// Ports in Shared share reads: when a bank serves a read of one of them, all others of them that
// want to read the same line are served with it. The turn goes on after the one that was chosen,
// past those that were served with it: else two that share line after line would go twice before
// another port that meets them goes once.
module wc_gbuf #(
  parameter int unsigned Ports = 8,
  parameter int unsigned Shared = 0,         // ports that share reads, a bit each
  parameter int unsigned Banks = 8,          // power of two
  parameter int unsigned LineBytes = 32,     // power of two
  parameter int unsigned GbufBytes = 262144, // a multiple of Banks*LineBytes
  localparam int unsigned LineBits = $clog2(GbufBytes / LineBytes)
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic [Ports-1:0]             req_valid_i,
  output logic [Ports-1:0]             req_ready_o,
  input  logic [Ports-1:0]             req_we_i,
  input  logic [Ports*LineBits-1:0]    req_line_i,
  input  logic [Ports*8*LineBytes-1:0] req_wdata_i,
  input  logic [Ports*LineBytes-1:0]   req_strb_i,
  output logic [Ports-1:0]             rsp_valid_o,
  output logic [Ports*8*LineBytes-1:0] rsp_rdata_o
);

  localparam int unsigned BankBits = (Banks > 1) ? $clog2(Banks) : 1;
  localparam int unsigned BankShift = $clog2(Banks);
  localparam int unsigned RowBits = LineBits - BankShift;
  localparam int unsigned Rows = GbufBytes / LineBytes / Banks;
  localparam int unsigned Width = 8 * LineBytes;
  localparam logic [Ports-1:0] Shares = Ports'(Shared);

  logic [Banks*Ports-1:0] grant;       // one-hot in each bank's slice
  logic [Ports-1:0]       chosen;      // by a bank
  logic [Banks*Width-1:0] bank_rdata;

  genvar b, p, o;
  generate
    for (b = 0; b < Banks; b = b + 1) begin : g_bank
      logic [Ports-1:0]     want, late, first;
      logic [Ports-1:0]     behind_q;  // ports after the one served last, not served with it
      logic                 valid_q, we_q;
      logic [RowBits-1:0]   row_q;
      logic [Width-1:0]     wdata_q;
      logic [LineBytes-1:0] strb_q;

      for (p = 0; p < Ports; p = p + 1) begin : g_want
        if (Banks > 1) begin : g_match
          assign want[p] = req_valid_i[p] && req_line_i[p*LineBits +: BankBits] == BankBits'(b);
        end else begin : g_only
          assign want[p] = req_valid_i[p];
        end
      end
      assign late = want & behind_q;
      assign first = (late != '0) ? late : want;
      assign grant[b*Ports +: Ports] = first & (~first + 1'b1);

      integer i;
      always_ff @(posedge clk_i) begin
        valid_q <= want != '0;
        for (i = 0; i < Ports; i = i + 1) begin
          if (grant[b*Ports + i]) begin
            behind_q <= ~((Ports'(2) << i) - Ports'(1)) & ~(want & req_ready_o);
            we_q <= req_we_i[i];
            row_q <= req_line_i[i*LineBits + BankShift +: RowBits];
            if (req_we_i[i]) begin
              wdata_q <= req_wdata_i[i*Width +: Width];
              strb_q <= req_strb_i[i*LineBytes +: LineBytes];
            end
          end
        end
        if (!rst_ni) begin
          valid_q <= 1'b0;
          behind_q <= '0;
        end
      end

      wc_ram_1r1w #(.Width(Width), .Depth(Rows), .Strobes(LineBytes)) u_ram (
        .clk_i     (clk_i),
        .wr_en_i   (valid_q && we_q),
        .wr_addr_i (row_q),
        .wr_data_i (wdata_q),
        .wr_strb_i (strb_q),
        .rd_en_i   (valid_q && !we_q),
        .rd_addr_i (row_q),
        .rd_data_o (bank_rdata[b*Width +: Width])
      );
    end

    for (p = 0; p < Ports; p = p + 1) begin : g_port
      logic                taken;
      logic [Banks-1:0]    by;
      logic [Ports-1:0]    along;      // with these ports
      logic                read_q, rsp_q;
      logic [BankBits-1:0] bank_q, rsp_bank_q;

      for (b = 0; b < Banks; b = b + 1) begin : g_by
        assign by[b] = grant[b*Ports + p];
      end
      assign chosen[p] = by != '0;
      for (o = 0; o < Ports; o = o + 1) begin : g_other
        if (o != p && Shares[o] && Shares[p]) begin : g_shares
          assign along[o] = chosen[o] && !req_we_i[o] && !req_we_i[p] && req_valid_i[p]
                            && req_line_i[o*LineBits +: LineBits]
                               == req_line_i[p*LineBits +: LineBits];
        end else begin : g_apart
          assign along[o] = 1'b0;
        end
      end
      assign taken = chosen[p] || along != '0;
      assign req_ready_o[p] = taken;

      always_ff @(posedge clk_i) begin
        read_q <= taken && !req_we_i[p];
        rsp_q <= read_q;
        if (taken) bank_q <= (Banks > 1) ? req_line_i[p*LineBits +: BankBits] : '0;
        if (read_q) rsp_bank_q <= bank_q;
        if (!rst_ni) begin
          read_q <= 1'b0;
          rsp_q <= 1'b0;
        end
      end

      assign rsp_valid_o[p] = rsp_q;
      assign rsp_rdata_o[p*Width +: Width] = bank_rdata[rsp_bank_q*Width +: Width];
    end
  endgenerate

`ifndef SYNTHESIS
  initial begin
    if (Banks != (1 << BankShift)) $error("wc_gbuf: Banks must be a power of two");
    if (GbufBytes % (Banks * LineBytes) != 0)
      $error("wc_gbuf: GbufBytes is no multiple of Banks*LineBytes");
  end
`endif

endmodule
