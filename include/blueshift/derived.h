/* Single derived numbers of a network, with their errors, and whether they bear claims out. */
#ifndef BLUESHIFT_DERIVED_H
#define BLUESHIFT_DERIVED_H

#include "blueshift/claim.h"
#include "blueshift/surface.h"

/* Number INDEX of quantity NAME of NETWORK: of the array NAME_mean, or NAME, with the error of
 * NAME_stderr. NaN where the file has no such array, or one that is not of networks, or fewer
 * numbers. Not collective. */
bs_status bs_derived_read(bs_surface *surface, const char *name, int network, int64_t index,
                          bs_derived *number);

/* What the file says of the claims it was made with, as bs_claims_judge. Not collective. */
bs_status bs_surface_judge_claims(bs_surface *surface, bs_claim_taker *take, void *context);

#endif
