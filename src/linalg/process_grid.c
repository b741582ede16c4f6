/* Process grids of BLACS and the arithmetic of block-cyclic layouts. */
#include "blueshift/process_grid.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>

#include "blueshift/memory.h"
#include "scalapack.h"

enum { BLOCK_MAX = 64, FIRST = 0 };

/* Largest divisor up to the square root: every rank has a place, and no rank needs to be told that
 * it has none. Prime numbers of ranks give a single row, which is correct, only slower. */
static int square_rows(int size)
{
    int rows = 1;
    for (int p = 1; p <= size / p; p++) {
        if (size % p == 0) {
            rows = p;
        }
    }
    return rows;
}

/* BLACS gives equal communicators equal handles, so that the first grid to go would take the
 * others' along: every grid has a communicator of its own. */
static bs_status init_blacs(bs_process_grid *grid, int rows)
{
    const bs_comm *comm = &grid->comm;
    grid->handle = Csys2blacs_handle(comm->mpi);
    grid->context = grid->handle;
    Cblacs_gridinit(&grid->context, "R", rows, comm->size / rows);
    Cblacs_gridinfo(grid->context, &grid->rows, &grid->columns, &grid->row, &grid->column);
    if (grid->rows != rows || grid->row != comm->rank / grid->columns ||
        grid->column != comm->rank % grid->columns) {
        return BS_FAIL(BS_ERR_LIBRARY, "BLACS made a grid of %d x %d for %d ranks", grid->rows,
                       grid->columns, comm->size);
    }
    return BS_OK;
}

static bs_status create(const bs_comm *comm, int rows, bs_process_grid **grid)
{
    bs_process_grid *created = bs_alloc(1, sizeof *created);
    BS_TRY(bs_agree_block(comm, created));
    bs_status status = bs_comm_create(comm->mpi, &created->comm);
    if (status != BS_OK) {
        bs_free(created);
        return status;
    }
    status = bs_agree(comm, init_blacs(created, rows));
    if (status != BS_OK) {
        bs_process_grid_destroy(created);
        return status;
    }
    *grid = created;
    return BS_OK;
}

bs_status bs_process_grid_create(const bs_comm *comm, bs_process_grid **grid)
{
    return create(comm, square_rows(comm->size), grid);
}

bs_status bs_process_grid_create_row(const bs_comm *comm, bs_process_grid **grid)
{
    return create(comm, 1, grid);
}

void bs_process_grid_destroy(bs_process_grid *grid)
{
    if (grid == NULL) {
        return;
    }
    Cblacs_gridexit(grid->context);
    Cfree_blacs_system_handle(grid->handle);
    bs_comm_release(&grid->comm);
    bs_free(grid);
}

/* Small matrices in smaller blocks, so that their work is shared as well. */
static int choose_block(const bs_process_grid *grid, int64_t rows, int64_t columns)
{
    int64_t smaller = rows < columns ? rows : columns;
    int larger_side = grid->rows > grid->columns ? grid->rows : grid->columns;
    int64_t block = smaller / larger_side;
    return block < 1 ? 1 : block > BLOCK_MAX ? BLOCK_MAX : (int)block;
}

static bs_status check_size(const bs_process_grid *grid, int64_t rows, int64_t columns)
{
    if (rows < 1 || columns < 1 || rows > INT_MAX - BLOCK_MAX || columns > INT_MAX - BLOCK_MAX) {
        return BS_FAIL(BS_ERR_USAGE,
                       "a matrix of %" PRId64 " x %" PRId64 "; ScaLAPACK takes 1 to about 2e9 rows "
                       "and columns",
                       rows, columns);
    }
    double elements = (double)rows * (double)columns;
    if (elements / grid->comm.size > 0.9 * INT_MAX) {
        return BS_FAIL(BS_ERR_USAGE,
                       "a matrix of %" PRId64 " x %" PRId64 " is too large for %d rank%s: "
                       "ScaLAPACK counts at most 2^31 elements per rank; use %.0f ranks or more",
                       rows, columns, grid->comm.size, grid->comm.size == 1 ? "" : "s",
                       ceil(elements / (0.9 * INT_MAX)));
    }
    return BS_OK;
}

bs_status bs_block_cyclic_init(const bs_process_grid *grid, int64_t rows, int64_t columns,
                               int block, bs_block_cyclic *layout)
{
    BS_TRY(bs_agree(&grid->comm, check_size(grid, rows, columns)));
    const int first = FIRST;
    *layout = (bs_block_cyclic){.grid = grid, .rows = (int)rows, .columns = (int)columns};
    layout->block = block > 0 ? block : choose_block(grid, rows, columns);
    layout->local_rows = numroc_(&layout->rows, &layout->block, &grid->row, &first, &grid->rows);
    layout->local_columns =
        numroc_(&layout->columns, &layout->block, &grid->column, &first, &grid->columns);
    layout->leading = layout->local_rows > 1 ? layout->local_rows : 1;
    int info = 0;
    descinit_(layout->descriptor, &layout->rows, &layout->columns, &layout->block, &layout->block,
              &first, &first, &grid->context, &layout->leading, &info);
    bs_status status = BS_OK;
    if (info != 0) {
        status = BS_FAIL(BS_ERR_INTERNAL, "descinit refused argument %d of a %d x %d matrix", -info,
                         layout->rows, layout->columns);
    }
    return bs_agree(&grid->comm, status);
}

size_t bs_block_cyclic_size(const bs_block_cyclic *layout)
{
    size_t columns = layout->local_columns > 1 ? (size_t)layout->local_columns : 1;
    return (size_t)layout->leading * columns;
}

/* Index of local element LOCAL among PROCESSES that take turns in blocks, and back. */
static int to_global(int local, int block, int process, int processes)
{
    return (local / block * processes + process) * block + local % block;
}

static int to_local(int global, int block, int process, int processes)
{
    int cycle = global / block;
    return cycle % processes == process ? cycle / processes * block + global % block : -1;
}

int bs_block_cyclic_row(const bs_block_cyclic *layout, int local_row)
{
    return to_global(local_row, layout->block, layout->grid->row, layout->grid->rows);
}

int bs_block_cyclic_column(const bs_block_cyclic *layout, int local_column)
{
    return to_global(local_column, layout->block, layout->grid->column, layout->grid->columns);
}

int bs_block_cyclic_local_row(const bs_block_cyclic *layout, int row)
{
    return to_local(row, layout->block, layout->grid->row, layout->grid->rows);
}
