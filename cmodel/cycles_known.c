/* Commands that differ only in what does not matter for their time share an entry: the key is the
 * encoded command with all that set to zero. */
#include "cycles_known.h"

#include <stdlib.h>
#include <string.h>

#include "cycles_dma.h"

struct entry {
  bool used;
  uint32_t key[WC_MAX_WORDS];
  struct wc_timing timing;
};

struct wc_known {
  struct wc_model_config config;
  struct wc_memory_timing memory;
  struct entry *entries;
  size_t size, used; /* a power of two; entries in use */
};

enum { FIRST_SIZE = 1024, PAGE = 4096 };

struct wc_known *wc_known_new(const struct wc_model_config *config,
                              const struct wc_memory_timing *memory) {
  struct wc_known *known = calloc(1, sizeof *known);
  if (known == NULL)
    return NULL;
  *known = (struct wc_known){.config = *config, .memory = *memory, .size = FIRST_SIZE};
  known->entries = calloc(known->size, sizeof *known->entries);
  if (known->entries == NULL) {
    free(known);
    return NULL;
  }
  return known;
}

void wc_known_delete(struct wc_known *known) {
  if (known == NULL)
    return;
  free(known->entries);
  free(known);
}

/* What decides the time of @cmd, as docs/cycles.md lists it for each unit. */
static struct wc_cmd essence(const struct wc_known *known, const struct wc_cmd *cmd) {
  const struct wc_model_config *config = &known->config;
  const uint32_t round = config->banks * config->line_bytes;
  struct wc_cmd e = *cmd;
  e.hdr = (struct wc_hdr){.opcode = cmd->hdr.opcode};
  switch (cmd->hdr.opcode) {
    case WC_OP_GEMM:
      wc_timing_gemm_shape(config, &cmd->gemm, &e.gemm);
      break;
    case WC_OP_VEC:
      e.vec.k0 = e.vec.k1 = e.vec.k2 = e.vec.k3 = 0;
      for (unsigned i = 0; i < WC_VEC_INPUTS; i++)
        e.in[i].base %= round;
      for (unsigned i = 0; i < WC_VEC_OUTPUTS; i++)
        e.out[i].base %= round;
      break;
    default:
      e.dma.gb %= config->line_bytes;
      if (known->memory.dram == NULL) {
        e.dma.dram_lo %= PAGE;
        e.dma.dram_hi = 0;
      }
      break;
  }
  return e;
}

static void time_command(const struct wc_known *known, const struct wc_cmd *cmd,
                         struct wc_timing *timing) {
  struct wc_memory memory;
  wc_memory_open(&memory, &known->memory);
  wc_cycles_command(&known->config, &memory, cmd, timing);
  wc_memory_close(&memory);
}

/* FNV-1a. */
static uint64_t hash(const uint32_t *key) {
  uint64_t h = UINT64_C(0xCBF29CE484222325);
  for (unsigned i = 0; i < WC_MAX_WORDS; i++)
    h = (h ^ key[i]) * UINT64_C(0x100000001B3);
  return h ^ h >> 32;
}

/* The entry of @key, or the free one that it goes to. */
static struct entry *find(struct entry *entries, size_t size, const uint32_t *key) {
  size_t at = hash(key) & (size - 1);
  while (entries[at].used && memcmp(entries[at].key, key, sizeof entries[at].key) != 0)
    at = (at + 1) & (size - 1);
  return &entries[at];
}

static bool grow(struct wc_known *known) {
  struct entry *entries = calloc(2 * known->size, sizeof *entries);
  if (entries == NULL)
    return false;
  for (size_t i = 0; i < known->size; i++) {
    if (known->entries[i].used)
      *find(entries, 2 * known->size, known->entries[i].key) = known->entries[i];
  }
  free(known->entries);
  known->entries = entries;
  known->size *= 2;
  return true;
}

const struct wc_timing *wc_known_timing(struct wc_known *known, const struct wc_cmd *cmd) {
  struct wc_cmd e = essence(known, cmd);
  uint32_t key[WC_MAX_WORDS] = {0};
  (void)wc_cmd_encode(&e, key);
  struct entry *entry = find(known->entries, known->size, key);
  if (entry->used)
    return &entry->timing;
  if (2 * known->used >= known->size) {
    if (!grow(known))
      return NULL;
    entry = find(known->entries, known->size, key);
  }
  entry->used = true;
  memcpy(entry->key, key, sizeof key);
  time_command(known, cmd, &entry->timing);
  known->used++;
  return &entry->timing;
}
