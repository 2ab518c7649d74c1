/* Commands that differ only in what does not matter for their time share an entry. */
#include "cycles_known.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cycles_dma.h"
#include "cycles_vec.h"
#include "grow.h"
#include "pool.h"

enum { FIRST_SIZE = 1024, PAGE = 4096, KEY_WORDS = 64 };

/* What decides the time of a command, as docs/cycles.md lists it for each unit. */
struct key {
  unsigned words;
  uint32_t word[KEY_WORDS];
};

struct entry {
  struct key key;
  struct wc_timing timing;
};

struct wc_known {
  struct wc_model_config config;
  struct wc_memory_timing memory;
  struct entry *entries; /* room for half as many as there are slots */
  struct wc_cmd *cmd;    /* of the entries that are not timed: those from @timed on */
  size_t timed, room;
  uint32_t *slots;   /* by hash: 0, or 1 + the entry's number */
  size_t size, used; /* slots, a power of two; entries */
};

struct wc_known *wc_known_new(const struct wc_model_config *config,
                              const struct wc_memory_timing *memory) {
  struct wc_known *known = calloc(1, sizeof *known);
  if (known == NULL)
    return NULL;
  *known = (struct wc_known){.config = *config, .memory = *memory, .size = FIRST_SIZE};
  known->slots = calloc(known->size, sizeof *known->slots);
  known->entries = malloc(known->size / 2 * sizeof *known->entries);
  if (known->slots == NULL || known->entries == NULL) {
    wc_known_delete(known);
    return NULL;
  }
  return known;
}

void wc_known_delete(struct wc_known *known) {
  if (known == NULL)
    return;
  free(known->slots);
  free(known->entries);
  free(known->cmd);
  free(known);
}

static void put(struct key *key, uint32_t word) {
  key->word[key->words++] = word;
}

/* A shape stands for all commands that differ from it in the banks of their operands: those are
 * left to chance anyway, by others that meet them there. Each operand begins in the first bank. */
static struct wc_gemm gemm_shape(const struct wc_model_config *config, const struct wc_gemm *gemm) {
  struct wc_gemm shape;
  wc_timing_gemm_shape(config, gemm, &shape);
  shape.a_base %= config->line_bytes;
  shape.b_base %= config->line_bytes;
  shape.c_base %= config->line_bytes;
  shape.p_base %= config->line_bytes;
  return shape;
}

static struct wc_cmd shape_of(const struct wc_model_config *config, const struct wc_cmd *cmd) {
  struct wc_cmd shape = *cmd;
  if (cmd->hdr.opcode == WC_OP_GEMM) {
    shape.gemm = gemm_shape(config, &cmd->gemm);
  } else if (cmd->hdr.opcode == WC_OP_VEC) {
    for (unsigned i = 0; i < cmd->vec.n_in; i++)
      shape.in[i].base %= config->line_bytes;
    for (unsigned i = 0; i < cmd->vec.n_out; i++)
      shape.out[i].base %= config->line_bytes;
  }
  return shape;
}

static void put_gemm(struct key *key, const struct wc_model_config *config,
                     const struct wc_gemm *gemm) {
  const struct wc_gemm shape = gemm_shape(config, gemm);
  static_assert(sizeof shape <= (KEY_WORDS - 1) * sizeof *key->word, "members are words");
  memcpy(key->word + key->words, &shape, sizeof shape);
  key->words += (unsigned)(sizeof shape / sizeof *key->word);
}

/* A stride counts where there is more than one step of it; s1 is also that of chains. */
static void put_stream(struct key *key, const struct wc_vec *vec, const struct wc_stream *s,
                       uint32_t line_bytes) {
  put(key, s->type | (uint32_t)(s->reduce != 0) << 2 | s->chains << 3 | s->load << 4 |
               s->keep << 5 | (uint32_t)s->s0 << 16);
  put(key, s->base % line_bytes);
  put(key, vec->d1 != 1 || s->reduce != 0 ? (uint32_t)s->s1 : 0);
  put(key, vec->d2 != 1 ? (uint32_t)s->s2 : 0);
  put(key, vec->d3 != 1 ? (uint32_t)s->s3 : 0);
}

static void put_vec(struct key *key, const struct wc_model_config *config,
                    const struct wc_cmd *cmd) {
  const struct wc_vec *v = &cmd->vec;
  put(key, v->n_in | v->n_out << 4);
  put(key, v->d0);
  put(key, v->d1);
  put(key, v->d2 | v->d3 << 16);
  for (unsigned i = 0; i < WC_STEPS; i++)
    put(key, vec_streams_read(&cmd->step[i]));
  put(key, vec_divides(cmd));
  for (unsigned i = 0; i < v->n_in; i++)
    put_stream(key, v, &cmd->in[i], config->line_bytes);
  for (unsigned i = 0; i < v->n_out; i++)
    put_stream(key, v, &cmd->out[i], config->line_bytes);
}

/* The place in DRAM: of a single run, the number of its bursts suffices, while that does not exceed
 * those under way, beside the place in a beat; a burst then is asked for in each cycle, whatever
 * its length, and beats follow each other. */
static void put_place(struct key *key, const struct wc_model_config *config,
                      const struct wc_dma *d) {
  const uint32_t most = 256 * config->axi_bytes < PAGE ? 256 * config->axi_bytes : PAGE;
  const uint32_t bursts = (d->dram_lo % most + d->n0 + most - 1) / most;
  const bool single = d->n1 == 1 && d->n2 == 1 && d->n3 == 1;
  const bool few = single && bursts <= config->outstanding;
  put(key, d->dram_lo % (few ? config->axi_bytes : PAGE));
  put(key, few ? bursts : 0);
}

static void put_dma(struct key *key, const struct wc_model_config *config, const struct wc_dma *d) {
  put_place(key, config, d);
  put(key, d->gb % config->line_bytes);
  put(key, d->n0);
  put(key, d->n1 | d->n2 << 16);
  put(key, d->n3);
  put(key, d->n1 != 1 ? (uint32_t)d->ds1 : 0);
  put(key, d->n2 != 1 ? (uint32_t)d->ds2 : 0);
  put(key, d->n3 != 1 ? (uint32_t)d->ds3 : 0);
  put(key, d->n1 != 1 ? (uint32_t)d->gs1 : 0);
  put(key, d->n2 != 1 ? (uint32_t)d->gs2 : 0);
  put(key, d->n3 != 1 ? (uint32_t)d->gs3 : 0);
}

static void key_of(const struct wc_known *known, const struct wc_cmd *cmd, struct key *key) {
  key->words = 0;
  put(key, cmd->hdr.opcode);
  if (cmd->hdr.opcode == WC_OP_GEMM)
    put_gemm(key, &known->config, &cmd->gemm);
  else if (cmd->hdr.opcode == WC_OP_VEC)
    put_vec(key, &known->config, cmd);
  else
    put_dma(key, &known->config, &cmd->dma);
}

/* FNV-1a. */
static uint64_t hash(const struct key *key) {
  uint64_t h = UINT64_C(0xCBF29CE484222325);
  for (unsigned i = 0; i < key->words; i++)
    h = (h ^ key->word[i]) * UINT64_C(0x100000001B3);
  return h ^ h >> 32;
}

static bool same(const struct key *a, const struct key *b) {
  return a->words == b->words && memcmp(a->word, b->word, a->words * sizeof *a->word) == 0;
}

/* The slot of @key, or the free one that it goes to. */
static uint32_t *find(const struct wc_known *known, const struct key *key) {
  size_t at = hash(key) & (known->size - 1);
  while (known->slots[at] != 0 && !same(&known->entries[known->slots[at] - 1].key, key))
    at = (at + 1) & (known->size - 1);
  return &known->slots[at];
}

static bool grow(struct wc_known *known) {
  struct entry *entries = realloc(known->entries, known->size * sizeof *entries);
  if (entries != NULL)
    known->entries = entries;
  uint32_t *slots = calloc(2 * known->size, sizeof *slots);
  if (entries == NULL || slots == NULL) {
    free(slots);
    return false;
  }
  free(known->slots);
  known->slots = slots;
  known->size *= 2;
  for (size_t i = 0; i < known->used; i++)
    *find(known, &entries[i].key) = (uint32_t)i + 1;
  return true;
}

int32_t wc_known_find(const struct wc_known *known, const struct wc_cmd *cmd) {
  struct key key;
  key_of(known, cmd, &key);
  return (int32_t)*find(known, &key) - 1;
}

const struct wc_timing *wc_known_timing(const struct wc_known *known, int32_t number) {
  return &known->entries[number].timing;
}

/* ---- learning ------------------------------------------------------------------------------- */

/* Keeps @cmd, which has the newest entry, until it is timed. */
static bool keep(struct wc_known *known, const struct wc_cmd *cmd) {
  const size_t number = known->used - 1 - known->timed;
  struct wc_cmd *list = wc_grown(known->cmd, number, &known->room, sizeof *list);
  if (list == NULL)
    return false;
  known->cmd = list;
  list[number] = *cmd;
  return true;
}

static void forget(struct wc_known *known) {
  memset(known->slots, 0, known->size * sizeof *known->slots);
  known->used = known->timed = 0;
}

bool wc_known_enter(struct wc_known *known, const struct wc_cmd *cmd, int32_t *number) {
  *number = WC_UNKNOWN;
  if (known->memory.dram != NULL && wc_opcode_queue(cmd->hdr.opcode) < 2)
    return true; /* takes another time each time */
  struct key key;
  key_of(known, cmd, &key);
  uint32_t *slot = find(known, &key);
  if (*slot == 0) {
    known->entries[known->used++].key = key;
    *slot = (uint32_t)known->used;
    *number = (int32_t)known->used - 1;
    if (keep(known, cmd) && (2 * known->used < known->size || grow(known)))
      return true;
    forget(known);
    return false;
  }
  *number = (int32_t)*slot - 1;
  return true;
}

static void time_command(void *arg, size_t task, unsigned worker) {
  (void)worker;
  struct wc_known *known = arg;
  struct wc_memory memory = {.timing = &known->memory};
  const struct wc_cmd shape = shape_of(&known->config, &known->cmd[task]);
  wc_cycles_command(&known->config, &memory, &shape, &known->entries[known->timed + task].timing);
}

bool wc_known_learn(struct wc_known *known) {
  if (known->timed == known->used)
    return true;
  struct wc_pool *pool = wc_pool_new(known->config.threads, NULL, NULL);
  if (pool == NULL) {
    forget(known);
    return false;
  }
  wc_pool_run(pool, 0, known->used - known->timed, time_command, known);
  wc_pool_delete(pool);
  known->timed = known->used;
  return true;
}
