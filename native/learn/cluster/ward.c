// SPDX-License-Identifier: GPL-3.0-or-later
// The nearest-neighbour chain (Benzécri 1982; Murtagh & Contreras 2012) on centroids: from any cluster to its
// nearest, from there to its nearest, until two are nearest to each other; they merge, and the chain goes on from
// the one before them. A cluster is its centroid and its weight, so no matrix of distances is kept.
//
// A chain finds the joins of the greedy method in another order; sorting them by height gives its tree. Rejected:
// the greedy order itself with a queue (fastcluster's way), which asks for nearest neighbours as often; and a
// matrix with Lance-Williams updates, which is 1.6 GB for 20,000 points.
#include "learn/cluster/ward.h"

#include <math.h>
#include <stdlib.h>

#include "learn/cluster/dendrogram.h"
#include "learn/cluster/ward_near.h"

#define ROWS_MAX (1u << 30)

typedef struct chain {
    uint32_t *slot;   // [n]
    double *distance; // [n] from each to the next
    double *height;   // [n] of the cluster in each slot, squared
    uint32_t length;
} chain;

// Joins the last two of the chain. Rounding must not let a union lie below its parts.
static spl_merge join_top(spl_ward_field *field, chain *c)
{
    uint32_t x = c->slot[c->length - 2], y = c->slot[c->length - 1], a = x < y ? x : y, b = x < y ? y : x;
    double distance = c->distance[c->length - 2];
    c->length -= 2;
    spl_ward_join(field, a, b, distance);
    c->height[a] = fmax(distance, fmax(c->height[a], c->height[b]));
    return (spl_merge){.a = a, .b = b, .height = sqrt(c->height[a])};
}

// One step: the chain grows by the nearest of its last, or its last two join. Growing needs a distance that is
// truly less than the one before, so the chain ends whatever rounding does.
static bool step(spl_ward_field *field, chain *c, spl_merge *joined)
{
    double distance;
    uint32_t nearest = spl_ward_nearest(field, c->slot[c->length - 1], &distance);
    if (c->length > 1 && !(distance < c->distance[c->length - 2])) {
        *joined = join_top(field, c);
        return true;
    }
    c->distance[c->length - 1] = distance;
    c->slot[c->length++] = nearest;
    return false;
}

static void run(spl_ward_field *field, chain *c, spl_progress *progress, spl_merge *merges)
{
    uint32_t start = 0, n = field->n;
    for (uint32_t done = 0; done + 1 < n;) {
        if (c->length == 0) {
            while (field->forward[start] != start) start++;
            c->slot[c->length++] = start;
        }
        if (!step(field, c, &merges[done])) continue;
        done++;
        if (progress) spl_progress_step(progress, done, 0.9 + 0.1 * done / n);
    }
}

bool spl_ward(const float *x, uint32_t n, uint32_t d, const spl_ward_config *config, spl_merge *merges,
              spl_error *error)
{
    if (n == 0 || d == 0) return spl_fail(error, "there is nothing to join: no rows or no columns");
    if (n > ROWS_MAX) return spl_fail(error, "%u rows are too many for a tree", n);
    spl_ward_field field;
    double scale;
    if (!spl_ward_field_make(x, n, d, config, &field, &scale, error)) return false;
    chain c = {malloc(n * sizeof *c.slot), malloc(n * sizeof *c.distance), calloc(n, sizeof *c.height), 0};
    bool ok = c.slot && c.distance && c.height;
    if (ok) run(&field, &c, config->progress, merges);
    spl_ward_field_free(&field);
    free(c.slot);
    free(c.distance);
    free(c.height);
    ok = ok && spl_dendrogram_sort(merges, n);
    for (uint32_t i = 0; ok && i + 1 < n; i++) merges[i].height *= scale;
    return ok || spl_fail(error, "out of memory");
}
