/* What the parts of the planner share. Private to plan*.c, schedule.c and their tests.
 *
 * A group runs as passes over contiguous node ranges: one forward, one backward. A pass is
 * either a segment (its nodes run together, sub-batch by sub-batch: plan_segment.c makes the
 * template of one iteration, plan_flow.c unrolls it) or a row of single nodes, each over the
 * whole mini-batch (plan_tile*.c when one sample or the weights do not fit). plan_group.c chooses.
 */
#ifndef WC_PLAN_BUILD_H
#define WC_PLAN_BUILD_H

#include "plan.h"

#define WC_GB_ALIGN 64U /* at least */

static inline uint64_t wc_round_up(uint64_t value, uint64_t to) {
  return (value + to - 1) / to * to;
}

/* What every part reads; constant once wc_planner_begin returned. */
struct wc_segment;
struct wc_hands;
struct wc_planner {
  const struct wc_graph *g;
  enum wc_config config;
  enum wc_mode mode;
  uint32_t batch, cores;       /* samples of one core */
  uint32_t n_forward, n_nodes; /* nodes that run: INFER stops at the logits */
  uint32_t *last_use; /* a tensor: last node that reads it, n_nodes: the host; WC_NONE: nobody */
  uint32_t *backward; /* n_forward + 1: backward nodes at home in i and later start at
                         n_forward, those of i end at backward[i], start at backward[i + 1] */
  struct wc_strips *strips; /* a node */
  uint32_t *last_forward;   /* a tensor: last forward node that reads it, or WC_NONE */
  bool *kept;               /* [WC_KEEPS][n_tensors]: kept under each rule; NULL: all */
  bool *module;             /* a tensor: leads from module to module */
  struct wc_bounds bounds;
  bool reuse;                   /* passes may keep data for a second branch */
  bool *stored;                 /* a tensor: is in DRAM in the backward pass; NULL: all */
  uint32_t (*scratch)[2];       /* a node: for one sample, for two */
  uint32_t *scratch_owner;      /* a node: the one whose kernel knows, for any number */
  uint32_t *fusible;            /* a node: how many of the next ones can be fused behind it */
  uint32_t gb_finite, gb_hyper; /* stay in the buffer for the whole step */
  uint64_t gb_base, gb_limit;   /* the rest of the buffer */
  uint64_t align;               /* of its blocks */
  uint32_t depth;               /* rows of the array */
  const struct wc_place *place; /* of tensors; NULL: addresses are filled in later */
  struct wc_hands *hands;       /* 2 * n_forward: of groups */
  struct wc_segment *work;      /* two: the search makes its segments in them, thousands of times */
};

/* Scratch bytes that a run of @ns samples of @node needs. */
static inline uint64_t wc_node_scratch(const struct wc_planner *p, uint32_t node, uint32_t ns) {
  return p->strips[node].rows > 0 ? p->strips[node].bytes
                                  : wc_kernel_scratch(p->g, &p->g->nodes[node], ns);
}

/* What planning starts from, when it is asked for something that makes sense; wc_planner_free. */
bool wc_planner_begin(struct wc_planner *p, const struct wc_graph *graph, enum wc_config config,
                      enum wc_mode mode, uint32_t batch, const struct wc_target *target,
                      struct wc_report *why);
void wc_planner_free(struct wc_planner *p);

/* Places everything in DRAM that plan->step moves and writes the addresses into its actions. What
 * TRAIN and INFER share comes first and depends on graph and batch alone. */
void wc_plan_place(struct wc_plan *plan);

/* ---- actions (plan_action.c) ---- */

struct wc_actions {
  struct wc_action *at;
  size_t n, cap;
  bool failed; /* out of memory */
  bool count;  /* keep nothing, only add up @bytes */
  uint64_t bytes;
  struct wc_action spare;
};

/* Global buffer as it is used in program order. A rotating next fit: what was freed last is taken
 * last, so that loads for later work seldom wait for the work before. */
struct wc_gbuf {
  uint64_t base, limit, next, align;
  struct wc_extent {
    uint64_t lo, hi;
  } * live; /* ascending */
  size_t n, cap;
  bool failed; /* out of memory */
};
void wc_gbuf_init(struct wc_gbuf *gb, const struct wc_planner *p);
/* Nothing live in [base, limit) from now on; the rotation goes on. */
void wc_gbuf_clear(struct wc_gbuf *gb, uint64_t base, uint64_t limit);
void wc_gbuf_release(struct wc_gbuf *gb);
bool wc_gbuf_take(struct wc_gbuf *gb, uint64_t bytes, uint64_t *addr); /* false: no gap */
void wc_gbuf_give(struct wc_gbuf *gb, uint64_t addr);

/* Elements [e0, e0 + n) of parameter @index, in the buffer at @at. */
struct wc_piece {
  uint32_t index, e0, n;
  uint64_t at;
};

/* The weight update, as far as it has come: parameter by parameter, piece by piece. */
struct wc_updates {
  const struct wc_plan *plan;
  uint32_t cores;
  uint64_t from, to; /* the core's elements, all parameters in a row */
  uint32_t most;     /* elements of a piece */
  bool last_first;   /* parameters from the last one to the first */
  uint32_t turn;     /* parameters done */
  uint32_t done;     /* elements of the next one that are done */
  /* On the way through a step: */
  uint32_t ready; /* gradients of parameters from this one on are in DRAM */
  bool beside;    /* the present pass has pieces beside it */
  bool reserved;  /* pieces go in turn to: */
  uint64_t at[2];
  bool loaded; /* a piece is in the buffer: */
  struct wc_piece piece;
};

/* Where planned actions go. */
struct wc_flow {
  const struct wc_planner *p;
  struct wc_actions *list;
  struct wc_gbuf *gbuf;
  struct wc_updates *updates; /* to be made on the way; or NULL */
  uint32_t group;
  uint32_t node; /* for which data is moved, or WC_NONE */
};

/* A new action of @kind, or NULL without memory (list->failed). */
struct wc_action *wc_act(struct wc_flow *flow, enum wc_action_kind kind);
/* LOAD or STORE of whole samples at the tensor's pitch. */
void wc_act_samples(struct wc_flow *flow, enum wc_action_kind kind, uint32_t tensor, uint32_t n0,
                    uint32_t ns, uint64_t gb);
/* Rows of one sample; the buffer holds them from @gb + wc_row_shift on. */
void wc_act_rows(struct wc_flow *flow, enum wc_action_kind kind, uint32_t tensor, uint32_t n,
                 uint32_t y0, uint32_t ny, uint64_t gb);
/* A parameter or its gradient, or a slice of it. */
struct wc_slice {
  uint32_t w0, nw, c0, nc;
};
void wc_act_param(struct wc_flow *flow, enum wc_action_kind kind, uint32_t tensor,
                  struct wc_slice slice, uint64_t gb);
void wc_act_flat(struct wc_flow *flow, enum wc_action_kind kind, uint32_t tensor, enum wc_class tag,
                 uint64_t dram, uint64_t bytes, uint64_t gb);
/* Row bytes may be odd, DMA is not: rows start this many bytes (0, 1) into their space. */
uint32_t wc_row_shift(const struct wc_tensor *t, uint32_t y0);
uint64_t wc_even(uint64_t bytes);
enum wc_class wc_tensor_class(const struct wc_tensor *t);
struct wc_slice wc_slice_all(const struct wc_tensor *t);
/* Output channels of CONV and CONV_WGRAD, input channels of CONV_DGRAD; others: channels. */
uint32_t wc_node_columns(const struct wc_graph *g, const struct wc_node *node);

/* ---- segments ---- */

/* A tensor's (WC_NONE: scratch's) stay in the buffer during one iteration, in stages. Stays that
 * follow each other in place share a block. */
struct wc_stay {
  uint32_t tensor, block;
  uint32_t first, last;
  uint32_t touched; /* node that touched it last */
  bool load, store;
  bool sums;   /* a gradient summed over the mini-batch: no load in the first iteration */
  bool pinned; /* stays over all iterations: one load, one store */
  bool given;  /* its block goes to a stay that begins where it ends */
  bool again;  /* made again: never stored */
  uint32_t load_end, store_end; /* per sample: those from here on are handed over instead */
};

struct wc_block {
  uint32_t first, last;
  uint64_t fixed, each; /* bytes: fixed + each * samples; scratch: asked for exactly */
  uint32_t scratch_of;  /* stage, or WC_NONE */
  bool pinned;
  uint32_t next_ended; /* chain of the blocks that end in a stage */
  uint64_t bytes, at;  /* for the sub-batch last packed */
  uint32_t hand_from;  /* samples from here on have a place of their own (WC_NONE: none): */
  uint64_t hand_at;    /* that of sample hand_from */
};

/* A node with what is fused behind it. Operands are stays; WC_NONE: HYPER, or an output that
 * nobody needs and the fused pass does not store. */
struct wc_stage {
  uint32_t node, fused[2];
  uint32_t n_fused;
  bool drop_out;
  bool again;      /* forward nodes in the backward pass: the statistics of a GN are there */
  uint32_t due_to; /* node for which it runs: this one, or the backward node that needs it again */
  uint32_t in[WC_MAX_IN], out[WC_MAX_OUT];
  uint32_t fused_in[2][WC_MAX_IN], fused_out[2][WC_MAX_OUT];
  uint32_t scratch;
  uint32_t stay0, stay1; /* stays that begin here */
  uint32_t ended;        /* first of the blocks that end here, pinned ones left out */
};

/* What a forward pass stores for the backward pass besides what other groups read: tensors made
 * before node @first or read behind @last are those of other groups. */
struct wc_keeping {
  const bool *kept; /* NULL: everything */
  uint32_t first, last;
};

/* Samples of a tensor that one group leaves in the buffer for the next group that runs. */
struct wc_handed {
  uint32_t tensor, from; /* samples from here on */
  uint64_t at;           /* of sample @from */
  bool out;              /* by this group to the next one; else to this one */
  bool store;            /* is read by others as well */
};
#define WC_HANDED_MAX 16 /* half of them each way */
struct wc_hands {
  struct wc_handed at[WC_HANDED_MAX];
  uint32_t n;
  uint64_t low, high; /* bytes at the ends of the buffer that they take */
};

/* How the nodes of a segment share the buffer. */
struct wc_shape {
  bool fuse;        /* nodes may be fused */
  bool reuse;       /* data stays for a second branch */
  bool pin;         /* parameters and their gradients stay over the iterations */
  bool pin_fitting; /* those that fit beside everything else */
  bool room;        /* and beside a second sub-batch */
  struct wc_keeping keeping;
  bool dgrad_first;             /* of a convolution: the vector unit can go on while wgrad runs */
  const struct wc_hands *hands; /* NULL: none */
};

struct wc_segment {
  uint32_t a, b; /* nodes [a, b) */
  struct wc_shape shape;
  struct wc_stage *stages;
  struct wc_stay *stays;
  struct wc_block *blocks;
  uint32_t n_stages, n_stays, n_blocks;
  uint32_t cap_stages, cap_stays, cap_blocks;
  uint32_t *at;    /* per tensor: its latest stay, while building */
  uint32_t *again; /* forward nodes to run before the next stage, ascending */
  uint32_t n_again;
  bool clash; /* its blocks are not what the places of what is handed over were chosen for */
};

/* The part of the buffer that a segment has for itself. */
static inline uint64_t wc_segment_lo(const struct wc_planner *p, const struct wc_segment *seg) {
  return p->gb_base + (seg->shape.hands == NULL ? 0 : seg->shape.hands->low);
}
static inline uint64_t wc_segment_hi(const struct wc_planner *p, const struct wc_segment *seg) {
  return p->gb_limit - (seg->shape.hands == NULL ? 0 : seg->shape.hands->high);
}
/* Gives what is handed over its places (plan_hand.c). False: blocks are shared otherwise than when
 * these were chosen. */
bool wc_hands_apply(const struct wc_planner *p, struct wc_segment *seg);
/* Finds what @seg can hand to @next, of the last @samples: @out is @seg's hands and these, @in
 * those of @next. Returns how many tensors. */
uint32_t wc_hands_over(const struct wc_planner *p, const struct wc_segment *seg,
                       const struct wc_segment *next, uint32_t samples, struct wc_hands *out,
                       struct wc_hands *in);
/* Finds p->hands of the caller's groups. False: out of memory. */
bool wc_hands_resolve(const struct wc_planner *p, const struct wc_group *groups, uint32_t n);
/* Groups run forward, then backward from the last on: the one whose turn it is, of 2 @n turns;
 * WC_NONE: none that runs this way only. */
uint32_t wc_runs_in_turn(const struct wc_group *groups, uint32_t n, uint32_t turn);

/* @seg: all zero, or one that was made before, whose memory is used again. False: out of memory. */
bool wc_segment_make(const struct wc_planner *p, uint32_t a, uint32_t b, struct wc_shape shape,
                     struct wc_segment *seg);
void wc_segment_free(struct wc_segment *seg);
/* True when the forward pass stores @tensor, which a forward node makes, for the backward pass. */
bool wc_is_stored(const struct wc_planner *p, const struct wc_keeping *keeping, uint32_t tensor);
/* Adds to seg->again what must run again before backward node @node can: makers of what it reads
 * that is neither stored nor in the buffer, and of what these read. */
void wc_again_for(const struct wc_planner *p, struct wc_segment *seg, uint32_t node);
/* Finds what is kept under each rule. False: out of memory. */
bool wc_keep_find(struct wc_planner *p);
/* What forward nodes @first .. @last as a group store under a rule. */
struct wc_keeping wc_keep_rule(const struct wc_planner *p, enum wc_keep keep, uint32_t first,
                               uint32_t last);
/* Notes in p->stored what the forward passes of @groups store, and that as a rule. */
void wc_keep_store(const struct wc_planner *p, const struct wc_group *groups, uint32_t n);
struct wc_keeping wc_keep_stored(const struct wc_planner *p);
/* A tensor that a backward pass node by node would read, but that is not stored; or WC_NONE. */
uint32_t wc_keep_missing(const struct wc_planner *p, const struct wc_group *group);
/* Node @k of a stage: 0 the head, then those fused behind it. */
static inline uint32_t wc_stage_node(const struct wc_stage *stage, uint32_t k) {
  return k == 0 ? stage->node : stage->fused[k - 1];
}
/* Scratch bytes of a stage: the most that one of its nodes needs. */
uint64_t wc_stage_scratch(const struct wc_planner *p, const struct wc_stage *stage, uint32_t ns);
/* Upper bound of the sub-batch by the peak of live bytes; 0: not one sample. With @room, double
 * the space of everything that is not fixed stays free, for the next iteration's data. */
uint32_t wc_segment_bound(const struct wc_planner *p, const struct wc_segment *seg, bool room);
/* Live bytes stage by stage: [u][0] fixed, [u][1] a sample (free). NULL: out of memory. */
uint64_t (*wc_segment_live(const struct wc_planner *p, const struct wc_segment *seg))[2];
/* Balanced sub-batch, at most @bound, for which both segments pack (@b may be NULL); 0: none. With
 * @exact, @bound itself is tried first. */
uint32_t wc_segments_fit(const struct wc_planner *p, struct wc_segment *a, struct wc_segment *b,
                         uint32_t bound, bool exact);
/* Lays the blocks out for @ns samples; false: found no way, or out of memory. */
bool wc_segment_pack(const struct wc_planner *p, struct wc_segment *seg, uint32_t ns);
/* DRAM bytes of the whole mini-batch at @sub_batch: what wc_flow_segment will plan. */
uint64_t wc_segment_traffic(const struct wc_planner *p, const struct wc_segment *seg,
                            uint32_t sub_batch);
/* Most bytes live at once with @ns samples, and the stage's node where. */
uint64_t wc_segment_peak(const struct wc_planner *p, const struct wc_segment *seg, uint32_t ns,
                         uint32_t *node);
/* Pins the parameters and their sums that fit, most traffic saved for a byte first, so that the
 * segment packs at @sub_batch; packs it. False: it does not, or out of memory. */
bool wc_segment_settle(const struct wc_planner *p, struct wc_segment *seg, uint32_t sub_batch);
/* Pins what @from has pinned. */
void wc_segment_pin_like(struct wc_segment *seg, const struct wc_segment *from);
/* The sub-batch with least traffic, parameters pinned as far as they fit. 0: not one sample fits,
 * or nothing moves less than @budget; *@bytes: that traffic. The segment is left settled. */
uint32_t wc_segment_fit(const struct wc_planner *p, struct wc_segment *seg, uint64_t budget,
                        uint64_t *bytes);
/* Gives every stay its block (plan_block.c). False: out of memory. */
bool wc_segment_blocks(const struct wc_planner *p, struct wc_segment *seg);
/* Chains the blocks that end in each stage, pinned ones left out. */
void wc_segment_chain(struct wc_segment *seg);
/* How blocks get their addresses. */
enum wc_placing {
  WC_AHEAD,    /* rotating fit, operands loaded one stage ahead */
  WC_ROTATING, /* rotating fit */
  WC_PACKED,   /* offline layout, operands loaded ahead where nothing else lives */
};

/* Unrolls over the mini-batch; wc_segment_pack(.., @sub_batch) must have succeeded. False: out of
 * memory, or no space for this placing; nothing is appended. WC_PACKED always has space. */
bool wc_flow_segment(struct wc_flow *flow, struct wc_segment *seg, uint32_t sub_batch,
                     enum wc_placing placing);
/* Appends nodes [a, b) in the placing, and for @shape in the order, with most overlap that fits.
 * False: out of memory. */
bool wc_flow_nodes(struct wc_flow *flow, uint32_t a, uint32_t b, struct wc_shape shape,
                   uint32_t sub_batch);

/* ---- single nodes over the whole mini-batch ---- */

/* How many of the nodes [a, b) run as one from @a on: 1, or in BASELINE_FUSED those fused. */
uint32_t wc_chain(const struct wc_planner *p, uint32_t a, uint32_t b);

struct wc_solo {
  uint32_t node;
  uint32_t nodes;     /* 1, or with those fused behind it */
  uint32_t sub_batch; /* samples at a time */
  bool whole;         /* a segment with everything pinned: the fields below are unused */
  bool by_pass;       /* feature maps are loaded again for each pass */
  uint32_t slab;      /* rows of the lead tensor at a time; 0: whole samples */
  uint32_t columns;   /* weight columns at a time */
  bool columns_outer; /* all data passes for each slice in turn, not all slices for each piece */
  uint64_t bytes;     /* traffic */
  uint64_t need;      /* when nothing fits: the least space that would */
};

/* Chooses the way to run node @a, and of [a, b) what is fused behind it; it is the one with least
 * traffic that fits, but for normalisations of the conventional configurations. @at_most: no more
 * samples at a time (0: no limit). False: none fits (solo->need set), or out of memory (solo->need
 * 0). */
bool wc_solo_choose(const struct wc_planner *p, uint32_t a, uint32_t b, uint32_t at_most,
                    struct wc_solo *solo);
/* Appends the actions. False: out of memory. */
bool wc_solo_emit(struct wc_flow *flow, const struct wc_solo *solo);

/* The same for a node whose weights or single samples do not fit as a whole (plan_tile.c). */
bool wc_tile_choose(const struct wc_planner *p, uint32_t node, uint32_t at_most,
                    struct wc_solo *solo);
/* A node of several passes that loads its samples again for each; false: not one row fits. */
bool wc_tile_by_pass(const struct wc_planner *p, uint32_t node, uint32_t at_most,
                     struct wc_solo *solo);
/* Bytes of the buffer that it takes. */
uint64_t wc_tile_space(const struct wc_planner *p, const struct wc_solo *how);
bool wc_tile_emit(struct wc_flow *flow, const struct wc_solo *solo);

/* ---- groups ---- */

struct wc_choice {
  uint32_t first, last;
  enum wc_direction direction;
  uint32_t at_most;   /* as asked for */
  uint32_t sub_batch; /* the smallest of its nodes */
  uint32_t most;      /* segments: no sub-batch can be larger, feasible or not */
  uint32_t slab_rows;
  bool feasible;
  bool too_dear; /* fits in some way that was of no interest */
  bool solo;     /* its nodes one after another; else segments of this shape */
  struct wc_shape shape;
  enum wc_keep keep;
  uint32_t hand;
  uint64_t bytes; /* traffic of its passes */
  uint64_t need;  /* not feasible: bytes that the worst node needs */
  uint32_t need_node;
};

/* Cheapest way to run forward nodes first .. last as one group. @at_most: no more samples at a
 * time (0: no limit). @budget: ways that move as much or more are of no interest. False: out of
 * memory. Not fitting is choice->feasible = false with need set, too dear the same without. */
bool wc_group_choose(const struct wc_planner *p, uint32_t first, uint32_t last, uint32_t at_most,
                     uint64_t budget, struct wc_choice *choice);
/* The way to run a group that the caller gives: its way is not LEAST. False: out of memory. */
bool wc_group_given(const struct wc_planner *p, const struct wc_group *group,
                    const struct wc_hands *hands, struct wc_choice *choice);
/* How its nodes share the buffer, and which of a pass they are. */
struct wc_shape wc_group_shape(const struct wc_planner *p, const struct wc_group *group,
                               const struct wc_hands *hands);
static inline uint32_t wc_pass_begin(const struct wc_planner *p, const struct wc_group *group) {
  return group->direction == WC_BACKWARD ? p->backward[group->last + 1] : group->first;
}
static inline uint32_t wc_pass_end(const struct wc_planner *p, const struct wc_group *group) {
  return group->direction == WC_BACKWARD ? p->backward[group->first] : group->last + 1;
}
/* Appends the actions of one of its directions. */
bool wc_group_emit(struct wc_flow *flow, const struct wc_choice *choice, bool backward);

/* Choices of the configuration, by least traffic, or (@groups) the caller's. Returns their number,
 * 0 on failure (@why). */
uint32_t wc_plan_choose(const struct wc_planner *p, const struct wc_group *groups, uint32_t n,
                        struct wc_choice **choices, struct wc_report *why);
/* The same for configurations whose groups run both ways: for all forward nodes, in order. */
uint32_t wc_schedule_choose(const struct wc_planner *p, struct wc_choice **choices,
                            struct wc_report *why);
void wc_report_misfit(const struct wc_planner *p, const struct wc_choice *choice,
                      struct wc_report *why);

/* How one pass over the nodes of a group runs. */
struct wc_pass {
  uint64_t bytes;     /* traffic */
  enum wc_way way;    /* LEAST: in none that moves less than asked for */
  uint32_t sub_batch; /* SEGMENT */
  bool reuse;
  uint32_t most; /* no sub-batch can be larger; 0: it does not fit */
};
/* Nodes first .. last (BACKWARD: those at home in them) as a segment, with least traffic, if that
 * is less than @budget. */
struct wc_pass wc_pass_segments(const struct wc_planner *p, uint32_t first, uint32_t last,
                                enum wc_direction direction, struct wc_keeping keeping,
                                uint64_t budget);
/* The same, or a single node over the whole mini-batch. */
struct wc_pass wc_pass_choose(const struct wc_planner *p, uint32_t first, uint32_t last,
                              enum wc_direction direction, struct wc_keeping keeping,
                              uint64_t budget);

/* Where groups may begin, and end before: n_forward + 1 (free). They part no fused nodes that fit
 * together. NULL: out of memory. */
bool *wc_cuts_find(const struct wc_planner *p);
/* True when a module ends before node @k. */
bool wc_is_border(const struct wc_planner *p, const bool *cut, uint32_t k);
/* True when nodes i .. j-1 are looked at as a group: modules, or up to @near nodes. */
bool wc_may_group(const struct wc_planner *p, const bool *cut, uint32_t near, uint32_t i,
                  uint32_t j);

/* Groups of mbs1, mbs2 and mbs-r, forward ones and then backward ones, for the whole step. @groups:
 * the caller's (free). Returns their number, 0 on failure (@why). */
uint32_t wc_schedule_passes(const struct wc_planner *p, struct wc_group **groups,
                            struct wc_report *why);
/* Chooses what each of @groups hands to the next one, and their sub-batches anew. */
void wc_schedule_hands(const struct wc_planner *p, struct wc_group *groups, uint32_t n);
/* Of mbs-r, as many of each direction, with what each keeps. @groups has room for two of every
 * node. 0: some node fits in no way, or out of memory. */
uint32_t wc_schedule_keep(const struct wc_planner *p, const bool *cut, struct wc_group *groups);

/* Appends @core's part of the update to @list. */
bool wc_plan_update(const struct wc_plan *plan, const struct wc_planner *p, uint32_t core,
                    struct wc_actions *list, struct wc_report *why);
/* The update of all parameters of one core, the last ones first, in small pieces. */
struct wc_updates wc_updates_of_step(const struct wc_plan *plan, const struct wc_planner *p);
/* Pieces whose gradients are ready. */
uint32_t wc_updates_waiting(const struct wc_updates *updates);
/* Appends loads of the next of them, if there is one and space for it, then the update of the one
 * loaded before. False: neither. */
bool wc_updates_go_on(struct wc_flow *flow);
/* Takes space for two pieces, to be theirs until the buffer is cleared; if there is too little,
 * each takes its space when its turn comes. */
void wc_updates_reserve(struct wc_flow *flow);
/* Appends the update of the piece that is loaded: nothing of it is left in the buffer. */
void wc_updates_finish(struct wc_flow *flow);
/* Appends a copy of all parameters, masters and momenta to where they are. */
bool wc_plan_copy_params(const struct wc_plan *plan, const struct wc_planner *p,
                         struct wc_actions *list);

/* ---- the step (plan_step.c) ---- */

/* Appends all groups: forward ones in order, then backward ones in reverse order. @finite: where
 * the finite sums go, if that is known. @updates: to be made on the way, or NULL. False: out of
 * memory. */
bool wc_plan_step(const struct wc_planner *p, const struct wc_choice *choices, uint32_t n,
                  uint64_t finite, struct wc_updates *updates, struct wc_actions *list);
/* Fills plan->whole and plan->settle. False: out of memory. */
bool wc_plan_whole(struct wc_plan *plan, const struct wc_planner *p,
                   const struct wc_choice *choices, uint32_t n);

#endif
