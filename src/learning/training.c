/* Steps, batches and micro-batches, and the words for the choices of a training. */
#include "blueshift/training.h"

const bs_words bs_rate_schedule_words =
    BS_WORDS([BS_RATE_CONSTANT] = "constant", [BS_RATE_STEP] = "step", [BS_RATE_COSINE] = "cosine",
             [BS_RATE_ONE_CYCLE] = "one-cycle");
const bs_words bs_augmentation_words =
    BS_WORDS([BS_AUGMENT_NONE] = "none", [BS_AUGMENT_FLIP] = "flip", [BS_AUGMENT_CROP] = "crop",
             [BS_AUGMENT_CROP_FLIP] = "crop-flip");
const bs_words bs_decay_words = BS_WORDS([BS_DECAY_WEIGHTS] = "weights", [BS_DECAY_ALL] = "all");

static int64_t divide_up(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

static int64_t at_most(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t bs_training_epoch_steps(const bs_training *training, int64_t images)
{
    return divide_up(images, training->batch);
}

int64_t bs_training_steps(const bs_training *training, int64_t images)
{
    return training->steps > 0 ? training->steps
                               : training->epochs * bs_training_epoch_steps(training, images);
}

int64_t bs_training_epochs(const bs_training *training, int64_t images)
{
    return divide_up(bs_training_steps(training, images),
                     bs_training_epoch_steps(training, images));
}

bs_batch bs_training_batch(const bs_training *training, int64_t images, int64_t step)
{
    int64_t steps = bs_training_epoch_steps(training, images);
    int64_t first = step % steps * training->batch;
    return (bs_batch){
        .epoch = step / steps, .first = first, .count = at_most(training->batch, images - first)};
}

int bs_micro_batch_count(const bs_batch *batch, int64_t size)
{
    return (int)divide_up(batch->count, size);
}

bs_batch bs_micro_batch(const bs_batch *batch, int64_t size, int index)
{
    int64_t before = index * size;
    return (bs_batch){.epoch = batch->epoch,
                      .first = batch->first + before,
                      .count = at_most(size, batch->count - before)};
}

int64_t bs_training_smallest(const bs_training *training, int64_t images, int64_t size)
{
    int64_t steps =
        at_most(bs_training_steps(training, images), bs_training_epoch_steps(training, images));
    int64_t smallest = size;
    for (int64_t step = 0; step<steps; step += steps> 1 ? steps - 1 : 1) {
        bs_batch batch = bs_training_batch(training, images, step);
        bs_batch last = bs_micro_batch(&batch, size, bs_micro_batch_count(&batch, size) - 1);
        smallest = at_most(smallest, last.count);
    }
    return smallest;
}

bool bs_training_ends_epoch(const bs_training *training, int64_t images, int64_t step)
{
    return step % bs_training_epoch_steps(training, images) == 0 ||
           step == bs_training_steps(training, images);
}
