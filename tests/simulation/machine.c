/* The machine of the simulation: contexts of their own stacks, resumed in the order of their time.
 */
#include "simulation/machine.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <ucontext.h>

enum { STACK_BYTES = 128 * 1024, ARENA_BYTES = 32 << 20, ALIGNMENT = 64 };

typedef struct process {
    ucontext_t context;
    void (*entry)(void *argument);
    void *argument;
    int rank;
    double wakes; /* INFINITY: when somebody wakes it */
    double naps;  /* not before this */
    double dies;
    bool ended;
} process;

static process processes[MACHINE_PROCESSES];
static char stacks[MACHINE_PROCESSES][STACK_BYTES];
static int count;
static int current;
static double now;
static ucontext_t scheduler;
static uint64_t state;
static _Alignas(64) char arena[ARENA_BYTES];
static size_t arena_used;

void machine_seed(uint64_t seed)
{
    state = seed;
}

/* SplitMix64 (Steele, Lea and Flood 2014). */
double machine_chance(void)
{
    state += 0x9E3779B97F4A7C15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return (double)(z >> 11) * 0x1p-53;
}

int machine_pick(int choices)
{
    return (int)(machine_chance() * choices);
}

bool machine_happens(double probability)
{
    return machine_chance() < probability;
}

void *machine_alloc(size_t bytes)
{
    void *block = arena + arena_used;
    arena_used += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (arena_used > sizeof arena) {
        abort();
    }
    return block;
}

void machine_reset(void)
{
    arena_used = 0;
    count = 0;
    now = 0.0;
}

static void enter(void)
{
    process *self = &processes[current];
    self->entry(self->argument);
    self->ended = true;
    machine_wake(self->rank, now);
    swapcontext(&self->context, &scheduler);
}

int machine_start(int rank, void (*entry)(void *argument), void *argument)
{
    process *made = &processes[count];
    double dies = INFINITY;
    for (int p = 0; p < count; p++) {
        dies = processes[p].rank == rank ? processes[p].dies : dies;
    }
    *made =
        (process){.entry = entry, .argument = argument, .rank = rank, .wakes = now, .dies = dies};
    getcontext(&made->context);
    made->context.uc_stack.ss_sp = stacks[count];
    made->context.uc_stack.ss_size = STACK_BYTES;
    makecontext(&made->context, enter, 0);
    return count++;
}

double machine_now(void)
{
    return now;
}

int machine_rank(void)
{
    return processes[current].rank;
}

static void leave(double wakes, double naps)
{
    process *self = &processes[current];
    /* It may have been woken already: who waits for something looks again. */
    self->wakes = fmax(fmin(self->wakes, wakes), naps);
    self->naps = naps;
    swapcontext(&self->context, &scheduler);
}

void machine_wait(double seconds)
{
    leave(now + seconds, now + seconds);
}

void machine_sleep(void)
{
    leave(INFINITY, now);
}

void machine_nap(double seconds)
{
    leave(INFINITY, now + seconds);
}

void machine_wake(int rank, double at)
{
    for (int p = 0; p < count; p++) {
        process *sleeper = &processes[p];
        if (sleeper->rank == rank && !sleeper->ended) {
            double when = fmax(at, sleeper->naps);
            sleeper->wakes = fmin(sleeper->wakes, when);
        }
    }
}

bool machine_ended(int number)
{
    return processes[number].ended;
}

void machine_kill(int rank, double at)
{
    for (int p = 0; p < count; p++) {
        if (processes[p].rank == rank) {
            processes[p].dies = at;
        }
    }
}

bool machine_run(void)
{
    for (;;) {
        int next = -1;
        bool all_ended = true;
        for (int p = 0; p < count; p++) {
            bool sooner = next < 0 || fmin(processes[p].wakes, processes[p].dies) <
                                          fmin(processes[next].wakes, processes[next].dies);
            if (!processes[p].ended && sooner) {
                next = p;
            }
            all_ended = all_ended && processes[p].ended;
        }
        if (all_ended) {
            return true;
        }
        process *chosen = &processes[next];
        double when = fmin(chosen->wakes, chosen->dies);
        if (isinf(when)) {
            return false;
        }
        now = fmax(now, when);
        if (chosen->dies <= chosen->wakes) {
            chosen->ended = true;
            continue;
        }
        current = next;
        chosen->wakes = INFINITY;
        swapcontext(&scheduler, &chosen->context);
    }
}
