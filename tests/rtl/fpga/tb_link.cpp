// The host link at its pins: frames, requests, buses, and what a bad line may do to them.
#include <cstring>
#include <map>
#include <memory>

#include "../core/bench.h"
#include "Vtb.h"
#include "link_line.h"
#include "verilated.h"

namespace {

enum Op { SYNC = 1, ECHO, MEM_READ, MEM_WRITE, REG_READ, REG_WRITE, MEM_CRC, MEM_FILL };
enum Status { OK, BAD_OP, SEQUENCE, FIELD, BUS, TIMEOUT };
enum Count { GOOD, BROKEN, OVERRUN, UNSTOPPED, AHEAD, REPEATED };
enum { MEMORY = 1 << 16, BAD_ADDRESS = 0x00100000, HANGS = 0x00200000, BOARD = 0x10000 };

struct Answer {
  uint8_t number, op, expected, status;
  Bytes data;
};

class Test {
 public:
  explicit Test(Bench *bench)
      : bench_(bench), dut_(new Vtb), sender_(WC_CLOCKS * 1.01), receiver_(WC_CLOCKS) {
    for (auto &b : memory_)
      b = static_cast<uint8_t>(bench_->next());
    dut_->rx_i = 1;
    dut_->rst_ni = 0;
    cycle();
    cycle();
    dut_->rst_ni = 1;
  }

  uint8_t memory_[MEMORY];
  std::map<uint32_t, uint32_t> regs_, board_;
  unsigned reg_writes_ = 0, stall_ = 0;
  // Shares of the bytes to the board, and from it, that the line damages (of 10,000).
  unsigned drop_ = 0, flip_ = 0, twice_ = 0;
  std::deque<Answer> answers_;
  uint64_t now_ = 0, line_busy_ = 0;

  Vtb *operator->() {
    return dut_.get();
  }

  uint32_t count(Count c) const {
    return dut_->counters_o[c];
  }

  void cycle() {
    dut_->rx_i = sender_.cycle();
    buses_before();
    dut_->clk_i = 0;
    dut_->eval();
    dut_->board_data_i = board_[dut_->board_addr_o];
    dut_->eval();
    if (dut_->rst_ni && dut_->board_write_o)
      board_[dut_->board_addr_o] = dut_->board_data_o;
    buses_after();
    uint8_t byte;
    bool good;
    line_busy_ += receiver_.busy();
    if (dut_->rst_ni && receiver_.cycle(dut_->tx_o, &byte, &good)) {
      if (!good)
        bench_->fail("a byte without stop bit from the board");
      for (uint8_t b : damaged({byte}))
        take(b);
    }
    dut_->clk_i = 1;
    dut_->eval();
    now_++;
  }

  void run(unsigned cycles) {
    for (unsigned i = 0; i < cycles; i++)
      cycle();
  }

  Bytes damaged(const Bytes &in) {
    Bytes out;
    for (uint8_t b : in) {
      if (bench_->below(10000) < drop_)
        continue;
      if (bench_->below(10000) < flip_)
        b ^= static_cast<uint8_t>(1u << bench_->below(8));
      out.push_back(b);
      if (bench_->below(10000) < twice_)
        out.push_back(b);
    }
    return out;
  }

  void raw(const Bytes &bytes) {
    sender_.send(bytes);
  }
  void send(const Bytes &f) {
    sender_.send(damaged(cobs(with_crc(f))));
  }
  bool sending() const {
    return !sender_.idle();
  }
  void break_byte() {
    sender_.break_next();
  }

  bool wait(Answer *a, unsigned cycles) {
    for (unsigned i = 0; i < cycles && answers_.empty(); i++)
      cycle();
    if (answers_.empty())
      return false;
    *a = answers_.front();
    answers_.pop_front();
    return true;
  }

  // One request on a good line: the answer must come.
  Answer ask(uint8_t number, uint8_t op, uint16_t length, uint32_t addr, const Bytes &data = {}) {
    Answer a = {};
    send(request(number, op, length, addr, data));
    if (!wait(&a, 400000))
      bench_->fail("operation %u, number %u: no answer", op, number);
    else if (a.number != number || a.op != (op | 0x80))
      bench_->fail("answer to %u %u, not %u %u", a.number, a.op & 0x7F, number, op);
    return a;
  }
  Answer next(uint8_t op, uint16_t length, uint32_t addr, const Bytes &data = {}) {
    return ask(number_++, op, length, addr, data);
  }
  void sync() {
    const uint32_t nonce = bench_->next();
    number_ = static_cast<uint8_t>(bench_->next());
    const Answer a = next(SYNC, 0, nonce);
    uint32_t got = 0;
    if (a.data.size() == 4)
      memcpy(&got, a.data.data(), 4);
    if (got != nonce || a.status != OK || a.expected != number_)
      bench_->fail("SYNC: nonce %08x, not %08x, status %u", got, nonce, a.status);
  }
  void expect(const Answer &a, unsigned status, const char *what) {
    if (a.status != status)
      bench_->fail("%s: status %u, not %u", what, a.status, status);
  }

  uint8_t number_ = 0;

 private:
  void take(uint8_t byte) {
    if (byte != 0) {
      frame_.push_back(byte);
      return;
    }
    Bytes f;
    const bool fine = uncobs(frame_, &f) && f.size() >= 8;
    const bool any = !frame_.empty();
    frame_.clear();
    uint32_t crc = 0;
    if (fine)
      memcpy(&crc, f.data() + f.size() - 4, 4);
    if (!fine || crc != crc32(0, f.data(), static_cast<uInt>(f.size() - 4))) {
      if (any && drop_ + flip_ + twice_ == 0)
        bench_->fail("a broken frame from the board, %zu bytes", f.size());
      return;
    }
    Answer a = {f[0], f[1], f[2], f[f.size() - 5], {}};
    a.data.assign(f.begin() + 3, f.end() - 5);
    answers_.push_back(a);
  }

  bool go() {
    return !bench_->percent(stall_);
  }

  // Slaves that take their time; what was accepted is answered later.
  void buses_before() {
    dut_->s_awready_i = go();
    dut_->s_wready_i = go();
    dut_->s_arready_i = go();
    dut_->m_awready_i = go();
    dut_->m_wready_i = go();
    dut_->m_arready_i = go();
    dut_->s_bvalid_i = s_aw_ && s_w_ && go();
    dut_->s_rvalid_i = s_ar_ && go();
    dut_->m_bvalid_i = m_aw_ && m_w_ && m_addr_ != HANGS && go();
    dut_->m_rvalid_i = m_ar_ && m_addr_ != HANGS && go();
    dut_->s_rdata_i = regs_[s_addr_];
    uint32_t word = 0xEEEEEEEE;
    if (m_addr_ < MEMORY)
      memcpy(&word, memory_ + m_addr_, 4);
    dut_->m_rdata_i = word;
    dut_->m_rresp_i = dut_->m_bresp_i = m_addr_ == BAD_ADDRESS ? 2 : 0;
  }

  void buses_after() {
    if (dut_->clear_i)
      s_aw_ = s_w_ = s_ar_ = m_aw_ = m_w_ = m_ar_ = false;
    if (dut_->s_bvalid_i) {
      s_aw_ = s_w_ = false;
      regs_[s_addr_] = s_data_;
      reg_writes_++;
    }
    s_ar_ &= !dut_->s_rvalid_i;
    m_ar_ &= !dut_->m_rvalid_i;
    if (dut_->m_bvalid_i) {
      m_aw_ = m_w_ = false;
      for (unsigned i = 0; i < 4 && m_addr_ < MEMORY; i++) {
        if (m_strb_ >> i & 1)
          memory_[m_addr_ + i] = static_cast<uint8_t>(m_data_ >> 8 * i);
      }
    }
    if (dut_->s_awvalid_o && dut_->s_awready_i) {
      s_aw_ = true;
      s_addr_ = dut_->s_addr_o;
    }
    if (dut_->s_wvalid_o && dut_->s_wready_i) {
      s_w_ = true;
      s_data_ = dut_->s_wdata_o;
    }
    if (dut_->s_arvalid_o && dut_->s_arready_i) {
      s_ar_ = true;
      s_addr_ = dut_->s_addr_o;
    }
    if (dut_->m_awvalid_o && dut_->m_awready_i) {
      m_aw_ = true;
      m_addr_ = dut_->m_addr_o;
    }
    if (dut_->m_wvalid_o && dut_->m_wready_i) {
      if (!m_aw_)
        bench_->fail("write data before their address");
      m_w_ = true;
      m_data_ = dut_->m_wdata_o;
      m_strb_ = dut_->m_wstrb_o;
    }
    if (dut_->m_arvalid_o && dut_->m_arready_i) {
      m_ar_ = true;
      m_addr_ = dut_->m_addr_o;
    }
  }

  Bench *bench_;
  std::unique_ptr<Vtb> dut_;
  LineSender sender_;
  LineReceiver receiver_;
  Bytes frame_;
  bool s_aw_ = false, s_w_ = false, s_ar_ = false, m_aw_ = false, m_w_ = false, m_ar_ = false;
  uint32_t s_addr_ = 0, s_data_ = 0, m_addr_ = 0, m_data_ = 0, m_strb_ = 0;
};

Bytes random_bytes(Bench *b, size_t n) {
  Bytes out(n);
  const unsigned zeros = b->below(3) == 0 ? 60 : b->below(3);
  for (auto &x : out)
    x = b->percent(zeros) ? 0 : static_cast<uint8_t>(b->next());
  return out;
}

void echoes(Bench *b, Test *t) {
  b->begin("loopback returns every length and byte");
  t->sync();
  const unsigned lengths[] = {0, 1, 2, 245, 246, 247, 253, 254, 255, 256, 508, 1023, 1024};
  for (unsigned n : lengths) {
    for (unsigned kind = 0; kind < 3; kind++) {
      const Bytes data = kind == 0   ? random_bytes(b, n)
                         : kind == 1 ? Bytes(n, 0)
                                     : Bytes(n, static_cast<uint8_t>(1 + b->below(255)));
      const Answer a = t->next(ECHO, static_cast<uint16_t>(n), b->next(), data);
      if (a.data != data || a.status != OK)
        b->fail("%u bytes of kind %u come back as %zu others", n, kind, a.data.size());
    }
  }
  b->end();
}

void memory(Bench *b, Test *t) {
  b->begin("memory is read and written at any byte, and nothing beside it");
  t->sync();
  Bytes mirror(t->memory_, t->memory_ + MEMORY);
  for (unsigned i = 0; i < 150; i++) {
    t->stall_ = b->below(80);
    const unsigned n = b->percent(20) ? b->below(1025) : b->below(20);
    const uint32_t at = b->below(MEMORY - 1024);
    if (b->percent(50)) {
      const Bytes data = random_bytes(b, n);
      t->expect(t->next(MEM_WRITE, static_cast<uint16_t>(n), at, data), OK, "write");
      std::copy(data.begin(), data.end(), mirror.begin() + at);
    } else {
      const Answer a = t->next(MEM_READ, static_cast<uint16_t>(n), at);
      if (a.data != Bytes(mirror.begin() + at, mirror.begin() + at + n) || a.status != OK)
        b->fail("read of %u bytes at %x", n, at);
    }
    if (memcmp(t->memory_, mirror.data(), MEMORY) != 0) {
      b->fail("memory differs after operation %u", i);
      break;
    }
  }
  t->stall_ = 0;
  b->end();
}

void checksums(Bench *b, Test *t) {
  b->begin("a checksum of memory is zlib's");
  t->sync();
  for (unsigned i = 0; i < 12; i++) {
    const unsigned n = i == 0 ? 0 : b->below(3000);
    const uint32_t at = b->below(MEMORY - 3000);
    const Answer a = t->next(MEM_CRC, static_cast<uint16_t>(n), at);
    uint32_t got = 0;
    if (a.data.size() == 4)
      memcpy(&got, a.data.data(), 4);
    if (got != crc32(0, t->memory_ + at, n) || a.status != OK)
      b->fail("%u bytes at %x: %08x", n, at, got);
  }
  b->end();
}

// What memory holds after @n bytes from @at on were filled with @pattern: as in words of memory.
void fill(Bytes *memory, uint32_t at, unsigned n, const Bytes &pattern) {
  for (uint32_t i = at; i < at + n; i++)
    (*memory)[i] = pattern[i % 4];
}

void fills(Bench *b, Test *t) {
  b->begin("memory is filled with a word at any byte, and nothing beside it");
  t->sync();
  Bytes mirror(t->memory_, t->memory_ + MEMORY);
  for (unsigned i = 0; i < 100 && !b->failing(); i++) {
    t->stall_ = b->below(80);
    const unsigned n = b->percent(20) ? b->below(3000) : b->below(20);
    const uint32_t at = b->below(MEMORY - 3000);
    const Bytes pattern = random_bytes(b, 4);
    t->expect(t->next(MEM_FILL, static_cast<uint16_t>(n), at, pattern), OK, "fill");
    fill(&mirror, at, n, pattern);
    if (memcmp(t->memory_, mirror.data(), MEMORY) != 0)
      b->fail("memory differs after the fill of %u bytes at %x", n, at);
  }
  t->stall_ = 0;
  const uint64_t from = t->now_;
  t->expect(t->next(MEM_FILL, 65535, 0, Bytes(4)), OK, "fill of all");
  fill(&mirror, 0, 65535, Bytes(4));
  if (memcmp(t->memory_, mirror.data(), MEMORY) != 0)
    b->fail("memory differs after the longest fill");
  const double line = 65535 * 10.0 * WC_CLOCKS, took = static_cast<double>(t->now_ - from);
  printf("  filling 65535 bytes takes %.1f %% of the time of sending them\n", 100 * took / line);
  if (took > 0.1 * line)
    b->fail("filling takes long");
  b->end();
}

void registers(Bench *b, Test *t) {
  b->begin("registers of core and board are read and written in bursts of words");
  t->sync();
  for (unsigned i = 0; i < 60; i++) {
    t->stall_ = b->below(60);
    const bool board = b->percent(50);
    auto &map = board ? t->board_ : t->regs_;
    const unsigned words = 1 + b->below(8);
    const uint32_t at = 4 * b->below(board ? 40 : 1000), addr = at | (board ? BOARD : 0);
    if (b->percent(50)) {
      const Bytes data = random_bytes(b, 4 * words);
      t->expect(t->next(REG_WRITE, static_cast<uint16_t>(4 * words), addr, data), OK, "write");
      for (unsigned k = 0; k < words; k++) {
        uint32_t value;
        memcpy(&value, &data[4 * k], 4);
        if (map[at + 4 * k] != value)
          b->fail("register %x holds %08x, not %08x", addr + 4 * k, map[at + 4 * k], value);
      }
    } else {
      const Answer a = t->next(REG_READ, static_cast<uint16_t>(4 * words), addr);
      for (unsigned k = 0; k < words && a.data.size() == 4 * words; k++) {
        uint32_t value;
        memcpy(&value, &a.data[4 * k], 4);
        if (value != map[at + 4 * k])
          b->fail("register %x reads %08x, not %08x", addr + 4 * k, value, map[at + 4 * k]);
      }
      if (a.data.size() != 4 * words)
        b->fail("%zu bytes, not %u", a.data.size(), 4 * words);
    }
  }
  t->stall_ = 0;
  b->end();
}

void refusals(Bench *b, Test *t) {
  b->begin("what cannot be is answered by its status");
  t->sync();
  t->expect(t->next(0x55, 0, 0), BAD_OP, "unknown operation");
  t->expect(t->next(REG_READ, 6, 0), FIELD, "length of 6");
  t->expect(t->next(REG_READ, 4, 2), FIELD, "register 2");
  t->expect(t->next(REG_WRITE, 4, 1, Bytes(4)), FIELD, "register 1");
  t->expect(t->next(MEM_READ, 1025, 0), FIELD, "1025 bytes");
  t->expect(t->next(MEM_READ, 4, BAD_ADDRESS), BUS, "bus error on a read");
  t->expect(t->next(MEM_WRITE, 2, BAD_ADDRESS, Bytes(2)), BUS, "bus error on a write");
  t->expect(t->next(MEM_FILL, 2, BAD_ADDRESS, Bytes(4)), BUS, "bus error on a fill");
  const Bytes after = {1, 2, 3};
  t->expect(t->next(MEM_WRITE, 3, 5, after), OK, "write after all that");
  if (memcmp(t->memory_ + 5, after.data(), 3) != 0)
    b->fail("it did not write");
  b->end();

  b->begin("a bus that hangs times out until it is cleared");
  t->expect(t->next(MEM_READ, 8, HANGS), TIMEOUT, "hanging read");
  if (!(*t)->stuck_o)
    b->fail("not stuck");
  t->expect(t->next(MEM_READ, 8, 0), TIMEOUT, "read after it");
  t->expect(t->next(REG_READ, 4, 0), TIMEOUT, "register after it");
  t->expect(t->next(REG_READ, 4, BOARD), OK, "board register after it");
  t->expect(t->next(ECHO, 1, 0, Bytes(1)), OK, "echo after it");
  (*t)->clear_i = 1;
  t->cycle();
  (*t)->clear_i = 0;
  t->expect(t->next(MEM_READ, 8, 0), OK, "read when cleared");
  t->expect(t->next(MEM_WRITE, 4, HANGS, Bytes(4)), TIMEOUT, "hanging write");
  (*t)->clear_i = 1;
  t->cycle();
  (*t)->clear_i = 0;
  t->expect(t->next(MEM_WRITE, 4, 0, Bytes(4)), OK, "write when cleared");
  t->expect(t->next(MEM_FILL, 12, HANGS, Bytes(4)), TIMEOUT, "hanging fill");
  (*t)->clear_i = 1;
  t->cycle();
  (*t)->clear_i = 0;
  t->expect(t->next(MEM_FILL, 4, 0, Bytes(4)), OK, "fill when cleared");
  b->end();
}

void sequences(Bench *b, Test *t) {
  b->begin("what is ahead is not executed, what is repeated only once");
  t->sync();
  const uint8_t n = t->number_;
  const uint32_t ahead = t->count(AHEAD), repeated = t->count(REPEATED);
  const unsigned writes = t->reg_writes_;
  Answer a = t->ask(static_cast<uint8_t>(n + 1), REG_WRITE, 4, 0x40, Bytes(4, 7));
  t->expect(a, SEQUENCE, "ahead");
  if (a.expected != n || t->reg_writes_ != writes)
    b->fail("expected %u, not %u; %u writes", a.expected, n, t->reg_writes_ - writes);
  const Bytes before(t->memory_, t->memory_ + 8);
  Bytes other = before;
  for (auto &x : other)
    x = static_cast<uint8_t>(x + 1);
  other.resize(4);
  a = t->ask(static_cast<uint8_t>(n + 1), MEM_FILL, 8, 0, other);
  t->expect(a, SEQUENCE, "a fill ahead");
  if (a.expected != n || !a.data.empty() || memcmp(t->memory_, before.data(), 8) != 0)
    b->fail("a fill that is ahead was executed");
  t->expect(t->ask(n, REG_WRITE, 4, 0x40, Bytes(4, 1)), OK, "in turn");
  t->regs_[0x40] = 99;
  t->expect(t->ask(n, REG_WRITE, 4, 0x40, Bytes(4, 1)), OK, "again");
  if (t->reg_writes_ != writes + 1 || t->regs_[0x40] != 99)
    b->fail("a repeated register write was executed again");
  a = t->ask(n, REG_READ, 4, 0x40);
  if (a.data != Bytes({99, 0, 0, 0}))
    b->fail("a repeated read gives other data");
  if (t->count(AHEAD) != ahead + 2 || t->count(REPEATED) != repeated + 2)
    b->fail("counted %u ahead, %u repeated", t->count(AHEAD) - ahead,
            t->count(REPEATED) - repeated);
  b->end();
}

void garbage(Bench *b, Test *t) {
  b->begin("after any garbage, the next frame behind a zero byte is understood");
  for (unsigned i = 0; i < 60; i++) {
    Bytes noise;
    const unsigned n = b->percent(5) ? 6000 : b->below(300);
    for (unsigned k = 0; k < n; k++)
      noise.push_back(static_cast<uint8_t>(b->percent(3) ? 0 : b->next()));
    if (b->percent(30)) {  // the beginning of a real one
      const Bytes whole = cobs(with_crc(request(t->number_, MEM_WRITE, 40, 0, Bytes(40, 9))));
      noise.insert(noise.end(), whole.begin(), whole.begin() + 1 + b->below(40));
    }
    t->raw(noise);
    if (b->percent(20))
      t->break_byte();
    while (t->sending())
      t->cycle();
    // A missing stop bit loses the boundaries of bytes; a byte's time of silence, which a host
    // that timed out has always left, finds them again.
    t->run(static_cast<unsigned>(11 * WC_CLOCKS));
    t->raw({0});
    while (t->sending())
      t->cycle();
    t->answers_.clear();
    const Bytes data = random_bytes(b, b->below(64));
    t->sync();
    if (t->next(ECHO, static_cast<uint16_t>(data.size()), 0, data).data != data)
      b->fail("echo after garbage %u", i);
  }
  if (t->count(BROKEN) == 0 || t->count(UNSTOPPED) == 0)
    b->fail("%u broken frames, %u bytes without stop bit were counted", t->count(BROKEN),
            t->count(UNSTOPPED));
  b->end();

  b->begin("requests that find no room are dropped whole and counted");
  t->sync();
  const uint32_t overruns = t->count(OVERRUN);
  t->stall_ = 97;  // the first one takes long
  t->send(request(t->number_, MEM_CRC, 65532, 0));
  for (unsigned i = 0; i < 6; i++)
    t->send(request(static_cast<uint8_t>(t->number_ + 1 + i), ECHO, 1024, 0, Bytes(1024, 5)));
  while (t->sending())
    t->cycle();
  t->run(100);
  t->stall_ = 0;
  if (t->count(OVERRUN) == overruns)
    b->fail("none was counted");
  unsigned answered = 0;
  for (Answer a; t->wait(&a, 400000);)
    answered++;
  if (answered < 2 || answered > 6)
    b->fail("%u answers", answered);
  t->sync();
  t->expect(t->next(ECHO, 1, 0, Bytes(1)), OK, "echo when there is room again");
  b->end();
}

// One request at a time, sent again until it is answered: the way of a simple host.
Answer insist(Bench *b, Test *t, uint8_t op, uint16_t length, uint32_t addr, const Bytes &data) {
  Answer a = {};
  for (unsigned i = 0; i < 400; i++) {
    t->raw({0});
    t->send(request(t->number_, op, length, addr, data));
    while (t->sending())
      t->cycle();
    while (t->wait(&a, 40 * WC_CLOCKS + 14 * WC_CLOCKS * (length + 20))) {
      if (a.number == t->number_ && a.op == (op | 0x80) && a.status == OK) {
        t->number_++;
        return a;
      }
    }
  }
  b->fail("operation %u is never answered", op);
  return a;
}

void bad_line(Bench *b, Test *t, const char *name, unsigned drop, unsigned flip, unsigned twice) {
  b->begin(name);
  t->sync();
  t->drop_ = drop;
  t->flip_ = flip;
  t->twice_ = twice;
  Bytes mirror(t->memory_, t->memory_ + MEMORY);
  const unsigned writes = t->reg_writes_;
  unsigned wanted = 0;
  for (unsigned i = 0; i < 120 && !b->failing(); i++) {
    const unsigned n = b->below(48);
    const uint32_t at = b->below(MEMORY - 64);
    const Bytes data = random_bytes(b, n);
    if (b->percent(20)) {
      insist(b, t, REG_WRITE, 4, 0x80, {1, 2, 3, 4});
      wanted++;
    } else if (b->percent(50)) {
      insist(b, t, MEM_WRITE, static_cast<uint16_t>(n), at, data);
      std::copy(data.begin(), data.end(), mirror.begin() + at);
    } else if (b->percent(30)) {
      const Bytes pattern = random_bytes(b, 4);
      insist(b, t, MEM_FILL, static_cast<uint16_t>(n), at, pattern);
      fill(&mirror, at, n, pattern);
    } else {
      const Answer a = insist(b, t, MEM_READ, static_cast<uint16_t>(n), at, {});
      if (a.data != Bytes(mirror.begin() + at, mirror.begin() + at + n))
        b->fail("wrong data were taken for right");
    }
    if (memcmp(t->memory_, mirror.data(), MEMORY) != 0)
      b->fail("wrong data were written, operation %u", i);
  }
  if (t->reg_writes_ - writes != wanted)
    b->fail("%u register writes were executed %u times", wanted, t->reg_writes_ - writes);
  t->drop_ = t->flip_ = t->twice_ = 0;
  t->raw({0});
  t->run(20 * WC_CLOCKS);
  t->answers_.clear();
  b->end();
}

void line_rate(Bench *b, Test *t) {
  b->begin("both directions run at the line's rate");
  t->sync();
  const uint64_t from = t->now_, busy = t->line_busy_;
  const unsigned frames = 24;
  for (unsigned i = 0; i < frames; i++)
    t->send(request(t->number_++, ECHO, 1024, 0, random_bytes(b, 1024)));
  unsigned answers = 0;
  for (Answer a; answers < frames && t->wait(&a, 600000); answers++)
    t->expect(a, OK, "echo");
  const double bits = 10.0 * 1024 * answers * WC_CLOCKS;
  printf("  of the time from the first bit to the last, data took %.1f %%, answers %.1f %%\n",
         100 * bits / static_cast<double>(t->now_ - from),
         100 * static_cast<double>(t->line_busy_ - busy) / static_cast<double>(t->now_ - from));
  if (answers != frames || bits < 0.9 * static_cast<double>(t->now_ - from))
    b->fail("%u answers, data in %.3f of the time", answers,
            bits / static_cast<double>(t->now_ - from));
  b->end();
}

}  // namespace

int main() {
  Bench bench;
  Test test(&bench);
  echoes(&bench, &test);
  memory(&bench, &test);
  checksums(&bench, &test);
  fills(&bench, &test);
  registers(&bench, &test);
  refusals(&bench, &test);
  sequences(&bench, &test);
  garbage(&bench, &test);
  bad_line(&bench, &test, "dropped bytes cost only time", 60, 0, 0);
  bad_line(&bench, &test, "flipped bits cost only time", 0, 60, 0);
  bad_line(&bench, &test, "doubled bytes cost only time", 0, 0, 60);
  bad_line(&bench, &test, "all of these together cost only time", 40, 40, 40);
  line_rate(&bench, &test);
  return bench.finish();
}
