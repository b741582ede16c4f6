/* Whether results can be joined: the same experiment but for seed and networks. */
#include <stdbool.h>
#include <string.h>

#include "blueshift/memory.h"
#include "joined.h"

enum { LINE = 160 };

typedef enum line_kind {
    LINE_COMMON,  /* must be the same in all files */
    LINE_NETWORK, /* makes a network another one */
    LINE_FREE /* may differ: seed, realisations, and the backend, which does not change values much
               */
} line_kind;

static bool begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

/* Synthetic images follow from the seed and the keys of data. */
static line_kind kind_of(const char *line, bool synthetic)
{
    static const char *const free_lines[] = {
        "seed=", "realisations=", "evaluation.backend=", "kernel:"};
    for (size_t i = 0; i < sizeof free_lines / sizeof free_lines[0]; i++) {
        if (begins(line, free_lines[i])) {
            return LINE_FREE;
        }
    }
    if (synthetic && begins(line, "images_sha256:")) {
        return LINE_FREE;
    }
    return begins(line, "networks.") || begins(line, "network ") ? LINE_NETWORK : LINE_COMMON;
}

/* The next line of KIND from *TEXT on, without its end, into LINE; false after the last. */
static bool next_line(const char **text, line_kind kind, bool synthetic, char line[LINE])
{
    while (**text != '\0') {
        const char *start = *text;
        size_t length = strcspn(start, "\n");
        *text = start + length + (start[length] == '\n');
        if (kind_of(start, synthetic) == kind) {
            snprintf(line, LINE, "%.*s", (int)length, start);
            return true;
        }
    }
    line[0] = '\0';
    return false;
}

/* Whether the lines of KIND are the same; if not, the first that are not. */
static bool same_lines(const char *a, const char *b, line_kind kind, char of_a[LINE],
                       char of_b[LINE])
{
    bool synthetic = strstr(a, "data.source=synthetic\n") != NULL &&
                     strstr(b, "data.source=synthetic\n") != NULL;
    bool more = true;
    while (more) {
        more = next_line(&a, kind, synthetic, of_a);
        bool other = next_line(&b, kind, synthetic, of_b);
        if (more != other || strcmp(of_a, of_b) != 0) {
            return false;
        }
    }
    return true;
}

static void seed_of(const char *identity, char seed[LINE])
{
    const char *line = begins(identity, "seed=") ? identity : strstr(identity, "\nseed=");
    const char *text = line == NULL ? "" : line + (line[0] == '\n');
    snprintf(seed, LINE, "%.*s", (int)strcspn(text, "\n"), text);
}

static bs_status read_identity(bs_joined_part *part)
{
    BS_TRY(bs_surface_identity(part->file, &part->identity));
    if (!bs_surface_is_part(part->file)) {
        return BS_OK;
    }
    return BS_FAIL(BS_ERR_INPUT, "%s is a part of a result; take the original file",
                   part->file->nc.path);
}

static bs_status compare(const bs_joined_part *a, const bs_joined_part *b)
{
    char of_a[LINE];
    char of_b[LINE];
    if (!same_lines(a->identity, b->identity, LINE_COMMON, of_a, of_b)) {
        return BS_FAIL(BS_ERR_INPUT,
                       "%s and %s cannot be joined: the first has '%s', the second '%s'; only seed "
                       "and networks may differ",
                       a->file->nc.path, b->file->nc.path, of_a, of_b);
    }
    return BS_OK;
}

/* Two parts of one group are further realisations of each other. */
static bs_status compare_seeds(const bs_joined_part *a, const bs_joined_part *b)
{
    char of_a[LINE];
    char of_b[LINE];
    seed_of(a->identity, of_a);
    seed_of(b->identity, of_b);
    return strcmp(of_a, of_b) != 0
               ? BS_OK
               : BS_FAIL(BS_ERR_INPUT,
                         "%s and %s have the same networks and '%s', so the same realisations; "
                         "leave one out",
                         a->file->nc.path, b->file->nc.path, of_a);
}

/* The group of part P, compared with all before it; it may be a new one. */
static bs_status find_group(struct bs_joined *joined, int p)
{
    bs_joined_part *part = &joined->parts[p];
    char unused[2][LINE];
    part->group = joined->groups;
    for (int q = 0; q < p; q++) {
        const bs_joined_part *before = &joined->parts[q];
        BS_TRY(compare(before, part));
        if (same_lines(before->identity, part->identity, LINE_NETWORK, unused[0], unused[1])) {
            part->group = before->group;
            BS_TRY(compare_seeds(before, part));
        }
    }
    joined->groups += part->group == joined->groups;
    return BS_OK;
}

/* First and last part of GROUP, and its realisations. */
static int count_realisations(const struct bs_joined *joined, int group, int *first)
{
    int count = 0;
    *first = -1;
    for (int p = 0; p < joined->count; p++) {
        if (joined->parts[p].group == group) {
            *first = *first < 0 ? p : *first;
            joined->parts[p].realisation = count;
            count += joined->parts[p].file->schema.realisations;
        }
    }
    return count;
}

bs_status bs_joined_place(struct bs_joined *joined, int *networks, int *realisations)
{
    int first_of_all = 0;
    for (int p = 0; p < joined->count; p++) {
        BS_TRY(read_identity(&joined->parts[p]));
        BS_TRY(find_group(joined, p));
    }
    *networks = 0;
    *realisations = count_realisations(joined, 0, &first_of_all);
    for (int g = 0; g < joined->groups; g++) {
        int first = 0;
        int count = count_realisations(joined, g, &first);
        if (count != *realisations) {
            return BS_FAIL(BS_ERR_INPUT,
                           "the networks of %s have %d realisation%s, those of %s have %d; give "
                           "files with the same number of them",
                           joined->parts[0].file->nc.path, *realisations,
                           *realisations == 1 ? "" : "s", joined->parts[first].file->nc.path,
                           count);
        }
        for (int p = 0; p < joined->count; p++) {
            if (joined->parts[p].group == g) {
                joined->parts[p].network = *networks;
            }
        }
        *networks += joined->parts[first].file->schema.networks;
    }
    return BS_OK;
}
