/* Backends: implementations of a whole forward pass behind one interface.
 *
 * Nothing here is collective; a state belongs to one thread. Reference first, fast second: every
 * backend passes the tests of the reference, in double precision, which follows the definitions of
 * network.h layer by layer. Names end in the instruction set ("winograd-2x4-avx512"). */
#ifndef BLUESHIFT_BACKEND_H
#define BLUESHIFT_BACKEND_H

#include <stdbool.h>
#include <stdio.h>

#include "blueshift/network.h"
#include "blueshift/status.h"

/* "auto" is the fastest backend whose loss_error is at most this. */
static const double BS_BACKEND_ACCURATE = 2e-7;

/* The attribute of result files that holds the relative error of the backend that made them. */
#define BS_BACKEND_ERROR "backend_relative_error"

/* Takes what a backend reports of the blocks' signals (observables.h); made by models. */
typedef struct bs_observer bs_observer;

/* Is told that the elements FIRST to FIRST + SIZE - 1 of a gradient have their final values. */
typedef struct bs_gradient_sink {
    void (*done)(void *context, size_t first, size_t size);
    void *context;
} bs_gradient_sink;

/* Weights of points on a path: parameters of a point = sum over v of coefficients[point][v] *
 * vectors[v], in double precision in this order, rounded once. */
typedef struct bs_point_weights {
    int count;
    int vectors;
    const double *coefficients; /* [count][vectors] */
    bool origin_vectors;        /* parameters of one dimension are those of vectors[0] */
    const float *statistics;    /* [count][statistic_size], or of all points [statistic_size]; NULL
                                   in batch mode or without norm layers */
    bool same_statistics;
} bs_point_weights;

/* What a backend that evaluates several points at once (a GPU's) has beside the rest: path and
 * images are copied to it once, and a point is a few numbers. Each point's logits are those that it
 * has alone, to the bit. BS_ERR_DEVICE from any of these: the device is lost. */
typedef struct bs_backend_points {
    /* BS_OK when the backend has a plan for NETWORK, in batch mode or not, and for observing it;
     * else BS_ERR_USAGE names what it has none for. */
    bs_status (*accepts)(const bs_network *network, bool batch, bool observed);

    /* Points that it wants at once for blocks of IMAGES images: enough to be busy. */
    int (*wanted)(const bs_network *network, int images);

    /* Makes room for TOTAL images and WANTED points, or as many as there is memory for: *POINTS, at
     * least 1. After create and observe; loses what was placed and loaded. BS_ERR_MEMORY. */
    bs_status (*reserve)(void *state, int64_t total, int wanted, int *points);

    /* Copies normalised images FIRST to FIRST + COUNT - 1. */
    bs_status (*place)(void *state, int64_t first, int count, const float *images);

    /* Copies COUNT vectors [parameter_size]: the origin, and up to three directions. */
    bs_status (*vectors)(void *state, int count, const float *const *vectors);

    /* Makes the weights of up to *POINTS points from those vectors. */
    bs_status (*load)(void *state, const bs_point_weights *points);

    /* Doubles that forward gives of the blocks' signals at *POINTS points; 0 unless observed. */
    size_t (*signals)(const void *state);

    /* Logits [point][1 + tail][count][classes] of images FIRST to FIRST + COUNT - 1, at most
     * max_images; in batch mode they are the batch. Of observed states also SIGNALS, for report. */
    bs_status (*forward)(void *state, int64_t first, int count, double *logits, double *signals);

    /* Batch mode: STATISTICS [point][statistic_size] of the last forward, each as batch_statistics
     * has them. */
    bs_status (*statistics)(void *state, double *statistics);

    /* Tells the state's OBSERVER, which began with the images of a forward, what SIGNALS says of
     * POINT. Another thread may meanwhile load and evaluate points. NULL: nothing is observed. */
    void (*report)(const void *state, const double *signals, int point, bs_observer *observer);
} bs_backend_points;

/* One implementation. STATE is its own; calls on one state are serial. */
typedef struct bs_backend {
    const char *name;       /* "reference", "direct-avx512" */
    const char *arithmetic; /* for the file: "float64", "float32 (AVX-512)" */

    /* Of the cases of `make bench-accuracy` (ResNet-20 and 56, trained and random, given and batch
     * statistics, points around them) the worst: root mean square of loss - loss in double
     * precision. And the root mean square of the same over the loss, of all trained ones together,
     * whose losses are near 0.3. They scatter by a fifth and are no bounds: rounding grows with
     * depth where no norm layer renews the scale of the signals, and was 30 to 100 times as large
     * in deep networks without norm layers. */
    double loss_error;
    double relative_error;

    /* Allocates everything the evaluation of up to MAX_IMAGES images at once needs. BATCH says
     * whether norm layers use the statistics of the images given to forward, or those given to
     * load. Borrows NETWORK until destroy. BS_ERR_MEMORY; BS_ERR_INTERNAL names a layer that the
     * backend has no plan for, *STATE is NULL then. */
    bs_status (*create)(const bs_network *network, int max_images, bool batch, void **state);

    /* Takes new parameters [parameter_size] and statistics [statistic_size] (ignored, may be NULL,
     * in batch mode or without norm layers). Copies or packs what it needs; allocates nothing. */
    bs_status (*load)(void *state, const float *theta, const float *statistics);

    /* Logits [1 + tail][count][classes] of normalised images [count][H][W][C]. In batch mode the
     * COUNT images are the batch. The result for an image does not depend on COUNT otherwise, nor
     * on what was evaluated before. Numbers that overflow give logits that are not finite.
     * Allocates nothing; BS_ERR_INTERNAL when COUNT is not 1 to MAX_IMAGES. */
    bs_status (*forward)(void *state, const float *images, int count, double *logits);

    /* Batch mode: mean and biased variance of every norm layer in the last forward, laid out as
     * network->statistics: [statistic_size]; 0 where no layer uses the tensors (skip weight 0). */
    void (*batch_statistics)(const void *state, double *statistics);

    /* Prints what forward will do, a line a pass. */
    void (*print_plan)(const void *state, FILE *out);

    /* From now on forward reports to OBSERVER, borrowed until the destroy, the signals of its
     * images. Loses what was loaded; may allocate. The logits may differ from those of unobserved
     * networks by rounding. */
    bs_status (*observe)(void *state, bs_observer *observer);

    /* From now on forward keeps what backward needs. Loses what was loaded; may allocate. Logits
     * may differ from those of states that do not train by rounding. BS_ERR_USAGE names what has no
     * backward pass: tails, observed networks, given statistics. After BS_ERR_MEMORY the state can
     * only be destroyed. NULL: the backend has none. */
    bs_status (*train)(void *state);

    /* GRADIENT [parameter_size]: the derivatives of what LOGITS_GRADIENT [count][classes] are the
     * derivatives of by the logits of the last forward, which is over then; 0 for parameters that
     * no layer reads. In batch mode through the statistics too. Tells SINK (NULL: nobody), from the
     * last parameters to the first and each once, as soon as a range is final. Sums run in the
     * order of the images: bit-equal from call to call. Allocates nothing; BS_ERR_INTERNAL without
     * a forward before it. NULL with train. */
    bs_status (*backward)(void *state, const double *logits_gradient, float *gradient,
                          const bs_gradient_sink *sink);

    void (*destroy)(void *state);

    /* NULL: one point at a time, by load and forward. */
    const bs_backend_points *points;
} bs_backend;

/* Every backend that this machine's processor can run; NULL past the end of the list. The widest
 * instruction set first, in it the fastest; the reference is the last. A backend that exists for
 * several instruction sets is one entry for each: "direct-avx512", "direct-avx2", "direct-sse".
 * Their results agree within single precision, not to the bit. */
const bs_backend *bs_backend_at(int index);

/* The backend NAME, or the first whose name begins so up to a hyphen: "direct", "winograd-4x4".
 * "auto", and among Winograd's "winograd", is the fastest of the processor that is accurate; "cuda"
 * is the GPU's. BS_ERR_USAGE lists the known names; BS_ERR_DEVICE says why there is no GPU. */
bs_status bs_backend_find(const char *name, const bs_backend **backend);

/* Whether NAME is a backend's NAME, or stands for it as bs_backend_find has it. "auto" stands for
 * every accurate one. */
bool bs_backend_answers_to(const bs_backend *backend, const char *name);

/* Which card "cuda" takes among those that this process sees: that of the process with NUMBER on
 * this machine, which take turns with at most CARDS cards (0: all). Before the first use of "cuda".
 */
void bs_backend_share_cards(int number, int cards);

/* What the choice came to; zeros before a card is open. */
enum { BS_BACKEND_CARD_ID = 16 };
typedef struct bs_backend_card {
    const char *name;
    char id[BS_BACKEND_CARD_ID]; /* UUID: processes with the same one share the card */
    int number, seen;            /* of those that this process sees */
} bs_backend_card;
bs_backend_card bs_backend_card_in_use(void);

/* What kernels the program has for GPUs: "sm_80 sm_90 compute_90, by CUDA 13.0". Static. */
const char *bs_backend_cuda_text(void);

#endif
