/* Titles of results: what is run, so that no setting makes them untrue. */
#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"
#include "experiment_parts.h"

enum { TITLE_MAX = 240, NAMES_MAX = 4, SHOWN_MAX = 60 };

/* Appends to TEXT as much as fits. */
static void append(char text[TITLE_MAX], const char *before, const char *more, int length)
{
    size_t used = strlen(text);
    snprintf(text + used, TITLE_MAX - used, "%s%.*s", before, length, more);
}

/* The file's name without folder and ending. */
static void append_file(char text[TITLE_MAX], const char *before, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    append(text, before, base, dot != NULL && dot != base ? (int)(dot - base) : SHOWN_MAX);
}

/* "ResNet-56 v1", "an mlp of 3 layers", or the weights files that say what it is. */
static void write_name(const bs_network_spec *spec, char text[TITLE_MAX])
{
    const bs_architecture *a = &spec->architecture;
    text[0] = '\0';
    if (spec->trajectory[0] != '\0') {
        append(text, "", spec->name, SHOWN_MAX);
    } else if (spec->infer) {
        append_file(text, "", spec->weights);
        if (spec->weights2[0] != '\0') {
            append_file(text, " to ", spec->weights2);
        }
        if (spec->weights3[0] != '\0') {
            append_file(text, " and ", spec->weights3);
        }
    } else if (a->family == BS_FAMILY_MLP) {
        snprintf(text, TITLE_MAX, "an mlp of %d hidden layers", a->depth);
    } else {
        snprintf(text, TITLE_MAX, "ResNet-%d %s", a->depth, bs_version_name(a->version));
    }
}

/* What all networks are when it is the same, and what they are called. */
static void describe_all(const bs_experiment *e, char text[TITLE_MAX])
{
    bool same = true;
    write_name(&e->networks[0], text);
    for (unsigned i = 1; i < e->network_count; i++) {
        char other[TITLE_MAX];
        write_name(&e->networks[i], other);
        same = same && strcmp(other, text) == 0;
    }
    if (e->network_count == 1) {
        return;
    }
    if (!same) {
        text[0] = '\0';
    }
    if (e->network_count > NAMES_MAX) {
        char count[SHOWN_MAX];
        snprintf(count, sizeof count, "%u networks", e->network_count);
        append(text, same ? ", " : "", count, SHOWN_MAX);
        return;
    }
    for (unsigned i = 0; i < e->network_count; i++) {
        append(text, i > 0 ? " / " : same ? ", " : "", e->networks[i].name, SHOWN_MAX);
    }
}

bs_status bs_experiment_entitle(const bs_yaml_tree *tree, bs_experiment *experiment)
{
    static const char *const places[] = {
        [BS_PATH_LINE] = ", on a line",
        [BS_PATH_RING] = ", on a ring",
        [BS_PATH_GREAT_CIRCLE] = ", on a great circle",
        [BS_PATH_PLANE] = ", on a plane",
        [BS_PATH_VOLUME] = ", in a volume",
        [BS_PATH_BEZIER] = ", on a Bezier curve",
    };
    if (strcmp(experiment->title, "auto") != 0) {
        return BS_OK;
    }
    char networks[TITLE_MAX];
    char title[TITLE_MAX] = "Loss of ";
    describe_all(experiment, networks);
    append(title, networks, places[experiment->path], SHOWN_MAX);
    bool trajectory = false;
    for (unsigned i = 0; i < experiment->network_count; i++) {
        trajectory = trajectory || experiment->networks[i].trajectory[0] != '\0';
    }
    if (trajectory) {
        append(title, " through ",
               experiment->network_count > 1 ? "their trajectories" : "its trajectory", SHOWN_MAX);
    }
    char *copy = bs_strdup(title);
    if (copy == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_free(experiment->title);
    experiment->title = copy;
    return bs_yaml_node_set_text(bs_yaml_find(tree, "title"), copy, false);
}
