/* An open surface: its memory, its end, and access to what it holds. */
#include "surface_private.h"

#include <string.h>
#include <unistd.h>

#include "blueshift/memory.h"

/* A list of blocks, so that a schema read from a file is freed in one place. */
struct bs_owned {
    struct bs_owned *next;
    void *block;
};

void *bs_surface_own(bs_surface *surface, size_t count, size_t size)
{
    struct bs_owned *node = bs_alloc(1, sizeof *node);
    void *block = bs_alloc(count, size);
    if (node == NULL || block == NULL) {
        bs_free(node);
        bs_free(block);
        return NULL;
    }
    *node = (struct bs_owned){.next = surface->owned, .block = block};
    surface->owned = node;
    return block;
}

bs_status bs_surface_keep(bs_surface *surface, char *text, char **kept)
{
    size_t bytes = text != NULL ? strlen(text) + 1 : 0;
    *kept = text != NULL ? bs_surface_own(surface, bytes, 1) : NULL;
    if (*kept != NULL) {
        memcpy(*kept, text, bytes);
    }
    bs_free(text);
    return *kept == NULL ? BS_ERR_MEMORY : BS_OK;
}

bs_status bs_surface_init(bs_surface *surface, const bs_comm *comm, const char *path)
{
    *surface = (bs_surface){.comm = *comm, .nc = {.id = -1}, .descriptor = -1, .format = BS_FORMAT};
    size_t bytes = strlen(path) + 1;
    char *copy = bs_surface_own(surface, bytes, 1);
    surface->nc.path = copy;
    surface->column = bs_surface_own(surface, BS_SLAB_CHUNK, sizeof *surface->column);
    surface->echo = bs_surface_own(surface, BS_SLAB_CHUNK, sizeof *surface->echo);
    if (copy == NULL || surface->column == NULL || surface->echo == NULL) {
        return BS_ERR_MEMORY;
    }
    memcpy(copy, path, bytes);
    return BS_OK;
}

void bs_surface_release(bs_surface *surface)
{
    if (surface->descriptor >= 0) {
        close(surface->descriptor);
        surface->descriptor = -1;
    }
    while (surface->owned != NULL) {
        struct bs_owned *next = surface->owned->next;
        bs_free(surface->owned->block);
        bs_free(surface->owned);
        surface->owned = next;
    }
}

bs_status bs_surface_hints(MPI_Info *info)
{
    BS_TRY(BS_MPI(MPI_Info_create(info)));
    /* Otherwise PnetCDF swaps bytes in the caller's own buffer for a while. */
    return BS_MPI(MPI_Info_set(*info, "nc_in_place_swap", "disable"));
}

const bs_surface_schema *bs_surface_get_schema(const bs_surface *surface)
{
    return &surface->schema;
}

int64_t bs_surface_points(const bs_surface *surface)
{
    return bs_shape_elements(&surface->layout.values);
}

const char *bs_surface_library_path(const bs_surface *surface, char path[BS_DESCRIPTOR_PATH])
{
    return bs_descriptor_path(surface->descriptor, path);
}

bool bs_surface_is_part(const bs_surface *surface)
{
    return surface->part;
}

bs_status bs_surface_put(bs_surface *surface, int variable, const bs_shape *shape, bs_range range,
                         size_t size, const void *data)
{
    const bs_slab slab = {.variable = variable, .size = size, .shape = *shape};
    return bs_slab_put(&surface->nc, &slab, range, data, surface->echo);
}

bs_status bs_surface_get(bs_surface *surface, int variable, const bs_shape *shape, bs_range range,
                         size_t size, void *data)
{
    if (surface->methods != NULL) {
        return surface->methods->get(surface, variable, shape, range, size, data);
    }
    const bs_slab slab = {.variable = variable, .size = size, .shape = *shape};
    return bs_slab_get(&surface->nc, &slab, range, data);
}
