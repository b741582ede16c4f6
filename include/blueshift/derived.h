/* Single derived numbers of a network, with their errors, and whether they bear claims out. */
#ifndef BLUESHIFT_DERIVED_H
#define BLUESHIFT_DERIVED_H

#include "blueshift/claim.h"
#include "blueshift/surface.h"

/* A mean over realisations; NaN where nothing was derived, or a single realisation has no error. */
typedef struct bs_derived {
    double mean, error;
} bs_derived;

/* Number INDEX of quantity NAME of NETWORK: of the array NAME_mean, or NAME, with the error of
 * NAME_stderr. NaN where the file has no such array, or one that is not of networks, or fewer
 * numbers. Not collective. */
bs_status bs_derived_read(bs_surface *surface, const char *name, int network, int64_t index,
                          bs_derived *number);

/* "4.38 +- 1.27", "4.38" without an error, "none" where nothing was derived. */
enum { BS_DERIVED_TEXT = 48 };
void bs_derived_print(const bs_derived *number, char text[BS_DERIVED_TEXT]);

/* What the file says of CLAIM, such as "second_moment: NoShort > Short: holds by 2.9 standard
 * errors (4.38 +- 1.27 against 0.721 +- 0.011)": the difference over the joint standard error.
 * Below 2 of them a claim that one is larger is undecided, and that both are equal holds. Not
 * collective.
 */
enum { BS_CLAIM_OUTCOME = 768 };
bs_status bs_claim_judge(bs_surface *surface, const bs_claim *claim, char text[BS_CLAIM_OUTCOME]);

/* The attribute with the claims of a file, written before its first point. */
#define BS_CLAIM_ATTRIBUTE "claim"

/* What the file says of all its claims, in their order: calls TAKE with CONTEXT for each. Not
 * collective. */
bs_status bs_claims_judge(bs_surface *surface, void (*take)(void *context, const char *outcome),
                          void *context);

#endif
