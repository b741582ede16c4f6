/* The verb demo: a demo's results into a file, and their picture beside it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/demo_run.h"
#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "blueshift/plot.h"
#include "blueshift/plot_demo.h"
#include "verb.h"

/* What there is no expectation of is left out. */
static void print_expected(double value)
{
    if (!isnan(value)) {
        printf(" (expected %.5f)", value);
    }
}

static void print_fbm(const bs_dataset *d)
{
    static const char *const signals[] = {"x", "relu(x)", "average"};
    const int generators = (int)bs_dataset_length(d, "generator");
    printf("generators: %s\n", bs_dataset_attribute(d, "generators"));
    for (int g = 0; g < generators; g++) {
        printf("covariance against theory: %.3f standard errors (root mean square)\n",
               bs_dataset_values(d, "covariance_deviation")[g]);
        for (int s = 0; s < 3; s++) {
            int i = 3 * g + s;
            double excess = exp(bs_dataset_values(d, "excess")[i]);
            printf("%-8s slope %.4f +- %.4f", signals[s], bs_dataset_values(d, "slope")[i],
                   bs_dataset_values(d, "slope_error")[i]);
            print_expected(bs_dataset_values(d, "slope_theory")[s]);
            printf("  high fraction %.5f +- %.5f", bs_dataset_values(d, "high_fraction")[i],
                   bs_dataset_values(d, "high_fraction_error")[i]);
            print_expected(bs_dataset_values(d, "high_fraction_theory")[s]);
            printf(", %.4f +- %.4f times that of x\n", excess,
                   excess * bs_dataset_values(d, "excess_error")[i]);
        }
    }
    printf("law of the slope, without window and sampling: %.4f\n"
           "a cosine's harmonics halved by the average: off by %.2g\n",
           bs_dataset_attribute_number(d, "slope_law"),
           bs_dataset_attribute_number(d, "cosine_halving_error"));
}

static void print_averaging(const bs_dataset *d)
{
    const int copies = (int)bs_dataset_length(d, "copies");
    printf("average of %d copies\n", copies);
    for (int c = 0; c < (int)bs_dataset_length(d, "noise_correlation"); c++) {
        int i = c * copies + copies - 1;
        printf("noise correlated by %-5g variance %.6f +- %.6f (theory %.6f)  gain %.3f +- %.3f "
               "(theory %.3f)\n",
               bs_dataset_values(d, "noise_correlation")[c], bs_dataset_values(d, "variance")[i],
               bs_dataset_values(d, "variance_error")[i],
               bs_dataset_values(d, "variance_theory")[i], bs_dataset_values(d, "gain")[i],
               bs_dataset_values(d, "gain_error")[i], bs_dataset_values(d, "gain_theory")[i]);
    }
}

static void print_plane(const bs_dataset *d)
{
    static const char *const cases[] = {"radii", "angles", "both", "equal"};
    for (int c = 0; c < (int)bs_dataset_length(d, "case"); c++) {
        const double *got = bs_dataset_values(d, "factors") + (ptrdiff_t)3 * c;
        const double *wanted = bs_dataset_values(d, "factors_theory") + (ptrdiff_t)3 * c;
        printf("%-7s damping %.5f = ED %.5f x FDSA %.5f (expected %.5f = %.5f x %.5f)\n", cases[c],
               got[0], got[1], got[2], wanted[0], wanted[1], wanted[2]);
    }
}

/* A missing gnuplot takes nothing from the file: it is said, and the demo is done. */
static bs_status draw(const bs_dataset *record, const char *file)
{
    char *picture = bs_plot_picture_name(file);
    if (picture == NULL) {
        return BS_ERR_MEMORY;
    }
    if (bs_plot_demo(record, picture) != BS_OK) {
        bs_log(BS_LOG_WARNING, "no picture: %s; later: blueshift plot %s", bs_error_text(), file);
    } else {
        printf("picture: %s\n", picture);
    }
    bs_free(picture);
    return BS_OK;
}

static bs_status conclude(const bs_demo *demo, const bs_dataset *record)
{
    BS_TRY(bs_dataset_write(record, demo->output));
    printf("%s\n", demo->title);
    switch (demo->kind) {
    case BS_DEMO_FBM:
        print_fbm(record);
        break;
    case BS_DEMO_AVERAGING:
        print_averaging(record);
        break;
    case BS_DEMO_PLANE:
        print_plane(record);
        break;
    }
    printf("file: %s\n", demo->output);
    return draw(record, demo->output);
}

/* The settings of the command line, and -o as one more; for bs_free, also its last entry. */
static bs_status read_demo(const bs_options *options, bs_demo **demo)
{
    static const char key[] = "output.file=";
    const int count = options->setting_count;
    const char **settings = bs_alloc((size_t)count + 1, sizeof *settings);
    size_t length = sizeof key + (options->output != NULL ? strlen(options->output) : 0);
    char *output = bs_alloc(length, 1);
    bs_status status = BS_ERR_MEMORY;
    if (settings != NULL && output != NULL) {
        for (int i = 0; i < count; i++) {
            settings[i] = options->settings[i];
        }
        snprintf(output, length, "%s%s", key, options->output != NULL ? options->output : "");
        settings[count] = output;
        status = bs_demo_read(options->operand, count + (options->output != NULL), settings, demo);
    }
    bs_free(output);
    bs_free(settings);
    return status;
}

static bs_status run(const bs_comm *world, const bs_options *options)
{
    bs_demo *demo = NULL;
    bs_dataset *record = NULL;
    bs_status status = bs_agree(world, read_demo(options, &demo));
    if (status == BS_OK) {
        status = bs_demo_run(world, demo, &record);
    }
    if (status == BS_OK) {
        status = bs_agree(world, world->rank == 0 && demo != NULL ? conclude(demo, record) : BS_OK);
    }
    bs_dataset_destroy(record);
    bs_demo_destroy(demo);
    return status;
}

/* The name of a demo, or a file of the user's. */
static const char *demo_at(int index, const char **about)
{
    static const char *const abouts[] = {
        [BS_DEMO_FBM] = "fractional Brownian motion, its relu and their average, with spectra",
        [BS_DEMO_AVERAGING] = "noisy copies of an image",
        [BS_DEMO_PLANE] = "averages of complex coefficients"};
    const int count = sizeof abouts / sizeof abouts[0];
    *about = index < count ? abouts[index] : "";
    return index < count ? bs_demo_name((bs_demo_kind)index) : NULL;
}

static const bs_flag flags[] = {
    BS_FLAG_SETTING("set", "KEY=VALUE", NULL,
                    "set any key of --defaults, such as fbm.hurst=0.3; may be repeated"),
    BS_FLAG_TEXT("output", 'o', "OUT.nc", output, NULL,
                 "the result file (default: the demo's name with .nc); its picture ends in .png"),
    BS_FLAG_SWITCH("defaults", 0, defaults, "print every key with its default and meaning"),
    BS_FLAGS_END,
};

const bs_verb bs_verb_demo = {
    .name = "demo",
    .usage = "DEMO|FILE.yaml [FLAGS]",
    .summary = "show what averaging does: fbm, averaging or plane",
    .details = "FILE.yaml holds what differs from the defaults, which --defaults prints. Leaves "
               "DEMO.nc and a picture, DEMO.png.",
    .needs = "a name, such as fbm, or a YAML file; `blueshift demo --help` lists the names",
    .operands = "Demos",
    .operand_at = demo_at,
    .flags = flags,
    .mpi = true,
    .run = run,
    .defaults = bs_demo_defaults,
};
