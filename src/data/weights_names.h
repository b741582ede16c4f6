/* Names of tensors as checkpoints have them, and as networks do. Private to src/data. */
#ifndef BLUESHIFT_WEIGHTS_NAMES_H
#define BLUESHIFT_WEIGHTS_NAMES_H

#include <stddef.h>

/* NAME in the form of PyTorch's CIFAR ResNets, in OUT, cut off at LENGTH bytes: without the
 * prefixes of wrappers ("module.", "model.", "net.", "_orig_mod.", in any order and number),
 * "linear" for a last layer called "fc" or "classifier", and "shortcut" for "downsample". Returns
 * the length that was needed, as snprintf. */
size_t bs_weights_canonical_name(const char *name, char *out, size_t length);

#endif
