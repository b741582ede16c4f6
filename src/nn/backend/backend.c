/* Which backends this machine can run, and finding one by name. */
#include "blueshift/backend.h"

#include <stdio.h>
#include <string.h>

#include "backends.h"

#if defined(BS_AMX)
#include <cpuid.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

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
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}

static bool has_sse(void)
{
    return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
}
#define PLAIN has_sse
#else
#define PLAIN always
#endif

#if defined(BS_AMX)
/* The state components that the system saves. */
static uint32_t read_xcr0(void)
{
    uint32_t low = 0;
    uint32_t high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

/* Whether the processor multiplies bf16 tiles, and the system saves them and lets this process use
 * them: the permission that is asked for here holds for all threads. Source: Intel's Software
 * Developer's Manual, volume 1, chapter 18; Linux, Documentation/arch/x86/xstate.rst. */
static bool has_amx(void)
{
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
    const uint32_t saves_state = 1U << 27;
    const uint32_t tiles = 1U << 24 | 1U << 22; /* AMX-TILE, AMX-BF16 */
    const uint32_t state = 3U << 17;            /* configuration and data */
    uint32_t a = 0;
    uint32_t b = 0;
    uint32_t c = 0;
    uint32_t d = 0;
    if (!has_avx512() || __get_cpuid(1, &a, &b, &c, &d) == 0 || (c & saves_state) == 0 ||
        __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & tiles) != tiles ||
        (read_xcr0() & state) != state) {
        return false;
    }
    return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
}
#endif

/* What is faster where was measured for all but AMX, which is therefore on request. */
static const candidate CANDIDATES[] = {
#if defined(__x86_64__)
    {&bs_backend_winograd_avx512, has_avx512}, {&bs_backend_direct_avx512, has_avx512},
    {&bs_backend_winograd_avx2, has_avx2},     {&bs_backend_direct_avx2, has_avx2},
    {&bs_backend_winograd_sse, has_sse},       {&bs_backend_direct_sse, has_sse},
#else
    {&bs_backend_winograd_generic, always},  {&bs_backend_direct_generic, always},
#endif
#if defined(BS_AMX)
    {&bs_backend_amx_split, has_amx},          {&bs_backend_amx_preview, has_amx},
#endif
    {&bs_backend_amx_split_emulated, PLAIN},   {&bs_backend_amx_preview_emulated, PLAIN},
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

/* "winograd" and "direct" are the fastest of their kind. */
static bool answers_to(const bs_backend *backend, const char *name)
{
    size_t length = strlen(name);
    return strcmp(name, "auto") == 0 || strcmp(name, backend->name) == 0 ||
           ((strcmp(name, "direct") == 0 || strcmp(name, "winograd") == 0) &&
            strncmp(backend->name, name, length) == 0);
}

bs_status bs_backend_find(const char *name, const bs_backend **backend)
{
    char known[256] = "auto, winograd, direct";
    for (int i = 0; bs_backend_at(i) != NULL; i++) {
        const bs_backend *found = bs_backend_at(i);
        if (answers_to(found, name)) {
            *backend = found;
            return BS_OK;
        }
        size_t used = strlen(known);
        (void)snprintf(known + used, sizeof known - used, ", %s", found->name);
    }
    return BS_FAIL(BS_ERR_USAGE, "backend \"%s\": this machine can run %s", name, known);
}
