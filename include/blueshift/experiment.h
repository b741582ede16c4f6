/* An experiment: everything a sweep depends on, read from YAML with defaults and overrides. */
#ifndef BLUESHIFT_EXPERIMENT_H
#define BLUESHIFT_EXPERIMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/direction.h"
#include "blueshift/grid.h"
#include "blueshift/hash.h"
#include "blueshift/images.h"
#include "blueshift/network.h"
#include "blueshift/observables.h"
#include "blueshift/path.h"
#include "blueshift/status.h"
#include "blueshift/window.h"

typedef enum bs_schedule_kind {
    BS_SCHEDULE_AUTO, /* on demand unless groups are too many for one server */
    BS_SCHEDULE_STATIC,
    BS_SCHEDULE_ON_DEMAND
} bs_schedule_kind;

/* Running statistics of norms along a path. */
typedef enum bs_statistics {
    BS_STATISTICS_INTERPOLATE, /* with the weights that a path runs to, like these weights */
    BS_STATISTICS_FIRST,       /* those of the first weights everywhere */
    BS_STATISTICS_RECOMPUTE    /* of the evaluated images, at every point */
} bs_statistics;

/* One network: its hyperparameters and where its base point comes from. */
typedef struct bs_network_spec {
    char *name;     /* label in the file; default "network0" and so on */
    char *weights;  /* safetensors file; "": initial weights from the seed */
    char *weights2; /* --model_file2: line to these weights; "": none */
    char *weights3; /* plane through three weights; "": none */
    bs_architecture architecture;
    bool infer;     /* weights given: bs_network_infer completes the architecture, then
                       bs_experiment_check_network */
    unsigned given; /* bits of bs_hyperparameter: those that are decided; all without weights */
} bs_network_spec;

/* Choices about directions that were made: those of a file are shaped only then. As bits. */
enum { BS_GIVEN_DIRECTION_NORM = 1, BS_GIVEN_IGNORE = 2 };

typedef struct bs_experiment {
    char *title;
    uint64_t seed;
    uint32_t realisations;

    /* data */
    bs_source source;
    bs_split split;
    uint32_t batch;        /* images per block: unit of batch norm and of summation */
    char *data_path;       /* $BLUESHIFT_DATA unless given; "" possible for synthetic images only */
    char *data_file;       /* "": the split's files */
    int64_t first, images; /* images 0: all from first on */
    char *normalisation;   /* a name of images.h, "weights" (their metadata; a network without
                              weights: "cifar10" or, for synthetic images, "half"), "values" */
    double mean[3], std[3]; /* for "values" */

    unsigned network_count; /* 1 to BS_NETWORKS_MAX */
    bs_network_spec *networks;

    /* path */
    bs_path_kind path;
    unsigned given; /* bits of BS_GIVEN_... */
    bs_direction_norm direction_norm;
    double radius;       /* rings */
    bool ignore_vectors; /* path.ignore: biasbn | none */
    bool orthogonalise;
    bs_statistics statistics;
    bool endpoint;    /* grid.endpoint, as in grid.axis */
    char *directions; /* HDF5 direction file; "": random */

    /* grid: text as used ("": no such axis) and as parsed */
    char *axis_text[BS_GRID_DIMS];
    bs_grid grid;

    char *backend;
    bs_observables observables; /* kept of every point */

    /* analysis, see analysis.h: not part of the identity */
    bs_window window; /* none on periodic paths unless given */
    double cutoff, tail[2];

    /* parallel layout and housekeeping: not part of the identity */
    uint32_t shards;
    bs_schedule_kind schedule;
    uint32_t chunk;        /* points handed out at once; 0: chosen */
    double time_limit;     /* seconds; 0: none */
    double flush_interval; /* seconds between writes of finished points */
    char *output;          /* default: the experiment file's name with .nc, or surface.nc */

    char *yaml;     /* the whole experiment with all defaults: a file that gives it again */
    char *identity; /* what decides the values, a line "key=value" each; names of input files are
                       left out, since their contents count: compare their hashes */
    char identity_hash[BS_HASH_HEX];
} bs_experiment;

enum { BS_NETWORKS_MAX = 512 }; /* after a scan: 21 x 21 values of two hyperparameters fit */

/* The built-in defaults as commented YAML, every key there is: for people (sweep --defaults). The
 * caller frees the text with bs_free. */
bs_status bs_experiment_defaults(char **text);

/* Reads an experiment: the built-in defaults, over them the file PATH (NULL: none), over it the one
 * of its `sizes` that the setting "size=NAME" chooses, over them the other SETTINGS "key=value" in
 * order; then `scan` multiplies the networks. Checks every key (an unknown one is named with the
 * nearest known one and its line), every type and every range. The caller owns the experiment. Does
 * not read weights or data. BS_ERR_USAGE. Not collective. */
bs_status bs_experiment_read(const char *path, int setting_count, const char *const *settings,
                             bs_experiment **experiment);

/* The same from TEXT, such as the attribute `experiment` of a result file. NAME stands for the file
 * in messages. */
bs_status bs_experiment_parse(const char *text, const char *name, int setting_count,
                              const char *const *settings, bs_experiment **experiment);

/* NULL is fine. */
void bs_experiment_destroy(bs_experiment *experiment);

/* Checks what the experiment gives of a network against what its weights file holds: BS_ERR_USAGE
 * names hyperparameter, file and both values. */
bs_status bs_experiment_check_network(const bs_network_spec *spec, const bs_architecture *found);

/* First line in which two identities differ, for the message that a file belongs to another
 * experiment: copied into LINE_A and LINE_B (each LENGTH bytes). False when they are equal. */
bool bs_experiment_difference(const char *identity_a, const char *identity_b, char *line_a,
                              char *line_b, size_t length);

#endif
