/* Hands out points: chunks by rule or from a server thread, which also sums progress and passes on
 * a stop. */
#include "blueshift/schedule.h"

#include <string.h>

#include "blueshift/log.h"
#include "blueshift/memory.h"
#include "schedule_server.h"

/* Most messages per second that the server is asked to take, and most reports that a leader sends.
 */
static const double MESSAGES_PER_SECOND = 2000.0;
static const double SHORTEST_INTERVAL = 0.2;

/* Chunks a group gets in all by rule: few enough to write long runs, enough that one chunk too many
 * costs a group 3 % of its time. */
enum { CHUNKS_PER_GROUP = 32, CHUNK_MAX = 64 };

/* A leader asks for its next chunk while it works on the last tasks of the present one, so that it
 * never waits for the server's sleep; one reply at a time is on its way. */
struct bs_schedule {
    const bs_groups *groups;
    bs_comm comm;               /* of the leaders' talk with the server; a duplicate of the world */
    bs_schedule_server *server; /* world rank 0 */
    bool on_demand;
    int64_t tasks;
    int64_t grain;
    int64_t most; /* of a chosen chunk */
    int64_t chunk;
    int64_t next_chunk; /* static */
    bool stop;
    /* Leaders: */
    bool wants_told; /* the server knows of this group's wish to stop */
    int64_t done;    /* not yet reported */
    int64_t failed;
    double interval;
    double next_talk;
    int64_t left_in_chunk;
    bs_range ahead; /* asked for before the last chunk was done */
    bool has_ahead;
    bs_request_kind asked; /* whose reply is on its way */
};

/* Tasks worked on together, but not so many that a group gets none. */
static int64_t choose_grain(const bs_groups *groups, const bs_schedule_options *options)
{
    int64_t share = (options->tasks + groups->group_count - 1) / groups->group_count;
    int64_t grain = options->grain < share ? options->grain : share;
    return grain < 1 ? 1 : grain;
}

static int64_t choose_chunk(const bs_groups *groups, const bs_schedule_options *options,
                            int64_t grain, int64_t most)
{
    if (options->chunk > 0) {
        return options->chunk;
    }
    int64_t chunk = options->tasks / ((int64_t)groups->group_count * CHUNKS_PER_GROUP);
    return bs_schedule_round(chunk, most, grain);
}

static bs_status check_threads(void)
{
    int provided = MPI_THREAD_SINGLE;
    BS_TRY(BS_MPI(MPI_Query_thread(&provided)));
    if (provided < MPI_THREAD_MULTIPLE) {
        return BS_FAIL(BS_ERR_LIBRARY,
                       "MPI runs without MPI_THREAD_MULTIPLE (level %d of %d): ask for it in "
                       "MPI_Init_thread, of an MPI library that is built with it",
                       provided, (int)MPI_THREAD_MULTIPLE);
    }
    return BS_OK;
}

static bs_status start(bs_schedule *schedule, const bs_schedule_options *options)
{
    BS_TRY(check_threads());
    if (schedule->groups->world.rank != 0) {
        return BS_OK;
    }
    const bs_server_options server = {.comm = schedule->comm.mpi,
                                      .leaders = schedule->groups->group_count,
                                      .tasks = options->tasks,
                                      .chunk = options->chunk,
                                      .chunk_max = schedule->most,
                                      .grain = schedule->grain,
                                      .progress = options->progress,
                                      .context = options->context};
    return bs_schedule_server_start(&server, &schedule->server);
}

static void release(bs_schedule *schedule)
{
    bs_comm_release(&schedule->comm);
    bs_free(schedule);
}

bs_status bs_schedule_create(const bs_groups *groups, const bs_schedule_options *options,
                             bs_schedule **schedule)
{
    *schedule = NULL;
    bs_schedule *created = bs_alloc(1, sizeof *created);
    BS_TRY(bs_agree_block(&groups->world, created));
    double interval = groups->group_count / MESSAGES_PER_SECOND;
    int64_t grain = choose_grain(groups, options);
    int64_t most = options->batch > CHUNK_MAX ? options->batch : CHUNK_MAX;
    *created = (bs_schedule){
        .groups = groups,
        .on_demand = options->on_demand,
        .tasks = options->tasks,
        .grain = grain,
        .most = most,
        .chunk = choose_chunk(groups, options, grain, most),
        .next_chunk = groups->group_index,
        .interval = interval > SHORTEST_INTERVAL ? interval : SHORTEST_INTERVAL,
    };
    if (options->on_demand) {
        bs_log(BS_LOG_DEBUG,
               "schedule: on demand from rank 0, shrinking chunks of at most %d points",
               (int)(options->chunk > 0 ? options->chunk : bs_schedule_round(most, most, grain)));
    } else {
        bs_log(BS_LOG_DEBUG, "schedule: static, in chunks of %d points", (int)created->chunk);
    }
    bs_status status = bs_comm_create(groups->world.mpi, &created->comm);
    if (status == BS_OK) {
        status = start(created, options);
    }
    status = bs_agree(&groups->world, status);
    if (status != BS_OK) {
        if (created->server != NULL) {
            bs_schedule_server_cancel(created->server);
        }
        release(created);
        return status;
    }
    *schedule = created;
    return BS_OK;
}

/* Takes the reply that is on its way, if it has come, or when it comes (WAIT). */
static bs_status collect(bs_schedule *schedule, bool wait)
{
    if (schedule->asked == BS_REQUEST_NONE) {
        return BS_OK;
    }
    MPI_Comm comm = schedule->comm.mpi;
    int came = 1;
    if (!wait) {
        BS_TRY(BS_MPI(MPI_Iprobe(0, BS_TAG_REPLY, comm, &came, MPI_STATUS_IGNORE)));
    }
    if (came == 0) {
        return BS_OK;
    }
    bs_reply reply = {{0}};
    BS_TRY(BS_MPI(MPI_Recv(reply.field, BS_REPLY_FIELDS, MPI_INT64_T, 0, BS_TAG_REPLY, comm,
                           MPI_STATUS_IGNORE)));
    if (schedule->asked == BS_REQUEST_NEXT) {
        schedule->ahead = (bs_range){reply.field[BS_REPLY_FIRST], reply.field[BS_REPLY_COUNT]};
        schedule->has_ahead = true;
    }
    schedule->stop = schedule->stop || reply.field[BS_REPLY_STOP] != 0;
    schedule->asked = BS_REQUEST_NONE;
    return BS_OK;
}

/* A leader's message with what is new. Nobody waits for the reply: the server may be asleep. */
static bs_status talk(bs_schedule *schedule, bs_request_kind kind, bool want_stop)
{
    BS_TRY(collect(schedule, true));
    bs_request request = {{0}};
    request.field[BS_REQUEST_KIND] = (int64_t)kind;
    request.field[BS_REQUEST_DONE] = schedule->done;
    request.field[BS_REQUEST_FAILED] = schedule->failed;
    request.field[BS_REQUEST_STOP] = want_stop ? 1 : 0;
    BS_TRY(BS_MPI(MPI_Send(request.field, BS_REQUEST_FIELDS, MPI_INT64_T, 0, BS_TAG_REQUEST,
                           schedule->comm.mpi)));
    schedule->asked = kind == BS_REQUEST_FINISHED ? BS_REQUEST_NONE : kind;
    schedule->done = 0;
    schedule->failed = 0;
    schedule->next_talk = MPI_Wtime() + schedule->interval;
    schedule->wants_told = schedule->wants_told || want_stop;
    return BS_OK;
}

/* By rule: every shard counts for itself. */
static bs_range next_static(bs_schedule *schedule)
{
    int64_t chunks = (schedule->tasks + schedule->chunk - 1) / schedule->chunk;
    if (schedule->next_chunk >= chunks) {
        return (bs_range){schedule->tasks, 0};
    }
    int64_t first = schedule->next_chunk * schedule->chunk;
    int64_t left = schedule->tasks - first;
    schedule->next_chunk += schedule->groups->group_count;
    return (bs_range){first, left < schedule->chunk ? left : schedule->chunk};
}

/* The chunk asked for ahead, or else a new one. Leader only. */
static bs_status take_chunk(bs_schedule *schedule, bs_range *chunk)
{
    BS_TRY(collect(schedule, true));
    if (!schedule->has_ahead) {
        BS_TRY(talk(schedule, BS_REQUEST_NEXT, false));
        BS_TRY(collect(schedule, true));
    }
    *chunk = schedule->ahead;
    schedule->has_ahead = false;
    schedule->left_in_chunk = chunk->count;
    return BS_OK;
}

static bs_status next_on_demand(bs_schedule *schedule, bs_range *chunk)
{
    const bs_groups *groups = schedule->groups;
    bs_status status = groups->leader ? take_chunk(schedule, chunk) : BS_OK;
    int64_t told[3] = {chunk->first, chunk->count, schedule->stop ? 1 : 0};
    if (groups->shard_count > 1) {
        BS_TRY(bs_agree(&groups->group, status));
        status = BS_MPI(MPI_Bcast(told, 3, MPI_INT64_T, 0, groups->group.mpi));
    }
    BS_TRY(status);
    schedule->stop = told[2] != 0;
    *chunk = (bs_range){told[0], schedule->stop ? 0 : told[1]};
    return BS_OK;
}

bs_status bs_schedule_next(bs_schedule *schedule, bs_range *chunk)
{
    *chunk = (bs_range){schedule->tasks, 0};
    if (schedule->stop) {
        return BS_OK;
    }
    if (schedule->on_demand) {
        return next_on_demand(schedule, chunk);
    }
    *chunk = next_static(schedule);
    return BS_OK;
}

/* The leader's part of a report: talks when it is time, or when a stop must be passed on, or asks
 * for the next chunk while the last grain of a longer one is worked on. Single grains are not asked
 * for ahead: another group may be free earlier. */
static bs_status report(bs_schedule *schedule, bool want_stop)
{
    bool news = want_stop && !schedule->wants_told;
    BS_TRY(collect(schedule, false));
    if (schedule->asked != BS_REQUEST_NONE && !news) {
        return BS_OK;
    }
    bool last = schedule->left_in_chunk > 0 && schedule->left_in_chunk <= schedule->grain;
    if (schedule->on_demand && last && !schedule->has_ahead && !news) {
        return talk(schedule, BS_REQUEST_NEXT, false);
    }
    bool time = MPI_Wtime() >= schedule->next_talk;
    return news || time ? talk(schedule, BS_REQUEST_REPORT, want_stop) : BS_OK;
}

bs_status bs_schedule_report(bs_schedule *schedule, int64_t done, int64_t failed, bool want_stop,
                             bool *stop)
{
    const bs_groups *groups = schedule->groups;
    bs_status status = BS_OK;
    if (groups->leader) {
        schedule->done += done;
        schedule->failed += failed;
        schedule->left_in_chunk -= done + failed;
        status = report(schedule, want_stop);
    }
    schedule->stop = schedule->stop || want_stop;
    if (groups->shard_count > 1) {
        /* One reduction tells the shards what the leader heard, and the leader what they want. */
        int mine[2] = {schedule->stop ? 1 : 0, (int)status};
        int all[2] = {0, 0};
        BS_TRY(BS_MPI(MPI_Allreduce(mine, all, 2, MPI_INT, MPI_MAX, groups->group.mpi)));
        schedule->stop = all[0] != 0;
        if (all[1] != BS_OK) {
            return bs_agree(&groups->group, status);
        }
        if (groups->leader && schedule->stop) {
            status = report(schedule, true);
        }
    }
    *stop = schedule->stop;
    return status;
}

bs_status bs_schedule_destroy(bs_schedule *schedule)
{
    if (schedule == NULL) {
        return BS_OK;
    }
    bs_comm world = schedule->groups->world;
    bs_status status = BS_OK;
    if (schedule->groups->leader) {
        status = talk(schedule, BS_REQUEST_FINISHED, false);
    }
    if (schedule->server != NULL) {
        bs_status served = bs_schedule_server_join(schedule->server);
        status = status != BS_OK ? status : served;
    }
    status = bs_agree(&world, status);
    release(schedule);
    return status;
}
