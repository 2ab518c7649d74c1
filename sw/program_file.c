/* Programs as files: see docs/cli.md, "The .wcs file". All numbers little-endian. */
#include <stdlib.h>

#include "bytes.h"
#include "program.h"
#include "report.h"

#define FILE_FORMAT 5
#define REGION_NAME sizeof(((struct wc_region *)0)->name)
#define COUNT_LIMIT 1000000u /* regions, groups: more cannot be right */

static const struct wc_seal seal = {"WCS1", FILE_FORMAT, "a WaveCore program", "compile it again"};

static uint32_t kept_bits(const struct wc_group *g) {
  return (uint32_t)g->reuse | (uint32_t)g->pin << 1 | (uint32_t)g->room << 2 |
         (uint32_t)g->keep << 3;
}

static void put_program(struct wc_bytes *b, const struct wc_program *p) {
  wc_put_text(b, p->net, sizeof p->net);
  wc_put32(b, (uint32_t)p->config);
  wc_put32(b, p->batch);
  wc_put32(b, p->cores);
  wc_put64(b, p->gbuf_bytes);
  wc_put64(b, p->dram_bytes);
  wc_put32(b, p->n_regions);
  wc_put32(b, p->n_groups);
  for (unsigned c = 0; c < WC_CLASSES; c++) {
    wc_put64(b, p->class_bytes[c][0]);
    wc_put64(b, p->class_bytes[c][1]);
  }
  for (unsigned i = 0; i < WC_SECTIONS * p->cores; i++) {
    const struct wc_section *section = &p->section[i / p->cores][i % p->cores];
    wc_put64(b, section->addr);
    wc_put64(b, section->words != NULL ? section->bytes : 0);
  }
  for (uint32_t i = 0; i < p->n_regions; i++) {
    const struct wc_region *r = &p->regions[i];
    wc_put_text(b, r->name, REGION_NAME);
    wc_put64(b, r->addr);
    wc_put64(b, r->bytes);
    wc_put64(b, r->pitch);
    const uint32_t numbers[] = {(uint32_t)r->type, r->n, r->h, r->w, r->c};
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
      wc_put32(b, numbers[k]);
  }
  for (uint32_t i = 0; i < p->n_groups; i++) {
    const struct wc_group *g = &p->groups[i];
    const uint32_t numbers[] = {g->first,         g->last,      g->sub_batch,
                                g->iterations,    g->slab_rows, (uint32_t)g->direction,
                                (uint32_t)g->way, kept_bits(g)};
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
      wc_put32(b, numbers[k]);
  }
  for (unsigned i = 0; i < WC_SECTIONS * p->cores; i++) {
    const struct wc_section *section = &p->section[i / p->cores][i % p->cores];
    for (uint64_t k = 0; section->words != NULL && k < section->bytes / 4; k++)
      wc_put32(b, section->words[k]);
  }
}

bool wc_program_save(const struct wc_program *program, const char *path, struct wc_report *why) {
  struct wc_bytes body = {0};
  put_program(&body, program);
  const bool ok = wc_seal_save(&seal, path, &body, why);
  free(body.data);
  return ok;
}

static bool inside(uint64_t addr, uint64_t bytes, uint64_t limit) {
  return bytes <= limit && addr <= limit - bytes;
}

static void get_region(struct wc_bytes *b, struct wc_region *r) {
  wc_get_text(b, r->name, REGION_NAME);
  r->addr = wc_get64(b);
  r->bytes = wc_get64(b);
  r->pitch = wc_get64(b);
  r->type = (enum wc_type)wc_get32(b);
  r->n = wc_get32(b);
  r->h = wc_get32(b);
  r->w = wc_get32(b);
  r->c = wc_get32(b);
}

static bool get_tables(struct wc_bytes *b, struct wc_program *p) {
  p->regions = calloc((size_t)p->n_regions + 1, sizeof *p->regions);
  p->groups = calloc((size_t)p->n_groups + 1, sizeof *p->groups);
  if (p->regions == NULL || p->groups == NULL)
    return false;
  for (uint32_t i = 0; i < p->n_regions && !b->failed; i++) {
    get_region(b, &p->regions[i]);
    if (!inside(p->regions[i].addr, p->regions[i].bytes, p->dram_bytes))
      b->failed = true;
  }
  for (uint32_t i = 0; i < p->n_groups && !b->failed; i++) {
    struct wc_group *g = &p->groups[i];
    g->first = wc_get32(b);
    g->last = wc_get32(b);
    g->sub_batch = wc_get32(b);
    g->iterations = wc_get32(b);
    g->slab_rows = wc_get32(b);
    g->direction = (enum wc_direction)wc_get32(b);
    g->way = (enum wc_way)wc_get32(b);
    const uint32_t kept = wc_get32(b);
    g->reuse = (kept & 1) != 0;
    g->pin = (kept & 2) != 0;
    g->room = (kept & 4) != 0;
    g->keep = (enum wc_keep)(kept >> 3);
    b->failed = b->failed || kept >> 3 >= WC_KEEPS;
  }
  return true;
}

static bool get_sections(struct wc_bytes *b, struct wc_program *p) {
  for (unsigned i = 0; i < WC_SECTIONS * p->cores; i++) {
    struct wc_section *section = &p->section[i / p->cores][i % p->cores];
    if (section->bytes == 0)
      continue;
    if (section->bytes % WC_UNIT_BYTES != 0 || section->addr % WC_UNIT_BYTES != 0 ||
        !inside(section->addr, section->bytes, p->dram_bytes) || section->bytes > b->size - b->at) {
      b->failed = true;
      return true;
    }
    section->words = malloc(section->bytes);
    if (section->words == NULL)
      return false;
    for (uint64_t k = 0; k < section->bytes / 4; k++)
      section->words[k] = wc_get32(b);
  }
  return true;
}

/* Reads what put_program wrote. False: out of memory; nonsense sets b->failed. */
static bool get_program(struct wc_bytes *b, struct wc_program *p) {
  wc_get_text(b, p->net, sizeof p->net);
  p->config = (enum wc_config)wc_get32(b);
  p->batch = wc_get32(b);
  p->cores = wc_get32(b);
  if (p->cores == 0 || p->cores > WC_CORES_MAX) {
    b->failed = true;
    p->cores = 1;
  }
  p->gbuf_bytes = wc_get64(b);
  p->dram_bytes = wc_get64(b);
  p->n_regions = wc_get32(b);
  p->n_groups = wc_get32(b);
  for (unsigned c = 0; c < WC_CLASSES; c++) {
    p->class_bytes[c][0] = wc_get64(b);
    p->class_bytes[c][1] = wc_get64(b);
  }
  for (unsigned i = 0; i < WC_SECTIONS * p->cores; i++) {
    struct wc_section *section = &p->section[i / p->cores][i % p->cores];
    section->addr = wc_get64(b);
    section->bytes = wc_get64(b);
  }
  if ((uint32_t)p->config >= WC_CONFIGS || p->batch == 0 || p->n_regions > COUNT_LIMIT ||
      p->n_groups > COUNT_LIMIT) {
    b->failed = true;
    p->n_regions = p->n_groups = 0;
    return true;
  }
  return get_tables(b, p) && (b->failed || get_sections(b, p));
}

struct wc_program *wc_program_load(const char *path, struct wc_report *why) {
  struct wc_bytes b;
  if (!wc_seal_load(&seal, path, &b, why))
    return NULL;
  struct wc_program *program = calloc(1, sizeof *program);
  const bool memory = program != NULL && get_program(&b, program);
  if (!memory || b.failed || b.at != b.size) {
    if (memory)
      (void)wc_fail(why, "%s: its contents make no sense although its CRC-32 is right", path);
    else
      (void)wc_fail(why, "%s: out of memory", path);
    wc_program_delete(program);
    program = NULL;
  }
  free(b.data);
  return program;
}
