/* One grammar for --network, --realisation and --clip. */
#include "blueshift/selection.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"
#include "blueshift/text.h"

enum { WORD_LENGTH = 128, LIST_LENGTH = 512 };

/* Index of the network that the LENGTH bytes at WORD name, or number; -1: none. */
static int find_network(const bs_surface_schema *schema, const char *word, size_t length)
{
    char text[WORD_LENGTH];
    int64_t number = -1;
    for (int i = 0; i < schema->networks; i++) {
        const char *known = schema->network_names[i];
        if (strlen(known) == length && memcmp(known, word, length) == 0) {
            return i;
        }
    }
    snprintf(text, sizeof text, "%.*s", (int)(length < WORD_LENGTH ? length : 0), word);
    bool good = bs_text_to_int64(text, &number) && number >= 0 && number < schema->networks;
    return good ? (int)number : -1;
}

static bs_status unknown_network(const bs_surface_schema *schema, const char *path,
                                 const char *word, size_t length)
{
    char text[WORD_LENGTH];
    char known[64];
    char end[LIST_LENGTH];
    snprintf(text, sizeof text, "%.*s", (int)(length < WORD_LENGTH ? length : WORD_LENGTH - 1),
             word);
    snprintf(known, sizeof known, "It holds networks 0 to %d", schema->networks - 1);
    bs_text_suggest(text, schema->networks, schema->network_names, known, end, sizeof end);
    return BS_FAIL(BS_ERR_USAGE, "%s: no network '%s'%s", path, text, end);
}

static bs_status choose_listed(const bs_surface_schema *schema, const char *path, const char *text,
                               bs_selection *selection)
{
    for (;;) {
        size_t length = strcspn(text, ",");
        int index = find_network(schema, text, length);
        if (index < 0) {
            return unknown_network(schema, path, text, length);
        }
        for (int i = 0; i < selection->networks; i++) {
            if (selection->network[i] == index) {
                return BS_FAIL(BS_ERR_USAGE, "--network names '%.*s' twice; leave one out",
                               (int)length, text);
            }
        }
        selection->network[selection->networks++] = index;
        if (text[length] == '\0') {
            return BS_OK;
        }
        text += length + 1;
    }
}

static bs_status choose_networks(const bs_surface_schema *schema, const char *path,
                                 const char *text, bs_selection *selection)
{
    int whole = text == NULL ? -1 : find_network(schema, text, strlen(text));
    if (whole >= 0) {
        selection->network[selection->networks++] = whole;
        return BS_OK;
    }
    if (text != NULL && strcmp(text, "all") != 0) {
        return choose_listed(schema, path, text, selection);
    }
    for (int i = 0; i < schema->networks; i++) {
        selection->network[selection->networks++] = i;
    }
    return BS_OK;
}

static bs_status choose_realisations(const bs_surface_schema *schema, const char *path,
                                     const char *text, bs_selection *selection)
{
    int64_t number = 0;
    selection->realisations = schema->realisations;
    if (text == NULL || strcmp(text, "all") == 0) {
        return BS_OK;
    }
    if (!bs_text_to_int64(text, &number) || number < 0 || number >= schema->realisations) {
        return BS_FAIL(BS_ERR_USAGE,
                       "--realisation=%s: %s holds realisations 0 to %d; give one of these, or all",
                       text, path, schema->realisations - 1);
    }
    selection->first_realisation = (int)number;
    selection->realisations = 1;
    return BS_OK;
}

bs_status bs_selection_make(const bs_surface_schema *schema, const char *path, const char *network,
                            const char *realisation, bs_selection *selection)
{
    *selection = (bs_selection){.networks = 0};
    selection->network = bs_alloc((size_t)schema->networks, sizeof *selection->network);
    if (selection->network == NULL) {
        return BS_ERR_MEMORY;
    }
    BS_TRY(choose_networks(schema, path, network, selection));
    return choose_realisations(schema, path, realisation, selection);
}

void bs_selection_release(bs_selection *selection)
{
    bs_free(selection->network);
    *selection = (bs_selection){.networks = 0};
}

bs_status bs_selection_clip(const char *text, double clip[2])
{
    clip[0] = -INFINITY;
    clip[1] = INFINITY;
    if (text == NULL) {
        return BS_OK;
    }
    const char *colon = strchr(text, ':');
    char from[BS_TEXT_DOUBLE] = "";
    const char *to = colon != NULL ? colon + 1 : text;
    bool good = true;
    if (colon != NULL && colon > text) {
        good = (size_t)(colon - text) < sizeof from;
        snprintf(from, sizeof from, "%.*s", (int)(colon - text), text);
        good = good && bs_text_to_double(from, &clip[0]);
    }
    if (to[0] != '\0' || colon == NULL) {
        good = good && bs_text_to_double(to, &clip[1]);
    }
    bool none = isinf(clip[0]) && isinf(clip[1]);
    if (!good || none || clip[0] >= clip[1]) {
        return BS_FAIL(BS_ERR_USAGE,
                       "--clip=%s: write MAX or MIN:MAX with two numbers, the smaller first", text);
    }
    return BS_OK;
}
