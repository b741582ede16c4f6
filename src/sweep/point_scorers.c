/* Scorers of points: models that only score, each in a thread. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "point_scorers.h"

#include <sched.h>
#include <signal.h>

#include "blueshift/log.h"

/* Processors that this process may use. */
static int processors(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

bs_status bs_point_scorers_init(bs_network_surface *s)
{
    const bs_observables *wanted = &s->row.wanted;
    const int useful = wanted->branch_losses || wanted->probes > 0 ? processors() : 1;
    const int most = useful < BS_POINT_SCORERS ? useful : BS_POINT_SCORERS;
    for (s->scorer_count = 0; s->scorer_count < most; s->scorer_count++) {
        BS_TRY(bs_model_create_scorer(s->model, &s->scorers[s->scorer_count]));
    }
    bs_log(BS_LOG_DEBUG, "points are scored by %d thread%s", most, most == 1 ? "" : "s");
    return BS_OK;
}

void bs_point_scorers_release(bs_network_surface *s)
{
    while (s->scorer_count > 0) {
        bs_model_destroy(s->scorers[--s->scorer_count]);
    }
}

/* A scorer takes every so manieth point. */
static void *score(void *argument)
{
    const bs_scoring_part *part = argument;
    const bs_scored_block *b = part->block;
    bs_network_surface *s = b->s;
    bs_model *scorer = s->scorers[part->number];
    const bs_network *network = s->bases[s->network].network;
    for (int i = part->number; i < b->count; i += s->scorer_count) {
        bs_score found = {0};
        double *partial = b->partials + (size_t)i * b->row;
        bs_model_score_point(scorer, b->half, i, &found);
        s->left_over[i] = !bs_model_finite(scorer, &found);
        bs_point_layout_fill(&s->row, network, scorer, (int64_t)b->block * s->block, &found,
                             partial);
        bs_point_layout_note_fallback(&s->row, false, partial);
    }
    return NULL;
}

void bs_point_scorers_start(bs_scoring *scoring, const bs_scored_block *block)
{
    sigset_t all;
    sigset_t old;
    sigfillset(&all); /* signals are for the main thread */
    pthread_sigmask(SIG_SETMASK, &all, &old);
    scoring->block = *block;
    for (int i = 0; i < block->s->scorer_count && i < block->count; i++) {
        bs_scoring_part *part = &scoring->parts[i];
        *part = (bs_scoring_part){.block = &scoring->block, .number = i};
        part->runs = pthread_create(&part->thread, NULL, score, part) == 0;
        if (!part->runs) {
            (void)score(part);
        }
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void bs_point_scorers_join(bs_scoring *scoring)
{
    for (int i = 0; i < BS_POINT_SCORERS; i++) {
        if (scoring->parts[i].runs) {
            pthread_join(scoring->parts[i].thread, NULL);
            scoring->parts[i].runs = false;
        }
    }
}
