/* Patterns of weights files: what stands in the folders becomes what stands in the experiment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/file_list.h"
#include "blueshift/memory.h"
#include "blueshift/text.h"
#include "experiment_parts.h"

/* Prefixes what a list of files has to say with the place of NODE. */
static bs_status placed(const bs_yaml_node *node, const char *path, bs_status status)
{
    char place[BS_PLACE_MAX];
    if (status != BS_ERR_USAGE) {
        return status;
    }
    bs_yaml_node_place(node, place, sizeof place);
    return BS_FAIL(status, "%s%s: %s", place, path, bs_error_text());
}

/* The scalar KEY of a network; NULL when there is none, which the validation sees to. */
static bs_yaml_node *find_scalar(const bs_yaml_tree *tree, unsigned network, const char *key,
                                 char path[BS_KEY_MAX])
{
    bs_yaml_node *node = bs_yaml_find(tree, bs_experiment_network_key(network, key, path));
    return node != NULL && node->kind == BS_YAML_SCALAR ? node : NULL;
}

/* ---- trajectories ---- */

/* The path runs through the last weights of a trajectory, unless others are given. */
static bs_status take_last(const bs_yaml_tree *tree, unsigned network)
{
    char path[BS_KEY_MAX];
    bs_yaml_node *weights = find_scalar(tree, network, "weights", path);
    bs_yaml_node *pattern = find_scalar(tree, network, "trajectory", path);
    if (weights == NULL || pattern == NULL || pattern->text[0] == '\0' ||
        weights->text[0] != '\0') {
        return BS_OK;
    }
    bs_file_list files = {0};
    BS_TRY(bs_keys_expand(pattern, path));
    bs_status status = placed(pattern, path, bs_file_list_find(pattern->text, &files));
    if (status == BS_OK) {
        status = bs_yaml_node_set_text(weights, files.paths[files.count - 1], true);
    }
    bs_file_list_release(&files);
    return status;
}

/* ---- networks of one training ---- */

/* The files of a network's pattern, and which of them are networks. */
typedef struct series {
    bs_file_list files; /* of realisation 0; none: no pattern */
    int count;
    int *picked; /* [count] */
} series;

static void pick_file(series *s, int number)
{
    if (s->count == 0 || s->picked[s->count - 1] != number) {
        s->picked[s->count++] = number;
    }
}

static bool pick_every(series *s, const char *text)
{
    int64_t every = 0;
    if (!bs_text_to_int64(text, &every) || every < 1) {
        return false;
    }
    for (int64_t i = 0; i < s->files.count; i += every) {
        pick_file(s, (int)i);
    }
    pick_file(s, s->files.count - 1);
    return true;
}

/* Numbers, ascending, and last. */
static bool pick_numbers(series *s, const char *text)
{
    static const char blanks[] = " ,";
    while (*(text += strspn(text, blanks)) != '\0') {
        char word[BS_TEXT_DOUBLE];
        int64_t number = 0;
        snprintf(word, sizeof word, "%.*s", (int)strcspn(text, blanks), text);
        text += strcspn(text, blanks);
        if (strcmp(word, "last") == 0) {
            number = s->files.count - 1;
        } else if (!bs_text_to_int64(word, &number)) {
            return false;
        }
        if (number < 0 || number >= s->files.count ||
            (s->count > 0 && number < s->picked[s->count - 1])) {
            return false;
        }
        pick_file(s, (int)number);
    }
    return s->count > 0;
}

static bs_status pick(const bs_yaml_tree *tree, const char *path, const char *text, series *s)
{
    static const char every[] = "every ";
    s->picked = bs_alloc((size_t)s->files.count + 1, sizeof *s->picked);
    if (s->picked == NULL) {
        return BS_ERR_MEMORY;
    }
    bool good = strcmp(text, "all") == 0                   ? pick_every(s, "1")
                : strncmp(text, every, strlen(every)) == 0 ? pick_every(s, text + strlen(every))
                                                           : pick_numbers(s, text);
    return good ? BS_OK
                : bs_keys_reject(tree, path,
                                 "give all, every N, or ascending numbers from 0 to %d and last, "
                                 "such as '0 1 2 5 last'",
                                 s->files.count - 1);
}

/* Lists the files of NETWORK's weights, where these are a pattern. */
static bs_status list_series(const bs_yaml_tree *tree, unsigned network, series *s)
{
    char path[BS_KEY_MAX];
    char pick_path[BS_KEY_MAX];
    bs_yaml_node *weights = find_scalar(tree, network, "weights", path);
    const bs_yaml_node *choice = find_scalar(tree, network, "pick", pick_path);
    s->count = 1;
    if (weights == NULL || choice == NULL) {
        return BS_OK;
    }
    BS_TRY(weights->text[0] != '\0' ? bs_keys_expand(weights, path) : BS_OK);
    if (!bs_file_list_is_pattern(weights->text)) {
        return strcmp(choice->text, "all") == 0
                   ? BS_OK
                   : bs_keys_reject(tree, pick_path,
                                    "weights is no pattern to pick from: leave it out");
    }
    s->count = 0;
    char *first = bs_experiment_seed_path(weights->text, 0);
    bs_status status = first == NULL ? BS_ERR_MEMORY : bs_file_list_find(first, &s->files);
    bs_free(first);
    status = placed(weights, path, status);
    return status == BS_OK ? pick(tree, pick_path, choice->text, s) : status;
}

/* The pattern with MATCH in the place of its star. */
static bs_status set_weights(bs_yaml_node *weights, const char *match)
{
    const char *star = strrchr(weights->text, '*');
    const size_t length = strlen(weights->text) + strlen(match);
    char *name = bs_alloc(length, 1);
    if (name == NULL || star == NULL) {
        bs_free(name);
        return BS_ERR_MEMORY;
    }
    snprintf(name, length, "%.*s%s%s", (int)(star - weights->text), weights->text, match, star + 1);
    bs_status status = bs_yaml_node_set_text(weights, name, true);
    bs_free(name);
    return status;
}

/* "NAME @79", which pictures take for the network NAME after 79 steps. */
static bs_status set_name(bs_yaml_node *name, unsigned entry, const char *match)
{
    enum { LENGTH = 512 };
    char text[LENGTH];
    char automatic[BS_TEXT_DOUBLE];
    const char *number = match + strspn(match, "0");
    bool digits = match[strspn(match, "0123456789")] == '\0';
    snprintf(automatic, sizeof automatic, "network%u", entry);
    snprintf(text, sizeof text, "%s" BS_SERIES_MARK "%s",
             strcmp(name->text, "auto") == 0 ? automatic : name->text,
             !digits             ? match
             : number[0] == '\0' ? "0"
                                 : number);
    return bs_yaml_node_set_text(name, text, true);
}

/* Entry NETWORK becomes the file NUMBER of a series that was entry ENTRY. */
static bs_status fill_entry(const bs_yaml_tree *tree, unsigned network, unsigned entry,
                            const series *s, int number)
{
    char path[BS_KEY_MAX];
    bs_yaml_node *weights = find_scalar(tree, network, "weights", path);
    bs_yaml_node *choice = find_scalar(tree, network, "pick", path);
    bs_yaml_node *name = find_scalar(tree, network, "name", path);
    if (s->files.count == 0 || weights == NULL || choice == NULL || name == NULL) {
        return BS_OK;
    }
    const char *match = s->files.matches[s->picked[number]];
    BS_TRY(set_weights(weights, match));
    BS_TRY(bs_yaml_node_set_text(choice, "all", false));
    return set_name(name, entry, match);
}

static bs_status expand(bs_yaml_tree *tree, int entries, series *all, int *times)
{
    int total = 0;
    for (int i = 0; i < entries; i++) {
        BS_TRY(list_series(tree, (unsigned)i, &all[i]));
        times[i] = all[i].count;
        total += times[i];
        if (total > BS_NETWORKS_MAX) {
            char path[BS_KEY_MAX];
            return bs_keys_reject(tree, bs_experiment_network_key((unsigned)i, "weights", path),
                                  "all patterns together stand for more than %d networks, the "
                                  "maximum; pick fewer",
                                  BS_NETWORKS_MAX);
        }
    }
    BS_TRY(bs_yaml_repeat_each(tree, "networks", times));
    unsigned network = 0;
    for (int i = 0; i < entries; i++) {
        for (int number = 0; number < times[i]; number++) {
            BS_TRY(fill_entry(tree, network++, (unsigned)i, &all[i], number));
        }
    }
    return BS_OK;
}

bs_status bs_experiment_patterns(bs_yaml_tree *tree)
{
    const bs_yaml_node *list = bs_yaml_find(tree, "networks");
    const int entries = list != NULL && list->kind == BS_YAML_LIST ? list->count : 0;
    for (int i = 0; i < entries; i++) {
        BS_TRY(take_last(tree, (unsigned)i));
    }
    series *all = bs_alloc((size_t)entries, sizeof *all);
    int *times = bs_alloc((size_t)entries, sizeof *times);
    bs_status status =
        all == NULL || times == NULL ? BS_ERR_MEMORY : expand(tree, entries, all, times);
    for (int i = 0; i < entries && all != NULL; i++) {
        bs_file_list_release(&all[i].files);
        bs_free(all[i].picked);
    }
    bs_free(all);
    bs_free(times);
    return status;
}
