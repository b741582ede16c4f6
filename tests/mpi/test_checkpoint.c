/* Is a checkpoint believed only when all of it is there, and only by its own run? */
#include "mpi_test.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "../../src/train/checkpoint_folder.h"
#include "blueshift/log.h"

enum { PARAMETERS = 50, STATISTICS = 4, STEPS = 6 };

/* A state of a run of 6 steps in 2 epochs, and the arrays that hold it. */
typedef struct run_state {
    float theta[PARAMETERS], momentum[PARAMETERS], statistics[STATISTICS];
    bs_step_record steps[STEPS];
    bs_test_record tests[2];
    bs_training training;
    bs_run_log log;
    bs_checkpoint checkpoint;
} run_state;

static void init(run_state *s)
{
    memset(s, 0, sizeof *s);
    s->training = (bs_training){.epochs = 2, .batch = 8};
    s->log = (bs_run_log){.training = &s->training,
                          .images = 24,
                          .step_count = STEPS,
                          .epoch_count = 2,
                          .steps = s->steps,
                          .tests = s->tests};
    s->checkpoint =
        (bs_checkpoint){PARAMETERS, STATISTICS, s->theta, s->momentum, s->statistics, &s->log};
}

static void fill(run_state *s, int64_t done)
{
    init(s);
    s->log.done = done;
    for (int i = 0; i < PARAMETERS; i++) {
        s->theta[i] = 0.25F * (float)i + (float)done;
        s->momentum[i] = -1.0F / (float)(i + done);
    }
    s->statistics[1] = 7.0F;
    for (int64_t i = 0; i < done; i++) {
        s->steps[i] = (bs_step_record){1.0 / 3.0, (double)i, 0.1, 1e-3};
    }
    s->tests[0] = (bs_test_record){2.3, 10.0};
    s->tests[1] = (bs_test_record){-1.0, -1.0};
}

/* Bit by bit. */
static bool same_bytes(const void *a, const void *b, size_t bytes)
{
    const unsigned char *x = a;
    const unsigned char *y = b;
    bool same = true;
    for (size_t i = 0; i < bytes; i++) {
        same = same && x[i] == y[i];
    }
    return same;
}

static bool same(const run_state *a, const run_state *b)
{
    return a->log.done == b->log.done && same_bytes(a->theta, b->theta, sizeof a->theta) &&
           same_bytes(a->momentum, b->momentum, sizeof a->momentum) &&
           same_bytes(a->statistics, b->statistics, sizeof a->statistics) &&
           same_bytes(a->steps, b->steps, sizeof a->steps) &&
           same_bytes(a->tests, b->tests, sizeof a->tests);
}

static void test_folder(const char *folder, bs_checkpoint_folder *f)
{
    run_state written;
    run_state found;
    bool stored = true;
    for (int64_t done = 1; done <= 4; done++) {
        fill(&written, done);
        stored = stored && bs_checkpoint_folder_store(f, "id=1\n", &written.checkpoint, 2) == BS_OK;
    }
    init(&found);
    mpi_test_check(stored && bs_checkpoint_folder_load(f, "id=1\n", &found.checkpoint) == BS_OK &&
                       same(&found, &written),
                   "the last of four comes back");
    char path[PATH_MAX];
    bs_checkpoint_path(f, 2, ".checkpoint", path);
    mpi_test_check(access(path, F_OK) != 0, "older than the last two are gone");
    bs_checkpoint_folder other;
    mpi_test_check(bs_checkpoint_folder_open(folder, 0, "a b/c", 0, &other) == BS_ERR_INPUT,
                   "another job is kept away");
    bs_checkpoint_folder_close(&other);
}

/* Cut off anywhere, or altered, the last one is not believed and the one before is. */
static void test_damage(const bs_checkpoint_folder *f)
{
    char path[PATH_MAX];
    run_state found;
    run_state before;
    run_state last;
    fill(&before, 3);
    fill(&last, 4);
    bs_checkpoint_path(f, 4, ".checkpoint", path);
    bool good = true;
    for (long cut = 0; good && cut < 900; cut += 37) {
        init(&found);
        good = bs_checkpoint_write(path, "id=1\n", &last.checkpoint) == BS_OK &&
               truncate(path, cut) == 0 &&
               bs_checkpoint_folder_load(f, "id=1\n", &found.checkpoint) == BS_OK &&
               same(&found, &before);
    }
    mpi_test_check(good, "cut off anywhere: the one before is taken");
    for (long at = 0; good && at < 900; at += 41) {
        init(&found);
        good = bs_checkpoint_write(path, "id=1\n", &last.checkpoint) == BS_OK;
        FILE *file = fopen(path, "r+b");
        good = good && file != NULL && fseek(file, at, SEEK_SET) == 0;
        int byte = good ? fgetc(file) : 0;
        good = good && fseek(file, at, SEEK_SET) == 0 && fputc(byte ^ 16, file) != EOF;
        good = file != NULL && fclose(file) == 0 && good &&
               bs_checkpoint_folder_load(f, "id=1\n", &found.checkpoint) == BS_OK &&
               same(&found, &before);
    }
    mpi_test_check(good, "altered anywhere: the one before is taken");
    init(&found);
    mpi_test_check(bs_checkpoint_folder_load(f, "id=2\n", &found.checkpoint) == BS_ERR_USAGE &&
                       strstr(bs_error_text(), "'id=1', this run has 'id=2'") != NULL &&
                       found.log.done == 0,
                   "another run's is refused by the line that differs");
}

static void run_all(const bs_comm *world)
{
    char folder[MPI_TEST_PATH];
    char name[32];
    bs_checkpoint_folder f;
    bs_log_init(BS_LOG_ERROR, false);
    snprintf(name, sizeof name, "rank%d", world->rank);
    mpi_test_path(folder, name);
    if (!mpi_test_check(bs_checkpoint_folder_open(folder, 0, "a b/c", 0, &f) == BS_OK, "opened")) {
        return;
    }
    run_state found;
    init(&found);
    mpi_test_check(bs_checkpoint_folder_load(&f, "id=1\n", &found.checkpoint) == BS_OK &&
                       found.log.done == 0,
                   "without checkpoints nothing changes");
    test_folder(folder, &f);
    test_damage(&f);
    for (int64_t step = 0; step <= 4; step++) {
        char path[PATH_MAX];
        bs_checkpoint_path(&f, step, ".checkpoint", path);
        unlink(path);
    }
    char lock[2 * PATH_MAX];
    snprintf(lock, sizeof lock, "%s/%s.lock", folder, f.stem);
    bs_checkpoint_folder_close(&f);
    unlink(lock);
    mpi_test_check(rmdir(folder) == 0, "nothing else is left");
}

const mpi_test mpi_test_file = {.run = run_all};
