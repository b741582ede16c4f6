/* The table of verbs, and the flags that all of them have. */
#include "verb.h"

#include "blueshift/log.h"

static const char *level_at(int index, const char **about)
{
    *about = "";
    return bs_log_level_name(index);
}

static const bs_flag common[] = {
    BS_FLAG_SWITCH("quiet", 'q', quiet, "print warnings and errors only, and no progress"),
    BS_FLAG_SWITCH("verbose", 'v', verbose,
                   "print what was chosen and why; same as --log-level=debug"),
    BS_FLAG_TEXT(
        "log-level", 0, "LEVEL", log_level, level_at,
        "print messages of this level and above (default info), whatever BLUESHIFT_LOG says"),
    BS_FLAG_SWITCH("help", 'h', help, "print this help"),
    BS_FLAG_SWITCH("version", 'V', version, "print the version and how it was built"),
    BS_FLAG_SWITCH("list", 0, list, NULL),
};
enum { COMMON = sizeof common / sizeof common[0] };

const bs_verb *bs_verb_at(int index)
{
#define ROW(name) &bs_verb_##name,
    static const bs_verb *const verbs[] = {BS_VERBS(ROW)};
#undef ROW
    const int count = sizeof verbs / sizeof verbs[0];
    return index < count ? verbs[index] : NULL;
}

int bs_verb_own_flags(const bs_verb *verb)
{
    int own = 0;
    while (verb != NULL && verb->flags != NULL && verb->flags[own].name != NULL) {
        own++;
    }
    return own;
}

const bs_flag *bs_flag_at(const bs_verb *verb, int index)
{
    const int own = bs_verb_own_flags(verb);
    if (index < own) {
        return &verb->flags[index];
    }
    return index - own < COMMON ? &common[index - own] : NULL;
}
