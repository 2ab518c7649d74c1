/* Of a stream, what placing its commands needs. */
#include "cycles_brief.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"

void wc_briefs_free(struct wc_briefs *b) {
  free(b->brief);
  free(b->reach);
  *b = (struct wc_briefs){0};
}

static bool add_reach(struct wc_briefs *b, const struct wc_gemm *gemm, uint32_t *number) {
  struct wc_gemm_reach *reach = wc_grown(b->reach, b->reaches, &b->reach_room, sizeof *reach);
  if (reach == NULL)
    return false;
  b->reach = reach;
  *number = (uint32_t)b->reaches;
  reach[b->reaches++] = wc_reach_of_gemm(gemm);
  return true;
}

static struct wc_brief *add(struct wc_briefs *b) {
  struct wc_brief *brief = wc_grown(b->brief, b->count, &b->room, sizeof *brief);
  if (brief == NULL)
    return NULL;
  b->brief = brief;
  return &brief[b->count++];
}

/* Lines that a LOAD or STORE moves. */
static uint32_t lines_of(const struct wc_dma *d, unsigned line) {
  return (d->n0 + line - 1) / line * d->n1 * d->n2 * d->n3;
}

static bool add_command(struct wc_briefs *b, const struct wc_model_config *config,
                        struct wc_known *known, const struct wc_cmd *cmd, uint32_t at) {
  struct wc_brief *brief = add(b);
  if (brief == NULL)
    return false;
  const bool end = cmd->hdr.opcode == WC_OP_END;
  *brief = (struct wc_brief){.queue = (uint8_t)(end ? WC_QUEUES : wc_opcode_queue(cmd->hdr.opcode)),
                             .units = (uint8_t)cmd->hdr.units,
                             .wait = (uint8_t)cmd->hdr.wait,
                             .signal = (uint8_t)cmd->hdr.signal,
                             .at = at,
                             .timing = WC_UNKNOWN};
  if (end)
    return true;
  if (brief->queue < 2)
    brief->asks = lines_of(&cmd->dma, config->line_bytes);
  else if (cmd->hdr.opcode == WC_OP_VEC)
    brief->streams = cmd->vec.n_in + cmd->vec.n_out;
  else if (!add_reach(b, &cmd->gemm, &brief->reach))
    return false;
  return wc_known_enter(known, cmd, &brief->timing);
}

/* What GEMMs and VECs ask for is known with their timings. */
static void count_asks(struct wc_briefs *b, const struct wc_known *known) {
  for (size_t i = 0; i < b->count; i++) {
    struct wc_brief *brief = &b->brief[i];
    if (brief->queue < 2 || brief->queue == WC_QUEUES)
      continue;
    const struct wc_timing *timing = wc_known_timing(known, brief->timing);
    for (unsigned p = 0; p < WC_UNIT_PORTS; p++)
      brief->asks += timing->port[p].asks;
  }
}

bool wc_briefs_read(struct wc_briefs *b, const struct wc_model_config *config,
                    struct wc_known *known, const uint32_t *words, size_t bytes,
                    uint64_t counters[WC_COUNTERS]) {
  const size_t units = bytes / WC_UNIT_BYTES;
  uint64_t work[WC_COUNTERS] = {0};
  struct wc_cmd cmd = {0};
  b->count = b->reaches = 0;
  for (size_t at = 0; cmd.hdr.opcode != WC_OP_END; at += cmd.hdr.units) {
    if (at >= units ||
        wc_cmd_decode(words + at * (WC_UNIT_BYTES / 4), units - at, &cmd) != WC_E_NONE ||
        !add_command(b, config, known, &cmd, (uint32_t)at))
      return false;
    wc_cycles_count_work(config, &cmd, work);
    work[WC_C_CMD_BYTES] += (uint64_t)cmd.hdr.units * WC_UNIT_BYTES;
  }
  if (!wc_known_learn(known))
    return false;
  count_asks(b, known);
  for (unsigned i = 0; i < WC_COUNTERS; i++)
    counters[i] += work[i];
  return true;
}
