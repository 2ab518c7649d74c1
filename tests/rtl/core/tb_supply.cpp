// Command supply: order, tokens, END, errors. AXI_BYTES is the bus width.
//
// Streams are random words behind legal headers. The bench plays the units: it takes commands
// when it likes, keeps up to eight at a time, and ends them in order when it likes.
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "Vtb.h"
#include "bench.h"
#include "memory.h"
#include "verilated.h"

extern "C" {
#include "wc_isa.h"
}

// The supply has no write channels: a memory model of its read channel alone.
#include "axi_memory.h"

namespace {

constexpr uint64_t kBase = 0x20000, kWindow = 0x40000, kMemory = 1 << 20;
constexpr unsigned kHang = 100000, kUnitsOf[4] = {4, 4, 7, 0};

struct Command {
  std::vector<uint32_t> words;
  unsigned queue, wait, signal, number;
};

// Gives the generic memory the pins that this bench's module lacks.
struct Pins {
  explicit Pins(Vtb *tb)
      : m_arvalid_o(tb->m_arvalid_o),
        m_arready_i(tb->m_arready_i),
        m_arid_o(tb->m_arid_o),
        m_araddr_o(tb->m_araddr_o),
        m_arlen_o(tb->m_arlen_o),
        m_rvalid_i(tb->m_rvalid_i),
        m_rready_o(tb->m_rready_o),
        m_rid_i(tb->m_rid_i),
        m_rdata_i(tb->m_rdata_i),
        m_rresp_i(tb->m_rresp_i),
        m_rlast_i(tb->m_rlast_i) {}
  uint8_t &m_arvalid_o, &m_arready_i, &m_arid_o;
  uint64_t &m_araddr_o;
  uint8_t &m_arlen_o, &m_rvalid_i, &m_rready_o, &m_rid_i;
  decltype(Vtb::m_rdata_i) m_rdata_i;
  uint8_t &m_rresp_i, &m_rlast_i;
  uint8_t m_awvalid_o = 0, m_awready_i = 0, m_awid_o = 0, m_awlen_o = 0, m_wvalid_o = 0,
          m_wready_i = 0, m_wlast_o = 0, m_bvalid_i = 0, m_bready_o = 0, m_bid_i = 0, m_bresp_i = 0;
  uint64_t m_awaddr_o = 0, m_wdata_o = 0, m_wstrb_o = 0;
};

class Test {
 public:
  Test(Bench *bench, unsigned latency, unsigned stall, unsigned pace)
      : bench_(bench),
        memory_(kMemory),
        dut_(new Vtb),
        pins_(dut_.get()),
        axi_(&memory_, latency, stall, bench->next()),
        pace_(pace) {
    reset();
  }

  // A stream of legal commands whose tokens are in order, with END.
  void random_stream(unsigned commands) {
    begin();
    unsigned given[4][4] = {};
    for (unsigned i = 0; i < commands; i++) {
      const unsigned queue = bench_->below(4);
      unsigned wait = 0, signal = 0;
      for (unsigned other = 0; other < 4; other++) {
        if (other != queue && given[other][queue] > 0 && bench_->percent(60)) {
          wait |= 1u << other;
          given[other][queue]--;
        }
        if (other != queue && bench_->percent(25)) {
          signal |= 1u << other;
          given[queue][other]++;
        }
      }
      add(queue, wait, signal);
    }
    end();
  }

  void begin() {
    stream_.clear();
    commands_.clear();
  }

  void add(unsigned queue, unsigned wait, unsigned signal) {
    static const unsigned opcode[4] = {WC_OP_LOAD, WC_OP_STORE, WC_OP_GEMM, WC_OP_VEC};
    Command command;
    unsigned units = kUnitsOf[queue], n_in = 0, n_out = 0;
    if (queue == 3) {
      n_in = bench_->below(WC_VEC_INPUTS + 1);
      n_out = 1 + bench_->below(WC_VEC_OUTPUTS);
      units = (16 + 5 * (n_in + n_out) + 3) / 4;
    }
    command.queue = queue;
    command.wait = wait;
    command.signal = signal;
    command.number = static_cast<unsigned>(commands_.size());
    command.words.resize(units * 4);
    for (auto &word : command.words)
      word = bench_->next();
    command.words[0] =
        opcode[queue] | units << 8 | wait << 16 | signal << 20 | bench_->below(16) << 24;
    if (queue == 3)
      command.words[2] = n_in | n_out << 4;
    stream_.insert(stream_.end(), command.words.begin(), command.words.end());
    commands_.push_back(command);
  }

  void end() {
    const uint32_t words[4] = {WC_OP_END | 1u << 8, bench_->next(), bench_->next(), 0};
    stream_.insert(stream_.end(), words, words + 4);
  }

  std::vector<uint32_t> &stream() {
    return stream_;
  }

  // Places the stream at a random offset and starts it; @cut shortens what fetch is told.
  void start(unsigned cut = 0) {
    offset_ = 16 * bench_->below(kWindow / 32);
    memcpy(memory_.at(kBase + offset_), stream_.data(), stream_.size() * 4);
    dut_->win_base_i = kBase;
    dut_->win_size_i = kWindow;
    dut_->stream_offset_i = offset_;
    dut_->stream_bytes_i = static_cast<uint32_t>(stream_.size() * 4 - cut);
    next_ = {0, 0, 0, 0};
    for (auto &queue : flight_)
      queue.clear();
    memset(tokens_, 0, sizeof tokens_);
    finished_ = taken_ = cmd_bytes_ = 0;
    dut_->start_i = 1;
    cycle();
    dut_->start_i = 0;
  }

  // Until done or error; true for done.
  bool run() {
    for (unsigned i = 0; i < kHang; i++) {
      if (cycle())
        return !error_;
      if (error_)
        return false;
    }
    bench_->fail("no end: %u of %zu commands taken, unmet %04x", taken_, commands_.size(),
                 static_cast<unsigned>(dut_->unmet_o));
    return false;
  }

  void expect_done() {
    if (!run()) {
      bench_->fail("error %u at command %u", dut_->err_code_o, dut_->err_number_o);
      return;
    }
    if (finished_ != commands_.size())
      bench_->fail("done after %u of %zu commands", finished_, commands_.size());
    if (cmd_bytes_ != stream_.size() * 4)
      bench_->fail("%u command bytes counted of %zu", cmd_bytes_, stream_.size() * 4);
  }

  void expect_error(unsigned code, unsigned number, uint32_t id, uint64_t addr) {
    if (run())
      bench_->fail("done instead of error %u", code);
    else if (dut_->err_code_o != code || dut_->err_number_o != number || dut_->err_id_o != id ||
             dut_->err_addr_o != addr)
      bench_->fail("error %u command %u id %x address %llx; expected %u, %u, %x, %llx",
                   dut_->err_code_o, dut_->err_number_o, dut_->err_id_o,
                   static_cast<unsigned long long>(dut_->err_addr_o), code, number, id,
                   static_cast<unsigned long long>(addr));
    reset();
  }

  uint64_t offset() const {
    return offset_;
  }
  wcsim::Memory &memory() {
    return memory_;
  }

  // Abort, wait for AXI to come to rest, reset.
  void reset() {
    dut_->abort_i = 1;
    for (unsigned i = 0; i < 500; i++)
      cycle();
    if (dut_->rst_ni && !dut_->idle_o)
      bench_->fail("not idle after an abort");
    dut_->abort_i = 0;
    dut_->rst_ni = 0;
    dut_->cmd_ready_i = dut_->unit_done_i = 0;
    cycle();
    cycle();
    dut_->rst_ni = 1;
    for (auto &queue : flight_)
      queue.clear();
  }

 private:
  // One cycle; true when the stream is done.
  bool cycle() {
    dut_->unit_done_i = 0;
    for (unsigned q = 0; q < 4; q++) {
      if (!flight_[q].empty() && bench_->percent(pace_) && !dut_->abort_i)
        dut_->unit_done_i |= static_cast<uint8_t>(1u << q);
    }
    dut_->cmd_ready_i = static_cast<uint8_t>(bench_->percent(pace_) ? bench_->next() & 15 : 0);
    axi_.drive(&pins_, now_);
    copy_data();
    dut_->clk_i = 0;
    dut_->eval();
    axi_.sample(&pins_, now_);
    const bool done = dut_->done_o;
    error_ = dut_->err_valid_o;
    if (dut_->rst_ni && !dut_->abort_i)
      look();
    cmd_bytes_ += dut_->cmd_bytes_o;
    dut_->clk_i = 1;
    dut_->eval();
    axi_.finish(&pins_);
    now_++;
    return done;
  }

  void copy_data() {
    memcpy(&dut_->m_rdata_i, &pins_.m_rdata_i, sizeof pins_.m_rdata_i);
  }

  // What queues show and units do in this cycle.
  void look() {
    for (unsigned q = 0; q < 4; q++) {
      const bool shown = dut_->cmd_valid_o >> q & 1;
      if (shown)
        check_shown(q);
      if ((dut_->oldest_valid_o >> q & 1) != !flight_[q].empty())
        bench_->fail("queue %u is wrong about commands in its unit", q);
      else if (!flight_[q].empty() && (number_of(q) != flight_[q].front()->number ||
                                       id_of(q) != flight_[q].front()->words[1]))
        bench_->fail("queue %u names the wrong command as the oldest", q);
    }
    for (unsigned q = 0; q < 4; q++) {
      if (dut_->cmd_valid_o & dut_->cmd_ready_i & 1u << q)
        take(q);
    }
    for (unsigned q = 0; q < 4; q++) {
      if (dut_->unit_done_i >> q & 1)
        finish(q);
    }
  }

  uint32_t number_of(unsigned q) {
    return dut_->oldest_number_o[q];
  }
  uint32_t id_of(unsigned q) {
    return dut_->oldest_id_o[q];
  }

  // The next command of queue @q in the stream, or null.
  const Command *due(unsigned q) {
    for (size_t i = next_[q]; i < commands_.size(); i++) {
      if (commands_[i].queue == q) {
        next_[q] = i;
        return &commands_[i];
      }
    }
    return nullptr;
  }

  void check_shown(unsigned q) {
    const Command *command = due(q);
    if (command == nullptr) {
      bench_->fail("queue %u shows a command too many", q);
      return;
    }
    const uint32_t *words = &dut_->cmd_o[64 * q];
    for (size_t i = 0; i < 64; i++) {
      const uint32_t want = i < command->words.size() ? command->words[i] : 0;
      if (words[i] != want) {
        bench_->fail("command %u word %zu is %08x, not %08x", command->number, i, words[i], want);
        return;
      }
    }
    for (unsigned from = 0; from < 4; from++) {
      if ((command->wait >> from & 1) && tokens_[from][q] == 0)
        bench_->fail("command %u is shown without its token from queue %u", command->number, from);
    }
  }

  void take(unsigned q) {
    const Command *command = due(q);
    if (command == nullptr)
      return;
    for (unsigned from = 0; from < 4; from++)
      tokens_[from][q] -= command->wait >> from & 1;
    flight_[q].push_back(command);
    next_[q]++;
    taken_++;
  }

  void finish(unsigned q) {
    const Command *command = flight_[q].front();
    flight_[q].pop_front();
    for (unsigned to = 0; to < 4; to++)
      tokens_[q][to] += command->signal >> to & 1;
    finished_++;
  }

  Bench *bench_;
  wcsim::Memory memory_;
  std::unique_ptr<Vtb> dut_;
  Pins pins_;
  wcsim::AxiMemory<Pins, AXI_BYTES> axi_;
  unsigned pace_;
  uint64_t now_ = 0, offset_ = 0;
  std::vector<uint32_t> stream_;
  std::vector<Command> commands_;
  std::vector<size_t> next_ = {0, 0, 0, 0};
  std::deque<const Command *> flight_[4];
  int tokens_[4][4];
  unsigned finished_ = 0, taken_ = 0, cmd_bytes_ = 0;
  bool error_ = false;
};

void test_random(Bench *bench, const char *name, unsigned latency, unsigned stall, unsigned pace) {
  bench->begin(name);
  Test test(bench, latency, stall, pace);
  for (unsigned i = 0; i < 25 && !bench->failing(); i++) {
    test.random_stream(bench->below(120));
    test.start();
    test.expect_done();
  }
  bench->end();
}

// A good stream with word 0 of one command replaced.
void test_header(Bench *bench, Test *test, const char *name, uint32_t clear, uint32_t set,
                 unsigned code) {
  bench->begin(name);
  for (unsigned i = 0; i < 10 && !bench->failing(); i++) {
    const unsigned before = bench->below(10);
    test->begin();
    for (unsigned k = 0; k < before; k++)
      test->add(bench->below(4), 0, 0);
    const size_t at = test->stream().size();
    test->add(0, 0, 0);
    test->add(1, 0, 0);
    test->end();
    uint32_t &word = test->stream()[at];
    word = (word & ~clear) | set;
    const uint32_t id = test->stream()[at + 1];
    test->start();
    test->expect_error(code, before, id, 0);
    test->random_stream(10);
    test->start();
    test->expect_done();
  }
  bench->end();
}

void test_ends(Bench *bench, Test *test) {
  bench->begin("a stream without END is NO_END, one cut inside a command SIZE");
  for (unsigned i = 0; i < 10 && !bench->failing(); i++) {
    const unsigned commands = bench->below(6);
    test->begin();
    for (unsigned k = 0; k < commands; k++)
      test->add(bench->below(4), 0, 0);
    test->start();
    test->expect_error(WC_E_NO_END, commands, 0, 0);
    test->begin();
    for (unsigned k = 0; k <= commands; k++)
      test->add(k < commands ? bench->below(4) : 2, 0, 0);
    const uint32_t id = test->stream()[test->stream().size() - 28 + 1];
    test->start(16 * (1 + bench->below(6)));
    test->expect_error(WC_E_SIZE, commands, id, 0);
  }
  bench->end();

  bench->begin("an AXI error counts where a command needs the data, and not behind END");
  for (unsigned i = 0; i < 10 && !bench->failing(); i++) {
    test->random_stream(20);
    test->start();
    const uint64_t end = test->offset() + test->stream().size() * 4;
    const uint64_t beat = (end + AXI_BYTES - 1) / AXI_BYTES * AXI_BYTES;
    test->memory().inject(kBase + beat, 4096, false);
    test->expect_done();
    test->memory().inject(0, 0, false);
  }
  for (unsigned i = 0; i < 20 && !bench->failing(); i++) {
    test->begin();
    test->add(0, 0, 0);
    test->add(1, 0, 0);
    test->end();
    test->start();
    // A wide beat brings units before the one aimed at, too.
    const uint64_t unit = test->offset() + 16 * bench->below(9);
    const uint64_t beat = unit / AXI_BYTES * AXI_BYTES;
    const uint64_t first = AXI_BYTES <= 16 ? unit : std::max(beat, test->offset());
    const unsigned index = static_cast<unsigned>((first - test->offset()) / 16);
    const uint32_t id = index % 4 == 0 ? 0 : test->stream()[index / 4 * 16 + 1];
    test->memory().inject(kBase + beat, AXI_BYTES, true);
    test->expect_error(WC_E_DECERR, index / 4, id, first);
    test->memory().inject(0, 0, false);
  }
  bench->end();
}

}  // namespace

int main() {
  Bench bench;
  test_random(&bench, "random streams, quick units", 4, 0, 100);
  test_random(&bench, "random streams, long latency", 70, 0, 60);
  test_random(&bench, "random streams, slow units, back-pressure", 10, 50, 8);
  Test test(&bench, 12, 10, 50);
  test_header(&bench, &test, "an unknown opcode", 0xFF, 0x7F, WC_E_OPCODE);
  test_header(&bench, &test, "opcode 0", 0xFF, 0, WC_E_OPCODE);
  test_header(&bench, &test, "a wrong length", 0xFF00, 0x0500, WC_E_SIZE);
  test_header(&bench, &test, "length 0", 0xFF00, 0, WC_E_SIZE);
  test_header(&bench, &test, "a VEC too short for its streams", 0xFFFF, 0x0500 | WC_OP_VEC,
              WC_E_SIZE);
  test_header(&bench, &test, "a reserved bit", 0, 0x40000000, WC_E_FIELD);
  test_header(&bench, &test, "a wait for itself", 0, 0x00010000, WC_E_FIELD);
  test_header(&bench, &test, "a signal to itself", 0, 0x00100000, WC_E_FIELD);
  test_header(&bench, &test, "an END that signals", 0xFFFF, 0x00800101, WC_E_FIELD);
  test_ends(&bench, &test);
  return bench.finish();
}
