/* A device as the cycle model sees it. */
#ifndef WC_TEST_DEVICE_CONFIG_H
#define WC_TEST_DEVICE_CONFIG_H

#include "wavecore.h"
#include "wc_model.h"

/* The model configuration with all that @dev says of itself. */
struct wc_model_config device_config(const struct wc_device *dev);

#endif
