/* On a machine with a card: are its bits those of the emulation? Skipped elsewhere. */
#include <stdlib.h>
#include <string.h>

#include "../../src/nn/backend/cuda/driver_device.h"
#include "unit/unit_test.h"
#include "cuda_case.h"

static const bs_cuda_device *card;

static int set_up(void **state)
{
    (void)state;
    if (!emulated_device_runs() || bs_cuda_device_open(0, &card) != BS_OK) {
        card = NULL;
    }
    return 0;
}

static uint64_t bits_of(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Logits of both, in hexadecimal where they differ. */
static void check_bits(const bs_architecture *architecture, int count)
{
    nn_case c = make_case(architecture, count);
    double *emulated = new_logits(&c, 1);
    double *real = new_logits(&c, 1);
    cuda_request request = ONE_POINT;
    request.shared_bytes = card->shared_bytes;
    run_cuda_well(&c, &request, emulated, NULL);
    if (run_on_device(&c, &request, card, real, NULL) != BS_OK) {
        fail_msg("%s", bs_error_text());
    }
    for (int i = 0; i < count * BS_CLASSES; i++) {
        if (bits_of(real[i]) != bits_of(emulated[i])) {
            fail_msg("%s, %s, %s: logit %d is %a on %s and %a in the emulation",
                     bs_version_name(architecture->version), bs_norm_name(architecture->norm),
                     bs_activation_name(architecture->activation), i, real[i], card->name,
                     emulated[i]);
        }
    }
    bs_free(emulated);
    bs_free(real);
    free_case(&c);
}

static void test_bits(void **state)
{
    (void)state;
    static const bs_norm norms[] = {BS_NORM_FROZEN, BS_NORM_BATCH, BS_NORM_NONE};
    if (card == NULL) {
        skip();
    }
    for (int i = 0; i < 6; i++) {
        bs_architecture a = RESNET_8;
        a.norm = norms[i % 3];
        a.version = (bs_version)(i / 3);
        a.shortcut = (bs_shortcut)(i % 3);
        a.paths = 1 + i / 4;
        check_bits(&a, 3);
    }
}

/* Layer by layer. */
static void test_bits_of_layers(void **state)
{
    (void)state;
    if (card == NULL) {
        skip();
    }
    bs_architecture a = RESNET_8;
    a.width = 2;
    check_bits(&a, 3);
    a.norm = BS_NORM_FROZEN;
    a.version = BS_VERSION_V2;
    a.shortcut = BS_SHORTCUT_PROJECTION;
    check_bits(&a, 3);
    const bs_architecture mlp = {
        .family = BS_FAMILY_MLP, .depth = 2, .paths = 2, .width = 100, .bias = true};
    check_bits(&mlp, 70);
}

static void test_bits_of_activations(void **state)
{
    (void)state;
    if (card == NULL) {
        skip();
    }
    for (int i = 0; i < BS_ACTIVATIONS; i++) {
        bs_architecture a = RESNET_8;
        a.norm = BS_NORM_FROZEN;
        a.activation = (bs_activation)i;
        check_bits(&a, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bits),
                                       cmocka_unit_test(test_bits_of_layers),
                                       cmocka_unit_test(test_bits_of_activations)};
    return cmocka_run_group_tests(tests, set_up, NULL);
}
