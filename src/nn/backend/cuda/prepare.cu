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

/* The exponent of the power of two that brings the largest of COUNT floats at AT to 128 or more,
 * but below 256; for all lanes of a warp. */
CUDA_FUNCTION int exponent_of(unsigned at, int count)
{
    unsigned largest = 0;
    for (int i = cuda_thread() % 32; i < count; i += 32) {
        const unsigned bits = shared_read<unsigned>(at + 4U * (unsigned)i) & 0x7FFFFFFFU;
        largest = bits > largest ? bits : largest;
    }
    for (int mask = 16; mask > 0; mask /= 2) {
        const unsigned other = shuffle_xor(largest, mask);
        largest = other > largest ? other : largest;
    }
    const int exponent = 7 + 127 - (int)(largest >> 23);
    return largest == 0 ? 0 : exponent > 126 ? 126 : exponent;
}

/* Where element K of a chunk's 16 lies in a filter; -1: a zero. */
CUDA_FUNCTION int filter_element(const bs_cuda_filter &filter, int chunk, int ky, int k)
{
    const int taps = filter.taps;
    if (filter.stem != 0) {
        return k < 9 ? (k % 3 * taps + ky) * taps + k / 3 : -1;
    }
    const int channel = chunk / taps * 16 + k;
    return (channel * taps + ky) * taps + chunk % taps;
}

/* Elements K and K + 1 of a chunk, as halves. */
CUDA_FUNCTION void pack_pair(const bs_cuda_filter &filter, unsigned weights, float power, int chunk,
                             int ky, int k, unsigned &high, unsigned &low)
{
    float v[2];
    for (int i = 0; i < 2; i++) {
        const int element = filter_element(filter, chunk, ky, k + i);
        v[i] = element < 0 ? 0.0F : shared_read<float>(weights + 4U * (unsigned)element) * power;
    }
    high = pack_halves(v[0], v[1]);
    low = pack_halves(v[0] - low_half(high), v[1] - high_half(high));
}

CUDA_KERNEL(bs_cuda_pack, bs_cuda_preparation, BS_CUDA_PACK_THREADS, 1)
{
    const int point = cuda_block() / p.group_count;
    const int *group = reinterpret_cast<const int *>(p.groups) + 2 * (cuda_block() % p.group_count);
    const bs_cuda_filter filter = reinterpret_cast<const bs_cuda_filter *>(p.filters)[group[0]];
    const int size = filter.channels * filter.taps * filter.taps;
    const unsigned powers = 64U * (unsigned)size;
    const int chunks = filter.stem != 0 ? 1 : filter.channels / 16 * filter.taps;
    uint4 *to = reinterpret_cast<uint4 *>(p.weights) + (long long)point * p.weight_stride +
                filter.weights + group[1] / 16 * chunks * filter.taps * 64;
    for (int i = cuda_thread(); i < 16 * size; i += BS_CUDA_PACK_THREADS) {
        shared_write<float>(4U * (unsigned)i,
                            parameter_of(p, point, filter.parameter + group[1] * size + i));
    }
    cuda_barrier();
    for (int k = cuda_thread() / 32; k < 16; k += BS_CUDA_PACK_THREADS / 32) {
        const int exponent = exponent_of(4U * (unsigned)(k * size), size);
        if (cuda_thread() % 32 == 0) {
            shared_write<float>(powers + 4U * (unsigned)k, power_of_two(exponent));
            reinterpret_cast<float *>(p.constants)[(long long)point * p.constant_stride +
                                                   filter.constants + group[1] + k] =
                power_of_two(-exponent);
        }
    }
    cuda_barrier();
    for (int i = cuda_thread(); i < chunks * filter.taps * 64; i += BS_CUDA_PACK_THREADS) {
        const int k = i / 32 % 2 * 8 + i % 32 / 4;
        const int row = i / 64;
        const unsigned weights = 4U * (unsigned)(k * size);
        const float power = shared_read<float>(powers + 4U * (unsigned)k);
        uint4 packed;
        pack_pair(filter, weights, power, row / filter.taps, row % filter.taps, i % 4 * 2, packed.x,
                  packed.z);
        pack_pair(filter, weights, power, row / filter.taps, row % filter.taps, i % 4 * 2 + 8,
                  packed.y, packed.w);
        to[i] = packed;
    }
}

/* Scale and shift of channel C, and in batch mode the norm's weight and bias. */
CUDA_FUNCTION void make_constants(const bs_cuda_preparation &p, const bs_cuda_constant &constant,
                                  int point, int c, float *to)
{
    const double power = constant.powers != 0 ? (double)to[c] : 1.0;
    double scale = constant.coefficient;
    double shift = 0.0;
    if (constant.weight >= 0) {
        const double weight = (double)vector_element(p, point, constant.weight + c);
        const double bias = (double)vector_element(p, point, constant.bias + c);
        if (constant.batch != 0) {
            to[2 * constant.channels + c] = (float)(constant.coefficient * weight);
            to[3 * constant.channels + c] = (float)(constant.coefficient * bias);
            scale = 1.0;
        } else {
            const float *statistics = reinterpret_cast<const float *>(p.statistics) +
                                      (long long)point * p.statistic_stride;
            const double norm = norm_scale(weight, (double)statistics[constant.variance + c]);
            scale = constant.coefficient * norm;
            shift = constant.coefficient * (bias - (double)statistics[constant.mean + c] * norm);
        }
    }
    to[c] = (float)(scale * power);
    to[constant.channels + c] = (float)shift;
}

CUDA_KERNEL(bs_cuda_constants, bs_cuda_preparation, BS_CUDA_PACK_THREADS, 1)
{
    const int point = cuda_block() / p.group_count;
    const bs_cuda_constant constant =
        reinterpret_cast<const bs_cuda_constant *>(p.constant_table)[cuda_block() % p.group_count];
    float *to = reinterpret_cast<float *>(p.constants) + (long long)point * p.constant_stride +
                constant.constants;
    for (int c = cuda_thread(); c < constant.channels; c += BS_CUDA_PACK_THREADS) {
        if (constant.copy >= 0) {
            to[c] = constant.vector == 0 ? parameter_of(p, point, constant.copy + c)
                                         : vector_element(p, point, constant.copy + c);
        } else {
            make_constants(p, constant, point, c, to);
        }
    }
}
