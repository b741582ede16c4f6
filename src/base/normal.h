/* Normal numbers from uniform ones, many at once and with the same bits on every processor. */
#ifndef BLUESHIFT_BASE_NORMAL_H
#define BLUESHIFT_BASE_NORMAL_H

#include <stddef.h>

/* Box and Muller's transform of COUNT pairs in place: (FIRST, SECOND), uniform between 0 and 1
 * without the ends, become sqrt(-2 ln first) (cos, sin)(2 pi second) within 3 units of the last
 * place. The bits do not depend on where in the arrays a pair stands, on the instruction set, or on
 * the C library. */
void bs_normal_pairs(size_t count, double *first, double *second);

#endif
