/* Tests of the GPU's kernels in the emulation: points in batches, their weights, and memory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/images.h"
#include "blueshift/path.h"
#include "unit/unit_test.h"
#include "child.h"
#include "cuda_case.h"

enum { POINTS = 3, DIRECTIONS = 2, VECTORS = 1 + DIRECTIONS };

static const double PLANE[POINTS][VECTORS] = {{1.0, 0.3, -0.2}, {1.0, 0.0, 0.0}, {1.0, -0.7, 0.1}};

typedef struct plane {
    nn_case c;
    float *directions[DIRECTIONS];
    float *theta; /* of a point */
} plane;

static plane make_plane(const bs_architecture *architecture, int count)
{
    plane p = {.c = make_case(architecture, count)};
    const size_t size = p.c.network->parameter_size;
    p.theta = bs_alloc(size, sizeof *p.theta);
    assert_non_null(p.theta);
    for (int d = 0; d < DIRECTIONS; d++) {
        p.directions[d] = bs_alloc(size, sizeof *p.directions[d]);
        assert_non_null(p.directions[d]);
        fill_normal((uint32_t)(2000 + d), 0.0, 0.02, size, p.directions[d]);
    }
    return p;
}

static void free_plane(plane *p)
{
    free_case(&p->c);
    bs_free(p->theta);
    for (int d = 0; d < DIRECTIONS; d++) {
        bs_free(p->directions[d]);
    }
}

static cuda_request plane_request(const plane *p, int first, int points)
{
    cuda_request request = ONE_POINT;
    request.points = points;
    request.vectors = VECTORS;
    request.coefficients = PLANE[first];
    request.directions = (const float *const *)p->directions;
    return request;
}

/* All points at once, each alone, few at a time, by layers, and from weights that the processor
 * makes: the same bits. */
static void check_points(const bs_architecture *architecture, int count)
{
    plane p = make_plane(architecture, count);
    const ptrdiff_t numbers = (ptrdiff_t)count * BS_CLASSES;
    const size_t bytes = (size_t)numbers * sizeof(double);
    double *together = new_logits(&p.c, POINTS);
    double *alone = new_logits(&p.c, POINTS);
    cuda_request request = plane_request(&p, 0, POINTS);
    run_cuda_well(&p.c, &request, together, NULL);
    for (int i = 0; i < POINTS; i++) {
        request = plane_request(&p, i, 1);
        run_cuda_well(&p.c, &request, alone, NULL);
        assert_memory_equal(together + i * numbers, alone, bytes);
    }
    for (int i = 0; i < 2; i++) {
        request = plane_request(&p, 0, POINTS);
        request.multiprocessors = i == 0 ? count : request.multiprocessors;
        request.by_layers = i == 1;
        run_cuda_well(&p.c, &request, alone, NULL);
        assert_memory_equal(together, alone, POINTS * bytes);
    }

    const bs_path path = {.kind = BS_PATH_PLANE,
                          .size = p.c.network->parameter_size,
                          .origin = p.c.theta,
                          .directions = {p.directions[0], p.directions[1]}};
    const double at[BS_GRID_DIMS] = {PLANE[2][1], PLANE[2][2]};
    bs_path_point(&path, at, p.theta);
    memcpy(p.c.theta, p.theta, p.c.network->parameter_size * sizeof *p.theta);
    run_cuda_well(&p.c, &ONE_POINT, alone, NULL);
    assert_memory_equal(together + 2 * numbers, alone, bytes);
    assert_memory_not_equal(together, alone, bytes);
    bs_free(together);
    bs_free(alone);
    free_plane(&p);
}

static void test_points(void **state)
{
    (void)state;
    skip_without_emulation();
    bs_architecture a = RESNET_8;
    check_points(&a, 2);
    a.norm = BS_NORM_FROZEN;
    check_points(&a, 1);
    const bs_architecture mlp = {
        .family = BS_FAMILY_MLP, .depth = 2, .paths = 1, .width = 24, .bias = true};
    check_points(&mlp, 2);
}

/* Parameters of one dimension may be the origin's. */
static void test_origin_vectors(void **state)
{
    (void)state;
    skip_without_emulation();
    bs_architecture a = RESNET_8;
    a.norm = BS_NORM_FROZEN;
    plane p = make_plane(&a, 1);
    double *moved = new_logits(&p.c, 1);
    double *kept = new_logits(&p.c, 1);
    cuda_request request = plane_request(&p, 0, 1);
    request.origin_vectors = true;
    run_cuda_well(&p.c, &request, kept, NULL);
    for (int d = 0; d < DIRECTIONS; d++) {
        for (int i = 0; i < p.c.network->parameter_count; i++) {
            const bs_tensor *t = &p.c.network->parameters[i];
            for (size_t j = t->offset; t->ndim == 1 && j < t->offset + t->count; j++) {
                p.directions[d][j] = 0.0F;
            }
        }
    }
    request.origin_vectors = false;
    run_cuda_well(&p.c, &request, moved, NULL);
    assert_memory_equal(moved, kept, (size_t)BS_CLASSES * sizeof *kept);
    bs_free(moved);
    bs_free(kept);
    free_plane(&p);
}

static int run_once(const bs_architecture *a)
{
    nn_case c = {.count = 1};
    bs_status status = bs_network_create(a, &c.network);
    if (status == BS_OK) {
        c.theta = bs_alloc(c.network->parameter_size, sizeof *c.theta);
        c.images = bs_alloc(BS_IMAGE_BYTES, sizeof *c.images);
        double logits[BS_CLASSES];
        status = c.theta == NULL || c.images == NULL ? BS_ERR_MEMORY
                                                     : run_cuda(&c, &ONE_POINT, logits, NULL);
    }
    free_case(&c);
    return (int)status;
}

static int run_resnet(void)
{
    return run_once(&RESNET_8);
}

static int run_mlp(void)
{
    const bs_architecture a = {.family = BS_FAMILY_MLP, .depth = 1, .paths = 1, .width = 16};
    return run_once(&a);
}

/* Without memory, of the host or of the device, a plan says so and leaves nothing behind. */
static void check_memory(int (*run)(void))
{
    int failed = 0;
    for (int call = 1;; call++) {
        char fault[32];
        (void)snprintf(fault, sizeof fault, "alloc:%d", call);
        const int status = in_child(fault, run);
        if (status == BS_OK) {
            break;
        }
        assert_int_equal(status, BS_ERR_MEMORY);
        failed++;
    }
    assert_true(failed > 30);
}

static void test_memory(void **state)
{
    (void)state;
    skip_without_emulation();
    check_memory(run_resnet);
    check_memory(run_mlp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_memory), cmocka_unit_test(test_points),
                                       cmocka_unit_test(test_origin_vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
