// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>

#include "samplit/rng.h"
#include "stats/ope.h"
#include "stats/ope_cs.h"
#include "trials.h"

#define KINDS 4
#define VARIANTS 3
#define LOOK 50

static const double RATE[KINDS][VARIANTS] = {
    {0.05, 0.10, 0.02}, {0.08, 0.03, 0.05}, {0.02, 0.02, 0.12}, {0.10, 0.10, 0.10}};
static const double LOGGING[KINDS][VARIANTS] = {{0.6, 0.2, 0.2}, {0.1, 0.6, 0.3}, {0.45, 0.45, 0.1}, {0.5, 0.3, 0.2}};
static const double TARGET[KINDS][VARIANTS] = {{0.1, 0.8, 0.1}, {0.9, 0.05, 0.05}, {0.1, 0.1, 0.8}, {0.2, 0.2, 0.6}};

static double worth(const double policy[KINDS][VARIANTS])
{
    double sum = 0;
    for (int x = 0; x < KINDS; x++)
        for (int v = 0; v < VARIANTS; v++) sum += policy[x][v] * RATE[x][v] / KINDS;
    return sum;
}

static bool holds(double low, double high, double truth)
{
    return low <= truth && truth <= high;
}

trial_policy trial_of_policy(uint64_t run, uint32_t visitors)
{
    trial_policy out = {.always_held = true};
    spl_ope_config config = {.cell_count = KINDS, .variant_count = VARIANTS, .target = TARGET[0]};
    spl_ope *ope = spl_ope_new(&config);
    spl_ope_cs_config cs_config = spl_ope_cs_default();
    spl_ope_cs cs = spl_ope_cs_start(&cs_config);
    if (!ope) abort();
    for (uint32_t i = 0; i < visitors; i++) {
        double u[2], w[2];
        spl_uniform2(83, run, 1, i, u);
        spl_uniform2(83, run, 2, i, w);
        uint32_t x = (uint32_t)(u[0] * KINDS), v = 0;
        for (double sum = LOGGING[x][0]; v + 1 < VARIANTS && u[1] >= sum; v++) sum += LOGGING[x][v + 1];
        double reward = w[0] < RATE[x][v];
        spl_ope_add(ope, x, v, w[1] < 0.5, LOGGING[x][v], reward);
        spl_ope_cs_add(&cs, TARGET[x][v] / LOGGING[x][v], 1, reward);
        if ((i + 1) % LOOK || spl_ope_cs_state_of(&cs) != SPL_OPE_CS_OK) continue;
        spl_interval now = spl_ope_cs_interval(&cs);
        out.always_held = out.always_held && holds(now.low, now.high, worth(TARGET));
    }
    for (int e = 0; e < SPL_OPE_ESTIMATORS; e++) {
        spl_ope_estimate value = spl_ope_value(ope, SPL_OPE_TARGET, e);
        spl_ope_estimate gain = spl_ope_gain(ope, SPL_OPE_TARGET, SPL_OPE_LOGGING, e);
        out.held[e] = holds(value.low, value.high, worth(TARGET));
        out.gain_held[e] = holds(gain.low, gain.high, worth(TARGET) - worth(LOGGING));
    }
    spl_ope_free(ope);
    return out;
}
