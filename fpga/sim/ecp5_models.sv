// Behaviour of the ECP5 primitives that the board's top instantiates, for simulation.
/* verilator lint_off DECLFILENAME */

// The PLL. Time in a simulation is counted in cycles of CLKOP, so CLKI passes as it is; what the
// dividers would make of 25 MHz is checked instead. CLKOS is CLKOP; its phase is a number.
module EHXPLLL #(
  parameter int unsigned CLKI_DIV = 1,
  parameter int unsigned CLKFB_DIV = 1,
  parameter FEEDBK_PATH = "CLKOP",
  parameter CLKOP_ENABLE = "ENABLED",
  parameter int unsigned CLKOP_DIV = 8,
  parameter int unsigned CLKOP_CPHASE = 0,
  parameter int unsigned CLKOP_FPHASE = 0,
  parameter CLKOS_ENABLE = "DISABLED",
  parameter int unsigned CLKOS_DIV = 8,
  parameter int unsigned CLKOS_CPHASE = 0,
  parameter int unsigned CLKOS_FPHASE = 0,
  parameter DPHASE_SOURCE = "DISABLED",
  parameter PLLRST_ENA = "DISABLED",
  parameter STDBY_ENABLE = "DISABLED"
) (
  input  logic CLKI, CLKFB, PHASESEL1, PHASESEL0, PHASEDIR, PHASESTEP, PHASELOADREG,
  input  logic STDBY, RST, PLLWAKESYNC, ENCLKOP, ENCLKOS,
  output logic CLKOP, CLKOS, LOCK
);

  localparam int unsigned FinMhz = 25;
  localparam int unsigned PfdMhz = FinMhz / CLKI_DIV;
  localparam int unsigned OutMhz = PfdMhz * CLKFB_DIV;
  localparam int unsigned VcoMhz = OutMhz * CLKOP_DIV;

  // Eighths of a VCO period by which CLKOS is behind CLKOP, modulo its period.
  localparam int unsigned Steps = 8 * CLKOS_DIV;
  logic [31:0] phase_q /* verilator public_flat_rd */ =
    (8 * (CLKOS_CPHASE - CLKOP_CPHASE) + CLKOS_FPHASE - CLKOP_FPHASE) % Steps;
  logic [7:0]  lock_q = '0;
  logic        step_q = 1'b1;

  assign CLKOP = CLKI;
  assign CLKOS = CLKI;
  assign LOCK = lock_q == '1;

  always_ff @(posedge CLKI) begin
    if (lock_q != '1) lock_q <= lock_q + 8'd1;
    step_q <= PHASESTEP;
    if (step_q && !PHASESTEP && {PHASESEL1, PHASESEL0} == 2'b00) begin
      if (PHASEDIR) phase_q <= (phase_q == 0) ? Steps - 1 : phase_q - 1;
      else phase_q <= (phase_q == Steps - 1) ? 0 : phase_q + 1;
    end
  end

  initial begin
    if (PfdMhz < 10 || PfdMhz > 400) $error("EHXPLLL: phase detector at %0d MHz", PfdMhz);
    if (VcoMhz < 400 || VcoMhz > 800) $error("EHXPLLL: VCO at %0d MHz", VcoMhz);
    if (FEEDBK_PATH != "CLKOP" || CLKOP_ENABLE != "ENABLED" || CLKOS_ENABLE != "ENABLED" ||
        DPHASE_SOURCE != "ENABLED" || CLKOS_DIV != CLKOP_DIV)
      $error("EHXPLLL: used in a way that this model does not know");
  end

  logic unused;
  assign unused = ^{CLKFB, PHASELOADREG, STDBY, RST, PLLWAKESYNC, ENCLKOP, ENCLKOS,
                    PLLRST_ENA == "", STDBY_ENABLE == ""};

endmodule

// A pin both ways.
module BB (
  input  logic I,
  input  logic T,   // high: not driven
  output logic O,
  inout  wire  B
);
  assign B = T ? 1'bz : I;
  assign O = B;
endmodule
