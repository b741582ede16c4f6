/* Does every task go to exactly one group, and does a stop reach all of them? */
#include "mpi_test.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "blueshift/memory.h"
#include "blueshift/schedule.h"

/* Written by the server thread, read after the destroy. */
typedef struct totals {
    atomic_llong calls;
    atomic_llong done;
    atomic_llong failed;
} totals;

static void note(void *context, int64_t done, int64_t failed)
{
    totals *t = context;
    atomic_fetch_add(&t->calls, 1);
    atomic_store(&t->done, done);
    atomic_store(&t->failed, failed);
}

static void pause_ms(long ms)
{
    const struct timespec time = {.tv_nsec = ms * 1000000};
    nanosleep(&time, NULL);
}

/* Takes all tasks of a schedule; counts in SEEN [tasks] those of this group. */
static bs_status take_all(bs_schedule *schedule, int *seen)
{
    for (;;) {
        bs_range chunk;
        BS_TRY(bs_schedule_next(schedule, &chunk));
        if (chunk.count == 0) {
            return BS_OK;
        }
        for (int64_t i = chunk.first; i < chunk.first + chunk.count; i++) {
            bool stop = false;
            seen[i]++;
            BS_TRY(bs_schedule_report(schedule, i % 5 != 0, i % 5 == 0, false, &stop));
            if (stop) {
                return BS_FAIL(BS_ERR_INTERNAL, "a stop that nobody wanted");
            }
        }
    }
}

static void test_coverage(const bs_comm *world, int shards, bool on_demand, int64_t tasks,
                          int64_t chunk)
{
    bs_groups groups;
    totals t = {0, 0, 0};
    bs_schedule *schedule = NULL;
    const bs_schedule_options options = {on_demand, tasks, chunk, note, &t, 0, 0};
    bs_status status = bs_groups_create(world, shards, &groups);
    if (status == BS_OK) {
        status = bs_schedule_create(&groups, &options, &schedule);
    }
    int *seen = bs_alloc((size_t)tasks, sizeof *seen);
    int *all = bs_alloc((size_t)tasks, sizeof *all);
    if (status == BS_OK) {
        status = take_all(schedule, seen);
    }
    bs_status destroyed = bs_schedule_destroy(schedule);
    MPI_Allreduce(seen, all, (int)tasks, MPI_INT, MPI_SUM, world->mpi);
    bool once = true;
    for (int64_t i = 0; i < tasks; i++) {
        once = once && all[i] == shards;
    }
    mpi_test_check(status == BS_OK && destroyed == BS_OK && once,
                   "%s, %d shards, %lld tasks in chunks of %lld: each one once",
                   on_demand ? "on demand" : "static", shards, (long long)tasks, (long long)chunk);
    int64_t failed = (tasks + 4) / 5;
    mpi_test_check(world->rank != 0 || (t.done == tasks - failed && t.failed == failed),
                   "the server's totals are right at the end");
    bs_free(seen);
    bs_free(all);
    bs_groups_release(&groups);
}

static void test_static_rule(const bs_comm *world)
{
    bs_groups groups;
    bs_schedule *schedule = NULL;
    const bs_schedule_options options = {.tasks = 23, .chunk = 3};
    bs_groups_create(world, 1, &groups);
    bs_status status = bs_schedule_create(&groups, &options, &schedule);
    bool good = status == BS_OK;
    for (int64_t c = world->rank; c < 8 && good; c += world->size) {
        bs_range chunk;
        good = bs_schedule_next(schedule, &chunk) == BS_OK && chunk.first == 3 * c &&
               chunk.count == (c == 7 ? 2 : 3);
    }
    bs_range end = {0, 1};
    good = good && bs_schedule_next(schedule, &end) == BS_OK && end.count == 0;
    bs_schedule_destroy(schedule);
    mpi_test_check(good, "static: chunk c belongs to group c mod groups");
    bs_groups_release(&groups);
}

/* One slow group must get fewer tasks than its share. */
static void test_balance(const bs_comm *world)
{
    enum { SCALARS = 64 };
    bs_groups groups;
    bs_schedule *schedule = NULL;
    const bs_schedule_options options = {.on_demand = true, .tasks = SCALARS, .chunk = 1};
    bs_groups_create(world, 1, &groups);
    bs_status status = bs_schedule_create(&groups, &options, &schedule);
    int64_t taken = 0;
    bs_range chunk = {0, 1};
    while (status == BS_OK && chunk.count > 0) {
        bool stop = false;
        status = bs_schedule_next(schedule, &chunk);
        if (status == BS_OK && chunk.count > 0) {
            taken++;
            pause_ms(world->rank == world->size - 1 ? 30 : 3);
            status = bs_schedule_report(schedule, 1, 0, false, &stop);
        }
    }
    bs_status destroyed = bs_schedule_destroy(schedule);
    bool slow = world->rank == world->size - 1;
    mpi_test_check(status == BS_OK && destroyed == BS_OK &&
                       (!slow || world->size == 1 || taken <= SCALARS / world->size / 2),
                   "on demand: a slow group gets less");
    bs_groups_release(&groups);
}

/* Chosen chunks on demand: long ones first, single tasks at the end, never longer than before. */
static void test_guided(const bs_comm *world)
{
    enum { SCALARS = 2000 };
    bs_groups groups;
    bs_schedule *schedule = NULL;
    const bs_schedule_options options = {.on_demand = true, .tasks = SCALARS};
    bs_groups_create(world, 1, &groups);
    bs_status status = bs_schedule_create(&groups, &options, &schedule);
    bs_range chunk = {0, SCALARS};
    int64_t before = SCALARS;
    bool good = true;
    while (status == BS_OK && chunk.count > 0) {
        bool stop = false;
        before = chunk.count;
        status = bs_schedule_next(schedule, &chunk);
        int64_t share = (SCALARS - chunk.first) / world->size;
        good = good && chunk.count <= before && chunk.count <= (share / 8 > 1 ? share / 8 : 1) &&
               (chunk.first > 0 || chunk.count > 50) &&
               (chunk.first + chunk.count < SCALARS || chunk.count <= 1);
        for (int64_t i = 0; i < chunk.count && status == BS_OK; i++) {
            status = bs_schedule_report(schedule, 1, 0, false, &stop);
        }
    }
    bs_status destroyed = bs_schedule_destroy(schedule);
    mpi_test_check(status == BS_OK && destroyed == BS_OK && good,
                   "on demand: chosen chunks become smaller down to single tasks");
    bs_groups_release(&groups);
}

/* Rank WISHER wants to stop after some tasks; how many seconds until every rank has stopped? */
static void test_stop(const bs_comm *world, int shards, bool on_demand, int wisher)
{
    enum { SCALARS = 100000 };
    bs_groups groups;
    totals t = {0, 0, 0};
    bs_schedule *schedule = NULL;
    const bs_schedule_options options = {on_demand, SCALARS, 0, note, &t, 0, 0};
    bs_groups_create(world, shards, &groups);
    bs_status status = bs_schedule_create(&groups, &options, &schedule);
    double start = MPI_Wtime();
    bool stop = false;
    long long taken = 0;
    while (status == BS_OK && !stop) {
        bs_range chunk;
        status = bs_schedule_next(schedule, &chunk);
        for (int64_t i = 0; i < chunk.count && status == BS_OK && !stop; i++) {
            taken++;
            pause_ms(5);
            bool wants = world->rank == wisher && taken > 10;
            status = bs_schedule_report(schedule, 1, 0, wants, &stop);
        }
    }
    bs_range after = {0, 1};
    bool sticky = bs_schedule_next(schedule, &after) == BS_OK && after.count == 0;
    bs_status destroyed = bs_schedule_destroy(schedule);
    double seconds = MPI_Wtime() - start;
    mpi_test_check(status == BS_OK && destroyed == BS_OK && stop && sticky && seconds < 2.0,
                   "%s, %d shards: a stop by rank %d reaches this one",
                   on_demand ? "on demand" : "static", shards, wisher);
    long long mine = groups.leader ? taken : 0;
    long long all = 0;
    MPI_Allreduce(&mine, &all, 1, MPI_LONG_LONG, MPI_SUM, world->mpi);
    mpi_test_check(world->rank != 0 || t.done == all, "what was done before it is counted");
    bs_groups_release(&groups);
}

/* A report of nothing new every millisecond must not become a message each. */
static void test_few_messages(const bs_comm *world)
{
    bs_groups groups;
    totals t = {0, 0, 0};
    bs_schedule *schedule = NULL;
    const bs_schedule_options options = {false, 1000, 0, note, &t, 0, 0};
    bs_groups_create(world, 1, &groups);
    bs_status status = bs_schedule_create(&groups, &options, &schedule);
    double end = MPI_Wtime() + 0.5;
    while (status == BS_OK && MPI_Wtime() < end) {
        bool stop = false;
        status = bs_schedule_report(schedule, 1, 0, false, &stop);
    }
    bs_schedule_destroy(schedule);
    mpi_test_check(status == BS_OK && (world->rank != 0 || t.calls <= 5LL * world->size),
                   "few messages for many reports");
    bs_groups_release(&groups);
}

static void test_all_coverage(const bs_comm *world, int shards)
{
    for (int on_demand = 0; on_demand < 2; on_demand++) {
        test_coverage(world, shards, on_demand == 1, 0, 0);
        test_coverage(world, shards, on_demand == 1, 1, 0);
        test_coverage(world, shards, on_demand == 1, 100, 7);
        test_coverage(world, shards, on_demand == 1, 1500, 0);
        test_stop(world, shards, on_demand == 1, 0);
        test_stop(world, shards, on_demand == 1, world->size - 1);
    }
}

static void run_all(const bs_comm *world)
{
    test_all_coverage(world, 1);
    if (world->size > 1 && world->size % 2 == 0) {
        test_all_coverage(world, 2);
    }
    test_guided(world);
    test_static_rule(world);
    test_balance(world);
    test_few_messages(world);
    mpi_test_check(bs_schedule_destroy(NULL) == BS_OK, "destroying nothing is fine");
}

const mpi_test mpi_test_file = {.run = run_all, .threads = MPI_THREAD_MULTIPLE};
