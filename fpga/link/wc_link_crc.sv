// One byte more of a CRC-32 (IEEE 802.3, reflected, before the final inversion).
//
// Starts at all ones. Over data followed by their inverted CRC, low byte first, it comes to Residue.
module wc_link_crc (
  input  logic [31:0] crc_i,
  input  logic [7:0]  data_i,
  output logic [31:0] crc_o
);

  function automatic [31:0] step(input [31:0] crc, input [7:0] data);
    integer i;
    reg [31:0] c;
    begin
      c = crc ^ {24'd0, data};
      for (i = 0; i < 8; i = i + 1) c = c[0] ? (c >> 1) ^ 32'hEDB88320 : c >> 1;
      step = c;
    end
  endfunction

  assign crc_o = step(crc_i, data_i);

endmodule
