#include "traffic_json.h"

uint64_t wc_traffic_total(const uint64_t class_bytes[WC_CLASSES][2]) {
  uint64_t sum = 0;
  for (unsigned c = 0; c < WC_CLASSES; c++)
    sum += class_bytes[c][0] + class_bytes[c][1];
  return sum;
}

static json_int_t both(const uint64_t bytes[2]) {
  return (json_int_t)(bytes[0] + bytes[1]);
}

json_t *wc_traffic_json(const uint64_t class_bytes[WC_CLASSES][2]) {
  const uint64_t *features = class_bytes[WC_CLASS_FEATURES];
  const uint64_t *gradients = class_bytes[WC_CLASS_GRADIENTS];
  return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "total",
                   (json_int_t)wc_traffic_total(class_bytes), "features_read",
                   (json_int_t)features[0], "features_written", (json_int_t)features[1], "weights",
                   both(class_bytes[WC_CLASS_WEIGHTS]), "weight_gradients",
                   both(class_bytes[WC_CLASS_WEIGHT_GRADIENTS]), "gradients_read",
                   (json_int_t)gradients[0], "gradients_written", (json_int_t)gradients[1], "masks",
                   both(class_bytes[WC_CLASS_MASKS]));
}
