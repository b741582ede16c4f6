/* Tests of models and scores: cross-entropy, accuracy, merging of blocks, frozen statistics. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/model.h"
#include "unit/unit_test.h"
#include "nn_case.h"

enum { IMAGES = 12 };

static uint8_t pixels[IMAGES * BS_IMAGE_BYTES];
static const uint8_t LABELS[IMAGES] = {3, 8, 8, 0, 6, 6, 1, 6, 3, 1, 0, 9};
static const bs_normalisation NORMALISATION = {.mean = {0.5, 0.4, 0.3}, .std = {0.2, 0.25, 0.3}};

static bs_images make_images(void)
{
    for (int i = 0; i < IMAGES * BS_IMAGE_BYTES; i++) {
        pixels[i] = (uint8_t)((i * 7919 + i / 3072 * 104729) >> 3);
    }
    return (bs_images){.count = IMAGES, .pixels = pixels, .labels = LABELS};
}

static void equal_logits_cost_the_logarithm_of_ten(void **state)
{
    (void)state;
    double logits[BS_CLASSES] = {0.0};
    for (int label = 0; label < BS_CLASSES; label++) {
        assert_true(fabs(bs_cross_entropy(logits, BS_CLASSES, label) - log(10.0)) < 1e-15);
    }
}

static void cross_entropy_by_hand(void **state)
{
    (void)state;
    const double two[] = {1.0, 3.0};
    assert_true(fabs(bs_cross_entropy(two, 2, 0) - log1p(exp(2.0))) < 1e-15);
    assert_true(fabs(bs_cross_entropy(two, 2, 1) - log1p(exp(-2.0))) < 1e-15);
    const double huge[] = {-5000.0, 5000.0, 4000.0};
    assert_true(bs_cross_entropy(huge, 3, 1) == 0.0);
    assert_true(bs_cross_entropy(huge, 3, 0) == 10000.0);
}

static void constants_added_to_the_logits_do_not_matter(void **state)
{
    (void)state;
    double logits[BS_CLASSES];
    double shifted[BS_CLASSES];
    for (int k = 0; k < BS_CLASSES; k++) {
        logits[k] = sin(3.0 * k);
        shifted[k] = logits[k] + 1000.0;
    }
    for (int label = 0; label < BS_CLASSES; label++) {
        double difference = bs_cross_entropy(shifted, BS_CLASSES, label) -
                            bs_cross_entropy(logits, BS_CLASSES, label);
        assert_true(fabs(difference) < 1e-12);
    }
}

static void non_finite_logits_give_non_finite_losses(void **state)
{
    (void)state;
    const double bad[] = {(double)NAN, (double)INFINITY, (double)-INFINITY};
    for (int i = 0; i < 3; i++) {
        for (int at = 0; at < 3; at++) {
            double logits[3] = {1.0, 2.0, 3.0};
            logits[at] = bad[i];
            assert_false(isfinite(bs_cross_entropy(logits, 3, at)) && i < 2);
            assert_false(i == 2 && bs_cross_entropy(logits, 3, at) != (double)INFINITY);
        }
    }
    const double none[] = {(double)-INFINITY, (double)-INFINITY};
    assert_true(isnan(bs_cross_entropy(none, 2, 0)));
}

/* A model whose logits are the biases of its last layer, whatever the image. */
static bs_score score_biases(const float biases[BS_CLASSES])
{
    const bs_architecture hyperparameters = {
        .family = BS_FAMILY_MLP, .depth = 1, .paths = 1, .width = 4, .bias = true};
    bs_images images = make_images();
    nn_case c = make_case(&hyperparameters, 1);
    const bs_tensor *weight = &c.network->parameters[2];
    const bs_tensor *bias = &c.network->parameters[3];
    memset(c.theta + weight->offset, 0, weight->count * sizeof(float));
    memcpy(c.theta + bias->offset, biases, BS_CLASSES * sizeof(float));
    bs_model *model = NULL;
    bs_score score;
    assert_int_equal(bs_model_create(c.network, bs_backend_at(0), IMAGES, &NORMALISATION, &model),
                     BS_OK);
    assert_int_equal(bs_model_load(model, c.theta, NULL), BS_OK);
    assert_int_equal(bs_model_score(model, &images, 0, IMAGES, &score), BS_OK);
    bs_model_destroy(model);
    free_case(&c);
    return score;
}

static void ties_go_to_the_first_class(void **state)
{
    (void)state;
    const float zeros[BS_CLASSES] = {0};
    const float tied[BS_CLASSES] = {0, 0, 0, 5, 0, 0, 5, 0, 0, 5};
    bs_score score = score_biases(zeros);
    assert_true(score.images == IMAGES);
    assert_true(score.correct == 2.0);
    assert_true(fabs(score.loss_sum / IMAGES - log(10.0)) < 1e-14);
    assert_true(score.loss_squares < 1e-20);
    assert_true(score_biases(tied).correct == 2.0);
}

static void nan_is_never_correct(void **state)
{
    (void)state;
    const float all[BS_CLASSES] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    const float one[BS_CLASSES] = {1, 0, 0, 0, 0, NAN, 0, 0, 0, 0};
    bs_score score = score_biases(all);
    assert_true(isnan(score.loss_sum));
    assert_true(score.correct == 0.0);
    assert_true(score_biases(one).correct == 0.0);
}

static bs_score score_of(const double *losses, int count)
{
    bs_score s = {.images = count, .correct = 2.0 * count};
    for (int i = 0; i < count; i++) {
        s.loss_sum += losses[i];
    }
    for (int i = 0; i < count; i++) {
        s.loss_squares += (losses[i] - s.loss_sum / count) * (losses[i] - s.loss_sum / count);
    }
    return s;
}

static void merged_blocks_are_the_whole(void **state)
{
    (void)state;
    double losses[30];
    for (int i = 0; i < 30; i++) {
        losses[i] = 100.0 + sin(i * i);
    }
    bs_score whole = score_of(losses, 30);
    for (int cut = 0; cut <= 30; cut++) {
        bs_score a = score_of(losses, cut);
        bs_score b = score_of(losses + cut, 30 - cut);
        a.loss_squares = cut == 0 ? 0.0 : a.loss_squares;
        b.loss_squares = cut == 30 ? 0.0 : b.loss_squares;
        bs_score_merge(&a, &b);
        assert_true(a.images == 30.0);
        assert_true(fabs(a.loss_sum - whole.loss_sum) < 1e-11);
        assert_true(fabs(a.loss_squares - whole.loss_squares) < 1e-10);
        assert_true(a.correct == 60.0);
    }
}

/* Blocks of a model against its backend, called by hand. */
static void a_model_normalises_runs_and_scores(void **state)
{
    (void)state;
    bs_architecture hyperparameters = RESNET_8;
    hyperparameters.norm = BS_NORM_RUNNING;
    nn_case c = make_case(&hyperparameters, IMAGES);
    bs_images images = make_images();
    double logits[IMAGES * BS_CLASSES];
    bs_images_normalise(&images, 0, IMAGES, &NORMALISATION, c.images);
    run_case(&c, bs_backend_at(0), logits, NULL);
    bs_model *model = NULL;
    assert_int_equal(bs_model_create(c.network, bs_backend_at(0), 5, &NORMALISATION, &model),
                     BS_OK);
    assert_int_equal(bs_model_load(model, c.theta, c.statistics), BS_OK);
    bs_score total = {0};
    double expected = 0.0;
    for (int first = 0; first < IMAGES; first += 5) {
        bs_score part;
        int count = IMAGES - first < 5 ? IMAGES - first : 5;
        assert_int_equal(bs_model_score(model, &images, first, count, &part), BS_OK);
        bs_score_merge(&total, &part);
    }
    for (int n = 0; n < IMAGES; n++) {
        expected += bs_cross_entropy(logits + (size_t)n * BS_CLASSES, BS_CLASSES, LABELS[n]);
    }
    assert_true(fabs(total.loss_sum - expected) < 1e-12 * expected);
    bs_score part;
    assert_int_equal(bs_model_score(model, &images, 0, 6, &part), BS_ERR_INTERNAL);
    assert_int_equal(bs_model_score(model, &images, 8, 5, &part), BS_ERR_INTERNAL);
    assert_int_equal(bs_model_score(model, &images, -1, 2, &part), BS_ERR_INTERNAL);
    bs_model_destroy(model);
    free_case(&c);
}

/* With the statistics of a batch frozen, that batch scores as it does in batch mode. */
static void measured_statistics_reproduce_the_batch(void **state)
{
    (void)state;
    bs_images images = make_images();
    for (int i = 0; bs_backend_at(i) != NULL; i++) {
        bs_architecture hyperparameters = RESNET_8;
        nn_case batch = make_case(&hyperparameters, IMAGES);
        hyperparameters.norm = BS_NORM_FROZEN;
        nn_case frozen = make_case(&hyperparameters, IMAGES);
        bs_model *model[2] = {NULL, NULL};
        bs_score score[2];
        double *measured = bs_alloc(frozen.network->statistic_size, sizeof *measured);
        assert_non_null(measured);
        for (int m = 0; m < 2; m++) {
            assert_int_equal(bs_model_create(m == 0 ? batch.network : frozen.network,
                                             bs_backend_at(i), IMAGES, &NORMALISATION, &model[m]),
                             BS_OK);
        }
        assert_int_equal(bs_model_measure(model[1], frozen.theta, &images, 0, IMAGES, measured),
                         BS_OK);
        for (size_t j = 0; j < frozen.network->statistic_size; j++) {
            frozen.statistics[j] = (float)measured[j];
        }
        assert_int_equal(bs_model_load(model[0], batch.theta, NULL), BS_OK);
        assert_int_equal(bs_model_load(model[1], frozen.theta, frozen.statistics), BS_OK);
        for (int m = 0; m < 2; m++) {
            assert_int_equal(bs_model_score(model[m], &images, 0, IMAGES, &score[m]), BS_OK);
            bs_model_destroy(model[m]);
        }
        assert_true(fabs(score[0].loss_sum - score[1].loss_sum) < 1e-5 * score[0].loss_sum);
        bs_free(measured);
        free_case(&batch);
        free_case(&frozen);
    }
}

static void empty_blocks_are_refused(void **state)
{
    (void)state;
    nn_case c = make_case(&RESNET_8, 1);
    bs_model *model = NULL;
    assert_int_equal(bs_model_create(c.network, bs_backend_at(0), 0, &NORMALISATION, &model),
                     BS_ERR_USAGE);
    assert_null(model);
    bs_model_destroy(NULL);
    free_case(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_logits_cost_the_logarithm_of_ten),
        cmocka_unit_test(cross_entropy_by_hand),
        cmocka_unit_test(constants_added_to_the_logits_do_not_matter),
        cmocka_unit_test(non_finite_logits_give_non_finite_losses),
        cmocka_unit_test(ties_go_to_the_first_class),
        cmocka_unit_test(nan_is_never_correct),
        cmocka_unit_test(merged_blocks_are_the_whole),
        cmocka_unit_test(a_model_normalises_runs_and_scores),
        cmocka_unit_test(measured_statistics_reproduce_the_batch),
        cmocka_unit_test(empty_blocks_are_refused),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
