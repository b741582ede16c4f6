/* The kernels that make a point's weights what the stages read: filters scaled, split into halves
 * and packed as fragments, and the constants of finishes. */
#include "norm.cuh"

/* Parameter INDEX of POINT. */
CUDA_FUNCTION float parameter_of(const bs_cuda_preparation &p, int point, int index)
{
    const double *coefficients =
        reinterpret_cast<const double *>(p.coefficients) + (long long)point * p.vector_count;
    double sum = coefficients[0] * (double)reinterpret_cast<const float *>(p.vectors[0])[index];
    for (int v = 1; v < p.vector_count; v++) {
        sum += coefficients[v] * (double)reinterpret_cast<const float *>(p.vectors[v])[index];
    }
    return (float)sum;
}

/* The same of a tensor of one dimension. */
CUDA_FUNCTION float vector_element(const bs_cuda_preparation &p, int point, int index)
{
    return p.origin_vectors != 0 ? reinterpret_cast<const float *>(p.vectors[0])[index]
                                 : parameter_of(p, point, index);
}

/* A power of two, by its exponent. */
CUDA_FUNCTION float power_of_two(int exponent)
{
    return float_of((unsigned)(exponent + 127) << 23);
}

/* The bits of the largest of COUNT floats at AT and of SO_FAR, signs apart; for all lanes of a
 * warp. */
CUDA_FUNCTION unsigned largest_of(unsigned at, int count, unsigned so_far)
{
    unsigned largest = so_far;
    for (int i = cuda_thread() % 32; i < count; i += 32) {
        const unsigned bits = shared_read<unsigned>(at + 4U * (unsigned)i) & 0x7FFFFFFFU;
        largest = bits > largest ? bits : largest;
    }
    for (int mask = 16; mask > 0; mask /= 2) {
        const unsigned other = shuffle_xor(largest, mask);
        largest = other > largest ? other : largest;
    }
    return largest;
}

/* The exponent of the power of two that brings it to 128 or more, but below 256. */
CUDA_FUNCTION int exponent_of(unsigned largest)
{
    const int exponent = 7 + 127 - (int)(largest >> 23);
    return largest == 0 ? 0 : exponent > 126 ? 126 : exponent;
}

/* Where element K of a chunk's 16 lies among CHANNELS of a filter; -1: a zero. */
CUDA_FUNCTION int filter_element(const bs_cuda_filter &filter, int channels, int chunk, int ky,
                                 int k)
{
    const int taps = filter.taps;
    if (filter.stem != 0) {
        return k < 9 ? (k % 3 * taps + ky) * taps + k / 3 : -1;
    }
    const int channel = chunk / taps * 16 + k;
    return channel < channels ? (channel * taps + ky) * taps + chunk % taps : -1;
}

/* Some channels of a group of 16 filters in shared memory, of filters that are not there zeros. */
struct Piece {
    int first, channels;
    int size; /* floats of a filter */
};

CUDA_FUNCTION Piece read_piece(const bs_cuda_preparation &p, const bs_cuda_filter &filter,
                               int point, int first_filter, int first_channel)
{
    const int area = filter.taps * filter.taps;
    const int rest = filter.channels - first_channel;
    const int channels = rest < BS_CUDA_PACK_CHANNELS ? rest : BS_CUDA_PACK_CHANNELS;
    const Piece piece = {first_channel, channels, channels * area};
    for (int i = cuda_thread(); i < 16 * piece.size; i += BS_CUDA_PACK_THREADS) {
        const int k = first_filter + i / piece.size;
        const int at = (k * filter.channels + first_channel) * area + i % piece.size;
        shared_write<float>(4U * (unsigned)i, k < filter.filters
                                                  ? parameter_of(p, point, filter.parameter + at)
                                                  : 0.0F);
    }
    cuda_barrier();
    return piece;
}

/* Elements K and K + 1 of a chunk, as halves. */
CUDA_FUNCTION void pack_pair(const bs_cuda_filter &filter, const Piece &piece, unsigned weights,
                             float power, int chunk, int ky, int k, unsigned &high, unsigned &low)
{
    float v[2];
    for (int i = 0; i < 2; i++) {
        const int element = filter_element(filter, piece.channels, chunk, ky, k + i);
        v[i] = element < 0 ? 0.0F : shared_read<float>(weights + 4U * (unsigned)element) * power;
    }
    high = pack_halves(v[0], v[1]);
    low = pack_halves(v[0] - low_half(high), v[1] - high_half(high));
}

/* Packs a piece by the POWERS of its filters, then leaves its place to the next. */
CUDA_FUNCTION void pack_piece(const bs_cuda_filter &filter, const Piece &piece, unsigned powers,
                              uint4 *to)
{
    const int chunks = filter.stem != 0 ? 1 : BS_CUDA_GROUPS(piece.channels) * filter.taps;
    to += (long long)(piece.first / 16 * filter.taps) * filter.taps * 64;
    for (int i = cuda_thread(); i < chunks * filter.taps * 64; i += BS_CUDA_PACK_THREADS) {
        const int k = i / 32 % 2 * 8 + i % 32 / 4;
        const int row = i / 64;
        const unsigned weights = 4U * (unsigned)(k * piece.size);
        const float power = shared_read<float>(powers + 4U * (unsigned)k);
        uint4 packed;
        pack_pair(filter, piece, weights, power, row / filter.taps, row % filter.taps, i % 4 * 2,
                  packed.x, packed.z);
        pack_pair(filter, piece, weights, power, row / filter.taps, row % filter.taps,
                  i % 4 * 2 + 8, packed.y, packed.w);
        to[i] = packed;
    }
    cuda_barrier();
}

/* The powers of two of the group's filters, whose largest elements are a warp's, into POWERS, and
 * what undoes them into UNDONE. */
CUDA_FUNCTION void give_powers(const unsigned (&largest)[4], unsigned powers, float *undone)
{
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const int k = 4 * i + cuda_thread() / 32;
        if (cuda_thread() % 32 == 0) {
            const int exponent = exponent_of(largest[i]);
            shared_write<float>(powers + 4U * (unsigned)k, power_of_two(exponent));
            undone[k] = power_of_two(-exponent);
        }
    }
    cuda_barrier();
}

/* All channels pass twice, once for the largest elements, unless they fit at a time. */
CUDA_KERNEL(bs_cuda_pack, bs_cuda_preparation, BS_CUDA_PACK_THREADS, 1)
{
    static_assert(BS_CUDA_PACK_THREADS == 128, "a warp has 4 filters");
    const int point = cuda_block() / p.group_count;
    const int *group = reinterpret_cast<const int *>(p.groups) + 2 * (cuda_block() % p.group_count);
    const bs_cuda_filter filter = reinterpret_cast<const bs_cuda_filter *>(p.filters)[group[0]];
    const int most =
        filter.channels < BS_CUDA_PACK_CHANNELS ? filter.channels : BS_CUDA_PACK_CHANNELS;
    const unsigned powers = 64U * (unsigned)(most * filter.taps * filter.taps);
    const int chunks = filter.stem != 0 ? 1 : BS_CUDA_GROUPS(filter.channels) * filter.taps;
    uint4 *to = reinterpret_cast<uint4 *>(p.weights) + (long long)point * p.weight_stride +
                filter.weights + group[1] / 16 * chunks * filter.taps * 64;
    float *undone = reinterpret_cast<float *>(p.constants) + (long long)point * p.constant_stride +
                    filter.constants + group[1];
    unsigned largest[4] = {0, 0, 0, 0};
    Piece piece = {0, 0, 0};
    for (int c = 0; c < filter.channels; c += BS_CUDA_PACK_CHANNELS) {
        piece = read_piece(p, filter, point, group[1], c);
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const int k = 4 * i + cuda_thread() / 32;
            largest[i] = largest_of(4U * (unsigned)(k * piece.size), piece.size, largest[i]);
        }
        cuda_barrier();
    }
    give_powers(largest, powers, undone);
    for (int c = 0; c < filter.channels; c += BS_CUDA_PACK_CHANNELS) {
        if (filter.channels > BS_CUDA_PACK_CHANNELS) {
            piece = read_piece(p, filter, point, group[1], c);
        }
        pack_piece(filter, piece, powers, to);
    }
}

/* Scale and shift of channel C, and in batch mode the norm's weight and bias: rows of STRIDE. */
CUDA_FUNCTION void make_constants(const bs_cuda_preparation &p, const bs_cuda_constant &constant,
                                  int point, int c, int stride, float *to)
{
    const double power = constant.powers != 0 ? (double)to[c] : 1.0;
    double scale = constant.coefficient;
    double shift = 0.0;
    if (c >= constant.channels) {
        scale = 0.0;
    } else if (constant.weight >= 0) {
        const double weight = (double)vector_element(p, point, constant.weight + c);
        const double bias = (double)vector_element(p, point, constant.bias + c);
        if (constant.batch != 0) {
            to[2 * stride + c] = (float)(constant.coefficient * weight);
            to[3 * stride + c] = (float)(constant.coefficient * bias);
            scale = 1.0;
        } else {
            const float *statistics = reinterpret_cast<const float *>(p.statistics) +
                                      (long long)point * p.statistic_stride;
            const double norm = norm_scale(weight, (double)statistics[constant.variance + c]);
            scale = constant.coefficient * norm;
            shift = constant.coefficient * (bias - (double)statistics[constant.mean + c] * norm);
        }
    } else if (constant.bias >= 0) {
        shift = constant.coefficient * (double)vector_element(p, point, constant.bias + c);
    }
    to[c] = (float)(scale * power);
    to[stride + c] = (float)shift;
}

CUDA_KERNEL(bs_cuda_constants, bs_cuda_preparation, BS_CUDA_PACK_THREADS, 1)
{
    const int point = cuda_block() / p.group_count;
    const bs_cuda_constant constant =
        reinterpret_cast<const bs_cuda_constant *>(p.constant_table)[cuda_block() % p.group_count];
    float *to = reinterpret_cast<float *>(p.constants) + (long long)point * p.constant_stride +
                constant.constants;
    const int stride = BS_CUDA_GROUP * BS_CUDA_GROUPS(constant.channels);
    const int count = constant.copy >= 0 ? constant.channels : stride;
    for (int c = cuda_thread(); c < count; c += BS_CUDA_PACK_THREADS) {
        if (constant.copy >= 0) {
            to[c] = constant.vector == 0 ? parameter_of(p, point, constant.copy + c)
                                         : vector_element(p, point, constant.copy + c);
        } else {
            make_constants(p, constant, point, c, stride, to);
        }
    }
}
