/* Layers that move numbers: images into values, values into larger ones, logits and signals out. */
#ifndef BLUESHIFT_NN_CUDA_LAYER_ENDS_H
#define BLUESHIFT_NN_CUDA_LAYER_ENDS_H

#include "layer_compute.cuh"
#include "observe.cuh"

/* Stores a cell of a value. */
CUDA_FUNCTION void keep_cell(char *to, int plane, const unsigned *high, const unsigned *low)
{
    *reinterpret_cast<uint4 *>(to) = uint4{high[0], high[1], high[2], high[3]};
    *reinterpret_cast<uint4 *>(to + plane) = uint4{low[0], low[1], low[2], low[3]};
}

template <class S> CUDA_FUNCTION void image_layer(const bs_cuda_layer &p, const Block &block)
{
    const Stored to = stored_at<S>(p.output, p, block, 1, 0);
    for (int pixel = cuda_thread(); pixel < S::PIXELS; pixel += S::THREADS) {
        const int row = pixel / S::SIDE;
        const int column = pixel % S::SIDE;
        unsigned high[8];
        unsigned low[8];
        read_surroundings<S>(p.forward, block.first, row, column, high, low);
        for (int cell = 0; cell < 2; cell++) {
            keep_cell(to.value + S::at(row, column + 1, cell), S::PLANE, high + 4 * cell,
                      low + 4 * cell);
        }
    }
}

/* Images as pixels: 8 channels, of one row of the image, a cell. Zeros for images that are not
 * there. */
template <class S> CUDA_FUNCTION void flat_image_layer(const bs_cuda_layer &p, const Block &block)
{
    enum { SIDE = 32, CELLS = 3 * SIDE * SIDE / 8 };
    const int part = cuda_block() % p.parts;
    for (int i = part * S::THREADS + cuda_thread(); i < block.images * S::PIXELS * CELLS;
         i += p.parts * S::THREADS) {
        const int cell = i % CELLS;
        const int pixel = i / CELLS % S::PIXELS;
        const int picture = i / CELLS / S::PIXELS;
        const int image = (block.first + picture) * S::PIXELS + pixel;
        const float *from = pointer_to<const float>(p.forward.inputs) +
                            ((long long)image * SIDE * SIDE + 8 * cell % (SIDE * SIDE)) * 3 +
                            8 * cell / (SIDE * SIDE);
        const Stored to = stored_at<S>(p.output, p, block, p.output_groups, cell / 2);
        unsigned high[4];
        unsigned low[4];
#pragma unroll
        for (int k = 0; k < 4; k++) {
            const bool there = image < p.forward.image_count;
            split(there ? from[6 * k] : 0.0F, there ? from[6 * k + 3] : 0.0F, high[k], low[k]);
        }
        keep_cell(to.value + picture * to.image_bytes +
                      S::at(pixel / S::SIDE, pixel % S::SIDE + 1, cell % 2),
                  S::PLANE, high, low);
    }
}

/* Whole cells move, as in the stages. */
template <class S, class N> CUDA_FUNCTION void pad_layer(const bs_cuda_layer &p, const Block &block)
{
    const int cells = 2 * p.output_groups;
    const int part = cuda_block() % p.parts;
    for (int i = part * S::THREADS + cuda_thread(); i < 2 * N::PIXELS * cells;
         i += p.parts * S::THREADS) {
        const int column = i % N::SIDE;
        const int row = i / N::SIDE % N::SIDE;
        const int plane = i / N::PIXELS % 2;
        const int cell = i / N::PIXELS / 2;
        const int source = cell - cells / 4;
        uint4 value = {0, 0, 0, 0};
        if (source >= 0 && source < cells / 2) {
            const Stored from = stored_at<S>(p.input, p, block, p.input_groups, source / 2);
            value = *reinterpret_cast<const uint4 *>(from.value + plane * S::PLANE +
                                                     S::at(2 * row, 2 * column + 1, source % 2));
        }
        const Stored to = stored_at<N>(p.output, p, block, p.output_groups, cell / 2);
        *reinterpret_cast<uint4 *>(to.value + plane * N::PLANE + N::at(row, column + 1, cell % 2)) =
            value;
    }
}

/* An element of the input, PIXEL of all pictures of the point. */
template <class S>
CUDA_FUNCTION double stored_element(const bs_cuda_layer &p, int point, int pixel, int channel)
{
    const int row = pixel % S::PIXELS / S::SIDE;
    const int column = pixel % S::SIDE;
    const long long picture = (long long)point * p.pictures + pixel / S::PIXELS;
    const char *at = pointer_to<const char>(p.input) +
                     (picture * p.input_groups + channel / 16) * S::VALUE +
                     S::at(row, column + 1, channel / 8 % 2) + 2 * (channel % 8);
    return (double)low_half(*reinterpret_cast<const unsigned short *>(at)) +
           (double)low_half(*reinterpret_cast<const unsigned short *>(at + S::PLANE));
}

/* The average over the pixels of image i / SHARE / CHANNELS of the block and a channel from FIRST
 * on, for thread i of all; SHARE threads work on one, in the order of a stage's. */
template <class S>
CUDA_FUNCTION double stored_average(const bs_cuda_layer &p, const Block &block, int first)
{
    constexpr int channels = BS_CUDA_GROUP * S::GROUPS;
    constexpr int share = S::THREADS / (S::IMAGES * channels);
    const int i = cuda_thread() / share;
    const int channel = first + i % channels;
    const int image = i / channels;
    double sum = 0.0;
    if (image < block.images && channel < p.channels) {
        for (int pixel = cuda_thread() % share; pixel < p.pixels; pixel += share) {
            sum += stored_element<S>(p, block.point, (block.first + image) * p.pixels + pixel,
                                     channel);
        }
    }
    for (int mask = share / 2; mask > 0; mask /= 2) {
        sum += shuffle_xor(sum, mask);
    }
    return sum / p.pixels;
}

/* START + the sum of a MATRIX, whose element is CHANNEL_STEP from channel to channel and CLASS_STEP
 * from class to class, times the averages, scaled and shifted by SCALES unless that is NULL: of
 * image thread / classes of the block and class thread % classes. Some channels at a time, in their
 * order: to the bits of a stage's. */
template <class S, class T>
CUDA_FUNCTION double sum_averages(const bs_cuda_layer &p, const Block &block, double start,
                                  const T *matrix, int channel_step, int class_step,
                                  const float *scales)
{
    constexpr int channels = BS_CUDA_GROUP * S::GROUPS;
    constexpr int share = S::THREADS / (S::IMAGES * channels);
    const unsigned scratch = layer_scratch_at<S>(p);
    const int at = cuda_thread() / share;
    const int image = cuda_thread() / BS_CUDA_CLASSES;
    const T *row = matrix + cuda_thread() % BS_CUDA_CLASSES * class_step;
    double sum = start;
    for (int first = 0; first < p.channels; first += channels) {
        const int rest = p.channels - first < channels ? p.channels - first : channels;
        double mean = stored_average<S>(p, block, first);
        if (scales != nullptr && at % channels < rest) {
            const float *scale = scales + first + at % channels;
            mean = (double)scale[0] * mean + (double)scale[BS_CUDA_GROUP * p.input_groups];
        }
        if (cuda_thread() % share == 0) {
            shared_write<double>(scratch + 8U * (unsigned)at, mean);
        }
        cuda_barrier();
        for (int c = 0; c < rest && image < block.images; c++) {
            sum += (double)row[(long long)(first + c) * channel_step] *
                   shared_read<double>(scratch + 8U * (unsigned)(image * channels + c));
        }
        cuda_barrier();
    }
    return sum;
}

template <class S> CUDA_FUNCTION void head_layer(const bs_cuda_layer &p, const Block &block)
{
    const float *matrix = constants_of(p.forward, block, p.operation.constants);
    const int k = cuda_thread() % BS_CUDA_CLASSES;
    const double bias = (double)matrix[BS_CUDA_CLASSES * p.channels + k];
    const double sum = sum_averages<S>(p, block, bias, matrix, 1, p.channels, nullptr);
    if (cuda_thread() < block.images * BS_CUDA_CLASSES) {
        const long long row = (long long)block.point * p.forward.head_count + p.operation.head;
        const long long image = row * p.forward.image_count + block.first;
        pointer_to<double>(p.forward.logits)[image * BS_CUDA_CLASSES + cuda_thread()] = sum;
    }
}

template <class S> CUDA_FUNCTION void tap_layer(const bs_cuda_layer &p, const Block &block)
{
    const bs_cuda_forward &f = p.forward;
    const bs_cuda_operation &op = p.operation;
    const float *scales = constants_of(f, block, op.constants);
    const bs_cuda_probe *probes = probes_of(f, op);
    if (f.heads != 0) {
        const double sum =
            sum_averages<S>(p, block, 0.0, heads_of(f, op), BS_CUDA_CLASSES, 1, scales);
        if (cuda_thread() < block.images * BS_CUDA_CLASSES) {
            head_logits_of(f, block, op)[cuda_thread()] = sum;
        }
    }
    for (int i = cuda_thread(); i < f.probe_count; i += S::THREADS) {
        const bs_cuda_probe probe = probes[i];
        const int image = probe.image - f.first_image;
        if (image >= block.first && image < block.first + block.images) {
            const int pixel = image * p.pixels + probe.row * S::SIDE + probe.column;
            const int c = probe.channel;
            seen_of(f, block, op)[i] =
                (double)scales[c] * stored_element<S>(p, block.point, pixel, c) +
                (double)scales[BS_CUDA_GROUP * p.input_groups + c];
        }
    }
}

#endif
