/* The input of a Winograd convolution, made a few rows before they are read. */
#ifndef BLUESHIFT_NN_VECTOR_WINOGRAD_ROWS_H
#define BLUESHIFT_NN_VECTOR_WINOGRAD_ROWS_H

#include <string.h>

#include "tile.h"

/* The rows of the input that are in memory: END is the first that is not. With the map's row TOP -
 * 1 its memory begins, 0 unless it is rolling. */
typedef struct rows_ready {
    int top, end;
} rows_ready;

INLINE const bs_map *prepared_map(const bs_convolution *c)
{
    return &c->before[c->before_count - 1].finish.out;
}

/* Where the halo before the map's row TOP begins. */
INLINE float *rows_memory(const bs_convolution *c)
{
    const bs_map *map = prepared_map(c);
    return map->at - map->row - map->channels;
}

/* Moves what is still wanted, from the row before TOP to the last, or the halo below it, to the
 * beginning of the memory. */
static void roll_rows(const bs_convolution *c, rows_ready *ready, int top)
{
    const bs_map *map = prepared_map(c);
    float *memory = rows_memory(c);
    int rows = ready->end - top + 1 + (ready->end == map->height ? 1 : 0);
    memmove(memory, memory + (size_t)(top - ready->top) * map->row,
            (size_t)rows * map->row * sizeof *memory);
    ready->top = top;
}

/* One or two VECTORS of channels from CHANNEL on: their constants stay in registers. */
INLINE void rectify(const bs_map *in, const bs_finish *f, int channel, int vectors, bool adds)
{
    vec scale[2];
    vec shift[2];
    vec weight[2];
    size_t step = (size_t)in->channels;
    UNROLL for (int j = 0; j < vectors; j++)
    {
        scale[j] = load(f->scale + channel + (size_t)j * LANES);
        shift[j] = load(f->shift + channel + (size_t)j * LANES);
        weight[j] = adds ? load(f->skip_scale + channel + (size_t)j * LANES) : broadcast(0.0F);
    }
    for (int y = 0; y < in->height; y++) {
        const float *from = in->at + (size_t)y * in->row + channel;
        const float *skip = adds ? f->skip + (size_t)y * f->skip_row + channel : NULL;
        float *to = f->out.at + (size_t)y * f->out.row + channel;
        for (size_t at = 0; at < (size_t)in->width * step; at += step) {
            UNROLL for (size_t j = 0; j < (size_t)vectors; j++)
            {
                vec value = fma_vec(load(from + at + j * LANES), scale[j], shift[j]);
                value = adds ? fma_vec(load(skip + at + j * LANES), weight[j], value) : value;
                store(to + at + j * LANES, activate(BS_ACTIVATION_RELU, 0.0F, value));
            }
        }
    }
}

/* What nearly all networks ask for: pixel after pixel, without a question at each. */
INLINE void finish_rectified(const bs_map *in, const bs_finish *f, bool adds)
{
    bool pairs = in->channels / LANES % 2 == 0;
    for (int k = 0; k < in->channels; k += pairs ? 2 * LANES : LANES) {
        if (pairs) {
            rectify(in, f, k, 2, adds);
        } else {
            rectify(in, f, k, 1, adds);
        }
    }
}

/* Runs PREPARATION over COUNT rows from FIRST on; its result's memory begins with row TOP. */
INLINE void prepare_some(const bs_preparation *preparation, int first, int count, int top)
{
    bs_finish finish = preparation->finish;
    bs_map in = preparation->in;
    size_t rows = (size_t)first;
    in.height = count;
    in.at += preparation->in_passes ? 0 : rows * in.row;
    finish.out.at += preparation->out_passes ? 0 : (rows - (size_t)top) * finish.out.row;
    if (finish.skip != NULL && !preparation->skip_passes) {
        finish.skip += rows * finish.skip_row;
    }
    if (finish.scale != NULL && finish.activate && finish.activation == BS_ACTIVATION_RELU &&
        !finish.scaled) {
        if (finish.skip == NULL) {
            finish_rectified(&in, &finish, false);
        } else {
            finish_rectified(&in, &finish, true);
        }
    } else {
        finish_map(&in, &finish, (patch){1, NARROW});
    }
}

/* Makes rows READY->end to END - 1: what passes has room for one. */
static __attribute__((noinline)) void make_rows(const bs_convolution *c, rows_ready *ready, int end)
{
    int step = c->before_count > 1 ? 1 : end - ready->end;
    for (; ready->end < end; ready->end += step) {
        for (int i = 0; i < c->before_count; i++) {
            int top = i + 1 == c->before_count ? ready->top : 0;
            prepare_some(&c->before[i], ready->end, step, top);
        }
    }
}

/* Makes the input ready for tiles that begin in the rows FIRST to LAST and see HIGH rows. Returns
 * the row of the map that C->in stands for, not counting the halo. */
INLINE int prepare_rows(const bs_convolution *c, rows_ready *ready, int first, int last, int high)
{
    if (c->before_count == 0) {
        return 0;
    }
    int height = c->finish.out.height;
    int end = last + high - 1 < height ? last + high - 1 : height;
    size_t row = c->row;
    if (c->rolling && first > ready->top) {
        roll_rows(c, ready, first);
    }
    if (end > ready->end) {
        make_rows(c, ready, end);
        if (c->rolling && end == height) {
            memset(rows_memory(c) + (size_t)(height - ready->top + 1) * row, 0,
                   row * sizeof(float));
        }
    }
    return ready->top;
}

/* The halo above the map is a halo again. */
INLINE void leave_rows(const bs_convolution *c)
{
    if (c->rolling) {
        memset(rows_memory(c), 0, c->row * sizeof(float));
    }
}

#endif
