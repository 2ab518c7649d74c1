/* PyTorch's step runs in a process of its own, by a script that is part of this program. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

/* sw/bench_torch.py, put there by the linker. */
extern const char _binary_bench_torch_py_start[], _binary_bench_torch_py_end[];

static bool write_script(char *path) {
  const size_t size =
      (uintptr_t)_binary_bench_torch_py_end - (uintptr_t)_binary_bench_torch_py_start;
  const int fd = mkstemp(path);
  if (fd < 0)
    return false;
  const bool ok = write(fd, _binary_bench_torch_py_start, size) == (ssize_t)size;
  return close(fd) == 0 && ok;
}

/* The child's side: the script with its output to @out, complaints nowhere. */
static void run_script(const char *python, char *script, uint32_t batch, unsigned threads,
                       uint32_t steps, int out) {
  char number[3][16];
  snprintf(number[0], sizeof number[0], "%u", (unsigned)batch);
  snprintf(number[1], sizeof number[1], "%u", threads);
  snprintf(number[2], sizeof number[2], "%u", (unsigned)steps);
  dup2(out, STDOUT_FILENO);
  if (freopen("/dev/null", "w", stderr) != NULL)
    execlp(python, python, script, number[0], number[1], number[2], (char *)NULL);
  _exit(127);
}

double wc_bench_pytorch(const char *python, uint32_t batch, unsigned threads, uint32_t steps) {
  char path[] = "/tmp/wavecore-bench-XXXXXX";
  double seconds = -1;
  int ends[2];
  if (!write_script(path) || pipe(ends) != 0)
    return -1;
  const pid_t child = fork();
  if (child == 0)
    run_script(python, path, batch, threads, steps, ends[1]);
  close(ends[1]);
  FILE *result = fdopen(ends[0], "r");
  if (child > 0 && result != NULL && fscanf(result, "%lf", &seconds) != 1)
    seconds = -1;
  if (result != NULL)
    fclose(result);
  if (child > 0)
    waitpid(child, NULL, 0);
  unlink(path);
  return seconds;
}
