// SPDX-License-Identifier: GPL-3.0-or-later
// What a peek at a running experiment may conclude.
#include <argp.h>
#include <cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"
#include "evaluate/monitor.h"
#include "host/figures.h"
#include "host/grid.h"
#include "host/visible.h"
#include "json/json_add.h"

#define BAD_LINES_MAX 0.01

static const char DOC[] =
    "Say what may be concluded from an experiment that is still running: each variant against the\n"
    "control.\v"
    "Look as often as you like: intervals and p-values hold at all looks together (confidence sequences),\n"
    "and for logs of bandits too, for exposures are weighed by their logged probabilities. Of each unit\n"
    "the first exposure counts. With --worth, a variant that is surely not better by that much is called\n"
    "futile. --looks follows a plan of a few looks beside that. docs/statistics.md says how.\n\n"
    "Example:\n"
    "  samplit monitor events.ndjson\n"
    "  samplit monitor events.ndjson --outcome purchase --worth 0.2%\n"
    "  samplit monitor events.ndjson --looks 5 --planned 64000 --spending obrien-fleming\n";

enum {
    OPTION_EXPERIMENT = 256,
    OPTION_CONTROL,
    OPTION_OUTCOME,
    OPTION_WINDOW,
    OPTION_ALPHA,
    OPTION_EXPECTED,
    OPTION_WORTH,
    OPTION_LOOKS,
    OPTION_PLANNED,
    OPTION_SPENDING,
    OPTION_JSON,
};

static const struct argp_option OPTIONS[] = {
    {"experiment", OPTION_EXPERIMENT, "KEY", 0, "Which experiment, if the log has several", 0},
    {"control", OPTION_CONTROL, "VARIANT", 0, "Which variant is the control, where the log does not say", 0},
    {"outcome", OPTION_OUTCOME, "NAME", 0, "Which outcome counts (default the first that joins)", 0},
    {"window", OPTION_WINDOW, "TIME", 0, "How long after an exposure an outcome counts (default 24h)", 0},
    {"alpha", OPTION_ALPHA, "P", 0, "Error over all variants and looks (default 0.05)", 0},
    {"expected", OPTION_EXPECTED, "N", 0, "Units at which intervals are to be shortest (default 5000)", 0},
    {"worth", OPTION_WORTH, "D", 0, "Smallest difference worth having, in units of the outcome: 0.2% or 0.002", 0},
    {"looks", OPTION_LOOKS, "N", 0, "Also by a plan of N looks (2 to 20), as `samplit power --looks` makes it", 0},
    {"planned", OPTION_PLANNED, "UNITS", 0, "With --looks: units at the last look", 0},
    {"spending", OPTION_SPENDING, "NAME", 0, "With --looks: obrien-fleming (default) or pocock", 0},
    {"json", OPTION_JSON, 0, 0, "One JSON document, with the history", 0},
    {0},
};

typedef struct settings {
    const char *events;
    spl_monitor_settings monitor;
    bool json;
} settings;

static double positive(struct argp_state *state, const char *option, const char *text)
{
    char copy[64] = "";
    double value = NAN;
    size_t size = strlen(text);
    bool percent = size > 0 && text[size - 1] == '%';
    if (size < sizeof copy) memcpy(copy, text, size - percent);
    if (!spl_cli_double(copy, &value) || !(value > 0))
        argp_error(state, "--%s: \"%s\" is not a number above 0", option, text);
    return percent ? value / 100 : value;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    settings *s = state->input;
    uint64_t whole;
    switch (key) {
    case OPTION_EXPERIMENT: s->monitor.arms.experiment = text; break;
    case OPTION_CONTROL: s->monitor.arms.control = text; break;
    case OPTION_OUTCOME: s->monitor.outcome = text; break;
    case OPTION_WINDOW:
        if (!spl_cli_duration(text, &s->monitor.window_ms) || s->monitor.window_ms == 0)
            argp_error(state, "--window: \"%s\" is not a time such as 24h", text);
        break;
    case OPTION_ALPHA:
        s->monitor.alpha = positive(state, "alpha", text);
        if (s->monitor.alpha >= 1) argp_error(state, "--alpha: \"%s\" is not below 1", text);
        break;
    case OPTION_EXPECTED: s->monitor.n_opt = positive(state, "expected", text); break;
    case OPTION_WORTH: s->monitor.worth = positive(state, "worth", text); break;
    case OPTION_LOOKS:
        if (!spl_cli_u64(text, &whole) || whole < 2 || whole > SPL_DESIGN_LOOKS_MAX)
            argp_error(state, "--looks: \"%s\" is not from 2 to %d", text, SPL_DESIGN_LOOKS_MAX);
        s->monitor.looks = (uint32_t)whole;
        break;
    case OPTION_PLANNED: s->monitor.planned = positive(state, "planned", text); break;
    case OPTION_SPENDING:
        if (!spl_spending_named(text, &s->monitor.spending))
            argp_error(state, "--spending: \"%s\" is not obrien-fleming or pocock", text);
        break;
    case OPTION_JSON: s->json = true; break;
    case ARGP_KEY_ARG:
        if (s->events) argp_error(state, "one log at a time");
        s->events = text;
        break;
    case ARGP_KEY_END:
        if (!s->events) argp_error(state, "which log? Give a file, or - for standard input");
        if ((s->monitor.looks > 0) != (s->monitor.planned > 0)) argp_error(state, "--looks and --planned go together");
        if (s->monitor.looks > 0 && s->monitor.alpha > 0.5) argp_error(state, "--looks: alpha is at most 0.5");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void add_interval(cJSON *to, const char *name, spl_interval interval)
{
    cJSON *pair = cJSON_AddArrayToObject(to, name);
    cJSON_AddItemToArray(pair, isnan(interval.low) ? cJSON_CreateNull() : cJSON_CreateNumber(interval.low));
    cJSON_AddItemToArray(pair, isnan(interval.high) ? cJSON_CreateNull() : cJSON_CreateNumber(interval.high));
}

static void add_name(cJSON *to, const char *key, spl_text name)
{
    char *visible = spl_visible(name, true);
    cJSON_AddStringToObject(to, key, visible ? visible : "?");
    free(visible);
}

static void add_history(cJSON *to, const spl_monitor_arm *arm, uint32_t looks)
{
    cJSON *list = cJSON_AddArrayToObject(to, "history");
    for (uint32_t i = 0; i < looks; i++) {
        const spl_monitor_point *point = &arm->points[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddNumberToObject(item, "units", (double)point->units);
        cJSON_AddNumberToObject(item, "time_ms", (double)point->time_ms);
        spl_json_add_number(item, "difference", point->difference);
        add_interval(item, "sequence", point->sequence);
        spl_json_add_number(item, "p", point->p);
        cJSON_AddItemToArray(list, item);
    }
}

static void add_planned(cJSON *to, const spl_monitor_arm *arm, uint32_t looks)
{
    cJSON *list = cJSON_AddArrayToObject(to, "planned_looks");
    for (uint32_t i = 0; i < looks; i++) {
        const spl_monitor_planned *p = &arm->planned[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddNumberToObject(item, "units", (double)p->units);
        spl_json_add_number(item, "z", p->z);
        spl_json_add_number(item, "bound", p->bound);
        spl_json_add_number(item, "chance", p->chance);
        cJSON_AddStringToObject(item, "verdict", spl_monitor_verdict_name(p->verdict));
        cJSON_AddItemToArray(list, item);
    }
}

static cJSON *variant_json(const spl_monitor *m, uint32_t v)
{
    const spl_monitor_arm *arm = &m->variants[v];
    cJSON *item = cJSON_CreateObject();
    add_name(item, "variant", m->arms.names[v]);
    cJSON_AddNumberToObject(item, "units", (double)arm->served);
    spl_json_add_number(item, "mean", arm->mean.value);
    add_interval(item, "interval", arm->interval);
    spl_json_add_number(item, "mean_as_served", arm->naive.value);
    if (v == 0) return item;
    const spl_monitor_point *now = &arm->points[m->look_count - 1];
    spl_json_add_number(item, "difference", now->difference);
    add_interval(item, "sequence", now->sequence);
    spl_json_add_number(item, "p", now->p);
    cJSON_AddStringToObject(item, "verdict", spl_monitor_verdict_name(arm->verdict));
    if (arm->decided_at) cJSON_AddNumberToObject(item, "decided_at", (double)arm->decided_at);
    if (m->planned_count > 0) add_planned(item, arm, m->planned_count);
    add_history(item, arm, m->look_count);
    return item;
}

static void print_json(const settings *s, const spl_monitor *m)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "experiment", m->arms.experiment);
    if (m->outcome.data)
        add_name(root, "outcome", m->outcome);
    else
        cJSON_AddNullToObject(root, "outcome");
    spl_json_add_number(root, "alpha", s->monitor.alpha);
    cJSON_AddNumberToObject(root, "units", (double)m->units);
    cJSON_AddNumberToObject(root, "repeated", (double)m->repeated);
    cJSON_AddNumberToObject(root, "not_drawn", (double)m->arms.not_drawn);
    cJSON_AddNumberToObject(root, "unusable", (double)m->unusable);
    cJSON_AddNumberToObject(root, "open_exposures", (double)m->joined.open_exposures);
    cJSON_AddNumberToObject(root, "bad_lines", (double)m->arms.walk.bad_lines);
    cJSON *variants = cJSON_AddArrayToObject(root, "variants");
    for (uint32_t v = 0; v < m->arms.count; v++) cJSON_AddItemToArray(variants, variant_json(m, v));
    char *text = cJSON_Print(root);
    if (text) puts(text);
    free(text);
    cJSON_Delete(root);
}

// Rates in percent where all means look like rates.
static bool in_percent(const spl_monitor *m)
{
    for (uint32_t v = 0; v < m->arms.count; v++)
        if (!(m->variants[v].naive.value >= 0 && m->variants[v].naive.value <= 1)) return false;
    return true;
}

static void say_verdict(const spl_monitor_arm *arm, uint64_t units, char out[96])
{
    static const char *const says[] = {"too early to say", "go on", "better than the control", "worse than the control",
                                       "not better by what would be worth it"};
    if (arm->decided_at && arm->decided_at < units && arm->verdict > SPL_MONITOR_OPEN)
        snprintf(out, 96, "%s, since %" PRIu64 " units", says[arm->verdict], arm->decided_at);
    else
        snprintf(out, 96, "%s", says[arm->verdict]);
}

static void put_difference(spl_grid *grid, const spl_monitor_point *now, bool percent)
{
    double scale = percent ? 100 : 1;
    const char *unit = percent ? " %" : "";
    if (isnan(now->difference))
        spl_grid_cell(grid, "-");
    else
        spl_grid_cell(grid, "%+.3g%s", scale * now->difference, unit);
    if (isnan(now->sequence.low))
        spl_grid_cell(grid, "-");
    else
        spl_grid_cell(grid, "%+.3g to %+.3g%s", scale * now->sequence.low, scale * now->sequence.high, unit);
    spl_grid_cell(grid, "%.3g", now->p);
}

static void put_variant(spl_grid *grid, const spl_monitor *m, uint32_t v, bool percent)
{
    char a[SPL_FIGURE_MAX], verdict[96];
    const spl_monitor_arm *arm = &m->variants[v];
    char *name = spl_visible(m->arms.names[v], true);
    spl_grid_cell(grid, "%s", name ? name : "?");
    free(name);
    spl_grid_cell(grid, "%" PRIu64, arm->served);
    spl_grid_cell(grid, "%s", spl_figure_rate(arm->mean.value, percent, a));
    spl_grid_cell(grid, "%s", spl_figure_interval(arm->interval.low, arm->interval.high, percent, a));
    if (v == 0) {
        for (int i = 0; i < 4; i++) spl_grid_cell(grid, "%s", i == 3 ? "(control)" : "");
        return;
    }
    put_difference(grid, &arm->points[m->look_count - 1], percent);
    say_verdict(arm, m->units, verdict);
    spl_grid_cell(grid, "%s", verdict);
}

static void put_planned(spl_grid *grid, const spl_monitor *m, uint32_t v, uint32_t i)
{
    static const char *const says[] = {"too early to say", "go on", "stop: better than the control",
                                       "stop: worse than the control", "stop: hardly to become better"};
    const spl_monitor_planned *p = &m->variants[v].planned[i];
    char *name = spl_visible(m->arms.names[v], true);
    spl_grid_cell(grid, "%s", name ? name : "?");
    free(name);
    spl_grid_cell(grid, "%" PRIu64, p->units);
    if (isnan(p->z))
        spl_grid_cell(grid, "-");
    else
        spl_grid_cell(grid, "%+.3f", p->z);
    spl_grid_cell(grid, "%.3f", p->bound);
    if (isnan(p->chance))
        spl_grid_cell(grid, "-");
    else
        spl_grid_cell(grid, "%.0f %%", 100 * p->chance);
    spl_grid_cell(grid, "%s", says[p->verdict]);
}

static bool print_planned(const settings *s, const spl_monitor *m)
{
    static const char *const headings[] = {"variant", "units", "z", "bound", "chance", "conclusion"};
    if (s->monitor.looks == 0) return true;
    printf("\n%u of %u planned looks are due, the last at %.0f units; spending %s:\n\n", m->planned_count,
           s->monitor.looks, s->monitor.planned, spl_spending_name(s->monitor.spending));
    spl_grid *grid = spl_grid_new("lrrrrl");
    if (!grid) return false;
    for (int i = 0; i < 6; i++) spl_grid_cell(grid, "%s", headings[i]);
    for (uint32_t v = 1; v < m->arms.count; v++)
        for (uint32_t i = 0; i < m->planned_count; i++) put_planned(grid, m, v, i);
    bool ok = spl_grid_print(grid, stdout);
    spl_grid_free(grid);
    puts("\nStop at the first look that says so; \"chance\": to be better at the last one, by what was seen.");
    return ok;
}

static void print_left_out(const spl_monitor *m)
{
    const struct {
        uint64_t count;
        const char *what;
    } odd[] = {
        {m->repeated, "exposures of units that were counted before, left out"},
        {m->joined.open_exposures, "exposures at the end of the log, too young to tell, left out"},
        {m->joined.outcomes_without_exposure,
         "outcomes without a counted exposure in the window before them, left out"},
        {m->arms.other_experiments, "exposures of other experiments, left out"},
        {m->arms.not_drawn, "exposures whose variant was not drawn (forced, held out, paused), left out"},
        {m->unusable, "exposures whose propensity is not that of their probabilities, left out"},
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        if (odd[i].count > 0) printf("  %" PRIu64 " %s\n", odd[i].count, odd[i].what);
}

static bool print_text(const settings *s, const spl_monitor *m)
{
    spl_grid *grid = spl_grid_new("lrrrrrrl");
    if (!grid) return false;
    bool percent = in_percent(m);
    char *outcome = spl_visible(m->outcome, true);
    printf("experiment \"%s\": %" PRIu64 " units, outcome \"%s\"\n", m->arms.experiment, m->units,
           outcome && m->outcome.data ? outcome : "(none yet)");
    free(outcome);
    print_left_out(m);
    putchar('\n');
    static const char *const headings[] = {"variant",    "units",         "mean", "at this look",
                                           "difference", "at every look", "p",    "conclusion"};
    for (int i = 0; i < 8; i++) spl_grid_cell(grid, "%s", headings[i]);
    for (uint32_t v = 0; v < m->arms.count; v++) put_variant(grid, m, v, percent);
    bool ok = spl_grid_print(grid, stdout);
    spl_grid_free(grid);
    printf("\nMeans are weighed by the logged probabilities. \"At every look\" holds for all looks and variants "
           "together,\n"
           "with probability %g; so does p.\n",
           1 - s->monitor.alpha);
    return print_planned(s, m) && ok;
}

int spl_cmd_monitor(int argc, char **argv)
{
    const struct argp parser = {OPTIONS, parse_option, "EVENTS", DOC, NULL, NULL, NULL};
    settings s = {.monitor = spl_monitor_settings_default()};
    if (argp_parse(&parser, argc, argv, 0, NULL, &s) != 0) return 2;
    spl_error error = {0};
    spl_monitor monitor;
    char text[1024];
    if (!spl_monitor_log(s.events, &s.monitor, &monitor, &error)) return spl_cli_fail("monitor", &error);
    const spl_event_lines *walk = &monitor.arms.walk;
    if (walk->bad_lines > 0)
        spl_cli_warn("monitor", "%" PRIu64 " of %" PRIu64 " lines are no events; the first: %s", walk->bad_lines,
                     walk->lines, spl_error_format(&walk->first_bad, text, sizeof text));
    bool ok = true;
    if (s.json)
        print_json(&s, &monitor);
    else
        ok = print_text(&s, &monitor);
    bool bad = (double)walk->bad_lines > BAD_LINES_MAX * (double)walk->lines;
    spl_monitor_free(&monitor);
    if (ok) return bad;
    spl_fail(&error, "out of memory");
    return spl_cli_fail("monitor", &error);
}
