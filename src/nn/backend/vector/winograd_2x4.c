/* Winograd's F(2x4, 3x3): 24 multiplications for 8 pixels, as accurate as the direct convolution.
 */
#define ROWS 2
#define COLUMNS 4
#include "winograd.h"

const bs_winograd ISA_NAME(bs_winograd_2x4_, BS_ISA) = WINOGRAD;
