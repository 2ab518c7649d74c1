/* Opening devices, what they say of themselves, their memory, the allocator. On the C model. */
#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "size.h"
#include "wavecore.h"
#include "wc_cmocka.h"

static struct wc_device *open_model(const char *uri) {
  struct wc_device *dev = NULL;
  char why[256] = "";
  const int status = wc_open(uri, &dev, why, sizeof why);
  if (status != WC_OK)
    fail_msg("%s: %s", uri, why);
  return dev;
}

static void capabilities_are_what_the_uri_says(void **state) {
  (void)state;
  struct wc_device *dev = open_model(
      "cmodel:rows=128,cols=64,buffer=10MiB,lanes=32,acc=512,mem=32MiB,threads=1,"
      "double_weights=0,fold=1");
  const struct wc_caps *caps = wc_caps(dev);
  assert_int_equal(caps->version, WC_VERSION);
  assert_int_equal(caps->rows, 128);
  assert_int_equal(caps->cols, 64);
  assert_int_equal(caps->gbuf_bytes, 10 << 20);
  assert_int_equal(caps->lanes, 32);
  assert_int_equal(caps->steps, WC_STEPS);
  assert_int_equal(caps->acc_rows, 512);
  assert_int_equal(caps->mem_bytes, 32 << 20);
  assert_int_equal(caps->cores, 1);
  assert_false(caps->double_weights);
  assert_true(caps->folds);
  wc_close(dev);
  dev = open_model("cmodel:");
  assert_true(wc_caps(dev)->double_weights);
  assert_false(wc_caps(dev)->folds);
  wc_close(dev);
}

static void a_named_configuration_is_one_that_keys_change(void **state) {
  (void)state;
  struct wc_device *dev = open_model("cmodel:paper,lanes=64");
  const struct wc_caps *caps = wc_caps(dev);
  assert_int_equal(caps->cores, 2);
  assert_int_equal(caps->rows, 128);
  assert_int_equal(caps->cols, 128);
  assert_int_equal(caps->gbuf_bytes, 10 << 20);
  assert_int_equal(caps->lanes, 64);
  wc_close(dev);
  dev = open_model("cmodel:small");
  assert_int_equal(wc_caps(dev)->rows, 16);
  assert_int_equal(wc_caps(dev)->cores, 1);
  wc_close(dev);
}

static void every_form_of_the_model_uri_opens(void **state) {
  (void)state;
  static const char *const uris[] = {"cmodel", "cmodel:", "cmodel:rows=4", "cmodel:mem=4096"};
  for (size_t i = 0; i < sizeof uris / sizeof *uris; i++)
    wc_close(open_model(uris[i]));
}

static void bad_uris_are_refused_with_a_reason(void **state) {
  (void)state;
  static const struct {
    const char *uri;
    int status;
    const char *words;
  } cases[] = {
      {"", WC_EINVAL, "KIND:"},
      {":small", WC_EINVAL, "KIND:"},
      {"c model:", WC_EINVAL, "KIND:"},
      {"cmodel:large", WC_EINVAL, "'large'"},
      {"cmodel:rows=4,paper", WC_EINVAL, "'paper'"},
      {"cmodel:rows", WC_EINVAL, "'rows'"},
      {"cmodel:rows=", WC_EINVAL, "'rows'"},
      {"cmodel:rows=0", WC_EINVAL, "'rows'"},
      {"cmodel:double_weights=2", WC_EINVAL, "'double_weights'"},
      {"cmodel:fold=2", WC_EINVAL, "'fold'"},
      {"cmodel:cols=15,fold=1", WC_EINVAL, "cols is 15"},
      {"cmodel:rows=4x", WC_EINVAL, "'rows'"},
      {"cmodel:colour=4", WC_EINVAL, "'colour'"},
      {"cmodel:rows=4,,cols=4", WC_EINVAL, "''"},
      {"cmodel:buffer=10QiB", WC_EINVAL, "'buffer'"},
      {"cmodel:lanes=12", WC_EINVAL, "power of two"},
      {"cmodel:cores=0", WC_EINVAL, "'cores'"},
      {"cmodel:cores=17", WC_EINVAL, "'cores'"},
      {"cmodel:line=48", WC_EINVAL, "line is 48"},
      {"cmodel:rows=32,line=32", WC_EINVAL, "line is 32"},
      {"cmodel:lanes=32,line=64", WC_EINVAL, "line is 64"},
      {"cmodel:rows=64,acc=32", WC_EINVAL, "acc is 32"},
      {"cmodel:acc=48", WC_EINVAL, "acc is 48"},
      {"cmodel:buffer=512", WC_EINVAL, "buffer is 512"},
      {"cmodel:banks=3", WC_EINVAL, "banks is 3"},
      {"cmodel:axi=128", WC_EINVAL, "axi is 128"},
      {"cmodel:mem=99999999999999999999", WC_EINVAL, "'mem'"},
      {"sim:../small", WC_EINVAL, "'../small'"},
      {"sim:nowhere", WC_ENODEV, "make sim"},
      {"teleport:small", WC_ENODEV, "unknown kind 'teleport'"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct wc_device *dev = NULL;
    char why[256] = "";
    const int status = wc_open(cases[i].uri, &dev, why, sizeof why);
    if (status != cases[i].status || strstr(why, cases[i].words) == NULL || dev != NULL)
      fail_msg("'%s': status %d, \"%s\"", cases[i].uri, status, why);
    assert_null(strchr(why, '\n'));
    /* Nobody must be asked why. */
    assert_int_equal(wc_open(cases[i].uri, &dev, NULL, 0), cases[i].status);
  }
}

static void memory_keeps_what_is_written_at_any_alignment(void **state) {
  (void)state;
  struct wc_device *dev = open_model("cmodel:mem=1MiB");
  uint8_t out[257], in[257];
  for (size_t i = 0; i < sizeof out; i++)
    out[i] = (uint8_t)(7 * i + 1);
  for (wc_addr at = 0; at < 9; at++) {
    for (size_t size = 0; size <= sizeof out; size += 51) {
      memset(in, 0, sizeof in);
      assert_int_equal(wc_write(dev, at, out, size), WC_OK);
      assert_int_equal(wc_read(dev, in, at, size), WC_OK);
      assert_memory_equal(in, out, size);
    }
  }
  wc_close(dev);
}

static void accesses_that_leave_memory_are_refused_and_write_nothing(void **state) {
  (void)state;
  struct wc_device *dev = open_model("cmodel:mem=64KiB");
  uint8_t ones[32], seen[32];
  const uint8_t zeros[32] = {0};
  memset(ones, 1, sizeof ones);
  static const struct {
    wc_addr at;
    size_t size;
  } bad[] = {{65536, 1}, {65535, 2}, {65520, 32}, {UINT64_MAX, 1}, {UINT64_MAX - 3, 8}, {0, 65537}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(wc_write(dev, bad[i].at, ones, bad[i].size), WC_ERANGE);
    assert_int_equal(wc_read(dev, seen, bad[i].at, bad[i].size), WC_ERANGE);
  }
  assert_int_equal(wc_read(dev, seen, 65536 - 32, 32), WC_OK);
  assert_memory_equal(seen, zeros, 32);
  assert_int_equal(wc_write(dev, 65536, ones, 0), WC_OK);
  wc_close(dev);
}

static wc_addr alloc(struct wc_device *dev, size_t size, size_t align) {
  wc_addr at = UINT64_MAX;
  assert_int_equal(wc_alloc(dev, size, align, &at), WC_OK);
  assert_int_equal(at % align, 0);
  return at;
}

static void the_allocator_takes_the_first_gap_that_fits(void **state) {
  (void)state;
  struct wc_device *dev = open_model("cmodel:mem=64KiB");
  const wc_addr a = alloc(dev, 100, 1), b = alloc(dev, 100, 64), c = alloc(dev, 1000, 16);
  assert_int_equal(a, 0);
  assert_int_equal(b, 128);
  assert_int_equal(c, 240);
  assert_int_equal(alloc(dev, 28, 1), 100); /* the gap before b */
  assert_int_equal(wc_free(dev, b), WC_OK);
  assert_int_equal(alloc(dev, 113, 1), c + 1000); /* one byte too many for b's gap */
  assert_int_equal(alloc(dev, 112, 1), b);
  assert_int_equal(wc_free(dev, b + 1), WC_EINVAL);
  wc_addr at = 7;
  assert_int_equal(wc_alloc(dev, 65536, 1, &at), WC_ENOMEM);
  assert_int_equal(wc_alloc(dev, SIZE_MAX, 1, &at), WC_ENOMEM);
  assert_int_equal(wc_alloc(dev, 0, 1, &at), WC_EINVAL);
  assert_int_equal(wc_alloc(dev, 8, 0, &at), WC_EINVAL);
  assert_int_equal(wc_alloc(dev, 8, 24, &at), WC_EINVAL);
  assert_int_equal(at, 7); /* set only on success */
  wc_close(dev);
}

static void all_of_memory_can_be_allocated_and_returned(void **state) {
  (void)state;
  struct wc_device *dev = open_model("cmodel:mem=64KiB");
  for (int round = 0; round < 3; round++) {
    wc_addr at[64];
    for (unsigned i = 0; i < 64; i++)
      at[i] = alloc(dev, 1024, 1024);
    wc_addr none;
    assert_int_equal(wc_alloc(dev, 1, 1, &none), WC_ENOMEM);
    for (unsigned i = 0; i < 64; i++)
      assert_int_equal(wc_free(dev, at[(i * 37) % 64]), WC_OK);
  }
  assert_int_equal(alloc(dev, 65536, 4096), 0);
  wc_close(dev);
}

static void sizes_read_as_people_write_them(void **state) {
  (void)state;
  uint64_t size = 5;
  char text[WC_SIZE_TEXT];
  assert_true(wc_size_parse("262144", &size));
  assert_int_equal(size, 262144);
  assert_true(wc_size_parse("256KiB", &size));
  assert_int_equal(size, 262144);
  assert_true(wc_size_parse("10mib", &size));
  assert_int_equal(size, 10 << 20);
  assert_true(wc_size_parse("2G", &size));
  assert_int_equal(size, UINT64_C(2) << 30);
  static const char *const bad[] = {"",     "KiB",  "-1",  " 1",    "1.5MiB",
                                    "1KB ", "0x10", "1TB", "1KiBs", "99999999999GiB"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_false(wc_size_parse(bad[i], &size));
  assert_int_equal(size, UINT64_C(2) << 30);
  assert_string_equal(wc_size_text(262144, text), "256KiB");
  assert_string_equal(wc_size_text(262145, text), "262145 bytes");
}

static void every_status_has_a_sentence(void **state) {
  (void)state;
  for (int status = 0; status >= -9; status--) {
    assert_non_null(wc_strerror(status));
    assert_string_not_equal(wc_strerror(status), wc_strerror(-1000));
  }
}

static void note_model(void *arg, const char *uri, const char *where) {
  if (strcmp(uri, "cmodel:") == 0 && strcmp(where, "built in") == 0)
    ++*(int *)arg;
}

static void the_list_of_devices_names_the_model(void **state) {
  (void)state;
  int seen = 0;
  wc_device_list(note_model, &seen);
  assert_int_equal(seen, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(capabilities_are_what_the_uri_says),
      cmocka_unit_test(a_named_configuration_is_one_that_keys_change),
      cmocka_unit_test(every_form_of_the_model_uri_opens),
      cmocka_unit_test(bad_uris_are_refused_with_a_reason),
      cmocka_unit_test(memory_keeps_what_is_written_at_any_alignment),
      cmocka_unit_test(accesses_that_leave_memory_are_refused_and_write_nothing),
      cmocka_unit_test(the_allocator_takes_the_first_gap_that_fits),
      cmocka_unit_test(all_of_memory_can_be_allocated_and_returned),
      cmocka_unit_test(sizes_read_as_people_write_them),
      cmocka_unit_test(every_status_has_a_sentence),
      cmocka_unit_test(the_list_of_devices_names_the_model),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
