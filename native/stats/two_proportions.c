// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/two_proportions.h"

#include <math.h>

#include "stats/proportion.h"

static double z_of(spl_conversions a, spl_conversions b, double correction)
{
    double n1 = a.trials, n2 = b.trials, difference = a.successes / n1 - b.successes / n2;
    double pooled = (a.successes + b.successes) / (n1 + n2), variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2);
    if (variance == 0) return 0;
    double size = fabs(difference) - correction;
    return copysign(fmax(0, size) / sqrt(variance), difference);
}

static spl_interval wald(const spl_two_proportions *t, double n1, double n2, double reach)
{
    double se = sqrt(t->rate1 * (1 - t->rate1) / n1 + t->rate2 * (1 - t->rate2) / n2);
    return (spl_interval){t->difference - reach * se, t->difference + reach * se};
}

static spl_interval newcombe(const spl_two_proportions *t, spl_conversions a, spl_conversions b, double confidence)
{
    spl_interval w1 = spl_wilson_interval(a.successes, a.trials, confidence);
    spl_interval w2 = spl_wilson_interval(b.successes, b.trials, confidence);
    return (spl_interval){t->difference - hypot(t->rate1 - w1.low, w2.high - t->rate2),
                          t->difference + hypot(w1.high - t->rate1, t->rate2 - w2.low)};
}

static spl_interval relative(spl_conversions a, spl_conversions b, double reach)
{
    double more = a.successes == 0 || b.successes == 0 ? 0.5 : 0;
    double x1 = a.successes + more, n1 = a.trials + more, x2 = b.successes + more, n2 = b.trials + more;
    double log_ratio = log(x1 / n1) - log(x2 / n2), se = sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2);
    return (spl_interval){expm1(log_ratio - reach * se), expm1(log_ratio + reach * se)};
}

spl_two_proportions spl_compare_proportions(spl_conversions a, spl_conversions b, double confidence)
{
    const spl_interval none = {NAN, NAN};
    if (!(a.trials > 0) || !(b.trials > 0)) {
        return (spl_two_proportions){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, none, none, none};
    }
    double reach = spl_normal_reach(confidence);
    spl_two_proportions t = {.rate1 = a.successes / a.trials, .rate2 = b.successes / b.trials};
    t.difference = t.rate1 - t.rate2;
    t.lift = t.rate2 > 0 ? t.rate1 / t.rate2 - 1 : NAN;
    t.h = 2 * asin(sqrt(t.rate1)) - 2 * asin(sqrt(t.rate2));
    t.z = z_of(a, b, 0);
    t.p = spl_normal_p(t.z);
    t.p_yates = spl_normal_p(z_of(a, b, fmin(fabs(t.difference), 0.5 * (1 / a.trials + 1 / b.trials))));
    t.wald = wald(&t, a.trials, b.trials, reach);
    t.newcombe = newcombe(&t, a, b, confidence);
    t.relative = relative(a, b, reach);
    return t;
}
