/* Opens several results as one. */
#include "joined.h"

#include "blueshift/memory.h"

static bs_status close_parts(bs_surface *surface)
{
    struct bs_joined *joined = surface->joined;
    bs_status status = BS_OK;
    for (int p = 0; p < joined->count; p++) {
        bs_free(joined->parts[p].identity);
        bs_status closed = bs_surface_close(joined->parts[p].file);
        status = status != BS_OK ? status : closed;
    }
    joined->count = 0;
    return status;
}

static bs_status open_parts(bs_surface *surface, int count, const char *const *paths)
{
    struct bs_joined *joined = bs_surface_own(surface, 1, sizeof *joined);
    bs_joined_part *parts = bs_surface_own(surface, (size_t)count, sizeof *parts);
    static const bs_surface_methods methods = {.get = bs_joined_get, .close = close_parts};
    bs_status status = joined == NULL || parts == NULL ? BS_ERR_MEMORY : BS_OK;
    BS_TRY(bs_agree(&surface->comm, status));
    if (joined == NULL || parts == NULL) {
        return BS_ERR_MEMORY;
    }
    *joined = (struct bs_joined){.parts = parts};
    surface->joined = joined;
    surface->methods = &methods;
    for (int i = 0; i < count; i++) {
        BS_TRY(bs_surface_open_read(&surface->comm, paths[i], &parts[i].file));
        joined->count++;
    }
    return BS_OK;
}

bs_status bs_surface_open_joined(const bs_comm *comm, int count, const char *const *paths,
                                 bs_surface **surface)
{
    *surface = NULL;
    if (count == 1) {
        return bs_surface_open_read(comm, paths[0], surface);
    }
    bs_surface *opened = bs_alloc(1, sizeof *opened);
    bs_status status = opened == NULL ? BS_ERR_MEMORY : bs_surface_init(opened, comm, paths[0]);
    status = bs_agree(comm, status);
    if (status == BS_OK && opened != NULL) {
        status = open_parts(opened, count, paths);
        if (status == BS_OK) {
            status = bs_agree(comm, bs_joined_combine(opened));
        }
    }
    if (status == BS_OK) {
        *surface = opened;
        return BS_OK;
    }
    if (opened != NULL) {
        if (opened->joined != NULL) {
            (void)close_parts(opened);
        }
        bs_surface_release(opened);
        bs_free(opened);
    }
    return status;
}
