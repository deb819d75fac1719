// SPDX-License-Identifier: GPL-3.0-or-later
// Two conversion rates compared: how far they are apart, and how surely. Side 1 is the variant, side 2 what it is held
// against, so that differences and lifts are positive where the variant is better.
#ifndef SAMPLIT_TWO_PROPORTIONS_H
#define SAMPLIT_TWO_PROPORTIONS_H

#include "stats/interval.h"

typedef struct spl_conversions {
    double successes, trials; // whole numbers, 0 <= successes <= trials
} spl_conversions;

// All NaN without trials on either side, and for counts that cannot be.
typedef struct spl_two_proportions {
    double rate1, rate2;
    double difference;     // rate1 - rate2
    double lift;           // rate1 / rate2 - 1; NaN if rate2 is 0
    double h;              // Cohen's effect size 2 asin(sqrt(rate1)) - 2 asin(sqrt(rate2)) (Cohen 1988)
    double z, p;           // pooled z-test, two-sided; p 1 where both rates are 0 or both 1
    double p_yates;        // the same with Yates's continuity correction (1934)
    spl_interval wald;     // of the difference, unpooled: what textbooks print, too short for small counts
    spl_interval newcombe; // of the difference, from Wilson's intervals (Newcombe 1998, method 10)
    // Of the lift: the ratio's logarithm by the delta method (Katz et al. 1978), half a success added to each side
    // where one has none. Where all trials of a side are successes that takes its rate for certain, and the score
    // interval stands in its place.
    spl_interval relative;
} spl_two_proportions;

spl_two_proportions spl_compare_proportions(spl_conversions side1, spl_conversions side2, double confidence);

// Of rate1 / rate2 - 1, by inverting the score test of a ratio (Koopman 1984): close to its level for any counts;
// without a success on side 2 the upper end is infinite. NaN without trials on either side.
spl_interval spl_koopman_interval(spl_conversions side1, spl_conversions side2, double confidence);

typedef struct spl_fisher {
    double p;           // two-sided: the tables at most as likely as the one seen
    double odds;        // conditional maximum likelihood estimate of the odds ratio; 0 and infinity are possible
    spl_interval range; // of the odds ratio, exact
} spl_fisher;

// Fisher's exact test (1935). O(successes + trials of the smaller margin) per step of the search for the odds. NaN
// where so many tables have the same margins that an approximation is as good.
#define SPL_FISHER_TABLES_MAX 1e6
spl_fisher spl_fisher_exact(spl_conversions side1, spl_conversions side2, double confidence);

#endif
