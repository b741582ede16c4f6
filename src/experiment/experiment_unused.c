/* Keys that the user gave and that mean nothing beside the others: refused, not passed over. */
#include <string.h>

#include "experiment_parts.h"

static bool given(const char *text)
{
    return text[0] != '\0';
}

/* Directions of network N that are neither given by files nor run to given weights. */
static bool has_random_directions(const bs_experiment *e, unsigned n)
{
    const bs_network_spec *s = &e->networks[n];
    int targets = given(s->weights2) + given(s->weights3);
    return e->path != BS_PATH_GREAT_CIRCLE && !given(e->directions) && !given(s->trajectory) &&
           bs_path_directions(e->path) > targets;
}

/* What the networks together make of the experiment's keys. */
typedef struct uses {
    bool random;     /* something differs from realisation to realisation */
    bool directions; /* some are random */
    bool running;    /* norms have running statistics */
    bool between;    /* a path runs to other weights */
} uses;

static uses look(const bs_experiment *e)
{
    uses u = {.random = false};
    for (unsigned n = 0; n < e->network_count; n++) {
        const bs_network_spec *s = &e->networks[n];
        bool directions = has_random_directions(e, n);
        u.random = u.random || directions || !s->infer || bs_experiment_has_seeds(s);
        u.directions = u.directions || directions;
        u.running = u.running || s->architecture.norm == BS_NORM_RUNNING;
        u.between = u.between || given(s->weights2) || given(s->trajectory);
    }
    return u;
}

static bs_status check_experiment(const bs_yaml_tree *tree, const bs_experiment *e)
{
    const uses u = look(e);
    bool shaped = u.directions || given(e->directions);
    bool values = strcmp(e->normalisation, "values") == 0;
    bool surfaces = bs_surfaces_wanted(&e->observables.surfaces);
    bool curve = e->path == BS_PATH_BEZIER;
    bool steps = e->train.schedule == BS_RATE_STEP;
    bool chosen = e->statistics != BS_STATISTICS_INTERPOLATE; /* which records say of any path */
    bool recomputes = e->statistics == BS_STATISTICS_RECOMPUTE;
    const struct {
        const char *key;
        bool used;
        const char *advice;
    } rows[] = {
        {"realisations", u.random || e->realisations == 1,
         "nothing here is random, so that all would be the same: leave it out"},
        {"data.path", e->source == BS_SOURCE_CIFAR10 || !given(e->data_path),
         "synthetic images come from no folder: leave it out, or take data.source=cifar10"},
        {"data.mean", values, "it applies only with data.normalisation=values: add that"},
        {"data.std", values, "it applies only with data.normalisation=values: add that"},
        {"path.radius", e->path == BS_PATH_RING,
         "only a ring has a radius: leave it out, or take path.kind=ring"},
        {"path.normalisation", shaped, "no direction here is random or from a file: leave it out"},
        {"path.ignore", shaped || e->path == BS_PATH_GREAT_CIRCLE,
         "no direction here is random or from a file: leave it out"},
        {"path.orthogonalise", bs_path_directions(e->path) > 1 && !curve,
         curve ? "a Bezier curve is that of its three weights: leave it out"
               : "there is only one direction: leave it out"},
        {"path.statistics", !chosen || (u.running && (u.between || recomputes)),
         "it applies to running statistics on the way to other weights (weights2, trajectory), and "
         "recompute for any running statistics: leave it out"},
        {"observables.probe_images", e->observables.probes > 0,
         "it applies only with observables.probes: add that"},
        {"observables.branch_surfaces.images", surfaces,
         "it applies only with observables.branch_surfaces.every or blocks: add one"},
        {"observables.branch_surfaces.rest", surfaces,
         "it applies only with observables.branch_surfaces.every or blocks: add one"},
        {"train.milestones", steps, "it applies only with train.schedule=step: add that"},
        {"train.factor", steps, "it applies only with train.schedule=step: add that"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!rows[i].used && bs_keys_is_given(&bs_experiment_keys, tree, rows[i].key)) {
            return bs_keys_reject(tree, rows[i].key, "%s", rows[i].advice);
        }
    }
    return BS_OK;
}

/* What a network's architecture makes of its keys; what only a weights file says may be anything.
 */
static bool uses_slope(const bs_network_spec *s)
{
    return s->architecture.activation == BS_ACTIVATION_LEAKY_RELU;
}

static bool uses_skip_weight(const bs_network_spec *s)
{
    bool open = (s->given & BS_HYPERPARAMETER_SHORTCUT) == 0;
    return open || s->architecture.shortcut != BS_SHORTCUT_NONE;
}

static bool uses_version(const bs_network_spec *s)
{
    bool mlp = (s->given & BS_HYPERPARAMETER_KIND) != 0 && s->architecture.family == BS_FAMILY_MLP;
    return !mlp || s->architecture.version != BS_VERSION_V2;
}

static bool uses_bias(const bs_network_spec *s)
{
    return s->infer || s->architecture.family == BS_FAMILY_MLP || !s->architecture.bias;
}

/* A key given to several networks at once counts when one of them uses it. */
static bs_status check_network_key(const bs_yaml_tree *tree, const bs_experiment *e,
                                   const char *key, bool (*used)(const bs_network_spec *),
                                   const char *advice)
{
    char path[BS_KEY_MAX];
    unsigned last = e->network_count;
    for (unsigned n = 0; n < e->network_count; n++) {
        bs_experiment_network_key(n, key, path);
        if (bs_keys_is_given(&bs_experiment_keys, tree, path)) {
            if (used(&e->networks[n])) {
                return BS_OK;
            }
            last = n;
        }
    }
    return last == e->network_count
               ? BS_OK
               : bs_keys_reject(tree, bs_experiment_network_key(last, key, path), "%s", advice);
}

bs_status bs_experiment_check_unused(const bs_yaml_tree *tree, const bs_experiment *experiment)
{
    static const struct {
        const char *key;
        bool (*used)(const bs_network_spec *);
        const char *advice;
    } rows[] = {
        {"slope", uses_slope,
         "only leaky-relu has a slope: take activation leaky-relu, or leave "
         "it out"},
        {"skip_weight", uses_skip_weight,
         "there is no shortcut to weigh: take another shortcut "
         "than none, or leave it out"},
        {"version", uses_version, "an mlp has no version: leave it out"},
        {"bias", uses_bias, "a ResNet has a bias on its last layer only: leave it out"},
    };
    BS_TRY(check_experiment(tree, experiment));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        BS_TRY(check_network_key(tree, experiment, rows[i].key, rows[i].used, rows[i].advice));
    }
    return BS_OK;
}
