/* The backend that all ranks of a sweep use. Private to src/sweep. */
#ifndef BLUESHIFT_SWEEP_BACKEND_CHOICE_H
#define BLUESHIFT_SWEEP_BACKEND_CHOICE_H

#include <stdbool.h>

#include "blueshift/backend.h"
#include "blueshift/comm.h"

/* What a backend has to take. */
typedef struct bs_backend_need {
    const char *name; /* as bs_backend_find has it; "auto" also stands for the GPU's */
    int network_count;
    const bs_network *const *networks; /* borrowed during the call */
    bool observed;                     /* branch losses or probes */
    bool recomputed;                   /* statistics of running norms are measured at every point */
    int cards;                         /* a node at most; 0: all */
    const char *preferred; /* is taken, though slower, where all ranks have it; NULL: none */
} bs_backend_need;

/* The first backend of NEED's name that all ranks can run, fastest first: a value must not depend
 * on who computed it. "auto" takes a GPU only where every rank has one of the same kind and it has
 * kernels for all that is needed. Says so where a rank alone would have taken a faster one, and how
 * ranks share cards. BS_ERR_USAGE or BS_ERR_DEVICE says what there is not. Collective over WORLD.
 */
bs_status bs_backend_choose(const bs_comm *world, const bs_backend_need *need,
                            const bs_backend **backend);

#endif
