/* Threads as fibers: each has a stack, and leaves it where it waits. */
#include "emulator.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <sys/mman.h>
#include <vector>

namespace emulator
{

Counts counts;

namespace
{

enum { STACK_BYTES = 64 * 1024, NOBODY = 0xFFFF, SEVERAL = 0xFFFE };

enum class Wait { NOTHING, WARP, BLOCK, COUNTER, DONE };

/* Two bytes of shared memory: in which interval between barriers which warp touched them last;
 * interval 0: never. COPYING: a copy to them may end at any time. */
struct Cell {
    uint32_t written, read;
    uint16_t writer, reader;
    bool copying;
};

struct Copy {
    unsigned to;
    const void *from;
};

struct Warp {
    Operation operation;
    int arrived;
    uint32_t generation;
    void *arguments[LANES];
};

struct Block {
    int index, arrived, running;
    uint32_t interval; /* from 1 */
    std::vector<unsigned char> shared;
    std::vector<Cell> cells;
    std::vector<Warp> warps;
};

struct Thread {
    void *stack; /* pointer */
    Wait wait;
    uint32_t generation;
    const unsigned *counter;
    unsigned count;
    int index;
    Block *block;
    Warp *warp;
    std::vector<Copy> copies;
};

void (*entry)(const void *);
const void *entry_parameters;
int grid_size, block_size;
std::vector<Thread> all_threads;
Thread *running;
void *host_stack;
char finding[512];
unsigned char *stacks;
size_t stack_count;

extern "C" void emulator_switch(void **save, void *load);
extern "C" void emulator_main();

/* Saves what a call must keep, exchanges the stacks, and returns on the other one. */
asm(".text\n"
    ".globl emulator_switch\n"
    "emulator_switch:\n"
    "  pushq %rbp\n  pushq %rbx\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
    "  movq %rsp, (%rdi)\n"
    "  movq %rsi, %rsp\n"
    "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbx\n  popq %rbp\n"
    "  ret\n");

[[noreturn]] void leave()
{
    void *ignored;
    emulator_switch(&ignored, host_stack);
    __builtin_unreachable();
}

[[noreturn]] __attribute__((format(printf, 1, 2))) void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int used = snprintf(finding, sizeof finding, "block %d, thread %d: ", running->block->index,
                        running->index);
    vsnprintf(finding + used, sizeof finding - static_cast<size_t>(used), format, arguments);
    va_end(arguments);
    leave();
}

bool may_run(const Thread &t)
{
    switch (t.wait) {
    case Wait::NOTHING:
        return true;
    case Wait::WARP:
        return t.warp->generation != t.generation;
    case Wait::BLOCK:
        return t.block->interval != t.generation;
    case Wait::COUNTER:
        return *static_cast<const volatile unsigned *>(t.counter) >= t.count;
    case Wait::DONE:
        break;
    }
    return false;
}

/* The next thread after FROM that may run, in turn among COUNT from FIRST on; NULL: none. */
Thread *next_of(const Thread *from, Thread *first, int count)
{
    const int start = static_cast<int>(from - first);
    for (int i = 1; i <= count; i++) {
        Thread *t = first + (start + i) % count;
        if (may_run(*t)) {
            return t;
        }
    }
    return nullptr;
}

/* Runs another thread: one of the same block while any of it may, so that blocks which do not wait
 * for one another get as far apart as they can. */
void yield()
{
    Thread *from = running;
    const int count = static_cast<int>(all_threads.size());
    Thread *next = next_of(from, from - from->index, block_size);
    next = next != nullptr ? next : next_of(from, all_threads.data(), count);
    if (next != nullptr) {
        next->wait = Wait::NOTHING;
        running = next;
        if (next != from) {
            emulator_switch(&from->stack, next->stack);
        }
        return;
    }
    bool done = true;
    for (const Thread &t : all_threads) {
        done = done && t.wait == Wait::DONE;
    }
    if (!done) {
        fail("deadlock: no thread can go on");
    }
    leave();
}

} // namespace

/* Where a new fiber begins. */
extern "C" void emulator_main()
{
    entry(entry_parameters);
    running->wait = Wait::DONE;
    Block *b = running->block;
    b->running--;
    if (b->arrived > 0) {
        fail("it ends while others of its block wait at a barrier");
    }
    if (running->warp->arrived > 0) {
        fail("it ends while others of its warp wait in a warp operation");
    }
    yield();
}

int thread()
{
    return running->index;
}

int threads()
{
    return block_size;
}

int block()
{
    return running->block->index;
}

int grid()
{
    return grid_size;
}

void meet_block()
{
    Block *b = running->block;
    if (b->running < block_size) {
        fail("a barrier that threads of the block have left behind");
    }
    if (++b->arrived == block_size) {
        b->arrived = 0;
        b->interval++;
        return;
    }
    running->wait = Wait::BLOCK;
    running->generation = b->interval;
    yield();
}

bool meet_warp(Operation operation, void *argument, void **&arguments)
{
    Warp *w = running->warp;
    if (w->arrived > 0 && w->operation != operation) {
        fail("lanes of a warp are in different operations (%d and %d)",
             static_cast<int>(w->operation), static_cast<int>(operation));
    }
    w->operation = operation;
    w->arguments[running->index % LANES] = argument;
    if (++w->arrived == LANES) {
        arguments = w->arguments;
        return true;
    }
    running->wait = Wait::WARP;
    running->generation = w->generation;
    yield();
    return false;
}

void release_warp()
{
    running->warp->arrived = 0;
    running->warp->generation++;
}

void wait_for(const unsigned *counter, unsigned count)
{
    running->wait = Wait::COUNTER;
    running->counter = counter;
    running->count = count;
    if (may_run(*running)) {
        running->wait = Wait::NOTHING;
        return;
    }
    yield();
}

namespace
{

void check_range(unsigned at, unsigned bytes)
{
    const size_t size = running->block->shared.size();
    if (at > size || bytes > size - at) {
        fail("%u bytes at %u of %zu bytes of shared memory", bytes, at, size);
    }
    if (at % bytes != 0) {
        fail("%u bytes at %u of shared memory: misaligned", bytes, at);
    }
}

int warp_number()
{
    return running->index / LANES;
}

} // namespace

unsigned char *to_read(unsigned at, unsigned bytes)
{
    check_range(at, bytes);
    Block *b = running->block;
    const int warp = warp_number();
    for (unsigned i = at / 2; i < (at + bytes + 1) / 2; i++) {
        Cell &c = b->cells[i];
        if (c.written == 0) {
            fail("it reads byte %u of shared memory, which nobody wrote", 2 * i);
        }
        if (c.copying) {
            fail("it reads byte %u of shared memory, to which a copy is on its way", 2 * i);
        }
        if (c.written == b->interval && c.writer != warp) {
            fail("race: warp %d reads byte %u of shared memory, which warp %d writes", warp, 2 * i,
                 c.writer);
        }
        const bool first = c.read != b->interval || c.reader == warp;
        c.reader = static_cast<uint16_t>(first ? warp : SEVERAL);
        c.read = b->interval;
    }
    return b->shared.data() + at;
}

unsigned char *to_write(unsigned at, unsigned bytes)
{
    check_range(at, bytes);
    Block *b = running->block;
    const int warp = warp_number();
    for (unsigned i = at / 2; i < (at + bytes + 1) / 2; i++) {
        Cell &c = b->cells[i];
        if (c.written == b->interval && c.writer != warp) {
            fail("race: warps %d and %d write byte %u of shared memory", warp, c.writer, 2 * i);
        }
        if (c.read == b->interval && c.reader != warp) {
            fail("race: warp %d writes byte %u of shared memory, which another reads", warp, 2 * i);
        }
        c.written = b->interval;
        c.writer = static_cast<uint16_t>(warp);
        c.copying = false;
    }
    return b->shared.data() + at;
}

void copy_start(unsigned to, const void *from)
{
    (void)to_write(to, 16);
    for (unsigned i = to / 2; i < to / 2 + 8; i++) {
        running->block->cells[i].copying = true;
    }
    running->copies.push_back({to, from});
}

void copy_wait()
{
    for (const Copy &copy : running->copies) {
        memcpy(to_write(copy.to, 16), copy.from, 16);
    }
    running->copies.clear();
}

namespace
{

/* A stack that seems to have called emulator_switch from the beginning of emulator_main. */
void *new_stack(size_t index)
{
    auto *top = reinterpret_cast<uint64_t *>(stacks + (index + 1) * STACK_BYTES);
    *--top = 0;
    *--top = reinterpret_cast<uint64_t>(&emulator_main);
    for (int i = 0; i < 6; i++) {
        *--top = 0;
    }
    return top;
}

bool make_stacks(size_t count)
{
    if (count > stack_count) {
        if (stacks != nullptr) {
            munmap(stacks, stack_count * STACK_BYTES);
        }
        void *memory = mmap(nullptr, count * STACK_BYTES, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        stacks = memory == MAP_FAILED ? nullptr : static_cast<unsigned char *>(memory);
        stack_count = stacks == nullptr ? 0 : count;
    }
    return stacks != nullptr;
}

/* Runs blocks FIRST to FIRST + COUNT - 1. */
void run_blocks(int first, int count, size_t shared_bytes)
{
    std::vector<Block> blocks(static_cast<size_t>(count));
    all_threads.assign(static_cast<size_t>(count * block_size), Thread());
    size_t next = 0;
    for (int i = 0; i < count; i++) {
        Block &b = blocks[static_cast<size_t>(i)];
        b.index = first + i;
        b.running = block_size;
        b.interval = 1;
        b.shared.assign(shared_bytes, 0xEE);
        b.cells.assign((shared_bytes + 1) / 2, Cell{0, 0, NOBODY, NOBODY, false});
        b.warps.assign(static_cast<size_t>(block_size / LANES), Warp());
        for (int t = 0; t < block_size; t++, next++) {
            Thread &thread = all_threads[next];
            thread.index = t;
            thread.block = &b;
            thread.warp = &b.warps[static_cast<size_t>(t / LANES)];
            thread.stack = new_stack(next);
        }
    }
    running = &all_threads[0];
    emulator_switch(&host_stack, running->stack);
}

} // namespace

const char *run(void (*kernel)(const void *), const void *parameters, int grid, int block,
                size_t shared_bytes, bool cooperative)
{
    const int at_once = cooperative ? grid : 1;
    finding[0] = '\0';
    if (block % LANES != 0 || !make_stacks(static_cast<size_t>(at_once * block))) {
        return "no memory for stacks, or no whole warps";
    }
    entry = kernel;
    entry_parameters = parameters;
    grid_size = grid;
    block_size = block;
    for (int i = 0; i < grid && finding[0] == '\0'; i += at_once) {
        run_blocks(i, at_once, shared_bytes);
    }
    return finding[0] == '\0' ? nullptr : finding;
}

} // namespace emulator
