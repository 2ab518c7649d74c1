/* The command `wavecore`: finds the subcommand. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

static const struct {
  const char *name, *about;
  int (*run)(int argc, char **argv);
} commands[] = {
    {"nets", "the built-in networks with MACs, parameters, activations", cli_nets},
    {"schedule", "groups, sub-batches and traffic of a schedule", cli_schedule},
    {"estimate", "time, traffic, energy and utilisation of a training step", cli_estimate},
    {"compile", "a network to a program file", cli_compile},
    {"disasm", "the commands of a program file as text", cli_disasm},
    {"verify", "checks the streams of a program file", cli_verify},
    {"train", "trains a network on a device", cli_train},
    {"compare", "the same training steps on two devices, memory compared byte by byte",
     cli_compare},
    {"profile", "what every engine did in each cycle of a training step", cli_profile},
    {"bench", "GEMMs and a training step of the C model, measured beside OpenBLAS and PyTorch",
     cli_bench},
    {"report", "a page that shows all estimates beside the paper's figures", cli_report},
    {"probe", "the devices there are, and what they can do", cli_probe},
    {"selftest", "tests a device, from its link up to a weight update", cli_selftest},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(FILE *out) {
  fputs("usage: wavecore COMMAND [arguments]\n\n", out);
  for (unsigned i = 0; i < COMMANDS; i++)
    fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].about);
  fputs(
      "\nEvery command has --help and --json. Exit status: 0 done, 1 a check failed or a file\n"
      "could not be written, 2 bad usage or input, 3 device error.\n",
      out);
}

/* Edits (insert, delete, replace a letter) between two short words. */
static unsigned distance(const char *a, const char *b) {
  unsigned row[32];
  const size_t n = strlen(b);
  if (n >= sizeof row / sizeof *row)
    return ~0u;
  for (unsigned j = 0; j <= n; j++)
    row[j] = j;
  for (size_t i = 0; a[i] != '\0'; i++) {
    unsigned diagonal = row[0]++;
    for (size_t j = 0; j < n; j++) {
      unsigned best = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      best = best < row[j] + 1 ? best : row[j] + 1;
      row[j + 1] = best < diagonal + 1 ? best : diagonal + 1;
    }
  }
  return row[n];
}

static int unknown(const char *name) {
  unsigned best = 0;
  for (unsigned i = 1; i < COMMANDS; i++) {
    if (distance(name, commands[i].name) < distance(name, commands[best].name))
      best = i;
  }
  fprintf(stderr, "wavecore: unknown command '%s'", name);
  if (distance(name, commands[best].name) <= 3)
    fprintf(stderr, ", did you mean %s", commands[best].name);
  fputs("? see wavecore --help\n", stderr);
  return WC_BAD_INPUT;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    print_help(stderr);
    return WC_BAD_INPUT;
  }
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
      strcmp(argv[1], "help") == 0) {
    print_help(stdout);
    return WC_DONE;
  }
  for (unsigned i = 0; i < COMMANDS; i++) {
    if (strcmp(argv[1], commands[i].name) == 0)
      return commands[i].run(argc - 1, argv + 1);
  }
  return unknown(argv[1]);
}
