/* One checkpoint: everything that a run resumes from, in a file that is whole or is not believed.
 * Private to training. */
#ifndef BLUESHIFT_TRAIN_CHECKPOINT_H
#define BLUESHIFT_TRAIN_CHECKPOINT_H

#include <stddef.h>

#include "run_log.h"

/* The state after LOG->done steps. Arrays are the caller's. */
typedef struct bs_checkpoint {
    size_t parameter_size, statistic_size;
    float *theta, *momentum; /* [parameter_size] */
    float *statistics;       /* [statistic_size], running */
    bs_run_log *log;
} bs_checkpoint;

/* Bytes of its file, with the IDENTITY of its run. Pure: of the arrays only the sizes count. */
size_t bs_checkpoint_bytes(const char *identity, const bs_checkpoint *checkpoint);

/* Writes it with the IDENTITY of its run: on the disk under a temporary name, then renamed; its
 * last 64 bytes are the SHA-256 of all others. Replaces an older one. BS_ERR_IO. Not collective. */
bs_status bs_checkpoint_write(const char *path, const char *identity,
                              const bs_checkpoint *checkpoint);

/* Reads it into CHECKPOINT, whose arrays have their sizes. BS_ERR_INPUT when the file is damaged;
 * BS_ERR_USAGE when its run has another identity, with both lines; then the arrays and the log are
 * as they were. BS_ERR_IO when the system cannot read. Not collective. */
bs_status bs_checkpoint_read(const char *path, const char *identity, bs_checkpoint *checkpoint);

#endif
