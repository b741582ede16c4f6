/* NVIDIA's driver by dlopen: the functions that are used, with prototypes of our own, so that
 * neither building nor running needs CUDA. */
#ifndef BLUESHIFT_NN_CUDA_DRIVER_H
#define BLUESHIFT_NN_CUDA_DRIVER_H

#include <stdbool.h>
#include <stddef.h>

#include "blueshift/status.h"
#include "kernels.h"

/* Opaque to us: contexts, modules and functions are pointers, devices and results numbers. */
typedef void *bs_cu_handle;
typedef int bs_cu_device;
typedef int bs_cu_result;

/* Of cuda.h. */
enum {
    BS_CU_SUCCESS = 0,
    BS_CU_OUT_OF_MEMORY = 2,
    BS_CU_NO_DEVICE = 100,
    BS_CU_COMPUTE_MAJOR = 75, /* device attributes */
    BS_CU_COMPUTE_MINOR = 76,
    BS_CU_MULTIPROCESSORS = 16,
    BS_CU_SHARED_BYTES_OPTIN = 97,
    BS_CU_COOPERATIVE_LAUNCH = 95,
    BS_CU_FUNCTION_SHARED_BYTES = 8 /* function attribute */
};

/* Name in the table, symbol in the library, parameters. */
#define BS_CU_FUNCTIONS(F)                                                                         \
    F(init, "cuInit", (unsigned))                                                                  \
    F(driver_version, "cuDriverGetVersion", (int *))                                               \
    F(device_count, "cuDeviceGetCount", (int *))                                                   \
    F(device_get, "cuDeviceGet", (bs_cu_device *, int))                                            \
    F(device_name, "cuDeviceGetName", (char *, int, bs_cu_device))                                 \
    F(device_id, "cuDeviceGetUuid_v2", (char *, bs_cu_device))                                     \
    F(device_attribute, "cuDeviceGetAttribute", (int *, int, bs_cu_device))                        \
    F(context_retain, "cuDevicePrimaryCtxRetain", (bs_cu_handle *, bs_cu_device))                  \
    F(context_release, "cuDevicePrimaryCtxRelease_v2", (bs_cu_device))                             \
    F(context_set, "cuCtxSetCurrent", (bs_cu_handle))                                              \
    F(synchronise, "cuCtxSynchronize", (void))                                                     \
    F(module_load, "cuModuleLoadData", (bs_cu_handle *, const void *))                             \
    F(module_function, "cuModuleGetFunction", (bs_cu_handle *, bs_cu_handle, const char *))        \
    F(function_set, "cuFuncSetAttribute", (bs_cu_handle, int, int))                                \
    F(occupancy, "cuOccupancyMaxActiveBlocksPerMultiprocessor",                                    \
      (int *, bs_cu_handle, int, size_t))                                                          \
    F(allocate, "cuMemAlloc_v2", (bs_cuda_address *, size_t))                                      \
    F(release, "cuMemFree_v2", (bs_cuda_address))                                                  \
    F(set_bytes, "cuMemsetD8_v2", (bs_cuda_address, unsigned char, size_t))                        \
    F(to_device, "cuMemcpyHtoD_v2", (bs_cuda_address, const void *, size_t))                       \
    F(to_host, "cuMemcpyDtoH_v2", (void *, bs_cuda_address, size_t))                               \
    F(launch, "cuLaunchKernel",                                                                    \
      (bs_cu_handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,         \
       bs_cu_handle, void **, void **))                                                            \
    F(launch_cooperative, "cuLaunchCooperativeKernel",                                             \
      (bs_cu_handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,         \
       bs_cu_handle, void **))                                                                     \
    F(error_name, "cuGetErrorName", (bs_cu_result, const char **))                                 \
    F(error_text, "cuGetErrorString", (bs_cu_result, const char **))

#define BS_CU_MEMBER(name, symbol, parameters) bs_cu_result(*name) parameters;
typedef struct bs_cuda_driver {
    BS_CU_FUNCTIONS(BS_CU_MEMBER)
    int version; /* 13000 is CUDA 13.0 */
    int cards;   /* that this process sees: CUDA_VISIBLE_DEVICES and the batch system hide others */
} bs_cuda_driver;
#undef BS_CU_MEMBER

/* The driver, opened and initialised at the first call and until the process ends; later calls
 * return what the first did. BS_ERR_DEVICE says what is missing: no driver, no card, a function
 * that only newer drivers have. Not thread-safe. */
bs_status bs_cuda_driver_open(const bs_cuda_driver **driver);

/* BS_OK, or a record of RESULT, what a call for ACTION ("a launch") returned: BS_ERR_MEMORY where
 * the card has no room, BS_ERR_DEVICE for everything else, after which the card can be used no more
 * by this process. */
bs_status bs_cuda_driver_check(const bs_cuda_driver *driver, bs_cu_result result,
                               const char *action);

#endif
