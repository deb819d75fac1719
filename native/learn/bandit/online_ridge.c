// SPDX-License-Identifier: GPL-3.0-or-later
// The two loops that cost anything run along rows of the inverse, lanes across columns, so that every sum has one
// order; they exist twice, for the lanes of SSE2 and of AVX2, and give equal bits.
#include "learn/bandit/online_ridge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "samplit/encoder.h"

#define LANES 8 // doubles of a cache line

// product = inverse * z, the inverse being symmetric.
static inline __attribute__((always_inline)) void multiply(const spl_online_ridge *ridge, const spl_sparse *z)
{
    double *restrict product = ridge->product;
    memset(product, 0, ridge->stride * sizeof *product);
    for (uint32_t j = 0; j < z->count; j++) {
        const double *restrict row = ridge->inverse + (size_t)z->index[j] * ridge->stride;
        double value = z->value[j];
        for (uint32_t i = 0; i < ridge->stride; i += LANES) {
            for (uint32_t l = 0; l < LANES; l++) product[i + l] += value * row[i + l];
        }
    }
}

// inverse -= product product^T * scale, by the outer product of product * sqrt(scale) with itself: entry (i, j) and
// entry (j, i) are the same product rounded once, so the matrix stays symmetric to the bit.
static inline __attribute__((always_inline)) void deflate(const spl_online_ridge *ridge, double scale)
{
    double *restrict product = ridge->product, root = sqrt(scale);
    for (uint32_t i = 0; i < ridge->d; i++) product[i] *= root;
    for (uint32_t i = 0; i < ridge->d; i++) {
        double *restrict row = ridge->inverse + (size_t)i * ridge->stride;
        double factor = product[i];
        if (factor == 0) continue;
        for (uint32_t j = 0; j < ridge->stride; j += LANES) {
            for (uint32_t l = 0; l < LANES; l++) row[j + l] -= factor * product[j + l];
        }
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void multiply_avx2(const spl_online_ridge *ridge, const spl_sparse *z)
{
    multiply(ridge, z);
}

__attribute__((target("avx2"))) static void deflate_avx2(const spl_online_ridge *ridge, double scale)
{
    deflate(ridge, scale);
}
#endif

static void multiply_best(const spl_online_ridge *ridge, const spl_sparse *z)
{
#if defined(__x86_64__)
    if (ridge->wide) {
        multiply_avx2(ridge, z);
        return;
    }
#endif
    multiply(ridge, z);
}

static void deflate_best(const spl_online_ridge *ridge, double scale)
{
#if defined(__x86_64__)
    if (ridge->wide) {
        deflate_avx2(ridge, scale);
        return;
    }
#endif
    deflate(ridge, scale);
}

// On whole cache lines, so that no group of lanes lies on two of them.
static double *zeros(size_t count)
{
    double *array = aligned_alloc(64, count * sizeof *array);
    if (array) memset(array, 0, count * sizeof *array);
    return array;
}

bool spl_online_ridge_init(spl_online_ridge *ridge, uint32_t d, double lambda, double prior)
{
    uint32_t stride = (d + LANES - 1) / LANES * LANES;
    *ridge = (spl_online_ridge){
        .d = d,
        .wide = spl_kernel_usable(SPL_KERNEL_AVX2),
        .prior = prior,
        .stride = stride,
        .inverse = zeros((size_t)d * stride),
        .theta = calloc(d, sizeof(double)),
        .product = zeros(stride),
    };
    if (!ridge->inverse || !ridge->theta || !ridge->product) {
        spl_online_ridge_free(ridge);
        return false;
    }
    for (uint32_t i = 0; i < d; i++) ridge->inverse[(size_t)i * stride + i] = 1 / lambda;
    return true;
}

void spl_online_ridge_free(spl_online_ridge *ridge)
{
    free(ridge->inverse);
    free(ridge->theta);
    free(ridge->product);
    *ridge = (spl_online_ridge){0};
}

static double dot(const double *vector, const spl_sparse *z)
{
    double sum = 0;
    for (uint32_t j = 0; j < z->count; j++) sum += vector[z->index[j]] * z->value[j];
    return sum;
}

double spl_online_ridge_mean(const spl_online_ridge *ridge, const spl_sparse *z)
{
    return ridge->prior + dot(ridge->theta, z);
}

double spl_online_ridge_variance(spl_online_ridge *ridge, const spl_sparse *z)
{
    multiply_best(ridge, z);
    double variance = dot(ridge->product, z);
    return variance > 0 ? variance : 0;
}

void spl_online_ridge_add(spl_online_ridge *ridge, const spl_sparse *z, double reward, bool fresh)
{
    if (!fresh) multiply_best(ridge, z);
    double scale = 1 / (1 + dot(ridge->product, z));
    double surprise = (reward - spl_online_ridge_mean(ridge, z)) * scale;
    for (uint32_t i = 0; i < ridge->d; i++) ridge->theta[i] += surprise * ridge->product[i];
    deflate_best(ridge, scale);
    ridge->count++;
}
