/* Logits as channels; private to analysis. */
#ifndef BLUESHIFT_ANALYSIS_LOGITS_H
#define BLUESHIFT_ANALYSIS_LOGITS_H

#include <stdint.h>

/* Takes the mean over the CLASSES out of LOGITS [count][classes]: a constant added to all logits of
 * an image changes neither its loss nor its label. */
void bs_logits_centre(int64_t count, int64_t classes, double *logits);

#endif
