/* Spectra of a network's branches, as the ranks hold them; private to the module branches. */
#ifndef BLUESHIFT_ANALYSIS_BRANCH_SIGNALS_H
#define BLUESHIFT_ANALYSIS_BRANCH_SIGNALS_H

#include <complex.h>
#include <stdbool.h>

#include "blueshift/analysis.h"
#include "blueshift/observables.h"

/* Shape of the branch losses (one neuron) or branch probes of one network. */
typedef struct bs_branch_shape {
    int blocks, branches; /* of the array */
    int neurons, images;  /* probes of a block: neuron * images + image */
    int64_t points, bins; /* bins = points / 2 + 1 */
    int classes;          /* logits of an image, whose mean is taken out; 0: no logits */
    bool squared;         /* then squares are taken, point by point */
    int realisations;     /* complete ones */
    const int *pairs;     /* [realisations] which ones: network * realisations + realisation */
    int present_blocks;   /* the network's own, the first ones */
    bool skip;            /* whether it has skip signals */
    int paths;            /* its paths; 0: the network has no branches */
} bs_branch_shape;

/* Fourier coefficients of one network. A unit is a neuron of a block, block * neurons + neuron: its
 * images and branches lie on one rank. Logits are images: image * classes + class. */
typedef struct bs_branch_signals {
    bs_branch_shape shape;
    bs_range units;    /* of this rank */
    int64_t stride;    /* channels of a realisation, empty ones included */
    double complex *x; /* [realisation][own unit][image][branch][bin] */
} bs_branch_signals;

/* Reads ARRAY of the points of a network's complete realisations and transforms every channel along
 * the path, mean removed and windowed. SHAPE as known so far (no realisations give no signals);
 * what the data say of the network is filled in. Undone by bs_branch_signals_release. Collective.
 */
bs_status bs_branch_signals_read(const bs_comm *comm, bs_surface *surface, int array,
                                 bs_window window, const bs_branch_shape *shape,
                                 bs_branch_signals *signals);
void bs_branch_signals_release(bs_branch_signals *signals);

/* The bins of one channel; UNIT counts this rank's units. */
const double complex *bs_branch_channel(const bs_branch_signals *signals, int realisation,
                                        int64_t unit, int image, int branch);

/* Whether coefficients are real: wavenumber 0 and, of an even number of points, Nyquist's. */
bool bs_branch_bin_is_real(const bs_branch_shape *shape, int64_t bin);

#endif
