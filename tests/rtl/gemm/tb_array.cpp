// wc_array against ordered sums in C, and wc_array_fast against wc_array, cycle by cycle, on
// random rows with gaps and switches as early as the contract allows. A check is a phase of 500
// cycles. A second argument names a file for what enters and leaves wc_array in each cycle, as one
// number a line in hexadecimal: the vectors that its netlist is checked with (tests/syn).
#include <deque>
#include <vector>

#include "Vtb_array.h"
#include "bench.h"
#include "verilated.h"

#ifndef ROWS
#error "define ROWS and COLS as the parameters of the Verilated model"
#endif

#ifndef DOUBLE_WEIGHTS
#define DOUBLE_WEIGHTS 1
#endif

#ifndef FOLD
#define FOLD 0
#endif

static const int kWait = 2 * ROWS;
static const int kLeave = 2 * ROWS - 2;  // cycles from a wave's last row to the next load

// A Verilated port of 16- or 32-bit fields, whatever C type it has.
template <typename P>
static void put(P &port, int field, int width, uint32_t value) {
  uint8_t *bytes = reinterpret_cast<uint8_t *>(&port);
  memcpy(bytes + field * width, &value, static_cast<size_t>(width));
}
template <typename P>
static uint32_t get32(const P &port, int field) {
  uint32_t value;
  memcpy(&value, reinterpret_cast<const uint8_t *>(&port) + field * 4, 4);
  return value;
}

struct Row {
  long cycle;
  float act[ROWS];
  bool folded;      // the right half takes
  float mid[ROWS];  // this, Cols/2 cycles later
  float weight[ROWS][COLS];
  float start[COLS];
};

struct Bench {
  Vtb_array dut;
  Rng rng{bench_seed()};
  Score score;
  long now = 0;
  std::deque<Row> rows;  // in flight
  float active[ROWS][COLS] = {};
  uint16_t tile[ROWS][COLS] = {};  // its bits
  long entered = -ROWS;            // cycle in which its first lane entered
  long last = -kLeave;             // cycle of the last row
  int left = 0;                    // rows that are to use it, where PEs hold one weight
  bool fresh = false;              // none did
  int wild = 20;
  bool folds = false;  // rows have companions
  long wrong = 0;      // results of this phase that differ
  FILE *record = nullptr;

  // One cycle: psum_o, psum_i, weight_i, mid_i, row_i, then the bits of control.
  void write_vector() {
    put_hex(&dut.psum_o, 4 * COLS);
    put_hex(&dut.psum_i, 4 * COLS);
    put_hex(&dut.weight_i, 2 * COLS);
    put_hex(&dut.mid_i, 2 * ROWS);
    put_hex(&dut.row_i, 2 * ROWS);
    fprintf(record, "%02x\n",
            dut.weight_load_i << 4 | dut.mid_valid_i << 3 | dut.row_switch_i << 2 |
                dut.row_valid_i << 1 | dut.rst_ni);
  }

  void put_hex(const void *port, int bytes) {
    for (int i = bytes; i-- > 0;)
      fprintf(record, "%02x", static_cast<const uint8_t *>(port)[i]);
  }

  void clock() {
    if (record != nullptr) {
      dut.eval();
      write_vector();
    }
    dut.clk_i = 1;
    dut.eval();
    dut.clk_i = 0;
    dut.eval();
    now++;
  }

  void begin_tile() {
    entered = now;
    for (int k = 0; k < ROWS; k++) {
      for (int c = 0; c < COLS; c++) {
        tile[k][c] = random_half(rng, wild);
        active[k][c] = half_to_float(tile[k][c]);
      }
    }
  }

  // Two weights a PE: a tile enters with its first row.
  void choose_double(bool must_switch, int gap, int tile_gap) {
    dut.row_valid_i = !rng.chance(gap);
    dut.row_switch_i =
        dut.row_valid_i && (must_switch || (now - entered >= ROWS && !rng.chance(tile_gap)));
    if (dut.row_switch_i)
      begin_tile();
  }

  // One weight a PE: a tile enters when the rows before have left, and its rows follow.
  void choose_single(int gap, int tile_gap) {
    if (left == 0 && now - last >= kLeave && !rng.chance(tile_gap)) {
      begin_tile();
      left = rng.range(1, 3 * ROWS);
      fresh = true;
    }
    dut.row_valid_i = left > 0 && now - entered >= ROWS && !rng.chance(gap);
    dut.row_switch_i = dut.row_valid_i && fresh;
    if (dut.row_valid_i) {
      last = now;
      left--;
      fresh = false;
    }
  }

  void drive(bool must_switch, int gap, int tile_gap) {
    if (DOUBLE_WEIGHTS)
      choose_double(must_switch, gap, tile_gap);
    else
      choose_single(gap, tile_gap);
    const long lane = now - entered;
    const bool enters = lane < ROWS;
    dut.weight_load_i = DOUBLE_WEIGHTS ? rng.chance(50) : enters;
    for (int c = 0; c < COLS; c++) {
      put(dut.weight_i, c, 2,
          enters ? tile[DOUBLE_WEIGHTS ? lane : ROWS - 1 - lane][c] : random_half(rng, wild));
    }
    if (dut.row_valid_i) {
      Row r;
      r.cycle = now;
      for (int k = 0; k < ROWS; k++) {
        uint16_t h = random_half(rng, wild);
        put(dut.row_i, k, 2, h);
        r.act[k] = half_to_float(h);
      }
      r.folded = FOLD && folds;
      memcpy(r.weight, active, sizeof active);
      rows.push_back(r);
    }
    dut.mid_valid_i = FOLD == 0 && rng.chance(50);
    for (int k = 0; k < ROWS; k++)
      put(dut.mid_i, k, 2, random_half(rng, wild));
    for (Row &r : rows) {
      if (r.folded && now - r.cycle == COLS / 2)
        companion(r);
      long c = now - r.cycle - 2;
      if (c < 0 || c >= COLS)
        continue;
      uint32_t bits = random_partial(rng, wild);
      r.start[c] = flush(bits);
      put(dut.psum_i, static_cast<int>(c), 4, float_bits(r.start[c]));
    }
  }

  void companion(Row &r) {
    dut.mid_valid_i = 1;
    for (int k = 0; k < ROWS; k++) {
      uint16_t h = random_half(rng, wild);
      put(dut.mid_i, k, 2, h);
      r.mid[k] = half_to_float(h);
    }
  }

  void compare() {
    for (Row &r : rows) {
      long c = now - r.cycle - 2 - kWait;
      if (c < 0 || c >= COLS)
        continue;
      const float *act = r.folded && c >= COLS / 2 ? r.mid : r.act;
      float sum = r.start[c];
      for (int k = 0; k < ROWS; k++)
        sum += act[k] * r.weight[k][c];
      uint32_t want = canonical(sum);
      uint32_t got = get32(dut.psum_o, static_cast<int>(c));
      uint32_t fast = get32(dut.psum_fast_o, static_cast<int>(c));
      if (got == want && fast == want)
        continue;
      if (wrong++ == 0) {
        printf("cycle %ld column %ld: array %08x, fast array %08x, expected %08x\n", now, c, got,
               fast, want);
      }
    }
    while (!rows.empty() && now - rows.front().cycle >= 2 + kWait + COLS)
      rows.pop_front();
  }

  void roundings(long n) {
    for (long i = 0; i < n; i++) {
      uint32_t x = rng.bits();
      if (i & 1)
        x = (x & 0x807FFFFFu) | (static_cast<uint32_t>(rng.range(100, 145)) << 23);
      if ((i & 6) == 6)
        x &= 0xFFFFF000u;  // ties
      dut.x_i = x;
      dut.eval();
      bool nan = (x & 0x7FFFFFFFu) > 0x7F800000u;
      bool ok = dut.half_o == float_to_half(bits_float(x)) &&
                dut.flush_o == (nan ? x : float_bits(flush(x))) &&
                dut.canon_o == (nan ? 0x7FC00000u : x);
      if (!ok && wrong++ == 0) {
        printf("x %08x: half %04x (expected %04x), flush %08x, canon %08x\n", x, dut.half_o,
               float_to_half(bits_float(x)), dut.flush_o, dut.canon_o);
      }
    }
    phase();
  }

  // Ends a phase: one check, whatever the number of results in it.
  void phase() {
    score.check(wrong == 0);
    wrong = 0;
  }

  int run(long cycles) {
    dut.rst_ni = 0;
    for (int i = 0; i < 3; i++)
      clock();
    dut.rst_ni = 1;
    bool first = true;  // rows before the first switch have no weights
    int gap = 0, tile_gap = 0, fold_rate = 0;
    for (long i = 0; i < cycles; i++) {
      if (i % 500 == 0) {
        phase();
        gap = rng.chance(50) ? 0 : rng.below(90);
        tile_gap = rng.chance(50) ? 0 : rng.below(90);
        wild = rng.chance(50) ? 0 : rng.below(100);
        fold_rate = rng.chance(30) ? 100 : rng.below(100);
      }
      folds = rng.chance(fold_rate);
      drive(first, gap, tile_gap);
      first = first && !dut.row_valid_i;
      dut.eval();
      compare();
      clock();
    }
    phase();
    for (int i = 0; i < 10; i++)
      roundings(20000);
    return score.finish();
  }
};

int main(int argc, char **argv) {
  Verilated::commandArgs(argc, argv);
  static Bench bench;
  printf("array %d x %d\n", ROWS, COLS);
  if (argc > 2) {
    bench.record = fopen(argv[2], "w");
    if (bench.record == nullptr) {
      perror(argv[2]);
      return 2;
    }
  }
  const int status = bench.run(argc > 1 ? atol(argv[1]) : 20000);
  if (bench.record != nullptr && fclose(bench.record) != 0) {
    perror(argv[2]);
    return 2;
  }
  return status;
}
