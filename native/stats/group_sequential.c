// SPDX-License-Identifier: GPL-3.0-or-later
// The score process S(t) = z sqrt(t) is a Brownian motion with drift. Between looks its density is that of the look
// before, where it did not stop, folded with a Normal: on a grid, one matrix product per look. Simpson's rule on a grid
// that follows each look's own spread.
#include "stats/group_sequential.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define POINTS 801 // odd, for Simpson's rule
#define SPAN 8.0   // standard deviations to either side that the grid covers

// The density of S at one look on those paths that went on before it, and that stay within [low, high].
typedef struct paths {
    uint32_t count; // 0 before the first look: all paths at S = 0
    double low, step, t;
    double density[POINTS];
} paths;

static double normal_density(double x, double sd)
{
    return exp(-0.5 * (x / sd) * (x / sd)) / (sd * 2.50662827463100050242);
}

static double simpson_weight(uint32_t i, uint32_t count)
{
    if (i == 0 || i == count - 1) return 1.0 / 3;
    return i % 2 ? 4.0 / 3 : 2.0 / 3;
}

// P(S(t) >= s and no stop before).
static double beyond(const paths *before, double t, double drift, double s)
{
    double sd = sqrt(t - before->t), move = drift * (t - before->t), sum = 0;
    if (before->count == 0) return gsl_cdf_ugaussian_Q((s - move) / sd);
    for (uint32_t i = 0; i < before->count; i++) {
        double from = before->low + before->step * i;
        sum += simpson_weight(i, before->count) * before->density[i] * gsl_cdf_ugaussian_Q((s - from - move) / sd);
    }
    return sum * before->step;
}

static double below(const paths *before, double t, double drift, double s)
{
    double sd = sqrt(t - before->t), move = drift * (t - before->t), sum = 0;
    if (before->count == 0) return gsl_cdf_ugaussian_P((s - move) / sd);
    for (uint32_t i = 0; i < before->count; i++) {
        double from = before->low + before->step * i;
        sum += simpson_weight(i, before->count) * before->density[i] * gsl_cdf_ugaussian_P((s - from - move) / sd);
    }
    return sum * before->step;
}

static double density_at(const paths *before, double t, double drift, double s)
{
    double sd = sqrt(t - before->t), move = drift * (t - before->t), sum = 0;
    if (before->count == 0) return normal_density(s - move, sd);
    for (uint32_t i = 0; i < before->count; i++) {
        double from = before->low + before->step * i;
        sum += simpson_weight(i, before->count) * before->density[i] * normal_density(s - from - move, sd);
    }
    return sum * before->step;
}

// The paths that are within (low, high) at t, from those before.
static void go_on(const paths *before, double t, double drift, double low, double high, paths *now)
{
    double spread = SPAN * sqrt(t), middle = drift * t;
    now->t = t;
    now->low = fmax(low, middle - spread);
    now->step = (fmin(high, middle + spread) - now->low) / (POINTS - 1);
    for (uint32_t i = 0; i < POINTS; i++) now->density[i] = density_at(before, t, drift, now->low + now->step * i);
    now->count = POINTS;
}

// The bound on S that spends `error` (in one tail) at t.
static double bound_for(const paths *before, double t, double error)
{
    double low = 0, high = 12 * sqrt(t); // beyond 12 standard deviations nothing is spent
    if (beyond(before, t, 0, high) >= error) return high;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (beyond(before, t, 0, middle) > error)
            low = middle;
        else
            high = middle;
    }
    return high;
}

const char *spl_spending_name(spl_spending spending)
{
    return spending == SPL_SPENDING_POCOCK ? "pocock" : "obrien-fleming";
}

bool spl_spending_named(const char *name, spl_spending *out)
{
    for (int s = 0; s < SPL_SPENDINGS; s++) {
        if (strcmp(name, spl_spending_name(s)) != 0) continue;
        *out = s;
        return true;
    }
    return false;
}

double spl_spend(spl_spending spending, double alpha, double t)
{
    if (!(t > 0)) return 0;
    if (t >= 1) return alpha;
    if (spending == SPL_SPENDING_POCOCK) return alpha * log1p(expm1(1) * t);
    return 2 * gsl_cdf_ugaussian_Q(gsl_cdf_ugaussian_Qinv(alpha / 2) / sqrt(t));
}

static bool check(double alpha, const double *information, uint32_t looks, spl_error *error)
{
    if (!(alpha > 0 && alpha <= 0.5)) return spl_fail_field(error, "alpha", "%g is not above 0 and at most 0.5", alpha);
    if (looks < 1 || looks > SPL_LOOKS_MAX)
        return spl_fail_field(error, "looks", "%u is not from 1 to %d", looks, SPL_LOOKS_MAX);
    double before = 0;
    for (uint32_t i = 0; i < looks; i++) {
        if (!(information[i] > before && information[i] <= 1))
            return spl_fail_field(error, "information", "look %u has %g; shares ascend from above 0 to at most 1",
                                  i + 1, information[i]);
        if (i > 0 && information[i] - before < SPL_LOOKS_APART * (1 - 1e-9))
            return spl_fail_field(error, "information", "look %u comes %g after the one before; looks are %g apart",
                                  i + 1, information[i] - before, SPL_LOOKS_APART);
        before = information[i];
    }
    return true;
}

static void swap(paths **a, paths **b)
{
    paths *keep = *a;
    *a = *b;
    *b = keep;
}

bool spl_group_bounds(spl_spending spending, double alpha, bool one_sided, const double *information, uint32_t looks,
                      double *z, spl_error *error)
{
    if (!check(alpha, information, looks, error)) return false;
    paths *room = calloc(2, sizeof *room), *before = room, *now = room + 1;
    if (!room) return spl_fail(error, "out of memory");
    double spent = 0;
    for (uint32_t i = 0; i < looks; i++) {
        double t = information[i], tail = spl_spend(spending, one_sided ? alpha : alpha / 2, t);
        double s = bound_for(before, t, tail - spent);
        z[i] = s / sqrt(t);
        spent = tail;
        if (i + 1 < looks) go_on(before, t, 0, one_sided ? -INFINITY : -s, s, now);
        swap(&before, &now);
    }
    free(room);
    return true;
}

bool spl_group_stops(const double *z, bool one_sided, const double *information, uint32_t looks, double drift,
                     double *stopped)
{
    paths *room = calloc(2, sizeof *room), *before = room, *now = room + 1;
    if (!room) return false;
    double power = 0;
    for (uint32_t i = 0; i < looks; i++) {
        double t = information[i], s = z[i] * sqrt(t);
        power += beyond(before, t, drift, s) + (one_sided ? 0 : below(before, t, drift, -s));
        stopped[i] = power;
        if (i + 1 < looks) go_on(before, t, drift, one_sided ? -INFINITY : -s, s, now);
        swap(&before, &now);
    }
    free(room);
    return true;
}

double spl_group_power(const double *z, bool one_sided, const double *information, uint32_t looks, double drift)
{
    double stopped[SPL_LOOKS_MAX];
    if (looks < 1 || looks > SPL_LOOKS_MAX) return NAN;
    return spl_group_stops(z, one_sided, information, looks, drift, stopped) ? stopped[looks - 1] : NAN;
}

static void classic(spl_spending shape, double at_end, uint32_t looks, double *z)
{
    for (uint32_t i = 0; i < looks; i++)
        z[i] = shape == SPL_SPENDING_POCOCK ? at_end : at_end * sqrt((double)looks / (i + 1));
}

bool spl_group_classic(spl_spending shape, double alpha, uint32_t looks, double *z, spl_error *error)
{
    double information[SPL_LOOKS_MAX];
    for (uint32_t i = 0; i < looks && i < SPL_LOOKS_MAX; i++) information[i] = (i + 1.0) / looks;
    if (!check(alpha, information, looks, error)) return false;
    double low = 0, high = 12;
    for (int i = 0; i < 40; i++) {
        double middle = (low + high) / 2;
        classic(shape, middle, looks, z);
        if (spl_group_power(z, false, information, looks, 0) > alpha)
            low = middle;
        else
            high = middle;
    }
    classic(shape, high, looks, z);
    return true;
}

double spl_conditional_power(double z, double t, double z_final)
{
    if (!(t < 1)) return z >= z_final;
    double so_far = z * sqrt(t), drift = z / sqrt(t);
    return gsl_cdf_ugaussian_Q((z_final - so_far - drift * (1 - t)) / sqrt(1 - t));
}

double spl_predictive_power(double z, double t, double z_final)
{
    if (!(t < 1)) return z >= z_final;
    return gsl_cdf_ugaussian_P((z / sqrt(t) - z_final) * sqrt(t / (1 - t)));
}
