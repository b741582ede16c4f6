/* A layer's kernel: one operation. */
#ifndef BLUESHIFT_NN_CUDA_LAYER_H
#define BLUESHIFT_NN_CUDA_LAYER_H

#include "layer_ends.cuh"

template <class S, class N> CUDA_FUNCTION void run_layer(const bs_cuda_layer &p)
{
    const int32_t kind = p.operation.kind;
    const bool counts_images = kind == BS_CUDA_HEAD || kind == BS_CUDA_TAP;
    const Block block = block_of<S>(cuda_block() / p.parts, p.forward.blocks_a_point,
                                    counts_images ? p.forward.image_count : p.pictures);
    if (kind == BS_CUDA_TAP) {
        tap_layer<S>(p, block);
    } else if (kind == BS_CUDA_IMAGE) {
        if constexpr (S::SIDE == Layer1::SIDE) {
            image_layer<S>(p, block);
        } else if constexpr (S::SIDE == Layer3::SIDE) {
            flat_image_layer<S>(p, block);
        }
    } else if (kind == BS_CUDA_HEAD) {
        if constexpr (S::SIDE == Layer3::SIDE) {
            head_layer<S>(p, block);
        }
    } else if (kind == BS_CUDA_STRIDE) {
        if constexpr (S::SIDE != N::SIDE) {
            stride_layer<S, N>(p, block);
        }
    } else if (kind == BS_CUDA_PAD) {
        if constexpr (S::SIDE != N::SIDE) {
            pad_layer<S, N>(p, block);
        }
    } else {
        compute_layer<S>(p, block);
    }
}

#endif
