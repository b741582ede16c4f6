/* The process grid: world = points x shards. */
#ifndef BLUESHIFT_GROUPS_H
#define BLUESHIFT_GROUPS_H

#include <stdbool.h>

#include "blueshift/comm.h"

/* A group of `shards` ranks evaluates one point together; rank 0 of a group leads it. World ranks
 * of a group are neighbours, so shards share a node where they can. */
typedef struct bs_groups {
    bs_comm world;   /* borrowed copy */
    bs_comm group;   /* the shards of this group */
    int group_count; /* groups that share the points */
    int group_index; /* this rank's group */
    int shard_count;
    bool leader; /* group.rank == 0 */
} bs_groups;

/* Cuts WORLD (borrowed until the release) into groups of SHARDS ranks; the caller releases them.
 * The values of a point do not depend on the cut: losses are added up by fixed blocks of images.
 * BS_ERR_USAGE when SHARDS does not divide the number of ranks, on all of them. Collective over
 * WORLD. */
bs_status bs_groups_create(const bs_comm *world, int shards, bs_groups *groups);
void bs_groups_release(bs_groups *groups); /* collective */

#endif
