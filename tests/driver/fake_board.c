#include "fake_board.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "link_frame.h"
#include "wc_cmocka.h"

struct request {
  uint8_t number, op;
  size_t length;
  uint32_t addr;
  const uint8_t *data;
};

static uint32_t word_at(const uint8_t *bytes) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
         (uint32_t)bytes[3] << 24;
}

static void put_word(uint8_t *bytes, uint32_t value) {
  for (unsigned i = 0; i < 4; i++)
    bytes[i] = (uint8_t)(value >> 8 * i);
}

/* Puts the answer's data to @out; returns how many. */
static size_t execute(struct fake_board *b, const struct request *r, uint8_t *out) {
  uint8_t *const at = b->memory + r->addr % FAKE_MEMORY;
  switch (r->op) {
    case WC_LINK_OP_SYNC:
      put_word(out, r->addr);
      return 4;
    case WC_LINK_OP_ECHO:
      memcpy(out, r->data, r->length);
      return r->length;
    case WC_LINK_OP_MEM_READ:
      memcpy(out, at, r->length);
      return r->length;
    case WC_LINK_OP_MEM_WRITE:
      memcpy(at, r->data, r->length);
      return 0;
    case WC_LINK_OP_MEM_FILL:
      for (size_t i = 0; i < r->length; i++)
        at[i] = r->data[(r->addr + i) % 4];
      return 0;
    case WC_LINK_OP_MEM_CRC:
      put_word(out, (uint32_t)crc32(0, at, (uInt)r->length));
      return 4;
    case WC_LINK_OP_REG_READ:
      put_word(out, r->addr == WC_LINK_BOARD_REGS + WC_B_MAGIC     ? WC_BOARD_MAGIC
                    : r->addr == WC_LINK_BOARD_REGS + WC_B_VERSION ? b->version
                                                                   : 0);
      return 4;
    default:
      return 0;
  }
}

static void answer(struct fake_board *b, const struct request *r) {
  uint8_t frame[WC_FRAME_MAX], line[WC_LINE_MAX];
  const uint8_t distance = (uint8_t)(r->number - b->expected);
  const bool sync = r->op == WC_LINK_OP_SYNC, ahead = !sync && distance != 0 && distance < 128;
  size_t size = WC_LINK_ANSWER;
  if (!ahead && (sync || distance == 0))
    b->expected = (uint8_t)(r->number + 1);
  frame[0] = r->number;
  frame[1] = r->op | 0x80;
  frame[2] = b->expected;
  if (!ahead) {
    b->executed[r->op % FAKE_OPS]++;
    size += execute(b, r, frame + size);
  }
  frame[size++] = ahead ? WC_LINK_ST_SEQUENCE : WC_LINK_ST_OK;
  const bool lost = r->op == b->victim && b->lose_answer == b->seen;
  const size_t n = wc_frame_encode(frame, size, line);
  if (!lost && write(b->master, line, n) != (ssize_t)n)
    abort();
}

static void take(struct fake_board *b, const uint8_t *line, size_t size) {
  uint8_t frame[WC_FRAME_MAX];
  size_t bytes;
  if (!wc_frame_decode(line, size, frame, &bytes) || bytes < WC_LINK_HEADER)
    return;
  const struct request r = {frame[0], frame[1], (size_t)frame[2] | (size_t)frame[3] << 8,
                            word_at(frame + 4), frame + WC_LINK_HEADER};
  if (r.op == b->victim) {
    b->seen++;
    const struct timespec delay = {b->delay_ms / 1000, b->delay_ms % 1000 * 1000000L};
    if (b->seen >= b->slow_from && b->seen <= b->slow_until)
      nanosleep(&delay, NULL);
    if (b->lose_request == b->seen)
      return;
  }
  answer(b, &r);
}

static void *serve(void *arg) {
  struct fake_board *b = arg;
  uint8_t line[2 * WC_LINE_MAX], bytes[512];
  size_t size = 0;
  while (!b->stop) {
    struct pollfd p = {b->master, POLLIN, 0};
    if (poll(&p, 1, 10) <= 0)
      continue;
    const ssize_t n = read(b->master, bytes, sizeof bytes);
    if (n <= 0)
      break;
    b->received += (uint64_t)n;
    for (ssize_t i = 0; i < n; i++) {
      if (bytes[i] != 0) {
        if (size < sizeof line)
          line[size++] = bytes[i];
        continue;
      }
      take(b, line, size);
      size = 0;
    }
  }
  return NULL;
}

void fake_board_start(struct fake_board *b) {
  b->master = posix_openpt(O_RDWR | O_NOCTTY);
  assert_true(b->master >= 0);
  assert_int_equal(grantpt(b->master), 0);
  assert_int_equal(unlockpt(b->master), 0);
  assert_int_equal(ptsname_r(b->master, b->path, sizeof b->path), 0);
  b->slave = open(b->path, O_RDWR | O_NOCTTY);
  assert_true(b->slave >= 0);
  assert_int_equal(pthread_create(&b->thread, NULL, serve, b), 0);
}

void fake_board_stop(struct fake_board *b) {
  b->stop = true;
  pthread_join(b->thread, NULL);
  close(b->slave);
  close(b->master);
}
