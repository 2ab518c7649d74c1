/* Options from tables, over getopt_long. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "plan.h"
#include "size.h"

#define MAX_OPTIONS 32
#define HELP_CODE 1000
#define FIRST_CODE 1001

static void print_help(const struct cli_command *command) {
  printf("usage: wavecore %s%s%s [options]\n\n%s\n\noptions:\n", command->name,
         command->operand != NULL ? " " : "", command->operand != NULL ? command->operand : "",
         command->about);
  for (size_t i = 0; i < command->n_options; i++) {
    const struct cli_option *o = &command->options[i];
    char left[48];
    snprintf(left, sizeof left, "%c%c%s--%s%s%s", o->letter ? '-' : ' ',
             o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
             o->meta != NULL ? " " : "", o->meta != NULL ? o->meta : "");
    printf("  %-28s %s\n", left, o->help);
  }
  printf("  %-28s %s\n", "    --help", "print this");
  if (command->more != NULL)
    printf("\n%s\n", command->more);
}

static bool parse_whole(const char *text, uint64_t *value) {
  char *end;
  errno = 0;
  const unsigned long long number = strtoull(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
    return false;
  *value = (uint64_t)number;
  return true;
}

static bool parse_real(const char *text, double *value) {
  char *end;
  errno = 0;
  const double number = strtod(text, &end);
  if (end == text || *end != '\0' || errno != 0 || !isfinite(number))
    return false;
  *value = number;
  return true;
}

static bool in_range(const struct cli_option *o, double value) {
  return (o->low == 0 && o->high == 0) || (value >= o->low && value <= o->high);
}

/* Stores the value; false when @text is none for this option. */
static bool store(const struct cli_option *o, const char *text) {
  uint64_t whole;
  double real;
  switch (o->kind) {
    case CLI_FLAG:
      *(bool *)o->value = true;
      return true;
    case CLI_U32:
      if (!parse_whole(text, &whole) || whole > UINT32_MAX || !in_range(o, (double)whole))
        return false;
      *(uint32_t *)o->value = (uint32_t)whole;
      return true;
    case CLI_U64:
      if (!parse_whole(text, &whole) || !in_range(o, (double)whole))
        return false;
      *(uint64_t *)o->value = whole;
      return true;
    case CLI_SIZE:
      if (!wc_size_parse(text, &whole) || whole == 0 || whole > UINT64_C(1) << 40)
        return false;
      *(uint64_t *)o->value = whole;
      return true;
    case CLI_REAL:
      if (!parse_real(text, &real) || !in_range(o, real))
        return false;
      *(double *)o->value = real;
      return true;
    case CLI_TEXT:
      *(const char **)o->value = text;
      return text[0] != '\0';
    case CLI_CONFIG:
      return wc_config_parse(text, o->value);
    case CLI_OBJECTIVE:
      return wc_objective_parse(text, o->value);
    case CLI_GROUPING:
      return wc_grouping_parse(text, o->value);
    case CLI_KEEP:
      return wc_keep_parse(text, o->value);
    default:
      return wc_lr_shape_parse(text, o->value);
  }
}

static void print_expected(const struct cli_option *o) {
  switch (o->kind) {
    case CLI_U32:
    case CLI_U64:
      if (o->low != 0 || o->high != 0)
        fprintf(stderr, "a whole number from %.0f to %.0f", o->low, o->high);
      else
        fputs("a whole number", stderr);
      break;
    case CLI_SIZE:
      fputs("a size such as 262144, 256KiB or 10MiB", stderr);
      break;
    case CLI_REAL:
      fprintf(stderr, "a number from %g to %g", o->low, o->high);
      break;
    case CLI_CONFIG:
      for (unsigned i = 0; i < WC_CONFIGS; i++)
        fprintf(stderr, "%s%s", i == 0 ? "one of " : ", ", wc_config_name((enum wc_config)i));
      break;
    case CLI_OBJECTIVE:
      for (unsigned i = 0; i < WC_OBJECTIVES; i++)
        fprintf(stderr, "%s%s", i == 0 ? "one of " : ", ", wc_objective_name((enum wc_objective)i));
      break;
    case CLI_GROUPING:
      for (unsigned i = 0; i < WC_GROUPINGS; i++)
        fprintf(stderr, "%s%s", i == 0 ? "one of " : ", ", wc_grouping_name((enum wc_grouping)i));
      break;
    case CLI_KEEP:
      for (unsigned i = 0; i < WC_KEEPS; i++)
        fprintf(stderr, "%s%s", i == 0 ? "one of " : ", ", wc_keep_name((enum wc_keep)i));
      break;
    case CLI_SHAPE:
      for (unsigned i = 0; i < WC_LR_SHAPES; i++)
        fprintf(stderr, "%s%s", i == 0 ? "one of " : ", ", wc_lr_shape_name((enum wc_lr_shape)i));
      break;
    default:
      fputs("a text that is not empty", stderr);
  }
}

static enum wc_outcome usage(const struct cli_command *command) {
  fprintf(stderr, "; see wavecore %s --help\n", command->name);
  return WC_BAD_INPUT;
}

static enum wc_outcome take_option(const struct cli_command *command, const struct cli_option *o,
                                   const char *text) {
  if (store(o, text)) {
    if (o->given != NULL)
      *o->given = true;
    return WC_DONE;
  }
  fprintf(stderr, "wavecore %s: --%s '%s': it takes ", command->name, o->name, text);
  print_expected(o);
  return usage(command);
}

static const struct cli_option *find_option(const struct cli_command *command, int code) {
  for (size_t i = 0; i < command->n_options; i++) {
    if (code == FIRST_CODE + (int)i ||
        (command->options[i].letter != 0 && code == command->options[i].letter))
      return &command->options[i];
  }
  return NULL;
}

/* Fills in what getopt_long wants. */
static void make_tables(const struct cli_command *command, struct option *longs, char *letters) {
  *letters++ = ':'; /* tell a missing argument from an unknown option; print nothing */
  for (size_t i = 0; i < command->n_options; i++) {
    const struct cli_option *o = &command->options[i];
    const bool argument = o->kind != CLI_FLAG;
    longs[i] = (struct option){o->name, argument ? required_argument : no_argument, NULL,
                               FIRST_CODE + (int)i};
    if (o->letter != 0) {
      *letters++ = o->letter;
      if (argument)
        *letters++ = ':';
    }
  }
  *letters = '\0';
  longs[command->n_options] = (struct option){"help", no_argument, NULL, HELP_CODE};
  longs[command->n_options + 1] = (struct option){NULL, 0, NULL, 0};
}

enum wc_outcome cli_parse(const struct cli_command *command, int argc, char **argv,
                          const char **operand, bool *exit_now) {
  struct option longs[MAX_OPTIONS + 2];
  char letters[2 * MAX_OPTIONS + 2];
  make_tables(command, longs, letters);
  *exit_now = false;
  optind = 1;
  for (int code; (code = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
    if (code == HELP_CODE) {
      print_help(command);
      *exit_now = true;
      return WC_DONE;
    }
    if (code == '?' || code == ':') {
      fprintf(stderr, "wavecore %s: %s '%s'", command->name,
              code == ':' ? "no value behind" : "unknown option", argv[optind - 1]);
      return usage(command);
    }
    const struct cli_option *o = find_option(command, code);
    const enum wc_outcome outcome = take_option(command, o, o->kind == CLI_FLAG ? "" : optarg);
    if (outcome != WC_DONE)
      return outcome;
  }
  const int wanted = command->operand != NULL ? 1 : 0;
  if (argc - optind < wanted) {
    fprintf(stderr, "wavecore %s: no %s given", command->name, command->operand);
    return usage(command);
  }
  if (argc - optind > wanted) {
    fprintf(stderr, "wavecore %s: '%s' is too much", command->name, argv[optind + wanted]);
    return usage(command);
  }
  if (operand != NULL)
    *operand = wanted == 1 ? argv[optind] : NULL;
  return WC_DONE;
}
