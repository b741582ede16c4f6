/* The backends as words of a flag. */
#ifndef BLUESHIFT_CLI_BACKEND_WORDS_H
#define BLUESHIFT_CLI_BACKEND_WORDS_H

/* "auto", then the backends of this machine, with their arithmetic (bs_word_at). */
const char *bs_backend_word_at(int index, const char **about);

#endif
