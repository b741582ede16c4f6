/* What wrappers and other implementations of the same networks call a tensor. */
#include "weights_names.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* After the prefixes of DataParallel, Lightning, compiled and wrapped modules. */
static const char *without_prefixes(const char *name)
{
    static const char *const prefixes[] = {"module.", "model.", "net.", "_orig_mod."};
    enum { COUNT = sizeof prefixes / sizeof prefixes[0] };
    for (int i = 0; i < COUNT;) {
        const size_t length = strlen(prefixes[i]);
        if (begins_with(name, prefixes[i]) && name[length] != '\0') {
            name += length;
            i = 0;
        } else {
            i++;
        }
    }
    return name;
}

size_t bs_weights_canonical_name(const char *name, char *out, size_t length)
{
    static const char *const heads[] = {"fc.", "classifier."};
    static const char other[] = ".downsample.";
    const char *rest = without_prefixes(name);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        if (begins_with(rest, heads[i])) {
            return (size_t)snprintf(out, length, "linear.%s", rest + strlen(heads[i]));
        }
    }
    const char *place = strstr(rest, other);
    if (place != NULL) {
        return (size_t)snprintf(out, length, "%.*s.shortcut.%s", (int)(place - rest), rest,
                                place + strlen(other));
    }
    return (size_t)snprintf(out, length, "%s", rest);
}
