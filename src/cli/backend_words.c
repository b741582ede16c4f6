/* Lists the backends for help and completion. */
#include "backend_words.h"

#include <stddef.h>

#include "blueshift/backend.h"

const char *bs_backend_word_at(int index, const char **about)
{
    const bs_backend *backend = index < 2 ? NULL : bs_backend_at(index - 2);
    *about = index == 0        ? "the fastest of this machine"
             : index == 1      ? "the GPU, in float32 as two float16"
             : backend != NULL ? backend->arithmetic
                               : NULL;
    return index == 0 ? "auto" : index == 1 ? "cuda" : backend != NULL ? backend->name : NULL;
}
