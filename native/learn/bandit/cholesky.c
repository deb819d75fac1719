// SPDX-License-Identifier: GPL-3.0-or-later
// Row by row (Cholesky-Banachiewicz would take dot products, whose sums cannot be spread over lanes without changing
// their order); so the form here subtracts whole rows from each other, lanes across columns. LAPACK would be
// faster above some hundred columns and give other bits on other machines; a policy's input has at most 513.
#include "learn/bandit/cholesky.h"

#include <math.h>
#include <stddef.h>

// Works on the upper triangle of the transpose in place: row j of a's upper triangle would be column j of C. To
// keep to the lower triangle, column j is scaled and its outer product is taken from the columns to its right.
bool spl_cholesky(double *a, uint32_t d)
{
    for (uint32_t j = 0; j < d; j++) {
        double *row = a + (size_t)j * d, pivot = row[j];
        if (!(pivot > 0) || isinf(pivot)) return false;
        double root = sqrt(pivot), inverse = 1 / root;
        row[j] = root;
        for (uint32_t i = j + 1; i < d; i++) a[(size_t)i * d + j] *= inverse;
        // The column as a row, in the unused upper triangle: then the loop below runs along rows.
        for (uint32_t i = j + 1; i < d; i++) row[i] = a[(size_t)i * d + j];
        for (uint32_t i = j + 1; i < d; i++) {
            double *to = a + (size_t)i * d, factor = to[j];
            if (factor == 0) continue;
            for (uint32_t k = j + 1; k <= i; k++) to[k] -= factor * row[k];
        }
    }
    return true;
}

void spl_cholesky_solve(const double *c, uint32_t d, double *b)
{
    for (uint32_t i = 0; i < d; i++) {
        const double *row = c + (size_t)i * d;
        double sum = b[i];
        for (uint32_t j = 0; j < i; j++) sum -= row[j] * b[j];
        b[i] = sum / row[i];
    }
    for (uint32_t i = d; i-- > 0;) {
        const double *row = c + (size_t)i * d;
        b[i] /= row[i];
        for (uint32_t j = 0; j < i; j++) b[j] -= row[j] * b[i];
    }
}

double spl_cholesky_log_det(const double *c, uint32_t d)
{
    double sum = 0;
    for (uint32_t i = 0; i < d; i++) sum += log(c[(size_t)i * d + i]);
    return 2 * sum;
}

// Row i of the inverse from the rows above it: (e_i - sum over j < i of c[i][j] * row j) / c[i][i].
void spl_triangle_invert(double *c, uint32_t d)
{
    for (uint32_t i = 0; i < d; i++) {
        double *row = c + (size_t)i * d, inverse = 1 / row[i];
        for (uint32_t j = 0; j < i; j++) {
            double factor = row[j];
            const double *above = c + (size_t)j * d;
            row[j] = factor * above[j];
            if (factor == 0) continue;
            for (uint32_t k = 0; k < j; k++) row[k] += factor * above[k];
        }
        for (uint32_t k = 0; k < i; k++) row[k] *= -inverse;
        row[i] = inverse;
    }
}
