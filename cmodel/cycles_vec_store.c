/* wc_vec_store: from vectors to pieces to lines. */
#include "cycles_vec.h"

static int64_t first_line(const struct vec_store *s) {
  return s->piece_at >> s->lines.offset_bits;
}

static int64_t last_line(const struct vec_store *s) {
  return (s->piece_at + s->piece_bytes - 1) >> s->lines.offset_bits;
}

/* What the piece and the gathered line do in the next cycle. */
static void derive(struct vec_store *s) {
  const int64_t line = first_line(s);
  const bool two = last_line(s) != line, same = !s->line_valid || s->line == line;
  const bool writes = s->piece_valid && (two || !same);
  s->wants = writes || (s->line_valid && !s->piece_valid && !s->walk.valid);
  s->taken_alone = s->piece_valid && !writes;
  s->taken_with_line = s->piece_valid && (same || !two);
  s->to_bank = (unsigned)(s->line_valid ? s->line : line) & (s->lines.banks - 1);
}

static void take_vector(struct vec_store *s) {
  const uint32_t count = vec_walk_count(&s->walk);
  s->piece_valid = true;
  s->piece_at = s->walk.at[0];
  s->pieces = s->contiguous ? 1 : count;
  s->piece_bytes = (s->contiguous ? count : 1) << s->shift;
  if (s->bits)
    s->piece_bytes = (count + 7) / 8;
  vec_walk_next(&s->walk);
}

void vec_store_clock(struct vec_store *s, bool granted, bool accepts) {
  const bool goes = vec_store_goes(s, granted);
  if (!goes && !granted && !accepts)
    return;
  s->writes += granted;
  if (goes) {
    s->line = last_line(s);
    s->line_valid = true;
  } else if (granted) {
    s->line_valid = false;
  }
  if (accepts) {
    take_vector(s);
  } else if (goes) {
    s->piece_valid = s->pieces != 1;
    s->piece_at += s->step;
    s->pieces--;
  }
  derive(s);
}
