/* The backends behind bs_backend_at. */
#ifndef BLUESHIFT_NN_KERNELS_H
#define BLUESHIFT_NN_KERNELS_H

#include "blueshift/backend.h"

/* Double precision, layer by layer, by definition: the oracle of all other backends. */
extern const bs_backend bs_backend_reference;

/* Single precision, fused: direct convolutions, or Winograd's where they fit. */
#if defined(__x86_64__)
extern const bs_backend bs_backend_direct_avx512;
extern const bs_backend bs_backend_winograd_2x2_avx512;
extern const bs_backend bs_backend_winograd_2x4_avx512;
extern const bs_backend bs_backend_winograd_4x4_avx512;
extern const bs_backend bs_backend_direct_avx2;
extern const bs_backend bs_backend_winograd_2x2_avx2;
extern const bs_backend bs_backend_winograd_2x4_avx2;
extern const bs_backend bs_backend_winograd_4x4_avx2;
extern const bs_backend bs_backend_direct_sse;
extern const bs_backend bs_backend_winograd_2x2_sse;
extern const bs_backend bs_backend_winograd_2x4_sse;
extern const bs_backend bs_backend_winograd_4x4_sse;
#else
extern const bs_backend bs_backend_direct_generic;
extern const bs_backend bs_backend_winograd_2x2_generic;
extern const bs_backend bs_backend_winograd_2x4_generic;
extern const bs_backend bs_backend_winograd_4x4_generic;
#endif

/* The GPU's backend, when NAME, "cuda" or "cuda-sm90", stands for it. BS_ERR_DEVICE says why there
 * is none. */
bs_status bs_backend_cuda_find(const char *name, const bs_backend **backend);

#endif
