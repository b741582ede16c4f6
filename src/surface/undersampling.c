/* Reads the fractions of the power beyond half of Nyquist. */
#include "blueshift/undersampling.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"

/* The largest number of NETWORK in array NAME, below any where there is none. */
static bs_status largest(bs_surface *surface, int network, const char *name, double *fraction)
{
    int index = bs_surface_find_array(surface, name);
    *fraction = -1.0;
    if (index < 0) {
        return BS_OK;
    }
    const int64_t count = bs_array_row(&bs_surface_get_schema(surface)->arrays[index]);
    double *row = bs_alloc((size_t)count, sizeof *row);
    if (row == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = bs_surface_read_array(surface, index, (bs_range){network, 1}, row);
    for (int64_t i = 0; i < count && status == BS_OK; i++) {
        /* Neither NaN nor a fill value is a fraction. */
        *fraction = row[i] > *fraction && row[i] <= 1.0 ? row[i] : *fraction;
    }
    bs_free(row);
    return status;
}

bs_status bs_undersampling_read(bs_surface *surface, int network, unsigned of,
                                char text[BS_UNDERSAMPLED_TEXT])
{
    static const struct {
        bs_undersampling_of of;
        const char *name, *what;
    } kinds[] = {{BS_UNDERSAMPLING_WHOLE, BS_UNDERSAMPLED_LOSS "_mean", "loss"},
                 {BS_UNDERSAMPLING_WHOLE, BS_UNDERSAMPLED_LOGITS "_mean", "logits"},
                 {BS_UNDERSAMPLING_BRANCHES, BS_UNDERSAMPLED_PROBES, "probes"},
                 {BS_UNDERSAMPLING_BRANCHES, BS_UNDERSAMPLED_SURFACES, "branch surfaces"}};
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        double fraction = 0.0;
        BS_TRY(largest(surface, network, kinds[i].name, &fraction));
        if ((of & (unsigned)kinds[i].of) != 0 && fraction > BS_UNDERSAMPLED) {
            snprintf(text + length, BS_UNDERSAMPLED_TEXT - length, "%s%.*f %% of the %s",
                     length > 0 ? ", " : "", fraction < 0.1 ? 1 : 0, 100.0 * fraction,
                     kinds[i].what);
            length = strlen(text);
        }
    }
    return BS_OK;
}
