/* Logits without what all classes have in common. */
#include "logits.h"

void bs_logits_centre(int64_t count, int64_t classes, double *logits)
{
    for (int64_t n = 0; n < count; n++) {
        double *of_image = logits + n * classes;
        double mean = 0.0;
        for (int64_t c = 0; c < classes; c++) {
            mean += of_image[c] / (double)classes;
        }
        for (int64_t c = 0; c < classes; c++) {
            of_image[c] -= mean;
        }
    }
}
