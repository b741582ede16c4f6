/* Finds NVIDIA's driver and says in words what it returns. */
#include "driver.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static const char LIBRARY[] = "libcuda.so.1";

/* The first call's result, for all later ones. */
static struct {
    bool opened;
    bs_status status;
    char text[512];
    bs_cuda_driver driver;
} state;

/* A pointer to a function from dlsym's pointer to an object, as POSIX wants it to be had. */
static bool find(void *library, const char *symbol, void *function)
{
    void *found = dlsym(library, symbol);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

static bs_status find_all(void *library, bs_cuda_driver *driver)
{
#define BS_CU_FIND(name, symbol, parameters)                                                       \
    if (!find(library, symbol, &driver->name)) {                                                   \
        return BS_FAIL(BS_ERR_DEVICE, "the GPU driver (%s) has no function %s: update it",         \
                       LIBRARY, symbol);                                                           \
    }
    BS_CU_FUNCTIONS(BS_CU_FIND)
#undef BS_CU_FIND
    return BS_OK;
}

bs_status bs_cuda_driver_check(const bs_cuda_driver *driver, bs_cu_result result,
                               const char *action)
{
    if (result == BS_CU_SUCCESS) {
        return BS_OK;
    }
    const char *name = NULL;
    const char *text = NULL;
    (void)driver->error_name(result, &name);
    (void)driver->error_text(result, &text);
    if (result == BS_CU_OUT_OF_MEMORY) {
        return BS_FAIL(BS_ERR_MEMORY, "the GPU has no memory for %s", action);
    }
    return BS_FAIL(BS_ERR_DEVICE, "the GPU driver failed in %s: %s (%s, code %d)", action,
                   text != NULL ? text : "unknown error", name != NULL ? name : "no name", result);
}

static bs_status open_driver(bs_cuda_driver *driver)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        return BS_FAIL(BS_ERR_DEVICE, "there is no GPU driver on this machine (%s)", dlerror());
    }
    BS_TRY(find_all(library, driver));
    bs_cu_result result = driver->init(0);
    if (result != BS_CU_NO_DEVICE) {
        BS_TRY(bs_cuda_driver_check(driver, result, "its start"));
        BS_TRY(bs_cuda_driver_check(driver, driver->driver_version(&driver->version),
                                    "the question for its version"));
        BS_TRY(bs_cuda_driver_check(driver, driver->device_count(&driver->cards), "counting GPUs"));
    }
    if (driver->cards == 0) {
        return BS_FAIL(BS_ERR_DEVICE, "the GPU driver sees no GPU; CUDA_VISIBLE_DEVICES, or the "
                                      "batch system, may hide it");
    }
    return BS_OK;
}

bs_status bs_cuda_driver_open(const bs_cuda_driver **driver)
{
    *driver = &state.driver;
    if (!state.opened) {
        state.opened = true;
        state.status = open_driver(&state.driver);
        if (state.status != BS_OK) {
            snprintf(state.text, sizeof state.text, "%s", bs_error_text());
        }
        return state.status;
    }
    return state.status == BS_OK ? BS_OK : BS_FAIL(state.status, "%s", state.text);
}
