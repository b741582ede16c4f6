/* Lists the backends for help and completion. */
#include "backend_words.h"

#include <stddef.h>

#include "blueshift/backend.h"

const char *bs_backend_word_at(int index, const char **about)
{
    const bs_backend *backend = index == 0 ? NULL : bs_backend_at(index - 1);
    *about = backend != NULL ? backend->arithmetic : "the fastest of this machine";
    return index == 0 ? "auto" : backend != NULL ? backend->name : NULL;
}
