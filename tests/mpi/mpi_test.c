/* The main function of every parallel test: MPI, a scratch folder, TAP. */
#include "mpi/mpi_test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char mpi_test_folder[] = "/tmp/blueshift-test-XXXXXX";
char mpi_test_result[MPI_TEST_PATH];
char **mpi_test_arguments;

static int count;
static int failures;

static void fail(const char *what)
{
    fprintf(stderr, "# %s: %s\n", what, bs_error_text());
    MPI_Abort(MPI_COMM_WORLD, 1);
}

bool mpi_test_check(bool condition, const char *format, ...)
{
    char name[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (!condition) {
        fprintf(stderr, "# rank %d: failed: %s (last error: %s)\n", rank, name, bs_error_text());
    }
    int mine = condition ? 1 : 0;
    int all = 0;
    MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    count++;
    failures += all == 0;
    if (rank == 0) {
        printf("%sok %d - %s\n", all == 1 ? "" : "not ", count, name);
        fflush(stdout);
    }
    return all == 1;
}

void mpi_test_path(char path[MPI_TEST_PATH], const char *name)
{
    snprintf(path, MPI_TEST_PATH, "%s/%s", mpi_test_folder, name);
}

void mpi_test_remove(const bs_comm *world, const char *path)
{
    MPI_Barrier(world->mpi);
    if (world->rank == 0) {
        unlink(path);
    }
    MPI_Barrier(world->mpi);
}

static void make_folder(const bs_comm *world)
{
    if (world->rank == 0 && mkdtemp(mpi_test_folder) == NULL) {
        fail(mpi_test_folder);
    }
    MPI_Bcast(mpi_test_folder, sizeof mpi_test_folder, MPI_CHAR, 0, world->mpi);
    mpi_test_path(mpi_test_result, "result.nc");
}

static void remove_folder(const bs_comm *world)
{
    mpi_test_remove(world, mpi_test_result);
    bool removed = world->rank != 0 || rmdir(mpi_test_folder) == 0;
    mpi_test_check(removed, "nothing is left behind in the scratch folder");
}

int main(int argc, char **argv)
{
    int provided = 0;
    bs_comm world;
    mpi_test_arguments = argv;
    MPI_Init_thread(&argc, &argv, mpi_test_file.threads, &provided);
    if (bs_comm_create(MPI_COMM_WORLD, &world) != BS_OK) {
        fail("no communicator");
    }
    make_folder(&world);
    mpi_test_file.run(&world);
    remove_folder(&world);
    if (world.rank == 0) {
        printf("1..%d\n", count);
    }
    bs_comm_release(&world);
    MPI_Finalize();
    return failures == 0 ? 0 : 1;
}
