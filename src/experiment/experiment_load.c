/* From a validated tree to a structure, by libcyaml. */
#include <stdio.h>
#include <string.h>

#include "blueshift/memory.h"
#include "experiment_parts.h"

enum { LOG_MAX = 512 };

/* Keeps libcyaml's messages for the error text instead of printing them. */
static void capture(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    char *text = context;
    size_t used = strlen(text);
    (void)level;
    vsnprintf(text + used, LOG_MAX - used, format, arguments);
}

static cyaml_config_t configuration(char log[LOG_MAX])
{
    return (cyaml_config_t){.log_fn = capture,
                            .log_ctx = log,
                            .mem_fn = cyaml_mem,
                            .log_level = CYAML_LOG_ERROR,
                            .flags = CYAML_CFG_NO_ALIAS};
}

bs_status bs_experiment_load(const cyaml_schema_value_t *schema, const bs_yaml_tree *tree,
                             void **data, char **yaml)
{
    char *text = NULL;
    BS_TRY(bs_yaml_emit(tree, &text));
    char log[LOG_MAX] = "";
    cyaml_config_t config = configuration(log);
    *data = NULL;
    cyaml_err_t error =
        cyaml_load_data((const uint8_t *)text, strlen(text), &config, schema, data, NULL);
    if (error != CYAML_OK) {
        bs_free(text);
        return error == CYAML_ERR_OOM
                   ? BS_FAIL(BS_ERR_MEMORY, "out of memory while loading an experiment")
                   : BS_FAIL(BS_ERR_INTERNAL, "the checked experiment does not load: %s: %s",
                             cyaml_strerror(error), log);
    }
    *yaml = text;
    return BS_OK;
}

void bs_experiment_unload(const cyaml_schema_value_t *schema, void *data)
{
    char log[LOG_MAX] = "";
    cyaml_config_t config = configuration(log);
    cyaml_free(&config, schema, data, 0);
}
