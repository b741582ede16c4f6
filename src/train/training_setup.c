/* Backend, images and networks of a training. */
#include "training_setup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The fastest that trains: rounding is far below what micro-batches add. */
static const bs_backend *first_backend(void)
{
    const bs_backend *b = NULL;
    int i = 0;
    while ((b = bs_backend_at(i++)) != NULL) {
        if (b->train != NULL) {
            break;
        }
    }
    return b;
}

static bs_status find_backend(const char *name, const bs_backend **backend)
{
    const bs_backend *found = first_backend();
    if (strcmp(name, "auto") != 0) {
        BS_TRY(bs_backend_find(name, &found));
    }
    if (found == NULL || found->train == NULL) {
        return BS_FAIL(BS_ERR_USAGE,
                       "the backend %s has no backward pass, so that it cannot train; take "
                       "evaluation.backend=auto",
                       found == NULL ? name : found->name);
    }
    *backend = found;
    return BS_OK;
}

static bs_status load_images(bs_training_setup *s)
{
    const bs_experiment *e = s->experiment;
    bs_image_set set = bs_base_images(e);
    BS_TRY(bs_shared_images_create(s->world, &set, &s->images));
    if (e->train.test_every == 0) {
        return BS_OK;
    }
    set.split = BS_SPLIT_TEST;
    set.file = NULL;
    set.first = 0;
    set.count = e->train.test_images;
    return bs_shared_images_create(s->world, &set, &s->tests);
}

static bs_status check_experiment(const bs_experiment *e)
{
    if (e->split == BS_SPLIT_BOTH) {
        return BS_FAIL(BS_ERR_USAGE,
                       "data.split=both: a training learns from one split and tests on the other "
                       "one anyway (train.test_every); take data.split=train");
    }
    for (unsigned n = 0; n < e->network_count; n++) {
        if (e->networks[n].trajectory[0] != '\0') {
            return BS_FAIL(BS_ERR_USAGE,
                           "network '%s': a training follows no trajectory; leave networks.%u."
                           "trajectory out",
                           e->networks[n].name, n);
        }
    }
    return BS_OK;
}

bs_status bs_training_setup_create(const bs_comm *world, const bs_experiment *experiment,
                                   bs_training_setup *s)
{
    const bs_backend *backend = NULL;
    *s = (bs_training_setup){.world = world,
                             .experiment = experiment,
                             .images = {.node = {.mpi = MPI_COMM_NULL}, .window = MPI_WIN_NULL},
                             .tests = {.node = {.mpi = MPI_COMM_NULL}, .window = MPI_WIN_NULL}};
    BS_TRY(check_experiment(experiment));
    BS_TRY(bs_agree(world, find_backend(experiment->backend, &backend)));
    BS_TRY(load_images(s));
    s->subject = (bs_training_subject){.experiment = experiment,
                                       .backend = backend,
                                       .images = &s->images,
                                       .tests = s->tests.images.count > 0 ? &s->tests : NULL};
    return BS_OK;
}

static void leave(bs_training_setup *s)
{
    bs_network_destroy(s->trained);
    bs_network_destroy(s->tested);
    bs_base_point_release(&s->base);
    s->trained = NULL;
    s->tested = NULL;
}

void bs_training_setup_release(bs_training_setup *s)
{
    leave(s);
    bs_shared_images_release(&s->images);
    bs_shared_images_release(&s->tests);
}

/* ---- a network ---- */

static bs_status check_network(const bs_training_setup *s, const bs_architecture *a)
{
    const bs_experiment *e = s->experiment;
    const char *name = e->networks[s->network].name;
    if (a->norm == BS_NORM_FROZEN) {
        return BS_FAIL(BS_ERR_USAGE,
                       "network '%s': a training has norms of the batch or none, not frozen ones; "
                       "take --set networks.%d.norm=batch",
                       name, s->network);
    }
    const int64_t count = s->images.images.count;
    const int64_t micro = (int64_t)e->batch;
    if (a->norm != BS_NORM_NONE && bs_training_smallest(&e->train, count, micro) < 2) {
        char fewer[64] = "train.batch or data.batch";
        if (count > 1 && bs_training_smallest(&e->train, count - 1, micro) > 1) {
            snprintf(fewer, sizeof fewer, "numbers, or data.images=%" PRId64, count - 1);
        }
        return BS_FAIL(BS_ERR_USAGE,
                       "network '%s': %" PRId64 " images in batches of train.batch=%" PRId64
                       " and micro-batches of data.batch=%" PRId64
                       " leave a micro-batch of one image, which has no statistics for its norms; "
                       "take other %s",
                       name, count, e->train.batch, micro, fewer);
    }
    return BS_OK;
}

/* The network as it is trained and as it is tested. */
static bs_status make_networks(bs_training_setup *s)
{
    bs_architecture a = s->base.network->architecture;
    BS_TRY(check_network(s, &a));
    bool norms = a.norm != BS_NORM_NONE;
    a.norm = norms ? BS_NORM_BATCH : BS_NORM_NONE;
    BS_TRY(bs_network_create(&a, &s->trained));
    a.norm = norms ? BS_NORM_RUNNING : BS_NORM_NONE;
    return bs_network_create(&a, &s->tested);
}

bs_status bs_training_setup_enter(bs_training_setup *s, int network)
{
    const bs_experiment *e = s->experiment;
    leave(s);
    s->network = network;
    BS_TRY(bs_base_point_load(s->world, e, &e->networks[network], &s->base));
    return bs_agree(s->world, make_networks(s));
}
