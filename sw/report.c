#include "report.h"

#include <stdarg.h>

bool wc_fail(struct wc_report *why, const char *format, ...) {
  if (why == NULL)
    return false;
  va_list args;
  va_start(args, format);
  vsnprintf(why->text, sizeof why->text, format, args);
  va_end(args);
  return false;
}
