// One access of 32 bits at a time: to memory (AXI4, a burst of one beat), to the core's registers
// (AXI4-Lite), or to the board's own registers (a strobe, answered at once).
//
// No slave can hold up the link: after Timeout cycles without an answer the access ends with
// timeout_o, and until clear_i so does every further one but those to the board's registers. Then
// the buses are in the midst of an access, so whoever clears must reset what hangs on them.
module wc_link_bus #(
  parameter int unsigned Timeout = 65535
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        clear_i,
  output logic        stuck_o,
  // The access: held until done.
  input  logic        valid_i,
  input  logic        write_i,
  input  logic        memory_i,   // else registers: the core's, or with address bit 16 the board's
  input  logic [31:0] addr_i,     // a multiple of 4
  input  logic [31:0] data_i,
  output logic        done_o,     // one cycle
  output logic        error_o,    // with done_o
  output logic        timeout_o,  // with done_o
  output logic [31:0] data_o,     // with done_o
  // The board's registers.
  output logic        board_write_o,
  output logic [7:0]  board_addr_o,
  output logic [31:0] board_data_o,
  input  logic [31:0] board_data_i,
  // The core's registers.
  output logic        s_awvalid_o,
  input  logic        s_awready_i,
  output logic        s_wvalid_o,
  input  logic        s_wready_i,
  input  logic        s_bvalid_i,
  input  logic [1:0]  s_bresp_i,
  output logic        s_arvalid_o,
  input  logic        s_arready_i,
  input  logic        s_rvalid_i,
  input  logic [31:0] s_rdata_i,
  input  logic [1:0]  s_rresp_i,
  // Memory.
  output logic        m_awvalid_o,
  input  logic        m_awready_i,
  output logic        m_wvalid_o,
  input  logic        m_wready_i,
  input  logic        m_bvalid_i,
  input  logic [1:0]  m_bresp_i,
  output logic        m_arvalid_o,
  input  logic        m_arready_i,
  input  logic        m_rvalid_i,
  input  logic [31:0] m_rdata_i,
  input  logic [1:0]  m_rresp_i
);

  typedef enum logic [1:0] { IDLE, ADDRESS, ANSWER } state_e;
  state_e state_q;
  logic   aw_q, w_q;      // the address, the data of a write were taken
  logic [$clog2(Timeout + 1)-1:0] waited_q;

  logic board, asking;
  assign board = !memory_i && addr_i[16];
  assign asking = state_q == ADDRESS;

  assign s_awvalid_o = asking && write_i && !memory_i && !aw_q;
  assign s_wvalid_o = asking && write_i && !memory_i && !w_q;
  assign s_arvalid_o = asking && !write_i && !memory_i;
  // As the multiplexer wants it: no data before their address.
  assign m_awvalid_o = asking && write_i && memory_i && !aw_q;
  assign m_wvalid_o = asking && write_i && memory_i && aw_q && !w_q;
  assign m_arvalid_o = asking && !write_i && memory_i;

  logic aw_taken, w_taken, ar_taken, answered;
  assign aw_taken = (s_awvalid_o && s_awready_i) || (m_awvalid_o && m_awready_i);
  assign w_taken = (s_wvalid_o && s_wready_i) || (m_wvalid_o && m_wready_i);
  assign ar_taken = (s_arvalid_o && s_arready_i) || (m_arvalid_o && m_arready_i);
  assign answered = memory_i ? (write_i ? m_bvalid_i : m_rvalid_i)
                             : (write_i ? s_bvalid_i : s_rvalid_i);

  assign board_addr_o = addr_i[7:0];
  assign board_data_o = data_i;
  assign board_write_o = state_q == IDLE && valid_i && write_i && board && !done_o;

  always_ff @(posedge clk_i) begin
    done_o <= 1'b0;
    error_o <= 1'b0;
    timeout_o <= 1'b0;
    case (state_q)
      IDLE: begin
        aw_q <= 1'b0;
        w_q <= 1'b0;
        waited_q <= '0;
        if (valid_i && !done_o) begin
          data_o <= board ? board_data_i : 32'd0;
          done_o <= board || stuck_o;
          timeout_o <= !board && stuck_o;
          if (!board && !stuck_o) state_q <= ADDRESS;
        end
      end
      ADDRESS: begin
        if (aw_taken) aw_q <= 1'b1;
        if (w_taken) w_q <= 1'b1;
        if (ar_taken || ((aw_q || aw_taken) && (w_q || w_taken))) state_q <= ANSWER;
      end
      default: begin
        if (answered) begin
          state_q <= IDLE;
          done_o <= 1'b1;
          data_o <= memory_i ? m_rdata_i : s_rdata_i;
          error_o <= memory_i ? (write_i ? m_bresp_i[1] : m_rresp_i[1])
                              : (write_i ? s_bresp_i[1] : s_rresp_i[1]);
        end
      end
    endcase
    if (state_q != IDLE) begin
      waited_q <= waited_q + 1'b1;
      if (32'(waited_q) == Timeout && !(state_q == ANSWER && answered)) begin
        state_q <= IDLE;
        done_o <= 1'b1;
        timeout_o <= 1'b1;
        stuck_o <= 1'b1;
      end
    end
    if (clear_i) stuck_o <= 1'b0;
    if (!rst_ni) begin
      state_q <= IDLE;
      stuck_o <= 1'b0;
      done_o <= 1'b0;
    end
  end

  logic unused;
  assign unused = ^{s_bresp_i[0], s_rresp_i[0], m_bresp_i[0], m_rresp_i[0],
                    addr_i[31:17], addr_i[15:8]};

endmodule
