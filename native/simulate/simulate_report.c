// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/simulate_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/figures.h"
#include "host/grid.h"
#include "host/visible.h"

#define CURVE_ROWS 20
#define CURVE_WIDTH 40
#define SEGMENT_ROWS 80

// "5 Jan 2026"
static void write_date(int64_t time_ms, char out[32])
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm date;
    gmtime_r(&seconds, &date);
    strftime(out, 32, "%e %b %Y", &date);
    if (out[0] == ' ') memmove(out, out + 1, strlen(out));
}

static double rate_of(double sum, uint64_t visits)
{
    return visits ? sum / (double)visits : 0;
}

static double highest_lift(const spl_worth *worth)
{
    return worth->uniform > 0 ? worth->best / worth->uniform - 1 : 0;
}

static void report_totals(FILE *out, const spl_world *world, const spl_simulate_config *config,
                          const spl_simulation *simulation)
{
    const spl_worth *total = &simulation->total;
    char rate[SPL_FIGURE_MAX], served[SPL_FIGURE_MAX], uniform[SPL_FIGURE_MAX], best[SPL_FIGURE_MAX];
    char lift[SPL_FIGURE_MAX], highest[SPL_FIGURE_MAX], from[32], to[32];
    write_date(simulation->first_ms, from);
    write_date(simulation->last_ms, to);
    fprintf(out, "world     %s, experiment %s, seed %" PRIu64 "\n", world->name.data, world->experiment.data,
            config->seed);
    fprintf(out, "visits    %" PRIu64 ", %s to %s\n", total->visits, from, to);
    fprintf(out, "outcomes  %" PRIu64 " (%s), %s of visits\n", total->conversions, world->outcome.data,
            spl_figure_rate(rate_of((double)total->conversions, total->visits), true, rate));
    fprintf(out, "expected  %s served; %s uniform; %s with the best variant of every segment\n",
            spl_figure_rate(rate_of(total->served, total->visits), true, served),
            spl_figure_rate(rate_of(total->uniform, total->visits), true, uniform),
            spl_figure_rate(rate_of(total->best, total->visits), true, best));
    fprintf(out, "lift      %s over uniform, of at most %s\n", spl_figure_change(spl_worth_lift(total), lift),
            spl_figure_change(highest_lift(total), highest));
    fprintf(out, "regret    %.1f outcomes\n", total->best - total->served);
}

// Adds up neighbouring periods, so that at most CURVE_ROWS remain.
static spl_period merge_periods(const spl_simulation *simulation, size_t from, size_t to)
{
    spl_period merged = simulation->periods[to - 1];
    for (size_t i = from; i + 1 < to; i++) {
        const spl_worth *worth = &simulation->periods[i].worth;
        merged.worth.visits += worth->visits;
        merged.worth.conversions += worth->conversions;
        merged.worth.served += worth->served;
        merged.worth.uniform += worth->uniform;
        merged.worth.best += worth->best;
    }
    return merged;
}

// One cell per step of the lift that can be had: a full bar is the best variant for everybody.
static void write_bar(const spl_worth *worth, char out[CURVE_WIDTH + 1])
{
    double highest = highest_lift(worth), share = highest > 0 ? spl_worth_lift(worth) / highest : 0;
    int cells = share > 0 ? (int)(share * CURVE_WIDTH + 0.5) : 0;
    if (cells > CURVE_WIDTH) cells = CURVE_WIDTH;
    memset(out, '.', CURVE_WIDTH);
    memset(out, '#', (size_t)cells);
    out[CURVE_WIDTH] = '\0';
}

static void report_curve(FILE *out, const spl_simulation *simulation)
{
    spl_grid *table = spl_grid_new("rrrrrl");
    if (!table) return;
    static const char *const HEADS[] = {"visits", "rate", "lift", "regret", "serving", "lift, of what can be had"};
    for (size_t i = 0; i < sizeof HEADS / sizeof *HEADS; i++) spl_grid_cell(table, "%s", HEADS[i]);
    size_t count = simulation->period_count, step = (count + CURVE_ROWS - 1) / CURVE_ROWS;
    uint64_t visits = 0;
    for (size_t i = 0; i < count; i += step) {
        spl_period period = merge_periods(simulation, i, i + step < count ? i + step : count);
        char rate[SPL_FIGURE_MAX], lift[SPL_FIGURE_MAX], bar[CURVE_WIDTH + 1];
        visits += period.worth.visits;
        write_bar(&period.worth, bar);
        spl_grid_cell(table, "%" PRIu64, visits);
        spl_grid_cell(table, "%s", spl_figure_rate(rate_of(period.worth.served, period.worth.visits), true, rate));
        spl_grid_cell(table, "%s", spl_figure_change(spl_worth_lift(&period.worth), lift));
        spl_grid_cell(table, "%.1f", period.regret);
        spl_grid_cell(table, "%u of %u", period.serving, period.segments);
        spl_grid_cell(table, "%s", bar);
    }
    fputc('\n', out);
    spl_grid_print(table, out);
    spl_grid_free(table);
}

static spl_tally tally_of(const spl_world *world, const spl_simulation *simulation, uint32_t node)
{
    spl_tally sum = {0};
    for (uint32_t v = 0; v < world->variant_count; v++) {
        const spl_tally *tally = &simulation->tallies[(size_t)node * world->variant_count + v];
        sum.visits += tally->visits;
        sum.conversions += tally->conversions;
    }
    return sum;
}

static void cell_rate(spl_grid *table, const spl_tally *tally)
{
    char rate[SPL_FIGURE_MAX] = "";
    if (tally->visits) spl_figure_rate((double)tally->conversions / (double)tally->visits, true, rate);
    spl_grid_cell(table, "%s", rate);
}

static void report_segments(FILE *out, const spl_world *world, const spl_simulation *simulation)
{
    char sides[3 + SPL_VARIANTS_MAX + 2] = "lrr";
    memset(sides + 3, 'r', world->variant_count);
    strcpy(sides + 3 + world->variant_count, "l");
    spl_grid *table = spl_grid_new(sides);
    if (!table) return;
    spl_grid_cell(table, "segment");
    spl_grid_cell(table, "visits");
    spl_grid_cell(table, "rate");
    for (uint32_t v = 0; v < world->variant_count; v++) spl_grid_cell(table, "%s", world->variants[v].data);
    spl_grid_cell(table, "truly best");
    uint32_t rows = world->node_count < SEGMENT_ROWS ? world->node_count : SEGMENT_ROWS;
    for (uint32_t i = 0; i < rows; i++) {
        spl_tally tally = tally_of(world, simulation, i);
        char *key = spl_visible(world->nodes[i].key, true);
        spl_grid_cell(table, "%s", key ? key : "");
        free(key);
        spl_grid_cell(table, "%" PRIu64, tally.visits);
        cell_rate(table, &tally);
        for (uint32_t v = 0; v < world->variant_count; v++)
            cell_rate(table, &simulation->tallies[(size_t)i * world->variant_count + v]);
        spl_grid_cell(table, "%s", world->variants[world->nodes[i].best].data);
    }
    fputc('\n', out);
    spl_grid_print(table, out);
    if (rows < world->node_count) fprintf(out, "and %u more segments\n", world->node_count - rows);
    spl_grid_free(table);
}

void spl_simulate_report(FILE *out, const spl_world *world, const spl_simulate_config *config,
                         const spl_simulation *simulation)
{
    report_totals(out, world, config, simulation);
    if (config->learn) {
        report_curve(out, simulation);
    } else {
        report_segments(out, world, simulation);
    }
}
