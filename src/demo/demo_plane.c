/* E5: averages of two complex coefficients of other radii, other angles, or both, and of many. */
#include <math.h>
#include <stddef.h>

#include "blueshift/branch_moments.h"
#include "blueshift/complex.h"
#include "blueshift/memory.h"
#include "blueshift/partition.h"
#include "blueshift/rng.h"
#include "demos.h"

/* What the skip R is to the main coefficient M. */
enum {
    RADII,  /* shorter, of the same angle: ED alone */
    ANGLES, /* of the same radius, at any angle: FDSA alone */
    BOTH,   /* shorter and independent */
    EQUAL,  /* of equal power and independent */
    CASES
};

enum { FACTORS = 3, SHOWN = 300 };

static const double QUARTER_PI = 0.785398163397448309615660845820;

/* Expected damping, ED and FDSA; M and R are Gaussian, E|R| |M| = pi/4 sqrt(<|R|^2> <|M|^2>). */
static void expect(int which, double ratio, double factors[FACTORS])
{
    const double r = which == RADII || which == BOTH ? ratio : 1.0;
    const double cross = which == RADII || which == ANGLES ? 1.0 : QUARTER_PI;
    const double radii = (1.0 + r * r + 2.0 * r * cross) / 4.0;
    const double damping = which == RADII ? radii : (1.0 + r * r) / 4.0;
    factors[0] = damping;
    factors[1] = radii;
    factors[2] = damping / radii;
}

/* Complex Gaussian of mean square 1: number INDEX of BRANCH. */
static double complex draw(uint64_t seed, int branch, int64_t index)
{
    const bs_rng rng = {.seed = seed, .stream = BS_STREAM_PHASOR, .item = (uint32_t)branch};
    double pair[2];
    bs_rng_normal(&rng, 2 * (uint64_t)index, 2, pair);
    return sqrt(0.5) * CMPLX(pair[0], pair[1]);
}

static void draw_pair(const bs_demo *demo, int which, int64_t index, double complex pair[2])
{
    const double complex main = draw(demo->seed, 0, index);
    const double complex other = draw(demo->seed, 1, index);
    pair[1] = main;
    switch (which) {
    case RADII:
        pair[0] = demo->ratio * main;
        break;
    case ANGLES:
        pair[0] = cabs(main) * other / cabs(other);
        break;
    case BOTH:
        pair[0] = demo->ratio * other;
        break;
    default:
        pair[0] = other;
        break;
    }
}

static bs_status reduce(const bs_comm *comm, const bs_branch_moments *moments)
{
    return BS_MPI(MPI_Allreduce(MPI_IN_PLACE, moments->sums, bs_branch_size(moments->signals),
                                MPI_DOUBLE, MPI_SUM, comm->mpi));
}

typedef struct results {
    double *factors, *expected;     /* [case][factor] */
    double *averages;               /* [case][shown][part] */
    double *paths, *expected_paths; /* [branches][factor] */
    double *sums;                   /* of the moments of all branches */
    double complex *sample;         /* [branches] */
} results;

/* The two-branch cases. Collective. */
static bs_status run_case(const bs_comm *comm, const bs_demo *demo, int which, results *r)
{
    double sums[64] = {0.0};
    const bs_branch_moments moments = {.signals = 2, .sums = sums};
    const bs_range mine = bs_partition_block(demo->coefficients, comm->size, comm->rank);
    for (int64_t i = mine.first; i < mine.first + mine.count; i++) {
        double complex pair[2];
        draw_pair(demo, which, i, pair);
        bs_branch_add(&moments, pair);
    }
    BS_TRY(reduce(comm, &moments));
    const bs_branch_factors f = bs_branch_damping(&moments, 0, 1);
    double *factors = r->factors + (ptrdiff_t)which * FACTORS;
    factors[0] = f.damping;
    factors[1] = f.ed;
    factors[2] = f.fdsa;
    expect(which, demo->ratio, r->expected + (ptrdiff_t)which * FACTORS);
    for (int i = 0; i < SHOWN && i < demo->coefficients; i++) {
        double complex pair[2];
        draw_pair(demo, which, i, pair);
        double complex average =
            0.5 * (pair[0] + pair[1]) / cabs(pair[1]) * conj(pair[1]) / cabs(pair[1]);
        double *average_at = r->averages + (ptrdiff_t)(which * SHOWN + i) * 2;
        average_at[0] = creal(average);
        average_at[1] = cimag(average);
    }
    return BS_OK;
}

/* Averages of 1 to demo->branches independent coefficients. Collective. */
static bs_status run_paths(const bs_comm *comm, const bs_demo *demo, results *r)
{
    const bs_range mine = bs_partition_block(demo->coefficients, comm->size, comm->rank);
    for (int p = 1; p <= demo->branches; p++) {
        const bs_branch_moments moments = {.signals = p, .sums = r->sums};
        for (int s = 0; s < bs_branch_size(p); s++) {
            r->sums[s] = 0.0;
        }
        for (int64_t i = mine.first; i < mine.first + mine.count; i++) {
            for (int b = 0; b < p; b++) {
                r->sample[b] = draw(demo->seed, b, i);
            }
            bs_branch_add(&moments, r->sample);
        }
        BS_TRY(reduce(comm, &moments));
        const bs_branch_factors f = bs_branch_paths(&moments);
        double *got = r->paths + (ptrdiff_t)(p - 1) * FACTORS;
        double *wanted = r->expected_paths + (ptrdiff_t)(p - 1) * FACTORS;
        got[0] = f.damping;
        got[1] = f.ed;
        got[2] = f.fdsa;
        wanted[0] = 1.0 / p;
        wanted[1] = (1.0 + (p - 1) * QUARTER_PI) / p;
        wanted[2] = 1.0 / (1.0 + (p - 1) * QUARTER_PI);
    }
    return BS_OK;
}

static bs_status define(const bs_demo *demo, bs_dataset *d, results *r)
{
    BS_TRY(bs_dataset_dimension(d, "case", CASES));
    BS_TRY(bs_dataset_dimension(d, "factor", FACTORS));
    BS_TRY(bs_dataset_dimension(d, "shown", SHOWN));
    BS_TRY(bs_dataset_dimension(d, "part", 2));
    BS_TRY(bs_dataset_dimension(d, "paths", demo->branches));
    BS_TRY(bs_dataset_text(d, "cases",
                           "radii: R = ratio M; angles: |R| = |M| at any angle; both: R of ratio "
                           "times the power's root, independent; equal: R as M, independent"));
    BS_TRY(bs_dataset_text(d, "factor", "damping <|(R+M)/2|^2> / <|M|^2> = ED x FDSA, ED, FDSA"));
    BS_TRY(bs_dataset_array(d, "factors", "case factor", "1",
                            "measured damping and its factors: exponential downweighting (ED), "
                            "frequency-dependent signal averaging (FDSA)",
                            &r->factors));
    BS_TRY(bs_dataset_array(d, "factors_theory", "case factor", "1",
                            "expected damping, ED and FDSA, as in factors", &r->expected));
    BS_TRY(bs_dataset_array(d, "averages", "case shown part", "1",
                            "(R + M) / (2 M): the first averages, real and imaginary part, M being "
                            "1",
                            &r->averages));
    BS_TRY(bs_dataset_array(d, "path_factors", "paths factor", "1",
                            "measured damping, ED and FDSA of 1, 2, ... independent paths",
                            &r->paths));
    BS_TRY(bs_dataset_array(d, "path_factors_theory", "paths factor", "1",
                            "1 / p, and FDSA 1 / (1 + (p - 1) pi / 4)", &r->expected_paths));
    BS_TRY(bs_dataset_number(d, "coefficients", (double)demo->coefficients));
    return bs_dataset_number(d, "ratio", demo->ratio);
}

bs_status bs_demo_run_plane(const bs_comm *comm, const bs_demo *demo, bs_dataset *dataset)
{
    results r = {.sums = bs_alloc((size_t)bs_branch_size((int)demo->branches), sizeof *r.sums),
                 .sample = bs_alloc((size_t)demo->branches, sizeof *r.sample)};
    bs_status status = define(demo, dataset, &r);
    if (r.sums == NULL || r.sample == NULL) {
        status = BS_ERR_MEMORY;
    }
    status = bs_agree(comm, status);
    for (int which = 0; which < CASES && status == BS_OK; which++) {
        status = run_case(comm, demo, which, &r);
    }
    if (status == BS_OK) {
        status = run_paths(comm, demo, &r);
    }
    bs_free(r.sums);
    bs_free(r.sample);
    return status;
}
