/* Models: normalise a block of images, run a backend, score the logits. */
#include "blueshift/model.h"

#include <math.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/observer.h"
#include "model_state.h"

static bs_status allocate(bs_model *model)
{
    size_t block = (size_t)model->block;
    model->inputs = bs_alloc(block * BS_IMAGE_BYTES, sizeof *model->inputs);
    model->logits = bs_alloc(block * BS_CLASSES, sizeof *model->logits);
    model->losses = bs_alloc(block, sizeof *model->losses);
    if (model->inputs == NULL || model->logits == NULL || model->losses == NULL) {
        return BS_ERR_MEMORY;
    }
    bool batch = model->network->architecture.norm == BS_NORM_BATCH;
    return model->backend->create(model->network, model->block, batch, &model->state);
}

bs_status bs_model_create(const bs_network *network, const bs_backend *backend, int block,
                          const bs_normalisation *normalisation, bs_model **model)
{
    *model = NULL;
    if (block < 1) {
        return BS_FAIL(BS_ERR_USAGE, "blocks of %d images: a block has at least one", block);
    }
    bs_model *made = bs_alloc(1, sizeof *made);
    if (made == NULL) {
        return BS_ERR_MEMORY;
    }
    made->network = network;
    made->backend = backend;
    made->block = block;
    made->normalisation = *normalisation;
    bs_status status = allocate(made);
    if (status != BS_OK) {
        bs_model_destroy(made);
        return status;
    }
    *model = made;
    return BS_OK;
}

void bs_model_destroy(bs_model *model)
{
    if (model != NULL) {
        if (model->state != NULL) {
            model->backend->destroy(model->state);
        }
        if (model->measuring != NULL) {
            model->backend->destroy(model->measuring);
        }
        bs_free(model->inputs);
        bs_free(model->logits);
        bs_free(model->losses);
        bs_free(model->signals);
        bs_free(model->measured_logits);
        bs_observer_destroy(model->observer);
        if (model->of == NULL) {
            bs_network_destroy(model->extended);
        }
        bs_free(model->both);
        bs_free(model->statistics);
        bs_free(model->tail_losses);
        bs_free(model);
    }
}

bs_status bs_model_observe(bs_model *model, const bs_observables *wanted, uint64_t seed,
                           int64_t images)
{
    if (!wanted->branch_losses && wanted->probes == 0) {
        return BS_OK;
    }
    if (model->network->block_count == 0) {
        return BS_FAIL(BS_ERR_USAGE, "the network has no residual blocks to observe: take "
                                     "observables.branch_losses=false and observables.probes=0");
    }
    BS_TRY(
        bs_observer_create(model->network, wanted, seed, images, model->block, &model->observer));
    return model->backend->observe(model->state, model->observer);
}

bs_status bs_model_extend(bs_model *model, const bs_tail_options *wanted)
{
    BS_TRY(bs_network_add_tails(model->network, wanted, &model->extended));
    const size_t tails = (size_t)model->extended->tail_count;
    double *logits = bs_alloc((1 + tails) * (size_t)model->block * BS_CLASSES, sizeof *logits);
    model->tail_losses = bs_alloc(tails, sizeof *model->tail_losses);
    model->two = wanted->fixed || wanted->foreign;
    model->both = bs_alloc(model->two ? model->extended->parameter_size : 0, sizeof(float));
    if (wanted->foreign) {
        model->statistics = bs_alloc(model->extended->statistic_size, sizeof(float));
    }
    if (logits == NULL || model->tail_losses == NULL || model->both == NULL ||
        (wanted->foreign && model->statistics == NULL)) {
        bs_free(logits);
        return BS_ERR_MEMORY;
    }
    bs_free(model->logits);
    model->logits = logits;
    model->backend->destroy(model->state);
    model->state = NULL;
    bool batch = model->network->architecture.norm == BS_NORM_BATCH;
    return model->backend->create(model->extended, model->block, batch, &model->state);
}

void bs_model_set_second(bs_model *model, const float *theta, const float *statistics)
{
    const size_t size = model->network->statistic_size;
    if (model->two) {
        memcpy(model->both + model->network->parameter_size, theta,
               model->network->parameter_size * sizeof *theta);
    }
    if (model->statistics != NULL && statistics != NULL) {
        memcpy(model->statistics + size, statistics, size * sizeof *statistics);
    }
}

const bs_network *bs_model_extended(const bs_model *model)
{
    return model->extended;
}

const double *bs_model_tail_logits(const bs_model *model, int tail)
{
    return model->scores + (size_t)(1 + tail) * (size_t)model->scored * BS_CLASSES;
}

const double *bs_model_tail_losses(const bs_model *model)
{
    return model->tail_losses;
}

void bs_model_print_plan(const bs_model *model, FILE *out)
{
    model->backend->print_plan(model->state, out);
}

bool bs_model_finite(const bs_model *model, const bs_score *score)
{
    bool finite = isfinite(score->loss_sum);
    for (int t = 0; model->extended != NULL && t < model->extended->tail_count; t++) {
        finite = finite && isfinite(model->tail_losses[t]);
    }
    return finite && (model->observer == NULL || bs_observer_finite(model->observer));
}

const double *bs_model_logits(const bs_model *model)
{
    return model->scores;
}

const double *bs_model_branch_losses(const bs_model *model)
{
    return model->observer == NULL ? NULL : model->observer->losses;
}

const double *bs_model_branch_probes(const bs_model *model)
{
    return model->observer == NULL ? NULL : model->observer->values;
}

bs_status bs_model_load(bs_model *model, const float *theta, const float *statistics)
{
    if (model->two) {
        memcpy(model->both, theta, model->network->parameter_size * sizeof *theta);
        theta = model->both;
    }
    if (model->statistics != NULL && statistics != NULL) {
        memcpy(model->statistics, statistics, model->network->statistic_size * sizeof *statistics);
        statistics = model->statistics;
    }
    return model->backend->load(model->state, theta, statistics);
}

static void score_logits(bs_model *model, const uint8_t *labels, int count, bs_score *score)
{
    *score = (bs_score){.images = count};
    for (int n = 0; n < count; n++) {
        const double *logits = model->scores + (size_t)n * BS_CLASSES;
        model->losses[n] = bs_cross_entropy(logits, BS_CLASSES, labels[n]);
        score->loss_sum += model->losses[n];
        score->correct += bs_is_correct(logits, BS_CLASSES, labels[n]) ? 1.0 : 0.0;
    }
    for (int n = 0; n < count; n++) {
        double deviation = model->losses[n] - score->loss_sum / count;
        score->loss_squares += deviation * deviation;
    }
}

static void score_tails(bs_model *model, const uint8_t *labels, int count)
{
    for (int t = 0; model->extended != NULL && t < model->extended->tail_count; t++) {
        const double *logits = bs_model_tail_logits(model, t);
        model->tail_losses[t] = 0.0;
        for (int n = 0; n < count; n++) {
            model->tail_losses[t] +=
                bs_cross_entropy(logits + (size_t)n * BS_CLASSES, BS_CLASSES, labels[n]);
        }
    }
}

void bs_model_score_logits(bs_model *model, const uint8_t *labels, int count, bs_score *score)
{
    model->scored = count;
    score_logits(model, labels, count, score);
    score_tails(model, labels, count);
}

static bs_status check_range(const bs_images *images, int64_t first, int count)
{
    if (count < 1 || first < 0 || first + count > images->count) {
        return BS_FAIL(BS_ERR_INTERNAL, "images %lld to %lld wanted of %lld", (long long)first,
                       (long long)(first + count - 1), (long long)images->count);
    }
    return BS_OK;
}

bs_status bs_model_check_range(const bs_model *model, const bs_images *images, int64_t first,
                               int count)
{
    BS_TRY(check_range(images, first, count));
    if (count > model->block) {
        return BS_FAIL(BS_ERR_INTERNAL, "%d images given to a model for blocks of %d", count,
                       model->block);
    }
    return BS_OK;
}

bs_status bs_model_score(bs_model *model, const bs_images *images, int64_t first, int count,
                         bs_score *score)
{
    BS_TRY(bs_model_check_range(model, images, first, count));
    bs_images_normalise(images, first, count, &model->normalisation, model->inputs);
    if (model->observer != NULL) {
        bs_observer_begin(model->observer, first, count);
    }
    BS_TRY(model->backend->forward(model->state, model->inputs, count, model->logits));
    model->scores = model->logits;
    bs_model_score_logits(model, images->labels + first, count, score);
    if (model->observer != NULL) {
        bs_observer_score(model->observer, images->labels + first);
    }
    return BS_OK;
}

static bs_status measure(const bs_model *model, void *state, const float *inputs, int count,
                         const float *theta)
{
    double *logits = bs_alloc((size_t)count * BS_CLASSES, sizeof *logits);
    if (logits == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = model->backend->load(state, theta, NULL);
    if (status == BS_OK) {
        status = model->backend->forward(state, inputs, count, logits);
    }
    bs_free(logits);
    return status;
}

bs_status bs_model_measure(const bs_model *model, const float *theta, const bs_images *images,
                           int64_t first, int count, double *statistics)
{
    void *state = model->measuring;
    BS_TRY(check_range(images, first, count));
    float *inputs = bs_alloc((size_t)count * BS_IMAGE_BYTES, sizeof *inputs);
    if (inputs == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status =
        state != NULL ? BS_OK : model->backend->create(model->network, count, true, &state);
    if (status == BS_OK) {
        bs_images_normalise(images, first, count, &model->normalisation, inputs);
        status = measure(model, state, inputs, count, theta);
    }
    if (status == BS_OK) {
        model->backend->batch_statistics(state, statistics);
    }
    if (state != model->measuring) {
        model->backend->destroy(state);
    }
    bs_free(inputs);
    return status;
}
