/* A compiled network: streams, where everything lies in DRAM, and what traffic was planned. The
 * .wcs file holds one. See docs/compiler.md for the file format. */
#ifndef WC_PROGRAM_H
#define WC_PROGRAM_H

#include <stdint.h>

#include "graph.h"
#include "plan.h"

/* Of one core there are streams for steps in a row, too. These read parameters, masters and momenta
 * of one set and write the other one; STEP, UPDATE, INFER and the host know the first set only. */
enum wc_section_kind {
  WC_SECTION_STEP,   /* forward and backward */
  WC_SECTION_UPDATE, /* with the gradients of STEP */
  WC_SECTION_INFER,
  WC_SECTION_TRAIN_A, /* STEP with UPDATE on its way, from the first set to the second */
  WC_SECTION_TRAIN_B, /* the same from the second to the first */
  WC_SECTION_SETTLE,  /* copies the second set to the first */
  WC_SECTIONS
};

struct wc_section {
  uint64_t addr; /* DRAM address of the stream, a multiple of 16 */
  uint64_t bytes;
  uint32_t *words; /* bytes/4 of them; NULL: section absent */
};

/* A named region of DRAM: tensors, masters, momenta. */
struct wc_region {
  char name[WC_NAME_MAX + 16]; /* tensor name; "NAME.master", "NAME.momentum" */
  uint64_t addr, bytes;
  enum wc_type type;
  uint32_t n, h, w, c; /* n: samples; gradients of parameters, finite: cores; other parameters: 1 */
  uint64_t pitch;      /* bytes from one of the n to the next */
};

struct wc_program {
  char net[WC_NAME_MAX];
  enum wc_config config;
  uint32_t batch;
  uint32_t cores;      /* runs on so many: core k has streams section[..][k] */
  uint64_t gbuf_bytes; /* needs at least this much global buffer */
  uint64_t dram_bytes; /* and this much device memory */
  struct wc_section section[WC_SECTIONS][WC_CORES_MAX];
  struct wc_region *regions;
  uint32_t n_regions;
  struct wc_group *groups;
  uint32_t n_groups;
  uint64_t class_bytes[WC_CLASSES][2]; /* planned for STEP + UPDATE */
};

/* Graph to program: schedule, plan, code for all sections (INFER shares the parameters'
 * and the image's, labels' and logits' places). NULL on failure. */
struct wc_program *wc_compile(const struct wc_graph *graph, enum wc_config config, uint32_t batch,
                              const struct wc_target *target, struct wc_report *why);
/* The same with the caller's groups for STEP, as for wc_plan_make. */
struct wc_program *wc_compile_groups(const struct wc_graph *graph, enum wc_config config,
                                     uint32_t batch, const struct wc_target *target,
                                     const struct wc_group *groups, uint32_t n_groups,
                                     struct wc_report *why);
void wc_program_delete(struct wc_program *program);
const struct wc_region *wc_program_region(const struct wc_program *program, const char *name);

/* File: magic "WCS1", format version, ISA version, a CRC-32 over the rest, then the contents.
 * Save writes a temporary file beside @path and renames it: no partial file is left. */
bool wc_program_save(const struct wc_program *program, const char *path, struct wc_report *why);
struct wc_program *wc_program_load(const char *path, struct wc_report *why);

/* Static checker of one stream: every command legal for the sizes, tokens balanced and
 * deadlock-free, no conflicting accesses unordered, END at the end. */
struct wc_check_result {
  uint32_t code; /* enum wc_device_error; 0 fine; tokens and races: WC_E_WATCHDOG */
  uint32_t cmd;  /* command number */
  char text[256];
};
bool wc_stream_check(const uint32_t *words, size_t bytes, uint64_t gbuf_bytes,
                     uint64_t window_bytes, struct wc_check_result *result);

/* One command a line, fields by name. */
void wc_stream_disasm(const uint32_t *words, size_t bytes, FILE *out);

#endif
