// wc_vector with a global buffer around it: ports of docs/rtl.md that take requests at random,
// and the rules of both interfaces watched in every cycle.
#ifndef WC_TESTS_RTL_VECTOR_UNIT_H
#define WC_TESTS_RTL_VECTOR_UNIT_H

#include <verilated.h>

#include <string>

#include "Vwc_vector.h"
#include "random.h"
#include "vec_model.h"

class Unit {
 public:
  static const unsigned line_bytes = LINE_BYTES;
  static const uint32_t gbuf_bytes = GBUF_BYTES;

  explicit Unit(Random &rng) : rng_(rng), buffer(gbuf_bytes) {
    reset();
  }

  void reset() {
    top_.rst_ni = 0;
    top_.cmd_valid_i = 0;
    top_.abort_i = 0;
    top_.r0_req_ready_i = top_.r1_req_ready_i = top_.w_req_ready_i = 0;
    top_.r0_rsp_valid_i = top_.r1_rsp_valid_i = 0;
    memset(ports_, 0, sizeof ports_);
    raw_clock();
    raw_clock();
    top_.rst_ni = 1;
    done = errors = 0;
    complaint.clear();
  }

  // Offers a command; it is taken in some cycle() to come, which then clears offering().
  void offer(const uint32_t *words) {
    memcpy(&top_.cmd_i[0], words, WC_MAX_WORDS * 4);
    top_.cmd_valid_i = 1;
  }
  bool offering() const {
    return top_.cmd_valid_i;
  }
  void abort() {
    top_.abort_i = 1;
  }

  // One clock cycle.
  void cycle() {
    top_.r0_req_ready_i = ready();
    top_.r1_req_ready_i = ready();
    top_.w_req_ready_i = ready();
    respond(ports_[0], top_.r0_rsp_valid_i, &top_.r0_rsp_rdata_i[0]);
    respond(ports_[1], top_.r1_rsp_valid_i, &top_.r1_rsp_rdata_i[0]);
    top_.clk_i = 0;
    top_.eval();
    idle = top_.idle_o;
    state = top_.state_o;
    vectors += state == 1;
    done += top_.done_o;
    if (top_.err_valid_o) {
      errors++;
      error_code = top_.err_code_o;
      error_addr = top_.err_addr_o;
    }
    if (idle && (top_.r0_req_valid_o || top_.r1_req_valid_o || top_.w_req_valid_o))
      complaint = "idle_o with a request waiting";
    if (top_.done_o && top_.w_req_valid_o)
      complaint = "done_o before the last write was taken";
    request(ports_[0], top_.r0_req_valid_o, top_.r0_req_ready_i, top_.r0_req_line_o);
    request(ports_[1], top_.r1_req_valid_o, top_.r1_req_ready_i, top_.r1_req_line_o);
    request(ports_[2], top_.w_req_valid_o, top_.w_req_ready_i, top_.w_req_line_o);
    write();
    const bool taken = top_.cmd_valid_i && top_.cmd_ready_o;
    top_.clk_i = 1;
    top_.eval();
    if (taken) {
      top_.cmd_valid_i = 0;
      for (unsigned i = 0; i < WC_MAX_WORDS; i++)
        top_.cmd_i[i] = rng_.word();  // a unit must not look again
    }
    cycles++;
  }

  // Cycles until `count` commands are done or one failed; false when that takes too long.
  bool run(unsigned count, uint64_t limit) {
    const uint64_t end = cycles + limit;
    while (done < count && errors == 0 && complaint.empty()) {
      if (cycles >= end) {
        complaint = "no end";
        return false;
      }
      cycle();
    }
    return errors == 0 && complaint.empty();
  }

  unsigned ready_percent = 100;
  uint64_t cycles = 0, vectors = 0;
  unsigned done = 0, errors = 0;
  unsigned error_code = 0, state = 0;
  uint64_t error_addr = 0;
  bool idle = false;
  std::string complaint;  // a broken rule

 private:
  Random &rng_;

  struct Port {
    bool waiting;  // a request was there and was not taken
    uint32_t line;
    uint8_t data[LINE_BYTES], strobes[LINE_BYTES / 8 + 1];
    int due;  // cycles until each of two reads answers
    bool pending[3];
    uint32_t lines[3];
    uint8_t answers[3][LINE_BYTES];
  } ports_[3];

  Vwc_vector top_;

 public:
  Buffer buffer;

 private:
  bool ready() {
    return rng_.below(100) < ready_percent;
  }

  void raw_clock() {
    top_.clk_i = 0;
    top_.eval();
    top_.clk_i = 1;
    top_.eval();
  }

  // Answers what was taken two cycles ago; shows garbage otherwise.
  template <typename Valid>
  void respond(Port &p, Valid &valid, uint32_t *data) {
    valid = p.pending[1];
    if (p.pending[1])
      memcpy(data, p.answers[1], line_bytes);
    else
      data[rng_.below(line_bytes / 4)] = rng_.word();
    p.pending[1] = p.pending[0];
    memcpy(p.answers[1], p.answers[0], line_bytes);
    p.pending[0] = false;
  }

  void request(Port &p, bool valid, bool ready, uint32_t line) {
    const bool is_write = &p == &ports_[2];
    const bool changed =
        p.waiting && (!valid || line != p.line ||
                      (is_write && (memcmp(p.data, &top_.w_req_wdata_o[0], line_bytes) ||
                                    memcmp(p.strobes, &top_.w_req_strb_o, line_bytes / 8))));
    if (changed)
      complaint = "a request changed before it was taken";
    p.waiting = valid && !ready;
    p.line = line;
    if (is_write) {
      memcpy(p.data, &top_.w_req_wdata_o[0], line_bytes);
      memcpy(p.strobes, &top_.w_req_strb_o, line_bytes / 8);
    } else if (valid && ready) {
      p.pending[0] = true;
      memcpy(p.answers[0], &buffer.at((size_t)line * line_bytes), line_bytes);
    }
  }

  void write() {
    if (!top_.w_req_valid_o || !top_.w_req_ready_i)
      return;
    uint8_t *to = &buffer.at((size_t)top_.w_req_line_o * line_bytes);
    for (unsigned i = 0; i < line_bytes; i++) {
      if (ports_[2].strobes[i / 8] >> i % 8 & 1)
        to[i] = ports_[2].data[i];
    }
  }
};

#endif
