/* All kernels as one module, which the program embeds. */
#include "layers.cu"
#include "prepare.cu"
#include "stages.cu"
