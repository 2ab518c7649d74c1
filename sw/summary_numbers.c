/* Numbers of a summary's results, and means over the deep networks. */
#include <math.h>
#include <string.h>

#include "summary.h"

double wc_summary_number(const json_t *result, const char *path) {
  const char *dot = strchr(path, '.');
  char first[32] = "";
  const json_t *value = NULL;
  if (dot == NULL) {
    value = json_object_get(result, path);
  } else if ((size_t)(dot - path) < sizeof first) {
    memcpy(first, path, (size_t)(dot - path));
    value = json_object_get(json_object_get(result, first), dot + 1);
  }
  return json_is_number(value) ? json_number_value(value) : NAN;
}

/* @config's number over that of @base, of one network. */
static double ratio(const struct wc_summary *s, unsigned net, const char *memory, const char *path,
                    enum wc_config config, enum wc_config base) {
  const struct wc_summary_job a = wc_summary_key(s, net, config, memory);
  const struct wc_summary_job b = wc_summary_key(s, net, base, memory);
  return wc_summary_number(wc_summary_find(s, &a), path) /
         wc_summary_number(wc_summary_find(s, &b), path);
}

double wc_summary_saving(const struct wc_summary *summary, const char *memory, const char *path,
                         enum wc_config config, enum wc_config base) {
  double sum = 0;
  for (unsigned net = 0; net < summary->scope->deep; net++)
    sum += 1 - ratio(summary, net, memory, path, config, base);
  return sum / summary->scope->deep;
}

double wc_summary_speedup(const struct wc_summary *summary, const char *memory,
                          enum wc_config config, enum wc_config base) {
  double sum = 0;
  for (unsigned net = 0; net < summary->scope->deep; net++)
    sum += 1 / ratio(summary, net, memory, "seconds", config, base);
  return sum / summary->scope->deep;
}
