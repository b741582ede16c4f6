/* The inner loops of the fast backends, compiled once for each instruction set. */
#ifndef BLUESHIFT_NN_VECTOR_H
#define BLUESHIFT_NN_VECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "blueshift/network.h"

/* A feature map [H][W][C] in memory, without its halo. C is a multiple of 16, W one of 16, or 8
 * with an even H. */
typedef struct bs_map {
    float *at;  /* pixel (0, 0) */
    size_t row; /* floats between rows */
    int height, width, channels;
} bs_map;

/* out = [out +] factor * [activation](scale[c] * value + shift[c] [+ skip_scale[c] * skip])
 * element by element; in place over the value or the skip is fine. */
typedef struct bs_finish {
    const float *scale, *shift; /* [C]; SCALE NULL: 1 and 0 */
    const float *skip;          /* pixel (0, 0); NULL: none */
    size_t skip_row;            /* floats between rows */
    const float *skip_scale;    /* [C] */
    bool activate;
    bs_activation activation;
    float slope;
    bool scaled; /* FACTOR is not 1 */
    float factor;
    bool accumulate;
    bs_map out;
} bs_finish;

/* Sums over the pixels of one image of x - pivot and of its square, with the channel's first pixel
 * as pivot, so that a mean far from zero does not cancel. */
typedef struct bs_moments {
    float *pivot, *sum, *squares; /* [C] */
} bs_moments;

/* One of the finishes that make the input of a convolution, one after the other, a few rows at a
 * time just before these are read: the last in a map of its finish's shape with a halo of zeros.
 * What PASSES is wanted by later ones of them alone, and takes one row of its map's memory, the
 * first; of the last, none. */
typedef struct bs_preparation {
    bs_map in;
    bs_finish finish;
    bool in_passes, skip_passes, out_passes;
} bs_preparation;

/* Memory that will be read or written soon, best fetched on the way; AT NULL: none. */
typedef struct bs_stretch {
    const float *at;
    size_t size; /* floats */
} bs_stretch;

enum { BS_STRETCHES = 3, BS_PREPARATIONS = 16, BS_TOGETHER = 8 };

/* A convolution of one image. As kernel 1 over a row of "pixels" that are images it is a linear
 * layer of many images. */
typedef struct bs_convolution {
    const float *in; /* the first pixel of the first filter position, in the halo if there is one */
    size_t row;      /* floats between rows */
    size_t pixel;    /* floats between pixels */
    int channels;    /* of the input; any number */
    int kernel;      /* 3 or 1 */
    int stride;      /* 1 or 2 */
    const float *weights; /* [K / lanes][kernel][C][kernel][lanes]: filter rows, then columns */
    bs_finish finish;
    /* Winograd's only. */
    int before_count;             /* 0: the input is there */
    const bs_preparation *before; /* [before_count] */

    /* Nobody else wants the input, and it takes only as many of its map's first rows, those of the
     * halo included, as fit into the first-level cache. The halo is zero again when the convolution
     * has run. */
    bool rolling;
    const bs_moments *moments; /* of the output, as measure gives them; NULL: not wanted */
    bs_stretch ahead[BS_STRETCHES];
} bs_convolution;

typedef struct bs_vector {
    int lanes; /* floats in a vector */
    int tile;  /* pixels a pass: a linear layer's images come in multiples of it */
    void (*convolve)(const bs_convolution *convolution);
    void (*finish)(const bs_map *in, const bs_finish *finish);

    /* The finish, with the sums over the pixels of IN and of the skip as they are read: [C],
     * IN and the skip before the finish. SKIP is left alone when there is none. */
    void (*finish_and_sum)(const bs_map *in, const bs_finish *finish, float *main, float *skip);
    void (*sum)(const bs_map *in, float *sum); /* over the pixels: [C] */
    void (*measure)(const bs_map *in, const bs_moments *moments);
    void (*pool)(const bs_map *in, float *mean);
} bs_vector;

/* Winograd's F(rows x columns, 3x3) for 3 x 3 convolutions of stride 1 over maps that tiles of so
 * many pixels fill: pairs of tiles along a row, and fours of them in all. Channels are multiples of
 * 16. */
typedef struct bs_winograd {
    int rows, columns; /* of a tile */

    /* Floats of transformed filters, and of the scratch memory of a convolution. */
    size_t (*filters_size)(int channels, int filters);
    size_t (*scratch_size)(int channels);

    /* TO [filters_size] in an order of its own; FROM [K][C][3][3]. */
    void (*transform_filters)(int channels, int filters, const float *from, float *to);

    /* COUNT images, alike but for where their maps, moments and what is fetched lie; none reads
     * what another writes. WEIGHTS are transformed filters. The bits of an image do not depend on
     * COUNT, but where the filters are large several share them. */
    void (*convolve)(const bs_convolution *convolutions, int count, float *scratch);
} bs_winograd;

#if defined(__x86_64__)
extern const bs_vector bs_vector_sse;
extern const bs_vector bs_vector_avx2;
extern const bs_vector bs_vector_avx512;
extern const bs_winograd bs_winograd_2x2_sse;
extern const bs_winograd bs_winograd_2x4_sse;
extern const bs_winograd bs_winograd_4x4_sse;
extern const bs_winograd bs_winograd_2x2_avx2;
extern const bs_winograd bs_winograd_2x4_avx2;
extern const bs_winograd bs_winograd_4x4_avx2;
extern const bs_winograd bs_winograd_2x2_avx512;
extern const bs_winograd bs_winograd_2x4_avx512;
extern const bs_winograd bs_winograd_4x4_avx512;
#else
extern const bs_vector bs_vector_generic;
extern const bs_winograd bs_winograd_2x2_generic;
extern const bs_winograd bs_winograd_2x4_generic;
extern const bs_winograd bs_winograd_4x4_generic;
#endif

#endif
