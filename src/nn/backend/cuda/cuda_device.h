/* A device that runs the kernels of kernels.h: a CUDA card behind its driver, or the emulation of
 * the tests.
 *
 * Calls on one device are serial and take effect in their order, as on one stream: a launch may
 * return before it has run, a download waits for what stands before it. Not collective; a device
 * belongs to one thread. */
#ifndef BLUESHIFT_NN_CUDA_DEVICE_H
#define BLUESHIFT_NN_CUDA_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blueshift/status.h"
#include "kernels.h"

/* One launch. PARAMETERS is the structure that the kernel takes by value, copied by the call. */
typedef struct bs_cuda_launch {
    bs_cuda_kernel kernel;
    int grid;            /* blocks, in one dimension */
    int block;           /* threads a block, in one dimension: a multiple of 32 */
    size_t shared_bytes; /* dynamic shared memory a block */
    bool cooperative;    /* all blocks resident at once: they wait for each other */
    const void *parameters;
    size_t parameter_bytes;
} bs_cuda_launch;

/* What a device is and does. Every call returns BS_OK, or records what failed: BS_ERR_MEMORY where
 * the device has no room, BS_ERR_DEVICE for the driver's errors: then the device is lost to this
 * process, and whatever was on it, too. */
typedef struct bs_cuda_device {
    const char *name;    /* "NVIDIA H200"; the emulation says that it is one */
    int capability;      /* 80, 90: ten times the major and the minor number */
    int multiprocessors; /* SMs */
    size_t shared_bytes; /* the most dynamic shared memory that a block may have */
    void *context;

    /* Memory of BYTES, aligned to 256; its contents are undefined. Release of address 0 is fine,
     * and release never fails. */
    bs_status (*allocate)(void *context, size_t bytes, bs_cuda_address *address);
    void (*release)(void *context, bs_cuda_address address);

    /* Sets BYTES to 0. */
    bs_status (*clear)(void *context, bs_cuda_address address, size_t bytes);

    /* FROM may be changed once upload has returned; TO is valid once download has. */
    bs_status (*upload)(void *context, bs_cuda_address to, const void *from, size_t bytes);
    bs_status (*download)(void *context, void *to, bs_cuda_address from, size_t bytes);

    /* Allows the kernel its dynamic shared memory where that is more than 48 KB. */
    bs_status (*launch)(void *context, const bs_cuda_launch *launch);

    /* How many blocks of LAUNCH (grid and parameters are not looked at) one multiprocessor holds at
     * a time. 0: none, too much shared memory. */
    bs_status (*resident)(void *context, const bs_cuda_launch *launch, int *blocks);

    /* Waits until everything has run; tells of what failed meanwhile. */
    bs_status (*synchronise)(void *context);
} bs_cuda_device;

#endif
