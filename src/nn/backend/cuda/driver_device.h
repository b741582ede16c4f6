/* A card behind NVIDIA's driver as a bs_cuda_device. */
#ifndef BLUESHIFT_NN_CUDA_DRIVER_DEVICE_H
#define BLUESHIFT_NN_CUDA_DRIVER_DEVICE_H

#include "blueshift/backend.h"
#include "cuda_device.h"

/* Card NUMBER of those that the driver shows (driver.h), with the kernels loaded and current on
 * this thread: opened at the first call and until the process ends, which uses one card; later
 * calls return the first one's. BS_ERR_DEVICE says what is missing: no driver or one older than the
 * kernels, no card, one whose compute capability is below 8.0, no kernels. Not thread-safe. */
bs_status bs_cuda_device_open(int number, const bs_cuda_device **device);

/* The open card's UUID [BS_BACKEND_CARD_ID]: two processes with the same one share the card. */
bs_status bs_cuda_device_id(char *id);

#endif
