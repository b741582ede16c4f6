/* The arrays of two branches' measures in octave bands, and the sums they are made of; private to
 * the module branches. */
#ifndef BLUESHIFT_ANALYSIS_BRANCH_BAND_ARRAYS_H
#define BLUESHIFT_ANALYSIS_BRANCH_BAND_ARRAYS_H

#include "branch_bands.h"

/* Which pairs of branches of a block: the skip with every path, or every two paths. */
typedef enum bs_band_pairs { BS_PAIRS_SKIP_MAIN, BS_PAIRS_PATHS, BS_BAND_PAIRS } bs_band_pairs;

/* Sums over the pairs (A, B) of a block, over channels and over the wavenumbers of a band. */
typedef enum bs_band_term {
    BS_TERM_PAIRS,       /* 1 */
    BS_TERM_CORRELATION, /* Re sum A conj B / sqrt(sum |A|^2 sum |B|^2) */
    BS_TERM_CROSS,       /* 2 Re sum A conj B, branches at unit power from here on */
    BS_TERM_RADII,       /* 2 sum |A| |B| */
    BS_TERM_POWERS,      /* sum |A|^2 + |B|^2, every branch of the block once */
    BS_TERM_SECOND,      /* sum |B|^2 */
    BS_BAND_TERMS
} bs_band_term;

/* A pair of one realisation; A of one with B of the others, the mean over all shifts; and A with
 * the path B of another network through the same rest. */
enum { BS_BAND_OWN, BS_BAND_FOREIGN, BS_BAND_GRAFTED, BS_BAND_RESULTS };

enum { BS_BAND_ROW = (int)BS_BAND_TERMS * BS_BAND_RESULTS };

/* What is summed of one source of one network. */
typedef struct bs_band_sums {
    const bs_branch_shape *shape;
    int bands;
    bool grafted;  /* whether there are such paths */
    double *terms; /* [bs_band_pairs][present block][band][realisation][TERMS][RESULTS] */
} bs_band_sums;

/* Index of the first of BAND_ROW numbers of realisation 0. */
int64_t bs_band_place(const bs_band_sums *sums, int pairs, int64_t block, int band);

/* Octaves 1, 2 to 3, 4 to 7, ... of BINS wavenumbers from 0; Nyquist's, real and alone in its
 * octave, belongs to the one before. */
int bs_band_count(int64_t bins);
bs_range bs_band_bins(int64_t bins, int band);

/* Writes what follows from SUMS of a network's SOURCE: means per block, stage and of all blocks,
 * and their errors over realisations. Not collective. */
bs_status bs_band_arrays_write(bs_surface *surface, int network, bs_band_source source,
                               const bs_band_sums *sums);

#endif
