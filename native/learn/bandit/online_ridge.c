// SPDX-License-Identifier: GPL-3.0-or-later
// The two loops that cost anything run down strips of the inverse, lanes across columns, so that every sum has one
// order: with the lanes of SSE2, AVX2 and AVX-512 they give equal bits. A strip of the product stays in one register,
// so that each entry of the inverse is read and written once and nothing else is.
#include "learn/bandit/online_ridge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "samplit/encoder.h"

#define LANES 8 // doubles of a cache line

typedef double two __attribute__((vector_size(16), may_alias));
typedef double four __attribute__((vector_size(32), may_alias));
typedef double eight __attribute__((vector_size(64), may_alias));

// multiply: product = inverse * z, the inverse being symmetric.
// deflate: inverse -= product product^T, where entry (i, j) and entry (j, i) are the same product rounded once, so the
// matrix stays symmetric to the bit.
#define STRIPS(name, strip, target)                                                                                    \
    target static void multiply_##name(const spl_online_ridge *ridge, const spl_sparse *z)                             \
    {                                                                                                                  \
        uint32_t stride = ridge->stride, count = z->count;                                                             \
        for (uint32_t at = 0; at < stride; at += sizeof(strip) / sizeof(double)) {                                     \
            strip sum = {0};                                                                                           \
            for (uint32_t j = 0; j < count; j++)                                                                       \
                sum += z->value[j] * *(const strip *)(ridge->inverse + (size_t)z->index[j] * stride + at);             \
            *(strip *)(ridge->product + at) = sum;                                                                     \
        }                                                                                                              \
    }                                                                                                                  \
    target static void deflate_##name(const spl_online_ridge *ridge)                                                   \
    {                                                                                                                  \
        uint32_t stride = ridge->stride, d = ridge->d;                                                                 \
        const double *product = ridge->product;                                                                        \
        for (uint32_t at = 0; at < stride; at += sizeof(strip) / sizeof(double)) {                                     \
            strip across = *(const strip *)(product + at);                                                             \
            double *down = ridge->inverse + at;                                                                        \
            for (uint32_t i = 0; i < d; i++, down += stride) *(strip *)down -= product[i] * across;                    \
        }                                                                                                              \
    }

STRIPS(narrow, two, )
#if defined(__x86_64__)
STRIPS(avx2, four, __attribute__((target("avx2"))))
STRIPS(avx512, eight, __attribute__((target("avx512f"))))
#endif

static void multiply(const spl_online_ridge *ridge, const spl_sparse *z)
{
    switch (ridge->kernel) {
#if defined(__x86_64__)
    case SPL_KERNEL_AVX512: multiply_avx512(ridge, z); break;
    case SPL_KERNEL_AVX2: multiply_avx2(ridge, z); break;
#endif
    default: multiply_narrow(ridge, z);
    }
}

static void deflate(const spl_online_ridge *ridge, double scale)
{
    double root = sqrt(scale);
    for (uint32_t i = 0; i < ridge->d; i++) ridge->product[i] *= root;
    switch (ridge->kernel) {
#if defined(__x86_64__)
    case SPL_KERNEL_AVX512: deflate_avx512(ridge); break;
    case SPL_KERNEL_AVX2: deflate_avx2(ridge); break;
#endif
    default: deflate_narrow(ridge);
    }
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
        .kernel = spl_kernel_best(),
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
    multiply(ridge, z);
    double variance = dot(ridge->product, z);
    return variance > 0 ? variance : 0;
}

void spl_online_ridge_add(spl_online_ridge *ridge, const spl_sparse *z, double reward, bool fresh)
{
    if (!fresh) multiply(ridge, z);
    double scale = 1 / (1 + dot(ridge->product, z));
    double surprise = (reward - spl_online_ridge_mean(ridge, z)) * scale;
    for (uint32_t i = 0; i < ridge->d; i++) ridge->theta[i] += surprise * ridge->product[i];
    deflate(ridge, scale);
    ridge->count++;
}

// F^T F for the lower triangular F (d, d), the lower half by rows and then its mirror image.
static void square(spl_online_ridge *ridge, const double *f)
{
    uint32_t d = ridge->d, stride = ridge->stride;
    memset(ridge->inverse, 0, (size_t)d * stride * sizeof *f);
    for (uint32_t m = 0; m < d; m++) {
        const double *from = f + (size_t)m * d;
        for (uint32_t i = 0; i <= m; i++) {
            double *row = ridge->inverse + (size_t)i * stride, factor = from[i];
            if (factor == 0) continue;
            for (uint32_t j = 0; j <= i; j++) row[j] += factor * from[j];
        }
    }
    for (uint32_t i = 0; i < d; i++)
        for (uint32_t j = 0; j < i; j++)
            ridge->inverse[(size_t)j * stride + i] = ridge->inverse[(size_t)i * stride + j];
}

bool spl_online_ridge_refit(spl_online_ridge *ridge, const spl_gram *gram, double lambda, double *scratch)
{
    uint32_t d = ridge->d;
    double *theta = scratch + (size_t)d * d;
    if (!spl_ridge_solve(gram, lambda, theta, scratch)) return false;
    memcpy(ridge->theta, theta, d * sizeof *theta);
    square(ridge, scratch);
    return true;
}
