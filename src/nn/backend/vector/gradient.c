/* Derivatives by element, a vector of channels at a time, and weight gradients. */
#include "activations.h"
#include "weight_sums.h"

#define JOIN_NAME(a, b) a##b
#define ISA_NAME(prefix, isa) JOIN_NAME(prefix, isa)

/* What the compiler knows of a bend. */
typedef struct bend_shape {
    bool relu, skip, sums;
} bend_shape;

/* Not inlined: the smooth ones are long. */
static __attribute__((noinline)) vec any_derivative(const bs_finish *finish, vec z)
{
    return activate_derivative(finish->activation, finish->slope, z);
}

/* One row of one vector of channels; Z by the same operations as in the forward pass. */
INLINE void bend_row(const bs_bend *b, size_t y, size_t k, bend_shape s)
{
    const bs_finish *finish = b->finish;
    size_t step = (size_t)b->from.channels;
    size_t channels = step;
    const float *main = b->main.at == NULL ? NULL : b->main.at + y * b->main.row + k;
    const float *skip = s.skip ? finish->skip + y * finish->skip_row + k : NULL;
    const float *from = b->from.at + y * b->from.row + k;
    float *to = b->to.at + y * b->to.row + k;
    vec scale = load(finish->scale + k);
    vec shift = load(finish->shift + k);
    vec skip_scale = s.skip ? load(finish->skip_scale + k) : scale;
    vec factor = broadcast(finish->factor);
    vec mean = s.sums ? load(b->means + k) : scale;
    vec skip_mean = s.sums ? load(b->means + channels + k) : scale;
    vec totals[3] = {0};
    for (int x = 0; x < b->from.width; x++, from += step, to += step) {
        vec derivative = load(from);
        vec value = main == NULL ? mean : load(main + (size_t)x * step);
        vec other = s.skip ? load(skip + (size_t)x * step) : value;
        if (finish->activate) {
            vec z = fma_vec(value, scale, shift);
            z = s.skip ? fma_vec(other, skip_scale, z) : z;
            derivative *= factor;
            derivative = s.relu ? (vec)(~(z <= broadcast(0.0F)) & (ivec)derivative)
                                : derivative * any_derivative(finish, z);
            store(to, derivative);
        }
        if (s.sums) {
            totals[0] += derivative;
            totals[1] = fma_vec(derivative, value - mean, totals[1]);
            totals[2] = s.skip ? fma_vec(derivative, other - skip_mean, totals[2]) : totals[2];
        }
    }
    for (size_t i = 0; i < 3 && s.sums; i++) {
        float *sum = b->sums + i * channels + k;
        store(sum, load(sum) + totals[i]);
    }
}

INLINE void bend_map(const bs_bend *b, bend_shape s)
{
    for (size_t y = 0; y < (size_t)b->from.height; y++) {
        for (size_t k = 0; k < (size_t)b->from.channels; k += BS_VECTOR) {
            bend_row(b, y, k, s);
        }
    }
}

#define BEND(name, relu, skip, sums)                                                               \
    static __attribute__((noinline)) void name(const bs_bend *b)                                   \
    {                                                                                              \
        bend_map(b, (bend_shape){relu, skip, sums});                                               \
    }

BEND(bend_smooth, false, false, false)
BEND(bend_smooth_sums, false, false, true)
BEND(bend_smooth_skip, false, true, false)
BEND(bend_smooth_skip_sums, false, true, true)
BEND(bend_relu, true, false, false)
BEND(bend_relu_sums, true, false, true)
BEND(bend_relu_skip, true, true, false)
BEND(bend_relu_skip_sums, true, true, true)

static void bend(const bs_bend *b)
{
    static void (*const bends[2][2][2])(const bs_bend *) = {
        {{bend_smooth, bend_smooth_sums}, {bend_smooth_skip, bend_smooth_skip_sums}},
        {{bend_relu, bend_relu_sums}, {bend_relu_skip, bend_relu_skip_sums}}};
    if (b->means != NULL) {
        memset(b->sums, 0, 3 * (size_t)b->from.channels * sizeof *b->sums);
    }
    bends[b->finish->activation == BS_ACTIVATION_RELU][b->finish->skip != NULL][b->means != NULL](
        b);
}

INLINE void through_map(const bs_through *t, bool norm, bool accumulate)
{
    size_t channels = (size_t)t->out.channels;
    for (size_t y = 0; y < (size_t)t->out.height; y++) {
        for (size_t k = 0; k < channels; k += BS_VECTOR) {
            const float *from = t->from.at + y * t->from.row + k;
            const float *value = norm ? t->value.at + y * t->value.row + k : from;
            float *out = t->out.at + y * t->out.row + k;
            vec scale = load(t->constants + k);
            vec slope = load(t->constants + channels + k);
            vec mean = load(t->constants + 2 * channels + k);
            vec shift = load(t->constants + 3 * channels + k);
            for (size_t x = 0; x < (size_t)t->out.width; x++) {
                vec result = scale * load(from + x * channels);
                if (norm) {
                    result = fma_vec(slope, load(value + x * channels) - mean, result + shift);
                }
                store(out + x * channels, accumulate ? load(out + x * channels) + result : result);
            }
        }
    }
}

static __attribute__((noinline)) void through_norm(const bs_through *t)
{
    through_map(t, true, false);
}

static void pass_through(const bs_through *t)
{
    if (t->value.at != NULL && !t->accumulate) {
        through_norm(t);
    } else if (t->value.at != NULL) {
        through_map(t, true, true);
    } else {
        through_map(t, false, t->accumulate);
    }
}

static void spread(const float *from, float share, bool accumulate, const bs_map *out)
{
    size_t step = (size_t)out->channels;
    for (size_t y = 0; y < (size_t)out->height; y++) {
        for (size_t k = 0; k < step; k += BS_VECTOR) {
            vec value = share * load(from + k);
            float *to = out->at + y * out->row + k;
            for (size_t x = 0; x < (size_t)out->width; x++) {
                store(to + x * step, accumulate ? load(to + x * step) + value : value);
            }
        }
    }
}

const bs_vector_gradient ISA_NAME(bs_vector_gradient_, BS_ISA) = {
    .sum_weights = sum_weights,
    .bend = bend,
    .pass_through = pass_through,
    .spread = spread,
};
