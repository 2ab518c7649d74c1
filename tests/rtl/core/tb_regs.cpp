// Registers, run control, counters: every register, random accesses, runs, errors, resets.
#include <cstring>
#include <map>
#include <memory>

#include "Vtb.h"
#include "bench.h"
#include "verilated.h"

extern "C" {
#include "wc_isa.h"
}

namespace {

enum { START = 1, RESET = 2, CLEAR_DONE = 4, CLEAR_COUNTERS = 8 };
enum { BUSY = 1, DONE = 2, ERROR = 4, RESETTING = 8 };

// Counters of an engine's states, and how many states its unit tells apart, idle included.
struct Engine {
  unsigned busy, idle, states;
};
const Engine engines[] = {{WC_C_LOAD_BUSY, WC_C_LOAD_IDLE, 4},
                          {WC_C_STORE_BUSY, WC_C_STORE_IDLE, 4},
                          {WC_C_GEMM_BUSY, WC_C_GEMM_IDLE, 7},
                          {WC_C_VEC_BUSY, WC_C_VEC_IDLE, 3}};

class Test {
 public:
  explicit Test(Bench *bench) : bench_(bench), dut_(new Vtb) {
    dut_->idle_i = 0x1F;
    dut_->progress_i = 1;
    dut_->rst_ni = 0;
    cycle();
    cycle();
    dut_->rst_ni = 1;
  }

  Vtb *operator->() {
    return dut_.get();
  }

  void cycle() {
    dut_->clk_i = 0;
    dut_->eval();
    if (dut_->start_o)
      starts_++;
    if (!dut_->unit_rst_no && dut_->rst_ni)
      unit_resets_++;
    count();
    dut_->clk_i = 1;
    dut_->eval();
    // Pulses last one cycle.
    dut_->fetch_done_i = dut_->err_valid_i = dut_->unit_done_i = 0;
  }

  // Address and data come in any order, the answer is taken at any time.
  void write(uint32_t offset, uint32_t value, unsigned strobe = 15) {
    unsigned aw_delay = bench_->below(4), w_delay = bench_->below(4), b_delay = bench_->below(4);
    bool aw_done = false, w_done = false;
    for (unsigned i = 0; i < 50; i++) {
      dut_->aw_valid_i = !aw_done && i >= aw_delay;
      dut_->w_valid_i = !w_done && i >= w_delay;
      dut_->aw_addr_i = static_cast<uint16_t>(offset);
      dut_->w_data_i = value;
      dut_->w_strb_i = static_cast<uint8_t>(strobe);
      dut_->b_ready_i = i >= b_delay;
      dut_->clk_i = 0;
      dut_->eval();
      const bool aw = dut_->aw_valid_i && dut_->aw_ready_o, w = dut_->w_valid_i && dut_->w_ready_o;
      const bool b = dut_->b_valid_o && dut_->b_ready_i;
      if (b && dut_->b_resp_o != 0)
        bench_->fail("write of %03x answered %u", offset, dut_->b_resp_o);
      cycle();
      aw_done |= aw;
      w_done |= w;
      if (b) {
        dut_->aw_valid_i = dut_->w_valid_i = dut_->b_ready_i = 0;
        if (!aw_done || !w_done)
          bench_->fail("write of %03x answered too early", offset);
        return;
      }
    }
    bench_->fail("write of %03x is never answered", offset);
  }

  uint32_t read(uint32_t offset) {
    const unsigned r_delay = bench_->below(5);
    bool asked = false;
    for (unsigned i = 0; i < 50; i++) {
      dut_->ar_valid_i = !asked;
      dut_->ar_addr_i = static_cast<uint16_t>(offset);
      dut_->r_ready_i = i >= r_delay;
      dut_->clk_i = 0;
      dut_->eval();
      const bool ar = dut_->ar_valid_i && dut_->ar_ready_o;
      const bool r = dut_->r_valid_o && dut_->r_ready_i;
      const uint32_t data = dut_->r_data_o;
      cycle();
      asked |= ar;
      if (r) {
        dut_->ar_valid_i = dut_->r_ready_i = 0;
        return data;
      }
    }
    bench_->fail("read of %03x is never answered", offset);
    return 0;
  }

  uint64_t read64(uint32_t offset) {
    const uint64_t low = read(offset);
    return static_cast<uint64_t>(read(offset + 4)) << 32 | low;
  }

  void expect(uint32_t offset, uint32_t want) {
    const uint32_t got = read(offset);
    if (got != want)
      bench_->fail("register %03x is %08x, not %08x", offset, got, want);
  }

  void status(unsigned want, const char *when) {
    const uint32_t got = read(WC_R_STATUS);
    if (got != want)
      bench_->fail("status %x, not %x, %s", got, want, when);
  }

  void run_to_idle(unsigned cycles) {
    for (unsigned i = 0; i < cycles; i++)
      cycle();
  }

  // The counter of engine @e in this cycle.
  unsigned engine_counter(unsigned e) {
    const unsigned state = dut_->state_i >> (3 * e) & 7;
    const Engine &engine = engines[e];
    if (state != 0)
      return engine.busy + state - 1;
    if ((dut_->token_wait_i >> e & 1) == 0)
      return engine.idle;
    return e >= 2 && (dut_->memory_wait_i >> (e - 2) & 1) ? engine.idle - 2 : engine.idle - 1;
  }

  // What the counters must be, counted here from the same inputs; and what is told beside them.
  void count() {
    if (!dut_->rst_ni)
      return;
    uint64_t *value = counters_;
    if (dut_->running_o) {
      value[WC_C_CYCLES]++;
      for (unsigned e = 0; e < 4; e++) {
        const unsigned counter = engine_counter(e);
        value[counter]++;
        if ((dut_->engine_o >> (4 * e) & 15) != counter - engines[e].busy)
          bench_->fail("engine %u is told to be in state %u, not %u", e,
                       dut_->engine_o >> (4 * e) & 15, counter - engines[e].busy);
      }
    }
    value[WC_C_CMD_BYTES] += dut_->cmd_bytes_i;
    value[WC_C_RD_BEATS] += dut_->rd_beat_i;
    value[WC_C_WR_BEATS] += dut_->wr_beat_i;
    for (unsigned e = 0; e < 4; e++)
      value[WC_C_LOADS + e] += dut_->unit_done_i >> e & 1;
    if (dut_->unit_done_i & 1) {
      value[WC_C_RD_BYTES] += dut_->load_bytes_i;
      tag_rd_[dut_->load_tag_i] += dut_->load_bytes_i;
    }
    if (dut_->unit_done_i & 2) {
      value[WC_C_WR_BYTES] += dut_->store_bytes_i;
      tag_wr_[dut_->store_tag_i] += dut_->store_bytes_i;
    }
    if (dut_->unit_done_i & 4)
      value[WC_C_MACS] += dut_->macs_i;
  }

  void check_counters() {
    for (unsigned i = 0; i < WC_COUNTERS; i++) {
      const uint64_t got = read64(WC_R_COUNTERS + 8 * i);
      if (got != counters_[i])
        bench_->fail("counter %u is %llu, not %llu", i, static_cast<unsigned long long>(got),
                     static_cast<unsigned long long>(counters_[i]));
    }
    for (unsigned i = 0; i < WC_TAGS; i++) {
      if (read64(WC_R_TAG_RD + 8 * i) != tag_rd_[i] || read64(WC_R_TAG_WR + 8 * i) != tag_wr_[i])
        bench_->fail("counters of tag %u are wrong", i);
    }
  }

  void clear_counters() {
    write(WC_R_CTRL, CLEAR_COUNTERS);
    memset(counters_, 0, sizeof counters_);
    memset(tag_rd_, 0, sizeof tag_rd_);
    memset(tag_wr_, 0, sizeof tag_wr_);
  }

  unsigned starts_ = 0, unit_resets_ = 0;

 private:
  Bench *bench_;
  std::unique_ptr<Vtb> dut_;
  uint64_t counters_[WC_COUNTERS] = {}, tag_rd_[WC_TAGS] = {}, tag_wr_[WC_TAGS] = {};
};

void test_constants(Bench *bench) {
  bench->begin("identity and capabilities");
  Test t(bench);
  t.expect(WC_R_ID, WC_MAGIC);
  t.expect(WC_R_VERSION, WC_VERSION);
  t.expect(WC_R_ARRAY, 16 | 16 << 16);
  t.expect(WC_R_GBUF_BYTES, 262144);
  t.expect(WC_R_VEC, 8 | 4 << 16);
  t.expect(WC_R_ACC_ROWS, 256);
  t.expect(WC_R_AXI, 16 | 40 << 8 | 32 << 16);
  t.expect(WC_R_CORES, 1 | 8 << 8);
  t.expect(WC_R_BANKS, 64 | 8 << 16);
  t.status(0, "after reset");
  bench->end();
}

void test_access(Bench *bench) {
  bench->begin("every offset holds what was written, where it may be written");
  Test t(bench);
  std::map<uint32_t, uint32_t> masks = {
      {WC_R_IRQ_ENABLE, 3},     {WC_R_STREAM_LO, ~0u},    {WC_R_STREAM_HI, 0xFF},
      {WC_R_STREAM_BYTES, ~0u}, {WC_R_WIN_LO, ~0xFFFu},   {WC_R_WIN_HI, 0xFF},
      {WC_R_WIN_SIZE_LO, ~0u},  {WC_R_WIN_SIZE_HI, 0xFF}, {WC_R_WATCHDOG, ~0u}};
  std::map<uint32_t, uint32_t> held;
  for (uint32_t offset = 0; offset < 0x1000; offset += 4)
    held[offset] = t.read(offset);
  for (unsigned i = 0; i < 3000 && !bench->failing(); i++) {
    uint32_t offset = 4 * bench->below(bench->percent(70) ? 0x30 : 0x400);
    if (offset == WC_R_CTRL)
      continue;
    if (bench->percent(50)) {
      const uint32_t value = bench->next(), strobe = bench->below(16);
      t.write(offset, value, strobe);
      uint32_t bits = 0;
      for (unsigned b = 0; b < 4; b++)
        bits |= (strobe >> b & 1) ? 0xFFu << (8 * b) : 0;
      const auto mask = masks.find(offset);
      if (mask != masks.end())
        held[offset] = (held[offset] & ~(bits & mask->second)) | (value & bits & mask->second);
    } else {
      t.expect(offset, held[offset]);
    }
  }
  if (t->stream_offset_o !=
          (static_cast<uint64_t>(held[WC_R_STREAM_HI]) << 32 | held[WC_R_STREAM_LO]) ||
      t->win_base_o != (static_cast<uint64_t>(held[WC_R_WIN_HI]) << 32 | held[WC_R_WIN_LO]) ||
      t->win_size_o !=
          (static_cast<uint64_t>(held[WC_R_WIN_SIZE_HI]) << 32 | held[WC_R_WIN_SIZE_LO]) ||
      t->stream_bytes_o != held[WC_R_STREAM_BYTES] || t->watchdog_o != held[WC_R_WATCHDOG])
    bench->fail("the core sees other parameters than were written");
  bench->end();
}

void test_runs(Bench *bench) {
  bench->begin("a run: start, busy, done, interrupt, start again");
  Test t(bench);
  for (unsigned enable = 0; enable < 4; enable++) {
    t.write(WC_R_IRQ_ENABLE, enable);
    const unsigned starts = t.starts_;
    t.write(WC_R_CTRL, START);
    t.run_to_idle(3);
    t.status(BUSY, "after the start");
    t.write(WC_R_CTRL, START);
    t.status(BUSY, "after a second start");
    t->fetch_done_i = 1;
    t.cycle();
    t.cycle();
    if (t->irq_o != (enable & 1))
      bench->fail("interrupt %d with enable %u", t->irq_o, enable);
    t.status(DONE, "after the end");
    t.write(WC_R_CTRL, CLEAR_DONE);
    t.cycle();
    t.status(0, "after done was cleared");
    if (t->irq_o)
      bench->fail("the interrupt stays");
    if (t.starts_ != starts + 1)
      bench->fail("%u starts", t.starts_ - starts);
  }
  bench->end();
}

void test_errors(Bench *bench) {
  bench->begin("the first error is kept, stops the run, and ends with a soft reset");
  Test t(bench);
  t.write(WC_R_IRQ_ENABLE, 2);
  for (unsigned i = 0; i < 40 && !bench->failing(); i++) {
    t.write(WC_R_CTRL, START);
    t.run_to_idle(2 + bench->below(5));
    const unsigned valid = 1 + bench->below(31);
    unsigned first = 0;
    while (!(valid >> first & 1))
      first++;
    for (unsigned w = 0; w < 5; w++) {
      t->err_number_i[w] = bench->next();
      t->err_id_i[w] = bench->next();
    }
    for (unsigned w = 0; w < 7; w++)
      t->err_addr_i[w] = bench->next();
    t->err_addr_i[6] &= 0xFF;
    t->err_code_i = (static_cast<uint64_t>(bench->next()) << 20 ^ bench->next()) & 0xFFFFFFFFFF;
    uint64_t addr = 0;
    memcpy(&addr, reinterpret_cast<uint8_t *>(&t->err_addr_i) + 5 * first, 5);
    const uint32_t code = (t->err_code_i >> (8 * first) & 0xFF) | first << 8;
    const uint32_t number = t->err_number_i[first], id = t->err_id_i[first];
    t->idle_i = static_cast<uint8_t>(bench->below(31));
    t->err_valid_i = static_cast<uint8_t>(valid);
    t.cycle();
    t.cycle();
    if (!t->abort_o || !t->irq_o)
      bench->fail("abort %d, interrupt %d after an error", t->abort_o, t->irq_o);
    t->err_code_i = 0x0101010101;
    t->err_valid_i = 31;  // later ones change nothing
    t.run_to_idle(20);
    t.status(BUSY | ERROR, "while the units are not idle");
    const unsigned resets = t.unit_resets_;
    t->idle_i = 31;
    t.run_to_idle(20);
    if (t.unit_resets_ != resets + 1 || t->abort_o)
      bench->fail("the units were reset %u times", t.unit_resets_ - resets);
    t.status(ERROR, "once the units are idle");
    t.expect(WC_R_ERR_CODE, code);
    t.expect(WC_R_ERR_CMD, number);
    t.expect(WC_R_ERR_ID, id);
    t.expect(WC_R_ERR_ADDR_LO, static_cast<uint32_t>(addr));
    t.expect(WC_R_ERR_ADDR_HI, static_cast<uint32_t>(addr >> 32));
    const unsigned starts = t.starts_;
    t.write(WC_R_CTRL, START);
    t.run_to_idle(5);
    if (t.starts_ != starts)
      bench->fail("a start is accepted with an error standing");
    t.write(WC_R_CTRL, RESET);
    t.run_to_idle(20);
    t.status(0, "after a soft reset");
    t.expect(WC_R_ERR_CODE, 0);
    if (t->irq_o)
      bench->fail("the interrupt stays after a soft reset");
  }
  bench->end();
}

void test_reset(Bench *bench) {
  bench->begin("a soft reset waits for idle units, from any state");
  Test t(bench);
  for (unsigned i = 0; i < 20 && !bench->failing(); i++) {
    if (bench->percent(50))
      t.write(WC_R_CTRL, START);
    t->idle_i = 0x1E;
    t.write(WC_R_CTRL, RESET);
    t.run_to_idle(bench->below(60));
    if ((t.read(WC_R_STATUS) & RESETTING) == 0 || !t->abort_o)
      bench->fail("no longer resetting while a unit is not idle");
    t->idle_i = 0x1F;
    t.run_to_idle(12);
    t.status(0, "after the reset");
  }
  bench->end();
}

void test_watchdog(Bench *bench) {
  bench->begin("the watchdog waits as long as told and names the oldest command");
  Test t(bench);
  for (unsigned i = 0; i < 30 && !bench->failing(); i++) {
    const unsigned limit = 100 + bench->below(100);
    t.write(WC_R_WATCHDOG, limit);
    t.write(WC_R_CTRL, START);
    t.run_to_idle(5);
    const unsigned present = bench->below(16);
    t->present_i = static_cast<uint8_t>(present);
    t->fetched_i = bench->next();
    uint32_t number = t->fetched_i, id = 0, unit = WC_U_CORE;
    for (unsigned q = 0; q < 4; q++) {
      t->present_number_i[q] = bench->below(1000) * 4 + q;
      t->present_id_i[q] = bench->next();
      if ((present >> q & 1) && (unit == WC_U_CORE || t->present_number_i[q] < number)) {
        number = t->present_number_i[q];
        id = t->present_id_i[q];
        unit = q + 1;
      }
    }
    t->progress_i = 0;
    t.run_to_idle(limit - 1);
    if (t->abort_o)
      bench->fail("the watchdog bites too early");
    if (bench->percent(50)) {
      t->progress_i = 1;
      t.cycle();
      t->progress_i = 0;
      t.run_to_idle(limit - 1);
      if (t->abort_o)
        bench->fail("progress does not restart the watchdog");
    }
    t.run_to_idle(2);
    if (!t->abort_o)
      bench->fail("the watchdog does not bite");
    t.run_to_idle(10);
    t.expect(WC_R_ERR_CODE, WC_E_WATCHDOG | unit << 8);
    t.expect(WC_R_ERR_CMD, number);
    t.expect(WC_R_ERR_ID, id);
    t.write(WC_R_CTRL, RESET);
    t.run_to_idle(12);
    t.write(WC_R_WATCHDOG, 0);
    t.write(WC_R_CTRL, START);
    t.run_to_idle(500);
    t.status(BUSY, "with the watchdog off");
    t->progress_i = 1;
    t->fetch_done_i = 1;
    t.cycle();
    t.cycle();
    t.write(WC_R_CTRL, CLEAR_DONE);
  }
  bench->end();
}

void test_counters(Bench *bench) {
  bench->begin("counters count what happens, and each engine's states add up");
  Test t(bench);
  for (unsigned run = 0; run < 4; run++) {
    t.clear_counters();
    t.write(WC_R_CTRL, START);
    for (unsigned i = 0; i < 1000; i++) {
      t->state_i = 0;
      for (unsigned e = 0; e < 4; e++)
        t->state_i |= static_cast<uint16_t>(bench->below(engines[e].states) << (3 * e));
      t->token_wait_i = static_cast<uint8_t>(bench->below(16));
      t->memory_wait_i = static_cast<uint8_t>(bench->below(4));
      t->unit_done_i = static_cast<uint8_t>(bench->percent(30) ? bench->below(16) : 0);
      t->load_bytes_i = bench->percent(20) ? 0xFFFFFFFFFFFFull : bench->next();
      t->store_bytes_i = bench->next();
      t->macs_i = static_cast<uint64_t>(bench->next()) << 14;
      t->load_tag_i = static_cast<uint8_t>(bench->below(16));
      t->store_tag_i = static_cast<uint8_t>(bench->below(16));
      t->cmd_bytes_i = static_cast<uint16_t>(bench->percent(50) ? 16 * bench->below(17) : 0);
      t->rd_beat_i = bench->percent(50);
      t->wr_beat_i = bench->percent(50);
      t.cycle();
    }
    t->cmd_bytes_i = 0;
    t->rd_beat_i = t->wr_beat_i = 0;
    t->fetch_done_i = 1;
    t.cycle();
    t.run_to_idle(20);  // nothing counts any more
    t.check_counters();
    for (unsigned e = 0; e < 4; e++) {
      uint64_t sum = 0;
      for (unsigned i = engines[e].busy; i <= engines[e].idle; i++)
        sum += t.read64(WC_R_COUNTERS + 8 * i);
      if (sum != t.read64(WC_R_COUNTERS))
        bench->fail("states of engine %u do not add up", e);
    }
  }
  bench->end();

  bench->begin("reading the low word of a counter holds the high one");
  t.clear_counters();
  t->macs_i = 0xFFFFFFFF;
  t->unit_done_i = 4;
  t.cycle();
  const uint32_t low = t.read(WC_R_COUNTERS + 8 * WC_C_MACS);
  t->unit_done_i = 4;
  t.cycle();
  t.write(WC_R_WATCHDOG, 1);
  if (low != 0xFFFFFFFF || t.read(WC_R_COUNTERS + 8 * WC_C_MACS + 4) != 0)
    bench->fail("the high word is not the one of the low word");
  if (t.read64(WC_R_COUNTERS + 8 * WC_C_MACS) != 0x1FFFFFFFEull)
    bench->fail("the next pair is wrong");
  bench->end();
}

}  // namespace

int main() {
  Bench bench;
  test_constants(&bench);
  test_access(&bench);
  test_runs(&bench);
  test_errors(&bench);
  test_reset(&bench);
  test_watchdog(&bench);
  test_counters(&bench);
  return bench.finish();
}
