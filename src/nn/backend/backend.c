/* Which backends this machine can run, and finding one by name. */
#include "blueshift/backend.h"

#include <stdio.h>
#include <string.h>

#include "backends.h"
#include "blueshift/fault.h"

typedef struct candidate {
    const bs_backend *backend;
    bool (*runs)(void);
} candidate;

static bool always(void)
{
    return true;
}

#if defined(__x86_64__)
/* The features of the levels x86-64-v4, v3 and v2 that the vector code is compiled for. */
static bool has_avx2(void)
{
    return !bs_fault("avx2") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

static bool has_avx512(void)
{
    return !bs_fault("avx512") && has_avx2() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

static bool has_sse(void)
{
    return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
}
#endif

/* The backends of an instruction set, fastest first. */
#define BACKENDS(isa, runs)                                                                        \
    {&bs_backend_winograd_4x4_##isa, runs}, {&bs_backend_winograd_2x4_##isa, runs},                \
        {&bs_backend_winograd_2x2_##isa, runs},                                                    \
    {                                                                                              \
        &bs_backend_direct_##isa, runs                                                             \
    }

static const candidate CANDIDATES[] = {
#if defined(__x86_64__)
    BACKENDS(avx512, has_avx512),
    BACKENDS(avx2, has_avx2),
    BACKENDS(sse, has_sse),
#else
    BACKENDS(generic, always),
#endif
    {&bs_backend_reference, always},
};

enum { CANDIDATE_COUNT = sizeof CANDIDATES / sizeof CANDIDATES[0] };

const bs_backend *bs_backend_at(int index)
{
    for (int i = 0; i < CANDIDATE_COUNT; i++) {
        if (CANDIDATES[i].runs() && index-- == 0) {
            return CANDIDATES[i].backend;
        }
    }
    return NULL;
}

/* Whether NAME is a backend's name or its beginning up to a hyphen: "winograd-2x4", "direct". What
 * names no tile ("auto", "winograd") leaves the choice to us, and that is never a less accurate
 * one. */
bool bs_backend_answers_to(const bs_backend *backend, const char *name)
{
    size_t length = strlen(name);
    bool accurate = backend->loss_error <= BS_BACKEND_ACCURATE;
    if (strcmp(name, "auto") == 0) {
        return accurate;
    }
    return strncmp(backend->name, name, length) == 0 &&
           (backend->name[length] == '\0' || backend->name[length] == '-') &&
           (accurate || strcmp(name, "winograd") != 0);
}

bs_status bs_backend_find(const char *name, const bs_backend **backend)
{
    char known[512] = "auto, winograd, direct";
    const bs_backend *found = NULL;
    if (strcmp(name, "cuda") == 0 || strncmp(name, "cuda-", 5) == 0) {
        return bs_backend_cuda_find(name, backend);
    }
    for (int i = 0; (found = bs_backend_at(i)) != NULL; i++) {
        if (bs_backend_answers_to(found, name)) {
            *backend = found;
            return BS_OK;
        }
        size_t used = strlen(known);
        (void)snprintf(known + used, sizeof known - used, ", %s", found->name);
    }
    return BS_FAIL(BS_ERR_USAGE, "backend \"%s\": this machine can run %s", name, known);
}
