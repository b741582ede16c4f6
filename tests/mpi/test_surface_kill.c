/* Killed before any single write, does a job leave nothing or a valid file with all its points?
 *
 * The test runs itself as a job of one rank under killw.so, once for each change that the job makes
 * to its file, and looks at what is left. */
#include "surface_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <netcdf.h>

enum { RUNS_MAX = 500, POINTS = 2 };

static char path[128];
static char diary[128];

static bs_surface_schema small_schema(void)
{
    static const int64_t shape[] = {POINTS};
    return fixture_schema(1, shape, 1, 1);
}

/* The job: writes point after point and tells the diary of each that it has written. */
static bs_status work(const bs_comm *world)
{
    bs_surface_schema schema = small_schema();
    bs_surface *surface = NULL;
    struct stat file;
    if (stat(path, &file) != 0) {
        BS_TRY(bs_surface_create(world, path, &schema));
    }
    BS_TRY(bs_surface_open(world, path, &surface));
    int log = open(diary, O_WRONLY | O_CREAT | O_APPEND, 0666);
    bs_status status = BS_OK;
    for (int64_t i = 0; i < bs_surface_points(surface) && status == BS_OK; i++) {
        uint8_t state = BS_POINT_PENDING;
        status = bs_surface_read_status(surface, (bs_range){i, 1}, &state);
        if (status == BS_OK && state == BS_POINT_PENDING) {
            status = fixture_write(surface, (bs_range){i, 1});
            char digit = (char)('0' + i);
            if (status == BS_OK && write(log, &digit, 1) != 1) {
                status = BS_FAIL(BS_ERR_IO, "%s: no diary", diary);
            }
        }
    }
    close(log);
    bs_status session = status == BS_OK ? bs_surface_add_session(surface, 1.0) : status;
    bs_status closed = bs_surface_close(surface);
    return session != BS_OK ? session : closed;
}

static void run_job(const bs_comm *world, char *const paths[2])
{
    snprintf(path, sizeof path, "%s", paths[0]);
    snprintf(diary, sizeof diary, "%s", paths[1]);
    mpi_test_check(work(world) == BS_OK, "job");
}

/* A singleton must not take itself for a rank of the MPI job that runs this test. */
static void forget_mpi(void)
{
    extern char **environ;
    for (int i = 0; environ[i] != NULL;) {
        char name[256];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(environ[i], "="), environ[i]);
        if (strncmp(name, "OMPI_", 5) == 0 || strncmp(name, "PMIX_", 5) == 0) {
            unsetenv(name); /* moves the rest up */
        } else {
            i++;
        }
    }
}

/* Runs the job, killed before change NUMBER of its file. Whether it was killed, or ended with exit
 * code 0; anything else is an error. */
static bool run_killed(const char *program, const char *killer, int number, bool *killed)
{
    pid_t job = fork();
    if (job == 0) {
        char text[16];
        snprintf(text, sizeof text, "%d", number);
        forget_mpi();
        freopen("/dev/null", "w", stdout); /* a test of its own */
        setenv("KILLW", text, 1);
        setenv("LD_PRELOAD", killer, 1);
        execl(program, program, path, diary, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    waitpid(job, &status, 0);
    *killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    return *killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* What any reader sees: a point that the job had written when it died is there, a point that has
 * a status has its values. */
static bool points_survive(const char *written)
{
    int file = 0;
    int variable = 0;
    signed char status[POINTS];
    double values[POINTS];
    bool good = nc_open(path, NC_NOWRITE, &file) == NC_NOERR &&
                nc_inq_varid(file, "status", &variable) == NC_NOERR &&
                nc_get_var_schar(file, variable, status) == NC_NOERR;
    for (int v = 0; v < FIXTURE_VALUES && good; v++) {
        good = nc_inq_varid(file, fixture_values[v].name, &variable) == NC_NOERR &&
               nc_get_var_double(file, variable, values) == NC_NOERR;
        for (int i = 0; i < POINTS && good; i++) {
            good = status[i] == BS_POINT_PENDING ? strchr(written, '0' + i) == NULL
                                                 : fixture_same(fixture_value(i, v), values[i]);
        }
    }
    double logits[POINTS][6];
    good = good && nc_inq_varid(file, "logits", &variable) == NC_NOERR &&
           nc_get_var_double(file, variable, logits[0]) == NC_NOERR;
    for (int i = 0; i < POINTS * 6 && good; i++) {
        good = status[i / 6] == BS_POINT_PENDING ||
               fixture_same(fixture_value(i / 6, FIXTURE_VALUES + i % 6), logits[i / 6][i % 6]);
    }
    nc_close(file);
    return good;
}

/* Opens what the killed job left, then does the rest of its work. */
static void check_remains(const bs_comm *self, int number)
{
    char written[16] = "";
    int log = open(diary, O_RDONLY);
    if (log >= 0) {
        written[read(log, written, sizeof written - 1)] = '\0';
        close(log);
    }
    struct stat file;
    bool present = stat(path, &file) == 0;
    bool good = present || written[0] == '\0';
    bs_surface *surface = NULL;
    if (present) {
        good = bs_surface_open(self, path, &surface) == BS_OK && points_survive(written);
        bs_surface_close(surface);
    }
    mpi_test_check(good, "killed before change %d: %s, points %s", number,
                   present ? "a valid file" : "no file", written);
    good = work(self) == BS_OK && bs_surface_open_read(self, path, &surface) == BS_OK &&
           fixture_holds(surface, (bs_range){0, bs_surface_points(surface)});
    bs_surface_close(surface);
    mpi_test_check(good, "and the next job completes it");
}

static void test_kills(const bs_comm *self, const char *program, const char *killer)
{
    bool killed = true;
    int number = 0;
    for (; number < RUNS_MAX && killed; number++) {
        fixture_files(mpi_test_folder, "", true);
        if (!mpi_test_check(run_killed(program, killer, number, &killed), "run %d", number)) {
            break;
        }
        check_remains(self, number);
    }
    /* 2 points of 3 values, 2 arrays and a status each, after a creation. */
    mpi_test_check(!killed && number > 20, "%d changes, a kill at each", number - 1);
    fixture_files(mpi_test_folder, "", true);
}

static void run_all(const bs_comm *world)
{
    char *const *arguments = mpi_test_arguments;
    if (arguments[1] != NULL) {
        run_job(world, arguments + 1);
        return;
    }
    char killer[512];
    snprintf(killer, sizeof killer, "%.*s/../tools/killw.so",
             (int)(strrchr(arguments[0], '/') - arguments[0]), arguments[0]);
    char *absolute = realpath(killer, NULL);
    mpi_test_path(path, "a.nc");
    mpi_test_path(diary, "diary");
    const char *reason = world->size > 1    ? "one rank only"
                         : absolute == NULL ? "no killw.so"
                                            : NULL;
    if (reason != NULL) {
        mpi_test_check(true, "kills # SKIP %s", reason);
    } else {
        test_kills(world, arguments[0], absolute);
    }
    free(absolute);
}

const mpi_test mpi_test_file = {.run = run_all};
