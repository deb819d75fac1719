// SPDX-License-Identifier: MIT
#include "parts_fixture.h"

#include <stdio.h>

#include "cluster_fixture.h"
#include "scratch.h"
#include "testing.h"

parts_site parts_site_default(void)
{
    return (parts_site){.seed = 1, .visitors = 2000, .share = {0.4, 0.3, 0.3, 0}, .day = 1};
}

typedef struct visitor {
    int kind, label;
    double x, y, z; // z says nothing of the kind
} visitor;

// A stream of its own for every draw.
static double draw(const parts_site *site, uint32_t i, uint32_t what)
{
    return cluster_uniform(8 * site->seed + what, i);
}

static visitor visitor_of(const parts_site *site, uint32_t i)
{
    double u = draw(site, i, 0);
    visitor v = {.kind = 0};
    while (v.kind < 3 && u >= site->share[v.kind]) u -= site->share[v.kind++];
    v.label = draw(site, i, 1) < site->mislabelled ? (int)(4 * draw(site, i, 2)) : v.kind;
    v.x = 4 * (v.kind & 1) + 0.4 * cluster_normal(8 * site->seed + 3, i);
    v.y = 4 * (v.kind >> 1) + 0.4 * cluster_normal(8 * site->seed + 4, i);
    v.z = cluster_normal(8 * site->seed + 5, i);
    return v;
}

void parts_write_rows(const char *name, const parts_site *site)
{
    FILE *file = fopen(scratch_path(name), "w");
    assert_non_null(file);
    fputs("x,y,z,kind\n", file);
    for (uint32_t i = 0; i < site->visitors; i++) {
        visitor v = visitor_of(site, i);
        fprintf(file, "%.4f,%.4f,%.4f,k%d\n", v.x, v.y, v.z, v.label);
    }
    assert_int_equal(fclose(file), 0);
}

static void put_time(FILE *file, const parts_site *site, uint32_t i)
{
    uint32_t s = (uint32_t)(3 * 86400.0 * i / site->visitors);
    fprintf(file, ",\"time\":\"2026-01-%02uT%02u:%02u:%02uZ\"", site->day + s / 86400, s / 3600 % 24, s / 60 % 60,
            s % 60);
}

void parts_write_events(const char *name, const parts_site *site)
{
    FILE *file = fopen(scratch_path(name), "w");
    assert_non_null(file);
    for (uint32_t i = 0; i < site->visitors; i++) {
        visitor v = visitor_of(site, i);
        int variant = (int)(4 * draw(site, i, 6));
        fprintf(file, "{\"type\":\"exposure\",\"id\":\"0199%04x-0000-7000-8000-%012x\"", site->seed, i);
        put_time(file, site, i);
        fprintf(file,
                ",\"experiment\":\"hero\",\"unit\":\"u%u-%u\",\"segment\":\"global\",\"level\":0,\"variant\":\"v%d\","
                "\"propensity\":0.25,\"context\":{\"x\":%.4f,\"y\":%.4f,\"z\":%.4f}}\n",
                site->seed, i, variant, v.x, v.y, v.z);
        if (draw(site, i, 7) >= (variant == v.kind ? 0.5 : 0.1)) continue;
        fprintf(file,
                "{\"type\":\"outcome\",\"id\":\"0199%04x-0000-7000-9000-%012x\",\"exposure\":"
                "\"0199%04x-0000-7000-8000-%012x\"",
                site->seed, i, site->seed, i);
        put_time(file, site, i);
        fputs(",\"name\":\"buy\",\"value\":1}\n", file);
    }
    assert_int_equal(fclose(file), 0);
}
