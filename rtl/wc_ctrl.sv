// Run control: start, first error, abort, reset of the units, watchdog, interrupt.
//
// An error or a soft reset raises abort_o; once everything has been idle for Settle cycles, AXI
// included, the units are reset. The error stays until a soft reset was asked for.
module wc_ctrl #(
  parameter int unsigned Settle = 4
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  // From the registers, one cycle each.
  input  logic         start_i,
  input  logic         soft_reset_i,
  input  logic         clear_done_i,
  input  logic [1:0]   irq_enable_i,
  input  logic [31:0]  watchdog_i,
  // Units: 0 fetch, 1 load, 2 store, 3 GEMM, 4 vector.
  input  logic         done_i,           // from fetch: the stream has ended
  input  logic [4:0]   idle_i,
  input  logic [4:0]   err_valid_i,
  input  logic [39:0]  err_code_i,       // 8 bits each
  input  logic [199:0] err_addr_i,       // 40 bits each
  input  logic [159:0] err_number_i,     // 32 bits each
  input  logic [159:0] err_id_i,         // 32 bits each
  // Watchdog.
  input  logic         progress_i,
  input  logic [3:0]   present_i,        // this queue or its unit holds a command
  input  logic [127:0] present_number_i, // the oldest one's number and id, 32 bits each
  input  logic [127:0] present_id_i,
  input  logic [31:0]  fetched_i,
  // Control.
  output logic         start_o,
  output logic         abort_o,
  output logic         unit_rst_no,
  output logic         running_o,        // from start to done or error
  output logic         busy_o,
  output logic         done_o,
  output logic         error_o,
  output logic         resetting_o,
  output logic         irq_o,
  output logic [7:0]   err_code_o,
  output logic [3:0]   err_unit_o,
  output logic [31:0]  err_number_o,
  output logic [31:0]  err_id_o,
  output logic [39:0]  err_addr_o
);

  localparam int unsigned SettleBits = $clog2(Settle + 1);

  typedef enum logic [1:0] {Idle, Run, Abort, Reset} state_e;
  state_e                state_q;
  logic [SettleBits-1:0] settle_q;
  logic [31:0]           quiet_q;    // cycles without progress
  logic                  irq_error_q, expired;

  assign start_o = state_q == Idle && start_i && !error_o && !soft_reset_i;
  assign abort_o = state_q == Abort;
  assign unit_rst_no = rst_ni && state_q != Reset;
  assign running_o = state_q == Run;
  assign busy_o = state_q != Idle;
  assign irq_o = (done_o && irq_enable_i[0]) || (irq_error_q && irq_enable_i[1]);
  assign expired = state_q == Run && watchdog_i != '0 && !progress_i &&
                   quiet_q >= watchdog_i - 1'b1;

  // Whom to name: of several errors in a cycle the first unit's; for the watchdog the oldest
  // command there is, be it that its token or that its end does not come, else the core.
  logic        err;
  logic [3:0]  unit;
  logic [7:0]  code;
  logic [31:0] number, id;
  logic [39:0] addr;
  logic        found;
  always_comb begin
    err = 1'b0;
    found = 1'b0;
    unit = wc_isa_pkg::UNIT_CORE;
    code = wc_isa_pkg::E_WATCHDOG;
    number = fetched_i;
    id = '0;
    addr = '0;
    if (err_valid_i != '0) begin
      err = 1'b1;
      for (int i = 4; i >= 0; i--) begin
        if (err_valid_i[i]) begin
          unit = 4'(i);
          code = err_code_i[8*i +: 8];
          number = err_number_i[32*i +: 32];
          id = err_id_i[32*i +: 32];
          addr = err_addr_i[40*i +: 40];
        end
      end
    end else if (expired) begin
      err = 1'b1;
      for (int i = 0; i < 4; i++) begin
        if (present_i[i] && (!found || present_number_i[32*i +: 32] < number)) begin
          found = 1'b1;
          unit = 4'(i + 1);
          number = present_number_i[32*i +: 32];
          id = present_id_i[32*i +: 32];
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    quiet_q <= (state_q != Run || progress_i) ? '0 : quiet_q + 1'b1;
    settle_q <= (state_q == Abort && (&idle_i)) ? settle_q + 1'b1 : '0;
    if (clear_done_i) begin
      done_o <= 1'b0;
      irq_error_q <= 1'b0;
    end
    case (state_q)
      Idle: if (start_o) begin
        state_q <= Run;
        done_o <= 1'b0;
      end
      Run: begin
        if (err) begin
          state_q <= Abort;
          error_o <= 1'b1;
          irq_error_q <= 1'b1;
          err_code_o <= code;
          err_unit_o <= unit;
          err_number_o <= number;
          err_id_o <= id;
          err_addr_o <= addr;
        end else if (done_i) begin
          state_q <= Idle;
          done_o <= 1'b1;
        end
      end
      Abort: if (settle_q == SettleBits'(Settle)) state_q <= Reset;
      default: begin
        state_q <= Idle;
        if (resetting_o) begin
          resetting_o <= 1'b0;
          error_o <= 1'b0;
          done_o <= 1'b0;
          irq_error_q <= 1'b0;
          err_code_o <= '0;
          err_unit_o <= '0;
          err_number_o <= '0;
          err_id_o <= '0;
          err_addr_o <= '0;
        end
      end
    endcase
    if (soft_reset_i && !resetting_o) begin
      resetting_o <= 1'b1;
      state_q <= Abort;
    end
    if (!rst_ni) begin
      state_q <= Idle;
      done_o <= 1'b0;
      error_o <= 1'b0;
      resetting_o <= 1'b0;
      irq_error_q <= 1'b0;
      settle_q <= '0;
      quiet_q <= '0;
      err_code_o <= '0;
      err_unit_o <= '0;
      err_number_o <= '0;
      err_id_o <= '0;
      err_addr_o <= '0;
    end
  end

endmodule
