#include "size.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define SIZE_LIMIT (UINT64_C(1) << 62)

static const struct {
  const char *name, *letter;
  unsigned shift;
} units[] = {{"GiB", "G", 30}, {"MiB", "M", 20}, {"KiB", "K", 10}};

#define N_UNITS (sizeof units / sizeof *units)

bool wc_size_parse(const char *text, uint64_t *bytes) {
  if (!isdigit((unsigned char)text[0]))
    return false;
  char *end;
  errno = 0;
  const unsigned long long number = strtoull(text, &end, 10);
  if (errno != 0)
    return false;
  unsigned shift = 0;
  for (size_t i = 0; i < N_UNITS; i++) {
    if (strcasecmp(end, units[i].name) == 0 || strcasecmp(end, units[i].letter) == 0)
      shift = units[i].shift;
  }
  if ((shift == 0 && *end != '\0') || number > SIZE_LIMIT >> shift)
    return false;
  *bytes = (uint64_t)number << shift;
  return true;
}

const char *wc_size_text(uint64_t bytes, char buffer[WC_SIZE_TEXT]) {
  for (size_t i = 0; i < N_UNITS; i++) {
    if (bytes != 0 && bytes % (UINT64_C(1) << units[i].shift) == 0) {
      snprintf(buffer, WC_SIZE_TEXT, "%" PRIu64 "%s", bytes >> units[i].shift, units[i].name);
      return buffer;
    }
  }
  snprintf(buffer, WC_SIZE_TEXT, "%" PRIu64 " bytes", bytes);
  return buffer;
}
