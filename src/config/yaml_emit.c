/* From trees back to block YAML, through libyaml's emitter, which knows what needs quotes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "blueshift/yaml_tree.h"
#include "blueshift/memory.h"
#include "yaml_private.h"

/* libyaml takes `const` nowhere. */
static yaml_char_t *bytes(char *text)
{
    return (yaml_char_t *)text;
}

static int write_text(void *file, unsigned char *text, size_t size)
{
    return fwrite(text, 1, size, file) == size;
}

static bool emit_scalar(yaml_emitter_t *emitter, char *text, bool quoted)
{
    yaml_event_t event;
    yaml_scalar_style_t style = quoted ? YAML_SINGLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE;
    return yaml_scalar_event_initialize(&event, NULL, NULL, bytes(text), (int)strlen(text), 1, 1,
                                        style) &&
           yaml_emitter_emit(emitter, &event);
}

static bool emit_node(yaml_emitter_t *emitter, const bs_yaml_node *node);

static bool emit_list(yaml_emitter_t *emitter, const bs_yaml_node *list)
{
    yaml_event_t event;
    yaml_sequence_style_t style = YAML_FLOW_SEQUENCE_STYLE;
    for (int i = 0; i < list->count; i++) {
        if (list->children[i]->kind != BS_YAML_SCALAR) {
            style = YAML_BLOCK_SEQUENCE_STYLE;
        }
    }
    bool fine = yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, style) &&
                yaml_emitter_emit(emitter, &event);
    for (int i = 0; i < list->count && fine; i++) {
        fine = emit_node(emitter, list->children[i]);
    }
    return fine && yaml_sequence_end_event_initialize(&event) && yaml_emitter_emit(emitter, &event);
}

static bool emit_mapping(yaml_emitter_t *emitter, const bs_yaml_node *mapping)
{
    yaml_event_t event;
    bool fine =
        yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE) &&
        yaml_emitter_emit(emitter, &event);
    for (int i = 0; i < mapping->count && fine; i++) {
        fine = emit_scalar(emitter, mapping->children[i]->key, false) &&
               emit_node(emitter, mapping->children[i]);
    }
    return fine && yaml_mapping_end_event_initialize(&event) && yaml_emitter_emit(emitter, &event);
}

static bool emit_node(yaml_emitter_t *emitter, const bs_yaml_node *node)
{
    switch (node->kind) {
    case BS_YAML_LIST:
        return emit_list(emitter, node);
    case BS_YAML_MAPPING:
        return emit_mapping(emitter, node);
    case BS_YAML_SCALAR:
        break;
    }
    return emit_scalar(emitter, node->text, node->quoted);
}

static bool emit_stream(yaml_emitter_t *emitter, const bs_yaml_node *root)
{
    yaml_event_t event;
    return yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING) &&
           yaml_emitter_emit(emitter, &event) &&
           yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1) &&
           yaml_emitter_emit(emitter, &event) && emit_node(emitter, root) &&
           yaml_document_end_event_initialize(&event, 1) && yaml_emitter_emit(emitter, &event) &&
           yaml_stream_end_event_initialize(&event) && yaml_emitter_emit(emitter, &event);
}

bs_status bs_yaml_emit(const bs_yaml_tree *tree, char **text)
{
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    yaml_emitter_t emitter;
    bool fine = file != NULL && yaml_emitter_initialize(&emitter);
    if (fine) {
        yaml_emitter_set_output(&emitter, write_text, file);
        yaml_emitter_set_unicode(&emitter, 1);
        yaml_emitter_set_width(&emitter, -1);
        fine = emit_stream(&emitter, tree->root);
        yaml_emitter_delete(&emitter);
    }
    if (file != NULL) {
        fine = fclose(file) == 0 && fine;
    }
    if (!fine) {
        free(out);
        return BS_FAIL(BS_ERR_MEMORY, "out of memory while writing an experiment as text");
    }
    *text = out;
    return BS_OK;
}
