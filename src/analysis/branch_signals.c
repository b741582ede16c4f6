/* From a file's branch arrays to spectra: read by points, transposed, transformed by channels. */
#include "branch_signals.h"

#include <math.h>

#include "blueshift/channels.h"
#include "blueshift/memory.h"
#include "logits.h"

/* What reading needs: the plan, and one realisation in the order of the file and of the plan. */
typedef struct reader {
    const bs_comm *comm;
    bs_surface *surface;
    int array;
    bs_window window;
    int64_t channels; /* whole units, as many on every rank */
    bs_channels *plan;
    double *rows;    /* [own points][block][branch][probe] */
    double *ordered; /* [own points][block][neuron][image][branch], then empty units */
} reader;

static int64_t unit_channels(const bs_branch_shape *shape)
{
    return (int64_t)shape->images * shape->branches;
}

static int64_t all_units(const bs_branch_shape *shape)
{
    return (int64_t)shape->blocks * shape->neurons;
}

static bs_status open_reader(reader *r, bs_branch_signals *signals)
{
    const bs_branch_shape *shape = &signals->shape;
    /* A plan deals its channels in equal blocks: a multiple of the ranks keeps units whole. */
    int64_t each = (all_units(shape) + r->comm->size - 1) / r->comm->size;
    r->channels = each * r->comm->size * unit_channels(shape);
    BS_TRY(bs_channels_create(r->comm, shape->points, r->channels, &r->plan));
    int64_t first = bs_channels_own(r->plan).first / unit_channels(shape);
    int64_t count = bs_channels_own(r->plan).count / unit_channels(shape);
    int64_t rest = first < all_units(shape) ? all_units(shape) - first : 0;
    signals->units = (bs_range){first, count < rest ? count : rest};
    signals->stride = bs_channels_own(r->plan).count;
    size_t points = (size_t)bs_channels_points(r->plan).count;
    size_t row = (size_t)(all_units(shape) * unit_channels(shape));
    r->rows = bs_alloc(points * row, sizeof *r->rows);
    r->ordered = bs_alloc(points * (size_t)r->channels, sizeof *r->ordered);
    signals->x = bs_alloc((size_t)shape->realisations * (size_t)signals->stride,
                          (size_t)shape->bins * sizeof *signals->x);
    bool allocated = r->rows != NULL && r->ordered != NULL && signals->x != NULL;
    return bs_agree(r->comm, allocated ? BS_OK : BS_ERR_MEMORY);
}

static void close_reader(reader *r)
{
    bs_channels_destroy(r->plan);
    bs_free(r->rows);
    bs_free(r->ordered);
}

/* [block][branch][probe] to [block][probe][branch], of every point. */
static void order_points(const reader *r, const bs_branch_shape *shape, int64_t points)
{
    const int64_t probes = (int64_t)shape->neurons * shape->images;
    const int64_t row = shape->blocks * probes * shape->branches;
    for (int64_t point = 0; point < points; point++) {
        const double *from = r->rows + point * row;
        double *to = r->ordered + point * r->channels;
        for (int64_t b = 0; b < shape->blocks; b++) {
            for (int64_t s = 0; s < shape->branches; s++) {
                for (int64_t p = 0; p < probes; p++) {
                    to[(b * probes + p) * shape->branches + s] =
                        from[(b * shape->branches + s) * probes + p];
                }
            }
        }
    }
}

/* Logits less the mean over the classes, squared if wanted. */
static void prepare_logits(const bs_branch_shape *shape, int64_t points, double *rows)
{
    const int64_t count = points * shape->blocks * shape->branches * shape->images;
    bs_logits_centre(count / shape->classes, shape->classes, rows);
    for (int64_t i = 0; i < count && shape->squared; i++) {
        rows[i] *= rows[i];
    }
}

static bs_status read_realisation(const reader *r, bs_branch_signals *signals, int realisation)
{
    const bs_branch_shape *shape = &signals->shape;
    bs_range own = bs_channels_points(r->plan);
    bs_range rows = {shape->pairs[realisation] * shape->points + own.first, own.count};
    bs_status status =
        own.count == 0 ? BS_OK : bs_surface_read_array(r->surface, r->array, rows, r->rows);
    BS_TRY(bs_agree(r->comm, status));
    if (shape->classes > 0) {
        prepare_logits(shape, own.count, r->rows);
    }
    order_points(r, shape, own.count);
    return bs_channels_forward(r->plan, r->window, true, r->ordered,
                               signals->x + realisation * signals->stride * shape->bins);
}

/* Finds out from the first realisation which blocks and signals the network has. */
static bs_status recognise(const bs_comm *comm, bs_branch_signals *signals)
{
    bs_branch_shape *shape = &signals->shape;
    int *seen = bs_alloc((size_t)shape->blocks + (size_t)shape->branches, sizeof *seen);
    BS_TRY(bs_agree_block(comm, seen));
    int *branches = seen + shape->blocks;
    for (int64_t unit = 0; unit < signals->units.count; unit++) {
        int64_t block = (signals->units.first + unit) / shape->neurons;
        for (int s = 0; s < shape->branches; s++) {
            int there = !isnan(creal(bs_branch_channel(signals, 0, unit, 0, s)[0]));
            seen[block] |= there;
            branches[s] |= there;
        }
    }
    bs_status status = BS_MPI(MPI_Allreduce(MPI_IN_PLACE, seen, shape->blocks + shape->branches,
                                            MPI_INT, MPI_MAX, comm->mpi));
    while (shape->present_blocks < shape->blocks && seen[shape->present_blocks] != 0) {
        shape->present_blocks++;
    }
    shape->skip = branches[BS_BRANCH_SKIP] != 0;
    while (BS_BRANCH_PATH + shape->paths < shape->branches &&
           branches[BS_BRANCH_PATH + shape->paths] != 0) {
        shape->paths++;
    }
    bs_free(seen);
    return status;
}

bs_status bs_branch_signals_read(const bs_comm *comm, bs_surface *surface, int array,
                                 bs_window window, const bs_branch_shape *shape,
                                 bs_branch_signals *signals)
{
    *signals = (bs_branch_signals){.shape = *shape};
    if (shape->realisations == 0) {
        return BS_OK;
    }
    reader r = {.comm = comm, .surface = surface, .array = array, .window = window};
    bs_status status = open_reader(&r, signals);
    for (int i = 0; i < shape->realisations && status == BS_OK; i++) {
        status = bs_agree_stop(comm);
        status = status == BS_OK ? read_realisation(&r, signals, i) : status;
    }
    close_reader(&r);
    return status == BS_OK ? recognise(comm, signals) : status;
}

void bs_branch_signals_release(bs_branch_signals *signals)
{
    bs_free(signals->x);
    signals->x = NULL;
}

const double complex *bs_branch_channel(const bs_branch_signals *signals, int realisation,
                                        int64_t unit, int image, int branch)
{
    const bs_branch_shape *shape = &signals->shape;
    int64_t channel = (unit * shape->images + image) * shape->branches + branch;
    return signals->x + (realisation * signals->stride + channel) * shape->bins;
}

bool bs_branch_bin_is_real(const bs_branch_shape *shape, int64_t bin)
{
    return bin == 0 || 2 * bin == shape->points;
}
