/* The counterparts of the flags of loss-landscape's plot_surface.py (Li et al. 2018). */
#include "foreign_flags.h"

#include <string.h>

static const char RANKS[] = "a rank is one thread, and the launcher starts the ranks: "
                            "mpirun -n N blueshift sweep ...";
static const char BACKEND[] = "--backend=NAME says what runs the networks; the help of sweep lists "
                              "what there is here";
static const char PART[] = "--set data.first=N --set data.images=M takes a part of the images";
static const char LABELS[] = "--set data.file=FILE reads any file of CIFAR-10's binary format, "
                             "random labels included";
static const char PLOT[] = "the surface is drawn afterwards: blueshift plot FILE.nc -o PICTURE.png";
static const char CLIP[] = "blueshift plot FILE.nc --clip=MIN:MAX limits what is drawn";

static const struct {
    const char *name;
    const char *here;
} table[] = {
    {"mpi", RANKS},
    {"threads", RANKS},
    {"cuda", BACKEND},
    {"ngpu", BACKEND},
    {"batch_size",
     "--set data.batch=N: the images whose batch statistics and sums belong together"},
    {"dataset", "--set data.source=cifar10"},
    {"datapath", "--set data.path=DIR, the folder of CIFAR-10's binary files"},
    {"raw_data", "--set data.normalisation=unit leaves the pixels from 0 to 1 as they are"},
    {"data_split", PART},
    {"split_idx", PART},
    {"trainloader", LABELS},
    {"testloader", LABELS},
    {"model", "--model_file=W.safetensors brings its architecture along; without weights: --set "
              "networks.depth=56 --set networks.shortcut=pad"},
    {"model_folder", "--model_file and --model_file2 take whole paths"},
    {"loss_name", "the loss is the mean cross-entropy"},
    {"dir_type", "directions move weights only; running statistics of norms stay those of the "
                 "base point (networks.norm=frozen) or are those of the images (batch)"},
    {"same_dir", "every axis has a direction of its own; leave --y out for a line"},
    {"idx", "--set realisations=N repeats a surface with other random numbers"},
    {"proj_file", "blueshift convert FILE.nc --format=losslandscape -o FILE.h5 writes the "
                  "surface that its plot_2D.py draws a trajectory over"},
    {"loss_max", CLIP},
    {"vmax", CLIP},
    {"vmin", CLIP},
    {"vlevel", "plot chooses its contours; -o PICTURE.gp writes gnuplot's script, where they can "
               "be changed"},
    {"show", PLOT},
    {"plot", PLOT},
};

static int same_name(const char *name, size_t length, const char *known)
{
    size_t i = 0;
    while (i < length && known[i] != '\0' && (name[i] == '-' ? '_' : name[i]) == known[i]) {
        i++;
    }
    return i == length && known[i] == '\0';
}

const char *bs_foreign_flag(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (same_name(name, length, table[i].name)) {
            return table[i].here;
        }
    }
    return NULL;
}
