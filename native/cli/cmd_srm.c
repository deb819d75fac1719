// SPDX-License-Identifier: GPL-3.0-or-later
// Were variants served as often as they should have been?
#include <argp.h>
#include <cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"
#include "evaluate/srm_log.h"
#include "host/figures.h"
#include "host/grid.h"
#include "json/json_add.h"

#define SLICES_SHOWN 10
#define SLICE_ALPHA 0.01
#define BAD_LINES_MAX 0.01
#define COUNT_MAX 1e15 // whole numbers, and their sum, are exact in a double

static const char DOC[] =
    "Look for a sample ratio mismatch: variants served more or less often than they should have been.\n"
    "Where there is one, visitors got lost on the way, and no comparison of the variants can be trusted.\v"
    "Counts are tested against their shares (equal without --shares) by chi-square, which holds for one\n"
    "look and gives the light, and by the sequential multinomial test, which holds however often you\n"
    "look. A log is tested exposure by exposure against the probabilities in it, which may change as a\n"
    "bandit learns, by a test that holds at every look; and every day, bundle and attribute value is\n"
    "looked at for where the mismatch sits.\n"
    "Red is p below 0.001, yellow below 0.01; nothing is raised while no share is off by more than 0.1 %.\n"
    "Exit code 1 with --fail if the light is red.\n\n"
    "Example:\n"
    "  samplit srm --counts 21307,21387,21306\n"
    "  samplit srm --counts 8200,1700 --shares 0.85,0.15\n"
    "  samplit srm events.ndjson\n";

enum { OPTION_COUNTS = 256, OPTION_SHARES, OPTION_EXPERIMENT, OPTION_FAIL, OPTION_JSON };

static const struct argp_option OPTIONS[] = {
    {"counts", OPTION_COUNTS, "N,N,...", 0, "Visitors of each variant, in place of a log", 0},
    {"shares", OPTION_SHARES, "S,S,...", 0,
     "Expected shares: one per count, or NAME=SHARE for a log without probabilities", 0},
    {"experiment", OPTION_EXPERIMENT, "KEY", 0, "Which experiment, if the log has several", 0},
    {"fail", OPTION_FAIL, 0, 0, "Exit with 1 if the light is red", 0},
    {"json", OPTION_JSON, 0, 0, "One JSON document", 0},
    {0},
};

typedef struct settings {
    const char *events, *counts_text, *shares_text, *experiment;
    bool fail, json;
    double counts[SPL_VARIANTS_MAX], shares[SPL_VARIANTS_MAX];
    spl_text names[SPL_VARIANTS_MAX]; // of shares given as NAME=SHARE
    uint32_t count, share_count;
    bool named;
} settings;

static double number(struct argp_state *state, const char *option, spl_text text)
{
    char copy[40] = "";
    double value = NAN;
    if (text.size > 0 && text.size < sizeof copy) memcpy(copy, text.data, text.size);
    if (!spl_cli_double(copy, &value) || value < 0)
        argp_error(state, "--%s: \"%.*s\" is not a number from 0 on", option, (int)text.size, text.data);
    return value;
}

static uint32_t split(struct argp_state *state, const char *option, const char *text, spl_text *parts)
{
    size_t n = spl_cli_split(text, ',', parts, SPL_VARIANTS_MAX);
    if (n < 2 || n > SPL_VARIANTS_MAX) argp_error(state, "--%s: 2 to %d numbers", option, SPL_VARIANTS_MAX);
    return (uint32_t)n;
}

static void read_counts(struct argp_state *state, settings *s)
{
    spl_text parts[SPL_VARIANTS_MAX];
    s->count = split(state, "counts", s->counts_text, parts);
    for (uint32_t i = 0; i < s->count; i++) {
        s->counts[i] = number(state, "counts", parts[i]);
        if (s->counts[i] != floor(s->counts[i]) || s->counts[i] > COUNT_MAX)
            argp_error(state, "--counts: visitors are whole numbers up to %.0f", COUNT_MAX);
    }
}

static void read_shares(struct argp_state *state, settings *s)
{
    spl_text parts[SPL_VARIANTS_MAX];
    double sum = 0;
    s->share_count = split(state, "shares", s->shares_text, parts);
    for (uint32_t i = 0; i < s->share_count; i++) {
        size_t equals = parts[i].size;
        while (equals > 0 && parts[i].data[equals - 1] != '=') equals--;
        if (i > 0 && (equals > 0) != s->named) argp_error(state, "--shares: all with a name or none");
        s->named = equals > 0;
        s->names[i] = (spl_text){parts[i].data, equals ? equals - 1 : 0};
        s->shares[i] = number(state, "shares", (spl_text){parts[i].data + equals, parts[i].size - equals});
        sum += s->shares[i];
    }
    if (!(fabs(sum - 1) < 1e-6)) argp_error(state, "--shares sum to %g, not to 1", sum);
}

static void finish(struct argp_state *state, settings *s)
{
    if (!s->counts_text && !s->events) argp_error(state, "which log? Give a file, - for standard input, or --counts");
    if (s->counts_text && s->events) argp_error(state, "--counts or a log, not both");
    if (s->counts_text) read_counts(state, s);
    if (s->shares_text) read_shares(state, s);
    if (s->events && s->share_count && !s->named) argp_error(state, "--shares of a log have names: a=0.5,b=0.5");
    if (s->counts_text && s->named) argp_error(state, "--shares of counts have no names");
    if (s->counts_text && s->share_count && s->share_count != s->count)
        argp_error(state, "--shares has %u numbers for %u counts", s->share_count, s->count);
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case OPTION_COUNTS: s->counts_text = text; break;
    case OPTION_SHARES: s->shares_text = text; break;
    case OPTION_EXPERIMENT: s->experiment = text; break;
    case OPTION_FAIL: s->fail = true; break;
    case OPTION_JSON: s->json = true; break;
    case ARGP_KEY_ARG:
        if (s->events) argp_error(state, "one log at a time");
        s->events = text;
        break;
    case ARGP_KEY_END: finish(state, s); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void print_document(cJSON *root)
{
    char *text = cJSON_Print(root);
    if (text) puts(text);
    free(text);
    cJSON_Delete(root);
}

static void say_light(spl_srm_light light)
{
    static const char *const says[] = {
        "No mismatch to be seen.", "Yellow: a mismatch is likely. Find out why before trusting the result.",
        "Red: there is a sample ratio mismatch. Do not trust comparisons of the variants."};
    puts(says[light]);
}

static void print_counts(const settings *s, const double *shares, const spl_srm *srm, double p_every_look,
                         spl_srm_light light)
{
    double total = 0;
    for (uint32_t i = 0; i < s->count; i++) total += s->counts[i];
    if (isnan(srm->p)) {
        puts("No visitors: nothing can be said.");
        return;
    }
    for (uint32_t i = 0; i < s->count; i++)
        printf("  variant %u: %.0f of %.0f, %.3f %% (expected %.3f %%)\n", i, s->counts[i], total,
               100 * s->counts[i] / total, 100 * shares[i]);
    if (isinf(srm->chi2)) {
        puts("\nA variant that should have no visitor has some: p = 0.");
        say_light(light);
        return;
    }
    printf("\nchi-square %.4g on %.0f degrees of freedom, p = %.4g (one look)\n", srm->chi2, srm->freedom, srm->p);
    printf("sequential multinomial, p = %.4g (every look)\n", p_every_look);
    if (srm->least_expected < 5) puts("An expected count is below 5: the p-value is rough.");
    say_light(light);
}

static int check_counts(settings *s)
{
    double shares[SPL_VARIANTS_MAX];
    for (uint32_t i = 0; i < s->count; i++) shares[i] = s->share_count ? s->shares[i] : 1.0 / s->count;
    spl_srm srm = spl_srm_of(s->counts, shares, s->count);
    spl_srm_light light = spl_srm_light_of(srm.p, srm.deviation);
    double p_every_look = isnan(srm.p) ? NAN : spl_srm_sequential_p(s->counts, shares, s->count);
    if (s->json) {
        cJSON *root = cJSON_CreateObject();
        cJSON_AddStringToObject(root, "light", spl_srm_light_name(light));
        spl_json_add_number(root, "p", srm.p);
        spl_json_add_number(root, "p_every_look", p_every_look);
        spl_json_add_number(root, "chi2", srm.chi2);
        spl_json_add_number(root, "degrees_of_freedom", srm.freedom);
        spl_json_add_number(root, "deviation", srm.deviation);
        print_document(root);
    } else {
        print_counts(s, shares, &srm, p_every_look, light);
    }
    return s->fail && light == SPL_SRM_RED_LIGHT;
}

static void print_variants(const spl_srm_report *r)
{
    static const char *const headings[] = {"variant", "served", "expected", "share", "expected share", "difference"};
    spl_grid *grid = spl_grid_new("lrrrrr");
    if (!grid) return;
    for (int i = 0; i < 6; i++) spl_grid_cell(grid, "%s", headings[i]);
    for (uint32_t v = 0; v < r->variant_count; v++) {
        double share = r->served[v] / r->exposures, expected = r->expected[v] / r->exposures;
        spl_grid_cell(grid, "%s", r->names[v]);
        spl_grid_cell(grid, "%.0f", r->served[v]);
        spl_grid_cell(grid, "%.1f", r->expected[v]);
        spl_grid_cell(grid, "%.3f %%", 100 * share);
        spl_grid_cell(grid, "%.3f %%", 100 * expected);
        spl_grid_cell(grid, "%+.3f %%", 100 * (share - expected));
    }
    spl_grid_print(grid, stdout);
    spl_grid_free(grid);
}

static uint32_t slices_to_show(const spl_srm_report *r)
{
    uint32_t n = 0;
    while (n < r->slice_count && n < SLICES_SHOWN && r->slices[n].p < SLICE_ALPHA) n++;
    return n;
}

static void print_slices(const spl_srm_report *r)
{
    static const char *const headings[] = {"where", "exposures", "variant", "off by", "p, corrected"};
    uint32_t n = slices_to_show(r);
    if (n == 0) {
        if (r->light != SPL_SRM_GREEN_LIGHT)
            printf("\nNo day, bundle or attribute value stands out (%u looked at).\n", r->slice_count);
        return;
    }
    printf("\nWhere it is (of %u days, bundles and attribute values):\n\n", r->slice_count);
    spl_grid *grid = spl_grid_new("lrlrr");
    if (!grid) return;
    for (int i = 0; i < 5; i++) spl_grid_cell(grid, "%s", headings[i]);
    for (uint32_t i = 0; i < n; i++) {
        const spl_srm_slice *slice = &r->slices[i];
        spl_grid_cell(grid, "%s", slice->name);
        spl_grid_cell(grid, "%.0f", slice->exposures);
        spl_grid_cell(grid, "%s", r->names[slice->variant]);
        spl_grid_cell(grid, "%+.2f %%", 100 * slice->deviation);
        spl_grid_cell(grid, "%.2g", slice->p);
    }
    spl_grid_print(grid, stdout);
    spl_grid_free(grid);
}

static void print_left_out(const spl_srm_report *r)
{
    const struct {
        uint64_t count;
        const char *what;
    } odd[] = {
        {r->repeated, "exposures of units counted before, left out"},
        {r->not_drawn, "exposures whose variant was not drawn (forced, held out, paused), left out"},
        {r->unusable, "exposures whose propensity is not that of their probabilities, left out"},
        {r->other_experiments, "exposures of other experiments, left out"},
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        if (odd[i].count > 0) printf("  %" PRIu64 " %s\n", odd[i].count, odd[i].what);
}

static void print_report(const spl_srm_report *r)
{
    printf("experiment \"%s\": %.0f units\n", r->experiment, r->exposures);
    print_left_out(r);
    putchar('\n');
    print_variants(r);
    printf("\np = %.4g at every look so far", r->p);
    if (r->constant)
        printf(" (bets; sequential multinomial %.4g); %.4g by chi-square, for one look", r->multinomial, r->fixed.p);
    printf("\n");
    say_light(r->light);
    print_slices(r);
}

static cJSON *slice_json(const spl_srm_report *r, const spl_srm_slice *slice)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "slice", slice->name);
    cJSON_AddNumberToObject(item, "exposures", slice->exposures);
    cJSON_AddStringToObject(item, "variant", r->names[slice->variant]);
    spl_json_add_number(item, "deviation", slice->deviation);
    spl_json_add_number(item, "p", slice->p);
    return item;
}

static void print_report_json(const spl_srm_report *r)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "experiment", r->experiment);
    cJSON_AddStringToObject(root, "light", spl_srm_light_name(r->light));
    cJSON_AddNumberToObject(root, "units", r->exposures);
    spl_json_add_number(root, "p", r->p);
    if (r->constant) {
        spl_json_add_number(root, "p_one_look", r->fixed.p);
        spl_json_add_number(root, "p_multinomial", r->multinomial);
    }
    spl_json_add_number(root, "deviation", r->deviation);
    cJSON *variants = cJSON_AddArrayToObject(root, "variants");
    for (uint32_t v = 0; v < r->variant_count; v++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "variant", r->names[v]);
        spl_json_add_number(item, "served", r->served[v]);
        spl_json_add_number(item, "expected", r->expected[v]);
        cJSON_AddItemToArray(variants, item);
    }
    cJSON *slices = cJSON_AddArrayToObject(root, "slices");
    for (uint32_t i = 0; i < slices_to_show(r); i++) cJSON_AddItemToArray(slices, slice_json(r, &r->slices[i]));
    cJSON_AddNumberToObject(root, "slices_looked_at", r->slice_count);
    cJSON_AddNumberToObject(root, "repeated", (double)r->repeated);
    cJSON_AddNumberToObject(root, "not_drawn", (double)r->not_drawn);
    cJSON_AddNumberToObject(root, "unusable", (double)r->unusable);
    cJSON_AddNumberToObject(root, "bad_lines", (double)r->walk.bad_lines);
    print_document(root);
}

static int check_log(const settings *s)
{
    spl_arms_settings log = {
        .experiment = s->experiment, .share_count = s->share_count, .share_names = s->names, .shares = s->shares};
    spl_srm_report report;
    spl_error error = {0};
    char text[1024];
    if (!spl_srm_log(s->events, &log, &report, &error)) return spl_cli_fail("srm", &error);
    if (report.walk.bad_lines > 0)
        spl_cli_warn("srm", "%" PRIu64 " of %" PRIu64 " lines are no events; the first: %s", report.walk.bad_lines,
                     report.walk.lines, spl_error_format(&report.walk.first_bad, text, sizeof text));
    if (s->json)
        print_report_json(&report);
    else
        print_report(&report);
    int code = (s->fail && report.light == SPL_SRM_RED_LIGHT) ||
               (double)report.walk.bad_lines > BAD_LINES_MAX * (double)report.walk.lines;
    spl_srm_report_free(&report);
    return code;
}

int spl_cmd_srm(int argc, char **argv)
{
    const struct argp parser = {OPTIONS, parse_option, "[EVENTS]", DOC, NULL, NULL, NULL};
    settings s = {0};
    if (argp_parse(&parser, argc, argv, 0, NULL, &s) != 0) return 2;
    return s.counts_text ? check_counts(&s) : check_log(&s);
}
