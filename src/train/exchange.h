/* Gradients of micro-batches on their way to the ranks that own slices of them. Private to
 * training.
 */
#ifndef BLUESHIFT_TRAIN_EXCHANGE_H
#define BLUESHIFT_TRAIN_EXCHANGE_H

#include "blueshift/backend.h"
#include "blueshift/comm.h"
#include "blueshift/partition.h"

/* Every rank owns a slice of the parameters, sums the slice of all micro-batches in their order,
 * and nobody else does: the sum has the same bits on any number of ranks, for the traffic of a ring
 * allreduce. Micro-batches come in rounds of one a rank. Pieces of a slice leave as soon as the
 * backward pass has finished them, and two rounds may be under way, so that the network works
 * beneath the arithmetic. */
typedef struct bs_exchange bs_exchange;

/* Slices and sums of squares are made of pieces of so many parameters, wherever slices end. */
enum { BS_EXCHANGE_PIECE = 1024 };

/* For gradients of SIZE floats. The caller destroys it; borrows COMM until then. Collective over
 * COMM. */
bs_status bs_exchange_create(const bs_comm *comm, size_t size, bs_exchange **exchange);
void bs_exchange_destroy(bs_exchange *exchange); /* NULL is fine; not collective */

/* The parameters that RANK owns, none perhaps. Pure. */
bs_range bs_exchange_slice(const bs_exchange *exchange, int rank);

/* Forgets the sum: a step begins. Not collective. */
void bs_exchange_reset(bs_exchange *exchange);

/* A round in which the first GIVERS ranks have a gradient, in the order of their micro-batches: a
 * rank below that writes it to *GRADIENT [size] before the end of the round, telling SINK what is
 * final. Every rank takes part. Collective in the sense of MPI's messages: nobody waits for those
 * of this round. */
bs_status bs_exchange_begin(bs_exchange *exchange, int givers, float **gradient,
                            bs_gradient_sink *sink);
bs_status bs_exchange_end(bs_exchange *exchange);

/* Waits for all rounds; *SUM [slice] is valid until the reset. Collective. */
bs_status bs_exchange_finish(bs_exchange *exchange, const double **sum);

/* The sum of squares of the whole summed gradient, the same bits on every rank, whatever their
 * number. After bs_exchange_finish. Collective. */
bs_status bs_exchange_squares(bs_exchange *exchange, double *squares);

/* Gives every rank all of VALUES [size], of which each has its own slice. Collective. */
bs_status bs_exchange_share(const bs_exchange *exchange, float *values);

/* The slices of all ranks, SLICE [slice], as ALL [size] on rank 0, and back. Collective. */
bs_status bs_exchange_collect(const bs_exchange *exchange, const float *slice, float *all);
bs_status bs_exchange_deal(const bs_exchange *exchange, const float *all, float *slice);

#endif
