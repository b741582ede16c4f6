/* <complex.h> with CMPLX, which glibc 2.36 defines for gcc only. */
#ifndef BLUESHIFT_COMPLEX_H
#define BLUESHIFT_COMPLEX_H

#include <complex.h>

#ifndef CMPLX
#define CMPLX(x, y) __builtin_complex((double)(x), (double)(y))
#endif

#endif
