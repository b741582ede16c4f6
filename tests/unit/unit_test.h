/* cmocka, after the headers that it wants before it. */
#ifndef BLUESHIFT_UNIT_TEST_H
#define BLUESHIFT_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
