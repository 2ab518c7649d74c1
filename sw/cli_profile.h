/* A profile as text and as JSON. */
#ifndef WC_CLI_PROFILE_H
#define WC_CLI_PROFILE_H

#include <jansson.h>

#include "profile.h"

/* A training step on a device. @profile: no layers when the device keeps no timeline. */
struct cli_profile_result {
  struct wc_counters counters;           /* of all cores */
  struct wc_counters core[WC_CORES_MAX]; /* of each */
  unsigned cores;
  const struct wc_caps *caps;
  struct wc_profile profile;
};

double cli_profile_utilisation(const struct cli_profile_result *result);
void cli_profile_print(const struct cli_profile_result *result);
json_t *cli_profile_json(const struct cli_profile_result *result);

#endif
