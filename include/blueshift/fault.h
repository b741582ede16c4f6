/* Fault injection: make the n-th call of a named site fail, on one rank or on all. */
#ifndef BLUESHIFT_FAULT_H
#define BLUESHIFT_FAULT_H

#include <stdbool.h>

/* Whether this call of SITE must fail. The environment variable BS_FAULT names it, for example
 * `BS_FAULT=io_write:3@rank1`: the third call of site io_write on rank 1 fails; without `@rankN`
 * on every rank; with `!15` at the end the rank gets signal 15 instead, and the call continues.
 * Call 0 is every one. Sites in use: alloc, io_write, io_sync, io_create, read, evaluate, analyse;
 * avx512 and avx2, without which the processor then is. Costs one comparison when BS_FAULT is
 * unset. Not collective, thread-safe. */
bool bs_fault(const char *site);

/* Sets which rank the injector takes this for (default 0). */
void bs_fault_set_rank(int rank);

#endif
