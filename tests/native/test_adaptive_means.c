// SPDX-License-Identifier: MIT
#include <math.h>

#include "near.h"
#include "samplit/rng.h"
#include "stats/adaptive.h"
#include "stats/confidence_sequence.h"
#include "testing.h"

static double uniform(uint64_t run, uint64_t i)
{
    double u[2];
    spl_uniform2(31, run, 7, (uint32_t)i, u);
    return u[0];
}

static void equal_probabilities_give_nearly_the_plain_means(void **state)
{
    (void)state;
    spl_adaptive *a = spl_adaptive_new(2);
    for (uint64_t i = 0; i < 4000; i++) {
        uint32_t served = uniform(1, 2 * i) < 0.5;
        assert_true(spl_adaptive_add(a, (double[2]){0.5, 0.5}, served, uniform(1, 2 * i + 1) < 0.2 + 0.1 * served));
    }
    for (uint32_t v = 0; v < 2; v++) {
        spl_mean m = spl_adaptive_mean(a, v), naive = spl_adaptive_naive(a, v);
        assert_near(m.value, naive.value, 0.3 * sqrt(naive.variance));
        assert_near(sqrt(m.variance), sqrt(naive.variance), 0.02 * sqrt(naive.variance));
        assert_true(spl_adaptive_ipw(a, v).variance > m.variance);
    }
    assert_int_equal(spl_adaptive_count(a), 4000);
    assert_int_equal(spl_adaptive_served(a, 0) + spl_adaptive_served(a, 1), 4000);
    spl_adaptive_free(a);
}

// From the definition, in a second way: scores kept, then summed.
static void estimates_are_those_of_their_definition(void **state)
{
    (void)state;
    enum { N = 40 };
    double score[N], over[N], p[N], reward_sum[2] = {0}, count[2] = {0}, inverse[2] = {0};
    spl_adaptive *a = spl_adaptive_new(2);
    for (int i = 0; i < N; i++) {
        p[i] = 0.1 + 0.8 * uniform(2, (uint64_t)i);
        uint32_t served = uniform(3, (uint64_t)i) < p[i];
        double reward = 3 * uniform(4, (uint64_t)i), mean[2], chance[2] = {1 - p[i], p[i]}, both[2];
        for (int v = 0; v < 2; v++) {
            mean[v] = count[v] > 0 ? reward_sum[v] / count[v] : 0;
            inverse[v] += 1 / chance[v];
            both[v] = mean[v] + ((uint32_t)v == served ? (reward - mean[v]) / chance[v] : 0);
        }
        score[i] = both[1];
        over[i] = both[1] - both[0];
        reward_sum[served] += reward;
        count[served]++;
        assert_true(spl_adaptive_add(a, chance, served, reward));
    }
    double h = 0, hg = 0, squares = 0, mean_over = 0, spread = 0;
    for (int i = 0; i < N; i++) {
        h += sqrt(p[i]);
        hg += sqrt(p[i]) * score[i];
        mean_over += over[i] / N;
    }
    for (int i = 0; i < N; i++) {
        squares += p[i] * (score[i] - hg / h) * (score[i] - hg / h);
        spread += (over[i] - mean_over) * (over[i] - mean_over);
    }
    spl_mean m = spl_adaptive_mean(a, 1), d = spl_adaptive_over_control(a, 1);
    double known =
        spl_adaptive_naive(a, 1).variance * count[1] * N; // that of the rewards over p, summed with its weights
    assert_near(m.value, hg / h, 1e-12);
    assert_near(m.variance, fmax(squares, known) / h / h, 1e-12);
    assert_near(d.value, mean_over, 1e-12);
    double of0 = spl_adaptive_naive(a, 0).variance * count[0], of1 = known / N;
    double foreseen = (of1 * inverse[1] + of0 * inverse[0]) / N / N;
    assert_near(d.variance, fmax(spread / (N - 1) / N, foreseen), 1e-12);
    assert_int_equal(spl_adaptive_pairs(a, 1), N);
    spl_adaptive_free(a);
}

typedef struct coverage {
    int naive, weighed, runs; // intervals that held both truths' worse arm
    int left;                 // runs in which the sequence of the difference ever left the truth
} coverage;

// Two equal arms under an eager bandit: the arm that was unlucky at first is hardly served again.
static void run_bandit(uint64_t run, coverage *c)
{
    const double truth = 0.3;
    double sum[2] = {0}, count[2] = {0};
    spl_adaptive *a = spl_adaptive_new(2);
    bool left = false;
    for (uint64_t i = 0; i < 1500; i++) {
        double p1 = 0.5;
        if (i >= 50) p1 = sum[1] / fmax(1, count[1]) > sum[0] / fmax(1, count[0]) ? 0.95 : 0.05;
        uint32_t served = uniform(run * 2 + 100, 2 * i) < p1;
        double reward = uniform(run * 2 + 101, 2 * i + 1) < truth;
        sum[served] += reward;
        count[served]++;
        assert_true(spl_adaptive_add(a, (double[2]){1 - p1, p1}, served, reward));
        if (i < 200 || i % 50) continue;
        spl_mean d = spl_adaptive_over_control(a, 1);
        double n = (double)spl_adaptive_pairs(a, 1), v = d.variance * n * n;
        spl_interval cs = spl_cs_martingale(d.value, n, v, 500 * 4 * truth * (1 - truth), 0.1);
        left = left || cs.low > 0 || cs.high < 0;
    }
    for (uint32_t v = 0; v < 2; v++) {
        spl_mean naive = spl_adaptive_naive(a, v), m = spl_adaptive_mean(a, v);
        c->naive += fabs(naive.value - truth) <= 1.96 * sqrt(naive.variance);
        c->weighed += fabs(m.value - truth) <= 1.96 * sqrt(m.variance);
        c->runs++;
    }
    c->left += left;
    spl_adaptive_free(a);
}

static void intervals_hold_under_a_bandit_where_naive_ones_do_not(void **state)
{
    (void)state;
    coverage c = {0};
    for (uint64_t run = 0; run < 300; run++) run_bandit(run, &c);
    assert_true(c.weighed >= 0.93 * c.runs);
    assert_true(c.naive < c.weighed);
    assert_true(c.left <= 42); // 300 at 10 %: more than 42 once in a hundred times
}

static void what_cannot_be_used_is_refused(void **state)
{
    (void)state;
    spl_adaptive *a = spl_adaptive_new(2);
    assert_false(spl_adaptive_add(a, (double[2]){0.5, 0.5}, 2, 1));
    assert_false(spl_adaptive_add(a, (double[2]){1, 0}, 1, 1));
    assert_false(spl_adaptive_add(a, (double[2]){NAN, 0.5}, 1, 1));
    assert_false(spl_adaptive_add(a, (double[2]){0.5, 0.5}, 1, INFINITY));
    assert_int_equal(spl_adaptive_count(a), 0);
    assert_true(isnan(spl_adaptive_mean(a, 0).value) && isnan(spl_adaptive_over_control(a, 1).value));
    assert_true(spl_adaptive_add(a, (double[2]){1, 0}, 0, 1));
    assert_int_equal(spl_adaptive_pairs(a, 1), 0);
    spl_adaptive_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_probabilities_give_nearly_the_plain_means),
        cmocka_unit_test(estimates_are_those_of_their_definition),
        cmocka_unit_test(intervals_hold_under_a_bandit_where_naive_ones_do_not),
        cmocka_unit_test(what_cannot_be_used_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
