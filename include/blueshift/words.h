/* Words that a choice is written with: the names of an enum's values, in their order. */
#ifndef BLUESHIFT_WORDS_H
#define BLUESHIFT_WORDS_H

/* Value i is called names[i]. Static. */
typedef struct bs_words {
    int count;
    const char *const *names;
} bs_words;

/* A list from its names: static const bs_words sides = BS_WORDS("left", "right"); */
#define BS_WORDS(...)                                                                              \
    {                                                                                              \
        .count = (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)),               \
        .names = (const char *const[])                                                             \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

/* The name of VALUE; "unknown" when it has none. */
const char *bs_words_name(const bs_words *words, int value);

/* The value called WORD; -1 when there is none. */
int bs_words_find(const bs_words *words, const char *word);

#endif
