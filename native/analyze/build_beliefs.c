// SPDX-License-Identifier: GPL-3.0-or-later
// What is believed: of the variants in every segment, under flat priors; and of the segments, held against each other.
// Segments are held against those made of the same attributes, which share no visitors with them.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/build.h"
#include "stats/bayes.h"
#include "stats/outliers.h"
#include "stats/shrink.h"

// A variant of which nothing was seen here is left out: under a flat prior it would be the best of all.
static spl_posterior belief_in(const spl_build *b, uint32_t segment, uint32_t variant)
{
    const spl_tally *t = spl_tally_of(b->measures, segment, variant);
    spl_posterior nothing = {SPL_FAMILY_BETA, NAN, NAN};
    if (!b->report->binary || b->report->adaptive)
        return spl_posterior_of_mean(spl_measured_mean(b->measures, segment, variant));
    return t->visitors > 0 ? spl_posterior_of_rate((spl_conversions){t->converted, t->visitors}) : nothing;
}

static uint32_t beliefs_in(const spl_build *b, uint32_t segment, spl_posterior *out)
{
    uint32_t known = 0;
    for (uint32_t v = 0; v < b->report->variant_count; v++) {
        out[v] = belief_in(b, segment, v);
        known += isfinite(out[v].a) && out[v].b > 0;
    }
    return known;
}

// Where a variant is unknown that is known over all, none is called the best.
static void believe(spl_build *b, uint32_t segment, uint32_t known)
{
    uint32_t k = b->report->variant_count;
    spl_posterior posteriors[SPL_VARIANTS_MAX] = {{0}};
    spl_belief beliefs[SPL_VARIANTS_MAX];
    if (known < 2 || beliefs_in(b, segment, posteriors) < known) return;
    if (!spl_bayes_of(posteriors, k, 1 - b->settings->alpha, beliefs)) {
        b->broken = true;
        return;
    }
    for (uint32_t v = 0; v < k; v++) {
        spl_build_arms(b, segment)[v].p_best = beliefs[v].p_best;
        spl_build_arms(b, segment)[v].expected_loss = beliefs[v].loss;
    }
}

// --- segments side by side --------------------------------------------------------------------------------

// Segments made of the same attributes, with room for what is asked about them.
typedef struct peers {
    uint32_t count;
    uint32_t *segments;  // [count]
    spl_mean *estimates; // [count]
    spl_shrunk *shrunk;  // [count]
    double *z;           // [count]
} peers;

static bool peers_new(spl_build *b, peers *p)
{
    size_t room = b->report->segment_count;
    *p = (peers){0};
    p->segments = spl_build_room(b, room, sizeof *p->segments);
    p->estimates = spl_build_room(b, room, sizeof *p->estimates);
    p->shrunk = spl_build_room(b, room, sizeof *p->shrunk);
    p->z = spl_build_room(b, room, sizeof *p->z);
    return !b->broken;
}

static void peers_free(peers *p)
{
    free(p->segments);
    free(p->estimates);
    free(p->shrunk);
    free(p->z);
}

static bool are_peers(const spl_build *b, uint32_t i, uint32_t j)
{
    const spl_chosen *x = &b->segments->items[i], *y = &b->segments->items[j];
    return x->depth == y->depth && memcmp(x->attribute, y->attribute, x->depth * sizeof *x->attribute) == 0;
}

// The peers of `first`, which it is the first of; none where it is not.
static void gather(const spl_build *b, uint32_t first, peers *p)
{
    p->count = 0;
    for (uint32_t i = 1; i < first; i++)
        if (are_peers(b, i, first)) return;
    for (uint32_t i = first; i < b->report->segment_count; i++)
        if (are_peers(b, i, first)) p->segments[p->count++] = i;
}

static spl_mean rate_estimate(const spl_build *b, uint32_t segment)
{
    spl_tally t = spl_tally_sum(b->measures, segment), all = spl_tally_sum(b->measures, 0);
    double about = all.converted / all.visitors;
    if (b->report->adaptive) return spl_measured_mix(b->measures, segment);
    if (b->report->binary && about > 0 && about < 1) return spl_mean_of_rate(t.converted, t.visitors, about);
    return spl_tally_mean(&t, b->report->binary);
}

// The same with the variance that it would have if the segment were like all.
static spl_mean pooled_estimate(const spl_build *b, uint32_t segment)
{
    spl_tally t = spl_tally_sum(b->measures, segment), all = spl_tally_sum(b->measures, 0);
    if (b->report->binary && !b->report->adaptive)
        return spl_mean_under_rate(t.converted, t.visitors, all.converted / all.visitors);
    return rate_estimate(b, segment);
}

static void compare_rates(spl_build *b, peers *p)
{
    for (uint32_t i = 0; i < p->count; i++) p->estimates[i] = rate_estimate(b, p->segments[i]);
    spl_shrink(p->estimates, p->count, 1 - b->settings->alpha, p->shrunk);
    for (uint32_t i = 0; i < p->count; i++) p->estimates[i] = pooled_estimate(b, p->segments[i]);
    spl_outliers(p->estimates, p->count, p->z);
    for (uint32_t i = 0; i < p->count; i++) {
        spl_analysis_segment *s = &b->report->segments[p->segments[i]];
        s->shrunk_rate = p->shrunk[i].value;
        s->shrunk_interval = p->shrunk[i].interval;
        s->robust_z = p->z[i];
        s->anomaly = fabs(p->z[i]) > b->report->anomaly_z;
    }
}

// The logarithm of 1 + lift, which is about normal where the lift is not.
static spl_mean log_lift(const spl_analysis_effect *e, double confidence)
{
    double low = log1p(e->lift_interval.low), high = log1p(e->lift_interval.high);
    double se = (high - low) / (2 * spl_normal_reach(confidence));
    return (spl_mean){log1p(e->lift), se * se, INFINITY};
}

static void compare_lifts(spl_build *b, peers *p, uint32_t variant)
{
    double confidence = 1 - b->settings->alpha;
    for (uint32_t i = 0; i < p->count; i++)
        p->estimates[i] = log_lift(&spl_build_arms(b, p->segments[i])[variant].effect, confidence);
    spl_shrink(p->estimates, p->count, confidence, p->shrunk);
    for (uint32_t i = 0; i < p->count; i++) {
        spl_analysis_arm *arm = &spl_build_arms(b, p->segments[i])[variant];
        arm->shrunk_lift = expm1(p->shrunk[i].value);
        arm->shrunk_interval = (spl_interval){expm1(p->shrunk[i].interval.low), expm1(p->shrunk[i].interval.high)};
    }
}

void spl_build_beliefs(spl_build *b)
{
    peers p;
    b->report->anomaly_z = SPL_OUTLIERS_Z;
    spl_posterior whole[SPL_VARIANTS_MAX] = {{0}};
    uint32_t known = beliefs_in(b, 0, whole);
    for (uint32_t i = 0; i < b->report->segment_count && !b->broken; i++) believe(b, i, known);
    if (peers_new(b, &p)) {
        for (uint32_t i = 1; i < b->report->segment_count && !b->broken; i++) {
            gather(b, i, &p);
            if (p.count == 0) continue;
            compare_rates(b, &p);
            for (uint32_t v = 1; v < b->report->variant_count && !b->broken; v++) compare_lifts(b, &p, v);
        }
    }
    peers_free(&p);
}
