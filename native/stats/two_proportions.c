// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/two_proportions.h"

#include <math.h>
#include <stdbool.h>

#include "stats/proportion.h"

static bool possible(spl_conversions side)
{
    return spl_counts_possible(side.successes, side.trials);
}

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

// The score statistic of "rate1 = ratio * rate2", positive where rate1 is larger than that: the rates that fit best
// under the hypothesis solve a quadratic equation.
static double score(spl_conversions a, spl_conversions b, double ratio)
{
    double n1 = a.trials, n2 = b.trials, quadratic = (n1 + n2) * ratio;
    double linear = n1 * ratio + a.successes + n2 + b.successes * ratio, constant = a.successes + b.successes;
    double root = sqrt(fmax(0, linear * linear - 4 * quadratic * constant));
    double p2 = 2 * constant / (linear + root), p1 = fmin(1, ratio * p2);
    double off = a.successes / n1 - ratio * b.successes / n2;
    double variance = p1 * (1 - p1) / n1 + ratio * ratio * fmax(0, p2 * (1 - p2)) / n2;
    if (off == 0) return 0;
    return variance > 0 ? off / sqrt(variance) : copysign(INFINITY, off);
}

#define RATIO_FAR 50.0 // in logarithms

// The ratio at which the falling score passes `wanted`.
static double ratio_at(spl_conversions a, spl_conversions b, double wanted)
{
    double low = -RATIO_FAR, high = RATIO_FAR;
    for (int i = 0; i < 200 && low < high; i++) {
        double middle = (low + high) / 2;
        if (middle <= low || middle >= high) break;
        if (score(a, b, exp(middle)) > wanted)
            low = middle;
        else
            high = middle;
    }
    return expm1(high);
}

spl_interval spl_koopman_interval(spl_conversions a, spl_conversions b, double confidence)
{
    double reach = spl_normal_reach(confidence);
    if (!possible(a) || !possible(b)) return (spl_interval){NAN, NAN};
    return (spl_interval){a.successes > 0 ? ratio_at(a, b, reach) : -1,
                          b.successes > 0 ? ratio_at(a, b, -reach) : INFINITY};
}

static bool certain(spl_conversions side)
{
    return side.successes > 0 && side.successes == side.trials;
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
    if (!possible(a) || !possible(b)) {
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
    t.relative = certain(a) || certain(b) ? spl_koopman_interval(a, b, confidence) : relative(a, b, reach);
    return t;
}
