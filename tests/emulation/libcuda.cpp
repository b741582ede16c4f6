/* A stand-in for NVIDIA's libcuda.so.1 whose card is the emulator: the program finds it by
 * LD_LIBRARY_PATH, and runs its kernels as compiled for the host.
 *
 * BS_CARD says what it is, and what goes wrong, in words like `cards=2 sm=75 memory=1000000`:
 *   start=N        cuInit returns N
 *   version=N      the driver is of CUDA N (13000)
 *   cards=N        cards, 0 to 8 (1); each process has memory of its own
 *   absent=R       rank R of Open MPI sees no card
 *   sm=N           compute capability (90)
 *   processors=N   multiprocessors (5)
 *   memory=N       bytes that can be allocated at a time
 *   allocation=N   the N-th allocation fails
 *   launch=N       the N-th launch fails, and with it the card: everything after it does
 *   log=FILE       appends a line for every card that is started, and the launches at the end */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

extern "C" {
#include "driver.h"
#include "emulated_device.h"
}

namespace
{

const bs_cu_result SUCCESS = BS_CU_SUCCESS;
const bs_cu_result OUT_OF_MEMORY = BS_CU_OUT_OF_MEMORY;
const bs_cu_result NO_DEVICE = BS_CU_NO_DEVICE;
const bs_cu_result INVALID = 1;
const bs_cu_result NOT_FOUND = 500;
const bs_cu_result LAUNCH_FAILED = 719;

struct Card {
    bs_cuda_device *device;
    std::map<bs_cuda_address, size_t> blocks;
    size_t used;
    long allocations, launches;
    int number;
    bool lost;
};
Card card;

/* The number after WORD= in BS_CARD. */
long said(const char *word, long otherwise)
{
    const char *text = getenv("BS_CARD");
    const size_t length = strlen(word);
    while (text != nullptr && *text != '\0') {
        if (strncmp(text, word, length) == 0 && text[length] == '=') {
            return strtol(text + length + 1, nullptr, 10);
        }
        text += strcspn(text, " ");
        text += strspn(text, " ");
    }
    return otherwise;
}

void note(const char *what, long number)
{
    const char *text = getenv("BS_CARD");
    const char *name = text == nullptr ? nullptr : strstr(text, "log=");
    char path[512];
    if (name == nullptr) {
        return;
    }
    snprintf(path, sizeof path, "%.*s", static_cast<int>(strcspn(name + 4, " ")), name + 4);
    FILE *file = fopen(path, "a");
    if (file != nullptr) {
        fprintf(file, "%s %ld\n", what, number);
        fclose(file);
    }
}

struct Farewell {
    ~Farewell()
    {
        if (card.launches > 0) {
            note("launches", card.launches);
        }
    }
} farewell;

#define NAME(id, name, parameters) #name,
const char *const kernels[] = {BS_CUDA_KERNELS(NAME)};
#undef NAME
#define SIZE(id, name, parameters) sizeof(parameters),
const size_t sizes[] = {BS_CUDA_KERNELS(SIZE)};
#undef SIZE

bs_cu_result launch(bs_cu_handle function, unsigned grid, unsigned block, unsigned shared,
                    bool cooperative, void **parameters)
{
    const long kernel = reinterpret_cast<long>(function) - 1;
    card.lost = card.lost || ++card.launches == said("launch", 0);
    if (card.lost) {
        return LAUNCH_FAILED;
    }
    const bs_cuda_launch l = {static_cast<bs_cuda_kernel>(kernel),
                              static_cast<int>(grid),
                              static_cast<int>(block),
                              shared,
                              cooperative,
                              parameters[0],
                              sizes[kernel]};
    if (card.device->launch(card.device->context, &l) != BS_OK) {
        fprintf(stderr, "# %s\n", bs_error_text());
        card.lost = true;
        return LAUNCH_FAILED;
    }
    return SUCCESS;
}

} // namespace

extern "C" {

bs_cu_result cuInit(unsigned)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    const bool absent = rank != nullptr && said("absent", -1) == strtol(rank, nullptr, 10);
    return said("cards", 1) == 0 || absent ? NO_DEVICE : static_cast<int>(said("start", 0));
}

bs_cu_result cuDriverGetVersion(int *version)
{
    *version = static_cast<int>(said("version", 13000));
    return SUCCESS;
}

/* Those that CUDA_VISIBLE_DEVICES leaves, of which only the number counts here. */
bs_cu_result cuDeviceGetCount(int *count)
{
    const char *visible = getenv("CUDA_VISIBLE_DEVICES");
    *count = static_cast<int>(said("cards", 1));
    if (visible != nullptr) {
        int named = *visible == '\0' ? 0 : 1;
        for (; *visible != '\0'; visible++) {
            named += *visible == ',';
        }
        *count = named < *count ? named : *count;
    }
    return SUCCESS;
}

bs_cu_result cuDeviceGet(bs_cu_device *device, int number)
{
    *device = number;
    card.number = number;
    return SUCCESS;
}

bs_cu_result cuDeviceGetName(char *name, int bytes, bs_cu_device)
{
    snprintf(name, static_cast<size_t>(bytes), "an emulated GPU");
    return SUCCESS;
}

bs_cu_result cuDeviceGetUuid_v2(char *id, bs_cu_device device)
{
    memset(id, device + 1, 16);
    return SUCCESS;
}

bs_cu_result cuDeviceGetAttribute(int *value, int attribute, bs_cu_device)
{
    const int capability = static_cast<int>(said("sm", 90));
    *value = attribute == BS_CU_COMPUTE_MAJOR        ? capability / 10
             : attribute == BS_CU_COMPUTE_MINOR      ? capability % 10
             : attribute == BS_CU_MULTIPROCESSORS    ? static_cast<int>(said("processors", 5))
             : attribute == BS_CU_SHARED_BYTES_OPTIN ? 227 * 1024
             : attribute == BS_CU_COOPERATIVE_LAUNCH ? 1
                                                     : 0;
    return SUCCESS;
}

bs_cu_result cuDevicePrimaryCtxRetain(bs_cu_handle *context, bs_cu_device device)
{
    if (!emulated_device_runs()) {
        return NO_DEVICE;
    }
    card.device = emulated_device_create(static_cast<int>(said("processors", 5)), 227 * 1024);
    *context = card.device;
    note("card", device);
    return SUCCESS;
}

bs_cu_result cuDevicePrimaryCtxRelease_v2(bs_cu_device)
{
    emulated_device_destroy(card.device);
    card.device = nullptr;
    return SUCCESS;
}

bs_cu_result cuCtxSetCurrent(bs_cu_handle)
{
    return SUCCESS;
}

bs_cu_result cuCtxSynchronize(void)
{
    return card.lost ? LAUNCH_FAILED : SUCCESS;
}

bs_cu_result cuModuleLoadData(bs_cu_handle *module, const void *image)
{
    *module = &card;
    return image == nullptr ? INVALID : SUCCESS;
}

bs_cu_result cuModuleGetFunction(bs_cu_handle *function, bs_cu_handle, const char *name)
{
    for (long k = 0; k < BS_CUDA_KERNEL_COUNT; k++) {
        if (strcmp(kernels[k], name) == 0) {
            *function = reinterpret_cast<bs_cu_handle>(k + 1);
            return SUCCESS;
        }
    }
    return NOT_FOUND;
}

bs_cu_result cuFuncSetAttribute(bs_cu_handle, int attribute, int bytes)
{
    return attribute == BS_CU_FUNCTION_SHARED_BYTES && bytes <= 227 * 1024 ? SUCCESS : INVALID;
}

bs_cu_result cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, bs_cu_handle function,
                                                         int block, size_t shared)
{
    const long kernel = reinterpret_cast<long>(function) - 1;
    const bs_cuda_launch l = {
        static_cast<bs_cuda_kernel>(kernel), 1, block, shared, false, nullptr, 0};
    return card.device->resident(card.device->context, &l, blocks) == BS_OK ? SUCCESS : INVALID;
}

bs_cu_result cuMemAlloc_v2(bs_cuda_address *address, size_t bytes)
{
    const size_t most = static_cast<size_t>(said("memory", 1L << 40));
    if (++card.allocations == said("allocation", 0) || card.used + bytes > most) {
        return OUT_OF_MEMORY;
    }
    if (card.lost || card.device->allocate(card.device->context, bytes, address) != BS_OK) {
        return card.lost ? LAUNCH_FAILED : OUT_OF_MEMORY;
    }
    card.blocks[*address] = bytes;
    card.used += bytes;
    return SUCCESS;
}

bs_cu_result cuMemFree_v2(bs_cuda_address address)
{
    auto block = card.blocks.find(address);
    if (block == card.blocks.end()) {
        return INVALID;
    }
    card.used -= block->second;
    card.blocks.erase(block);
    card.device->release(card.device->context, address);
    return SUCCESS;
}

bs_cu_result cuMemsetD8_v2(bs_cuda_address address, unsigned char value, size_t bytes)
{
    if (!card.lost) {
        memset(reinterpret_cast<void *>(address), value, bytes);
    }
    return card.lost ? LAUNCH_FAILED : SUCCESS;
}

bs_cu_result cuMemcpyHtoD_v2(bs_cuda_address to, const void *from, size_t bytes)
{
    if (!card.lost) {
        memcpy(reinterpret_cast<void *>(to), from, bytes);
    }
    return card.lost ? LAUNCH_FAILED : SUCCESS;
}

bs_cu_result cuMemcpyDtoH_v2(void *to, bs_cuda_address from, size_t bytes)
{
    if (!card.lost) {
        memcpy(to, reinterpret_cast<void *>(from), bytes);
    }
    return card.lost ? LAUNCH_FAILED : SUCCESS;
}

bs_cu_result cuLaunchKernel(bs_cu_handle function, unsigned grid, unsigned, unsigned,
                            unsigned block, unsigned, unsigned, unsigned shared, bs_cu_handle,
                            void **parameters, void **)
{
    return launch(function, grid, block, shared, false, parameters);
}

bs_cu_result cuLaunchCooperativeKernel(bs_cu_handle function, unsigned grid, unsigned, unsigned,
                                       unsigned block, unsigned, unsigned, unsigned shared,
                                       bs_cu_handle, void **parameters)
{
    return launch(function, grid, block, shared, true, parameters);
}

bs_cu_result cuGetErrorName(bs_cu_result result, const char **name)
{
    *name = result == LAUNCH_FAILED ? "CUDA_ERROR_LAUNCH_FAILED" : "CUDA_ERROR_OF_THE_STAND_IN";
    return SUCCESS;
}

bs_cu_result cuGetErrorString(bs_cu_result result, const char **text)
{
    *text = result == LAUNCH_FAILED ? "unspecified launch failure" : "an error on purpose";
    return SUCCESS;
}

} // extern "C"
