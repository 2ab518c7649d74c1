/* The rules by which a unit's commands follow each other. */
#include "cycles_units.h"

#include "later.h"

enum {
  SETUP = 33,  /* GEMM: from one command's take to the next one's */
  FEED = 12,   /* from take to the feeds when nothing is under way, */
  JUDGED = 32, /* and when ranges must be compared */
  VEC_TAKE = 3 /* VEC: from the cycle it sees a command to cmd_ready, beside one a stream */
};

struct wc_place wc_place_dma(struct wc_dma_chain *chain, const struct wc_timing *alone,
                             uint64_t ready, uint64_t lost) {
  struct wc_timing placed;
  const uint64_t free = chain->count == 0 ? 0 : chain->end;
  wc_dma_chain_add(chain, alone, ready, lost, &placed);
  return (struct wc_place){chain->take, free, chain->take, placed.begin, placed.end, placed.done};
}

/* Widens @reach by @n steps of @stride. */
static void widen(struct wc_reach *reach, uint32_t n, int64_t stride) {
  const int64_t by = (int64_t)(n - 1) * stride;
  if (by < 0)
    reach->low += by;
  else
    reach->high += by;
}

static bool meet(const struct wc_reach *a, const struct wc_reach *b) {
  return a->low < b->high && b->low < a->high;
}

static struct wc_reach reach_a(const struct wc_gemm *g) {
  struct wc_reach a = {g->a_base, (int64_t)g->a_base + 2};
  widen(&a, g->p2, g->a_s2);
  widen(&a, g->h, g->a_s1);
  widen(&a, g->w, g->a_s0);
  widen(&a, g->q0, 2);
  return a;
}

static struct wc_reach reach_b(const struct wc_gemm *g) {
  struct wc_reach b = {g->b_base, (int64_t)g->b_base + 2};
  widen(&b, g->a_trans ? g->p2 : g->q2, g->b_s2);
  widen(&b, g->a_trans ? g->p1 : g->q1, g->b_s1);
  widen(&b, g->a_trans ? g->p0 : g->q0, g->b_s0);
  widen(&b, g->n, g->b_sn);
  return b;
}

static struct wc_reach reach_c(const struct wc_gemm *g) {
  const int64_t bytes = g->c_fp32 ? 4 : 2;
  struct wc_reach c = {g->c_base, (int64_t)g->c_base + bytes};
  widen(&c, g->a_trans ? g->q2 : g->p2, g->c_s2);
  widen(&c, g->a_trans ? g->q1 : g->p1, g->c_s1);
  widen(&c, g->a_trans ? g->q0 : g->p0, g->c_s0);
  widen(&c, g->n, bytes);
  return c;
}

struct wc_gemm_reach wc_reach_of_gemm(const struct wc_gemm *g) {
  return (struct wc_gemm_reach){reach_a(g), reach_b(g), reach_c(g)};
}

/* When the feeds take a command that setup took in @take. */
static uint64_t feed_of(const struct wc_gemm_chain *chain, const struct wc_gemm_reach *reach,
                        uint64_t take) {
  if (chain->count == 0 || chain->done[0] <= take)
    return take + FEED;
  uint64_t feed = wc_later(take + JUDGED, wc_later(chain->fed, chain->end[1]));
  for (unsigned i = 0; i < 2; i++) {
    if (chain->done[i] != 0 && (meet(&reach->a, &chain->c[i]) || meet(&reach->b, &chain->c[i])))
      feed = wc_later(feed, chain->done[i] + 1);
  }
  return feed;
}

struct wc_place wc_place_gemm(struct wc_gemm_chain *chain, const struct wc_gemm_reach *reach,
                              const struct wc_timing *alone, uint64_t ready) {
  uint64_t take = ready;
  if (chain->count != 0)
    take = wc_later(take, wc_later(chain->take + SETUP, chain->feed + 1));
  const uint64_t feed = feed_of(chain, reach, take);
  const uint64_t before = chain->done[1] != 0 ? chain->done[1] + 2 : 0;
  const uint64_t begin = wc_later(feed + alone->begin - FEED, wc_later(chain->end[0], before));
  const uint64_t end = begin + alone->end - alone->begin;
  const uint64_t next = chain->count != 0 ? chain->done[0] + 1 : 0;
  const struct wc_place place = {
      take, chain->end[0], feed, begin, end, wc_later(end + alone->done - alone->end, next)};
  *chain = (struct wc_gemm_chain){.count = chain->count + 1,
                                  .take = take,
                                  .feed = feed,
                                  .fed = feed + alone->fed - FEED,
                                  .end = {end, chain->end[0]},
                                  .done = {place.done, chain->done[0]},
                                  .c = {reach->c, chain->c[0]}};
  return place;
}

struct wc_place wc_place_vec(struct wc_units *units, uint32_t streams,
                             const struct wc_timing *alone, uint64_t ready) {
  const uint64_t free = units->vec_free, start = wc_later(ready, free);
  const uint64_t done = start + alone->done;
  units->vec_free = done + 1;
  return (struct wc_place){.take = start + streams + VEC_TAKE,
                           .free = free,
                           .coming = start,
                           .begin = start + alone->begin,
                           .end = start + alone->end,
                           .done = done};
}
