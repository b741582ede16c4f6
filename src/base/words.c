/* Words that a choice is written with. */
#include "blueshift/words.h"

#include <string.h>

const char *bs_words_name(const bs_words *words, int value)
{
    return value >= 0 && value < words->count ? words->names[value] : "unknown";
}

int bs_words_find(const bs_words *words, const char *word)
{
    for (int i = 0; i < words->count; i++) {
        if (strcmp(words->names[i], word) == 0) {
            return i;
        }
    }
    return -1;
}
