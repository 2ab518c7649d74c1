/* Which results a summary needs, and making them. */
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greedy.h"
#include "report.h"
#include "summary.h"
#include "traffic_json.h"

#define MIB (UINT64_C(1) << 20)

static const char *const memories[] = {"hbm2", "hbm2x2", "gddr5", "lpddr4"};
enum { MEMORIES = sizeof memories / sizeof *memories };

void wc_summary_scope_init(struct wc_summary_scope *scope, const struct wc_estimate_setup *base,
                           bool quick) {
  static const struct wc_summary_scope paper = {
      .nets = {"resnet50", "resnet101", "resnet152", "inception3", "inception4", "alexnet"},
      .deep = 5,
      .each = {32, 32, 32, 32, 32, 64},
      .chip = "2 cores of 128 x 128 PEs with 10 MiB each at 0.7 GHz",
      .buffers = {1 * MIB, 2 * MIB, 5 * MIB, 10 * MIB, 20 * MIB, 40 * MIB},
      .batches = {4, 8, 16, 32, 64},
      .arrays = {32, 64, 128, 256}};
  static const struct wc_summary_scope small = {
      .nets = {"fmnist-resnet8"},
      .deep = 1,
      .each = {8},
      .chip = "1 core of 16 x 16 PEs with 256 KiB at 0.7 GHz",
      .buffers = {MIB / 32, MIB / 16, MIB / 8, MIB / 4, MIB},
      .batches = {2, 8, 32},
      .arrays = {8, 16, 32}};
  *scope = quick ? small : paper;
  scope->quick = quick;
  scope->base = *base;
  scope->base.model.threads = 1;
}

/* ---- which ---- */

static bool same(const struct wc_summary_job *a, const struct wc_summary_job *b) {
  const bool memory = a->memory == NULL || b->memory == NULL ? a->memory == b->memory
                                                             : strcmp(a->memory, b->memory) == 0;
  return memory && strcmp(a->net, b->net) == 0 && a->config == b->config &&
         a->choice == b->choice && a->each == b->each && a->buffer == b->buffer &&
         a->array == b->array;
}

struct list {
  struct wc_summary *s;
  size_t room;
  bool ok;
};

static void add(struct list *list, struct wc_summary_job job) {
  struct wc_summary *s = list->s;
  for (size_t i = 0; i < s->n; i++) {
    if (same(&s->jobs[i], &job))
      return;
  }
  if (list->ok && s->n == list->room) {
    list->room = list->room == 0 ? 64 : 2 * list->room;
    struct wc_summary_job *jobs = realloc(s->jobs, list->room * sizeof *jobs);
    list->ok = jobs != NULL;
    s->jobs = list->ok ? jobs : s->jobs;
  }
  if (list->ok)
    s->jobs[s->n++] = job;
}

struct wc_summary_job wc_summary_key(const struct wc_summary *summary, unsigned net,
                                     enum wc_config config, const char *memory) {
  const struct wc_summary_scope *scope = summary->scope;
  return (struct wc_summary_job){.net = scope->nets[net],
                                 .config = config,
                                 .memory = memory,
                                 .each = scope->each[net],
                                 .buffer = scope->base.target.gbuf_bytes,
                                 .array = scope->base.model.rows};
}

/* Other groups of mbs2, on the memories that the paper compares. */
static void list_choices(struct list *list, unsigned net) {
  for (int choice = WC_CHOICE_LEAST + 1; choice < WC_CHOICES; choice++) {
    for (unsigned m = 0; m < 2; m++) {
      struct wc_summary_job job = wc_summary_key(list->s, net, WC_MBS2, memories[m]);
      job.choice = (enum wc_summary_choice)choice;
      add(list, job);
    }
  }
}

/* Every configuration on the first memory; what the paper compares on all; sweeps over buffers by
 * traffic, over batch and array of the first network. */
static bool list_jobs(struct wc_summary *s) {
  const struct wc_summary_scope *scope = s->scope;
  struct list list = {.s = s, .ok = true};
  for (unsigned net = 0; net < WC_SUMMARY_NETS && scope->nets[net] != NULL; net++) {
    for (int c = 0; c < WC_CONFIGS; c++) {
      const enum wc_config config = (enum wc_config)c;
      const bool compared = c == WC_BASELINE || c == WC_MBS2 || c == WC_CONFIGS - 1;
      for (unsigned m = 0; m < (compared ? MEMORIES : 1); m++)
        add(&list, wc_summary_key(s, net, config, memories[m]));
      for (unsigned i = 0; i < WC_SUMMARY_SIZES && scope->buffers[i] != 0; i++) {
        struct wc_summary_job job = wc_summary_key(s, net, config, NULL);
        job.buffer = scope->buffers[i];
        if (c != WC_ARCHOPT)
          add(&list, job);
      }
    }
    list_choices(&list, net);
  }
  for (int c = 0; c < WC_CONFIGS; c++) {
    for (unsigned i = 0; i < WC_SUMMARY_SIZES && scope->batches[i] != 0; i++) {
      struct wc_summary_job job = wc_summary_key(s, 0, (enum wc_config)c, NULL);
      job.each = scope->batches[i];
      if (c != WC_ARCHOPT)
        add(&list, job);
    }
    for (unsigned i = 0; i < WC_SUMMARY_SIZES && scope->arrays[i] != 0; i++) {
      struct wc_summary_job job = wc_summary_key(s, 0, (enum wc_config)c, memories[0]);
      job.array = scope->arrays[i];
      if (c == WC_BASELINE || c >= WC_MBS2)
        add(&list, job);
    }
  }
  return list.ok;
}

/* ---- making them ---- */

struct crew {
  struct wc_summary *summary;
  const char *keep;
  void (*progress)(size_t done, size_t of);
  pthread_mutex_t lock; /* of what follows */
  size_t next, done;
  bool failed;
  struct wc_report why;
};

static struct wc_estimate_setup setup_of(const struct wc_summary *s,
                                         const struct wc_summary_job *job) {
  struct wc_estimate_setup setup = s->scope->base;
  const uint32_t cores = setup.target.cores == 0 ? 1 : setup.target.cores;
  setup.config = job->config;
  setup.batch = job->each * cores;
  setup.memory = job->memory;
  setup.target.gbuf_bytes = setup.model.gbuf_bytes = job->buffer;
  setup.model.rows = setup.model.cols = setup.model.lanes = job->array;
  setup.target.device.rows = setup.target.device.cols = setup.target.device.lanes = job->array;
  return setup;
}

static json_t *schedule(const struct wc_graph *graph, const struct wc_estimate_setup *setup,
                        struct wc_report *why) {
  struct wc_plan *plan =
      wc_plan_make(graph, setup->config, WC_TRAIN, setup->batch, &setup->target, NULL, 0, why);
  if (plan == NULL)
    return NULL;
  json_t *result =
      json_pack("{s:s, s:s, s:i, s:i, s:I, s:o}", "network", graph->name, "config",
                wc_config_name(setup->config), "batch", setup->batch, "groups",
                plan->schedule.n_groups, "buffer_bytes", (json_int_t)setup->target.gbuf_bytes,
                "dram_bytes", wc_traffic_json(plan->class_bytes));
  wc_plan_delete(plan);
  return result;
}

/* Sets the groups of @setup, which are the caller's (free). */
static bool choose(const struct wc_graph *graph, enum wc_summary_choice choice,
                   struct wc_estimate_setup *setup, struct wc_group **groups,
                   struct wc_report *why) {
  const struct wc_bounds how = {.keep = WC_KEEP_NONE,
                                .room = choice == WC_CHOICE_ROOM,
                                .operands = choice == WC_CHOICE_OPERANDS};
  bool ok = true;
  *groups = NULL;
  if (how.room || how.operands) {
    setup->n_groups =
        wc_bounded_groups(graph, setup->config, setup->batch, &setup->target, how, groups, why);
    ok = setup->n_groups > 0;
  } else if (choice == WC_CHOICE_JOINT) {
    ok = wc_joint_groups(graph, setup->config, WC_GROUPING_JOINT, setup->batch, &setup->target,
                         groups, &setup->n_groups, why);
  }
  setup->groups = *groups;
  return ok;
}

static json_t *make(const struct wc_summary *s, const struct wc_summary_job *job) {
  struct wc_report why = {""};
  struct wc_estimate_setup setup = setup_of(s, job);
  struct wc_estimate estimate;
  struct wc_group *groups = NULL;
  struct wc_graph *graph = wc_net_build(job->net, &why);
  json_t *result = NULL;
  if (graph != NULL && job->memory == NULL)
    result = schedule(graph, &setup, &why);
  else if (graph != NULL && choose(graph, job->choice, &setup, &groups, &why) &&
           wc_estimate_make(graph, &setup, &estimate, &why))
    result = wc_estimate_json(graph, &setup, &estimate);
  free(groups);
  wc_graph_delete(graph);
  return result != NULL ? result : json_pack("{s:s}", "error", why.text);
}

static void kept_name(const struct crew *crew, const struct wc_summary_job *job, char *path,
                      size_t size) {
  static const char *const groups[WC_CHOICES] = {"", ".room", ".operands", ".joint"};
  snprintf(path, size, "%s/%s.%s.%s.b%" PRIu32 ".g%" PRIu64 ".a%" PRIu32 "%s.json", crew->keep,
           job->net, wc_config_name(job->config), job->memory != NULL ? job->memory : "plan",
           job->each, job->buffer, job->array, groups[job->choice]);
}

/* Makes the result of a job, or takes it from where it is kept. */
static bool work(struct crew *crew, struct wc_summary_job *job, struct wc_report *why) {
  char path[512];
  if (crew->keep != NULL) {
    kept_name(crew, job, path, sizeof path);
    job->result = json_load_file(path, 0, NULL);
    if (job->result != NULL)
      return true;
  }
  job->result = make(crew->summary, job);
  if (job->result == NULL)
    return wc_fail(why, "network %s: out of memory", job->net);
  return crew->keep == NULL || json_dump_file(job->result, path, JSON_INDENT(2)) == 0 ||
         wc_fail(why, "%s: cannot be written", path);
}

static void *member(void *arg) {
  struct crew *crew = arg;
  struct wc_summary *s = crew->summary;
  pthread_mutex_lock(&crew->lock);
  while (crew->next < s->n && !crew->failed) {
    struct wc_summary_job *job = &s->jobs[crew->next++];
    struct wc_report why = {""};
    pthread_mutex_unlock(&crew->lock);
    const bool ok = work(crew, job, &why);
    pthread_mutex_lock(&crew->lock);
    if (!ok && !crew->failed)
      crew->why = why;
    crew->failed = crew->failed || !ok;
    crew->done++;
    if (crew->progress != NULL)
      crew->progress(crew->done, s->n);
  }
  pthread_mutex_unlock(&crew->lock);
  return NULL;
}

bool wc_summary_make(struct wc_summary *summary, const struct wc_summary_scope *scope,
                     unsigned threads, const char *keep, void (*progress)(size_t done, size_t of),
                     struct wc_report *why) {
  enum { MOST = 64 };
  pthread_t thread[MOST];
  unsigned n = 0;
  *summary = (struct wc_summary){.scope = scope};
  if (!list_jobs(summary))
    return wc_fail(why, "report: out of memory");
  struct crew crew = {.summary = summary, .keep = keep, .progress = progress};
  pthread_mutex_init(&crew.lock, NULL);
  json_object_seed(0); /* before there are threads */
  const long processors = sysconf(_SC_NPROCESSORS_ONLN);
  const unsigned wanted = threads > 0 ? threads : processors > 0 ? (unsigned)processors : 1;
  while (n + 1 < wanted && n < MOST && pthread_create(&thread[n], NULL, member, &crew) == 0)
    n++;
  member(&crew);
  while (n > 0)
    pthread_join(thread[--n], NULL);
  pthread_mutex_destroy(&crew.lock);
  if (crew.failed)
    *why = crew.why;
  return !crew.failed;
}

void wc_summary_free(struct wc_summary *summary) {
  for (size_t i = 0; i < summary->n; i++)
    json_decref(summary->jobs[i].result);
  free(summary->jobs);
  *summary = (struct wc_summary){0};
}

/* ---- asking ---- */

const json_t *wc_summary_find(const struct wc_summary *summary, const struct wc_summary_job *key) {
  for (size_t i = 0; i < summary->n; i++) {
    const struct wc_summary_job *job = &summary->jobs[i];
    if (same(job, key))
      return json_object_get(job->result, "error") == NULL ? job->result : NULL;
  }
  return NULL;
}

json_t *wc_summary_json(const struct wc_summary *summary) {
  static const char *const choices[WC_CHOICES] = {"least", "room", "operands", "joint"};
  json_t *list = json_array();
  for (size_t i = 0; i < summary->n; i++) {
    const struct wc_summary_job *job = &summary->jobs[i];
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:s, s:s?, s:i, s:I, s:i, s:O}", "network", job->net, "config",
                        wc_config_name(job->config), "groups", choices[job->choice], "memory",
                        job->memory, "images_per_core", job->each, "buffer_bytes",
                        (json_int_t)job->buffer, "array", job->array, "result", job->result));
  }
  return list;
}
