/* Files that are there whole or not at all: written beside their place, then renamed. */
#ifndef WC_ATOMIC_FILE_H
#define WC_ATOMIC_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "graph.h"

/* One stretch of the file's contents. */
struct wc_chunk {
  const void *data;
  size_t bytes;
};

/* Writes the chunks to a temporary file beside @path, syncs and renames it. False with a line in
 * @why on any failure; then no temporary file is left and an older @path is untouched. A @path
 * that exists and is no regular file (/dev/stdout, a pipe) is written as it is. */
bool wc_file_replace(const char *path, const struct wc_chunk *chunks, size_t n,
                     struct wc_report *why);

/* Reads a whole file of at most @limit bytes. The caller frees @data. */
bool wc_file_read(const char *path, size_t limit, void **data, size_t *bytes,
                  struct wc_report *why);

#endif
