// SPDX-License-Identifier: GPL-3.0-or-later
// Differences, and which of them may be claimed. There are four families of tests, each corrected for how many there
// are in it: variants against the control over all; segments against the rest; variants against the control within
// segments; and the same against elsewhere, which asks for whom the answer differs.
#include <math.h>
#include <stdlib.h>

#include "analyze/build.h"
#include "analyze/compare.h"

typedef struct family {
    uint32_t count, tests, claimed; // effects; of them with a p; of those claimed
    spl_analysis_effect **effects;  // [count]
    double *visitors;               // [count] of the segments they stand in
} family;

static bool family_new(spl_build *b, uint32_t room, family *f)
{
    f->effects = spl_build_room(b, room, sizeof *f->effects);
    f->visitors = spl_build_room(b, room, sizeof *f->visitors);
    return f->effects && f->visitors;
}

static void family_free(family *f)
{
    free(f->effects);
    free(f->visitors);
}

static void family_add(family *f, spl_analysis_effect *effect, double visitors)
{
    f->effects[f->count] = effect;
    f->visitors[f->count++] = visitors;
}

// The level that the next test of the family has to reach, given what has been claimed.
static double next_level(const family *f, spl_correction correction, double alpha)
{
    double left = fmax(1, (double)f->tests - f->claimed);
    switch (correction) {
    case SPL_CORRECTION_NONE: return alpha;
    case SPL_CORRECTION_BONFERRONI: return alpha / f->tests;
    case SPL_CORRECTION_BH: return fmin(alpha, alpha * (f->claimed + 1.0) / f->tests);
    default: return alpha / left; // Holm's, and near it for the others
    }
}

// Corrects the family's p-values, says what may be claimed, and what the others lack.
static void judge(spl_build *b, family *f, spl_correction correction)
{
    double alpha = b->settings->alpha, *p = spl_build_room(b, f->count, sizeof *p);
    if (!p) return;
    for (uint32_t i = 0; i < f->count; i++) {
        p[i] = f->effects[i]->p;
        f->tests += !isnan(p[i]);
    }
    b->broken |= !spl_p_adjust(correction, p, f->count, p);
    for (uint32_t i = 0; i < f->count; i++) {
        f->effects[i]->p_corrected = p[i];
        f->effects[i]->claimed = p[i] < alpha;
        f->claimed += p[i] < alpha;
    }
    for (uint32_t i = 0; i < f->count; i++) {
        spl_analysis_effect *e = f->effects[i];
        if (e->claimed) e->more_visitors = 0;
        // From counts that ask for Fisher's test no size of an effect can be told.
        if (e->claimed || isnan(e->p) || e->method == SPL_ANALYSIS_FISHER) continue;
        e->more_visitors = spl_compare_more(e, f->visitors[i], next_level(f, correction, alpha), 1 - alpha);
    }
    free(p);
}

static void compare_all(spl_build *b)
{
    double confidence = 1 - b->settings->alpha;
    spl_analysis *r = b->report;
    for (uint32_t i = 0; i < r->segment_count; i++) {
        spl_analysis_arm *arms = spl_build_arms(b, i);
        if (i > 0) r->segments[i].rest = spl_compare_segment(b->measures, i, confidence);
        for (uint32_t v = 1; v < r->variant_count; v++) {
            arms[v].effect = spl_compare_variant(b->measures, i, v, confidence);
            if (i > 0) arms[v].different = spl_compare_elsewhere(b->measures, i, v, confidence);
        }
    }
}

static void judge_whole(spl_build *b)
{
    family f = {0};
    spl_analysis *r = b->report;
    if (family_new(b, r->variant_count, &f)) {
        for (uint32_t v = 1; v < r->variant_count; v++)
            family_add(&f, &spl_build_arms(b, 0)[v].effect, (double)r->segments[0].visitors);
        judge(b, &f, r->variant_correction);
    }
    family_free(&f);
}

static void judge_rates(spl_build *b)
{
    family f = {0};
    spl_analysis *r = b->report;
    if (family_new(b, r->segment_count, &f)) {
        for (uint32_t i = 1; i < r->segment_count; i++)
            family_add(&f, &r->segments[i].rest, (double)r->segments[i].visitors);
        judge(b, &f, r->correction);
        r->rate_tests = f.tests;
    }
    family_free(&f);
}

static spl_analysis_effect *the_effect(spl_analysis_arm *arm)
{
    return &arm->effect;
}

static spl_analysis_effect *the_difference(spl_analysis_arm *arm)
{
    return &arm->different;
}

static uint32_t judge_arms(spl_build *b, spl_analysis_effect *(*which)(spl_analysis_arm *))
{
    family f = {0};
    spl_analysis *r = b->report;
    if (family_new(b, r->segment_count * r->variant_count, &f)) {
        for (uint32_t i = 1; i < r->segment_count; i++)
            for (uint32_t v = 1; v < r->variant_count; v++)
                family_add(&f, which(&spl_build_arms(b, i)[v]), (double)r->segments[i].visitors);
        judge(b, &f, r->correction);
    }
    family_free(&f);
    return f.tests;
}

void spl_build_effects(spl_build *b)
{
    compare_all(b);
    judge_whole(b);
    judge_rates(b);
    b->report->effect_tests = judge_arms(b, the_effect);
    b->report->difference_tests = judge_arms(b, the_difference);
}
