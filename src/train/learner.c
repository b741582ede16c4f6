/* Makes the images of micro-batches, and runs the network forward and backward on them. */
#include "learner.h"

#include "blueshift/memory.h"

/* Of running statistics, PyTorch's default. */
static const double RUNNING_SHARE = 0.1;

struct bs_learner {
    bs_lesson lesson;
    void *state;   /* of the backend */
    int64_t epoch; /* whose order there is; -1: none */
    int64_t *order;
    uint8_t *pixels, *labels; /* of a micro-batch, augmented */
    float *inputs;
    double *logits, *logits_gradient;
    bs_loss_totals totals;
};

static bs_status allocate(bs_learner *l)
{
    const bs_lesson *s = &l->lesson;
    size_t size = (size_t)s->size;
    l->order = bs_alloc((size_t)s->images->count, sizeof *l->order);
    l->pixels = bs_alloc(size, BS_IMAGE_BYTES);
    l->labels = bs_alloc(size, sizeof *l->labels);
    l->inputs = bs_alloc(size * BS_IMAGE_BYTES, sizeof *l->inputs);
    l->logits = bs_alloc(size * BS_CLASSES, sizeof *l->logits);
    l->logits_gradient = bs_alloc(size * BS_CLASSES, sizeof *l->logits_gradient);
    if (l->order == NULL || l->pixels == NULL || l->labels == NULL || l->inputs == NULL ||
        l->logits == NULL || l->logits_gradient == NULL) {
        return BS_ERR_MEMORY;
    }
    bool batch = s->network->architecture.norm == BS_NORM_BATCH;
    BS_TRY(s->backend->create(s->network, s->size, batch, &l->state));
    return s->backend->train(l->state);
}

bs_status bs_learner_create(const bs_lesson *lesson, bs_learner **learner)
{
    *learner = NULL;
    bs_learner *made = bs_alloc(1, sizeof *made);
    if (made == NULL) {
        return BS_ERR_MEMORY;
    }
    made->lesson = *lesson;
    made->epoch = -1;
    bs_status status = allocate(made);
    if (status != BS_OK) {
        bs_learner_destroy(made);
        return status;
    }
    *learner = made;
    return BS_OK;
}

void bs_learner_destroy(bs_learner *l)
{
    if (l == NULL) {
        return;
    }
    if (l->state != NULL) {
        l->lesson.backend->destroy(l->state);
    }
    bs_free(l->order);
    bs_free(l->pixels);
    bs_free(l->labels);
    bs_free(l->inputs);
    bs_free(l->logits);
    bs_free(l->logits_gradient);
    bs_free(l);
}

bs_status bs_learner_load(bs_learner *learner, const float *theta)
{
    return learner->lesson.backend->load(learner->state, theta, NULL);
}

/* Augmented images and their labels. */
static void fetch(bs_learner *l, const bs_batch *micro)
{
    const bs_lesson *s = &l->lesson;
    const bs_epoch epoch = {s->seed, s->realisation, (uint32_t)micro->epoch};
    if (l->epoch != micro->epoch) {
        bs_epoch_order(&epoch, s->images->count, l->order);
        l->epoch = micro->epoch;
    }
    for (int64_t i = 0; i < micro->count; i++) {
        int64_t number = l->order[micro->first + i];
        bs_epoch_augment(&epoch, s->training->augmentation, s->images, number,
                         l->pixels + i * BS_IMAGE_BYTES);
        l->labels[i] = s->images->labels[number];
    }
}

bs_status bs_learner_evaluate(bs_learner *l, const bs_batch *micro, double scale, float *gradient,
                              const bs_gradient_sink *sink)
{
    const bs_lesson *s = &l->lesson;
    const int count = (int)micro->count;
    const bs_loss loss = {
        .classes = BS_CLASSES, .smoothing = s->training->label_smoothing, .scale = scale};
    fetch(l, micro);
    const bs_images images = {.count = count, .pixels = l->pixels, .labels = l->labels};
    bs_images_normalise(&images, 0, count, s->normalisation, l->inputs);
    BS_TRY(s->backend->forward(l->state, l->inputs, count, l->logits));
    l->totals = (bs_loss_totals){0};
    bs_loss_evaluate(&loss, l->logits, l->labels, count, l->logits_gradient, &l->totals);
    return s->backend->backward(l->state, l->logits_gradient, gradient, sink);
}

const bs_loss_totals *bs_learner_totals(const bs_learner *learner)
{
    return &learner->totals;
}

void bs_learner_statistics(const bs_learner *learner, double *statistics)
{
    if (learner->lesson.network->architecture.norm == BS_NORM_BATCH) {
        learner->lesson.backend->batch_statistics(learner->state, statistics);
    }
}

static void move_on(const bs_tensor *tensor, double factor, const double *statistics,
                    float *running)
{
    for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i++) {
        running[i] = (float)((1.0 - RUNNING_SHARE) * (double)running[i] +
                             RUNNING_SHARE * factor * statistics[i]);
    }
}

void bs_running_update(const bs_network *network, int64_t count, const double *statistics,
                       float *running)
{
    for (int i = 0; i < network->layer_count; i++) {
        const bs_layer *layer = &network->layers[i];
        if (layer->kind == BS_LAYER_NORM) {
            double values = (double)count * layer->height * layer->width;
            move_on(&network->statistics[layer->mean], 1.0, statistics, running);
            move_on(&network->statistics[layer->variance], values / (values - 1.0), statistics,
                    running);
        }
    }
}
