/* How a group of forward nodes and their backward nodes runs: the cheapest way that fits. */
#include "plan_build.h"

/* Both passes of a group as segments. An empty backward pass is a segment without stages. */
struct passes {
  struct wc_segment *forward, *backward;
};

static bool make_passes(const struct wc_planner *p, uint32_t first, uint32_t last,
                        struct wc_shape shape, struct passes *s) {
  *s = (struct passes){&p->work[0], &p->work[1]};
  return wc_segment_make(p, first, last + 1, shape, s->forward) &&
         wc_segment_make(p, p->backward[last + 1], p->backward[first], shape, s->backward);
}

static uint32_t bound_of(const struct wc_planner *p, const struct passes *s, bool room) {
  const uint32_t f = wc_segment_bound(p, s->forward, room);
  const uint32_t b = wc_segment_bound(p, s->backward, room);
  return f < b ? f : b;
}

/* Least iterations that a sub-batch of at most @bound makes. */
static uint32_t balanced(const struct wc_planner *p, uint32_t bound) {
  const uint32_t iterations = (p->batch + bound - 1) / bound;
  return (p->batch + iterations - 1) / iterations;
}

static uint64_t traffic(const struct wc_planner *p, const struct passes *s, uint32_t sub_batch) {
  return wc_segment_traffic(p, s->forward, sub_batch) +
         wc_segment_traffic(p, s->backward, sub_batch);
}

static void note_misfit(const struct wc_planner *p, const struct passes *s,
                        struct wc_choice *choice) {
  uint32_t node_f = 0, node_b = 0;
  const uint64_t f = wc_segment_peak(p, s->forward, 1, &node_f);
  const uint64_t b = wc_segment_peak(p, s->backward, 1, &node_b);
  choice->need = f > b ? f : b;
  choice->need_node = f > b ? node_f : node_b;
}

/* The largest sub-batch that the live bytes allow (0: none). In mbs1 and mbs2 more than one
 * iteration gets room for two of them, so that one can begin while the one before is under way. */
static uint32_t most_samples(const struct wc_planner *p, const struct passes *s, bool pin) {
  const uint32_t bound = bound_of(p, s, false);
  const bool mbs = p->config == WC_MBS1 || p->config == WC_MBS2;
  if (bound == 0 || !(pin || (bound < p->batch && mbs))) {
    return bound;
  }
  const uint32_t roomy = bound_of(p, s, true);
  return roomy > 0 ? roomy : bound;
}

/* Takes the segments at a sub-batch of at most @bound (not 0) when they beat @choice, or else
 * @budget. */
static void try_bound(const struct wc_planner *p, struct passes *s, struct wc_shape shape,
                      uint32_t bound, uint64_t budget, struct wc_choice *choice) {
  const uint64_t to_beat = choice->feasible ? choice->bytes : budget;
  if (traffic(p, s, balanced(p, bound)) >= to_beat) {
    choice->too_dear = true; /* and a smaller sub-batch moves no less */
    return;
  }
  const bool exact = choice->at_most > 0 && choice->at_most <= bound;
  const uint32_t sub_batch =
      wc_segments_fit(p, s->forward, s->backward, exact ? choice->at_most : bound, exact);
  if (sub_batch == 0) {
    note_misfit(p, s, choice);
    return;
  }
  const uint64_t bytes = traffic(p, s, sub_batch);
  if (bytes < to_beat) {
    choice->feasible = true;
    choice->solo = false;
    choice->shape = shape;
    choice->sub_batch = sub_batch;
    choice->bytes = bytes;
  }
}

/* Takes both passes as segments when that fits and beats @choice. False: out of memory. */
static bool try_segments(const struct wc_planner *p, bool reuse, bool pin, uint64_t budget,
                         struct wc_choice *choice) {
  const struct wc_shape shape = {.fuse = true, .reuse = reuse, .pin = pin};
  struct passes s;
  if (!make_passes(p, choice->first, choice->last, shape, &s)) {
    return false;
  }
  const uint32_t most = most_samples(p, &s, pin);
  choice->most = most > choice->most ? most : choice->most;
  if (most > 0) {
    try_bound(p, &s, shape, most, budget, choice);
  } else if (!choice->feasible) {
    note_misfit(p, &s, choice);
  }
  return true;
}

/* Adds node *@at of [.., b), over the whole mini-batch, to @sum, and sets *@at to the node behind
 * what runs with it. False: out of memory. */
static bool add_solo(const struct wc_planner *p, uint32_t *at, uint32_t b, struct wc_choice *sum) {
  struct wc_solo solo;
  if (!wc_solo_choose(p, *at, b, sum->at_most, &solo)) {
    sum->feasible = false;
    sum->need = solo.need;
    sum->need_node = *at;
    return solo.need != 0;
  }
  *at += solo.nodes;
  sum->bytes += solo.bytes;
  sum->sub_batch = solo.sub_batch < sum->sub_batch ? solo.sub_batch : sum->sub_batch;
  if (!solo.whole && solo.slab > 0 && (sum->slab_rows == 0 || solo.slab < sum->slab_rows)) {
    sum->slab_rows = solo.slab;
  }
  return true;
}

/* Adds nodes [a, b), one after another. False: out of memory. */
static bool add_solos(const struct wc_planner *p, uint32_t a, uint32_t b, struct wc_choice *sum) {
  bool ok = true;
  for (uint32_t i = a; ok && sum->feasible && i < b;) {
    ok = add_solo(p, &i, b, sum);
  }
  return ok;
}

/* Takes the nodes of the group one after another when that beats @choice. */
static bool try_solo(const struct wc_planner *p, struct wc_choice *choice) {
  struct wc_choice sum = {.first = choice->first,
                          .last = choice->last,
                          .at_most = choice->at_most,
                          .sub_batch = p->batch,
                          .feasible = true,
                          .solo = true};
  const bool ok = add_solos(p, sum.first, sum.last + 1, &sum) &&
                  add_solos(p, p->backward[sum.last + 1], p->backward[sum.first], &sum);
  if (ok && (sum.feasible ? !choice->feasible || sum.bytes < choice->bytes : !choice->feasible)) {
    *choice = sum;
  }
  return ok;
}

bool wc_group_choose(const struct wc_planner *p, uint32_t first, uint32_t last, uint32_t at_most,
                     uint64_t budget, struct wc_choice *choice) {
  *choice = (struct wc_choice){.first = first, .last = last, .at_most = at_most};
  const bool single = first == last;
  bool ok = true;
  if (!wc_config_layer_by_layer(p->config)) {
    ok = (!single || try_segments(p, false, true, budget, choice)) &&
         try_segments(p, false, false, budget, choice) &&
         (single || p->config != WC_MBS2 || try_segments(p, true, false, budget, choice));
  }
  if (ok && (single || wc_config_layer_by_layer(p->config))) {
    ok = try_solo(p, choice);
  }
  if (!choice->feasible && choice->too_dear) {
    choice->need = 0;
  }
  return ok;
}

static bool given_segment(const struct wc_planner *p, uint32_t a, uint32_t b,
                          struct wc_choice *choice) {
  struct wc_segment *seg = &p->work[0];
  if (!wc_segment_make(p, a, b, choice->shape, seg)) {
    return false;
  }
  const bool fits = choice->shape.pin_fitting ? wc_segment_settle(p, seg, choice->sub_batch)
                                              : wc_segment_pack(p, seg, choice->sub_batch);
  choice->bytes += wc_segment_traffic(p, seg, choice->sub_batch);
  if (!fits) {
    const uint64_t need = wc_segment_peak(p, seg, choice->sub_batch, &choice->need_node);
    choice->need = need > choice->need ? need : choice->need;
    choice->feasible = false;
  }
  return true;
}

static bool given_pass(const struct wc_planner *p, uint32_t a, uint32_t b,
                       struct wc_choice *choice) {
  return choice->solo ? add_solos(p, a, b, choice) : given_segment(p, a, b, choice);
}

struct wc_shape wc_group_shape(const struct wc_planner *p, const struct wc_group *group,
                               const struct wc_hands *hands) {
  struct wc_shape shape = {.fuse = true,
                           .reuse = group->reuse,
                           .pin_fitting = group->pin,
                           .room = group->room,
                           .hands = hands};
  if (p->stored != NULL) {
    shape.keeping = wc_keep_stored(p);
  }
  return shape;
}

bool wc_group_given(const struct wc_planner *p, const struct wc_group *group,
                    const struct wc_hands *hands, struct wc_choice *choice) {
  const uint32_t first = group->first, last = group->last;
  *choice = (struct wc_choice){
      .first = first,
      .last = last,
      .direction = group->direction,
      .at_most = group->sub_batch,
      .sub_batch = group->sub_batch == 0 ? p->batch : group->sub_batch,
      .feasible = true,
      .solo = group->way == WC_WAY_NODES,
      .shape = wc_group_shape(p, group, hands),
      .keep = group->keep,
      .hand = group->hand,
  };
  return (group->direction == WC_BACKWARD || given_pass(p, first, last + 1, choice)) &&
         (group->direction == WC_FORWARD ||
          given_pass(p, p->backward[last + 1], p->backward[first], choice));
}

/* Node *@at of [.., b), and *@at becomes the one behind what runs with it. */
static bool emit_solo(struct wc_flow *flow, uint32_t *at, uint32_t b, uint32_t at_most) {
  struct wc_solo solo;
  const bool ok = wc_solo_choose(flow->p, *at, b, at_most, &solo) && wc_solo_emit(flow, &solo);
  *at += ok ? solo.nodes : 0;
  return ok;
}

bool wc_group_emit(struct wc_flow *flow, const struct wc_choice *choice, bool backward) {
  const struct wc_planner *p = flow->p;
  const uint32_t a = backward ? p->backward[choice->last + 1] : choice->first;
  const uint32_t b = backward ? p->backward[choice->first] : choice->last + 1;
  if (choice->solo) {
    bool ok = true;
    for (uint32_t i = a; ok && i < b;) {
      ok = emit_solo(flow, &i, b, choice->at_most);
    }
    return ok;
  }
  return wc_flow_nodes(flow, a, b, choice->shape, choice->sub_batch);
}
