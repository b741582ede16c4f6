/* What a backward pass can be asked for, the same in all backends. */
#ifndef BLUESHIFT_NN_BACKWARD_RULES_H
#define BLUESHIFT_NN_BACKWARD_RULES_H

#include "blueshift/network.h"
#include "blueshift/observer.h"

/* BS_ERR_USAGE: there is no backward pass through WHAT, words such as "given statistics". */
bs_status bs_backward_refuse(const char *what);

/* Refuses what no backend has a backward pass for: tails, an OBSERVER, and norm layers unless in
 * BATCH mode. */
bs_status bs_backward_check(const bs_network *network, bool batch, const bs_observer *observer);

/* BS_ERR_INTERNAL: no forward pass of a state that trains has come before. */
bs_status bs_backward_too_early(void);

#endif
