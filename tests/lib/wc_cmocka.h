/* cmocka.h with the headers it wants before it. */
#ifndef WC_TESTS_CMOCKA_H
#define WC_TESTS_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Last: it uses what the others declare. */
#include <cmocka.h>

#endif
