/* The one list of words for each choice among the hyperparameters: in messages, experiments, files.
 */
#include <stdio.h>

#include "blueshift/network.h"

const bs_words bs_family_words = BS_WORDS([BS_FAMILY_RESNET] = "resnet", [BS_FAMILY_MLP] = "mlp");

const bs_words bs_version_words = BS_WORDS([BS_VERSION_V1] = "v1", [BS_VERSION_V2] = "v2");

const bs_words bs_shortcut_words = BS_WORDS([BS_SHORTCUT_NONE] = "none", [BS_SHORTCUT_PAD] = "pad",
                                            [BS_SHORTCUT_PROJECTION] = "projection");

const bs_words bs_norm_words = BS_WORDS([BS_NORM_NONE] = "none", [BS_NORM_BATCH] = "batch",
                                        [BS_NORM_FROZEN] = "frozen", [BS_NORM_RUNNING] = "running");

static const bs_words truths = BS_WORDS("false", "true");

const char *bs_version_name(bs_version version)
{
    return bs_words_name(&bs_version_words, (int)version);
}

const char *bs_shortcut_name(bs_shortcut shortcut)
{
    return bs_words_name(&bs_shortcut_words, (int)shortcut);
}

const char *bs_norm_name(bs_norm norm)
{
    return bs_words_name(&bs_norm_words, (int)norm);
}

const char *bs_architecture_difference(const bs_architecture *a, const bs_architecture *b,
                                       unsigned among, char in_a[BS_VALUE_MAX],
                                       char in_b[BS_VALUE_MAX])
{
    const struct {
        bs_hyperparameter bit;
        const char *key;
        const bs_words *words; /* NULL: a number */
        int of_a, of_b;
    } rows[] = {
        {BS_HYPERPARAMETER_KIND, "kind", &bs_family_words, (int)a->family, (int)b->family},
        {BS_HYPERPARAMETER_DEPTH, "depth", NULL, a->depth, b->depth},
        {BS_HYPERPARAMETER_VERSION, "version", &bs_version_words, (int)a->version, (int)b->version},
        {BS_HYPERPARAMETER_SHORTCUT, "shortcut", &bs_shortcut_words, (int)a->shortcut,
         (int)b->shortcut},
        {BS_HYPERPARAMETER_PATHS, "paths", NULL, a->paths, b->paths},
        {BS_HYPERPARAMETER_WIDTH, "width", NULL, a->width, b->width},
        {BS_HYPERPARAMETER_BIAS, "bias", &truths, a->bias, b->bias},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if ((among & (unsigned)rows[i].bit) != 0 && rows[i].of_a != rows[i].of_b) {
            snprintf(in_a, BS_VALUE_MAX, "%d", rows[i].of_a);
            snprintf(in_b, BS_VALUE_MAX, "%d", rows[i].of_b);
            if (rows[i].words != NULL) {
                snprintf(in_a, BS_VALUE_MAX, "%s", bs_words_name(rows[i].words, rows[i].of_a));
                snprintf(in_b, BS_VALUE_MAX, "%s", bs_words_name(rows[i].words, rows[i].of_b));
            }
            return rows[i].key;
        }
    }
    return NULL;
}
