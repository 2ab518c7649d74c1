/* The host's end of the link, with a board that loses frames, or takes its time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "fake_board.h"
#include "link.h"
#include "random.h"
#include "uart_port.h"
#include "wavecore.h"
#include "wc_cmocka.h"

enum { TIMEOUT_MS = 60000 };

/* A board with @b's faults, and the host's end of a link to it. */
static void begin(struct fake_board *b, struct wc_link *link) {
  char why[256];
  fake_board_start(b);
  const int fd = wc_port_open(b->path, why, sizeof why);
  assert_true(fd >= 0);
  wc_link_init(link, fd, TIMEOUT_MS, 3);
}

/* From here on the board's counts may be looked at. */
static void end(struct fake_board *b, struct wc_link *link) {
  wc_port_close(link->fd);
  fake_board_stop(b);
}

static struct fake_board *new_board(void) {
  struct fake_board *b = calloc(1, sizeof *b);
  assert_non_null(b);
  b->version = WC_BOARD_VERSION;
  return b;
}

/* Random bytes with runs of a repeated word in them, which begin and end anywhere. */
static void random_data(struct wc_random *r, uint8_t *bytes, size_t size) {
  for (size_t i = 0; i < size; i++)
    bytes[i] = (uint8_t)wc_random_next(r);
  for (unsigned k = 0; k < 3; k++) {
    const size_t from = (size_t)wc_random_range(r, 4, (int64_t)size - 1);
    const size_t length = (size_t)wc_random_range(r, 0, 700);
    for (size_t i = from; i < from + length && i < size; i++)
      bytes[i] = bytes[i - 4];
  }
}

static void what_is_written_is_there_and_nothing_beside_it(void **state) {
  (void)state;
  static uint8_t mirror[FAKE_MEMORY], bytes[8000];
  struct wc_random r;
  struct wc_link link;
  struct fake_board *b = new_board();
  wc_random_seed(&r, wc_random_env_seed());
  begin(b, &link);
  for (unsigned i = 0; i < 200; i++) {
    const size_t most = i % 4 == 0 ? sizeof bytes : 600;
    const size_t size = (size_t)wc_random_range(&r, 8, (int64_t)most);
    const uint32_t addr = (uint32_t)wc_random_range(&r, 0, FAKE_MEMORY - 8000);
    random_data(&r, bytes, size);
    memcpy(mirror + addr, bytes, size);
    assert_int_equal(wc_link_write(&link, addr, bytes, size), WC_OK);
  }
  uint32_t crc = 0;
  assert_int_equal(wc_link_checksum(&link, 0, FAKE_MEMORY, &crc), WC_OK);
  for (uint32_t at = 0; at < FAKE_MEMORY; at += sizeof bytes) {
    const size_t size = FAKE_MEMORY - at < sizeof bytes ? FAKE_MEMORY - at : sizeof bytes;
    assert_int_equal(wc_link_transfer(&link, WC_LINK_OP_MEM_READ, at, NULL, bytes, size), WC_OK);
    assert_memory_equal(bytes, mirror + at, size);
  }
  end(b, &link);
  assert_int_equal(crc, crc32(0, mirror, FAKE_MEMORY));
  assert_true(b->executed[WC_LINK_OP_MEM_FILL] > 0);
  assert_int_equal(link.count.repeated, 0);
  free(b);
}

static void clearing_takes_no_time_on_the_line(void **state) {
  (void)state;
  static uint8_t zeros[FAKE_MEMORY];
  struct wc_link link;
  struct fake_board *b = new_board();
  begin(b, &link);
  memset(b->memory, 0x5A, sizeof b->memory);
  assert_int_equal(wc_link_write(&link, 0, zeros, sizeof zeros), WC_OK);
  end(b, &link);
  assert_memory_equal(b->memory, zeros, sizeof zeros);
  assert_int_equal(b->executed[WC_LINK_OP_MEM_WRITE], 0);
  assert_true(b->received < 200);
  free(b);
}

/* Six frames of a write, one of which is lost on its way there or back, the first of them after
 * @delay_ms. */
static void lose_one(unsigned request, unsigned answer, unsigned delay_ms) {
  static uint8_t bytes[6 * WC_LINK_MAX_PAYLOAD];
  struct wc_random r;
  struct wc_link link;
  struct fake_board *b = new_board();
  wc_random_seed(&r, 7);
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t)wc_random_next(&r);
  b->victim = WC_LINK_OP_MEM_WRITE;
  b->lose_request = request;
  b->lose_answer = answer;
  b->slow_from = b->slow_until = 1;
  b->delay_ms = delay_ms;
  begin(b, &link);
  const time_t start = time(NULL);
  assert_int_equal(wc_link_write(&link, 3, bytes, sizeof bytes), WC_OK);
  assert_true(time(NULL) - start < TIMEOUT_MS / 1000 / 4);
  assert_true(link.count.repeated >= 1 && link.count.repeated <= 3);
  end(b, &link);
  assert_memory_equal(b->memory + 3, bytes, sizeof bytes);
  free(b);
}

static void a_lost_frame_costs_no_time_out(void **state) {
  (void)state;
  for (unsigned i = 1; i <= 6; i++) {
    lose_one(i, 0, 0);
    lose_one(0, i, 0);
  }
}

static void answers_to_old_questions_tell_nothing(void **state) {
  (void)state;
  lose_one(1, 0, 3500); /* two questions are under way when the board goes on */
}

static void a_slow_board_is_asked_but_not_told_again(void **state) {
  (void)state;
  static uint8_t bytes[4 * WC_LINK_MAX_PAYLOAD];
  struct wc_random r;
  struct wc_link link;
  struct fake_board *b = new_board();
  wc_random_seed(&r, 8);
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t)wc_random_next(&r);
  b->victim = WC_LINK_OP_MEM_WRITE;
  b->slow_from = 2;
  b->slow_until = 3;
  b->delay_ms = 3500; /* two questions each */
  begin(b, &link);
  assert_int_equal(wc_link_write(&link, 0, bytes, sizeof bytes), WC_OK);
  assert_true(link.count.probes >= 2);
  assert_int_equal(link.count.repeated, 0);
  end(b, &link);
  free(b);
}

static void a_bitstream_that_cannot_all_of_it_is_named(void **state) {
  (void)state;
  static const struct {
    uint32_t version;
    const char *words;
  } other[] = {{WC_BOARD_VERSION - 1, "board interface 1.0, this driver 1.1"},
               {WC_BOARD_VERSION + (1u << 16), "board interface 2.1, this driver 1.1"}};
  for (unsigned i = 0; i < 2; i++) {
    char uri[128], why[256];
    struct wc_device *dev;
    struct fake_board *b = new_board();
    b->version = other[i].version;
    fake_board_start(b);
    snprintf(uri, sizeof uri, "uart:%s", b->path);
    assert_int_equal(wc_open(uri, &dev, why, sizeof why), WC_EVERSION);
    if (strstr(why, other[i].words) == NULL)
      fail_msg("'%s' does not say '%s'", why, other[i].words);
    fake_board_stop(b);
    free(b);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_is_there_and_nothing_beside_it),
      cmocka_unit_test(clearing_takes_no_time_on_the_line),
      cmocka_unit_test(a_lost_frame_costs_no_time_out),
      cmocka_unit_test(answers_to_old_questions_tell_nothing),
      cmocka_unit_test(a_slow_board_is_asked_but_not_told_again),
      cmocka_unit_test(a_bitstream_that_cannot_all_of_it_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
