/* Principal components from the Gram matrix of vectors that are spread over the ranks. */
#include "blueshift/components.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>

#include "blueshift/memory.h"
#include "blueshift/relay.h"
#include "blueshift/symmetric.h"

/* A piece is the unit of summation. Few and large, since every rank keeps a matrix for each of its
 * own. */
enum { PIECE_MIN = 16384, PIECES = 64, LANES = 8 };

/* Below this fraction of the largest an eigenvalue is what rounding has left. */
static const double ROUNDING = 1e-12;

static int64_t piece_size(size_t size)
{
    int64_t even = ((int64_t)size + PIECES - 1) / PIECES;
    return even > PIECE_MIN ? even : PIECE_MIN;
}

static bs_range pieces_of(size_t size, int ranks, int rank)
{
    int64_t piece = piece_size(size);
    return bs_partition_block(((int64_t)size + piece - 1) / piece, ranks, rank);
}

bs_range bs_component_slice(size_t size, int ranks, int rank)
{
    int64_t piece = piece_size(size);
    bs_range pieces = pieces_of(size, ranks, rank);
    int64_t first = pieces.first * piece;
    int64_t end = first + pieces.count * piece;
    first = first < (int64_t)size ? first : (int64_t)size;
    end = end < (int64_t)size ? end : (int64_t)size;
    return (bs_range){first, end - first};
}

/* In lanes whose order is fixed, so that the compiler may use vectors. */
static double dot(int64_t count, const float *a, const float *b)
{
    double sums[LANES] = {0.0};
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        for (int l = 0; l < LANES; l++) {
            sums[l] += (double)a[i + l] * (double)b[i + l];
        }
    }
    double sum = 0.0;
    for (int l = 0; l < LANES; l++) {
        sum += sums[l];
    }
    for (; i < count; i++) {
        sum += (double)a[i] * (double)b[i];
    }
    return sum;
}

static int64_t pairs_of(int count)
{
    return (int64_t)count * (count + 1) / 2;
}

/* Products between all vectors over this rank's pieces: OUT [pieces][pairs]. */
static void multiply(const bs_component_rows *rows, bs_range slice, int64_t pieces, double *out)
{
    const int64_t piece = piece_size(rows->size);
    for (int64_t p = 0; p < pieces; p++) {
        const int64_t first = p * piece;
        const int64_t length = slice.count - first < piece ? slice.count - first : piece;
        for (int i = 0; i < rows->count; i++) {
            const float *a = rows->rows + i * slice.count + first;
            for (int j = 0; j <= i; j++) {
                *out++ = dot(length, a, rows->rows + j * slice.count + first);
            }
        }
    }
}

/* The matrix of which PAIRS is the lower triangle. */
static void unpack(int n, const double *pairs, double *matrix)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            matrix[(size_t)i * (size_t)n + (size_t)j] = *pairs;
            matrix[(size_t)j * (size_t)n + (size_t)i] = *pairs++;
        }
    }
}

/* The Gram matrix GRAM [count][count], on all ranks: pieces are added in their order. */
static bs_status make_gram(const bs_comm *comm, const bs_component_rows *rows, double *gram)
{
    const int64_t pairs = pairs_of(rows->count);
    const bs_range slice = bs_component_slice(rows->size, comm->size, comm->rank);
    const int64_t pieces = pieces_of(rows->size, comm->size, comm->rank).count;
    double *terms = bs_alloc((size_t)(pieces * pairs), sizeof *terms);
    double *sums = bs_alloc((size_t)pairs, sizeof *sums);
    bool allocated = terms != NULL && sums != NULL;
    bs_status status = bs_agree(comm, allocated ? BS_OK : BS_ERR_MEMORY);
    if (status == BS_OK && allocated) {
        multiply(rows, slice, pieces, terms);
        status = bs_relay_take(comm, pairs, sums);
        for (int64_t t = 0; t < pieces * pairs; t++) {
            sums[t % pairs] += terms[t];
        }
    }
    if (status == BS_OK && comm->size > 1) {
        status = bs_relay_share(comm, pairs, sums);
    }
    if (status == BS_OK && allocated) {
        unpack(rows->count, sums, gram);
    }
    bs_free(terms);
    bs_free(sums);
    return status;
}

/* The Gram matrix of the vectors without their mean. MEANS [n] is room. */
static void centre(int n, const double *gram, double *means, double *centred)
{
    double all = 0.0;
    for (int i = 0; i < n; i++) {
        means[i] = 0.0;
        for (int j = 0; j < n; j++) {
            means[i] += gram[(size_t)i * (size_t)n + (size_t)j] / n;
        }
        all += means[i] / n;
    }
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            size_t at = (size_t)i * (size_t)n + (size_t)j;
            centred[at] = gram[at] - means[i] - means[j] + all;
        }
    }
}

static bs_status refuse_span(int span, int kept)
{
    return BS_FAIL(BS_ERR_INPUT, "they span %d direction%s, and %d are needed", span,
                   span == 1 ? "" : "s", kept);
}

static bs_status check_span(int count, int kept, const double *values)
{
    int span = 0;
    while (span < count && values[span] > ROUNDING * values[0] && values[span] > 0.0) {
        span++;
    }
    return span >= kept ? BS_OK : refuse_span(span, kept);
}

/* Mix and coordinates from the eigenvectors. */
static void read_off(const double *gram, const double *values, const double *vectors,
                     bs_components *c)
{
    const int n = c->count;
    double total = 0.0;
    for (int i = 0; i < n; i++) {
        total += fmax(values[i], 0.0);
        c->squares[i] = gram[(size_t)i * (size_t)n + (size_t)i];
    }
    for (int i = 0; i < n; i++) {
        c->fraction[i] = fmax(values[i], 0.0) / total;
    }
    for (int k = 0; k < c->kept; k++) {
        const double *v = vectors + (size_t)k * (size_t)n;
        double *mix = c->mix + (size_t)k * (size_t)n;
        double mean = 0.0;
        for (int i = 0; i < n; i++) {
            mean += v[i] / n;
        }
        for (int i = 0; i < n; i++) {
            mix[i] = (v[i] - mean) / sqrt(values[k]);
        }
        for (int i = 0; i < n; i++) {
            double sum = 0.0;
            for (int j = 0; j < n; j++) {
                sum += gram[(size_t)i * (size_t)n + (size_t)j] * mix[j];
            }
            c->place[i * c->kept + k] = sum;
        }
    }
}

/* In three matrices of room, and one of values. */
static bs_status solve_in(const bs_comm *comm, const bs_component_rows *rows, bs_components *c,
                          double *room[3], double *values)
{
    double *gram = room[0];
    double *centred = room[1];
    double *vectors = room[2];
    BS_TRY(make_gram(comm, rows, gram));
    centre(c->count, gram, values, centred);
    BS_TRY(bs_symmetric_eigen(comm, c->count, BS_SYMMETRIC_ALONE, centred, values, vectors));
    BS_TRY(check_span(c->count, c->kept, values));
    read_off(gram, values, vectors, c);
    return BS_OK;
}

static bs_status solve(const bs_comm *comm, const bs_component_rows *rows, bs_components *c)
{
    const size_t n = (size_t)c->count;
    double *room[3] = {bs_alloc(n * n, sizeof(double)), bs_alloc(n * n, sizeof(double)),
                       bs_alloc(n * n, sizeof(double))};
    double *values = bs_alloc(n, sizeof *values);
    bool allocated = room[0] != NULL && room[1] != NULL && room[2] != NULL && values != NULL;
    bs_status status = bs_agree(comm, allocated ? BS_OK : BS_ERR_MEMORY);
    if (status == BS_OK && allocated) {
        status = solve_in(comm, rows, c, room, values);
    }
    for (int i = 0; i < 3; i++) {
        bs_free(room[i]);
    }
    bs_free(values);
    return status;
}

bs_status bs_components_find(const bs_comm *comm, const bs_component_rows *rows, int kept,
                             bs_components *components)
{
    const size_t n = (size_t)rows->count;
    *components = (bs_components){.count = rows->count, .kept = kept};
    if (rows->count <= kept) { /* their mean takes one direction away */
        return refuse_span(rows->count > 0 ? rows->count - 1 : 0, kept);
    }
    components->squares = bs_alloc(n, sizeof(double));
    components->fraction = bs_alloc(n, sizeof(double));
    components->mix = bs_alloc(n * (size_t)kept, sizeof(double));
    components->place = bs_alloc(n * (size_t)kept, sizeof(double));
    bool allocated = components->squares != NULL && components->fraction != NULL &&
                     components->mix != NULL && components->place != NULL;
    bs_status status = bs_agree(comm, allocated ? BS_OK : BS_ERR_MEMORY);
    return status == BS_OK && allocated ? solve(comm, rows, components) : status;
}

/* This rank's slice of component K. */
static void mix_slice(const bs_component_rows *rows, const double *mix, int64_t count, float *out)
{
    for (int64_t e = 0; e < count; e++) {
        double sum = 0.0;
        for (int i = 0; i < rows->count; i++) {
            sum += mix[i] * (double)rows->rows[i * count + e];
        }
        out[e] = (float)sum;
    }
}

bs_status bs_components_vector(const bs_comm *comm, const bs_component_rows *rows,
                               const bs_components *components, int k, float *out)
{
    const bs_range own = bs_component_slice(rows->size, comm->size, comm->rank);
    const double *mix = components->mix + (size_t)k * (size_t)components->count;
    mix_slice(rows, mix, own.count, out + own.first);
    for (int rank = 0; rank < comm->size && comm->size > 1; rank++) {
        bs_range slice = bs_component_slice(rows->size, comm->size, rank);
        BS_TRY(BS_MPI(MPI_Bcast(out + slice.first, (int)slice.count, MPI_FLOAT, rank, comm->mpi)));
    }
    return BS_OK;
}

void bs_components_release(bs_components *components)
{
    bs_free(components->squares);
    bs_free(components->fraction);
    bs_free(components->mix);
    bs_free(components->place);
    *components = (bs_components){0};
}
