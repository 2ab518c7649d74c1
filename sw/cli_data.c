#include "cli_data.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataset_folder.h"
#include "report.h"

/* On a terminal the line takes the place of the progress bar, which comes back below it. */
static void print_warning(void *arg, const char *text) {
  (void)arg;
  fprintf(stderr, "%swavecore: warning: %s\n", isatty(STDERR_FILENO) ? "\r\033[K" : "", text);
}

static bool parse_seed(const char *name, uint64_t *seed, struct wc_report *why) {
  const char *digits = name + strlen(WC_DATA_SYNTHETIC);
  char *end;
  errno = 0;
  *seed = strtoull(digits, &end, 10);
  return (*digits >= '0' && *digits <= '9' && *end == '\0' && errno == 0) ||
         wc_fail(why, "--data '%s': the seed is no number: synthetic:7, say", name);
}

bool cli_open_data(const struct cli_data *data, enum wc_split split, const struct wc_graph *graph,
                   struct wc_dataset *set, struct wc_report *why) {
  const struct wc_tensor *image = &graph->tensors[graph->image];
  const uint32_t h = image->h, w = image->w * image->c;
  const bool fits_fmnist = h == WC_DATA_SIZE && w == WC_DATA_SIZE;
  const char *name = data->name != NULL ? data->name : fits_fmnist ? WC_DATA_DIR : WC_DATA_RANDOM;
  const bool synthetic = strncmp(name, WC_DATA_SYNTHETIC, strlen(WC_DATA_SYNTHETIC)) == 0;
  uint64_t seed = data->seed;
  if (synthetic && !parse_seed(name, &seed, why))
    return false;
  if (synthetic || strcmp(name, WC_DATA_RANDOM) == 0)
    return wc_dataset_random(data->random_n, h, w, graph->classes, seed, set, why);
  if (!wc_folder_is_one(name))
    return wc_dataset_load(name, split, h, w, graph->classes, set, why);
  const struct wc_image_shape shape = {image->h, image->w, image->c};
  if (!wc_folder_load(name, split, &shape, graph->classes, set, why))
    return false;
  wc_dataset_on_warning(set, print_warning, NULL);
  return true;
}
