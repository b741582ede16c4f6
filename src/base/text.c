/* Strict numbers, exact printing, and spelling suggestions. */
#include "blueshift/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WORD_MAX = 48 };

/* Digits with an optional sign: what strtoll would also take (blanks, hexadecimal) is refused. */
static bool is_whole(const char *text)
{
    const char *digits = *text == '-' || *text == '+' ? text + 1 : text;
    return *digits != '\0' && strspn(digits, "0123456789") == strlen(digits);
}

bool bs_text_to_int64(const char *text, int64_t *value)
{
    if (!is_whole(text)) {
        return false;
    }
    errno = 0;
    long long number = strtoll(text, NULL, 10);
    if (errno != 0) {
        return false;
    }
    *value = number;
    return true;
}

bool bs_text_to_uint64(const char *text, uint64_t *value)
{
    if (!is_whole(text) || *text == '-') {
        return false;
    }
    errno = 0;
    unsigned long long number = strtoull(text, NULL, 10);
    if (errno != 0) {
        return false;
    }
    *value = number;
    return true;
}

bool bs_text_to_double(const char *text, double *value)
{
    /* The letters of a decimal number only: strtod also takes "nan", "inf" and "0x1p3". */
    if (*text == '\0' || strspn(text, "0123456789+-.eE") != strlen(text)) {
        return false;
    }
    char *end = NULL;
    double number = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(number)) {
        return false;
    }
    *value = number;
    return true;
}

/* Two digits below 60 after a colon; moves TEXT past them. */
static bool sixtieth(const char **text, double *value)
{
    const char *t = *text;
    if (t[0] != ':' || t[1] < '0' || t[1] > '5' || t[2] < '0' || t[2] > '9') {
        return false;
    }
    *value = (t[1] - '0') * 10 + (t[2] - '0');
    *text = t + 3;
    return true;
}

/* Up to six digits; moves TEXT past them. */
static bool digits(const char **text, double *value)
{
    size_t length = strspn(*text, "0123456789");
    if (length < 1 || length > 6) {
        return false;
    }
    *value = (double)strtol(*text, NULL, 10);
    *text += length;
    return true;
}

/* "1h30min", "90 s", "1.5 d": numbers with units, the larger ones first. */
static bool united_seconds(const char *text, double *seconds)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"m", 60}, {"s", 1}};
    enum { UNITS = sizeof units / sizeof units[0] };
    double sum = 0.0;
    int next = 0; /* the first unit that may still come */
    if (*text == '\0') {
        return false;
    }
    while (*text != '\0') {
        char number[BS_TEXT_DOUBLE];
        double value = 0.0;
        size_t length = strspn(text, "0123456789.");
        if (length == 0 || length >= sizeof number) {
            return false;
        }
        memcpy(number, text, length);
        number[length] = '\0';
        text += length + strspn(text + length, " ");
        size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyz");
        while (next < UNITS && (strlen(units[next].name) != letters ||
                                strncmp(text, units[next].name, letters) != 0)) {
            next++;
        }
        if (next == UNITS || !bs_text_to_double(number, &value)) {
            return false;
        }
        sum += value * units[next++].seconds;
        text += letters;
        text += *text == ' ' && text[1] != '\0'; /* between two of them */
    }
    *seconds = sum;
    return true;
}

/* "HH:MM:SS" and "D-HH:MM:SS" */
static bool clock_seconds(const char *text, double *seconds)
{
    double days = 0.0;
    double hours = 0.0;
    double minutes = 0.0;
    double rest = 0.0;
    if (!digits(&text, &hours)) {
        return false;
    }
    if (*text == '-') {
        days = hours;
        text++;
        if (!digits(&text, &hours)) {
            return false;
        }
    }
    if (!sixtieth(&text, &minutes) || !sixtieth(&text, &rest) || *text != '\0') {
        return false;
    }
    *seconds = ((days * 24 + hours) * 60 + minutes) * 60 + rest;
    return true;
}

bool bs_text_to_seconds(const char *text, double *seconds)
{
    if (strchr(text, ':') != NULL) {
        return clock_seconds(text, seconds);
    }
    return bs_text_to_double(text, seconds) || united_seconds(text, seconds);
}

bool bs_text_is_utf8(const char *text)
{
    /* First byte: its fixed bits, their mask, continuation bytes, smallest code point. */
    static const struct {
        unsigned bits, mask, more, smallest;
    } forms[] = {{0x00, 0x80, 0, 0},
                 {0xc0, 0xe0, 1, 0x80},
                 {0xe0, 0xf0, 2, 0x800},
                 {0xf0, 0xf8, 3, 0x10000}};
    enum { FORMS = sizeof forms / sizeof forms[0], CODE_MAX = 0x10ffff };
    const unsigned char *t = (const unsigned char *)text;
    while (*t != 0) {
        int form = 0;
        while (form < FORMS && (*t & forms[form].mask) != forms[form].bits) {
            form++;
        }
        if (form == FORMS) {
            return false;
        }
        unsigned code = *t++ & ~forms[form].mask;
        for (unsigned i = 0; i < forms[form].more; i++, t++) {
            if ((*t & 0xc0U) != 0x80U) {
                return false;
            }
            code = code << 6 | (*t & 0x3fU);
        }
        if (code < forms[form].smallest || code > CODE_MAX || (code >= 0xd800 && code <= 0xdfff)) {
            return false;
        }
    }
    return true;
}

size_t bs_text_characters(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        count += ((unsigned char)text[i] & 0xC0) != 0x80; /* not inside a sequence */
    }
    return count;
}

int bs_text_width(const char *text, int room)
{
    const size_t length = strlen(text);
    return room + (int)(length - bs_text_characters(text, length));
}

void bs_text_from_double(double value, char text[BS_TEXT_DOUBLE])
{
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, BS_TEXT_DOUBLE, "%.*g", precision, value);
        if (strtod(text, NULL) == value) {
            return;
        }
    }
}

/* Lower case with '_' as '-'; false when the word is too long to be a misspelt one. */
static bool fold(const char *word, char out[WORD_MAX])
{
    size_t length = strlen(word);
    if (length >= WORD_MAX) {
        return false;
    }
    for (size_t i = 0; i <= length; i++) {
        out[i] = (char)(word[i] == '_' ? '-' : tolower((unsigned char)word[i]));
    }
    return true;
}

static int min_of(int a, int b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance (Damerau 1964): a swap of neighbours counts as one. */
static int distance(const char *a, const char *b)
{
    int rows[3][WORD_MAX + 1] = {{0}};
    int *before = rows[0];
    int *last = rows[1];
    int *now = rows[2];
    int n = (int)strlen(b);
    for (int j = 0; j <= n; j++) {
        last[j] = j;
    }
    for (int i = 1; a[i - 1] != '\0'; i++) {
        now[0] = i;
        for (int j = 1; j <= n; j++) {
            int change = last[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = min_of(change, min_of(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                now[j] = min_of(now[j], before[j - 2] + 1);
            }
        }
        int *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[n];
}

const char *bs_text_nearest(const char *word, int count, const char *const *words)
{
    enum { ABBREVIATION_MIN = 3, LETTERS_PER_SLIP = 3 };
    char wanted[WORD_MAX] = "";
    if (!fold(word, wanted)) {
        return NULL;
    }
    const char *nearest = NULL;
    int smallest = WORD_MAX;
    int length = (int)strlen(wanted);
    for (int i = 0; i < count; i++) {
        char known[WORD_MAX] = "";
        if (!fold(words[i], known)) {
            continue;
        }
        int slips = distance(wanted, known);
        int longest = (int)strlen(known) > length ? (int)strlen(known) : length;
        bool near = slips <= longest / LETTERS_PER_SLIP;
        bool abbreviated =
            length >= ABBREVIATION_MIN && strncmp(wanted, known, (size_t)length) == 0;
        if ((near || abbreviated) && slips < smallest) {
            nearest = words[i];
            smallest = slips;
        }
    }
    return nearest;
}

bool bs_text_ends_in(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t wanted = strlen(end);
    return length >= wanted && strcasecmp(text + length - wanted, end) == 0;
}

const char *bs_text_shell_word(const char *text, char *out, size_t length)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=@%+,-";
    static const char quote[] = "'\\''";
    size_t used = 0;
    if (text[0] != '\0' && text[strspn(text, plain)] == '\0') {
        return text;
    }
    out[used++] = '\'';
    for (const char *at = text; *at != '\0'; at++) {
        const size_t next = *at == '\'' ? sizeof quote - 1 : 1;
        if (used + next + 2 > length) {
            return text;
        }
        memcpy(out + used, *at == '\'' ? quote : at, next);
        used += next;
    }
    memcpy(out + used, "'", 2);
    return out;
}

void bs_text_join(int count, const char *const *words, char *out, size_t length)
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < count && used < length; i++) {
        int added = snprintf(out + used, length - used, "%s%s", i > 0 ? ", " : "", words[i]);
        used += added > 0 ? (size_t)added : 0;
    }
}

void bs_text_suggest(const char *word, int count, const char *const *words, const char *known,
                     char *out, size_t length)
{
    const char *near = bs_text_nearest(word, count, words);
    int used = near != NULL ? snprintf(out, length, "; did you mean '%s'? %s: ", near, known)
                            : snprintf(out, length, ". %s: ", known);
    if (used > 0 && (size_t)used < length) {
        bs_text_join(count, words, out + used, length - (size_t)used);
    }
}
