/* What leaves the kernels as numbers: logits, and averages and probes of signals. */
#ifndef BLUESHIFT_NN_CUDA_OBSERVE_H
#define BLUESHIFT_NN_CUDA_OBSERVE_H

#include "stage_block.cuh"

template <class S> CUDA_FUNCTION double element(unsigned value, int row, int column, int channel)
{
    const unsigned at = value + S::at(row, column + 1, channel / 8) + 2U * (unsigned)(channel % 8);
    return (double)low_half(shared_read<unsigned short>(at)) +
           (double)low_half(shared_read<unsigned short>(at + S::PLANE));
}

/* The average over the pixels of channel i / SHARE of the images in BUFFER, for thread i of all;
 * SHARE threads work on one, and all of them get it. */
template <class S> CUDA_FUNCTION double average(int buffer)
{
    constexpr int share = S::THREADS / (S::IMAGES * S::CHANNELS);
    const int i = cuda_thread() / share;
    const unsigned value = buffer_at<S>(buffer) + (unsigned)(i / S::CHANNELS * S::VALUE);
    double sum = 0.0;
    for (int pixel = cuda_thread() % share; pixel < S::PIXELS; pixel += share) {
        sum += element<S>(value, pixel / S::SIDE, pixel % S::SIDE, i % S::CHANNELS);
    }
    for (int mask = share / 2; mask > 0; mask /= 2) {
        sum += shuffle_xor(sum, mask);
    }
    return sum / S::PIXELS;
}

/* In double precision. */
template <class S>
CUDA_FUNCTION void give_logits(const bs_cuda_operation &op, const bs_cuda_stage &stage,
                               const Block &block)
{
    static_assert(S::THREADS == S::IMAGES * S::CHANNELS, "a thread an average");
    const bs_cuda_forward &p = stage.forward;
    const unsigned scratch = scratch_at<S>(stage);
    const float *matrix = constants_of(p, block, op.constants);
    shared_write<double>(scratch + 8U * (unsigned)cuda_thread(), average<S>(op.input));
    cuda_barrier();
    for (int i = cuda_thread(); i < block.images * BS_CUDA_CLASSES; i += S::THREADS) {
        const int image = i / BS_CUDA_CLASSES;
        const int k = i % BS_CUDA_CLASSES;
        double sum = (double)matrix[BS_CUDA_CLASSES * S::CHANNELS + k];
        for (int c = 0; c < S::CHANNELS; c++) {
            sum += (double)matrix[k * S::CHANNELS + c] *
                   shared_read<double>(scratch + 8U * (unsigned)(image * S::CHANNELS + c));
        }
        const long long row = (long long)block.point * p.head_count + op.head;
        pointer_to<double>(
            p.logits)[(row * p.image_count + block.first + image) * BS_CUDA_CLASSES + k] = sum;
    }
}

/* Where a point's signals are. */
CUDA_FUNCTION double *signals_of(const bs_cuda_forward &p, const Block &block)
{
    return pointer_to<double>(p.signals) + (long long)block.point * p.signal_stride;
}

/* Its logits of the random head of OP's signal, of the block's first image; and what its probes
 * see.
 */
CUDA_FUNCTION double *head_logits_of(const bs_cuda_forward &p, const Block &block,
                                     const bs_cuda_operation &op)
{
    return signals_of(p, block) +
           ((long long)op.tap * p.image_count + block.first) * (long long)BS_CUDA_CLASSES;
}

CUDA_FUNCTION double *seen_of(const bs_cuda_forward &p, const Block &block,
                              const bs_cuda_operation &op)
{
    const long long logits =
        p.heads == 0 ? 0 : (long long)p.tap_count * p.image_count * BS_CUDA_CLASSES;
    return signals_of(p, block) + logits + (long long)op.tap * p.probe_count;
}

CUDA_FUNCTION const bs_cuda_probe *probes_of(const bs_cuda_forward &p, const bs_cuda_operation &op)
{
    return pointer_to<const bs_cuda_probe>(p.probes) + (long long)op.block * p.probe_count;
}

CUDA_FUNCTION const double *heads_of(const bs_cuda_forward &p, const bs_cuda_operation &op)
{
    return pointer_to<const double>(p.heads) + (long long)op.block * p.channels * BS_CUDA_CLASSES;
}

/* The random head's logits of a signal, which is SCALES value + shifts, S::CHANNELS floats behind
 * them. In double precision, channel by channel: as observers have them. */
template <class S>
CUDA_FUNCTION void give_heads(const bs_cuda_operation &op, const bs_cuda_stage &stage,
                              const Block &block, const float *scales)
{
    const bs_cuda_forward &p = stage.forward;
    constexpr int share = S::THREADS / (S::IMAGES * S::CHANNELS);
    const int at = cuda_thread() / share;
    const int c = at % S::CHANNELS;
    const unsigned scratch = scratch_at<S>(stage);
    const double *head = heads_of(p, op);
    double *logits = head_logits_of(p, block, op);
    const double mean = average<S>(op.input);
    if (cuda_thread() % share == 0) {
        shared_write<double>(scratch + 8U * (unsigned)at,
                             (double)scales[c] * mean + (double)scales[S::CHANNELS + c]);
    }
    cuda_barrier();
    for (int i = cuda_thread(); i < block.images * BS_CUDA_CLASSES; i += S::THREADS) {
        const int image = i / BS_CUDA_CLASSES;
        double sum = 0.0;
        for (int k = 0; k < S::CHANNELS; k++) {
            sum += head[k * BS_CUDA_CLASSES + i % BS_CUDA_CLASSES] *
                   shared_read<double>(scratch + 8U * (unsigned)(image * S::CHANNELS + k));
        }
        logits[i] = sum;
    }
    cuda_barrier();
}

template <class S>
CUDA_FUNCTION void tap(const bs_cuda_operation &op, const bs_cuda_stage &stage, const Block &block)
{
    const bs_cuda_forward &p = stage.forward;
    const float *scales = constants_of(p, block, op.constants);
    if (p.heads != 0) {
        give_heads<S>(op, stage, block, scales);
    }
    const bs_cuda_probe *probes = probes_of(p, op);
    double *seen = seen_of(p, block, op);
    for (int i = cuda_thread(); i < p.probe_count; i += S::THREADS) {
        const bs_cuda_probe probe = probes[i];
        const int image = probe.image - p.first_image - block.first;
        if (image >= 0 && image < block.images) {
            const unsigned value = buffer_at<S>(op.input) + (unsigned)(image * S::VALUE);
            seen[i] = (double)scales[probe.channel] *
                          element<S>(value, probe.row, probe.column, probe.channel) +
                      (double)scales[S::CHANNELS + probe.channel];
        }
    }
}

#endif
