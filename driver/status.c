#include "wavecore.h"

const char *wc_strerror(int status) {
  switch (status) {
    case WC_OK:
      return "done";
    case WC_EINVAL:
      return "an argument makes no sense";
    case WC_ENOMEM:
      return "out of memory";
    case WC_ERANGE:
      return "outside the device's memory";
    case WC_ENODEV:
      return "no such device, or it could not be opened";
    case WC_EVERSION:
      return "the device speaks another interface version";
    case WC_ETIMEDOUT:
      return "no answer in time";
    case WC_EDEVICE:
      return "the device reported an error";
    case WC_EBUSY:
      return "a stream is running";
    case WC_EIO:
      return "the link to the device failed";
    default:
      return "unknown status";
  }
}
