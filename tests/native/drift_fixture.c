// SPDX-License-Identifier: MIT
#include "drift_fixture.h"

#include <stdio.h>

#include "samplit/rng.h"
#include "scratch.h"
#include "testing.h"

#define DAY_S 86400.0

drift_site drift_site_default(void)
{
    return (drift_site){.seed = 1,
                        .visits = 8000,
                        .day = 1,
                        .days = 10,
                        .desktop = 0.5,
                        .rate = {{0.1, 0.2}, {0.2, 0.1}},
                        .value = NULL};
}

static double draw(const drift_site *site, uint32_t visit, uint32_t what)
{
    double u[2];
    spl_uniform2(site->seed, visit, SPL_STREAM_TEST, what, u);
    return u[0];
}

static void put_time(FILE *file, const drift_site *site, uint32_t visit, uint32_t seconds_later)
{
    uint32_t s = (uint32_t)(site->days * DAY_S * visit / site->visits) + seconds_later;
    fprintf(file, ",\"time\":\"2026-01-%02uT%02u:%02u:%02uZ\"", site->day + s / 86400, s / 3600 % 24, s / 60 % 60,
            s % 60);
}

static void put_visit(FILE *file, const drift_site *site, uint32_t i)
{
    double share = site->b > 0 ? site->b : 0.5;
    uint32_t unit = site->units > 0 ? i % site->units : i;
    int desktop = draw(site, i, 0) < site->desktop, b = draw(site, unit, 1) < share;
    fprintf(file, "{\"type\":\"exposure\",\"id\":\"0199%04x-0000-7000-8000-%012x\"", site->seed, i);
    put_time(file, site, i, 0);
    fprintf(file, ",\"experiment\":\"hero\",\"unit\":\"u%u-%u\",\"variant\":\"%s\",\"propensity\":%.17g", site->seed,
            unit, b ? "b" : "control", b ? share : 1 - share);
    if (site->bundle) fprintf(file, ",\"bundle\":\"%s\"", site->bundle);
    fprintf(file, ",\"segment\":\"global\",\"level\":0,\"context\":{\"device\":\"%s\",\"pageviews\":%u",
            desktop ? "desktop" : "mobile", 1 + (uint32_t)(draw(site, i, 2) * 8));
    fprintf(file, ",\"time_ms\":%.0f",
            1767225600000.0 + 1000 * DAY_S * (site->day - 1) + 1000 * site->days * DAY_S * i / site->visits);
    if (site->value) fprintf(file, ",\"plan\":\"%s\"", site->value);
    fputs("}}\n", file);
    if (draw(site, i, 3) >= site->rate[desktop][b]) return;
    fprintf(file,
            "{\"type\":\"outcome\",\"id\":\"0199%04x-0000-7000-9000-%012x\",\"exposure\":"
            "\"0199%04x-0000-7000-8000-%012x\"",
            site->seed, i, site->seed, i);
    put_time(file, site, i, 1);
    fputs(",\"name\":\"buy\",\"value\":1}\n", file);
}

void drift_site_write(const char *name, const drift_site *site)
{
    FILE *file = fopen(scratch_path(name), "w");
    assert_non_null(file);
    for (uint32_t i = 0; i < site->visits; i++) put_visit(file, site, i);
    assert_int_equal(fclose(file), 0);
}
