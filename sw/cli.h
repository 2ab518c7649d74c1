/* What the subcommands of `wavecore` share. */
#ifndef WC_CLI_H
#define WC_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energy.h"
#include "greedy.h"
#include "outcome.h"
#include "program.h"
#include "search.h"
#include "session.h"
#include "train.h"

/* One option of a subcommand and where its value goes. `given` (may be NULL) becomes true. */
enum cli_kind {
  CLI_FLAG,
  CLI_U32,
  CLI_U64,
  CLI_SIZE,
  CLI_REAL,
  CLI_TEXT,
  CLI_CONFIG,
  CLI_SHAPE,
  CLI_OBJECTIVE,
  CLI_GROUPING,
  CLI_KEEP
};

struct cli_option {
  const char *name;
  char letter; /* 0: long form only */
  enum cli_kind kind;
  void *value; /* bool, uint32_t, uint64_t, uint64_t, double, const char *, enum wc_config, ... */
  const char *meta, *help;
  double low, high; /* U32, REAL; both 0: any */
  bool *given;
};

struct cli_command {
  const char *name;
  const char *operand; /* "NET", "FILE", or NULL; one is required then */
  const char *about;   /* a sentence or two */
  const char *more;    /* printed behind the options; may be NULL */
  const struct cli_option *options;
  size_t n_options;
};

/* Parses; @operand receives the operand. WC_DONE: go on. *@exit_now set: --help was printed.
 * WC_BAD_INPUT: a line was printed. */
enum wc_outcome cli_parse(const struct cli_command *command, int argc, char **argv,
                          const char **operand, bool *exit_now);

/* Prints `wavecore: LINE` on stderr and returns @outcome. */
enum wc_outcome cli_error(enum wc_outcome outcome, const struct wc_report *why);

/* Prints @root, which is released, on stdout. */
enum wc_outcome cli_print_json(json_t *root);

/* A network, its schedule's parameters, and the device they are for. */
#define CLI_BUFFER_DEFAULT (UINT64_C(256) << 10)
#define CLI_MEMORY_DEFAULT (UINT64_C(256) << 20)
#define CLI_PLANS_DEFAULT 600
struct cli_target {
  enum wc_config config;
  enum wc_objective objective;
  uint32_t plans; /* that a search by time judges */
  enum wc_grouping grouping;
  enum wc_keep keep; /* mbs-r */
  uint32_t batch;
  bool batch_given;
  uint64_t buffer;
  bool buffer_given;
  uint32_t cores;
  bool cores_given;
};
void cli_target_default(struct cli_target *target);

#define CLI_CONFIG_OPTION(target) \
  { "config", 0, CLI_CONFIG, &(target)->config, "NAME", WC_CONFIG_NAMES " (mbs2)", 0, 0, NULL }

/* The options that say what a step is compiled for: images, and the sizes of a device. @images,
 * @size, @number: what holds unless they are given, as a string. */
#define CLI_SIZE_OPTIONS(target, images, size, number)                                           \
  {"batch",                                                                                      \
   0,                                                                                            \
   CLI_U32,                                                                                      \
   &(target)->batch,                                                                             \
   "N",                                                                                          \
   "images in a mini-batch (" images ")",                                                        \
   1,                                                                                            \
   65535,                                                                                        \
   &(target)->batch_given},                                                                      \
      {"buffer",                                                                                 \
       0,                                                                                        \
       CLI_SIZE,                                                                                 \
       &(target)->buffer,                                                                        \
       "SIZE",                                                                                   \
       "global buffer of a core (" size ")",                                                     \
       0,                                                                                        \
       0,                                                                                        \
       &(target)->buffer_given},                                                                 \
  {                                                                                              \
    "cores", 0, CLI_U32, &(target)->cores, "N", "cores that share each mini-batch (" number ")", \
        1, WC_CORES_MAX, &(target)->cores_given                                                  \
  }

/* The options that say what a schedule is to be best in, for a table of options. */
#define CLI_SEARCH_OPTIONS(target)                                                             \
  {"objective",                                                                                \
   0,                                                                                          \
   CLI_OBJECTIVE,                                                                              \
   &(target)->objective,                                                                       \
   "WHAT",                                                                                     \
   "least DRAM traffic, time or energy: traffic, time, energy (traffic)",                      \
   0,                                                                                          \
   0,                                                                                          \
   NULL},                                                                                      \
      {"grouping",                                                                             \
       0,                                                                                      \
       CLI_GROUPING,                                                                           \
       &(target)->grouping,                                                                    \
       "WHAT",                                                                                 \
       "by least traffic: optimal; or as in the paper: joint, greedy (optimal; train: joint)", \
       0,                                                                                      \
       0,                                                                                      \
       NULL},                                                                                  \
      {"plans", 0,                                                                             \
       CLI_U32, &(target)->plans,                                                              \
       "N",     "plans that the search by time or energy judges (600)",                        \
       1,       1000000,                                                                       \
       NULL},                                                                                  \
  {                                                                                            \
    "keep", 0, CLI_KEEP, &(target)->keep, "RULE",                                              \
        "mbs-r stores no less for the backward pass: all, convs, bare, wide, modules, none "   \
        "(none)",                                                                              \
        0, 0, NULL                                                                             \
  }

/* A device and its memory, as the cycle model is to see them. */
struct cli_platform {
  struct wc_model_config model;
  unsigned latency;
  struct wc_dram_config dram; /* channels 0: none */
  char memory[32];            /* whose energy is meant */
  struct wc_energy_params energy;
};

/* @caps: NULL for `small`. @uri: NULL, or what latency=, memory=, scale= and clock= are taken
 * from, as simulated devices take them. */
void cli_platform_of(const struct wc_caps *caps, const char *uri, struct cli_platform *platform);

/* @target's groups on a device of @sizes, with progress on a terminal. @groups: NULL when they are
 * those of least traffic, or else the caller's (free). False: none. */
bool cli_find_groups(const struct wc_graph *graph, const struct cli_target *target,
                     const struct wc_target *sizes, const struct cli_platform *platform,
                     struct wc_group **groups, uint32_t *n, struct wc_report *why);

/* The program of those groups, or NULL. */
struct wc_program *cli_make_program(const struct wc_graph *graph, const struct cli_target *target,
                                    const struct wc_target *sizes,
                                    const struct cli_platform *platform, struct wc_report *why);

/* @uri, or a longer one in @room: a C model without buffer= or cores= gets what was asked for. */
const char *cli_device_uri(const char *uri, const struct cli_target *target, char *room,
                           size_t size);

/* Splits a list of URIs at the commas that begin a new one; true for exactly two. */
bool cli_split_devices(const char *list, char *first, char *second, size_t size);

/* Largest buffer all of @caps have, unless one was asked for. */
uint64_t cli_buffer_for(const struct cli_target *target, const struct wc_caps *a,
                        const struct wc_caps *b);

/* As many cores as all of @caps have, unless a number was asked for. */
uint32_t cli_cores_for(const struct cli_target *target, const struct wc_caps *a,
                       const struct wc_caps *b);

/* What to compile for, and what the cycle model is to model: sizes of the device @uri where they
 * were not asked for, or, without @uri, the default array with @memory bytes. */
enum wc_outcome cli_compile_target(const struct cli_target *target, const char *uri,
                                   uint64_t memory, struct wc_target *out,
                                   struct cli_platform *platform, struct wc_report *why);

/* The text of a JSON real: NaN becomes null. */
json_t *cli_real(double value);

int cli_nets(int argc, char **argv);
int cli_schedule(int argc, char **argv);
int cli_estimate(int argc, char **argv);
int cli_compile(int argc, char **argv);
int cli_disasm(int argc, char **argv);
int cli_verify(int argc, char **argv);
int cli_train(int argc, char **argv);
int cli_bench(int argc, char **argv);
int cli_compare(int argc, char **argv);
int cli_profile(int argc, char **argv);
int cli_report(int argc, char **argv);
int cli_probe(int argc, char **argv);
int cli_selftest(int argc, char **argv);

#endif
