/* A waveform is written when asked for, and only of the cycles asked for.
 * Usage: waveform NAME FILE   (NAME: 4x4; FILE is overwritten and removed) */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "smoke.h"

/* Bytes of FILE after a run under the URI made of @format; -1 when there is none. */
static long traced_bytes(struct smoke *s, const char *name, const char *file, const char *window) {
  char uri[512];
  snprintf(uri, sizeof uri, "sim:%s,trace=%s%s", name, file, window);
  remove(file);
  if (!smoke_open(s, uri))
    return -1;
  wc_random_seed(&s->random, 1);
  smoke_fill(s);
  smoke_begin(s);
  struct wc_cmd load = {.hdr.opcode = WC_OP_LOAD};
  load.dma = (struct wc_dma){.n0 = 32768, .n1 = 1, .n2 = 1, .n3 = 1};
  smoke_add(s, &load, 0, 0);
  smoke_end(s);
  struct wc_model_error error;
  const bool ok = smoke_run(s) == WC_OK && smoke_run_model(s, &error) && smoke_equal(s);
  smoke_close(s);
  struct stat info;
  return ok && stat(file, &info) == 0 ? (long)info.st_size : -1;
}

int main(int argc, char **argv) {
  static struct smoke s;
  if (argc != 3) {
    fprintf(stderr, "usage: waveform NAME FILE\n");
    return 2;
  }
  const long whole = traced_bytes(&s, argv[1], argv[2], "");
  const long window = traced_bytes(&s, argv[1], argv[2], ",trace_from=500,trace_to=700");
  remove(argv[2]);
  smoke_verdict(&s, whole > 10000, "a waveform of the whole run");
  smoke_verdict(&s, window > 0 && window < whole / 2, "a waveform of 200 cycles of it");
  printf("  %ld and %ld bytes\n", whole, window);

  struct wc_device *dev;
  char uri[512], why[256] = "";
  snprintf(uri, sizeof uri, "sim:%s,trace=/nonexistent/x.fst", argv[1]);
  smoke_verdict(&s,
                wc_open(uri, &dev, why, sizeof why) == WC_EINVAL && strstr(why, "/nonexistent/"),
                "a waveform that cannot be written is refused by name");
  snprintf(uri, sizeof uri, "sim:%s,latensy=3", argv[1]);
  smoke_verdict(&s, wc_open(uri, &dev, why, sizeof why) == WC_EINVAL && strstr(why, "latensy"),
                "an unknown option is refused by name");
  snprintf(uri, sizeof uri, "sim:%s,mem=5000", argv[1]);
  smoke_verdict(&s, wc_open(uri, &dev, why, sizeof why) == WC_EINVAL && strstr(why, "mem"),
                "a memory that is no number of pages is refused");
  printf("%u passed, %u failed\n", s.passed, s.failed);
  return s.failed != 0;
}
