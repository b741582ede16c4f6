/* Images, seed, weights and directions of a result. */
#include "info_origin.h"

#include <math.h>
#include <string.h>

#include "blueshift/experiment.h"
#include "blueshift/memory.h"
#include "info_text.h"

enum { HASH_SHOWN = 12, KEY = 64 };

/* Images and their split, and the seed. */
static bs_status print_images(FILE *out, bs_surface *file)
{
    const char *value = bs_surface_get_schema(file)->values[0].name;
    char *images = NULL;
    char *tests = NULL; /* beside those of training */
    char *seed = NULL;
    bs_status status = bs_surface_attribute(file, "images", &images);
    if (status == BS_OK) {
        status = bs_surface_attribute(file, "test_images", &tests);
    }
    if (status == BS_OK) {
        status = bs_surface_attribute(file, "seed", &seed);
    }
    if (images != NULL) {
        const char *split = strncmp(value, "test_", 5) == 0    ? "test "
                            : strncmp(value, "train_", 6) == 0 ? "training "
                                                               : "";
        fprintf(out, "%-12s %s %simages", "images", images, split);
        fprintf(out, tests != NULL ? ", %s test images\n" : "\n", tests);
    }
    if (seed != NULL) {
        fprintf(out, "%-12s %s\n", "seed", seed);
    }
    bs_free(images);
    bs_free(tests);
    bs_free(seed);
    return status;
}

/* " (f21a873303cf)" of file WHICH, counted from 1, of NETWORK; "" where IDENTITY has no hash of it.
 */
static void find_hash(const char *identity, unsigned network, int which, char text[KEY])
{
    char key[KEY];
    int length = snprintf(key, sizeof key, "\nnetwork %u weights%d_sha256: ", network, which);
    const char *line = identity != NULL ? strstr(identity, key) : NULL;
    text[0] = '\0';
    if (line != NULL) {
        snprintf(text, KEY, " (sha256 %.*s...)", HASH_SHOWN, line + length);
    }
}

static void print_weights(FILE *out, const bs_experiment *e, const char *identity)
{
    int lines = 0;
    for (unsigned n = 0; n < e->network_count; n++) {
        const char *const files[] = {e->networks[n].weights, e->networks[n].weights2,
                                     e->networks[n].weights3};
        for (int i = 0; i < 3 && lines < BS_INFO_LINES_MAX; i++) {
            char hash[KEY];
            find_hash(identity, n, i + 1, hash);
            if (files[i][0] != '\0') {
                fprintf(out, "%-12s %s: %s%s\n", lines++ == 0 ? "weights" : "", e->networks[n].name,
                        files[i], hash);
            }
        }
    }
}

/* The experiment of another version may not be understood: then nothing is said of it. */
static bs_status print_experiment(FILE *out, bs_surface *file)
{
    char *text = NULL;
    char *identity = NULL;
    bs_experiment *e = NULL;
    bs_status status = bs_surface_attribute(file, "experiment", &text);
    if (status == BS_OK) {
        status = bs_surface_attribute(file, "experiment_identity", &identity);
    }
    if (status == BS_OK && text != NULL &&
        bs_experiment_parse(text, "experiment", 0, NULL, &e) == BS_OK) {
        print_weights(out, e, identity);
    }
    bs_experiment_destroy(e);
    bs_free(text);
    bs_free(identity);
    return status;
}

/* Scalar I of a network: the mean over its realisations, and the largest magnitude. */
static bs_status print_scalar(FILE *out, bs_surface *file, int i, int network, double *row)
{
    const bs_surface_schema *schema = bs_surface_get_schema(file);
    double sum = 0.0;
    double largest = 0.0;
    for (int r = 0; r < schema->realisations; r++) {
        BS_TRY(bs_surface_read_scalars(file, network, r, row));
        sum += row[i];
        largest = fmax(largest, fabs(row[i]));
    }
    if (largest < 1e30) { /* else NetCDF's fill value: not begun */
        fprintf(out, "%-12s %s: %.4g", schema->scalars[i].name, schema->network_names[network],
                sum / schema->realisations);
        if (schema->realisations > 1) {
            fprintf(out, " on average, at most %.4g", largest);
        }
        fputc('\n', out);
    }
    return BS_OK;
}

static bs_status print_scalars(FILE *out, bs_surface *file)
{
    const bs_surface_schema *schema = bs_surface_get_schema(file);
    double *row = bs_alloc((size_t)schema->scalar_count, sizeof *row);
    bs_status status = row == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int i = 0; i < schema->scalar_count; i++) {
        for (int n = 0; n < schema->networks && n < BS_INFO_LINES_MAX && status == BS_OK; n++) {
            status = print_scalar(out, file, i, n, row);
        }
    }
    bs_free(row);
    return status;
}

bs_status bs_info_print_origin(FILE *out, bs_surface *file)
{
    BS_TRY(print_images(out, file));
    BS_TRY(print_experiment(out, file));
    return print_scalars(out, file);
}
