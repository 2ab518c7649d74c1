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

void wc_cyc_shape(struct cyc_shape *s, const struct wc_model_config *config,
                  const struct wc_gemm *g, bool plain) {
  *s = (struct cyc_shape){.cmd = g,
                          .rows = config->rows,
                          .cols = config->cols,
                          .acc_rows = config->acc_rows,
                          .double_weights = config->double_weights != 0,
                          .fold = config->fold != 0,
                          .folded = config->fold != 0 && g->n <= config->cols / 2,
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
  s->block = s->acc_rows / s->group;
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

static void describe_tile(struct cyc_loop *l) {
  const struct cyc_shape *s = l->shape;
  l->last_m = l->m_left <= s->block;
  l->last_k = l->k_left <= s->rows;
  l->last_n = l->group_left <= s->cols * s->group;
  l->last_t = l->n_left <= s->cols || l->tile == s->group - 1;
  l->rows = l->last_m ? (uint32_t)l->m_left : s->block;
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
        l->m_left -= s->block;
    } else {
      l->k_left -= s->rows;
    }
    l->n_left = l->group_left;
  }
  describe_tile(l);
}

/* ---- pieces --------------------------------------------------------------------------------- */

/* On by @step banks. */
static void count_step(struct cyc_list *l, uint32_t step, uint32_t round) {
  struct wc_port_use *use = &l->use;
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

void wc_cyc_list_clear(struct cyc_list *l, unsigned bank_mask) {
  for (unsigned i = 0; i < l->end; i++) {
    const uint32_t piece = l->piece[i];
    if ((piece & (CYC_ASK | CYC_MATE)) != CYC_ASK)
      continue;
    if (l->use.asks++ == 0) { /* no step */
      l->bank = piece;
      l->use.lines++;
    }
    const uint32_t step = (piece - l->bank) & bank_mask;
    l->bank += step;
    if (step != 0)
      count_step(l, step, bank_mask + 1);
  }
  l->at = l->end = 0;
}

/* ---- index triples -------------------------------------------------------------------------- */

static void step(struct cyc_index *x, uint32_t count) {
  x->i0 += count;
  if (x->i0 != x->d0)
    return;
  x->i0 = 0;
  if (++x->i1 != x->d1)
    return;
  x->i1 = 0;
  x->i2++;
}

void wc_cyc_index_do(struct cyc_index *x, enum cyc_op op, uint32_t count) {
  switch (op) {
    case CYC_HOLD:
      break;
    case CYC_RESTART:
      x->i0 = x->mark0;
      x->i1 = x->mark1;
      x->i2 = x->mark2;
      break;
    case CYC_ZERO:
      *x = (struct cyc_index){.d1 = x->d1, .d0 = x->d0};
      break;
    case CYC_STEP:
      step(x, count);
      break;
    case CYC_MARK:
      step(x, count);
      x->mark0 = x->i0;
      x->mark1 = x->i1;
      x->mark2 = x->i2;
      break;
  }
}
