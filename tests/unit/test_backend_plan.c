/* Tests of plans: how much is fused, and that tables no architecture has yet give right results. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/unit_test.h"
#include "../../src/nn/backend/plan.h"
#include "odd_case.h"

/* A padded shortcut comes after its block's convolutions, so that its sum is a pass of its own. */
enum { CONVOLUTIONS = 55, PADS = 2, IMAGES = 6 };

static int count_steps(const bs_plan *plan, bs_step_kind kind)
{
    int count = 0;
    for (int s = 0; s < plan->step_count; s++) {
        count += plan->steps[s].kind == kind ? 1 : 0;
    }
    return count;
}

static bs_plan *plan_of(const bs_architecture *hyperparameters, bool batch, bs_network **network)
{
    const bs_plan_use use = {.max_images = 128, .batch = batch};
    bs_plan *plan = NULL;
    assert_int_equal(bs_network_create(hyperparameters, network), BS_OK);
    assert_int_equal(bs_plan_create(*network, &use, &plan), BS_OK);
    assert_int_equal(count_steps(plan, BS_STEP_CONV), CONVOLUTIONS);
    return plan;
}

/* Given statistics, v1: all but the sums with padded shortcuts rides on the convolutions. */
static void given_statistics_leave_only_convolutions(void **state)
{
    (void)state;
    bs_architecture hyperparameters = RESNET_8;
    bs_network *network = NULL;
    hyperparameters.depth = 56;
    hyperparameters.norm = BS_NORM_RUNNING;
    bs_plan *plan = plan_of(&hyperparameters, false, &network);
    assert_int_equal(count_steps(plan, BS_STEP_POINTWISE), PADS);
    assert_int_equal(count_steps(plan, BS_STEP_PAD), PADS);
    assert_int_equal(plan->step_count, CONVOLUTIONS + 2 * PADS + 3);
    assert_int_equal(plan->segment_count, 1 + PADS);
    int whole = 0;
    for (int b = 0; b < plan->buffer_count; b++) {
        whole += plan->buffers[b].whole ? 1 : 0;
    }
    assert_int_equal(whole, PADS); /* what the first of the smaller maps are made from */
    assert_true(plan->groups[0] >= 8);
    assert_true(plan->groups[PADS] >= plan->groups[0]);
    bs_plan_destroy(plan);
    bs_network_destroy(network);
}

/* Batch statistics: one image at a time, but for filters larger than a cache. */
static void large_filters_want_several_images(void **state)
{
    (void)state;
    for (int width = 1; width <= 10; width += 9) {
        bs_architecture hyperparameters = RESNET_8;
        bs_network *network = NULL;
        hyperparameters.depth = 56;
        hyperparameters.norm = BS_NORM_BATCH;
        hyperparameters.width = width;
        bs_plan *plan = plan_of(&hyperparameters, true, &network);
        int most = 0;
        for (int i = 0; i < plan->segment_count; i++) {
            most = plan->groups[i] > most ? plan->groups[i] : most;
        }
        assert_int_equal(plan->groups[0], 1);
        assert_int_equal(most, width == 1 ? 1 : 8);
        bs_plan_destroy(plan);
        bs_network_destroy(network);
    }
}

/* Batch statistics: one pointwise pass a norm, and a segment between any two convolutions. */
static void batch_statistics_add_one_pass_a_norm(void **state)
{
    (void)state;
    for (int version = BS_VERSION_V1; version <= BS_VERSION_V2; version++) {
        bs_architecture hyperparameters = RESNET_8;
        bs_network *network = NULL;
        hyperparameters.depth = 56;
        hyperparameters.version = (bs_version)version;
        bs_plan *plan = plan_of(&hyperparameters, true, &network);
        int sums = version == BS_VERSION_V1 ? 0 : PADS;
        assert_int_equal(count_steps(plan, BS_STEP_POINTWISE), CONVOLUTIONS + sums);
        assert_int_equal(plan->segment_count, CONVOLUTIONS + 1);
        bs_plan_destroy(plan);
        bs_network_destroy(network);
    }
}

/* Three paths: their convolutions stand side by side in as few segments as one path needs, and
 * every step finds its operands made, and their statistics known. */
static void paths_share_their_segments(void **state)
{
    (void)state;
    enum { BLOCKS = 3, PATHS = 3, MADE_MAX = 128 };
    int steps = 0;
    for (int early = 0; early < 2; early++) {
        bs_architecture hyperparameters = RESNET_8;
        bs_network *network = NULL;
        bs_plan *plan = NULL;
        int made[MADE_MAX];
        const bs_plan_use use = {.max_images = 4, .batch = true, .early = early == 1};
        hyperparameters.paths = PATHS;
        assert_int_equal(bs_network_create(&hyperparameters, &network), BS_OK);
        assert_int_equal(bs_plan_create(network, &use, &plan), BS_OK);
        assert_true(network->layer_count < MADE_MAX);
        memset(made, -1, sizeof made);
        for (int s = 0; s < plan->step_count; s++) {
            const bs_step *step = &plan->steps[s];
            const bs_operand *operands[2] = {&step->main, &step->skip};
            const bool there[2] = {step->kind == BS_STEP_POINTWISE, step->has_skip};
            for (int i = 0; i < 2; i++) {
                int value = operands[i]->value;
                assert_true(!there[i] || made[value] >= 0);
                assert_true(!there[i] || operands[i]->norm < 0 || made[value] < step->segment);
            }
            assert_true(step->input < 0 || made[step->input] >= 0);
            if (step->output >= 0) {
                made[step->output] = step->segment;
            }
        }
        assert_int_equal(plan->segment_count, early == 1 ? 2 * BLOCKS + 2 : 4 * BLOCKS + 2);
        assert_true(early == 0 || plan->step_count == steps);
        steps = plan->step_count;
        bs_plan_destroy(plan);
        bs_network_destroy(network);
    }
}

/* States that train keep the network's order and all values. */
static void order_and_memory_change_no_bit(void **state)
{
    (void)state;
    static const char *const names[] = {"direct", "winograd-2x4", "winograd-4x4"};
    for (int i = 0; i < 6; i++) {
        double logits[2][IMAGES * BS_CLASSES];
        const bs_backend *backend = NULL;
        bs_architecture hyperparameters = RESNET_8;
        hyperparameters.depth = 14;
        hyperparameters.paths = 3;
        hyperparameters.version = i < 3 ? BS_VERSION_V1 : BS_VERSION_V2;
        nn_case c = make_case(&hyperparameters, IMAGES);
        assert_int_equal(bs_backend_find(names[i % 3], &backend), BS_OK);
        for (int trains = 0; trains < 2; trains++) {
            void *opaque = NULL;
            assert_int_equal(backend->create(c.network, IMAGES, true, &opaque), BS_OK);
            assert_int_equal(trains == 1 ? backend->train(opaque) : BS_OK, BS_OK);
            assert_int_equal(backend->load(opaque, c.theta, NULL), BS_OK);
            assert_int_equal(backend->forward(opaque, c.images, IMAGES, logits[trains]), BS_OK);
            backend->destroy(opaque);
        }
        assert_memory_equal(logits[0], logits[1], sizeof logits[0]);
        free_case(&c);
    }
}

/* Observed, the addends of every block lie in memory: one pass more a block that adds them, and
 * every signal but the sums is read once. */
static void observing_adds_one_pass_a_block(void **state)
{
    (void)state;
    enum { BLOCKS = 27 };
    for (int version = BS_VERSION_V1; version <= BS_VERSION_V2; version++) {
        bs_architecture hyperparameters = RESNET_8;
        bs_network *network = NULL;
        bs_plan *plan = NULL;
        const bs_plan_use use = {.max_images = 128, .observed = true};
        hyperparameters.depth = 56;
        hyperparameters.version = (bs_version)version;
        hyperparameters.norm = BS_NORM_RUNNING;
        assert_int_equal(bs_network_create(&hyperparameters, &network), BS_OK);
        assert_int_equal(bs_plan_create(network, &use, &plan), BS_OK);
        int norms = version == BS_VERSION_V1 ? 0 : BLOCKS + 1;
        assert_int_equal(count_steps(plan, BS_STEP_POINTWISE), BLOCKS + norms);
        assert_int_equal(plan->tap_count, 2 * BLOCKS);
        bs_plan_destroy(plan);
        bs_network_destroy(network);
    }
}

/* Buffers do not grow with depth. */
static void memory_does_not_grow_with_depth(void **state)
{
    (void)state;
    const bs_plan_use use = {.max_images = 64, .batch = true};
    size_t sizes[2];
    for (int i = 0; i < 2; i++) {
        bs_architecture hyperparameters = RESNET_8;
        bs_network *network = NULL;
        bs_plan *plan = NULL;
        hyperparameters.depth = i == 0 ? 20 : 110;
        hyperparameters.paths = 3;
        assert_int_equal(bs_network_create(&hyperparameters, &network), BS_OK);
        assert_int_equal(bs_plan_create(network, &use, &plan), BS_OK);
        sizes[i] = plan->arena_size;
        bs_plan_destroy(plan);
        bs_network_destroy(network);
    }
    assert_int_equal(sizes[0], sizes[1]);
}

static void tables_of_no_architecture_work_too(void **state)
{
    (void)state;
    static const bs_norm norms[] = {BS_NORM_NONE, BS_NORM_BATCH, BS_NORM_RUNNING};
    for (int n = 0; n < 3; n++) {
        nn_case c = make_odd(norms[n], IMAGES);
        double expected[IMAGES * BS_CLASSES];
        double logits[IMAGES * BS_CLASSES];
        double largest = 0.0;
        const bs_backend *reference = NULL;
        assert_int_equal(bs_backend_find("reference", &reference), BS_OK);
        run_case(&c, reference, expected, NULL);
        for (int i = 0; i < IMAGES * BS_CLASSES; i++) {
            largest = fmax(largest, fabs(expected[i]));
        }
        for (int k = 0; bs_backend_at(k) != reference; k++) {
            const double tolerance = 2e-5;
            run_case(&c, bs_backend_at(k), logits, NULL);
            for (int i = 0; i < IMAGES * BS_CLASSES; i++) {
                if (!(fabs(logits[i] - expected[i]) < tolerance * largest)) {
                    fail_msg("%s, norm %s: logit %d is %.9g, not %.9g", bs_backend_at(k)->name,
                             bs_norm_name(norms[n]), i, logits[i], expected[i]);
                }
            }
        }
        free_case(&c);
    }
}

/* What the vector loops cannot do is refused, not computed wrongly. */
static void shapes_without_a_plan_are_refused(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        bs_network *network = bs_alloc(1, sizeof *network);
        bs_plan *plan = NULL;
        assert_non_null(network);
        bs_builder builder = {.network = network, .block = -1};
        int image = bs_build_input(&builder, 3, kind == 0 ? 20 : BS_IMAGE_SIDE);
        int x = bs_build_conv(&builder, image, "a", kind == 1 ? 20 : 16, 3, 1);
        x = kind == 2 ? bs_build_activation(&builder, image) : x;
        bs_build_linear(&builder, bs_build_pool(&builder, x), "b", BS_CLASSES, true);
        assert_int_equal(builder.status, BS_OK);
        assert_int_equal(bs_plan_create(network, &(const bs_plan_use){.max_images = 1}, &plan),
                         BS_ERR_INTERNAL);
        assert_non_null(strstr(bs_error_text(), "reference backend"));
        assert_null(plan);
        bs_network_destroy(network);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_statistics_leave_only_convolutions),
        cmocka_unit_test(large_filters_want_several_images),
        cmocka_unit_test(batch_statistics_add_one_pass_a_norm),
        cmocka_unit_test(paths_share_their_segments),
        cmocka_unit_test(order_and_memory_change_no_bit),
        cmocka_unit_test(observing_adds_one_pass_a_block),
        cmocka_unit_test(memory_does_not_grow_with_depth),
        cmocka_unit_test(tables_of_no_architecture_work_too),
        cmocka_unit_test(shapes_without_a_plan_are_refused),
    };
    return cmocka_run_group_tests_name("backend_plan", tests, NULL, NULL);
}
