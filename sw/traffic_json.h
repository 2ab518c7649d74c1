/* Planned traffic as JSON: the same object wherever it is shown. */
#ifndef WC_TRAFFIC_JSON_H
#define WC_TRAFFIC_JSON_H

#include <jansson.h>

#include "plan.h"

/* Bytes of a whole training step, update included: their sum, and by class. */
uint64_t wc_traffic_total(const uint64_t class_bytes[WC_CLASSES][2]);
json_t *wc_traffic_json(const uint64_t class_bytes[WC_CLASSES][2]);

#endif
