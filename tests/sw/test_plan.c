/* Plans: consistent in themselves, equal in result, and exact in the traffic they announce.
 *
 * SEED=n repeats the random partitions and data of a run. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_id.h"
#include "net_build.h"
#include "plan.h"
#include "plan_trace.h"
#include "program.h"
#include "random.h"
#include "wc_cmocka.h"
#include "wc_model.h"

#define KIB UINT64_C(1024)
#define MEM_BYTES (UINT64_C(128) << 20)
#define STEPS 2

struct setting {
  const char *net;
  enum wc_config config;
  uint32_t batch;
  uint64_t gbuf;
};

static uint64_t seed;

static struct wc_plan *make(const struct wc_graph *g, const struct setting *s,
                            const struct wc_group *groups, uint32_t n) {
  struct wc_report why = {""};
  const struct wc_target target = {.gbuf_bytes = s->gbuf, .mem_bytes = MEM_BYTES};
  struct wc_plan *plan = wc_plan_make(g, s->config, WC_TRAIN, s->batch, &target, groups, n, &why);
  if (plan == NULL) {
    fail_msg("%s %s batch %" PRIu32 " buffer %" PRIu64 ": %s", s->net, wc_config_name(s->config),
             s->batch, s->gbuf, why.text);
  }
  return plan;
}

/* Fails the test, saying in which setting. */
static void fail_at(const struct setting *s, const char *format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  fail_msg("%s %s batch %" PRIu32 " buffer %" PRIu64 ": %s", s->net, wc_config_name(s->config),
           s->batch, s->gbuf, text);
}

/* ---- on symbols ---- */

static void check_trace(const struct wc_plan *plan, const struct setting *s) {
  char why[256];
  if (!wc_plan_trace(plan, why, sizeof why)) {
    fail_at(s, "%s", why);
  }
}

static const uint64_t buffers[] = {12 * KIB,  16 * KIB,  24 * KIB,   48 * KIB,   64 * KIB,
                                   128 * KIB, 256 * KIB, 1024 * KIB, 10240 * KIB};
#define N_BUFFERS (sizeof buffers / sizeof *buffers)
static const uint32_t batches[] = {1, 3, 7, 32};
#define N_BATCHES (sizeof batches / sizeof *batches)

static void every_buffer_holds_what_is_read(void **state) {
  (void)state;
  static const char *const nets[] = {"tiny-resnet", "tiny-identity", "tiny-stem", "fmnist-resnet8",
                                     "fmnist-inception"};
  for (size_t n = 0; n < sizeof nets / sizeof *nets; n++) {
    struct wc_graph *g = net_build(nets[n]);
    for (size_t i = 0; i < N_BUFFERS * N_BATCHES * WC_CONFIGS; i++) {
      const struct setting s = {nets[n], (enum wc_config)(i % WC_CONFIGS),
                                batches[i / WC_CONFIGS % N_BATCHES],
                                buffers[i / WC_CONFIGS / N_BATCHES]};
      struct wc_plan *plan = make(g, &s, NULL, 0);
      check_trace(plan, &s);
      wc_plan_delete(plan);
    }
    wc_graph_delete(g);
  }
}

/* Moves the first operand of each run and what each load brings, and sees whether the trace
 * notices; likewise when what runs again is taken for a first run. */
static void misplace_operands(enum wc_config config) {
  struct wc_graph *g = net_build("tiny-resnet");
  const struct setting s = {"tiny-resnet", config, 7, 24 * KIB};
  struct wc_plan *plan = make(g, &s, NULL, 0);
  unsigned runs = 0, again = 0;
  for (size_t i = 0; i < plan->n_step; i++) {
    struct wc_action *act = &plan->step[i];
    char why[256];
    if (act->kind == WC_ACT_RUN) {
      runs++;
      act->run.in[0].gb ^= 64;
      assert_false(wc_plan_trace(plan, why, sizeof why));
      act->run.in[0].gb ^= 64;
      act->run.first = !act->run.first;
      assert_false(wc_plan_trace(plan, why, sizeof why));
      act->run.first = !act->run.first;
      if (act->run.again) {
        again++;
        act->run.again = false;
        assert_false(wc_plan_trace(plan, why, sizeof why));
        act->run.again = true;
      }
    } else if (act->kind == WC_ACT_LOAD && act->tensor != g->hyper) {
      act->view.gb ^= 64;
      assert_false(wc_plan_trace(plan, why, sizeof why));
      act->view.gb ^= 64;
    }
  }
  assert_true(runs > 20);
  assert_int_equal(again > 10, config == WC_MBS_R);
  check_trace(plan, &s);
  wc_plan_delete(plan);
  wc_graph_delete(g);
}

static void the_trace_notices_a_misplaced_operand(void **state) {
  (void)state;
  misplace_operands(WC_MBS2);
  misplace_operands(WC_MBS_R);
}

/* ---- on the model ---- */

struct device {
  struct wc_model *model;
  uint8_t *mem;
  uint64_t gbuf;
  /* Bytes by group and by tensor of the stream that runs. */
  uint64_t (*group)[2], (*tensor)[2];
  const struct wc_plan *plan;
  bool update;
};

/* The group that a command's node runs in; hyper-parameters and finite sums count with the first.
 */
static uint32_t group_of(const struct device *d, uint32_t node) {
  const struct wc_schedule *s = &d->plan->schedule;
  uint32_t group = d->update ? s->n_groups : 0;
  if (node != WC_NONE) {
    const uint32_t home = d->plan->graph->nodes[node].home;
    const enum wc_direction other = node < d->plan->graph->n_forward ? WC_BACKWARD : WC_FORWARD;
    assert_false(d->update);
    while (home > s->groups[group].last || s->groups[group].direction == other) {
      group++;
    }
  }
  return group;
}

static void count(void *arg, uint32_t index, const struct wc_cmd *cmd) {
  (void)index;
  struct device *d = arg;
  if (cmd->hdr.opcode == WC_OP_LOAD || cmd->hdr.opcode == WC_OP_STORE) {
    const struct wc_dma *dma = &cmd->dma;
    const uint64_t bytes = (uint64_t)dma->n0 * dma->n1 * dma->n2 * dma->n3;
    const unsigned written = cmd->hdr.opcode == WC_OP_STORE;
    d->group[group_of(d, wc_cmd_node(cmd->hdr.id))][written] += bytes;
    d->tensor[cmd->hdr.id & 0xFFFF][written] += bytes;
  }
}

static struct device open_device(uint64_t gbuf) {
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.gbuf_bytes = gbuf;
  config.mem_bytes = MEM_BYTES;
  config.threads = 1;
  struct device d = {.model = wc_model_new(&config), .gbuf = gbuf};
  assert_non_null(d.model);
  d.mem = wc_model_memory(d.model);
  d.group = calloc(65536, sizeof *d.group);
  d.tensor = calloc(65536, sizeof *d.tensor);
  assert_non_null(d.group);
  assert_non_null(d.tensor);
  memset(wc_model_gbuf(d.model), 0xFF, gbuf); /* NaN: nobody may rely on what was there */
  return d;
}

static void close_device(struct device *d) {
  free(d->group);
  free(d->tensor);
  wc_model_delete(d->model);
}

static void run_actions(struct device *d, const struct wc_plan *plan,
                        const struct wc_action *actions, size_t n, const struct setting *s) {
  struct wc_report why = {""};
  const struct wc_target target = {.gbuf_bytes = s->gbuf, .mem_bytes = MEM_BYTES};
  d->plan = plan;
  d->update = actions == plan->update;
  uint32_t *words;
  size_t bytes;
  if (!wc_plan_codegen(plan, 0, actions, n, &target, &words, &bytes, &why)) {
    fail_at(s, "%s", why.text);
  }
  assert_true(bytes <= plan->stream.bytes);
  struct wc_check_result check;
  if (!wc_stream_check(words, bytes, s->gbuf, MEM_BYTES, &check)) {
    fail_at(s, "the checker refuses the stream: %s", check.text);
  }
  memcpy(d->mem + plan->stream.addr, words, bytes);
  free(words);
  struct wc_model_error error;
  if (!wc_model_run(d->model, plan->stream.addr, bytes, MEM_BYTES, &error)) {
    fail_at(s, "command %" PRIu32 " (id %08" PRIx32 "): error %d", error.cmd, error.id,
            (int)error.code);
  }
}

static void fill_floats(struct wc_random *r, uint8_t *at, uint64_t bytes, float scale) {
  for (uint64_t i = 0; i < bytes; i += sizeof(float)) {
    const float value = (float)wc_random_range(r, -1024, 1024) / 1024.0F * scale;
    memcpy(at + i, &value, sizeof value);
  }
}

static void set_hyper(struct device *d, const struct wc_plan *plan, const float hyper[5]) {
  memcpy(d->mem + plan->tensor[plan->graph->hyper].addr, hyper, 5 * sizeof *hyper);
}

/* Random data in the places that all plans of a graph and batch share. An update with rate 0 makes
 * the FP16 copies of the weights. */
static void fill_device(struct device *d, const struct wc_plan *plan, const struct setting *s) {
  const struct wc_graph *g = plan->graph;
  struct wc_random r;
  wc_random_seed(&r, seed);
  for (uint32_t i = 0; i < g->n_params; i++) {
    const struct wc_place *at =
        plan->master[i].present ? &plan->master[i] : &plan->tensor[g->params[i]];
    fill_floats(&r, d->mem + at->addr, at->bytes, plan->master[i].present ? 0.25F : 1.0F);
  }
  const struct wc_place *image = &plan->tensor[g->image];
  for (uint64_t i = 0; i < image->bytes; i++) {
    d->mem[image->addr + i] = (uint8_t)wc_random_below(&r, 256);
  }
  for (uint32_t n = 0; n < s->batch; n++) {
    d->mem[plan->tensor[g->label].addr + n * wc_tensor_pitch(&g->tensors[g->label])] =
        (uint8_t)wc_random_below(&r, g->classes);
  }
  set_hyper(d, plan, (const float[5]){0});
  run_actions(d, plan, plan->update, plan->n_update, s);
  set_hyper(d, plan,
            (const float[5]){1024.0F / (float)s->batch, 1.0F / 1024.0F, -0.05F, 0.875F, 0.0001F});
  wc_model_counters_clear(d->model);
}

static void check_traffic(const struct device *d, const struct wc_plan *plan,
                          const struct setting *s) {
  const struct wc_model_counters *c = wc_model_counters(d->model);
  for (unsigned i = 0; i < WC_CLASSES; i++) {
    if (c->tag_rd[i] != STEPS * plan->class_bytes[i][0] ||
        c->tag_wr[i] != STEPS * plan->class_bytes[i][1]) {
      fail_at(s,
              "class %u: planned %" PRIu64 " + %" PRIu64 " bytes a step, counted %" PRIu64
              " + %" PRIu64 " in %d",
              i, plan->class_bytes[i][0], plan->class_bytes[i][1], c->tag_rd[i], c->tag_wr[i],
              STEPS);
    }
  }
  for (uint32_t i = 0; i <= plan->schedule.n_groups; i++) {
    for (unsigned k = 0; k < 2; k++) {
      assert_int_equal(d->group[i][k], STEPS * plan->group_bytes[i][k]);
    }
  }
  for (uint32_t i = 0; i < plan->graph->n_tensors; i++) {
    for (unsigned k = 0; k < 2; k++) {
      assert_int_equal(d->tensor[i][k], STEPS * plan->tensor_bytes[i][k]);
    }
  }
}

/* Planned bytes of a class are the sum over the actions that carry its tag. */
static void check_sums(const struct wc_plan *plan) {
  uint64_t bytes[WC_CLASSES][2] = {{0}};
  for (size_t i = 0; i < plan->n_step + plan->n_update; i++) {
    const struct wc_action *act =
        i < plan->n_step ? &plan->step[i] : &plan->update[i - plan->n_step];
    if (act->kind == WC_ACT_LOAD || act->kind == WC_ACT_STORE) {
      bytes[act->tag][act->kind == WC_ACT_STORE] += act->bytes;
    }
  }
  assert_memory_equal(bytes, plan->class_bytes, sizeof bytes);
}

/* Bytes from 0 on that all plans of a graph and batch lay out alike. */
static uint64_t shared_bytes(const struct wc_plan *plan) {
  const struct wc_place *loss = &plan->tensor[plan->graph->loss];
  return loss->addr + loss->bytes;
}

/* Of a step of the plan that others are compared with, the baseline's. */
static uint64_t reference_macs;

/* What runs again does so beside the MACs that every schedule has. */
static void check_macs(const struct device *d, const struct wc_plan *plan,
                       const struct setting *s) {
  const uint64_t counted = wc_model_counters(d->model)->value[WC_C_MACS];
  if (s->config == WC_BASELINE) {
    reference_macs = counted / STEPS;
  }
  assert_int_equal(counted, STEPS * (reference_macs + plan->macs_again));
}

/* Trains STEPS steps; returns what lies in the shared places afterwards. */
static uint8_t *train(const struct wc_plan *plan, const struct setting *s) {
  struct device d = open_device(s->gbuf);
  fill_device(&d, plan, s);
  wc_model_trace(d.model, count, &d);
  for (int i = 0; i < STEPS; i++) {
    run_actions(&d, plan, plan->step, plan->n_step, s);
    run_actions(&d, plan, plan->update, plan->n_update, s);
  }
  check_traffic(&d, plan, s);
  check_macs(&d, plan, s);
  check_sums(plan);
  uint8_t *result = malloc(shared_bytes(plan));
  assert_non_null(result);
  memcpy(result, d.mem, shared_bytes(plan));
  close_device(&d);
  return result;
}

static void compare(const uint8_t *want, const uint8_t *got, const struct wc_plan *plan,
                    const struct setting *s) {
  for (uint64_t i = 0; i < shared_bytes(plan); i++) {
    if (want[i] == got[i]) {
      continue;
    }
    for (uint32_t t = 0; t < plan->graph->n_tensors; t++) {
      const struct wc_place *at = &plan->tensor[t];
      if (at->present && i >= at->addr && i < at->addr + at->bytes) {
        fail_at(s, "%s differs at byte %" PRIu64, plan->graph->tensors[t].name, i - at->addr);
      }
    }
    fail_at(s, "DRAM differs at byte %" PRIu64 " (masters, momenta or finite)", i);
  }
}

/* Runs every configuration with @n buffers; all must end in the same bytes, planned traffic must
 * be what the device counts, and the checker must accept every stream. */
static void train_everywhere(const char *net, uint32_t batch, const uint64_t *gbufs, size_t n) {
  struct wc_graph *g = net_build(net);
  uint8_t *reference = NULL;
  for (size_t i = 0; i < n * WC_CONFIGS; i++) {
    const struct setting s = {net, (enum wc_config)(i % WC_CONFIGS), batch, gbufs[i / WC_CONFIGS]};
    struct wc_plan *plan = make(g, &s, NULL, 0);
    uint8_t *result = train(plan, &s);
    if (reference == NULL) {
      reference = result;
    } else {
      compare(reference, result, plan, &s);
      free(result);
    }
    wc_plan_delete(plan);
  }
  free(reference);
  wc_graph_delete(g);
}

static void tiny_resnet_trains_alike_everywhere(void **state) {
  (void)state;
  for (size_t b = 0; b < N_BATCHES; b++) {
    train_everywhere("tiny-resnet", batches[b], buffers, N_BUFFERS);
  }
}

static void tiny_identity_trains_alike_everywhere(void **state) {
  (void)state;
  train_everywhere("tiny-identity", 7, buffers, N_BUFFERS);
}

/* Strips come with buffers that have room for them, in halves and whole, and in no step at all. */
static void a_stem_of_strips_trains_alike_everywhere(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-stem");
  unsigned with = 0, without = 0;
  for (size_t i = 0; i < N_BUFFERS; i++) {
    const struct setting s = {"tiny-stem", WC_MBS2, 7, buffers[i]};
    struct wc_plan *plan = make(g, &s, NULL, 0);
    for (size_t k = 0; k < plan->n_step; k++) {
      const struct wc_run *run = &plan->step[k].run;
      if (plan->step[k].kind == WC_ACT_RUN && g->nodes[run->node].op == WC_N_CONV &&
          g->nodes[run->node].r > 1) {
        with += run->strips.rows > 0;
        without += run->strips.rows == 0;
      }
    }
    wc_plan_delete(plan);
  }
  assert_true(with > 0 && without > 0);
  wc_graph_delete(g);
  train_everywhere("tiny-stem", 7, buffers, N_BUFFERS);
}

static void inception_trains_alike_everywhere(void **state) {
  (void)state;
  static const uint64_t some[] = {12 * KIB, 48 * KIB, 256 * KIB};
  train_everywhere("fmnist-inception", 3, some, 3);
}

static void resnet8_trains_alike_everywhere(void **state) {
  (void)state;
  static const uint64_t small[] = {24 * KIB, 128 * KIB}, large[] = {24 * KIB, 256 * KIB};
  train_everywhere("fmnist-resnet8", 1, small, 2);
  train_everywhere("fmnist-resnet8", 3, buffers, N_BUFFERS - 1);
  train_everywhere("fmnist-resnet8", 32, large, 2);
}

/* Random contiguous groups with random limits of the sub-batch. Groups that do not fit are cut. */
static struct wc_plan *random_plan(const struct wc_graph *g, struct wc_random *r,
                                   struct setting *s) {
  struct wc_group groups[256];
  struct wc_report why;
  const struct wc_target target = {.gbuf_bytes = s->gbuf, .mem_bytes = MEM_BYTES};
  for (uint32_t longest = 12;; longest = longest > 1 ? longest / 2 : 1) {
    uint32_t n = 0;
    for (uint32_t next = 0; next < g->n_forward; n++) {
      const uint32_t left = g->n_forward - next;
      const uint32_t size = 1 + wc_random_below(r, longest < left ? longest : left);
      groups[n] = (struct wc_group){.first = next, .last = next + size - 1};
      groups[n].sub_batch = wc_random_below(r, s->batch + 1);
      next += size;
    }
    struct wc_plan *plan = wc_plan_make(g, s->config, WC_TRAIN, s->batch, &target, groups, n, &why);
    if (plan != NULL) {
      assert_int_equal(plan->schedule.n_groups, n);
      for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(plan->schedule.groups[i].last, groups[i].last);
        assert_true(groups[i].sub_batch == 0 ||
                    plan->schedule.groups[i].sub_batch <= groups[i].sub_batch);
      }
      return plan;
    }
    if (longest == 1) {
      fail_at(s, "%s", why.text);
    }
  }
}

/* A random partition of one direction, with whatever else a caller may ask for. */
static uint32_t random_row(const struct wc_graph *g, struct wc_random *r, const struct setting *s,
                           enum wc_direction direction, uint32_t longest, struct wc_group *groups) {
  uint32_t n = 0;
  for (uint32_t next = 0; next < g->n_forward; n++) {
    const uint32_t left = g->n_forward - next;
    const uint32_t size = 1 + wc_random_below(r, longest < left ? longest : left);
    const bool nodes = size == 1 && (longest == 1 || wc_random_below(r, 4) == 0);
    groups[n] = (struct wc_group){
        .first = next,
        .last = next + size - 1,
        .direction = direction,
        .way = nodes ? WC_WAY_NODES : WC_WAY_SEGMENT,
        .sub_batch = wc_random_below(r, s->batch + (nodes ? 1 : 0)),
        .reuse = wc_random_below(r, 2) != 0,
        .pin = wc_random_below(r, 2) != 0,
        .keep = s->config == WC_MBS_R ? (enum wc_keep)wc_random_below(r, WC_KEEPS) : WC_KEEP_ALL};
    groups[n].sub_batch += nodes ? 0 : 1;
    groups[n].hand = nodes ? 0 : wc_random_below(r, s->batch + 1);
    next += size;
  }
  return n;
}

/* Forward and backward passes cut apart, sub-batches as given. */
static struct wc_plan *random_passes(const struct wc_graph *g, struct wc_random *r,
                                     const struct setting *s) {
  struct wc_group groups[256];
  struct wc_report why;
  const struct wc_target target = {.gbuf_bytes = s->gbuf, .mem_bytes = MEM_BYTES};
  for (uint32_t longest = 8;; longest = longest > 1 ? longest / 2 : 1) {
    const uint32_t half = random_row(g, r, s, WC_FORWARD, longest, groups);
    const uint32_t n = half + random_row(g, r, s, WC_BACKWARD, longest, groups + half);
    struct wc_plan *plan = wc_plan_make(g, s->config, WC_TRAIN, s->batch, &target, groups, n, &why);
    if (plan == NULL && longest == 1) {
      fail_at(s, "%s", why.text);
    }
    for (uint32_t i = 0; plan != NULL && i < n; i++) {
      const struct wc_group *got = &plan->schedule.groups[i];
      assert_true(got->first == groups[i].first && got->last == groups[i].last);
      assert_true(got->direction == groups[i].direction && got->way == groups[i].way);
      assert_true(got->way == WC_WAY_NODES || got->sub_batch == groups[i].sub_batch);
      assert_true(got->reuse == groups[i].reuse && got->pin == groups[i].pin);
      assert_int_equal(got->hand, groups[i].hand);
    }
    if (plan != NULL) {
      return plan;
    }
  }
}

typedef struct wc_plan *(*random_fn)(const struct wc_graph *, struct wc_random *, struct setting *);

static struct wc_plan *any_partition(const struct wc_graph *g, struct wc_random *r,
                                     struct setting *s) {
  s->config = (enum wc_config)(WC_IL + (int)wc_random_below(r, WC_CONFIGS - WC_IL));
  s->gbuf = 64 * (uint64_t)wc_random_range(r, 12 * 16, 200 * 16);
  return random_plan(g, r, s);
}

static struct wc_plan *any_passes(const struct wc_graph *g, struct wc_random *r,
                                  struct setting *s) {
  s->config = wc_random_below(r, 2) == 0 ? WC_MBS2 : WC_MBS_R;
  s->gbuf = 64 * (uint64_t)wc_random_range(r, 24 * 16, 256 * 16);
  return random_passes(g, r, s);
}

/* Plans that @random makes leave what the baseline leaves. */
static void trains_alike(random_fn random, const char *net, uint32_t batch, unsigned plans) {
  struct wc_random r;
  wc_random_seed(&r, seed + 1);
  struct wc_graph *g = net_build(net);
  struct setting s = {net, WC_BASELINE, batch, 64 * KIB};
  struct wc_plan *plan = make(g, &s, NULL, 0);
  uint8_t *reference = train(plan, &s);
  wc_plan_delete(plan);
  for (unsigned i = 0; i < plans; i++) {
    plan = random(g, &r, &s);
    check_trace(plan, &s);
    uint8_t *result = train(plan, &s);
    compare(reference, result, plan, &s);
    free(result);
    wc_plan_delete(plan);
  }
  free(reference);
  wc_graph_delete(g);
}

static void any_partition_trains_alike(void **state) {
  (void)state;
  trains_alike(any_partition, "tiny-resnet", 7, 60);
  trains_alike(any_partition, "fmnist-resnet8", 3, 12);
  trains_alike(any_partition, "fmnist-inception", 3, 12);
}

static void passes_cut_apart_train_alike(void **state) {
  (void)state;
  trains_alike(any_passes, "tiny-resnet", 7, 60);
  trains_alike(any_passes, "fmnist-resnet8", 3, 12);
  trains_alike(any_passes, "fmnist-inception", 3, 12);
}

/* ---- whole programs ---- */

static void inference_gives_the_logits_of_training(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  for (int config = 0; config < WC_CONFIGS; config++) {
    const struct setting s = {"tiny-resnet", (enum wc_config)config, 7, 24 * KIB};
    const struct wc_target target = {.gbuf_bytes = s.gbuf, .mem_bytes = MEM_BYTES};
    struct wc_report why;
    struct wc_plan *plan = make(g, &s, NULL, 0);
    struct device d = open_device(s.gbuf);
    fill_device(&d, plan, &s);
    run_actions(&d, plan, plan->step, plan->n_step, &s);
    struct wc_program *program = wc_compile(g, s.config, s.batch, &target, &why);
    assert_non_null(program);
    const struct wc_region *logits = wc_program_region(program, g->tensors[g->logits].name);
    assert_non_null(logits);
    uint8_t *want = malloc(logits->bytes);
    assert_non_null(want);
    memcpy(want, d.mem + logits->addr, logits->bytes);
    memset(d.mem + logits->addr, 0, logits->bytes);
    const struct wc_section *infer = &program->section[WC_SECTION_INFER][0];
    memcpy(d.mem + infer->addr, infer->words, infer->bytes);
    struct wc_check_result check;
    assert_true(wc_stream_check(infer->words, infer->bytes, s.gbuf, program->dram_bytes, &check));
    struct wc_model_error error;
    assert_true(wc_model_run(d.model, infer->addr, infer->bytes, program->dram_bytes, &error));
    assert_memory_equal(want, d.mem + logits->addr, logits->bytes);
    free(want);
    wc_program_delete(program);
    wc_plan_delete(plan);
    close_device(&d);
  }
  wc_graph_delete(g);
}

int main(void) {
  seed = wc_random_env_seed();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_buffer_holds_what_is_read),
      cmocka_unit_test(the_trace_notices_a_misplaced_operand),
      cmocka_unit_test(tiny_resnet_trains_alike_everywhere),
      cmocka_unit_test(tiny_identity_trains_alike_everywhere),
      cmocka_unit_test(a_stem_of_strips_trains_alike_everywhere),
      cmocka_unit_test(inception_trains_alike_everywhere),
      cmocka_unit_test(resnet8_trains_alike_everywhere),
      cmocka_unit_test(any_partition_trains_alike),
      cmocka_unit_test(passes_cut_apart_train_alike),
      cmocka_unit_test(inference_gives_the_logits_of_training),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
