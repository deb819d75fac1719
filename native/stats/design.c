// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/design.h"

#include <math.h>
#include <stdlib.h>

spl_design spl_design_default(void)
{
    return (spl_design){.alpha = 0.05, .power = 0.8, .variant_count = 2, .correction = SPL_CORRECTION_HOLM, .looks = 1};
}

static bool inside(double x, double low, double high)
{
    return x > low && x < high;
}

static bool check_target(const spl_design *d, spl_error *error)
{
    if (d->means && !(isfinite(d->baseline) && d->sd > 0 && isfinite(d->sd)))
        return spl_fail_field(error, "sd", "a mean needs a standard deviation above 0");
    if (d->means && !(d->sd_variant >= 0 && isfinite(d->sd_variant)))
        return spl_fail_field(error, "sd", "%g is not a standard deviation above 0", d->sd_variant);
    if (!d->means && !inside(d->baseline, 0, 1))
        return spl_fail_field(error, "baseline", "%g is not a rate between 0 and 1", d->baseline);
    if (!isfinite(d->difference)) return spl_fail_field(error, "difference", "is not a finite number");
    if (!d->means && !inside(d->baseline + d->difference, 0, 1))
        return spl_fail_field(error, "difference", "the rate would be %g, which is not between 0 and 1",
                              d->baseline + d->difference);
    if (d->difference == 0 && !(d->visitors > 0))
        return spl_fail_field(error, "difference", "give the effect to be found, or the visitors there are");
    if (!(d->visitors >= 0 && d->visitors <= SPL_DESIGN_VISITORS_MAX))
        return spl_fail_field(error, "visitors", "%g is not from 0 to %g", d->visitors, SPL_DESIGN_VISITORS_MAX);
    if (!(d->per_day >= 0) || !isfinite(d->per_day))
        return spl_fail_field(error, "traffic", "%g is not a number from 0 on", d->per_day);
    return true;
}

static bool check_test(const spl_design *d, spl_error *error)
{
    if (!inside(d->alpha, 0, 1)) return spl_fail_field(error, "alpha", "%g is not between 0 and 1", d->alpha);
    if (!inside(d->power, 0, 1)) return spl_fail_field(error, "power", "%g is not between 0 and 1", d->power);
    if (d->power <= d->alpha) return spl_fail_field(error, "power", "%g is not above alpha, %g", d->power, d->alpha);
    if (d->variant_count < 2 || d->variant_count > SPL_DESIGN_VARIANTS_MAX)
        return spl_fail_field(error, "variants", "%u is not from 2 to %d, the control counted", d->variant_count,
                              SPL_DESIGN_VARIANTS_MAX);
    for (uint32_t v = 0; d->shares && v < d->variant_count; v++) {
        if (!(d->shares[v] > 0) || !isfinite(d->shares[v]))
            return spl_fail_field(error, "shares", "the share of variant %u is not above 0", v);
    }
    switch (d->correction) {
    case SPL_CORRECTION_NONE:
    case SPL_CORRECTION_BONFERRONI:
    case SPL_CORRECTION_HOLM:
    case SPL_CORRECTION_BH: break;
    default: return spl_fail_field(error, "correction", "is not none, bonferroni, holm or bh");
    }
    if (d->segment_count > SPL_DESIGN_SEGMENTS_MAX)
        return spl_fail_field(error, "segments", "at most %d", SPL_DESIGN_SEGMENTS_MAX);
    for (uint32_t i = 0; i < d->segment_count; i++) {
        if (!(d->segments[i].share > 0 && d->segments[i].share <= 1))
            return spl_fail_field(error, "segments", "the share of %s is not above 0 and at most 1",
                                  d->segments[i].name);
    }
    return true;
}

// Shares of the control and of the variant with the least traffic, of all visitors.
static void least_shares(const spl_design *d, double *control, double *variant)
{
    *control = *variant = 1.0 / d->variant_count;
    if (!d->shares) return;
    double sum = 0, least = INFINITY;
    for (uint32_t v = 0; v < d->variant_count; v++) {
        sum += d->shares[v];
        if (v > 0) least = fmin(least, d->shares[v]);
    }
    *control = d->shares[0] / sum;
    *variant = least / sum;
}

static double variant_sd(const spl_design *d)
{
    return d->sd_variant > 0 ? d->sd_variant : d->sd;
}

static double sample(const spl_design *d, const spl_test *test)
{
    if (d->means) return spl_sample_means(d->difference, variant_sd(d), d->sd, d->power, test);
    return spl_sample_proportions(d->baseline + d->difference, d->baseline, d->power, test);
}

static double power_at(const spl_design *d, double n1, const spl_test *test)
{
    if (d->means) return spl_power_means(n1, d->difference, variant_sd(d), d->sd, test);
    return spl_power_proportions(n1, d->baseline + d->difference, d->baseline, test);
}

static double detectable(const spl_design *d, double n1, const spl_test *test)
{
    bool below = d->difference < 0;
    if (d->means) return (below ? -1 : 1) * spl_detectable_difference(n1, variant_sd(d), d->sd, d->power, test);
    return spl_detectable_proportion(n1, d->baseline, d->power, below, test) - d->baseline;
}

static spl_design_row row_of(const spl_design *d, const spl_design_looks *looks, const char *name, double share,
                             double alpha)
{
    double control, variant;
    least_shares(d, &control, &variant);
    spl_test test = {.alpha = alpha, .one_sided = d->one_sided, .ratio = control / variant, .formula = d->formula};
    spl_design_row row = {.name = name, .share = share, .detectable = NAN, .power = NAN, .days = NAN};
    if (d->visitors > 0) {
        row.total = d->visitors;
        row.visitors = d->visitors * share;
        row.detectable = detectable(d, row.visitors * variant / looks->inflation, &test);
        if (d->difference != 0)
            row.power = spl_design_looks_power(looks, alpha, d->one_sided, power_at(d, row.visitors * variant, &test));
    } else {
        // Whole visitors in the smallest group, and in the segment.
        row.visitors = ceil(ceil(looks->inflation * sample(d, &test)) / variant);
        row.total = ceil(row.visitors / share);
    }
    if (d->per_day > 0) row.days = row.total / d->per_day;
    return row;
}

// Whether the formula says anything about samples of that size.
static bool check_row(const spl_design *d, const spl_design_row *row, spl_error *error)
{
    double control, variant;
    least_shares(d, &control, &variant);
    bool exact = !d->means && d->formula == SPL_POWER_EXACT;
    if (exact && (isnan(row->total) || row->visitors * fmax(control, variant) >= 2 * SPL_POWER_EXACT_MAX + 1))
        return spl_fail_field(error, "formula", "exact is for small samples; take pooled for this many visitors");
    if (!isfinite(row->total) || !(row->visitors <= SPL_DESIGN_VISITORS_MAX))
        return spl_fail_field(error, "difference", "%g is too small to be found by %g visitors", d->difference,
                              SPL_DESIGN_VISITORS_MAX);
    return true;
}

bool spl_design_solve(const spl_design *d, spl_design_plan *plan, spl_error *error)
{
    if (!check_target(d, error) || !check_test(d, error)) return false;
    spl_design_row *rows = calloc(d->segment_count + 1, sizeof *rows);
    if (!rows) return spl_fail(error, "out of memory");
    uint32_t comparisons = (d->variant_count - 1) * (d->segment_count + 1);
    double alpha = d->correction == SPL_CORRECTION_NONE ? d->alpha : d->alpha / comparisons;
    spl_design_looks looks;
    if (!spl_design_looks_plan(d->spending, d->looks, alpha, d->one_sided, d->power, &looks, error)) {
        free(rows);
        return false;
    }
    rows[0] = row_of(d, &looks, "all", 1, alpha);
    for (uint32_t i = 0; i < d->segment_count; i++)
        rows[i + 1] = row_of(d, &looks, d->segments[i].name, d->segments[i].share, alpha);
    for (uint32_t i = 0; i <= d->segment_count; i++) {
        if (check_row(d, &rows[i], error)) continue;
        free(rows);
        return false;
    }
    *plan = (spl_design_plan){comparisons, alpha, looks, d->segment_count + 1, rows};
    return true;
}

void spl_design_plan_free(spl_design_plan *plan)
{
    free(plan->rows);
    *plan = (spl_design_plan){0};
}
