/* Names of a run's weights, and what there is of its checkpoints. */
#include "blueshift/training_files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "blueshift/memory.h"
#include "checkpoint_folder.h"

static bool is_only_run(const bs_experiment *e)
{
    return e->network_count == 1 && e->realisations == 1;
}

char *bs_training_weights_path(const bs_experiment *e, int network, uint32_t realisation)
{
    char run[BS_CHECKPOINT_STEM];
    static const char ending[] = ".safetensors";
    size_t stem = strlen(e->weights) - strlen(ending);
    size_t length = strlen(e->weights) + sizeof run + 2;
    bs_checkpoint_stem(network, e->networks[network].name, realisation, run);
    char *name = bs_alloc(length, 1);
    if (name != NULL && is_only_run(e)) {
        snprintf(name, length, "%s", e->weights);
    } else if (name != NULL) {
        snprintf(name, length, "%.*s-%s%s", (int)stem, e->weights, run, ending);
    }
    return name;
}

bs_status bs_training_list_kept(const bs_experiment *e, int network, uint32_t realisation,
                                bs_training_kept *kept)
{
    bs_checkpoint_folder folder = {.folder = e->checkpoints, .lock = -1};
    int64_t unused = 0;
    *kept = (bs_training_kept){.checkpoints = 0};
    if (access(e->checkpoints, R_OK | X_OK) != 0) {
        return BS_OK;
    }
    bs_checkpoint_stem(network, e->networks[network].name, realisation, folder.stem);
    BS_TRY(bs_checkpoint_folder_count(&folder, ".checkpoint", &kept->checkpoints, &kept->last));
    return bs_checkpoint_folder_count(&folder, ".safetensors", &kept->weights, &unused);
}
