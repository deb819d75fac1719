// SPDX-License-Identifier: GPL-3.0-or-later
// What is believed of a variant's mean reward: a Beta or a Normal distribution.
#ifndef SAMPLIT_POSTERIOR_H
#define SAMPLIT_POSTERIOR_H

#include "stats/legendre.h"

typedef enum spl_family { SPL_FAMILY_BETA, SPL_FAMILY_NORMAL } spl_family;

typedef struct spl_posterior {
    spl_family family;
    double a, b; // Beta(a, b), both > 0; or Normal with mean a and standard deviation b > 0
} spl_posterior;

double spl_posterior_mean(const spl_posterior *posterior);
double spl_posterior_sd(const spl_posterior *posterior);

// Integrals are taken over a coordinate t in which every posterior is one smooth, log-concave bump: the
// log-odds of a Beta's rate, the mean itself of a Normal.
typedef struct spl_bulk {
    double low, peak, high; // in t; outside [low, high] the density is below 1e-10 of its peak
    double width;           // of the bump: 1 / sqrt(curvature of the log-density at the peak)
} spl_bulk;

spl_bulk spl_posterior_bulk(const spl_posterior *posterior);
// The same, as wide as the density is above e^-drop of its peak; `drop` at least 1.
spl_bulk spl_posterior_bulk_to(const spl_posterior *posterior, double drop);

// The density in t over its value at the peak. `softplus` is ln(1 + e^t), for a Beta only: many of them are
// asked at one t.
double spl_posterior_density(const spl_posterior *posterior, const spl_bulk *bulk, double t, double softplus);
double spl_softplus(double t);

// The central interval that holds `mass`, a share in (0, 1): 0.95 gives the quantiles 0.025 and 0.975.
// In rewards, error below 1e-6 of a standard deviation.
void spl_posterior_interval(const spl_posterior *posterior, const spl_legendre *rule, double mass, double *low,
                            double *high);

#endif
