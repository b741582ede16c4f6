/* The built-in experiment: every key with its default and a comment. */
#include <stdio.h>
#include <string.h>

#include "blueshift/experiment.h"
#include "blueshift/memory.h"

/* In two parts, since compilers need not take longer texts. */
static const char first_part[] =
    "# Defaults of `blueshift sweep`: every key there is. An experiment file gives only what\n"
    "# differs; --set key=value comes on top (--set networks.0.depth=20).\n"
    "title: Loss surface        # a line for the result file\n"
    "seed: 1                    # of initial weights, directions and synthetic images\n"
    "realisations: 1            # repeats, each with its own random numbers\n"
    "\n"
    "data:\n"
    "  source: auto             # synthetic | cifar10; auto: cifar10 when a path, a file or\n"
    "                           # weights are given\n"
    "  path: auto               # folder of CIFAR-10's binary files; auto: $BLUESHIFT_DATA\n"
    "  split: train             # train | test\n"
    "  file: ''                 # one file of the folder, such as data_batch_1.bin, instead of\n"
    "                           # the split's\n"
    "  first: 0                 # first image\n"
    "  images: 0                # number of images; 0: all from the first on (synthetic: 1024)\n"
    "  batch: 128               # images a block: unit of batch normalisation and of summation\n"
    "  normalisation: auto      # weights (their metadata) | imagenet | cifar10 | unit | half |\n"
    "                           # values (mean and std below); auto: weights if any are given,\n"
    "                           # else cifar10, or half for synthetic images\n"
    "  mean: [0, 0, 0]          # red, green, blue on the scale 0 to 1\n"
    "  std: [1, 1, 1]\n"
    "\n"
    "networks:                  # each entry starts from these knobs; 0 and auto with a weights\n"
    "- name: auto               # file: what the file holds. Label; auto: network0, network1, ...\n"
    "  kind: auto               # resnet | mlp; auto: resnet\n"
    "  depth: 0                 # resnet: 6n + 2; mlp: hidden layers, with a shortcut 2n + 1; 0: "
    "20,\n"
    "                           # mlp 3\n"
    "  version: auto            # v1 (post-activation) | v2 (pre-activation); auto: v1\n"
    "  shortcut: auto           # none | pad | projection; mlp: none | pad (the identity, over "
    "blocks\n"
    "                           # of two layers); auto: pad, mlp none\n"
    "  skip_weight: 1           # factor of the shortcut\n"
    "  paths: 0                 # independent main branches, averaged (1 to 16); mlp: of every\n"
    "                           # hidden layer, without a shortcut; 0: 1\n"
    "  width: 0                 # resnet: multiplier of 16, 32, 64; mlp: units; 0: 1, mlp 128\n"
    "  activation: relu         # relu | leaky-relu | tanh | softplus | gelu\n"
    "  slope: 0.01              # of leaky-relu, 0 to 1\n"
    "  norm: auto               # none | batch (the evaluated block's statistics) | frozen (the\n"
    "                           # base point's) | running (the weights file's); auto: running\n"
    "                           # with weights, else batch; mlp: none\n"
    "  bias: false              # mlp: biases\n"
    "  weights: ''              # safetensors file; none: initial weights from the seed\n"
    "  weights2: ''             # x runs from weights to these\n"
    "  weights3: ''             # y runs from weights to these\n";

static const char second_part[] =
    "\n"
    "path:\n"
    "  kind: auto               # line | ring | great-circle | plane | volume; auto: line, with\n"
    "                           # y plane, with z volume\n"
    "  radius: 1                # of a ring\n"
    "  normalisation: filter    # of directions: filter | layer | none\n"
    "  ignore: biasbn           # biasbn: biases and norm parameters stay fixed | none\n"
    "  orthogonalise: false     # whether the second and third direction are made orthogonal\n"
    "  directions: ''           # HDF5 direction file instead of random directions\n"
    "\n"
    "grid:                      # axes FROM:TO:POINTS\n"
    "  x: auto                  # ring and great-circle: number of points; auto: -1:1:51, or 64\n"
    "  y: none\n"
    "  z: none\n"
    "  endpoint: auto           # whether TO is a sample; auto: true, on periodic paths false\n"
    "\n"
    "evaluation:\n"
    "  kernel: auto             # auto: the fastest on this machine | reference | ...\n"
    "\n"
    "observables:               # kept of every point beside loss and accuracy\n"
    "  logits: 0                # of the first so many images\n"
    "  branch_losses: false     # of residual, sum and paths of every block, seen through a fixed\n"
    "                           # random head behind the average over the pixels\n"
    "  probes: 0                # random neurons of each of these signals\n"
    "  probe_images: 1          # images in which each neuron is seen\n"
    "\n"
    "analysis:\n"
    "  window: auto             # hann | none; auto: hann, on periodic paths none\n"
    "  cutoff: 0.5              # power above this fraction of the Nyquist wavenumber is high\n"
    "  tail: [0.25, 0.75]       # fractions between which the power's slope is fitted\n"
    "\n"
    "parallel:\n"
    "  shards: 1                # ranks that share the images of a point\n"
    "  schedule: auto           # static | on-demand; auto: on-demand up to 1024 groups of shards\n"
    "  chunk: 0                 # points handed out at once; 0: chosen, on demand ever fewer\n"
    "  time_limit: 0            # seconds or HH:MM:SS, then a clean end (exit code 75); 0: none\n"
    "  flush_interval: 0.5      # seconds between writes of finished points\n"
    "\n"
    "output:\n"
    "  file: auto               # auto: the experiment file's name with .nc, or surface.nc\n"
    "\n"
    "# Names of files and folders may begin with an environment variable: $NAME/... Two keys have\n"
    "# no default. Every network becomes one for each combination of values (strength: 1 - slope\n"
    "# of a leaky relu; any other knob as above):\n"
    "#   scan: {strength: [0, 0.5, 1], skip_weight: [0, 1]}\n"
    "# Variants of an experiment, of which --set size=small chooses one:\n"
    "#   sizes: {small: {data.images: 64, grid.x: '-1:1:17'}}\n";

bs_status bs_experiment_defaults(char **text)
{
    size_t bytes = sizeof first_part + sizeof second_part;
    *text = bs_alloc(bytes, 1);
    if (*text == NULL) {
        return BS_ERR_MEMORY;
    }
    snprintf(*text, bytes, "%s%s", first_part, second_part);
    return BS_OK;
}
