/* Memory of the host as memory of a device, and launches by the emulator. */
#include <cstring>

extern "C" {
#include "blueshift/memory.h"
#include "emulated_device.h"
}
#include "emulator.h"

#define DECLARE(id, name, parameters) extern "C" void name(const parameters &p);
BS_CUDA_KERNELS(DECLARE)
#undef DECLARE

namespace
{

struct Context {
    bs_cuda_device device;
    emulated_counts counts;
};

struct Entry {
    const char *name;
    size_t parameter_bytes;
    void (*run)(const void *);
};

#define WRAP(id, name, parameters)                                                                 \
    void run_##name(const void *p)                                                                 \
    {                                                                                              \
        name(*static_cast<const parameters *>(p));                                                 \
    }
BS_CUDA_KERNELS(WRAP)
#undef WRAP

#define ENTRY(id, name, parameters) {#name, sizeof(parameters), run_##name},
const Entry entries[] = {BS_CUDA_KERNELS(ENTRY)};
#undef ENTRY

void *pointer_to(bs_cuda_address address)
{
    return reinterpret_cast<void *>(address);
}

bs_status allocate(void *context, size_t bytes, bs_cuda_address *address)
{
    void *memory = bs_alloc(bytes, 1);
    if (memory == nullptr) {
        return BS_ERR_MEMORY;
    }
    memset(memory, 0xFF, bytes);
    static_cast<Context *>(context)->counts.allocations++;
    *address = reinterpret_cast<bs_cuda_address>(memory);
    return BS_OK;
}

void release(void *, bs_cuda_address address)
{
    bs_free(pointer_to(address));
}

bs_status clear(void *, bs_cuda_address address, size_t bytes)
{
    memset(pointer_to(address), 0, bytes);
    return BS_OK;
}

bs_status upload(void *, bs_cuda_address to, const void *from, size_t bytes)
{
    memcpy(pointer_to(to), from, bytes);
    return BS_OK;
}

bs_status download(void *, void *to, bs_cuda_address from, size_t bytes)
{
    memcpy(to, pointer_to(from), bytes);
    return BS_OK;
}

bs_status launch(void *context, const bs_cuda_launch *l)
{
    auto *mine = static_cast<Context *>(context);
    const Entry &entry = entries[l->kernel];
    mine->counts.launches++;
    if (l->parameter_bytes != entry.parameter_bytes ||
        l->shared_bytes > mine->device.shared_bytes) {
        return BS_FAIL(BS_ERR_LIBRARY, "%s: %zu bytes of parameters, %zu of shared memory",
                       entry.name, l->parameter_bytes, l->shared_bytes);
    }
    const char *finding =
        emulator::run(entry.run, l->parameters, l->grid, l->block, l->shared_bytes, l->cooperative);
    return finding == nullptr ? BS_OK : BS_FAIL(BS_ERR_LIBRARY, "%s: %s", entry.name, finding);
}

/* As many as shared memory and registers of an H100 allow. */
bs_status resident(void *, const bs_cuda_launch *l, int *blocks)
{
    const size_t bytes = 233472;
    const int by_registers = 65536 / 256 / l->block;
    const int by_memory = static_cast<int>(bytes / (l->shared_bytes + 1024));
    *blocks = by_registers < by_memory ? by_registers : by_memory;
    return BS_OK;
}

bs_status synchronise(void *)
{
    return BS_OK;
}

} // namespace

bool emulated_device_runs(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("f16c");
}

bs_cuda_device *emulated_device_create(int multiprocessors, size_t shared_bytes)
{
    auto *made = static_cast<Context *>(bs_alloc(1, sizeof(Context)));
    if (made == nullptr) {
        return nullptr;
    }
    bs_cuda_device &d = made->device;
    d.name = "an emulated GPU";
    d.capability = 90;
    d.multiprocessors = multiprocessors;
    d.shared_bytes = shared_bytes;
    d.context = made;
    d.allocate = allocate;
    d.release = release;
    d.clear = clear;
    d.upload = upload;
    d.download = download;
    d.launch = launch;
    d.resident = resident;
    d.synchronise = synchronise;
    return &d;
}

void emulated_device_destroy(bs_cuda_device *device)
{
    bs_free(device == nullptr ? nullptr : device->context);
}

emulated_counts emulated_device_counts(const bs_cuda_device *device)
{
    emulated_counts counts = static_cast<const Context *>(device->context)->counts;
    counts.matrices = emulator::counts.matrices;
    counts.conflicts = emulator::counts.conflicts;
    counts.multiplies = emulator::counts.multiplies;
    return counts;
}
