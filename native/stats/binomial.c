// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/binomial.h"

#include <math.h>

#define LN_SQRT_2PI 0.918938533204672741780329736406
#define TWO_PI 6.283185307179586476925286766559

// The error of Stirling's formula, ln n! - ln(sqrt(2 pi n) (n / e)^n).
static double stirling_error(double n)
{
    if (n <= 15) return lgamma(n + 1) - (n + 0.5) * log(n) + n - LN_SQRT_2PI;
    double nn = n * n; // Stirling's series; its first omitted term is below 1e-16 here
    return (1.0 / 12 -
            (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - (1.0 / 1188 - 691.0 / 360360 / nn) / nn) / nn) / nn) / nn) /
           n;
}

// x ln(x / mean) + mean - x, by its series where the two nearly cancel.
static double deviance(double x, double mean)
{
    if (fabs(x - mean) >= 0.1 * (x + mean)) return x * log(x / mean) + mean - x;
    double v = (x - mean) / (x + mean), sum = (x - mean) * v, term = 2 * x * v;
    for (int j = 1; j < 1000; j++) {
        term *= v * v;
        double next = sum + term / (2 * j + 1);
        if (next == sum) break;
        sum = next;
    }
    return sum;
}

// `q` is 1 - p, given apart because it may be known better than that.
static double log_density(double x, double n, double p, double q)
{
    if (p == 0) return x == 0 ? 0 : -INFINITY;
    if (q == 0) return x == n ? 0 : -INFINITY;
    if (x == 0) return n == 0 ? 0 : p < 0.1 ? -deviance(n, n * q) - n * p : n * log(q);
    if (x == n) return q < 0.1 ? -deviance(n, n * p) - n * q : n * log(p);
    if (x < 0 || x > n) return -INFINITY;
    double c =
        stirling_error(n) - stirling_error(x) - stirling_error(n - x) - deviance(x, n * p) - deviance(n - x, n * q);
    return c + 0.5 * log(n / (TWO_PI * x * (n - x)));
}

double spl_binomial_log_density(double x, double n, double p)
{
    return log_density(x, n, p, 1 - p);
}

double spl_hypergeometric_log_density(double x, double good, double bad, double draws)
{
    double all = good + bad;
    if (x < 0 || x > good || draws - x < 0 || draws - x > bad) return -INFINITY;
    if (draws == 0) return 0;
    double p = draws / all, q = (all - draws) / all;
    return log_density(x, good, p, q) + log_density(draws - x, bad, p, q) - log_density(draws, all, p, q);
}
