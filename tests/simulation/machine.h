/* A simulated machine: processes that take turns at points of chance, one clock, one seed. */
#ifndef BLUESHIFT_SIMULATION_MACHINE_H
#define BLUESHIFT_SIMULATION_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A process runs until it waits; nothing else happens meanwhile. Threads are processes of the rank
 * that started them. All numbers come from the seed, so a run repeats itself exactly. */
enum { MACHINE_PROCESSES = 8, MACHINE_RANKS = 4 };

/* Starts over: no processes, time 0. */
void machine_reset(void);

void machine_seed(uint64_t seed);
double machine_chance(void);              /* 0 <= x < 1 */
int machine_pick(int count);              /* 0 to COUNT - 1 */
bool machine_happens(double probability); /* draws always */

/* Adds a process of RANK that runs ENTRY(ARGUMENT); its number. */
int machine_start(int rank, void (*entry)(void *argument), void *argument);

/* What a process calls: */
double machine_now(void);
int machine_rank(void);
void machine_wait(double seconds); /* lets others run */
void machine_sleep(void);          /* until somebody wakes this rank */
void machine_nap(double seconds);  /* at least so long, then until somebody wakes this rank */

/* Wakes the sleeping processes of RANK at time AT. */
void machine_wake(int rank, double at);
bool machine_ended(int process);

/* Ends every process of RANK at time AT, wherever it is then. */
void machine_kill(int rank, double at);

/* Runs until all processes have ended. False: some sleep, and nobody will wake or kill them. */
bool machine_run(void);

/* Memory until the next reset, which needs no freeing: who is killed frees nothing. */
void *machine_alloc(size_t bytes);

#endif
