/* The inner loops of the fast backends' backward pass, compiled once for each instruction set. */
#ifndef BLUESHIFT_NN_VECTOR_GRADIENT_H
#define BLUESHIFT_NN_VECTOR_GRADIENT_H

#include "vector.h"

/* Sums over the pixels of one image of input times derivatives by the output, for every weight of a
 * convolution. As kernel 1 over a row of "pixels" that are images: of a linear layer. */
typedef struct bs_weight_sums {
    const float *in; /* the first pixel of the first filter position, in the halo if there is one */
    size_t row;      /* floats between rows */
    size_t pixel;    /* floats between pixels */
    int channels;    /* of the input; any number */
    int kernel;      /* 3 or 1 */
    int stride;      /* 1 or 2 */
    const float *out;  /* the derivatives' pixel (0, 0); of kernel 3, stride 1 inside a zero halo */
    size_t out_row;    /* floats between rows */
    size_t out_pixel;  /* floats between pixels */
    int height, width; /* of the output; any numbers */
    int filters;       /* a multiple of the lanes */
    float *sums;       /* added to: [K / lanes][kernel][C][kernel][lanes], as packed filters are */
} bs_weight_sums;

/* From derivatives by a finish's result to those by what its activation bends,
 *   z = scale[c] * main + shift[c] [+ skip_scale[c] * skip],  to = factor * activation'(z) * from,
 * and sums over the pixels of that times 1, main - mean[c] and skip - skip_mean[c]. Without an
 * activation TO is left alone. */
typedef struct bs_bend {
    const bs_finish *finish; /* its out is not used */
    bs_map main;             /* not read where AT is NULL: there is nothing to bend by it */
    bs_map from, to;         /* in place is fine */
    const float *means;      /* [2][C]: main, skip; NULL: no sums */
    float *sums;             /* [3][C] */
} bs_bend;

/* out = [out +] scale[c] * from [+ slope[c] * (value - mean[c]) + shift[c]] */
typedef struct bs_through {
    bs_map from, value;     /* VALUE.at NULL: without the second part */
    const float *constants; /* [4][C]: scale, slope, mean, shift */
    bool accumulate;
    bs_map out;
} bs_through;

typedef struct bs_vector_gradient {
    void (*sum_weights)(const bs_weight_sums *sums);
    void (*bend)(const bs_bend *bend);
    void (*pass_through)(const bs_through *through);

    /* out = [out +] share * from[c] in every pixel. */
    void (*spread)(const float *from, float share, bool accumulate, const bs_map *out);
} bs_vector_gradient;

/* Tiles whose products are summed at a time: a multiple of this; fewer are fine. */
enum { BS_WEIGHT_TILES = 16 };

/* Weight gradients of 3 x 3 convolutions of stride 1 by Winograd's F(3x3, 4x4), over maps that
 * tiles of 4 x 4 pixels fill. Channels and filters are multiples of 16. */
typedef struct bs_winograd_weights {
    /* More than BS_WEIGHT_TILES where the sums are large. */
    int (*tiles_at_once)(int channels, int filters);
    size_t (*tiles_size)(int channels, int filters);    /* floats of so many tiles */
    size_t (*products_size)(int channels, int filters); /* floats of the sums of their products */

    /* COUNT tiles of the map from FIRST on, in rows, to those from SLOT on of TILES. */
    void (*transform)(const bs_weight_sums *sums, int first, int slot, int count, float *tiles);

    /* Adds the products of the first COUNT tiles to PRODUCTS. */
    void (*multiply)(const bs_weight_sums *sums, int count, const float *tiles, float *products);

    /* SUMS as bs_weight_sums has them, from PRODUCTS. */
    void (*finish)(int channels, int filters, const float *products, float *sums);
} bs_winograd_weights;

#if defined(__x86_64__)
extern const bs_winograd_weights bs_winograd_weights_sse;
extern const bs_winograd_weights bs_winograd_weights_avx2;
extern const bs_winograd_weights bs_winograd_weights_avx512;
extern const bs_vector_gradient bs_vector_gradient_sse;
extern const bs_vector_gradient bs_vector_gradient_avx2;
extern const bs_vector_gradient bs_vector_gradient_avx512;
#else
extern const bs_winograd_weights bs_winograd_weights_generic;
extern const bs_vector_gradient bs_vector_gradient_generic;
#endif

#endif
