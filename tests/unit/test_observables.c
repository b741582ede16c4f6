/* Tests of branch losses and probes: the reference kernel by hand, every other kernel against it.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "blueshift/model.h"
#include "nn_case.h"

enum { IMAGES = 7, FIRST = 2, COUNT = 4, PROBES = 40, SEED = 11 };

/* Single precision: errors as a share of the largest loss or probe of the same signal. Measured:
 * 2e-6 at most. */
static const double TOLERANCE = 2e-5;

static uint8_t pixels[IMAGES * BS_IMAGE_BYTES];
static const uint8_t LABELS[IMAGES] = {3, 8, 8, 0, 6, 1, 9};
static const bs_normalisation NORMALISATION = {.mean = {0.5, 0.4, 0.3}, .std = {0.2, 0.25, 0.3}};
static const bs_observables ALL = {.branch_losses = true, .probes = PROBES};

/* What a score gave; arrays owned. */
typedef struct seen {
    int signals;
    bs_score score;
    double *losses; /* [signals] */
    double *probes; /* [signals][PROBES] */
} seen;

static bs_images make_images(void)
{
    for (int i = 0; i < IMAGES * BS_IMAGE_BYTES; i++) {
        pixels[i] = (uint8_t)((i * 7919 + i / 3072 * 104729) >> 3);
    }
    return (bs_images){.count = IMAGES, .pixels = pixels, .labels = LABELS};
}

static double *copy(const double *from, int count)
{
    double *to = bs_alloc((size_t)count, sizeof *to);
    assert_non_null(to);
    if (from != NULL) {
        memcpy(to, from, (size_t)count * sizeof *to);
    }
    return to;
}

static seen observe(const nn_case *c, const bs_kernel *kernel, const bs_observables *wanted)
{
    bs_images images = make_images();
    bs_model *model = NULL;
    seen s = {.signals = c->network->block_count * bs_branch_count(c->network)};
    assert_int_equal(bs_model_create(c->network, kernel, COUNT, &NORMALISATION, &model), BS_OK);
    if (bs_model_observe(model, wanted, SEED, IMAGES) != BS_OK) {
        fail_msg("%s: %s", kernel->name, bs_error_text());
    }
    assert_int_equal(bs_model_load(model, c->theta, c->statistics), BS_OK);
    assert_int_equal(bs_model_score(model, &images, FIRST, COUNT, &s.score), BS_OK);
    s.losses = copy(bs_model_branch_losses(model), s.signals);
    s.probes = copy(bs_model_branch_probes(model), s.signals * wanted->probes);
    bs_model_destroy(model);
    return s;
}

static void forget(seen *s)
{
    bs_free(s->losses);
    bs_free(s->probes);
}

static double largest(const double *values, int count)
{
    double most = 0.0;
    for (int i = 0; i < count; i++) {
        most = isnan(values[i]) ? most : fmax(most, fabs(values[i]));
    }
    return most;
}

static double worst;

static void compare(const bs_architecture *k, const char *kernel, const seen *expected,
                    const seen *got)
{
    int branches = BS_BRANCH_PATH + k->paths;
    for (int s = 0; s < expected->signals; s++) {
        for (int i = -1; i < PROBES; i++) {
            const double *a = i < 0 ? &expected->losses[s] : &expected->probes[s * PROBES];
            const double *b = i < 0 ? &got->losses[s] : &got->probes[s * PROBES];
            double scale = largest(a, i < 0 ? 1 : PROBES);
            double x = a[i < 0 ? 0 : i];
            double y = b[i < 0 ? 0 : i];
            worst = isnan(x) ? worst : fmax(worst, fabs(x - y) / scale);
            if (!(isnan(x) ? isnan(y) : fabs(x - y) <= TOLERANCE * scale)) {
                fail_msg("%s: %s %s nu %g paths %d %s norm %s: block %d branch %d %s %d is %.9g, "
                         "not %.9g (of %.3g)",
                         kernel, bs_version_name(k->version), bs_shortcut_name(k->shortcut),
                         k->skip_weight, k->paths, bs_activation_name(k->activation),
                         bs_norm_name(k->norm), s / branches, s % branches,
                         i < 0 ? "loss" : "probe", i, y, x, scale);
            }
        }
    }
}

static void check_knobs(const bs_architecture *knobs)
{
    const bs_kernel *reference = NULL;
    nn_case c = make_case(knobs, COUNT);
    assert_int_equal(bs_kernel_find("reference", &reference), BS_OK);
    seen expected = observe(&c, reference, &ALL);
    for (int i = 0; bs_kernel_at(i) != reference; i++) {
        seen got = observe(&c, bs_kernel_at(i), &ALL);
        compare(knobs, bs_kernel_at(i)->name, &expected, &got);
        forget(&got);
    }
    forget(&expected);
    free_case(&c);
}

static void check_structures(bs_version version)
{
    static const double skip_weights[] = {1.0, 0.4, 0.0, -0.7};
    int index = (int)version;
    for (int norm = BS_NORM_NONE; norm <= BS_NORM_RUNNING; norm++) {
        for (int shortcut = BS_SHORTCUT_NONE; shortcut <= BS_SHORTCUT_PROJECTION; shortcut++) {
            for (int paths = 1; paths <= 3; paths += 2, index++) {
                bs_architecture knobs = RESNET_8;
                knobs.version = version;
                knobs.shortcut = (bs_shortcut)shortcut;
                knobs.paths = paths;
                knobs.norm = (bs_norm)norm;
                knobs.activation = (bs_activation)(index % 5);
                knobs.skip_weight = skip_weights[index / 2 % 4];
                check_knobs(&knobs);
            }
        }
    }
}

static void every_kernel_sees_v1(void **state)
{
    (void)state;
    check_structures(BS_VERSION_V1);
    print_message("# worst %.2g\n", worst);
}

static void every_kernel_sees_v2(void **state)
{
    (void)state;
    check_structures(BS_VERSION_V2);
    print_message("# worst %.2g\n", worst);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_sees_v1),
        cmocka_unit_test(every_kernel_sees_v2),
    };
    return cmocka_run_group_tests_name("observables", tests, NULL, NULL);
}
