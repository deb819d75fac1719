// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/ope_cs.h"

#include <math.h>

// The mixture is tuned to that many exposures; ten times fewer or more cost little.
#define TUNED_TO 10000.0
// How far the heaviest weight so far may be surpassed, where none is given.
#define MARGIN 2.0

spl_ope_cs_config spl_ope_cs_default(void)
{
    return (spl_ope_cs_config){.alpha = 0.05, .high = 1};
}

const char *spl_ope_cs_reason(spl_ope_cs_state state)
{
    static const char *const reasons[] = {"", "too few exposures",
                                          "a weight was more than twice the heaviest before it, or above the one given",
                                          "a reward was out of the range given"};
    return reasons[state];
}

spl_ope_cs spl_ope_cs_start(const spl_ope_cs_config *config)
{
    return (spl_ope_cs){.config = *config};
}

// The mean reward of the exposures before, with half a reward of belief: strictly between 0 and 1.
static double baseline(const spl_ope_cs *cs)
{
    return (0.5 + cs->rewards) / ((double)cs->exposures + 1);
}

static double heaviest(const spl_ope_cs *cs)
{
    return cs->config.heaviest > 0 ? cs->config.heaviest : MARGIN * cs->heaviest;
}

// The most that one exposure can lose to a bet on more (`below`) and to one on less. Scales never shrink, so that rows
// weigh alike.
static void set_scales(spl_ope_cs *cs, double b)
{
    double w = heaviest(cs), least = cs->config.gain ? fmax(b, 1 - b) : b, most = cs->config.gain ? least : 1 - b;
    cs->below.scale = fmax(cs->below.scale, w * least);
    cs->above.scale = fmax(cs->above.scale, w * most);
}

static void tune(const spl_ope_cs *cs, spl_ope_cs_side *side, double b)
{
    double square = cs->squares > 0 ? cs->squares / (double)cs->exposures : 1;
    double time = TUNED_TO * square * b * (1 - b) / (side->scale * side->scale);
    side->mixture = spl_mixture_tuned(SPL_MIXTURE_GAMMA_EXPONENTIAL, time, cs->config.alpha / 2, true, 1, 0, 0);
}

static void bet(spl_ope_cs_side *side, double x, double surprise)
{
    double unit = surprise / side->scale;
    side->count += 1 / side->scale;
    side->sum += x / side->scale;
    side->time += unit * unit;
}

static bool foreseen(spl_ope_cs *cs, double weight, double r)
{
    if (!(r >= 0 && r <= 1)) cs->state = SPL_OPE_CS_REWARD;
    bool betting = cs->config.heaviest > 0 || cs->exposures >= SPL_OPE_CS_FIRST;
    if (cs->state == SPL_OPE_CS_OK && betting && !(weight <= heaviest(cs))) cs->state = SPL_OPE_CS_WEIGHT;
    return cs->state == SPL_OPE_CS_OK;
}

void spl_ope_cs_add(spl_ope_cs *cs, double weight, double other, double reward)
{
    double r = (reward - cs->config.low) / (cs->config.high - cs->config.low), b = baseline(cs);
    double difference = cs->config.gain ? weight - other : weight;
    double surprise = difference * (r - b), x = surprise + (cs->config.gain ? 0 : b);
    double heavier = cs->config.gain ? fmax(weight, other) : weight;
    if (foreseen(cs, heavier, r) && cs->exposures >= SPL_OPE_CS_FIRST) {
        set_scales(cs, b);
        if (cs->exposures == SPL_OPE_CS_FIRST) {
            tune(cs, &cs->below, b);
            tune(cs, &cs->above, b);
        }
        bet(&cs->below, x, surprise);
        bet(&cs->above, x, surprise);
    }
    cs->heaviest = fmax(cs->heaviest, heavier);
    cs->squares += difference * difference;
    cs->differs = cs->differs || difference != 0;
    cs->rewards += fmin(1, fmax(0, r));
    cs->worth += x;
    cs->exposures++;
}

spl_ope_cs_state spl_ope_cs_state_of(const spl_ope_cs *cs)
{
    if (cs->state != SPL_OPE_CS_OK) return cs->state;
    return cs->exposures > SPL_OPE_CS_FIRST ? SPL_OPE_CS_OK : SPL_OPE_CS_EARLY;
}

// How far the sum may stray from its expectation.
static double reach(const spl_ope_cs *cs, const spl_ope_cs_side *side)
{
    return spl_mixture_bound(&side->mixture, fmax(side->time, 1e-300), cs->config.alpha / 2);
}

spl_interval spl_ope_cs_interval(const spl_ope_cs *cs)
{
    double range = cs->config.high - cs->config.low, from = cs->config.gain ? 0 : cs->config.low;
    if (spl_ope_cs_state_of(cs) != SPL_OPE_CS_OK) return (spl_interval){NAN, NAN};
    if (cs->config.gain && !cs->differs) return (spl_interval){0, 0};
    double low = (cs->below.sum - reach(cs, &cs->below)) / cs->below.count;
    double high = (cs->above.sum + reach(cs, &cs->above)) / cs->above.count;
    return (spl_interval){from + range * fmax(low, cs->config.gain ? -1 : 0), from + range * fmin(high, 1)};
}

double spl_ope_cs_estimate(const spl_ope_cs *cs)
{
    double range = cs->config.high - cs->config.low, from = cs->config.gain ? 0 : cs->config.low;
    return cs->exposures > 0 ? from + range * cs->worth / (double)cs->exposures : NAN;
}
