/* Whether trained weights do what they were trained for, looked at before a sweep. */
#include "base_check.h"

#include <math.h>

#include "blueshift/log.h"
#include "blueshift/model.h"

enum { IMAGES_MIN = 16, IMAGES_MAX = 64 };

/* Twice as many as by chance: 2.7 standard deviations of 64 guesses above it, and far below what a
 * trained network reaches; a loss above ln 10 is worse than no network. */
static const double SUSPICIOUS = 2.0 / BS_CLASSES;

static bs_status score_images(const bs_base_point *base, const bs_images *images, int count,
                              bs_score *score)
{
    const bs_backend *backend = NULL;
    bs_model *model = NULL;
    BS_TRY(bs_backend_find("auto", &backend));
    BS_TRY(bs_model_create(base->network, backend, count, &base->normalisation, &model));
    bs_status status = bs_model_load(model, base->weights[0], base->statistics[0]);
    if (status == BS_OK) {
        status = bs_model_score(model, images, 0, count, score);
    }
    bs_model_destroy(model);
    return status;
}

bs_status bs_base_check(const bs_base_point *base, const bs_images *images)
{
    int count = images->count < IMAGES_MAX ? (int)images->count : IMAGES_MAX;
    bool trained = base->weights[0] != NULL;
    bool begun = base->steps != 0.0; /* those of a training's start are known to know nothing */
    if (!trained || !begun || base->network->architecture.norm == BS_NORM_FROZEN ||
        count < IMAGES_MIN) {
        return BS_OK;
    }
    bs_score score = {0};
    BS_TRY(score_images(base, images, count, &score));
    double loss = score.loss_sum / count;
    bool guesses = score.correct < SUSPICIOUS * count;
    if (guesses || !(loss < log(BS_CLASSES))) {
        bs_log(BS_LOG_WARNING,
               "network '%s': %s classifies %.0f of the first %d images, with a mean loss of %.3g: "
               "%s guessing. If it is a trained network, check data.normalisation (mean "
               "%.3g %.3g %.3g, std %.3g %.3g %.3g are taken) and networks.shortcut (%s is taken)",
               base->spec->name, base->spec->weights, score.correct, count, loss,
               guesses ? "no better than" : "a larger loss than by", base->normalisation.mean[0],
               base->normalisation.mean[1], base->normalisation.mean[2], base->normalisation.std[0],
               base->normalisation.std[1], base->normalisation.std[2],
               bs_shortcut_name(base->network->architecture.shortcut));
    }
    return BS_OK;
}
