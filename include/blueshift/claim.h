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

/* The attribute with the claims of a file, written before its first point or step. */
#define BS_CLAIM_ATTRIBUTE "claim"

/* The next claim of *TEXT, which holds one a line and moves on behind it; empty lines do not count.
 * FOUND says whether there was one. BS_ERR_USAGE quotes a line that is none, and how to write it. A
 * right side that reads as a number is one. */
bs_status bs_claim_next(const char **text, bs_claim *claim, bool *found);

/* A number of a network: a mean over realisations and its standard error. NaN where there is none,
 * or a single realisation has no error. */
typedef struct bs_derived {
    double mean, error;
} bs_derived;

/* "4.38 +- 1.27", "4.38" without an error, "none" where nothing was derived. */
enum { BS_DERIVED_TEXT = 48 };
void bs_derived_print(const bs_derived *number, char text[BS_DERIVED_TEXT]);

/* Where claims find their numbers: READ gets number INDEX of QUANTITY of the network NAME. */
typedef struct bs_claim_source {
    bs_status (*read)(void *file, const char *quantity, int64_t index, const char *name,
                      bs_derived *number);
    void *file;
} bs_claim_source;

/* What SOURCE says of the claims in TEXT, in their order: calls TAKE with CONTEXT for each, with an
 * outcome such as "second_moment: NoShort > Short: holds by 2.9 standard errors (4.38 +- 1.27
 * against 0.721 +- 0.011)": the difference over the joint standard error. Below 2 of them a claim
 * that one is larger is undecided, and that both are equal holds. */
enum { BS_CLAIM_OUTCOME = 768 };
typedef void bs_claim_taker(void *context, const char *outcome);
bs_status bs_claims_judge(const char *text, const bs_claim_source *source, bs_claim_taker *take,
                          void *context);

#endif
