/* Identities, a line a fact. */
#include "training_identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blueshift/memory.h"

static const char NETWORKS[] = "networks.";

/* The experiment's own lines; of networks all, or those of NETWORK alone, without its number. */
static void print_experiment(const bs_experiment *e, int network, FILE *out)
{
    char own[sizeof NETWORKS + 16];
    int own_length = snprintf(own, sizeof own, "%s%d.", NETWORKS, network);
    for (const char *line = e->training_identity; *line != '\0';) {
        int length = (int)strcspn(line, "\n");
        bool of_networks = strncmp(line, NETWORKS, sizeof NETWORKS - 1) == 0;
        if (!of_networks || network < 0) {
            fprintf(out, "%.*s\n", length, line);
        } else if (strncmp(line, own, (size_t)own_length) == 0) {
            fprintf(out, "network.%.*s\n", length - own_length, line + own_length);
        }
        line += length + (line[length] == '\n');
    }
}

static void print_files(const bs_training_subject *s, FILE *out)
{
    fprintf(out, "images: %" PRId64 "\nimages_sha256: %s\n", s->images->images.count,
            s->images->hash);
    if (s->tests != NULL) {
        fprintf(out, "test_images: %" PRId64 "\ntest_images_sha256: %s\n", s->tests->images.count,
                s->tests->hash);
    }
    fprintf(out, "kernel: %s\n", s->backend->name);
}

static bs_status make(const bs_training_subject *s, const bs_base_point *base, int network,
                      uint32_t realisation, char **text)
{
    char *made = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&made, &length);
    if (out == NULL) {
        return BS_FAIL(BS_ERR_MEMORY, "out of memory for the identity of a training");
    }
    print_experiment(s->experiment, network, out);
    print_files(s, out);
    if (base != NULL) {
        bs_base_point_identify(base, 0, out);
        fprintf(out, "realisation: %" PRIu32 "\n", realisation);
    }
    bool failed = ferror(out) != 0;
    failed = fclose(out) != 0 || failed;
    *text = failed || made == NULL ? NULL : bs_strdup(made);
    free(made);
    return *text == NULL ? BS_FAIL(BS_ERR_MEMORY, "out of memory for the identity of a training")
                         : BS_OK;
}

bs_status bs_training_identity(const bs_training_subject *subject, char **text)
{
    return make(subject, NULL, -1, 0, text);
}

bs_status bs_run_identity(const bs_training_subject *subject, const bs_base_point *base,
                          int network, uint32_t realisation, char **text)
{
    return make(subject, base, network, realisation, text);
}
