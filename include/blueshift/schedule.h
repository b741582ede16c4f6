/* Handing out points: static cyclic or on demand, with one voice that says stop. */
#ifndef BLUESHIFT_SCHEDULE_H
#define BLUESHIFT_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/groups.h"
#include "blueshift/partition.h"

/* Why a server and not a rule: points differ in cost (a network per point, failing nodes, sharing
 * of caches), and one slow group would keep all others waiting at the end. Why a thread: rank 0
 * evaluates points itself, and would answer only between two of them. Values do not depend on who
 * evaluates what.
 *
 * A server thread on world rank 0 answers the leaders of all groups (MPI_THREAD_MULTIPLE): on
 * demand it hands out chunks; in both kinds it sums up progress and passes on a stop. It polls
 * with a sleep that grows while nobody calls. */
typedef struct bs_schedule bs_schedule;

/* The most groups that should share one server on demand: with points of a tenth of a second they
 * ask for chunks some thousand times per second. */
enum { BS_SCHEDULE_SERVED_GROUPS = 1024 };

typedef struct bs_schedule_options {
    bool on_demand;
    int64_t tasks; /* pending tasks of the whole sweep, numbered 0 to tasks - 1 */
    int64_t chunk; /* tasks handed out at once; 0: chosen, 1 to 64. On demand the chosen chunk is
                      an eighth of a group's even share of what is left (guided self-scheduling,
                      Polychronopoulos and Kuck 1987): long runs first, single tasks at the end */
    /* Called by the server thread on rank 0 after each report, with totals so far; the last call,
     * during the destroy, has all that was reported. May be NULL; must not call MPI. */
    void (*progress)(void *context, int64_t done, int64_t failed);
    void *context;
    int grain; /* tasks that a group should work on together; 0: one. Chosen chunks are multiples of
                  it, unless some group would get none */
    int batch; /* and those that it can work on together: chosen chunks go up to so many, and to 64
                */
} bs_schedule_options;

/* Collective over groups->world. Borrows GROUPS until the destroy. BS_ERR_LIBRARY when MPI was not
 * initialised with MPI_THREAD_MULTIPLE. */
bs_status bs_schedule_create(const bs_groups *groups, const bs_schedule_options *options,
                             bs_schedule **schedule);

/* Next chunk of this group; count 0: no more, or stopped. Collective over the group; the leader
 * asks and tells its shards. Static: chunk c belongs to group c mod group_count. */
bs_status bs_schedule_next(bs_schedule *schedule, bs_range *chunk);

/* Reports finished tasks since the last report (the leader's numbers count), and whether this rank
 * wants the sweep to stop (signal, time limit); returns in STOP whether any rank does. A stop is
 * final. Collective over the group: call it once per task, or per tasks done together; the leader
 * talks to the server at the first report, at a new wish to stop, and else every 0.2 seconds, or
 * less often with more than 400 groups, so that the server sees at most some thousand messages per
 * second. */
bs_status bs_schedule_report(bs_schedule *schedule, int64_t done, int64_t failed, bool want_stop,
                             bool *stop);

/* Ends the server after every leader has finished. Collective over groups->world, also after an
 * error. NULL is fine. */
bs_status bs_schedule_destroy(bs_schedule *schedule);

#endif
