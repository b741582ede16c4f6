/* Registered expectations: what theory or a claim predicts of a result, written down before it. */
#ifndef BLUESHIFT_CLAIM_H
#define BLUESHIFT_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/status.h"

enum { BS_CLAIM_TEXT = 128 };

typedef enum bs_claim_relation {
    BS_CLAIM_ABOVE, /* > */
    BS_CLAIM_BELOW, /* < */
    BS_CLAIM_EQUAL  /* =, within the errors */
} bs_claim_relation;

/* One comparison: "second_moment: NoShort > Short", "branch_surface_ed[4]: ReLU < 1". */
typedef struct bs_claim {
    char quantity[BS_CLAIM_TEXT]; /* a derived quantity of a network, without _mean */
    int64_t index;                /* of its numbers, from 0 */
    char left[BS_CLAIM_TEXT];     /* a network's name */
    bs_claim_relation relation;
    char right[BS_CLAIM_TEXT]; /* another's; "": the number */
    double number;
} bs_claim;

/* The next claim of *TEXT, which holds one a line and moves on behind it; empty lines do not count.
 * FOUND says whether there was one. BS_ERR_USAGE quotes a line that is none, and how to write it. A
 * right side that reads as a number is one. */
bs_status bs_claim_next(const char **text, bs_claim *claim, bool *found);

#endif
