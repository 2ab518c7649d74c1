#include "stream_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what) {
  fprintf(stderr, "stream_build: %s\n", what);
  abort();
}

void stream_add(struct stream_build *s, struct wc_cmd *cmd) {
  uint32_t words[WC_MAX_WORDS];
  const unsigned units = wc_cmd_encode(cmd, words);
  if (units == 0)
    die("a command that cannot be encoded");
  if (s->units + units > s->room) {
    s->room = 2 * s->room + WC_MAX_UNITS;
    s->words = realloc(s->words, s->room * WC_UNIT_BYTES);
    if (s->words == NULL)
      die("out of memory");
  }
  memcpy(s->words + 4 * s->units, words, units * (size_t)WC_UNIT_BYTES);
  s->units += units;
}

static void add_dma(struct stream_build *s, uint32_t opcode, uint64_t dram, uint32_t gb,
                    uint32_t bytes) {
  struct wc_cmd cmd = {.hdr = {.opcode = opcode, .id = (uint32_t)s->units}};
  cmd.dma = (struct wc_dma){.dram_lo = (uint32_t)dram,
                            .dram_hi = (uint32_t)(dram >> 32),
                            .gb = gb,
                            .n0 = bytes,
                            .n1 = 1,
                            .n2 = 1,
                            .n3 = 1};
  stream_add(s, &cmd);
}

void stream_load(struct stream_build *s, uint64_t dram, uint32_t gb, uint32_t bytes) {
  add_dma(s, WC_OP_LOAD, dram, gb, bytes);
}

void stream_store(struct stream_build *s, uint32_t gb, uint64_t dram, uint32_t bytes) {
  add_dma(s, WC_OP_STORE, dram, gb, bytes);
}

void stream_vec_copy(struct stream_build *s, uint32_t from, uint32_t to, uint32_t n) {
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_VEC, .id = (uint32_t)s->units}};
  cmd.vec = (struct wc_vec){.n_in = 1, .n_out = 1, .d0 = 1, .d1 = n, .d2 = 1, .d3 = 1};
  cmd.step[0] = (struct wc_step){.op = WC_V_MOV, .a = WC_S_I0};
  cmd.in[0] = (struct wc_stream){.type = WC_T_FP32, .s0 = 1, .base = from, .s1 = 4};
  cmd.out[0] = (struct wc_stream){.type = WC_T_FP32, .reduce = 1, .s0 = 1, .base = to};
  stream_add(s, &cmd);
}

void stream_end(struct stream_build *s) {
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_END}};
  stream_add(s, &cmd);
}

/* First word of the last command. */
static uint32_t *last_header(struct stream_build *s) {
  size_t at = 0;
  for (;;) {
    const size_t next = at + (s->words[4 * at] >> 8 & 0xFF);
    if (next >= s->units)
      return &s->words[4 * at];
    at = next;
  }
}

void stream_wait(struct stream_build *s, uint32_t mask) {
  *last_header(s) |= mask << 16;
}

void stream_signal(struct stream_build *s, uint32_t mask) {
  *last_header(s) |= mask << 20;
}

size_t stream_bytes(const struct stream_build *s) {
  return s->units * WC_UNIT_BYTES;
}

void stream_free(struct stream_build *s) {
  free(s->words);
  *s = (struct stream_build){0};
}

int stream_submit(struct stream_build *s, struct wc_device *dev, wc_addr at) {
  const int status = wc_write(dev, at, s->words, stream_bytes(s));
  return status != WC_OK ? status : wc_submit(dev, at, stream_bytes(s));
}

int stream_run(struct stream_build *s, struct wc_device *dev, wc_addr at) {
  const int status = stream_submit(s, dev, at);
  return status != WC_OK ? status : wc_wait(dev, 30000);
}
