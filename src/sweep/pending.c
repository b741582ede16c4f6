/* Finds what is left to do: rank 0 scans the statuses, every rank gets the runs. */
#include "pending.h"

#include "blueshift/memory.h"

static bool is_open(uint8_t status)
{
    return status == BS_POINT_PENDING || status == BS_POINT_FAILED;
}

/* Runs under way, and room for more. */
typedef struct scanning {
    bs_pending *pending;
    int64_t capacity;
} scanning;

static bs_status append_run(scanning *s, int64_t first)
{
    bs_pending *pending = s->pending;
    bs_range *runs =
        bs_grow(&pending->runs, pending->run_count, &s->capacity, sizeof *pending->runs);
    if (runs == NULL) {
        return BS_ERR_MEMORY;
    }
    runs[pending->run_count++] = (bs_range){.first = first, .count = 0};
    return BS_OK;
}

/* Appends the open points of one slab, extending the last run where they touch. */
static bs_status scan_slab(void *context, bs_range part, const uint8_t *status)
{
    scanning *s = context;
    bs_pending *pending = s->pending;
    for (int64_t i = 0; i < part.count; i++) {
        if (!is_open(status[i])) {
            continue;
        }
        bs_range *last = pending->run_count > 0 ? &pending->runs[pending->run_count - 1] : NULL;
        if (last == NULL || last->first + last->count != part.first + i) {
            BS_TRY(append_run(s, part.first + i));
            last = &pending->runs[pending->run_count - 1];
        }
        last->count++;
    }
    return BS_OK;
}

static bs_status scan(bs_surface *surface, bs_pending *pending)
{
    scanning s = {.pending = pending};
    return bs_surface_scan_status(surface, (bs_range){0, bs_surface_points(surface)}, scan_slab,
                                  &s);
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
