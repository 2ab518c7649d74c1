/* Only worker 0 puts commands. A queue's counters tell what is in its ring; `taken` gives one
 * worker at a time the queue's oldest command. */
#include "flow.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { RING = 64, LINE = 64 };

struct queue {
  _Alignas(LINE) atomic_bool taken;
  atomic_uint put, done;
  atomic_uint given[WC_QUEUES]; /* tokens from each queue, all that ever were */
  unsigned used[WC_QUEUES];     /* of these; belongs to who has taken the queue */
  struct wc_cmd ring[RING];
};

struct wc_flow {
  struct queue queue[WC_QUEUES];
  const struct wc_exec *exec;
};

struct wc_flow *wc_flow_new(const struct wc_exec *exec) {
  struct wc_flow *flow = aligned_alloc(LINE, sizeof *flow);
  if (flow == NULL)
    return NULL;
  flow->exec = exec;
  for (unsigned q = 0; q < WC_QUEUES; q++) {
    struct queue *queue = &flow->queue[q];
    atomic_init(&queue->taken, false);
    atomic_init(&queue->put, 0);
    atomic_init(&queue->done, 0);
  }
  wc_flow_clear(flow);
  return flow;
}

void wc_flow_delete(struct wc_flow *flow) {
  free(flow);
}

void wc_flow_clear(struct wc_flow *flow) {
  for (unsigned q = 0; q < WC_QUEUES; q++) {
    for (unsigned from = 0; from < WC_QUEUES; from++) {
      atomic_store(&flow->queue[q].given[from], 0);
      flow->queue[q].used[from] = 0;
    }
  }
}

static void execute(const struct wc_exec *exec, const struct wc_cmd *cmd) {
  switch (cmd->hdr.opcode) {
    case WC_OP_LOAD:
      wc_exec_load(exec, &cmd->dma);
      break;
    case WC_OP_STORE:
      wc_exec_store(exec, &cmd->dma);
      break;
    case WC_OP_GEMM:
      wc_exec_gemm(exec, &cmd->gemm);
      break;
    default:
      wc_exec_vec(exec, cmd);
      break;
  }
}

static bool holds_commands(struct queue *queue) {
  return atomic_load(&queue->put) != atomic_load(&queue->done);
}

/* The oldest command of @queue if it may start, and the queue taken; NULL otherwise. */
static const struct wc_cmd *take(struct queue *queue) {
  if (!holds_commands(queue) || atomic_exchange(&queue->taken, true))
    return NULL;
  const struct wc_cmd *cmd = &queue->ring[atomic_load(&queue->done) % RING];
  bool ready = holds_commands(queue);
  for (unsigned from = 0; ready && from < WC_QUEUES; from++)
    ready = !(cmd->hdr.wait >> from & 1) || atomic_load(&queue->given[from]) != queue->used[from];
  if (ready)
    return cmd;
  atomic_store(&queue->taken, false);
  return NULL;
}

/* Wakes others if there is a command for them too. */
static void share(struct wc_flow *flow) {
  if (!wc_pool_sleeps(flow->exec->pool))
    return;
  for (unsigned q = 0; q < WC_QUEUES; q++) {
    if (take(&flow->queue[q]) != NULL) {
      atomic_store(&flow->queue[q].taken, false);
      wc_pool_wake(flow->exec->pool);
      return;
    }
  }
}

static void finish(struct wc_flow *flow, unsigned q, uint32_t signal) {
  for (unsigned to = 0; to < WC_QUEUES; to++) {
    if (signal >> to & 1)
      atomic_fetch_add(&flow->queue[to].given[q], 1);
  }
  struct queue *queue = &flow->queue[q];
  const bool full = atomic_load(&queue->put) - atomic_fetch_add(&queue->done, 1) == RING;
  atomic_store(&queue->taken, false);
  wc_pool_changed(flow->exec->pool);
  if (full) /* worker 0 may wait for room */
    wc_pool_wake(flow->exec->pool);
}

static bool step_queue(struct wc_flow *flow, unsigned q, unsigned worker) {
  struct queue *queue = &flow->queue[q];
  const struct wc_cmd *cmd = take(queue);
  if (cmd == NULL)
    return false;
  for (unsigned from = 0; from < WC_QUEUES; from++)
    queue->used[from] += cmd->hdr.wait >> from & 1;
  share(flow);
  struct wc_exec exec = *flow->exec;
  exec.worker = worker;
  const uint32_t signal = cmd->hdr.signal;
  execute(&exec, cmd);
  finish(flow, q, signal);
  return true;
}

bool wc_flow_step(void *arg, unsigned worker) {
  static const unsigned order[WC_QUEUES] = {WC_OP_GEMM, WC_OP_VEC, WC_OP_LOAD, WC_OP_STORE};
  struct wc_flow *flow = arg;
  for (unsigned i = 0; i < WC_QUEUES; i++) {
    if (step_queue(flow, (unsigned)wc_opcode_queue(order[i]), worker))
      return true;
  }
  return false;
}

static void help(const struct wc_exec *exec, unsigned seen) {
  if (!wc_pool_help(exec->pool, exec->worker))
    wc_pool_await(exec->pool, seen);
}

void wc_flow_put(struct wc_flow *flow, const struct wc_cmd *cmd) {
  struct queue *queue = &flow->queue[wc_opcode_queue(cmd->hdr.opcode)];
  const unsigned put = atomic_load(&queue->put);
  for (;;) {
    const unsigned seen = wc_pool_changes(flow->exec->pool);
    if (put - atomic_load(&queue->done) < RING)
      break;
    help(flow->exec, seen);
  }
  queue->ring[put % RING] = *cmd;
  atomic_store(&queue->put, put + 1);
  wc_pool_changed(flow->exec->pool);
}

static bool is_empty(struct wc_flow *flow) {
  for (unsigned q = 0; q < WC_QUEUES; q++) {
    if (holds_commands(&flow->queue[q]))
      return false;
  }
  return true;
}

void wc_flow_drain(struct wc_flow *flow) {
  for (;;) {
    const unsigned seen = wc_pool_changes(flow->exec->pool);
    if (is_empty(flow))
      return;
    help(flow->exec, seen);
  }
}
