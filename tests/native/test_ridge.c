// SPDX-License-Identifier: MIT
// Cholesky factors, ridge regressions from a log and row by row.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/bandit/cholesky.h"
#include "learn/bandit/online_ridge.h"
#include "learn/bandit/ridge.h"
#include "near.h"
#include "samplit/rng.h"
#include "testing.h"

#define D 9

static double uniform(uint32_t i, uint32_t j)
{
    double u[2];
    spl_uniform2(7, i, SPL_STREAM_TEST, j, u);
    return u[0];
}

// Row i: some entries 0, as one-hot features have; the last two are equal, as duplicate columns are.
static void make_row(uint32_t i, float x[D - 1], double *y)
{
    for (uint32_t j = 0; j < D - 2; j++) x[j] = uniform(i, j) < 0.4 ? 0 : (float)uniform(i, j);
    x[D - 2] = x[D - 3];
    *y = 0.3 + (double)x[0] - 0.5 * (double)x[2] + 0.1 * (uniform(i, 50) - 0.5);
}

static void a_factor_times_its_transpose_is_the_matrix(void **unused)
{
    (void)unused;
    double a[D * D], c[D * D], b[D], x[D];
    for (int i = 0; i < D; i++) {
        for (int j = 0; j <= i; j++) a[i * D + j] = a[j * D + i] = (i == j ? 4 : 0) + uniform((uint32_t)i, (uint32_t)j);
        b[i] = x[i] = uniform((uint32_t)i, 99);
    }
    memcpy(c, a, sizeof c);
    assert_true(spl_cholesky(c, D));
    for (int i = 0; i < D; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = 0;
            for (int k = 0; k <= j; k++) sum += c[i * D + k] * c[j * D + k];
            assert_near(sum, a[i * D + j], 1e-13);
        }
    }
    spl_cholesky_solve(c, D, x);
    for (int i = 0; i < D; i++) {
        double sum = 0;
        for (int j = 0; j < D; j++) sum += a[i * D + j] * x[j];
        assert_near(sum, b[i], 1e-13);
    }
    spl_triangle_invert(c, D); // |C^-1 b|^2 = b A^-1 b = b x
    double squares = 0, product = 0;
    for (int i = 0; i < D; i++) {
        double sum = 0;
        for (int j = 0; j <= i; j++) sum += c[i * D + j] * b[j];
        squares += sum * sum;
        product += b[i] * x[i];
    }
    assert_near(squares, product, 1e-12);
}

static void what_is_not_positive_definite_is_refused(void **unused)
{
    (void)unused;
    double indefinite[4] = {1, 2, 2, 1}, nan[4] = {NAN, 0, 0, 1}, infinite[4] = {INFINITY, 0, 0, 1};
    assert_false(spl_cholesky(indefinite, 2));
    assert_false(spl_cholesky(nan, 2));
    assert_false(spl_cholesky(infinite, 2));
}

static void rows_one_by_one_give_the_posterior_of_the_batch(void **unused)
{
    (void)unused;
    const double prior = 0.25, lambda = 0.1;
    spl_gram gram;
    spl_online_ridge online;
    spl_sparse z;
    assert_true(spl_gram_init(&gram, D) && spl_online_ridge_init(&online, D, lambda, prior) && spl_sparse_init(&z, D));
    for (uint32_t i = 0; i < 20000; i++) {
        float x[D - 1];
        double y;
        make_row(i, x, &y);
        spl_gram_add(&gram, x, y - prior, 1);
        spl_sparse_set(&z, x, D - 1);
        bool fresh = i % 2 && spl_online_ridge_variance(&online, &z) >= 0;
        spl_online_ridge_add(&online, &z, y, fresh);
    }
    double theta[D], factor[D * D];
    assert_true(spl_ridge_solve(&gram, lambda, theta, factor));
    for (int i = 0; i < D; i++) {
        assert_near(theta[i], online.theta[i], 1e-9);
        for (int j = 0; j < D; j++) {
            double sum = 0;
            for (int k = i > j ? i : j; k < D; k++) sum += factor[k * D + i] * factor[k * D + j];
            assert_near(sum, online.inverse[i * (int)online.stride + j], 1e-9);
            assert_near(online.inverse[i * (int)online.stride + j], online.inverse[j * (int)online.stride + i], 0);
        }
    }
    assert_int_equal(online.count, 20000);
    spl_gram_free(&gram);
    spl_online_ridge_free(&online);
    spl_sparse_free(&z);
}

static void a_posterior_refitted_is_that_of_the_other_lambda(void **unused)
{
    (void)unused;
    spl_gram gram;
    spl_online_ridge moved, other;
    spl_sparse z;
    double scratch[D * (D + 1)];
    assert_true(spl_gram_init(&gram, D) && spl_sparse_init(&z, D));
    assert_true(spl_online_ridge_init(&moved, D, 0.1, 1) && spl_online_ridge_init(&other, D, 3, 1));
    for (uint32_t i = 0; i < 600; i++) {
        float x[D - 1];
        double y;
        make_row(i, x, &y);
        spl_sparse_set(&z, x, D - 1);
        spl_online_ridge_add(&moved, &z, y, false);
        spl_online_ridge_add(&other, &z, y, false);
        spl_gram_add(&gram, x, y - 1, 1);
        if (i == 300) assert_true(spl_online_ridge_refit(&moved, &gram, 3, scratch)); // and goes on from there
    }
    for (uint32_t i = 0; i < D; i++) {
        assert_near(moved.theta[i], other.theta[i], 1e-11);
        for (uint32_t j = 0; j < D; j++) {
            double entry = moved.inverse[i * moved.stride + j];
            assert_near(entry, other.inverse[i * other.stride + j], 1e-11);
            assert_near(entry, moved.inverse[j * moved.stride + i], 0);
        }
    }
    spl_gram_free(&gram);
    spl_online_ridge_free(&moved);
    spl_online_ridge_free(&other);
    spl_sparse_free(&z);
}

static void every_width_of_lanes_gives_equal_bits(void **unused)
{
    (void)unused;
    spl_online_ridge plain, wide;
    spl_sparse z;
    assert_true(spl_sparse_init(&z, D));
    for (spl_kernel kernel = SPL_KERNEL_SCALAR; kernel <= SPL_KERNEL_AVX512; kernel++) {
        if (!spl_kernel_usable(kernel)) continue;
        assert_true(spl_online_ridge_init(&plain, D, 0.1, 0) && spl_online_ridge_init(&wide, D, 0.1, 0));
        plain.kernel = SPL_KERNEL_SCALAR;
        wide.kernel = kernel;
        for (uint32_t i = 0; i < 300; i++) {
            float x[D - 1];
            double y;
            make_row(i, x, &y);
            spl_sparse_set(&z, x, D - 1);
            spl_online_ridge_add(&plain, &z, y, false);
            spl_online_ridge_add(&wide, &z, y, false);
        }
        assert_memory_equal(plain.theta, wide.theta, D * sizeof(double));
        assert_memory_equal(plain.inverse, wide.inverse, (size_t)D * plain.stride * sizeof(double));
        spl_online_ridge_free(&plain);
        spl_online_ridge_free(&wide);
    }
    spl_sparse_free(&z);
}

// The likelihood of all rows is the product of what each was given by those before it.
static void evidence_is_the_product_of_the_predictions(void **unused)
{
    (void)unused;
    const double lambdas[] = {0.03, 2}, noise2 = 0.04;
    double evidence[2], sums[2] = {0}, scratch[D * (D + 1)];
    for (int l = 0; l < 2; l++) {
        spl_gram gram;
        spl_online_ridge ridge;
        spl_sparse z;
        spl_ridge_evidence found;
        assert_true(spl_gram_init(&gram, D) && spl_sparse_init(&z, D));
        assert_true(spl_online_ridge_init(&ridge, D, lambdas[l], 0));
        for (uint32_t i = 0; i < 60; i++) {
            float x[D - 1];
            double y;
            make_row(i, x, &y);
            spl_sparse_set(&z, x, D - 1);
            double variance = noise2 * (1 + spl_online_ridge_variance(&ridge, &z));
            double off = y - spl_online_ridge_mean(&ridge, &z);
            sums[l] -= 0.5 * (log(variance) + off * off / variance);
            spl_online_ridge_add(&ridge, &z, y, true);
            spl_gram_add(&gram, x, y, 1);
        }
        assert_true(spl_ridge_weigh(&gram, 1, lambdas[l], noise2, scratch, &found)); // held above its maximum
        assert_near(found.noise2, noise2, 0);
        evidence[l] = found.log_evidence;
        spl_gram_free(&gram);
        spl_online_ridge_free(&ridge);
        spl_sparse_free(&z);
    }
    assert_true(fabs(sums[0] - sums[1]) > 1);
    assert_near(evidence[0] - evidence[1], sums[0] - sums[1], 1e-8);
}

static void parts_of_a_row_that_are_zero_change_nothing(void **unused)
{
    (void)unused;
    spl_gram sparse;
    float x[D - 1] = {0, 0.5f, 0, 0, 1, 0, 0, 0};
    assert_true(spl_gram_init(&sparse, D));
    spl_gram_add(&sparse, x, 2, 3);
    for (int i = 0; i < D; i++) {
        double zi = i == D - 1 ? 1 : (double)x[i];
        for (int j = 0; j <= i; j++) assert_near(sparse.zz[i * D + j], 3 * zi * (j == D - 1 ? 1 : (double)x[j]), 1e-15);
        assert_near(sparse.zy[i], 6 * zi, 1e-15);
    }
    spl_gram_free(&sparse);
}

static void moving_the_prior_is_as_if_rewards_had_been_less(void **unused)
{
    (void)unused;
    spl_gram moved, direct;
    assert_true(spl_gram_init(&moved, D) && spl_gram_init(&direct, D));
    for (uint32_t i = 0; i < 50; i++) {
        float x[D - 1];
        double y;
        make_row(i, x, &y);
        spl_gram_add(&moved, x, y, 1 + i % 3);
        spl_gram_add(&direct, x, y - 0.4, 1 + i % 3);
    }
    spl_gram_shift(&moved, 0.4);
    for (int j = 0; j < D; j++) assert_near(moved.zy[j], direct.zy[j], 1e-12);
    assert_near(moved.yy, direct.yy, 1e-12);
    spl_gram_free(&moved);
    spl_gram_free(&direct);
}

static void weights_count_as_the_rows_they_are_worth(void **unused)
{
    (void)unused;
    spl_gram gram;
    float x[D - 1] = {1};
    assert_true(spl_gram_init(&gram, D));
    spl_gram_add(&gram, x, 1, 10);
    spl_gram_add(&gram, x, 1, 10);
    spl_gram_normalise(&gram);
    assert_near(gram.weight, 2, 1e-12);
    assert_near(gram.zz[0], 2, 1e-12);
    assert_near(gram.zy[0], 2, 1e-12);
    spl_gram_free(&gram);
}

// Rewards that do not depend on the features are explained best by weights of 0; ones that do are not.
static void the_prior_is_as_tight_as_the_rewards_say(void **unused)
{
    (void)unused;
    spl_ridge_evidence noise, signal;
    for (int depends = 0; depends < 2; depends++) {
        spl_gram gram;
        assert_true(spl_gram_init(&gram, D));
        for (uint32_t i = 0; i < 400; i++) {
            float x[D - 1];
            double y;
            make_row(i, x, &y);
            spl_gram_add(&gram, x, depends ? y : uniform(i, 77) - 0.5, 1);
        }
        assert_true(spl_ridge_choose(&gram, 1, depends ? &signal : &noise));
        spl_gram_free(&gram);
    }
    assert_true(noise.lambda >= 100 * signal.lambda);
    assert_near(sqrt(noise.noise2), sqrt(1.0 / 12), 0.02);
    assert_near(sqrt(signal.noise2), 0.1 / sqrt(12), 0.003);
}

static void without_a_row_there_is_the_prior(void **unused)
{
    (void)unused;
    spl_gram gram;
    spl_ridge_evidence evidence;
    double theta[D], factor[D * D];
    assert_true(spl_gram_init(&gram, D));
    assert_true(spl_ridge_choose(&gram, 1, &evidence));
    assert_near(evidence.lambda, 1, 0);
    assert_true(spl_ridge_solve(&gram, 4, theta, factor));
    assert_near(theta[0], 0, 0);
    assert_near(factor[0], 0.5, 0);
    spl_gram_add(&gram, (float[D - 1]){0}, INFINITY, 1);
    assert_false(spl_ridge_solve(&gram, 4, theta, factor));
    spl_gram_free(&gram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_factor_times_its_transpose_is_the_matrix),
        cmocka_unit_test(what_is_not_positive_definite_is_refused),
        cmocka_unit_test(rows_one_by_one_give_the_posterior_of_the_batch),
        cmocka_unit_test(a_posterior_refitted_is_that_of_the_other_lambda),
        cmocka_unit_test(every_width_of_lanes_gives_equal_bits),
        cmocka_unit_test(evidence_is_the_product_of_the_predictions),
        cmocka_unit_test(parts_of_a_row_that_are_zero_change_nothing),
        cmocka_unit_test(moving_the_prior_is_as_if_rewards_had_been_less),
        cmocka_unit_test(weights_count_as_the_rows_they_are_worth),
        cmocka_unit_test(the_prior_is_as_tight_as_the_rewards_say),
        cmocka_unit_test(without_a_row_there_is_the_prior),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
