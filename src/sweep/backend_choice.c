/* Finds the backends that this rank can run, and the first that all can. */
#include "backend_choice.h"

#include <stdio.h>
#include <string.h>

#include "blueshift/log.h"

enum { CANDIDATES_MAX = 32, NAME_BYTES = 48 };

/* By name, fastest first. */
typedef struct candidates {
    int count;
    char names[CANDIDATES_MAX][NAME_BYTES];
} candidates;

static const char GPU[] = "cuda";

static void add(candidates *list, const bs_backend *backend)
{
    if (list->count < CANDIDATES_MAX) {
        snprintf(list->names[list->count++], NAME_BYTES, "%s", backend->name);
    }
}

/* The ranks of this node. The caller releases them. Collective. */
static bs_status find_node(const bs_comm *world, bs_comm *node)
{
    MPI_Comm mpi = MPI_COMM_NULL;
    BS_TRY(BS_MPI(
        MPI_Comm_split_type(world->mpi, MPI_COMM_TYPE_SHARED, world->rank, MPI_INFO_NULL, &mpi)));
    return bs_comm_adopt(mpi, node);
}

/* BS_OK, or the reason why BACKEND cannot be used for NEED. */
static bs_status accept(const bs_backend *backend, const bs_backend_need *need)
{
    if (backend->points == NULL) {
        return BS_OK;
    }
    for (int i = 0; i < need->network_count; i++) {
        const bs_norm norm = need->networks[i]->architecture.norm;
        BS_TRY(backend->points->accepts(need->networks[i], norm == BS_NORM_BATCH, need->observed));
        if (need->recomputed && norm == BS_NORM_RUNNING) {
            BS_TRY(backend->points->accepts(need->networks[i], true, false));
        }
    }
    return BS_OK;
}

/* What this rank can run of what NEED's name stands for. */
static bs_status list_candidates(const bs_backend_need *need, candidates *list)
{
    const bs_backend *backend = NULL;
    const bool any = strcmp(need->name, "auto") == 0;
    *list = (candidates){0};
    if (any && bs_backend_find(GPU, &backend) == BS_OK && accept(backend, need) == BS_OK) {
        add(list, backend);
    } else if (any) {
        bs_log(BS_LOG_DEBUG, "no GPU is used: %s", bs_error_text());
    }
    if (strncmp(need->name, GPU, strlen(GPU)) == 0) {
        BS_TRY(bs_backend_find(need->name, &backend));
        BS_TRY(accept(backend, need));
        add(list, backend);
        return BS_OK;
    }
    BS_TRY(bs_backend_find(need->name, &backend));
    for (int i = 0; (backend = bs_backend_at(i)) != NULL; i++) {
        if (bs_backend_answers_to(backend, need->name)) {
            add(list, backend);
        }
    }
    return BS_OK;
}

/* The place of NAME (NULL: of none) in LIST; its length when it is not there. */
static int place_of(const candidates *list, const char *name)
{
    int i = 0;
    while (i < list->count && (name == NULL || strcmp(list->names[i], name) != 0)) {
        i++;
    }
    return i;
}

/* The first of rank 0's candidates that all ranks have, or PREFERRED where they have it, and
 * whether some rank alone would take another. Collective. */
static bs_status intersect(const bs_comm *world, const candidates *mine, const char *preferred,
                           candidates *all, int *first, bool *slower)
{
    int have[CANDIDATES_MAX];
    *all = *mine;
    BS_TRY(BS_MPI(MPI_Bcast(all, (int)sizeof *all, MPI_BYTE, 0, world->mpi)));
    for (int i = 0; i < CANDIDATES_MAX; i++) {
        have[i] = i < all->count && place_of(mine, all->names[i]) < mine->count;
    }
    BS_TRY(BS_MPI(MPI_Allreduce(MPI_IN_PLACE, have, CANDIDATES_MAX, MPI_INT, MPI_MIN, world->mpi)));
    *first = 0;
    while (*first < all->count && have[*first] == 0) {
        (*first)++;
    }
    int wanted = place_of(all, preferred);
    bool follows = wanted < all->count && have[wanted] != 0;
    *first = follows ? wanted : *first;
    int faster = !follows && *first < all->count && strcmp(mine->names[0], all->names[*first]) != 0;
    BS_TRY(BS_MPI(MPI_Allreduce(MPI_IN_PLACE, &faster, 1, MPI_INT, MPI_MAX, world->mpi)));
    *slower = faster != 0;
    return BS_OK;
}

/* Ranks of NODE that have the same card as this one. Collective. */
static bs_status count_sharers(const bs_comm *node, const bs_backend_card *card, int *sharers)
{
    *sharers = 0;
    for (int r = 0; r < node->size; r++) {
        char id[BS_BACKEND_CARD_ID];
        memcpy(id, card->id, sizeof id);
        BS_TRY(BS_MPI(MPI_Bcast(id, (int)sizeof id, MPI_BYTE, r, node->mpi)));
        *sharers += memcmp(id, card->id, sizeof id) == 0;
    }
    return BS_OK;
}

/* How ranks and cards go together, where somebody may want it otherwise. Collective over NODE. */
static bs_status tell_cards(const bs_comm *node, const bs_backend *backend)
{
    const bs_backend_card card = bs_backend_card_in_use();
    int sharers = 0;
    if (backend->points == NULL) {
        return BS_OK;
    }
    BS_TRY(count_sharers(node, &card, &sharers));
    bs_log(BS_LOG_DEBUG, "GPU: %s, number %d of %d", card.name, card.number, card.seen);
    if (sharers > 1) {
        bs_log(BS_LOG_INFO, "%d ranks share a GPU; one rank a GPU is enough", sharers);
    } else if (node->size < card.seen) {
        bs_log(BS_LOG_INFO, "%d of %d GPUs are used: take as many ranks as GPUs", node->size,
               card.seen);
    }
    return BS_OK;
}

/* As bs_backend_choose, with the ranks of this node. */
static bs_status choose(const bs_comm *world, const bs_comm *node, const bs_backend_need *need,
                        const bs_backend **backend)
{
    candidates mine = {0};
    candidates all = {0};
    int first = 0;
    bool slower = false;
    bs_backend_share_cards(node->rank, need->cards);
    BS_TRY(bs_agree(world, list_candidates(need, &mine)));
    BS_TRY(intersect(world, &mine, need->preferred, &all, &first, &slower));
    if (first == all.count) {
        return BS_FAIL(BS_ERR_USAGE,
                       "no backend that \"%s\" stands for runs on the nodes of all ranks; rank 0 "
                       "would take %s. Take --backend=auto, or nodes of one kind",
                       need->name, all.names[0]);
    }
    BS_TRY(bs_agree(world, bs_backend_find(all.names[first], backend)));
    if (slower) {
        bs_log(BS_LOG_WARNING,
               "the backend is %s, which all ranks can run; some could run a faster one, but the "
               "values of a file come from one backend",
               all.names[first]);
    }
    return tell_cards(node, *backend);
}

bs_status bs_backend_choose(const bs_comm *world, const bs_backend_need *need,
                            const bs_backend **backend)
{
    bs_comm node;
    BS_TRY(find_node(world, &node));
    bs_status status = choose(world, &node, need, backend);
    bs_comm_release(&node);
    return status;
}
