/* Ranges, and what must fit together. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/claim.h"
#include "blueshift/statistics.h"
#include "blueshift/text.h"
#include "experiment_parts.h"

enum { OBSERVABLES_MAX = 65536 };

static const char fit[] = "fit:";

/* Rejects the element CHANNEL of data.mean or data.std. */
static bs_status check_constants(const bs_yaml_tree *d, const bs_experiment *e)
{
    bs_normalisation n;
    int channel = 0;
    char advice[BS_NORMALISATION_ADVICE];
    memcpy(n.mean, e->mean, sizeof n.mean);
    memcpy(n.std, e->std, sizeof n.std);
    const char *wrong = bs_normalisation_check(&n, &channel, advice);
    if (wrong == NULL) {
        return BS_OK;
    }
    char path[BS_KEY_MAX];
    snprintf(path, sizeof path, "data.%s.%d", wrong, channel);
    return bs_keys_reject(d, path, "%s", advice);
}

static bs_status check_data(const bs_yaml_tree *d, const bs_experiment *e)
{
    if (e->source == BS_SOURCE_SYNTHETIC && e->data_file[0] != '\0') {
        return bs_keys_reject(d, "data.file",
                              "synthetic images come from no file; set data.source to cifar10, or "
                              "leave data.file out");
    }
    if (e->split == BS_SPLIT_BOTH && e->data_file[0] != '\0') {
        return bs_keys_reject(d, "data.file",
                              "a file is of one split, and data.split is both; leave one of them "
                              "out");
    }
    if (e->source == BS_SOURCE_CIFAR10 && e->data_path[0] == '\0') {
        return bs_keys_reject(
            d, "data.path",
            "it must name the folder of CIFAR-10's binary files: set it, or the "
            "environment variable BLUESHIFT_DATA, or take data.source=synthetic "
            "(blueshift-fetch-cifar10, in the source tools/fetch-cifar10, downloads "
            "the files)");
    }
    bool weights = false;
    for (unsigned i = 0; i < e->network_count; i++) {
        weights = weights || e->networks[i].weights[0] != '\0';
    }
    if (strcmp(e->normalisation, "weights") == 0 && !weights) {
        return bs_keys_reject(d, "data.normalisation",
                              "no network has a weights file to take the constants from; give "
                              "weights, or a name such as cifar10");
    }
    return check_constants(d, e);
}

/* An axis for each coordinate of the path, and no other. */
static bs_status check_axes_given(const bs_yaml_tree *d, const bs_experiment *e)
{
    static const char *const keys[BS_GRID_DIMS] = {"grid.x", "grid.y", "grid.z"};
    int wanted = bs_path_coordinates(e->path);
    const char *kind = bs_path_name(e->path);
    for (int i = 0; i < BS_GRID_DIMS; i++) {
        bool given = e->axis_text[i][0] != '\0';
        if (given && i >= wanted) {
            return bs_keys_reject(d, keys[i],
                                  "path.kind %s has only %s; leave it out, or take "
                                  "another kind",
                                  kind, wanted > 1 ? "x and y" : "the axis x");
        }
        if (!given && i < wanted) {
            return bs_keys_reject(d, keys[i],
                                  "path.kind %s needs it; give FROM:TO:POINTS, such as "
                                  "-1:1:51",
                                  kind);
        }
    }
    return BS_OK;
}

static bs_status check_period(const bs_yaml_tree *d, const bs_experiment *e)
{
    static const double tolerance = 1e-9;
    const bs_axis *x = &e->grid.axis[0];
    if (e->endpoint) {
        return bs_keys_reject(d, "grid.endpoint",
                              "on a %s the last sample would be the first again; leave it "
                              "out",
                              bs_path_name(e->path));
    }
    if (fabs(x->to - x->from - 2 * BS_PI) > tolerance) {
        return bs_keys_reject(d, "grid.x",
                              "a %s is one full period; give only its number of points, such "
                              "as 64",
                              bs_path_name(e->path));
    }
    return BS_OK;
}

/* Prefixes the message of a part with the place of what PATH names. */
static bs_status placed_error(const bs_yaml_tree *d, const char *path, bs_status status)
{
    const bs_yaml_node *node = bs_yaml_find(d, path);
    char place[BS_PLACE_MAX] = "";
    if (node != NULL) {
        bs_yaml_node_place(node, place, sizeof place);
    }
    return status == BS_OK ? BS_OK : BS_FAIL(status, "%s%s", place, bs_error_text());
}

/* The axis as it was parsed, so that -1:1:51 and -1.0:1:51 are the same experiment. */
static bs_status rewrite_axis(const bs_yaml_tree *d, const char *path, const bs_axis *axis)
{
    char from[BS_TEXT_DOUBLE];
    char to[BS_TEXT_DOUBLE];
    char text[4 * BS_TEXT_DOUBLE];
    bs_text_from_double(axis->from, from);
    bs_text_from_double(axis->to, to);
    snprintf(text, sizeof text, "%s:%s:%lld", from, to, (long long)axis->points);
    return bs_yaml_node_set_text(bs_yaml_find(d, path), text, false);
}

/* "fit:POINTS": the ends are known when the trajectories are. */
static bs_status parse_fit(const bs_yaml_tree *d, bs_experiment *e, int axis, const char *path)
{
    bool any = false;
    for (unsigned n = 0; n < e->network_count; n++) {
        any = any || e->networks[n].trajectory[0] != '\0';
    }
    const char *points = e->axis_text[axis] + strlen(fit);
    if (!any || bs_path_periodic(e->path) ||
        !bs_text_to_int64(points, &e->grid.axis[axis].points) || e->grid.axis[axis].points < 2) {
        return bs_keys_reject(d, path,
                              "fit:POINTS, at least 2, lays an axis around networks.trajectory on "
                              "a line, plane or volume; else give FROM:TO:POINTS");
    }
    e->grid.axis[axis].from = -1.0;
    e->grid.axis[axis].to = 1.0;
    e->grid.axis[axis].endpoint = e->endpoint;
    e->fitted[axis] = true;
    return BS_OK;
}

static bs_status parse_axis(const bs_yaml_tree *d, bs_experiment *e, int axis)
{
    static const char *const names[BS_GRID_DIMS] = {"x", "y", "z"};
    char path[BS_KEY_MAX];
    snprintf(path, sizeof path, "grid.%s", names[axis]);
    if (strncmp(e->axis_text[axis], fit, strlen(fit)) == 0) {
        return parse_fit(d, e, axis, path);
    }
    BS_TRY(placed_error(
        d, path, bs_axis_parse(e->axis_text[axis], names[axis], e->endpoint, &e->grid.axis[axis])));
    return rewrite_axis(d, path, &e->grid.axis[axis]);
}

static bs_status check_grid(const bs_yaml_tree *d, bs_experiment *e)
{
    BS_TRY(check_axes_given(d, e));
    e->grid.ndim = bs_path_coordinates(e->path);
    for (int i = 0; i < BS_GRID_DIMS && i < e->grid.ndim; i++) {
        BS_TRY(parse_axis(d, e, i));
    }
    if (bs_path_periodic(e->path)) {
        BS_TRY(check_period(d, e));
    }
    int64_t repeats = (int64_t)e->network_count * e->realisations;
    return placed_error(d, "grid.x", bs_grid_check(&e->grid, repeats));
}

static bs_status check_probe_images(const bs_yaml_tree *d, const bs_experiment *e)
{
    const bs_observables *o = &e->observables;
    if (o->probe_images < 1 || bs_probe_count(o) > OBSERVABLES_MAX) {
        return bs_keys_reject(d, "observables.probe_images",
                              "give a number of images, 1 or more; probes times probe_images "
                              "may be %d",
                              OBSERVABLES_MAX);
    }
    if (e->images > 0 && o->probes > 0 && o->probe_images > e->images) {
        return bs_keys_reject(d, "observables.probe_images",
                              "only data.images=%lld images are evaluated; give at most as "
                              "many",
                              (long long)e->images);
    }
    return BS_OK;
}

/* Takes over the blocks that are listed. */
static bs_status check_surface_blocks(const bs_yaml_tree *d, bs_experiment *e)
{
    static const char key[] = "observables.branch_surfaces.blocks";
    bs_branch_surfaces *s = &e->observables.surfaces;
    if (s->every > 0 && e->surface_block_count > 0) {
        return bs_keys_reject(d, "observables.branch_surfaces.every",
                              "blocks lists them already: leave one of the two out");
    }
    for (unsigned i = 0; i < e->surface_block_count; i++) {
        char path[BS_KEY_MAX];
        snprintf(path, sizeof path, "%s.%u", key, i);
        const double block = e->surface_blocks[i];
        if (block != floor(block)) {
            return bs_keys_reject(d, path, "a block has a whole number, from 0");
        }
        if (i > 0 && block <= e->surface_blocks[i - 1]) {
            return bs_keys_reject(d, path, "list every block once, in ascending order");
        }
        s->blocks[s->block_count++] = (int)block;
    }
    return BS_OK;
}

static bs_status check_observables(const bs_yaml_tree *d, bs_experiment *e)
{
    const bs_observables *o = &e->observables;
    BS_TRY(check_surface_blocks(d, e));
    const bool surfaces = bs_surfaces_wanted(&o->surfaces);
    if (e->images > 0 && o->logits > e->images) {
        return bs_keys_reject(d, "observables.logits",
                              "only data.images=%lld images are evaluated; give at most as many",
                              (long long)e->images);
    }
    if (e->images > 0 && o->image_losses > e->images) {
        return bs_keys_reject(d, "observables.image_losses",
                              "only data.images=%lld images are evaluated; give at most as many",
                              (long long)e->images);
    }
    BS_TRY(check_probe_images(d, e));
    if (e->images > 0 && surfaces && o->surfaces.images > e->images) {
        return bs_keys_reject(d, "observables.branch_surfaces.images",
                              "only data.images=%lld images are evaluated; give at most as many",
                              (long long)e->images);
    }
    if ((o->branch_losses || o->probes > 0 || surfaces) && !bs_experiment_may_have_blocks(e)) {
        return bs_keys_reject(
            d,
            o->branch_losses        ? "observables.branch_losses"
            : o->probes > 0         ? "observables.probes"
            : o->surfaces.every > 0 ? "observables.branch_surfaces.every"
                                    : "observables.branch_surfaces.blocks",
            "no network has residual blocks to look at; leave it out, or add a resnet, or an mlp "
            "with paths or a shortcut");
    }
    return BS_OK;
}

/* Claims that can be read, about networks that there are. */
static bs_status check_claim(const bs_yaml_tree *d, const bs_experiment *e)
{
    const char *names[BS_NETWORKS_MAX];
    const char *rest = e->claim;
    bs_claim claim;
    bool found = false;
    for (unsigned n = 0; n < e->network_count; n++) {
        names[n] = e->networks[n].name;
    }
    while (true) {
        BS_TRY(placed_error(d, "claim", bs_claim_next(&rest, &claim, &found)));
        if (!found) {
            return BS_OK;
        }
        const char *const sides[2] = {claim.left, claim.right};
        for (int side = 0; side < 2; side++) {
            bool known = side == 1 && sides[side][0] == '\0';
            for (unsigned n = 0; n < e->network_count && !known; n++) {
                known = strcmp(names[n], sides[side]) == 0;
            }
            char ending[BS_PLACE_MAX] = "";
            bs_text_suggest(sides[side], (int)e->network_count, names, "Networks", ending,
                            sizeof ending);
            BS_TRY(known
                       ? BS_OK
                       : placed_error(
                             d, "claim",
                             BS_FAIL(BS_ERR_USAGE,
                                     "claim: no network is called '%s'%s (--set claim= leaves the "
                                     "claims out)",
                                     sides[side], ending)));
        }
    }
}

static bs_status check_training(const bs_yaml_tree *d, const bs_experiment *e)
{
    const bs_training *t = &e->train;
    for (unsigned i = 1; i < t->milestone_count; i++) {
        if (!(t->milestones[i] > t->milestones[i - 1])) {
            char path[BS_KEY_MAX];
            snprintf(path, sizeof path, "train.milestones.%u", i);
            return bs_keys_reject(d, path, "a milestone comes after the one before it");
        }
    }
    if (t->nesterov && t->momentum == 0.0) {
        return bs_keys_reject(d, "train.momentum",
                              "Nesterov's step needs one: give it, such as 0.9, or take "
                              "train.nesterov=false");
    }
    if (e->checkpoints[0] == '\0') {
        return bs_keys_reject(d, "train.checkpoints", "give the name of a folder, or auto");
    }
    if (!bs_text_ends_in(e->weights, ".safetensors")) {
        return bs_keys_reject(d, "output.weights", "weights are written as OUT.safetensors");
    }
    return BS_OK;
}

static bs_status check_rest(const bs_yaml_tree *d, const bs_experiment *e)
{
    if (!(e->tail[1] > e->tail[0])) {
        return bs_keys_reject(d, "analysis.tail.1", "a tail ends above its start");
    }
    if (e->backend[0] == '\0') {
        return bs_keys_reject(d, "evaluation.backend", "give auto or a backend's name");
    }
    if (e->output[0] == '\0') {
        return bs_keys_reject(d, "output.file",
                              "give the name of the result file (--surf_file OUT.nc), or auto");
    }
    return BS_OK;
}

bs_status bs_experiment_check(const bs_yaml_tree *tree, bs_experiment *experiment)
{
    BS_TRY(check_data(tree, experiment));
    BS_TRY(check_grid(tree, experiment));
    BS_TRY(bs_experiment_check_networks(tree, experiment));
    BS_TRY(check_observables(tree, experiment));
    BS_TRY(check_claim(tree, experiment));
    BS_TRY(check_training(tree, experiment));
    return check_rest(tree, experiment);
}
