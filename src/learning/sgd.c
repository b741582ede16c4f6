/* Stochastic gradient descent in PyTorch's formulas, tensor by tensor. */
#include "blueshift/sgd.h"

/* Norms' scales and shifts and all biases have one dimension. */
static double decay_of(const bs_training *training, const bs_tensor *tensor)
{
    return training->decay == BS_DECAY_ALL || tensor->ndim > 1 ? training->weight_decay : 0.0;
}

static void update(const bs_training *t, double rate, double decay, size_t begin, size_t end,
                   const bs_sgd_slice *s)
{
    for (size_t i = begin; i < end; i++) {
        double g = s->gradient[i] + decay * (double)s->theta[i];
        double b = t->momentum * (double)s->momentum[i] + g;
        s->momentum[i] = (float)b;
        double direction = t->nesterov ? g + t->momentum * b : b;
        s->theta[i] = (float)((double)s->theta[i] - rate * direction);
    }
}

void bs_sgd_update(const bs_training *training, double rate, int tensor_count,
                   const bs_tensor *tensors, const bs_sgd_slice *slice)
{
    size_t end = slice->first + slice->count;
    for (int i = 0; i < tensor_count; i++) {
        const bs_tensor *tensor = &tensors[i];
        size_t from = tensor->offset > slice->first ? tensor->offset : slice->first;
        size_t to = tensor->offset + tensor->count < end ? tensor->offset + tensor->count : end;
        if (from < to) {
            update(training, rate, decay_of(training, tensor), from - slice->first,
                   to - slice->first, slice);
        }
    }
}
