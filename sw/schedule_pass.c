/* Groups of one direction with least DRAM traffic, when it is known what the forward pass stores
 * for the backward pass. See docs/scheduling.md. */
#include <stdlib.h>
#include <string.h>

#include "plan_build.h"
#include "plan_looks.h"
#include "report.h"

#define NEAR 30      /* nodes: groups up to this length may begin and end inside modules */
#define MAX_MISSES 8 /* a group grows no further when so many modules in a row bring nothing */

bool *wc_cuts_find(const struct wc_planner *p) {
  bool *cut = malloc(p->n_forward + 1);
  if (cut == NULL) {
    return NULL;
  }
  memset(cut, true, p->n_forward + 1);
  for (uint32_t i = 0; i < p->n_forward; i++) {
    const uint32_t last = i + p->fusible[i];
    bool fits = p->fusible[i] > 0 && last < p->n_forward;
    for (int d = WC_FORWARD; fits && d <= WC_BACKWARD; d++) {
      fits = wc_pass_segments(p, i, last, (enum wc_direction)d, (struct wc_keeping){0}, UINT64_MAX)
                 .way == WC_WAY_SEGMENT;
    }
    if (fits) {
      memset(cut + i + 1, false, p->fusible[i]);
    }
  }
  return cut;
}

bool wc_is_border(const struct wc_planner *p, const bool *cut, uint32_t k) {
  return k == 0 || k == p->n_forward || (cut[k] && p->module[p->g->nodes[k - 1].out[0]]);
}

bool wc_may_group(const struct wc_planner *p, const bool *cut, uint32_t near, uint32_t i,
                  uint32_t j) {
  return i + 1 == j || (j - i <= near && cut[i] && cut[j]) ||
         (wc_is_border(p, cut, i) && wc_is_border(p, cut, j));
}

/* Best partition of nodes 0 .. j-1: its traffic and its last group. */
struct best {
  uint64_t bytes;
  uint32_t first;
  struct wc_pass pass;
};

/* What is known of groups of one look. */
struct known {
  struct wc_pass pass;
  uint64_t asked; /* up to so many bytes; 0: not yet */
};

struct search {
  const struct wc_planner *p;
  enum wc_direction direction;
  enum wc_keep keep; /* FORWARD: the rule for all groups; BACKWARD: what is stored is known */
  const bool *cut;
  struct best *best;
  struct wc_looks *looks;
  struct known *known;
};

/* Nodes i .. j-1 as a group, if they move less than @budget. */
static struct wc_pass pass_of(struct search *s, uint32_t i, uint32_t j, uint64_t budget) {
  const uint32_t place = wc_looks_of(s->looks, i, j);
  struct known *known = place == WC_NONE ? NULL : &s->known[place];
  if (known != NULL && (known->asked >= budget || known->pass.way != WC_WAY_LEAST)) {
    return known->pass;
  }
  const struct wc_keeping keeping =
      s->direction == WC_FORWARD ? wc_keep_rule(s->p, s->keep, i, j - 1) : wc_keep_stored(s->p);
  const struct wc_pass pass = wc_pass_choose(s->p, i, j - 1, s->direction, keeping, budget);
  if (known != NULL) {
    *known = (struct known){pass, budget};
  }
  return pass;
}

/* Finds best[j] from best[0 .. j-1]. */
static void extend(struct search *s, uint32_t j) {
  struct best *best = s->best;
  unsigned misses = 0;
  best[j].bytes = UINT64_MAX;
  for (uint32_t i = j; i-- > 0 && misses < MAX_MISSES;) {
    if (!wc_may_group(s->p, s->cut, NEAR, i, j) || best[i].bytes >= best[j].bytes) {
      continue;
    }
    const struct wc_pass pass = pass_of(s, i, j, best[j].bytes - best[i].bytes);
    if (pass.most == 0 && i + 1 < j) {
      break; /* nor does a longer one fit */
    }
    misses += wc_is_border(s->p, s->cut, i) && wc_is_border(s->p, s->cut, j);
    if (pass.way != WC_WAY_LEAST && best[i].bytes + pass.bytes < best[j].bytes) {
      best[j] = (struct best){best[i].bytes + pass.bytes, i, pass};
      misses = 0;
    }
  }
}

static uint32_t collect(const struct search *s, struct wc_group *groups) {
  uint32_t n = 0;
  for (uint32_t j = s->p->n_forward; j > 0; j = s->best[j].first) {
    n++;
  }
  uint32_t k = n;
  for (uint32_t j = s->p->n_forward; j > 0; j = s->best[j].first) {
    const struct best *b = &s->best[j];
    groups[--k] = (struct wc_group){.first = b->first,
                                    .last = j - 1,
                                    .direction = s->direction,
                                    .way = b->pass.way,
                                    .sub_batch = b->pass.sub_batch,
                                    .reuse = b->pass.reuse,
                                    .pin = b->pass.way == WC_WAY_SEGMENT,
                                    .keep = b->pass.way == WC_WAY_SEGMENT ? s->keep : WC_KEEP_ALL,
                                    .room = s->p->bounds.room};
  }
  return n;
}

static uint32_t find_groups(const struct wc_planner *p, const bool *cut,
                            enum wc_direction direction, enum wc_keep keep,
                            struct wc_group *groups) {
  struct search s = {
      .p = p, .direction = direction, .keep = keep, .cut = cut, .looks = wc_looks_new(p)};
  s.best = calloc((size_t)p->n_forward + 1, sizeof *s.best);
  s.known = s.looks == NULL ? NULL : calloc(s.looks->n_places, sizeof *s.known);
  uint32_t n = 0;
  if (s.best != NULL && s.known != NULL) {
    for (uint32_t j = 1; j <= p->n_forward; j++) {
      extend(&s, j);
    }
    n = s.best[p->n_forward].bytes == UINT64_MAX ? 0 : collect(&s, groups);
  }
  free(s.best);
  free(s.known);
  wc_looks_delete(s.looks);
  return n;
}

/* Groups of both directions, each cut by itself: the backward nodes once it is known what the
 * forward pass stores. @together: forward groups are chosen with what each keeps and what that
 * costs in the backward pass; else all keep as much as @keep. */
static uint32_t cut_both(const struct wc_planner *p, const bool *cut, bool together,
                         enum wc_keep keep, struct wc_group *groups) {
  const uint32_t n = together ? wc_schedule_keep(p, cut, groups) / 2
                              : find_groups(p, cut, WC_FORWARD, keep, groups);
  if (n == 0 || p->mode == WC_INFER) {
    return n;
  }
  wc_keep_store(p, groups, n);
  const uint32_t back = find_groups(p, cut, WC_BACKWARD, WC_KEEP_ALL, groups + n);
  return back == 0 ? 0 : n + back;
}

/* Traffic of the step; UINT64_MAX: cannot be told. */
static uint64_t traffic(const struct wc_planner *p, const struct wc_group *groups, uint32_t n) {
  uint64_t bytes = 0;
  if (p->stored != NULL) {
    wc_keep_store(p, groups, n);
  }
  for (uint32_t i = 0; i < n; i++) {
    struct wc_choice choice;
    if (!wc_group_given(p, &groups[i], &p->hands[i], &choice) || !choice.feasible) {
      return UINT64_MAX;
    }
    bytes += choice.bytes;
  }
  return n == 0 ? UINT64_MAX : bytes;
}

/* Tells which node does not fit. */
static void report_misfit(const struct wc_planner *p, struct wc_report *why) {
  struct wc_choice choice = {0};
  for (uint32_t i = 0; i < p->n_forward; i++) {
    if (!wc_group_choose(p, i, i, 0, UINT64_MAX, &choice) || !choice.feasible) {
      break;
    }
  }
  wc_report_misfit(p, &choice, why);
}

/* What a configuration may do, it need not: what is found with less liberty is taken if it moves
 * less, for none of the searches looks at everything. */
static uint32_t best_of(const struct wc_planner *p, const bool *cut, struct wc_group *best,
                        struct wc_group *try) {
  /* Under rules that keep less, nodes would run again for several groups. */
  const enum wc_keep alike = p->bounds.keep < WC_KEEP_BARE ? p->bounds.keep : WC_KEEP_BARE;
  const struct {
    enum wc_config least; /* that may */
    bool together, reuse;
    enum wc_keep keep;
  } ways[] = {{WC_MBS_R, true, true, WC_KEEP_ALL},
              {WC_MBS_R, false, true, alike},
              {WC_MBS2, false, true, WC_KEEP_ALL},
              {WC_MBS1, false, false, WC_KEEP_ALL}};
  uint64_t least = UINT64_MAX;
  uint32_t n = 0;
  for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
    struct wc_planner way = *p;
    way.reuse = ways[i].reuse;
    const uint32_t found =
        p->config < ways[i].least ? 0 : cut_both(&way, cut, ways[i].together, ways[i].keep, try);
    wc_schedule_hands(p, try, p->bounds.room ? 0 : found);
    const uint64_t bytes = traffic(p, try, found);
    if (bytes < least) {
      least = bytes;
      n = found;
      memcpy(best, try, n * sizeof *best);
    }
  }
  return n;
}

uint32_t wc_schedule_passes(const struct wc_planner *p, struct wc_group **groups,
                            struct wc_report *why) {
  const size_t most = 2 * (size_t)p->n_forward;
  bool *cut = wc_cuts_find(p);
  struct wc_group *try = calloc(most, sizeof *try);
  *groups = calloc(most, sizeof **groups);
  const uint32_t n =
      cut != NULL && try != NULL && *groups != NULL ? best_of(p, cut, *groups, try) : 0;
  free(cut);
  free(try);
  if (n == 0) {
    report_misfit(p, why);
    free(*groups);
    *groups = NULL;
  }
  return n;
}
