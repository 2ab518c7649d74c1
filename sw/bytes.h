/* Little-endian numbers in files: a growing buffer to write, a fixed one to read. */
#ifndef WC_BYTES_H
#define WC_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "atomic_file.h"
#include "graph.h"

struct wc_bytes {
  uint8_t *data;
  size_t at;   /* where the next number goes or comes from */
  size_t size; /* allocated, or readable */
  bool failed; /* out of memory, or the end was passed: every later read gives 0 */
};

void wc_put32(struct wc_bytes *b, uint32_t value);
void wc_put64(struct wc_bytes *b, uint64_t value);
void wc_put_double(struct wc_bytes *b, double value);
void wc_put_raw(struct wc_bytes *b, const void *data, size_t size);
/* @size bytes, at least one zero behind the text. */
void wc_put_text(struct wc_bytes *b, const char *text, size_t size);

uint32_t wc_get32(struct wc_bytes *b);
uint64_t wc_get64(struct wc_bytes *b);
double wc_get_double(struct wc_bytes *b);
void wc_get_raw(struct wc_bytes *b, void *data, size_t size);
void wc_get_text(struct wc_bytes *b, char *text, size_t size);

/* A sealed file: magic, format version, interface version, CRC-32, length, contents. */
struct wc_seal {
  const char *magic; /* four letters */
  uint32_t format;
  const char *noun;   /* "a WaveCore program" */
  const char *remedy; /* "compile it again" */
};

/* Writes @body under the seal, whole or not at all (atomic_file.h). */
bool wc_seal_save(const struct wc_seal *seal, const char *path, const struct wc_bytes *body,
                  struct wc_report *why);

/* The same with @n stretches of memory (at most WC_SEAL_MORE) behind @body, which are not copied.
 */
#define WC_SEAL_MORE 2
bool wc_seal_save_more(const struct wc_seal *seal, const char *path, const struct wc_bytes *body,
                       const struct wc_chunk *more, size_t n, struct wc_report *why);

/* Reads a file and breaks the seal: @body->at is at the contents. The caller frees body->data.
 * False, and the reason in @why: not there, other magic, other version, truncated, damaged. */
bool wc_seal_load(const struct wc_seal *seal, const char *path, struct wc_bytes *body,
                  struct wc_report *why);

#endif
