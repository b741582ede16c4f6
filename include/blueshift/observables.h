/* What is kept of a point beside its loss: logits, branch losses and branch probes. */
#ifndef BLUESHIFT_OBSERVABLES_H
#define BLUESHIFT_OBSERVABLES_H

#include <stdbool.h>

/* Signals of a block, in the order of the dimension `branch`: the addends of the block's sum, and
 * the sum itself before the activation (v1) or as it leaves (v2, and averages of paths).
 *   one path, a shortcut:  residual = nu s(x), path 0 = the main branch m, sum = m + nu s(x);
 *   k paths:               path j = what the average is taken of, sum = the average; residual =
 *                          nu s(x) where there is a shortcut;
 *   one path, no shortcut: path 0 = sum = m.
 * A signal that a network does not have is missing (NaN): fill value in the file. */
enum { BS_BRANCH_RESIDUAL = 0, BS_BRANCH_SUM = 1, BS_BRANCH_PATH = 2 /* and BRANCH_PATH + j */ };

/* Names of the arrays of points (surface.h) and their own dimensions. */
#define BS_LOGITS "logits"             /* (image, class) of the first images */
#define BS_BRANCH_LOSS "branch_loss"   /* (block, branch): cross-entropy of a fixed random head */
#define BS_BRANCH_PROBE "branch_probe" /* (block, branch, probe): values at fixed positions */

typedef struct bs_observables {
    int logits;         /* images whose logits are kept; 0: none */
    bool branch_losses; /* whether branch losses are kept */
    int probes;         /* positions (image, channel, row, column) per block and branch; 0: none */
} bs_observables;

#endif
