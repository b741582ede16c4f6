/* Scheduler, writer and engine under a seeded event loop: whatever happens to a job, is what it
 * leaves a prefix of an undisturbed run?
 *
 *     simulate [SEEDS [FIRST]]
 *
 * The code of src/sweep and src/par runs as it is; MPI, threads, disk and clock are simulated. A
 * seed is a file and a few jobs on it that are delayed, stopped, killed or out of disk, and then a
 * job that nothing happens to. After each job every point of the file is either pending or has the
 * values of a run in which nothing happened; what a job had written when it was killed is there; no
 * point is evaluated twice; a stop is heard by all; no job hangs; all ranks end alike; and the last
 * job completes the file.
 * A failing seed replays: simulate 1 SEED. */
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "blueshift/stop.h"
#include "blueshift/sweep.h"
#include "simulation/fake_mpi.h"
#include "simulation/fake_surface.h"
#include "simulation/machine.h"

enum { JOBS_MAX = 4, BLOCKS_MAX = 3, BATCH_MAX = 6, REPORTED_MAX = 5 };

/* What happens to a job. Times are of the job's clock. */
typedef struct job {
    int ranks, shards;
    bool undisturbed;
    double seconds;              /* of a point, on average */
    double slow_point;           /* seconds of some points */
    double stops[MACHINE_RANKS]; /* when a signal reaches a rank */
    double failing;              /* fraction of the evaluations that fail */
    double losing;               /* fraction of the evaluations in which the device is lost */
    int batch;                   /* points at once that evaluators ask for */
    int64_t fault;               /* this call of bs_fault fails; negative: none */
    bs_sweep_options options;
} job;

/* What became of it. */
typedef struct outcome {
    bs_status status[MACHINE_RANKS];
    bool ended[MACHINE_RANKS];
    bs_sweep_report report;
    int evaluations[DISK_POINTS];
    int64_t fault_calls;
    bool fault_happened;
    bool device_lost;
    double stop_seen; /* when the first rank has seen that it shall stop */
} outcome;

static const double NEVER = INFINITY;

/* A group asks for news every 0.2 seconds, and hears them a point or two later. */
enum { STOP_POINTS = 3 };
static const double HEARD_WITHIN = 0.25;

/* How often something happened, so that a simulation of nothing is noticed. */
enum {
    KILLED,
    STOPPED,
    DISK_FAILED,
    MEMORY_FAILED,
    POINTS_FAILED,
    DEVICES_LOST,
    BATCHES,
    COMPLETED,
    HAPPENINGS
};
static const char *const happening_names[HAPPENINGS] = {
    "jobs are killed",  "jobs are stopped",           "disks fail",
    "allocations fail", "points cannot be evaluated", "devices are lost",
    "batches are done", "jobs complete their file"};
static int64_t happenings[HAPPENINGS];

static disk file;
static int blocks;
static job this_job;
static outcome result;
static MPI_Comm world_handle;
static const char *complaint;

static void complain(const char *what)
{
    complaint = complaint == NULL ? what : complaint;
}

/* ---- what the engine is given ---- */

/* The numbers of an undisturbed run: some losses are not finite, and block sums have an order. */
static double block_share(int64_t index, int block)
{
    return index % 11 == 7 ? (double)NAN : 1.0 / (3.0 + (double)index) / (1.0 + 0.7 * block);
}

static double golden(int64_t index, int value)
{
    double sum = block_share(index, 0);
    for (int b = 1; b < blocks; b++) {
        sum += block_share(index, b);
    }
    return value == 0 ? sum : (double)index;
}

static bs_status prepare(void *context, const bs_comm *group, int network, int realisation,
                         double *scalars)
{
    (void)context;
    (void)group;
    machine_wait(this_job.seconds * machine_chance());
    scalars[0] = network + 10 * realisation;
    return BS_OK;
}

static int64_t point_index(const bs_point *point)
{
    const bs_surface_schema *schema = &file.schema;
    int64_t surface = (int64_t)point->network * schema->realisations + point->realisation;
    return surface * bs_grid_points(&schema->grid) + point->index;
}

/* Time passes, and things go wrong. */
static bs_status try_point(void)
{
    double slowest = 2 * this_job.seconds + this_job.slow_point;
    int points = STOP_POINTS * (this_job.batch > 1 ? this_job.batch : 1);
    if (machine_now() > result.stop_seen + HEARD_WITHIN + points * slowest) {
        complain("a stop is not heard");
    }
    machine_wait(2 * this_job.seconds * machine_chance() +
                 (machine_happens(0.05) ? this_job.slow_point : 0.0));
    if (machine_happens(this_job.losing)) {
        happenings[DEVICES_LOST]++;
        result.device_lost = true;
        return BS_FAIL(BS_ERR_DEVICE, "the device is lost");
    }
    if (machine_happens(this_job.failing)) {
        happenings[POINTS_FAILED]++;
        return BS_FAIL(BS_ERR_LIBRARY, "this point fails");
    }
    return BS_OK;
}

static void fill_partials(const bs_point *point, int first, int count, double *partials)
{
    int64_t index = point_index(point);
    for (int b = 0; b < count; b++) {
        partials[0] = block_share(index, first + b);
        partials[1] = (double)index;
        partials += DISK_VALUES;
    }
}

static bs_status evaluate(void *context, const bs_point *point, int first, int count,
                          double *partials)
{
    (void)context;
    bs_status status = try_point();
    result.evaluations[point_index(point)] += first == 0 && status != BS_ERR_DEVICE;
    if (status == BS_OK) {
        fill_partials(point, first, count, partials);
    }
    return status;
}

/* Of points that fail together none counts: they are tried again, one by one. */
static bs_status evaluate_batch(void *context, const bs_point *points, int point_count, int first,
                                int count, double *partials)
{
    (void)context;
    for (int i = 0; i < point_count; i++) {
        BS_TRY(try_point());
        fill_partials(&points[i], first, count,
                      partials + (ptrdiff_t)i * (ptrdiff_t)count * DISK_VALUES);
        if (points[i].network != points[0].network ||
            points[i].realisation != points[0].realisation) {
            complain("a batch of points that do not go together");
        }
    }
    for (int i = 0; i < point_count; i++) {
        result.evaluations[point_index(&points[i])] += first == 0;
    }
    happenings[BATCHES]++;
    return BS_OK;
}

static void reduce(const void *context, const double *partials, double *values)
{
    (void)context;
    memcpy(values, partials, DISK_VALUES * sizeof *values);
    for (int b = 1; b < blocks; b++) {
        values[0] += partials[(ptrdiff_t)b * DISK_VALUES];
    }
}

/* ---- what the code is linked to in place of the system ---- */

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*entry)(void *argument), void *argument);
int __wrap_pthread_join(pthread_t thread, void **end);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
bool __wrap_bs_fault(const char *site);
bool __wrap_bs_stop_requested(void);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
void __wrap_free(void *block);

static void *(*thread_entry)(void *argument);

static void run_thread(void *argument)
{
    thread_entry(argument);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*entry)(void *argument), void *argument)
{
    (void)attributes;
    thread_entry = entry; /* there is one kind of thread */
    *thread = (pthread_t)machine_start(machine_rank(), run_thread, argument);
    return 0;
}

int __wrap_pthread_join(pthread_t thread, void **end)
{
    (void)end;
    machine_wake(machine_rank(), machine_now()); /* it may nap */
    while (!machine_ended((int)thread)) {
        machine_sleep();
    }
    return 0;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
    (void)left;
    machine_nap(1e-9 * (double)time->tv_nsec);
    return 0;
}

bool __wrap_bs_fault(const char *site)
{
    (void)site;
    bool fails = result.fault_calls++ == this_job.fault;
    happenings[MEMORY_FAILED] += fails;
    result.fault_happened = result.fault_happened || fails;
    return fails;
}

bool __wrap_bs_stop_requested(void)
{
    bool stops = machine_now() >= this_job.stops[machine_rank()];
    result.stop_seen = stops ? fmin(result.stop_seen, machine_now()) : result.stop_seen;
    return stops;
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
    (void)alignment; /* all blocks of the machine have that of a cache line */
    return machine_alloc(bytes);
}

void __wrap_free(void *block)
{
    (void)block;
}

/* ---- a job ---- */

static void run_rank(void *argument)
{
    (void)argument;
    int rank = machine_rank();
    struct bs_surface surface = {.disk = &file};
    const bs_evaluator evaluator = {.blocks = blocks,
                                    .partials = DISK_VALUES,
                                    .values = DISK_VALUES,
                                    .scalars = 1,
                                    .prepare = prepare,
                                    .evaluate = evaluate,
                                    .batch = this_job.batch,
                                    .evaluate_batch = evaluate_batch,
                                    .reduce = reduce};
    bs_comm world;
    bs_groups groups;
    bs_sweep_report report;
    bs_status status = bs_comm_create(world_handle, &world);
    status = status == BS_OK ? bs_groups_create(&world, this_job.shards, &groups) : status;
    if (status == BS_OK) {
        status = bs_sweep_run(&groups, &surface, &evaluator, &this_job.options, &report);
        bs_groups_release(&groups);
        bs_comm_release(&world);
    }
    result.status[rank] = status;
    result.ended[rank] = true;
    if (rank == 0) {
        result.report = report;
    }
}

static bool disturbed(const outcome *of)
{
    return of->fault_happened || of->device_lost ||
           (file.fails_at >= 0 && file.operations > file.fails_at);
}

/* Runs this_job; whether all ranks lived to its end. */
static bool run_job(double killed, int victim)
{
    machine_reset();
    result = (outcome){.stop_seen = NEVER};
    file.operations = 0;
    world_handle = fake_mpi_reset(this_job.ranks, machine_happens(0.1));
    for (int r = 0; r < this_job.ranks; r++) {
        machine_start(r, run_rank, NULL);
        /* mpirun ends the rest when one rank has died. */
        machine_kill(r, r == victim ? killed : killed + 0.1 * machine_chance());
    }
    if (!machine_run()) {
        complain("the job hangs");
    }
    bool all = true;
    for (int r = 0; r < this_job.ranks; r++) {
        all = all && result.ended[r];
    }
    if (fake_mpi_misuse() != NULL) {
        complain(fake_mpi_misuse());
    }
    return all;
}

/* ---- what must be so ---- */

static bool same(double a, double b)
{
    uint64_t x = 0;
    uint64_t y = 0;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y || (isnan(a) && isnan(b));
}

/* Of a point that failed; killed while it is written again, its values are there before its status.
 */
static bool missing_or_golden(int64_t index, int value)
{
    return isnan(file.values[index][value]) ||
           same(file.values[index][value], golden(index, value));
}

static void check_point(int64_t index, uint8_t before)
{
    uint8_t status = file.status[index];
    const double *values = file.values[index];
    bool golden_values = same(values[0], golden(index, 0)) && same(values[1], golden(index, 1));
    bool finite = isfinite(golden(index, 0));
    if (status == BS_POINT_DONE && !(golden_values && finite)) {
        complain("a point is done without its values");
    } else if (status == BS_POINT_NON_FINITE && (finite || !golden_values)) {
        complain("a point is said to be not finite");
    } else if (status == BS_POINT_FAILED &&
               !(missing_or_golden(index, 0) && missing_or_golden(index, 1))) {
        complain("a point that failed has wrong values");
    } else if (status > BS_POINT_FAILED) {
        complain("a status that does not exist");
    }
    bool was_there = before == BS_POINT_DONE || before == BS_POINT_NON_FINITE;
    if (was_there && status != before) {
        complain("a point of an earlier job is lost");
    }
    if (file.acknowledged[index] && status == BS_POINT_PENDING) {
        complain("a point is lost that had been written");
    }
    /* Twice when one shard did a batch and the other did not. */
    bool again = this_job.batch > 1 && this_job.shards > 1 &&
                 (this_job.failing > 0.0 || this_job.fault >= 0);
    if (result.evaluations[index] > (again ? 2 : 1)) {
        complain("a point is evaluated twice by one job");
    }
    if (was_there && result.evaluations[index] > 0) {
        complain("a point is evaluated that was there");
    }
}

static void check_file(const uint8_t *before)
{
    for (int64_t i = 0; i < file.points; i++) {
        check_point(i, before[i]);
    }
}

/* What all ranks return, of a job that lived to its end. */
static void check_end(void)
{
    bs_status status = result.status[0];
    int64_t pending = 0;
    for (int r = 1; r < this_job.ranks; r++) {
        if (result.status[r] != status) {
            complain("ranks return different statuses");
        }
    }
    for (int64_t i = 0; i < file.points; i++) {
        bool is_pending = file.status[i] == BS_POINT_PENDING;
        pending += is_pending;
        if (status <= BS_STOPPED && is_pending && result.evaluations[i] > 0) {
            complain("the file does not hold what was evaluated");
        }
    }
    if (status == BS_OK && pending > 0) {
        complain("success, but points are pending");
    }
    if (status <= BS_STOPPED && result.device_lost) {
        complain("a device is lost, but the sweep ended as if it were not");
    }
    if (status == BS_STOPPED && pending == 0) {
        complain("said to be stopped, but nothing is pending");
    }
    if (status > BS_STOPPED && !disturbed(&result)) {
        complain("an error, but nothing went wrong");
    }
    happenings[STOPPED] += status == BS_STOPPED;
    happenings[DISK_FAILED] += file.fails_at >= 0 && file.operations > file.fails_at;
    happenings[COMPLETED] += status == BS_OK;
}

/* ---- a seed ---- */

static double sometimes(double probability, double largest)
{
    double time = largest * machine_chance();
    return machine_happens(probability) ? time : NEVER;
}

static void plan_file(void)
{
    static const int shapes[][2] = {{1, 1}, {5, 1}, {16, 1}, {3, 4}};
    const int *shape = shapes[machine_pick(4)];
    bs_grid grid = {.ndim = shape[1] > 1 ? 2 : 1,
                    .axis = {{-1.0, 1.0, shape[0], true}, {-1.0, 1.0, shape[1], true}}};
    file = (disk){.schema = {.grid = grid,
                             .networks = 1 + machine_pick(2),
                             .realisations = 1 + machine_pick(2),
                             .value_count = DISK_VALUES}};
    file.points = bs_grid_points(&grid) * file.schema.networks * file.schema.realisations;
    blocks = 1 + machine_pick(BLOCKS_MAX);
}

/* Anything may happen to the job; the time at which it is killed. */
static double plan_job(bool undisturbed)
{
    int ranks = 1 + machine_pick(MACHINE_RANKS);
    int shards = machine_happens(0.3) && ranks % 2 == 0 ? 2 : 1;
    double seconds = pow(10.0, -1.0 - 3.0 * machine_chance());
    double all = 1.3 * seconds * (double)file.points * shards / ranks + 3e-3;
    this_job = (job){.ranks = ranks,
                     .shards = shards,
                     .undisturbed = undisturbed,
                     .seconds = seconds,
                     .slow_point = machine_happens(0.1) ? 3.0 : 0.0,
                     .fault = -1,
                     .batch = machine_happens(0.5) ? 1 : 1 + machine_pick(BATCH_MAX),
                     .options = {.on_demand = machine_happens(0.6),
                                 .chunk = machine_happens(0.5) ? 0 : 1 + machine_pick(5),
                                 .flush_interval = machine_happens(0.5) ? 0.0 : 10 * seconds}};
    file.fails_at = -1;
    for (int r = 0; r < MACHINE_RANKS; r++) {
        this_job.stops[r] = undisturbed ? NEVER : sometimes(0.1, all);
    }
    if (undisturbed) {
        return NEVER;
    }
    this_job.options.time_limit = machine_happens(0.1) ? all * machine_chance() : 0.0;
    this_job.failing = machine_happens(0.2) ? 0.2 : 0.0;
    this_job.losing = machine_happens(0.05) ? 0.1 : 0.0;
    this_job.fault = machine_happens(0.15) ? machine_pick(30) : -1;
    file.fails_at = machine_happens(0.3) ? machine_pick(40) : -1;
    file.stays_full = machine_happens(0.5);
    return sometimes(0.4, all);
}

static void run_one_job(bool undisturbed)
{
    uint8_t before[DISK_POINTS];
    memcpy(before, file.status, sizeof before);
    memset(file.acknowledged, 0, sizeof file.acknowledged);
    double killed = plan_job(undisturbed);
    bool lived = run_job(killed, machine_pick(this_job.ranks));
    check_file(before);
    happenings[KILLED] += !lived;
    if (lived) {
        check_end();
    }
    if (undisturbed && (!lived || result.status[0] != BS_OK)) {
        complain("an undisturbed job does not complete the file");
    }
}

/* NULL, or what is wrong. */
static const char *run_seed(uint64_t seed)
{
    complaint = NULL;
    machine_seed(seed);
    plan_file();
    int jobs = machine_pick(JOBS_MAX);
    for (int j = 0; j < jobs && complaint == NULL; j++) {
        run_one_job(false);
    }
    if (complaint == NULL) {
        run_one_job(true);
    }
    for (int64_t i = 0; i < file.points && complaint == NULL; i++) {
        if (file.status[i] == BS_POINT_PENDING || file.status[i] == BS_POINT_FAILED) {
            complain("a point is missing in the end");
        }
    }
    return complaint;
}

int main(int argc, char **argv)
{
    uint64_t seeds = argc > 1 ? strtoull(argv[1], NULL, 10) : 5000;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    int failures = 0;
    for (uint64_t seed = first; seed < first + seeds && failures < REPORTED_MAX; seed++) {
        const char *wrong = run_seed(seed);
        if (wrong != NULL) {
            failures++;
            fprintf(stderr, "# %s; replay: %s 1 %" PRIu64 "\n", wrong, argv[0], seed);
        }
    }
    printf("%sok 1 - %" PRIu64 " seeds: every file is a prefix of an undisturbed run\n",
           failures == 0 ? "" : "not ", seeds);
    for (int h = 0; h < HAPPENINGS; h++) {
        bool rare = seeds >= 1000 && happenings[h] == 0;
        printf("%sok %d - %s: %" PRId64 "\n", rare ? "not " : "", h + 2, happening_names[h],
               happenings[h]);
        failures += rare;
    }
    printf("1..%d\n", HAPPENINGS + 1);
    return failures == 0 ? 0 : 1;
}
