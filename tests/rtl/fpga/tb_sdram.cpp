// The SDRAM controller against the SDRAM at its pins; and the SDRAM's rules, each broken once.
#include <cstring>
#include <functional>
#include <memory>

#include "../core/bench.h"
#include "Vtb.h"
#include "sdram_clocking.h"
#include "verilated.h"

namespace {

using wcfpga::SdramClocking;
using wcfpga::SdramFaults;
using wcfpga::SdramModel;
using wcfpga::SdramPins;
using wcfpga::SdramTiming;
using wcfpga::SdramWires;

enum { PERIOD = 20000, MEMORY = 32 << 20 };

// A controller, its memory, and a master with one read and one write under way.
class Test {
 public:
  Test(Bench *bench, const SdramTiming &timing = {}, const SdramFaults &faults = {})
      : bench_(bench), dut_(new Vtb), model_(timing, faults), wires_(&model_, SdramWires{}) {
    wires_.set_phase(PERIOD / 2);
    dut_->cas_i = 2;
    dut_->rst_ni = 0;
    cycle();
    cycle();
    dut_->rst_ni = 1;
    for (unsigned i = 0; i < 20000 && !dut_->ready_o; i++)
      cycle();
  }

  Vtb *operator->() {
    return dut_.get();
  }
  SdramModel &model() {
    return model_;
  }
  SdramClocking &wires() {
    return wires_;
  }

  void cycle() {
    dut_->clk_i = 0;
    dut_->eval();
    dut_->clk_i = 1;
    dut_->eval();
    SdramPins p;
    p.cke = dut_->cke_o;
    p.cs_n = dut_->cs_no;
    p.ras_n = dut_->ras_no;
    p.cas_n = dut_->cas_no;
    p.we_n = dut_->we_no;
    p.ba = dut_->ba_o;
    p.a = dut_->a_o;
    p.dqm = dut_->dqm_o;
    p.dq = dut_->dq_o;
    p.driven = dut_->dq_oe_o;
    dut_->dq_i = wires_.cycle(now_++, p);
  }
  void run(uint64_t cycles) {
    for (uint64_t i = 0; i < cycles; i++)
      cycle();
  }

  // A write and a read side by side; either may have no words. Responses; data of the read.
  void move(uint32_t wr_at, const std::vector<uint32_t> &wr, const std::vector<uint8_t> &strobes,
            uint64_t rd_at, unsigned rd_words, std::vector<uint32_t> *rd, unsigned stall,
            unsigned *wr_resp, unsigned *rd_resp, uint64_t wr_high = 0) {
    bool aw = wr.empty(), b = wr.empty(), ar = rd_words == 0;
    size_t w = 0;
    rd->clear();
    for (unsigned i = 0; i < 40000 && !(b && ar && rd->size() == rd_words); i++) {
      dut_->aw_valid_i = !aw && (dut_->aw_valid_i || !bench_->percent(stall));
      dut_->aw_addr_i = wr_at | wr_high;
      dut_->aw_len_i = static_cast<uint8_t>(wr.size() - 1);
      dut_->aw_id_i = 9;
      dut_->w_valid_i = aw && w < wr.size() && (dut_->w_valid_i || !bench_->percent(stall));
      dut_->w_data_i = w < wr.size() ? wr[w] : 0;
      dut_->w_strb_i = w < wr.size() ? strobes[w] : 0;
      dut_->w_last_i = w + 1 == wr.size();
      dut_->ar_valid_i = !ar && (dut_->ar_valid_i || !bench_->percent(stall));
      dut_->ar_addr_i = rd_at;
      dut_->ar_len_i = static_cast<uint8_t>(rd_words - 1);
      dut_->ar_id_i = 21;
      dut_->r_ready_i = !bench_->percent(stall);
      dut_->b_ready_i = !bench_->percent(stall);
      dut_->clk_i = 0;
      dut_->eval();
      const bool aw_now = dut_->aw_valid_i && dut_->aw_ready_o;
      const bool w_now = dut_->w_valid_i && dut_->w_ready_o;
      const bool ar_now = dut_->ar_valid_i && dut_->ar_ready_o;
      const bool b_now = dut_->b_valid_o && dut_->b_ready_i;
      if (dut_->r_valid_o && dut_->r_ready_i) {
        rd->push_back(dut_->r_data_o);
        *rd_resp = dut_->r_resp_o;
        if (dut_->r_id_o != 21 || dut_->r_last_o != (rd->size() == rd_words))
          bench_->fail("read beat %zu of %u: ID %u, last %u", rd->size(), rd_words, dut_->r_id_o,
                       dut_->r_last_o);
      }
      if (b_now) {
        *wr_resp = dut_->b_resp_o;
        if (dut_->b_id_o != 9 || w != wr.size())
          bench_->fail("write response with ID %u after %zu of %zu beats", dut_->b_id_o, w,
                       wr.size());
      }
      cycle();
      aw |= aw_now;
      ar |= ar_now;
      b |= b_now;
      w += w_now;
    }
    dut_->aw_valid_i = dut_->w_valid_i = dut_->ar_valid_i = dut_->r_ready_i = dut_->b_ready_i = 0;
    if (!b || rd->size() != rd_words)
      bench_->fail("a burst is never answered");
  }

  uint64_t now() const {
    return now_;
  }

  std::vector<uint32_t> read(uint32_t at, unsigned words) {
    std::vector<uint32_t> out;
    unsigned wr_resp, rd_resp = 9;
    move(0, {}, {}, at, words, &out, 0, &wr_resp, &rd_resp);
    return out;
  }
  void write(uint32_t at, const std::vector<uint32_t> &data) {
    std::vector<uint32_t> none;
    unsigned wr_resp, rd_resp;
    move(at, data, std::vector<uint8_t>(data.size(), 15), 0, 0, &none, 0, &wr_resp, &rd_resp);
  }

  void expect_clean() {
    for (const std::string &line : model_.violations())
      bench_->fail("%s", line.c_str());
  }

 private:
  Bench *bench_;
  std::unique_ptr<Vtb> dut_;
  SdramModel model_;
  SdramClocking wires_;
  uint64_t now_ = 0;
};

// A few places, so that bursts meet: rows and banks next to each other.
uint32_t place(Bench *b) {
  const uint32_t row = b->below(3) * 4096, bank = b->below(4) * 1024;
  return row + bank + 4 * b->below(256);
}

void random_bursts(Bench *b, const char *name, unsigned cas, unsigned stall) {
  b->begin(name);
  Test t(b);
  t->cas_i = static_cast<uint8_t>(cas);
  t->retune_i = 1;
  t.cycle();
  t->retune_i = 0;
  t.run(50);
  if (t.model().cas_latency() != cas)
    b->fail("the memory's CAS latency is %u", t.model().cas_latency());
  std::vector<uint8_t> mirror(1 << 15), known(1 << 15);
  for (unsigned i = 0; i < 1500 && !b->failing(); i++) {
    uint32_t wr_at = place(b), rd_at = place(b);
    unsigned wr_n = b->percent(70) ? 1 + b->below(b->percent(20) ? 256 : 12) : 0;
    unsigned rd_n = b->percent(70) ? 1 + b->below(b->percent(20) ? 256 : 12) : 0;
    // Within 4 KiB, and apart from each other: their order is open.
    wr_n = std::min(wr_n, (4096 - wr_at % 4096) / 4);
    rd_n = std::min(rd_n, (4096 - rd_at % 4096) / 4);
    if (wr_at < rd_at + 4 * rd_n && rd_at < wr_at + 4 * wr_n)
      rd_n = 0;
    std::vector<uint32_t> data(wr_n), got;
    std::vector<uint8_t> strobes(wr_n);
    for (unsigned k = 0; k < wr_n; k++) {
      data[k] = b->next();
      strobes[k] = b->percent(80) ? 15 : static_cast<uint8_t>(b->below(16));
    }
    unsigned wr_resp = 0, rd_resp = 0;
    t.move(wr_at, data, strobes, rd_at, rd_n, &got, stall, &wr_resp, &rd_resp);
    if (wr_resp != 0 || rd_resp != 0)
      b->fail("responses %u, %u", wr_resp, rd_resp);
    for (unsigned k = 0; k < 4 * wr_n; k++) {
      if (strobes[k / 4] >> k % 4 & 1) {
        mirror[wr_at + k] = static_cast<uint8_t>(data[k / 4] >> 8 * (k % 4));
        known[wr_at + k] = 1;
      }
    }
    for (unsigned k = 0; k < 4 * rd_n && k / 4 < got.size(); k++) {
      const uint8_t value = static_cast<uint8_t>(got[k / 4] >> 8 * (k % 4));
      if (known[rd_at + k] && value != mirror[rd_at + k])
        b->fail("byte %x is %02x, not %02x", rd_at + k, value, mirror[rd_at + k]);
    }
    if (b->percent(3))
      t.run(b->below(1000));
  }
  t.expect_clean();
  b->end();
}

void beyond(Bench *b) {
  b->begin("addresses beyond the memory answer DECERR, and nothing happens");
  Test t(b);
  t.write(0, {0x11223344, 0x55667788});
  std::vector<uint32_t> got;
  unsigned wr_resp = 9, rd_resp = 9;
  t.move(0, {1, 2, 3}, {15, 15, 15}, MEMORY, 5, &got, 30, &wr_resp, &rd_resp, MEMORY);
  if (wr_resp != 3 || rd_resp != 3)
    b->fail("responses %u, %u", wr_resp, rd_resp);
  t.move(0, {1}, {15}, 1ull << 39, 1, &got, 30, &wr_resp, &rd_resp, 1ull << 38);
  if (wr_resp != 3 || rd_resp != 3)
    b->fail("responses %u, %u far away", wr_resp, rd_resp);
  if (t.read(0, 2) != std::vector<uint32_t>{0x11223344, 0x55667788})
    b->fail("memory changed");
  t.write(MEMORY - 4, {42});
  if (t.read(MEMORY - 4, 1)[0] != 42)
    b->fail("the last word");
  t.expect_clean();
  b->end();
}

void rate(Bench *b) {
  b->begin("an open row gives two bytes a cycle");
  Test t(b);
  unsigned cycles[2];
  for (unsigned n = 1; n <= 2; n++) {
    std::vector<uint32_t> got;
    unsigned wr_resp, rd_resp;
    cycles[n - 1] = 0;
    const std::vector<uint32_t> data(20 * n, 7);
    const std::vector<uint8_t> all(20 * n, 15);
    // The first time opens the row.
    for (unsigned k = 0; k < 2; k++) {
      const uint64_t from = t.model().refreshes();
      const auto before = t.now();
      t.move(0, data, all, 0, 0, &got, 0, &wr_resp, &rd_resp);
      cycles[n - 1] = static_cast<unsigned>(t.now() - before);
      if (t.model().refreshes() != from)
        k = 0;
    }
  }
  if (cycles[1] - cycles[0] != 40)
    b->fail("20 more words take %u more cycles", cycles[1] - cycles[0]);
  b->end();
}

// Every rule of the memory a little stricter than the controller obeys it.
void stricter(Bench *b) {
  struct Case {
    const char *says;
    std::function<void(SdramTiming *)> change;
  };
  const Case cases[] = {
      {"tRCD", [](SdramTiming *t) { t->rcd = PERIOD + 1; }},
      {"tRP", [](SdramTiming *t) { t->rp = PERIOD + 1; }},
      {"tRAS", [](SdramTiming *t) { t->ras = 3 * PERIOD + 1; }},
      {"tRC", [](SdramTiming *t) { t->rc = 4 * PERIOD + 1; }},
      {"tRFC", [](SdramTiming *t) { t->rfc = 4 * PERIOD + 1; }},
      {"tWR", [](SdramTiming *t) { t->wr = 2 * PERIOD + 1; }},
      {"tMRD", [](SdramTiming *t) { t->mrd_cycles = 9; }},
      {"200 us", [](SdramTiming *t) { t->power_up = 10010 * UINT64_C(20000); }},
  };
  for (const Case &c : cases) {
    b->begin(c.says);
    SdramTiming timing;
    c.change(&timing);
    Test t(b, timing);
    std::vector<uint32_t> got;
    unsigned wr_resp, rd_resp;
    // Long enough that a refresh falls due in every cycle behind an ACTIVE.
    for (unsigned i = 0; i < 3000; i++)
      t.move(place(b), {1}, {15}, place(b), 1, &got, 0, &wr_resp, &rd_resp);
    // Into the next row, as soon as the last one lets go.
    for (unsigned i = 0; i < 4; i++) {
      t.read(1020, 2);
      t.write(1020, {1, 2});
    }
    t.run(2000);
    bool found = false;
    for (const std::string &line : t.model().violations())
      found |= line.find(c.says) != std::string::npos;
    if (!found)
      b->fail("one cycle too little is not caught (%zu others)", t.model().violations().size());
    b->end();
  }
}

// The memory alone, commands by hand.
class Hand {
 public:
  Hand() {
    at_ = 201000000;
  }
  Hand &nop(unsigned n = 1) {
    for (unsigned i = 0; i < n; i++)
      command(7, 0, 0);
    return *this;
  }
  Hand &command(unsigned code, unsigned bank, uint16_t a, bool driven = false, uint8_t dqm = 0) {
    SdramPins p;
    p.cke = true;
    p.cs_n = false;
    p.ras_n = code >> 2 & 1;
    p.cas_n = code >> 1 & 1;
    p.we_n = code & 1;
    p.ba = static_cast<uint8_t>(bank);
    p.a = a;
    p.dq = 0xBEEF;
    p.dqm = dqm;
    p.driven = driven;
    model.edge(at_, p);
    at_ += PERIOD;
    return *this;
  }
  Hand &init(unsigned refreshes = 8) {
    command(2, 0, 1 << 10).nop(3);
    for (unsigned i = 0; i < refreshes; i++)
      command(1, 0, 0).nop(4);
    return command(0, 0, 0x220).nop(3);
  }
  Hand &active(unsigned bank = 0, uint16_t row = 5) {
    return command(3, bank, row);
  }
  Hand &read(unsigned bank = 0) {
    return command(5, bank, 3);
  }
  Hand &write(unsigned bank = 0) {
    return command(4, bank, 3, true);
  }
  Hand &precharge() {
    return command(2, 0, 1 << 10);
  }
  Hand &refresh() {
    return command(1, 0, 0);
  }
  Hand &wait_ps(uint64_t ps) {
    at_ += ps;
    return *this;
  }
  Hand &early() {
    at_ = 1000000;
    return *this;
  }
  SdramModel model;

 private:
  uint64_t at_;
};

void rules(Bench *b) {
  struct Case {
    const char *says;  // NULL: nothing is wrong
    std::function<void(Hand *)> go;
  };
  const Case cases[] = {
      {nullptr,
       [](Hand *h) { h->init().active().nop().write().nop(3).precharge().nop().refresh(); }},
      {nullptr, [](Hand *h) { h->init().active().nop().read().nop(3).write().nop(2).precharge(); }},
      {"before 200 us", [](Hand *h) { h->early().init(); }},
      {"before PRECHARGE", [](Hand *h) { h->refresh(); }},
      {"fewer than 8", [](Hand *h) { h->init(7); }},
      {"mode register", [](Hand *h) { h->active(); }},
      {"REFRESH with a row open", [](Hand *h) { h->init().active().nop(4).refresh(); }},
      {"has a row open", [](Hand *h) { h->init().active().nop(5).active(); }},
      {"without an open row", [](Hand *h) { h->init().read(); }},
      {"without an open row", [](Hand *h) { h->init().active(1).nop(2).write(2); }},
      {"tRAS", [](Hand *h) { h->init().active().precharge(); }},
      {"MODE with a row open", [](Hand *h) { h->init().active().nop(4).command(0, 0, 0x220); }},
      {"neither 2 nor 3", [](Hand *h) { h->init().command(0, 0, 0x210); }},
      {"more than one column", [](Hand *h) { h->init().command(0, 0, 0x223); }},
      {"bus contention", [](Hand *h) { h->init().active().nop(2).read().nop().write(); }},
      {"nobody driving", [](Hand *h) { h->init().active().nop(2).command(4, 0, 3, false); }},
      {"auto precharge", [](Hand *h) { h->init().active().nop(2).command(5, 0, 1 << 10); }},
      {"refresh interval", [](Hand *h) { h->init().wait_ps(90000000).active(); }},
      {"BURST STOP", [](Hand *h) { h->init().command(6, 0, 0); }},
  };
  for (const Case &c : cases) {
    b->begin(c.says != nullptr ? c.says : "what is right is no breach");
    Hand h;
    c.go(&h);
    bool found = c.says == nullptr;
    for (const std::string &line : h.model.violations()) {
      if (c.says == nullptr)
        b->fail("%s", line.c_str());
      else
        found |= line.find(c.says) != std::string::npos;
    }
    if (!found)
      b->fail("the memory does not notice");
    b->end();
  }
}

void phases(Bench *b) {
  b->begin("some phases and captures read right, others do not, and none is in doubt");
  for (unsigned cas = 2; cas <= 3; cas++) {
    unsigned good = 0, bad = 0;
    printf("  CAS %u, phase in eighths, captures that read right:", cas);
    for (unsigned phase = 0; phase < 8; phase++) {
      Test t(b);
      t.wires().set_phase(phase * PERIOD / 8);
      t->cas_i = static_cast<uint8_t>(cas);
      t->retune_i = 1;
      t.cycle();
      t->retune_i = 0;
      t.run(50);
      const std::vector<uint32_t> data = {0x12345678, 0xFFFF0000, 0x0000FFFF, 0xA5A55A5A, 1, 2};
      t.write(64, data);
      printf(" %u:", phase);
      for (uint8_t capture = 0; capture < 4; capture++) {
        t->capture_i = capture;
        bool right = true;
        for (unsigned i = 0; i < 4; i++)
          right &= t.read(64, static_cast<unsigned>(data.size())) == data;
        right ? good++ : bad++;
        if (right)
          printf("%u", capture);
      }
    }
    printf("\n");
    if (good < 4 || bad < 8)
      b->fail("CAS %u: %u settings right, %u wrong", cas, good, bad);
  }
  b->end();
}

void retention(Bench *b) {
  b->begin("refreshed data stay for 70 ms, others are lost");
  for (unsigned deaf = 0; deaf < 2; deaf++) {
    SdramFaults faults;
    faults.deaf = deaf != 0;
    Test t(b, {}, faults);
    const std::vector<uint32_t> data = {0xCAFEBABE, 0x01020304, 0xFFFFFFFF};
    t.write(0x123400, data);
    t.run(3500000);
    const bool kept = t.read(0x123400, 3) == data;
    if (kept == (deaf != 0))
      b->fail(deaf ? "kept without refresh" : "lost");
    if (!deaf)
      t.expect_clean();
    if (t.model().refreshes() < 8192 || t->refreshes_o != t.model().refreshes())
      b->fail("%u refreshes counted, %llu came", t->refreshes_o,
              static_cast<unsigned long long>(t.model().refreshes()));
  }
  b->end();
}

void faults(Bench *b) {
  b->begin("a stuck bit and an address alias show; memory never written is poison");
  SdramFaults stuck, alias;
  stuck.stuck_bit = 5;
  Test s(b, {}, stuck);
  s.write(0, {0xFFFFFFFF});
  if (s.read(0, 1)[0] != 0xFFDFFFDF)
    b->fail("stuck bit: %08x", s.read(0, 1)[0]);
  alias.alias_bit = 20;
  Test a(b, {}, alias);
  a.write(0, {1});
  a.write(1 << 20, {2});
  if (a.read(0, 1)[0] != 2)
    b->fail("alias: %08x", a.read(0, 1)[0]);
  Test p(b);
  if (p.read(0x4000, 1)[0] == p.read(0x4000, 1)[0])
    b->fail("the same is read twice where nothing was written");
  b->end();
}

}  // namespace

int main() {
  Bench bench;
  rules(&bench);
  random_bursts(&bench, "random bursts, CAS 2", 2, 0);
  random_bursts(&bench, "random bursts, CAS 3", 3, 0);
  random_bursts(&bench, "random bursts, CAS 2, every channel pauses", 2, 40);
  beyond(&bench);
  rate(&bench);
  stricter(&bench);
  phases(&bench);
  faults(&bench);
  retention(&bench);
  return bench.finish();
}
