/* Finds what is left to do: rank 0 scans the statuses in slabs, every rank gets the runs. */
#include "pending.h"

#include "blueshift/memory.h"

enum { SLAB = 1 << 20 };

static bool is_open(uint8_t status)
{
    return status == BS_POINT_PENDING || status == BS_POINT_FAILED;
}

static bs_status append_run(bs_pending *pending, int64_t *capacity, int64_t first)
{
    if (bs_grow(&pending->runs, pending->run_count, capacity, sizeof *pending->runs) == NULL) {
        return BS_ERR_MEMORY;
    }
    pending->runs[pending->run_count++] = (bs_range){.first = first, .count = 0};
    return BS_OK;
}

/* Appends the open points of one slab, extending the last run where they touch. */
static bs_status scan_slab(bs_pending *pending, int64_t *capacity, int64_t first,
                           const uint8_t *status, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (!is_open(status[i])) {
            continue;
        }
        bs_range *last = pending->run_count > 0 ? &pending->runs[pending->run_count - 1] : NULL;
        if (last == NULL || last->first + last->count != first + i) {
            BS_TRY(append_run(pending, capacity, first + i));
            last = &pending->runs[pending->run_count - 1];
        }
        last->count++;
    }
    return BS_OK;
}

static bs_status scan(bs_surface *surface, bs_pending *pending)
{
    int64_t points = bs_surface_points(surface);
    int64_t capacity = 0;
    uint8_t *status = bs_alloc(SLAB, 1);
    if (status == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status result = BS_OK;
    for (int64_t first = 0; first < points && result == BS_OK; first += SLAB) {
        int64_t count = points - first < SLAB ? points - first : SLAB;
        result = bs_surface_read_status(surface, (bs_range){first, count}, status);
        if (result == BS_OK) {
            result = scan_slab(pending, &capacity, first, status, count);
        }
    }
    bs_free(status);
    return result;
}

static bs_status number_runs(bs_pending *pending)
{
    pending->before = bs_alloc((size_t)pending->run_count, sizeof *pending->before);
    if (pending->before == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int64_t i = 0; pending->runs != NULL && i < pending->run_count; i++) {
        pending->before[i] = pending->points;
        pending->points += pending->runs[i].count;
    }
    return BS_OK;
}

bs_status bs_pending_create(const bs_comm *comm, bs_surface *surface, bs_pending *pending)
{
    *pending = (bs_pending){0};
    BS_TRY(bs_agree(comm, comm->rank == 0 ? scan(surface, pending) : BS_OK));
    BS_TRY(BS_MPI(MPI_Bcast(&pending->run_count, 1, MPI_INT64_T, 0, comm->mpi)));
    bs_status status = BS_OK;
    if (comm->rank != 0) {
        pending->runs = bs_alloc((size_t)pending->run_count, sizeof *pending->runs);
        status = pending->runs == NULL ? BS_ERR_MEMORY : BS_OK;
    }
    BS_TRY(bs_agree(comm, status));
    /* A run is two 64-bit integers; their number stays below BS_POINTS_MAX / 2. */
    BS_TRY(
        BS_MPI(MPI_Bcast(pending->runs, (int)pending->run_count * 2, MPI_INT64_T, 0, comm->mpi)));
    return bs_agree(comm, number_runs(pending));
}

int64_t bs_pending_point(const bs_pending *pending, int64_t point)
{
    int64_t low = 0;
    int64_t high = pending->run_count - 1;
    while (low < high) {
        int64_t middle = (low + high + 1) / 2;
        if (pending->before[middle] <= point) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return pending->runs[low].first + (point - pending->before[low]);
}

void bs_pending_release(bs_pending *pending)
{
    bs_free(pending->runs);
    bs_free(pending->before);
    *pending = (bs_pending){0};
}

bs_status bs_count_statuses(bs_surface *surface, bs_range range, bs_status_counts *counts)
{
    *counts = (bs_status_counts){{0}};
    uint8_t *status = bs_alloc(SLAB, 1);
    if (status == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status result = BS_OK;
    for (int64_t done = 0; done < range.count && result == BS_OK; done += SLAB) {
        int64_t count = range.count - done < SLAB ? range.count - done : SLAB;
        result = bs_surface_read_status(surface, (bs_range){range.first + done, count}, status);
        for (int64_t i = 0; i < count && result == BS_OK; i++) {
            counts->of[status[i] & 3]++;
        }
    }
    bs_free(status);
    return result;
}
