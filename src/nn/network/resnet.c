/* CIFAR ResNets of depth 6n + 2 (He et al. 2016, 2016b), with k averaged paths per block. */
#include <stdio.h>

#include "blueshift/images.h"
#include "network_build.h"

enum { STAGES = 3, STEM_CHANNELS = 16, BLOCK_DEPTH = 2 * STAGES, PREFIX_MAX = 32 };

/* Where a block stands: its place in the names, and the shapes it maps between. */
typedef struct block_site {
    char prefix[PREFIX_MAX]; /* "layer1.0." */
    int in_channels, channels, stride;
} block_site;

typedef struct module_name {
    char text[BS_TENSOR_NAME];
} module_name;

/* PATH is -1 for modules that all paths share, and for networks of a single path. */
static module_name name_module(const block_site *site, int path, const char *module)
{
    module_name name;
    if (path < 0) {
        (void)snprintf(name.text, sizeof name.text, "%s%s", site->prefix, module);
    } else {
        (void)snprintf(name.text, sizeof name.text, "%spath%d.%s", site->prefix, path, module);
    }
    return name;
}

/* conv - norm - activation - conv - norm */
static int build_path_v1(bs_builder *builder, const block_site *site, int path, int x)
{
    int channels = site->channels;
    x = bs_build_conv(builder, x, name_module(site, path, "conv1").text, channels, 3, site->stride);
    x = bs_build_norm(builder, x, name_module(site, path, "bn1").text);
    x = bs_build_activation(builder, x);
    x = bs_build_conv(builder, x, name_module(site, path, "conv2").text, channels, 3, 1);
    return bs_build_norm(builder, x, name_module(site, path, "bn2").text);
}

/* norm - activation - conv - norm - activation - conv */
static int build_path_v2(bs_builder *builder, const block_site *site, int path, int x)
{
    int channels = site->channels;
    x = bs_build_norm(builder, x, name_module(site, path, "bn1").text);
    x = bs_build_activation(builder, x);
    x = bs_build_conv(builder, x, name_module(site, path, "conv1").text, channels, 3, site->stride);
    x = bs_build_norm(builder, x, name_module(site, path, "bn2").text);
    x = bs_build_activation(builder, x);
    return bs_build_conv(builder, x, name_module(site, path, "conv2").text, channels, 3, 1);
}

/* The skip of block input X; -1: none. A projection's tensors exist whatever the skip weight is,
 * so that a scan over the skip weight moves through one parameter space. */
static int build_shortcut(bs_builder *builder, const block_site *site, int x)
{
    const bs_architecture *hyperparameters = &builder->network->architecture;
    bool changes = site->stride != 1 || site->in_channels != site->channels;
    bool present = hyperparameters->skip_weight != 0.0;
    if (hyperparameters->shortcut == BS_SHORTCUT_NONE) {
        return -1;
    }
    if (!changes) {
        return present ? x : -1;
    }
    if (hyperparameters->shortcut == BS_SHORTCUT_PAD) {
        return present ? bs_build_pad(builder, x, site->channels, site->stride) : -1;
    }
    module_name conv = name_module(site, -1, "shortcut.0");
    module_name norm = name_module(site, -1, "shortcut.1");
    if (!present) {
        bs_build_conv_tensor(builder, x, conv.text, site->channels, 1);
        bs_build_norm_tensors(builder, site->channels, norm.text);
        return -1;
    }
    x = bs_build_conv(builder, x, conv.text, site->channels, 1, site->stride);
    return bs_build_norm(builder, x, norm.text);
}

static int build_block(bs_builder *builder, const block_site *site, int x)
{
    const bs_architecture *hyperparameters = &builder->network->architecture;
    bool v1 = hyperparameters->version == BS_VERSION_V1;
    int paths[BS_PATHS_MAX] = {0};
    for (int j = 0; j < hyperparameters->paths; j++) {
        int path = hyperparameters->paths == 1 ? -1 : j;
        paths[j] =
            v1 ? build_path_v1(builder, site, path, x) : build_path_v2(builder, site, path, x);
    }
    return bs_build_join(builder, hyperparameters->version, paths,
                         build_shortcut(builder, site, x));
}

/* The blocks of all stages; the shape changes in the first block of the second and third. */
static int build_stages(bs_builder *builder, int x)
{
    const bs_architecture *hyperparameters = &builder->network->architecture;
    int blocks = (hyperparameters->depth - 2) / BLOCK_DEPTH;
    int channels = STEM_CHANNELS * hyperparameters->width;
    bs_build_blocks(builder, STAGES * blocks);
    for (int stage = 0; stage < STAGES; stage++) {
        int wider = stage == 0 ? channels : 2 * channels;
        for (int i = 0; i < blocks; i++) {
            block_site site = {.in_channels = i == 0 ? channels : wider,
                               .channels = wider,
                               .stride = i == 0 && stage > 0 ? 2 : 1};
            (void)snprintf(site.prefix, sizeof site.prefix, "layer%d.%d.", stage + 1, i);
            x = build_block(builder, &site, x);
        }
        channels = wider;
    }
    return x;
}

void bs_build_resnet(bs_builder *builder)
{
    const bs_architecture *hyperparameters = &builder->network->architecture;
    int x = bs_build_input(builder, BS_IMAGE_CHANNELS, BS_IMAGE_SIDE);
    x = bs_build_conv(builder, x, "conv1", STEM_CHANNELS * hyperparameters->width, 3, 1);
    if (hyperparameters->version == BS_VERSION_V1) {
        x = bs_build_norm(builder, x, "bn1");
        x = bs_build_activation(builder, x);
    }
    x = build_stages(builder, x);
    if (hyperparameters->version == BS_VERSION_V2) {
        x = bs_build_norm(builder, x, "bn");
        x = bs_build_activation(builder, x);
    }
    x = bs_build_pool(builder, x);
    bs_build_linear(builder, x, "linear", BS_CLASSES, true);
}
