/* The numbers of a point: loss, accuracy and what is observed beside them, from blocks of images.
 */
#ifndef BLUESHIFT_SWEEP_POINT_LAYOUT_H
#define BLUESHIFT_SWEEP_POINT_LAYOUT_H

#include "blueshift/experiment.h"
#include "blueshift/model.h"
#include "blueshift/surface.h"

enum { BS_POINT_VALUES = 3, BS_POINT_SPLITS = 2, BS_POINT_NAME = 32 };

/* What is observed of a point, in the order of a row. */
typedef enum bs_point_part {
    BS_POINT_LOGITS,         /* [image][class] */
    BS_POINT_LOSSES,         /* [block][branch] */
    BS_POINT_PROBES,         /* [block][branch][probe] */
    BS_POINT_SURFACE_LOSSES, /* [surface block][branch] */
    BS_POINT_SURFACE_LOGITS, /* [surface block][branch][image][class] */
    BS_POINT_FOREIGN_LOGITS, /* the same, of paths with the weights of another network */
    BS_POINT_FALLBACKS,      /* blocks of images that the processor evaluated, for the GPU */
    BS_POINT_IMAGE_LOSSES,   /* [image] */
    BS_POINT_CLASS_LOSSES,   /* [class] */
    BS_POINT_CLASS_CORRECT,  /* [class] */
    BS_POINT_PARTS
} bs_point_part;

/* The shape of rows, one for all networks of an experiment. A row is the values and, after them,
 * what is observed. A partial row is a score and the same after it, of one block of images; NaN
 * where the network or the block of images has none such. */
typedef struct bs_point_layout {
    bs_observables wanted;
    int blocks, branches, surface_blocks; /* the most that a network has */
    int first[BS_POINT_PARTS + 1];        /* of each part, counted from the first observed number */
    bool foreign;                         /* foreign paths go through moving rests too */
    bool fallbacks;                       /* blocks of images may be evaluated by the processor */
    int values, partials;                 /* numbers of a row, of a partial row */
    const uint8_t *labels;                /* of all images; borrowed */
    int64_t class_images[BS_CLASSES];     /* images of every class */
    char names[BS_POINT_SPLITS * BS_POINT_VALUES][BS_POINT_NAME];
    bs_variable variables[BS_POINT_SPLITS * BS_POINT_VALUES]; /* the second split's, if wanted */
} bs_point_layout;

/* The row of EXPERIMENT before it knows its networks. */
void bs_point_layout_begin(bs_point_layout *row, const bs_experiment *experiment);

/* Number INDEX of a row that counts the blocks the processor evaluated; -1: there is none. */
int bs_point_layout_fallbacks(const bs_point_layout *row);

/* The row of the test images beside ROW, which is counted: nothing is observed of them, and partial
 * rows are as wide. */
bs_point_layout bs_point_layout_other(const bs_point_layout *row);

/* Makes the row wide enough for NETWORK. */
void bs_point_layout_widen(bs_point_layout *row, const bs_network *network);

/* Counts its numbers, for IMAGES (borrowed) in IMAGE_BLOCKS blocks. BS_ERR_USAGE when the
 * experiment observes what there is not, or more than a point can hold. */
bs_status bs_point_layout_end(bs_point_layout *row, const bs_images *images, int image_blocks);

/* Whether rows have numbers of PART. */
bool bs_point_layout_has(const bs_point_layout *row, bs_point_part part);

/* Appends the arrays that the file needs for the rows. */
bs_status bs_point_layout_list_arrays(const bs_point_layout *row, bs_array_list *list);

/* The partial row of images FIRST to FIRST + COUNT - 1, whose score is SCORE, from what MODEL saw
 * last, a model of NETWORK. */
void bs_point_layout_fill(const bs_point_layout *row, const bs_network *network,
                          const bs_model *model, int64_t first, const bs_score *score,
                          double *partials);

/* Notes in a partial row whether its block of images was evaluated by the processor for the GPU. */
void bs_point_layout_note_fallback(const bs_point_layout *row, bool fallback, double *partials);

/* The row from the partial rows of all blocks of images, merged in their order. */
void bs_point_layout_merge(const bs_point_layout *row, int image_blocks, const double *partials,
                           double *values);

/* Whether NETWORK has no number INDEX of the row. */
bool bs_point_layout_missing(const bs_point_layout *row, const bs_network *network, int index);

#endif
