/* The rest of a network after one branch alone, against the same network with the other addends of
 * that block's sums set to zero. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/nn_case.h"

#include "blueshift/observables.h"

enum { COUNT = 3, LOGITS = COUNT * BS_CLASSES, BLOCK = 1 };

/* NETWORK with a table of its own, in which TERM is the only addend of block BLOCK's sums. */
static bs_network *mask(const bs_network *network, int branch)
{
    bs_network *masked = NULL;
    assert_int_equal(bs_network_create(&network->architecture, &masked), BS_OK);
    const bs_block *block = &network->blocks[BLOCK];
    for (int i = 0; i < masked->layer_count; i++) {
        bs_layer *layer = &masked->layers[i];
        if (layer->kind != BS_LAYER_SUM || layer->block != BLOCK) {
            continue;
        }
        for (int j = 0; j < layer->input_count; j++) {
            bool skip = layer->inputs[j] == block->skip;
            bool average = block->path_count > 1 && i == block->sum && !block->addend;
            bool path = branch < BS_BRANCH_PATH ||
                        layer->inputs[j] == block->paths[branch - BS_BRANCH_PATH];
            /* The average of activations keeps one path, or for the skip all; other sums keep the
             * skip or the paths. */
            bool kept =
                average ? path
                        : skip == (branch == BS_BRANCH_SKIP) && (skip || path || !block->addend);
            layer->coefficients[j] = kept ? layer->coefficients[j] : 0.0;
        }
    }
    return masked;
}

/* The weights of every layer after BLOCK from REST, all others from THETA. */
static float *mix(const bs_network *network, const float *theta, const float *rest)
{
    float *mixed = bs_alloc(network->parameter_size, sizeof *mixed);
    assert_non_null(mixed);
    memcpy(mixed, theta, network->parameter_size * sizeof *mixed);
    bool after = false;
    for (int i = 0; i < network->layer_count; i++) {
        const bs_layer *layer = &network->layers[i];
        after = after || layer->block > BLOCK;
        const int tensors[2] = {layer->weight, layer->bias};
        for (int t = 0; t < 2 && after; t++) {
            if (tensors[t] >= 0) {
                const bs_tensor *tensor = &network->parameters[tensors[t]];
                memcpy(mixed + tensor->offset, rest + tensor->offset,
                       tensor->count * sizeof *mixed);
            }
        }
    }
    return mixed;
}

static void evaluate(const bs_backend *backend, const nn_case *c, const bs_network *network,
                     const float *theta, double *logits)
{
    bool batch = network->architecture.norm == BS_NORM_BATCH;
    void *state = NULL;
    assert_int_equal(backend->create(network, COUNT, batch, &state), BS_OK);
    assert_int_equal(backend->load(state, theta, c->statistics), BS_OK);
    assert_int_equal(backend->forward(state, c->images, COUNT, logits), BS_OK);
    backend->destroy(state);
}

static double distance(const double *a, const double *b)
{
    double worst = 0.0;
    double scale = 0.0;
    for (int i = 0; i < LOGITS; i++) {
        worst = fmax(worst, fabs(a[i] - b[i]));
        scale = fmax(scale, fabs(b[i]));
    }
    return worst / scale;
}

/* What the tails of EXTENDED must give: logits of the network C, each branch alone, with the
 * weights MIXED. */
static void evaluate_masked(const nn_case *c, const bs_network *extended, const float *mixed,
                            double *wanted)
{
    const bs_backend *reference = NULL;
    assert_int_equal(bs_backend_find("reference", &reference), BS_OK);
    for (int t = 0; t < extended->tail_count; t++) {
        bs_network *masked = mask(c->network, extended->tails[t].branch);
        evaluate(reference, c, masked, mixed, wanted + (size_t)t * LOGITS);
        bs_network_destroy(masked);
    }
}

/* All tails of BLOCK, on the reference and on every other backend. */
static void check_tails(const bs_architecture *architecture, bool fixed)
{
    static const int blocks[] = {BLOCK};
    nn_case c = make_case(architecture, COUNT);
    bs_network *extended = NULL;
    const bs_tail_options options = {.count = 1, .blocks = blocks, .fixed = fixed};
    assert_int_equal(bs_network_add_tails(c.network, &options, &extended), BS_OK);
    assert_int_equal(extended->tail_count, bs_network_tail_count(c.network, BLOCK));
    size_t size = c.network->parameter_size;
    float *both = bs_alloc(2 * size, sizeof *both);
    assert_non_null(both);
    memcpy(both, c.theta, size * sizeof *both);
    bs_network_init(c.network, 99, BS_STREAM_INIT, 0, both + size);
    float *mixed = mix(c.network, c.theta, fixed ? both + size : c.theta);
    double *all = bs_alloc((size_t)(1 + extended->tail_count) * LOGITS, sizeof *all);
    double *wanted = bs_alloc((size_t)extended->tail_count * LOGITS, sizeof *wanted);
    assert_true(all != NULL && wanted != NULL);
    evaluate_masked(&c, extended, mixed, wanted);
    for (int b = 0; bs_backend_at(b) != NULL; b++) {
        const bs_backend *backend = bs_backend_at(b);
        double allowed = strcmp(backend->name, "reference") == 0 ? 1e-12 : 3e-5;
        double plain[LOGITS];
        evaluate(backend, &c, extended, both, all);
        evaluate(backend, &c, c.network, c.theta, plain);
        assert_true(distance(all, plain) <= allowed);
        for (int t = 0; t < extended->tail_count; t++) {
            double off = distance(all + (size_t)(1 + t) * LOGITS, wanted + (size_t)t * LOGITS);
            if (!(off <= allowed)) {
                fail_msg("%s, %s paths %d norm %s, branch %d, %s: off by %g", backend->name,
                         bs_version_name(architecture->version), architecture->paths,
                         bs_norm_name(architecture->norm), extended->tails[t].branch,
                         fixed ? "fixed" : "moving", off);
            }
        }
    }
    bs_network_destroy(extended);
    bs_free(all);
    bs_free(wanted);
    bs_free(mixed);
    bs_free(both);
    free_case(&c);
}

/* The statistics of the norm layers after BLOCK from REST, all others from OWN. */
static void mix_statistics(const bs_network *network, const float *own, const float *rest,
                           float *mixed)
{
    memcpy(mixed, own, network->statistic_size * sizeof *mixed);
    bool after = false;
    for (int i = 0; i < network->layer_count; i++) {
        const bs_layer *layer = &network->layers[i];
        after = after || layer->block > BLOCK;
        const int tensors[2] = {layer->mean, layer->variance};
        for (int t = 0; t < 2 && after; t++) {
            if (tensors[t] >= 0) {
                const bs_tensor *tensor = &network->statistics[tensors[t]];
                memcpy(mixed + tensor->offset, rest + tensor->offset,
                       tensor->count * sizeof *mixed);
            }
        }
    }
}

/* Another network's paths through the rest of this one are the paths of a network that has the
 * other's weights up to the block and this one's after it. */
static void check_foreign(const bs_architecture *architecture)
{
    static const int blocks[] = {BLOCK};
    nn_case c = make_case(architecture, COUNT);
    bs_network *extended = NULL;
    bs_network *plain = NULL;
    const bs_tail_options with = {.count = 1, .blocks = blocks, .foreign = true};
    const bs_tail_options without = {.count = 1, .blocks = blocks};
    assert_int_equal(bs_network_add_tails(c.network, &with, &extended), BS_OK);
    assert_int_equal(bs_network_add_tails(c.network, &without, &plain), BS_OK);
    assert_int_equal(extended->tail_count, plain->tail_count + architecture->paths);
    const size_t size = c.network->parameter_size;
    const size_t statistics = c.network->statistic_size;
    float *both = bs_alloc(2 * size, sizeof *both);
    float *norms = bs_alloc(3 * statistics, sizeof *norms);
    double *all = bs_alloc((size_t)(1 + extended->tail_count) * LOGITS, sizeof *all);
    double *wanted = bs_alloc((size_t)(1 + plain->tail_count) * LOGITS, sizeof *wanted);
    assert_true(both != NULL && norms != NULL && all != NULL && wanted != NULL);
    memcpy(both, c.theta, size * sizeof *both);
    bs_network_init(c.network, 99, BS_STREAM_INIT, 0, both + size);
    for (size_t i = 0; i < statistics; i++) {
        norms[i] = c.statistics[i];
        norms[statistics + i] = 1.25F * c.statistics[i];
    }
    float *mixed = mix(c.network, both + size, c.theta);
    mix_statistics(c.network, norms + statistics, norms, norms + 2 * statistics);
    for (int b = 0; bs_backend_at(b) != NULL; b++) {
        const bs_backend *backend = bs_backend_at(b);
        double allowed = strcmp(backend->name, "reference") == 0 ? 1e-12 : 3e-5;
        nn_case other = c;
        other.statistics = norms;
        evaluate(backend, &other, extended, both, all);
        other.statistics = norms + 2 * statistics;
        evaluate(backend, &other, plain, mixed, wanted);
        int compared = 0;
        for (int t = 0; t < extended->tail_count * plain->tail_count; t++) {
            const bs_tail *got = &extended->tails[t / plain->tail_count];
            const bs_tail *own = &plain->tails[t % plain->tail_count];
            if (got->foreign && got->branch == own->branch) {
                double off = distance(all + (size_t)(1 + t / plain->tail_count) * LOGITS,
                                      wanted + (size_t)(1 + t % plain->tail_count) * LOGITS);
                assert_true(off <= allowed);
                compared++;
            }
        }
        assert_int_equal(compared, architecture->paths);
    }
    bs_network_destroy(extended);
    bs_network_destroy(plain);
    bs_free(mixed);
    bs_free(both);
    bs_free(norms);
    bs_free(all);
    bs_free(wanted);
    free_case(&c);
}

static void paths_of_another_network(void **state)
{
    (void)state;
    static const bs_norm norms[] = {BS_NORM_NONE, BS_NORM_BATCH, BS_NORM_RUNNING};
    for (int n = 0; n < 3; n++) {
        bs_architecture a = RESNET_8;
        a.norm = norms[n];
        check_foreign(&a);
        a.shortcut = BS_SHORTCUT_PROJECTION;
        a.version = BS_VERSION_V2;
        check_foreign(&a);
        a.paths = 2;
        a.version = BS_VERSION_V1;
        check_foreign(&a);
    }
}

static void check_norms(bs_architecture architecture)
{
    static const bs_norm norms[] = {BS_NORM_NONE, BS_NORM_BATCH, BS_NORM_RUNNING};
    for (int n = 0; n < 3; n++) {
        architecture.norm = norms[n];
        check_tails(&architecture, n == 1);
        check_tails(&architecture, n != 1);
    }
}

static void tails_of_v1(void **state)
{
    (void)state;
    bs_architecture a = RESNET_8;
    check_norms(a);
    a.shortcut = BS_SHORTCUT_PROJECTION;
    a.skip_weight = 0.5;
    a.activation = BS_ACTIVATION_TANH;
    check_norms(a);
}

static void tails_of_v2(void **state)
{
    (void)state;
    bs_architecture a = RESNET_8;
    a.version = BS_VERSION_V2;
    check_norms(a);
    a.paths = 2;
    a.skip_weight = -0.5;
    check_norms(a);
}

static void tails_of_paths(void **state)
{
    (void)state;
    bs_architecture a = RESNET_8;
    a.paths = 3;
    check_norms(a);
    a.shortcut = BS_SHORTCUT_NONE;
    check_norms(a);
}

static void blocks_of_one_branch_have_none(void **state)
{
    (void)state;
    bs_architecture a = RESNET_8;
    a.shortcut = BS_SHORTCUT_NONE;
    bs_network *network = NULL;
    bs_network *extended = NULL;
    assert_int_equal(bs_network_create(&a, &network), BS_OK);
    assert_int_equal(bs_network_tail_count(network, 0), 0);
    static const int beyond[] = {3};
    const bs_tail_options options = {.count = 1, .blocks = beyond};
    assert_int_equal(bs_network_add_tails(network, &options, &extended), BS_ERR_USAGE);
    bs_network_destroy(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tails_of_v1),
        cmocka_unit_test(tails_of_v2),
        cmocka_unit_test(tails_of_paths),
        cmocka_unit_test(paths_of_another_network),
        cmocka_unit_test(blocks_of_one_branch_have_none),
    };
    return cmocka_run_group_tests_name("tails", tests, NULL, NULL);
}
