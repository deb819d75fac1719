// SPDX-License-Identifier: GPL-3.0-or-later
// Newton's method, which for this likelihood is iteratively reweighted least squares (McCullagh & Nelder 1989, section
// 4.4). The log-likelihood is concave, so a step that makes it worse is only too long, and is halved. Where outcomes
// are separated the estimates walk off by about 1 a step for ever.
#include "stats/logit.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>

#include "stats/interval.h"
#include "stats/moments.h"

#define STEPS 30
#define HALVINGS 20
#define CLOSE 1e-10    // of a standard error
#define DEPENDENT 1e-7 // least diagonal of the scaled factor: a column's part that others do not explain

typedef struct fit {
    const double *x, *y;
    uint32_t n, d;
    double *beta, *tried; // [d]
    double *gradient;     // [d] of the log-likelihood; then the step
    double *scale;        // [d] 1 / square roots of the information's diagonal
    gsl_matrix *information;
    double deviance;
} fit;

static bool allocate(fit *f)
{
    f->beta = calloc((size_t)f->d * 4, sizeof *f->beta);
    f->information = gsl_matrix_alloc(f->d, f->d);
    if (!f->beta || !f->information) return false;
    f->tried = f->beta + f->d;
    f->gradient = f->tried + f->d;
    f->scale = f->gradient + f->d;
    return true;
}

static void let_go(fit *f)
{
    free(f->beta);
    gsl_matrix_free(f->information);
}

static double log_odds_of(const fit *f, uint32_t i, const double *beta)
{
    double sum = 0;
    for (uint32_t j = 0; j < f->d; j++) sum += f->x[(size_t)i * f->d + j] * beta[j];
    return sum;
}

// -2 ln(likelihood), each row's by the smaller exponent.
static double deviance_at(const fit *f, const double *beta)
{
    spl_sum sum = {0, 0};
    for (uint32_t i = 0; i < f->n; i++) {
        double t = log_odds_of(f, i, beta);
        spl_sum_add(&sum, 2 * (log1p(exp(-fabs(t))) + fmax(t, 0) - f->y[i] * t));
    }
    return spl_sum_value(&sum);
}

static void differentiate(fit *f)
{
    gsl_matrix_set_zero(f->information);
    for (uint32_t j = 0; j < f->d; j++) f->gradient[j] = 0;
    for (uint32_t i = 0; i < f->n; i++) {
        const double *row = f->x + (size_t)i * f->d;
        double rate = 1 / (1 + exp(-log_odds_of(f, i, f->beta))), weight = rate * (1 - rate), rest = f->y[i] - rate;
        for (uint32_t j = 0; j < f->d; j++) {
            f->gradient[j] += rest * row[j];
            double *to = gsl_matrix_ptr(f->information, j, 0);
            for (uint32_t k = 0; k <= j; k++) to[k] += weight * row[j] * row[k];
        }
    }
}

// The information's Cholesky factor with the diagonal scaled to 1, so that units of columns do not matter.
static bool factor(fit *f)
{
    for (uint32_t j = 0; j < f->d; j++) {
        double own = gsl_matrix_get(f->information, j, j);
        if (!(own > 0) || isinf(own)) return false;
        f->scale[j] = 1 / sqrt(own);
    }
    for (uint32_t j = 0; j < f->d; j++)
        for (uint32_t k = 0; k <= j; k++) *gsl_matrix_ptr(f->information, j, k) *= f->scale[j] * f->scale[k];
    if (gsl_linalg_cholesky_decomp1(f->information)) return false;
    for (uint32_t j = 0; j < f->d; j++)
        if (gsl_matrix_get(f->information, j, j) < DEPENDENT) return false;
    return true;
}

// The gradient becomes the step.
static void solve(fit *f)
{
    gsl_vector_view step = gsl_vector_view_array(f->gradient, f->d);
    for (uint32_t j = 0; j < f->d; j++) f->gradient[j] *= f->scale[j];
    gsl_linalg_cholesky_svx(f->information, &step.vector);
    for (uint32_t j = 0; j < f->d; j++) f->gradient[j] *= f->scale[j];
}

// The step's length in units of what one column alone would leave as a standard error.
static double move(fit *f)
{
    double far = 0;
    for (uint32_t j = 0; j < f->d; j++) far = fmax(far, fabs(f->gradient[j]) / f->scale[j]);
    for (int halving = 0; halving < HALVINGS; halving++) {
        for (uint32_t j = 0; j < f->d; j++) f->tried[j] = f->beta[j] + ldexp(f->gradient[j], -halving);
        double deviance = deviance_at(f, f->tried);
        if (deviance > f->deviance && far > CLOSE) continue;
        for (uint32_t j = 0; j < f->d; j++) f->beta[j] = f->tried[j];
        f->deviance = deviance;
        break;
    }
    return far;
}

static spl_logit_end climb(fit *f)
{
    f->deviance = deviance_at(f, f->beta);
    for (int step = 0; step < STEPS; step++) {
        differentiate(f);
        if (!factor(f)) return step == 0 ? SPL_LOGIT_SINGULAR : SPL_LOGIT_SEPARATED;
        solve(f);
        if (move(f) < CLOSE) return SPL_LOGIT_FOUND;
    }
    return SPL_LOGIT_SEPARATED;
}

static void tell(fit *f, spl_logit_term *terms)
{
    gsl_linalg_cholesky_invert(f->information);
    for (uint32_t j = 0; j < f->d; j++) {
        double se = sqrt(gsl_matrix_get(f->information, j, j)) * f->scale[j], z = f->beta[j] / se;
        terms[j] = (spl_logit_term){f->beta[j], se, z, spl_normal_p(z)};
    }
}

spl_logit_end spl_logit_fit(const double *x, const double *y, uint32_t n, uint32_t d, spl_logit_term *terms,
                            double *deviance)
{
    fit f = {.x = x, .y = y, .n = n, .d = d};
    spl_logit_end end = allocate(&f) ? climb(&f) : SPL_LOGIT_NO_MEMORY;
    if (end == SPL_LOGIT_FOUND) {
        tell(&f, terms);
        *deviance = f.deviance;
    }
    let_go(&f);
    return end;
}

const char *spl_logit_end_name(spl_logit_end end)
{
    static const char *const names[] = {"found", "a column is a sum of others", "the columns tell the outcomes apart",
                                        "out of memory"};
    return names[end];
}
