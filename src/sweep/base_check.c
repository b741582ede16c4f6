/* Whether trained weights do what they were trained for, looked at before a sweep. */
#include "base_check.h"

#include <math.h>
#include <stdio.h>

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

/* Weights that tell their age tell what they were trained with, too: they are young, not misread.
 */
static void say_young(const bs_base_point *base, const char *found)
{
    bs_log(BS_LOG_INFO, "network '%s': after %.0f steps of training %s %s guessing",
           base->spec->name, base->steps, base->file, found);
}

static void suspect(const bs_base_point *base, const char *found)
{
    const bs_normalisation *n = &base->normalisation;
    bs_log(
        BS_LOG_WARNING,
        "network '%s': %s %s guessing. If it is a trained network, check data.normalisation "
        "(mean %.3g %.3g %.3g, std %.3g %.3g %.3g are taken) and networks.shortcut (%s is taken)",
        base->spec->name, base->file, found, n->mean[0], n->mean[1], n->mean[2], n->std[0],
        n->std[1], n->std[2], bs_shortcut_name(base->network->architecture.shortcut));
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
        char found[128];
        snprintf(found, sizeof found,
                 "classifies %.0f of the first %d images, with a mean loss of %.3g: %s",
                 score.correct, count, loss, guesses ? "no better than" : "a larger loss than by");
        (isfinite(base->steps) ? say_young : suspect)(base, found);
    }
    return BS_OK;
}
