/* A network, its backend and its scratch memory: from parameters and images to scores.
 *
 * Nothing here is collective; a model belongs to one thread. */
#ifndef BLUESHIFT_MODEL_H
#define BLUESHIFT_MODEL_H

#include "blueshift/images.h"
#include "blueshift/backend.h"
#include "blueshift/network.h"
#include "blueshift/observables.h"
#include "blueshift/score.h"

typedef struct bs_model bs_model;

/* Makes a model for blocks of at most BLOCK images. Borrows NETWORK until the destroy; nothing is
 * allocated after this call. Batch mode when the network's norm is BS_NORM_BATCH; see
 * bs_model_measure for the way to frozen statistics. Not collective. */
bs_status bs_model_create(const bs_network *network, const bs_backend *backend, int block,
                          const bs_normalisation *normalisation, bs_model **model);

/* Lets every later score give branch losses and probes as WANTED says, among IMAGES images, those
 * that all scores together run over. Before the first load; at most once. Allocates what scores
 * need. BS_ERR_USAGE when the network has no blocks. */
bs_status bs_model_observe(bs_model *model, const bs_observables *wanted, uint64_t seed,
                           int64_t images);

/* Prints what the backend will do for a block of images, a line a pass. */
void bs_model_print_plan(const bs_model *model, FILE *out);

/* Lets every later score also evaluate the tails that WANTED says (network.h). Before the first
 * load and before bs_model_observe; at most once. Allocates what scores need. BS_ERR_USAGE for a
 * block that is not there. */
bs_status bs_model_extend(bs_model *model, const bs_tail_options *wanted);

/* The second set of a model whose tails need one, from the next load on (copied): THETA
 * [parameter_size], of fixed rests those of the base point, of foreign paths those of the other
 * network; and, unless NULL, that network's given STATISTICS [statistic_size]. */
void bs_model_set_second(bs_model *model, const float *theta, const float *statistics);

/* The network with its tails; NULL unless extended. Borrowed. */
const bs_network *bs_model_extended(const bs_model *model);

/* What the last score's images gave in a tail: logits [count][BS_CLASSES]; and in all tails the
 * sums of the images' cross-entropies, [tail]. Valid until the next score. */
const double *bs_model_tail_logits(const bs_model *model, int tail);
const double *bs_model_tail_losses(const bs_model *model);

/* Whether all that the last score, SCORE, gave is finite: losses of the network, its tails and
 * branches, and probes. */
bool bs_model_finite(const bs_model *model, const bs_score *score);

/* What the last score's images gave, valid until the next: logits [count][BS_CLASSES]; and, NULL
 * unless observed, branch losses [block][branch], sums over the images in their order, and probes
 * [block][branch][probe]. Signals that the network does not have, and probes in other images, are
 * NaN. */
const double *bs_model_logits(const bs_model *model);
const double *bs_model_branch_losses(const bs_model *model);
const double *bs_model_branch_probes(const bs_model *model);

/* Takes parameters and, unless in batch mode, statistics (copies). */
bs_status bs_model_load(bs_model *model, const float *theta, const float *statistics);

/* Scores images FIRST to FIRST + COUNT - 1, COUNT at most the block. In batch mode they are the
 * batch. A non-finite loss is a legal result. Not collective. */
bs_status bs_model_score(bs_model *model, const bs_images *images, int64_t first, int count,
                         bs_score *score);

/* ---- several points at once, where the backend takes them (backend.h) ---- */

/* Lets the model take as many points at once as the backend wants, or there is memory for, and
 * copies all IMAGES, borrowed until the destroy, to the backend. MEASURED: statistics of norms will
 * be measured at points. Nothing happens with backends that take points one by one. After
 * bs_model_extend and bs_model_observe, before the first load; once. */
bs_status bs_model_reserve(bs_model *model, const bs_images *images, bool measured);

/* Points that the model takes at once: 0 before bs_model_reserve and where the backend takes them
 * one by one, by bs_model_load. */
int bs_model_points(const bs_model *model);

/* Copies what all points are made of: COUNT vectors [parameter_size], origin and directions; of
 * models whose tails need a second set of weights also those of the SECOND set, NULL: the set of
 * bs_model_set_second at every point. */
bs_status bs_model_set_vectors(bs_model *model, int count, const float *const *vectors,
                               const float *const *second);

/* Makes POINTS, at most bs_model_points, from those vectors. Statistics are those of the first set;
 * the second set's are those of bs_model_set_second. */
bs_status bs_model_load_points(bs_model *model, const bs_point_weights *points);

/* Measured models: at POINTS, whose statistics are not looked at, mean and biased variance of every
 * norm layer over the batch of images FIRST to FIRST + COUNT - 1, at most a block, as
 * bs_model_measure has them: STATISTICS [point][statistic_size] of bs_model_measure_points. What
 * bs_model_load_points loaded stays. */
bs_status bs_model_load_measured(bs_model *model, const bs_point_weights *points);
bs_status bs_model_measure_points(bs_model *model, int64_t first, int count, double *statistics);

/* Evaluates images FIRST to FIRST + COUNT - 1, at most a block, of those of bs_model_reserve at all
 * points of the last load. The result is kept in one of two places, HALF 0 or 1. */
bs_status bs_model_forward_points(bs_model *model, int half, int64_t first, int count);

/* Scores point POINT of the last bs_model_forward_points into HALF, to the bit as bs_model_score
 * would; what it gave is then what the functions above return. Another thread may meanwhile load
 * points and evaluate them into the other half. */
void bs_model_score_point(bs_model *model, int half, int point, bs_score *score);

/* Makes a SCORER of the points of MODEL, which has reserved: bs_model_score_point of it scores what
 * MODEL evaluated, with room of its own, so that threads can do so side by side. It is good for
 * nothing else. Borrows MODEL until the destroy. */
bs_status bs_model_create_scorer(const bs_model *model, bs_model **scorer);

/* Mean and biased variance of every norm layer over the batch [FIRST, FIRST + COUNT), at THETA,
 * computed in batch mode whatever the network's norm is: [statistic_size] doubles. Averaged over
 * blocks by the caller they are the frozen statistics of the base point. Allocates a batch-mode
 * state for the call. */
bs_status bs_model_measure(const bs_model *model, const float *theta, const bs_images *images,
                           int64_t first, int count, double *statistics);

void bs_model_destroy(bs_model *model);

#endif
