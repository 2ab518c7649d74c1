#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

enum wc_outcome cli_error(enum wc_outcome outcome, const struct wc_report *why) {
  fprintf(stderr, "wavecore: %s\n", why->text);
  return outcome;
}

enum wc_outcome cli_print_json(json_t *root) {
  const bool ok = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0 &&
                  putchar('\n') != EOF && fflush(stdout) == 0;
  json_decref(root);
  if (ok)
    return WC_DONE;
  fputs("wavecore: the result cannot be written to standard output\n", stderr);
  return WC_FAILED;
}

json_t *cli_real(double value) {
  return isfinite(value) ? json_real(value) : json_null();
}

void cli_target_default(struct cli_target *target) {
  *target = (struct cli_target){.config = WC_MBS2,
                                .plans = CLI_PLANS_DEFAULT,
                                .keep = WC_KEEP_NONE,
                                .batch = 32,
                                .buffer = CLI_BUFFER_DEFAULT,
                                .cores = 1};
}

/* Appends `key=value` to a C model's URI; what does not fit is left to the driver's refusal. */
static void append(char *uri, size_t size, const char *key, uint64_t value) {
  const size_t kind = strlen("cmodel"), length = strlen(uri);
  const char *between = uri[kind] == '\0' ? ":" : uri[length - 1] == ':' ? "" : ",";
  snprintf(uri + length, size - length, "%s%s=%llu", between, key, (unsigned long long)value);
}

const char *cli_device_uri(const char *uri, const struct cli_target *target, char *room,
                           size_t size) {
  const size_t kind = strlen("cmodel");
  if (strncmp(uri, "cmodel", kind) != 0 || (uri[kind] != '\0' && uri[kind] != ':') ||
      strlen(uri) >= size)
    return uri;
  strcpy(room, uri);
  if (target->buffer_given && strstr(uri, "buffer=") == NULL)
    append(room, size, "buffer", target->buffer);
  if (target->cores_given && strstr(uri, "cores=") == NULL)
    append(room, size, "cores", target->cores);
  return room;
}

/* Does a new URI begin here? `sim:small` and `sim` do, `rows=4` does not. */
static bool begins_uri(const char *text) {
  const size_t word = strcspn(text, ":=,");
  return word > 0 && text[word] != '=';
}

bool cli_split_devices(const char *list, char *first, char *second, size_t size) {
  const char *split = NULL;
  for (const char *comma = strchr(list, ','); comma != NULL; comma = strchr(comma + 1, ',')) {
    /* `sim:small,latency=4`: behind the kind's name come only key=value. */
    if (!begins_uri(comma + 1))
      continue;
    if (split != NULL)
      return false;
    split = comma;
  }
  if (split == NULL || (size_t)(split - list) >= size || strlen(split + 1) >= size)
    return false;
  memcpy(first, list, (size_t)(split - list));
  first[split - list] = '\0';
  strcpy(second, split + 1);
  return first[0] != '\0' && second[0] != '\0';
}

uint64_t cli_buffer_for(const struct cli_target *target, const struct wc_caps *a,
                        const struct wc_caps *b) {
  if (target->buffer_given)
    return target->buffer;
  return a->gbuf_bytes < b->gbuf_bytes ? a->gbuf_bytes : b->gbuf_bytes;
}

uint32_t cli_cores_for(const struct cli_target *target, const struct wc_caps *a,
                       const struct wc_caps *b) {
  if (target->cores_given)
    return target->cores;
  return a->cores < b->cores ? a->cores : b->cores;
}

enum wc_outcome cli_compile_target(const struct cli_target *target, const char *uri,
                                   uint64_t memory, struct wc_target *out,
                                   struct cli_platform *platform, struct wc_report *why) {
  char room[512];
  struct wc_device *dev;
  if (uri == NULL) {
    *out = (struct wc_target){
        .gbuf_bytes = target->buffer, .cores = target->cores, .mem_bytes = memory};
    cli_platform_of(NULL, NULL, platform);
    platform->model.gbuf_bytes = target->buffer;
    return WC_DONE;
  }
  const enum wc_outcome outcome =
      wc_session_device(cli_device_uri(uri, target, room, sizeof room), &dev, why);
  if (outcome != WC_DONE)
    return outcome;
  const struct wc_caps *caps = wc_caps(dev);
  *out = wc_session_target(caps, cli_buffer_for(target, caps, caps),
                           cli_cores_for(target, caps, caps));
  cli_platform_of(caps, uri, platform);
  wc_close(dev);
  return WC_DONE;
}
