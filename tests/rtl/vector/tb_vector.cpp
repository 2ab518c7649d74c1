// wc_vector: random commands against the model, refused commands, aborts, throughput.
//
// VEC_COUNT random commands; each compares every byte of the buffer.
#include <algorithm>

#include "refused.h"
#include "speed.h"
#include "unit.h"
#include "vec_random.h"

static unsigned passed, failed;

static void verdict(bool ok, const std::string &what) {
  ok ? passed++ : failed++;
  if (!ok && failed <= 20)
    printf("FAIL  %s\n", what.c_str());
}

static void print_stream(const char *name, unsigned i, const struct wc_stream &s) {
  printf("  %s%u %s base %u s0 %d s1 %d s2 %d s3 %d", name, i, wc_type_name(s.type), s.base, s.s0,
         s.s1, s.s2, s.s3);
  if (s.src || s.reduce)
    printf(" src %u reduce %u chains %u load %u keep %u phase %u", s.src, s.reduce, s.chains,
           s.load, s.keep, s.phase);
  printf("\n");
}

static void print_command(const struct wc_cmd &cmd) {
  const struct wc_vec &v = cmd.vec;
  printf("  d0 %u d1 %u d2 %u d3 %u k %08X %08X %08X %08X\n", v.d0, v.d1, v.d2, v.d3, v.k0, v.k1,
         v.k2, v.k3);
  for (const struct wc_step &s : cmd.step)
    printf("  %s%s %s%s %s %s%s%s%s\n", wc_vop_name(s.op),
           s.dst ? " U =" : " T =", s.neg_a ? "-" : "", wc_vsrc_name(s.a), wc_vsrc_name(s.b),
           s.neg_c ? "-" : "", wc_vsrc_name(s.c), s.round16 ? " round16" : "",
           s.relu ? " relu" : "");
  for (unsigned i = 0; i < v.n_in; i++)
    print_stream("I", i, cmd.in[i]);
  for (unsigned i = 0; i < v.n_out; i++)
    print_stream("O", i, cmd.out[i]);
}

static void randomise(Random &rng, Buffer &buffer) {
  for (uint8_t &byte : buffer)
    byte = (uint8_t)rng.word();
}

#ifndef NARROW
#define NARROW 0
#endif

static uint64_t vectors_of(const struct wc_vec &v) {
  if (NARROW)
    return (uint64_t)v.d3 * v.d2 * v.d1 * v.d0;
  return (uint64_t)v.d3 * v.d2 * v.d1 * ((v.d0 + LANES - 1) / LANES);
}

// ---- random commands, sometimes several offered back to back
static void random_commands(Random &rng, Unit &unit, uint64_t count) {
  VecRandom make(rng, Unit::gbuf_bytes);
  for (uint64_t n = 0; n < count;) {
    unit.ready_percent = rng.one_in(2) ? 100 : rng.one_in(2) ? 60 : 15;
    randomise(rng, unit.buffer);
    const struct wc_cmd cmd = make.command(unit.buffer);
    const unsigned times = 1 + rng.below(3);
    Buffer expected = unit.buffer;
    struct wc_cmd encoded = cmd;
    uint32_t words[WC_MAX_WORDS];
    if (wc_cmd_encode(&encoded, words) == 0) {
      print_command(cmd);
      verdict(false, "the generator made a command that does not encode");
      return;
    }
    const uint64_t before = unit.vectors;
    bool ok = true;
    unit.done = 0;
    for (unsigned i = 0; i < times && ok; i++) {  // the same command again reads what it wrote
      run_vec(cmd, expected);
      while (unit.offering() && unit.errors == 0 && unit.complaint.empty())
        unit.cycle();
      unit.offer(words);
    }
    ok = unit.run(times, 4000000);
    const bool same = unit.buffer == expected;
    const bool counted = unit.vectors - before == times * vectors_of(cmd.vec);
    for (unsigned i = 0; i < 3; i++)
      unit.cycle();
    verdict(ok && same && counted && unit.idle && unit.done == times, "random command");
    if (!ok || !same || !counted || !unit.idle || unit.done != times) {
      print_command(cmd);
      size_t at = 0;
      while (at < expected.size() && expected[at] == unit.buffer[at])
        at++;
      printf("  %s, error %u, %u of %u done, %llu vectors of %llu", unit.complaint.c_str(),
             unit.errors ? unit.error_code : 0, unit.done, times,
             (unsigned long long)(unit.vectors - before),
             (unsigned long long)(times * vectors_of(cmd.vec)));
      if (!same)
        printf(", first difference at %zu: %02X expected %02X", at, unit.buffer[at], expected[at]);
      printf("\n");
      unit.reset();
      if (failed > 5)
        return;
    }
    n += times;
  }
}

// ---- refused commands
static enum wc_device_error judged(const uint32_t *words) {
  struct wc_cmd cmd;
  uint64_t addr;
  const enum wc_device_error error = wc_cmd_decode(words, WC_MAX_UNITS, &cmd);
  return error ? error : wc_cmd_check(&cmd, Unit::gbuf_bytes, 0, &addr);
}

static std::string refuse(Unit &unit, const Victim &v, const Breaker &breaker) {
  unit.offer(v.words);
  unit.run(1, 100000);
  const uint64_t vectors = unit.vectors;
  for (unsigned i = 0; i < 200; i++)
    unit.cycle();
  if (!unit.complaint.empty())
    return unit.complaint;
  if (unit.errors != 1 || unit.done != 0)
    return "errors " + std::to_string(unit.errors) + ", done " + std::to_string(unit.done);
  if (unit.error_code != breaker.code)
    return "error " + std::to_string(unit.error_code);
  if (judged(v.words) != breaker.code)
    return "the C check says error " + std::to_string(judged(v.words));
  if (unit.offering() || !unit.idle || unit.state != 0 || unit.vectors != vectors)
    return "not idle afterwards";
  if (breaker.code == WC_E_GBUF && unit.error_addr < Unit::gbuf_bytes)
    return "error address inside the buffer";
  return "";
}

static void refused_commands(Random &rng, Unit &unit, uint64_t rounds) {
  VecRandom make(rng, Unit::gbuf_bytes);
  unit.reset();
  for (const Breaker &breaker : breakers) {
    for (uint64_t n = 0; n < rounds; n++) {
      Victim v = {rng, {}, {}};
      bool broken = false;
      for (unsigned tries = 0; tries < 500 && !broken; tries++) {
        v.cmd = make.command(unit.buffer);
        broken = wc_cmd_encode(&v.cmd, v.words) != 0 && breaker.apply(v);
      }
      unit.ready_percent = rng.one_in(2) ? 100 : 30;
      const std::string trouble = broken ? refuse(unit, v, breaker) : "never applicable";
      verdict(trouble.empty(), std::string("refused: ") + breaker.name + ": " + trouble);
      if (!trouble.empty() && failed < 5)
        print_command(v.cmd);
      unit.reset();
    }
  }
}

// ---- abort at any time, reset, and all is well
static void aborts(Random &rng, Unit &unit, uint64_t rounds) {
  VecRandom make(rng, Unit::gbuf_bytes);
  unit.reset();
  for (uint64_t n = 0; n < rounds; n++) {
    unit.ready_percent = rng.one_in(2) ? 100 : 20;
    struct wc_cmd cmd = make.command(unit.buffer);
    uint32_t words[WC_MAX_WORDS];
    wc_cmd_encode(&cmd, words);
    if (!rng.one_in(10))
      unit.offer(words);
    for (unsigned i = rng.below(rng.one_in(2) ? 40 : 400); i > 0; i--)
      unit.cycle();
    unit.abort();
    unsigned waited = 0;
    do
      unit.cycle();
    while (!unit.idle && ++waited < 500);
    const Buffer before = unit.buffer;
    for (unsigned i = 0; i < 50; i++)
      unit.cycle();
    verdict(unit.idle && unit.complaint.empty() && unit.buffer == before,
            "abort: " + unit.complaint);
    unit.reset();
    random_commands(rng, unit, 1);
  }
}

int main() {
  const uint64_t seed = bench_seed();
  Random rng(seed);
  Unit unit(rng);
  random_commands(rng, unit, bench_count("VEC_COUNT", 2000));
  refused_commands(rng, unit, 5);
  aborts(rng, unit, 100);
  if (!NARROW)
    speed_table(unit, verdict);
  printf("%u passed, %u failed\n", passed, failed);
  return failed != 0;
}
