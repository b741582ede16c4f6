/* Steps and epochs of a run. */
#include "run_log.h"

#include <math.h>

#include "blueshift/memory.h"

static const double PERCENT = 100.0;

bs_status bs_run_log_init(const bs_training *training, int64_t images, bs_run_log *log)
{
    *log = (bs_run_log){.training = training,
                        .images = images,
                        .step_count = bs_training_steps(training, images),
                        .epoch_count = bs_training_epochs(training, images)};
    log->steps = bs_alloc((size_t)log->step_count, sizeof *log->steps);
    log->tests = bs_alloc((size_t)log->epoch_count, sizeof *log->tests);
    if (log->steps == NULL || log->tests == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int64_t i = 0; i < log->epoch_count; i++) {
        log->tests[i] = (bs_test_record){NAN, NAN};
    }
    return BS_OK;
}

void bs_run_log_release(bs_run_log *log)
{
    bs_free(log->steps);
    bs_free(log->tests);
    log->steps = NULL;
    log->tests = NULL;
}

bs_epoch_summary bs_run_log_epoch(const bs_run_log *log, int64_t epoch)
{
    int64_t steps = bs_training_epoch_steps(log->training, log->images);
    int64_t end = (epoch + 1) * steps < log->done ? (epoch + 1) * steps : log->done;
    bs_epoch_summary s = {0};
    double seconds = 0.0;
    for (int64_t i = epoch * steps; i < end; i++) {
        s.images += bs_training_batch(log->training, log->images, i).count;
        s.loss += log->steps[i].loss;
        s.accuracy += log->steps[i].correct;
        s.gradient_norm += log->steps[i].gradient_norm;
        seconds += log->steps[i].seconds;
    }
    if (s.images > 0) {
        s.loss /= (double)s.images;
        s.accuracy *= PERCENT / (double)s.images;
        s.gradient_norm /= (double)(end - epoch * steps);
        s.images_per_second = (double)s.images / seconds;
    }
    return s;
}
