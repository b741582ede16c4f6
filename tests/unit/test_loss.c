/* Tests of the training loss and its derivatives by the logits. */
#include <math.h>

#include "blueshift/loss.h"
#include "blueshift/score.h"
#include "unit/unit_test.h"

enum { CLASSES = 4, IMAGES = 3 };
static const double LOGITS[IMAGES * CLASSES] = {1.0, -2.0, 0.5, 3.0, 0.0,  0.0,
                                                0.0, 0.0,  7.0, 1.0, -4.0, 7.0};
static const uint8_t LABELS[IMAGES] = {3, 1, 3};

static void without_smoothing_it_is_the_cross_entropy(void **state)
{
    (void)state;
    const bs_loss loss = {CLASSES, 0.0, 1.0};
    bs_loss_totals totals = {0};
    double gradient[IMAGES * CLASSES];
    double expected = 0.0;
    bs_loss_evaluate(&loss, LOGITS, LABELS, IMAGES, gradient, &totals);
    for (int n = 0; n < IMAGES; n++) {
        expected += bs_cross_entropy(LOGITS + (ptrdiff_t)n * CLASSES, CLASSES, LABELS[n]);
    }
    assert_true(totals.loss == expected);
    assert_true(totals.correct == 1.0); /* ties go to the first class */
    assert_true(fabs(gradient[4] - 0.25) < 1e-15 && fabs(gradient[5] + 0.75) < 1e-15);
}

/* By hand: logits 0 and log 3, probabilities 1/4 and 3/4; label 0 has the target 0.8 + 0.2 / 2. */
static void smoothing_by_hand(void **state)
{
    (void)state;
    const bs_loss loss = {2, 0.2, 10.0};
    const double logits[] = {0.0, log(3.0)};
    const uint8_t label = 0;
    bs_loss_totals totals = {100.0, 7.0};
    double gradient[2];
    bs_loss_evaluate(&loss, logits, &label, 1, gradient, &totals);
    assert_true(fabs(totals.loss - 100.0 - (0.9 * log(4.0) + 0.1 * log(4.0 / 3.0))) < 1e-13);
    assert_true(totals.correct == 7.0);
    assert_true(fabs(gradient[0] - 10.0 * (0.25 - 0.9)) < 1e-14);
    assert_true(fabs(gradient[1] - 10.0 * (0.75 - 0.1)) < 1e-14);
}

static double loss_at(const double *logits, double smoothing)
{
    const bs_loss loss = {CLASSES, smoothing, 1.0};
    bs_loss_totals totals = {0};
    double unused[IMAGES * CLASSES];
    bs_loss_evaluate(&loss, logits, LABELS, IMAGES, unused, &totals);
    return totals.loss;
}

static void derivatives_by_central_differences(void **state)
{
    (void)state;
    const double step = 1e-5;
    for (int smooth = 0; smooth < 2; smooth++) {
        const bs_loss loss = {CLASSES, 0.1 * smooth, 1.0 / IMAGES};
        bs_loss_totals totals = {0};
        double gradient[IMAGES * CLASSES];
        double moved[IMAGES * CLASSES];
        bs_loss_evaluate(&loss, LOGITS, LABELS, IMAGES, gradient, &totals);
        for (int i = 0; i < IMAGES * CLASSES; i++) {
            double sides[2];
            for (int side = 0; side < 2; side++) {
                for (int j = 0; j < IMAGES * CLASSES; j++) {
                    moved[j] = LOGITS[j] + (j == i ? (2 * side - 1) * step : 0.0);
                }
                sides[side] = loss_at(moved, loss.smoothing);
            }
            double slope = (sides[1] - sides[0]) / (2.0 * step) / IMAGES;
            assert_true(fabs(slope - gradient[i]) < 1e-9);
        }
    }
}

static void logits_that_are_not_finite_stay_visible(void **state)
{
    (void)state;
    const double impossible[] = {INFINITY, NAN};
    const uint8_t label = 2;
    for (int i = 0; i < 2; i++) {
        const bs_loss loss = {CLASSES, 0.1, 1.0};
        const double logits[CLASSES] = {0.0, impossible[i], 1.0, 0.0};
        bs_loss_totals totals = {0};
        double gradient[CLASSES];
        bs_loss_evaluate(&loss, logits, &label, 1, gradient, &totals);
        assert_true(!isfinite(totals.loss));
        assert_true(!isfinite(gradient[1]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_smoothing_it_is_the_cross_entropy),
        cmocka_unit_test(smoothing_by_hand),
        cmocka_unit_test(derivatives_by_central_differences),
        cmocka_unit_test(logits_that_are_not_finite_stay_visible),
    };
    return cmocka_run_group_tests_name("loss", tests, NULL, NULL);
}
