/* Spectra of a surface file: what one rank writes every rank reads; NaN before. */
#include "surface_fixture.h"

#include <complex.h>

enum { NX = 7, NY = 5, COLUMNS = NX / 2 + 1, NETWORKS = 2, REALISATIONS = 3 };

static double complex wanted(int network, int realisation, int row, int column)
{
    return CMPLX(100 * network + 10 * realisation + row, 0.5 * column - 1);
}

/* One surface's spectrum, all of its ROWS, as WRITTEN or still NaN. */
static bool holds(bs_surface *surface, int network, int realisation, int rows, bool written)
{
    double complex spectrum[NY * COLUMNS];
    bs_range all = {0, rows};
    if (bs_surface_read_spectrum(surface, network, realisation, all, spectrum) != BS_OK) {
        return false;
    }
    bool right = true;
    for (int i = 0; i < rows * COLUMNS; i++) {
        double complex want = wanted(network, realisation, i / COLUMNS, i % COLUMNS);
        double complex got = spectrum[i];
        right = right && (written ? creal(got) == creal(want) && cimag(got) == cimag(want)
                                  : isnan(creal(got)) && isnan(cimag(got)));
    }
    return right;
}

/* Writes the spectra of network 1, rows dealt out over the ranks. */
static bs_status write_rows(bs_surface *surface, const bs_comm *comm, int rows)
{
    double complex row[COLUMNS];
    for (int i = comm->rank; i < REALISATIONS * rows; i += comm->size) {
        for (int column = 0; column < COLUMNS; column++) {
            row[column] = wanted(1, i / rows, i % rows, column);
        }
        BS_TRY(bs_surface_write_spectrum(surface, 1, i / rows, (bs_range){i % rows, 1}, row));
    }
    return BS_OK;
}

static void check(const bs_comm *comm, int ndim, const char *path)
{
    const int64_t shape[] = {NX, NY};
    int rows = ndim == 1 ? 1 : NY;
    bs_surface_schema schema = fixture_schema(ndim, shape, NETWORKS, REALISATIONS);
    bs_surface *surface = NULL;
    bs_status status = fixture_create(comm, path, &schema, &surface);
    if (!mpi_test_check(status == BS_OK, "%d-D: a file", ndim)) {
        return;
    }
    status = write_rows(surface, comm, rows);
    mpi_test_check(status == BS_OK, "%d-D: rows are written by all ranks", ndim);
    bool written = true;
    bool pending = true;
    for (int r = 0; r < REALISATIONS; r++) {
        written = written && holds(surface, 1, r, rows, true);
        pending = pending && holds(surface, 0, r, rows, false);
    }
    mpi_test_check(written, "%d-D: every rank reads what was written", ndim);
    mpi_test_check(pending, "%d-D: NaN where nothing was written", ndim);
    mpi_test_check(bs_surface_close(surface) == BS_OK, "%d-D: closed", ndim);
    mpi_test_remove(comm, path);
}

static void run_all(const bs_comm *world)
{
    char path[80];
    snprintf(path, sizeof path, "%s/spectrum.nc", mpi_test_folder);
    check(world, 1, path);
    check(world, 2, path);
}

const mpi_test mpi_test_file = {.run = run_all};
