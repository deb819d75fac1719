// SPDX-License-Identifier: GPL-3.0-or-later
// With changes d_v and weights w_v = 1 / variance, the chi-square of all changes splits into that of their mean
// (one degree of freedom) and that around it (Cochran 1954): w d^2 summed = (sum w d)^2 / sum w + Q. Changes are of
// means, not of odds: so a season that lifts all odds alike looks a little like variants moving apart, where their
// rates are far apart and visits are many.
#include "learn/drift/drift_rewards.h"

#include <math.h>

#include "stats/interval.h"

#define KIND_MIN 5.0 // expected rewards of either kind in either sample
#define REAL_MIN 10.0

// The variance of the change of a mean, if it stayed the same; 0 where it cannot be told.
static double variance_of(const spl_rewards *then, const spl_rewards *now, bool binary)
{
    double n = then->count, m = now->count, least = fmin(n, m);
    if (!(least > 0)) return 0;
    if (!binary) return least < REAL_MIN ? 0 : then->variance / n + now->variance / m;
    double rate = (n * then->mean + m * now->mean) / (n + m);
    if (!(least * fmin(rate, 1 - rate) >= KIND_MIN)) return 0;
    return rate * (1 - rate) * (1 / n + 1 / m);
}

spl_shift spl_shift_of(const spl_rewards *then, const spl_rewards *now, uint32_t variants, bool binary)
{
    spl_shift out = {0, 0, 0, 0};
    double squares = 0, used = 0;
    for (uint32_t v = 0; v < variants; v++) {
        double variance = variance_of(&then[v], &now[v], binary), change = now[v].mean - then[v].mean;
        if (!(variance > 0 && isfinite(change) && isfinite(variance))) continue;
        out.weight += 1 / variance;
        out.sum += change / variance;
        squares += change * change / variance;
        used++;
    }
    if (used < 1) return out;
    out.apart = fmax(squares - out.sum * out.sum / out.weight, 0);
    out.freedom = used - 1;
    return out;
}

void spl_shift_add(spl_shift *to, const spl_shift *more)
{
    to->weight += more->weight;
    to->sum += more->sum;
    to->apart += more->apart;
    to->freedom += more->freedom;
}

double spl_shift_common_p(const spl_shift *shift)
{
    return shift->weight > 0 ? spl_chi_square_p(shift->sum * shift->sum / shift->weight, 1) : NAN;
}

double spl_shift_apart_p(const spl_shift *shift)
{
    return shift->freedom > 0 ? spl_chi_square_p(shift->apart, shift->freedom) : NAN;
}
