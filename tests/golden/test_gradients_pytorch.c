/* Gradients against PyTorch's: ResNet-20 and a network of three paths, a batch each. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit/unit_test.h"
#include "unit/gradient_case.h"
#include "gradients_pytorch.h"

enum { IMAGES = 4 };

typedef struct network {
    const char *name;
    bs_architecture hyperparameters;
    double loss;
    const golden *tensors;
    int count;
} network;

static const network NETWORKS[] = {
    {.name = "resnet20",
     .hyperparameters = {.depth = 20,
                         .shortcut = BS_SHORTCUT_PAD,
                         .skip_weight = 1.0,
                         .paths = 1,
                         .width = 1,
                         .norm = BS_NORM_BATCH},
     .loss = RESNET20_LOSS,
     .tensors = RESNET20,
     .count = sizeof RESNET20 / sizeof RESNET20[0]},
    {.name = "paths3",
     .hyperparameters = {.depth = 8,
                         .version = BS_VERSION_V2,
                         .shortcut = BS_SHORTCUT_PROJECTION,
                         .skip_weight = 0.5,
                         .paths = 3,
                         .width = 1,
                         .norm = BS_NORM_BATCH},
     .loss = PATHS3_LOSS,
     .tensors = PATHS3,
     .count = sizeof PATHS3 / sizeof PATHS3[0]},
};

/* Of the reference, whose gradient is rounded to single precision, and of the fast backends. */
static const double EXACT = 1e-6;
static const double TOLERANCE = 1e-4;

/* What a norm, or an entry, is compared with: itself, or the tenth of an average tensor's where
 * norm layers make it zero. */
static double scale_of(const network *expected, double norm)
{
    double sum = 0.0;
    for (int t = 0; t < expected->count; t++) {
        sum += expected->tensors[t].norm;
    }
    return fmax(norm, 0.1 * sum / expected->count);
}

static void check_tensor(const bs_tensor *tensor, const float *gradient, const golden *expected,
                         double tolerance, double scale, const char *backend)
{
    double squares = 0.0;
    size_t step = tensor->count / GOLDEN_ENTRIES > 1 ? tensor->count / GOLDEN_ENTRIES : 1;
    for (size_t i = 0; i < tensor->count; i++) {
        squares += pow((double)gradient[i], 2.0);
    }
    if (!(fabs(sqrt(squares) - expected->norm) <= tolerance * scale)) {
        fail_msg("%s: %s has norm %.9g, not %.9g", backend, tensor->name, sqrt(squares),
                 expected->norm);
    }
    double typical = scale / sqrt((double)tensor->count);
    for (size_t i = 0; i < GOLDEN_ENTRIES && i * step < tensor->count; i++) {
        double entry = (double)gradient[i * step];
        if (!(fabs(entry - expected->entries[i]) <=
              tolerance * (typical + fabs(expected->entries[i])))) {
            fail_msg("%s: element %zu of %s is %.9g, not %.9g", backend, i * step, tensor->name,
                     entry, expected->entries[i]);
        }
    }
}

static void gradients_are_those_of_pytorch(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof NETWORKS / sizeof NETWORKS[0]; n++) {
        const network *expected = &NETWORKS[n];
        nn_case c = make_case(&expected->hyperparameters, IMAGES);
        float *gradient = bs_alloc(c.network->parameter_size, sizeof *gradient);
        assert_non_null(gradient);
        assert_int_equal(c.network->parameter_count, expected->count);
        for (int i = 0; bs_backend_at(i) != NULL; i++) {
            const bs_backend *backend = bs_backend_at(i);
            void *trainer = make_trainer(&c, backend);
            double tolerance = strcmp(backend->name, "reference") == 0 ? EXACT : TOLERANCE;
            double loss = step_case(&c, backend, trainer, c.theta, gradient);
            assert_true(fabs(loss - expected->loss) < tolerance * expected->loss);
            for (int t = 0; t < c.network->parameter_count; t++) {
                const bs_tensor *tensor = &c.network->parameters[t];
                const golden *own = &expected->tensors[t];
                check_tensor(tensor, gradient + tensor->offset, own, tolerance,
                             scale_of(expected, own->norm), backend->name);
            }
            backend->destroy(trainer);
        }
        bs_free(gradient);
        free_case(&c);
    }
}

static void write_floats(const char *folder, const char *name, const char *what, size_t count,
                         const float *numbers)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s.%s", folder, name, what);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(numbers, sizeof *numbers, count, out), count);
    assert_int_equal(fclose(out), 0);
}

/* What gradients_pytorch.py reads. */
static void export_cases(const char *folder)
{
    for (size_t n = 0; n < sizeof NETWORKS / sizeof NETWORKS[0]; n++) {
        const network *expected = &NETWORKS[n];
        nn_case c = make_case(&expected->hyperparameters, IMAGES);
        char path[1024];
        (void)snprintf(path, sizeof path, "%s/%s.names", folder, expected->name);
        FILE *names = fopen(path, "w");
        assert_non_null(names);
        for (int t = 0; t < c.network->parameter_count; t++) {
            const bs_tensor *tensor = &c.network->parameters[t];
            (void)fprintf(names, "%s", tensor->name);
            for (int i = 0; i < tensor->ndim; i++) {
                (void)fprintf(names, " %" PRId64, tensor->shape[i]);
            }
            (void)fprintf(names, "\n");
        }
        assert_int_equal(fclose(names), 0);
        write_floats(folder, expected->name, "theta", c.network->parameter_size, c.theta);
        write_floats(folder, expected->name, "images", IMAGES * (size_t)BS_IMAGE_BYTES, c.images);
        free_case(&c);
    }
}

static void cases_are_exported(void **state)
{
    (void)state;
    export_cases(getenv("BS_GRADIENTS_EXPORT"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradients_are_those_of_pytorch)};
    const struct CMUnitTest exports[] = {cmocka_unit_test(cases_are_exported)};
    if (getenv("BS_GRADIENTS_EXPORT") != NULL) {
        return cmocka_run_group_tests_name("export", exports, NULL, NULL);
    }
    return cmocka_run_group_tests_name("gradients_pytorch", tests, NULL, NULL);
}
