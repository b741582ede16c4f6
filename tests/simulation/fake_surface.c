/* The disk of the simulation: writes happen number by number, may be cut short, and may fail. */
#include "simulation/fake_surface.h"

#include <string.h>

#include "simulation/machine.h"

static const double STEP = 1e-5; /* seconds, at most, of a number on its way */

/* Whether this operation fails. */
static bool fails(disk *on)
{
    int64_t operation = on->operations++;
    return on->fails_at >= 0 &&
           (operation == on->fails_at || (on->stays_full && operation > on->fails_at));
}

const bs_surface_schema *bs_surface_get_schema(const bs_surface *surface)
{
    return &surface->disk->schema;
}

int64_t bs_surface_points(const bs_surface *surface)
{
    return surface->disk->points;
}

int64_t bs_surface_point_size(const bs_surface *surface)
{
    (void)surface;
    return DISK_VALUES;
}

bs_status bs_surface_read_status(bs_surface *surface, bs_range range, uint8_t *status)
{
    if (fails(surface->disk)) {
        return BS_FAIL(BS_ERR_IO, "the statuses cannot be read");
    }
    memcpy(status, surface->disk->status + range.first, (size_t)range.count);
    return BS_OK;
}

/* The first COUNT values and then the first STATUSES statuses; the process may end at any of them.
 */
static void put(disk *on, bs_range range, const double *values, const uint8_t *status, int count,
                int64_t statuses)
{
    for (int v = 0; v < count; v++) {
        machine_wait(STEP * machine_chance());
        on->values[range.first + v / DISK_VALUES][v % DISK_VALUES] = values[v];
    }
    for (int64_t i = 0; i < statuses; i++) {
        machine_wait(STEP * machine_chance());
        on->status[range.first + i] = status[i];
    }
}

bs_status bs_surface_write_points(bs_surface *surface, bs_range range, const double *values,
                                  const uint8_t *status)
{
    disk *on = surface->disk;
    int all = (int)range.count * DISK_VALUES;
    if (fails(on)) {
        int written = machine_pick(all + 1);
        put(on, range, values, status, written, written < all ? 0 : machine_pick((int)range.count));
        return BS_FAIL(BS_ERR_IO, "no space left on the simulated device");
    }
    put(on, range, values, status, all, range.count);
    memset(on->acknowledged + range.first, 1, (size_t)range.count);
    return BS_OK;
}

bs_status bs_surface_write_scalars(bs_surface *surface, int network, int realisation,
                                   const double *scalars)
{
    (void)network;
    (void)realisation;
    (void)scalars;
    return fails(surface->disk) ? BS_FAIL(BS_ERR_IO, "the scalars cannot be written") : BS_OK;
}

bs_status bs_surface_sync(bs_surface *surface)
{
    machine_wait(STEP * machine_chance());
    return fails(surface->disk) ? BS_FAIL(BS_ERR_IO, "the disk cannot be flushed") : BS_OK;
}
