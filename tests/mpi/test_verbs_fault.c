/* Does an allocation that fails, whichever it is and on whichever rank, end a verb alike on all
 * ranks, without a hang? BS_TEST_ALL=1 tries all of them, otherwise a sample is drawn. */
#include "mpi/mpi_test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../src/cli/verb.h"
#include "blueshift/fault.h"
#include "blueshift/rng.h"

enum { WORDS_MAX = 16, STRIDE = 20 };

static const bs_comm *world;
static char input_path[MPI_TEST_PATH];
static char kept_path[MPI_TEST_PATH]; /* a copy of it */
static char output_path[MPI_TEST_PATH];
static char weights_path[MPI_TEST_PATH];
static char checkpoint_path[2 * MPI_TEST_PATH], lock_path[2 * MPI_TEST_PATH]; /* of a training */

/* The fault to inject, in place of base's injector, which knows one for the whole process. */
static int fault_call; /* 0: none */
static atomic_int fault_calls;

bool bs_fault(const char *site)
{
    return fault_call != 0 && strcmp(site, "alloc") == 0 &&
           atomic_fetch_add(&fault_calls, 1) + 1 == fault_call;
}

/* What is under way, for the alarm, and the seconds it may take. */
static char attempt_name[128];
static unsigned patience = 30;

static void on_alarm(int number)
{
    (void)number;
    ssize_t ignored = write(STDERR_FILENO, attempt_name, strlen(attempt_name));
    (void)ignored;
    _exit(EXIT_FAILURE);
}

static bool copy_file(const char *from, const char *to)
{
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");
    for (int c = 0; in != NULL && out != NULL && (c = fgetc(in)) != EOF;) {
        fputc(c, out);
    }
    bool good = in != NULL && out != NULL && ferror(in) == 0 && ferror(out) == 0;
    if (in != NULL) {
        fclose(in);
    }
    return out != NULL && fclose(out) == 0 && good;
}

/* What verbs print is no TAP. */
static int hide_output(void)
{
    int shown = dup(STDOUT_FILENO);
    int nowhere = open("/dev/null", O_WRONLY);
    fflush(stdout);
    dup2(nowhere, STDOUT_FILENO);
    close(nowhere);
    return shown;
}

static void show_output(int shown)
{
    fflush(stdout);
    dup2(shown, STDOUT_FILENO);
    close(shown);
}

/* A verb as the program runs it, from the words of its command line. */
static bs_status run_verb(const char *const *words)
{
    char *argv[WORDS_MAX] = {NULL};
    int argc = 0;
    for (; words[argc] != NULL; argc++) {
        argv[argc] = strdup(words[argc]);
    }
    bs_options options;
    bs_status status = bs_options_parse(argc, argv, &options);
    if (status == BS_OK) {
        status = bs_agree(world, bs_options_collect(argc, argv, &options));
    }
    if (status == BS_OK) {
        int shown = hide_output();
        status = options.verb->run(world, &options);
        show_output(shown);
    }
    bs_options_release(&options);
    for (int i = 0; i < argc; i++) {
        free(argv[i]);
    }
    return status;
}

/* The files as they were before the verb. */
static void reset_files(const char *const *words)
{
    mpi_test_remove(world, mpi_test_result);
    mpi_test_remove(world, output_path);
    mpi_test_remove(world, weights_path);
    mpi_test_remove(world, checkpoint_path);
    mpi_test_remove(world, lock_path);
    if (strcmp(words[1], "analyse") == 0) {
        mpi_test_remove(world, input_path);
        if (world->rank == 0 && !copy_file(kept_path, input_path)) {
            MPI_Abort(world->mpi, EXIT_FAILURE);
        }
    }
    MPI_Barrier(world->mpi);
}

/* Whether allocation NUMBER of rank GUILTY was reached; GOOD: and the end was as it must be. */
static bool attempt(const char *const *words, int number, int guilty, bool *good)
{
    reset_files(words);
    snprintf(attempt_name, sizeof attempt_name, "# hang: %s, allocation %d of rank %d fails\n",
             words[1], number, guilty);
    alarm(patience);
    atomic_store(&fault_calls, 0);
    fault_call = world->rank == guilty ? number : 0;
    bs_status status = run_verb(words);
    fault_call = 0;
    alarm(0);
    int fired = atomic_load(&fault_calls) >= number;
    MPI_Bcast(&fired, 1, MPI_INT, guilty, world->mpi);
    int lowest = (int)status;
    int highest = (int)status;
    MPI_Allreduce(MPI_IN_PLACE, &lowest, 1, MPI_INT, MPI_MIN, world->mpi);
    MPI_Allreduce(MPI_IN_PLACE, &highest, 1, MPI_INT, MPI_MAX, world->mpi);
    *good = lowest == highest && (fired != 0) == (status != BS_OK);
    if (!*good) {
        fprintf(stderr, "# rank %d: %s, allocation %d of rank %d: %s: %s\n", world->rank, words[1],
                number, guilty, bs_status_name(status), bs_error_text());
    }
    return fired != 0;
}

/* Steps to the next number to try; the same on all ranks. */
static int next_step(uint64_t seed, int number)
{
    if (getenv("BS_TEST_ALL") != NULL) {
        return 1;
    }
    const bs_rng rng = {.seed = seed, .stream = BS_STREAM_TEST};
    double drawn = 0.0;
    bs_rng_uniform(&rng, (uint64_t)number, 1, &drawn);
    return 1 + (int)(drawn * (2 * STRIDE - 1));
}

static void try_all(const char *name, const char *const *words, uint64_t seed)
{
    for (int guilty = 0; guilty < world->size; guilty++) {
        bool all_good = true;
        bool good = true;
        int number = 1;
        while (attempt(words, number, guilty, &good)) {
            all_good = all_good && good;
            number += number < 5 ? 1 : next_step(seed, number);
        }
        mpi_test_check(all_good && good, "%s: rank %d, up to allocation %d", name, guilty, number);
    }
}

static uint64_t choose_seed(void)
{
    const char *given = getenv("BS_TEST_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    MPI_Bcast(&seed, 1, MPI_UINT64_T, 0, world->mpi);
    if (world->rank == 0) {
        printf("# BS_TEST_SEED=%llu\n", (unsigned long long)seed);
    }
    return seed;
}

/* A result for analyse, and a copy of it. */
static bool make_input(void)
{
    mpi_test_path(kept_path, "kept.nc");
    const char *const words[] = {"blueshift",
                                 "sweep",
                                 "--set=networks.0.depth=8",
                                 "--set=data.images=2",
                                 "--set=data.batch=2",
                                 "--x=-1:1:3",
                                 "--surf_file",
                                 kept_path,
                                 "--quiet",
                                 NULL};
    return mpi_test_check(run_verb(words) == BS_OK, "a sweep without faults");
}

/* One step of a small network, its test, checkpoint, log and weights. */
static void try_training(uint64_t seed)
{
    char folder[MPI_TEST_PATH];
    char checkpoints[2 * MPI_TEST_PATH];
    mpi_test_path(folder, "checkpoints");
    snprintf(checkpoints, sizeof checkpoints, "--set=train.checkpoints=%s", folder);
    snprintf(lock_path, sizeof lock_path, "%s/0-network0-r0.lock", folder);
    snprintf(checkpoint_path, sizeof checkpoint_path, "%s/0-network0-r0-00000001.checkpoint",
             folder);
    const char *const train[] = {"blueshift",
                                 "train",
                                 "--set=networks.0.kind=mlp",
                                 "--set=networks.0.width=4",
                                 "--set=data.images=4",
                                 "--set=data.batch=2",
                                 "--set=train.epochs=1",
                                 "--set=train.test_images=2",
                                 checkpoints,
                                 "--weights",
                                 weights_path,
                                 "--log",
                                 mpi_test_result,
                                 "--quiet",
                                 NULL};
    try_all("train", train, seed);
    reset_files(train);
    mpi_test_check(world->rank != 0 || rmdir(folder) == 0, "checkpoints leave nothing else");
}

static void run(const bs_comm *comm)
{
    world = comm;
    mpi_test_path(input_path, "input.nc");
    mpi_test_path(output_path, "output.nc");
    mpi_test_path(weights_path, "weights.safetensors");
    const char *const sweep[] = {"blueshift",
                                 "sweep",
                                 "--set=networks.0.depth=8",
                                 "--set=data.images=2",
                                 "--set=data.batch=2",
                                 "--x=-1:1:3",
                                 "--surf_file",
                                 mpi_test_result,
                                 "--quiet",
                                 NULL};
    const char *const analyse[] = {"blueshift", "analyse", input_path, "--quiet", NULL};
    const char *const copy[] = {"blueshift", "analyse", input_path, "-o",
                                output_path, "--quiet", NULL};
    const char *const demo[] = {"blueshift", "demo",      "plane",   "--set=plane.coefficients=100",
                                "-o",        output_path, "--quiet", NULL};
    signal(SIGALRM, on_alarm);
    if (getenv("BS_PATIENCE") != NULL) {
        patience *= (unsigned)strtoul(getenv("BS_PATIENCE"), NULL, 10);
    }
    setenv("PATH", mpi_test_folder, 1); /* no gnuplot: pictures have tests of their own */
    bs_log_init(BS_LOG_ERROR, false);
    uint64_t seed = choose_seed();
    if (make_input()) {
        try_all("sweep", sweep, seed);
        try_all("analyse", analyse, seed);
        try_all("analyse -o", copy, seed);
        try_all("demo", demo, seed);
        try_training(seed);
    }
    mpi_test_remove(world, input_path);
    mpi_test_remove(world, kept_path);
    mpi_test_remove(world, output_path);
}

const mpi_test mpi_test_file = {.run = run, .threads = MPI_THREAD_MULTIPLE};
