// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "samplit/rng.h"
#include "stats/srm.h"
#include "trials.h"

#define LOOK 100
#define RATE 0.05

typedef struct seen {
    double count[2], converted[2];
} seen;

// Where the bandit stands: the variant that looks better gets 0.9.
static double share_of_second(const seen *s, bool bandit, uint64_t logged)
{
    if (!bandit || logged < 200) return 0.5;
    return s->converted[1] * s->count[0] > s->converted[0] * s->count[1] ? 0.9 : 0.1;
}

static void look(const seen *s, const spl_srm_bets *bets, uint64_t logged, bool bandit, double alpha, trial_ratio *out)
{
    const double half[2] = {0.5, 0.5};
    if (spl_srm_bets_p(bets) < alpha && !out->bets) out->bets = logged;
    if (bandit) return;
    if (!out->sequential && spl_srm_sequential_p(s->count, half, 2) < alpha) out->sequential = logged;
    out->chi_square = spl_srm_of(s->count, half, 2).p < alpha;
}

trial_ratio trial_of_ratio(uint64_t run, uint64_t visitors, bool bandit, double leak, double alpha)
{
    trial_ratio out = {0};
    seen s = {0};
    uint64_t logged = 0;
    spl_srm_bets *bets = spl_srm_bets_new(2);
    if (!bets) abort();
    for (uint64_t i = 0; i < visitors; i++) {
        double u[2], lost[2], p1 = share_of_second(&s, bandit, logged), p[2] = {1 - p1, p1};
        spl_uniform2(53, run, 1, (uint32_t)i, u);
        spl_uniform2(53, run, 2, (uint32_t)i, lost);
        uint32_t served = u[0] < p1;
        if (served && lost[0] < leak) continue;
        s.count[served]++;
        s.converted[served] += u[1] < RATE;
        spl_srm_bets_add(bets, p, served);
        if (++logged % LOOK == 0) look(&s, bets, logged, bandit, alpha, &out);
    }
    spl_srm_bets_free(bets);
    return out;
}
