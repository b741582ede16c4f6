/* Reads claims, a line each. */
#include "blueshift/claim.h"

#include <string.h>

#include "blueshift/text.h"

enum { CLAIM_LINE = 3 * BS_CLAIM_TEXT };

static bs_status reject(const char *line)
{
    return BS_FAIL(BS_ERR_USAGE,
                   "claim '%s': write QUANTITY: NETWORK > NETWORK, one a line, such as "
                   "'second_moment: NoShort > Short'; also <, =, a number instead of the second "
                   "network, and QUANTITY[INDEX]",
                   line);
}

/* FIRST to LAST without the blanks around it; false when that is nothing or too long. */
static bool take(const char *first, const char *last, char out[BS_CLAIM_TEXT])
{
    while (first < last && *first == ' ') {
        first++;
    }
    while (last > first && last[-1] == ' ') {
        last--;
    }
    const size_t length = (size_t)(last - first);
    if (length == 0 || length >= BS_CLAIM_TEXT) {
        return false;
    }
    memcpy(out, first, length);
    out[length] = '\0';
    return true;
}

/* "NAME" or "NAME[INDEX]". */
static bool read_quantity(bs_claim *claim)
{
    char *bracket = strchr(claim->quantity, '[');
    claim->index = 0;
    if (bracket == NULL) {
        return true;
    }
    char *end = strchr(bracket, ']');
    if (end == NULL || end[1] != '\0') {
        return false;
    }
    *end = '\0';
    *bracket = '\0';
    return claim->quantity[0] != '\0' && bs_text_to_int64(bracket + 1, &claim->index) &&
           claim->index >= 0;
}

static bool read_line(const char *line, bs_claim *claim)
{
    static const char signs[] = {
        [BS_CLAIM_ABOVE] = '>', [BS_CLAIM_BELOW] = '<', [BS_CLAIM_EQUAL] = '='};
    const char *colon = strchr(line, ':');
    if (colon == NULL || !take(line, colon, claim->quantity) || !read_quantity(claim)) {
        return false;
    }
    for (int r = 0; r < (int)sizeof signs; r++) {
        /* Between blanks: names may hold the signs themselves, as strength=1 does. */
        const char between[] = {' ', signs[r], ' ', '\0'};
        const char *sign = strstr(colon + 1, between);
        if (sign == NULL) {
            continue;
        }
        claim->relation = (bs_claim_relation)r;
        if (!take(colon + 1, sign, claim->left) ||
            !take(sign + 2, line + strlen(line), claim->right)) {
            return false;
        }
        if (bs_text_to_double(claim->right, &claim->number)) {
            claim->right[0] = '\0';
        }
        return true;
    }
    return false;
}

bs_status bs_claim_next(const char **text, bs_claim *claim, bool *found)
{
    *claim = (bs_claim){.index = 0};
    *found = false;
    while (**text != '\0') {
        char line[CLAIM_LINE];
        const size_t length = strcspn(*text, "\n");
        const size_t kept = length < sizeof line ? length : sizeof line - 1;
        memcpy(line, *text, kept);
        line[kept] = '\0';
        *text += length + ((*text)[length] == '\n' ? 1 : 0);
        if (line[strspn(line, " \t\r")] == '\0') {
            continue;
        }
        *found = length < sizeof line && read_line(line, claim);
        return *found ? BS_OK : reject(line);
    }
    return BS_OK;
}
