/* Failure of an emitter, reported by the kernels that feed it. */
#ifndef WC_EMIT_FAIL_H
#define WC_EMIT_FAIL_H

#include <stdbool.h>

struct wc_emit;

#if defined(__GNUC__)
#define WC_EMIT_PRINTF __attribute__((format(printf, 2, 3)))
#else
#define WC_EMIT_PRINTF
#endif

/* Records the first failure; later ones do not replace it. Returns false. */
bool wc_emit_fail(struct wc_emit *emit, const char *format, ...) WC_EMIT_PRINTF;

#endif
