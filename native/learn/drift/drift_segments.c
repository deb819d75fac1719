// SPDX-License-Identifier: GPL-3.0-or-later
// Visits and rewards per segment, then and now. Every visit counts in the finest segment that fits it, and in all
// above that; rewards are compared among a segment's own visits only, for whom the policy's probabilities are alike.
#include <math.h>
#include <stdlib.h>

#include "learn/drift/drift_rewards.h"
#include "learn/drift/drift_setting.h"
#include "stats/interval.h"
#include "stats/p_adjust.h"

// Figures of single nodes: those for whom no finer segment fits.
typedef struct parts {
    double *then, *now; // [nodes] visits
    spl_shift *shifts;  // [nodes]
    double *p;          // [nodes] scratch for the corrections
} parts;

// Rewards of a node's own visits, then: what the report has for the node, less that of its children.
static void rewards_then(const spl_drift_setting *s, uint32_t node, spl_rewards *out)
{
    const spl_tree *tree = &s->bundle->tree;
    for (uint32_t v = 0; v < s->experiment->policy.variant_count; v++) {
        const spl_report_arm *arm = &s->report->nodes[node].arms[v];
        double count = arm->exposures, sum = arm->sum, variance = arm->deviation * arm->deviation;
        for (uint32_t c = 0; c < tree->child_count[node]; c++) {
            const spl_report_arm *below = &s->report->nodes[tree->first_child[node] + c].arms[v];
            count -= below->exposures;
            sum -= below->sum;
        }
        if (!(count > 0)) count = sum = 0;
        out[v] = (spl_rewards){count, count > 0 ? sum / count : 0, variance};
    }
}

static void rewards_now(const spl_drift_setting *s, uint32_t node, spl_rewards *out)
{
    uint32_t k = s->experiment->policy.variant_count;
    for (uint32_t v = 0; v < k; v++) {
        const spl_drift_cell *cell = &s->log->cells[(size_t)node * k + v];
        out[v] = (spl_rewards){cell->count, cell->mean, cell->count > 1 ? cell->squares / (cell->count - 1) : NAN};
    }
}

static double rate_of(const spl_rewards *rewards, uint32_t k)
{
    double count = 0, sum = 0;
    for (uint32_t v = 0; v < k; v++) {
        count += rewards[v].count;
        sum += rewards[v].count * rewards[v].mean;
    }
    return count > 0 ? sum / count : NAN;
}

static void measure_rewards(spl_drift_setting *s, uint32_t node, parts *own)
{
    spl_rewards then[SPL_VARIANTS_MAX], now[SPL_VARIANTS_MAX];
    uint32_t k = s->experiment->policy.variant_count;
    spl_drift_segment *segment = &s->out->segment[node];
    rewards_then(s, node, then);
    rewards_now(s, node, now);
    segment->rate_then = rate_of(then, k);
    segment->rate_now = rate_of(now, k);
    own->shifts[node] = spl_shift_of(then, now, k, s->report->binary);
}

// Visits of a node with all below it; children stand behind their parents.
static void add_up(const spl_drift_setting *s, const parts *own)
{
    spl_drift_segment *segment = s->out->segment;
    const spl_tree *tree = &s->bundle->tree;
    double n = 0, m = 0;
    for (uint32_t i = tree->node_count; i-- > 0;) {
        segment[i].then += own->then[i];
        segment[i].now += own->now[i];
        if (i == 0) break;
        segment[tree->parent[i]].then += segment[i].then;
        segment[tree->parent[i]].now += segment[i].now;
    }
    n = segment[0].then;
    m = segment[0].now;
    for (uint32_t i = 0; i < tree->node_count; i++) {
        segment[i].share_then = n > 0 ? segment[i].then / n : NAN;
        segment[i].share_now = m > 0 ? segment[i].now / m : NAN;
    }
}

// Two shares, by the pooled z-test.
static double share_p(const spl_drift_segment *part, const spl_drift_segment *all)
{
    double n = all->then, m = all->now, pooled = (part->then + part->now) / (n + m);
    double variance = pooled * (1 - pooled) * (1 / n + 1 / m), d = part->share_now - part->share_then;
    if (!(fmin(n, m) * fmin(pooled, 1 - pooled) >= 5)) return NAN;
    return spl_chi_square_p(d * d / variance, 1);
}

static bool correct_segments(spl_drift_setting *s, const parts *own)
{
    spl_drift_segment *segment = s->out->segment;
    uint32_t n = s->bundle->tree.node_count;
    for (uint32_t i = 0; i < n; i++) own->p[i] = i ? share_p(&segment[i], &segment[0]) : NAN;
    if (!spl_p_adjust(SPL_CORRECTION_HOLM, own->p, n, own->p)) return false;
    for (uint32_t i = 0; i < n; i++) segment[i].share_p = own->p[i];
    for (uint32_t i = 0; i < n; i++) own->p[i] = spl_shift_common_p(&own->shifts[i]);
    if (!spl_p_adjust(SPL_CORRECTION_HOLM, own->p, n, own->p)) return false;
    for (uint32_t i = 0; i < n; i++) segment[i].rate_p = own->p[i];
    for (uint32_t i = 0; i < n; i++) own->p[i] = spl_shift_apart_p(&own->shifts[i]);
    if (!spl_p_adjust(SPL_CORRECTION_HOLM, own->p, n, own->p)) return false;
    for (uint32_t i = 0; i < n; i++) segment[i].effect_p = own->p[i];
    return true;
}

static void judge_rewards(spl_drift_setting *s, const parts *own)
{
    spl_drift *out = s->out;
    spl_shift all = {0, 0, 0, 0};
    double alpha = s->config->alpha;
    for (uint32_t i = 0; i < out->segment_count; i++) {
        spl_shift_add(&all, &own->shifts[i]);
        out->rate_moved |= out->segment[i].rate_p < alpha / 2;
        out->effect_moved |= out->segment[i].effect_p < alpha / 2;
    }
    out->rate_p = spl_shift_common_p(&all);
    out->effect_p = spl_shift_apart_p(&all);
    out->rate_moved |= out->rate_p < alpha / 2; // the other half of alpha is the segments'
    out->effect_moved |= out->effect_p < alpha / 2;
    if (out->rate_moved) spl_drift_raise(s, SPL_DRIFT_WATCH);
    if (out->effect_moved) spl_drift_raise(s, SPL_DRIFT_DRIFTED);
}

static void count_visits(spl_drift_setting *s, parts *own)
{
    const spl_tree *tree = &s->bundle->tree;
    spl_drift *out = s->out;
    for (uint32_t i = 0; i < tree->node_count; i++) {
        out->segment[i].node = i;
        own->then[i] = s->report->nodes[i].exposures;
        for (uint32_t c = 0; c < tree->child_count[i]; c++)
            own->then[i] -= s->report->nodes[tree->first_child[i] + c].exposures;
        own->then[i] = fmax(own->then[i], 0);
        own->now[i] = s->log->visits[i];
        measure_rewards(s, i, own);
    }
    out->segments = spl_psi_of(own->then, own->now, tree->node_count);
    out->segments_verdict = spl_drift_judge(s->config, &out->segments, out->segments.p);
    if (tree->node_count > 1) spl_drift_raise(s, out->segments_verdict);
    spl_drift_note(s, &out->segments, out->segments.p);
}

bool spl_drift_segments(spl_drift_setting *s)
{
    uint32_t n = s->bundle->tree.node_count;
    parts own = {calloc(n, sizeof *own.then), calloc(n, sizeof *own.now), calloc(n, sizeof *own.shifts),
                 calloc(n, sizeof *own.p)};
    s->out->segment = calloc(n, sizeof *s->out->segment);
    s->out->segment_count = n;
    bool ok = own.then && own.now && own.shifts && own.p && s->out->segment;
    if (ok) {
        count_visits(s, &own);
        add_up(s, &own);
        ok = correct_segments(s, &own);
        judge_rewards(s, &own);
    }
    free(own.then);
    free(own.now);
    free(own.shifts);
    free(own.p);
    return ok;
}
