#include "curves.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

static bool is_head(const char *line) {
  return strcmp(line, WC_CURVES_HEAD "\n") == 0;
}

/* Where the lines of the first @done steps end. A killed run may have left half a line. */
static bool find_end(FILE *file, const char *path, uint64_t done, long *end,
                     struct wc_report *why) {
  char *line = NULL;
  size_t room = 0;
  ssize_t length = getline(&line, &room, file);
  bool ok = length < 0 || is_head(line);
  *end = length < 0 ? 0 : length;
  while (ok && length >= 0) {
    length = getline(&line, &room, file);
    if (length < 0 || line[length - 1] != '\n' || strtoull(line, NULL, 10) > done)
      break;
    *end += length;
  }
  free(line);
  return ok ||
         wc_fail(why, "%s: is no record of a training run: move it away, or give another name",
                 path);
}

FILE *wc_curves_open(const char *path, uint64_t done, struct wc_report *why) {
  FILE *file = done > 0 ? fopen(path, "r+") : NULL;
  long end = 0;
  const bool exists = file != NULL;
  if (!exists)
    file = fopen(path, "w");
  if (file == NULL) {
    (void)wc_fail(why, "%s: cannot be created: %s", path, strerror(errno));
    return NULL;
  }
  if (exists && !find_end(file, path, done, &end, why)) {
    fclose(file);
    return NULL;
  }
  if (exists && (fseek(file, end, SEEK_SET) != 0 || ftruncate(fileno(file), end) != 0)) {
    (void)wc_fail(why, "%s: cannot be continued: %s", path, strerror(errno));
    fclose(file);
    return NULL;
  }
  if (end == 0)
    fputs(WC_CURVES_HEAD "\n", file);
  return file;
}
