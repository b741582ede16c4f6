/* Hyperparameters of networks as arrays of the result file. */
#include "network_hyperparameters.h"

enum { HYPERPARAMETERS = 5 };

static const bs_array arrays[HYPERPARAMETERS] = {
    {.variable = {"skip_weight", "factor of the shortcut", "1"},
     .comment = "0 in a network without shortcuts",
     .kind = BS_ARRAY_NETWORK},
    {.variable = {"strength", "strength of the nonlinearity", "1"},
     .comment = "1 - slope of a leaky relu: 0 is linear, 1 is relu; 1 for every other activation",
     .kind = BS_ARRAY_NETWORK},
    {.variable = {"depth", "layers with weights", "1"},
     .comment = "fully connected networks: hidden layers",
     .kind = BS_ARRAY_NETWORK},
    {.variable = {"paths", "independent main branches of a block, averaged", "1"},
     .kind = BS_ARRAY_NETWORK},
    {.variable = {"width", "width of the network", "1"},
     .comment = "ResNets: multiplier of 16, 32 and 64 channels; fully connected networks: units",
     .kind = BS_ARRAY_NETWORK}};

bs_status bs_network_hyperparameters_list_arrays(bs_array_list *list)
{
    for (int k = 0; k < HYPERPARAMETERS; k++) {
        BS_TRY(bs_array_list_add(list, &arrays[k]));
    }
    return BS_OK;
}

bs_status bs_network_hyperparameters_write(bs_surface *surface, int index,
                                           const bs_architecture *network)
{
    bool leaky = network->activation == BS_ACTIVATION_LEAKY_RELU;
    bool skips = network->shortcut != BS_SHORTCUT_NONE;
    const double values[HYPERPARAMETERS] = {
        skips ? network->skip_weight : 0.0, leaky ? 1.0 - network->slope : 1.0,
        (double)network->depth, (double)network->paths, (double)network->width};
    for (int k = 0; k < HYPERPARAMETERS; k++) {
        int array = bs_surface_find_array(surface, arrays[k].variable.name);
        if (array >= 0) { /* files from before there were arrays have none */
            BS_TRY(bs_surface_write_array(surface, array, (bs_range){index, 1}, &values[k]));
        }
    }
    return BS_OK;
}
