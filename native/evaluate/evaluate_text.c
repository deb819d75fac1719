// SPDX-License-Identifier: GPL-3.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/evaluate_write.h"
#include "evaluate/points.h"
#include "evaluate/verdict.h"
#include "host/grid.h"
#include "host/visible.h"

typedef struct sheet {
    const spl_evaluation *e;
    bool utf8;
    FILE *out;
} sheet;

static void put_text(const sheet *s, const char *text)
{
    char *visible = spl_visible((spl_text){text, strlen(text)}, s->utf8);
    fputs(visible ? visible : "", s->out);
    free(visible);
}

// "18.31 % (17.50 to 19.04)"
static void value_cell(const sheet *s, spl_grid *grid, const spl_ope *ope, uint32_t policy, spl_ope_estimator estimator)
{
    spl_ope_estimate v = spl_evaluate_value(ope, policy, estimator);
    char value[SPL_FIGURE_MAX], low[SPL_FIGURE_MAX], high[SPL_FIGURE_MAX];
    bool binary = s->e->binary;
    if (isnan(v.value)) {
        const char *why = !(spl_ope_effective_sample(ope, policy) > 0) ? "not in the log"
                          : !spl_ope_supported(ope, policy)            ? "not identified"
                                                                       : "unknown";
        spl_grid_cell(grid, "%s", why);
        return;
    }
    spl_points_rate(v.value, binary, value);
    spl_points_rate(v.low, binary, low);
    spl_points_rate(v.high, binary, high);
    const char *unit = binary ? " %" : "";
    if (isnan(v.low)) {
        spl_grid_cell(grid, "%s%s (unknown)", value, unit);
    } else {
        spl_grid_cell(grid, "%s%s (%s to %s)", value, unit, low, high);
    }
}

static void policy_row(const sheet *s, spl_grid *grid, const spl_ope *ope, uint32_t policy, const char *name,
                       const char *mark)
{
    char figure[SPL_FIGURE_MAX];
    spl_grid_cell(grid, "%s", name);
    for (int estimator = 0; estimator < SPL_OPE_ESTIMATORS; estimator++) {
        if (policy == SPL_OPE_LOGGING && estimator != SPL_OPE_IPS) {
            spl_grid_cell(grid, "%s", "");
        } else {
            value_cell(s, grid, ope, policy, (spl_ope_estimator)estimator);
        }
    }
    spl_grid_cell(grid, "%s", spl_figure_count(spl_ope_effective_sample(ope, policy), figure));
    spl_grid_cell(grid, "%s", mark);
}

static bool put_values(const sheet *s)
{
    static const char *const titles[] = {"policy", "IPS", "SNIPS", "DR", "switch-DR", "effective", ""};
    const spl_experiment *x = s->e->experiment;
    spl_grid *grid = spl_grid_new("lllllrl");
    if (!grid) return false;
    for (int i = 0; i < 7; i++) spl_grid_cell(grid, "%s", titles[i]);
    const spl_ope *ope = s->e->ope;
    policy_row(s, grid, ope, SPL_OPE_TARGET, "this bundle", "");
    policy_row(s, grid, s->e->leading, SPL_OPE_TARGET, "  without exploration", "");
    policy_row(s, grid, ope, SPL_OPE_UNIFORM, "uniform split", "");
    uint32_t best = spl_ope_best_variant(ope);
    for (uint32_t v = 0; v < x->policy.variant_count; v++) {
        char *name = spl_visible(x->variants[v], s->utf8), label[300];
        snprintf(label, sizeof label, "always %.256s", name ? name : "");
        free(name);
        policy_row(s, grid, ope, SPL_OPE_ALWAYS + v, label, v == best ? "best single arm" : "");
    }
    policy_row(s, grid, ope, SPL_OPE_LOGGING, "as logged (mean)", "");
    bool ok = spl_grid_print(grid, s->out);
    spl_grid_free(grid);
    return ok;
}

static void gain_row(const sheet *s, spl_grid *grid, const spl_ope *ope, uint32_t over, const char *name)
{
    spl_grid_cell(grid, "%s", name);
    for (int estimator = 0; estimator < SPL_OPE_ESTIMATORS; estimator++) {
        spl_ope_estimate gain = spl_evaluate_gain(ope, SPL_OPE_TARGET, over, (spl_ope_estimator)estimator);
        char value[SPL_FIGURE_MAX], low[SPL_FIGURE_MAX], high[SPL_FIGURE_MAX];
        spl_points(gain.value, s->e->binary, value);
        spl_points(gain.low, s->e->binary, low);
        spl_points(gain.high, s->e->binary, high);
        if (isnan(gain.value)) {
            bool told = spl_ope_supported(ope, SPL_OPE_TARGET) && spl_ope_supported(ope, over);
            spl_grid_cell(grid, "%s", told ? "-" : "not identified");
        } else if (isnan(gain.low)) {
            spl_grid_cell(grid, "%s (unknown)", value);
        } else {
            spl_grid_cell(grid, "%s (%s to %s)", value, low, high);
        }
    }
}

static bool put_gains(const sheet *s)
{
    const char *const titles[] = {s->e->binary ? "gain of this bundle, in points" : "gain of this bundle", "IPS",
                                  "SNIPS", "DR", "switch-DR"};
    spl_grid *grid = spl_grid_new("lllll");
    if (!grid) return false;
    for (int i = 0; i < 5; i++) spl_grid_cell(grid, "%s", titles[i]);
    const spl_ope *ope = s->e->ope;
    uint32_t best = spl_ope_best_variant(ope);
    if (best < s->e->experiment->policy.variant_count) {
        gain_row(s, grid, ope, SPL_OPE_ALWAYS + best, "over the best single arm");
        gain_row(s, grid, s->e->leading, SPL_OPE_ALWAYS + best, "  without exploration");
    }
    gain_row(s, grid, ope, SPL_OPE_UNIFORM, "over a uniform split");
    gain_row(s, grid, ope, SPL_OPE_LOGGING, "over the log as it was");
    fputc('\n', s->out);
    bool ok = spl_grid_print(grid, s->out);
    spl_grid_free(grid);
    return ok;
}

// What switch-DR leaves to the model.
static void put_threshold(const sheet *s)
{
    spl_ope_estimate e = spl_evaluate_value(s->e->ope, SPL_OPE_TARGET, SPL_OPE_SWITCH);
    char bias[SPL_FIGURE_MAX];
    if (isnan(e.value)) return;
    if (isinf(e.threshold)) {
        fputs("\nswitch-DR: no weight of this bundle is heavy enough to be left to the model.\n", s->out);
        return;
    }
    fprintf(s->out,
            "\nswitch-DR: weights of this bundle above %g are left to the model; its intervals allow for %s%s.\n",
            e.threshold, spl_points_rate(e.bias, s->e->binary, bias), s->e->binary ? " points of bias" : " of bias");
}

static void sequence_row(const sheet *s, spl_grid *grid, spl_evaluate_sequence which, const char *name)
{
    const spl_ope_cs *cs = &s->e->sequence[which];
    bool binary = s->e->binary, told = spl_evaluate_sequence_told(s->e, which);
    spl_interval at = spl_ope_cs_interval(cs);
    char *(*put)(double, bool, char *) = which == SPL_SEQUENCE_VALUE ? spl_points_rate : spl_points;
    char value[SPL_FIGURE_MAX], low[SPL_FIGURE_MAX], high[SPL_FIGURE_MAX];
    spl_grid_cell(grid, "%s", name);
    if (!told || isnan(at.low)) {
        spl_grid_cell(grid, "%s", "unknown");
        spl_grid_cell(grid, "%s", told ? spl_ope_cs_reason(spl_ope_cs_state_of(cs)) : "not identified");
        return;
    }
    spl_grid_cell(grid, "%s%s", put(spl_ope_cs_estimate(cs), binary, value),
                  binary && which == SPL_SEQUENCE_VALUE ? " %" : "");
    spl_grid_cell(grid, "%s to %s", put(at.low, binary, low), put(at.high, binary, high));
}

static bool put_sequences(const sheet *s)
{
    spl_grid *grid = spl_grid_new("lrl");
    if (!grid) return false;
    spl_grid_cell(grid, "%s", "at every look");
    spl_grid_cell(grid, "%s", "estimate");
    spl_grid_cell(grid, "%s", "95 %, all looks together");
    sequence_row(s, grid, SPL_SEQUENCE_VALUE, "this bundle");
    sequence_row(s, grid, SPL_SEQUENCE_OVER_UNIFORM, "over a uniform split");
    sequence_row(s, grid, SPL_SEQUENCE_OVER_LOGGING, "over the log as it was");
    fputc('\n', s->out);
    bool ok = spl_grid_print(grid, s->out);
    spl_grid_free(grid);
    return ok;
}

// How far down the tree visitors find a segment that serves them.
static void put_levels(const sheet *s)
{
    const uint64_t *served = s->e->counts.served_by_level;
    uint64_t all = 0;
    for (int level = 0; level < SPL_TREE_DEPTH_MAX; level++) all += served[level];
    if (all == served[0]) return;
    fprintf(s->out, "\nserved by level:");
    for (int level = 0, put = 0; level < SPL_TREE_DEPTH_MAX; level++) {
        char figure[SPL_FIGURE_MAX];
        if (served[level] == 0) continue;
        fprintf(s->out, "%s %d: %s", put++ ? "," : "", level,
                spl_figure_share((double)served[level] / (double)all, figure));
    }
}

static void put_head(const sheet *s, const spl_join_counts *join)
{
    const spl_evaluation *e = s->e;
    spl_ope_counts counts = spl_ope_counted(e->ope);
    fprintf(s->out, "experiment %.*s, bundle %.*s\n", (int)e->experiment->key.size, e->experiment->key.data,
            (int)e->bundle->id_hex.size, e->bundle->id_hex.data);
    fprintf(s->out, "%" PRIu64 " exposures, %" PRIu64 " with a reward%s", counts.exposures, counts.rewarded,
            e->outcome[0] ? "; outcome " : "");
    put_text(s, e->outcome);
    char window[SPL_FIGURE_MAX];
    fprintf(s->out, ", window %s", spl_figure_duration(e->config.window_ms, window));
    if (e->config.fold.count > 1)
        fprintf(s->out, "; fold %" PRIu32 "/%" PRIu32, e->config.fold.index, e->config.fold.count);
    if (e->counts.not_drawn > 0)
        fprintf(s->out, "\n%" PRIu64 " exposures left out whose variant was set by a rule and not drawn",
                e->counts.not_drawn);
    if (join->open_exposures > 0)
        fprintf(s->out,
                "\n%" PRIu64 " exposures left out, too young at the end of the log for their outcomes to have come",
                join->open_exposures);
    if (e->counts.by_segment > 0)
        fprintf(s->out, "\n%" PRIu64 " exposures without a context, placed by their segment key", e->counts.by_segment);
    put_levels(s);
    fprintf(s->out, "\nvalue per exposure%s, 95 %% intervals in parentheses\n\n", e->binary ? "" : " (mean reward)");
}

static void put_sentences(const sheet *s, const char *before, const spl_sentences *sentences)
{
    for (uint32_t i = 0; i < sentences->count; i++) {
        char *text = spl_visible((spl_text){sentences->text[i], strlen(sentences->text[i])}, s->utf8);
        fprintf(s->out, "%s%s\n", before, text ? text : "");
        free(text);
    }
}

bool spl_evaluate_text(const spl_evaluation *evaluation, const spl_join_counts *join, bool utf8, FILE *out)
{
    sheet s = {evaluation, utf8, out};
    spl_sentences sentences;
    put_head(&s, join);
    if (!put_values(&s) || !put_gains(&s)) return false;
    put_threshold(&s);
    if (!put_sequences(&s)) return false;
    fputc('\n', out);
    spl_verdict_gains(evaluation, &sentences);
    put_sentences(&s, "", &sentences);
    spl_verdict_warnings(evaluation, join, &sentences);
    if (sentences.count > 0) fputc('\n', out);
    put_sentences(&s, "warning: ", &sentences);
    return true;
}
