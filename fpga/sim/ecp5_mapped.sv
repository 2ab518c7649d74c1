// Behaviour of the ECP5 primitives of which a synthesised netlist is made, as far as it uses them.
/* verilator lint_off DECLFILENAME */

module LUT4 (
  input  logic A, B, C, D,
  output logic Z
);
  parameter logic [15:0] INIT = 16'd0;
  assign Z = INIT[{D, C, B, A}];
endmodule

module PFUMX (
  input  logic ALUT, BLUT, C0,
  output logic Z
);
  assign Z = C0 ? ALUT : BLUT;
endmodule

module L6MUX21 (
  input  logic D0, D1, SD,
  output logic Z
);
  assign Z = SD ? D1 : D0;
endmodule

// Two bits of a carry chain: each a LUT that propagates, and its lowest quarter that generates.
module CCU2C (
  input  logic CIN, A0, B0, C0, D0, A1, B1, C1, D1,
  output logic S0, S1, COUT
);
  parameter logic [15:0] INIT0 = 16'd0;
  parameter logic [15:0] INIT1 = 16'd0;
  parameter INJECT1_0 = "YES";
  parameter INJECT1_1 = "YES";

  logic lut0, lut1, carry;
  assign lut0 = INIT0[{D0, C0, B0, A0}];
  assign lut1 = INIT1[{D1, C1, B1, A1}];
  assign S0 = lut0 ^ (INJECT1_0 != "YES" && CIN);
  assign carry = lut0 ? CIN : (INJECT1_0 != "YES" && INIT0[{2'b00, B0, A0}]);
  assign S1 = lut1 ^ (INJECT1_1 != "YES" && carry);
  assign COUT = lut1 ? carry : (INJECT1_1 != "YES" && INIT1[{2'b00, B1, A1}]);
endmodule

// A flip-flop with synchronous set or reset, which is also its state after configuration.
module TRELLIS_FF (
  input  logic CLK, LSR, CE, DI, M,
  output logic Q
);
  parameter GSR = "ENABLED";
  parameter CEMUX = "1";
  parameter CLKMUX = "CLK";
  parameter LSRMUX = "LSR";
  parameter SRMODE = "LSR_OVER_CE";
  parameter REGSET = "RESET";
  parameter LSRMODE = "LSR";
  localparam logic Set = REGSET == "SET";

  logic enable;
  assign enable = (CEMUX == "1") || ((CEMUX == "INV") ? !CE : CE);
  initial Q = Set;
  always_ff @(posedge CLK) begin
    if (LSR) Q <= Set;
    else if (enable) Q <= DI;
  end

  initial begin
    if (CLKMUX != "CLK" || LSRMUX != "LSR" || SRMODE != "LSR_OVER_CE" || LSRMODE != "LSR" ||
        (CEMUX != "1" && CEMUX != "CE" && CEMUX != "INV"))
      $error("TRELLIS_FF: used in a way that this model does not know");
  end
  logic unused;
  assign unused = ^{M, GSR == ""};
endmodule

module TRELLIS_DPR16X4 (
  input  logic [3:0] DI, WAD, RAD,
  input  logic       WRE, WCK,
  output logic [3:0] DO
);
  parameter WCKMUX = "WCK";
  parameter WREMUX = "WRE";
  parameter logic [63:0] INITVAL = 64'd0;

  logic [63:0] mem = INITVAL;
  always_ff @(posedge WCK) if (WRE) mem[4*WAD +: 4] <= DI;
  assign DO = mem[4*RAD +: 4];

  initial begin
    if (WCKMUX != "WCK" || WREMUX != "WRE")
      $error("TRELLIS_DPR16X4: used in a way that this model does not know");
  end
endmodule

// 18 x 18 bits, unsigned, without registers.
module MULT18X18D (
  input  logic A0, A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17,
  input  logic B0, B1, B2, B3, B4, B5, B6, B7, B8, B9, B10, B11, B12, B13, B14, B15, B16, B17,
  input  logic C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13, C14, C15, C16, C17,
  input  logic SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,
  input  logic CLK0, CLK1, CLK2, CLK3, CE0, CE1, CE2, CE3, RST0, RST1, RST2, RST3,
  output logic P0, P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12, P13, P14, P15, P16, P17,
  output logic P18, P19, P20, P21, P22, P23, P24, P25, P26, P27, P28, P29, P30, P31, P32, P33,
  output logic P34, P35
);
  parameter REG_INPUTA_CLK = "NONE";
  parameter REG_INPUTB_CLK = "NONE";
  parameter REG_PIPELINE_CLK = "NONE";
  parameter REG_OUTPUT_CLK = "NONE";

  logic [17:0] a, b;
  assign a = {A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0};
  assign b = {B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0};
  assign {P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18,
          P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0} =
    {18'd0, a} * {18'd0, b};

  always_comb begin
    if (SIGNEDA || SIGNEDB || SOURCEA || SOURCEB) $error("MULT18X18D: used in an unknown way");
  end
  initial begin
    if (REG_INPUTA_CLK != "NONE" || REG_INPUTB_CLK != "NONE" || REG_PIPELINE_CLK != "NONE" ||
        REG_OUTPUT_CLK != "NONE")
      $error("MULT18X18D: its registers are not modelled");
  end
endmodule

// 16 Kibit as words of 1, 2, 4, 9 or 18 bits at either port, no output registers. A port
// that writes gives the old word, or with NORMAL keeps what it read before.
// A word of 18 bits is two of 9, each with its write enable in the lowest address bits.
/* verilator lint_off MULTIDRIVEN */  // both ports write
module DP16KD #(
  parameter DATA_WIDTH_A = 18,
  parameter DATA_WIDTH_B = 18,
  parameter REGMODE_A = "NOREG",
  parameter REGMODE_B = "NOREG",
  parameter RESETMODE = "SYNC",
  parameter ASYNC_RESET_RELEASE = "SYNC",
  parameter CSDECODE_A = "0b000",
  parameter CSDECODE_B = "0b000",
  parameter WRITEMODE_A = "NORMAL",
  parameter WRITEMODE_B = "NORMAL",
  parameter CLKAMUX = "CLKA",
  parameter CLKBMUX = "CLKB",
  parameter GSR = "ENABLED",
  parameter INITVAL_00 = 320'd0, INITVAL_01 = 320'd0, INITVAL_02 = 320'd0, INITVAL_03 = 320'd0,
  parameter INITVAL_04 = 320'd0, INITVAL_05 = 320'd0, INITVAL_06 = 320'd0, INITVAL_07 = 320'd0,
  parameter INITVAL_08 = 320'd0, INITVAL_09 = 320'd0, INITVAL_0A = 320'd0, INITVAL_0B = 320'd0,
  parameter INITVAL_0C = 320'd0, INITVAL_0D = 320'd0, INITVAL_0E = 320'd0, INITVAL_0F = 320'd0,
  parameter INITVAL_10 = 320'd0, INITVAL_11 = 320'd0, INITVAL_12 = 320'd0, INITVAL_13 = 320'd0,
  parameter INITVAL_14 = 320'd0, INITVAL_15 = 320'd0, INITVAL_16 = 320'd0, INITVAL_17 = 320'd0,
  parameter INITVAL_18 = 320'd0, INITVAL_19 = 320'd0, INITVAL_1A = 320'd0, INITVAL_1B = 320'd0,
  parameter INITVAL_1C = 320'd0, INITVAL_1D = 320'd0, INITVAL_1E = 320'd0, INITVAL_1F = 320'd0,
  parameter INITVAL_20 = 320'd0, INITVAL_21 = 320'd0, INITVAL_22 = 320'd0, INITVAL_23 = 320'd0,
  parameter INITVAL_24 = 320'd0, INITVAL_25 = 320'd0, INITVAL_26 = 320'd0, INITVAL_27 = 320'd0,
  parameter INITVAL_28 = 320'd0, INITVAL_29 = 320'd0, INITVAL_2A = 320'd0, INITVAL_2B = 320'd0,
  parameter INITVAL_2C = 320'd0, INITVAL_2D = 320'd0, INITVAL_2E = 320'd0, INITVAL_2F = 320'd0,
  parameter INITVAL_30 = 320'd0, INITVAL_31 = 320'd0, INITVAL_32 = 320'd0, INITVAL_33 = 320'd0,
  parameter INITVAL_34 = 320'd0, INITVAL_35 = 320'd0, INITVAL_36 = 320'd0, INITVAL_37 = 320'd0,
  parameter INITVAL_38 = 320'd0, INITVAL_39 = 320'd0, INITVAL_3A = 320'd0, INITVAL_3B = 320'd0,
  parameter INITVAL_3C = 320'd0, INITVAL_3D = 320'd0, INITVAL_3E = 320'd0, INITVAL_3F = 320'd0
) (
  input  logic DIA0, DIA1, DIA2, DIA3, DIA4, DIA5, DIA6, DIA7, DIA8,
  input  logic DIA9, DIA10, DIA11, DIA12, DIA13, DIA14, DIA15, DIA16, DIA17,
  input  logic DIB0, DIB1, DIB2, DIB3, DIB4, DIB5, DIB6, DIB7, DIB8,
  input  logic DIB9, DIB10, DIB11, DIB12, DIB13, DIB14, DIB15, DIB16, DIB17,
  input  logic ADA0, ADA1, ADA2, ADA3, ADA4, ADA5, ADA6, ADA7, ADA8, ADA9, ADA10, ADA11, ADA12, ADA13,
  input  logic ADB0, ADB1, ADB2, ADB3, ADB4, ADB5, ADB6, ADB7, ADB8, ADB9, ADB10, ADB11, ADB12, ADB13,
  input  logic CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0,
  input  logic CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
  output logic DOA0, DOA1, DOA2, DOA3, DOA4, DOA5, DOA6, DOA7, DOA8,
  output logic DOA9, DOA10, DOA11, DOA12, DOA13, DOA14, DOA15, DOA16, DOA17,
  output logic DOB0, DOB1, DOB2, DOB3, DOB4, DOB5, DOB6, DOB7, DOB8,
  output logic DOB9, DOB10, DOB11, DOB12, DOB13, DOB14, DOB15, DOB16, DOB17
);

  logic [17:0] mem [0:1023];
  logic [17:0] di_a, di_b, do_a, do_b;
  logic [13:0] ad_a, ad_b;
  assign di_a = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6,
    DIA5, DIA4, DIA3, DIA2, DIA1, DIA0};
  assign di_b = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6,
    DIB5, DIB4, DIB3, DIB2, DIB1, DIB0};
  assign ad_a = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1,
    ADA0};
  assign ad_b = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1,
    ADB0};
  assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
    DOA4, DOA3, DOA2, DOA1, DOA0} = do_a;
  assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5,
    DOB4, DOB3, DOB2, DOB1, DOB0} = do_b;

  // The bits of a word of 18 in which narrower words lie: of 1, 2 and 4 bits eight of each half.
  function automatic [4:0] place(input integer width, input [13:0] address);
    case (width)
      1: place = (address[3] ? 5'd9 : 5'd0) + {2'd0, address[2:0]};
      2: place = (address[3] ? 5'd9 : 5'd0) + {2'd0, address[2:1], 1'b0};
      4: place = (address[3] ? 5'd9 : 5'd0) + {2'd0, address[2], 2'b00};
      9: place = address[3] ? 5'd9 : 5'd0;
      default: place = 5'd0;
    endcase
  endfunction

  function automatic [17:0] ones(input integer width);
    ones = 18'h3FFFF >> (18 - width);
  endfunction

  function automatic [17:0] writes(input integer width, input [13:0] address);
    writes = (width == 18) ? {{9{address[1]}}, {9{address[0]}}}
                           : ones(width) << place(width, address);
  endfunction

  always_ff @(posedge CLKA) begin
    if (CEA && WEA)
      mem[ad_a[13:4]] <= (mem[ad_a[13:4]] & ~writes(DATA_WIDTH_A, ad_a)) |
                         ((di_a << place(DATA_WIDTH_A, ad_a)) & writes(DATA_WIDTH_A, ad_a));
    if (CEA && (!WEA || WRITEMODE_A == "READBEFOREWRITE"))
      do_a <= (mem[ad_a[13:4]] >> place(DATA_WIDTH_A, ad_a)) & ones(DATA_WIDTH_A);
  end
  always_ff @(posedge CLKB) begin
    if (CEB && WEB)
      mem[ad_b[13:4]] <= (mem[ad_b[13:4]] & ~writes(DATA_WIDTH_B, ad_b)) |
                         ((di_b << place(DATA_WIDTH_B, ad_b)) & writes(DATA_WIDTH_B, ad_b));
    if (CEB && (!WEB || WRITEMODE_B == "READBEFOREWRITE"))
      do_b <= (mem[ad_b[13:4]] >> place(DATA_WIDTH_B, ad_b)) & ones(DATA_WIDTH_B);
  end

  always_comb begin
    if (RSTA || RSTB) $error("DP16KD: its reset is not modelled");
  end
  initial begin
    if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG" || (WRITEMODE_A != "NORMAL" &&
        WRITEMODE_A != "READBEFOREWRITE") || (WRITEMODE_B != "NORMAL" &&
        WRITEMODE_B != "READBEFOREWRITE") || CSDECODE_A != "0b000" || CSDECODE_B != "0b000" ||
        CLKAMUX != "CLKA" || CLKBMUX != "CLKB")
      $error("DP16KD: used in a way that this model does not know");
  end

  logic unused;
  assign unused = ^{OCEA, OCEB, CSA0, CSA1, CSA2, CSB0, CSB1, CSB2, RESETMODE == "",
                    ASYNC_RESET_RELEASE == "", GSR == ""};
endmodule
