/* Verbs and flags with their help. */
#include "options_table.h"

const bs_verb_entry bs_verb_table[BS_VERBS] = {
    {BS_VERB_SWEEP, "sweep", "mpirun -n N blueshift sweep [EXPERIMENT.yaml] [FLAGS]",
     "evaluate networks on a path, plane or volume",
     "EXPERIMENT.yaml gives what differs from the defaults, which --defaults prints.\n"
     "Flags come on top of it, in their order; without a file they are the whole\n"
     "experiment. The same command again goes on where a stopped one ended. Exit\n"
     "codes: 0 done, 1 failed, 2 mistake in the input, 75 stopped and resumable."},
    {BS_VERB_ANALYSE, "analyse",
     "mpirun -n N blueshift analyse FILE [-o NEW] [--set analysis.KEY=VALUE]",
     "derive spectra and their figures again, with other options",
     "What the sweep measured is never touched. Without -o the derived arrays of FILE\n"
     "are written again; with -o NEW is written, which also serves files of older\n"
     "versions. Options are those of FILE's experiment, with --set on top."},
    {BS_VERB_INFO, "info", "blueshift info FILE", "say what a result file holds", ""},
    {BS_VERB_PLOT, "plot", "blueshift plot FILE [-o PICTURE]", "draw a result file (needs gnuplot)",
     "Without flags: a path as curves with its spectrum, a plane as filled contours, a\n"
     "volume as slices; all networks in one picture."},
    {BS_VERB_THEORY, "theory", "blueshift theory TOPIC [FLAGS] [-o TABLE.csv]",
     "print closed forms",
     "Topics: harmonics of a nonlinearity on a cosine; great-circle, averaged,\n"
     "residual and multipath: power spectra along great circles of fully connected\n"
     "networks of infinite width; moments: how their <k^2> grows from block to block;\n"
     "fbm: fractional Brownian motion; averaging: variance of averages."},
    {BS_VERB_CONVERT, "convert", "blueshift convert FILE -o OUT [FLAGS]",
     "write a result file in another format",
     "The format follows the suffix of OUT: .nc4 or .h5 compressed NetCDF-4 with\n"
     "everything, .vti image or volume for ParaView, .vts height surface of a plane,\n"
     ".csv a table; --format=losslandscape is the HDF5 file that the plotting scripts\n"
     "of loss-landscape (Li et al.) read. OUT must not exist."},
    {BS_VERB_DEMO, "demo", "mpirun -n N blueshift demo DEMO|FILE.yaml [FLAGS]",
     "show what averaging does: fbm, averaging or plane",
     "fbm: fractional Brownian motion, its relu and their average, and the spectra;\n"
     "averaging: noisy copies of an image; plane: averages of complex coefficients.\n"
     "FILE.yaml gives what differs from the defaults, which --defaults prints. Leaves\n"
     "DEMO.nc and a picture, DEMO.png."},
};

#define SETTING(name, verbs, argument, key, help)                                                  \
    {                                                                                              \
        name, 0, verbs, argument, key, 0, help                                                     \
    }
#define TEXT(name, letter, verbs, argument, member, help)                                          \
    {                                                                                              \
        name, letter, verbs, argument, NULL, offsetof(bs_options, member), help                    \
    }
#define BOOLEAN(name, letter, verbs, member, help)                                                 \
    {                                                                                              \
        name, letter, verbs, NULL, NULL, offsetof(bs_options, member), help                        \
    }

const bs_flag_entry bs_flag_table[BS_FLAGS] = {
    SETTING("set", BS_IN_SWEEP | BS_IN_ANALYSE | BS_IN_DEMO, "KEY=VALUE", NULL,
            "set any key, such as networks.0.depth=20 (analyse: analysis.window=none); may be "
            "repeated"),
    SETTING("x", BS_IN_SWEEP, "FROM:TO:POINTS", "grid.x",
            "x axis, such as -1:1:51, both ends included"),
    SETTING("y", BS_IN_SWEEP, "FROM:TO:POINTS", "grid.y", "y axis: a plane"),
    SETTING("z", BS_IN_SWEEP, "FROM:TO:POINTS", "grid.z", "z axis: a volume"),
    SETTING("model_file", BS_IN_SWEEP, "W.safetensors", "networks.0.weights",
            "trained weights; without them initial weights from the seed"),
    SETTING("model_file2", BS_IN_SWEEP, "W.safetensors", "networks.0.weights2",
            "x runs from the first weights to these"),
    SETTING("model_file3", BS_IN_SWEEP, "W.safetensors", "networks.0.weights3",
            "y runs from the first weights to these"),
    SETTING("dir_file", BS_IN_SWEEP, "D.h5", "path.directions",
            "directions from this file instead of random ones"),
    SETTING("xnorm", BS_IN_SWEEP, "filter|layer|none", "path.normalisation",
            "normalisation of the directions (default filter)"),
    SETTING("ynorm", BS_IN_SWEEP, "filter|layer|none", "path.normalisation", NULL),
    SETTING("xignore", BS_IN_SWEEP, "biasbn|none", "path.ignore",
            "whether biases and norm parameters stay fixed (default biasbn)"),
    SETTING("yignore", BS_IN_SWEEP, "biasbn|none", "path.ignore", NULL),
    SETTING("surf_file", BS_IN_SWEEP, "OUT.nc", "output.file",
            "result file (default: the experiment's name with .nc)"),
    SETTING("backend", BS_IN_SWEEP, "NAME", "evaluation.backend",
            "implementation of the networks: auto, reference, ..."),
    SETTING("shards", BS_IN_SWEEP, "N", "parallel.shards",
            "ranks that share the images of a point"),
    TEXT("output", 'o', BS_IN_PICK | BS_IN_ANALYSE | BS_IN_THEORY | BS_IN_DEMO, "OUT", output,
         "plot: the picture, .png, .pdf or .svg, or .gp for gnuplot's script (default: FILE with "
         ".png); convert: the file; analyse, demo: the result file; theory: the table as CSV, with "
         "every digit"),
    TEXT("format", 0, BS_IN_CONVERT, "NAME", format,
         "netcdf4, losslandscape, vti, vts or csv (default: by the suffix)"),
    BOOLEAN("force", 0, BS_IN_CONVERT, force, "replace the output when it exists"),
    TEXT("view", 0, BS_IN_PLOT, "NAME", plot.view,
         "path, contour, surface, slices, spectrum, scan or branches (default: what the file's "
         "shape asks)"),
    TEXT("quantity", 0, BS_IN_PLOT, "NAME", plot.quantity,
         "a value or array of the file instead of the loss; NAME[i,j] for one element"),
    TEXT("network", 0, BS_IN_PICK, "NAMES", plot.network,
         "these networks only, with commas between them; convert: one, by name or number"),
    TEXT("realisation", 0, BS_IN_PICK, "N|all", plot.realisation,
         "this realisation, from 0 on (default: all; plot: 0 of a plane or volume)"),
    TEXT("clip", 0, BS_IN_PICK, "MAX|MIN:MAX", plot.clip,
         "draw values beyond as these, and say how many; convert: heights of .vts"),
    BOOLEAN("log", 0, BS_IN_PICK, plot.logarithmic,
            "logarithmic scale (plot: by default when positive and over two decades; convert: "
            "heights of .vts)"),
    BOOLEAN("linear", 0, BS_IN_PLOT, plot.linear, "linear scale"),
    SETTING("layers", BS_IN_THEORY, "L", "layers",
            "great-circle: weight layers, one more than the depth of an MLP (8)"),
    SETTING("blocks", BS_IN_THEORY, "N", "blocks",
            "averaged, residual, multipath, moments: blocks behind the first layer (9; 27)"),
    SETTING("block-layers", BS_IN_THEORY, "N", "block_layers", "weight layers of a block (2)"),
    SETTING("paths", BS_IN_THEORY, "P", "paths", "multipath: paths that are averaged (3)"),
    SETTING("activation", BS_IN_THEORY, "NAME", "activation",
            "relu, leaky-relu or linear; harmonics: also tanh"),
    SETTING("slope", BS_IN_THEORY, "S", "slope", "of leaky-relu (0.01)"),
    SETTING("amplitude", BS_IN_THEORY, "A", "amplitude",
            "harmonics: of activation(A cos t - C) (1)"),
    SETTING("bias", BS_IN_THEORY, "C", "bias", "harmonics: C (0)"),
    SETTING("samples", BS_IN_THEORY, "N", "samples",
            "harmonics: also what a discrete transform of N samples gives"),
    SETTING("bins", BS_IN_THEORY, "K", "bins", "rows of the table (25)"),
    SETTING("hurst", BS_IN_THEORY, "H", "hurst", "fbm: its exponent, between 0 and 1 (0.5)"),
    SETTING("copies", BS_IN_THEORY, "N", "copies", "averaging: signals at most (10)"),
    SETTING("correlation", BS_IN_THEORY, "R", "correlation",
            "averaging: between every two signals (0)"),
    SETTING("variance", BS_IN_THEORY, "V", "variance", "averaging: of one signal (1)"),
    BOOLEAN("dry-run", 'n', BS_IN_SWEEP, dry_run,
            "check everything, print points, cost, memory and file size, and stop"),
    BOOLEAN("defaults", 0, BS_IN_SWEEP | BS_IN_DEMO, defaults,
            "print every key with its default and meaning"),
    BOOLEAN("quiet", 'q', BS_IN_SWEEP, quiet, "print no progress, only warnings and errors"),
    BOOLEAN("verbose", 'v', BS_IN_SWEEP, verbose, "print more about what is done"),
    BOOLEAN("help", 'h', BS_IN_ALL, help, "print this help"),
    BOOLEAN("version", 'V', BS_IN_ALL, version, "print the version and how it was built"),
};
