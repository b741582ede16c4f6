/* Sums in the order of the ranks, whose bits do not depend on how many ranks there are. */
#ifndef BLUESHIFT_RELAY_H
#define BLUESHIFT_RELAY_H

#include <stdint.h>

#include "blueshift/comm.h"

/* A reduction adds up what ranks have summed, and floating-point sums depend on how their terms are
 * grouped. In a relay every rank resumes the sums of the ranks before it: terms that are dealt to
 * the ranks in blocks, in their order, are added one by one, as a single rank would add them.
 *
 * Take, add this rank's terms, pass. Rank 0 may begin the next relay while the others are at the
 * last one, so that as many relays as ranks take twice the time of as many reductions, not P times.
 * A rank without terms takes and passes too. SUMS [COUNT], at most INT_MAX (else BS_ERR_USAGE). */

/* SUMS becomes what the ranks before this one have added up; on rank 0, which begins, zeros. */
bs_status bs_relay_take(const bs_comm *comm, int64_t count, double *sums);

/* Hands SUMS on to the next rank. On the last one, which keeps them, they are whole. */
bs_status bs_relay_pass(const bs_comm *comm, int64_t count, const double *sums);

/* The same as the pass, and every rank gets the whole sums. Collective over COMM. */
bs_status bs_relay_share(const bs_comm *comm, int64_t count, double *sums);

#endif
