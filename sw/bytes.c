#include "bytes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "report.h"

#define HEADER_BYTES 24u
#define CRC_AT 12u /* the CRC covers everything but itself */
#define FILE_LIMIT ((size_t)1 << 30)

static bool reserve(struct wc_bytes *b, size_t more) {
  if (b->failed || b->size - b->at >= more)
    return !b->failed;
  const size_t size = 2 * b->size + more;
  uint8_t *data = realloc(b->data, size);
  if (data == NULL) {
    b->failed = true;
    return false;
  }
  b->data = data;
  b->size = size;
  return true;
}

static void put(struct wc_bytes *b, uint64_t value, unsigned count) {
  if (!reserve(b, count))
    return;
  for (unsigned i = 0; i < count; i++)
    b->data[b->at++] = (uint8_t)(value >> 8 * i);
}

static uint64_t get(struct wc_bytes *b, unsigned count) {
  if (b->failed || b->size - b->at < count) {
    b->failed = true;
    return 0;
  }
  uint64_t value = 0;
  for (unsigned i = 0; i < count; i++)
    value |= (uint64_t)b->data[b->at++] << 8 * i;
  return value;
}

void wc_put32(struct wc_bytes *b, uint32_t value) {
  put(b, value, 4);
}

void wc_put64(struct wc_bytes *b, uint64_t value) {
  put(b, value, 8);
}

void wc_put_double(struct wc_bytes *b, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  put(b, bits, 8);
}

void wc_put_raw(struct wc_bytes *b, const void *data, size_t size) {
  if (size == 0 || !reserve(b, size))
    return;
  memcpy(b->data + b->at, data, size);
  b->at += size;
}

void wc_put_text(struct wc_bytes *b, const char *text, size_t size) {
  const size_t length = strlen(text);
  for (size_t i = 0; i < size; i++)
    put(b, i < length && i + 1 < size ? (uint8_t)text[i] : 0, 1);
}

uint32_t wc_get32(struct wc_bytes *b) {
  return (uint32_t)get(b, 4);
}

uint64_t wc_get64(struct wc_bytes *b) {
  return get(b, 8);
}

double wc_get_double(struct wc_bytes *b) {
  const uint64_t bits = get(b, 8);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

void wc_get_raw(struct wc_bytes *b, void *data, size_t size) {
  if (b->failed || b->size - b->at < size) {
    b->failed = true;
    memset(data, 0, size);
    return;
  }
  memcpy(data, b->data + b->at, size);
  b->at += size;
}

void wc_get_text(struct wc_bytes *b, char *text, size_t size) {
  wc_get_raw(b, text, size);
  text[size - 1] = '\0';
}

/* Of a file's first @size bytes, without the CRC itself. */
static uint32_t crc_of(const uint8_t *file, size_t size) {
  const uLong crc = crc32_z(0, file, CRC_AT);
  return (uint32_t)crc32_z(crc, file + CRC_AT + 4, size - CRC_AT - 4);
}

bool wc_seal_save(const struct wc_seal *seal, const char *path, const struct wc_bytes *body,
                  struct wc_report *why) {
  return wc_seal_save_more(seal, path, body, NULL, 0, why);
}

bool wc_seal_save_more(const struct wc_seal *seal, const char *path, const struct wc_bytes *body,
                       const struct wc_chunk *more, size_t n, struct wc_report *why) {
  uint8_t raw[HEADER_BYTES];
  struct wc_bytes header = {.data = raw, .size = sizeof raw};
  struct wc_chunk chunks[2 + WC_SEAL_MORE] = {{raw, sizeof raw}, {body->data, body->at}};
  uint64_t length = body->at;
  if (body->failed)
    return wc_fail(why, "%s: out of memory", path);
  for (size_t i = 0; i < n; i++) {
    chunks[2 + i] = more[i];
    length += more[i].bytes;
  }
  wc_put_raw(&header, seal->magic, 4);
  wc_put32(&header, seal->format);
  wc_put32(&header, WC_VERSION);
  wc_put32(&header, 0);
  wc_put64(&header, length);
  uLong crc = crc_of(raw, HEADER_BYTES);
  for (size_t i = 1; i < 2 + n; i++)
    crc = crc32_z(crc, chunks[i].data, chunks[i].bytes);
  header.at = CRC_AT;
  wc_put32(&header, (uint32_t)crc);
  return wc_file_replace(path, chunks, 2 + n, why);
}

/* Judges the header; the file is whole and what it says it is when this returns true. */
static bool check_header(const struct wc_seal *seal, const char *path, struct wc_bytes *b,
                         struct wc_report *why) {
  if (b->size < 4 || memcmp(b->data, seal->magic, 4) != 0)
    return wc_fail(why, "%s: not %s: it does not begin with %.4s", path, seal->noun, seal->magic);
  if (b->size < HEADER_BYTES)
    return wc_fail(why, "%s: truncated: %zu bytes are no header", path, b->size);
  b->at = 4;
  const uint32_t format = wc_get32(b), version = wc_get32(b), expected = wc_get32(b);
  const uint64_t length = wc_get64(b);
  if (format != seal->format)
    return wc_fail(why, "%s: file format version %" PRIu32 ", this program reads %" PRIu32 ": %s",
                   path, format, seal->format, seal->remedy);
  if (version >> 16 != (uint32_t)WC_VERSION >> 16)
    return wc_fail(
        why, "%s: made for interface version %" PRIu32 ".%" PRIu32 ", this program has %u.%u: %s",
        path, version >> 16, version & 0xFFFF, (unsigned)WC_VERSION >> 16,
        (unsigned)WC_VERSION & 0xFFFF, seal->remedy);
  if (length > b->size - HEADER_BYTES)
    return wc_fail(why, "%s: truncated: %zu bytes of %" PRIu64, path, b->size,
                   length + HEADER_BYTES);
  const uint32_t crc = crc_of(b->data, b->size);
  if (crc != expected || length != b->size - HEADER_BYTES)
    return wc_fail(why, "%s: damaged: its CRC-32 is 0x%08" PRIX32 ", it says 0x%08" PRIX32 ": %s",
                   path, crc, expected, seal->remedy);
  return true;
}

bool wc_seal_load(const struct wc_seal *seal, const char *path, struct wc_bytes *body,
                  struct wc_report *why) {
  memset(body, 0, sizeof *body);
  void *data;
  if (!wc_file_read(path, FILE_LIMIT, &data, &body->size, why))
    return false;
  body->data = data;
  if (check_header(seal, path, body, why))
    return true;
  free(body->data);
  body->data = NULL;
  return false;
}
