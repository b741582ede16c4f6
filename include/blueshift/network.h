/* Networks as tables: hyperparameters expand to primitive layers and named tensors. */
#ifndef BLUESHIFT_NETWORK_H
#define BLUESHIFT_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "blueshift/activation.h"
#include "blueshift/rng.h"
#include "blueshift/status.h"
#include "blueshift/tensor.h"
#include "blueshift/weights.h"
#include "blueshift/words.h"

typedef enum bs_family { BS_FAMILY_RESNET, BS_FAMILY_MLP } bs_family;
typedef enum bs_version { BS_VERSION_V1, BS_VERSION_V2 } bs_version; /* post-, pre-activation */
typedef enum bs_shortcut { BS_SHORTCUT_NONE, BS_SHORTCUT_PAD, BS_SHORTCUT_PROJECTION } bs_shortcut;

/* Batch normalisation. The backends know two cases: statistics of the evaluated batch, or given
 * ones; frozen (those of the base point) and running (stored with the weights) are both given. */
typedef enum bs_norm { BS_NORM_NONE, BS_NORM_BATCH, BS_NORM_FROZEN, BS_NORM_RUNNING } bs_norm;

/* The hyperparameters. Zero means: ResNet v1, no shortcut, relu, no normalisation; depth, paths,
 * width must be set. */
typedef struct bs_architecture {
    bs_family family;
    int depth; /* ResNet: 6n + 2; MLP: hidden layers, with a shortcut 2n + 1 */
    bs_version version;
    bs_shortcut shortcut; /* MLP: none, or pad, which is the identity */
    double skip_weight;   /* nu, the factor of the shortcut */
    int paths;            /* k independent main branches, averaged after their last activation */
    int width;            /* ResNet: multiplier of 16, 32, 64; MLP: units of a hidden layer */
    bs_activation activation;
    double slope; /* of leaky relu */
    bs_norm norm;
    bool bias; /* MLP: biases on all layers (ResNets: on the last layer only) */
} bs_architecture;

/* Hyperparameters that a weights file may determine; as bits: those that somebody has decided. */
typedef enum bs_hyperparameter {
    BS_HYPERPARAMETER_KIND = 1,
    BS_HYPERPARAMETER_DEPTH = 2,
    BS_HYPERPARAMETER_VERSION = 4,
    BS_HYPERPARAMETER_SHORTCUT = 8,
    BS_HYPERPARAMETER_PATHS = 16,
    BS_HYPERPARAMETER_WIDTH = 32,
    BS_HYPERPARAMETER_BIAS = 64,
    BS_HYPERPARAMETER_ALL = 127
} bs_hyperparameter;

enum { BS_PATHS_MAX = 16, BS_LAYER_INPUTS = BS_PATHS_MAX + 1 };
static const double BS_NORM_EPSILON = 1e-5;

typedef enum bs_layer_kind {
    BS_LAYER_INPUT,      /* the normalised image */
    BS_LAYER_CONV,       /* kernel x kernel, stride, zero padding kernel / 2, no bias */
    BS_LAYER_NORM,       /* batch normalisation over (N, H, W), epsilon BS_NORM_EPSILON */
    BS_LAYER_ACTIVATION, /* the network's activation, by element */
    BS_LAYER_PAD,        /* option A: every stride-th pixel, zero channels on both sides */
    BS_LAYER_SUM,        /* sum of inputs times coefficients */
    BS_LAYER_POOL,       /* global average over H, W */
    BS_LAYER_LINEAR      /* over C*H*W in the order (c, h, w), as PyTorch's flatten */
} bs_layer_kind;

/* One primitive layer. Layer i's value has the layer's own number; inputs are earlier layers. */
typedef struct bs_layer {
    bs_layer_kind kind;
    int input_count;
    int inputs[BS_LAYER_INPUTS];
    double coefficients[BS_LAYER_INPUTS]; /* sums only */
    int channels, height, width;          /* of the output */
    int kernel, stride;                   /* convolutions, pads */
    int weight;   /* parameter: conv and linear weight, norm scale; -1: none */
    int bias;     /* parameter: linear bias, norm shift; -1: none */
    int mean;     /* statistic: running mean; -1: none */
    int variance; /* statistic: running variance; -1: none */
    int block;    /* residual block, from 0; -1: stem and head. For probes. */
} bs_layer;

/* Signals of a block, in the order of the dimension `branch`: the addends of the block's sum, and
 * the sum itself before the activation (v1) or as it leaves (v2, and averages of paths).
 *   one path, a shortcut:  skip = nu s(x), path 0 = the main branch m, sum = m + nu s(x);
 *   k paths, v1:           path j = act(m_j + nu s(x)), sum = their average, skip = nu s(x);
 *   k paths, v2:           path j = m_j, skip = nu s(x), sum = the average of the paths plus
 *                          the skip: what leaves the block;
 *   one path, no shortcut: path 0 = sum = m.
 * A signal that a network does not have (the skip without a shortcut or with nu = 0) is
 * missing: NaN, in the file too. */
enum { BS_BRANCH_SKIP = 0, BS_BRANCH_SUM = 1, BS_BRANCH_PATH = 2 /* and BRANCH_PATH + j */ };

/* The signals of a residual block, by the layers that give them. */
typedef struct bs_block {
    int skip;           /* s(x); -1: no shortcut */
    double skip_weight; /* nu: the skip signal is nu s(x) */
    bool addend;        /* the skip signal is an addend of the sum, beside the paths */
    int sum;            /* the sum of the addends; the path itself where it is alone */
    int path_count;
    int paths[BS_PATHS_MAX]; /* each weighs 1 / path_count */
} bs_block;

/* The rest of a network after one branch of a block alone, made by bs_network_add_tails. */
typedef struct bs_tail {
    int block, branch;
    int head;     /* the linear layer that gives its logits */
    bool foreign; /* the branch is that path of another network */
} bs_tail;

/* A network: its layers in order of evaluation (the last gives the logits) and its tensors in the
 * order of PyTorch's net.parameters() and buffers. Read-only once made. */
typedef struct bs_network {
    bs_architecture architecture;
    int layer_count;
    bs_layer *layers;
    int parameter_count; /* tensors */
    bs_tensor *parameters;
    size_t parameter_size; /* floats */
    int statistic_count;   /* tensors: mean and variance of each norm layer */
    bs_tensor *statistics;
    size_t statistic_size; /* floats */
    int block_count;
    bs_block *blocks; /* [block_count] */
    int tail_count;
    bs_tail *tails;        /* [tail_count], in the order of their heads */
    int64_t multiply_adds; /* an image, with tails */
} bs_network;

/* Expands the hyperparameters. The caller owns the network. BS_ERR_USAGE for impossible
 * hyperparameters, saying which and what is allowed. Not collective. Source: He et al. 2016, 2016b.
 *
 * A ResNet block over x with k paths m_j and a shortcut s(x) common to all of them gives
 *   v1: 1/k sum_j act(m_j + nu s(x)),  m_j = bn2(conv2(act(bn1(conv1 x))));
 *   v2: 1/k sum_j m_j + nu s(x),       m_j = conv2(act(bn2(conv1(act(bn1 x)))));
 * v1 begins with act(bn(conv)), v2 with the bare convolution and ends with act(bn) before the
 * pool. s is the identity where shapes agree. With a skip weight nu of 0 the table has no
 * shortcut, but the parameters keep the tensors of a projection, so that a scan over nu moves
 * through one parameter space.
 *
 * Names are those of PyTorch's CIFAR ResNets: "conv1", "bn1", "layer1.0.conv1", ...,
 * "layer2.0.shortcut.0", "linear"; "bn" for the last norm of v2; with k > 1
 * "layer1.0.path0.conv1".
 *
 * An MLP over the flattened image x has hidden layers "fc1", "fc2", ..., then "linear":
 *   plain:          act(fc_i x), no blocks;
 *   k paths:        1/k sum_j act(fc_i_j x), each layer a block; "fc1.path0";
 *   shortcut pad:   fc1 x; (depth - 1) / 2 blocks nu x + fc2(act(fc1(act x))), a block's x being
 *                   what is before it; act. One path, odd depth. "fc1", "block0.fc1", ... */
bs_status bs_network_create(const bs_architecture *architecture, bs_network **network);

/* The one set of rules for architectures. The key of the first hyperparameter that breaks one, with
 * what is allowed in ADVICE; NULL when all are kept. Rules about hyperparameters of which DECIDED
 * lacks the bit are left out. */
enum { BS_RULE_MAX = 128 };
const char *bs_architecture_check(const bs_architecture *architecture, unsigned decided,
                                  char advice[BS_RULE_MAX]);
void bs_network_destroy(bs_network *network);

/* Which tails. */
typedef struct bs_tail_options {
    int count;
    const int *blocks; /* [count], different ones */
    bool fixed;        /* the rest has weights of its own: a second set of all parameters */
    bool foreign;      /* tails of another network's paths too, which has a second set of parameters
                          and statistics; not with fixed rests */
} bs_tail_options;

/* Tails of a block: its skip's, and one per path; none where the block has a single branch. */
int bs_network_tail_count(const bs_network *network, int block);

/* NETWORK with the tails of some blocks. In a tail the block's sums have one addend alone: nu s(x)
 * for branch BS_BRANCH_SKIP, and for BS_BRANCH_PATH + j the path m_j, each as it stands in the sum;
 * what follows is what would have followed (in v1 the activation; averages keep their factor 1/k).
 * Backends then give logits [1 + tail][count][classes], those of the network first. Norm layers of
 * a tail use the network's statistics where they are given, and in batch mode those of their own
 * values. With fixed rests THETA is [2][parameter_size of NETWORK], the second for the layers of
 * tails. With foreign paths it is that too, and given statistics are [2][statistic_size], the
 * second for the other network, which sees the same images: its paths go through the rest with the
 * first weights. The caller owns the extended network, which borrows nothing. BS_ERR_USAGE for a
 * block that is not there. Not collective. */
bs_status bs_network_add_tails(const bs_network *network, const bs_tail_options *options,
                               bs_network **extended);

/* The key of the first hyperparameter AMONG those of bs_hyperparameter in which A and B differ, and
 * both values as an experiment writes them; NULL when there is none. */
enum { BS_VALUE_MAX = 16 };
const char *bs_architecture_difference(const bs_architecture *a, const bs_architecture *b,
                                       unsigned among, char in_a[BS_VALUE_MAX],
                                       char in_b[BS_VALUE_MAX]);

/* Completes ARCHITECTURE by the hyperparameters of bs_hyperparameter that a weights file determines
 * through its tensors or its metadata, which must agree. What it leaves open is taken as the caller
 * has it where GIVEN has the bit, else a shortcut of a ResNet is pad and a version v1, and ASSUMED
 * gets the bit. ARCHITECTURE keeps activation, slope and skip weight, and its norm but in an MLP.
 * BS_ERR_INPUT when the file is no such network; ARCHITECTURE is then as it was. */
bs_status bs_network_infer(const bs_weights *weights, unsigned given, bs_architecture *architecture,
                           unsigned *assumed);

/* Copies a weights file into THETA [parameter_size] and STATISTICS [statistic_size] (may be NULL
 * when the norm mode does not use stored statistics). Ignores "num_batches_tracked".
 * BS_ERR_INPUT names the tensor and both shapes. */
bs_status bs_network_load(const bs_network *network, const bs_weights *weights, float *theta,
                          float *statistics);

/* Initial weights from (seed, STREAM, realisation, tensor, element), STREAM being BS_STREAM_INIT or
 * BS_STREAM_INIT_FAR: He normal with fan-in for convolutions and linear weights, norm scale 1,
 * shift and biases 0. The gain is that of the activation: variance 2/fan_in for relu,
 * 2/((1 + s^2) fan_in) for leaky relu, 1/fan_in for tanh, 2/fan_in otherwise; the last linear
 * layer 1/fan_in. Bit-equal on every rank. */
void bs_network_init(const bs_network *network, uint64_t seed, bs_stream stream,
                     uint32_t realisation, float *theta);

/* Words for messages, YAML and files, such as "v1", "projection", "frozen"; those of
 * activations are in activation.h. */
extern const bs_words bs_family_words, bs_version_words, bs_shortcut_words, bs_norm_words;
const char *bs_version_name(bs_version version);
const char *bs_shortcut_name(bs_shortcut shortcut);
const char *bs_norm_name(bs_norm norm);

#endif
