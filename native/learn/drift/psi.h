// SPDX-License-Identifier: GPL-3.0-or-later
// The population stability index: how far two distributions over the same bins are apart,
//
//   PSI = sum of (now - then) ln(now / then)     over the bins' shares
//
// (Jeffreys' divergence; Lewis, "An Introduction to Credit Scoring", 1992, for the name and the limits people know:
// below 0.1 stable, above 0.2 or 0.25 changed). Two samples of n and m visits differ without any drift: PSI is then
// about (1/n + 1/m) times a chi-square with bins - 1 degrees of freedom (Yurdakul & Naranjo 2020). That is what
// becomes of small samples here: the expectation is taken off, and a drift counts only if chance would rarely do it.
#ifndef SAMPLIT_PSI_H
#define SAMPLIT_PSI_H

#include <stdint.h>

#define SPL_PSI_BINS_MAX 64 // beyond them the rarest are one bin

typedef struct spl_psi {
    uint32_t bins; // after rare ones were put together
    double raw;    // the index; NaN without visits on either side
    double noise;  // what it would be on average without drift: (bins - 1) (1/n + 1/m)
    double drift;  // raw - noise, at least 0
    double reach;  // without drift it stays below this 95 times of 100: no smaller drift can be seen. Of one bin, as
                   // if there were two: few visits may not have met the other
    double p;      // of Pearson's test that both are draws from one distribution
} spl_psi;

// then[bins] and now[bins] are counts. Bins in which fewer than five visits are expected on either side are put
// together; half a visit is added to every bin, for a share of 0 has no logarithm. O(bins log bins).
spl_psi spl_psi_of(const double *then, const double *now, uint32_t bins);

// The same where the shares are known and not counted: a policy's own probabilities, adding up to 1.
spl_psi spl_psi_of_shares(const double *shares, const double *now, uint32_t bins);

#endif
