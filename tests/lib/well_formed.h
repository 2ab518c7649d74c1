/* What an SVG of ours has to be, as XML. */
#ifndef WC_TEST_WELL_FORMED_H
#define WC_TEST_WELL_FORMED_H

#include <stdbool.h>

/* One root, tags nest, attributes are in double quotes, text has no bare `<`, `>` or `&`. */
bool well_formed(const char *text);

#endif
