/* The results of a demo in lines. */
#include "demo_report.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "blueshift/plot_demo.h"

/* What there is no expectation of is left out. */
static void print_expected(FILE *out, double value)
{
    if (!isnan(value)) {
        fprintf(out, " (expected %.5f)", value);
    }
}

static void print_fbm(FILE *out, const bs_dataset *d)
{
    static const char *const signals[] = {"x", "relu(x)", "average"};
    const int generators = (int)bs_dataset_length(d, "generator");
    fprintf(out, "generators: %s\n", bs_dataset_attribute(d, "generators"));
    for (int g = 0; g < generators; g++) {
        fprintf(out, "covariance against theory: %.3f standard errors (root mean square)\n",
                bs_dataset_values(d, "covariance_deviation")[g]);
        for (int s = 0; s < 3; s++) {
            int i = 3 * g + s;
            double excess = exp(bs_dataset_values(d, "excess")[i]);
            fprintf(out, "%-8s slope %.4f +- %.4f", signals[s], bs_dataset_values(d, "slope")[i],
                    bs_dataset_values(d, "slope_error")[i]);
            print_expected(out, bs_dataset_values(d, "slope_theory")[s]);
            fprintf(out, "  high fraction %.5f +- %.5f", bs_dataset_values(d, "high_fraction")[i],
                    bs_dataset_values(d, "high_fraction_error")[i]);
            print_expected(out, bs_dataset_values(d, "high_fraction_theory")[s]);
            fprintf(out, ", %.4f +- %.4f times that of x\n", excess,
                    excess * bs_dataset_values(d, "excess_error")[i]);
        }
    }
    fprintf(out,
            "law of the slope, without window and sampling: %.4f\n"
            "a cosine's harmonics halved by the average: off by %.2g\n",
            bs_dataset_attribute_number(d, "slope_law"),
            bs_dataset_attribute_number(d, "cosine_halving_error"));
}

static void print_averaging(FILE *out, const bs_dataset *d)
{
    const int copies = (int)bs_dataset_length(d, "copies");
    fprintf(out, "average of %d copies\n", copies);
    for (int c = 0; c < (int)bs_dataset_length(d, "noise_correlation"); c++) {
        int i = c * copies + copies - 1;
        fprintf(out,
                "noise correlated by %-5g variance %.6f +- %.6f (theory %.6f)  gain %.3f +- %.3f "
                "(theory %.3f)\n",
                bs_dataset_values(d, "noise_correlation")[c], bs_dataset_values(d, "variance")[i],
                bs_dataset_values(d, "variance_error")[i],
                bs_dataset_values(d, "variance_theory")[i], bs_dataset_values(d, "gain")[i],
                bs_dataset_values(d, "gain_error")[i], bs_dataset_values(d, "gain_theory")[i]);
    }
}

static void print_plane(FILE *out, const bs_dataset *d)
{
    static const char *const cases[] = {"radii", "angles", "both", "equal"};
    for (int c = 0; c < (int)bs_dataset_length(d, "case"); c++) {
        const double *got = bs_dataset_values(d, "factors") + (ptrdiff_t)3 * c;
        const double *wanted = bs_dataset_values(d, "factors_theory") + (ptrdiff_t)3 * c;
        fprintf(out, "%-7s damping %.5f = ED %.5f x FDSA %.5f (expected %.5f = %.5f x %.5f)\n",
                cases[c], got[0], got[1], got[2], wanted[0], wanted[1], wanted[2]);
    }
}

bs_status bs_demo_report_print(FILE *out, const bs_dataset *dataset)
{
    static const struct {
        const char *demo;
        void (*print)(FILE *out, const bs_dataset *dataset);
    } reports[] = {{"fbm", print_fbm}, {"averaging", print_averaging}, {"plane", print_plane}};
    const char *demo = bs_dataset_attribute(dataset, "demo");
    BS_TRY(bs_plot_demo_check(dataset));
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        if (strcmp(demo, reports[i].demo) == 0) {
            reports[i].print(out, dataset);
            return BS_OK;
        }
    }
    return BS_FAIL(BS_ERR_INPUT, "this version knows no demo '%s'", demo);
}
