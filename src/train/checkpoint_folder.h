/* The checkpoints of a run in their folder: the last ones, and those of a trajectory. Private to
 * training. */
#ifndef BLUESHIFT_TRAIN_CHECKPOINT_FOLDER_H
#define BLUESHIFT_TRAIN_CHECKPOINT_FOLDER_H

#include <limits.h>

#include "checkpoint.h"

/* The name of a run in names of files: "0-Short-r2". */
enum { BS_CHECKPOINT_STEM = NAME_MAX / 2 };
void bs_checkpoint_stem(int network, const char *name, uint32_t realisation,
                        char stem[BS_CHECKPOINT_STEM]);

/* "FOLDER/NETWORK-rREALISATION-STEP.checkpoint", and .safetensors of a trajectory. */
typedef struct bs_checkpoint_folder {
    const char *folder; /* borrowed */
    char stem[BS_CHECKPOINT_STEM];
    int lock; /* descriptor; -1: none */
} bs_checkpoint_folder;

/* Makes the folder if need be, and keeps other jobs away from this run's checkpoints. BS_ERR_INPUT
 * when a living job is at it, BS_ERR_IO. The caller closes it. Rank 0 alone, as everything here. */
bs_status bs_checkpoint_folder_open(const char *folder, int network, const char *name,
                                    uint32_t realisation, bs_checkpoint_folder *out);
void bs_checkpoint_folder_close(bs_checkpoint_folder *folder);

/* The name of the file with ENDING (".checkpoint") after STEP steps. */
void bs_checkpoint_path(const bs_checkpoint_folder *folder, int64_t step, const char *ending,
                        char path[PATH_MAX]);

/* How many files with ENDING there are of the run, and the steps behind the LAST; zeros without.
 * BS_ERR_IO when the folder cannot be read. */
bs_status bs_checkpoint_folder_count(const bs_checkpoint_folder *folder, const char *ending,
                                     int64_t *count, int64_t *last);

/* Takes the last whole checkpoint; none leaves CHECKPOINT as it is. A damaged one is named, and the
 * one before it taken; when all are damaged BS_ERR_INPUT. BS_ERR_USAGE for another training's. */
bs_status bs_checkpoint_folder_load(const bs_checkpoint_folder *folder, const char *identity,
                                    bs_checkpoint *checkpoint);

/* Writes one, and removes all but the last KEEP. */
bs_status bs_checkpoint_folder_store(const bs_checkpoint_folder *folder, const char *identity,
                                     const bs_checkpoint *checkpoint, int64_t keep);

#endif
