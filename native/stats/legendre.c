// SPDX-License-Identifier: GPL-3.0-or-later
// A function given at the Gauss points is the Legendre series with coefficients
// (2k + 1)/2 * sum_j w_j P_k(x_j) f(x_j), and the integral of P_k from -1 to x is
// (P_{k+1}(x) - P_{k-1}(x)) / (2k + 1). Together they are the matrix of the running integral.
#include "stats/legendre.h"

#include <gsl/gsl_integration.h>
#include <gsl/gsl_sf_legendre.h>

#define N SPL_LEGENDRE_POINTS

static void fill_running(spl_legendre *rule)
{
    double p[N][N + 1]; // p[i][k] = P_k(x_i)
    for (int i = 0; i < N; i++) gsl_sf_legendre_Pl_array(N, rule->point[i], p[i]);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            double sum = rule->weight[j] / 2 * (rule->point[i] + 1);
            for (int k = 1; k < N; k++) sum += rule->weight[j] / 2 * p[j][k] * (p[i][k + 1] - p[i][k - 1]);
            rule->running[i][j] = sum;
        }
    }
}

bool spl_legendre_init(spl_legendre *rule)
{
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(N);
    if (!table) return false;
    for (size_t i = 0; i < N; i++) {
        gsl_integration_glfixed_point(-1, 1, i, &rule->point[i], &rule->weight[i], table);
    }
    gsl_integration_glfixed_table_free(table);
    fill_running(rule);
    return true;
}
