/* Actions to commands. The id of a command tells node and tensor (cmd_id.h), the tag of a LOAD or
 * STORE its traffic class. */
#include <inttypes.h>
#include <stdlib.h>

#include "cmd_id.h"
#include "emit.h"
#include "plan.h"
#include "report.h"

#define MOST_RUN (1U << 23)   /* contiguous bytes of one DMA run; the field has 24 bits */
#define MOST_COUNT UINT16_MAX /* runs, planes */

#define ADDRESSABLE (UINT64_C(1) << 40) /* DRAM: what a DMA command can name */

/* A copy of n2 x n1 runs of @run bytes. */
struct copy {
  uint64_t dram, gb, run;
  uint64_t n1, n2;
  uint64_t ds1, ds2, gs1, gs2;
};

static uint64_t even(uint64_t bytes) {
  return (bytes + 1) / 2 * 2;
}

/* Whole samples: one run when neither side has gaps between them. */
static struct copy copy_samples(const struct wc_action *act, const struct wc_tensor *t) {
  const uint64_t pitch = wc_tensor_pitch(t), bytes = even(wc_tensor_bytes(t));
  struct copy c = {
      act->dram + act->n0 * pitch, act->view.gb, bytes, act->ns, 1, pitch, 0, act->view.pitch, 0};
  if (pitch == bytes && act->view.pitch == bytes) {
    c.run = bytes * act->ns;
    c.n1 = 1;
  }
  return c;
}

/* Rows of one sample. They may begin at an odd byte: a byte before and one behind go along. */
static struct copy copy_rows(const struct wc_action *act, const struct wc_tensor *t) {
  const uint64_t row = wc_tensor_row_bytes(t), from = act->y0 * row, shift = from % 2;
  return (struct copy){.dram = act->dram + act->n0 * wc_tensor_pitch(t) + from - shift,
                       .gb = act->view.gb - shift,
                       .run = even(act->ny * row + shift),
                       .n1 = 1,
                       .n2 = 1};
}

/* A parameter [h][w][c], or a slice of it that lies packed in the buffer. */
static struct copy copy_param(const struct wc_action *act, const struct wc_tensor *t) {
  const uint64_t size = wc_type_bytes(t->type), run = act->nc * size;
  struct copy c = {.dram = act->dram + ((uint64_t)act->w0 * t->c + act->c0) * size,
                   .gb = act->view.gb,
                   .run = run,
                   .n1 = act->nw,
                   .n2 = t->h,
                   .ds1 = t->c * size,
                   .ds2 = (uint64_t)t->w * t->c * size,
                   .gs1 = run,
                   .gs2 = act->nw * run};
  if (act->nc == t->c) { /* inputs follow each other */
    c.run = act->nw * run;
    c.n1 = t->h;
    c.ds1 = c.ds2;
    c.gs1 = c.gs2;
    c.n2 = 1;
    if (act->nw == t->w) {
      c.run *= t->h;
      c.n1 = 1;
    }
  }
  return c;
}

static struct copy copy_of(const struct wc_graph *g, const struct wc_action *act) {
  if (act->flat) {
    return (struct copy){
        .dram = act->dram, .gb = act->view.gb, .run = act->bytes, .n1 = 1, .n2 = 1};
  }
  const struct wc_tensor *t = &g->tensors[act->tensor];
  if (!t->per_sample) {
    return copy_param(act, t);
  }
  return act->y0 == 0 && act->ny == t->h ? copy_samples(act, t) : copy_rows(act, t);
}

/* One DMA command for a copy within the limits of its fields. */
static bool emit_dma(struct wc_emit *emit, const struct wc_action *act, const struct copy *c) {
  struct wc_cmd cmd = {0};
  cmd.hdr.opcode = act->kind == WC_ACT_LOAD ? WC_OP_LOAD : WC_OP_STORE;
  cmd.hdr.tag = act->tag;
  cmd.dma.dram_lo = (uint32_t)c->dram;
  cmd.dma.dram_hi = (uint32_t)(c->dram >> 32);
  cmd.dma.gb = (uint32_t)c->gb;
  cmd.dma.n0 = (uint32_t)c->run;
  cmd.dma.n1 = (uint32_t)c->n1;
  cmd.dma.n2 = (uint32_t)c->n2;
  cmd.dma.n3 = 1;
  if (c->n1 > 1) {
    cmd.dma.ds1 = (int32_t)c->ds1;
    cmd.dma.gs1 = (int32_t)c->gs1;
  }
  if (c->n2 > 1) {
    cmd.dma.ds2 = (int32_t)c->ds2;
    cmd.dma.gs2 = (int32_t)c->gs2;
  }
  return wc_emit_cmd(emit, &cmd);
}

/* Runs that are too long go in pieces, column of runs by column of runs; too many runs likewise. */
static bool emit_copy(struct wc_emit *emit, const struct wc_action *act, struct copy c) {
  for (uint64_t at = 0; at < c.run; at += MOST_RUN) {
    for (uint64_t i1 = 0; i1 < c.n1; i1 += MOST_COUNT) {
      for (uint64_t i2 = 0; i2 < c.n2; i2 += MOST_COUNT) {
        struct copy piece = c;
        piece.dram += at + i1 * c.ds1 + i2 * c.ds2;
        piece.gb += at + i1 * c.gs1 + i2 * c.gs2;
        piece.run = c.run - at < MOST_RUN ? c.run - at : MOST_RUN;
        piece.n1 = c.n1 - i1 < MOST_COUNT ? c.n1 - i1 : MOST_COUNT;
        piece.n2 = c.n2 - i2 < MOST_COUNT ? c.n2 - i2 : MOST_COUNT;
        if (!emit_dma(emit, act, &piece)) {
          return false;
        }
      }
    }
  }
  return true;
}

/* From where the action says to where @core has its part of the tensor. */
static uint64_t core_offset(const struct wc_plan *plan, uint32_t core,
                            const struct wc_action *act) {
  if (act->tensor == WC_NONE) {
    return core * plan->finite.each;
  }
  return act->flat ? 0 : core * plan->tensor[act->tensor].each;
}

/* From the first set of parameters to the one that is meant. */
static uint64_t set_offset(const struct wc_plan *plan, enum wc_sets sets,
                           const struct wc_action *act) {
  const enum wc_role role =
      act->tensor == WC_NONE ? WC_ROLE_HYPER : plan->graph->tensors[act->tensor].role;
  const enum wc_sets second =
      act->kind == WC_ACT_LOAD ? WC_SETS_SECOND_TO_FIRST : WC_SETS_FIRST_TO_SECOND;
  return (role == WC_ROLE_WEIGHT || role == WC_ROLE_PARAM) && sets == second ? plan->mirror : 0;
}

static bool emit_move(struct wc_emit *emit, const struct wc_plan *plan, uint32_t core,
                      enum wc_sets sets, const struct wc_action *act) {
  struct copy c = copy_of(plan->graph, act);
  c.dram += core_offset(plan, core, act) + set_offset(plan, sets, act);
  return emit_copy(emit, act, c);
}

/* The weight update is not waited for, or only when its turn has come anyway. */
static bool is_update(const struct wc_action *act) {
  return act->kind == WC_ACT_ADD || act->kind == WC_ACT_SGD ||
         (act->flat && act->tensor != WC_NONE);
}

static bool emit_action(struct wc_emit *emit, const struct wc_plan *plan, uint32_t core,
                        enum wc_sets sets, const struct wc_action *act) {
  wc_emit_background(emit, is_update(act));
  wc_emit_id(emit, wc_cmd_id(act->kind == WC_ACT_RUN ? act->run.node : act->node, act->tensor));
  switch (act->kind) {
    case WC_ACT_LOAD:
    case WC_ACT_STORE:
      return emit_move(emit, plan, core, sets, act);
    case WC_ACT_RUN:
      return wc_kernel_emit(emit, plan->graph, &act->run);
    case WC_ACT_CLEAR_FINITE:
      return wc_kernel_finite_clear(emit, act->view.gb);
    case WC_ACT_ADD:
      return wc_kernel_add_gradient(emit, act->sgd_g, act->add_from, act->sgd_elems);
    case WC_ACT_SGD:
      return wc_kernel_sgd(emit, act->sgd_g, act->sgd_w, act->sgd_m, act->sgd_w16, act->sgd_hyper,
                           act->sgd_elems);
  }
  return false;
}

static bool generate(const struct wc_plan *plan, uint32_t core, enum wc_sets sets,
                     const struct wc_action *actions, size_t n, const struct wc_target *target,
                     uint32_t **words, size_t *bytes, struct wc_report *why) {
  if (plan->graph->n_nodes > WC_ID_LIMIT || plan->graph->n_tensors > WC_ID_LIMIT) {
    return wc_fail(why, "network %s: %" PRIu32 " nodes, %" PRIu32 " tensors; the most are %u",
                   plan->graph->name, plan->graph->n_nodes, plan->graph->n_tensors, WC_ID_LIMIT);
  }
  struct wc_emit *emit =
      wc_emit_new(target->gbuf_bytes, target->mem_bytes == 0 ? ADDRESSABLE : target->mem_bytes);
  if (emit == NULL) {
    return wc_fail(why, "network %s: out of memory while generating code", plan->graph->name);
  }
  bool ok = wc_emit_reorder(emit, &target->device);
  size_t i = 0;
  while (ok && i < n) {
    ok = emit_action(emit, plan, core, sets, &actions[i]);
    i++;
  }
  ok = ok && wc_emit_finish(emit, words, bytes);
  if (!ok) {
    const char *failed = wc_emit_failed(emit);
    wc_fail(why, "network %s, action %zu: %s", plan->graph->name, i,
            failed == NULL ? "out of memory" : failed);
  }
  wc_emit_delete(emit);
  return ok;
}

bool wc_plan_codegen(const struct wc_plan *plan, uint32_t core, const struct wc_action *actions,
                     size_t n, const struct wc_target *target, uint32_t **words, size_t *bytes,
                     struct wc_report *why) {
  return generate(plan, core, WC_SETS_IN_PLACE, actions, n, target, words, bytes, why);
}

bool wc_plan_codegen_sets(const struct wc_plan *plan, enum wc_sets sets,
                          const struct wc_action *actions, size_t n, const struct wc_target *target,
                          uint32_t **words, size_t *bytes, struct wc_report *why) {
  return generate(plan, 0, sets, actions, n, target, words, bytes, why);
}
