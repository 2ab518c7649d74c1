/* Local search with falling temperature over groups, sub-batches and what is pinned. */
#include "search.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "rng.h"

static const char *const objective_names[WC_OBJECTIVES] = {[WC_OBJECTIVE_TRAFFIC] = "traffic",
                                                           [WC_OBJECTIVE_TIME] = "time",
                                                           [WC_OBJECTIVE_ENERGY] = "energy"};

const char *wc_objective_name(enum wc_objective objective) {
  return (unsigned)objective < WC_OBJECTIVES ? objective_names[objective] : "?";
}

bool wc_objective_parse(const char *name, enum wc_objective *objective) {
  for (int i = 0; i < WC_OBJECTIVES; i++) {
    if (strcmp(name, objective_names[i]) == 0) {
      *objective = (enum wc_objective)i;
      return true;
    }
  }
  return false;
}

/* A plan may be slower than the present one by this share, at first, and still be gone on from. */
#define TEMPERATURE 0.004
/* Proposals that do not fit cost little; so many for each plan judged before the search ends. */
#define PROPOSALS 32

/* Groups of one direction, ascending. */
struct row {
  uint32_t n;
  struct wc_group *at;
};

struct state {
  struct row row[2]; /* forward, backward */
};

struct walk {
  const struct wc_graph *graph;
  enum wc_config config;
  uint32_t batch, each; /* samples of all cores, of one */
  const struct wc_target *target;
  const struct wc_search *search;
  struct wc_cycles *model;
  struct wc_group *list; /* both rows, for the planner */
  uint64_t draws;
};

static uint32_t draw(struct walk *w, uint32_t n) {
  return wc_rng_below(wc_rng(0, WC_RNG_SEARCH, w->draws++), n);
}

/* True once in @n. */
static bool once_in(struct walk *w, uint32_t n) {
  return draw(w, n) == 0;
}

/* What the configuration allows, and what has a meaning. */
static void settle(const struct walk *w, struct wc_group *g) {
  const bool single = g->first == g->last;
  if (w->config == WC_IL && !single) {
    g->sub_batch = w->each;
  }
  if (g->sub_batch == 0 && !single) {
    g->sub_batch = 1;
  }
  g->way = g->sub_batch == 0 ? WC_WAY_NODES : WC_WAY_SEGMENT;
  g->reuse = g->reuse && (w->config == WC_MBS2 || w->config == WC_MBS_R);
  g->keep = g->way == WC_WAY_NODES ? WC_KEEP_ALL : g->keep;
}

/* Another rule for what is kept, or room for two sub-batches or not: mbs-r. */
static void other_keeping(struct walk *w, struct wc_group *g) {
  const uint32_t rules = (w->search->keep == NULL ? WC_KEEP_NONE : *w->search->keep) + 1;
  if (once_in(w, 3)) {
    g->room = !g->room;
  } else {
    g->keep = (enum wc_keep)draw(w, rules);
  }
}

/* Another sub-batch, balanced, small ones as likely as large ones; for a single node 0 as well: as
 * the planner cuts it. */
static void other_sub_batch(struct walk *w, struct wc_group *g) {
  const uint32_t few = w->each < 8 ? w->each : 8;
  const uint32_t most = once_in(w, 2) ? 1 + draw(w, few) : w->each / (1 + draw(w, few));
  const uint32_t iterations = (w->each + most - 1) / most;
  g->sub_batch = once_in(w, 12) ? 0 : (w->each + iterations - 1) / iterations;
}

static void change_one(struct walk *w, struct wc_group *g) {
  switch (draw(w, w->config == WC_MBS_R ? 8 : 6)) {
    case 0:
      g->reuse = !g->reuse;
      break;
    case 1:
    case 2:
      g->pin = !g->pin;
      break;
    case 6:
    case 7:
      other_keeping(w, g);
      break;
    default:
      other_sub_batch(w, g);
  }
  settle(w, g);
}

static void merge(struct walk *w, struct row *r, uint32_t i) {
  struct wc_group *a = &r->at[i], *b = a + 1;
  const uint32_t first = a->first, last = b->last;
  if (once_in(w, 2)) {
    *a = *b;
  }
  a->first = first;
  a->last = last;
  settle(w, a);
  memmove(b, b + 1, (r->n - i - 2) * sizeof *b);
  r->n--;
}

static void split(struct walk *w, struct row *r, uint32_t i) {
  struct wc_group *a = &r->at[i];
  const uint32_t end = a->first + draw(w, a->last - a->first);
  memmove(a + 1, a, (r->n - i) * sizeof *a);
  r->n++;
  a[0].last = end;
  a[1].first = end + 1;
  settle(w, &a[0]);
  settle(w, &a[1]);
}

static void move_border(struct walk *w, struct row *r, uint32_t i) {
  struct wc_group *a = &r->at[i], *b = a + 1;
  a->last = a->first + draw(w, b->last - a->first);
  b->first = a->last + 1;
  settle(w, a);
  settle(w, b);
}

static void propose(struct walk *w, struct state *s) {
  struct row *r = &s->row[draw(w, 2)];
  const uint32_t i = draw(w, r->n), kind = draw(w, 20);
  const bool has_next = i + 1 < r->n;
  if (kind < 11) {
    change_one(w, &r->at[i]);
  } else if (kind < 14 && r->at[i].last > r->at[i].first) {
    split(w, r, i);
  } else if (kind < 17 && has_next) {
    merge(w, r, i);
  } else if (has_next) {
    move_border(w, r, i);
  }
}

static void copy(struct state *to, const struct state *from) {
  for (unsigned d = 0; d < 2; d++) {
    to->row[d].n = from->row[d].n;
    memcpy(to->row[d].at, from->row[d].at, from->row[d].n * sizeof *to->row[d].at);
  }
}

static uint32_t join(const struct state *s, struct wc_group *list) {
  memcpy(list, s->row[0].at, s->row[0].n * sizeof *list);
  memcpy(list + s->row[0].n, s->row[1].at, s->row[1].n * sizeof *list);
  return s->row[0].n + s->row[1].n;
}

/* What the plan's step costs; UINT64_MAX: cannot be had. */
static uint64_t cost_of(struct walk *w, const uint32_t *words, size_t bytes, uint64_t addr) {
  const struct wc_search *s = w->search;
  uint64_t counters[WC_COUNTERS] = {0};
  if (!s->untimed && !wc_cycles_stream(w->model, words, bytes, addr, counters, NULL, NULL)) {
    return UINT64_MAX;
  }
  const uint64_t cycles = counters[WC_C_CYCLES];
  return s->cost != NULL ? s->cost(s->cost_arg, words, bytes, cycles) : cycles;
}

/* The step without the update, placed right behind what it moves. */
static uint64_t judge_plan(struct walk *w, const struct wc_plan *plan, struct wc_report *why) {
  uint32_t *words = NULL;
  size_t bytes;
  const uint64_t cost =
      wc_plan_codegen(plan, 0, plan->step, plan->n_step, w->target, &words, &bytes, why)
          ? cost_of(w, words, bytes, plan->mirror != 0 ? plan->mirror : plan->stream.addr)
          : UINT64_MAX;
  free(words);
  return cost;
}

/* The same of groups; UINT64_MAX when they do not fit. */
static uint64_t judge(struct walk *w, const struct state *s) {
  struct wc_report why = {""};
  const uint32_t n = join(s, w->list);
  struct wc_plan *plan =
      wc_plan_make(w->graph, w->config, WC_TRAIN, w->batch, w->target, w->list, n, &why);
  const uint64_t cycles = plan != NULL ? judge_plan(w, plan, &why) : UINT64_MAX;
  wc_plan_delete(plan);
  return cycles;
}

static bool new_state(struct state *s, uint32_t nodes) {
  for (unsigned d = 0; d < 2; d++) {
    s->row[d].at = calloc(nodes, sizeof *s->row[d].at);
  }
  return s->row[0].at != NULL && s->row[1].at != NULL;
}

static void free_state(struct state *s) {
  free(s->row[0].at);
  free(s->row[1].at);
}

/* Each direction of the plan's groups, to be changed by itself. */
static void take_groups(struct state *s, const struct wc_group *groups, uint32_t n) {
  for (unsigned d = 0; d < 2; d++) {
    struct row *r = &s->row[d];
    r->n = 0;
    for (uint32_t i = 0; i < n; i++) {
      if (groups[i].direction == (d == 0 ? WC_BACKWARD : WC_FORWARD)) {
        continue;
      }
      r->at[r->n] = groups[i];
      r->at[r->n].direction = d == 0 ? WC_FORWARD : WC_BACKWARD;
      if (r->at[r->n].way == WC_WAY_NODES) {
        r->at[r->n].sub_batch = 0;
      }
      r->n++;
    }
  }
}

static void progress(const struct walk *w, uint32_t done, uint64_t cycles) {
  if (w->search->progress != NULL) {
    w->search->progress(w->search->arg, done, w->search->plans, cycles);
  }
}

/* Groups within bounds that a search may begin with, beside those of least traffic. Of mbs-r at
 * first no MAC is done again, then ever more. Those that count operands are for energy. */
static const struct wc_bounds starts[] = {
    {.keep = WC_KEEP_ALL, .operands = true}, {.keep = WC_KEEP_BARE, .operands = true},
    {.keep = WC_KEEP_ALL, .room = true},     {.keep = WC_KEEP_CONVS, .room = true},
    {.keep = WC_KEEP_BARE, .room = true},    {.keep = WC_KEEP_BARE},
    {.keep = WC_KEEP_WIDE, .room = true},    {.keep = WC_KEEP_MODULES, .room = true},
    {.keep = WC_KEEP_NONE, .room = true}};
#define N_STARTS (sizeof starts / sizeof *starts)
static const struct wc_bounds operands = {.keep = WC_KEEP_NONE, .operands = true};

static bool may_begin(const struct walk *w, const struct wc_bounds *how) {
  const enum wc_keep *bound = w->search->keep;
  return w->config == WC_MBS_R ? how->keep != WC_KEEP_ALL && (bound == NULL || how->keep <= *bound)
                               : w->config >= WC_MBS1 && how->keep == WC_KEEP_ALL;
}

/* Groups of mbs2 as they are without a search. Returns their number; 0: there are none. */
static uint32_t groups_of_mbs2(const struct walk *w, struct wc_group **groups) {
  struct wc_report why;
  struct wc_plan *plan =
      wc_plan_make(w->graph, WC_MBS2, WC_TRAIN, w->batch, w->target, NULL, 0, &why);
  uint32_t n = 0;
  if (plan != NULL) {
    *groups = plan->schedule.groups;
    n = plan->schedule.n_groups;
    plan->schedule.groups = NULL;
  }
  wc_plan_delete(plan);
  return n;
}

/* Start @i, of mbs-r at last those of mbs2. Returns their number; 0: there is none. */
static uint32_t start(const struct walk *w, uint32_t i, struct wc_group **groups) {
  struct wc_report why;
  const bool own = i < N_STARTS;
  const struct wc_bounds how = own ? starts[i] : operands;
  *groups = NULL;
  if (own ? !may_begin(w, &how) : w->config != WC_MBS_R) {
    return 0;
  }
  if (i == N_STARTS) {
    return groups_of_mbs2(w, groups);
  }
  return how.operands && !w->search->operands
             ? 0
             : wc_bounded_groups(w->graph, own ? w->config : WC_MBS2, w->batch, w->target, how,
                                 groups, &why);
}

/* Takes the fastest start to @now. Returns how many plans were judged. */
static uint32_t choose_start(struct walk *w, struct state *now, struct state *try,
                             uint64_t *cycles) {
  uint32_t done = 0;
  for (uint32_t i = 0; i < N_STARTS + 2 && 1 + done < w->search->plans; i++) {
    struct wc_group *groups;
    const uint32_t n = start(w, i, &groups);
    if (n > 0) {
      take_groups(try, groups, n);
      const uint64_t c = judge(w, try);
      done++;
      if (c < *cycles) {
        *cycles = c;
        copy(now, try);
      }
      progress(w, 1 + done, *cycles);
    }
    free(groups);
  }
  return done;
}

/* From @now, whose step takes *@cycles, to @best. */
static void search(struct walk *w, struct state *now, struct state *try, struct state *best,
                   uint64_t *cycles) {
  const uint32_t plans = w->search->plans;
  uint32_t done = 1 + choose_start(w, now, try, cycles);
  uint64_t present = *cycles;
  copy(best, now);
  for (uint64_t k = 0; done < plans && k < (uint64_t)plans * PROPOSALS; k++) {
    copy(try, now);
    propose(w, try);
    if (once_in(w, 3)) {
      propose(w, try);
    }
    const uint64_t c = judge(w, try);
    if (c == UINT64_MAX) {
      continue;
    }
    done++;
    const double left = 1 - (double)done / (double)plans;
    const double heat = TEMPERATURE * left * wc_rng_unit(wc_rng(0, WC_RNG_SEARCH, w->draws++));
    if ((double)c < (double)present * (1 + heat)) {
      present = c;
      copy(now, try);
    }
    if (c < *cycles) {
      *cycles = c;
      copy(best, try);
    }
    progress(w, done, *cycles);
  }
}

/* Searches from @plan on; returns the number of groups, 0 without memory. */
static uint32_t improve(struct walk *w, const struct wc_plan *plan, uint64_t *cycles,
                        struct wc_group *groups) {
  const uint32_t nodes = w->graph->n_forward;
  struct state state[3] = {0};
  bool ok = true;
  uint32_t n = 0;
  for (unsigned i = 0; i < 3; i++) {
    ok = new_state(&state[i], nodes) && ok;
  }
  w->list = calloc(2 * (size_t)nodes, sizeof *w->list);
  if (ok && w->list != NULL) {
    take_groups(&state[0], plan->schedule.groups, plan->schedule.n_groups);
    search(w, &state[0], &state[1], &state[2], cycles);
    n = join(&state[2], groups);
  }
  for (unsigned i = 0; i < 3; i++) {
    free_state(&state[i]);
  }
  free(w->list);
  return n;
}

static uint32_t keep(const struct wc_plan *plan, struct wc_group *groups) {
  const struct wc_schedule *s = &plan->schedule;
  memcpy(groups, s->groups, s->n_groups * sizeof *groups);
  for (uint32_t i = 0; i < s->n_groups; i++) {
    if (groups[i].way == WC_WAY_NODES) {
      groups[i].sub_batch = 0;
    }
  }
  return s->n_groups;
}

/* @groups has room for two of every node. */
static uint32_t search_from(struct walk *w, const struct wc_plan *plan, struct wc_group *groups,
                            uint64_t cycles[2], struct wc_report *why) {
  const bool free_choice = !wc_config_layer_by_layer(w->config) && w->config != WC_MBS_FS;
  cycles[0] = cycles[1] = judge_plan(w, plan, why);
  if (cycles[0] == UINT64_MAX) {
    wc_fail(why, "network %s: its stream cannot be timed", w->graph->name);
    return 0;
  }
  const uint32_t n = free_choice ? improve(w, plan, &cycles[1], groups) : keep(plan, groups);
  if (n == 0) {
    wc_fail(why, "network %s: out of memory while planning", w->graph->name);
  }
  return n;
}

/* The plan with least traffic that the search may begin with. */
static struct wc_plan *first_plan(const struct walk *w, struct wc_report *why) {
  struct wc_group *groups = NULL;
  uint32_t n = 0;
  if (w->config == WC_MBS_R && w->search->keep != NULL) {
    const struct wc_bounds how = {.keep = *w->search->keep};
    n = wc_bounded_groups(w->graph, w->config, w->batch, w->target, how, &groups, why);
    if (n == 0) {
      return NULL;
    }
  }
  struct wc_plan *plan =
      wc_plan_make(w->graph, w->config, WC_TRAIN, w->batch, w->target, groups, n, why);
  free(groups);
  return plan;
}

uint32_t wc_search_groups(const struct wc_graph *graph, enum wc_config config, uint32_t batch,
                          const struct wc_target *target, const struct wc_search *search,
                          struct wc_group **groups, uint64_t cycles[2], struct wc_report *why) {
  const uint32_t cores = target->cores == 0 ? 1 : target->cores;
  struct walk w = {.graph = graph,
                   .config = config,
                   .batch = batch,
                   .each = batch / cores,
                   .target = target,
                   .search = search};
  uint32_t n = 0;
  struct wc_plan *plan = first_plan(&w, why);
  if (plan == NULL) {
    return 0;
  }
  w.model = wc_cycles_new(search->device, &search->memory);
  *groups = calloc(2 * (size_t)graph->n_forward, sizeof **groups);
  if (w.model == NULL || *groups == NULL) {
    wc_fail(why, "network %s: out of memory while planning", graph->name);
  } else {
    n = search_from(&w, plan, *groups, cycles, why);
  }
  if (n == 0) {
    free(*groups);
    *groups = NULL;
  }
  if (w.model != NULL) {
    wc_cycles_delete(w.model);
  }
  wc_plan_delete(plan);
  return n;
}

struct wc_program *wc_search_compile(const struct wc_graph *graph, enum wc_config config,
                                     uint32_t batch, const struct wc_target *target,
                                     const struct wc_search *search, struct wc_report *why) {
  struct wc_group *groups = NULL;
  uint64_t cycles[2];
  uint32_t n = 0;
  if (search->plans > 0) {
    n = wc_search_groups(graph, config, batch, target, search, &groups, cycles, why);
    if (n == 0) {
      return NULL;
    }
  }
  struct wc_program *program = wc_compile_groups(graph, config, batch, target, groups, n, why);
  free(groups);
  return program;
}
