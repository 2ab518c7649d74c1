/* Sizes as people write them: 262144, 256KiB, 10MiB, 1GiB. */
#ifndef WC_SIZE_H
#define WC_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads digits and an optional KiB, MiB, GiB (or K, M, G; any case), up to the end of @text.
 * False, and @bytes as it was, for anything else and for sizes above 2^62. */
bool wc_size_parse(const char *text, uint64_t *bytes);

/* The shortest exact form: 262144 becomes 256KiB. Returns @buffer. */
#define WC_SIZE_TEXT 32
const char *wc_size_text(uint64_t bytes, char buffer[WC_SIZE_TEXT]);

#endif
