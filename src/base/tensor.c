/* Text for the shapes of tensors. */
#include "blueshift/tensor.h"

#include <inttypes.h>
#include <stdio.h>

const char *bs_tensor_shape_text(const bs_tensor *tensor, char text[64])
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < tensor->ndim && used < 48; i++) {
        int written =
            snprintf(text + used, 64 - used, "%s%" PRId64, i == 0 ? "" : "x", tensor->shape[i]);
        used += written > 0 ? (size_t)written : 0;
    }
    return text;
}
