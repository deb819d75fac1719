// SPDX-License-Identifier: GPL-3.0-or-later
#include "analyze/analyze.h"

#include <stdlib.h>
#include <string.h>

#include "analyze/build.h"
#include "host/visible.h"

spl_analyze_settings spl_analyze_settings_default(void)
{
    return (spl_analyze_settings){.log = {.window_ms = INT64_C(24) * 3600 * 1000},
                                  .segments = {.min_visitors = 100},
                                  .alpha = 0.05,
                                  .correction = SPL_CORRECTION_BH,
                                  .n_opt = 5000};
}

static void fill(spl_build *b)
{
    static void (*const parts[])(spl_build *) = {
        spl_build_head, spl_build_segments, spl_build_effects, spl_build_beliefs, spl_build_standing, spl_build_watch,
        spl_build_time, spl_build_changes,  spl_build_health,  spl_build_advice,  spl_build_summary,
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !b->broken; i++) parts[i](b);
}

static bool analyze(const spl_visitors *visitors, const spl_analyze_settings *settings, spl_analysis *report,
                    spl_error *error)
{
    spl_segments segments;
    spl_measures measures = {0};
    if (!spl_segments_choose(visitors, &settings->segments, &segments, error)) return false;
    spl_build build = {settings, visitors, &segments, &measures, report, false};
    if (!spl_measures_take(visitors, &segments, &measures))
        build.broken = true;
    else
        fill(&build);
    spl_measures_free(&measures);
    spl_segments_free(&segments);
    return !build.broken || spl_fail(error, "out of memory");
}

bool spl_analyze_log(const char *path, const spl_analyze_settings *settings, spl_analysis *report, spl_error *error)
{
    spl_visitors visitors;
    *report = (spl_analysis){0};
    if (!spl_visitors_read(path, &settings->log, &visitors, error)) return false;
    bool ok = analyze(&visitors, settings, report, error);
    if (ok) {
        report->source = spl_visible((spl_text){path, strlen(path)}, true);
        ok = report->source || spl_fail(error, "out of memory");
    }
    spl_visitors_free(&visitors);
    if (!ok) spl_analysis_free(report);
    return ok;
}
