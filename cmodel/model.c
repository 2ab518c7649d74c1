/* The device: memories, counters, and the loop over a stream's commands. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "exec.h"
#include "flow.h"
#include "wc_model.h"

struct wc_model {
  struct wc_model_config config;
  struct wc_exec exec;
  struct wc_flow *flow;
  struct wc_model_counters counters;
  bool borrows_mem;                      /* from the device's first core */
  uint32_t tokens[WC_QUEUES][WC_QUEUES]; /* [from][to] */
  wc_model_trace_fn trace;
  void *trace_arg;
};

void *wc_map(uint64_t bytes) {
  void *memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return NULL;
  madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void wc_unmap(void *memory, uint64_t bytes) {
  if (memory != NULL)
    munmap(memory, bytes);
}

void wc_model_config_default(struct wc_model_config *config) {
  *config = (struct wc_model_config){.rows = 16,
                                     .cols = 16,
                                     .lanes = 16,
                                     .acc_rows = 256,
                                     .banks = 8,
                                     .line_bytes = 64,
                                     .axi_bytes = 32,
                                     .outstanding = 32,
                                     .queue_depth = 8,
                                     .double_weights = 1,
                                     .gbuf_bytes = UINT64_C(256) << 10,
                                     .mem_bytes = UINT64_C(256) << 20,
                                     .threads = 0};
}

static bool power_of_two(unsigned value, unsigned low, unsigned high) {
  return value >= low && value <= high && (value & (value - 1)) == 0;
}

static bool config_is_possible(const struct wc_model_config *c) {
  return c->rows > 0 && c->cols > 0 && c->acc_rows > 0 && c->gbuf_bytes > 0 &&
         c->gbuf_bytes <= UINT64_C(1) << 32 && c->mem_bytes > 0 &&
         c->mem_bytes <= UINT64_C(1) << 40 && power_of_two(c->lanes, 8, 0x8000) &&
         power_of_two(c->banks, 1, 0x8000) && power_of_two(c->line_bytes, 16, 0x8000) &&
         power_of_two(c->axi_bytes, 4, 64) && power_of_two(c->outstanding, 1, 128) &&
         c->queue_depth > 0 && c->queue_depth < 256 && c->double_weights <= 1 &&
         (c->fold == 0 || (c->fold == 1 && c->cols % 2 == 0));
}

/* @mem NULL: of its own. */
static struct wc_model *new_core(const struct wc_model_config *config, uint8_t *mem) {
  struct wc_model *model = calloc(1, sizeof *model);
  if (model == NULL)
    return NULL;
  model->config = *config;
  struct wc_exec *exec = &model->exec;
  exec->simd = wc_simd_choose();
  model->flow = wc_flow_new(exec);
  if (model->flow != NULL)
    exec->pool = wc_pool_new(config->threads, wc_flow_step, model->flow);
  model->borrows_mem = mem != NULL;
  exec->mem = mem != NULL ? mem : wc_map(config->mem_bytes);
  exec->gbuf = wc_map(config->gbuf_bytes + WC_GBUF_SLACK);
  if (exec->pool != NULL) {
    exec->gemm = wc_gemm_scratch_new(wc_pool_threads(exec->pool), 0, 0);
    exec->vec = wc_vec_scratch_new(wc_pool_threads(exec->pool));
  }
  if (exec->mem == NULL || exec->gbuf == NULL || exec->gemm == NULL || exec->vec == NULL) {
    wc_model_delete(model);
    return NULL;
  }
  return model;
}

struct wc_model *wc_model_new(const struct wc_model_config *config) {
  return config_is_possible(config) ? new_core(config, NULL) : NULL;
}

struct wc_model *wc_model_new_core(const struct wc_model *first) {
  return new_core(&first->config, first->exec.mem);
}

void wc_model_delete(struct wc_model *model) {
  if (model == NULL)
    return;
  wc_pool_delete(model->exec.pool);
  wc_flow_delete(model->flow);
  wc_vec_scratch_delete(model->exec.vec);
  wc_gemm_scratch_delete(model->exec.gemm);
  wc_unmap(model->exec.gbuf, model->config.gbuf_bytes + WC_GBUF_SLACK);
  if (!model->borrows_mem)
    wc_unmap(model->exec.mem, model->config.mem_bytes);
  free(model);
}

uint8_t *wc_model_memory(struct wc_model *model) {
  return model->exec.mem;
}

uint8_t *wc_model_gbuf(struct wc_model *model) {
  return model->exec.gbuf;
}

const struct wc_model_counters *wc_model_counters(const struct wc_model *model) {
  return &model->counters;
}

void wc_model_counters_clear(struct wc_model *model) {
  memset(&model->counters, 0, sizeof model->counters);
}

void wc_model_trace(struct wc_model *model, wc_model_trace_fn fn, void *arg) {
  model->trace = fn;
  model->trace_arg = arg;
}

static enum wc_unit unit_of(uint32_t opcode) {
  switch (opcode) {
    case WC_OP_LOAD:
      return WC_U_LOAD;
    case WC_OP_STORE:
      return WC_U_STORE;
    case WC_OP_GEMM:
      return WC_U_GEMM;
    case WC_OP_VEC:
      return WC_U_VECTOR;
    default:
      return WC_U_FETCH;
  }
}

/* The header is fetch's business, all the rest the unit's. */
static enum wc_unit blame(const struct wc_hdr *hdr, enum wc_device_error code) {
  const int queue = wc_opcode_queue(hdr->opcode);
  if (code == WC_E_OPCODE || code == WC_E_SIZE || queue < 0)
    return WC_U_FETCH;
  const uint32_t own = UINT32_C(1) << queue;
  if (hdr->rsvd0 != 0 || (hdr->wait & own) != 0 || (hdr->signal & own) != 0)
    return WC_U_FETCH;
  return unit_of(hdr->opcode);
}

/* Takes the tokens a command waits for; false when one has not been given. */
static bool tokens_take(struct wc_model *model, const struct wc_hdr *hdr) {
  const int to = wc_opcode_queue(hdr->opcode);
  for (int from = 0; to >= 0 && from < WC_QUEUES; from++) {
    if (!(hdr->wait >> from & 1))
      continue;
    if (model->tokens[from][to] == 0)
      return false;
    model->tokens[from][to]--;
  }
  return true;
}

static void tokens_give(struct wc_model *model, const struct wc_hdr *hdr) {
  const int from = wc_opcode_queue(hdr->opcode);
  for (int to = 0; from >= 0 && to < WC_QUEUES; to++)
    model->tokens[from][to] += hdr->signal >> to & 1;
}

static void count(struct wc_model_counters *counters, const struct wc_cmd *cmd) {
  uint64_t *value = counters->value;
  const uint64_t read = value[WC_C_RD_BYTES], written = value[WC_C_WR_BYTES];
  wc_count_work(cmd, value);
  counters->tag_rd[cmd->hdr.tag] += value[WC_C_RD_BYTES] - read;
  counters->tag_wr[cmd->hdr.tag] += value[WC_C_WR_BYTES] - written;
}

/* Judges a stream's place. Fetch reads it as any other DRAM access, in whole units. */
static enum wc_device_error check_place(uint64_t offset, uint64_t bytes, uint64_t window,
                                        uint64_t *addr) {
  *addr = offset;
  if (offset % WC_UNIT_BYTES != 0 || bytes % WC_UNIT_BYTES != 0)
    return WC_E_ALIGN;
  if (offset > window || bytes > window - offset) {
    *addr = offset > window ? offset : window;
    return WC_E_WINDOW;
  }
  *addr = 0;
  return WC_E_NONE;
}

static bool fail(struct wc_model_error *error, enum wc_device_error code, enum wc_unit unit,
                 uint32_t index, uint32_t id, uint64_t addr) {
  *error =
      (struct wc_model_error){.code = code, .unit = unit, .cmd = index, .id = id, .addr = addr};
  return false;
}

/* One command, decoded with the verdict @code: fetch judges the header, the command takes its
 * tokens, its unit judges the rest; then it is on its way. Nothing of that depends on data, so
 * commands are judged in the stream's order, ahead of their execution. */
static bool step(struct wc_model *model, const struct wc_cmd *cmd, enum wc_device_error code,
                 uint32_t index, uint64_t window_bytes, struct wc_model_error *error) {
  uint64_t addr = 0;
  if (code == WC_E_NONE)
    code = wc_cmd_check(cmd, model->config.gbuf_bytes, window_bytes, &addr);
  const enum wc_unit unit = blame(&cmd->hdr, code);
  if (code != WC_E_NONE && unit == WC_U_FETCH)
    return fail(error, code, unit, index, cmd->hdr.id, addr);
  model->counters.value[WC_C_CMD_BYTES] += (uint64_t)cmd->hdr.units * WC_UNIT_BYTES;
  if (!tokens_take(model, &cmd->hdr))
    return fail(error, WC_E_WATCHDOG, unit_of(cmd->hdr.opcode), index, cmd->hdr.id, 0);
  if (code != WC_E_NONE)
    return fail(error, code, unit, index, cmd->hdr.id, addr);
  if (model->trace != NULL)
    model->trace(model->trace_arg, index, cmd);
  if (wc_opcode_queue(cmd->hdr.opcode) >= 0)
    wc_flow_put(model->flow, cmd);
  count(&model->counters, cmd);
  tokens_give(model, &cmd->hdr);
  return true;
}

/* Sends the stream on its way; false at the first command that must not execute. */
static bool fetch(struct wc_model *model, uint64_t offset, uint64_t bytes, uint64_t window_bytes,
                  struct wc_model_error *error) {
  uint64_t addr;
  const enum wc_device_error place = check_place(offset, bytes, window_bytes, &addr);
  if (place != WC_E_NONE)
    return fail(error, place, WC_U_FETCH, 0, 0, addr);
  uint32_t index = 0;
  for (uint64_t done = 0; done < bytes; index++) {
    const uint64_t left = (bytes - done) / WC_UNIT_BYTES;
    const size_t avail = left < WC_MAX_UNITS ? (size_t)left : WC_MAX_UNITS;
    uint32_t words[WC_MAX_WORDS];
    memcpy(words, model->exec.mem + offset + done, avail * WC_UNIT_BYTES);
    struct wc_cmd cmd;
    const enum wc_device_error code = wc_cmd_decode(words, avail, &cmd);
    if (!step(model, &cmd, code, index, window_bytes, error))
      return false;
    if (cmd.hdr.opcode == WC_OP_END)
      return true;
    done += (uint64_t)cmd.hdr.units * WC_UNIT_BYTES;
  }
  return fail(error, WC_E_NO_END, WC_U_FETCH, index, 0, 0);
}

bool wc_model_run(struct wc_model *model, uint64_t offset, uint64_t bytes, uint64_t window_bytes,
                  struct wc_model_error *error) {
  memset(error, 0, sizeof *error);
  memset(model->tokens, 0, sizeof model->tokens);
  wc_flow_clear(model->flow);
  if (window_bytes > model->config.mem_bytes)
    window_bytes = model->config.mem_bytes;
  const bool ended = fetch(model, offset, bytes, window_bytes, error);
  wc_flow_drain(model->flow);
  return ended;
}
