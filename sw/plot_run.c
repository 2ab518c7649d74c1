/* Runs gnuplot: its script comes from a file, and what it says goes to files, so that neither side
 * can wait for the other. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plot_private.h"
#include "report.h"

extern char **environ;

enum { IN, OUT, ERR, FILES };

/* Starts gnuplot, waits for it, and returns 0 or an errno. -d: nobody's own settings. */
static int run(FILE *const file[FILES], int *status) {
  char name[] = "gnuplot", defaults[] = "-d";
  char *const argv[] = {name, defaults, NULL};
  posix_spawn_file_actions_t actions;
  pid_t pid;
  int error = posix_spawn_file_actions_init(&actions);
  if (error != 0)
    return error;
  for (int i = 0; i < FILES && error == 0; i++)
    error = posix_spawn_file_actions_adddup2(&actions, fileno(file[i]), i);
  if (error == 0)
    error = posix_spawnp(&pid, name, &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  while (error == 0 && waitpid(pid, status, 0) < 0)
    error = errno == EINTR ? 0 : errno;
  return error;
}

/* All of a file; NULL: it cannot be read. */
static char *contents(FILE *file) {
  const long bytes = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
  char *text = bytes >= 0 ? malloc((size_t)bytes + 1) : NULL;
  if (text == NULL)
    return NULL;
  rewind(file);
  const size_t got = fread(text, 1, (size_t)bytes, file);
  text[got] = '\0';
  if (got == (size_t)bytes)
    return text;
  free(text);
  return NULL;
}

/* gnuplot shows the line of the script, a mark, and last what is wrong with it. */
static bool says(FILE *file, int status, struct wc_report *why) {
  char *text = contents(file);
  char *last = NULL, *rest = text;
  for (char *line; text != NULL && (line = strtok_r(rest, "\n", &rest)) != NULL;) {
    if (line[strspn(line, " \t")] != '\0')
      last = line + strspn(line, " \t");
  }
  if (WIFSIGNALED(status))
    (void)wc_fail(why, "gnuplot: ended by signal %d", WTERMSIG(status));
  else
    (void)wc_fail(why, "gnuplot: failed with status %d: %.300s", WEXITSTATUS(status),
                  last != NULL ? last : "it said nothing");
  free(text);
  return false;
}

static bool drawn(FILE *const file[FILES], const char *script, size_t bytes, char **text,
                  struct wc_report *why) {
  int status = 0;
  if (fwrite(script, 1, bytes, file[IN]) != bytes || fflush(file[IN]) != 0 ||
      lseek(fileno(file[IN]), 0, SEEK_SET) != 0)
    return wc_fail(why, "gnuplot: its script cannot be written to a temporary file: %s",
                   strerror(errno));
  const int error = run(file, &status);
  if (error == ENOENT)
    return wc_fail(why,
                   "gnuplot: not found, and it draws the charts: install Debian's gnuplot-nox, or "
                   "put gnuplot on PATH");
  if (error != 0)
    return wc_fail(why, "gnuplot: cannot be run: %s", strerror(error));
  if (status != 0)
    return says(file[ERR], status, why);
  *text = contents(file[OUT]);
  return *text != NULL || wc_fail(why, "gnuplot: what it wrote cannot be read");
}

bool wc_plot_run(const char *script, size_t bytes, char **text, struct wc_report *why) {
  FILE *file[FILES];
  bool ok = true;
  for (int i = 0; i < FILES; i++) {
    file[i] = tmpfile();
    ok = ok && file[i] != NULL;
  }
  ok = ok ? drawn(file, script, bytes, text, why)
          : wc_fail(why, "gnuplot: no temporary file: %s", strerror(errno));
  for (int i = 0; i < FILES; i++) {
    if (file[i] != NULL)
      fclose(file[i]);
  }
  return ok;
}

bool wc_plot_ready(struct wc_report *why) {
  char *text = NULL;
  const bool ok = wc_plot_run("", 0, &text, why);
  free(text);
  return ok;
}
