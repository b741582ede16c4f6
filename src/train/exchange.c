/* Slices, buckets, and the messages that bring them to their owners. */
#include "exchange.h"

#include <limits.h>
#include <stdbool.h>

#include "blueshift/memory.h"

enum {
    SLOTS = 2,      /* rounds under way */
    BUCKET = 16384, /* parameters of a message at most */
    TAG = 1         /* of the first bucket */
};

/* What travels in one message: part of one slice. */
typedef struct bucket {
    size_t first, count;
    int owner;
    size_t left; /* parameters of the round that are not final yet; of the round at hand */
} bucket;

/* A round under way. */
typedef struct slot {
    float *gradient; /* [size]: this rank's */
    float *received; /* [rank][slice] */
    int givers;      /* 0: no round */
    int request_count;
    MPI_Request *requests;
} slot;

struct bs_exchange {
    const bs_comm *comm;
    size_t size;
    bs_range slice;
    int *counts, *offsets; /* of the slices, for collectives */
    int bucket_count;
    bucket *buckets; /* rising */
    int64_t round;
    slot slots[SLOTS];
    double *sum;     /* [slice] */
    double *squares; /* of the pieces of all slices */
    bs_status sent;  /* what the sink could not return */
};

static int64_t pieces_of(size_t size)
{
    return ((int64_t)size + BS_EXCHANGE_PIECE - 1) / BS_EXCHANGE_PIECE;
}

static bs_range slice_of(size_t size, int ranks, int rank)
{
    bs_range pieces = bs_partition_block(pieces_of(size), ranks, rank);
    int64_t first = pieces.first * BS_EXCHANGE_PIECE;
    int64_t end = (pieces.first + pieces.count) * BS_EXCHANGE_PIECE;
    first = first < (int64_t)size ? first : (int64_t)size;
    end = end < (int64_t)size ? end : (int64_t)size;
    return (bs_range){first, end - first};
}

bs_range bs_exchange_slice(const bs_exchange *x, int rank)
{
    return slice_of(x->size, x->comm->size, rank);
}

/* Fills the table of buckets, or counts them when there is none. */
static int cut_buckets(size_t size, int ranks, bucket *buckets)
{
    int count = 0;
    for (int rank = 0; rank < ranks; rank++) {
        bs_range slice = slice_of(size, ranks, rank);
        for (int64_t done = 0; done < slice.count; done += BUCKET, count++) {
            int64_t rest = slice.count - done;
            if (buckets != NULL) {
                buckets[count] = (bucket){.first = (size_t)(slice.first + done),
                                          .count = (size_t)(rest < BUCKET ? rest : BUCKET),
                                          .owner = rank};
            }
        }
    }
    return count;
}

static bs_status allocate_slot(const bs_exchange *x, slot *s)
{
    size_t ranks = (size_t)x->comm->size;
    s->gradient = bs_alloc(x->size, sizeof *s->gradient);
    s->received = bs_alloc(ranks > 1 ? ranks * (size_t)x->slice.count : 0, sizeof *s->received);
    /* A send for each bucket of the others, a receive for each of ours from each of them. */
    s->requests = bs_alloc((size_t)x->bucket_count * ranks, sizeof(MPI_Request));
    return s->gradient == NULL || s->received == NULL || s->requests == NULL ? BS_ERR_MEMORY
                                                                             : BS_OK;
}

static bs_status allocate(bs_exchange *x)
{
    int ranks = x->comm->size;
    if (x->size > INT_MAX) {
        return BS_FAIL(BS_ERR_USAGE, "networks of more than %d parameters cannot be trained",
                       INT_MAX);
    }
    x->slice = bs_exchange_slice(x, x->comm->rank);
    x->bucket_count = cut_buckets(x->size, ranks, NULL);
    x->buckets = bs_alloc((size_t)x->bucket_count, sizeof *x->buckets);
    x->counts = bs_alloc((size_t)ranks, sizeof *x->counts);
    x->offsets = bs_alloc((size_t)ranks, sizeof *x->offsets);
    x->sum = bs_alloc((size_t)x->slice.count, sizeof *x->sum);
    x->squares = bs_alloc((size_t)pieces_of(x->size), sizeof *x->squares);
    if (x->buckets == NULL || x->counts == NULL || x->offsets == NULL || x->sum == NULL ||
        x->squares == NULL) {
        return BS_ERR_MEMORY;
    }
    cut_buckets(x->size, ranks, x->buckets);
    for (int i = 0; i < SLOTS; i++) {
        BS_TRY(allocate_slot(x, &x->slots[i]));
    }
    return BS_OK;
}

bs_status bs_exchange_create(const bs_comm *comm, size_t size, bs_exchange **exchange)
{
    *exchange = NULL;
    bs_exchange *made = bs_alloc(1, sizeof *made);
    bs_status status = made == NULL ? BS_ERR_MEMORY : BS_OK;
    if (made != NULL) {
        made->comm = comm;
        made->size = size;
        status = allocate(made);
    }
    status = bs_agree(comm, status);
    if (status != BS_OK) {
        bs_exchange_destroy(made);
        return status;
    }
    *exchange = made;
    return BS_OK;
}

void bs_exchange_destroy(bs_exchange *x)
{
    if (x == NULL) {
        return;
    }
    for (int i = 0; i < SLOTS; i++) {
        bs_free(x->slots[i].gradient);
        bs_free(x->slots[i].received);
        bs_free(x->slots[i].requests);
    }
    bs_free(x->buckets);
    bs_free(x->counts);
    bs_free(x->offsets);
    bs_free(x->sum);
    bs_free(x->squares);
    bs_free(x);
}

void bs_exchange_reset(bs_exchange *x)
{
    for (int64_t i = 0; i < x->slice.count; i++) {
        x->sum[i] = 0.0;
    }
}

/* Adds a round whose messages have arrived, in the order of the micro-batches. A piece after the
 * other, whose sums stay in the first-level cache. */
static void add_round(bs_exchange *x, const slot *s)
{
    for (int64_t piece = 0; piece < x->slice.count; piece += BS_EXCHANGE_PIECE) {
        int64_t rest = x->slice.count - piece;
        int64_t end = piece + (rest < BS_EXCHANGE_PIECE ? rest : BS_EXCHANGE_PIECE);
        for (int rank = 0; rank < s->givers; rank++) {
            const float *part = rank == x->comm->rank ? s->gradient + x->slice.first
                                                      : s->received + rank * x->slice.count;
            for (int64_t i = piece; i < end; i++) {
                x->sum[i] += (double)part[i];
            }
        }
    }
}

/* Ends the round of a slot. */
static bs_status drain(bs_exchange *x, slot *s)
{
    if (s->givers == 0) {
        return BS_OK;
    }
    BS_TRY(BS_MPI(MPI_Waitall(s->request_count, s->requests, MPI_STATUSES_IGNORE)));
    add_round(x, s);
    s->givers = 0;
    s->request_count = 0;
    return BS_OK;
}

static slot *current(bs_exchange *x)
{
    return &x->slots[x->round % SLOTS];
}

/* Sends a bucket of the round at hand to its owner, once. */
static bs_status send_bucket(bs_exchange *x, int index)
{
    bucket *b = &x->buckets[index];
    slot *s = current(x);
    b->left = 0;
    if (b->owner == x->comm->rank) {
        return BS_OK;
    }
    return BS_MPI(MPI_Isend(s->gradient + b->first, (int)b->count, MPI_FLOAT, b->owner, TAG + index,
                            x->comm->mpi, &s->requests[s->request_count++]));
}

static bs_status expect(bs_exchange *x, slot *s)
{
    for (int rank = 0; rank < s->givers; rank++) {
        for (int i = 0; i < x->bucket_count && rank != x->comm->rank; i++) {
            const bucket *b = &x->buckets[i];
            if (b->owner == x->comm->rank) {
                float *to =
                    s->received + rank * x->slice.count + ((int64_t)b->first - x->slice.first);
                BS_TRY(BS_MPI(MPI_Irecv(to, (int)b->count, MPI_FLOAT, rank, TAG + i, x->comm->mpi,
                                        &s->requests[s->request_count++])));
            }
        }
    }
    return BS_OK;
}

/* The bucket that holds parameter NUMBER. */
static int find_bucket(const bs_exchange *x, size_t number)
{
    int low = 0;
    int high = x->bucket_count - 1;
    while (low < high) {
        int middle = low + (high - low + 1) / 2;
        if (x->buckets[middle].first <= number) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

/* Lets messages of the round at hand move on: MPI does that in calls of it alone, and a large
 * message takes several of both sides. */
static bs_status push(bs_exchange *x)
{
    slot *s = current(x);
    int done = 0;
    return s->request_count == 0
               ? BS_OK
               : BS_MPI(MPI_Testall(s->request_count, s->requests, &done, MPI_STATUSES_IGNORE));
}

/* The sink: FIRST to FIRST + SIZE - 1 are final. */
static void note_done(void *context, size_t first, size_t size)
{
    bs_exchange *x = context;
    for (size_t at = first; at < first + size;) {
        int index = find_bucket(x, at);
        bucket *b = &x->buckets[index];
        size_t end = b->first + b->count < first + size ? b->first + b->count : first + size;
        bool last = b->left > 0 && b->left <= end - at;
        b->left -= b->left < end - at ? b->left : end - at;
        if (last) {
            bs_status status = send_bucket(x, index);
            x->sent = x->sent != BS_OK ? x->sent : status;
        }
        at = end;
    }
    bs_status status = push(x);
    x->sent = x->sent != BS_OK ? x->sent : status;
}

bs_status bs_exchange_begin(bs_exchange *x, int givers, float **gradient, bs_gradient_sink *sink)
{
    slot *s = current(x);
    BS_TRY(drain(x, s));
    s->givers = givers;
    for (int i = 0; i < x->bucket_count; i++) {
        x->buckets[i].left = x->comm->rank < givers ? x->buckets[i].count : 0;
    }
    x->sent = BS_OK;
    *gradient = s->gradient;
    *sink = (bs_gradient_sink){.done = note_done, .context = x};
    return expect(x, s);
}

bs_status bs_exchange_end(bs_exchange *x)
{
    bs_status status = x->sent;
    for (int i = x->bucket_count - 1; i >= 0; i--) {
        if (x->buckets[i].left > 0) {
            bs_status sent = send_bucket(x, i);
            status = status != BS_OK ? status : sent;
        }
    }
    x->round++;
    return status;
}

bs_status bs_exchange_finish(bs_exchange *x, const double **sum)
{
    for (int i = 0; i < SLOTS; i++) {
        BS_TRY(drain(x, current(x))); /* the older one first */
        x->round++;
    }
    *sum = x->sum;
    return BS_OK;
}

/* Squares of this rank's pieces, each in the order of its parameters. Several pieces at a time:
 * the next term of one waits for the last. */
static void square_pieces(bs_exchange *x)
{
    enum { AT_ONCE = 4, GROUP = AT_ONCE * BS_EXCHANGE_PIECE };
    double *squares = x->squares + x->slice.first / BS_EXCHANGE_PIECE;
    int64_t whole = x->slice.count / GROUP * AT_ONCE;
    for (int64_t first = 0; first < whole; first += AT_ONCE) {
        const double *sum = x->sum + first * BS_EXCHANGE_PIECE;
        double totals[AT_ONCE] = {0.0};
        for (int i = 0; i < BS_EXCHANGE_PIECE; i++) {
            for (int p = 0; p < AT_ONCE; p++) {
                double value = sum[p * BS_EXCHANGE_PIECE + i];
                totals[p] += value * value;
            }
        }
        for (int p = 0; p < AT_ONCE; p++) {
            squares[first + p] = totals[p];
        }
    }
    for (int64_t i = whole * BS_EXCHANGE_PIECE; i < x->slice.count; i++) {
        double *piece = &squares[i / BS_EXCHANGE_PIECE];
        *piece = (i % BS_EXCHANGE_PIECE == 0 ? 0.0 : *piece) + x->sum[i] * x->sum[i];
    }
}

bs_status bs_exchange_squares(bs_exchange *x, double *squares)
{
    square_pieces(x);
    for (int rank = 0; rank < x->comm->size; rank++) {
        bs_range pieces = bs_partition_block(pieces_of(x->size), x->comm->size, rank);
        x->counts[rank] = (int)pieces.count;
        x->offsets[rank] = (int)pieces.first;
    }
    BS_TRY(BS_MPI(MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, x->squares, x->counts,
                                 x->offsets, MPI_DOUBLE, x->comm->mpi)));
    *squares = 0.0;
    for (int64_t i = 0; i < pieces_of(x->size); i++) {
        *squares += x->squares[i];
    }
    return BS_OK;
}

static void list_slices(const bs_exchange *x)
{
    for (int rank = 0; rank < x->comm->size; rank++) {
        bs_range slice = bs_exchange_slice(x, rank);
        x->counts[rank] = (int)slice.count;
        x->offsets[rank] = (int)slice.first;
    }
}

bs_status bs_exchange_share(const bs_exchange *x, float *values)
{
    list_slices(x);
    return BS_MPI(MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, values, x->counts, x->offsets,
                                 MPI_FLOAT, x->comm->mpi));
}

bs_status bs_exchange_collect(const bs_exchange *x, const float *slice, float *all)
{
    list_slices(x);
    return BS_MPI(MPI_Gatherv(slice, (int)x->slice.count, MPI_FLOAT, all, x->counts, x->offsets,
                              MPI_FLOAT, 0, x->comm->mpi));
}

bs_status bs_exchange_deal(const bs_exchange *x, const float *all, float *slice)
{
    list_slices(x);
    return BS_MPI(MPI_Scatterv(all, x->counts, x->offsets, MPI_FLOAT, slice, (int)x->slice.count,
                               MPI_FLOAT, 0, x->comm->mpi));
}
