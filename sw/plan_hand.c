/* What a group leaves in the buffer for the next group that runs: the last samples of the
 * mini-batch of what passes from one to the other. They have places of their own at the ends of the
 * buffer, from the group that makes them to the end of the one that reads them. docs/scheduling.md.
 */
#include <string.h>

#include "plan_build.h"

#define EACH (WC_HANDED_MAX / 2)

/* ---- a segment and its places ---- */

static uint64_t bytes_of(const struct wc_planner *p, const struct wc_handed *h) {
  return (uint64_t)(p->batch - h->from) * wc_tensor_pitch(&p->g->tensors[h->tensor]);
}

/* Where sample 0 would be. */
static uint64_t origin(const struct wc_planner *p, const struct wc_handed *h) {
  return h->at - h->from * wc_tensor_pitch(&p->g->tensors[h->tensor]);
}

/* The stay through which @tensor comes in or goes out; WC_NONE: none, or more than one. */
static uint32_t stay_of(const struct wc_segment *seg, uint32_t tensor) {
  uint32_t found = WC_NONE;
  for (uint32_t i = 0; i < seg->n_stays; i++) {
    if (seg->stays[i].tensor == tensor) {
      if (found != WC_NONE) {
        return WC_NONE;
      }
      found = i;
    }
  }
  return found;
}

static bool overlap(const struct wc_planner *p, const struct wc_handed *a,
                    const struct wc_handed *b) {
  return a->at < b->at + bytes_of(p, b) && b->at < a->at + bytes_of(p, a);
}

/* True when a block that holds both @a and @b has one place for each sample, and two blocks have
 * nothing in common. */
static bool agree(const struct wc_planner *p, const struct wc_segment *seg,
                  const struct wc_handed *a, const struct wc_handed *b) {
  const bool same =
      seg->stays[stay_of(seg, a->tensor)].block == seg->stays[stay_of(seg, b->tensor)].block;
  return same ? origin(p, a) == origin(p, b) : !overlap(p, a, b);
}

bool wc_hands_apply(const struct wc_planner *p, struct wc_segment *seg) {
  const struct wc_hands *hands = seg->shape.hands;
  for (uint32_t i = 0; hands != NULL && i < hands->n; i++) {
    const struct wc_handed *h = &hands->at[i];
    const uint32_t stay = stay_of(seg, h->tensor);
    if (stay == WC_NONE) {
      return false;
    }
    for (uint32_t k = 0; k < i; k++) {
      if (!agree(p, seg, h, &hands->at[k])) {
        return false;
      }
    }
    struct wc_stay *s = &seg->stays[stay];
    struct wc_block *b = &seg->blocks[s->block];
    if (!h->out) {
      s->load_end = h->from;
    } else if (!h->store) {
      s->store_end = h->from;
    }
    if (h->from < b->hand_from) {
      b->hand_from = h->from;
      b->hand_at = h->at;
    }
  }
  return true;
}

/* ---- from one segment to the next ---- */

/* True when others than the readers in @next read @tensor, which @seg makes. In mbs-r whatever is
 * stored may be read once more, where its readers run again. */
static bool has_other_readers(const struct wc_planner *p, const struct wc_segment *seg,
                              const struct wc_segment *next, uint32_t tensor) {
  const uint32_t last = p->last_use[tensor], forward = p->last_forward[tensor];
  if (p->config == WC_MBS_R && p->g->tensors[tensor].producer < p->n_forward && p->stored[tensor]) {
    return true;
  }
  if (next->a >= p->n_forward) {
    return last >= next->b;
  }
  return (forward != WC_NONE && forward >= next->b) || last == p->n_nodes ||
         (last >= p->n_forward && wc_is_stored(p, &seg->shape.keeping, tensor));
}

/* True when stay @out of @seg can be handed to @next. */
static bool passes(const struct wc_planner *p, const struct wc_segment *seg, uint32_t out,
                   const struct wc_segment *next) {
  const struct wc_stay *s = &seg->stays[out];
  if (!s->store || s->load || s->given || s->tensor == WC_NONE ||
      !p->g->tensors[s->tensor].per_sample || stay_of(seg, s->tensor) != out) {
    return false;
  }
  const uint32_t in = stay_of(next, s->tensor);
  return in != WC_NONE && next->stays[in].load;
}

/* What comes into @seg in the block of stay @out; NULL: nothing. */
static const struct wc_handed *shares_with(const struct wc_segment *seg, uint32_t out) {
  const struct wc_hands *hands = seg->shape.hands;
  for (uint32_t i = 0; hands != NULL && i < hands->n; i++) {
    if (!hands->at[i].out &&
        seg->stays[stay_of(seg, hands->at[i].tensor)].block == seg->stays[out].block) {
      return &hands->at[i];
    }
  }
  return NULL;
}

/* True when @h lies in the lower half. */
static bool is_low(const struct wc_planner *p, const struct wc_handed *h) {
  return h->at - p->gb_base < p->gb_limit - h->at;
}

/* Gives @h a place at the end of the buffer where less is taken. */
static void give_place(const struct wc_planner *p, struct wc_handed *h, struct wc_hands *hands) {
  const uint64_t bytes = wc_round_up(bytes_of(p, h), p->align);
  if (hands->low <= hands->high) {
    h->at = p->gb_base + hands->low;
    hands->low += bytes;
  } else {
    hands->high += bytes;
    h->at = p->gb_limit - hands->high;
  }
}

static void note_taken(const struct wc_planner *p, const struct wc_handed *h,
                       struct wc_hands *hands) {
  if (is_low(p, h)) {
    const uint64_t end = wc_round_up(h->at + bytes_of(p, h) - p->gb_base, p->align);
    hands->low = end > hands->low ? end : hands->low;
  } else {
    const uint64_t end = wc_round_up(p->gb_limit - h->at, p->align);
    hands->high = end > hands->high ? end : hands->high;
  }
}

uint32_t wc_hands_over(const struct wc_planner *p, const struct wc_segment *seg,
                       const struct wc_segment *next, uint32_t samples, struct wc_hands *out,
                       struct wc_hands *in) {
  *out = *in = (struct wc_hands){0};
  if (seg->shape.hands != NULL) {
    *out = *seg->shape.hands;
  }
  const uint64_t space = p->gb_limit - p->gb_base;
  for (uint32_t i = 0; i < seg->n_stays && in->n < EACH; i++) {
    if (!passes(p, seg, i, next)) {
      continue;
    }
    const struct wc_handed *shared = shares_with(seg, i);
    struct wc_handed h = {.tensor = seg->stays[i].tensor, .from = p->batch - samples, .out = true};
    h.store = has_other_readers(p, seg, next, h.tensor);
    struct wc_hands with = *out;
    if (shared != NULL) {
      if (shared->from > h.from) { /* no more than came in, or sub-batches would be parted */
        continue;
      }
      h.at = origin(p, shared) + h.from * wc_tensor_pitch(&p->g->tensors[h.tensor]);
    } else {
      give_place(p, &h, &with);
    }
    if (with.low + with.high >= space) {
      continue;
    }
    with.at[with.n++] = h;
    *out = with;
    h.out = false;
    in->at[in->n++] = h;
    note_taken(p, &h, in);
  }
  return in->n;
}

/* ---- from group to group ---- */

uint32_t wc_runs_in_turn(const struct wc_group *groups, uint32_t n, uint32_t turn) {
  const bool backward = turn >= n;
  const uint32_t i = backward ? 2 * n - 1 - turn : turn;
  return groups[i].direction == (backward ? WC_BACKWARD : WC_FORWARD) ? i : WC_NONE;
}

static uint32_t common_multiple(uint32_t a, uint32_t b) {
  uint32_t multiple = a;
  while (multiple % b != 0) {
    multiple += a;
  }
  return multiple;
}

/* As many of the last @most samples as are whole sub-batches of both. */
static uint32_t whole_sub_batches(const struct wc_planner *p, uint32_t most, uint32_t a,
                                  uint32_t b) {
  const uint32_t multiple = common_multiple(a, b);
  const uint64_t from = most >= p->batch ? 0 : wc_round_up(p->batch - most, multiple);
  return from >= p->batch ? 0 : p->batch - (uint32_t)from;
}

static bool resolve_one(const struct wc_planner *p, const struct wc_group *groups, uint32_t before,
                        uint32_t i) {
  const struct wc_group *a = &groups[before], *b = &groups[i];
  const uint32_t samples = whole_sub_batches(p, a->hand, a->sub_batch, b->sub_batch);
  if (samples == 0) {
    return true;
  }
  struct wc_hands out, in;
  if (!wc_segment_make(p, wc_pass_begin(p, a), wc_pass_end(p, a),
                       wc_group_shape(p, a, &p->hands[before]), &p->work[0]) ||
      !wc_segment_make(p, wc_pass_begin(p, b), wc_pass_end(p, b), wc_group_shape(p, b, NULL),
                       &p->work[1])) {
    return false;
  }
  if (wc_hands_over(p, &p->work[0], &p->work[1], samples, &out, &in) > 0) {
    p->hands[before] = out;
    p->hands[i] = in;
  }
  return true;
}

bool wc_hands_resolve(const struct wc_planner *p, const struct wc_group *groups, uint32_t n) {
  bool ok = true;
  uint32_t before = WC_NONE;
  memset(p->hands, 0, n * sizeof *p->hands);
  for (uint32_t turn = 0; ok && turn < 2 * n; turn++) {
    const uint32_t i = wc_runs_in_turn(groups, n, turn);
    if (i == WC_NONE) {
      continue;
    }
    if (before != WC_NONE && groups[before].hand > 0 && groups[before].way == WC_WAY_SEGMENT &&
        groups[i].way == WC_WAY_SEGMENT) {
      ok = resolve_one(p, groups, before, i);
    }
    before = i;
  }
  return ok;
}
