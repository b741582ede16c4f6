/* From YAML text to trees, through libyaml's events; refuses what an experiment has no use for. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include "blueshift/yaml_tree.h"
#include "blueshift/fault.h"
#include "blueshift/memory.h"
#include "blueshift/stop.h"
#include "yaml_private.h"

typedef struct reader {
    yaml_parser_t yaml;
    bs_yaml_tree *tree;
    const char *name; /* the tree's copy */
    bool lines;       /* whether places have lines: not in a setting */
    int nodes;
} reader;

static int line_of(const reader *r, yaml_mark_t mark)
{
    return r->lines ? (int)mark.line + 1 : 0;
}

/* "FILE:LINE: " or "". */
static const char *place_of(const reader *r, int line, char *place, size_t length)
{
    const bs_yaml_node here = {.source = r->name, .line = line};
    bs_yaml_node_place(&here, place, length);
    return place;
}

enum { PLACE_MAX = 1024 };

/* libyaml's complaint in a sentence, with what usually helps. */
static bs_status syntax_error(const reader *r)
{
    char place[PLACE_MAX];
    const yaml_parser_t *y = &r->yaml;
    const char *problem = y->problem != NULL ? y->problem : "unknown problem";
    if (y->error == YAML_MEMORY_ERROR) {
        return BS_FAIL(BS_ERR_MEMORY, "%s: out of memory", r->name);
    }
    if (y->error == YAML_READER_ERROR) {
        return BS_FAIL(BS_ERR_USAGE, "%snot a text (%s, byte %zu); give a YAML file in UTF-8",
                       place_of(r, 0, place, sizeof place), problem, y->problem_offset);
    }
    const char *advice = strstr(problem, "cannot start any token") != NULL
                             ? "put values that begin with @, ` or % in quotes, and indent with "
                               "spaces, not tabs"
                             : "check indentation, colons, brackets and quotes";
    place_of(r, line_of(r, y->problem_mark), place, sizeof place);
    if (y->context != NULL && r->lines && y->context_mark.line != y->problem_mark.line) {
        return BS_FAIL(BS_ERR_USAGE, "%snot valid YAML: %s (%s that starts in line %d); %s", place,
                       problem, y->context, line_of(r, y->context_mark), advice);
    }
    return BS_FAIL(BS_ERR_USAGE, "%snot valid YAML: %s%s%s; %s", place, problem,
                   y->context != NULL ? " " : "", y->context != NULL ? y->context : "", advice);
}

static bs_status next(reader *r, yaml_event_t *event)
{
    return yaml_parser_parse(&r->yaml, event) ? BS_OK : syntax_error(r);
}

/* What YAML allows and experiments do without. */
static bs_status refuse(const reader *r, const yaml_event_t *event, int depth)
{
    char place[PLACE_MAX];
    const yaml_char_t *anchor = NULL;
    const yaml_char_t *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    place_of(r, line_of(r, event->start_mark), place, sizeof place);
    if (event->type == YAML_ALIAS_EVENT || anchor != NULL) {
        return BS_FAIL(BS_ERR_USAGE,
                       "%sanchors (&) and aliases (*) are not supported; write the value out, or "
                       "put it in quotes if it is a text",
                       place);
    }
    if (tag != NULL) {
        return BS_FAIL(BS_ERR_USAGE, "%stags (%s) are not supported; leave it out", place, tag);
    }
    if (depth > BS_YAML_DEPTH || r->nodes > BS_YAML_NODES) {
        return BS_FAIL(BS_ERR_USAGE,
                       "%smore than %d levels or %d values; an experiment needs far fewer", place,
                       BS_YAML_DEPTH, BS_YAML_NODES);
    }
    return BS_OK;
}

static bs_status read_scalar(const reader *r, const yaml_event_t *event, bs_yaml_node *node)
{
    const char *text = (const char *)event->data.scalar.value;
    if (strlen(text) != event->data.scalar.length) {
        char place[PLACE_MAX];
        return BS_FAIL(BS_ERR_USAGE, "%sa text with a zero byte; take \\0 out",
                       place_of(r, node->line, place, sizeof place));
    }
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->text = bs_strdup(text);
    return node->text == NULL ? BS_ERR_MEMORY : BS_OK;
}

static bs_status read_node(reader *r, const yaml_event_t *event, int depth, bs_yaml_node **node);

static bs_status read_list(reader *r, int depth, bs_yaml_node *list)
{
    for (;;) {
        yaml_event_t event;
        BS_TRY(next(r, &event));
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return BS_OK;
        }
        bs_yaml_node *item = NULL;
        bs_status status = read_node(r, &event, depth + 1, &item);
        yaml_event_delete(&event);
        if (status == BS_OK) {
            status = bs_yaml_node_append(list, item);
        }
        if (status != BS_OK) {
            bs_yaml_node_destroy(item);
            return status;
        }
    }
}

/* Checks that an event is a key that MAPPING does not have yet, and copies it. */
static bs_status read_key(const reader *r, const yaml_event_t *event, const bs_yaml_node *mapping,
                          char **key)
{
    char place[PLACE_MAX];
    place_of(r, line_of(r, event->start_mark), place, sizeof place);
    if (event->type != YAML_SCALAR_EVENT) {
        return BS_FAIL(BS_ERR_USAGE, "%sa list or mapping as a key; keys are words", place);
    }
    bs_yaml_node scalar = {.line = line_of(r, event->start_mark)};
    BS_TRY(refuse(r, event, 0));
    BS_TRY(read_scalar(r, event, &scalar));
    const bs_yaml_node *same = bs_yaml_node_find(mapping, scalar.text);
    if (same != NULL) {
        char before[48] = "";
        if (r->lines) {
            snprintf(before, sizeof before, ", in line %d", same->key_line);
        }
        bs_status status =
            BS_FAIL(BS_ERR_USAGE, "%skey '%s' was given before%s; keep one of the two", place,
                    scalar.text, before);
        bs_free(scalar.text);
        return status;
    }
    *key = scalar.text;
    return BS_OK;
}

/* The value of a key; takes KEY. */
static bs_status read_entry(reader *r, int depth, bs_yaml_node *mapping, char *key, int key_line)
{
    yaml_event_t event;
    bs_yaml_node *item = NULL;
    bs_status status = next(r, &event);
    if (status == BS_OK) {
        status = read_node(r, &event, depth + 1, &item);
        yaml_event_delete(&event);
    }
    if (status != BS_OK) {
        bs_free(key);
        return status;
    }
    item->key = key;
    item->key_line = key_line;
    status = bs_yaml_node_append(mapping, item);
    if (status != BS_OK) {
        bs_yaml_node_destroy(item);
    }
    return status;
}

static bs_status read_mapping(reader *r, int depth, bs_yaml_node *mapping)
{
    for (;;) {
        yaml_event_t event;
        BS_TRY(next(r, &event));
        bool end = event.type == YAML_MAPPING_END_EVENT;
        int line = line_of(r, event.start_mark);
        char *key = NULL;
        bs_status status = end ? BS_OK : read_key(r, &event, mapping, &key);
        yaml_event_delete(&event);
        if (status != BS_OK || end) {
            return status;
        }
        BS_TRY(read_entry(r, depth, mapping, key, line));
    }
}

static bs_status read_node(reader *r, const yaml_event_t *event, int depth, bs_yaml_node **node)
{
    r->nodes++;
    BS_TRY(refuse(r, event, depth));
    bs_yaml_node_kind kind = event->type == YAML_SEQUENCE_START_EVENT  ? BS_YAML_LIST
                             : event->type == YAML_MAPPING_START_EVENT ? BS_YAML_MAPPING
                                                                       : BS_YAML_SCALAR;
    bs_yaml_node *made = bs_yaml_node_create(kind, r->name, line_of(r, event->start_mark));
    if (made == NULL) {
        return BS_ERR_MEMORY;
    }
    bs_status status = kind == BS_YAML_LIST      ? read_list(r, depth, made)
                       : kind == BS_YAML_MAPPING ? read_mapping(r, depth, made)
                                                 : read_scalar(r, event, made);
    if (status != BS_OK) {
        bs_yaml_node_destroy(made);
        return status;
    }
    *node = made;
    return BS_OK;
}

/* Reads up to the first value (or the end of the stream) and the tree below it. */
static bs_status read_root(reader *r)
{
    for (;;) {
        yaml_event_t event;
        BS_TRY(next(r, &event));
        yaml_event_type_t type = event.type;
        bs_status status = BS_OK;
        if (type == YAML_STREAM_END_EVENT) {
            r->tree->root = bs_yaml_node_create(BS_YAML_MAPPING, r->name, 1);
            status = r->tree->root == NULL ? BS_ERR_MEMORY : BS_OK;
        } else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT) {
            status = read_node(r, &event, 0, &r->tree->root);
        }
        yaml_event_delete(&event);
        if (status != BS_OK || r->tree->root != NULL) {
            return status;
        }
    }
}

/* Nothing but the end may follow. */
static bs_status read_end(reader *r)
{
    yaml_event_type_t type = YAML_NO_EVENT;
    /* A parser that has reached the end gives events without a type. */
    do {
        yaml_event_t event;
        BS_TRY(next(r, &event));
        type = event.type;
        int line = line_of(r, event.start_mark);
        yaml_event_delete(&event);
        if (type == YAML_DOCUMENT_START_EVENT) {
            char place[PLACE_MAX];
            return BS_FAIL(BS_ERR_USAGE,
                           "%sa second document starts here; an experiment is one document: take "
                           "the line '---' out, or split the file",
                           place_of(r, line, place, sizeof place));
        }
    } while (type == YAML_DOCUMENT_END_EVENT);
    return BS_OK;
}

static bs_status parse(const char *text, size_t bytes, const char *name, bool lines,
                       bs_yaml_tree **tree)
{
    reader r = {.lines = lines};
    BS_TRY(bs_yaml_create(&r.tree));
    r.name = bs_yaml_name(r.tree, name);
    if (r.name == NULL || !yaml_parser_initialize(&r.yaml)) {
        bs_yaml_destroy(r.tree);
        return BS_FAIL(BS_ERR_MEMORY, "%s: out of memory", name);
    }
    yaml_parser_set_input_string(&r.yaml, (const unsigned char *)text, bytes);
    bs_status status = read_root(&r);
    if (status == BS_OK) {
        status = read_end(&r);
    }
    yaml_parser_delete(&r.yaml);
    if (status != BS_OK) {
        bs_yaml_destroy(r.tree);
        return status;
    }
    *tree = r.tree;
    return BS_OK;
}

bs_status bs_yaml_parse(const char *text, const char *name, bs_yaml_tree **tree)
{
    return parse(text, strlen(text), name, true, tree);
}

bs_status bs_yaml_parse_value(const char *text, const char *name, bs_yaml_tree **tree)
{
    return parse(text, strlen(text), name, false, tree);
}

/* All bytes of DESCRIPTOR, at most COUNT, into TEXT. A pipe may give nothing for a long time: a
 * signal ends that. */
static bs_status read_bytes(int descriptor, const char *path, size_t count, char *text,
                            size_t *bytes)
{
    enum { LOOK_MILLISECONDS = 100 };
    struct pollfd input = {.fd = descriptor, .events = POLLIN};
    *bytes = 0;
    for (ssize_t got = 1; got != 0 && *bytes < count;) {
        if (bs_stop_requested()) {
            return BS_FAIL(BS_STOPPED, "stopped while %s was read", path);
        }
        bool ready = poll(&input, 1, LOOK_MILLISECONDS) > 0;
        got = ready ? read(descriptor, text + *bytes, count - *bytes) : -1;
        if (got < 0 && ready && errno != EAGAIN && errno != EINTR) {
            return BS_FAIL(BS_ERR_USAGE, "%s: cannot be read (%s); give the path of a YAML file",
                           path, strerror(errno));
        }
        *bytes += got > 0 ? (size_t)got : 0;
    }
    return BS_OK;
}

bs_status bs_yaml_read(const char *path, bs_yaml_tree **tree)
{
    errno = EIO;
    int file = bs_fault("read") ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return BS_FAIL(BS_ERR_USAGE, "%s: cannot be opened (%s); give the path of a YAML file",
                       path, strerror(errno));
    }
    char *text = bs_alloc(BS_YAML_BYTES + 1, 1);
    size_t bytes = 0;
    bs_status status =
        text == NULL ? BS_ERR_MEMORY : read_bytes(file, path, BS_YAML_BYTES + 1, text, &bytes);
    if (status == BS_OK && bytes > BS_YAML_BYTES) {
        status = BS_FAIL(BS_ERR_USAGE, "%s: larger than %d bytes; give a YAML file", path,
                         BS_YAML_BYTES);
    }
    if (status == BS_OK) {
        status = parse(text, bytes, path, true, tree);
    }
    bs_free(text);
    close(file);
    return status;
}
