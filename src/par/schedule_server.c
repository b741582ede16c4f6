/* The thread on world rank 0 that answers the leaders of all groups. */
#include "schedule_server.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "blueshift/memory.h"

/* Sleep between two looks for a message: short while leaders call, longer in quiet times. A thread
 * that waits in MPI_Recv would keep a core busy. */
enum { SLEEP_SHORTEST_NS = 50000, SLEEP_LONGEST_NS = 1000000 };

/* Of what is left, a leader gets this part of its even share at once. */
enum { PARTS_OF_A_SHARE = 8 };

/* Replies on their way to a leader, at most: one, and one that it has just received. */
enum { REPLIES_PER_LEADER = 2 };

struct bs_schedule_server {
    bs_server_options options;
    void *buffer; /* of the replies on their way */
    pthread_t thread;
    atomic_bool cancelled;
    int64_t next; /* first task not handed out */
    int64_t done;
    int64_t failed;
    bool stop;
    int finished; /* leaders */
    bs_status status;
    char text[512]; /* errors are recorded by thread; this one ends */
};

static bs_status receive(const bs_schedule_server *server, bs_request *request, int *from,
                         bool *received)
{
    MPI_Message message = MPI_MESSAGE_NULL;
    MPI_Status envelope;
    int found = 0;
    BS_TRY(BS_MPI(MPI_Improbe(MPI_ANY_SOURCE, BS_TAG_REQUEST, server->options.comm, &found,
                              &message, &envelope)));
    *received = found != 0;
    if (!*received) {
        return BS_OK;
    }
    *from = envelope.MPI_SOURCE;
    return BS_MPI(
        MPI_Mrecv(request->field, BS_REQUEST_FIELDS, MPI_INT64_T, &message, MPI_STATUS_IGNORE));
}

int64_t bs_schedule_round(int64_t count, int64_t most, int64_t grain)
{
    count = count < 1 ? 1 : count > most ? most : count;
    return (count + grain - 1) / grain * grain;
}

static int64_t next_chunk(const bs_schedule_server *server)
{
    const bs_server_options *o = &server->options;
    int64_t left = o->tasks - server->next;
    int64_t count = o->chunk;
    if (count == 0) {
        count = left / ((int64_t)o->leaders * PARTS_OF_A_SHARE);
        count = bs_schedule_round(count, o->chunk_max, o->grain);
    }
    return left < count ? left : count;
}

static bs_reply answer(bs_schedule_server *server, const bs_request *request)
{
    bs_reply reply = {{server->options.tasks, 0, server->stop ? 1 : 0}};
    if (request->field[BS_REQUEST_KIND] == BS_REQUEST_NEXT && !server->stop) {
        int64_t count = next_chunk(server);
        reply.field[BS_REPLY_FIRST] = server->next;
        reply.field[BS_REPLY_COUNT] = count;
        server->next += count;
    }
    return reply;
}

static void take_note(bs_schedule_server *server, const bs_request *request)
{
    server->done += request->field[BS_REQUEST_DONE];
    server->failed += request->field[BS_REQUEST_FAILED];
    server->stop = server->stop || request->field[BS_REQUEST_STOP] != 0;
    if (server->options.progress != NULL) {
        server->options.progress(server->options.context, server->done, server->failed);
    }
}

/* Serves one request if there is one. */
static bs_status serve_one(bs_schedule_server *server, bool *served)
{
    bs_request request = {{0}};
    int from = 0;
    BS_TRY(receive(server, &request, &from, served));
    if (!*served) {
        return BS_OK;
    }
    take_note(server, &request);
    if (request.field[BS_REQUEST_KIND] == BS_REQUEST_FINISHED) {
        server->finished++;
        return BS_OK;
    }
    /* Buffered, for the leader may be in a collective that another one joins only after it was
     * heard here: a send that waits for its receiver, as any send may, would never end. */
    bs_reply reply = answer(server, &request);
    return BS_MPI(MPI_Bsend(reply.field, BS_REPLY_FIELDS, MPI_INT64_T, from, BS_TAG_REPLY,
                            server->options.comm));
}

static void *serve(void *argument)
{
    bs_schedule_server *server = argument;
    long pause = SLEEP_SHORTEST_NS;
    while (server->finished < server->options.leaders && !atomic_load(&server->cancelled)) {
        bool served = false;
        server->status = serve_one(server, &served);
        if (server->status != BS_OK) {
            strncpy(server->text, bs_error_text(), sizeof server->text - 1);
            break;
        }
        if (served) {
            pause = SLEEP_SHORTEST_NS;
            continue;
        }
        const struct timespec sleep = {.tv_nsec = pause};
        nanosleep(&sleep, NULL);
        pause = pause * 5 / 4 < SLEEP_LONGEST_NS ? pause * 5 / 4 : SLEEP_LONGEST_NS;
    }
    return NULL;
}

static void release(bs_schedule_server *server)
{
    if (server->buffer != NULL) {
        int bytes = 0;
        void *detached = NULL;
        MPI_Buffer_detach(&detached, &bytes);
    }
    bs_free(server->buffer);
    bs_free(server);
}

/* A process has one buffer of MPI's, and one server at a time. */
static bs_status attach_buffer(bs_schedule_server *server)
{
    size_t one = BS_REPLY_FIELDS * sizeof(int64_t) + MPI_BSEND_OVERHEAD;
    size_t bytes = (size_t)server->options.leaders * REPLIES_PER_LEADER * one;
    void *buffer = bs_alloc(bytes, 1);
    if (buffer == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = BS_MPI(MPI_Buffer_attach(buffer, (int)bytes));
    if (status != BS_OK) {
        bs_free(buffer);
        return status;
    }
    server->buffer = buffer;
    return BS_OK;
}

static bs_status make(const bs_server_options *options, bs_schedule_server **server)
{
    *server = bs_alloc(1, sizeof **server);
    if (*server == NULL) {
        return BS_ERR_MEMORY;
    }
    (*server)->options = *options;
    bs_status status = attach_buffer(*server);
    if (status != BS_OK) {
        release(*server);
        *server = NULL;
    }
    return status;
}

bs_status bs_schedule_server_start(const bs_server_options *options, bs_schedule_server **server)
{
    BS_TRY(make(options, server));
    /* Signals are for the main thread. */
    sigset_t all;
    sigset_t old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int code = pthread_create(&(*server)->thread, NULL, serve, *server);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (code != 0) {
        release(*server);
        *server = NULL;
        return BS_FAIL(BS_ERR_LIBRARY,
                       "no thread for the schedule's server: %s; allow more "
                       "processes (ulimit -u)",
                       strerror(code));
    }
    return BS_OK;
}

bs_status bs_schedule_server_join(bs_schedule_server *server)
{
    pthread_join(server->thread, NULL);
    bs_status status = server->status;
    if (status != BS_OK) {
        (void)BS_FAIL(status, "the schedule's server failed: %s", server->text);
    }
    release(server);
    return status;
}

void bs_schedule_server_cancel(bs_schedule_server *server)
{
    atomic_store(&server->cancelled, true);
    (void)bs_schedule_server_join(server);
}
