// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/bandit/ridge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/bandit/cholesky.h"
#include "samplit/encoder.h"

#define GRID_POINTS 13 // 10^-2 to 10^4 by half powers
#define NO_NOISE 1e-12 // rewards explained to the last bit would have none; then every lambda does, take the least

bool spl_gram_init(spl_gram *gram, uint32_t d)
{
    *gram = (spl_gram){.d = d, .zz = calloc((size_t)d * d, sizeof(double)), .zy = calloc(d, sizeof(double))};
    if (gram->zz && gram->zy) return true;
    spl_gram_free(gram);
    return false;
}

void spl_gram_free(spl_gram *gram)
{
    free(gram->zz);
    free(gram->zy);
    *gram = (spl_gram){0};
}

void spl_gram_add(spl_gram *gram, const float *x, double y, double weight)
{
    uint32_t index[SPL_ENCODER_WIDTH_MAX + 1];
    double value[SPL_ENCODER_WIDTH_MAX + 1];
    spl_sparse z = {0, index, value};
    spl_sparse_set(&z, x, gram->d - 1);
    spl_gram_add_sparse(gram, &z, y, weight);
}

void spl_gram_add_sparse(spl_gram *gram, const spl_sparse *z, double y, double weight)
{
    for (uint32_t a = 0; a < z->count; a++) {
        double *row = gram->zz + (size_t)z->index[a] * gram->d, factor = weight * z->value[a];
        for (uint32_t b = 0; b <= a; b++) row[z->index[b]] += factor * z->value[b];
        gram->zy[z->index[a]] += factor * y;
    }
    gram->yy += weight * y * y;
    gram->weight += weight;
    gram->weight2 += weight * weight;
    gram->count++;
}

// The constant's row of zz holds the sums of w * z.
void spl_gram_shift(spl_gram *gram, double shift)
{
    uint32_t last = gram->d - 1;
    const double *sums = gram->zz + (size_t)last * gram->d;
    gram->yy += shift * (shift * gram->weight - 2 * gram->zy[last]);
    for (uint32_t j = 0; j <= last; j++) gram->zy[j] -= shift * sums[j];
}

void spl_gram_normalise(spl_gram *gram)
{
    if (!(gram->weight2 > 0)) return;
    double scale = gram->weight / gram->weight2;
    for (size_t i = 0; i < (size_t)gram->d * gram->d; i++) gram->zz[i] *= scale;
    for (uint32_t j = 0; j < gram->d; j++) gram->zy[j] *= scale;
    gram->yy *= scale;
    gram->weight *= scale;
    gram->weight2 *= scale * scale;
}

// C of lambda I + zz in `c`.
static bool decompose(const spl_gram *gram, double lambda, double *c)
{
    uint32_t d = gram->d;
    memcpy(c, gram->zz, (size_t)d * d * sizeof *c);
    for (uint32_t i = 0; i < d; i++) c[(size_t)i * d + i] += lambda;
    return spl_cholesky(c, d);
}

bool spl_ridge_solve(const spl_gram *gram, double lambda, double *theta, double *factor)
{
    if (!decompose(gram, lambda, factor)) return false;
    memcpy(theta, gram->zy, gram->d * sizeof *theta);
    spl_cholesky_solve(factor, gram->d, theta);
    spl_triangle_invert(factor, gram->d);
    for (uint32_t j = 0; j < gram->d; j++) {
        if (!isfinite(theta[j])) return false;
    }
    return true;
}

// What is left of the squares once the ridge has explained its part, and half the log of the posterior's volume
// against the prior's.
static bool weigh(const spl_gram *gram, double lambda, double *c, double *theta, double *left, double *volume)
{
    if (!decompose(gram, lambda, c)) return false;
    memcpy(theta, gram->zy, gram->d * sizeof *theta);
    spl_cholesky_solve(c, gram->d, theta);
    double explained = 0;
    for (uint32_t j = 0; j < gram->d; j++) explained += theta[j] * gram->zy[j];
    *left += gram->yy - explained;
    *volume += 0.5 * (gram->d * log(lambda) - spl_cholesky_log_det(c, gram->d));
    return true;
}

// What has no rows has no say.
bool spl_ridge_weigh(const spl_gram *grams, uint32_t k, double lambda, double least, double *scratch,
                     spl_ridge_evidence *out)
{
    uint32_t d = grams[0].d;
    double rows = 0, left = 0, volume = 0, *theta = scratch + (size_t)d * d;
    for (uint32_t a = 0; a < k; a++) {
        if (grams[a].count == 0) continue;
        rows += grams[a].weight;
        if (!weigh(&grams[a], lambda, scratch, theta, &left, &volume)) return false;
    }
    double best = rows > 0 ? left / rows : 0, noise2 = fmax(best, least);
    // The exponent is constant where noise2 is at its maximum; where it is held above, the fit still counts.
    double exponent = noise2 > 0 ? 0.5 * rows * (best / noise2 - 1) : 0;
    *out = (spl_ridge_evidence){lambda, noise2, volume - 0.5 * rows * log(noise2) - exponent};
    return isfinite(out->log_evidence);
}

bool spl_ridge_choose(const spl_gram *grams, uint32_t k, spl_ridge_evidence *out)
{
    uint32_t d = grams[0].d;
    bool rows = false;
    for (uint32_t a = 0; a < k; a++) rows = rows || grams[a].weight > 0;
    spl_ridge_evidence best = {.lambda = 1, .log_evidence = -INFINITY}, found;
    double *scratch = malloc((size_t)d * (d + 1) * sizeof *scratch);
    bool ok = scratch != NULL;
    for (int point = 0; ok && rows && point < GRID_POINTS; point++) {
        ok = spl_ridge_weigh(grams, k, pow(10, point / 2.0 - 2), NO_NOISE, scratch, &found);
        if (ok && found.log_evidence > best.log_evidence) best = found;
    }
    free(scratch);
    if (ok) *out = best;
    return ok;
}
