/* Process grids and block-cyclic layouts of dense matrices, as ScaLAPACK wants them. */
#ifndef BLUESHIFT_PROCESS_GRID_H
#define BLUESHIFT_PROCESS_GRID_H

#include <stddef.h>
#include <stdint.h>

#include "blueshift/comm.h"

/* All ranks of a communicator as ROWS x COLUMNS, rank 0 first, row by row. */
typedef struct bs_process_grid {
    bs_comm comm; /* a duplicate of its own: BLACS knows one handle a communicator */
    int context;  /* BLACS context */
    int handle;   /* BLACS's name of the communicator */
    int rows, columns;
    int row, column; /* this rank's place */
} bs_process_grid;

/* As square as the number of ranks allows. Collective over COMM, which may be a part of the world:
 * several grids may live side by side. Destroy it before MPI_Finalize. */
bs_status bs_process_grid_create(const bs_comm *comm, bs_process_grid **grid);

/* A single row: every rank holds whole columns. */
bs_status bs_process_grid_create_row(const bs_comm *comm, bs_process_grid **grid);

void bs_process_grid_destroy(bs_process_grid *grid); /* collective; NULL is fine */

/* A matrix cut into BLOCK x BLOCK blocks, dealt in turn to the rows and columns of the grid. Local
 * parts are stored by columns (Fortran): element (i, j) stands at i + j * LEADING. The elements may
 * be double or double complex. Indices start at 0; sizes are int because ScaLAPACK's are. */
typedef struct bs_block_cyclic {
    const bs_process_grid *grid; /* borrowed */
    int rows, columns;           /* of the whole matrix */
    int block;
    int local_rows, local_columns; /* of this rank's part; may be 0 */
    int leading;                   /* at least 1, as ScaLAPACK wants it even of an empty part */
    int descriptor[9];             /* for ScaLAPACK */
} bs_block_cyclic;

/* BLOCK 0 chooses one that gives every rank a part: 64 at most. BS_ERR_USAGE when a rank's part has
 * more elements than ScaLAPACK can count, saying how many ranks it takes. Borrows GRID. Collective
 * over the grid's communicator (it agrees on errors). */
bs_status bs_block_cyclic_init(const bs_process_grid *grid, int64_t rows, int64_t columns,
                               int block, bs_block_cyclic *layout);

/* Elements to allocate for this rank's part, at least 1. */
size_t bs_block_cyclic_size(const bs_block_cyclic *layout);

/* Global index of a local one. */
int bs_block_cyclic_row(const bs_block_cyclic *layout, int local_row);
int bs_block_cyclic_column(const bs_block_cyclic *layout, int local_column);

/* Local index of a global row, -1 when another rank of the grid holds it. */
int bs_block_cyclic_local_row(const bs_block_cyclic *layout, int row);

#endif
