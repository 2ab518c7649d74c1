#include "smoke.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AREA = 0x500000, TIMEOUT_MS = 60000 };

bool smoke_open(struct smoke *s, const char *uri) {
  char why[256];
  if (wc_open(uri, &s->dev, why, sizeof why) != WC_OK) {
    fprintf(stderr, "cannot open %s: %s\n", uri, why);
    return false;
  }
  s->caps = wc_caps(s->dev);
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.gbuf_bytes = s->caps->gbuf_bytes;
  config.mem_bytes = s->caps->mem_bytes;
  config.lanes = s->caps->lanes;
  config.threads = 1;
  s->model = wc_model_new(&config);
  return s->model != NULL;
}

void smoke_close(struct smoke *s) {
  wc_model_delete(s->model);
  wc_close(s->dev);
}

void smoke_verdict(struct smoke *s, bool ok, const char *name) {
  printf("%s %s\n", ok ? "ok  " : "FAIL", name);
  if (ok)
    s->passed++;
  else
    s->failed++;
}

void smoke_begin(struct smoke *s) {
  s->n_words = 0;
}

void smoke_add(struct smoke *s, struct wc_cmd *cmd, unsigned wait, unsigned signal) {
  static uint32_t number;
  if (s->n_words == 0)
    number = 0;
  cmd->hdr.wait = wait;
  cmd->hdr.signal = signal;
  cmd->hdr.id = 0x1000 + number++;
  const unsigned units = wc_cmd_encode(cmd, s->words + s->n_words);
  if (units == 0 || s->n_words + 2 * WC_MAX_WORDS > sizeof s->words / sizeof *s->words) {
    fprintf(stderr, "smoke: command cannot be encoded\n");
    exit(1);
  }
  s->n_words += units * (WC_UNIT_BYTES / 4);
}

void smoke_end(struct smoke *s) {
  struct wc_cmd end = {.hdr.opcode = WC_OP_END};
  smoke_add(s, &end, 0, 0);
}

int smoke_run(struct smoke *s) {
  int status = wc_write(s->dev, SMOKE_STREAM, s->words, s->n_words * 4);
  memcpy(wc_model_memory(s->model) + SMOKE_STREAM, s->words, s->n_words * 4);
  if (status == WC_OK)
    status = wc_submit(s->dev, SMOKE_STREAM, s->n_words * 4);
  if (status == WC_OK)
    status = wc_wait(s->dev, TIMEOUT_MS);
  if (status == WC_ETIMEDOUT)
    wc_dump_state(s->dev, 2);
  return status;
}

bool smoke_run_model(struct smoke *s, struct wc_model_error *error) {
  return wc_model_run(s->model, SMOKE_STREAM, s->n_words * 4, s->caps->mem_bytes, error);
}

void smoke_fill(struct smoke *s) {
  uint8_t *memory = wc_model_memory(s->model);
  wc_random_fill_mixed(&s->random, memory, SMOKE_DATA);
  if (wc_write(s->dev, 0, memory, AREA) != WC_OK)
    fprintf(stderr, "smoke: cannot write memory\n");
}

static bool memory_equal(struct smoke *s) {
  static uint8_t image[AREA];
  const uint8_t *expected = wc_model_memory(s->model);
  if (wc_read(s->dev, image, 0, AREA) != WC_OK)
    return false;
  if (memcmp(image, expected, AREA) == 0)
    return true;
  size_t at = 0;
  while (image[at] == expected[at])
    at++;
  printf("  DRAM 0x%zx: device 0x%02x, model 0x%02x\n", at, image[at], expected[at]);
  return false;
}

static bool counters_equal(struct smoke *s) {
  static const enum wc_counter compared[] = {WC_C_MACS,      WC_C_RD_BYTES, WC_C_WR_BYTES,
                                             WC_C_CMD_BYTES, WC_C_LOADS,    WC_C_STORES,
                                             WC_C_GEMMS,     WC_C_VECS};
  const struct wc_model_counters *want = wc_model_counters(s->model);
  struct wc_counters got;
  if (wc_counters_read(s->dev, &got) != WC_OK)
    return false;
  bool equal = true;
  for (size_t i = 0; i < sizeof compared / sizeof *compared; i++) {
    if (got.value[compared[i]] == want->value[compared[i]])
      continue;
    printf("  counter %s: device %" PRIu64 ", model %" PRIu64 "\n", wc_counter_name(compared[i]),
           got.value[compared[i]], want->value[compared[i]]);
    equal = false;
  }
  for (unsigned tag = 0; tag < WC_TAGS; tag++)
    equal = equal && got.tag_rd[tag] == want->tag_rd[tag] && got.tag_wr[tag] == want->tag_wr[tag];
  for (unsigned engine = 0; engine < WC_QUEUES; engine++) {
    uint64_t sum = 0;
    for (enum wc_counter i = wc_engines[engine].first; i <= wc_engines[engine].last; i++)
      sum += got.value[i];
    if (sum != got.value[WC_C_CYCLES]) {
      printf("  states of engine %u add up to %" PRIu64 " of %" PRIu64 " cycles\n", engine, sum,
             got.value[WC_C_CYCLES]);
      equal = false;
    }
  }
  return equal;
}

bool smoke_equal(struct smoke *s) {
  const bool memory = memory_equal(s), counters = counters_equal(s);
  return memory && counters;
}
