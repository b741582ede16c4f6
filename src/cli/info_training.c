/* The log of a training in lines. */
#include "info_training.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/dataset.h"
#include "blueshift/experiment.h"
#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "blueshift/training_files.h"
#include "blueshift/training_outcomes.h"
#include "info_text.h"
#include "report_training.h"

enum { DIMS = 64 };

/* The arrays of a log: over epochs, accuracies behind their losses, then over steps. */
enum {
    TRAIN_LOSS,
    TRAIN_ACCURACY,
    TEST_LOSS,
    TEST_ACCURACY,
    GRADIENT_NORM,
    SPEED,
    STEP_LOSS,
    STEP_RATE,
    ARRAYS
};
static const char *const array_names[ARRAYS] = {
    "train_loss",    "train_accuracy",    "test_loss", "test_accuracy",
    "gradient_norm", "images_per_second", "step_loss", "step_learning_rate"};

typedef struct training_info {
    const bs_dataset *dataset;
    const bs_experiment *experiment; /* NULL: of another version, not understood */
    int64_t images;                  /* of an epoch; 0: unknown */
    int64_t test_images;
    const double *values[ARRAYS];
} training_info;

static int64_t length_of(const training_info *t, const char *dimension)
{
    return bs_dataset_length(t->dataset, dimension);
}

static const char *dimension_of(int array)
{
    return array < STEP_LOSS ? "epoch" : "step";
}

static bs_status find_arrays(training_info *t)
{
    for (int a = 0; a < ARRAYS; a++) {
        char dims[DIMS];
        snprintf(dims, sizeof dims, "network realisation %s", dimension_of(a));
        t->values[a] = bs_dataset_values(t->dataset, array_names[a]);
        if (!bs_dataset_is_over(t->dataset, array_names[a], dims)) {
            return BS_FAIL(BS_ERR_INPUT,
                           "the log has no %s over networks, realisations and %ss: it is damaged, "
                           "or another program cut it",
                           array_names[a], dimension_of(a));
        }
    }
    return BS_OK;
}

/* The values of a run, RUN = network * realisations + realisation. */
static const double *values_of(const training_info *t, int array, int64_t run)
{
    return t->values[array] + run * length_of(t, dimension_of(array));
}

/* The number behind KEY in the identity; 0: not there. */
static int64_t identity_number(const training_info *t, const char *key)
{
    const char *line = bs_dataset_attribute(t->dataset, BS_TRAINING_IDENTITY);
    int64_t number = 0;
    for (; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, key, strlen(key)) == 0) {
            char text[BS_TEXT_DOUBLE];
            const char *digits = line + strlen(key);
            snprintf(text, sizeof text, "%.*s", (int)strcspn(digits, "\n"), digits);
            bs_text_to_int64(text, &number);
        }
    }
    return number;
}

/* ---- what all runs share ---- */

static void print_plan(FILE *out, const training_info *t)
{
    const bs_experiment *e = t->experiment;
    const bs_training *k = &e->train;
    fprintf(out,
            "%-12s %" PRId64 " steps in %" PRId64 " epoch%s, of %" PRId64
            " images in micro-batches of %" PRIu32 "\n",
            "training", length_of(t, "step"), length_of(t, "epoch"),
            length_of(t, "epoch") == 1 ? "" : "s", k->batch, e->batch);
    fprintf(out, "%-12s learning rate %g, %s", "", k->learning_rate,
            bs_words_name(&bs_rate_schedule_words, (int)k->schedule));
    if (k->warm_up > 0) {
        fprintf(out, ", warm-up %g", k->warm_up);
    }
    fprintf(out, "; %smomentum %g; weight decay %g (%s)", k->nesterov ? "Nesterov " : "",
            k->momentum, k->weight_decay, bs_words_name(&bs_decay_words, (int)k->decay));
    if (k->label_smoothing > 0) {
        fprintf(out, "; label smoothing %g", k->label_smoothing);
    }
    fprintf(out, "; augmentation %s\n",
            bs_words_name(&bs_augmentation_words, (int)k->augmentation));
}

static void print_origin(FILE *out, const training_info *t)
{
    static const char *const names[] = {"title",   "networks", "source", "backend",
                                        "history", "host",     "build",  "libraries"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bs_info_print_text(out, names[i], bs_dataset_attribute(t->dataset, names[i]));
    }
    fprintf(out, "%-12s %" PRId64 " training images", "images", t->images);
    if (t->test_images > 0) {
        fprintf(out, ", %" PRId64 " test images", t->test_images);
    }
    fprintf(out, "\n%-12s %.0f\n", "seed", bs_dataset_attribute_number(t->dataset, "seed"));
    if (t->experiment != NULL) {
        print_plan(out, t);
    }
}

/* ---- a run ---- */

/* How many values are there: those that are not are NaN, at the end. */
static int64_t count_known(const double *values, int64_t length)
{
    int64_t known = 0;
    while (known < length && !isnan(values[known])) {
        known++;
    }
    return known;
}

/* "loss 1.2 (lowest 1.1 after epoch 3)", of the epochs that have one; false: none has. */
static bool print_numbers(FILE *out, const training_info *t, int array, int64_t run, bool lowest)
{
    const double *values = values_of(t, array, run);
    int64_t best = -1;
    int64_t last = -1;
    for (int64_t i = 0; i < length_of(t, "epoch"); i++) {
        if (isfinite(values[i])) {
            last = i;
            best = best < 0 || (lowest ? values[i] < values[best] : values[i] > values[best])
                       ? i
                       : best;
        }
    }
    if (last < 0) {
        return false;
    }
    fprintf(out,
            lowest ? "loss %.4f (lowest %.4f, epoch %" PRId64 ")"
                   : ", accuracy %.2f %% (highest %.2f %%, epoch %" PRId64 ")\n",
            values[last], values[best], best + 1);
    return true;
}

/* Loss and accuracy, whose array follows, or the word NONE. */
static void print_split(FILE *out, const training_info *t, int loss, int64_t run, const char *none)
{
    fprintf(out, "  %-14s ", loss == TRAIN_LOSS ? "training" : "test");
    if (!print_numbers(out, t, loss, run, true) || !print_numbers(out, t, loss + 1, run, false)) {
        fprintf(out, "%s\n", none);
    }
}

static void print_speed(FILE *out, const training_info *t, int64_t run, int64_t steps)
{
    int64_t epochs = count_known(values_of(t, TRAIN_LOSS, run), length_of(t, "epoch"));
    fprintf(out, "  %-14s %.3g in the last step", "learning rate",
            values_of(t, STEP_RATE, run)[steps - 1]);
    if (epochs > 0) {
        fprintf(out, "; gradient norm %.3g in the last epoch; %.0f images/s",
                values_of(t, GRADIENT_NORM, run)[epochs - 1], values_of(t, SPEED, run)[epochs - 1]);
    }
    fprintf(out, "\n");
}

/* The files as the training named them. */
static bs_status print_files(FILE *out, const training_info *t, int network, uint32_t realisation)
{
    bs_training_kept kept;
    BS_TRY(bs_training_list_kept(t->experiment, network, realisation, &kept));
    char *weights = bs_training_weights_path(t->experiment, network, realisation);
    if (weights == NULL) {
        return BS_ERR_MEMORY;
    }
    fprintf(out, "  %-14s %s%s\n", "weights", weights,
            access(weights, F_OK) == 0 ? "" : " (not there)");
    bs_free(weights);
    fprintf(out, "  %-14s %" PRId64 " in %s", "checkpoints", kept.checkpoints,
            t->experiment->checkpoints);
    if (kept.checkpoints > 0) {
        fprintf(out, ", the last after step %" PRId64, kept.last);
    }
    if (kept.weights > 0) {
        fprintf(out, "; %" PRId64 " weights of its way", kept.weights);
    }
    fprintf(out, "\n");
    return BS_OK;
}

static bs_status print_run(FILE *out, const training_info *t, int64_t run, const char *name)
{
    const int64_t realisations = length_of(t, "realisation");
    const int64_t steps = count_known(values_of(t, STEP_LOSS, run), length_of(t, "step"));
    fprintf(out, "%s", name);
    if (realisations > 1) {
        fprintf(out, " #%" PRId64, run % realisations);
    }
    if (steps == 0) {
        fprintf(out, ": not begun\n");
        return BS_OK;
    }
    fprintf(out, ": %" PRId64 " of %" PRId64 " steps", steps, length_of(t, "step"));
    if (t->experiment != NULL && t->images > 0) {
        double length = (double)bs_training_epoch_steps(&t->experiment->train, t->images);
        fprintf(out, ", %.4g epochs", (double)steps / length);
    }
    fprintf(out, "\n");
    print_split(out, t, TRAIN_LOSS, run, "none");
    print_split(out, t, TEST_LOSS, run, t->test_images > 0 ? "none yet" : "none");
    print_speed(out, t, run, steps);
    return t->experiment == NULL
               ? BS_OK
               : print_files(out, t, (int)(run / realisations), (uint32_t)(run % realisations));
}

static bs_status print_runs(FILE *out, const training_info *t)
{
    const int64_t realisations = length_of(t, "realisation");
    const int64_t runs = length_of(t, "network") * realisations;
    for (int64_t run = 0; run < runs && run < BS_INFO_LINES_MAX; run++) {
        char name[BS_TRAINED_NAME];
        bs_trained_name(t->dataset, run / realisations, name);
        BS_TRY(print_run(out, t, run, name));
    }
    if (runs > BS_INFO_LINES_MAX) {
        fprintf(out, "%" PRId64 " more runs\n", runs - BS_INFO_LINES_MAX);
    }
    return BS_OK;
}

bs_status bs_info_print_training(FILE *out, const char *path)
{
    bs_dataset *dataset = NULL;
    bs_experiment *experiment = NULL;
    BS_TRY(bs_dataset_read(path, &dataset));
    training_info t = {.dataset = dataset};
    bs_status status = find_arrays(&t);
    if (status == BS_OK) {
        t.images = identity_number(&t, "images: ");
        t.test_images = identity_number(&t, "test_images: ");
        if (bs_experiment_parse(bs_dataset_attribute(dataset, "experiment"), "experiment", 0, NULL,
                                &experiment) == BS_OK &&
            experiment->network_count == length_of(&t, "network") &&
            experiment->realisations == length_of(&t, "realisation")) {
            t.experiment = experiment;
        }
        fprintf(out, "%s\n", path);
        print_origin(out, &t);
        status = print_runs(out, &t);
        status = status == BS_OK ? bs_report_training(out, dataset) : status;
    }
    bs_experiment_destroy(experiment);
    bs_dataset_destroy(dataset);
    return status == BS_ERR_INPUT ? BS_FAIL(status, "%s: %s", path, bs_error_text()) : status;
}
