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

/* Where the halo before the map's row TOP begins. */
INLINE float *rows_memory(const bs_convolution *c)
{
    const bs_map *map = &c->before->finish.out;
    return map->at - map->row - map->channels;
}

/* Moves what is still wanted, from the row before TOP to the last, or the halo below it, to the
 * beginning of the memory. */
static void roll_rows(const bs_convolution *c, rows_ready *ready, int top)
{
    const bs_map *map = &c->before->finish.out;
    float *memory = rows_memory(c);
    int rows = ready->end - top + 1 + (ready->end == map->height ? 1 : 0);
    memmove(memory, memory + (size_t)(top - ready->top) * map->row,
            (size_t)rows * map->row * sizeof *memory);
    ready->top = top;
}

/* What nearly all networks ask for, without a question at each pixel. */
INLINE void finish_rectified(const bs_map *in, const bs_finish *finish)
{
    bs_finish known = {.scale = finish->scale,
                       .shift = finish->shift,
                       .activate = true,
                       .activation = BS_ACTIVATION_RELU,
                       .out = finish->out};
    if (finish->skip == NULL) {
        finish_map(in, &known, (patch){1, NARROW});
    } else {
        known.skip = finish->skip;
        known.skip_row = finish->skip_row;
        known.skip_scale = finish->skip_scale;
        finish_map(in, &known, (patch){1, NARROW});
    }
}

/* Makes rows READY->end to END - 1. */
static __attribute__((noinline)) void make_rows(const bs_convolution *c, rows_ready *ready, int end)
{
    bs_finish finish = c->before->finish;
    bs_map in = c->before->in;
    size_t first = (size_t)ready->end;
    in.at += first * in.row;
    in.height = end - ready->end;
    finish.out.at += (first - (size_t)ready->top) * finish.out.row;
    finish.skip = finish.skip == NULL ? NULL : finish.skip + first * finish.skip_row;
    if (finish.scale != NULL && finish.activate && finish.activation == BS_ACTIVATION_RELU &&
        !finish.scaled) {
        finish_rectified(&in, &finish);
    } else {
        finish_map(&in, &finish, (patch){1, NARROW});
    }
    ready->end = end;
}

/* Makes the input ready for tiles that begin in the rows FIRST to LAST and see HIGH rows. Returns
 * the row of the map that C->in stands for, not counting the halo. */
INLINE int prepare_rows(const bs_convolution *c, rows_ready *ready, int first, int last, int high)
{
    if (c->before == NULL) {
        return 0;
    }
    int height = c->finish.out.height;
    int end = last + high - 1 < height ? last + high - 1 : height;
    size_t row = c->row;
    if (c->before->rolling && first > ready->top) {
        roll_rows(c, ready, first);
    }
    if (end > ready->end) {
        make_rows(c, ready, end);
        if (c->before->rolling && end == height) {
            memset(rows_memory(c) + (size_t)(height - ready->top + 1) * row, 0,
                   row * sizeof(float));
        }
    }
    return ready->top;
}

/* The halo above the map is a halo again. */
INLINE void leave_rows(const bs_convolution *c)
{
    if (c->before != NULL && c->before->rolling) {
        memset(rows_memory(c), 0, c->row * sizeof(float));
    }
}

#endif
