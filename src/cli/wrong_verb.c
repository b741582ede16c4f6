/* Tells a demo's YAML file from an experiment's. */
#include "wrong_verb.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/yaml_tree.h"

/* The verb of a YAML file, by the keys that only one of the two knows; NULL: not clear. */
static const char *verb_of(const bs_yaml_tree *tree)
{
    static const char *const experiments[] = {"networks", "data", "path", "grid", "observables"};
    if (bs_yaml_find(tree, "demo") != NULL) {
        return "demo";
    }
    if (bs_yaml_find(tree, "train") != NULL) {
        return "train";
    }
    for (size_t i = 0; i < sizeof experiments / sizeof experiments[0]; i++) {
        if (bs_yaml_find(tree, experiments[i]) != NULL) {
            return "sweep";
        }
    }
    return NULL;
}

bs_status bs_blame_verb(const char *file, const char *verb)
{
    bs_yaml_tree *tree = NULL;
    if (file == NULL || access(file, R_OK) != 0) {
        return BS_ERR_USAGE;
    }
    BS_TRY(bs_yaml_read(file, &tree));
    const char *right = verb_of(tree);
    bs_yaml_destroy(tree);
    /* An experiment is swept or trained, whatever it says beside. */
    if (right == NULL || (strcmp(right, "demo") == 0) == (strcmp(verb, "demo") == 0)) {
        return BS_ERR_USAGE;
    }
    return BS_FAIL(BS_ERR_USAGE, "%s is for another verb: blueshift %s %s", file, right, file);
}
