// SPDX-License-Identifier: MIT
#include "analyze_fixture.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "events/event_stamp.h"
#include "samplit/rng.h"
#include "scratch.h"
#include "testing.h"

#define START INT64_C(1767571200000) // 2026-01-05, a Monday

analyze_world analyze_world_default(void)
{
    return (analyze_world){.seed = 1, .visitors = 20000, .variants = 2, .plans = 4, .places = 5, .days = 14};
}

double analyze_uniform(uint64_t seed, uint32_t i, uint32_t stream)
{
    double u[2];
    spl_uniform2(seed, i, stream, 0, u);
    return u[0];
}

// The second variant gains in even plans and loses in odd ones, as a bandit would have it; the rest share what is left.
static void chances(const analyze_world *w, uint32_t plan, double when, double *p)
{
    double even = 1.0 / w->variants, end = plan % 2 ? 0.05 : 0.8;
    for (uint32_t v = 0; v < w->variants; v++) p[v] = even;
    if (!w->bandit || w->variants < 2) return;
    p[1] = even + (end - even) * when;
    for (uint32_t v = 0; v < w->variants; v++)
        if (v != 1) p[v] = (1 - p[1]) / (w->variants - 1);
}

static uint32_t draw(const double *p, uint32_t n, double u)
{
    uint32_t v = 0;
    while (v + 1 < n && u >= p[v]) u -= p[v++];
    return v;
}

static void put_time(FILE *out, int64_t time_ms)
{
    char stamp[SPL_TIME_CHARS];
    spl_time_write(time_ms, stamp);
    fprintf(out, "\"time\":\"%.*s\"", SPL_TIME_CHARS, stamp);
}

static void put_exposure(FILE *out, uint32_t i, int64_t time_ms, uint32_t variant, const double *p, uint32_t n)
{
    fprintf(out, "{\"type\":\"exposure\",\"id\":\"01890000-0000-7000-8000-%012" PRIu32 "\",", i);
    put_time(out, time_ms);
    fprintf(out,
            ",\"experiment\":\"x\",\"unit\":\"u%" PRIu32 "\",\"variant\":\"%c\",\"propensity\":%.17g,"
            "\"probabilities\":[",
            i, 'a' + (int)variant, p[variant]);
    for (uint32_t v = 0; v < n; v++) fprintf(out, "%s%.17g", v ? "," : "", p[v]);
    fputs("]", out);
}

static void put_outcome(FILE *out, uint32_t i, int64_t time_ms, double value)
{
    fprintf(out, "{\"type\":\"outcome\",\"id\":\"01890000-0000-7000-9000-%012" PRIu32 "\",", i);
    put_time(out, time_ms);
    fprintf(out, ",\"exposure\":\"01890000-0000-7000-8000-%012" PRIu32 "\",\"name\":\"buy\",\"value\":%.17g}\n", i,
            value);
}

static void put_visitor(FILE *out, const analyze_world *w, uint32_t i)
{
    double when = (double)i / w->visitors, p[26];
    uint32_t plan = (uint32_t)(analyze_uniform(w->seed, i, 1) * w->plans);
    double where = analyze_uniform(w->seed, i, 2);
    uint32_t place = (uint32_t)((w->skew > 0 ? pow(where, w->skew) : where) * w->places);
    int64_t time_ms = START + (int64_t)(when * w->days * 86400000.0);
    chances(w, plan, when, p);
    uint32_t variant = draw(p, w->variants, analyze_uniform(w->seed, i, 3));
    double rate = w->rate ? w->rate(variant, plan, place, when) : 0.1;
    put_exposure(out, i, time_ms, variant, p, w->variants);
    fprintf(out, ",\"context\":{\"plan\":\"p%02" PRIu32 "\",\"place\":\"l%02" PRIu32 "\"}}\n", plan, place);
    if (analyze_uniform(w->seed, i, 4) < rate) put_outcome(out, i, time_ms + 500, w->value ? w->value(w->seed, i) : 1);
}

void analyze_world_write(const char *name, const analyze_world *w)
{
    FILE *out = fopen(scratch_path(name), "w");
    assert_non_null(out);
    for (uint32_t i = 0; i < w->visitors; i++) put_visitor(out, w, i);
    assert_int_equal(fclose(out), 0);
}

spl_analyze_settings analyze_settings(void)
{
    spl_analyze_settings s = spl_analyze_settings_default();
    s.log.window_ms = 60000;
    return s;
}

spl_analysis analyze_log(const char *name, const spl_analyze_settings *settings)
{
    spl_analysis report;
    spl_error error = {0};
    char text[1024];
    if (!spl_analyze_log(scratch_path(name), settings, &report, &error))
        fail_msg("%s", spl_error_format(&error, text, sizeof text));
    return report;
}

spl_analysis analyze_world_report(const analyze_world *world)
{
    spl_analyze_settings settings = analyze_settings();
    analyze_world_write("world.ndjson", world);
    return analyze_log("world.ndjson", &settings);
}

const spl_analysis_segment *analyze_segment(const spl_analysis *r, const char *key)
{
    for (uint32_t i = 0; i < r->segment_count; i++)
        if (strcmp(r->segments[i].key, key) == 0) return &r->segments[i];
    fail_msg("there is no segment %s", key);
    return NULL;
}

const spl_advice *analyze_advice(const spl_analysis *r, spl_advice_kind kind)
{
    for (uint32_t i = 0; i < r->advice_count; i++)
        if (r->advice[i].kind == kind) return &r->advice[i];
    return NULL;
}

const spl_analysis_check *analyze_check(const spl_analysis *r, const char *kind)
{
    for (uint32_t i = 0; i < r->check_count; i++)
        if (strcmp(r->checks[i].kind, kind) == 0) return &r->checks[i];
    return NULL;
}
