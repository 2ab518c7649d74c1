#include "check_overlap.h"

#include <string.h>

#include "footprint.h"

static const char *judge(enum wc_overlap overlap, const char *fault) {
  switch (overlap) {
    case WC_APART:
      return NULL;
    case WC_SHARED:
      return fault;
    default:
      return "operands whose overlap cannot be judged";
  }
}

static const char *dma_fault(const struct wc_cmd *cmd) {
  const struct wc_footprint to = wc_footprint_dma(&cmd->dma, cmd->hdr.opcode == WC_OP_STORE);
  return judge(wc_footprint_self(&to), "destination runs overlap each other");
}

/* P may be C itself: element for element at the same place. */
static bool same_partials(const struct wc_gemm *g) {
  const uint32_t position[] = {g->p2, g->p1, g->p0}, tap[] = {g->q2, g->q1, g->q0};
  const uint32_t *row = g->a_trans ? tap : position;
  return g->c_fp32 && g->p_base == g->c_base && (row[0] == 1 || g->p_s2 == g->c_s2) &&
         (row[1] == 1 || g->p_s1 == g->c_s1) && (row[2] == 1 || g->p_s0 == g->c_s0);
}

static const char *gemm_fault(const struct wc_gemm *g) {
  const struct wc_footprint a = wc_footprint_gemm(g, 'A'), b = wc_footprint_gemm(g, 'B');
  const struct wc_footprint c = wc_footprint_gemm(g, 'C'), p = wc_footprint_gemm(g, 'P');
  const char *fault = judge(wc_footprint_self(&c), "elements of C overlap each other");
  if (fault == NULL)
    fault = judge(wc_footprint_pair(&a, &c), "C overlaps A");
  if (fault == NULL)
    fault = judge(wc_footprint_pair(&b, &c), "C overlaps B");
  if (fault == NULL && g->preload && !same_partials(g))
    fault = judge(wc_footprint_pair(&p, &c), "C overlaps P without being the same elements");
  return fault;
}

/* The same elements in the same order. A reduction's result has no d1 of its own. */
static bool same_elements(const struct wc_vec *v, const struct wc_stream *in,
                          const struct wc_stream *out) {
  const bool bits = in->type == WC_T_BIT;
  return in->base == out->base && wc_type_bytes(in->type) == wc_type_bytes(out->type) &&
         bits == (out->type == WC_T_BIT) && !out->keep && (v->d0 == 1 || in->s0 == out->s0) &&
         (v->d1 == 1 || (in->s1 == out->s1 && out->reduce == 0)) &&
         (v->d2 == 1 || in->s2 == out->s2) && (v->d3 == 1 || in->s3 == out->s3);
}

static const char *vec_output_fault(const struct wc_cmd *cmd, unsigned index) {
  const struct wc_stream *out = &cmd->out[index];
  const struct wc_footprint to = wc_footprint_stream(&cmd->vec, out, true);
  const char *fault = judge(wc_footprint_self(&to), "elements of an output overlap each other");
  for (unsigned i = 0; i < cmd->vec.n_in && fault == NULL; i++) {
    if (same_elements(&cmd->vec, &cmd->in[i], out))
      continue;
    const struct wc_footprint from = wc_footprint_stream(&cmd->vec, &cmd->in[i], false);
    fault = judge(wc_footprint_pair(&from, &to),
                  "an output overlaps an input without being the same elements");
  }
  for (unsigned i = 0; i < cmd->vec.n_out && fault == NULL; i++) {
    if (i == index)
      continue;
    const struct wc_footprint other = wc_footprint_stream(&cmd->vec, &cmd->out[i], true);
    fault = judge(wc_footprint_pair(&other, &to), "two outputs overlap");
    if (fault == NULL && cmd->out[i].load) {
      const struct wc_footprint chains = wc_footprint_chains(&cmd->vec, &cmd->out[i]);
      fault = judge(wc_footprint_pair(&chains, &to), "an output overlaps the chains of another");
    }
  }
  return fault;
}

const char *wc_overlap_fault(const struct wc_cmd *cmd) {
  const char *fault = NULL;
  switch (cmd->hdr.opcode) {
    case WC_OP_LOAD:
    case WC_OP_STORE:
      return dma_fault(cmd);
    case WC_OP_GEMM:
      return gemm_fault(&cmd->gemm);
    case WC_OP_VEC:
      for (unsigned i = 0; i < cmd->vec.n_out && fault == NULL; i++)
        fault = vec_output_fault(cmd, i);
      return fault;
    default:
      return NULL;
  }
}
