/* Patterns of file names: one star, matched against the names in one folder. */
#include "blueshift/file_list.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"

static const char *base_of(const char *text)
{
    const char *slash = strrchr(text, '/');
    return slash != NULL ? slash + 1 : text;
}

bool bs_file_list_is_pattern(const char *text)
{
    return strchr(base_of(text), '*') != NULL;
}

/* Longer numbers are larger once their zeros are gone. */
static int compare_numbers(const char **a, const char **b)
{
    *a += strspn(*a, "0");
    *b += strspn(*b, "0");
    size_t in_a = strspn(*a, "0123456789");
    size_t in_b = strspn(*b, "0123456789");
    int order = in_a != in_b ? (in_a > in_b) - (in_a < in_b) : strncmp(*a, *b, in_a);
    *a += in_a;
    *b += in_b;
    return order;
}

static int compare_natural(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            int order = compare_numbers(&a, &b);
            if (order != 0) {
                return order;
            }
        } else if (*a != *b) {
            break;
        } else {
            a++;
            b++;
        }
    }
    return (unsigned char)*a - (unsigned char)*b;
}

/* A file while the list grows. */
typedef struct entry {
    char *path, *match;
} entry;

static int compare_entries(const void *a, const void *b)
{
    const entry *x = a;
    const entry *y = b;
    int order = compare_natural(x->match, y->match);
    return order != 0 ? order : strcmp(x->match, y->match);
}

/* The files so far, and what their names begin and end with. */
typedef struct search {
    const char *pattern;
    size_t folder;      /* bytes of the pattern up to its last slash */
    size_t head;        /* bytes before the star */
    const char *ending; /* after the star */
    entry *entries;
    int64_t count, capacity;
} search;

static bool matches(const search *s, const char *name)
{
    size_t length = strlen(name);
    size_t ending = strlen(s->ending);
    return name[0] != '.' && length >= s->head + ending &&
           strncmp(name, s->pattern + s->folder, s->head) == 0 &&
           strcmp(name + length - ending, s->ending) == 0;
}

static bs_status take(search *s, const char *name)
{
    size_t path = s->folder + strlen(name) + 1;
    size_t match = strlen(name) - s->head - strlen(s->ending);
    if (bs_grow(&s->entries, s->count, &s->capacity, sizeof *s->entries) == NULL) {
        return BS_ERR_MEMORY;
    }
    entry *e = &s->entries[s->count++];
    *e = (entry){.path = bs_alloc(path, 1), .match = bs_alloc(match + 1, 1)};
    if (e->path == NULL || e->match == NULL) {
        return BS_ERR_MEMORY;
    }
    snprintf(e->path, path, "%.*s%s", (int)s->folder, s->pattern, name);
    memcpy(e->match, name + s->head, match);
    return BS_OK;
}

static bs_status read_folder(search *s)
{
    char *folder = bs_alloc(s->folder + 2, 1);
    if (folder == NULL) {
        return BS_ERR_MEMORY;
    }
    snprintf(folder, s->folder + 2, "%.*s", s->folder > 0 ? (int)s->folder : 1,
             s->folder > 0 ? s->pattern : ".");
    DIR *open = opendir(folder);
    bs_free(folder);
    if (open == NULL) {
        return BS_FAIL(BS_ERR_USAGE, "%s: its folder cannot be read: %s", s->pattern,
                       strerror(errno));
    }
    bs_status status = BS_OK;
    const struct dirent *found = NULL;
    while (status == BS_OK && (found = readdir(open)) != NULL) {
        status = matches(s, found->d_name) ? take(s, found->d_name) : BS_OK;
    }
    closedir(open);
    if (status == BS_OK && s->count == 0) {
        return BS_FAIL(BS_ERR_USAGE, "%s: no file has such a name", s->pattern);
    }
    return status;
}

/* Moves the entries into LIST, which owns their texts from then on. */
static bs_status list_entries(search *s, bs_file_list *list)
{
    if (s->count > 1) {
        qsort(s->entries, (size_t)s->count, sizeof *s->entries, compare_entries);
    }
    list->paths = bs_alloc((size_t)s->count, sizeof *list->paths);
    list->matches = bs_alloc((size_t)s->count, sizeof *list->matches);
    if (list->paths == NULL || list->matches == NULL) {
        return BS_ERR_MEMORY;
    }
    for (int64_t i = 0; i < s->count; i++) {
        list->paths[i] = s->entries[i].path;
        list->matches[i] = s->entries[i].match;
    }
    list->count = (int)s->count;
    s->count = 0;
    return BS_OK;
}

bs_status bs_file_list_find(const char *pattern, bs_file_list *list)
{
    *list = (bs_file_list){0};
    const char *name = base_of(pattern);
    const char *star = strchr(name, '*');
    if (star == NULL || strchr(pattern, '*') != strrchr(pattern, '*')) {
        return BS_FAIL(BS_ERR_USAGE,
                       "%s: a pattern has one star, in the name of the file, such as "
                       "DIR/0-Short-r0-*.safetensors",
                       pattern);
    }
    search s = {.pattern = pattern,
                .folder = (size_t)(name - pattern),
                .head = (size_t)(star - name),
                .ending = star + 1};
    bs_status status = read_folder(&s);
    if (status == BS_OK) {
        status = list_entries(&s, list);
    }
    for (int64_t i = 0; i < s.count; i++) {
        bs_free(s.entries[i].path);
        bs_free(s.entries[i].match);
    }
    bs_free(s.entries);
    return status;
}

void bs_file_list_release(bs_file_list *list)
{
    for (int i = 0; i < list->count; i++) {
        bs_free(list->paths[i]);
        bs_free(list->matches[i]);
    }
    bs_free(list->paths);
    bs_free(list->matches);
    *list = (bs_file_list){0};
}
