/* Scans the status of many points, a slab at a time. */
#include "blueshift/memory.h"
#include "blueshift/surface.h"

enum { SLAB = 1 << 20 };

bs_status bs_surface_scan_status(bs_surface *surface, bs_range range, bs_status_visit visit,
                                 void *context)
{
    uint8_t *status = bs_alloc(range.count < SLAB ? (size_t)range.count : SLAB, 1);
    if (status == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status result = BS_OK;
    for (int64_t done = 0; done < range.count && result == BS_OK; done += SLAB) {
        int64_t left = range.count - done;
        bs_range part = {range.first + done, left < SLAB ? left : SLAB};
        result = bs_surface_read_status(surface, part, status);
        if (result == BS_OK) {
            result = visit(context, part, status);
        }
    }
    bs_free(status);
    return result;
}

static bs_status count_slab(void *context, bs_range part, const uint8_t *status)
{
    bs_status_counts *counts = context;
    for (int64_t i = 0; i < part.count; i++) {
        counts->of[status[i]]++;
    }
    return BS_OK;
}

bs_status bs_surface_count_status(bs_surface *surface, bs_range range, bs_status_counts *counts)
{
    *counts = (bs_status_counts){{0}};
    return bs_surface_scan_status(surface, range, count_slab, counts);
}
