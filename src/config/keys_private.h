/* Building blocks of the module keys. Private to src/config. */
#ifndef BLUESHIFT_CONFIG_KEYS_PRIVATE_H
#define BLUESHIFT_CONFIG_KEYS_PRIVATE_H

#include "blueshift/keys.h"

enum { BS_KEYS_PATH = 128, BS_KEYS_PLACE = 512, BS_KEYS_SHOWN = 80, BS_KEYS_MAX = 64 };

/* The row NAME of this very table; NULL when there is none. */
const bs_key *bs_keys_find(const bs_keys *keys, const char *name);

/* The row of a dotted path of the tree, such as "networks.0.depth"; NULL when there is none. */
const bs_key *bs_keys_at(const bs_keys *keys, const char *path);

/* "PATH.KEY", or one of them when the other is empty. */
void bs_keys_join(const char *path, const char *key, char joined[BS_KEYS_PATH]);

/* Part of NAME after SECTION and its dot, when it is a key right below it ("": of the top level);
 * else NULL. */
const char *bs_keys_below(const char *section, const char *name);

/* bs_keys_reject for a value at hand. */
bs_status bs_keys_reject_node(const bs_yaml_node *node, const char *path, const char *advice);

/* A structure of a tree, for messages. */
typedef struct bs_keys_place {
    const bs_keys *top;  /* the whole file's table */
    const bs_keys *keys; /* of this structure */
    const char *path;    /* of this structure in the tree: "", or "networks.0" */
} bs_keys_place;

/* Each BS_ERR_USAGE with the place: a key that is unknown in SECTION, with the nearest one or its
 * home; a path in the place of a key, which would stand beside the key that it means; a value of
 * another type ("PATH is 'VALUE'; expected EXPECTED"); a node that is no mapping
 * with the keys of SECTION; a word that is none of the key's. */
bs_status bs_keys_refuse_key(const bs_keys_place *t, const char *section, const bs_yaml_node *node);
bs_status bs_keys_refuse_dotted(const bs_yaml_node *node);
bs_status bs_keys_refuse_type(const bs_yaml_node *node, const char *path, const char *expected);
bs_status bs_keys_refuse_shape(const bs_keys *keys, const char *section, const bs_yaml_node *node,
                               const char *path);
bs_status bs_keys_refuse_word(const bs_key *key, const bs_yaml_node *node, const char *path);

/* Whether "auto" is accepted beside the values; a word of that name is a value. */
bool bs_keys_may_be_open(const bs_key *key);

#endif
