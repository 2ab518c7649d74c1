/* A device in front of a DRAM: the same bytes, every access in its trace, and bad options refused.
 * Usage: dram_platform KIND:NAME FILE   (FILE is overwritten and removed) */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "smoke.h"

enum { BYTES = 65536 };

/* Lines of the trace, by direction; false when one is not `0xADDR READ|WRITE cycle`, aligned to
 * @access, in order of time. */
static bool read_trace(const char *file, unsigned access, uint64_t lines[2]) {
  FILE *f = fopen(file, "r");
  if (f == NULL)
    return false;
  char line[128], kind[8], rest;
  uint64_t addr, cycle, last = 0;
  bool good = true;
  while (good && fgets(line, sizeof line, f) != NULL) {
    good = sscanf(line, "0x%" SCNx64 " %7s %" SCNu64 "%c", &addr, kind, &cycle, &rest) == 4 &&
           rest == '\n' && addr % access == 0 && cycle >= last;
    const bool write = strcmp(kind, "WRITE") == 0;
    good &= write || strcmp(kind, "READ") == 0;
    lines[write]++;
    last = cycle;
  }
  fclose(f);
  return good;
}

/* Loads 64 KiB and stores them again behind @uri; returns CYCLES, or 0. Every access of @access
 * bytes must be in the trace once, those of the stream included. */
static uint64_t copy(struct smoke *s, const char *device, const char *options, const char *file,
                     unsigned access) {
  char uri[512];
  snprintf(uri, sizeof uri, "%s,dramtrace=%s%s", device, file, options);
  if (!smoke_open(s, uri))
    return 0;
  wc_random_seed(&s->random, 1);
  smoke_fill(s);
  smoke_begin(s);
  struct wc_cmd load = {.hdr.opcode = WC_OP_LOAD};
  load.dma = (struct wc_dma){.n0 = BYTES, .n1 = 1, .n2 = 1, .n3 = 1};
  struct wc_cmd store = load;
  store.hdr.opcode = WC_OP_STORE;
  store.dma.dram_lo = BYTES;
  smoke_add(s, &load, 0, 1u << WC_Q_STORE);
  smoke_add(s, &store, 1u << WC_Q_LOAD, 0);
  smoke_end(s);
  struct wc_model_error error;
  struct wc_counters count = {0};
  bool ok = smoke_run(s) == WC_OK && smoke_run_model(s, &error) && smoke_equal(s) &&
            wc_counters_read(s->dev, &count) == WC_OK;
  const unsigned axi_bytes = s->caps->axi_bytes;
  smoke_close(s);
  const uint64_t stream = 9 * WC_UNIT_BYTES, beat = axi_bytes;
  uint64_t lines[2] = {0, 0};
  ok &= read_trace(file, access, lines);
  ok &= lines[0] == BYTES / access + (stream + access - 1) / access;
  ok &= lines[1] == BYTES / access;
  ok &= count.value[WC_C_RD_BEATS] * beat == BYTES + stream;
  ok &= count.value[WC_C_WR_BEATS] * beat == BYTES;
  remove(file);
  return ok ? count.value[WC_C_CYCLES] : 0;
}

static void refuses(struct smoke *s, const char *device, const char *option, const char *name) {
  struct wc_device *dev;
  char uri[512], why[256] = "";
  snprintf(uri, sizeof uri, "%s,%s", device, option);
  const bool refused = wc_open(uri, &dev, why, sizeof why) == WC_EINVAL && strstr(why, name);
  snprintf(uri, sizeof uri, "%s is refused by name", option);
  smoke_verdict(s, refused, uri);
}

int main(int argc, char **argv) {
  static struct smoke s;
  if (argc != 3) {
    fprintf(stderr, "usage: dram_platform KIND:NAME FILE\n");
    return 2;
  }
  const char *device = argv[1], *file = argv[2];
  /* A beat of sim:4x4 has 16 bytes. */
  const uint64_t fixed = copy(&s, device, "", file, 16);
  smoke_verdict(&s, fixed != 0, "memory=fixed traces every beat");
  const uint64_t hbm2 = copy(&s, device, ",memory=hbm2", file, 64);
  smoke_verdict(&s, hbm2 != 0, "memory=hbm2 leaves the same bytes and traces every access");
  smoke_verdict(&s, hbm2 > fixed && hbm2 < 2 * fixed, "and is faster than the bus");
  smoke_verdict(&s, copy(&s, device, ",memory=gddr5", file, 32) != 0, "memory=gddr5");
  smoke_verdict(&s, copy(&s, device, ",memory=lpddr4", file, 32) != 0, "memory=lpddr4");
  /* 300 GB/s / 128 at 700 MHz: 3.35 bytes a cycle. */
  const uint64_t slow = copy(&s, device, ",memory=hbm2,scale=128,clock=700", file, 64);
  const double least = 2 * BYTES / (300e9 / 128 / 700e6);
  smoke_verdict(&s, (double)slow > least && (double)slow < 1.12 * least,
                "scale=128 leaves a 128th of the bandwidth");
  const uint64_t slower = copy(&s, device, ",memory=hbm2,scale=128,clock=1400", file, 64);
  smoke_verdict(&s, slower > slow + slow / 2, "a faster core waits for more cycles");
  refuses(&s, device, "memory=hbm3", "'memory'");
  refuses(&s, device, "memory=", "memory");
  refuses(&s, device, "memory=hbm2,scale=0", "'scale'");
  refuses(&s, device, "scale=2", "'scale'");
  refuses(&s, device, "memory=hbm2,clock=0", "'clock'");
  refuses(&s, device, "dramtrace=/nonexistent/x", "'dramtrace'");
  printf("%u passed, %u failed\n", s.passed, s.failed);
  return s.failed != 0;
}
