/* The random numbers of the observables, for other programs. Private to src/cli. */
#ifndef BLUESHIFT_CLI_EXPORT_OBSERVABLES_H
#define BLUESHIFT_CLI_EXPORT_OBSERVABLES_H

#include "blueshift/experiment.h"

/* Where the numbers go, and the metadata of the file. Borrowed. */
typedef struct bs_observables_output {
    const char *path;
    bool replace;
    const char *const *notes; /* name, text, ..., NULL */
} bs_observables_output;

/* Writes OUT.safetensors: of every block B of NETWORK with branch losses "head.B"
 * [channels][classes], and with probes "probe.B" [probes][probe_images][4]: image, channel, row,
 * column. In single precision, in which positions are exact and heads rounded (the sweep has them
 * in double). IMAGES: those evaluated. BS_ERR_USAGE when the experiment has neither, or the network
 * no blocks.
 */
bs_status bs_export_observables(const bs_observables_output *output,
                                const bs_experiment *experiment, const bs_network *network,
                                int64_t images);

#endif
