/* Steps of the ladder that test the device's memory, and on a board its clock's phase. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "link.h"
#include "selftest.h"

/* Of the phase: positions tried, steps from one to the next; a period has their product. */
enum { PLACES = 12, STEPS = 8, CAPTURES = 4 };
/* Stepping takes 16 cycles a step, a look at it hundreds: more looks than this, and it is stuck. */
enum { PHASE_LOOKS = 100 };
enum { PINS_BROKEN = 2, RETENTION_MS = 70 };

static const uint32_t patterns[] = {0x00000000, 0xFFFFFFFF, 0xAAAA5555, 0x5555AAAA,
                                    0x0000FFFF, 0xFFFF0000, 0x12345678, 0xFEDCBA98};

static int set_board(struct wc_selftest *t, uint32_t reg, uint32_t value) {
  return wc_link_write_reg(t->link, WC_LINK_BOARD_REGS + reg, value);
}

static int step_phase(struct wc_selftest *t, unsigned steps) {
  uint32_t state = 0;
  int status = set_board(t, WC_B_PHASE, steps);
  for (unsigned looks = 0; status == WC_OK && looks < PHASE_LOOKS; looks++) {
    status = wc_link_read_reg(t->link, WC_LINK_BOARD_REGS + WC_B_PHASE, &state);
    if (status == WC_OK && (state >> 16 & 1) == 0)
      return WC_OK;
  }
  return status == WC_OK ? WC_ETIMEDOUT : status;
}

/* Which of the 16 data pins do not bring a pattern back, with the present setting? */
static int try_pattern(struct wc_selftest *t, uint16_t *wrong) {
  uint32_t back[8];
  int status = wc_write(t->dev, WC_SELFTEST_DATA, patterns, sizeof patterns);
  for (unsigned i = 0; i < 2 && status == WC_OK; i++) {
    status = wc_read(t->dev, back, WC_SELFTEST_DATA, sizeof back);
    for (size_t k = 0; k < sizeof back / sizeof *back && status == WC_OK; k++) {
      const uint32_t differ = back[k] ^ patterns[k];
      *wrong |= (uint16_t)(differ | differ >> 16);
    }
  }
  return status;
}

struct sweep {
  uint16_t wrong[PLACES][CAPTURES]; /* data pins */
  uint16_t always;                  /* wrong everywhere: no matter of the phase */
};

static int sweep(struct wc_selftest *t, uint32_t cas, struct sweep *s) {
  int status = WC_OK;
  *s = (struct sweep){.always = 0xFFFF};
  for (unsigned place = 0; place < PLACES && status == WC_OK; place++) {
    for (unsigned capture = 0; capture < CAPTURES && status == WC_OK; capture++) {
      status = set_board(t, WC_B_SDRAM, cas | capture << 2);
      if (status == WC_OK)
        status = try_pattern(t, &s->wrong[place][capture]);
      s->always &= s->wrong[place][capture];
    }
    if (status == WC_OK)
      status = step_phase(t, STEPS);
  }
  return status;
}

static unsigned count_bits(unsigned value) {
  unsigned n = 0;
  for (; value != 0; value &= value - 1)
    n++;
  return n;
}

/* Longest run of good places round the circle for one capture; its length and its middle. */
static unsigned longest(const struct sweep *s, unsigned capture, unsigned *middle) {
  unsigned best = 0;
  for (unsigned from = 0; from < PLACES; from++) {
    unsigned n = 0;
    while (n < PLACES && (s->wrong[(from + n) % PLACES][capture] & ~s->always) == 0)
      n++;
    if (n > best) {
      best = n;
      *middle = (from + (n - 1) / 2) % PLACES;
    }
  }
  return best;
}

enum wc_rung_result wc_rung_phase(struct wc_selftest *t) {
  struct sweep s;
  uint32_t setting;
  if (t->link == NULL)
    return wc_rung_note(t, WC_RUNG_NOT_HERE, "its memory has no clock to tune");
  int status = wc_link_read_reg(t->link, WC_LINK_BOARD_REGS + WC_B_SDRAM, &setting);
  if (status == WC_OK)
    status = sweep(t, setting & 3, &s);
  if (status != WC_OK)
    return wc_rung_status(t, status, "tuning");
  unsigned best = 0, capture = 0, middle = 0;
  /* A pin or two that are wrong everywhere are broken: the next step names them. */
  for (unsigned c = 0; c < CAPTURES && count_bits(s.always) <= PINS_BROKEN; c++) {
    unsigned at = 0;
    const unsigned n = longest(&s, c, &at);
    if (n > best) {
      best = n;
      capture = c;
      middle = at;
    }
  }
  /* After a whole turn the phase is where it began. */
  if (best > 0)
    status = step_phase(t, middle * STEPS);
  if (status == WC_OK)
    status = set_board(t, WC_B_SDRAM, (setting & 3) | (best > 0 ? capture : setting >> 2) << 2);
  if (status != WC_OK)
    return wc_rung_status(t, status, "tuning");
  if (best == 0)
    return wc_rung_note(t, WC_RUNG_WRONG, "no phase and capture read back what was written");
  char but[48] = "";
  if (s.always != 0)
    snprintf(but, sizeof but, " but for data pins 0x%04X", (unsigned)s.always);
  return wc_rung_note(t, WC_RUNG_RIGHT,
                      "%u of %d phases right%s with capture %u; set to the middle, step %u", best,
                      PLACES, but, capture, middle * STEPS);
}

enum wc_rung_result wc_rung_data(struct wc_selftest *t) {
  uint32_t out[64 + 8], back[64 + 8];
  for (unsigned bit = 0; bit < 32; bit++) {
    out[2 * bit] = UINT32_C(1) << bit;
    out[2 * bit + 1] = ~(UINT32_C(1) << bit);
  }
  memcpy(out + 64, patterns, sizeof patterns);
  int status = wc_write(t->dev, WC_SELFTEST_DATA, out, sizeof out);
  if (status == WC_OK)
    status = wc_read(t->dev, back, WC_SELFTEST_DATA, sizeof back);
  if (status != WC_OK)
    return wc_rung_status(t, status, "memory");
  uint32_t low = 0, high = 0;
  for (size_t i = 0; i < sizeof out / sizeof *out; i++) {
    low |= out[i] & ~back[i];
    high |= ~out[i] & back[i];
  }
  if ((low | high) != 0)
    return wc_rung_note(t, WC_RUNG_WRONG,
                        "bits that read 0 for 1: 0x%08" PRIX32 ", 1 for 0: 0x%08" PRIX32, low,
                        high);
  return wc_rung_note(t, WC_RUNG_RIGHT, "every bit of a word, both ways");
}

enum wc_rung_result wc_rung_address(struct wc_selftest *t) {
  const uint64_t bytes = wc_caps(t->dev)->mem_bytes;
  uint32_t back;
  int status = WC_OK;
  /* A word of its own at 0 and at every power of two: an address bit that is lost makes two meet.
   */
  for (uint64_t at = 2; at < bytes && status == WC_OK; at *= 2) {
    const uint32_t value = 0xA5000000u ^ (uint32_t)at;
    status = wc_write(t->dev, at == 2 ? 0 : at, &value, sizeof value);
  }
  for (uint64_t at = 2; at < bytes && status == WC_OK; at *= 2) {
    status = wc_read(t->dev, &back, at == 2 ? 0 : at, sizeof back);
    if (status == WC_OK && back != (0xA5000000u ^ (uint32_t)at))
      return wc_rung_note(t, WC_RUNG_WRONG,
                          "address 0x%" PRIX64 " holds 0x%08" PRIX32 ", written was 0x%08" PRIX32,
                          at == 2 ? 0 : at, back, 0xA5000000u ^ (uint32_t)at);
  }
  if (status != WC_OK)
    return wc_rung_status(t, status, "memory");
  return wc_rung_note(t, WC_RUNG_RIGHT, "every address bit of %" PRIu64 " bytes", bytes);
}

/* Cycles of the board's clock since it started. */
static int board_time(struct wc_selftest *t, uint64_t *cycles) {
  uint32_t low, high;
  int status = wc_link_read_reg(t->link, WC_LINK_BOARD_REGS + WC_B_TIME_LO, &low);
  if (status == WC_OK)
    status = wc_link_read_reg(t->link, WC_LINK_BOARD_REGS + WC_B_TIME_HI, &high);
  if (status == WC_OK)
    *cycles = (uint64_t)high << 32 | low;
  return status;
}

enum wc_rung_result wc_rung_retention(struct wc_selftest *t) {
  uint32_t back[8], clock;
  uint64_t begin = 0, now;
  if (t->link == NULL)
    return wc_rung_note(t, WC_RUNG_NOT_HERE, "its memory needs no refresh");
  int status = wc_write(t->dev, WC_SELFTEST_DATA, patterns, sizeof patterns);
  if (status == WC_OK)
    status = wc_link_read_reg(t->link, WC_LINK_BOARD_REGS + WC_B_CLOCK, &clock);
  if (status == WC_OK)
    status = board_time(t, &begin);
  now = begin;
  while (status == WC_OK && (now - begin) / (clock / 1000 + 1) < RETENTION_MS) {
    const uint64_t before = now;
    status = board_time(t, &now);
    if (status == WC_OK && now == before)
      return wc_rung_note(t, WC_RUNG_WRONG, "the board's TIME stands still");
  }
  if (status == WC_OK)
    status = wc_read(t->dev, back, WC_SELFTEST_DATA, sizeof back);
  if (status != WC_OK)
    return wc_rung_status(t, status, "memory");
  if (memcmp(back, patterns, sizeof back) != 0)
    return wc_rung_note(t, WC_RUNG_WRONG, "lost after %d ms: is it refreshed?", RETENTION_MS);
  return wc_rung_note(t, WC_RUNG_RIGHT, "kept for %d ms of its own time", RETENTION_MS);
}
