// SPDX-License-Identifier: MIT
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>

#include "trials.h"

#define RATE 0.1
#define VISITORS 200

trial_change trial_of_change(uint64_t run, const spl_cusum *cusum, uint32_t count, uint32_t at, double shift)
{
    spl_mean *points = calloc(count, sizeof *points);
    spl_change found;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (!points || !rng) abort();
    gsl_rng_set(rng, (unsigned long)run + 1);
    double after = RATE + shift * sqrt(RATE * (1 - RATE) / VISITORS), converted = 0;
    for (uint32_t i = 0; i < count; i++) {
        points[i].value = gsl_ran_binomial(rng, i < at ? RATE : after, VISITORS);
        converted += points[i].value;
    }
    for (uint32_t i = 0; i < count; i++)
        points[i] = spl_mean_under_rate(points[i].value, VISITORS, converted / VISITORS / count);
    bool any = spl_cusum_changes(cusum, points, count, &found, 1) > 0;
    free(points);
    gsl_rng_free(rng);
    return any ? (trial_change){found.alarm, found.from} : (trial_change){0, 0};
}
