/* A named tensor inside a flat vector of parameters or statistics. */
#ifndef BLUESHIFT_TENSOR_H
#define BLUESHIFT_TENSOR_H

#include <stddef.h>
#include <stdint.h>

enum { BS_TENSOR_DIMS = 4, BS_TENSOR_NAME = 64 };

/* Row-major, as PyTorch: convolutions [K][C][R][S], linear [out][in], vectors [K]. */
typedef struct bs_tensor {
    char name[BS_TENSOR_NAME]; /* PyTorch's name, such as "layer1.0.conv1.weight" */
    int ndim;                  /* 1 to BS_TENSOR_DIMS */
    int64_t shape[BS_TENSOR_DIMS];
    size_t offset; /* of the first element in the flat vector */
    size_t count;  /* elements: the product of the shape */
} bs_tensor;

/* "16x3x3x3"; returns TEXT. 64 characters always suffice. */
const char *bs_tensor_shape_text(const bs_tensor *tensor, char text[64]);

#endif
