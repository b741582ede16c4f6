/* The compiled kernels: embedded in the program where it was built with nvcc, or in a file. */
#ifndef BLUESHIFT_NN_CUDA_IMAGE_H
#define BLUESHIFT_NN_CUDA_IMAGE_H

#include <stdbool.h>

#include "blueshift/status.h"

/* The file that is read instead of what is embedded, when the variable is set: a fatbin, a cubin or
 * PTX of src/nn/backend/cuda/module.cu. */
#define BS_CUDA_IMAGE_VARIABLE "BLUESHIFT_CUDA_KERNELS"

/* Kernels as cuModuleLoadData takes them. */
typedef struct bs_cuda_image {
    const void *data; /* valid until the process ends */
    int toolkit;      /* the CUDA they were compiled by: 13000 is 13.0; 0: unknown */
} bs_cuda_image;

/* The kernels. BS_ERR_DEVICE where the program has none, BS_ERR_INPUT for a file that cannot be
 * read. Not thread-safe. */
bs_status bs_cuda_image_get(bs_cuda_image *image);

/* What the program has: "sm_80 sm_90 compute_90, by CUDA 13.0", or "none (...)". Static. */
const char *bs_cuda_image_text(void);

#endif
