/* F32, F64, F16 and BF16: what PyTorch saves. */
#include "weights_types.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "blueshift/text.h"

static void from_single(const unsigned char *raw, size_t count, float *out)
{
    memcpy(out, raw, count * sizeof *out);
}

static void from_double(const unsigned char *raw, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++) {
        double value;
        memcpy(&value, raw + i * sizeof value, sizeof value);
        out[i] = (float)value;
    }
}

static uint16_t half_at(const unsigned char *raw, size_t i)
{
    uint16_t bits;
    memcpy(&bits, raw + i * sizeof bits, sizeof bits);
    return bits;
}

/* The upper half of a single-precision number. */
static void from_brain(const unsigned char *raw, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t bits = (uint32_t)half_at(raw, i) << 16;
        memcpy(&out[i], &bits, sizeof bits);
    }
}

/* IEEE half precision: a sign, 5 bits of exponent, 10 of fraction. */
static void from_half(const unsigned char *raw, size_t count, float *out)
{
    enum { FRACTION = 10, EXPONENTS = 31, BIAS = 15 };
    for (size_t i = 0; i < count; i++) {
        const uint16_t bits = half_at(raw, i);
        const int exponent = bits >> FRACTION & EXPONENTS;
        const int fraction = bits & ((1 << FRACTION) - 1);
        float value = exponent == 0
                          ? ldexpf((float)fraction, 1 - BIAS - FRACTION)
                          : ldexpf((float)(fraction | 1 << FRACTION), exponent - BIAS - FRACTION);
        if (exponent == EXPONENTS) {
            value = fraction == 0 ? INFINITY : NAN;
        }
        out[i] = bits >> (FRACTION + 5) != 0 ? -value : value;
    }
}

static const bs_weights_type types[] = {{"F32", 4, from_single},
                                        {"F64", 8, from_double},
                                        {"F16", 2, from_half},
                                        {"BF16", 2, from_brain}};
enum { TYPES = sizeof types / sizeof types[0] };

const bs_weights_type *bs_weights_type_find(const char *name, char known[BS_WEIGHTS_TYPES_TEXT])
{
    const char *names[TYPES];
    for (int i = 0; i < TYPES; i++) {
        names[i] = types[i].name;
        if (strcmp(types[i].name, name) == 0) {
            return &types[i];
        }
    }
    bs_text_join(TYPES, names, known, BS_WEIGHTS_TYPES_TEXT);
    return NULL;
}
