/* Prints what a result file says of the trajectories of trainings. */
#include "report_trajectory.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <netcdf.h>

#include "blueshift/memory.h"
#include "blueshift/trajectory_arrays.h"
#include "info_text.h"

/* The row of NETWORK of array NAME, LENGTH numbers in ROW, for bs_free; NULL: none, or not written.
 */
static bs_status read_row(bs_surface *file, int network, const char *name, int64_t *length,
                          double **row)
{
    const int index = bs_surface_find_array(file, name);
    *row = NULL;
    *length = 0;
    if (index < 0 || bs_surface_get_schema(file)->arrays[index].kind != BS_ARRAY_NETWORK) {
        return BS_OK;
    }
    *length = bs_array_row(&bs_surface_get_schema(file)->arrays[index]);
    *row = bs_alloc((size_t)*length, sizeof **row);
    if (*row == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = bs_surface_read_array(file, index, (bs_range){network, 1}, *row);
    if (status != BS_OK || (*row)[0] == NC_FILL_DOUBLE) {
        bs_free(*row);
        *row = NULL;
    }
    return status;
}

/* How far the losses on the path are from the true ones. */
static void print_losses(FILE *out, int64_t length, const double *truth, const double *projected)
{
    double worst = 0.0;
    int64_t known = 0;
    for (int64_t i = 0; i < length; i++) {
        if (truth[i] != NC_FILL_DOUBLE && isfinite(truth[i]) && isfinite(projected[i])) {
            worst = fmax(worst, fabs(projected[i] - truth[i]));
            known = i + 1;
        }
    }
    if (known > 0) {
        fprintf(out,
                "; their loss %.4g to %.4g, at their projections %.4g to %.4g, at most %.2g "
                "apart",
                truth[0], truth[known - 1], projected[0], projected[known - 1], worst);
    }
}

static bs_status print_line(FILE *out, bs_surface *file, int network, bool *first)
{
    const bs_surface_schema *schema = bs_surface_get_schema(file);
    double *rows[4] = {NULL};
    int64_t lengths[4] = {0};
    static const char *const names[4] = {BS_TRAJECTORY_DISTANCE, BS_TRAJECTORY_VARIANCE,
                                         BS_TRAJECTORY_LOSS, BS_TRAJECTORY_PROJECTED_LOSS};
    bs_status status = BS_OK;
    for (int i = 0; i < 4 && status == BS_OK; i++) {
        status = read_row(file, network, names[i], &lengths[i], &rows[i]);
    }
    if (status == BS_OK && rows[0] != NULL && rows[1] != NULL) {
        int64_t count = 0;
        while (count < lengths[0] && isfinite(rows[0][count])) {
            count++;
        }
        fputs(*first ? "trajectory\n" : "", out);
        bs_info_print_name(out, schema->network_names[network],
                           bs_info_name_room(schema->networks, schema->network_names));
        fprintf(out, " %" PRId64 " weights, of whose variance the path's directions explain",
                count);
        *first = false;
        for (int d = 0; d < schema->grid.ndim && d < lengths[1]; d++) {
            fprintf(out, "%s %.2f", d > 0 ? " +" : "", 100.0 * rows[1][d]);
        }
        fprintf(out, " %%");
        if (rows[2] != NULL && rows[3] != NULL) {
            print_losses(out, lengths[2], rows[2], rows[3]);
        }
        fprintf(out, "\n");
    }
    for (int i = 0; i < 4; i++) {
        bs_free(rows[i]);
    }
    return status;
}

bs_status bs_report_trajectories(FILE *out, bs_surface *file)
{
    const bs_surface_schema *schema = bs_surface_get_schema(file);
    bool first = true;
    for (int n = 0; n < schema->networks && n < BS_INFO_LINES_MAX; n++) {
        BS_TRY(print_line(out, file, n, &first));
    }
    return BS_OK;
}
