/* Writes of device memory over the link. */
#include <stdbool.h>
#include <string.h>

#include "link.h"
#include "wavecore.h"

/* A fill takes a frame of its own, and the writes before and after it frames of theirs: some 60
 * bytes of the line in all. */
enum { WORD = 4, SHORTEST_FILL = 256 };

/* Bytes from @at on, whole words of them, that repeat the first word. */
static size_t run_of_words(const uint8_t *bytes, size_t at, size_t size) {
  size_t end = at + WORD;
  while (end + WORD <= size && memcmp(bytes + at, bytes + end, WORD) == 0)
    end += WORD;
  return end - at;
}

static int write_plain(struct wc_link *link, uint32_t addr, const uint8_t *bytes, size_t size) {
  return size == 0 ? WC_OK : wc_link_transfer(link, WC_LINK_OP_MEM_WRITE, addr, bytes, NULL, size);
}

int wc_link_write(struct wc_link *link, uint32_t addr, const void *src, size_t size) {
  const uint8_t *bytes = src;
  size_t written = 0, at = (0u - addr) % WORD; /* a word of memory begins here */
  int status = WC_OK;
  while (status == WC_OK && at + WORD <= size) {
    const size_t run = run_of_words(bytes, at, size);
    if (run >= SHORTEST_FILL) {
      status = write_plain(link, addr + (uint32_t)written, bytes + written, at - written);
      if (status == WC_OK)
        status =
            wc_link_transfer(link, WC_LINK_OP_MEM_FILL, addr + (uint32_t)at, bytes + at, NULL, run);
      written = at + run;
    }
    at += run;
  }
  return status != WC_OK
             ? status
             : write_plain(link, addr + (uint32_t)written, bytes + written, size - written);
}
