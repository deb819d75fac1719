// SPDX-License-Identifier: GPL-3.0-or-later
// How often a gate that is asked again and again lets a bundle pass that is no better than the incumbent: both serve
// variants that earn alike, so that no gain is there to be found. A log of 10,000 exposures is asked after every 100,
// by the interval for one look (SNIPS) and by the one that holds at every look.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "learn/drift/retrain.h"
#include "samplit/rng.h"
#include "stats/ope_cs.h"
#include "stats/proportion.h"

#define FIRST 200
#define EVERY 100

typedef struct world {
    const char *name;
    double chance;            // of the second variant in the log
    double policy[2], old[2]; // what the two bundles serve
    double rate;              // that both variants earn
} world;

typedef struct passes {
    uint32_t one_look, every_look; // runs in which some interval lay above 0
} passes;

static void ask(const spl_contest *contest, const spl_ope_cs *cs, bool *one, bool *every)
{
    *one = *one || spl_contest_finish(contest).low > 0;
    *every = *every || spl_ope_cs_interval(cs).low > 0;
}

static void run_once(const world *w, uint64_t seed, uint32_t exposures, passes *out)
{
    spl_contest contest = {0};
    spl_ope_cs_config config = spl_ope_cs_default();
    config.gain = true;
    spl_ope_cs cs = spl_ope_cs_start(&config);
    bool one = false, every = false;
    for (uint32_t i = 0; i < exposures; i++) {
        double u[2];
        spl_uniform2(seed, i, SPL_STREAM_TEST, 0, u);
        int v = u[0] < w->chance;
        double p = v ? w->chance : 1 - w->chance, reward = u[1] < w->rate;
        spl_contest_add(&contest, w->policy[v] / p, w->old[v] / p, reward);
        spl_ope_cs_add(&cs, w->policy[v] / p, w->old[v] / p, reward);
        if (i + 1 >= FIRST && (i + 1) % EVERY == 0) ask(&contest, &cs, &one, &every);
    }
    out->one_look += one;
    out->every_look += every;
}

static void put(uint32_t count, uint32_t runs)
{
    double low, high;
    spl_wilson(count, runs, &low, &high);
    printf("  %6.2f %% (%.2f to %.2f)", 100.0 * count / runs, 100 * low, 100 * high);
}

int main(int argc, char **argv)
{
    static const world worlds[] = {
        {"even log, rate 5 %", 0.5, {0.1, 0.9}, {0.5, 0.5}, 0.05},
        {"log of 9 to 1, rate 5 %", 0.1, {0.2, 0.8}, {0.9, 0.1}, 0.05},
        {"even log, rate 30 %", 0.5, {0.1, 0.9}, {0.9, 0.1}, 0.30},
    };
    uint32_t runs = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000;
    uint32_t exposures = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 10000;
    printf("%u logs of %u exposures, asked after every %d; passed at any time, by one look | every look\n", runs,
           exposures, EVERY);
    for (size_t i = 0; i < sizeof worlds / sizeof *worlds; i++) {
        passes count = {0, 0};
        for (uint32_t run = 0; run < runs; run++) run_once(&worlds[i], 77000 + run, exposures, &count);
        printf("%-24s", worlds[i].name);
        put(count.one_look, runs);
        printf("  |");
        put(count.every_look, runs);
        putchar('\n');
    }
    return 0;
}
