/* A device of src/nn/backend/cuda/cuda_device.h that runs the kernels in the emulator. */
#ifndef BLUESHIFT_TEST_EMULATED_DEVICE_H
#define BLUESHIFT_TEST_EMULATED_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../src/nn/backend/cuda/cuda_device.h"

/* What launches have counted so far. */
typedef struct emulated_counts {
    uint64_t launches, matrices, conflicts, multiplies, allocations;
} emulated_counts;

/* Whether this machine can run the emulation; otherwise no device is made. */
bool emulated_device_runs(void);

/* A device with MULTIPROCESSORS of them and SHARED_BYTES of dynamic shared memory a block. Memory
 * that was not written is filled with NaNs; whatever the emulator finds is a BS_ERR_LIBRARY of the
 * launch. The caller owns the device; NULL without memory. */
bs_cuda_device *emulated_device_create(int multiprocessors, size_t shared_bytes);
void emulated_device_destroy(bs_cuda_device *device);
emulated_counts emulated_device_counts(const bs_cuda_device *device);

#endif
