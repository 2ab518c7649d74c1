/* From a graph, a configuration and a device to a schedule, a memory plan and the list of actions
 * that the code generator turns into commands. Pure functions; see docs/compiler.md. */
#ifndef WC_PLAN_H
#define WC_PLAN_H

#include "graph.h"
#include "kernels.h"

enum wc_config {
  WC_BASELINE, /* layer by layer, as conventional training does */
  WC_ARCHOPT,  /* the same streams; tells apart devices with and without double-buffered weights */
  WC_BASELINE_FUSED, /* layer by layer, normalisation with what follows it, and in one pass */
  WC_IL,
  WC_MBS_FS,
  WC_MBS1,
  WC_MBS2,
  WC_MBS_R, /* mbs2, and features that are made again in the backward pass */
  WC_CONFIGS
};
#define WC_CONFIG_NAMES "baseline, archopt, baseline-fused, il, mbs-fs, mbs1, mbs2, mbs-r"
const char *wc_config_name(enum wc_config config);
bool wc_config_parse(const char *name, enum wc_config *config);
/* No two layers share what is in the buffer: the groups leave no choice. */
bool wc_config_layer_by_layer(enum wc_config config);

/* Traffic classes: the tag of a DMA command. */
enum wc_class {
  WC_CLASS_FEATURES,         /* images, features, normalisation statistics, labels, loss */
  WC_CLASS_WEIGHTS,          /* weights, norm parameters, and in the update master and momentum */
  WC_CLASS_WEIGHT_GRADIENTS, /* gradients of parameters and their partial sums */
  WC_CLASS_GRADIENTS,        /* gradients of features */
  WC_CLASS_MASKS,            /* ReLU masks, pool positions */
  WC_CLASSES
};

struct wc_target { /* what the compiler needs to know of the device */
  uint64_t gbuf_bytes;
  uint64_t mem_bytes;           /* 0: unknown, no limit */
  struct wc_emit_device device; /* 0: as in `small` */
  uint32_t cores;               /* each with a buffer of gbuf_bytes; 0: one */
  uint32_t line_bytes;          /* of the buffer; blocks begin at lines, and at multiples of 64 */
  bool folds;                   /* a GEMM of at most half the columns works on two rows at once */
};

enum wc_direction { WC_BOTH_WAYS, WC_FORWARD, WC_BACKWARD, WC_DIRECTIONS };
const char *wc_direction_name(enum wc_direction direction);

/* How a group runs: docs/scheduling.md. */
enum wc_way {
  WC_WAY_LEAST, /* asked for: the one with least traffic */
  WC_WAY_NODES, /* node by node, each over the whole mini-batch */
  WC_WAY_SEGMENT
};

/* What a group's forward pass stores for the backward pass, which makes the rest again. Each keeps
 * less than the one before, and never makes a convolution again that it keeps the result of. */
enum wc_keep {
  WC_KEEP_ALL,
  WC_KEEP_CONVS, /* results of convolutions, not what norm and ReLU make of them */
  WC_KEEP_BARE,  /* of what leads from module to module, not what the vector unit can make again */
  WC_KEEP_WIDE,  /* as CONVS, but not the results of 1x1 convolutions */
  WC_KEEP_MODULES, /* what leads from one module (block) of the network to the next */
  WC_KEEP_NONE,    /* only what other groups read */
  WC_KEEPS
};
const char *wc_keep_name(enum wc_keep keep);
bool wc_keep_parse(const char *name, enum wc_keep *keep);

/* Forward nodes first .. last, or the backward nodes that have them as home, or the ones and later
 * the others, run together, for sub_batch samples at a time. */
struct wc_group {
  uint32_t first, last;
  uint32_t sub_batch, iterations;
  uint32_t slab_rows; /* 0: whole samples; else rows at a time (sub_batch is 1) */
  enum wc_direction direction;
  enum wc_way way;
  bool reuse; /* SEGMENT: data stays for a second branch */
  bool pin;   /* SEGMENT: parameters and their gradients stay over the iterations; in mbs-r those
                 that fit */
  enum wc_keep keep; /* not of BACKWARD; mbs-r only */
  bool room;         /* what is pinned leaves room for two sub-batches; mbs-r only */
  uint32_t hand;     /* SEGMENT, one direction: at most so many samples of what it makes stay in the
                        buffer for the next group that runs */
};

struct wc_schedule {
  enum wc_config config;
  uint32_t batch;
  uint32_t cores; /* each runs batch / cores samples, in the same groups */
  uint64_t gbuf_bytes;
  struct wc_group *groups;
  uint32_t n_groups;
};

/* Where a tensor (or the master, momentum of a parameter) lies in device DRAM. */
struct wc_place {
  wc_isa_u present; /* 0: never in DRAM */
  uint64_t addr, bytes;
  uint64_t each; /* bytes to the next core's part; 0: all cores share it */
};

enum wc_action_kind {
  WC_ACT_LOAD,
  WC_ACT_STORE,
  WC_ACT_RUN,
  WC_ACT_CLEAR_FINITE,
  WC_ACT_ADD,
  WC_ACT_SGD
};

struct wc_action {
  enum wc_action_kind kind;
  uint32_t group;
  uint32_t node; /* LOAD, STORE: for which; WC_NONE: for none */
  /* LOAD, STORE: @ns samples from @n0, rows [y0, y0+ny) of @tensor, DRAM address of tensor start,
   * buffer view. Parameters: ns = 1, n0 = 0; of every row h the inputs [w0, w0+nw) and of these
   * the columns [c0, c0+nc), packed in the buffer. Flat (pieces of masters, momenta and gradients
   * in the update, finite): @bytes from address @dram, tensor WC_NONE for finite. Addresses are
   * those of core 0, but in the update those of the core that has the action. */
  uint32_t tensor, n0, ns, y0, ny, w0, nw, c0, nc;
  bool flat;
  uint64_t bytes; /* LOAD, STORE: exactly what moves, edges rounded to even addresses */
  uint64_t dram;
  struct wc_view view;
  enum wc_class tag;
  struct wc_run run; /* RUN */
  /* SGD: one chunk of a parameter; addresses in the buffer. ADD: another core's gradient, at
   * add_from, onto the chunk's. */
  uint32_t add_from;
  uint32_t sgd_g, sgd_w, sgd_m, sgd_w16, sgd_hyper, sgd_elems;
};

struct wc_plan {
  const struct wc_graph *graph; /* borrowed */
  struct wc_schedule schedule;
  struct wc_place *tensor;            /* n_tensors */
  struct wc_place *master, *momentum; /* n_params; WEIGHT only for master */
  struct wc_place finite, stream;     /* finite: WC_FINITE_BYTES; stream: all that follows */
  uint64_t dram_bytes;                /* DRAM needed before commands: stream.addr */
  /* The step: forward and backward of one core's part of the mini-batch, for all cores alike. Then
   * the update: core k does actions update_at[k] .. update_at[k + 1]. */
  struct wc_action *step;
  size_t n_step;
  struct wc_action *update;
  size_t n_update, update_at[WC_CORES_MAX + 1];
  /* Of wc_plan_make_in_a_row, for one core: the step with the update on its way. Parameters,
   * masters and momenta, which lie at the start of DRAM, have a second set of places @mirror bytes
   * further; a step reads one set and writes the other. Settling copies the second set to the
   * first. */
  struct wc_action *whole, *settle;
  size_t n_whole, n_settle;
  uint64_t mirror; /* 0: none, several cores would have to wait for each other's updates */
  /* Planned bytes of all cores: by class and direction, by group and by tensor. [0] read, [1]
   * written. */
  uint64_t class_bytes[WC_CLASSES][2];
  uint64_t (*group_bytes)[2];  /* n_groups + 1; the last is the update */
  uint64_t (*tensor_bytes)[2]; /* n_tensors; a parameter's master and momentum count with it */
  /* What runs again in the backward pass, of all cores: samples of each node (n_forward), MACs. */
  uint32_t *again;
  uint64_t macs_again;
};

enum wc_mode { WC_TRAIN, WC_INFER }; /* INFER: forward nodes up to the logits, nothing kept */

/* @groups  NULL: chosen by least DRAM traffic as @config allows; else the caller's: in ascending
 *          order of nodes, those of each direction all nodes. LEAST: both ways, sub_batch 0 =
 *          largest that fits. NODES: at most sub_batch samples at a time, 0 = no limit. SEGMENT:
 *          sub_batch, reuse and pin as given.
 * NULL on failure; @why names the node that does not fit and what it would need. */
struct wc_plan *wc_plan_make(const struct wc_graph *graph, enum wc_config config, enum wc_mode mode,
                             uint32_t batch, const struct wc_target *target,
                             const struct wc_group *groups, uint32_t n_groups,
                             struct wc_report *why);
/* A plan to train by, with the actions of steps in a row too: they take longer to plan than a step
 * by itself, and a search for groups does without. */
struct wc_plan *wc_plan_make_in_a_row(const struct wc_graph *graph, enum wc_config config,
                                      uint32_t batch, const struct wc_target *target,
                                      const struct wc_group *groups, uint32_t n_groups,
                                      struct wc_report *why);
void wc_plan_delete(struct wc_plan *plan);

/* mbs1, mbs2 and mbs-r within bounds. */
struct wc_bounds {
  enum wc_keep keep; /* mbs-r: no group keeps less: up to BARE no MAC is done again */
  bool room;         /* groups leave room for two sub-batches, where one fits twice */
  bool operands;     /* parameters and sums count on their way from buffer to array as well, as
                        bytes of DRAM of as much energy: docs/scheduling.md */
};
/* Groups of @config, one of these, with least traffic, for wc_plan_make. @groups: the caller's
 * (free). Returns their number, 0 on failure. */
uint32_t wc_bounded_groups(const struct wc_graph *graph, enum wc_config config, uint32_t batch,
                           const struct wc_target *target, struct wc_bounds how,
                           struct wc_group **groups, struct wc_report *why);
void wc_plan_dump(const struct wc_plan *plan, FILE *out);

/* Which set of parameters a stream reads, and whether it writes the other one. */
enum wc_sets { WC_SETS_IN_PLACE, WC_SETS_FIRST_TO_SECOND, WC_SETS_SECOND_TO_FIRST };

/* Turns actions into a stream of core 0. @words: the caller's (free). */
bool wc_plan_codegen_sets(const struct wc_plan *plan, enum wc_sets sets,
                          const struct wc_action *actions, size_t n, const struct wc_target *target,
                          uint32_t **words, size_t *bytes, struct wc_report *why);
/* Turns actions into the stream of @core, parameters in place. */
bool wc_plan_codegen(const struct wc_plan *plan, uint32_t core, const struct wc_action *actions,
                     size_t n, const struct wc_target *target, uint32_t **words, size_t *bytes,
                     struct wc_report *why);

#endif
