/* All kernels as one module, which the program embeds. */
#include "prepare.cu"
#include "stages.cu"
