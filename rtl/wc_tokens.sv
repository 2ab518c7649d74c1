// The twelve token counters between the four queues.
//
// Pair (from, to) is bit 4*from + to of give_i and bit 4*to + from of take_i and avail_o. A token
// given in a cycle may be taken from the next. The diagonal does not exist.
module wc_tokens (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        clear_i,  // a stream starts
  input  logic [15:0] give_i,
  input  logic [15:0] take_i,
  output logic [15:0] avail_o
);

  genvar from, to;
  generate
    for (to = 0; to < 4; to = to + 1) begin : g_to
      for (from = 0; from < 4; from = from + 1) begin : g_from
        if (from != to) begin : g_pair
          logic [31:0] count_q;
          logic        give, take;
          assign give = give_i[4*from + to];
          assign take = take_i[4*to + from];
          assign avail_o[4*to + from] = count_q != '0;
          always_ff @(posedge clk_i) begin
            if (give && !take) count_q <= count_q + 1'b1;
            if (take && !give) count_q <= count_q - 1'b1;
            if (!rst_ni || clear_i) count_q <= '0;
          end
        end else begin : g_none
          logic unused;
          assign unused = give_i[4*from + to] ^ take_i[4*to + from];
          assign avail_o[4*to + from] = 1'b0;
        end
      end
    end
  endgenerate

endmodule
