// SPDX-License-Identifier: GPL-3.0-or-later
// A linkage is sorted by height, so its last k - 1 rows are the top of the tree, and cutting is joining all the
// rows before them. Nothing here recurses: a tree of n points may be n deep.
#include "learn/cluster/dendrogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// The set that a point is in, with the paths to it halved on the way.
static uint32_t find(uint32_t *parent, uint32_t at)
{
    while (parent[at] != at) {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    return at;
}

static int by_height(const void *x, const void *y)
{
    const spl_merge *a = x, *b = y;
    if (a->height != b->height) return a->height < b->height ? -1 : 1;
    return (a->points > b->points) - (a->points < b->points);
}

bool spl_dendrogram_sort(spl_merge *merges, uint32_t n)
{
    uint32_t *parent = malloc(n * sizeof *parent), *node = malloc(n * sizeof *node),
             *points = malloc(n * sizeof *points);
    bool ok = parent && node && points;
    for (uint32_t i = 0; ok && i < n; i++) {
        parent[i] = node[i] = i;
        points[i] = 1;
    }
    for (uint32_t i = 0; ok && i + 1 < n; i++) merges[i].points = i; // the order of creation settles equal heights
    if (ok) qsort(merges, n - 1, sizeof *merges, by_height);
    for (uint32_t i = 0; ok && i + 1 < n; i++) {
        uint32_t a = find(parent, merges[i].a), b = find(parent, merges[i].b);
        parent[b] = a;
        points[a] += points[b];
        bool ascending = node[a] < node[b];
        merges[i].a = ascending ? node[a] : node[b];
        merges[i].b = ascending ? node[b] : node[a];
        merges[i].points = points[a];
        node[a] = n + i;
    }
    free(parent);
    free(node);
    free(points);
    return ok;
}

// The lowest point of every node: first[0 … 2n - 2).
static uint32_t *first_points(const spl_merge *merges, uint32_t n)
{
    uint32_t *first = malloc((2 * (size_t)n - 1) * sizeof *first);
    if (!first) return NULL;
    for (uint32_t i = 0; i < n; i++) first[i] = i;
    for (uint32_t i = 0; i + 1 < n; i++) {
        uint32_t a = first[merges[i].a], b = first[merges[i].b];
        first[n + i] = a < b ? a : b;
    }
    return first;
}

bool spl_dendrogram_cut(const spl_merge *merges, uint32_t n, uint32_t k, uint32_t *label)
{
    // Downwards from the cut: a node's cluster is its parent's. The roots of the clusters are the nodes that no
    // join below the cut takes.
    size_t nodes = 2 * (size_t)n - 1;
    uint32_t *owner = malloc(nodes * sizeof *owner), *number = malloc(nodes * sizeof *number);
    if (!owner || !number) {
        free(owner);
        free(number);
        return false;
    }
    for (size_t i = 0; i < nodes; i++) {
        owner[i] = (uint32_t)i;
        number[i] = UINT32_MAX;
    }
    for (uint32_t i = n - k; i-- > 0;) owner[merges[i].a] = owner[merges[i].b] = owner[n + i];
    uint32_t next = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (number[owner[i]] == UINT32_MAX) number[owner[i]] = next++;
        label[i] = number[owner[i]];
    }
    free(owner);
    free(number);
    return true;
}

uint32_t spl_dendrogram_count(const spl_merge *merges, uint32_t n, double height)
{
    uint32_t low = 0, high = n - 1; // joins at or below the height, by bisection
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (merges[middle].height <= height)
            low = middle + 1;
        else
            high = middle;
    }
    return n - low;
}

double spl_dendrogram_height(const spl_merge *merges, uint32_t n, uint32_t k)
{
    double below = k == n ? 0 : merges[n - k - 1].height, above = k == 1 ? INFINITY : merges[n - k].height;
    if (k == 1) return below;
    if (!(below < above)) return NAN;
    double middle = below + (above - below) / 2;
    return middle < above ? middle : below;
}

static uint32_t points_of(const spl_merge *merges, uint32_t n, uint32_t node)
{
    return node < n ? 1 : merges[node - n].points;
}

// Left and right child of a node: fewer points stand left; of equals, the lower node.
static void children(const spl_merge *merges, uint32_t n, uint32_t node, uint32_t *left, uint32_t *right)
{
    const spl_merge *m = &merges[node - n];
    bool swap = points_of(merges, n, m->b) < points_of(merges, n, m->a);
    *left = swap ? m->b : m->a;
    *right = swap ? m->a : m->b;
}

bool spl_dendrogram_leaves(const spl_merge *merges, uint32_t n, uint32_t *order)
{
    // start[node] = where its points begin; parents come before children when rows are walked backwards.
    uint32_t *start = calloc(2 * (size_t)n - 1, sizeof *start);
    if (!start) return false;
    for (uint32_t node = 2 * n - 2; node >= n; node--) {
        uint32_t left, right;
        children(merges, n, node, &left, &right);
        start[left] = start[node];
        start[right] = start[node] + points_of(merges, n, left);
    }
    for (uint32_t i = 0; i < n; i++) order[start[i]] = i;
    free(start);
    return true;
}

uint32_t spl_dendrogram_top(const spl_merge *merges, uint32_t n, uint32_t leaves, spl_branch *out)
{
    uint32_t count = 1, cut = n - leaves; // rows from `cut` on are divided
    uint32_t *first = first_points(merges, n);
    if (!first) return 0;
    out[0] = (spl_branch){.node = 2 * n - 2};
    for (uint32_t i = 0; i < count; i++) {
        spl_branch *branch = &out[i];
        branch->points = points_of(merges, n, branch->node);
        branch->example = first[branch->node];
        branch->height = branch->node < n ? 0 : merges[branch->node - n].height;
        if (branch->node < n || branch->node - n < cut) continue;
        branch->left = count;
        children(merges, n, branch->node, &out[count].node, &out[count + 1].node);
        out[count].left = out[count + 1].left = 0;
        count += 2;
    }
    free(first);
    return count;
}
