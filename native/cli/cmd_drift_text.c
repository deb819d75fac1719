// SPDX-License-Identifier: GPL-3.0-or-later
// A drift measure at a glance: the verdict, then what it rests on, the worst first.
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_drift.h"
#include "events/event_stamp.h"
#include "host/figures.h"
#include "host/grid.h"
#include "host/visible.h"

#define BAR 20       // characters of a bar
#define BAR_FULL 0.4 // index that fills it: twice the usual limit
#define SEGMENTS 12  // lines of the table of segments
#define SEGMENTS_LEAST 4
#define TELLING 0.1 // p-value above which a segment has nothing to say
#define DAY_MS 86400000.0

typedef struct sheet {
    const spl_drift_run *run;
    const spl_drift *drift;
    bool utf8;
    FILE *out;
} sheet;

// --- reasons ----------------------------------------------------------------------------------------------

typedef struct lines {
    char *text;
    size_t size, used;
    uint32_t count;
} lines;

__attribute__((format(printf, 2, 3))) static void say(lines *to, const char *format, ...)
{
    va_list arguments;
    to->count++;
    if (to->used >= to->size) return;
    va_start(arguments, format);
    int size = vsnprintf(to->text + to->used, to->size - to->used, format, arguments);
    va_end(arguments);
    if (size > 0) to->used += (size_t)size;
}

static void say_features(const spl_drift_run *run, lines *to)
{
    const spl_drift *drift = &run->drift;
    const spl_drift_feature *clusters = spl_drift_clusters(run);
    if (clusters && clusters->verdict == SPL_DRIFT_DRIFTED)
        say(to, "visitors moved between clusters (PSI %.2f)\n", clusters->psi.drift);
    for (uint32_t i = 0; i < drift->feature_count; i++) {
        const spl_drift_feature *f = &drift->features[i];
        if (f->verdict != SPL_DRIFT_DRIFTED || f == clusters) continue;
        char *name = spl_visible((spl_text){f->bins->name, strlen(f->bins->name)}, true);
        say(to, "attribute %s has drifted (PSI %.2f)\n", name ? name : "?", f->psi.drift);
        free(name);
    }
}

bool spl_drift_calls(const spl_drift_run *run, char *why, size_t size)
{
    const spl_drift *drift = &run->drift;
    lines to = {why, why ? size : 0, 0, 0};
    if (why && size > 0) why[0] = '\0';
    say_features(run, &to);
    if (drift->recall.verdict == SPL_DRIFT_DRIFTED)
        say(&to, "the encoder tells %s apart less well (recall@1 %.3f, was %.3f)\n", run->recall.label,
            drift->recall.now, drift->recall.then);
    if (drift->segments_verdict == SPL_DRIFT_DRIFTED)
        say(&to, "traffic moved between segments (PSI %.2f)\n", drift->segments.drift);
    if (drift->intended_verdict == SPL_DRIFT_DRIFTED)
        say(&to, "what is served moved (PSI %.2f)\n", drift->intended.drift);
    if (drift->effect_moved) say(&to, "the variants' rewards moved apart: another may be best now\n");
    if (drift->stale)
        say(&to, "stale: the newest visit learned from is %.1f days old\n", (double)drift->age_ms / DAY_MS);
    return to.count > 0;
}

// --- tables -----------------------------------------------------------------------------------------------

static void bar(const sheet *s, double index, char out[3 * BAR + 1])
{
    double full = isnan(index) ? 0 : index / BAR_FULL * BAR;
    int cells = full > BAR ? BAR : (int)(full + 0.5);
    out[0] = '\0';
    for (int i = 0; i < cells; i++) strcat(out, s->utf8 ? "\xe2\x96\x88" : "#");
}

static void put_index(const sheet *s, spl_grid *grid, const spl_psi *psi, spl_drift_verdict verdict)
{
    char drawn[3 * BAR + 1];
    if (isnan(psi->raw))
        spl_grid_cell(grid, "%s", "-");
    else
        spl_grid_cell(grid, "%.3f", psi->drift);
    bar(s, psi->drift, drawn);
    spl_grid_cell(grid, "%s", drawn);
    spl_grid_cell(grid, "%s", spl_drift_word(verdict));
}

// What a bin holds, for people.
static char *bin_label(const spl_reference_attribute *a, uint32_t bin, bool utf8)
{
    char text[80];
    if (bin == a->bin_count + 1) return strdup("(missing)");
    if (bin == a->bin_count) return strdup("(other)");
    if (!a->numeric) return spl_visible((spl_text){a->values[bin], strlen(a->values[bin])}, utf8);
    if (a->bin_count == 1)
        snprintf(text, sizeof text, "any number");
    else if (bin == 0)
        snprintf(text, sizeof text, "below %g", a->edges[0]);
    else if (bin == a->bin_count - 1)
        snprintf(text, sizeof text, "%g and more", a->edges[bin - 1]);
    else
        snprintf(text, sizeof text, "%g to %g", a->edges[bin - 1], a->edges[bin]);
    return strdup(text);
}

static void put_feature(const sheet *s, spl_grid *grid, const spl_drift_feature *f)
{
    char then[SPL_FIGURE_MAX], now[SPL_FIGURE_MAX];
    char *name = spl_visible((spl_text){f->bins->name, strlen(f->bins->name)}, s->utf8);
    char *label = bin_label(f->bins, f->most.bin, s->utf8);
    spl_grid_cell(grid, "  %s", name ? name : "?");
    put_index(s, grid, &f->psi, f->verdict);
    if (f->psi.drift > 0 && label)
        spl_grid_cell(grid, "%s: %s, was %s", label, spl_figure_share(f->most.now, now),
                      spl_figure_share(f->most.then, then));
    else
        spl_grid_cell(grid, "%s", "");
    free(name);
    free(label);
}

static void put_features(const sheet *s)
{
    static const char *const titles[] = {"  attribute", "PSI", "", "", "moved most", NULL};
    spl_grid *grid = spl_grid_new("lrlll");
    if (!grid) return;
    spl_grid_cells(grid, titles);
    for (uint32_t i = 0; i < s->drift->feature_count; i++) put_feature(s, grid, &s->drift->features[i]);
    fprintf(s->out, "\nvisits by attribute\n");
    spl_grid_print(grid, s->out);
    spl_grid_free(grid);
}

// Of a part: where visitors fall, and how well they are told apart.
static void put_part(const sheet *s)
{
    char a[SPL_FIGURE_MAX];
    const spl_drift_feature *f = spl_drift_clusters(s->run);
    const spl_drift_recall *recall = &s->drift->recall;
    spl_grid *grid = f ? spl_grid_new("lrr") : NULL;
    double then = (double)s->run->reference->exposures, now = (double)spl_tally_exposures(s->run->log.tally);
    if (grid) {
        static const char *const titles[] = {"  cluster", "visits then", "now", NULL};
        spl_grid_cells(grid, titles);
        for (uint32_t b = 0; b < f->bins->bin_count + 2; b++) {
            if (f->bins->counts[b] + f->now[b] == 0) continue;
            char *label = bin_label(f->bins, b, s->utf8);
            spl_grid_cell(grid, "  %s", label ? label : "?");
            spl_grid_cell(grid, "%s", spl_figure_share((double)f->bins->counts[b] / then, a));
            spl_grid_cell(grid, "%s", spl_figure_share((double)f->now[b] / now, a));
            free(label);
        }
        fprintf(s->out, "\nassignments: PSI of the clusters %.3f %s\n", isnan(f->psi.raw) ? 0 : f->psi.drift,
                spl_drift_word(f->verdict));
        spl_grid_print(grid, s->out);
    }
    spl_grid_free(grid);
    if (recall->rows_now > 0)
        fprintf(s->out, "\nrecall@1 by %s: %.3f of %" PRIu32 " rows, was %.3f of %" PRIu32 " held out: %s\n",
                s->run->recall.label, recall->now, recall->rows_now, recall->then, recall->rows_then,
                spl_drift_word(recall->verdict));
}

// How much a segment's line has to say: less is more.
static double weight_of(const spl_drift_segment *segment)
{
    double least = 1;
    if (segment->share_p < least) least = segment->share_p;
    if (segment->rate_p < least) least = segment->rate_p;
    if (segment->effect_p < least) least = segment->effect_p;
    return least;
}

static int by_weight(const void *a, const void *b)
{
    const spl_drift_segment *x = *(const spl_drift_segment *const *)a, *y = *(const spl_drift_segment *const *)b;
    double p = weight_of(x), q = weight_of(y);
    return p != q ? (p > q) - (p < q) : (x->node > y->node) - (x->node < y->node);
}

static void put_p(spl_grid *grid, double p)
{
    if (isnan(p))
        spl_grid_cell(grid, "%s", "");
    else if (p < 0.0001)
        spl_grid_cell(grid, "%s", "p <0.0001");
    else
        spl_grid_cell(grid, "p %.*f", p < 0.01 ? 4 : 2, p);
}

static void put_segment(const sheet *s, spl_grid *grid, const spl_drift_segment *segment)
{
    char a[SPL_FIGURE_MAX];
    bool binary = s->run->report->binary;
    char *key = spl_visible(spl_tree_key(&s->run->file.bundle.tree, segment->node), s->utf8);
    spl_grid_cell(grid, "  %s", key ? key : "?");
    spl_grid_cell(grid, "%s", spl_figure_share(segment->share_then, a));
    spl_grid_cell(grid, "%s", spl_figure_share(segment->share_now, a));
    put_p(grid, segment->share_p);
    spl_grid_cell(grid, "%s", spl_figure_rate(segment->rate_then, binary, a));
    spl_grid_cell(grid, "%s", spl_figure_rate(segment->rate_now, binary, a));
    put_p(grid, segment->rate_p);
    put_p(grid, segment->effect_p);
    free(key);
}

static void put_segments(const sheet *s)
{
    static const char *const titles[] = {"  segment", "visits then", "now", "", "reward then", "now",
                                         "",          "effects",     NULL};
    char drawn[3 * BAR + 1];
    const spl_drift *drift = s->drift;
    const spl_drift_segment **order = calloc(drift->segment_count + 1, sizeof *order);
    spl_grid *grid = spl_grid_new("lrrlrrll");
    if (order && grid) {
        for (uint32_t i = 0; i < drift->segment_count; i++) order[i] = &drift->segment[i];
        qsort(order, drift->segment_count, sizeof *order, by_weight);
        spl_grid_cells(grid, titles);
        uint32_t shown = 0;
        for (; shown < drift->segment_count && shown < SEGMENTS; shown++) {
            if (shown >= SEGMENTS_LEAST && weight_of(order[shown]) > TELLING) break;
            put_segment(s, grid, order[shown]);
        }
        bar(s, drift->segments.drift, drawn);
        fprintf(s->out, "\nsegments: PSI of their traffic %.3f %s%s%s\n",
                isnan(drift->segments.raw) ? 0 : drift->segments.drift, drawn, drawn[0] ? " " : "",
                spl_drift_word(drift->segments_verdict));
        spl_grid_print(grid, s->out);
        if (drift->segment_count > shown)
            fprintf(s->out, "  %" PRIu32 " more, which say less; --json has them\n", drift->segment_count - shown);
        fprintf(s->out, "  reward: per visit that no finer segment fits; effects: that the variants moved apart\n");
    }
    spl_grid_free(grid);
    free(order);
}

static void put_served(spl_grid *grid, const spl_drift_variant *variant, bool any)
{
    if (any) {
        spl_grid_cell(grid, "%" PRIu64, variant->served);
        spl_grid_cell(grid, "%.1f", variant->expected);
    } else {
        spl_grid_cell(grid, "%s", "");
        spl_grid_cell(grid, "%s", "");
    }
    put_p(grid, any ? variant->p : NAN);
}

static void put_assignments(const sheet *s)
{
    static const char *const titles[] = {"  variant", "meant then", "now", "served", "expected", "", NULL};
    char a[SPL_FIGURE_MAX];
    const spl_drift *drift = s->drift;
    const spl_experiment *x = &s->run->file.bundle.experiments[s->run->experiment];
    spl_grid *grid = spl_grid_new("lrrrrl");
    if (!grid) return;
    spl_grid_cells(grid, titles);
    for (uint32_t v = 0; v < x->policy.variant_count; v++) {
        const spl_drift_variant *variant = &drift->variant[v];
        char *name = spl_visible(x->variants[v], s->utf8);
        spl_grid_cell(grid, "  %s", name ? name : "?");
        free(name);
        spl_grid_cell(grid, "%s", spl_figure_share(variant->intended_then, a));
        spl_grid_cell(grid, "%s", spl_figure_share(variant->intended_now, a));
        put_served(grid, variant, drift->own > 0);
    }
    fprintf(s->out, "\nassignments: PSI of the policy's probabilities %.3f %s\n",
            isnan(drift->intended.raw) ? 0 : drift->intended.drift, spl_drift_word(drift->intended_verdict));
    spl_grid_print(grid, s->out);
    if (drift->own > 0)
        fprintf(s->out, "  served: to %" PRIu64 " units, in %" PRIu64 " exposures that this bundle made\n",
                drift->own_units, drift->own);
    else
        fprintf(s->out, "  no exposure of this log was made by this bundle\n");
    spl_grid_free(grid);
}

// --- the sheet --------------------------------------------------------------------------------------------

static void put_span(const sheet *s, const char *what, double visits, int64_t oldest, int64_t newest)
{
    char from[SPL_TIME_CHARS + 1] = "", to[SPL_TIME_CHARS + 1] = "";
    if (visits > 0) {
        spl_time_write(oldest, from);
        spl_time_write(newest, to);
    }
    fprintf(s->out, "%-9s %.0f visits", what, visits);
    if (visits > 0) fprintf(s->out, ", %.10s %.5s to %.10s %.5s", from, from + 11, to, to + 11);
    fputc('\n', s->out);
}

static void put_notes(const sheet *s)
{
    const spl_drift_log *log = &s->run->log;
    if (log->counts.bad_lines > 0)
        fprintf(s->out, "%" PRIu64 " of %" PRIu64 " lines are no events and were left out\n", log->counts.bad_lines,
                log->counts.lines);
    if (log->counts.outside > 0)
        fprintf(s->out, "%" PRIu64 " visits are outside the time asked for\n", log->counts.outside);
    if (log->unknown_variant > 0)
        fprintf(s->out, "%" PRIu64 " exposures are of variants that the bundle does not have\n", log->unknown_variant);
    if (s->drift->calendar_left_out)
        fprintf(s->out, "hour, dow or is_weekend%s are not compared: a log spans less than two days, or two weeks\n",
                s->run->file.bundle.clusters.count > 0 ? " (and clusters that they have a part in)" : "");
    if (s->drift->rate_moved && !s->drift->effect_moved)
        fprintf(s->out, "rewards changed, for all variants alike as far as can be told: a policy need not mind\n");
    if (s->drift->misserved)
        fprintf(s->out, "what was served does not follow the bundle's probabilities: are all exposures logged?\n");
}

static void put_verdict(const sheet *s)
{
    char why[2048];
    const spl_drift *drift = s->drift;
    fprintf(s->out, "\nverdict: %s%s\n", spl_drift_word(drift->verdict), drift->stale ? ", and stale" : "");
    if (!spl_drift_calls(s->run, why, sizeof why)) return;
    for (char *line = strtok(why, "\n"); line; line = strtok(NULL, "\n")) fprintf(s->out, "  %s\n", line);
}

void spl_drift_print(const spl_drift_run *run, bool utf8, FILE *out)
{
    sheet s = {run, &run->drift, utf8, out};
    const spl_reference *then = run->reference;
    int64_t oldest = spl_tally_oldest(run->log.tally), newest = spl_tally_newest(run->log.tally);
    put_span(&s, "learned", (double)then->exposures, then->oldest_ms, then->newest_ms);
    put_span(&s, "log", (double)spl_tally_exposures(run->log.tally), oldest, newest);
    put_verdict(&s);
    put_notes(&s);
    put_features(&s);
    if (run->part) {
        put_part(&s);
        return;
    }
    put_segments(&s);
    put_assignments(&s);
}
