// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/learn_summary.h"

#include <inttypes.h>
#include <stdlib.h>

#include "host/figures.h"
#include "host/grid.h"
#include "host/visible.h"

#define SPLITS_SHOWN 4

// The text in quotes, made printable.
static void print_name(FILE *out, spl_text text)
{
    char *visible = spl_visible(text, true);
    fprintf(out, "\"%s\"", visible ? visible : "?");
    free(visible);
}

static void print_counts(FILE *out, const spl_report_source *source)
{
    const spl_join_counts *joined = &source->joined;
    fprintf(out, "experiment ");
    print_name(out, source->experiment);
    fprintf(out, ": %" PRIu64 " exposures, %" PRIu64 " with outcome", joined->exposures, joined->outcomes);
    if (source->outcome.size > 0) fprintf(out, " ");
    if (source->outcome.size > 0) print_name(out, source->outcome);
    fprintf(out, ", %s rewards\n", source->learned->binary ? "binary" : "real-valued");

    const struct {
        const char *what;
        uint64_t count;
    } odd[] = {
        {"exposures of a variant that was not drawn (forced, held out, paused), left out", source->not_drawn},
        {"exposures at the end of the log, too young to tell, left out", joined->open_exposures},
        {"exposures met twice, counted once", joined->duplicate_exposures},
        {"exposures older than the window, counted", joined->late_exposures},
        {"outcomes met twice, counted once", joined->duplicate_outcomes},
        {"outcomes of another name, left out", joined->outcomes_other_name},
        {"outcomes whose exposure was not read, or whose window had closed, left out",
         joined->outcomes_without_exposure},
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        if (odd[i].count > 0) fprintf(out, "  %" PRIu64 " %s\n", odd[i].count, odd[i].what);
    }
}

// Whether propensities differed, so that exposures are not equally worth.
static bool is_weighted(const spl_learned *learned)
{
    for (uint32_t v = 0; v < learned->variant_count; v++) {
        const spl_moments *m = &learned->arms[v].observed;
        if (spl_moments_sample(m).count < m->count) return true;
    }
    return false;
}

static void put_variant(spl_grid *grid, const spl_report_source *source, uint32_t v, const spl_legendre *rule)
{
    char a[SPL_FIGURE_MAX];
    const spl_arm *arm = &source->learned->arms[v], *control = &source->learned->arms[0];
    bool binary = source->learned->binary;
    double low, high, base = spl_posterior_mean(&control->posterior);
    char *name = spl_visible(source->variants[v], true);
    spl_grid_cell(grid, "%s", name ? name : "?");
    free(name);
    spl_grid_cell(grid, "%.0f", arm->observed.count);
    if (is_weighted(source->learned)) spl_grid_cell(grid, "%.0f", spl_moments_sample(&arm->observed).count);
    spl_grid_cell(grid, "%s", spl_figure_rate(spl_posterior_mean(&arm->posterior), binary, a));
    spl_posterior_interval(&arm->posterior, rule, 0.95, &low, &high);
    spl_grid_cell(grid, "%s", spl_figure_interval(low, high, binary, a));
    bool lifts = v > 0 && base > 0;
    spl_grid_cell(grid, "%s", lifts ? spl_figure_change(spl_posterior_mean(&arm->posterior) / base - 1, a) : "");
    spl_grid_cell(grid, "%s", spl_figure_share(arm->p_best, a));
    spl_grid_cell(grid, "%s", spl_figure_share(arm->probability, a));
}

static void print_variants(FILE *out, const spl_report_source *source)
{
    static const char *const headings[] = {"variant",       "exposures", "worth",   "rate",
                                           "95 % interval", "lift",      "P(best)", "served"};
    bool weighted = is_weighted(source->learned);
    spl_grid *grid = spl_grid_new(weighted ? "lrrrlrrr" : "lrrlrrr");
    spl_legendre rule;
    if (grid && spl_legendre_init(&rule)) {
        for (int i = 0; i < 8; i++) {
            if (i != 2 || weighted) spl_grid_cell(grid, "%s", headings[i]);
        }
        for (uint32_t v = 0; v < source->learned->variant_count; v++) put_variant(grid, source, v, &rule);
        fprintf(out, "\neverybody\n");
        spl_grid_print(grid, out);
        if (weighted) fprintf(out, "  worth: exposures of equal weight that would tell as much\n");
    }
    spl_grid_free(grid);
}

// The splits of a tree that was grown, as they are left after pruning.
static void print_splits(FILE *out, const spl_report_source *source)
{
    const spl_learned *learned = source->learned;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < learned->node_count; i++) kept += learned->nodes[i].child_count > 0;
    fprintf(out, "\nsplits: %u made, %u kept", source->tree->grown->split_count, kept);
    for (uint32_t i = 0, shown = 0; i < learned->node_count && shown < SPLITS_SHOWN; i++) {
        const spl_learned_node *node = &learned->nodes[i];
        if (node->child_count == 0) continue;
        fputs(shown++ == 0 ? ": everybody by " : ", ", out);
        if (i > 0) print_name(out, node->key);
        if (i > 0) fprintf(out, " by ");
        print_name(out, learned->nodes[node->first_child].attribute);
    }
    if (kept > SPLITS_SHOWN) fputs(", and more", out);
}

static void print_segments(FILE *out, const spl_report_source *source)
{
    const spl_learned *learned = source->learned;
    if (learned->level_count == 0) return;
    if (source->tree) print_splits(out, source);
    fprintf(out, "\nsegments: %u seen, %u serve on their own\n", learned->segments_observed, learned->segments_serving);
    if (learned->segments_pruned_samples > 0)
        fprintf(out, "  %u have too few exposures\n", learned->segments_pruned_samples);
    if (learned->segments_pruned_effect > 0)
        fprintf(out, "  %u would hardly earn more on their own, and are served by their parent\n",
                learned->segments_pruned_effect);
}

static void print_value(FILE *out, const spl_report_source *source)
{
    char figure[SPL_FIGURE_MAX];
    bool binary = source->learned->binary;
    const spl_value *value = &source->value;
    fprintf(out, "\nexpected per exposure: %s uniform", spl_figure_rate(value->uniform, binary, figure));
    fprintf(out, ", %s with ", spl_figure_rate(value->best_variant, binary, figure));
    print_name(out, source->variants[value->best]);
    fprintf(out, " for everybody, %s with this bundle", spl_figure_rate(value->policy, binary, figure));
    if (value->uniform > 0)
        fprintf(out, " (%s over uniform)", spl_figure_change(value->policy / value->uniform - 1, figure));
    fprintf(out, "\n  on the exposures it was learned from; `samplit evaluate` judges it on others\n");
}

void spl_learn_summary(FILE *out, const spl_report_source *source, const char *bundle, const char *report)
{
    print_counts(out, source);
    print_variants(out, source);
    print_segments(out, source);
    print_value(out, source);
    if (bundle || report) fprintf(out, "\n");
    if (bundle) fprintf(out, "bundle %s  (id %s)\n", bundle, source->bundle_id);
    if (report) fprintf(out, "report %s\n", report);
}
