#include "work.h"

static uint64_t ceil_div(uint64_t a, uint64_t b) {
  return (a + b - 1) / b;
}

/* Column tiles that share a pass over A, and rows of a block: docs/gemm.md, "Order". */
static unsigned tiles_together(const struct wc_model_config *device, uint64_t m, uint64_t n) {
  const unsigned wave = device->rows + 1;
  for (unsigned tiles = 4; tiles > 1; tiles /= 2) {
    const unsigned block = device->acc_rows / tiles;
    if (n > (uint64_t)tiles / 2 * device->cols && (block >= wave || m <= block))
      return tiles;
  }
  return 1;
}

/* A is fetched once for each group of column tiles and passes the array once for each tile; B is
 * fetched once for each block of rows; a sum is read and written once for each tile of depth. */
static void gemm(const struct wc_model_config *device, const struct wc_gemm *g,
                 struct wc_work *work) {
  const uint64_t positions = (uint64_t)g->p2 * g->p1 * g->p0,
                 taps = (uint64_t)g->q2 * g->q1 * g->q0;
  const uint64_t m = g->a_trans ? taps : positions, k = g->a_trans ? positions : taps, n = g->n;
  const unsigned together = tiles_together(device, m, n);
  const uint64_t tiles = ceil_div(n, device->cols);
  const uint64_t a = 2 * m * k * ceil_div(tiles, together);
  const uint64_t b = 2 * k * n * ceil_div(m, device->acc_rows / together);
  const uint64_t c = m * n * (g->c_fp32 ? 4 : 2), p = g->preload ? 4 * m * n : 0;
  work->macs += m * n * k;
  work->buffer_bytes += a + b + c + p;
  work->local_bytes += a + 2 * m * k * tiles + 2 * b;
  work->local_bytes += 8 * m * n * ceil_div(k, device->rows) + c + p;
}

/* Bytes that a stream fetches or stores: a dimension it does not step along costs nothing. */
static uint64_t stream_bytes(const struct wc_vec *v, const struct wc_stream *s, bool reduced) {
  uint64_t elems = s->s0 != 0 || s->type == WC_T_BIT ? v->d0 : 1;
  elems *= reduced ? (s->keep ? 8 : 1) : s->s1 != 0 ? v->d1 : 1;
  elems *= s->s2 != 0 ? v->d2 : 1;
  elems *= s->s3 != 0 ? v->d3 : 1;
  return s->type == WC_T_BIT ? ceil_div(elems, 8) : elems * wc_type_bytes(s->type);
}

static void vector_step(const struct wc_step *step, uint64_t elems, struct wc_work *work) {
  switch (step->op) {
    case WC_V_NOP:
    case WC_V_MOV:
      break;
    case WC_V_FMA:
    case WC_V_DIV:
    case WC_V_SQRT:
      work->adds += elems;
      work->muls += elems;
      break;
    case WC_V_MUL:
      work->muls += elems;
      break;
    default:
      work->adds += elems;
  }
}

static void vector(const struct wc_cmd *cmd, struct wc_work *work) {
  const struct wc_vec *v = &cmd->vec;
  const uint64_t elems = (uint64_t)v->d0 * v->d1 * v->d2 * v->d3;
  for (unsigned i = 0; i < WC_STEPS; i++)
    vector_step(&cmd->step[i], elems, work);
  for (unsigned i = 0; i < v->n_in; i++)
    work->buffer_bytes += stream_bytes(v, &cmd->in[i], false);
  for (unsigned i = 0; i < v->n_out; i++) {
    const struct wc_stream *out = &cmd->out[i];
    const uint64_t bytes = stream_bytes(v, out, out->reduce != 0);
    work->adds += out->reduce != 0 ? elems : 0;
    work->buffer_bytes += out->load ? 2 * bytes : bytes;
  }
}

void wc_work_command(const struct wc_model_config *device, const struct wc_cmd *cmd,
                     struct wc_work *work) {
  uint64_t counters[WC_COUNTERS] = {0};
  work->dram_bytes += (uint64_t)cmd->hdr.units * WC_UNIT_BYTES;
  switch (cmd->hdr.opcode) {
    case WC_OP_LOAD:
    case WC_OP_STORE:
      wc_count_work(cmd, counters);
      work->dram_bytes += counters[WC_C_RD_BYTES] + counters[WC_C_WR_BYTES];
      work->buffer_bytes += counters[WC_C_RD_BYTES] + counters[WC_C_WR_BYTES];
      break;
    case WC_OP_GEMM:
      gemm(device, &cmd->gemm, work);
      break;
    case WC_OP_VEC:
      vector(cmd, work);
      break;
    default:
      break;
  }
}

bool wc_work_stream(const struct wc_model_config *device, const uint32_t *words, size_t bytes,
                    struct wc_work *work) {
  struct wc_cmd cmd;
  const size_t units = bytes / WC_UNIT_BYTES;
  for (size_t at = 0; at < units; at += cmd.hdr.units) {
    if (wc_cmd_decode(words + 4 * at, units - at, &cmd) != WC_E_NONE)
      return false;
    wc_work_command(device, &cmd, work);
  }
  return true;
}
