/* Serial ports that a board may be on. */
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices.h"

static void list_pattern(const char *pattern, wc_port_list_fn fn, void *arg) {
  glob_t found;
  if (glob(pattern, 0, NULL, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc; i++) {
      char uri[PATH_MAX + 8];
      snprintf(uri, sizeof uri, "uart:%s", found.gl_pathv[i]);
      fn(arg, uri);
    }
  }
  globfree(&found);
}

void wc_port_list(wc_port_list_fn fn, void *arg) {
  list_pattern("/dev/ttyUSB*", fn, arg);
  list_pattern("/dev/ttyACM*", fn, arg);
  const char *at = getenv("WAVECORE_PORTS");
  while (at != NULL && *at != '\0') {
    const size_t length = strcspn(at, ":");
    char uri[PATH_MAX + 64];
    snprintf(uri, sizeof uri, "uart:%.*s", (int)length, at);
    if (length > 0)
      fn(arg, uri);
    at += length + (at[length] == ':');
  }
}
