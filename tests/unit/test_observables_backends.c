/* One battery over all backends: branch losses and probes against the reference backend. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/unit_test.h"
#include "observe_battery.h"

static void check_structures(bs_version version)
{
    static const double skip_weights[] = {1.0, 0.4, 0.0, -0.7};
    int index = (int)version;
    for (int norm = BS_NORM_NONE; norm <= BS_NORM_RUNNING; norm++) {
        for (int shortcut = BS_SHORTCUT_NONE; shortcut <= BS_SHORTCUT_PROJECTION; shortcut++) {
            for (int paths = 1; paths <= 3; paths += 2, index++) {
                bs_architecture hyperparameters = RESNET_8;
                hyperparameters.version = version;
                hyperparameters.shortcut = (bs_shortcut)shortcut;
                hyperparameters.paths = paths;
                hyperparameters.norm = (bs_norm)norm;
                hyperparameters.activation = (bs_activation)(index % 5);
                hyperparameters.skip_weight = skip_weights[index / 2 % 4];
                check_backends(&hyperparameters);
            }
        }
    }
}

static void every_backend_sees_v1(void **state)
{
    (void)state;
    check_structures(BS_VERSION_V1);
}

static void every_backend_sees_v2(void **state)
{
    (void)state;
    check_structures(BS_VERSION_V2);
}

/* Given statistics: two scores see what one sees; an image's probes are the same to the bit. */
static void check_parts(const nn_case *c, const bs_backend *backend)
{
    bs_images images = make_images();
    bs_model *model = NULL;
    bs_score score;
    seen whole = observe(c, backend, &ALL);
    double *losses = copy(NULL, whole.signals);
    assert_int_equal(bs_model_create(c->network, backend, COUNT, &NORMALISATION, &model), BS_OK);
    assert_int_equal(bs_model_observe(model, &ALL, SEED, IMAGES), BS_OK);
    assert_int_equal(bs_model_load(model, c->theta, c->statistics), BS_OK);
    for (int part = 0; part < 2; part++) {
        int first = FIRST + part;
        assert_int_equal(bs_model_score(model, &images, first, part == 0 ? 1 : COUNT - 1, &score),
                         BS_OK);
        for (int i = 0; i < whole.signals; i++) {
            losses[i] += bs_model_branch_losses(model)[i];
        }
        for (int i = 0; i < whole.signals * PROBES; i++) {
            double value = bs_model_branch_probes(model)[i];
            assert_true(isnan(value) || value == whole.probes[i]);
        }
    }
    for (int i = 0; i < whole.signals; i++) {
        assert_true(isnan(losses[i]) || fabs(losses[i] - whole.losses[i]) < 1e-12 * losses[i]);
    }
    bs_model_destroy(model);
    bs_free(losses);
    forget(&whole);
}

/* The score is that of a model that is not observed, up to rounding; NaN does not stay. */
static void check_score(const nn_case *c, const bs_backend *backend)
{
    const bs_observables none = {0};
    seen blind = observe(c, backend, &none);
    seen open = observe(c, backend, &ALL);
    assert_true(fabs(open.score.loss_sum - blind.score.loss_sum) <
                TOLERANCE * blind.score.loss_sum);
    bs_images images = make_images();
    bs_model *model = NULL;
    bs_score score;
    float *broken = bs_alloc(c->network->parameter_size, sizeof *broken);
    assert_non_null(broken);
    for (size_t i = 0; i < c->network->parameter_size; i++) {
        broken[i] = NAN;
    }
    assert_int_equal(bs_model_create(c->network, backend, IMAGES, &NORMALISATION, &model), BS_OK);
    assert_int_equal(bs_model_observe(model, &ALL, SEED, IMAGES), BS_OK);
    assert_int_equal(bs_model_load(model, broken, c->statistics), BS_OK);
    assert_int_equal(bs_model_score(model, &images, 0, IMAGES, &score), BS_OK);
    assert_true(isnan(bs_model_branch_losses(model)[BS_BRANCH_SUM]));
    assert_int_equal(bs_model_load(model, c->theta, c->statistics), BS_OK);
    assert_int_equal(bs_model_score(model, &images, FIRST, COUNT, &score), BS_OK);
    assert_memory_equal(&score, &open.score, sizeof score);
    assert_memory_equal(bs_model_branch_losses(model), open.losses,
                        (size_t)open.signals * sizeof *open.losses);
    assert_memory_equal(bs_model_branch_probes(model), open.probes,
                        (size_t)(open.signals * PROBES) * sizeof *open.probes);
    bs_model_destroy(model);
    bs_free(broken);
    forget(&blind);
    forget(&open);
}

static void every_backend_keeps_its_promises(void **state)
{
    (void)state;
    for (int norm = BS_NORM_BATCH; norm <= BS_NORM_FROZEN; norm++) {
        bs_architecture hyperparameters = RESNET_8;
        hyperparameters.norm = (bs_norm)norm;
        hyperparameters.version = norm == BS_NORM_BATCH ? BS_VERSION_V2 : BS_VERSION_V1;
        nn_case c = make_case(&hyperparameters, COUNT);
        for (int i = 0; bs_backend_at(i) != NULL; i++) {
            check_score(&c, bs_backend_at(i));
            if (norm == BS_NORM_FROZEN) {
                check_parts(&c, bs_backend_at(i));
            }
        }
        free_case(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_backend_sees_v1),
        cmocka_unit_test(every_backend_sees_v2),
        cmocka_unit_test(every_backend_keeps_its_promises),
    };
    return cmocka_run_group_tests_name("observables_backends", tests, NULL, NULL);
}
