// SPDX-License-Identifier: GPL-3.0-or-later
// Plans an experiment: visitors, days, or what can be seen with the visitors there are.
#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/power_print.h"
#include "stats/design.h"

static const char DOC[] =
    "Say how many visitors an experiment needs, and how many days; or, with --visitors, what it can see.\v"
    "Every variant is compared with the control, over all visitors and in each segment. --lift 10% is relative to the\n"
    "baseline, --difference 0.005 is not. With --visitors and no effect, the smallest effect that is seen with the\n"
    "power asked is given. A mean (revenue, minutes) needs --sd. docs/statistics.md names the formulas.\n\n"
    "Example:\n"
    "  samplit power --baseline 0.05 --lift 10% --variants 3 --traffic 4000/day \\\n"
    "      --segments device:mobile=0.6,device:desktop=0.4\n"
    "  samplit power --baseline 0.05 --visitors 60000\n"
    "  samplit power --baseline 0.05 --lift 10% --looks 5\n";

enum {
    OPTION_BASELINE = 256,
    OPTION_SD,
    OPTION_LIFT,
    OPTION_DIFFERENCE,
    OPTION_VARIANTS,
    OPTION_SHARES,
    OPTION_ALPHA,
    OPTION_POWER,
    OPTION_ONE_SIDED,
    OPTION_FORMULA,
    OPTION_CORRECTION,
    OPTION_TRAFFIC,
    OPTION_VISITORS,
    OPTION_SEGMENTS,
    OPTION_LOOKS,
    OPTION_SPENDING,
    OPTION_JSON,
};

static const struct argp_option OPTIONS[] = {
    {"baseline", OPTION_BASELINE, "RATE", 0, "Conversion rate of the control, or its mean if --sd is given", 0},
    {"sd", OPTION_SD, "SD", 0,
     "Standard deviation of the outcome: it is a mean then, not a rate; SD,SD if the variants' is another", 0},
    {"lift", OPTION_LIFT, "SHARE", 0, "Effect to be found, relative to the baseline: 10% or 0.1; negative for a loss",
     0},
    {"difference", OPTION_DIFFERENCE, "D", 0, "Effect to be found, in units of the baseline", 0},
    {"variants", OPTION_VARIANTS, "N", 0, "Variants with the control (default 2)", 0},
    {"shares", OPTION_SHARES, "A,B,C", 0,
     "Shares of traffic, the control first: 0.5,0.3,0.2, or parts of it, 2,1,1 (default equal)", 0},
    {"alpha", OPTION_ALPHA, "P", 0, "Error allowed over all comparisons (default 0.05)", 0},
    {"power", OPTION_POWER, "P", 0, "Probability to see the effect if it is there (default 0.8)", 0},
    {"one-sided", OPTION_ONE_SIDED, 0, 0, "Test in the direction of the effect only", 0},
    {"formula", OPTION_FORMULA, "NAME", 0, "Rates: pooled (default), unpooled, arcsine, or exact for small samples", 0},
    {"correction", OPTION_CORRECTION, "NAME", 0, "For several comparisons: holm (default), bonferroni, bh or none", 0},
    {"traffic", OPTION_TRAFFIC, "N/day", 0, "Visitors per day (or N/hour, N/week): adds days", 0},
    {"visitors", OPTION_VISITORS, "N", 0, "Visitors there are in all", 0},
    {"segments", OPTION_SEGMENTS, "KEY=SHARE,...", 0, "Segments to look at, with their shares of all visitors", 0},
    {"looks", OPTION_LOOKS, "N", 0,
     "Looks at which it may be stopped, equally far apart, 2 to 20 (default 1, at the end)", 0},
    {"spending", OPTION_SPENDING, "NAME", 0, "Of the error over the looks: obrien-fleming (default) or pocock", 0},
    {"json", OPTION_JSON, 0, 0, "One JSON document", 0},
    {0},
};

typedef struct settings {
    spl_design design;
    double lift, difference;
    bool based, lifted, differs, json;
    double shares[SPL_DESIGN_VARIANTS_MAX];
    uint32_t share_count;
    spl_design_segment *segments; // owned, and their names
} settings;

static double number(struct argp_state *state, const char *option, const char *text)
{
    double value = 0;
    if (!spl_cli_double(text, &value)) argp_error(state, "--%s: \"%s\" is not a number", option, text);
    return value;
}

// "10%" or "0.1".
static double share_or_percent(struct argp_state *state, const char *option, const char *text)
{
    char copy[64];
    size_t size = strlen(text);
    if (size == 0 || size >= sizeof copy) argp_error(state, "--%s: \"%s\" is not a share such as 10%%", option, text);
    memcpy(copy, text, size + 1);
    bool percent = copy[size - 1] == '%';
    if (percent) copy[size - 1] = 0;
    return number(state, option, copy) / (percent ? 100 : 1);
}

// "4000/day"; a number alone is per day.
static double traffic(struct argp_state *state, const char *text)
{
    static const struct {
        const char *name;
        double days;
    } units[] = {{"hour", 1.0 / 24}, {"day", 1}, {"week", 7}};
    const char *slash = strchr(text, '/');
    char copy[64];
    size_t size = slash ? (size_t)(slash - text) : strlen(text);
    if (size >= sizeof copy) argp_error(state, "--traffic: \"%s\" is not a number such as 4000/day", text);
    memcpy(copy, text, size);
    copy[size] = 0;
    double visitors = number(state, "traffic", copy);
    if (!(visitors > 0)) argp_error(state, "--traffic: \"%s\" is not above 0", text);
    for (int i = 0; i < 3; i++) {
        if (strcmp(slash ? slash + 1 : "day", units[i].name) == 0) return visitors / units[i].days;
    }
    argp_error(state, "--traffic: \"%s\" is not per hour, day or week", text);
    return 0;
}

// Whole numbers are parts, 2,1,1; others are shares, and sum to 1.
static void check_shares(struct argp_state *state, const double *shares, size_t count)
{
    double sum = 0;
    bool whole = true;
    for (size_t i = 0; i < count; i++) {
        sum += shares[i];
        whole = whole && shares[i] == floor(shares[i]);
    }
    if (!whole && !(fabs(sum - 1) < 1e-6))
        argp_error(state, "--shares sum to %g, not to 1; or give parts in whole numbers, such as 2,1,1", sum);
}

static void read_shares(struct argp_state *state, const char *text, settings *s)
{
    spl_text parts[SPL_DESIGN_VARIANTS_MAX];
    size_t count = spl_cli_split(text, ',', parts, SPL_DESIGN_VARIANTS_MAX);
    if (count > SPL_DESIGN_VARIANTS_MAX) argp_error(state, "--shares: at most %d", SPL_DESIGN_VARIANTS_MAX);
    for (size_t i = 0; i < count; i++) {
        char copy[32] = "";
        if (parts[i].size < sizeof copy) memcpy(copy, parts[i].data, parts[i].size);
        s->shares[i] = number(state, "shares", copy);
    }
    check_shares(state, s->shares, count);
    s->share_count = (uint32_t)count;
}

// "12", or "12,15": the control's and the variants'.
static void read_sd(struct argp_state *state, const char *text, settings *s)
{
    const char *comma = strchr(text, ',');
    char first[64] = "";
    size_t size = comma ? (size_t)(comma - text) : strlen(text);
    if (size < sizeof first) memcpy(first, text, size);
    s->design.means = true;
    s->design.sd = number(state, "sd", first);
    if (!comma) return;
    s->design.sd_variant = number(state, "sd", comma + 1);
    if (!(s->design.sd_variant > 0)) argp_error(state, "--sd: \"%s\" is not above 0", comma + 1);
}

static spl_design_segment read_segment(struct argp_state *state, spl_text part)
{
    char *name = strndup(part.data, part.size), *equals = name ? strrchr(name, '=') : NULL;
    if (!equals || equals == name)
        argp_error(state, "--segments: \"%.*s\" is not KEY=SHARE", (int)part.size, part.data);
    *equals = 0;
    return (spl_design_segment){name, share_or_percent(state, "segments", equals + 1)};
}

static void read_segments(struct argp_state *state, const char *text, settings *s)
{
    spl_text parts[SPL_DESIGN_SEGMENTS_MAX];
    size_t count = spl_cli_split(text, ',', parts, SPL_DESIGN_SEGMENTS_MAX);
    if (count > SPL_DESIGN_SEGMENTS_MAX) argp_error(state, "--segments: at most %d", SPL_DESIGN_SEGMENTS_MAX);
    s->segments = calloc(count + 1, sizeof *s->segments);
    if (!s->segments) argp_failure(state, 1, 0, "out of memory");
    for (size_t i = 0; i < count; i++) s->segments[i] = read_segment(state, parts[i]);
    s->design.segments = s->segments;
    s->design.segment_count = (uint32_t)count;
}

static void read_formula(struct argp_state *state, const char *text, settings *s)
{
    for (int f = 0; f < SPL_POWER_FORMULAS; f++) {
        if (strcmp(text, spl_power_formula_name(f)) != 0) continue;
        s->design.formula = f;
        return;
    }
    argp_error(state, "--formula: \"%s\" is not pooled, unpooled, arcsine or exact", text);
}

static void read_correction(struct argp_state *state, const char *text, settings *s)
{
    for (int c = 0; c < SPL_CORRECTIONS; c++) {
        if (strcmp(text, spl_correction_name(c)) != 0) continue;
        s->design.correction = c;
        return;
    }
    argp_error(state, "--correction: \"%s\" is not holm, bonferroni, bh or none", text);
}

static void finish(struct argp_state *state, settings *s)
{
    spl_design *d = &s->design;
    if (!s->based && !d->means) argp_error(state, "--baseline is missing");
    if (s->lifted && s->differs) argp_error(state, "--lift and --difference say the same thing; give one");
    if (d->baseline == 0 && !d->means) argp_error(state, "--baseline: 0 is not a rate between 0 and 1");
    if (s->lifted && d->baseline == 0) argp_error(state, "--lift is relative to a baseline of 0; give --difference");
    d->difference = s->lifted ? s->lift * d->baseline : s->difference;
    if ((s->lifted || s->differs) && d->difference == 0) argp_error(state, "an effect of 0 cannot be found");
    if (!s->share_count) return;
    if (d->variant_count != 2 && d->variant_count != s->share_count)
        argp_error(state, "--shares has %u numbers for %u variants", s->share_count, d->variant_count);
    d->variant_count = s->share_count;
    d->shares = s->shares;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    settings *s = state->input;
    uint64_t whole;
    switch (key) {
    case OPTION_BASELINE:
        s->design.baseline = share_or_percent(state, "baseline", text);
        s->based = true;
        break;
    case OPTION_SD: read_sd(state, text, s); break;
    case OPTION_LIFT:
        s->lift = share_or_percent(state, "lift", text);
        s->lifted = true;
        break;
    case OPTION_DIFFERENCE:
        s->difference = share_or_percent(state, "difference", text);
        s->differs = true;
        break;
    case OPTION_VARIANTS:
        if (!spl_cli_u64(text, &whole) || whole > SPL_DESIGN_VARIANTS_MAX)
            argp_error(state, "--variants: \"%s\" is not from 2 to %d", text, SPL_DESIGN_VARIANTS_MAX);
        s->design.variant_count = (uint32_t)whole;
        break;
    case OPTION_SHARES: read_shares(state, text, s); break;
    case OPTION_ALPHA: s->design.alpha = share_or_percent(state, "alpha", text); break;
    case OPTION_POWER: s->design.power = share_or_percent(state, "power", text); break;
    case OPTION_ONE_SIDED: s->design.one_sided = true; break;
    case OPTION_FORMULA: read_formula(state, text, s); break;
    case OPTION_CORRECTION: read_correction(state, text, s); break;
    case OPTION_TRAFFIC: s->design.per_day = traffic(state, text); break;
    case OPTION_VISITORS:
        s->design.visitors = number(state, "visitors", text);
        if (!(s->design.visitors > 0)) argp_error(state, "--visitors: \"%s\" is not above 0", text);
        break;
    case OPTION_SEGMENTS: read_segments(state, text, s); break;
    case OPTION_LOOKS:
        if (!spl_cli_u64(text, &whole) || whole < 1 || whole > SPL_DESIGN_LOOKS_MAX)
            argp_error(state, "--looks: \"%s\" is not from 1 to %d", text, SPL_DESIGN_LOOKS_MAX);
        s->design.looks = (uint32_t)whole;
        break;
    case OPTION_SPENDING:
        if (!spl_spending_named(text, &s->design.spending))
            argp_error(state, "--spending: \"%s\" is not obrien-fleming or pocock", text);
        break;
    case OPTION_JSON: s->json = true; break;
    case ARGP_KEY_ARG: argp_error(state, "what is \"%s\"?", text); break;
    case ARGP_KEY_END: finish(state, s); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void free_settings(settings *s)
{
    for (uint32_t i = 0; i < s->design.segment_count; i++) free((char *)s->segments[i].name);
    free(s->segments);
}

int spl_cmd_power(int argc, char **argv)
{
    const struct argp parser = {OPTIONS, parse_option, NULL, DOC, NULL, NULL, NULL};
    settings s = {.design = spl_design_default()};
    if (argp_parse(&parser, argc, argv, 0, NULL, &s) != 0) return 2;
    spl_error error = {0};
    spl_design_plan plan;
    if (!spl_design_solve(&s.design, &plan, &error)) {
        char text[1024];
        free_settings(&s);
        return spl_cli_misuse("power", "%s", spl_error_format(&error, text, sizeof text));
    }
    bool ok = s.json ? spl_power_print_json(&s.design, &plan) : spl_power_print(&s.design, &plan);
    spl_design_plan_free(&plan);
    free_settings(&s);
    if (ok) return 0;
    spl_fail(&error, "out of memory");
    return spl_cli_fail("power", &error);
}
