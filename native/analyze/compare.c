// SPDX-License-Identifier: GPL-3.0-or-later
#include "analyze/compare.h"

#include <math.h>

#include "stats/two_proportions.h"

#define LEAST_EXPECTED 5.0 // below it the z-test's p is too rough
#define MORE_MAX 1e9       // visitors; more than that is no plan
#define POWER 0.8

const spl_analysis_effect SPL_NO_EFFECT = {
    SPL_ANALYSIS_NOTHING, NAN, {NAN, NAN}, NAN, {NAN, NAN}, NAN, NAN, false, NAN};

static double least_expected(const spl_tally *one, const spl_tally *two)
{
    double all = one->visitors + two->visitors, rate = (one->converted + two->converted) / all;
    return fmin(one->visitors, two->visitors) * fmin(rate, 1 - rate);
}

static spl_analysis_effect compare_rates(const spl_tally *one, const spl_tally *two, double confidence)
{
    spl_analysis_effect e = SPL_NO_EFFECT;
    spl_conversions a = {one->converted, one->visitors}, b = {two->converted, two->visitors};
    spl_two_proportions c = spl_compare_proportions(a, b, confidence);
    if (isnan(c.difference)) return e;
    e.method = SPL_ANALYSIS_COUNTS;
    e.difference = c.difference;
    e.interval = c.newcombe;
    e.lift = c.lift;
    if (!isnan(c.lift)) e.lift_interval = c.relative;
    e.p = c.p;
    if (least_expected(one, two) >= LEAST_EXPECTED) return e;
    double exact = spl_fisher_exact(a, b, confidence).p;
    if (isnan(exact)) return e;
    e.method = SPL_ANALYSIS_FISHER;
    e.p = exact;
    return e;
}

static spl_analysis_effect of_means(const spl_two_means *c, spl_analysis_method method)
{
    spl_analysis_effect e = SPL_NO_EFFECT;
    if (isnan(c->difference)) return e;
    e.method = method;
    e.difference = c->difference;
    e.interval = c->interval;
    e.lift = c->lift;
    if (!isnan(c->lift)) e.lift_interval = c->relative;
    e.p = c->p;
    return e;
}

spl_analysis_effect spl_compare_estimates(spl_mean one, spl_mean two, spl_analysis_method method, double confidence)
{
    spl_two_means c = spl_compare_means(one, two, confidence);
    return of_means(&c, method);
}

spl_analysis_effect spl_compare_tallies(const spl_tally *one, const spl_tally *two, bool binary, double confidence)
{
    if (binary) return compare_rates(one, two, confidence);
    return spl_compare_estimates(spl_mean_of(&one->rewards), spl_mean_of(&two->rewards), SPL_ANALYSIS_WELCH,
                                 confidence);
}

static bool enough(const spl_measures *m, uint32_t segment, uint32_t variant)
{
    return spl_tally_of(m, segment, variant)->converted >= SPL_MEASURE_REWARDED &&
           spl_tally_of(m, segment, 0)->converted >= SPL_MEASURE_REWARDED;
}

// The variant's and the control's mean as two independent sides whose difference is the gap, with its variance.
static spl_analysis_effect compare_scores(const spl_adaptive *scores, uint32_t variant, double confidence)
{
    spl_adaptive_gap gap = spl_adaptive_over_control(scores, variant);
    spl_mean control = spl_adaptive_mean(scores, 0), side = {control.value + gap.value, NAN, INFINITY};
    if (isnan(gap.variance) || isnan(control.variance)) return SPL_NO_EFFECT;
    control.variance = fmin(control.variance, gap.variance);
    side.variance = gap.variance - control.variance;
    return spl_compare_estimates(side, control, SPL_ANALYSIS_AIPW, confidence);
}

spl_analysis_effect spl_compare_variant(const spl_measures *m, uint32_t segment, uint32_t variant, double confidence)
{
    if (!m->adaptive)
        return spl_compare_tallies(spl_tally_of(m, segment, variant), spl_tally_of(m, segment, 0), m->visitors->binary,
                                   confidence);
    return enough(m, segment, variant) ? compare_scores(m->scores[segment], variant, confidence) : SPL_NO_EFFECT;
}

// Both under the overall mix of the variants that are known on both sides.
static spl_analysis_effect compare_mixes(const spl_measures *m, uint32_t segment, double confidence)
{
    spl_mean here = {0, 0, INFINITY}, rest = here;
    double weight = 0;
    for (uint32_t v = 0; v < m->variant_count; v++) {
        spl_mean own = spl_measured_mean(m, segment, v), other = spl_elsewhere_mean(m, segment, v);
        double share = m->mix[v];
        if (isnan(own.variance) || isnan(other.variance)) continue;
        weight += share;
        here.value += share * own.value;
        here.variance += share * share * own.variance;
        rest.value += share * other.value;
        rest.variance += share * share * other.variance;
    }
    if (!(weight > 0)) return SPL_NO_EFFECT;
    here = (spl_mean){here.value / weight, here.variance / (weight * weight), INFINITY};
    rest = (spl_mean){rest.value / weight, rest.variance / (weight * weight), INFINITY};
    return spl_compare_estimates(here, rest, SPL_ANALYSIS_AIPW, confidence);
}

spl_analysis_effect spl_compare_segment(const spl_measures *m, uint32_t segment, double confidence)
{
    if (m->adaptive) return compare_mixes(m, segment, confidence);
    spl_tally own = spl_tally_sum(m, segment), all = spl_tally_sum(m, 0), rest = spl_tally_rest(&all, &own);
    return spl_compare_tallies(&own, &rest, m->visitors->binary, confidence);
}

// A variant over the control, as served, with its variance.
static spl_mean effect_of_tallies(const spl_tally *variant, const spl_tally *control, bool binary)
{
    spl_mean a = spl_tally_mean(variant, binary), b = spl_tally_mean(control, binary);
    return (spl_mean){a.value - b.value, a.variance + b.variance, INFINITY};
}

static spl_mean effect_elsewhere(const spl_measures *m, uint32_t segment, uint32_t variant)
{
    if (m->adaptive) return spl_elsewhere_gap(m, segment, variant);
    spl_tally side = spl_tally_rest(spl_tally_of(m, 0, variant), spl_tally_of(m, segment, variant));
    spl_tally control = spl_tally_rest(spl_tally_of(m, 0, 0), spl_tally_of(m, segment, 0));
    if (side.converted < SPL_MEASURE_REWARDED || control.converted < SPL_MEASURE_REWARDED)
        return (spl_mean){NAN, NAN, NAN};
    return effect_of_tallies(&side, &control, m->visitors->binary);
}

spl_analysis_effect spl_compare_elsewhere(const spl_measures *m, uint32_t segment, uint32_t variant, double confidence)
{
    if (!enough(m, segment, variant)) return SPL_NO_EFFECT;
    spl_mean here = m->adaptive ? spl_measured_gap(m, segment, variant)
                                : effect_of_tallies(spl_tally_of(m, segment, variant), spl_tally_of(m, segment, 0),
                                                    m->visitors->binary);
    spl_mean there = effect_elsewhere(m, segment, variant);
    if (isnan(here.variance) || isnan(there.variance)) return SPL_NO_EFFECT;
    spl_analysis_method method = m->adaptive           ? SPL_ANALYSIS_AIPW
                                 : m->visitors->binary ? SPL_ANALYSIS_COUNTS
                                                       : SPL_ANALYSIS_WELCH;
    spl_analysis_effect e = spl_compare_estimates(here, there, method, confidence);
    e.lift = e.lift_interval.low = e.lift_interval.high = NAN; // of effects, which may be 0
    return e;
}

double spl_compare_more(const spl_analysis_effect *e, double visitors, double level, double confidence)
{
    double se = (e->interval.high - e->interval.low) / (2 * spl_normal_reach(confidence));
    double reach = spl_normal_reach(1 - level) + spl_normal_reach(2 * POWER - 1);
    double needed = visitors * pow(reach * se / e->difference, 2);
    if (!(needed - visitors < MORE_MAX)) return NAN;
    return fmax(1, ceil(needed - visitors));
}
