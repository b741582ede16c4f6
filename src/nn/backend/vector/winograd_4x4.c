/* Winograd's F(4x4, 3x3): 36 multiplications for 16 pixels, the fastest. */
#define ROWS 4
#define COLUMNS 4
#include "winograd.h"

const bs_winograd ISA_NAME(bs_winograd_4x4_, BS_ISA) = WINOGRAD;
