/* Is every bad file, folder and full disk refused by all ranks, with words that help? */
#include "surface_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <netcdf.h>

static const bs_comm *world;

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", mpi_test_folder, name);
    return path;
}

static bs_surface_schema small_schema(void)
{
    static const int64_t shape[] = {3, 2};
    return fixture_schema(2, shape, 1, 1);
}

/* Every rank must have got STATUS and a text with PART in it. */
static void check_refused(bs_status status, bs_status wanted, const char *part, const char *what)
{
    mpi_test_check(status == wanted && strstr(bs_error_text(), part) != NULL,
                   "%s: refused, the message says \"%s\"", what, part);
}

static void check_create(const char *path, bs_status wanted, const char *part, const char *what)
{
    bs_surface_schema schema = small_schema();
    check_refused(bs_surface_create(world, path, &schema), wanted, part, what);
}

static void check_open(const char *path, bs_status wanted, const char *part, const char *what)
{
    bs_surface *surface = NULL;
    bs_status status = bs_surface_open(world, path, &surface);
    check_refused(status, wanted, part, what);
    bs_surface_close(surface);
    surface = NULL;
    status = bs_surface_open_read(world, path, &surface);
    check_refused(status, wanted, part, what);
    bs_surface_close(surface);
}

/* Rank 0 makes a file of BYTES bytes at DATA. */
static void make_file(const char *path, const void *data, size_t bytes)
{
    if (world->rank == 0) {
        FILE *file = fopen(path, "wb");
        if (file == NULL || fwrite(data, 1, bytes, file) != bytes || fclose(file) != 0) {
            MPI_Abort(MPI_COMM_WORLD, 1);
        }
    }
    MPI_Barrier(world->mpi);
}

static long long file_size(const char *path)
{
    struct stat file;
    MPI_Barrier(world->mpi);
    return stat(path, &file) == 0 ? (long long)file.st_size : -1;
}

static void test_targets(void)
{
    check_create(path_of("none/a.nc"), BS_ERR_IO, "there is no folder", "a missing folder");
    mpi_test_check(file_size(path_of("none")) == -1, "no folder is made");
    check_create(mpi_test_folder, BS_ERR_INPUT, "is a folder", "a folder as the output");
    check_create("", BS_ERR_INPUT, "no name", "no output name");
    check_create("/proc/a.nc", BS_ERR_IO, "cannot be created", "a folder that takes no files");
    make_file(path_of("notes.nc"), "my notes", 8);
    check_create(path_of("notes.nc/a.nc"), BS_ERR_IO, "there is no folder", "a file as a folder");
    check_create(path_of("notes.nc"), BS_ERR_INPUT, "not overwritten", "an existing file");
    check_open(path_of("notes.nc"), BS_ERR_INPUT, "not a result of blueshift", "a text file");
    mpi_test_check(file_size(path_of("notes.nc")) == 8, "the text file is as it was");
    mpi_test_remove(world, path_of("notes.nc"));
    make_file(path_of("empty.nc"), "", 0);
    check_open(path_of("empty.nc"), BS_ERR_INPUT, "not a result of blueshift", "an empty file");
    mpi_test_remove(world, path_of("empty.nc"));
    make_file(path_of("h5.nc"), "\211HDF\r\n\032\n and so on", 18);
    check_open(path_of("h5.nc"), BS_ERR_INPUT, "NetCDF-4", "an HDF5 file");
    mpi_test_remove(world, path_of("h5.nc"));
    check_open(path_of("absent.nc"), BS_ERR_INPUT, "No such file", "an absent file");
    check_open(mpi_test_folder, BS_ERR_INPUT, "", "a folder");
    make_file(path_of("cdf.nc"), "CDF\005garbage", 11);
    check_open(path_of("cdf.nc"), BS_ERR_INPUT, "cdf.nc", "garbage after the right magic");
    mpi_test_remove(world, path_of("cdf.nc"));
}

static void test_impossible_grid(void)
{
    static const int64_t shape[] = {3000000000, 2};
    bs_surface_schema schema = fixture_schema(2, shape, 1, 1);
    check_refused(bs_surface_create(world, path_of("huge.nc"), &schema), BS_ERR_USAGE, "axis x",
                  "too many points");
    mpi_test_check(fixture_files(mpi_test_folder, "", false) == 0, "and leaves nothing");
}

/* A NetCDF file of another program. */
static void test_foreign_netcdf(void)
{
    const char *path = path_of("foreign.nc");
    if (world->rank == 0) {
        int file = 0;
        int dim = 0;
        int variable = 0;
        double values[3] = {1, 2, 3};
        nc_create(path, NC_64BIT_DATA, &file);
        nc_def_dim(file, "x", 3, &dim);
        nc_def_var(file, "train_loss", NC_DOUBLE, 1, &dim, &variable);
        nc_enddef(file);
        nc_put_var_double(file, variable, values);
        nc_close(file);
    }
    long long size = file_size(path);
    check_open(path, BS_ERR_INPUT, "another program", "NetCDF of another program");
    check_create(path, BS_ERR_INPUT, "not overwritten", "NetCDF of another program");
    mpi_test_check(size > 0 && file_size(path) == size, "it is as it was");
    mpi_test_remove(world, path);
}

/* Cut at several places: every one must be noticed. */
static void test_truncated(void)
{
    const char *path = path_of("cut.nc");
    bs_surface_schema schema = small_schema();
    bs_status status = bs_surface_create(world, path, &schema);
    mpi_test_check(status == BS_OK, "a file to cut");
    long long size = file_size(path);
    static const double share[] = {0.9, 0.5, 0.1, 0.01};
    for (int i = 0; i < 4; i++) {
        if (world->rank == 0 && truncate(path, (off_t)((double)size * share[i])) != 0) {
            MPI_Abort(MPI_COMM_WORLD, 1);
        }
        MPI_Barrier(world->mpi);
        check_open(path, BS_ERR_INPUT, "cut.nc", "a truncated file");
    }
    mpi_test_remove(world, path);
}

/* Runs CHECK with a file system of its own mounted at FOLDER/mount; skips where that is not
 * allowed. */
static void with_mount(const char *options, unsigned long flags, void (*check)(const char *mount))
{
    char place[128];
    snprintf(place, sizeof place, "%s/mount", mpi_test_folder);
    int mounted = 0;
    if (world->rank == 0) {
        mounted = mkdir(place, 0777) == 0 && mount("tmpfs", place, "tmpfs", flags, options) == 0;
    }
    MPI_Bcast(&mounted, 1, MPI_INT, 0, world->mpi);
    if (mounted) {
        check(place);
    } else {
        mpi_test_check(true, "%s # SKIP mounting a tmpfs is not allowed", options);
    }
    MPI_Barrier(world->mpi);
    if (world->rank == 0) {
        umount(place);
        rmdir(place);
    }
}

static void check_full_disk(const char *mount)
{
    static const int64_t shape[] = {100, 100};
    bs_surface_schema schema = fixture_schema(2, shape, 1, 1);
    char path[160];
    snprintf(path, sizeof path, "%s/a.nc", mount);
    bs_status status = bs_surface_create(world, path, &schema);
    check_refused(status, BS_ERR_IO, "No space left", "a full disk");
    mpi_test_check(strstr(bs_error_text(), "needs 0.88") != NULL &&
                       strstr(bs_error_text(), "has 0.195 MiB free") != NULL,
                   "it says how much is needed and free");
    mpi_test_check(fixture_files(mount, "", false) == 0, "and leaves no file");
    snprintf(path, sizeof path, "%s/b.nc", mount);
    static const int64_t few[] = {3, 2};
    schema = fixture_schema(2, few, 1, 1);
    mpi_test_check(bs_surface_create(world, path, &schema) == BS_OK, "a small file still fits");
}

static void check_read_only(const char *mount)
{
    char path[160];
    snprintf(path, sizeof path, "%s/a.nc", mount);
    check_create(path, BS_ERR_IO, "not writable", "a read-only file system");
}

/* Open MPI's OMPIO says MPI_SUCCESS to refused writes: here beyond the largest file allowed. */
static void test_refused_write(void)
{
    const char *path = path_of("limit.nc");
    bs_surface_schema schema = small_schema();
    bs_surface *surface = NULL;
    bs_status status = fixture_create(world, path, &schema, &surface);
    mpi_test_check(status == BS_OK, "a file that cannot be written");
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit old;
    getrlimit(RLIMIT_FSIZE, &old);
    struct rlimit small = {.rlim_cur = 100, .rlim_max = old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    status = fixture_write(surface, (bs_range){0, 6});
    mpi_test_check(status == BS_ERR_IO && strstr(bs_error_text(), "read back") != NULL,
                   "a write that the system refused is noticed");
    setrlimit(RLIMIT_FSIZE, &old);
    mpi_test_check(bs_surface_close(surface) == BS_OK, "the file closes");
    mpi_test_remove(world, path);
    setrlimit(RLIMIT_FSIZE, &small);
    check_create(path, BS_ERR_IO, "File too large", "a file above the limit");
    setrlimit(RLIMIT_FSIZE, &old);
}

/* A process that holds the file's lock for SECONDS; its number. It has no MPI and must not come
 * near it. */
static pid_t hold_lock(const char *path, double seconds)
{
    int ready[2];
    char byte = 0;
    if (pipe(ready) != 0) {
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    pid_t holder = fork();
    if (holder == 0) {
        int file = open(path, O_RDONLY);
        int code = flock(file, LOCK_SH);
        (void)!write(ready[1], &byte, 1);
        usleep((useconds_t)(seconds * 1e6));
        _exit(code);
    }
    (void)!read(ready[0], &byte, 1);
    close(ready[0]);
    close(ready[1]);
    return holder;
}

static void test_lock_one(const char *path, double wait, double held, bool opens)
{
    char text[32];
    snprintf(text, sizeof text, "%g", wait);
    setenv("BS_LOCK_WAIT", text, 1);
    pid_t holder = world->rank == 0 ? hold_lock(path, held) : 0;
    MPI_Barrier(world->mpi);
    bs_surface *surface = NULL;
    bs_status status = bs_surface_open(world, path, &surface);
    if (opens) {
        mpi_test_check(status == BS_OK, "a job waits for the survivors of a killed one");
    } else {
        check_refused(status, BS_ERR_IO, "in use by another job", "a file that is in use");
        bs_surface *watched = NULL;
        status = bs_surface_open_read(world, path, &watched);
        mpi_test_check(status == BS_OK, "which can be watched");
        bs_surface_close(watched);
    }
    bs_surface_close(surface);
    if (holder > 0) {
        kill(holder, SIGKILL);
        waitpid(holder, NULL, 0);
    }
}

/* Every rank of a running job must hold the lock, not rank 0 alone. */
static void test_lock_kept(const char *path)
{
    bs_surface *surface = NULL;
    bs_status status = bs_surface_open(world, path, &surface);
    mpi_test_check(status == BS_OK, "a job opens a free file");
    int file = open(path, O_RDONLY);
    bool locked = flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    MPI_Barrier(world->mpi);
    bool shared = flock(file, LOCK_SH | LOCK_NB) == 0;
    close(file);
    mpi_test_check(locked && shared, "and keeps a shared lock");
    bs_surface_close(surface);
    MPI_Barrier(world->mpi);
    bool freed = true;
    if (world->rank == 0) {
        file = open(path, O_RDONLY);
        freed = flock(file, LOCK_EX | LOCK_NB) == 0;
        close(file);
    }
    mpi_test_check(freed, "which its end frees");
}

static void test_lock(void)
{
    const char *path = path_of("lock.nc");
    bs_surface_schema schema = small_schema();
    mpi_test_check(bs_surface_create(world, path, &schema) == BS_OK, "a file to lock");
    test_lock_kept(path);
    test_lock_one(path, 0.2, 20.0, false);
    test_lock_one(path, 10.0, 0.5, true);
    unsetenv("BS_LOCK_WAIT");
    mpi_test_remove(world, path);
}

static void run_all(const bs_comm *comm)
{
    world = comm;
    test_targets();
    test_impossible_grid();
    test_foreign_netcdf();
    test_truncated();
    with_mount("size=200k", 0, check_full_disk);
    with_mount("size=1m", MS_RDONLY, check_read_only);
    test_refused_write();
    test_lock();
}

const mpi_test mpi_test_file = {.run = run_all};
