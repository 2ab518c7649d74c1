/* How a task of the command ended: also its exit status. */
#ifndef WC_OUTCOME_H
#define WC_OUTCOME_H

enum wc_outcome {
  WC_DONE = 0,
  WC_FAILED = 1,       /* a check failed, or a result could not be kept (a full disk) */
  WC_BAD_INPUT = 2,    /* bad usage, file, data set, network or size */
  WC_DEVICE_ERROR = 3, /* the device is missing, failed or gave no answer */
};

#endif
