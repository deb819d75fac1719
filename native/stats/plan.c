// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/plan.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats/proportion.h"

typedef struct findings {
    uint32_t count;
    spl_finding *items;
    const spl_plan *plan;
    spl_finding surplus; // takes what is beyond SPL_FINDINGS_MAX
} findings;

const char *spl_severity_name(spl_severity severity)
{
    static const char *const names[] = {"error", "warning", "note"};
    return names[severity];
}

static spl_finding *find(findings *f, spl_severity severity, const char *check)
{
    spl_finding *item = f->count < SPL_FINDINGS_MAX ? &f->items[f->count++] : &f->surplus;
    *item = (spl_finding){.severity = severity, .check = check};
    return item;
}

#define REASON(item, ...) snprintf((item)->reason, sizeof(item)->reason, __VA_ARGS__)
#define FIX(item, ...) snprintf((item)->fix, sizeof(item)->fix, __VA_ARGS__)
#define TEXT(t) (int)(t).size, (t).data ? (t).data : ""

static void check_variants(findings *f)
{
    const spl_plan *p = f->plan;
    bool controlled = p->control.size == 0;
    if (p->variant_count < 2) {
        spl_finding *item = find(f, SPL_SEVERITY_ERROR, "variants");
        REASON(item, "there %s %u variant%s", p->variant_count == 1 ? "is" : "are", p->variant_count,
               p->variant_count == 1 ? "" : "s");
        FIX(item, "an experiment compares at least two, the control and another");
    }
    for (uint32_t i = 0; i < p->variant_count; i++) {
        controlled = controlled || spl_text_equal(p->variants[i], p->control);
        for (uint32_t j = 0; j < i; j++) {
            if (!spl_text_equal(p->variants[i], p->variants[j])) continue;
            spl_finding *item = find(f, SPL_SEVERITY_ERROR, "names");
            REASON(item, "variants %u and %u are both called \"%.*s\"", j, i, TEXT(p->variants[i]));
            FIX(item, "give each variant a name of its own");
        }
    }
    if (!controlled) {
        spl_finding *item = find(f, SPL_SEVERITY_ERROR, "control");
        REASON(item, "the control \"%.*s\" is not among the variants", TEXT(p->control));
        FIX(item, "add it, or name another variant as control");
    }
    if (p->control.size == 0) {
        spl_finding *item = find(f, SPL_SEVERITY_WARNING, "control");
        REASON(item, "no control is named; \"%.*s\", the first, is taken", TEXT(p->variants[0]));
        FIX(item, "say \"control\" in the plan");
    }
}

static void check_shares(findings *f)
{
    const spl_plan *p = f->plan;
    double sum = 0;
    for (uint32_t i = 0; p->shared && i < p->variant_count; i++) {
        sum += p->shares[i];
        if (p->shares[i] > 0) continue;
        spl_finding *item = find(f, SPL_SEVERITY_ERROR, "shares");
        REASON(item, "the share of \"%.*s\" is %g", TEXT(p->variants[i]), p->shares[i]);
        FIX(item, "give it a share above 0, or leave it out");
    }
    if (p->shared && sum > 0 && !(fabs(sum - 1) < 1e-6)) {
        spl_finding *item = find(f, SPL_SEVERITY_ERROR, "shares");
        REASON(item, "the shares sum to %g, not to 1", sum);
        FIX(item, "divide each by %g", sum);
    }
}

static void check_floor(findings *f)
{
    const spl_plan *p = f->plan;
    if (!p->adaptive) return;
    if (!(p->min_propensity > 0)) {
        spl_finding *item = find(f, SPL_SEVERITY_ERROR, "floor");
        REASON(item,
               "a bandit without a floor stops serving what looks bad early, and nothing can then be estimated of it");
        FIX(item, "set min_propensity to 0.01 or more");
    } else if (p->min_propensity * p->variant_count >= 1) {
        spl_finding *item = find(f, SPL_SEVERITY_ERROR, "floor");
        REASON(item, "a floor of %g for %u variants leaves nothing to learn with", p->min_propensity, p->variant_count);
        FIX(item, "set min_propensity below %.3g", 1.0 / p->variant_count);
    }
}

static void check_time(findings *f)
{
    const spl_plan *p = f->plan;
    if (!(p->days > 0)) return;
    if (p->window_days >= p->days) {
        spl_finding *item = find(f, SPL_SEVERITY_ERROR, "window");
        REASON(item, "outcomes count for %.3g days, but the run lasts %.3g: no exposure's window closes in it",
               p->window_days, p->days);
        FIX(item, "run longer than the window, or shorten it");
    } else if (p->window_days > p->days / 4) {
        spl_finding *item = find(f, SPL_SEVERITY_WARNING, "window");
        REASON(item,
               "outcomes count for %.3g days of a run of %.3g: the last quarter and more is too young to be counted",
               p->window_days, p->days);
        FIX(item, "run at least four times the window");
    }
    if (p->days < 7 || fabs(p->days / 7 - round(p->days / 7)) > 1e-9) {
        spl_finding *item = find(f, SPL_SEVERITY_NOTE, "weeks");
        REASON(item, "%.3g days are not whole weeks, and weekdays differ", p->days);
        FIX(item, "run %.0f days", 7 * fmax(1, ceil(p->days / 7)));
    }
}

static bool solve(const spl_plan *p, double visitors, spl_design_plan *out, spl_error *error)
{
    spl_design d = p->design;
    d.variant_count = p->variant_count;
    d.shares = p->shared ? p->shares : NULL;
    d.visitors = visitors;
    return spl_design_solve(&d, out, error);
}

static void too_little(findings *f, double needed, double there)
{
    const spl_plan *p = f->plan;
    spl_design_plan seen;
    spl_finding *item = find(f, SPL_SEVERITY_ERROR, "traffic");
    REASON(item, "to see %g of a baseline of %g takes %.0f visitors; %.3g days have %.0f", p->design.difference,
           p->design.baseline, needed, p->days, there);
    if (!solve(p, there, &seen, NULL)) return;
    int said = FIX(item, "run %.0f days", 7 * ceil(needed / p->design.per_day / 7));
    if (said > 0 && !isnan(seen.rows[0].detectable))
        snprintf(item->fix + said, sizeof item->fix - (size_t)said, "; or aim for %.3g, which they show%s",
                 seen.rows[0].detectable, p->variant_count > 2 ? "; or test fewer variants" : "");
    spl_design_plan_free(&seen);
}

static void thin_segments(findings *f, const spl_design_plan *plan, double there)
{
    uint32_t thin = 0;
    char names[160] = "";
    for (uint32_t i = 1; i < plan->row_count; i++) {
        if (plan->rows[i].total <= there) continue;
        thin++;
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", plan->rows[i].name);
    }
    if (thin == 0) return;
    spl_finding *item = find(f, SPL_SEVERITY_WARNING, "segments");
    REASON(item, "%u of %u segments get too few visitors to show the effect: %s", thin, plan->row_count - 1, names);
    FIX(item, "look at fewer segments (each adds comparisons too), expect only larger effects there, or run longer");
}

// What the power calculation refuses, under the name of the field at fault.
static void refused(findings *f, const spl_error *error)
{
    static const char *const fields[] = {"alpha", "power", "baseline", "sd", "segments", "correction", "traffic"};
    const char *check = "effect";
    if (strcmp(error->field, "shares") == 0) return; // check_shares has said it
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strcmp(error->field, fields[i]) == 0) check = fields[i];
    spl_finding *item = find(f, SPL_SEVERITY_ERROR, check);
    REASON(item, "%.80s: %.200s", error->field, error->text);
    FIX(item, "correct the plan's %.80s", error->field);
}

static void no_effect(findings *f)
{
    const spl_plan *p = f->plan;
    bool rate = !p->design.means && !(p->design.baseline > 0);
    spl_finding *item = find(f, SPL_SEVERITY_ERROR, rate ? "baseline" : "effect");
    if (rate) {
        REASON(item, "the baseline is %g: no effect relative to it can be planned for", p->design.baseline);
        FIX(item, "give the control's rate, above 0 and below 1");
    } else {
        REASON(item, "the plan does not say which effect is worth finding, or says 0");
        FIX(item, "give \"lift\" or \"difference\"");
    }
}

static void check_traffic(findings *f)
{
    const spl_plan *p = f->plan;
    spl_design_plan plan;
    spl_error error = {0};
    if (p->design.difference == 0) {
        no_effect(f);
        return;
    }
    if (p->variant_count < 2) return;
    if (!solve(p, 0, &plan, &error)) {
        refused(f, &error);
        return;
    }
    double there = p->design.per_day * p->days;
    if (!(there > 0)) {
        spl_finding *item = find(f, SPL_SEVERITY_WARNING, "traffic");
        REASON(item, "traffic or duration is not given; %.0f visitors are needed", plan.rows[0].total);
        FIX(item, "give \"per_day\" and \"days\"");
    } else {
        if (plan.rows[0].total > there)
            too_little(f, plan.rows[0].total, there);
        else
            thin_segments(f, &plan, there);
    }
    spl_design_plan_free(&plan);
}

// A segment of level i gets its share of all exposures if values are about equally frequent.
static void check_tree(findings *f)
{
    const spl_plan *p = f->plan;
    double each = p->design.per_day * p->days;
    for (uint32_t i = 0; i < p->level_count && each > 0; i++) {
        const spl_plan_level *level = &p->levels[i];
        if (!(level->values > 0)) return;
        each /= level->values;
        if (each >= level->min_samples) continue;
        spl_finding *item = find(f, SPL_SEVERITY_WARNING, "tree");
        REASON(item, "at level %u, %.*s, a segment gets about %.0f visitors; it needs %.0f to serve on its own", i + 1,
               TEXT(level->attribute), each, level->min_samples);
        if (i == 0)
            FIX(item, "leave the levels out, or run longer");
        else
            FIX(item, "stop at level %u, %.*s, or run longer", i, TEXT(p->levels[i - 1].attribute));
        return;
    }
}

static void check_rates(findings *f, const spl_plan_log *log)
{
    const spl_plan *p = f->plan;
    double rate = log->closed > 0 ? log->outcomes / log->closed : NAN;
    spl_interval range = spl_wilson_interval(log->outcomes, log->closed, 0.999);
    if (p->design.means || !(rate > 0) || (p->design.baseline >= range.low && p->design.baseline <= range.high)) return;
    spl_finding *item = find(f, SPL_SEVERITY_WARNING, "baseline");
    REASON(item, "the plan's baseline is %g; the log's rate is %.4g (99.9 %%: %.4g to %.4g)", p->design.baseline, rate,
           range.low, range.high);
    FIX(item, "plan with the log's rate");
}

static void check_log(findings *f, const spl_plan_log *log)
{
    const spl_plan *p = f->plan;
    if (p->outcome.size > 0 && log->outcomes == 0 && log->named == 0) {
        spl_finding *item = find(f, SPL_SEVERITY_ERROR, "outcome");
        REASON(item, "no outcome \"%.*s\" is in the log%s%s%s", TEXT(p->outcome),
               log->other_name[0] ? "; there is \"" : "", log->other_name, log->other_name[0] ? "\"" : "");
        FIX(item, "correct the name, or see that the event is sent");
    } else {
        check_rates(f, log);
    }
    double per_day = log->days > 1 ? log->units / log->days : NAN;
    if (p->design.per_day > 0 && (per_day < p->design.per_day / 2 || per_day > p->design.per_day * 2)) {
        spl_finding *item = find(f, SPL_SEVERITY_WARNING, "traffic");
        REASON(item, "the plan has %.0f visitors a day; the log has %.0f", p->design.per_day, per_day);
        FIX(item, "plan with the log's traffic");
    }
}

static void check_error_rates(findings *f)
{
    const spl_plan *p = f->plan;
    if (p->design.power < 0.8) {
        spl_finding *item = find(f, SPL_SEVERITY_NOTE, "power");
        REASON(item, "with power %g, a real effect of this size is missed %.0f times in 100", p->design.power,
               100 * (1 - p->design.power));
        FIX(item, "0.8 is usual");
    }
    if (p->design.correction == SPL_CORRECTION_NONE && (p->variant_count > 2 || p->design.segment_count > 0)) {
        spl_finding *item = find(f, SPL_SEVERITY_WARNING, "correction");
        REASON(item, "several comparisons without a correction: false alarms add up");
        FIX(item, "use holm");
    }
}

static int by_severity(const void *a, const void *b)
{
    const spl_finding *x = a, *y = b;
    if (x->severity != y->severity) return x->severity < y->severity ? -1 : 1;
    return strcmp(x->check, y->check);
}

uint32_t spl_plan_check(const spl_plan *plan, const spl_plan_log *log, spl_finding items[SPL_FINDINGS_MAX])
{
    findings f = {.items = items, .plan = plan};
    check_variants(&f);
    check_shares(&f);
    check_floor(&f);
    check_time(&f);
    check_traffic(&f);
    check_tree(&f);
    check_error_rates(&f);
    if (log) check_log(&f, log);
    qsort(items, f.count, sizeof *items, by_severity);
    return f.count;
}
