/* The experiment's keys as libcyaml tables: the one list of keys, types and words. */
#include "experiment_parts.h"

/* Sections of the file are flat members of the structure: a mapping at offset 0. */
#define SECTION(name, structure, table)                                                            \
    {                                                                                              \
        .key = (name), .data_offset = 0,                                                           \
        .value = {                                                                                 \
            .type = CYAML_MAPPING,                                                                 \
            .flags = CYAML_FLAG_DEFAULT,                                                           \
            .data_size = sizeof(structure),                                                        \
            .mapping = {.fields = (table)},                                                        \
        },                                                                                         \
    }
#define TEXT(name, structure, member)                                                              \
    CYAML_FIELD_STRING_PTR(name, CYAML_FLAG_POINTER, structure, member, 0, CYAML_UNLIMITED)
#define WORD(name, structure, member, words)                                                       \
    CYAML_FIELD_ENUM(name, CYAML_FLAG_STRICT, structure, member, words, CYAML_ARRAY_LEN(words))
#define INT(name, structure, member) CYAML_FIELD_INT(name, CYAML_FLAG_DEFAULT, structure, member)
#define UINT(name, structure, member) CYAML_FIELD_UINT(name, CYAML_FLAG_DEFAULT, structure, member)
#define BOOL(name, structure, member) CYAML_FIELD_BOOL(name, CYAML_FLAG_DEFAULT, structure, member)
#define FLOAT(name, structure, member)                                                             \
    CYAML_FIELD_FLOAT(name, CYAML_FLAG_DEFAULT, structure, member)

/* "auto" is a word of the tables so that messages list it; bs_experiment_resolve has replaced it
 * before the load, except for hyperparameters that a weights file determines, where it loads as 0.
 */
static const cyaml_strval_t sources[] = {{"auto", BS_SOURCE_SYNTHETIC},
                                         {"synthetic", BS_SOURCE_SYNTHETIC},
                                         {"cifar10", BS_SOURCE_CIFAR10}};
static const cyaml_strval_t splits[] = {{"train", BS_SPLIT_TRAIN}, {"test", BS_SPLIT_TEST}};
static const cyaml_strval_t families[] = {
    {"auto", BS_FAMILY_RESNET}, {"resnet", BS_FAMILY_RESNET}, {"mlp", BS_FAMILY_MLP}};
static const cyaml_strval_t versions[] = {
    {"auto", BS_VERSION_V1}, {"v1", BS_VERSION_V1}, {"v2", BS_VERSION_V2}};
static const cyaml_strval_t shortcuts[] = {{"auto", BS_SHORTCUT_NONE},
                                           {"none", BS_SHORTCUT_NONE},
                                           {"pad", BS_SHORTCUT_PAD},
                                           {"projection", BS_SHORTCUT_PROJECTION}};
static const cyaml_strval_t activations[] = {{"relu", BS_ACTIVATION_RELU},
                                             {"leaky-relu", BS_ACTIVATION_LEAKY_RELU},
                                             {"tanh", BS_ACTIVATION_TANH},
                                             {"softplus", BS_ACTIVATION_SOFTPLUS},
                                             {"gelu", BS_ACTIVATION_GELU}};
static const cyaml_strval_t norms[] = {{"auto", BS_NORM_BATCH},
                                       {"none", BS_NORM_NONE},
                                       {"batch", BS_NORM_BATCH},
                                       {"frozen", BS_NORM_FROZEN},
                                       {"running", BS_NORM_RUNNING}};
static const cyaml_strval_t paths[] = {
    {"auto", BS_PATH_LINE},   {"line", BS_PATH_LINE},
    {"ring", BS_PATH_RING},   {"great-circle", BS_PATH_GREAT_CIRCLE},
    {"plane", BS_PATH_PLANE}, {"volume", BS_PATH_VOLUME}};
static const cyaml_strval_t direction_norms[] = {{"filter", BS_DIRECTION_NORM_FILTER},
                                                 {"layer", BS_DIRECTION_NORM_LAYER},
                                                 {"none", BS_DIRECTION_NORM_NONE}};
static const cyaml_strval_t ignores[] = {{"biasbn", true}, {"none", false}};
static const cyaml_strval_t windows[] = {
    {"auto", BS_WINDOW_HANN}, {"hann", BS_WINDOW_HANN}, {"none", BS_WINDOW_NONE}};
static const cyaml_strval_t schedules[] = {{"auto", BS_SCHEDULE_AUTO},
                                           {"static", BS_SCHEDULE_STATIC},
                                           {"on-demand", BS_SCHEDULE_ON_DEMAND}};

static const cyaml_schema_value_t number = {CYAML_VALUE_FLOAT(CYAML_FLAG_DEFAULT, double)};

static const cyaml_schema_field_t data_fields[] = {
    WORD("source", bs_experiment, source, sources),
    TEXT("path", bs_experiment, data_path),
    WORD("split", bs_experiment, split, splits),
    TEXT("file", bs_experiment, data_file),
    INT("first", bs_experiment, first),
    INT("images", bs_experiment, images),
    UINT("batch", bs_experiment, batch),
    TEXT("normalisation", bs_experiment, normalisation),
    CYAML_FIELD_SEQUENCE_FIXED("mean", CYAML_FLAG_DEFAULT, bs_experiment, mean, &number, 3),
    CYAML_FIELD_SEQUENCE_FIXED("std", CYAML_FLAG_DEFAULT, bs_experiment, std, &number, 3),
    CYAML_FIELD_END};

static const cyaml_schema_field_t network_fields[] = {
    TEXT("name", bs_network_spec, name),
    WORD("kind", bs_network_spec, architecture.family, families),
    INT("depth", bs_network_spec, architecture.depth),
    WORD("version", bs_network_spec, architecture.version, versions),
    WORD("shortcut", bs_network_spec, architecture.shortcut, shortcuts),
    FLOAT("skip_weight", bs_network_spec, architecture.skip_weight),
    INT("paths", bs_network_spec, architecture.paths),
    INT("width", bs_network_spec, architecture.width),
    WORD("activation", bs_network_spec, architecture.activation, activations),
    FLOAT("slope", bs_network_spec, architecture.slope),
    WORD("norm", bs_network_spec, architecture.norm, norms),
    BOOL("bias", bs_network_spec, architecture.bias),
    TEXT("weights", bs_network_spec, weights),
    TEXT("weights2", bs_network_spec, weights2),
    TEXT("weights3", bs_network_spec, weights3),
    CYAML_FIELD_END};
static const cyaml_schema_value_t network = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, bs_network_spec, network_fields)};

static const cyaml_schema_field_t path_fields[] = {
    WORD("kind", bs_experiment, path, paths),
    FLOAT("radius", bs_experiment, radius),
    WORD("normalisation", bs_experiment, direction_norm, direction_norms),
    WORD("ignore", bs_experiment, ignore_vectors, ignores),
    BOOL("orthogonalise", bs_experiment, orthogonalise),
    TEXT("directions", bs_experiment, directions),
    CYAML_FIELD_END};

static const cyaml_schema_field_t grid_fields[] = {
    TEXT("x", bs_experiment, axis_text[0]), TEXT("y", bs_experiment, axis_text[1]),
    TEXT("z", bs_experiment, axis_text[2]), BOOL("endpoint", bs_experiment, endpoint),
    CYAML_FIELD_END};

static const cyaml_schema_field_t evaluation_fields[] = {TEXT("backend", bs_experiment, backend),
                                                         CYAML_FIELD_END};

static const cyaml_schema_field_t observable_fields[] = {
    INT("logits", bs_experiment, observables.logits),
    BOOL("branch_losses", bs_experiment, observables.branch_losses),
    INT("probes", bs_experiment, observables.probes),
    INT("probe_images", bs_experiment, observables.probe_images), CYAML_FIELD_END};

static const cyaml_schema_field_t analysis_fields[] = {
    WORD("window", bs_experiment, window, windows), FLOAT("cutoff", bs_experiment, cutoff),
    CYAML_FIELD_SEQUENCE_FIXED("tail", CYAML_FLAG_DEFAULT, bs_experiment, tail, &number, 2),
    CYAML_FIELD_END};

static const cyaml_schema_field_t parallel_fields[] = {
    UINT("shards", bs_experiment, shards),
    WORD("schedule", bs_experiment, schedule, schedules),
    UINT("chunk", bs_experiment, chunk),
    FLOAT("time_limit", bs_experiment, time_limit),
    FLOAT("flush_interval", bs_experiment, flush_interval),
    CYAML_FIELD_END};

static const cyaml_schema_field_t output_fields[] = {TEXT("file", bs_experiment, output),
                                                     CYAML_FIELD_END};

static const cyaml_schema_field_t fields[] = {
    TEXT("title", bs_experiment, title),
    UINT("seed", bs_experiment, seed),
    UINT("realisations", bs_experiment, realisations),
    SECTION("data", bs_experiment, data_fields),
    CYAML_FIELD_SEQUENCE_COUNT("networks", CYAML_FLAG_POINTER, bs_experiment, networks,
                               network_count, &network, 1, BS_NETWORKS_MAX),
    SECTION("path", bs_experiment, path_fields),
    SECTION("grid", bs_experiment, grid_fields),
    SECTION("evaluation", bs_experiment, evaluation_fields),
    SECTION("observables", bs_experiment, observable_fields),
    SECTION("analysis", bs_experiment, analysis_fields),
    SECTION("parallel", bs_experiment, parallel_fields),
    SECTION("output", bs_experiment, output_fields),
    CYAML_FIELD_END};

const cyaml_schema_value_t bs_experiment_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, bs_experiment, fields)};
