/* What a GEMM command is made of: its sizes, the order of its tiles, index triples. */
#include "cycles_gemm.h"

static uint64_t extend(int32_t value) {
  return (uint64_t)(int64_t)value;
}

/* See wc_gemm_setup.sv: as many column tiles as n asks for, while a wave is not too short. */
static unsigned group_of(const struct cyc_shape *s) {
  const unsigned wave = s->rows + 1, half = s->acc_rows / 2, quarter = s->acc_rows / 4;
  if (s->n > 2 * s->cols && (quarter >= wave || s->m <= quarter))
    return 4;
  if (s->n > s->cols && (half >= wave || s->m <= half))
    return 2;
  return 1;
}

static unsigned least(unsigned a, unsigned b) {
  return a < b ? a : b;
}

/* See wc_gemm_loop.sv. */
static void size_blocks(struct cyc_shape *s) {
  const unsigned wave = s->rows + 1, round = (2 * s->rows + 3 + s->group - 1) / s->group;
  unsigned lanes = 2;
  while (lanes < s->rows)
    lanes *= 2;
  s->block = s->acc_rows / s->group;
  s->least = least(s->block, wave > round ? wave : round);
  s->share = s->block >= 4 * lanes ? lanes : 2;
}

void wc_cyc_shape(struct cyc_shape *s, const struct wc_model_config *config,
                  const struct wc_gemm *g, bool plain) {
  *s = (struct cyc_shape){.cmd = g,
                          .rows = config->rows,
                          .cols = config->cols,
                          .acc_rows = config->acc_rows,
                          .double_weights = config->double_weights != 0,
                          .fold = config->fold != 0,
                          .folded = config->fold != 0 && g->n <= config->cols / 2,
                          .ports_a = config->fold != 0 ? 4 : 2,
                          .line_bytes = config->line_bytes,
                          .bank_mask = config->banks - 1,
                          .plain = plain,
                          .n = g->n,
                          .m1 = g->a_trans ? g->q1 : g->p1,
                          .m0 = g->a_trans ? g->q0 : g->p0,
                          .k1 = g->a_trans ? g->p1 : g->q1,
                          .k0 = g->a_trans ? g->p0 : g->q0};
  while (1U << s->line_shift < s->line_bytes)
    s->line_shift++;
  s->m = (uint64_t)(g->a_trans ? g->q2 : g->p2) * s->m1 * s->m0;
  s->k = (uint64_t)(g->a_trans ? g->p2 : g->q2) * s->k1 * s->k0;
  s->group = group_of(s);
  size_blocks(s);
  s->across = g->sx == 1 && g->a_s0 == 2;
  s->merge =
      g->rx == 1 && extend(g->a_s0) == 2 * (uint64_t)g->q0 && (uint64_t)g->q1 * g->q0 <= UINT16_MAX;
  s->a_origin = g->a_base + extend(g->a_s1) * extend(g->oy) + extend(g->a_s0) * extend(g->ox);
  s->a_i1 = extend(g->a_s1) * extend(g->sy);
  s->a_i0 = extend(g->a_s0) * extend(g->sx);
  s->a_j2 = extend(g->a_s1) * extend(g->ry);
  s->a_j1 = extend(g->a_s0) * extend(g->rx);
}

/* ---- tiles ---------------------------------------------------------------------------------- */

/* Where the last block would be short, the last two share their rows. */
static uint32_t block_of(const struct cyc_loop *l) {
  const struct cyc_shape *s = l->shape;
  if (l->last_m)
    return (uint32_t)l->m_left;
  if (l->m_left >= s->block + s->least)
    return s->block;
  return ((uint32_t)l->m_left + 2 * s->share - 1) / (2 * s->share) * s->share;
}

static void describe_tile(struct cyc_loop *l) {
  const struct cyc_shape *s = l->shape;
  l->last_m = l->m_left <= s->block;
  l->last_k = l->k_left <= s->rows;
  l->last_n = l->group_left <= s->cols * s->group;
  l->last_t = l->n_left <= s->cols || l->tile == s->group - 1;
  l->rows = block_of(l);
  l->lanes = l->last_k ? (uint32_t)l->k_left : s->rows;
  l->cols = l->n_left <= s->cols ? l->n_left : s->cols;
  l->column = s->n - l->n_left;
}

void wc_cyc_loop_start(struct cyc_loop *l, const struct cyc_shape *shape, bool skip_n,
                       bool skip_k) {
  *l = (struct cyc_loop){.shape = shape,
                         .skip_n = skip_n,
                         .skip_k = skip_k,
                         .m_left = shape->m,
                         .k_left = skip_k ? 1 : shape->k,
                         .group_left = shape->n,
                         .n_left = shape->n,
                         .first_k = true};
  describe_tile(l);
}

void wc_cyc_loop_next(struct cyc_loop *l) {
  const struct cyc_shape *s = l->shape;
  if (!l->skip_n && !l->last_t) {
    l->n_left -= s->cols;
    l->tile++;
  } else {
    const bool whole_k = l->skip_k || l->last_k;
    l->tile = 0;
    l->first_k = whole_k;
    if (whole_k) {
      l->k_left = l->skip_k ? 1 : s->k;
      l->group_left = l->last_n ? s->n : l->group_left - s->cols * s->group;
      if (l->last_n)
        l->m_left -= l->rows;
    } else {
      l->k_left -= s->rows;
    }
    l->n_left = l->group_left;
  }
  describe_tile(l);
}

/* ---- pieces --------------------------------------------------------------------------------- */

/* On by @step banks. */
static void count_step(struct cyc_use *l, uint32_t step, uint32_t round) {
  struct wc_port_use *use = &l->sum;
  use->lines++;
  if (step < l->least || step > l->most) { /* not one of the steps that the walk has: two at most */
    const bool goes_on = l->least == l->most && (step + 1 == l->least || step == l->most + 1);
    l->least = goes_on && l->least < step ? l->least : step;
    l->most = goes_on && l->most > step ? l->most : step;
    l->steps = goes_on ? l->steps : 0;
  }
  if (++l->steps <= round || l->least >= WC_PORT_STEPS)
    return;
  use->walk[l->least].lines++;
  use->walk[l->least].longer += step != l->least;
}

static void count_piece(struct cyc_use *u, uint32_t piece, uint32_t bank_mask) {
  if (u->sum.asks++ == 0) { /* no step */
    u->bank = piece;
    u->sum.lines++;
  }
  const uint32_t step = (piece - u->bank) & bank_mask;
  u->bank += step;
  if (step != 0)
    count_step(u, step, bank_mask + 1);
}

void wc_cyc_list_clear(struct cyc_list *l, unsigned bank_mask) {
  for (unsigned i = 0; i < l->end; i++) {
    if ((l->piece[i] & CYC_ASK) != 0)
      count_piece(&l->use, l->piece[i], bank_mask);
  }
  l->at = l->end = 0;
}

void wc_cyc_steps_clear(struct cyc_steps *l, const struct cyc_shape *shape) {
  for (unsigned i = 0; i < l->end * shape->ports_a; i++) {
    const uint32_t piece = l->piece[i], before = (1U << i % shape->ports_a) - 1;
    if ((piece & CYC_ASK) != 0 && (wc_cyc_sharers(piece) & before) == 0)
      count_piece(&l->use, piece, shape->bank_mask);
  }
  l->at = l->end = 0;
}
