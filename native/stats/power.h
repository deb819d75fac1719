// SPDX-License-Identifier: GPL-3.0-or-later
// How many visitors an experiment needs, what it can see with those it gets, and how long that takes.
// Two groups of n1 and n2 = ratio * n1; side 2 is the control.
#ifndef SAMPLIT_POWER_H
#define SAMPLIT_POWER_H

#include <stdbool.h>

// How the power of a comparison of two proportions is computed.
typedef enum spl_power_formula {
    SPL_POWER_POOLED,   // z-test with the pooled variance under the hypothesis (Fleiss, Levin & Paik 2003, section 4.3)
    SPL_POWER_UNPOOLED, // both variances unpooled (Chow, Shao & Wang 2008, section 4.2)
    SPL_POWER_ARCSINE,  // Cohen's h (Cohen 1988, chapter 6)
    SPL_POWER_EXACT,    // the pooled z-test's exact power, by enumeration: for small samples only
    SPL_POWER_FORMULAS,
} spl_power_formula;

// Name for flags ("pooled", …) and the formula with its source, for answers. Static storage.
const char *spl_power_formula_name(spl_power_formula formula);
const char *spl_power_formula_source(spl_power_formula formula);

typedef struct spl_test {
    double alpha; // in (0, 1), of the whole test
    bool one_sided;
    bool strict; // a two-sided test also rejects on the wrong side; R's power.prop.test leaves that out unless `strict`
    double ratio; // n2 / n1 > 0; 1 = equal shares
    spl_power_formula formula;
} spl_test;

// Power to tell p1 from p2 with n1 units in the variant. For SPL_POWER_EXACT n1 and n1 * ratio are rounded down.
double spl_power_proportions(double n1, double p1, double p2, const spl_test *test);

// Units in the variant for `power`, not rounded; infinite if p1 = p2 or 1e18 are too few. SPL_POWER_EXACT: the least
// whole n1 from which on it is never lower up to twice that n1; NaN above SPL_POWER_EXACT_MAX.
#define SPL_POWER_EXACT_MAX 2000.0
double spl_sample_proportions(double p1, double p2, double power, const spl_test *test);

// The smallest p1 above p2 (or, if `below`, the largest below) that n1 units in the variant tell from p2 with `power`;
// NaN if no rate does.
double spl_detectable_proportion(double n1, double p2, double power, bool below, const spl_test *test);

// The same for means with standard deviations sd1 and sd2: Welch's t-test, by the noncentral t distribution.
double spl_power_means(double n1, double difference, double sd1, double sd2, const spl_test *test);
double spl_sample_means(double difference, double sd1, double sd2, double power, const spl_test *test);
double spl_detectable_difference(double n1, double sd1, double sd2, double power, const spl_test *test);

// P(T <= t) for a noncentral t with `freedom` > 0 degrees of freedom and that noncentrality.
double spl_noncentral_t(double t, double freedom, double noncentrality);

#endif
