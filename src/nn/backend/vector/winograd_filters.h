/* The geometry of Winograd's tiles, ROWS x COLUMNS pixels, and the transform of the filters.
 */
#ifndef BLUESHIFT_NN_VECTOR_WINOGRAD_FILTERS_H
#define BLUESHIFT_NN_VECTOR_WINOGRAD_FILTERS_H

#include "tile.h"
#include "winograd_transforms.h"

/* A map is cut into tiles of ROWS x COLUMNS output pixels, each seeing HIGH x WIDE input pixels.
 * With d such an input, g a filter and Y the output of a tile,
 *   Y = A'[sum over channels of (G g G') .* (B' d B)] A,
 * elementwise in the POINTS of the middle: as many small matrix products over a block of tiles. */
enum {
    HIGH = ROWS + 2,
    WIDE = COLUMNS + 2,
    POINTS = HIGH * WIDE,
    TAPS = 9,
    BLOCK = 8, /* few, so that they stay in the first-level cache in all points */
    /* Keeps the points of one tile, or of one filter, from falling into the same set of a cache. */
    SKEW = 16,
    /* Input channels that are summed one after the other. */
    CHAIN = 16,
    /* Input channels whose filters are transposed together. */
    PART = 16,
    /* The most vectors of output channels at once; each takes a pixel's broadcast once more. */
    WIDEST = BS_VECTOR == 16 ? 4 : 2
};

/* Floats from one point of the filters to the next. */
INLINE size_t filter_stride(int channels, int vectors)
{
    return (size_t)channels * (size_t)vectors * LANES + SKEW;
}

/* Vectors of output channels that are summed at once. */
static int vectors_at_once(int filters)
{
    int vectors = WIDEST;
    while (filters / LANES % vectors != 0) {
        vectors--;
    }
    return vectors;
}

/* Taps of PART input channels of LANES filters: TAPS_TO [PART][TAPS][LANES] from FROM [LANES][PART]
 * [TAPS], filters FILTER floats apart. A transform right after its own transposition would wait for
 * the stores. */
INLINE void transpose_taps(const float *from, size_t filter, float *taps_to)
{
    for (int first = 0; first < PART * TAPS; first += LANES) {
        vec square[LANES];
        UNROLL for (int l = 0; l < LANES; l++)
        {
            square[l] = load(from + (size_t)l * filter + first);
        }
        transpose(square);
        UNROLL for (int l = 0; l < LANES; l++)
        {
            store(taps_to + (size_t)(first + l) * LANES, square[l]);
        }
    }
}

/* G g G' of LANES filters for one input channel, points STRIDE floats apart. */
INLINE void transform_filter(const float *taps, float *to, size_t stride)
{
    vec rows[3][WIDE];
    UNROLL for (int y = 0; y < 3; y++)
    {
        vec row[3];
        UNROLL for (int x = 0; x < 3; x++)
        {
            row[x] = load(taps + (size_t)(3 * y + x) * LANES);
        }
        filter_axis(rows[y], row, WIDE);
    }
    UNROLL for (int x = 0; x < WIDE; x++)
    {
        vec points[HIGH];
        const vec column[3] = {rows[0][x], rows[1][x], rows[2][x]};
        filter_axis(points, column, HIGH);
        UNROLL for (int y = 0; y < HIGH; y++)
        {
            store(to + (size_t)(WIDE * y + x) * stride, points[y]);
        }
    }
}

/* Fetches what the next transform writes, a line in every point: more places than the hardware
 * foresees. */
INLINE void fetch_points(const float *to, size_t stride)
{
    UNROLL for (int p = 0; p < POINTS; p++)
    {
        __builtin_prefetch(to + (size_t)p * stride, 1);
    }
}

/* TO[K / wide][point][c][wide], in the order of memory. */
static void transform_filters(int channels, int filters, const float *from, float *to)
{
    float taps[WIDEST][PART * TAPS * LANES] __attribute__((aligned(64)));
    int vectors = vectors_at_once(filters);
    int wide = vectors * LANES;
    size_t filter = (size_t)channels * TAPS;
    size_t stride = filter_stride(channels, vectors);
    for (int k = 0; k < filters; k += wide) {
        float *block = to + (size_t)(k / wide) * POINTS * stride;
        for (int first = 0; first < channels; first += PART) {
            const float *part = from + (size_t)k * filter + (size_t)first * TAPS;
            for (int v = 0; v < vectors; v++) {
                transpose_taps(part + (size_t)(v * LANES) * filter, filter, taps[v]);
            }
            for (int c = first; c < first + PART; c++) {
                float *points = block + (size_t)c * (size_t)wide;
                size_t next = c + 1 < channels ? (size_t)wide : 0;
                for (int v = 0; v < vectors * LANES; v += LANES) {
                    fetch_points(points + next + v, stride);
                    transform_filter(taps[v / LANES] + (size_t)((c - first) * TAPS) * LANES,
                                     points + v, stride);
                }
            }
        }
    }
}

static size_t filters_size(int channels, int filters)
{
    int vectors = vectors_at_once(filters);
    return (size_t)(filters / LANES / vectors) * POINTS * filter_stride(channels, vectors);
}

#endif
