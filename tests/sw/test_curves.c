/* The record of a run: what a resumed run keeps of it, and its chart. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "curves.h"
#include "temp_dir.h"
#include "wc_cmocka.h"
#include "well_formed.h"

#define HEAD WC_CURVES_HEAD "\n"

static struct temp_dir dir;
static char csv[128], svg[128];

static int setup(void **state) {
  (void)state;
  temp_dir_make(&dir);
  snprintf(csv, sizeof csv, "%s", temp_path(&dir, "csv"));
  snprintf(svg, sizeof svg, "%s", temp_path(&dir, "svg"));
  return 0;
}

static int teardown(void **state) {
  (void)state;
  temp_dir_remove(&dir);
  return 0;
}

static void write_csv(const char *text) {
  temp_write(csv, text, strlen(text));
}

/* After opening for a run that has @done steps and writing NEXT, the file holds @want. */
static void expect(uint64_t done, const char *want) {
  struct wc_report why = {""};
  size_t size;
  FILE *file = wc_curves_open(csv, done, &why);
  if (file == NULL)
    fail_msg("%s", why.text);
  fputs("NEXT\n", file);
  fclose(file);
  char *got = temp_read(csv, &size);
  got[size] = '\0';
  assert_string_equal(got, want);
  free(got);
}

static void a_new_run_starts_a_new_record(void **state) {
  (void)state;
  expect(0, HEAD "NEXT\n");
  write_csv("anything");
  expect(0, HEAD "NEXT\n");
}

static void a_resumed_run_keeps_what_the_checkpoint_has(void **state) {
  (void)state;
  write_csv(HEAD "1,a\n2,b\n3,c\n10,d\n");
  expect(3, HEAD "1,a\n2,b\n3,c\nNEXT\n");
  write_csv(HEAD "1,a\n2,b\n3");
  expect(3, HEAD "1,a\n2,b\nNEXT\n"); /* a cut line was never whole */
  write_csv(HEAD);
  expect(3, HEAD "NEXT\n");
  write_csv("");
  expect(3, HEAD "NEXT\n");
  remove(csv);
  expect(3, HEAD "NEXT\n");
}

static void another_file_is_left_alone(void **state) {
  (void)state;
  struct wc_report why = {""};
  size_t size;
  write_csv("my diary\n");
  assert_null(wc_curves_open(csv, 3, &why));
  assert_non_null(strstr(why.text, "no record"));
  char *got = temp_read(csv, &size);
  assert_memory_equal(got, "my diary\n", size);
  free(got);
}

static unsigned count(const char *text, const char *word) {
  unsigned n = 0;
  for (; (text = strstr(text, word)) != NULL; text += strlen(word))
    n++;
  return n;
}

static char *draw(void) {
  struct wc_report why = {""};
  size_t size;
  if (!wc_curves_draw(csv, svg, "a <title>", &why))
    fail_msg("%s", why.text);
  char *text = temp_read(svg, &size);
  text[size] = '\0';
  return text;
}

/* Points of the first path of a colour, for the curve: x and y of at most @most. Returns how many.
 */
static unsigned points_of(const char *svg, const char *colour, double (*at)[2], unsigned most) {
  char tag[64];
  unsigned n = 0;
  int used;
  snprintf(tag, sizeof tag, "<path stroke=\"%s\"", colour);
  const char *path = strstr(svg, tag);
  for (path = path != NULL ? strstr(path, " d=\"") : NULL, path += path != NULL ? 5 : 0;
       path != NULL && n < most && sscanf(path, "%lf,%lf%n", &at[n][0], &at[n][1], &used) == 2;
       n++) {
    path += used;
    path += strspn(path, " ML");
  }
  return n;
}

static void the_chart_shows_steps_accuracies_and_skipped_updates(void **state) {
  (void)state;
  write_csv(HEAD
            "1,0,4,0.1,65536,1,0.1,\n"
            "2,0,2,0.1,65536,0,0.2,0.25\n"
            "3,0,nan,0.1,32768,0,0.3,\n"
            "5,0,1,0.1,16384,1,0.5,0.75\n");
  char *text = draw();
  double at[8][2];
  assert_true(well_formed(text));
  assert_int_equal(count(text, "<svg xmlns"), 1);
  assert_int_equal(count(text, "<circle"), 2); /* accuracies */
  assert_non_null(strstr(text, "a &lt;title&gt;"));
  assert_non_null(strstr(text, "75.00 %"));
  /* The losses 4, 2, 1 at steps 1, 2, 5: the highest on top, each at its height; NaN nowhere. */
  static const double want[][2] = {{70, 70}, {260, 200}, {830, 265}};
  assert_int_equal(points_of(text, "#b0c4de", at, 8), 3);
  for (unsigned i = 0; i < 3; i++)
    assert_true(fabs(at[i][0] - want[i][0]) < 0.6 && fabs(at[i][1] - want[i][1]) < 0.6);
  assert_null(strstr(text, "nan"));
  assert_int_equal(points_of(text, "#1040a0", at, 8), 4); /* the mean, rate and scale of all */
  assert_int_equal(points_of(text, "#a06000", at, 8), 4);
  assert_int_equal(points_of(text, "#404040", at, 8), 4);
  assert_int_equal(points_of(text, "#d00000", at, 8), 4); /* skipped: from the bottom to the top */
  assert_true(fabs(at[0][0] - 260) < 0.6 && fabs(at[1][0] - 260) < 0.6);
  assert_true(fabs(fabs(at[0][1] - at[1][1]) - 100) < 0.6);
  free(text);
}

static void long_runs_are_thinned_and_keep_their_ends(void **state) {
  (void)state;
  static const char *const curves[] = {"#b0c4de", "#1040a0", "#a06000", "#404040"};
  static double at[1000][2];
  FILE *file = fopen(csv, "w");
  assert_non_null(file);
  fputs(HEAD, file);
  for (unsigned i = 1; i <= 20000; i++)
    fprintf(file, "%u,0,%g,0.1,65536,1,0.5,\n", i, 20000.0 / i);
  fclose(file);
  char *text = draw();
  assert_true(strlen(text) < 80000);
  for (unsigned i = 0; i < 4; i++) { /* each curve reaches the last step */
    const unsigned n = points_of(text, curves[i], at, 1000);
    assert_true(n > 700 && n < 800);
    assert_true(fabs(at[n - 1][0] - 830) < 0.6);
  }
  free(text);
}

static void what_cannot_be_drawn_is_named(void **state) {
  (void)state;
  struct wc_report why = {""};
  assert_false(wc_curves_draw(csv, svg, "t", &why));
  assert_non_null(strstr(why.text, "cannot be read"));
  write_csv(HEAD);
  assert_false(wc_curves_draw(csv, svg, "t", &why));
  assert_non_null(strstr(why.text, "no step"));
  write_csv(HEAD "1,0,4,0.1,65536,1,0.1,\nrubbish\n");
  assert_false(wc_curves_draw(csv, svg, "t", &why));
  assert_non_null(strstr(why.text, "line 3"));
  write_csv(HEAD "1,0,4,0.1,65536,1,0.1,\n");
  char *path = strdup(getenv("PATH"));
  setenv("PATH", "/nonexistent", 1);
  assert_false(wc_curves_draw(csv, svg, "t", &why));
  setenv("PATH", path, 1);
  free(path);
  assert_non_null(strstr(why.text, "gnuplot-nox"));
  assert_int_equal(temp_count(&dir), 1); /* no chart */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_new_run_starts_a_new_record),
      TEST(a_resumed_run_keeps_what_the_checkpoint_has),
      TEST(another_file_is_left_alone),
      TEST(the_chart_shows_steps_accuracies_and_skipped_updates),
      TEST(long_runs_are_thinned_and_keep_their_ends),
      TEST(what_cannot_be_drawn_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
