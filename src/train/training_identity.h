/* What decides the values of a training, as text to compare. Private to training. */
#ifndef BLUESHIFT_TRAIN_TRAINING_IDENTITY_H
#define BLUESHIFT_TRAIN_TRAINING_IDENTITY_H

#include "blueshift/backend.h"
#include "blueshift/base_point.h"
#include "blueshift/shared_images.h"

typedef struct bs_training_subject {
    const bs_experiment *experiment;
    const bs_backend *backend;
    const bs_shared_images *images, *tests; /* TESTS: NULL without */
} bs_training_subject;

/* Of all runs together: the experiment, the images, the backend. A new string for bs_free. */
bs_status bs_training_identity(const bs_training_subject *subject, char **text);

/* Of one run, whose NETWORK of the experiment has read BASE. What the experiment says of other
 * networks is no part of it, so that networks and realisations can be added. */
bs_status bs_run_identity(const bs_training_subject *subject, const bs_base_point *base,
                          int network, uint32_t realisation, char **text);

#endif
