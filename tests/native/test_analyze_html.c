// SPDX-License-Identifier: MIT
// The page of a report that was made by hand.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/write.h"
#include "testing.h"

#define VARIANTS 2
#define STRETCHES 3
#define HOSTILE "</title><script>alert(1)</script>\"&"

typedef struct made {
    spl_analysis report;
    spl_analysis_segment segments[2];
    spl_analysis_arm arms[2 * VARIANTS];
    spl_analysis_watch watch[VARIANTS];
    spl_analysis_point points[STRETCHES * VARIANTS];
    int64_t starts[STRETCHES];
    uint64_t visitors[STRETCHES];
    spl_analysis_check check;
    spl_advice advice;
    spl_analysis_leak leak;
    spl_analysis_change change;
    char *names[VARIANTS], *attributes[1], *sentence[1];
} made;

static spl_analysis_effect nothing(void)
{
    return (spl_analysis_effect){.difference = NAN,
                                 .interval = {NAN, NAN},
                                 .lift = NAN,
                                 .lift_interval = {NAN, NAN},
                                 .p = NAN,
                                 .p_corrected = NAN,
                                 .more_visitors = NAN};
}

static void make_segments(made *m)
{
    for (uint32_t i = 0; i < 2 * VARIANTS; i++)
        m->arms[i] = (spl_analysis_arm){.rate = NAN,
                                        .interval = {NAN, NAN},
                                        .p_best = NAN,
                                        .expected_loss = NAN,
                                        .effect = nothing(),
                                        .different = nothing()};
    for (uint32_t i = 0; i < 2; i++)
        m->segments[i] = (spl_analysis_segment){.key = HOSTILE,
                                                .name = HOSTILE,
                                                .attribute = HOSTILE,
                                                .value = HOSTILE,
                                                .depth = i,
                                                .parent = i ? 0 : SPL_ANALYSIS_NONE,
                                                .rate = NAN,
                                                .interval = {NAN, NAN},
                                                .rest = nothing(),
                                                .shrunk_rate = NAN,
                                                .shrunk_interval = {NAN, NAN},
                                                .robust_z = NAN,
                                                .arms = m->arms + VARIANTS * i,
                                                .best = SPL_ANALYSIS_NONE,
                                                .winner = SPL_ANALYSIS_NONE};
}

static void make_time(made *m)
{
    for (uint32_t i = 0; i < STRETCHES * VARIANTS; i++)
        m->points[i] = (spl_analysis_point){.share = NAN, .rate = NAN, .so_far = NAN, .sequence = {NAN, NAN}};
    m->report.time = (spl_analysis_time){3600000, STRETCHES, m->starts, m->visitors, m->points};
}

// A report in which nothing could be told, and every text is a stranger's.
static void make(made *m)
{
    memset(m, 0, sizeof *m);
    make_segments(m);
    make_time(m);
    m->names[0] = m->names[1] = m->attributes[0] = m->sentence[0] = HOSTILE;
    m->watch[0] = m->watch[1] = (spl_analysis_watch){.difference = NAN, .sequence = {NAN, NAN}, .p = NAN};
    m->watch[1].verdict = "early";
    m->check = (spl_analysis_check){SPL_ANALYSIS_BROKEN, "lines", HOSTILE, NAN};
    m->advice = (spl_advice){.kind = SPL_ADVICE_FIX_DATA, .text = HOSTILE};
    m->leak = (spl_analysis_leak){HOSTILE, 7, 1, -0.25, NAN};
    m->change = (spl_analysis_change){1, 1800000, NAN, NAN, 1, 1};
    spl_analysis *r = &m->report;
    r->source = r->experiment = r->outcome = HOSTILE;
    r->binary = true;
    r->alpha = 0.05;
    r->summary = r->warnings = (spl_analysis_words){1, m->sentence};
    r->health = SPL_ANALYSIS_BROKEN;
    r->check_count = r->advice_count = r->leak_count = r->change_count = r->attribute_count = 1;
    r->checks = &m->check, r->advice = &m->advice, r->leaks = &m->leak, r->changes = &m->change;
    r->attributes = m->attributes;
    r->variant_count = VARIANTS, r->variant_names = m->names, r->watch = m->watch;
    r->segment_count = 2, r->segments = m->segments;
    r->rate = NAN, r->interval = (spl_interval){NAN, NAN};
    r->best = r->winner = SPL_ANALYSIS_NONE;
}

// Inlined, gcc 12 takes the page for the variable that pointed to it (-Wdangling-pointer).
__attribute__((noinline)) static char *page_of(const spl_analysis *report)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    spl_analysis_html(report, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void names_of_strangers_stay_text(void **unused)
{
    (void)unused;
    made m;
    make(&m);
    char *page = page_of(&m.report);
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "script-src"));
    assert_non_null(strstr(page, "default-src 'none'; style-src 'sha256-"));
    int escaped = 0;
    for (char *at = page; (at = strstr(at, "&lt;script&gt;")); at++) escaped++;
    assert_true(escaped > 20); // title, heading, source, sentences, variants, segments, leak
    free(page);
}

static void what_cannot_be_told_is_no_number(void **unused)
{
    (void)unused;
    made m;
    make(&m);
    char *page = page_of(&m.report);
    assert_null(strstr(page, "nan"));
    assert_null(strstr(page, "inf"));
    m.report.binary = false;
    m.report.time.count = 0;
    m.report.segment_count = 1;
    free(page);
    page = page_of(&m.report);
    assert_null(strstr(page, "nan"));
    assert_null(strstr(page, "Over time"));
    free(page);
}

static spl_analysis_effect half_more(bool claimed)
{
    return (spl_analysis_effect){.method = SPL_ANALYSIS_COUNTS,
                                 .difference = 0.02,
                                 .interval = {0.01, 0.03},
                                 .lift = 0.5,
                                 .lift_interval = {0.25, INFINITY},
                                 .p = 0.0001,
                                 .p_corrected = 0.0002,
                                 .claimed = claimed};
}

static void figures_stand_beside_their_bars(void **unused)
{
    (void)unused;
    made m;
    make(&m);
    m.arms[1].effect = half_more(true);
    m.arms[1].visitors = 12345;
    m.arms[1].p_best = 0.9999;
    m.arms[1].rate = 0.06, m.arms[1].interval = (spl_interval){0.055, 0.065};
    m.segments[0].winner = m.report.winner = 1;
    char *page = page_of(&m.report);
    assert_non_null(strstr(page, "12,345"));
    assert_non_null(strstr(page, "<b>+50.0 %</b>"));
    assert_non_null(strstr(page, "+25.0 % to ∞"));
    assert_non_null(strstr(page, "<circle"));
    assert_non_null(strstr(page, "0.999"));
    assert_non_null(strstr(page, "0.001"));
    assert_non_null(strstr(page, "class=\"chip good\">better"));
    free(page);
}

static void pictures_keep_within_their_frame(void **unused)
{
    (void)unused;
    made m;
    make(&m);
    for (uint32_t i = 0; i < STRETCHES * VARIANTS; i++) {
        double wide = i < VARIANTS ? 1e300 : 0.01;
        m.points[i] = (spl_analysis_point){100, 0.5, 0.5, 0.05, 0.05, {0.05 - wide, 0.05 + wide}};
    }
    char *page = page_of(&m.report), *path = strstr(page, "class=\"band");
    assert_non_null(path);
    double x, y;
    int seen = 0, used = 0;
    path = strstr(path, "d=\"") + 3;
    for (; sscanf(path, "%*[ML]%lf %lf%n", &x, &y, &used) == 2; path += used, seen++) {
        assert_true(x >= 0 && x <= 760);
        assert_true(y >= 0 && y <= 300);
    }
    assert_int_equal(seen, 2 * STRETCHES);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_strangers_stay_text),
        cmocka_unit_test(what_cannot_be_told_is_no_number),
        cmocka_unit_test(figures_stand_beside_their_bars),
        cmocka_unit_test(pictures_keep_within_their_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
