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

// From the definition, in a second way: scores and weights kept, then summed. Below 500 exposures `typical` is the
// plain average of 1 / p before.
static void estimates_are_those_of_their_definition(void **state)
{
    (void)state;
    enum { N = 40 };
    double score[2][N], h[2][N], p[2][N], reward_sum[2] = {0}, count[2] = {0}, inverse[2] = {0};
    spl_adaptive *a = spl_adaptive_new(2);
    for (int i = 0; i < N; i++) {
        p[1][i] = 0.1 + 0.8 * uniform(2, (uint64_t)i);
        p[0][i] = 1 - p[1][i];
        uint32_t served = uniform(3, (uint64_t)i) < p[1][i];
        double reward = 3 * uniform(4, (uint64_t)i), chance[2] = {p[0][i], p[1][i]};
        for (uint32_t v = 0; v < 2; v++) {
            double mean = count[v] > 0 ? reward_sum[v] / count[v] : 0, typical = i ? inverse[v] / i : 1 / chance[v];
            score[v][i] = mean + (v == served ? (reward - mean) / chance[v] : 0);
            h[v][i] = typical;
            inverse[v] += 1 / chance[v];
        }
        reward_sum[served] += reward;
        count[served]++;
        assert_true(spl_adaptive_add(a, chance, served, reward));
    }
    double weight = 0, sum = 0, gap_weight = 0, gap_sum = 0;
    for (int i = 0; i < N; i++) {
        weight += 1 / sqrt(h[1][i]);
        sum += score[1][i] / sqrt(h[1][i]);
        gap_weight += 1 / sqrt(h[0][i] + h[1][i]);
        gap_sum += (score[1][i] - score[0][i]) / sqrt(h[0][i] + h[1][i]);
    }
    double seen = 0, gap_seen = 0, known[3] = {0};
    for (int i = 0; i < N; i++) {
        double off = score[1][i] - sum / weight, gap_off = score[1][i] - score[0][i] - gap_sum / gap_weight;
        double both = h[0][i] + h[1][i];
        seen += off * off / h[1][i];
        gap_seen += gap_off * gap_off / both;
        known[0] += 1 / h[1][i] / p[1][i];
        known[1] += 1 / both / p[1][i];
        known[2] += 1 / both / p[0][i];
    }
    double variance0 = spl_adaptive_naive(a, 0).variance * count[0],
           variance1 = spl_adaptive_naive(a, 1).variance * count[1];
    spl_mean m = spl_adaptive_mean(a, 1);
    spl_adaptive_gap gap = spl_adaptive_over_control(a, 1);
    assert_near(m.value, sum / weight, 1e-12);
    assert_near(m.variance, fmax(seen, variance1 * known[0]) / weight / weight, 1e-12);
    assert_near(gap.value, gap_sum / gap_weight, 1e-12);
    assert_near(gap.variance, fmax(gap_seen, variance1 * known[1] + variance0 * known[2]) / gap_weight / gap_weight,
                1e-12);
    assert_near(gap.weight, gap_weight, 1e-9);
    assert_int_equal(gap.exposures, N);
    spl_adaptive_free(a);
}

// Visitors of two kinds, each served mostly what it likes: the mean of a variant is over both kinds, not over those it
// is served to.
static void means_are_over_all_visitors_not_over_those_served(void **state)
{
    (void)state;
    spl_adaptive *a = spl_adaptive_new(2);
    for (uint64_t i = 0; i < 40000; i++) {
        uint32_t kind = uniform(6, 3 * i) < 0.5;
        double p1 = kind ? 0.9 : 0.1;
        uint32_t served = uniform(6, 3 * i + 1) < p1;
        double rate = served == kind ? 0.5 : 0.1; // 0.3 over both kinds, for either variant
        assert_true(spl_adaptive_add(a, (double[2]){1 - p1, p1}, served, uniform(6, 3 * i + 2) < rate));
    }
    for (uint32_t v = 0; v < 2; v++) {
        spl_mean m = spl_adaptive_mean(a, v);
        assert_near(m.value, 0.3, 4 * sqrt(m.variance));
        assert_true(spl_adaptive_naive(a, v).value > 0.4);
    }
    spl_adaptive_gap gap = spl_adaptive_over_control(a, 1);
    assert_near(gap.value, 0, 4 * sqrt(gap.variance));
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
    double sum[2] = {0}, count[2] = {0}, v_opt = 0;
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
        spl_adaptive_gap d = spl_adaptive_over_control(a, 1);
        double v = d.variance * d.weight * d.weight;
        if (v_opt == 0) v_opt = v / (double)d.exposures * 500;
        spl_interval cs = spl_cs_martingale(d.value, d.weight, v, v_opt, 0.1);
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
    assert_int_equal(spl_adaptive_over_control(a, 1).exposures, 0);
    spl_adaptive_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_probabilities_give_nearly_the_plain_means),
        cmocka_unit_test(estimates_are_those_of_their_definition),
        cmocka_unit_test(means_are_over_all_visitors_not_over_those_served),
        cmocka_unit_test(intervals_hold_under_a_bandit_where_naive_ones_do_not),
        cmocka_unit_test(what_cannot_be_used_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
