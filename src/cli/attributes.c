/* Collects what a result file says about itself. */
#include "attributes.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/claim.h"
#include "blueshift/memory.h"
#include "blueshift/provenance.h"

static void add_text(bs_attributes *a, const char *name, const char *text)
{
    assert(a->count < BS_ATTRIBUTES_MAX);
    a->list[a->count++] = (bs_attribute){.name = name, .text = text};
}

static void add_number(bs_attributes *a, const char *name, double number)
{
    assert(a->count < BS_ATTRIBUTES_MAX);
    a->list[a->count++] = (bs_attribute){.name = name, .number = number};
}

/* One line per network: what its hyperparameters, completed from the weights file, came to. */
static bs_status describe_networks(const bs_experiment *experiment,
                                   const bs_network_surface *networks, char **out)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (stream == NULL) {
        return BS_FAIL(BS_ERR_MEMORY, "out of memory for the description of the networks");
    }
    for (unsigned i = 0; i < experiment->network_count; i++) {
        const bs_network *n = bs_network_surface_network(networks, (int)i);
        const bs_architecture *k = &n->architecture;
        fprintf(stream, "%s: %s depth %d", experiment->networks[i].name,
                k->family == BS_FAMILY_MLP ? "fully connected" : "ResNet", k->depth);
        if (k->family == BS_FAMILY_RESNET) {
            fprintf(stream, " %s, shortcut %s, skip weight %g, paths %d",
                    bs_version_name(k->version), bs_shortcut_name(k->shortcut), k->skip_weight,
                    k->paths);
        } else if (k->shortcut != BS_SHORTCUT_NONE) {
            fprintf(stream, ", shortcut %s, skip weight %g", bs_shortcut_name(k->shortcut),
                    k->skip_weight);
        } else if (k->paths > 1) {
            fprintf(stream, ", paths %d", k->paths);
        }
        fprintf(stream, ", width %d, %s", k->width, bs_activation_name(k->activation));
        if (k->activation == BS_ACTIVATION_LEAKY_RELU) {
            fprintf(stream, " (slope %g)", k->slope);
        }
        fprintf(stream, ", batch norm %s, %zu parameters, %" PRId64 " multiply-adds per image\n",
                bs_norm_name(k->norm), n->parameter_size, n->multiply_adds);
    }
    bool failed = fclose(stream) != 0 || text == NULL;
    *out = failed ? NULL : bs_strdup(text);
    free(text);
    return *out == NULL ? BS_ERR_MEMORY : BS_OK;
}

bs_status bs_attributes_make(const bs_groups *groups, const bs_experiment *experiment,
                             const bs_network_surface *networks, bs_attributes *attributes)
{
    bs_attributes *a = attributes;
    *a = (bs_attributes){.count = 0};
    BS_TRY(describe_networks(experiment, networks, &a->networks));
    bs_time_text(a->created, sizeof a->created);
    const bs_backend *backend = bs_network_surface_backend(networks);
    add_text(a, "title", experiment->title);
    add_text(a, "source", bs_version_text());
    add_text(a, "history", a->created);
    add_text(a, "comment",
             "status indicates which points are evaluated; pending ones hold the fill value. "
             "Values do not depend on ranks, shards or restarts.");
    add_text(a, "references",
             "Ali Mehmeti-Goepel, Hartmann, Wand: Ringing ReLUs, ICLR 2021; "
             "Li et al.: Visualizing the Loss Landscape of Neural Nets, NeurIPS 2018");
    add_text(a, "networks", a->networks);
    add_text(a, "experiment", experiment->yaml);
    add_text(a, "experiment_identity", bs_network_surface_identity(networks));
    add_number(a, "seed", (double)experiment->seed);
    add_number(a, "images", (double)bs_network_surface_images(networks));
    if (bs_network_surface_test_images(networks) > 0) {
        add_number(a, "test_images", (double)bs_network_surface_test_images(networks));
    }
    if (experiment->claim[0] != '\0') {
        add_text(a, BS_CLAIM_ATTRIBUTE, experiment->claim);
    }
    if (experiment->observables.probes > 0) {
        add_number(a, BS_PROBE_IMAGES, experiment->observables.probe_images);
    }
    add_text(a, "path", bs_path_name(experiment->path));
    add_text(a, "backend", backend->name);
    add_text(a, "arithmetic", backend->arithmetic);
    const bs_backend *fallback = bs_network_surface_fallback(networks);
    if (fallback != NULL) {
        add_text(a, "fallback", fallback->name);
    }
    add_number(a, BS_BACKEND_ERROR, backend->relative_error);
    add_number(a, "ranks", groups->world.size);
    add_number(a, "shards", groups->shard_count);
    add_text(a, "host", bs_host_text());
    add_text(a, "build", bs_build_text());
    add_text(a, "libraries", bs_libraries_text());
    return BS_OK;
}

void bs_attributes_release(bs_attributes *attributes)
{
    bs_free(attributes->networks);
    *attributes = (bs_attributes){.count = 0};
}
