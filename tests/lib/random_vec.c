#include <string.h>

#include "random_cmd.h"
#include "random_layout.h"

enum { OPERANDS = 3 * WC_STEPS };

/* A stream being placed: its descriptor, its layout over (d3, d2, d1, d0). */
struct placed {
  struct wc_stream *stream;
  struct wc_layout layout;
};

static uint32_t *operand(struct wc_step *s, unsigned which) {
  return which == 0 ? &s->a : which == 1 ? &s->b : &s->c;
}

/* Which operands an operation reads: bit 0 a, bit 1 b, bit 2 c. */
static unsigned operands_of(uint32_t op) {
  switch (op) {
    case WC_V_NOP:
      return 0;
    case WC_V_FMA:
    case WC_V_SEL:
      return 7;
    case WC_V_ADD:
      return 5;
    case WC_V_MOV:
    case WC_V_SQRT:
    case WC_V_POW2:
    case WC_V_EXPO:
    case WC_V_MANT:
      return 1;
    default:
      return 3;
  }
}

static uint32_t random_op(struct wc_random *r, unsigned step) {
  static const uint32_t special[] = {WC_V_DIV, WC_V_SQRT, WC_V_POW2, WC_V_EXPO, WC_V_MANT};
  if (step == WC_STEPS - 1 && wc_random_once_in(r, 2))
    return special[wc_random_below(r, sizeof special / sizeof *special)];
  return wc_random_below(r, WC_V_MOV + 1);
}

static void random_step(struct wc_random *r, struct wc_step *s, unsigned index) {
  s->op = random_op(r, index);
  const unsigned operands = operands_of(s->op);
  for (unsigned i = 0; i < 3; i++) {
    if (operands >> i & 1)
      *operand(s, i) = (uint32_t)wc_random_range(r, WC_S_ZERO, WC_S_U);
  }
  s->neg_a = (operands & 1) && wc_random_once_in(r, 4);
  s->neg_c = (operands & 4) && wc_random_once_in(r, 4);
  if (s->op != WC_V_NOP && s->op != WC_V_CMAX) {
    s->dst = wc_random_below(r, 2);
    s->round16 = wc_random_once_in(r, 3);
    s->relu = wc_random_once_in(r, 4);
  }
}

/* Gives each of @n_in inputs to one operand, some to a second one of the same step. Returns how
 * many found a place. */
static uint32_t assign_inputs(struct wc_random *r, struct wc_step *steps, uint32_t n_in) {
  unsigned slots[OPERANDS], n = 0;
  for (unsigned i = 0; i < WC_STEPS; i++) {
    for (unsigned j = 0; j < 3; j++) {
      if (operands_of(steps[i].op) >> j & 1)
        slots[n++] = 3 * i + j;
    }
  }
  uint32_t k = 0;
  for (; k < n_in && n > 0; k++) {
    const unsigned pick = wc_random_below(r, n), slot = slots[pick];
    slots[pick] = slots[--n];
    *operand(&steps[slot / 3], slot % 3) = k;
    for (unsigned i = 0; i < n && wc_random_once_in(r, 6); i++) {
      if (slots[i] / 3 == slot / 3) {
        *operand(&steps[slot / 3], slots[i] % 3) = k;
        slots[i] = slots[--n];
        break;
      }
    }
  }
  return k;
}

static uint32_t random_constant(struct wc_random *r) {
  static const uint32_t special[] = {0x00000000, 0x80000000, 0x7F800000, 0xFF800000, 0x7FC00000,
                                     0x00000001, 0x3F000000, 0x42FE0000, 0xC2FC0000, 0xFFFFFFFF};
  uint32_t bits;
  if (wc_random_once_in(r, 2))
    return special[wc_random_below(r, sizeof special / sizeof *special)];
  wc_random_fill(r, &bits, sizeof bits, WC_RANDOM_FLOATS);
  return bits;
}

static void random_program(struct wc_random *r, struct wc_cmd *cmd) {
  for (unsigned i = 0; i < WC_STEPS; i++)
    random_step(r, &cmd->step[i], i);
  cmd->vec.n_in = assign_inputs(r, cmd->step, wc_random_below(r, WC_VEC_INPUTS + 1));
  cmd->vec.n_out = 1 + wc_random_below(r, WC_VEC_OUTPUTS);
  cmd->vec.k0 = random_constant(r);
  cmd->vec.k1 = random_constant(r);
  cmd->vec.k2 = random_constant(r);
  cmd->vec.k3 = random_constant(r);
}

static void random_reduction(struct wc_random *r, struct wc_stream *s) {
  s->reduce = 1 + wc_random_below(r, 2);
  s->type = wc_random_below(r, 2);
  s->chains = wc_random_below(r, 2);
  if (s->type == WC_T_FP32) {
    s->load = wc_random_below(r, 2);
    s->keep = s->chains && wc_random_once_in(r, 2);
  }
  if (s->chains)
    s->phase = wc_random_below(r, WC_CHAINS);
}

static uint32_t dim(struct wc_random *r, uint32_t most) {
  static const uint32_t likely[] = {1, 1, 2, 3, 7, 8, 9, 16, 17, 32, 33, 64};
  const uint32_t n = wc_random_once_in(r, 2)
                         ? likely[wc_random_below(r, sizeof likely / sizeof *likely)]
                         : 1 + wc_random_below(r, most);
  return n < most ? n : most;
}

static void random_dims(struct wc_random *r, struct wc_vec *v, uint32_t work) {
  do {
    v->d0 = wc_random_once_in(r, 20) ? dim(r, 3000) : dim(r, 130);
    v->d1 = wc_random_once_in(r, 20) ? dim(r, 2000) : dim(r, 70);
    v->d2 = dim(r, 9);
    v->d3 = dim(r, 5);
  } while ((uint64_t)v->d0 * v->d1 * v->d2 * v->d3 > work);
}

/* Strides for a stream. The step along d0 comes first, the other dimensions nest around it. */
static void layout_stream(struct wc_random *r, const struct wc_vec *v, struct placed *p,
                          bool output) {
  static const int steps[] = {1, 1, 1, 1, 1, 2, -1, 3, 0};
  struct wc_stream *s = p->stream;
  const int64_t bytes = (int64_t)wc_type_bytes(s->type);
  s->s0 = s->type == WC_T_BIT ? 1 : steps[wc_random_below(r, sizeof steps / sizeof *steps)];
  if (output && s->s0 == 0)
    s->s0 = 1;
  int64_t run = bytes;
  if (s->type == WC_T_BIT)
    run = (v->d0 + 7) / 8;
  else
    run = ((int64_t)(v->d0 - 1) * (s->s0 < 0 ? -s->s0 : s->s0) + 1) * bytes;
  const bool chained = s->chains && (s->load || s->keep);
  p->layout = (struct wc_layout){.n = {v->d3, v->d2, v->d1}};
  if (s->reduce)
    p->layout.n[2] = chained ? WC_CHAINS : 1;
  wc_layout_make(r, &p->layout, 3, run, bytes, !output);
  if (s->s0 < 0) { /* the base is the last element of a run */
    p->layout.low -= run - bytes;
    p->layout.high -= run - bytes;
  }
  s->s3 = (int32_t)p->layout.stride[0];
  s->s2 = (int32_t)p->layout.stride[1];
  s->s1 = (int32_t)p->layout.stride[2];
}

/* True when @out was made to write exactly the elements of an input. */
static bool in_place(struct wc_random *r, const struct wc_vec *v, struct placed *in,
                     struct placed *out) {
  struct wc_stream *from = in->stream, *to = out->stream;
  if (to->reduce || !in->layout.apart || (from->s0 == 0 && v->d0 > 1) || !wc_random_once_in(r, 3))
    return false;
  const uint32_t src = to->src;
  *to = *from;
  to->src = src;
  return true;
}

static bool place_streams(struct wc_random *r, uint64_t gbuf_bytes, struct wc_cmd *cmd) {
  struct wc_places places = {.bytes = gbuf_bytes};
  struct placed in[WC_VEC_INPUTS], out[WC_VEC_OUTPUTS];
  /* An input that an output replaces is taken as written, so nothing else meets it. */
  const unsigned replaced = wc_random_below(r, WC_VEC_INPUTS);
  bool used = false;
  for (unsigned i = 0; i < cmd->vec.n_in; i++) {
    in[i].stream = &cmd->in[i];
    cmd->in[i].type = wc_random_below(r, 4);
    layout_stream(r, &cmd->vec, &in[i], false);
    const int64_t bytes = (int64_t)wc_type_bytes(cmd->in[i].type);
    int64_t base;
    if (!wc_places_put(r, &places, &in[i].layout, bytes, i == replaced, &base))
      return false;
    cmd->in[i].base = (uint32_t)base;
  }
  for (unsigned i = 0; i < cmd->vec.n_out; i++) {
    out[i].stream = &cmd->out[i];
    cmd->out[i].src = wc_random_below(r, 2);
    cmd->out[i].type = wc_random_below(r, 4);
    if (wc_random_once_in(r, 3))
      random_reduction(r, &cmd->out[i]);
    layout_stream(r, &cmd->vec, &out[i], true);
    if (!used && replaced < cmd->vec.n_in && in_place(r, &cmd->vec, &in[replaced], &out[i])) {
      used = true;
      continue;
    }
    const int64_t bytes = (int64_t)wc_type_bytes(cmd->out[i].type);
    int64_t base;
    if (!wc_places_put(r, &places, &out[i].layout, bytes, true, &base))
      return false;
    cmd->out[i].base = (uint32_t)base;
  }
  return true;
}

void wc_random_vec(struct wc_random *r, const struct wc_random_limits *limits, struct wc_cmd *cmd) {
  for (;;) {
    uint64_t addr;
    memset(cmd, 0, sizeof *cmd);
    cmd->hdr.opcode = WC_OP_VEC;
    random_program(r, cmd);
    random_dims(r, &cmd->vec, limits->work);
    if (place_streams(r, limits->gbuf_bytes, cmd) &&
        wc_cmd_check(cmd, limits->gbuf_bytes, limits->mem_bytes, &addr) == WC_E_NONE)
      return;
  }
}
