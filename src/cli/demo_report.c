/* Prints the results of a demo. */
#include "demo_report.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

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

void bs_demo_report_print(bs_demo_kind kind, const bs_dataset *dataset)
{
    switch (kind) {
    case BS_DEMO_FBM:
        print_fbm(dataset);
        break;
    case BS_DEMO_AVERAGING:
        print_averaging(dataset);
        break;
    case BS_DEMO_PLANE:
        print_plane(dataset);
        break;
    }
}
