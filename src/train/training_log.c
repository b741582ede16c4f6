/* Arrays over runs, epochs and steps, and the file that holds them. */
#include "training_log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/claim.h"
#include "blueshift/dataset.h"
#include "blueshift/learning_rate.h"
#include "blueshift/memory.h"
#include "blueshift/output_file.h"
#include "blueshift/provenance.h"
#include "blueshift/trainer.h"

typedef struct array_row {
    const char *name, *units, *long_name;
} array_row;

enum { TRAIN_LOSS, TRAIN_ACCURACY, TEST_LOSS, TEST_ACCURACY, GRADIENT_NORM, SPEED };
static const array_row epoch_rows[BS_LOG_EPOCH_ARRAYS] = {
    [TRAIN_LOSS] = {"train_loss", "1", "loss in training, mean over the images of the epoch"},
    [TRAIN_ACCURACY] = {"train_accuracy", "percent", "accuracy in training, over the epoch"},
    [TEST_LOSS] = {"test_loss", "1", "mean cross-entropy of the test images after the epoch"},
    [TEST_ACCURACY] = {"test_accuracy", "percent", "accuracy on the test images after the epoch"},
    [GRADIENT_NORM] = {"gradient_norm", "1", "norm of the gradient, mean over the epoch's steps"},
    [SPEED] = {"images_per_second", "s-1", "of the epoch's steps, tests left out"},
};

enum { STEP_LOSS, STEP_ACCURACY, STEP_RATE, STEP_NORM };
static const array_row step_rows[BS_LOG_STEP_ARRAYS] = {
    [STEP_LOSS] = {"step_loss", "1", "loss in training, mean over the images of the step"},
    [STEP_ACCURACY] = {"step_accuracy", "percent", "accuracy in training, over the step"},
    [STEP_RATE] = {"step_learning_rate", "1", "learning rate"},
    [STEP_NORM] = {"step_gradient_norm", "1",
                   "norm of the gradient of the mean loss, without weight decay"},
};

static const char EPOCH_DIMS[] = "network realisation epoch";
static const char STEP_DIMS[] = "network realisation step";

static const double PERCENT = 100.0;

/* COUNT arrays of LENGTH values that are not there yet. */
static bs_status allocate(double **arrays, int count, size_t length)
{
    for (int i = 0; i < count; i++) {
        arrays[i] = bs_alloc(length, sizeof **arrays);
        if (arrays[i] == NULL) {
            return BS_ERR_MEMORY;
        }
        for (size_t j = 0; j < length; j++) {
            arrays[i][j] = NAN;
        }
    }
    return BS_OK;
}

bs_status bs_training_log_init(bs_training_log *log)
{
    const bs_training *t = &log->experiment->train;
    log->runs = (int64_t)log->experiment->network_count * log->experiment->realisations;
    log->epochs = bs_training_epochs(t, log->images);
    log->steps = bs_training_steps(t, log->images);
    log->claim = bs_strdup(log->experiment->claim);
    if (log->claim == NULL) {
        return BS_ERR_MEMORY;
    }
    BS_TRY(allocate(log->epoch_values, BS_LOG_EPOCH_ARRAYS, (size_t)(log->runs * log->epochs)));
    return allocate(log->step_values, BS_LOG_STEP_ARRAYS, (size_t)(log->runs * log->steps));
}

void bs_training_log_release(bs_training_log *log)
{
    bs_free(log->claim);
    log->claim = NULL;
    for (int i = 0; i < BS_LOG_EPOCH_ARRAYS; i++) {
        bs_free(log->epoch_values[i]);
        log->epoch_values[i] = NULL;
    }
    for (int i = 0; i < BS_LOG_STEP_ARRAYS; i++) {
        bs_free(log->step_values[i]);
        log->step_values[i] = NULL;
    }
}

double bs_training_log_bytes(const bs_experiment *experiment, int64_t epochs, int64_t steps)
{
    const double runs = (double)experiment->network_count * experiment->realisations;
    return sizeof(double) * runs *
           (BS_LOG_EPOCH_ARRAYS * (double)epochs + BS_LOG_STEP_ARRAYS * (double)steps);
}

static void take_step(bs_training_log *log, int64_t index, const bs_run_log *run, int64_t step)
{
    const int64_t at = index * log->steps + step;
    const bs_step_record *record = &run->steps[step];
    const double images = (double)bs_training_batch(run->training, run->images, step).count;
    log->step_values[STEP_LOSS][at] = record->loss / images;
    log->step_values[STEP_ACCURACY][at] = PERCENT * record->correct / images;
    log->step_values[STEP_RATE][at] = bs_learning_rate(run->training, step, run->step_count);
    log->step_values[STEP_NORM][at] = record->gradient_norm;
}

/* What an older log had of run INDEX: a run that resumes may have lost its last steps. */
static void forget(bs_training_log *log, int64_t index)
{
    for (int i = 0; i < BS_LOG_EPOCH_ARRAYS; i++) {
        for (int64_t epoch = 0; epoch < log->epochs; epoch++) {
            log->epoch_values[i][index * log->epochs + epoch] = NAN;
        }
    }
    for (int i = 0; i < BS_LOG_STEP_ARRAYS; i++) {
        for (int64_t step = 0; step < log->steps; step++) {
            log->step_values[i][index * log->steps + step] = NAN;
        }
    }
}

void bs_training_log_take(bs_training_log *log, int64_t index, const bs_run_log *run)
{
    forget(log, index);
    for (int64_t step = 0; step < run->done; step++) {
        take_step(log, index, run, step);
    }
    for (int64_t epoch = 0; epoch < run->epoch_count; epoch++) {
        const int64_t at = index * log->epochs + epoch;
        const bs_epoch_summary s = bs_run_log_epoch(run, epoch);
        log->epoch_values[TEST_LOSS][at] = run->tests[epoch].loss;
        log->epoch_values[TEST_ACCURACY][at] = run->tests[epoch].accuracy;
        if (s.images > 0) {
            log->epoch_values[TRAIN_LOSS][at] = s.loss;
            log->epoch_values[TRAIN_ACCURACY][at] = s.accuracy;
            log->epoch_values[GRADIENT_NORM][at] = s.gradient_norm;
            log->epoch_values[SPEED][at] = s.images_per_second;
        }
    }
}

/* The FOUND log is this training's, or what differs. */
static bs_status compare(const bs_training_log *log, const bs_dataset *found, const char *path)
{
    enum { LINE = 160 };
    char theirs[LINE];
    char ours[LINE];
    return bs_experiment_difference(bs_dataset_attribute(found, BS_TRAINING_IDENTITY),
                                    log->identity, theirs, ours, LINE)
               ? BS_FAIL(BS_ERR_USAGE,
                         "%s: belongs to another training: the file has '%s', this run has '%s'. "
                         "Choose another output file, or remove this one",
                         path, theirs, ours)
               : BS_OK;
}

static bs_status take_claim(bs_training_log *log, const bs_dataset *found)
{
    bs_free(log->claim);
    log->claim = bs_strdup(bs_dataset_attribute(found, BS_CLAIM_ATTRIBUTE));
    return log->claim == NULL ? BS_ERR_MEMORY : BS_OK;
}

/* COUNT arrays over the dimensions DIMS, of LENGTH values. */
static void take_arrays(const bs_dataset *found, const array_row *rows, int count, const char *dims,
                        double *const *values, int64_t length)
{
    for (int i = 0; i < count; i++) {
        if (bs_dataset_is_over(found, rows[i].name, dims)) {
            memcpy(values[i], bs_dataset_values(found, rows[i].name),
                   (size_t)length * sizeof **values);
        }
    }
}

/* All runs of a log of as many: those that are not trained now stay in it. */
static void take_values(const bs_training_log *log, const bs_dataset *found)
{
    const bs_experiment *e = log->experiment;
    if (bs_dataset_length(found, "network") == e->network_count &&
        bs_dataset_length(found, "realisation") == e->realisations &&
        bs_dataset_length(found, "epoch") == log->epochs &&
        bs_dataset_length(found, "step") == log->steps) {
        take_arrays(found, epoch_rows, BS_LOG_EPOCH_ARRAYS, EPOCH_DIMS, log->epoch_values,
                    log->runs * log->epochs);
        take_arrays(found, step_rows, BS_LOG_STEP_ARRAYS, STEP_DIMS, log->step_values,
                    log->runs * log->steps);
    }
}

bs_status bs_training_log_resume(bs_training_log *log, const char *path)
{
    bs_dataset *found = NULL;
    if (access(path, F_OK) != 0) {
        return BS_OK;
    }
    if (!bs_dataset_is(path, BS_TRAINING_IDENTITY)) {
        return bs_output_file_refuse(path);
    }
    BS_TRY(bs_dataset_read(path, &found));
    bs_status status = compare(log, found, path);
    if (status == BS_OK) {
        take_values(log, found);
        status = take_claim(log, found);
    }
    bs_dataset_destroy(found);
    return status;
}

/* The networks' names, a line each, in a new string for free. */
static char *list_networks(const bs_experiment *e)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    for (unsigned i = 0; out != NULL && i < e->network_count; i++) {
        fprintf(out, "%s%s", i > 0 ? "\n" : "", e->networks[i].name);
    }
    return out != NULL && fclose(out) == 0 ? text : NULL;
}

static bs_status add_attributes(const bs_training_log *log, bs_dataset *d)
{
    const bs_experiment *e = log->experiment;
    char created[32];
    char *names = list_networks(e);
    if (names == NULL) {
        return BS_FAIL(BS_ERR_MEMORY, "out of memory for the names of the networks");
    }
    bs_time_text(created, sizeof created);
    bs_status status = bs_dataset_text(d, "networks", names);
    free(names);
    BS_TRY(status);
    const char *const texts[][2] = {
        {"Conventions", "CF-1.8"},
        {"title", "Training"},
        {"source", bs_version_text()},
        {"history", created},
        {"comment", "Values do not depend on ranks or restarts, but for images_per_second."},
        {"experiment", e->yaml},
        {BS_TRAINING_IDENTITY, log->identity},
        {"backend", log->backend->name},
        {"arithmetic", log->backend->arithmetic},
        {"host", bs_host_text()},
        {"build", bs_build_text()},
        {"libraries", bs_libraries_text()},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        BS_TRY(bs_dataset_text(d, texts[i][0], texts[i][1]));
    }
    if (log->claim[0] != '\0') {
        BS_TRY(bs_dataset_text(d, BS_CLAIM_ATTRIBUTE, log->claim));
    }
    BS_TRY(bs_dataset_number(d, "seed", (double)e->seed));
    return bs_dataset_number(d, "ranks", log->ranks);
}

static bs_status add_arrays(bs_dataset *d, const array_row *rows, int count, const char *dims,
                            double *const *values, size_t length)
{
    for (int i = 0; i < count; i++) {
        double *copy = NULL;
        BS_TRY(bs_dataset_array(d, rows[i].name, dims, rows[i].units, rows[i].long_name, &copy));
        memcpy(copy, values[i], length * sizeof *copy);
    }
    return BS_OK;
}

static bs_status fill(const bs_training_log *log, bs_dataset *d)
{
    const bs_experiment *e = log->experiment;
    BS_TRY(add_attributes(log, d));
    BS_TRY(bs_dataset_dimension(d, "network", e->network_count));
    BS_TRY(bs_dataset_dimension(d, "realisation", e->realisations));
    BS_TRY(bs_dataset_dimension(d, "epoch", log->epochs));
    BS_TRY(bs_dataset_dimension(d, "step", log->steps));
    BS_TRY(add_arrays(d, epoch_rows, BS_LOG_EPOCH_ARRAYS, EPOCH_DIMS, log->epoch_values,
                      (size_t)(log->runs * log->epochs)));
    return add_arrays(d, step_rows, BS_LOG_STEP_ARRAYS, STEP_DIMS, log->step_values,
                      (size_t)(log->runs * log->steps));
}

bs_status bs_training_log_write(const bs_training_log *log, const char *path)
{
    bs_dataset *d = NULL;
    BS_TRY(bs_dataset_create(&d));
    bs_status status = fill(log, d);
    if (status == BS_OK) {
        status = bs_dataset_write(d, path, true);
    }
    bs_dataset_destroy(d);
    return status;
}
