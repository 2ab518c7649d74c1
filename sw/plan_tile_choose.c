/* How a node is cut that does not fit as a whole: of all ways that fit, the one with least traffic.
 */
#include "plan_build.h"

#define FEW_COLUMNS 16U /* narrower slices starve the array: only when nothing else fits */

static bool fits(const struct wc_planner *p, const struct wc_solo *how) {
  return wc_tile_space(p, how) <= p->gb_limit - p->gb_base;
}

static uint64_t traffic(const struct wc_planner *p, const struct wc_solo *how) {
  struct wc_gbuf gbuf;
  struct wc_actions list = {.count = true};
  wc_gbuf_init(&gbuf, p);
  struct wc_flow flow = {.p = p, .list = &list, .gbuf = &gbuf};
  const bool ok = wc_tile_emit(&flow, how);
  wc_gbuf_release(&gbuf);
  return ok ? list.bytes : UINT64_MAX;
}

/* Takes @how, or the least need when it does not fit, into account. */
static void consider(const struct wc_planner *p, struct wc_solo how, struct wc_solo *best) {
  how.need = wc_tile_space(p, &how);
  if (how.need > p->gb_limit - p->gb_base) {
    best->need = best->need == 0 || how.need < best->need ? how.need : best->need;
    return;
  }
  how.bytes = traffic(p, &how);
  if (how.bytes < best->bytes) {
    *best = how;
  }
}

/* Most samples (@rows false) or rows, in steps of @step, that fit; at least one step. */
static uint32_t most_that_fits(const struct wc_planner *p, struct wc_solo how, bool rows,
                               uint32_t step, uint32_t most) {
  uint32_t lo = 1, hi = (most + step - 1) / step; /* in steps; lo may not fit, hi at the most */
  while (lo < hi) {
    const uint32_t middle = lo + (hi - lo + 1) / 2;
    *(rows ? &how.slab : &how.sub_batch) = middle * step;
    if (fits(p, &how)) {
      lo = middle;
    } else {
      hi = middle - 1;
    }
  }
  return lo * step;
}

/* Pieces as equal as the step allows, in as few pieces as @size makes of @most. */
static uint32_t balanced(uint32_t most, uint32_t size, uint32_t step) {
  const uint32_t pieces = (most + size - 1) / size;
  return (uint32_t)wc_round_up((most + pieces - 1) / pieces, step);
}

/* Rows are cut at multiples of the kernel's alignment, and so that no output's slab begins at an
 * odd byte. False: not at all. */
static bool row_step(const struct wc_planner *p, const struct wc_node *node, uint32_t *step) {
  if (!wc_kernel_can_tile(p->g, node, step)) {
    return false;
  }
  for (unsigned i = 0; i < node->n_out; i++) {
    const struct wc_tensor *t = &p->g->tensors[node->out[i]];
    if (t->per_sample && wc_tensor_row_bytes(t) % 2 != 0 && *step % 2 != 0) {
      *step *= 2;
    }
  }
  return true;
}

static void consider_columns(const struct wc_planner *p, struct wc_solo how, uint32_t at_most,
                             struct wc_solo *best) {
  const struct wc_node *node = &p->g->nodes[how.node];
  const struct wc_lead lead = wc_kernel_lead(node->op);
  const uint32_t rows =
      p->g->tensors[lead.side == 'o' ? node->out[lead.index] : node->in[lead.index]].h;
  const uint32_t samples = at_most > 0 && at_most < p->batch ? at_most : p->batch;
  uint32_t step;
  how.slab = 0;
  how.sub_batch = balanced(p->batch, most_that_fits(p, how, false, 1, samples), 1);
  consider(p, how, best);
  if (row_step(p, node, &step)) {
    how.sub_batch = 1;
    how.slab = balanced(rows, most_that_fits(p, how, true, step, rows), step);
    consider(p, how, best);
  }
}

bool wc_tile_choose(const struct wc_planner *p, uint32_t node, uint32_t at_most,
                    struct wc_solo *solo) {
  const struct wc_node *n = &p->g->nodes[node];
  const uint32_t columns = wc_node_columns(p->g, n);
  struct wc_solo best = {.node = node, .nodes = 1, .bytes = UINT64_MAX};
  bool more = true;
  for (uint32_t nc = columns; more; nc = (nc + 1) / 2) {
    struct wc_solo how = {.node = node, .nodes = 1, .columns = nc};
    consider_columns(p, how, at_most, &best);
    if (n->op == WC_N_CONV_WGRAD && nc < columns) {
      how.columns_outer = true;
      consider_columns(p, how, at_most, &best);
    }
    more = wc_kernel_can_slice(n->op) && nc > 1 && (nc > FEW_COLUMNS || best.bytes == UINT64_MAX);
  }
  *solo = best;
  return best.bytes != UINT64_MAX;
}

bool wc_tile_by_pass(const struct wc_planner *p, uint32_t node, uint32_t at_most,
                     struct wc_solo *solo) {
  const struct wc_node *n = &p->g->nodes[node];
  struct wc_solo how = {.node = node,
                        .nodes = 1,
                        .sub_batch = 1,
                        .by_pass = true,
                        .columns = wc_node_columns(p->g, n)};
  const uint32_t samples = at_most > 0 && at_most < p->batch ? at_most : p->batch;
  uint32_t step;
  if (fits(p, &how)) { /* half of what fits: the next ones come in while these are worked on */
    const uint32_t most = most_that_fits(p, how, false, 1, samples);
    how.sub_batch = balanced(p->batch, most > 1 ? most / 2 : 1, 1);
  } else if (row_step(p, n, &step)) {
    const uint32_t rows = p->g->tensors[n->out[0]].h;
    how.slab = balanced(rows, most_that_fits(p, how, true, step, rows), step);
  }
  if (!fits(p, &how)) {
    return false;
  }
  how.bytes = traffic(p, &how);
  *solo = how;
  return how.bytes != UINT64_MAX;
}
