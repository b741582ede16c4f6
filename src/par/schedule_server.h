/* The server thread of a schedule and its messages; private to the module schedule. */
#ifndef BLUESHIFT_PAR_SCHEDULE_SERVER_H
#define BLUESHIFT_PAR_SCHEDULE_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/comm.h"

enum { BS_TAG_REQUEST = 1, BS_TAG_REPLY = 2 };

typedef enum bs_request_kind {
    BS_REQUEST_NONE,
    BS_REQUEST_NEXT,    /* wants a chunk */
    BS_REQUEST_REPORT,  /* wants to know of a stop */
    BS_REQUEST_FINISHED /* the last one, without a reply */
} bs_request_kind;

/* Messages are arrays of one type. Done and failed count since the last request. */
enum { BS_REQUEST_KIND, BS_REQUEST_DONE, BS_REQUEST_FAILED, BS_REQUEST_STOP, BS_REQUEST_FIELDS };
typedef struct bs_request {
    int64_t field[BS_REQUEST_FIELDS];
} bs_request;

enum { BS_REPLY_FIRST, BS_REPLY_COUNT, BS_REPLY_STOP, BS_REPLY_FIELDS };
typedef struct bs_reply {
    int64_t field[BS_REPLY_FIELDS];
} bs_reply;

typedef struct bs_server_options {
    MPI_Comm comm; /* borrowed until the end */
    int leaders;   /* that will finish */
    int64_t tasks;
    int64_t chunk; /* 0: ever smaller ones, from CHUNK_MAX down */
    int64_t chunk_max;
    int64_t grain; /* ever smaller chunks are multiples of it */
    void (*progress)(void *context, int64_t done, int64_t failed);
    void *context;
} bs_server_options;

typedef struct bs_schedule_server bs_schedule_server;

/* COUNT tasks, but 1 to MOST, rounded up to a multiple of GRAIN. */
int64_t bs_schedule_round(int64_t count, int64_t most, int64_t grain);

/* Starts the thread; the caller joins or cancels it. */
bs_status bs_schedule_server_start(const bs_server_options *options, bs_schedule_server **server);

/* Waits until all leaders have finished; frees the server. */
bs_status bs_schedule_server_join(bs_schedule_server *server);

/* Ends and frees the server though no leader has spoken. */
void bs_schedule_server_cancel(bs_schedule_server *server);

#endif
