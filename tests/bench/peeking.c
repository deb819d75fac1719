// SPDX-License-Identifier: MIT
// How often do tests cry wolf that are looked at again and again? A/A experiments (both variants alike), a peek after
// every 100 visitors: the share of runs in which any peek was significant at 5 %, for the naive z-test and for what
// `samplit monitor` and `samplit srm` use. Even traffic, and traffic under an eager bandit.
//
//   bench_peeking [RUNS [VISITORS]]      default 10000 10000, some minutes
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "evaluate/monitor.h"
#include "host/pool.h"
#include "samplit/rng.h"
#include "stats/adaptive.h"
#include "stats/confidence_sequence.h"
#include "stats/proportion.h"
#include "stats/srm.h"
#include "stats/two_proportions.h"

#define PEEK 100
#define RATE 0.05
#define ALPHA 0.05

typedef enum test { NAIVE, SEQUENCE, CHI_SQUARE, BETS, TESTS } test;
static const char *const NAMES[TESTS] = {"rates: z-test at every peek", "rates: confidence sequence (monitor)",
                                         "shares: chi-square at every peek", "shares: bets (srm)"};

typedef struct job {
    uint64_t visitors;
    bool bandit;
    uint8_t *alarms; // (runs, TESTS)
} job;

static double uniform(uint64_t run, uint64_t visitor, int which)
{
    double u[2];
    spl_uniform2(97, run, 3, (uint32_t)visitor, u);
    return u[which];
}

// Where the bandit stands: the arm that looks better gets 0.9.
static double share_of_second(const spl_conversions *side, bool bandit, uint64_t visitor)
{
    if (!bandit || visitor < 200) return 0.5;
    return side[1].successes * side[0].trials > side[0].successes * side[1].trials ? 0.9 : 0.1;
}

static void peek(const spl_conversions *side, const spl_adaptive *scores, const spl_srm_bets *bets, double *v_opt,
                 uint8_t *alarms)
{
    spl_two_proportions naive = spl_compare_proportions(side[1], side[0], 1 - ALPHA);
    alarms[NAIVE] |= naive.p < ALPHA;
    spl_adaptive_gap gap = spl_adaptive_over_control(scores, 1);
    double v = gap.variance * gap.weight * gap.weight;
    bool enough = fmin(side[0].successes, side[1].successes) >= SPL_MONITOR_REWARDED;
    if (!enough) v = 0;
    if (v > 0 && *v_opt == 0) *v_opt = v / (double)gap.exposures * 5000;
    if (v > 0) {
        spl_interval cs = spl_cs_martingale(gap.value, gap.weight, v, *v_opt, ALPHA);
        alarms[SEQUENCE] |= cs.low > 0 || cs.high < 0;
    }
    const double counts[2] = {side[0].trials, side[1].trials}, half[2] = {0.5, 0.5};
    alarms[CHI_SQUARE] |= spl_srm_of(counts, half, 2).p < ALPHA;
    alarms[BETS] |= spl_srm_bets_p(bets) < ALPHA;
}

static void run(void *owner, uint32_t part, uint32_t thread)
{
    const job *j = owner;
    spl_conversions side[2] = {{0, 0}, {0, 0}};
    spl_adaptive *scores = spl_adaptive_new(2);
    spl_srm_bets *bets = spl_srm_bets_new(2);
    double v_opt = 0;
    (void)thread;
    if (!scores || !bets) abort();
    for (uint64_t i = 0; i < j->visitors; i++) {
        double p1 = share_of_second(side, j->bandit, i), p[2] = {1 - p1, p1};
        uint32_t served = uniform(part, i, 0) < p1;
        bool converted = uniform(part, i, 1) < RATE;
        side[served].trials++;
        side[served].successes += converted;
        spl_adaptive_add(scores, p, served, converted);
        spl_srm_bets_add(bets, p, served);
        if ((i + 1) % PEEK == 0) peek(side, scores, bets, &v_opt, j->alarms + (size_t)part * TESTS);
    }
    spl_adaptive_free(scores);
    spl_srm_bets_free(bets);
}

static void report(const job *j, uint32_t runs)
{
    printf("%s traffic, %u runs of %llu visitors, a peek every %d:\n", j->bandit ? "bandit" : "even", runs,
           (unsigned long long)j->visitors, PEEK);
    for (int t = 0; t < TESTS; t++) {
        double alarms = 0;
        if (t == CHI_SQUARE && j->bandit) continue; // its shares are not what the bandit serves
        for (uint32_t i = 0; i < runs; i++) alarms += j->alarms[(size_t)i * TESTS + (size_t)t];
        spl_interval range = spl_clopper_pearson(alarms, runs, 0.95);
        printf("  %-38s %6.2f %% false alarms (95 %%: %.2f to %.2f)\n", NAMES[t], 100 * alarms / runs, 100 * range.low,
               100 * range.high);
    }
}

int main(int argc, char **argv)
{
    uint32_t runs = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10000;
    job j = {.visitors = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000};
    spl_pool *pool = spl_pool_new(0);
    for (int bandit = 0; bandit < 2; bandit++) {
        j.bandit = bandit;
        j.alarms = calloc((size_t)runs * TESTS, 1);
        if (!j.alarms) return 1;
        spl_pool_run(pool, runs, run, &j);
        report(&j, runs);
        free(j.alarms);
    }
    spl_pool_free(pool);
    return 0;
}
