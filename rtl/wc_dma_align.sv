// Moves runs of bytes from a stream of InBytes words to a stream of OutBytes words.
//
// For each run the input brings every word that the bytes [src, src + bytes) touch, in order,
// and the output gives every word that [dst, dst + bytes) touches, with strobes. Addresses and
// lengths are even, otherwise unrelated. Rate: one piece of min(InBytes, OutBytes) a cycle, plus
// one cycle for a run whose last piece spills into a further output word. Latency 2 cycles:
// rotate, then merge into the word under assembly.
module wc_dma_align #(
  parameter int unsigned InBytes = 16,   // power of two
  parameter int unsigned OutBytes = 32,  // power of two
  parameter int unsigned SrcBits = 40,   // address bits, at least log2(InBytes)
  parameter int unsigned DstBits = 18    // at least log2(OutBytes)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  run_valid_i,
  output logic                  run_ready_o,
  input  logic [SrcBits-1:0]    run_src_i,
  input  logic [DstBits-1:0]    run_dst_i,
  input  logic [23:0]           run_bytes_i,
  input  logic                  run_last_i,
  input  logic                  in_valid_i,
  output logic                  in_ready_o,
  input  logic [8*InBytes-1:0]  in_data_i,
  output logic [SrcBits-1:0]    src_o,       // address of the next input byte used
  output logic                  step_o,      // a piece moves this cycle
  output logic                  empty_o,     // nothing between input and output
  output logic                  out_valid_o,
  input  logic                  out_ready_i,
  output logic [8*OutBytes-1:0] out_data_o,
  output logic [OutBytes-1:0]   out_strb_o,
  output logic [DstBits-1:0]    out_addr_o,  // aligned to OutBytes
  output logic [7:0]            out_bytes_o, // strobes set
  output logic                  out_last_o   // last word of the last run of its command
);

  localparam int unsigned PieceBytes = (InBytes < OutBytes) ? InBytes : OutBytes;
  localparam int unsigned InBits = $clog2(InBytes);
  localparam int unsigned OutBits = $clog2(OutBytes);
  localparam int unsigned PieceBits = $clog2(PieceBytes);
  localparam int unsigned OutWidth = 8 * OutBytes;

  // The run in progress.
  logic               run_q, last_q;
  logic [SrcBits-1:0] src_q;
  logic [DstBits-1:0] dst_q;
  logic [23:0]        left_q;

  // This cycle's piece.
  logic [PieceBits:0]      piece_room, piece;  // bytes
  logic                    run_end, word_end;
  logic [8*PieceBytes-1:0] piece_data;
  logic [OutBits-1:0]      turn;
  logic [OutBits+1:0]      fill;               // end in the output word, may pass OutBytes
  assign piece_room = (PieceBits + 1)'(PieceBytes) - {1'b0, src_q[PieceBits-1:0]};
  assign run_end = left_q <= 24'(piece_room);
  assign piece = run_end ? (PieceBits + 1)'(left_q) : piece_room;
  assign turn = dst_q[OutBits-1:0] - OutBits'(src_q[PieceBits-1:0]);
  assign fill = (OutBits + 2)'(dst_q[OutBits-1:0]) + (OutBits + 2)'(piece);
  generate
    if (InBytes > PieceBytes) begin : g_split
      assign piece_data = in_data_i[src_q[InBits-1:PieceBits]*(8*PieceBytes) +: 8*PieceBytes];
      assign word_end = &src_q[InBits-1:PieceBits];
    end else begin : g_whole
      assign piece_data = in_data_i;
      assign word_end = 1'b1;
    end
  endgenerate

  // Rotates by an even number of bytes within an output word.
  function automatic [OutWidth-1:0] rotate(input [8*PieceBytes-1:0] x, input [OutBits-1:0] bytes);
    logic [OutWidth-1:0] y;
    y = OutWidth'(x);
    for (int unsigned s = 1; s < OutBits; s = s + 1) begin
      if (bytes[s]) y = (y << (8 << s)) | (y >> (OutWidth - (8 << s)));
    end
    rotate = y;
  endfunction

  // Stage 1: the rotated piece.
  logic                rot_valid_q, rot_end_q, rot_last_q;
  logic [OutWidth-1:0] rot_q;
  logic [OutBits-1:0]  rot_pos_q;
  logic [OutBits+1:0]  rot_fill_q;
  logic [DstBits-1:0]  rot_word_q;

  // Stage 2: the word under assembly, valid from word_low_q on.
  logic                word_q;
  logic [OutWidth-1:0] word_data_q;
  logic [OutBits-1:0]  word_low_q;
  // A spilled end of run that still has to leave.
  logic                tail_q, tail_last_q;
  logic [OutBits-1:0]  tail_fill_q;
  logic [DstBits-1:0]  tail_word_q;

  logic out_free, complete, spill, merge;
  assign out_free = !out_valid_o || out_ready_i;
  assign complete = rot_end_q || rot_fill_q >= (OutBits + 2)'(OutBytes);
  assign spill = rot_fill_q > (OutBits + 2)'(OutBytes);
  assign merge = rot_valid_q && !tail_q && (!complete || out_free);

  logic [OutWidth-1:0] keep, merged;
  logic [OutBits-1:0]  low;
  always_comb begin
    keep = ~({OutWidth{1'b1}} << {rot_pos_q, 3'b000});
    merged = (word_data_q & keep) | (rot_q & ~keep);
    low = word_q ? word_low_q : rot_pos_q;
  end

  function automatic [OutBytes-1:0] strobes(input [OutBits-1:0] from, input [OutBits:0] upto);
    strobes = ~({OutBytes{1'b1}} << upto) & ({OutBytes{1'b1}} << from);
  endfunction

  assign step_o = run_q && in_valid_i && (!rot_valid_q || merge);
  assign in_ready_o = step_o && (run_end || (piece == piece_room && word_end));
  assign run_ready_o = !run_q || (step_o && run_end);
  assign src_o = src_q;
  assign empty_o = !rot_valid_q && !tail_q && !out_valid_o;

  logic [OutBits:0] upto;
  assign upto = spill ? (OutBits + 1)'(OutBytes) : rot_fill_q[OutBits:0];

  always_ff @(posedge clk_i) begin
    if (step_o) begin
      src_q <= src_q + SrcBits'(piece);
      dst_q <= dst_q + DstBits'(piece);
      left_q <= left_q - 24'(piece);
      rot_q <= rotate(piece_data, turn);
      rot_pos_q <= dst_q[OutBits-1:0];
      rot_fill_q <= fill;
      rot_word_q <= (dst_q >> OutBits) << OutBits;
      rot_end_q <= run_end;
      rot_last_q <= last_q;
      if (run_end) run_q <= 1'b0;
    end
    if (run_valid_i && run_ready_o) begin
      run_q <= 1'b1;
      src_q <= run_src_i;
      dst_q <= run_dst_i;
      left_q <= run_bytes_i;
      last_q <= run_last_i;
    end
    if (step_o) rot_valid_q <= 1'b1;
    else if (merge) rot_valid_q <= 1'b0;

    if (out_ready_i) out_valid_o <= 1'b0;
    if (tail_q && out_free) begin
      tail_q <= 1'b0;
      word_q <= 1'b0;
      out_valid_o <= 1'b1;
      out_data_o <= word_data_q;
      out_strb_o <= strobes('0, {1'b0, tail_fill_q});
      out_bytes_o <= 8'(tail_fill_q);
      out_addr_o <= tail_word_q;
      out_last_o <= tail_last_q;
    end
    if (merge) begin
      word_data_q <= spill ? rot_q : merged;
      word_low_q <= spill ? '0 : low;
      word_q <= spill || !complete;
      if (complete) begin
        out_valid_o <= 1'b1;
        out_data_o <= merged;
        out_strb_o <= strobes(low, upto);
        out_bytes_o <= 8'(upto) - 8'(low);
        out_addr_o <= rot_word_q;
        out_last_o <= rot_last_q && rot_end_q && !spill;
      end
      if (spill && rot_end_q) begin
        tail_q <= 1'b1;
        tail_last_q <= rot_last_q;
        tail_fill_q <= OutBits'(rot_fill_q);
        tail_word_q <= rot_word_q + DstBits'(OutBytes);
      end
    end
    if (!rst_ni) begin
      run_q <= 1'b0;
      rot_valid_q <= 1'b0;
      word_q <= 1'b0;
      tail_q <= 1'b0;
      out_valid_o <= 1'b0;
    end
  end

endmodule
