/* The MPI calls of scheduler, writer and engine between simulated processes: messages are late,
 * collectives wait for all. Only what they use is here; a linker error names what is missing. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mpi.h>

#include "simulation/fake_mpi.h"
#include "simulation/machine.h"

/* NOLINTBEGIN(readability-function-size): the parameters are MPI's. */

enum { COMMS = 64, MESSAGES = 64, FIELDS = 8 };

/* Seconds, at most: of a call, of a message, until a rank leaves a collective. */
static const double CALL = 1e-6, MESSAGE = 1e-3, LEAVING = 1e-4;

typedef enum kind { NONE, ALLREDUCE, BCAST, GATHERV, DUP, SPLIT } kind;

/* What a rank brings to a collective. */
typedef struct part {
    const void *send;
    void *receive;
    const int *counts, *offsets;
} part;

typedef struct communicator {
    int size;
    int world_rank[MACHINE_RANKS];
    kind kind; /* of the collective under way */
    int arrived;
    int generation;
    part parts[MACHINE_RANKS];
} communicator;

typedef struct message {
    bool taken, awaited; /* awaited: its sender looks whether it is taken */
    int64_t number;      /* in the order in which they were sent */
    int comm, from, to, tag;
    double arrives;
    int64_t fields[FIELDS];
    int count;
} message;

static communicator comms[COMMS];
static int comm_count;
static message messages[MESSAGES];
static int message_count;
static int64_t message_number;
static bool rendezvous;
static const char *broken;

/* Handles are numbers from 1. */
static communicator *of(MPI_Comm handle)
{
    return &comms[(intptr_t)handle - 1];
}

static MPI_Comm handle_of(int number)
{
    return (MPI_Comm)(intptr_t)(number + 1); /* NOLINT(performance-no-int-to-ptr) */
}

MPI_Comm fake_mpi_reset(int ranks, bool rendezvous_sends)
{
    comms[0] = (communicator){.size = ranks};
    for (int r = 0; r < ranks; r++) {
        comms[0].world_rank[r] = r;
    }
    comm_count = 1;
    message_count = 0;
    message_number = 0;
    rendezvous = rendezvous_sends;
    broken = NULL;
    return handle_of(0);
}

const char *fake_mpi_misuse(void)
{
    return broken;
}

static void misuse(const char *what)
{
    broken = what;
}

static void call_takes_time(void)
{
    machine_wait(CALL * machine_chance());
}

static int rank_in(const communicator *comm)
{
    int rank = 0;
    while (comm->world_rank[rank] != machine_rank()) {
        rank++;
    }
    return rank;
}

/* Joins collective WANTED; whether this rank is the last, which then does it for all. */
static bool join(communicator *comm, kind wanted, part mine)
{
    call_takes_time();
    if (comm->arrived > 0 && comm->kind != wanted) {
        misuse("ranks are in different collectives");
    }
    comm->kind = wanted;
    comm->parts[rank_in(comm)] = mine;
    comm->arrived++;
    if (comm->arrived == comm->size) {
        return true;
    }
    int generation = comm->generation;
    while (comm->generation == generation) {
        machine_sleep();
    }
    return false;
}

static void complete(communicator *comm)
{
    comm->arrived = 0;
    comm->generation++;
    for (int r = 0; r < comm->size; r++) {
        machine_wake(comm->world_rank[r], machine_now() + LEAVING * machine_chance());
    }
}

static size_t size_of(MPI_Datatype type)
{
    return type == MPI_INT      ? sizeof(int)
           : type == MPI_2INT   ? 2 * sizeof(int)
           : type == MPI_BYTE   ? 1
           : type == MPI_DOUBLE ? sizeof(double)
                                : sizeof(int64_t);
}

/* Into = into OP from, element I. */
static void merge(void *into, const void *from, int i, MPI_Datatype type, MPI_Op op)
{
    if (type == MPI_2INT) { /* MAXLOC */
        int *a = (int *)into + (ptrdiff_t)2 * i;
        const int *b = (const int *)from + (ptrdiff_t)2 * i;
        if (b[0] > a[0] || (b[0] == a[0] && b[1] < a[1])) {
            memcpy(a, b, 2 * sizeof *a);
        }
    } else if (type == MPI_INT) {
        int *a = (int *)into + i;
        int b = ((const int *)from)[i];
        *a = op == MPI_SUM ? *a + b : *a > b ? *a : b;
    } else if (type == MPI_INT64_T) {
        int64_t *a = (int64_t *)into + i;
        int64_t b = ((const int64_t *)from)[i];
        *a = op == MPI_SUM ? *a + b : *a > b ? *a : b;
    } else {
        ((double *)into)[i] += ((const double *)from)[i];
    }
}

int MPI_Allreduce(const void *send, void *receive, int count, MPI_Datatype type, MPI_Op op,
                  MPI_Comm handle)
{
    communicator *comm = of(handle);
    const void *mine = send == MPI_IN_PLACE ? receive : send;
    if (join(comm, ALLREDUCE, (part){.send = mine, .receive = receive})) {
        char all[256];
        size_t bytes = (size_t)count * size_of(type);
        memcpy(all, comm->parts[0].send, bytes);
        for (int r = 1; r < comm->size; r++) {
            for (int i = 0; i < count; i++) {
                merge(all, comm->parts[r].send, i, type, op);
            }
        }
        for (int r = 0; r < comm->size; r++) {
            memcpy(comm->parts[r].receive, all, bytes);
        }
        complete(comm);
    }
    return MPI_SUCCESS;
}

int MPI_Bcast(void *buffer, int count, MPI_Datatype type, int root, MPI_Comm handle)
{
    communicator *comm = of(handle);
    if (join(comm, BCAST, (part){.receive = buffer})) {
        for (int r = 0; r < comm->size; r++) {
            if (r != root && count > 0) {
                memcpy(comm->parts[r].receive, comm->parts[root].receive,
                       (size_t)count * size_of(type));
            }
        }
        complete(comm);
    }
    return MPI_SUCCESS;
}

int MPI_Gatherv(const void *send, int count, MPI_Datatype send_type, void *receive,
                const int counts[], const int offsets[], MPI_Datatype type, int root,
                MPI_Comm handle)
{
    communicator *comm = of(handle);
    (void)count;
    (void)send_type;
    part mine = {.send = send, .receive = receive, .counts = counts, .offsets = offsets};
    if (join(comm, GATHERV, mine)) {
        const part *to = &comm->parts[root];
        for (int r = 0; r < comm->size; r++) {
            if (comm->parts[r].send != MPI_IN_PLACE && to->counts[r] > 0) {
                memcpy((char *)to->receive + (size_t)to->offsets[r] * size_of(type),
                       comm->parts[r].send, (size_t)to->counts[r] * size_of(type));
            }
        }
        complete(comm);
    }
    return MPI_SUCCESS;
}

int MPI_Comm_dup(MPI_Comm handle, MPI_Comm *made)
{
    communicator *comm = of(handle);
    if (join(comm, DUP, (part){.receive = made})) {
        comms[comm_count] = (communicator){.size = comm->size};
        memcpy(comms[comm_count].world_rank, comm->world_rank, sizeof comm->world_rank);
        for (int r = 0; r < comm->size; r++) {
            *(MPI_Comm *)comm->parts[r].receive = handle_of(comm_count);
        }
        comm_count++;
        complete(comm);
    }
    return MPI_SUCCESS;
}

int MPI_Comm_split(MPI_Comm handle, int color, int key, MPI_Comm *made)
{
    communicator *comm = of(handle);
    (void)key; /* the order of the ranks */
    if (join(comm, SPLIT, (part){.send = &color, .receive = made})) {
        for (int r = 0; r < comm->size; r++) {
            int colour = *(const int *)comm->parts[r].send;
            int first = 0;
            while (*(const int *)comm->parts[first].send != colour) {
                first++;
            }
            if (first == r) {
                comms[comm_count++] = (communicator){.size = 0};
            }
            MPI_Comm group =
                first == r ? handle_of(comm_count - 1) : *(MPI_Comm *)comm->parts[first].receive;
            of(group)->world_rank[of(group)->size++] = comm->world_rank[r];
            *(MPI_Comm *)comm->parts[r].receive = group;
        }
        complete(comm);
    }
    return MPI_SUCCESS;
}

int MPI_Comm_free(MPI_Comm *comm)
{
    *comm = MPI_COMM_NULL;
    return MPI_SUCCESS;
}

int MPI_Comm_set_errhandler(MPI_Comm comm, MPI_Errhandler handler)
{
    (void)comm;
    (void)handler;
    return MPI_SUCCESS;
}

int MPI_Comm_rank(MPI_Comm comm, int *rank)
{
    *rank = rank_in(of(comm));
    return MPI_SUCCESS;
}

int MPI_Comm_size(MPI_Comm comm, int *size)
{
    *size = of(comm)->size;
    return MPI_SUCCESS;
}

/* ---- messages ---- */

/* The first message for this rank that has arrived; else the rank is woken when one will have. */
static message *look(MPI_Comm handle, int from, int tag)
{
    int rank = rank_in(of(handle));
    message *first = NULL;
    for (int m = 0; m < message_count; m++) {
        message *one = &messages[m];
        bool matches = !one->taken && one->comm == (int)(intptr_t)handle && one->to == rank &&
                       one->tag == tag && (from == MPI_ANY_SOURCE || from == one->from);
        bool sooner = first == NULL || one->arrives < first->arrives ||
                      (one->arrives == first->arrives && one->number < first->number);
        first = matches && sooner ? one : first;
    }
    if (first != NULL && first->arrives > machine_now()) {
        machine_wake(machine_rank(), first->arrives);
        return NULL;
    }
    return first;
}

/* A message on its way, awaited where sends are rendezvous. */
static message *post(const int64_t *fields, int count, int to, int tag, MPI_Comm handle)
{
    int slot = 0;
    while (slot < message_count && (!messages[slot].taken || messages[slot].awaited)) {
        slot++;
    }
    slot = slot == message_count ? message_count++ : slot;
    if (message_count > MESSAGES) {
        abort();
    }
    message *made = &messages[slot];
    *made = (message){.number = message_number++,
                      .comm = (int)(intptr_t)handle,
                      .from = rank_in(of(handle)),
                      .to = to,
                      .tag = tag,
                      .arrives = machine_now() + MESSAGE * machine_chance(),
                      .awaited = rendezvous,
                      .count = count};
    /* Messages from one rank to another do not overtake each other. */
    for (int m = 0; m < message_count; m++) {
        const message *other = &messages[m];
        if (!other->taken && other->from == made->from && other->to == to && other->tag == tag &&
            other->comm == made->comm && other->arrives > made->arrives) {
            made->arrives = other->arrives;
        }
    }
    memcpy(made->fields, fields, (size_t)count * sizeof *fields);
    machine_wake(of(handle)->world_rank[to], made->arrives);
    return made;
}

static void await(message *sent)
{
    while (sent->awaited && !sent->taken) {
        machine_sleep();
    }
    sent->awaited = false;
}

int MPI_Send(const void *buffer, int count, MPI_Datatype type, int to, int tag, MPI_Comm handle)
{
    (void)type; /* 64-bit integers */
    call_takes_time();
    await(post(buffer, count, to, tag, handle));
    return MPI_SUCCESS;
}

int MPI_Bsend(const void *buffer, int count, MPI_Datatype type, int to, int tag, MPI_Comm handle)
{
    (void)type;
    call_takes_time();
    post(buffer, count, to, tag, handle)->awaited = false;
    return MPI_SUCCESS;
}

int MPI_Buffer_attach(void *buffer, int bytes)
{
    (void)buffer;
    (void)bytes;
    return MPI_SUCCESS;
}

int MPI_Buffer_detach(void *buffer, int *bytes)
{
    (void)buffer;
    (void)bytes;
    return MPI_SUCCESS;
}

static void take(message *from, void *buffer)
{
    memcpy(buffer, from->fields, (size_t)from->count * sizeof(int64_t));
    from->taken = true;
    machine_wake(comms[from->comm - 1].world_rank[from->from], machine_now() + CALL);
}

int MPI_Recv(void *buffer, int count, MPI_Datatype type, int from, int tag, MPI_Comm handle,
             MPI_Status *status)
{
    (void)count;
    (void)type;
    (void)status;
    call_takes_time();
    message *found = look(handle, from, tag);
    while (found == NULL) {
        machine_sleep();
        found = look(handle, from, tag);
    }
    take(found, buffer);
    return MPI_SUCCESS;
}

int MPI_Iprobe(int from, int tag, MPI_Comm handle, int *flag, MPI_Status *status)
{
    (void)status;
    call_takes_time();
    *flag = look(handle, from, tag) != NULL;
    return MPI_SUCCESS;
}

int MPI_Improbe(int from, int tag, MPI_Comm handle, int *flag, MPI_Message *found,
                MPI_Status *status)
{
    call_takes_time();
    message *one = look(handle, from, tag);
    *flag = one != NULL;
    if (one != NULL) {
        status->MPI_SOURCE = one->from;
        *found =
            (MPI_Message)(intptr_t)(one - messages + 1); /* NOLINT(performance-no-int-to-ptr) */
    }
    return MPI_SUCCESS;
}

int MPI_Mrecv(void *buffer, int count, MPI_Datatype type, MPI_Message *found, MPI_Status *status)
{
    (void)count;
    (void)type;
    (void)status;
    call_takes_time();
    take(&messages[(intptr_t)*found - 1], buffer);
    return MPI_SUCCESS;
}

/* ---- the rest ---- */

int MPI_Query_thread(int *provided)
{
    *provided = MPI_THREAD_MULTIPLE;
    return MPI_SUCCESS;
}

int MPI_Error_string(int code, char *text, int *length)
{
    *length = snprintf(text, MPI_MAX_ERROR_STRING, "simulated error %d", code);
    return MPI_SUCCESS;
}

double MPI_Wtime(void)
{
    return machine_now();
}

/* NOLINTEND(readability-function-size) */
