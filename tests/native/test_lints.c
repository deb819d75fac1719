// SPDX-License-Identifier: GPL-3.0-or-later
// Thompson sampling's probabilities against GSL's adaptive integration, split where any density begins, peaks and
// ends. The bound of all cases is what core/src/linear.c states.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>

#include "samplit/linear.h"
#include "samplit/policy.h"
#include "samplit/rng.h"
#include "testing.h"

#define BOUND 1e-6
#define CUTS 5
#define INTERVALS 20000

typedef struct normals {
    uint32_t count, chosen;
    double mean[SPL_VARIANTS_MAX], deviation[SPL_VARIANTS_MAX];
} normals;

// f of the chosen one times F of all others.
static double integrand(double x, void *data)
{
    const normals *n = data;
    double z = (x - n->mean[n->chosen]) / n->deviation[n->chosen];
    double product = exp(-0.5 * z * z) * M_2_SQRTPI * M_SQRT1_2 / 2 / n->deviation[n->chosen];
    for (uint32_t v = 0; v < n->count; v++)
        if (v != n->chosen) product *= gsl_cdf_ugaussian_P((x - n->mean[v]) / n->deviation[v]);
    return product;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Where integration is cut, ascending and without repeats; how many there are.
static size_t cut(const normals *n, double *at)
{
    static const double BENDS[CUTS] = {-7, -3, 0, 3, 7};
    double low = n->mean[n->chosen] - 9 * n->deviation[n->chosen], high = 2 * n->mean[n->chosen] - low;
    size_t count = 0, kept = 1;
    at[count++] = low;
    at[count++] = high;
    for (uint32_t v = 0; v < n->count; v++) {
        for (int i = 0; i < CUTS; i++) {
            double x = n->mean[v] + BENDS[i] * n->deviation[v];
            if (x > low && x < high) at[count++] = x;
        }
    }
    qsort(at, count, sizeof *at, ascending);
    for (size_t i = 1; i < count; i++)
        if (at[i] > at[kept - 1]) at[kept++] = at[i];
    return kept;
}

static double oracle(normals *n, uint32_t variant, gsl_integration_workspace *space)
{
    double at[CUTS * SPL_VARIANTS_MAX + 2], result, error;
    gsl_function function = {integrand, n};
    n->chosen = variant;
    size_t cuts = cut(n, at);
    gsl_integration_qagp(&function, at, cuts, 1e-12, 1e-10, INTERVALS, space, &result, &error);
    return result;
}

// In (0, 1).
static double draw(uint32_t which, uint32_t index)
{
    double u[2];
    spl_uniform2(5, which, SPL_STREAM_TEST, index, u);
    return u[0];
}

// A policy of no weights, whose scores are biases and whose deviations stand in the corners of 2 x 2 factors.
static void ask(normals *n, double *p)
{
    static float weight[SPL_VARIANTS_MAX], bias[SPL_VARIANTS_MAX], factor[4 * SPL_VARIANTS_MAX];
    float zero = 0, scores[SPL_VARIANTS_MAX];
    for (uint32_t v = 0; v < n->count; v++) {
        n->mean[v] = (double)(bias[v] = (float)n->mean[v]);
        n->deviation[v] = (double)(factor[4 * v + 3] = (float)n->deviation[v]);
    }
    spl_linear linear = {SPL_RULE_LINTS, 0, 1, {1, n->count, weight, bias}, factor};
    spl_linear_probabilities(&linear, SPL_KERNEL_SCALAR, &zero, scores, p);
}

// Means within `spread` of each other, deviations from 1 down to 10^-decades. Returns the greatest error.
static double check(uint32_t k, double spread, double decades, uint32_t rounds, gsl_integration_workspace *space,
                    uint32_t *judged)
{
    double worst = 0, p[SPL_VARIANTS_MAX];
    for (uint32_t round = 0; round < rounds; round++) {
        normals n = {.count = k};
        for (uint32_t v = 0; v < k; v++) {
            n.mean[v] = spread * draw(round, 2 * v + 1000 * k);
            n.deviation[v] = pow(10, -decades * draw(round, 2 * v + 1 + 1000 * k));
        }
        ask(&n, p);
        double sum = 0, exact[SPL_VARIANTS_MAX];
        for (uint32_t v = 0; v < k; v++) sum += exact[v] = oracle(&n, v, space);
        if (!(fabs(sum - 1) < 2e-7)) continue; // the oracle has lost a spike: it is no judge here
        ++*judged;
        for (uint32_t v = 0; v < k; v++) {
            double error = fabs(p[v] - exact[v]);
            if (error > worst) worst = error;
        }
    }
    return worst;
}

static void probabilities_are_those_of_adaptive_integration(void **state)
{
    (void)state;
    static const uint32_t COUNTS[] = {2, 3, 5, 10, 64};
    static const double SPREADS[] = {0, 0.1, 1, 10}, DECADES[] = {0, 1, 3, 9};
    gsl_set_error_handler_off();
    gsl_integration_workspace *space = gsl_integration_workspace_alloc(INTERVALS);
    for (size_t d = 0; d < 4; d++) {
        double worst = 0;
        uint32_t asked = 0, judged = 0;
        for (size_t c = 0; c < 5; c++) {
            for (size_t s = 0; s < 4; s++) {
                uint32_t rounds = COUNTS[c] > 5 ? 1 : 8;
                double error = check(COUNTS[c], SPREADS[s], DECADES[d], rounds, space, &judged);
                asked += rounds;
                if (error > worst) worst = error;
            }
        }
        printf("deviations down to 1e-%g, %u cases: off by at most %.1e\n", DECADES[d], judged, worst);
        assert_true(judged > asked * 9 / 10);
        assert_true(worst < BOUND);
    }
    gsl_integration_workspace_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probabilities_are_those_of_adaptive_integration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
