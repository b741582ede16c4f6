/* Branch statistics of a file: channels transformed, wavenumbers shared out, statistics written. */
#include <inttypes.h>
#include <math.h>

#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/relay.h"
#include "blueshift/text.h"
#include "block_kinks.h"
#include "block_moments.h"
#include "branch_arrays.h"
#include "branch_bands.h"
#include "branch_transpose.h"
#include "branch_accumulate.h"
#include "completeness.h"

/* One run over the networks of a file. */
typedef struct job {
    const bs_comm *comm;
    bs_surface *surface;
    const bs_surface_schema *schema;
    bs_window window;
    int images; /* probes of a neuron that lie side by side, one per image */
    int network;
    int realisations; /* complete ones */
    int *pairs;
} job;

static bs_status fill_sums(const bs_branch_signals *signals, const void *context, bs_range bins,
                           double *out)
{
    const bool *losses = context;
    return bs_branch_sums_add(signals, *losses, bins, out);
}

/* Every branch's power over all wavenumbers but 0, by which it is scaled. Collective. */
static bs_status sum_powers(const bs_comm *comm, const bs_branch_shape *shape, const double *sums,
                            double *powers)
{
    bs_range own = bs_branch_slice(shape, comm, comm->rank);
    int64_t count = (int64_t)shape->realisations * shape->blocks * bs_branch_sums_powers(shape);
    BS_TRY(bs_relay_take(comm, count, powers));
    for (int64_t k = 0; k < own.count; k++) {
        /* Negative wavenumbers have the power of the positive ones; 0 and Nyquist have no twin. */
        int64_t bin = own.first + k;
        double weight = bin == 0 ? 0.0 : bs_branch_bin_is_real(shape, bin) ? 1.0 : 2.0;
        bs_branch_sums_add_powers(shape, sums + k * bs_branch_sums_size(shape), weight, powers);
    }
    return bs_relay_share(comm, count, powers);
}

/* Statistics of the own wavenumbers; without the mean there is nothing to say of wavenumber 0. */
static bs_status evaluate(const bs_comm *comm, const bs_branch_shape *shape, const double *sums,
                          const double *powers, double *statistics)
{
    const int64_t size =
        2 * (int64_t)bs_branch_sums_levels(shape) * bs_branch_sums_statistics(shape);
    bs_range own = bs_branch_slice(shape, comm, comm->rank);
    for (int64_t k = 0; k < own.count; k++) {
        int64_t bin = own.first + k;
        double *row = statistics + k * size;
        BS_TRY(bs_branch_sums_evaluate(shape, sums + k * bs_branch_sums_size(shape), powers,
                                       bs_branch_bin_is_real(shape, bin), row));
        for (int64_t i = 0; i < size && bin == 0; i++) {
            row[i] = NAN;
        }
    }
    return BS_OK;
}

/* From the spectra of one network to its statistics in the file. Collective. */
static bs_status derive(const job *j, const bs_branch_signals *signals, bool losses)
{
    const bs_branch_shape *shape = &signals->shape;
    const bs_comm *comm = j->comm;
    const int64_t size =
        2 * (int64_t)bs_branch_sums_levels(shape) * bs_branch_sums_statistics(shape);
    size_t own = (size_t)bs_branch_slice(shape, comm, comm->rank).count;
    size_t rows = (size_t)shape->realisations * (size_t)shape->blocks;
    double *sums = bs_alloc(own * (size_t)bs_branch_sums_size(shape), sizeof *sums);
    double *powers = bs_alloc(rows * (size_t)bs_branch_sums_powers(shape), sizeof *powers);
    double *statistics = bs_alloc(own * (size_t)size, sizeof *statistics);
    double *all = bs_alloc((comm->rank == 0 ? (size_t)shape->bins : 0) * (size_t)size, sizeof *all);
    bool allocated = sums != NULL && powers != NULL && statistics != NULL && all != NULL;
    bs_status status = bs_agree(comm, allocated ? BS_OK : BS_ERR_MEMORY);
    if (status == BS_OK) {
        status = bs_branch_transpose_sum(comm, signals, bs_branch_sums_size(shape), fill_sums,
                                         &losses, sums);
    }
    if (status == BS_OK) {
        status = sum_powers(comm, shape, sums, powers);
    }
    if (status == BS_OK) {
        status = bs_agree(comm, evaluate(comm, shape, sums, powers, statistics));
    }
    if (status == BS_OK) {
        status = bs_branch_transpose_gather(comm, shape, size, statistics, all);
    }
    if (status == BS_OK) {
        bool writes = comm->rank == 0;
        status = bs_agree(
            comm,
            writes ? bs_branch_arrays_write(j->surface, j->network, shape, losses, all) : BS_OK);
    }
    bs_free(sums);
    bs_free(powers);
    bs_free(statistics);
    bs_free(all);
    return status;
}

static bs_branch_shape shape_of(const job *j, const bs_array *array, bool losses)
{
    int64_t points = j->schema->grid.axis[0].points;
    int images = losses ? 1 : j->images;
    return (bs_branch_shape){.blocks = (int)array->dims[0].length,
                             .branches = (int)array->dims[1].length,
                             .neurons = losses ? 1 : (int)array->dims[2].length / images,
                             .images = images,
                             .points = points,
                             .bins = points / 2 + 1,
                             .realisations = j->realisations,
                             .pairs = j->pairs};
}

static bs_status write_floor(const job *j, const bs_branch_shape *shape)
{
    double *row = bs_alloc((size_t)shape->bins, sizeof *row);
    if (row == NULL) {
        return BS_ERR_MEMORY;
    }
    int samples = shape->images > 1 ? shape->images : shape->realisations;
    for (int64_t k = 0; k < shape->bins; k++) {
        row[k] = k == 0 ? (double)NAN : bs_branch_floor(samples, bs_branch_bin_is_real(shape, k));
    }
    bs_status status = bs_branch_array_write(j->surface, BS_COHERENCE_FLOOR, j->network, row);
    bs_free(row);
    return status;
}

static bs_status measure_losses(const job *j, const bs_branch_signals *signals)
{
    BS_TRY(
        bs_branch_bands_run(j->comm, j->surface, j->network, BS_BAND_BRANCH_LOSS, signals, NULL));
    return bs_branch_independence_run(j->comm, j->surface, j->network, signals);
}

static bs_status measure_probes(const job *j, const bs_branch_signals *signals)
{
    BS_TRY(bs_block_moments_run(j->comm, j->surface, j->network, BS_BRANCH_PROBE, signals));
    bool writes = j->comm->rank == 0;
    return bs_agree(j->comm, writes ? write_floor(j, &signals->shape) : BS_OK);
}

/* The losses or the probes of one network. Collective. */
static bs_status analyse_array(const job *j, bool losses)
{
    int array = bs_branch_array_find(j->schema, losses);
    if (array < 0) {
        return BS_OK;
    }
    BS_TRY(bs_agree_stop(j->comm));
    bs_branch_shape shape = shape_of(j, &j->schema->arrays[array], losses);
    bs_log(BS_LOG_DEBUG, "branches: %s of network %d, %d channels of %" PRId64 " points",
           losses ? "losses" : "probes", j->network,
           shape.blocks * shape.branches * shape.neurons * shape.images * shape.realisations,
           shape.points);
    bs_branch_signals signals;
    bs_status status =
        bs_branch_signals_read(j->comm, j->surface, array, j->window, &shape, &signals);
    if (status == BS_OK && signals.shape.paths > 0) {
        status = derive(j, &signals, losses);
        status = status == BS_OK ? bs_agree_stop(j->comm) : status;
        if (status == BS_OK) {
            status = losses ? measure_losses(j, &signals) : measure_probes(j, &signals);
        }
    }
    bs_branch_signals_release(&signals);
    return status;
}

/* Reads the branch surfaces of one network in array INDEX: a neuron per block, whose images are all
 * its channels. Collective. */
static bs_status read_surfaces(const job *j, int index, bool squared, bs_branch_signals *signals)
{
    const bs_array *array = &j->schema->arrays[index];
    const bool logits = array->ndim == 4;
    int64_t points = j->schema->grid.axis[0].points;
    const bs_branch_shape shape = {
        .blocks = (int)array->dims[0].length,
        .branches = (int)array->dims[1].length,
        .neurons = 1,
        .images = logits ? (int)(array->dims[2].length * array->dims[3].length) : 1,
        .classes = logits ? (int)array->dims[3].length : 0,
        .squared = squared,
        .points = points,
        .bins = points / 2 + 1,
        .realisations = j->realisations,
        .pairs = j->pairs};
    return bs_branch_signals_read(j->comm, j->surface, index, j->window, &shape, signals);
}

/* The branch surfaces of one network, where the file has them. Collective. */
static bs_status analyse_surfaces(const job *j, bs_band_source source)
{
    const bool squared = source == BS_BAND_SURFACE_SQUARES;
    const bool logits = source == BS_BAND_SURFACE_LOGITS || squared;
    int index = bs_surface_find_array(j->surface, bs_band_source_array(source));
    int foreign = logits ? bs_surface_find_array(j->surface, BS_FOREIGN_LOGITS) : -1;
    if (index < 0) {
        return BS_OK;
    }
    bs_branch_signals signals;
    bs_branch_signals grafted = {.x = NULL};
    bs_status status = read_surfaces(j, index, squared, &signals);
    if (status == BS_OK && foreign >= 0) {
        status = read_surfaces(j, foreign, squared, &grafted);
    }
    if (status == BS_OK && signals.shape.paths > 0) {
        status = bs_branch_bands_run(j->comm, j->surface, j->network, source, &signals,
                                     foreign >= 0 ? &grafted : NULL);
    }
    if (status == BS_OK && signals.shape.paths > 0 && source == BS_BAND_SURFACE_LOGITS) {
        status = bs_block_moments_run(j->comm, j->surface, j->network, BS_SURFACE_LOGITS, &signals);
    }
    bs_branch_signals_release(&signals);
    bs_branch_signals_release(&grafted);
    return status;
}

/* Lists the network's complete realisations. */
static void list_realisations(job *j, const uint8_t *complete)
{
    j->realisations = 0;
    for (int r = 0; r < j->schema->realisations; r++) {
        int pair = j->network * j->schema->realisations + r;
        if (complete[pair] != 0) {
            j->pairs[j->realisations++] = pair;
        }
    }
}

static bs_status analyse_networks(job *j, const uint8_t *complete)
{
    for (j->network = 0; j->network < j->schema->networks; j->network++) {
        list_realisations(j, complete);
        if (j->realisations > 0) {
            BS_TRY(analyse_array(j, true));
            BS_TRY(analyse_array(j, false));
            BS_TRY(bs_block_kinks_run(j->comm, j->surface, j->network, j->realisations, j->pairs));
            for (int source = BS_BAND_SURFACE_LOSS; source < BS_BAND_SOURCES; source++) {
                BS_TRY(analyse_surfaces(j, (bs_band_source)source));
            }
        }
    }
    return BS_OK;
}

/* How probes are laid out: the attribute probe_images, 1 without one. */
static bs_status find_images(job *j)
{
    char *text = NULL;
    double images = 1.0;
    BS_TRY(bs_surface_attribute(j->surface, BS_PROBE_IMAGES, &text));
    bool number = text == NULL || bs_text_to_double(text, &images);
    bs_free(text);
    int array = bs_branch_array_find(j->schema, false);
    int64_t probes = array < 0 ? 1 : j->schema->arrays[array].dims[2].length;
    bool whole = number && images >= 1.0 && images <= (double)probes && images == floor(images);
    if (array >= 0 && (!whole || probes % (int64_t)images != 0)) {
        return BS_FAIL(BS_ERR_INPUT,
                       "attribute probe_images of the file must divide its %lld probes; was it "
                       "changed by hand?",
                       (long long)probes);
    }
    j->images = whole ? (int)images : 1;
    return BS_OK;
}

bs_status bs_branches_list_arrays(const bs_surface_schema *schema, bs_array_list *list)
{
    if (schema->grid.ndim != 1) {
        return BS_OK;
    }
    BS_TRY(bs_branch_bands_list_arrays(schema, list));
    BS_TRY(bs_block_moments_list_arrays(schema, list));
    BS_TRY(bs_block_kinks_list_arrays(schema, list));
    return bs_branch_arrays_list(schema, list);
}

bs_status bs_branches_run(const bs_comm *comm, bs_surface *surface,
                          const bs_analysis_options *options)
{
    job j = {.comm = comm,
             .surface = surface,
             .schema = bs_surface_get_schema(surface),
             .window = options->window,
             .images = 1};
    bool none = bs_branch_array_find(j.schema, true) < 0 &&
                bs_branch_array_find(j.schema, false) < 0 &&
                bs_surface_find_array(surface, BS_SURFACE_LOSS) < 0;
    if (j.schema->grid.ndim != 1 || none) {
        return BS_OK;
    }
    int pairs = j.schema->networks * j.schema->realisations;
    uint8_t *complete = bs_alloc((size_t)pairs, 1);
    j.pairs = bs_alloc((size_t)j.schema->realisations, sizeof *j.pairs);
    bool allocated = complete != NULL && j.pairs != NULL;
    bs_status status = bs_agree(comm, allocated ? find_images(&j) : BS_ERR_MEMORY);
    if (status == BS_OK && allocated) {
        status = bs_completeness_read(comm, surface, complete);
    }
    if (status == BS_OK && allocated) {
        status = analyse_networks(&j, complete);
    }
    bs_free(complete);
    bs_free(j.pairs);
    return status;
}
