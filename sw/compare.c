#include "compare.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fp16.h"
#include "report.h"

#define PIECE ((size_t)1 << 20)

/* The smallest region that holds @address: one that lies within another says more. */
static const struct wc_region *region_at(const struct wc_program *p, uint64_t address) {
  const struct wc_region *best = NULL;
  for (uint32_t i = 0; i < p->n_regions; i++) {
    const struct wc_region *r = &p->regions[i];
    if (address >= r->addr && address - r->addr < r->bytes &&
        (best == NULL || r->bytes < best->bytes))
      best = r;
  }
  return best;
}

static void format_value(enum wc_type type, const uint8_t *at, char text[48]) {
  if (type == WC_T_FP32) {
    const float value = wc_fp32_load(at);
    snprintf(text, 48, "%.9g (0x%08" PRIX32 ")", (double)value, wc_fp32_bits(value));
  } else if (type == WC_T_FP16) {
    snprintf(text, 48, "%.6g (0x%04X)", (double)wc_fp16_load(at), at[0] | at[1] << 8);
  } else {
    snprintf(text, 48, "%u (0x%02X)", *at, *at);
  }
}

static enum wc_outcome unreadable(const struct wc_trainer *t, int status, struct wc_report *why) {
  (void)wc_fail(why, "device %s: %s", t->session->device_name, wc_strerror(status));
  return WC_DEVICE_ERROR;
}

/* Describes the difference at @address; @a and @b point at the element's bytes there. */
static enum wc_outcome describe(struct wc_trainer *t[2], uint64_t address, struct wc_difference *d,
                                struct wc_report *why) {
  const struct wc_region *r = region_at(t[0]->session->program, address);
  uint64_t element = address;
  enum wc_type type = WC_T_U8;
  d->address = address;
  d->index = address;
  snprintf(d->where, sizeof d->where, "no tensor");
  if (r != NULL) {
    const uint64_t size = wc_type_bytes(r->type), offset = address - r->addr;
    const uint64_t sample = r->pitch > 0 ? offset / r->pitch : 0;
    const uint64_t within = (offset - sample * r->pitch) / size;
    const uint64_t per_sample = (uint64_t)r->h * r->w * r->c;
    type = r->type;
    element = r->addr + sample * r->pitch + within * size;
    /* BIT: the index of the byte's first element. */
    d->index = sample * per_sample + (r->type == WC_T_BIT ? 8 * within : within);
    snprintf(d->where, sizeof d->where, "%s", r->name);
  }
  for (unsigned i = 0; i < 2; i++) {
    uint8_t raw[4] = {0};
    const int status = wc_read(t[i]->session->dev, raw, element, wc_type_bytes(type));
    if (status != WC_OK)
      return unreadable(t[i], status, why);
    format_value(type, raw, d->value[i]);
  }
  d->found = true;
  return WC_DONE;
}

/* Finds the bytes that are the same from @at on, up to @size. */
static enum wc_outcome compare_bytes(struct wc_trainer *t[2], uint64_t at, size_t size,
                                     uint8_t *const raw[2], size_t *same, struct wc_report *why) {
  for (unsigned i = 0; i < 2; i++) {
    const int status = wc_read(t[i]->session->dev, raw[i], at, size);
    if (status != WC_OK)
      return unreadable(t[i], status, why);
  }
  *same = 0;
  if (memcmp(raw[0], raw[1], size) == 0)
    *same = size;
  else
    while (raw[0][*same] == raw[1][*same])
      ++*same;
  return WC_DONE;
}

static enum wc_outcome compare_checksums(struct wc_trainer *t[2], uint64_t at, size_t size,
                                         bool *equal, struct wc_report *why) {
  uint32_t crc[2];
  for (unsigned i = 0; i < 2; i++) {
    const int status = wc_checksum(t[i]->session->dev, at, size, &crc[i]);
    if (status != WC_OK)
      return unreadable(t[i], status, why);
  }
  *equal = crc[0] == crc[1];
  return WC_DONE;
}

static enum wc_outcome compare_memory(struct wc_trainer *t[2], struct wc_comparison *result,
                                      struct wc_report *why) {
  const uint64_t total = t[0]->session->program->dram_bytes;
  uint8_t *raw[2] = {malloc(PIECE), malloc(PIECE)};
  enum wc_outcome outcome = WC_DONE;
  if (raw[0] == NULL || raw[1] == NULL) {
    (void)wc_fail(why, "out of memory");
    outcome = WC_FAILED;
  }
  for (uint64_t at = 0; at < total && outcome == WC_DONE && !result->difference.found;
       at += PIECE) {
    const size_t size = total - at < PIECE ? (size_t)(total - at) : PIECE;
    size_t same = size;
    bool equal = false;
    if (result->checksums)
      outcome = compare_checksums(t, at, size, &equal, why);
    if (outcome == WC_DONE && !equal)
      outcome = compare_bytes(t, at, size, raw, &same, why);
    if (outcome != WC_DONE)
      break;
    result->bytes += same;
    if (same < size)
      outcome = describe(t, at + same, &result->difference, why);
  }
  free(raw[0]);
  free(raw[1]);
  return outcome;
}

static void differ_counter(struct wc_difference *d, const char *name, uint64_t a, uint64_t b) {
  if (d->found || a == b)
    return;
  d->found = true;
  snprintf(d->where, sizeof d->where, "counter %s", name);
  snprintf(d->value[0], sizeof d->value[0], "%" PRIu64, a);
  snprintf(d->value[1], sizeof d->value[1], "%" PRIu64, b);
}

/* What must be equal: bytes, MACs, commands; cycles and beats belong to each device. */
static enum wc_outcome compare_counters(struct wc_trainer *t[2], struct wc_difference *d,
                                        struct wc_report *why) {
  static const enum wc_counter equal[] = {WC_C_MACS,  WC_C_RD_BYTES, WC_C_WR_BYTES, WC_C_CMD_BYTES,
                                          WC_C_LOADS, WC_C_STORES,   WC_C_GEMMS,    WC_C_VECS};
  struct wc_counters c[2];
  for (unsigned i = 0; i < 2; i++) {
    const enum wc_outcome outcome = wc_session_counters(t[i]->session, &c[i], why);
    if (outcome != WC_DONE)
      return outcome;
  }
  for (size_t i = 0; i < sizeof equal / sizeof *equal; i++)
    differ_counter(d, wc_counter_name(equal[i]), c[0].value[equal[i]], c[1].value[equal[i]]);
  for (unsigned i = 0; i < WC_TAGS; i++) {
    differ_counter(d, "of bytes loaded, by tag", c[0].tag_rd[i], c[1].tag_rd[i]);
    differ_counter(d, "of bytes stored, by tag", c[0].tag_wr[i], c[1].tag_wr[i]);
  }
  return WC_DONE;
}

static enum wc_outcome compare_all(struct wc_trainer *t[2], const char *after,
                                   struct wc_comparison *result, struct wc_report *why) {
  struct wc_difference *d = &result->difference;
  d->step = t[0]->state.step + (strcmp(after, "STEP") == 0 ? 1 : 0);
  d->after = after;
  enum wc_outcome outcome = compare_memory(t, result, why);
  if (outcome == WC_DONE && !d->found)
    outcome = compare_counters(t, d, why);
  return outcome;
}

enum wc_outcome wc_compare_step(struct wc_trainer *a, struct wc_trainer *b,
                                struct wc_comparison *result, struct wc_report *why) {
  struct wc_trainer *t[2] = {a, b};
  struct wc_step_result step[2];
  enum wc_outcome outcome = WC_DONE;
  for (unsigned i = 0; i < 2 && outcome == WC_DONE; i++) {
    outcome = wc_train_feed(t[i], why);
    if (outcome == WC_DONE)
      outcome = wc_train_forward_backward(t[i], &step[i], why);
  }
  if (outcome == WC_DONE)
    outcome = compare_all(t, "STEP", result, why);
  for (unsigned i = 0; i < 2 && outcome == WC_DONE && !result->difference.found; i++)
    outcome = wc_train_update(t[i], &step[i], why);
  if (outcome == WC_DONE && !result->difference.found)
    outcome = compare_all(t, "UPDATE", result, why);
  return outcome;
}
