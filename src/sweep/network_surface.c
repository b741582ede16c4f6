/* Binds networks, images and paths to the engine's abstract evaluator. */
#include "blueshift/network_surface.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_check.h"
#include "base_point.h"
#include "block_statistics.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/model.h"
#include "blueshift/shared_images.h"
#include "network_hyperparameters.h"
#include "realisation.h"
#include "point_layout.h"

struct bs_network_surface {
    const bs_groups *groups;
    const bs_experiment *experiment;
    const bs_backend *backend;
    bs_shared_images images;
    int block; /* images per block */
    int base_count;
    bs_base_point *bases;
    const char **names;
    bs_point_layout row;
    bs_array_list arrays;
    char *identity;

    /* of the (network, realisation) that is ready */
    int network; /* -1: none */
    bs_model *model;
    bs_realisation origin;
    bool has_foreign;       /* paths of another network are evaluated too */
    bs_realisation foreign; /* that network */
    float *foreign_theta;   /* of a point */
    float *theta;           /* of a point */
    float *statistics;      /* of a point, where they are not those of the base point */
    bs_block_statistics measured;
    bs_evaluator evaluator;
};

/* Frozen statistics: batch statistics of every block at the ORIGIN, averaged over images. The
 * shards share the blocks; every sum below adds zeros to one shard's numbers, so it is exact. */
static bs_status freeze(bs_network_surface *s, const bs_comm *group, bs_realisation *origin)
{
    bs_block_statistics *m = &s->measured;
    size_t numbers = (size_t)s->evaluator.blocks * m->size;
    bs_range mine = bs_partition_block(s->evaluator.blocks, group->size, group->rank);
    memset(m->measured, 0, numbers * sizeof *m->measured);
    bs_status status = bs_block_statistics_measure(m, s->model, origin->theta, mine);
    BS_TRY(bs_agree(group, status));
    if (group->size > 1) {
        BS_TRY(BS_MPI(MPI_Allreduce(MPI_IN_PLACE, m->measured, (int)numbers, MPI_DOUBLE, MPI_SUM,
                                    group->mpi)));
    }
    bs_block_statistics_average(m, origin->statistics);
    return BS_OK;
}

/* The statistics at COORDINATES, where s->theta is. Recomputed ones take all blocks, whichever this
 * rank scores: shards that shared the pass would have to wait for each other at every point. */
static bs_status place_statistics(bs_network_surface *s, const double coordinates[BS_GRID_DIMS],
                                  const float **statistics)
{
    *statistics = s->origin.statistics;
    if (bs_realisation_recomputes(s->experiment, s->bases[s->network].network)) {
        BS_TRY(bs_block_statistics_measure(&s->measured, s->model, s->theta,
                                           (bs_range){0, s->evaluator.blocks}));
        bs_block_statistics_average(&s->measured, s->statistics);
        *statistics = s->statistics;
    } else if (s->origin.statistics_move) {
        bs_path_point(&s->origin.statistics_path, coordinates, s->statistics);
        *statistics = s->statistics;
    }
    return BS_OK;
}

static void release_point(bs_network_surface *s)
{
    bs_free(s->theta);
    bs_free(s->foreign_theta);
    bs_free(s->statistics);
    bs_block_statistics_release(&s->measured);
    s->theta = NULL;
    s->foreign_theta = NULL;
    s->statistics = NULL;
}

/* For --verbose: the passes of the model's plan, a line each. */
static void log_plan(const bs_network_surface *s, int network)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = bs_log_enabled(BS_LOG_DEBUG) ? open_memstream(&text, &length) : NULL;
    if (out == NULL) {
        return;
    }
    bs_model_print_plan(s->model, out);
    if (fclose(out) == 0) {
        bs_log(BS_LOG_DEBUG, "plan of %s:", s->experiment->networks[network].name);
        for (const char *line = text; *line != '\0';) {
            int bytes = (int)strcspn(line, "\n");
            bs_log(BS_LOG_DEBUG, "  %.*s", bytes, line);
            line += bytes + (line[bytes] == '\n');
        }
    }
    free(text);
}

/* Adds the tails of the branch surfaces. */
static bs_status extend_model(const bs_network_surface *s, const bs_network *network)
{
    const bs_branch_surfaces *wanted = &s->row.wanted.surfaces;
    const int count = bs_surface_block_count(network, wanted);
    if (count == 0) {
        return BS_OK;
    }
    int *blocks = bs_alloc((size_t)count, sizeof *blocks);
    if (blocks == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int i = 0; i < count; i++) {
        blocks[i] = i * wanted->every;
    }
    const bs_tail_options options = {
        .count = count, .blocks = blocks, .fixed = !wanted->moving, .foreign = s->has_foreign};
    bs_status status = bs_model_extend(s->model, &options);
    bs_free(blocks);
    return status;
}

/* Makes room for another network's vectors and its model. */
static bs_status switch_network(bs_network_surface *s, int network)
{
    const bs_base_point *base = &s->bases[network];
    bs_model_destroy(s->model);
    s->model = NULL;
    bs_realisation_release(&s->origin);
    bs_realisation_release(&s->foreign);
    release_point(s);
    s->network = -1;
    s->has_foreign =
        s->row.foreign && bs_surface_block_count(base->network, &s->row.wanted.surfaces);
    s->theta = bs_alloc(base->network->parameter_size, sizeof *s->theta);
    s->foreign_theta =
        bs_alloc(s->has_foreign ? base->network->parameter_size : 0, sizeof *s->foreign_theta);
    s->statistics = bs_alloc(base->network->statistic_size, sizeof *s->statistics);
    if (s->theta == NULL || s->foreign_theta == NULL || s->statistics == NULL) {
        return BS_ERR_MEMORY;
    }
    BS_TRY(bs_realisation_init(&s->origin, s->experiment, base));
    BS_TRY(s->has_foreign ? bs_realisation_init(&s->foreign, s->experiment, base) : BS_OK);
    if (bs_realisation_measures(s->experiment, base->network)) {
        BS_TRY(bs_block_statistics_init(&s->measured, base->network, &s->images.images, s->block));
    }
    BS_TRY(bs_model_create(base->network, s->backend, s->block, &base->normalisation, &s->model));
    BS_TRY(extend_model(s, base->network));
    if (base->network->block_count > 0) {
        BS_TRY(bs_model_observe(s->model, &s->row.wanted, s->experiment->seed,
                                s->images.images.count));
    }
    s->network = network;
    log_plan(s, network);
    return BS_OK;
}

/* The network that lends its paths has a realisation's number that no realisation has, the same
 * however many there are. */
static const uint32_t FOREIGN = UINT32_C(1) << 23;

static bs_status make_realisation(bs_network_surface *s, int network, int realisation)
{
    if (network != s->network) {
        BS_TRY(switch_network(s, network));
    }
    BS_TRY(bs_realisation_make(&s->origin, (uint32_t)realisation));
    return s->has_foreign ? bs_realisation_make(&s->foreign, FOREIGN + (uint32_t)realisation)
                          : BS_OK;
}

static bs_status prepare(void *context, const bs_comm *group, int network, int realisation,
                         double *scalars)
{
    bs_network_surface *s = context;
    BS_TRY(bs_agree(group, make_realisation(s, network, realisation)));
    const bs_realisation *second = s->has_foreign ? &s->foreign : &s->origin;
    bool frozen = s->bases[network].network->architecture.norm == BS_NORM_FROZEN;
    bs_model_set_second(s->model, second->theta, NULL);
    if (frozen) {
        BS_TRY(freeze(s, group, &s->origin));
    }
    if (frozen && s->has_foreign) {
        BS_TRY(freeze(s, group, &s->foreign));
        bs_model_set_second(s->model, second->theta, s->foreign.statistics);
    }
    if (scalars != NULL) {
        bs_realisation_cosines(&s->origin, scalars);
    }
    return BS_OK;
}

static bs_status evaluate(void *context, const bs_point *point, int first, int count,
                          double *partials)
{
    bs_network_surface *s = context;
    bs_path_point(&s->origin.path, point->coordinates, s->theta);
    if (s->has_foreign) {
        bs_path_point(&s->foreign.path, point->coordinates, s->foreign_theta);
        bs_model_set_second(s->model, s->foreign_theta, NULL);
    }
    const float *statistics = NULL;
    BS_TRY(place_statistics(s, point->coordinates, &statistics));
    BS_TRY(bs_model_load(s->model, s->theta, statistics));
    for (int b = first; b < first + count; b++) {
        bs_score score = {0};
        int64_t image = (int64_t)b * s->block;
        BS_TRY(bs_model_score(s->model, &s->images.images, image,
                              bs_block_images(&s->images.images, s->block, b), &score));
        bs_point_layout_fill(&s->row, s->bases[s->network].network, s->model, image, &score,
                             partials + (size_t)(b - first) * (size_t)s->row.partials);
    }
    return BS_OK;
}

static void reduce(const void *context, const double *partials, double *values)
{
    const bs_network_surface *s = context;
    bs_point_layout_merge(&s->row, s->evaluator.blocks, partials, values);
}

static bool missing(const void *context, int value)
{
    const bs_network_surface *s = context;
    return bs_point_layout_missing(&s->row, s->bases[s->network].network, value);
}

static bs_status describe_arrays(bs_network_surface *s)
{
    return s->base_count > 1 ? bs_network_hyperparameters_list_arrays(&s->arrays) : BS_OK;
}

/* Everything that decides the values beside the experiment's own identity. */
static bs_status write_identity(bs_network_surface *s)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL) {
        return BS_FAIL(BS_ERR_MEMORY, "out of memory for the experiment's identity");
    }
    fprintf(out, "%s", s->experiment->identity);
    fprintf(out, "images: %" PRId64 "\nimages_sha256: %s\nkernel: %s\n", s->images.images.count,
            s->images.hash, s->backend->name);
    for (int i = 0; i < s->base_count; i++) {
        bs_base_point_identify(&s->bases[i], i, out);
    }
    bool failed = ferror(out) != 0;
    failed = fclose(out) != 0 || failed;
    s->identity = failed || text == NULL ? NULL : bs_strdup(text);
    free(text);
    return s->identity == NULL ? BS_ERR_MEMORY : BS_OK;
}

static bs_status load_images(bs_network_surface *s)
{
    const bs_image_set set = bs_base_images(s->experiment);
    BS_TRY(bs_shared_images_create(&s->groups->world, &set, &s->images));
    s->block = bs_base_block(s->experiment, &s->images.images);
    return BS_OK;
}

static bs_status load_bases(bs_network_surface *s)
{
    const bs_experiment *e = s->experiment;
    s->bases = bs_alloc(e->network_count, sizeof *s->bases);
    s->names = bs_alloc(e->network_count, sizeof *s->names);
    bool allocated = s->bases != NULL && s->names != NULL;
    BS_TRY(bs_agree(&s->groups->world, allocated ? BS_OK : BS_ERR_MEMORY));
    for (unsigned i = 0; allocated && i < e->network_count; i++) {
        BS_TRY(bs_base_point_load(&s->groups->world, e, &e->networks[i], &s->bases[i]));
        s->names[i] = e->networks[i].name;
        s->base_count++;
    }
    return BS_OK;
}

/* Looks at every network once, on rank 0; synthetic images are nothing to recognise. */
static bs_status check_bases(bs_network_surface *s)
{
    bs_status status = BS_OK;
    bool look = s->groups->world.rank == 0 && s->experiment->source == BS_SOURCE_CIFAR10;
    for (int i = 0; look && i < s->base_count && status == BS_OK; i++) {
        status = bs_base_check(&s->bases[i], &s->images.images);
    }
    return bs_agree(&s->groups->world, status);
}

/* Says that interpolated variances fall below zero when a path runs on past the weights. */
static void warn_beyond(const bs_network_surface *s)
{
    const bs_experiment *e = s->experiment;
    bool moves = false;
    bool beyond = false;
    for (int i = 0; i < s->base_count; i++) {
        moves = moves || (s->bases[i].weights[1] != NULL &&
                          s->bases[i].network->architecture.norm == BS_NORM_RUNNING);
    }
    for (int i = 0; i < e->grid.ndim; i++) {
        beyond = beyond || e->grid.axis[i].from < 0.0 || e->grid.axis[i].to > 1.0;
    }
    if (moves && beyond && e->statistics == BS_STATISTICS_INTERPOLATE) {
        bs_log(BS_LOG_WARNING,
               "the grid goes beyond the weights (0 to 1): running variances, interpolated like "
               "them, may fall below zero there, and such points are non-finite; "
               "path.statistics=recompute or first avoids it");
    }
}

static bs_status shape_rows(bs_network_surface *s, int image_blocks)
{
    bs_point_layout_begin(&s->row, s->experiment);
    for (int i = 0; i < s->base_count; i++) {
        bs_point_layout_widen(&s->row, s->bases[i].network);
    }
    BS_TRY(bs_point_layout_end(&s->row, s->images.images.count, image_blocks));
    return bs_point_layout_list_arrays(&s->row, &s->arrays);
}

static bs_status create(bs_network_surface *s)
{
    BS_TRY(bs_agree(&s->groups->world, bs_backend_find(s->experiment->backend, &s->backend)));
    BS_TRY(load_bases(s));
    BS_TRY(load_images(s));
    BS_TRY(check_bases(s));
    warn_beyond(s);
    const int blocks = bs_block_count(&s->images.images, s->block);
    BS_TRY(bs_agree(&s->groups->world, shape_rows(s, blocks)));
    s->evaluator = (bs_evaluator){
        .context = s,
        .blocks = blocks,
        .partials = s->row.partials,
        .values = s->row.values,
        .scalars = bs_realisation_cosine_count(s->experiment),
        .prepare = prepare,
        .evaluate = evaluate,
        .reduce = reduce,
        .missing = missing,
    };
    for (int i = 0; i < s->base_count; i++) {
        s->evaluator.costly_calls |= bs_realisation_recomputes(s->experiment, s->bases[i].network);
    }
    if (s->groups->shard_count > blocks) {
        bs_log(BS_LOG_WARNING,
               "%d shards share %d blocks of %d images: some have no work; lower parallel.shards "
               "or data.batch",
               s->groups->shard_count, blocks, s->block);
    }
    BS_TRY(bs_agree(&s->groups->world, describe_arrays(s)));
    return bs_agree(&s->groups->world, write_identity(s));
}

bs_status bs_network_surface_create(const bs_groups *groups, const bs_experiment *experiment,
                                    bs_network_surface **surface)
{
    bs_network_surface *s = bs_alloc(1, sizeof *s);
    BS_TRY(bs_agree(&groups->world, s == NULL ? BS_ERR_MEMORY : BS_OK));
    s->groups = groups;
    s->experiment = experiment;
    s->network = -1;
    bs_status status = create(s);
    if (status != BS_OK) {
        bs_network_surface_destroy(s);
        return status;
    }
    *surface = s;
    return BS_OK;
}

void bs_network_surface_destroy(bs_network_surface *surface)
{
    if (surface == NULL) {
        return;
    }
    bs_model_destroy(surface->model);
    bs_realisation_release(&surface->origin);
    release_point(surface);
    for (int i = 0; i < surface->base_count; i++) {
        bs_base_point_release(&surface->bases[i]);
    }
    bs_free(surface->bases);
    bs_free(surface->names);
    bs_array_list_release(&surface->arrays);
    bs_free(surface->identity);
    if (surface->images.images.count > 0) {
        bs_shared_images_release(&surface->images);
    }
    bs_free(surface);
}

const bs_evaluator *bs_network_surface_evaluator(const bs_network_surface *surface)
{
    return &surface->evaluator;
}

void bs_network_surface_schema(const bs_network_surface *surface, bs_surface_schema *schema)
{
    const bs_experiment *e = surface->experiment;
    bool angle = bs_path_periodic(e->path);
    const char *long_name = angle ? "angle along the path" : "steps along the first direction";
    *schema = (bs_surface_schema){
        .grid = e->grid,
        .axes = {{"xcoordinates", long_name, angle ? "radian" : "1"},
                 {"ycoordinates", "steps along the second direction", "1"},
                 {"zcoordinates", "steps along the third direction", "1"}},
        .networks = surface->base_count,
        .network_names = surface->names,
        .realisations = (int)e->realisations,
        .value_count = BS_POINT_VALUES,
        .values = surface->row.variables,
        .scalar_count = surface->evaluator.scalars,
        .scalars = bs_realisation_cosine_variables(),
        .array_count = surface->arrays.count,
        .arrays = surface->arrays.arrays,
        .spectrum_of = 0,
        .spectrum_units = "1",
    };
}

bs_status bs_network_surface_begin(const bs_network_surface *surface, bs_surface *file)
{
    for (int i = 0; i < surface->base_count && surface->groups->world.rank == 0; i++) {
        BS_TRY(bs_network_hyperparameters_write(file, i, &surface->bases[i].network->architecture));
    }
    return BS_OK;
}

const bs_backend *bs_network_surface_backend(const bs_network_surface *surface)
{
    return surface->backend;
}

const bs_network *bs_network_surface_network(const bs_network_surface *surface, int i)
{
    return surface->bases[i].network;
}

int64_t bs_network_surface_images(const bs_network_surface *surface)
{
    return surface->images.images.count;
}

const char *bs_network_surface_identity(const bs_network_surface *surface)
{
    return surface->identity;
}
