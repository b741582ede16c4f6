/* Observers: what a backend reports of the blocks' signals, and what becomes of it.
 *
 * A model owns one; its backend borrows it. A forward pass reports to it, for each block, branch
 * and image, the averages over the pixels (bs_observer_pool) and the values at the probes
 * (bs_observer_probes, bs_observer_value), in any order; what was not told is NaN. Not collective.
 */
#ifndef BLUESHIFT_NN_OBSERVER_H
#define BLUESHIFT_NN_OBSERVER_H

#include "blueshift/images.h"
#include "blueshift/observables.h"
#include "blueshift/status.h"

/* Images are counted within the call of forward that is observed; FIRST is the first one's number
 * among those of the experiment. Dimensions: B blocks, J branches, M probes, N images a call. */
typedef struct bs_observer {
    const bs_network *network;
    bool pooled;      /* whether branch losses are wanted */
    int probe_count;  /* M */
    int branches;     /* J */
    int max_images;   /* N */
    double **heads;   /* [B][C][classes] */
    bs_probe *probes; /* [B][M] */
    int *order;       /* [B][M]: probes by image */

    int64_t first; /* of the forward at hand */
    int count;
    double *logits; /* [B][N][J][classes] of the heads */
    double *values; /* [B][J][M] at the probes; NaN: missing, or in other images */
    double *losses; /* [B][J]: sums over images; NaN: missing */
    double *means;  /* [largest C]: for whoever pools */
    bool copy;      /* heads, probes and order are another's */
} bs_observer;

/* Probes of a block in one image: entries FIRST to END - 1 of its order. */
typedef struct bs_probes_in {
    const int *order;
    int first, end;
} bs_probes_in;

/* Draws heads and positions, the latter among IMAGES images. Borrows NETWORK until the
 * destroy. BS_ERR_MEMORY; *OBSERVER is NULL then. */
bs_status bs_observer_create(const bs_network *network, const bs_observables *wanted, uint64_t seed,
                             int64_t images, int max_images, bs_observer **observer);
void bs_observer_destroy(bs_observer *observer);

/* Another one with the same heads and positions, for another thread: borrows them from OBSERVER
 * until the destroy. BS_ERR_MEMORY; *COPY is NULL then. */
bs_status bs_observer_copy(const bs_observer *observer, bs_observer **copy);

/* Forgets everything: COUNT images from FIRST on come next. */
void bs_observer_begin(bs_observer *observer, int64_t first, int count);

/* Takes the average over the pixels, MEANS [C], of a signal of an image. */
void bs_observer_pool(bs_observer *observer, int block, int branch, int image, const double *means);

/* Takes what the block's head makes of that average, LOGITS [classes], instead: for backends that
 * apply the heads themselves, channel by channel in double precision. */
void bs_observer_take_logits(bs_observer *observer, int block, int branch, int image,
                             const double *logits);

/* The probes that BLOCK has in IMAGE. */
bs_probes_in bs_observer_probes(const bs_observer *observer, int block, int image);

static inline const bs_probe *bs_observer_probe(const bs_observer *observer, int block, int probe)
{
    return &observer->probes[(size_t)block * (size_t)observer->probe_count + (size_t)probe];
}

static inline double *bs_observer_value(bs_observer *observer, int block, int branch, int probe)
{
    size_t row = (size_t)block * (size_t)observer->branches + (size_t)branch;
    return &observer->values[row * (size_t)observer->probe_count + (size_t)probe];
}

/* Makes the sums from their addends: for backends that do not report BS_BRANCH_SUM. Averages,
 * heads and probes are linear, and a sum from its addends is as good as they are; an addend as a
 * difference would not be. */
void bs_observer_add_up(bs_observer *observer);

/* Branch losses of the images, whose labels are LABELS [count]. */
void bs_observer_score(bs_observer *observer, const uint8_t *labels);

/* After the score: whether all branch losses and probes that the network and the images have are
 * finite. */
bool bs_observer_finite(const bs_observer *observer);

#endif
