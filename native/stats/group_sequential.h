// SPDX-License-Identifier: GPL-3.0-or-later
// A plan of a few looks: how large the z-statistic must be at each for the error over all of them to stay at alpha.
// Error is spent as information comes in (Lan & DeMets 1983), so looks need not be equally spaced.
#ifndef SAMPLIT_GROUP_SEQUENTIAL_H
#define SAMPLIT_GROUP_SEQUENTIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "host/error.h"

typedef enum spl_spending {
    SPL_SPENDING_OBRIEN_FLEMING, // 2 - 2 Phi(z_{alpha/2} / sqrt t), little early
    SPL_SPENDING_POCOCK,         // alpha ln(1 + (e - 1) t), about the same bound at every look
    SPL_SPENDINGS,
} spl_spending;

const char *spl_spending_name(spl_spending spending); // "obrien-fleming", "pocock". Static storage.

bool spl_spending_named(const char *name, spl_spending *out);

// The error that may be used up when the share t in [0, 1] of the information is in; alpha at 1. A two-sided plan
// spends alpha / 2 on either side.
double spl_spend(spl_spending spending, double alpha, double t);

#define SPL_LOOKS_MAX 100
#define SPL_LOOKS_APART 0.001 // at least: what happens between closer ones falls through the grid

// z[looks]: reject at look i when |z| >= z[i] (two-sided, symmetric) or z >= z[i]. information[looks] ascends
// in (0, 1] by SPL_LOOKS_APART or more. By numerical integration of the density of the statistic on the way (Armitage,
// McPherson & Rowe 1969; Jennison & Turnbull 2000, chapter 19); error below 1e-4. Fails on other information, or alpha
// outside (0, 0.5].
bool spl_group_bounds(spl_spending spending, double alpha, bool one_sided, const double *information, uint32_t looks,
                      double *z, spl_error *error);

// The classical designs with equally spaced looks: constant z (Pocock 1977) or z ~ 1 / sqrt(look) (O'Brien & Fleming
// 1979), two-sided.
bool spl_group_classic(spl_spending shape, double alpha, uint32_t looks, double *z, spl_error *error);

// The power of such a plan (looks as far apart) against a drift: the expected z-statistic at full information.
double spl_group_power(const double *z, bool one_sided, const double *information, uint32_t looks, double drift);

// The probability to have rejected by each look, stopped[looks]. False when out of memory.
bool spl_group_stops(const double *z, bool one_sided, const double *information, uint32_t looks, double drift,
                     double *stopped);

// The probability to reject in the end if the drift so far goes on, for futility: z now at share t of the information,
// final bound z_final (Lan & Wittes 1988).
double spl_conditional_power(double z, double t, double z_final);

// The same over all drifts that what was seen leaves plausible, from a flat prior (Spiegelhalter, Freedman & Blackburn
// 1986): early looks do not pass for knowing the drift.
double spl_predictive_power(double z, double t, double z_final);

#endif
