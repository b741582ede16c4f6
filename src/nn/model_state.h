/* A model from within; private to src/nn. */
#ifndef BLUESHIFT_NN_MODEL_STATE_H
#define BLUESHIFT_NN_MODEL_STATE_H

#include "blueshift/model.h"
#include "blueshift/observer.h"

struct bs_model {
    const bs_network *network;
    const bs_backend *backend;
    void *state;
    int block;
    bs_normalisation normalisation;
    float *inputs;        /* [block][H][W][C] */
    double *logits;       /* [1 + tail][block][BS_CLASSES], images without gaps; of points at once
                             [half][point] of these */
    const double *scores; /* those of the last score's point, within LOGITS */
    double *losses;       /* [block] */
    double *signals;      /* of points at once, observed: [half][signals] */
    size_t signal_count;
    bs_observer *observer; /* NULL: only the logits are wanted */
    bs_network *extended;  /* the network with its tails; NULL: no tails are wanted */
    bool two;              /* the tails need a second set of weights */
    float *both;           /* then: the point's weights, and the second ones */
    float *statistics;     /* of foreign paths: the point's statistics, and their own; else NULL */
    double *tail_losses;   /* [tail]: sums over the images of the last score */
    int scored;            /* images of the last score */
    int points;            /* at once; 0: one by one, without the backend's part for points */
    const bs_images *images; /* then: those that the backend has */
    void *measuring;         /* then: in batch mode, of the network alone; NULL: nobody measures */
    double *measured_logits; /* which nobody looks at */
    const struct bs_model *of; /* of a scorer: whose points it scores; NULL: its own */
    struct {
        int64_t first;
        int count;
    } forwarded[2]; /* images of the last forward of points into each half */
};

/* The score of the COUNT images with LABELS whose logits model->scores has, and the tails' losses.
 */
void bs_model_score_logits(bs_model *model, const uint8_t *labels, int count, bs_score *score);

/* BS_ERR_INTERNAL unless images FIRST to FIRST + COUNT - 1 are among IMAGES and a block of MODEL.
 */
bs_status bs_model_check_range(const bs_model *model, const bs_images *images, int64_t first,
                               int count);

#endif
