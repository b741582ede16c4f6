/* Winograd's F(2x2, 3x3): 16 multiplications for 4 pixels, the most accurate. */
#define ROWS 2
#define COLUMNS 2
#include "winograd.h"

const bs_winograd ISA_NAME(bs_winograd_2x2_, BS_ISA) = WINOGRAD;
