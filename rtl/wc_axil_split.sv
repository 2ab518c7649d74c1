// One AXI4-Lite slave for several cores: the address bits above a core's 4 KiB choose the core.
//
// One write and one read at a time, each taken only when its core takes it and answered before
// the next. Address and data of a write go in the same cycle, as wc_regs takes them. Behind the
// last core reads give 0 and writes are ignored; both answer OKAY.
module wc_axil_split #(
  parameter int unsigned Cores = 2,
  localparam int unsigned CoreBits = $clog2(Cores)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  s_awvalid_i,
  output logic                  s_awready_o,
  input  logic [CoreBits+11:0]  s_awaddr_i,
  input  logic                  s_wvalid_i,
  output logic                  s_wready_o,
  output logic                  s_bvalid_o,
  input  logic                  s_bready_i,
  output logic [1:0]            s_bresp_o,
  input  logic                  s_arvalid_i,
  output logic                  s_arready_o,
  input  logic [CoreBits+11:0]  s_araddr_i,
  output logic                  s_rvalid_o,
  input  logic                  s_rready_i,
  output logic [31:0]           s_rdata_o,
  output logic [1:0]            s_rresp_o,
  // To the cores; addresses, write data and strobes go to all alike.
  output logic [Cores-1:0]      awvalid_o,
  input  logic [Cores-1:0]      awready_i,
  output logic [Cores-1:0]      wvalid_o,
  input  logic [Cores-1:0]      wready_i,
  input  logic [Cores-1:0]      bvalid_i,
  output logic [Cores-1:0]      bready_o,
  input  logic [2*Cores-1:0]    bresp_i,
  output logic [Cores-1:0]      arvalid_o,
  input  logic [Cores-1:0]      arready_i,
  input  logic [Cores-1:0]      rvalid_i,
  output logic [Cores-1:0]      rready_o,
  input  logic [32*Cores-1:0]   rdata_i,
  input  logic [2*Cores-1:0]    rresp_i
);

  // Number Cores stands for nobody.
  localparam int unsigned SelBits = $clog2(Cores + 1);
  function automatic [SelBits-1:0] core_of(input [CoreBits-1:0] high);
    core_of = (32'(high) < Cores) ? SelBits'(high) : SelBits'(Cores);
  endfunction

  // One hot of a core, or nothing; the extra bit is nobody's.
  logic               write, write_busy_q, read_busy_q, write_taken, read_taken;
  logic [SelBits-1:0] aw_core, ar_core, write_q, read_q;
  logic [Cores:0]     awready, bvalid, arready, rvalid, write_to, read_to;
  assign aw_core = core_of(s_awaddr_i[12 +: CoreBits]);
  assign ar_core = core_of(s_araddr_i[12 +: CoreBits]);
  assign awready = {1'b1, awready_i & wready_i};
  assign bvalid = {1'b1, bvalid_i};
  assign arready = {1'b1, arready_i};
  assign rvalid = {1'b1, rvalid_i};

  assign write = s_awvalid_i && s_wvalid_i && !write_busy_q;
  assign write_to = (Cores + 1)'(write) << aw_core;
  assign awvalid_o = write_to[Cores-1:0];
  assign wvalid_o = write_to[Cores-1:0];
  assign write_taken = write && awready[aw_core];
  assign s_awready_o = write_taken;
  assign s_wready_o = write_taken;
  assign s_bvalid_o = write_busy_q && bvalid[write_q];
  assign bready_o = Cores'((Cores + 1)'(write_busy_q && s_bready_i) << write_q);

  assign read_to = (Cores + 1)'(s_arvalid_i && !read_busy_q) << ar_core;
  assign arvalid_o = read_to[Cores-1:0];
  assign read_taken = s_arvalid_i && !read_busy_q && arready[ar_core];
  assign s_arready_o = read_taken;
  assign s_rvalid_o = read_busy_q && rvalid[read_q];
  assign rready_o = Cores'((Cores + 1)'(read_busy_q && s_rready_i) << read_q);

  logic [32*Cores+31:0] rdata;
  logic [2*Cores+1:0]   rresp, bresp;
  assign rdata = {32'd0, rdata_i};
  assign rresp = {2'd0, rresp_i};
  assign bresp = {2'd0, bresp_i};
  assign s_rdata_o = rdata[32*read_q +: 32];
  assign s_rresp_o = rresp[2*read_q +: 2];
  assign s_bresp_o = bresp[2*write_q +: 2];

  always_ff @(posedge clk_i) begin
    if (s_bvalid_o && s_bready_i) write_busy_q <= 1'b0;
    if (s_rvalid_o && s_rready_i) read_busy_q <= 1'b0;
    if (write_taken) begin
      write_busy_q <= 1'b1;
      write_q <= aw_core;
    end
    if (read_taken) begin
      read_busy_q <= 1'b1;
      read_q <= ar_core;
    end
    if (!rst_ni) begin
      write_busy_q <= 1'b0;
      read_busy_q <= 1'b0;
    end
  end

  logic unused;
  assign unused = write_to[Cores] ^ read_to[Cores] ^ (^s_awaddr_i[11:0]) ^ (^s_araddr_i[11:0]);

endmodule
