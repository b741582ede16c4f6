/* Binds networks, images and paths to the engine's abstract evaluator. */
#include "blueshift/network_surface.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend_choice.h"
#include "base_check.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/trajectory.h"
#include "network_evaluator.h"
#include "network_hyperparameters.h"
#include "training_age.h"

static bs_status describe_arrays(bs_network_surface *s)
{
    BS_TRY(s->base_count > 1 ? bs_network_hyperparameters_list_arrays(&s->arrays) : BS_OK);
    BS_TRY(bs_training_age_list_arrays(s->base_count, s->bases, &s->arrays));
    return bs_trajectory_list_arrays(s->base_count, s->bases, &s->arrays);
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
    if (s->other != NULL) {
        fprintf(out, "test_images: %" PRId64 "\ntest_images_sha256: %s\n",
                s->other->images.images.count, s->other->images.hash);
    }
    if (s->fallback != NULL) {
        fprintf(out, "fallback: %s\n", s->fallback->name);
    }
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
    for (int i = 0; i < s->grid.ndim; i++) {
        beyond = beyond || s->grid.axis[i].from < 0.0 || s->grid.axis[i].to > 1.0;
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
    s->row.fallbacks = s->fallback != NULL;
    for (int i = 0; i < s->base_count; i++) {
        bs_point_layout_widen(&s->row, s->bases[i].network);
    }
    BS_TRY(bs_point_layout_end(&s->row, &s->images.images, image_blocks));
    return bs_point_layout_list_arrays(&s->row, &s->arrays);
}

enum { NAME_BYTES = 64 };

/* The backends that made the output, where it is there already: "" for those it does not name.
 * Whether it can be resumed is seen later. Collective. */
static bs_status read_output(const bs_network_surface *s, char names[2][NAME_BYTES])
{
    static const char *const attributes[] = {"backend", "fallback"};
    const bs_comm *world = &s->groups->world;
    const char *path = s->experiment->output;
    bs_surface *file = NULL;
    memset(names, 0, sizeof(char[2][NAME_BYTES]));
    if (world->rank == 0 && access(path, R_OK) == 0 &&
        bs_surface_open_read(&bs_comm_alone, path, &file) == BS_OK) {
        for (int i = 0; i < 2; i++) {
            char *text = NULL;
            if (bs_surface_attribute(file, attributes[i], &text) == BS_OK && text != NULL) {
                snprintf(names[i], NAME_BYTES, "%s", text);
            }
            bs_free(text);
        }
        (void)bs_surface_close(file);
    }
    return BS_MPI(MPI_Bcast(names, 2 * NAME_BYTES, MPI_CHAR, 0, world->mpi));
}

/* The backend, that of the output where there is one, and what evaluates that which leaves its
 * range. */
static bs_status choose_backends(bs_network_surface *s)
{
    char made_by[2][NAME_BYTES];
    const bs_comm *world = &s->groups->world;
    const bs_observables *wanted = &s->experiment->observables;
    const bs_network *networks[BS_NETWORKS_MAX] = {NULL};
    bs_backend_need need = {.name = s->experiment->backend,
                            .network_count = s->base_count,
                            .networks = networks,
                            .observed = wanted->branch_losses || wanted->probes > 0,
                            .cards = (int)s->experiment->gpus};
    for (int i = 0; i < s->base_count; i++) {
        networks[i] = s->bases[i].network;
        need.recomputed =
            need.recomputed || bs_realisation_recomputes(s->experiment, s->bases[i].network);
    }
    BS_TRY(read_output(s, made_by));
    need.preferred = made_by[0];
    BS_TRY(bs_backend_choose(world, &need, &s->backend));
    if (s->backend->points != NULL) {
        need.name = "winograd";
        need.preferred = made_by[1];
        BS_TRY(bs_backend_choose(world, &need, &s->fallback));
    }
    return BS_OK;
}

/* The same networks on the images of the test split, with a model and realisations of their own,
 * since their statistics of norms may differ: what takes time is done for other images, and making
 * the weights of a point twice is nothing beside it. */
static bs_status add_test_split(bs_network_surface *s)
{
    bs_image_set set = bs_base_images(s->experiment);
    bs_network_surface *o = bs_alloc(1, sizeof *o);
    s->other = o;
    BS_TRY(bs_agree(&s->groups->world, o == NULL ? BS_ERR_MEMORY : BS_OK));
    *o = *s;
    o->other = NULL;
    o->images = (bs_shared_images){.window = MPI_WIN_NULL};
    o->arrays = (bs_array_list){0};
    o->network = -1;
    set.split = BS_SPLIT_TEST;
    BS_TRY(bs_shared_images_create(&s->groups->world, &set, &o->images));
    o->block = bs_base_block(s->experiment, &o->images.images);
    o->row = bs_point_layout_other(&s->row);
    bs_network_evaluator_init(o, bs_block_count(&o->images.images, o->block));
    s->both = (bs_both_splits){.first = &s->evaluator,
                               .second = &o->evaluator,
                               .values = BS_POINT_VALUES,
                               .first_count = bs_point_layout_fallbacks(&s->row),
                               .second_count = bs_point_layout_fallbacks(&o->row)};
    return bs_agree(&s->groups->world, bs_both_splits_init(&s->both, &s->joined));
}

static bs_status create(bs_network_surface *s)
{
    BS_TRY(load_bases(s));
    bs_trajectory_fit(s->experiment, s->base_count, s->bases, &s->grid);
    BS_TRY(choose_backends(s));
    BS_TRY(load_images(s));
    BS_TRY(check_bases(s));
    warn_beyond(s);
    const int blocks = bs_block_count(&s->images.images, s->block);
    BS_TRY(bs_agree(&s->groups->world, shape_rows(s, blocks)));
    bs_network_evaluator_init(s, blocks);
    BS_TRY(s->experiment->split == BS_SPLIT_BOTH ? add_test_split(s) : BS_OK);
    const int shared = bs_network_surface_evaluator(s)->blocks;
    if (s->groups->shard_count > shared) {
        bs_log(BS_LOG_WARNING,
               "%d shards share %d blocks of %d images: some have no work; lower parallel.shards "
               "or data.batch",
               s->groups->shard_count, shared, s->block);
    }
    BS_TRY(bs_agree(&s->groups->world, describe_arrays(s)));
    return bs_agree(&s->groups->world, write_identity(s));
}

bs_status bs_network_surface_create(const bs_groups *groups, const bs_experiment *experiment,
                                    bs_network_surface **surface)
{
    bs_network_surface *s = bs_alloc(1, sizeof *s);
    BS_TRY(bs_agree_block(&groups->world, s));
    s->groups = groups;
    s->experiment = experiment;
    s->grid = experiment->grid;
    s->network = -1;
    bs_status status = create(s);
    if (status != BS_OK) {
        bs_network_surface_destroy(s);
        return status;
    }
    *surface = s;
    return BS_OK;
}

static void release_images(bs_network_surface *s)
{
    if (s->images.images.count > 0) {
        bs_shared_images_release(&s->images);
    }
}

void bs_network_surface_destroy(bs_network_surface *surface)
{
    if (surface == NULL) {
        return;
    }
    bs_network_evaluator_release(surface);
    if (surface->other != NULL) {
        bs_network_evaluator_release(surface->other);
        release_images(surface->other);
        bs_free(surface->other);
        bs_both_splits_release(&surface->both);
    }
    for (int i = 0; i < surface->base_count; i++) {
        bs_base_point_release(&surface->bases[i]);
    }
    bs_free(surface->bases);
    bs_free(surface->names);
    bs_array_list_release(&surface->arrays);
    bs_free(surface->identity);
    release_images(surface);
    bs_free(surface);
}

const bs_evaluator *bs_network_surface_evaluator(const bs_network_surface *surface)
{
    return surface->other != NULL ? &surface->joined : &surface->evaluator;
}

void bs_network_surface_schema(const bs_network_surface *surface, bs_surface_schema *schema)
{
    const bs_experiment *e = surface->experiment;
    const bool angle = bs_path_periodic(e->path);
    const char *long_name = angle ? "angle along the path"
                            : surface->bases[0].trajectory != NULL
                                ? "first principal component"
                                : "steps along the first direction";
    const char *second = surface->bases[0].trajectory != NULL ? "second principal component"
                                                              : "steps along the second direction";
    *schema = (bs_surface_schema){
        .grid = surface->grid,
        .axes = {{"x", long_name, angle ? "radian" : "1"},
                 {"y", second, "1"},
                 {"z", "steps along the third direction", "1"}},
        .networks = surface->base_count,
        .network_names = surface->names,
        .realisations = (int)e->realisations,
        .value_count = surface->other != NULL ? BS_POINT_SPLITS * BS_POINT_VALUES : BS_POINT_VALUES,
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
        const bs_base_point *base = &surface->bases[i];
        BS_TRY(bs_network_hyperparameters_write(file, i, &base->network->architecture));
        BS_TRY(bs_training_age_write(file, i, base));
        BS_TRY(base->trajectory != NULL ? bs_trajectory_write(file, i, base->trajectory) : BS_OK);
    }
    return BS_OK;
}

const bs_backend *bs_network_surface_backend(const bs_network_surface *surface)
{
    return surface->backend;
}

const bs_backend *bs_network_surface_fallback(const bs_network_surface *surface)
{
    return surface->fallback;
}

const bs_network *bs_network_surface_network(const bs_network_surface *surface, int i)
{
    return surface->bases[i].network;
}

int64_t bs_network_surface_multiply_adds(const bs_network_surface *surface)
{
    const bs_network *extended = surface->model != NULL ? bs_model_extended(surface->model) : NULL;
    return surface->network < 0 ? 0
           : extended != NULL   ? extended->multiply_adds
                                : surface->bases[surface->network].network->multiply_adds;
}

int64_t bs_network_surface_images(const bs_network_surface *surface)
{
    return surface->images.images.count;
}

int64_t bs_network_surface_test_images(const bs_network_surface *surface)
{
    return surface->other != NULL ? surface->other->images.images.count : 0;
}

const char *bs_network_surface_identity(const bs_network_surface *surface)
{
    return surface->identity;
}
