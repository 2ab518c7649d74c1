/* Streams, errors, resets, faults, counters, through the driver.
 *
 * On the C model, or on the device that the environment variable DEVICE names: every device must
 * pass. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stream_build.h"
#include "wc_cmocka.h"

enum { STREAM_AT = 0x8000, DATA = 0x1000, RESULT = 0x4000, FAR = 0x80000 };

static int open_device(void **state) {
  const char *uri = getenv("DEVICE");
  char why[256];
  struct wc_device *dev;
  if (wc_open(uri != NULL ? uri : "cmodel:mem=4MiB", &dev, why, sizeof why) != WC_OK) {
    print_error("%s\n", why);
    return -1;
  }
  assert_int_equal(wc_set_watchdog(dev, 20000), WC_OK);
  *state = dev;
  return 0;
}

static int close_device(void **state) {
  wc_close(*state);
  return 0;
}

static void fill(struct wc_device *dev, wc_addr at, size_t size, uint8_t first) {
  uint8_t bytes[1024];
  for (size_t i = 0; i < size; i++)
    bytes[i] = (uint8_t)(first + 3 * i);
  assert_int_equal(wc_write(dev, at, bytes, size), WC_OK);
}

/* Copies 256 bytes through the buffer and looks: is the device well? */
static void expect_works(struct wc_device *dev) {
  static uint8_t first = 1;
  uint8_t in[256], out[256];
  fill(dev, DATA, sizeof in, ++first);
  struct stream_build s = {0};
  stream_load(&s, DATA, 64, sizeof in);
  stream_signal(&s, 1 << WC_Q_STORE);
  stream_store(&s, 64, RESULT, sizeof in);
  stream_wait(&s, 1 << WC_Q_LOAD);
  stream_end(&s);
  assert_int_equal(stream_run(&s, dev, STREAM_AT), WC_OK);
  assert_int_equal(wc_read(dev, in, DATA, sizeof in), WC_OK);
  assert_int_equal(wc_read(dev, out, RESULT, sizeof out), WC_OK);
  assert_memory_equal(in, out, sizeof in);
  stream_free(&s);
}

/* Runs @s, expects the error, and that a reset makes the device well again. */
static void expect_error(struct wc_device *dev, struct stream_build *s, uint32_t code,
                         uint32_t unit, uint32_t cmd, uint32_t id) {
  struct wc_error_info info;
  assert_int_equal(stream_run(s, dev, STREAM_AT), WC_EDEVICE);
  wc_last_error(dev, &info);
  if (info.code != code || info.unit != unit || info.cmd != cmd || info.id != id)
    fail_msg("error %u (%s) unit %u command %u id %u, wanted %u unit %u command %u id %u",
             info.code, wc_error_text(info.code), info.unit, info.cmd, info.id, code, unit, cmd,
             id);
  /* Sticky: nothing runs until a reset. */
  assert_int_equal(wc_submit(dev, STREAM_AT, 16), WC_EDEVICE);
  assert_int_equal(wc_wait(dev, 1000), WC_EDEVICE);
  assert_int_equal(wc_reset(dev), WC_OK);
  wc_last_error(dev, &info);
  assert_int_equal(info.code, WC_E_NONE);
  stream_free(s);
  expect_works(dev);
}

static uint64_t error_address(struct wc_device *dev, struct stream_build *s) {
  struct wc_error_info info;
  assert_int_equal(stream_run(s, dev, STREAM_AT), WC_EDEVICE);
  wc_last_error(dev, &info);
  assert_int_equal(wc_reset(dev), WC_OK);
  return info.addr;
}

static void a_stream_runs_to_its_end(void **state) {
  struct wc_device *dev = *state;
  for (int i = 0; i < 3; i++)
    expect_works(dev);
  assert_int_equal(wc_wait(dev, 0), WC_OK); /* nothing runs: nothing to wait for */
}

static void bad_places_of_a_stream_are_refused(void **state) {
  struct wc_device *dev = *state;
  const uint64_t memory = wc_caps(dev)->mem_bytes;
  assert_int_equal(wc_submit(dev, 8, 16), WC_EINVAL);
  assert_int_equal(wc_submit(dev, 0, 24), WC_EINVAL);
  assert_int_equal(wc_submit(dev, 0, 0), WC_EINVAL);
  assert_int_equal(wc_submit(dev, memory, 16), WC_ERANGE);
  assert_int_equal(wc_submit(dev, memory - 16, 32), WC_ERANGE);
  assert_int_equal(wc_submit(dev, UINT64_MAX - 15, 32), WC_ERANGE);
  expect_works(dev);
}

static void an_unknown_opcode_is_named(void **state) {
  struct stream_build s = {0};
  stream_load(&s, DATA, 0, 64);
  stream_end(&s);
  s.words[0] = (s.words[0] & ~0xFFu) | 0x7E;
  s.words[1] = 77;
  expect_error(*state, &s, WC_E_OPCODE, WC_U_FETCH, 0, 77);
}

static void a_wrong_length_is_named(void **state) {
  struct stream_build s = {0};
  stream_end(&s);
  s.words[0] = (s.words[0] & ~0xFF00u) | 2u << 8;
  expect_error(*state, &s, WC_E_SIZE, WC_U_FETCH, 0, 0);
}

static void a_stream_without_end_is_named(void **state) {
  struct stream_build s = {0};
  stream_load(&s, DATA, 0, 64);
  struct wc_error_info info;
  assert_int_equal(stream_run(&s, *state, STREAM_AT), WC_EDEVICE);
  wc_last_error(*state, &info);
  assert_int_equal(info.code, WC_E_NO_END);
  assert_int_equal(wc_reset(*state), WC_OK);
  stream_free(&s);
  expect_works(*state);
}

static void a_zero_dimension_is_named(void **state) {
  struct stream_build s = {0};
  stream_load(&s, DATA, 0, 64);
  stream_load(&s, DATA, 0, 0);
  stream_end(&s);
  expect_error(*state, &s, WC_E_FIELD, WC_U_LOAD, 1, 4);
}

static void an_odd_address_is_named(void **state) {
  struct stream_build s = {0};
  stream_store(&s, 1, DATA, 64);
  stream_end(&s);
  expect_error(*state, &s, WC_E_ALIGN, WC_U_STORE, 0, 0);
}

static void an_address_outside_the_window_is_named(void **state) {
  struct wc_device *dev = *state;
  struct stream_build s = {0};
  stream_load(&s, wc_caps(dev)->mem_bytes, 0, 64);
  stream_end(&s);
  expect_error(dev, &s, WC_E_WINDOW, WC_U_LOAD, 0, 0);
  /* The window can be made smaller than memory. */
  assert_int_equal(wc_set_window(dev, wc_caps(dev)->mem_bytes + 1), WC_ERANGE);
  assert_int_equal(wc_set_window(dev, 0x10000), WC_OK);
  stream_store(&s, 0, 0x10000 - 62, 64);
  stream_end(&s);
  assert_int_equal(error_address(dev, &s) >> 12, 0x10);
  stream_free(&s);
  assert_int_equal(wc_set_window(dev, 0), WC_OK);
  expect_works(dev);
}

static void an_address_outside_the_buffer_is_named(void **state) {
  struct stream_build s = {0};
  stream_load(&s, DATA, (uint32_t)wc_caps(*state)->gbuf_bytes - 62, 64);
  stream_end(&s);
  expect_error(*state, &s, WC_E_GBUF, WC_U_LOAD, 0, 0);
}

static void a_token_that_never_comes_ends_in_the_watchdog(void **state) {
  struct stream_build s = {0};
  stream_load(&s, DATA, 0, 64);
  stream_wait(&s, 1 << WC_Q_GEMM);
  stream_end(&s);
  struct wc_error_info info;
  assert_int_equal(stream_run(&s, *state, STREAM_AT), WC_EDEVICE);
  wc_last_error(*state, &info);
  assert_int_equal(info.code, WC_E_WATCHDOG);
  assert_int_equal(wc_reset(*state), WC_OK);
  stream_free(&s);
  expect_works(*state);
}

/* One stream of three commands; faults hit the second LOAD, the STORE, or the commands. */
static void fault_stream(struct stream_build *s) {
  stream_load(s, DATA, 0, 256);
  stream_load(s, FAR, 1024, 256);
  stream_signal(s, 1 << WC_Q_STORE);
  stream_store(s, 1024, FAR + 0x10000, 256);
  stream_wait(s, 1 << WC_Q_LOAD);
  stream_end(s);
}

static void bus_errors_are_reported(void **state) {
  struct wc_device *dev = *state;
  for (int decerr = 0; decerr < 2; decerr++) {
    const uint32_t code = decerr ? WC_E_DECERR : WC_E_SLVERR;
    struct stream_build s = {0};
    fault_stream(&s);
    assert_int_equal(wc_inject_fault(dev, FAR + 128, 16, decerr), WC_OK);
    struct wc_error_info info;
    assert_int_equal(stream_run(&s, dev, STREAM_AT), WC_EDEVICE);
    wc_last_error(dev, &info);
    assert_int_equal(info.code, code);
    assert_int_equal(info.unit, WC_U_LOAD);
    assert_int_equal(info.cmd, 1);
    assert_int_equal(info.id, 4);
    assert_int_equal(wc_reset(dev), WC_OK);

    assert_int_equal(wc_inject_fault(dev, FAR + 0x10000 + 240, 16, decerr), WC_OK);
    assert_int_equal(stream_run(&s, dev, STREAM_AT), WC_EDEVICE);
    wc_last_error(dev, &info);
    assert_int_equal(info.code, code);
    assert_int_equal(info.unit, WC_U_STORE);
    assert_int_equal(info.cmd, 2);
    assert_int_equal(wc_reset(dev), WC_OK);

    assert_int_equal(wc_inject_fault(dev, STREAM_AT, 16, decerr), WC_OK);
    assert_int_equal(stream_run(&s, dev, STREAM_AT), WC_EDEVICE);
    wc_last_error(dev, &info);
    assert_int_equal(info.code, code);
    assert_int_equal(info.unit, WC_U_FETCH);
    assert_int_equal(wc_reset(dev), WC_OK);

    /* The fault is gone, and so is every trace of it: the same stream runs. */
    assert_int_equal(wc_inject_fault(dev, 0, 0, false), WC_OK);
    assert_int_equal(wc_submit(dev, STREAM_AT, stream_bytes(&s)), WC_OK);
    assert_int_equal(wc_wait(dev, 30000), WC_OK);
    stream_free(&s);
    expect_works(dev);
  }
}

static void a_fault_beside_the_data_does_no_harm(void **state) {
  struct wc_device *dev = *state;
  struct stream_build s = {0};
  fault_stream(&s);
  assert_int_equal(wc_inject_fault(dev, FAR + 256, 4096, false), WC_OK);
  assert_int_equal(stream_run(&s, dev, STREAM_AT), WC_OK);
  assert_int_equal(wc_inject_fault(dev, 0, 0, false), WC_OK);
  stream_free(&s);
}

static void counters_count_and_are_cleared(void **state) {
  struct wc_device *dev = *state;
  struct wc_counters c;
  struct stream_build s = {0};
  assert_int_equal(wc_counters_clear(dev), WC_OK);
  for (uint32_t tag = 0; tag < WC_TAGS; tag++) {
    struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_LOAD, .tag = tag}};
    cmd.dma = (struct wc_dma){.dram_lo = DATA, .n0 = 2 * (tag + 1), .n1 = 3, .n2 = 1, .n3 = 1};
    cmd.dma.gs1 = 64;
    stream_add(&s, &cmd);
  }
  stream_store(&s, 0, RESULT, 128);
  stream_end(&s);
  assert_int_equal(stream_run(&s, dev, STREAM_AT), WC_OK);
  assert_int_equal(wc_counters_read(dev, &c), WC_OK);
  for (uint32_t tag = 0; tag < WC_TAGS; tag++)
    assert_int_equal(c.tag_rd[tag], 6 * (tag + 1));
  assert_int_equal(c.tag_wr[0], 128);
  assert_int_equal(c.value[WC_C_RD_BYTES], 6 * 136);
  assert_int_equal(c.value[WC_C_WR_BYTES], 128);
  assert_int_equal(c.value[WC_C_LOADS], 16);
  assert_int_equal(c.value[WC_C_STORES], 1);
  assert_int_equal(c.value[WC_C_CMD_BYTES], stream_bytes(&s));
  /* A reset leaves them, clearing does not. */
  assert_int_equal(wc_reset(dev), WC_OK);
  assert_int_equal(wc_counters_read(dev, &c), WC_OK);
  assert_int_equal(c.value[WC_C_LOADS], 16);
  assert_int_equal(wc_counters_clear(dev), WC_OK);
  assert_int_equal(wc_counters_read(dev, &c), WC_OK);
  for (unsigned i = 0; i < WC_COUNTERS; i++)
    assert_int_equal(c.value[i], 0);
  assert_false(c.has_cycles);
  stream_free(&s);
}

/* Enough work for a second or more on any device. */
static void long_stream(struct stream_build *s, struct wc_device *dev) {
  const uint32_t n = (uint32_t)wc_caps(dev)->gbuf_bytes / 4 - 16;
  for (int i = 0; i < 20000; i++)
    stream_vec_copy(s, 64, 0, n);
  stream_end(s);
}

static uint64_t ms_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void a_wait_ends_in_time_and_a_reset_ends_the_stream(void **state) {
  struct wc_device *dev = *state;
  struct stream_build s = {0};
  uint8_t byte = 0;
  long_stream(&s, dev);
  const wc_addr at = 0x100000;
  assert_int_equal(stream_submit(&s, dev, at), WC_OK);
  const uint64_t start = ms_now();
  assert_int_equal(wc_wait(dev, 60), WC_ETIMEDOUT);
  assert_in_range(ms_now() - start, 55, 5000);
  /* It still runs: memory and registers of the run are taken. */
  assert_int_equal(wc_read(dev, &byte, 0, 1), WC_EBUSY);
  assert_int_equal(wc_write(dev, 0, &byte, 1), WC_EBUSY);
  assert_int_equal(wc_submit(dev, at, 16), WC_EBUSY);
  assert_int_equal(wc_set_window(dev, 0), WC_EBUSY);
  assert_int_equal(wc_set_watchdog(dev, 5), WC_EBUSY);

  FILE *file = tmpfile();
  char text[8192];
  assert_non_null(file);
  assert_int_equal(wc_dump_state(dev, fileno(file)), WC_OK);
  rewind(file);
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  assert_non_null(strstr(text, "status: busy"));
  assert_non_null(strstr(text, "queue vec"));
  assert_non_null(strstr(text, "STREAM_BYTES"));
  assert_non_null(strstr(text, "MACS"));

  assert_int_equal(wc_reset(dev), WC_OK);
  assert_in_range(ms_now() - start, 55, 15000);
  /* The stream in memory is whole. */
  uint32_t *back = malloc(stream_bytes(&s));
  assert_int_equal(wc_read(dev, back, at, stream_bytes(&s)), WC_OK);
  assert_memory_equal(back, s.words, stream_bytes(&s));
  free(back);
  stream_free(&s);
  expect_works(dev);
}

static void a_running_stream_can_be_left_behind(void **state) {
  (void)state;
  struct wc_device *dev;
  assert_int_equal(wc_open("cmodel:mem=4MiB", &dev, NULL, 0), WC_OK);
  struct stream_build s = {0};
  long_stream(&s, dev);
  assert_int_equal(stream_submit(&s, dev, 0x100000), WC_OK);
  const uint64_t start = ms_now();
  wc_close(dev);
  assert_in_range(ms_now() - start, 0, 5000);
  stream_free(&s);
}

/* Cycles in all states of all entries of an engine. */
static uint64_t timeline_cycles(struct wc_device *dev, uint32_t queue) {
  const struct wc_timeline_entry *entries;
  uint64_t cycles = 0;
  size_t n;
  assert_int_equal(wc_timeline_read(dev, &entries, &n), WC_OK);
  for (size_t i = 0; i < n; i++)
    for (unsigned k = 0; k < WC_ENGINE_STATES; k++)
      cycles += entries[i].queue == queue ? entries[i].state[k] : 0;
  return cycles;
}

/* On a device with cycles; others say that they keep none. */
static void a_timeline_lasts_from_its_start_to_its_reading(void **state) {
  struct wc_device *dev = *state;
  const struct wc_timeline_entry *entries;
  size_t n;
  struct wc_counters before, after;
  if (wc_timeline_start(dev) != WC_OK) {
    assert_int_equal(wc_timeline_start(dev), WC_EINVAL);
    assert_int_equal(wc_timeline_read(dev, &entries, &n), WC_EINVAL);
    return;
  }
  assert_int_equal(wc_timeline_read(dev, &entries, &n), WC_OK);
  assert_int_equal(n, 0);
  expect_works(dev); /* not recorded */
  assert_int_equal(wc_timeline_start(dev), WC_OK);
  assert_int_equal(wc_counters_read(dev, &before), WC_OK);
  expect_works(dev);
  struct stream_build s = {0};
  stream_load(&s, DATA, 0, 64);
  stream_load(&s, DATA, 1, 64); /* not allowed: ends the stream */
  stream_end(&s);
  assert_int_equal(stream_run(&s, dev, STREAM_AT), WC_EDEVICE);
  assert_int_equal(wc_counters_read(dev, &after), WC_OK);
  for (uint32_t queue = 0; queue < WC_QUEUES; queue++)
    assert_int_equal(timeline_cycles(dev, queue),
                     after.value[WC_C_CYCLES] - before.value[WC_C_CYCLES]);
  assert_int_equal(wc_timeline_read(dev, &entries, &n), WC_OK);
  assert_int_equal(entries[n - 1].stream, 1);
  unsigned undone = 0;
  for (size_t i = 0; i < n; i++)
    undone += entries[i].taken != WC_NEVER && entries[i].done == WC_NEVER;
  assert_int_equal(undone, 1);
  assert_int_equal(wc_reset(dev), WC_OK);
  stream_free(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_stream_runs_to_its_end),
      cmocka_unit_test(bad_places_of_a_stream_are_refused),
      cmocka_unit_test(an_unknown_opcode_is_named),
      cmocka_unit_test(a_wrong_length_is_named),
      cmocka_unit_test(a_stream_without_end_is_named),
      cmocka_unit_test(a_zero_dimension_is_named),
      cmocka_unit_test(an_odd_address_is_named),
      cmocka_unit_test(an_address_outside_the_window_is_named),
      cmocka_unit_test(an_address_outside_the_buffer_is_named),
      cmocka_unit_test(a_token_that_never_comes_ends_in_the_watchdog),
      cmocka_unit_test(bus_errors_are_reported),
      cmocka_unit_test(a_fault_beside_the_data_does_no_harm),
      cmocka_unit_test(counters_count_and_are_cleared),
      cmocka_unit_test(a_wait_ends_in_time_and_a_reset_ends_the_stream),
      cmocka_unit_test(a_running_stream_can_be_left_behind),
      cmocka_unit_test(a_timeline_lasts_from_its_start_to_its_reading),
  };
  return cmocka_run_group_tests(tests, open_device, close_device);
}
