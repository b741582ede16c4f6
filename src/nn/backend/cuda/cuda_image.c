/* Embeds the compiled kernels, or reads them from a file. */
#include "cuda_image.h"

#include <stdio.h>
#include <stdlib.h>

#include "blueshift/memory.h"

/* The Makefile names the fatbin and the CUDA that made it where it has found nvcc. */
#ifdef BS_CUDA_FATBIN
__asm__(".pushsection .rodata\n"
        ".balign 64\n"
        "bs_cuda_fatbin:\n"
        ".incbin \"" BS_CUDA_FATBIN "\"\n"
        ".quad 0\n"
        ".popsection\n");
extern const char bs_cuda_fatbin[];
static const char *const embedded = bs_cuda_fatbin;
static const int toolkit = BS_CUDA_TOOLKIT;
#else
static const char *const embedded = NULL;
static const int toolkit = 0;
#endif

/* The kernels in a file, which stay until the process ends: a driver may read them late. */
static bs_status read_file(const char *path, const void **data)
{
    static char *read = NULL;
    FILE *file = fopen(path, "rb");
    long bytes = file != NULL && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    bs_free(read);
    /* A zero after it ends PTX, which is text. */
    read = bytes > 0 ? bs_alloc((size_t)bytes + 1, 1) : NULL;
    bool good = read != NULL && fseek(file, 0, SEEK_SET) == 0 &&
                fread(read, 1, (size_t)bytes, file) == (size_t)bytes;
    if (file != NULL) {
        fclose(file);
    }
    *data = read;
    return good ? BS_OK
                : BS_FAIL(BS_ERR_INPUT, "%s: the GPU's kernels cannot be read (%s)", path,
                          BS_CUDA_IMAGE_VARIABLE);
}

bs_status bs_cuda_image_get(bs_cuda_image *image)
{
    const char *path = getenv(BS_CUDA_IMAGE_VARIABLE);
    *image = (bs_cuda_image){.data = embedded, .toolkit = toolkit};
    if (path != NULL && path[0] != '\0') {
        image->toolkit = 0;
        return read_file(path, &image->data);
    }
    if (embedded == NULL) {
        return BS_FAIL(BS_ERR_DEVICE,
                       "this program was built without the GPU's kernels, where there "
                       "was no nvcc: build it where nvcc is (make NVCC=PATH)");
    }
    return BS_OK;
}

const char *bs_cuda_image_text(void)
{
#ifdef BS_CUDA_FATBIN
    return BS_CUDA_TEXT;
#else
    return "none, built without nvcc";
#endif
}
