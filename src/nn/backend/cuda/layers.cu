/* The kernels of layers, one for each shape, and what comes between two of them in batch mode. */
#include "layer.cuh"

CUDA_KERNEL(bs_cuda_layer1, bs_cuda_layer, Layer1::THREADS, 1)
{
    run_layer<Layer1, Layer2>(p);
}

CUDA_KERNEL(bs_cuda_layer2, bs_cuda_layer, Layer2::THREADS, 2)
{
    run_layer<Layer2, Layer3>(p);
}

CUDA_KERNEL(bs_cuda_layer3, bs_cuda_layer, Layer3::THREADS, 2)
{
    run_layer<Layer3, Layer3>(p);
}

CUDA_KERNEL(bs_cuda_merge_moments, bs_cuda_merge, BS_CUDA_MERGE_THREADS, 1)
{
    const bs_cuda_forward &f = p.forward;
    const int i = (cuda_block() * BS_CUDA_MERGE_THREADS + cuda_thread()) / 32;
    const int point = i / p.channels;
    const int c = i % p.channels;
    if (point >= f.point_count) {
        return;
    }
    const Measurement m = {p.channels, 0, 0, p.pixels, p.images, 0, p.measured};
    const float2 *partials = pointer_to<const float2>(f.partials) +
                             ((long long)point * f.channels + c) * f.blocks_a_point;
    const Moments moments = merge_blocks(m, f, partials);
    if (cuda_thread() % 32 == 0) {
        pointer_to<Moments>(
            f.moments)[((long long)point * f.measured_count + p.measured) * f.channels + c] =
            moments;
    }
}
