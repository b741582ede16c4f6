/* Opens a card and runs kernels on it, through the driver. */
#include "driver_device.h"

#include <string.h>

#include "cuda_image.h"
#include "driver.h"

enum { CAPABILITY_LEAST = 80, NAME_MAX_BYTES = 128, SHARED_BYTES_ALWAYS = 48 * 1024 };

/* CUDA 13.0 is 13 * VERSION; the first that knew capability 8.0 was 11.0. */
enum { VERSION = 1000, OLDEST = 11 * VERSION };

typedef struct card {
    bs_cuda_device device; /* what others see */
    const bs_cuda_driver *driver;
    bs_cu_device number;
    bs_cu_handle context, module;
    bs_cu_handle functions[BS_CUDA_KERNEL_COUNT];
    size_t allowed[BS_CUDA_KERNEL_COUNT]; /* dynamic shared memory so far */
    char name[NAME_MAX_BYTES];
    bool open;
} card;

static card the_card;

static bs_status card_allocate(void *context, size_t bytes, bs_cuda_address *address)
{
    const card *c = context;
    *address = 0;
    return bs_cuda_driver_check(c->driver, c->driver->allocate(address, bytes > 0 ? bytes : 1),
                                "an allocation");
}

static void card_release(void *context, bs_cuda_address address)
{
    const card *c = context;
    if (address != 0) {
        (void)c->driver->release(address);
    }
}

static bs_status card_clear(void *context, bs_cuda_address address, size_t bytes)
{
    const card *c = context;
    return bytes == 0 ? BS_OK
                      : bs_cuda_driver_check(c->driver, c->driver->set_bytes(address, 0, bytes),
                                             "clearing memory");
}

static bs_status card_upload(void *context, bs_cuda_address to, const void *from, size_t bytes)
{
    const card *c = context;
    return bytes == 0 ? BS_OK
                      : bs_cuda_driver_check(c->driver, c->driver->to_device(to, from, bytes),
                                             "a copy to the GPU");
}

static bs_status card_download(void *context, void *to, bs_cuda_address from, size_t bytes)
{
    const card *c = context;
    return bytes == 0 ? BS_OK
                      : bs_cuda_driver_check(c->driver, c->driver->to_host(to, from, bytes),
                                             "a copy from the GPU");
}

/* More than 48 KB of dynamic shared memory are allowed to a kernel on request. */
static bs_status allow(card *c, const bs_cuda_launch *launch)
{
    size_t *allowed = &c->allowed[launch->kernel];
    if (launch->shared_bytes <= *allowed) {
        return BS_OK;
    }
    if (launch->shared_bytes > c->device.shared_bytes) {
        return BS_FAIL(BS_ERR_INTERNAL, "a kernel wants %zu bytes of shared memory, %s has %zu",
                       launch->shared_bytes, c->name, c->device.shared_bytes);
    }
    bs_cu_result result = c->driver->function_set(
        c->functions[launch->kernel], BS_CU_FUNCTION_SHARED_BYTES, (int)launch->shared_bytes);
    BS_TRY(bs_cuda_driver_check(c->driver, result, "making shared memory available"));
    *allowed = launch->shared_bytes;
    return BS_OK;
}

static bs_status card_launch(void *context, const bs_cuda_launch *launch)
{
    card *c = context;
    enum { BYTES = 512 };
    _Alignas(16) char parameters[BYTES];
    if (launch->parameter_bytes > sizeof parameters) {
        return BS_FAIL(BS_ERR_INTERNAL, "%zu bytes of parameters", launch->parameter_bytes);
    }
    BS_TRY(allow(c, launch));
    memcpy(parameters, launch->parameters, launch->parameter_bytes);
    void *pointers[] = {parameters};
    bs_cu_handle function = c->functions[launch->kernel];
    unsigned grid = (unsigned)launch->grid;
    unsigned block = (unsigned)launch->block;
    unsigned shared = (unsigned)launch->shared_bytes;
    bs_cu_result result =
        launch->cooperative
            ? c->driver->launch_cooperative(function, grid, 1, 1, block, 1, 1, shared, NULL,
                                            pointers)
            : c->driver->launch(function, grid, 1, 1, block, 1, 1, shared, NULL, pointers, NULL);
    return bs_cuda_driver_check(c->driver, result, "the launch of a kernel");
}

static bs_status card_resident(void *context, const bs_cuda_launch *launch, int *blocks)
{
    card *c = context;
    *blocks = 0;
    if (launch->shared_bytes > c->device.shared_bytes) {
        return BS_OK;
    }
    BS_TRY(allow(c, launch));
    bs_cu_result result = c->driver->occupancy(blocks, c->functions[launch->kernel], launch->block,
                                               launch->shared_bytes);
    return bs_cuda_driver_check(c->driver, result, "the question for a kernel's occupancy");
}

static bs_status card_synchronise(void *context)
{
    const card *c = context;
    return bs_cuda_driver_check(c->driver, c->driver->synchronise(), "a kernel");
}

static bs_status attribute(const card *c, int which, int *value)
{
    *value = 0;
    return bs_cuda_driver_check(c->driver, c->driver->device_attribute(value, which, c->number),
                                "the question for a property of the GPU");
}

/* Whether the card can run the kernels: ldmatrix, mma and cp.async. */
static bs_status inspect(card *c)
{
    int major = 0;
    int minor = 0;
    int shared = 0;
    int cooperative = 0;
    bs_cu_result result = c->driver->device_name(c->name, sizeof c->name, c->number);
    BS_TRY(bs_cuda_driver_check(c->driver, result, "the question for the GPU's name"));
    BS_TRY(attribute(c, BS_CU_COMPUTE_MAJOR, &major));
    BS_TRY(attribute(c, BS_CU_COMPUTE_MINOR, &minor));
    BS_TRY(attribute(c, BS_CU_MULTIPROCESSORS, &c->device.multiprocessors));
    BS_TRY(attribute(c, BS_CU_SHARED_BYTES_OPTIN, &shared));
    BS_TRY(attribute(c, BS_CU_COOPERATIVE_LAUNCH, &cooperative));
    c->device.name = c->name;
    c->device.capability = 10 * major + minor;
    c->device.shared_bytes = (size_t)shared;
    if (c->device.capability < CAPABILITY_LEAST || cooperative == 0) {
        return BS_FAIL(BS_ERR_DEVICE,
                       "%s has compute capability %d.%d; the kernels need 8.0 (A100 and later)",
                       c->name, major, minor);
    }
    return BS_OK;
}

/* Code of a CUDA is run by drivers of the same main version and of later ones. */
static bs_status check_driver(const bs_cuda_driver *driver, const bs_cuda_image *image)
{
    int needed = image->toolkit > OLDEST ? image->toolkit : OLDEST;
    if (driver->version / VERSION < needed / VERSION) {
        return BS_FAIL(BS_ERR_DEVICE,
                       "the GPU driver is too old: it is of CUDA %d.%d, the kernels need CUDA "
                       "%d.%d. Update it, or build with an older nvcc (make NVCC=PATH)",
                       driver->version / VERSION, driver->version % VERSION / 10, needed / VERSION,
                       needed % VERSION / 10);
    }
    return BS_OK;
}

static bs_status load_kernels(card *c, const bs_cuda_image *image)
{
#define BS_CUDA_NAME(id, name, parameters) [BS_CUDA_KERNEL_##id] = #name,
    static const char *const names[BS_CUDA_KERNEL_COUNT] = {BS_CUDA_KERNELS(BS_CUDA_NAME)};
#undef BS_CUDA_NAME
    BS_TRY(bs_cuda_driver_check(c->driver, c->driver->module_load(&c->module, image->data),
                                "loading the kernels"));
    for (int k = 0; k < BS_CUDA_KERNEL_COUNT; k++) {
        bs_cu_result result = c->driver->module_function(&c->functions[k], c->module, names[k]);
        BS_TRY(bs_cuda_driver_check(c->driver, result, names[k]));
        c->allowed[k] = SHARED_BYTES_ALWAYS;
    }
    return BS_OK;
}

static bs_status open_card(card *c, int number)
{
    bs_cuda_image image;
    BS_TRY(bs_cuda_image_get(&image));
    BS_TRY(bs_cuda_driver_open(&c->driver));
    BS_TRY(check_driver(c->driver, &image));
    BS_TRY(bs_cuda_driver_check(c->driver, c->driver->device_get(&c->number, number),
                                "the choice of a GPU"));
    BS_TRY(inspect(c));
    BS_TRY(bs_cuda_driver_check(c->driver, c->driver->context_retain(&c->context, c->number),
                                "the start of the GPU"));
    BS_TRY(bs_cuda_driver_check(c->driver, c->driver->context_set(c->context),
                                "the start of the GPU"));
    return load_kernels(c, &image);
}

bs_status bs_cuda_device_open(int number, const bs_cuda_device **device)
{
    card *c = &the_card;
    *device = NULL;
    if (!c->open) {
        *c = (card){.device = {.context = c,
                               .allocate = card_allocate,
                               .release = card_release,
                               .clear = card_clear,
                               .upload = card_upload,
                               .download = card_download,
                               .launch = card_launch,
                               .resident = card_resident,
                               .synchronise = card_synchronise}};
        bs_status status = open_card(c, number);
        if (status != BS_OK && c->context != NULL) {
            (void)c->driver->context_release(c->number);
        }
        BS_TRY(status);
        c->open = true;
    }
    *device = &c->device;
    return BS_OK;
}

bs_status bs_cuda_device_id(char *id)
{
    const card *c = &the_card;
    return bs_cuda_driver_check(c->driver, c->driver->device_id(id, c->number),
                                "the question for the GPU's identity");
}
