// SPDX-License-Identifier: GPL-3.0-or-later
// How soon a leak of 1 % is found: two variants of equal shares, one exposure in a hundred of the second never arrives.
// Red (p below 0.001) by chi-square at one look, and at any look so far by the bets and the sequential multinomial
// test; and under a bandit's wandering shares, where only the bets apply.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "samplit/rng.h"
#include "stats/proportion.h"
#include "stats/srm.h"

#define LEAK 0.01
#define LOOKS 5
#define LARGEST 2000000

typedef struct found {
    uint32_t chi2[LOOKS], bets[LOOKS], multinomial[LOOKS];
} found;

static double share_at(bool wanders, uint32_t i)
{
    return wanders ? 0.5 + 0.4 * sin(i / 20000.0) : 0.5;
}

static void run_once(bool wanders, double leak, uint64_t seed, found *out)
{
    static const double half[2] = {0.5, 0.5};
    spl_srm_bets *bets = spl_srm_bets_new(2);
    double counts[2] = {0}, least = 1, next = 100;
    uint32_t arrived = 0, look = 0;
    if (!bets) abort();
    for (uint32_t i = 0; look < LOOKS; i++) {
        double u[2], p = share_at(wanders, i), both[2] = {1 - p, p};
        spl_uniform2(seed, i, SPL_STREAM_TEST, 0, u);
        uint32_t v = u[0] < p;
        if (v && u[1] < leak) continue;
        spl_srm_bets_add(bets, both, v);
        counts[v]++;
        arrived++;
        bool milestone = arrived == LARGEST / LOOKS * (look + 1);
        if (arrived < next && !milestone) continue;
        next = floor(1.01 * arrived) + 1;
        least = fmin(least, spl_srm_sequential_p(counts, half, 2));
        if (!milestone) continue;
        out->chi2[look] += spl_srm_of(counts, half, 2).p < SPL_SRM_RED;
        out->bets[look] += spl_srm_bets_p(bets) < SPL_SRM_RED;
        out->multinomial[look] += least < SPL_SRM_RED;
        look++;
    }
    spl_srm_bets_free(bets);
}

static void put(uint32_t count, uint32_t runs)
{
    double low, high;
    spl_wilson(count, runs, &low, &high);
    printf("  %5.1f %% (%4.1f to %5.1f)", 100.0 * count / runs, 100 * low, 100 * high);
}

static void print(const char *name, const found *f, uint32_t runs, bool fixed)
{
    printf("%s\n", name);
    for (uint32_t look = 0; look < LOOKS; look++) {
        printf("%10d", LARGEST / LOOKS * (look + 1));
        put(f->bets[look], runs);
        if (fixed) put(f->multinomial[look], runs);
        if (fixed) put(f->chi2[look], runs);
        putchar('\n');
    }
}

int main(int argc, char **argv)
{
    uint32_t runs = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100;
    static const struct {
        const char *name;
        bool wanders;
        double leak;
    } worlds[] = {{"even shares, 1 % of one variant lost", false, LEAK},
                  {"wandering shares, 1 % of one variant lost", true, LEAK},
                  {"even shares, nothing lost", false, 0}};
    printf("%u runs; red so far, after so many exposures: bets | sequential multinomial | chi-square, this look only\n",
           runs);
    for (size_t i = 0; i < sizeof worlds / sizeof *worlds; i++) {
        found f = {{0}, {0}, {0}};
        for (uint32_t run = 0; run < runs; run++) run_once(worlds[i].wanders, worlds[i].leak, 5000 + run, &f);
        print(worlds[i].name, &f, runs, !worlds[i].wanders);
    }
    return 0;
}
