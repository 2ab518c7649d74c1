#include "device_config.h"

struct wc_model_config device_config(const struct wc_device *dev) {
  const struct wc_caps *caps = wc_caps(dev);
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.rows = caps->rows;
  config.cols = caps->cols;
  config.double_weights = caps->double_weights;
  config.fold = caps->folds;
  config.lanes = caps->lanes;
  config.acc_rows = caps->acc_rows;
  config.banks = caps->banks;
  config.line_bytes = caps->line_bytes;
  config.axi_bytes = caps->axi_bytes;
  config.outstanding = caps->outstanding;
  config.queue_depth = caps->queue_depth;
  config.gbuf_bytes = caps->gbuf_bytes;
  config.mem_bytes = caps->mem_bytes;
  return config;
}
