// SPDX-License-Identifier: GPL-3.0-or-later
// Power as a function of the sample is written down; sample and detectable effect are found from it by bisection,
// so that all three always agree, whatever the formula.
#include "stats/power.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "stats/binomial.h"

static double tail_of(const spl_test *test)
{
    return test->one_sided ? test->alpha : test->alpha / 2;
}

// P(Z > critical - shift), and for two sides, if wanted, P(Z < -critical - shift).
static double normal_power(double shift, double critical, const spl_test *test)
{
    double power = gsl_cdf_ugaussian_Q(critical - shift);
    return test->strict && !test->one_sided ? power + gsl_cdf_ugaussian_P(-critical - shift) : power;
}

static double pooled_power(double n1, double p1, double p2, const spl_test *test)
{
    double n2 = n1 * test->ratio, mean = (p1 * n1 + p2 * n2) / (n1 + n2);
    double under = sqrt(mean * (1 - mean) * (1 / n1 + 1 / n2)), se = sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2);
    double critical = gsl_cdf_ugaussian_Qinv(tail_of(test));
    if (se == 0) return fabs(p1 - p2) > critical * under;
    double scaled = critical * under / se;
    return normal_power(fabs(p1 - p2) / se, scaled, test);
}

static double unpooled_power(double n1, double p1, double p2, const spl_test *test)
{
    double se = sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / (n1 * test->ratio));
    if (se == 0) return p1 != p2;
    return normal_power(fabs(p1 - p2) / se, gsl_cdf_ugaussian_Qinv(tail_of(test)), test);
}

static double arcsine_power(double n1, double p1, double p2, const spl_test *test)
{
    double h = fabs(2 * asin(sqrt(p1)) - 2 * asin(sqrt(p2)));
    double shift = h / sqrt(1 / n1 + 1 / (n1 * test->ratio));
    return normal_power(shift, gsl_cdf_ugaussian_Qinv(tail_of(test)), test);
}

#define EXACT_N (2 * (int)SPL_POWER_EXACT_MAX)
#define NEGLIGIBLE 1e-20

// The chances of a binomial count, and of all counts up to it and from it on.
typedef struct counts {
    int n;
    double at[EXACT_N + 1], up_to[EXACT_N + 1], from[EXACT_N + 2];
} counts;

// From the likeliest count outwards, each chance from its neighbour's.
static void fill_counts(counts *c, int n, double p)
{
    int mode = (int)fmin(n, floor((n + 1) * p));
    double odds = p / (1 - p);
    c->n = n;
    memset(c->at, 0, sizeof *c->at * (size_t)(n + 1));
    c->at[mode] = exp(spl_binomial_log_density(mode, n, p));
    for (int x = mode; x < n && c->at[x] > NEGLIGIBLE; x++) c->at[x + 1] = c->at[x] * (n - x) / (x + 1) * odds;
    for (int x = mode; x > 0 && c->at[x] > NEGLIGIBLE; x--) c->at[x - 1] = c->at[x] * x / (n - x + 1) / odds;
    c->from[n + 1] = 0;
    for (int x = 0; x <= n; x++) c->up_to[x] = (x > 0 ? c->up_to[x - 1] : 0) + c->at[x];
    for (int x = n; x >= 0; x--) c->from[x] = c->from[x + 1] + c->at[x];
}

static double pooled_z(double x1, double n1, double x2, double n2)
{
    double pooled = (x1 + x2) / (n1 + n2), variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2);
    return variance > 0 ? (x1 / n1 - x2 / n2) / sqrt(variance) : 0;
}

// z falls as x2 grows and rises with x1, so that for each x1 the test rejects up to some x2 and from another on, and
// both grow with x1.
static double sum_rejected(const counts *c1, const counts *c2, bool above, bool below, double critical)
{
    int last = -1, first = 0;
    double power = 0;
    for (int x1 = 0; x1 <= c1->n; x1++) {
        while (last < c2->n && pooled_z(x1, c1->n, last + 1, c2->n) > critical) last++;
        while (first <= c2->n && !(pooled_z(x1, c1->n, first, c2->n) < -critical)) first++;
        double inner = above && last >= 0 ? c2->up_to[last] : 0;
        if (below) inner += c2->from[first];
        power += c1->at[x1] * inner;
    }
    return power;
}

static double exact_power(double n1, double p1, double p2, const spl_test *test)
{
    counts c1, c2;
    n1 = floor(n1);
    double n2 = floor(n1 * test->ratio), critical = gsl_cdf_ugaussian_Qinv(tail_of(test));
    if (!(n1 >= 1) || !(n2 >= 1) || n1 > EXACT_N || n2 > EXACT_N) return NAN;
    fill_counts(&c1, (int)n1, p1);
    fill_counts(&c2, (int)n2, p2);
    return sum_rejected(&c1, &c2, !test->one_sided || p1 >= p2, !test->one_sided || p1 < p2, critical);
}

double spl_power_proportions(double n1, double p1, double p2, const spl_test *test)
{
    if (!(n1 > 0)) return NAN;
    switch (test->formula) {
    case SPL_POWER_UNPOOLED: return unpooled_power(n1, p1, p2, test);
    case SPL_POWER_ARCSINE: return arcsine_power(n1, p1, p2, test);
    case SPL_POWER_EXACT: return exact_power(n1, p1, p2, test);
    default: return pooled_power(n1, p1, p2, test);
    }
}

const char *spl_power_formula_name(spl_power_formula formula)
{
    static const char *const names[SPL_POWER_FORMULAS] = {"pooled", "unpooled", "arcsine", "exact"};
    return formula < SPL_POWER_FORMULAS ? names[formula] : "unknown";
}

const char *spl_power_formula_source(spl_power_formula formula)
{
    static const char *const sources[SPL_POWER_FORMULAS] = {
        "z-test for two proportions, pooled variance (Fleiss, Levin & Paik 2003, section 4.3)",
        "z-test for two proportions, unpooled variance (Chow, Shao & Wang 2008, section 4.2)",
        "arcsine transformation, Cohen's h (Cohen 1988, chapter 6)",
        "exact power of the pooled z-test, by enumeration of all outcomes",
    };
    return formula < SPL_POWER_FORMULAS ? sources[formula] : "unknown";
}

// What bisection looks along: power at a sample size or at an effect, all else given.
typedef struct question {
    double n1, p1, p2, difference, sd1, sd2;
    const spl_test *test;
} question;

typedef double power_at(const question *q, double x);

// The x in [low, high] from which on the increasing `power` reaches `wanted`, infinite if none does; on a logarithmic
// scale if low > 0.
static double where(power_at *power, const question *q, double wanted, double low, double high)
{
    bool logarithmic = low > 0;
    if (!(power(q, high) >= wanted)) return INFINITY;
    for (int i = 0; i < 200; i++) {
        double middle = logarithmic ? sqrt(low) * sqrt(high) : (low + high) / 2;
        if (middle <= low || middle >= high) break;
        if (power(q, middle) < wanted)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static double at_sample(const question *q, double n1)
{
    return spl_power_proportions(n1, q->p1, q->p2, q->test);
}

// The exact power goes up and down with whole numbers: from above, the last n that misses marks the answer.
static double exact_sample(const question *q, double power)
{
    spl_test guess = *q->test;
    guess.formula = SPL_POWER_POOLED;
    double start = fmin(2 * spl_sample_proportions(q->p1, q->p2, power, &guess) + 10, SPL_POWER_EXACT_MAX);
    if (!(at_sample(q, start) >= power)) return NAN;
    double n = floor(start);
    while (n > 1 && at_sample(q, n - 1) >= power) n--;
    return n;
}

#define SAMPLE_LEAST 1e-3
#define SAMPLE_MOST 1e18

double spl_sample_proportions(double p1, double p2, double power, const spl_test *test)
{
    if (p1 == p2) return INFINITY;
    const question q = {.p1 = p1, .p2 = p2, .test = test};
    if (test->formula == SPL_POWER_EXACT) return exact_sample(&q, power);
    return where(at_sample, &q, power, SAMPLE_LEAST, SAMPLE_MOST);
}

static double at_rise(const question *q, double rise)
{
    return spl_power_proportions(q->n1, q->p2 + rise, q->p2, q->test);
}

static double at_fall(const question *q, double fall)
{
    return spl_power_proportions(q->n1, q->p2 - fall, q->p2, q->test);
}

double spl_detectable_proportion(double n1, double p2, double power, bool below, const spl_test *test)
{
    const question q = {.n1 = n1, .p2 = p2, .test = test};
    double room = below ? p2 : 1 - p2;
    power_at *at = below ? at_fall : at_rise;
    if (!(at(&q, room) >= power)) return NAN;
    double change = where(at, &q, power, 0, room);
    return below ? p2 - change : p2 + change;
}

// E[Phi(t u - noncentrality)] over u = sqrt(chi-square / freedom), in s = ln u, where the density is smooth and
// vanishes at both ends; the trapezoidal rule is then exact to rounding. The density's constant cancels in the
// quotient.
double spl_noncentral_t(double t, double freedom, double noncentrality)
{
    double sd = 1 / sqrt(2 * freedom), low = -9 * sd - 40 / freedom, high = 9 * sd;
    int points = freedom < 20 ? 4000 : freedom < 1000 ? 400 : 120; // the density's width in steps of 0.15 and less
    double step = (high - low) / points, sum = 0, mass = 0;
    for (int i = 0; i <= points; i++) {
        double s = low + step * i;
        double density = exp(freedom * (s - expm1(2 * s) / 2));
        sum += density * gsl_cdf_ugaussian_P(t * exp(s) - noncentrality);
        mass += density;
    }
    return sum / mass;
}

#define FREEDOM_MOST 1e14 // normal to 13 digits; above 1e15 the quantile of GSL goes astray

double spl_power_means(double n1, double difference, double sd1, double sd2, const spl_test *test)
{
    double n2 = n1 * test->ratio, se1 = sd1 / sqrt(n1), se2 = sd2 / sqrt(n2), se = hypot(se1, se2);
    if (!(n1 > 1) || !(n2 > 1)) return 0;
    if (se == 0) return difference != 0;
    // By the shares of the variance, which no sample or deviation makes overflow.
    double part1 = (se1 / se) * (se1 / se), part2 = (se2 / se) * (se2 / se);
    double freedom = fmin(FREEDOM_MOST, 1 / (part1 * part1 / (n1 - 1) + part2 * part2 / (n2 - 1)));
    double critical = gsl_cdf_tdist_Qinv(tail_of(test), freedom), shift = fabs(difference) / se;
    // P(T > c) as P(-T < -c), so that small powers keep their digits.
    double power = spl_noncentral_t(-critical, freedom, -shift);
    return test->strict && !test->one_sided ? power + spl_noncentral_t(-critical, freedom, shift) : power;
}

static double means_at_sample(const question *q, double n1)
{
    return spl_power_means(n1, q->difference, q->sd1, q->sd2, q->test);
}

static double means_at_difference(const question *q, double difference)
{
    return spl_power_means(q->n1, difference, q->sd1, q->sd2, q->test);
}

double spl_sample_means(double difference, double sd1, double sd2, double power, const spl_test *test)
{
    if (difference == 0) return INFINITY;
    const question q = {.difference = difference, .sd1 = sd1, .sd2 = sd2, .test = test};
    return where(means_at_sample, &q, power, SAMPLE_LEAST, SAMPLE_MOST);
}

double spl_detectable_difference(double n1, double sd1, double sd2, double power, const spl_test *test)
{
    const question q = {.n1 = n1, .sd1 = sd1, .sd2 = sd2, .test = test};
    double most = 1e6 * (sd1 + sd2);
    if (!(means_at_difference(&q, most) >= power)) return NAN;
    return where(means_at_difference, &q, power, 0, most);
}
