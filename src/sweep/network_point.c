/* Makes a point again from what its result file says, and sees to it that it is the same. */
#include "blueshift/network_point.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "block_statistics.h"
#include "realisation.h"

struct bs_network_point {
    bs_point_request request;
    bs_base_point base;
    bs_realisation realisation;
    float *theta;      /* of the point */
    float *statistics; /* of the point */
    bs_point_view view;
    bs_images images; /* count 0: not read yet */
    uint8_t *block;   /* pixels, then labels */
    const bs_backend *backend;
    bs_model *model; /* where statistics are measured; else NULL */
    bs_block_statistics measured;
};

/* The line of TEXT that begins with the LENGTH bytes at START; NULL: none. */
static const char *find_line(const char *text, const char *start, size_t length)
{
    while (text != NULL && strncmp(text, start, length) != 0) {
        text = strchr(text, '\n');
        text = text == NULL ? NULL : text + 1;
    }
    return text;
}

/* Whether every line of NOW ("key: value") stands in the identity of the sweep. */
static bs_status check_identity(const bs_point_request *r, const char *now)
{
    for (const char *line = now; *line != '\0'; line += strcspn(line, "\n") + 1) {
        int length = (int)strcspn(line, "\n");
        size_t key = strcspn(line, ":");
        const char *then = find_line(r->identity, line, key);
        if (then == NULL) {
            return BS_FAIL(BS_ERR_INPUT,
                           "%s: the sweep knew no '%.*s', which is there now; give it the files "
                           "that it read, as --set KEY=FILE where they have moved",
                           r->path, length, line);
        }
        if (strcspn(then, "\n") != (size_t)length || strncmp(then, line, (size_t)length) != 0) {
            return BS_FAIL(BS_ERR_INPUT,
                           "%s: it was measured with '%.*s', but now there is '%.*s'; give it the "
                           "files that it read, as --set KEY=FILE where they have moved",
                           r->path, (int)strcspn(then, "\n"), then, length, line);
        }
    }
    return BS_OK;
}

/* Weights, normalisation and directions against the identity. */
static bs_status check_base(const bs_network_point *p)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL) {
        return BS_FAIL(BS_ERR_MEMORY, "out of memory for the identity of a network");
    }
    bs_base_point_identify(&p->base, p->request.network, out);
    bool good = ferror(out) == 0;
    good = fclose(out) == 0 && good && text != NULL;
    bs_status status = good ? check_identity(&p->request, text)
                            : BS_FAIL(BS_ERR_MEMORY, "out of memory for the identity of a network");
    free(text);
    return status;
}

static bs_status check_images(const bs_network_point *p)
{
    char hash[BS_HASH_HEX];
    char text[BS_HASH_HEX + 64];
    BS_TRY(bs_images_hash(&p->images, hash));
    snprintf(text, sizeof text, "images: %" PRId64 "\nimages_sha256: %s\n", p->images.count, hash);
    return check_identity(&p->request, text);
}

static bs_status read_images(bs_network_point *p)
{
    const bs_image_set set = bs_base_images(p->request.experiment);
    int64_t count = 0;
    BS_TRY(bs_image_set_count(&set, &count));
    p->block = bs_alloc((size_t)count, BS_IMAGE_BYTES + 1);
    if (p->block == NULL) {
        return BS_ERR_MEMORY;
    }
    uint8_t *labels = p->block + (size_t)count * BS_IMAGE_BYTES;
    BS_TRY(bs_image_set_read(&set, count, p->block, labels));
    p->images = (bs_images){.count = count, .pixels = p->block, .labels = labels};
    return check_images(p);
}

bs_status bs_network_point_images(bs_network_point *point, const bs_images **images)
{
    if (point->images.count == 0) {
        BS_TRY(read_images(point));
    }
    *images = &point->images;
    return BS_OK;
}

/* The sweep's backend; another machine may not have it, and then the statistics differ by rounding.
 */
static bs_status find_backend(bs_network_point *p)
{
    const char *wanted = p->request.backend;
    if (wanted != NULL && bs_backend_find(wanted, &p->backend) == BS_OK) {
        return BS_OK;
    }
    BS_TRY(bs_backend_find("auto", &p->backend));
    bs_log(BS_LOG_WARNING,
           "%s was measured with the backend %s, which this machine cannot run: statistics of "
           "norms are measured with %s, and agree but for rounding",
           p->request.path, wanted != NULL ? wanted : "of another version", p->backend->name);
    return BS_OK;
}

/* Makes what measures statistics, when it is first needed. */
static bs_status prepare_model(bs_network_point *p)
{
    const bs_images *images = NULL;
    if (p->model != NULL) {
        return BS_OK;
    }
    BS_TRY(bs_network_point_images(p, &images));
    BS_TRY(find_backend(p));
    const int size = bs_base_block(p->request.experiment, images);
    BS_TRY(bs_block_statistics_init(&p->measured, p->base.network, images, size));
    return bs_model_create(p->base.network, p->backend, size, &p->base.normalisation, &p->model);
}

/* Statistics of all images at THETA. */
static bs_status measure(bs_network_point *p, const float *theta, float *statistics)
{
    BS_TRY(prepare_model(p));
    const bs_range all = {0, bs_block_count(&p->images, p->measured.block)};
    BS_TRY(bs_block_statistics_measure(&p->measured, p->model, theta, all));
    bs_block_statistics_average(&p->measured, statistics);
    return BS_OK;
}

static bs_status place_statistics(bs_network_point *p, const double *coordinates)
{
    const bs_norm norm = p->base.network->architecture.norm;
    p->view.statistics = norm == BS_NORM_FROZEN || norm == BS_NORM_RUNNING ? p->statistics : NULL;
    if (norm == BS_NORM_FROZEN) {
        return measure(p, p->realisation.theta, p->statistics);
    }
    if (bs_realisation_recomputes(p->request.experiment, p->base.network)) {
        return measure(p, p->theta, p->statistics);
    }
    if (p->realisation.statistics_move && coordinates != NULL) {
        bs_path_point(&p->realisation.statistics_path, coordinates, p->statistics);
    } else {
        memcpy(p->statistics, p->realisation.statistics,
               p->base.network->statistic_size * sizeof *p->statistics);
    }
    return BS_OK;
}

bs_status bs_network_point_place(bs_network_point *point, const double *coordinates)
{
    if (coordinates != NULL) {
        bs_path_point(&point->realisation.path, coordinates, point->theta);
    } else {
        memcpy(point->theta, point->realisation.theta,
               point->base.network->parameter_size * sizeof *point->theta);
    }
    return place_statistics(point, coordinates);
}

static bs_status create(bs_network_point *p)
{
    const bs_point_request *r = &p->request;
    BS_TRY(bs_base_point_load(&bs_comm_alone, r->experiment, &r->experiment->networks[r->network],
                              &p->base));
    BS_TRY(check_base(p));
    const bs_network *network = p->base.network;
    p->theta = bs_alloc(network->parameter_size, sizeof *p->theta);
    p->statistics = bs_alloc(network->statistic_size, sizeof *p->statistics);
    if (p->theta == NULL || p->statistics == NULL) {
        return BS_ERR_MEMORY;
    }
    BS_TRY(bs_realisation_init(&p->realisation, r->experiment, &p->base));
    BS_TRY(bs_realisation_make(&p->realisation, r->realisation));
    p->view = (bs_point_view){
        .network = network,
        .normalisation = &p->base.normalisation,
        .theta = p->theta,
        .direction_count = bs_path_directions(r->experiment->path),
        .directions = {p->realisation.directions[0], p->realisation.directions[1],
                       p->realisation.directions[2]},
    };
    return BS_OK;
}

bs_status bs_network_point_create(const bs_point_request *request, bs_network_point **point)
{
    *point = NULL;
    bs_network_point *made = bs_alloc(1, sizeof *made);
    if (made == NULL) {
        return BS_ERR_MEMORY;
    }
    made->request = *request;
    bs_status status = create(made);
    if (status != BS_OK) {
        bs_network_point_destroy(made);
        return status;
    }
    *point = made;
    return BS_OK;
}

const bs_point_view *bs_network_point_view(const bs_network_point *point)
{
    return &point->view;
}

void bs_network_point_destroy(bs_network_point *point)
{
    if (point == NULL) {
        return;
    }
    bs_model_destroy(point->model);
    bs_block_statistics_release(&point->measured);
    bs_realisation_release(&point->realisation);
    bs_base_point_release(&point->base);
    bs_free(point->theta);
    bs_free(point->statistics);
    bs_free(point->block);
    bs_free(point);
}
