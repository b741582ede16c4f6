/* Process grids and block-cyclic layouts: every element has one owner, indices go both ways. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/process_grid.h"
#include "mpi/mpi_test.h"

static void grid_has_a_place_for_every_rank(const bs_comm *world)
{
    bs_process_grid *grid = NULL;
    bool made = bs_process_grid_create(world, &grid) == BS_OK;
    if (!mpi_test_check(made, "a grid of all ranks")) {
        return;
    }
    mpi_test_check(grid->rows * grid->columns == world->size && grid->rows <= grid->columns,
                   "it is %d x %d", grid->rows, grid->columns);
    mpi_test_check(grid->row * grid->columns + grid->column == world->rank, "row by row");
    bs_process_grid_destroy(grid);
}

/* Counts for every element how many ranks say that they hold it. */
static void elements_have_one_owner(const bs_process_grid *grid, int rows, int columns, int block)
{
    bs_block_cyclic layout;
    bool consistent = bs_block_cyclic_init(grid, rows, columns, block, &layout) == BS_OK;
    int *owners = bs_alloc((size_t)rows * (size_t)columns, sizeof *owners);
    for (int j = 0; consistent && j < layout.local_columns; j++) {
        for (int i = 0; i < layout.local_rows; i++) {
            int row = bs_block_cyclic_row(&layout, i);
            int column = bs_block_cyclic_column(&layout, j);
            consistent = consistent && row >= 0 && row < rows && column >= 0 && column < columns &&
                         bs_block_cyclic_local_row(&layout, row) == i;
            if (consistent) {
                owners[row * columns + column]++;
            }
        }
    }
    MPI_Allreduce(MPI_IN_PLACE, owners, rows * columns, MPI_INT, MPI_SUM, grid->comm.mpi);
    for (int e = 0; e < rows * columns; e++) {
        consistent = consistent && owners[e] == 1;
    }
    for (int row = 0; row < rows; row++) {
        int local = bs_block_cyclic_local_row(&layout, row);
        consistent = consistent && (local < 0 || bs_block_cyclic_row(&layout, local) == row);
    }
    bs_free(owners);
    mpi_test_check(consistent && bs_block_cyclic_size(&layout) > 0, "%d x %d in blocks of %d", rows,
                   columns, layout.block);
}

static void sizes_are_checked(const bs_process_grid *grid)
{
    bs_block_cyclic layout;
    bs_status status = bs_block_cyclic_init(grid, 0, 4, 0, &layout);
    mpi_test_check(status == BS_ERR_USAGE, "no empty matrix");
    status = bs_block_cyclic_init(grid, (int64_t)INT_MAX + 1, 4, 0, &layout);
    mpi_test_check(status == BS_ERR_USAGE, "no more rows than an int counts");
    status = bs_block_cyclic_init(grid, 200000, 200000, 0, &layout);
    mpi_test_check(status == BS_ERR_USAGE && strstr(bs_error_text(), "use 21 ranks") != NULL,
                   "a part that ScaLAPACK cannot count: how many ranks it takes");
}

/* Two grids in halves of the world at once. */
static void grids_live_side_by_side(const bs_comm *world)
{
    MPI_Comm half;
    MPI_Comm_split(world->mpi, world->rank % 2, world->rank, &half);
    bs_comm part;
    bs_process_grid *grid = NULL;
    bs_status status = bs_comm_adopt(half, &part);
    status = status == BS_OK ? bs_process_grid_create(&part, &grid) : status;
    bool good = status == BS_OK && grid->rows * grid->columns == part.size;
    bs_process_grid_destroy(grid);
    bs_comm_release(&part);
    mpi_test_check(good, "grids of halves of the world");
}

static void run_all(const bs_comm *world)
{
    grid_has_a_place_for_every_rank(world);
    bs_process_grid *grid = NULL;
    if (mpi_test_check(bs_process_grid_create(world, &grid) == BS_OK, "a grid")) {
        elements_have_one_owner(grid, 1, 1, 0);
        elements_have_one_owner(grid, 7, 5, 1);
        elements_have_one_owner(grid, 5, 23, 3);
        elements_have_one_owner(grid, 33, 33, 0);
        elements_have_one_owner(grid, 150, 150, 64);
        sizes_are_checked(grid);
    }
    bs_process_grid_destroy(grid);
    grids_live_side_by_side(world);
}

const mpi_test mpi_test_file = {.run = run_all};
