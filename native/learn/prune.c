// SPDX-License-Identifier: GPL-3.0-or-later
// A segment is kept for what it earns, not for what is proven: pooling has already drawn it to its siblings as far as
// the data ask for, so serving it by its own posteriors costs nothing if it is alike, and little power to show that it
// differs is no reason to serve it wrongly (decision 0186). What earns hardly more than the nearest ancestor that
// serves is left out, from the root down. With an alpha below 1 effects must differ too: siblings are one family of
// tests, and Holm's procedure keeps the ones whose effects differ from the rest of their parent. A node below which
// something is kept stays as a signpost, even if it does not serve.
#include "learn/prune.h"

#include <math.h>
#include <stdlib.h>

#include "learn/effect.h"
#include "samplit/hash.h"
#include "stats/best.h"

// One sibling while a family is sorted.
typedef struct sibling {
    uint64_t key;
    double p;
    uint32_t node;
} sibling;

static int by_key(const void *a, const void *b)
{
    uint64_t x = ((const sibling *)a)->key, y = ((const sibling *)b)->key;
    return (x > y) - (x < y);
}

static int by_p(const void *a, const void *b)
{
    double x = ((const sibling *)a)->p, y = ((const sibling *)b)->p;
    return x != y ? (x > y) - (x < y) : by_key(a, b);
}

void spl_pruning_free(spl_pruning *pruning)
{
    free(pruning->first_child);
    free(pruning->next_sibling);
    free(pruning->samples);
    free(pruning->effect_p);
    free(pruning->enough);
    free(pruning->serves);
    free(pruning->keeps);
    *pruning = (spl_pruning){0};
}

static bool allocate(spl_pruning *out, uint32_t n)
{
    *out = (spl_pruning){
        .first_child = malloc(n * sizeof *out->first_child),
        .next_sibling = malloc(n * sizeof *out->next_sibling),
        .samples = malloc(n * sizeof *out->samples),
        .effect_p = malloc(n * sizeof *out->effect_p),
        .enough = calloc(n, sizeof *out->enough),
        .serves = calloc(n, sizeof *out->serves),
        .keeps = calloc(n, sizeof *out->keeps),
    };
    return out->first_child && out->next_sibling && out->samples && out->effect_p && out->enough && out->serves &&
           out->keeps;
}

static void measure(const spl_state *state, spl_pruning *out)
{
    const spl_state_config *config = spl_state_config_of(state);
    for (uint32_t i = 0; i < spl_state_count(state); i++) {
        const spl_moments *m = spl_state_moments(state, i);
        uint32_t depth = spl_state_depth(state, i);
        out->first_child[i] = out->next_sibling[i] = SPL_NO_NODE;
        out->effect_p[i] = i == 0 ? 1 : NAN;
        out->samples[i] = 0;
        for (uint32_t v = 0; v < config->variant_count; v++) out->samples[i] += m[v].count;
        out->enough[i] = depth == 0 || out->samples[i] >= (double)config->levels[depth - 1].min_samples;
        if (i == 0) continue;
        uint32_t parent = spl_state_parent(state, i);
        out->next_sibling[i] = out->first_child[parent];
        out->first_child[parent] = i;
    }
}

static uint32_t collect(const spl_state *state, const spl_pruning *out, uint32_t parent, sibling *family)
{
    uint32_t n = 0;
    for (uint32_t c = out->first_child[parent]; c != SPL_NO_NODE; c = out->next_sibling[c]) {
        family[n++] = (sibling){spl_name_hash(spl_state_value(state, c)), NAN, c};
    }
    return n;
}

static void link_in_order(spl_pruning *out, uint32_t parent, sibling *family, uint32_t n)
{
    qsort(family, n, sizeof *family, by_key);
    out->first_child[parent] = family[0].node;
    for (uint32_t i = 0; i < n; i++) out->next_sibling[family[i].node] = i + 1 < n ? family[i + 1].node : SPL_NO_NODE;
}

// Tests those of the family that have samples enough; moves them to its front and returns how many.
static uint32_t test(const spl_state *judge, bool binary, spl_pruning *out, uint32_t parent, sibling *family,
                     uint32_t n)
{
    const spl_moments *all = spl_state_moments(judge, parent);
    uint32_t tests = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t c = family[i].node;
        if (!out->enough[c]) continue;
        const spl_moments *part = spl_state_moments(judge, c);
        out->effect_p[c] = spl_effect_p(part, all, spl_state_config_of(judge)->variant_count, binary);
        family[tests] = family[i];
        family[tests++].p = isnan(out->effect_p[c]) ? 1 : out->effect_p[c];
    }
    return tests;
}

static void keep_different(spl_pruning *out, sibling *family, uint32_t n, double alpha)
{
    bool rejecting = true;
    qsort(family, n, sizeof *family, by_p);
    for (uint32_t i = 0; i < n; i++) {
        rejecting = rejecting && family[i].p <= spl_effect_holm(alpha, n, i);
        out->serves[family[i].node] = rejecting || alpha >= 1;
    }
}

// Whether serving `node` by its own row earns enough more, under its posteriors, than by that of `above`.
static bool earns(const spl_pooling *pool, uint32_t k, uint32_t node, const double *own, const double *above,
                  double gain)
{
    double more = 0, had = 0;
    for (uint32_t v = 0; v < k; v++) {
        double mean = spl_posterior_mean(&pool->posteriors[(size_t)node * k + v]);
        more += (own[v] - above[v]) * mean;
        had += above[v] * mean;
    }
    return more > gain * fabs(had);
}

// A child has a higher index than its parent, so every node meets the one that would serve it. False when out of
// memory.
static bool keep_earning(const spl_state *state, const spl_pooling *pool, double gain, spl_pruning *out)
{
    uint32_t count = spl_state_count(state), k = spl_state_config_of(state)->variant_count;
    uint32_t *server = malloc(count * sizeof *server);
    double *rows = malloc((size_t)count * k * sizeof *rows);
    spl_best *best = spl_best_new(k);
    bool ok = server && rows && best;
    for (uint32_t i = 0; ok && i < count; i++) {
        double *own = rows + (size_t)i * k;
        server[i] = i == 0 ? 0 : server[spl_state_parent(state, i)];
        if (i > 0 && !out->serves[i]) continue;
        spl_best_probabilities(best, pool->posteriors + (size_t)i * k, own);
        out->serves[i] = i == 0 || earns(pool, k, i, own, rows + (size_t)server[i] * k, gain);
        if (out->serves[i]) server[i] = i;
    }
    free(server);
    free(rows);
    spl_best_free(best);
    return ok;
}

static void keep_signposts(const spl_state *state, spl_pruning *out)
{
    for (uint32_t i = spl_state_count(state); i-- > 0;) {
        out->keeps[i] = out->keeps[i] || out->serves[i];
        if (i > 0 && out->keeps[i]) out->keeps[spl_state_parent(state, i)] = true;
    }
}

bool spl_prune(const spl_state *state, const spl_state *judge, const spl_pooling *pool, double alpha, double gain,
               spl_pruning *out)
{
    uint32_t count = spl_state_count(state);
    sibling *family = malloc(count * sizeof *family);
    if (!allocate(out, count) || !family) {
        spl_pruning_free(out);
        free(family);
        return false;
    }
    measure(state, out);
    for (uint32_t parent = 0; parent < count; parent++) {
        uint32_t n = collect(state, out, parent, family);
        if (n == 0) continue;
        link_in_order(out, parent, family, n);
        uint32_t tests = test(judge, pool->family == SPL_FAMILY_BETA, out, parent, family, n);
        keep_different(out, family, tests, alpha);
    }
    free(family);
    out->serves[0] = true;
    if (gain > 0 && !keep_earning(state, pool, gain, out)) {
        spl_pruning_free(out);
        return false;
    }
    keep_signposts(state, out);
    return true;
}
