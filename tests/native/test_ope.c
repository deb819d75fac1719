// SPDX-License-Identifier: MIT
// Off-policy estimators against the textbook computation over all rows, against two real logs of one
// site, and against worlds whose truth is known.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "samplit/rng.h"
#include "stats/ope.h"
#include "testing.h"

#define CELLS 3
#define ARMS 3
#define ROWS_MAX 10000
#define POLICIES (SPL_OPE_ALWAYS + ARMS)

typedef struct row {
    uint32_t cell, variant, half;
    double propensity, reward;
} row;

static const double target[CELLS][ARMS] = {{0.7, 0.2, 0.1}, {0.1, 0.1, 0.8}, {0.0, 0.5, 0.5}};
static const double logging[CELLS][ARMS] = {{0.2, 0.3, 0.5}, {0.6, 0.3, 0.1}, {0.3, 0.3, 0.4}};
static const double truth[CELLS][ARMS] = {{0.30, 0.10, 0.20}, {0.15, 0.25, 0.35}, {0.50, 0.20, 0.10}};

static double uniform(uint64_t seed, uint32_t index)
{
    double u[2];
    spl_uniform2(seed, index, SPL_STREAM_TEST, 0, u);
    return u[0];
}

static uint32_t draw(const double *p, uint32_t count, double u)
{
    uint32_t a = 0;
    for (double sum = p[0]; a + 1 < count && u >= sum; sum += p[++a]) continue;
    return a;
}

// A log of `count` rows from the world above, with 0/1 rewards (or, with `real`, rewards around them).
static void make_rows(uint64_t seed, bool real, row *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        row *r = &rows[i];
        r->cell = (uint32_t)(uniform(seed, 4 * i) * CELLS);
        r->half = i & 1;
        r->variant = draw(logging[r->cell], ARMS, uniform(seed, 4 * i + 1));
        r->propensity = logging[r->cell][r->variant];
        double u = uniform(seed, 4 * i + 2), mean = truth[r->cell][r->variant];
        r->reward = real ? 40 * mean + 7 * (u - 0.5) : u < mean;
    }
}

static spl_ope *fill(const row *rows, uint32_t count, double clip)
{
    spl_ope_config config = {CELLS, ARMS, &target[0][0], clip, 3.0, 0};
    spl_ope *ope = spl_ope_new(&config);
    assert_non_null(ope);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(spl_ope_add(ope, rows[i].cell, rows[i].variant, rows[i].half, rows[i].propensity, rows[i].reward));
    }
    return ope;
}

// ---- The same by hand: one term per row.

static double policy_of(uint32_t policy, uint32_t cell, uint32_t variant)
{
    if (policy == SPL_OPE_TARGET) return variant < ARMS ? target[cell][variant] : 0;
    if (policy == SPL_OPE_UNIFORM) return variant < ARMS ? 1.0 / ARMS : 0;
    return policy - SPL_OPE_ALWAYS == variant;
}

static double weight_of(uint32_t policy, const row *r, double clip)
{
    if (policy == SPL_OPE_LOGGING) return 1;
    double w = policy_of(policy, r->cell, r->variant) / r->propensity;
    return clip > 0 && w > clip ? clip : w;
}

static double shrunken(double n, double sum, double towards)
{
    return (sum + 10 * towards) / (n + 10);
}

// The mean reward over the rows of a half; of one variant, of one cell and variant if asked.
static double mean_of(const row *rows, uint32_t count, uint32_t half, int cell, int variant)
{
    double n = 0, sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (rows[i].half != half || (variant >= 0 && rows[i].variant != (uint32_t)variant)) continue;
        if (cell >= 0 && rows[i].cell != (uint32_t)cell) continue;
        n++;
        sum += rows[i].reward;
    }
    if (variant < 0) return sum / n;
    return shrunken(n, sum, mean_of(rows, count, half, -1, cell >= 0 ? variant : -1));
}

static double m_table[2][CELLS][ARMS + 1];

// With `threshold` what weighs more than it counts as 0 (switch-DR).
static void terms(const row *rows, uint32_t count, uint32_t policy, spl_ope_estimator estimator, double clip,
                  double threshold, double *t)
{
    double weights = 0, rewards = 0;
    for (uint32_t i = 0; i < count; i++) {
        double w = weight_of(policy, &rows[i], clip);
        weights += w;
        rewards += w * rows[i].reward;
    }
    double snips = rewards / weights;
    for (uint32_t i = 0; i < count; i++) {
        const row *r = &rows[i];
        double w = weight_of(policy, r, clip), expected = 0;
        t[i] = w * r->reward;
        if (policy == SPL_OPE_LOGGING) continue;
        if (estimator == SPL_OPE_SNIPS) t[i] = snips + count / weights * w * (r->reward - snips);
        if (estimator != SPL_OPE_DR && estimator != SPL_OPE_SWITCH) continue;
        if (estimator == SPL_OPE_SWITCH && w > threshold) w = 0;
        for (uint32_t a = 0; a < ARMS; a++) expected += policy_of(policy, r->cell, a) * m_table[!r->half][r->cell][a];
        t[i] = expected + w * (r->reward - m_table[!r->half][r->cell][r->variant]);
    }
}

static void mean_and_error(const double *t, const double *u, uint32_t count, double *mean, double *se)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < count; i++) sum += t[i] - (u ? u[i] : 0);
    *mean = sum / count;
    for (uint32_t i = 0; i < count; i++) {
        double d = t[i] - (u ? u[i] : 0) - *mean;
        squares += d * d;
    }
    *se = sqrt(squares / count / (count - 1));
}

static void assert_estimate(spl_ope_estimate got, double mean, double se)
{
    assert_true(fabs(got.value - mean) <= 1e-12 * (1 + fabs(mean)));
    assert_true(fabs(got.se - se) <= 1e-7 * se + 1e-10);
    assert_true(fabs(got.low - (mean - 1.959963984540054 * se - got.bias)) < 1e-7);
    assert_true(fabs(got.high - (mean + 1.959963984540054 * se + got.bias)) < 1e-7);
}

static void compare_with_rows(const row *rows, uint32_t count, double clip)
{
    static double t[ROWS_MAX], u[ROWS_MAX];
    for (int half = 0; half < 2; half++)
        for (int x = 0; x < CELLS; x++)
            for (int a = 0; a <= ARMS; a++) m_table[half][x][a] = mean_of(rows, count, (uint32_t)half, x, a);
    spl_ope *ope = fill(rows, count, clip);
    for (int e = 0; e < SPL_OPE_ESTIMATORS; e++) {
        for (uint32_t p = 0; p < POLICIES; p++) {
            double mean, se;
            spl_ope_estimate got = spl_ope_value(ope, p, (spl_ope_estimator)e);
            terms(rows, count, p, (spl_ope_estimator)e, clip, got.threshold, t);
            mean_and_error(t, NULL, count, &mean, &se);
            assert_estimate(got, mean, se);
            for (uint32_t over = 0; over < POLICIES; over++) {
                got = spl_ope_gain(ope, p, over, (spl_ope_estimator)e);
                terms(rows, count, p, (spl_ope_estimator)e, clip, got.threshold, t);
                terms(rows, count, over, (spl_ope_estimator)e, clip, got.threshold, u);
                mean_and_error(t, u, count, &mean, &se);
                assert_estimate(got, mean, se);
            }
        }
    }
    spl_ope_free(ope);
}

static void sums_per_cell_give_what_all_rows_give(void **state)
{
    (void)state;
    static row rows[1500];
    make_rows(1, false, rows, 1500);
    compare_with_rows(rows, 1500, 0);
    compare_with_rows(rows, 1500, 2);
    make_rows(2, true, rows, 1500);
    compare_with_rows(rows, 1500, 0);
    compare_with_rows(rows, 1500, 2);
}

static void a_variant_that_the_target_does_not_know_counts_with_weight_zero(void **state)
{
    (void)state;
    static row rows[1000];
    make_rows(3, false, rows, 1000);
    for (uint32_t i = 0; i < 1000; i += 7) rows[i].variant = ARMS;
    compare_with_rows(rows, 1000, 0);
    spl_ope *ope = fill(rows, 1000, 0);
    assert_true(spl_ope_mean_weight(ope, SPL_OPE_TARGET, NULL) < 0.95);
    assert_true(spl_ope_mean_weight(ope, SPL_OPE_LOGGING, NULL) == 1.0);
    spl_ope_free(ope);
}

static void two_rows_give_what_the_formula_gives_by_hand(void **state)
{
    (void)state;
    // Weights 0.7 / 0.5 = 1.4 and 0.2 / 0.5 = 0.4; rewards 1 and 0.
    const row rows[] = {{0, 0, 0, 0.5, 1}, {0, 1, 1, 0.5, 0}};
    spl_ope *ope = fill(rows, 2, 0);
    assert_true(fabs(spl_ope_value(ope, SPL_OPE_TARGET, SPL_OPE_IPS).value - 0.7) < 1e-15);
    assert_true(fabs(spl_ope_value(ope, SPL_OPE_TARGET, SPL_OPE_SNIPS).value - 1.4 / 1.8) < 1e-15);
    assert_true(fabs(spl_ope_value(ope, SPL_OPE_TARGET, SPL_OPE_IPS).se - 0.7) < 1e-15);
    assert_true(fabs(spl_ope_effective_sample(ope, SPL_OPE_TARGET) - 1.8 * 1.8 / (1.4 * 1.4 + 0.4 * 0.4)) < 1e-14);
    assert_true(fabs(spl_ope_mean_weight(ope, SPL_OPE_TARGET, NULL) - 0.9) < 1e-15);
    double se;
    spl_ope_mean_weight(ope, SPL_OPE_TARGET, &se);
    assert_true(fabs(se - 0.5) < 1e-15); // of 1.4 and 0.4
    assert_int_equal(spl_ope_best_variant(ope), 0);
    spl_ope_free(ope);
}

static void what_the_log_cannot_say_is_not_a_number(void **state)
{
    (void)state;
    spl_ope *ope = fill(NULL, 0, 0);
    assert_true(isnan(spl_ope_value(ope, SPL_OPE_TARGET, SPL_OPE_IPS).value));
    assert_true(isnan(spl_ope_value(ope, SPL_OPE_LOGGING, SPL_OPE_IPS).value));
    assert_true(isnan(spl_ope_mean_weight(ope, SPL_OPE_TARGET, NULL)));
    assert_int_equal(spl_ope_best_variant(ope), ARMS);
    assert_true(spl_ope_effective_sample(ope, SPL_OPE_TARGET) == 0);
    assert_true(spl_ope_add(ope, 0, 1, 0, 0.5, 1));
    assert_true(isnan(spl_ope_value(ope, SPL_OPE_ALWAYS + 2, SPL_OPE_SNIPS).value));
    assert_true(isnan(spl_ope_gain(ope, SPL_OPE_TARGET, SPL_OPE_ALWAYS + 2, SPL_OPE_DR).value));
    assert_true(spl_ope_value(ope, SPL_OPE_ALWAYS + 1, SPL_OPE_SNIPS).value == 1);
    assert_true(isnan(spl_ope_value(ope, SPL_OPE_ALWAYS + 1, SPL_OPE_SNIPS).se)); // one row has no spread
    spl_ope_free(ope);
}

static void rows_without_a_usable_propensity_or_reward_are_counted_and_left_out(void **state)
{
    (void)state;
    spl_ope *ope = fill(NULL, 0, 0);
    static const double propensity[] = {0, -0.5, 1.5, NAN, INFINITY, 0.5, 0.5};
    static const double reward[] = {1, 1, 1, 1, 1, NAN, INFINITY};
    for (int i = 0; i < 7; i++) assert_false(spl_ope_add(ope, 0, 0, 0, propensity[i], reward[i]));
    assert_int_equal(spl_ope_counted(ope).unusable, 7);
    assert_int_equal(spl_ope_counted(ope).exposures, 0);
    spl_ope_free(ope);
}

static void heavy_and_clipped_weights_are_counted(void **state)
{
    (void)state;
    const row rows[] = {{0, 0, 0, 0.1, 1}, {0, 1, 1, 0.5, 0}, {1, 2, 0, 0.25, 1}}; // weights 7, 0.4, 3.2
    spl_ope *ope = fill(rows, 3, 5);
    spl_ope_counts counts = spl_ope_counted(ope);
    assert_int_equal(counts.heavy, 2); // above 3
    assert_int_equal(counts.clipped, 1);
    assert_true(fabs(counts.max_weight - 7) < 1e-12);
    assert_int_equal(counts.rewarded, 2);
    assert_true(fabs(spl_ope_mean_weight(ope, SPL_OPE_TARGET, NULL) - (5 + 0.4 + 3.2) / 3) < 1e-12);
    spl_ope_free(ope);
}

// Two cells' worth of one policy: most rows weigh 1, some 40.
static spl_ope *heavy_log(double threshold, double *rows_above)
{
    static const double always_first[1][2] = {{1, 0}};
    spl_ope_config config = {1, 2, &always_first[0][0], 0, 20, threshold};
    spl_ope *ope = spl_ope_new(&config);
    *rows_above = 0;
    for (uint32_t i = 0; i < 4000; i++) {
        bool rare = i % 200 == 0; // drawn with 1/40 where only every fortieth visit would be
        double p = rare ? 0.025 : 1;
        *rows_above += rare;
        assert_true(spl_ope_add(ope, 0, 0, i / 3 & 1, p, uniform(12, i) < 0.3));
    }
    return ope;
}

// Weights: 3,980 of 1 and 20 of 40, so 800 of 4,780 lie above any threshold from 1 to 32.
static void switch_dr_trades_the_error_for_the_bias_of_what_it_leaves_out(void **state)
{
    (void)state;
    double above;
    spl_ope *chosen = heavy_log(0, &above), *asked = heavy_log(8, &above);
    spl_ope_estimate dr = spl_ope_value(chosen, SPL_OPE_TARGET, SPL_OPE_DR);
    spl_ope_estimate best = spl_ope_value(chosen, SPL_OPE_TARGET, SPL_OPE_SWITCH);
    spl_ope_estimate at_8 = spl_ope_value(asked, SPL_OPE_TARGET, SPL_OPE_SWITCH);
    assert_true(dr.bias == 0 && isinf(dr.threshold));
    assert_true(at_8.threshold == 8);
    assert_true(fabs(at_8.bias - above * 40 / (4000 - above + above * 40)) < 1e-12); // the range of rewards is 1
    assert_true(at_8.se < dr.se / 2);
    double risk = best.se * best.se + best.bias * best.bias;
    assert_true(risk <= dr.se * dr.se && risk <= at_8.se * at_8.se + at_8.bias * at_8.bias);
    assert_true(fabs(at_8.high - at_8.value - (1.959963984540054 * at_8.se + at_8.bias)) < 1e-12);
    spl_ope_free(chosen);
    spl_ope_free(asked);
}

static void where_weights_are_light_switch_dr_is_dr(void **state)
{
    (void)state;
    static row rows[1500];
    make_rows(4, false, rows, 1500);
    spl_ope *ope = fill(rows, 1500, 0);
    spl_ope_estimate dr = spl_ope_value(ope, SPL_OPE_TARGET, SPL_OPE_DR);
    spl_ope_estimate with = spl_ope_value(ope, SPL_OPE_TARGET, SPL_OPE_SWITCH);
    assert_true(with.bias == 0);
    assert_true(fabs(with.value - dr.value) < 1e-14 && fabs(with.se - dr.se) < 1e-14);
    spl_ope_free(ope);
}

// An error can be computed from less than an interval can be trusted with.
static void few_exposures_or_rewards_have_no_interval(void **state)
{
    (void)state;
    static const struct {
        uint32_t rows, rewarded;
        bool told;
    } cases[] = {{29, 14, false}, {30, 14, true},   {500, 0, false},   {500, 9, false},
                 {500, 10, true}, {500, 490, true}, {500, 491, false}, {500, 500, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spl_ope *ope = fill(NULL, 0, 0);
        for (uint32_t j = 0; j < cases[i].rows; j++)
            assert_true(spl_ope_add(ope, 0, 0, j & 1, 0.7, j < cases[i].rewarded));
        for (int e = 0; e < SPL_OPE_ESTIMATORS; e++) {
            spl_ope_estimate value = spl_ope_value(ope, SPL_OPE_ALWAYS, (spl_ope_estimator)e);
            assert_true(isfinite(value.value) && isfinite(value.se));
            if (isfinite(value.low) != cases[i].told) fail_msg("case %zu, estimator %d", i, e);
        }
        spl_ope_free(ope);
    }
}

// Two normal numbers from two uniform ones (Box & Muller 1958).
static double normal(uint64_t seed, uint32_t index)
{
    double u[2];
    spl_uniform2(seed, index, SPL_STREAM_TEST, 0, u);
    return sqrt(-2 * log(u[0])) * cos(6.283185307179586 * u[1]);
}

static spl_ope *normal_log(double mean, double sigma)
{
    enum { ROWS = 4000 };
    spl_ope *ope = fill(NULL, 0, 0);
    for (uint32_t i = 0; i < ROWS; i++) {
        uint32_t x = i % CELLS, a = draw(logging[x], ARMS, uniform(8, i));
        assert_true(spl_ope_add(ope, x, a, i & 1, logging[x][a], mean + sigma * normal(9, i)));
    }
    return ope;
}

static void rewards_far_from_zero_keep_their_digits(void **state)
{
    (void)state;
    spl_ope *near = normal_log(0, 1), *far = normal_log(1e9, 1);
    for (uint32_t p = 0; p < POLICIES; p++) {
        for (int e = SPL_OPE_SNIPS; e < SPL_OPE_ESTIMATORS; e++) { // both move with the rewards
            spl_ope_estimate want = spl_ope_value(near, p, (spl_ope_estimator)e);
            spl_ope_estimate got = spl_ope_value(far, p, (spl_ope_estimator)e);
            assert_true(want.se > 0.01);
            assert_true(fabs(got.se / want.se - 1) < 1e-6);
            assert_true(fabs(got.value - 1e9 - want.value) < 1e-6);
            want = spl_ope_gain(near, p, SPL_OPE_LOGGING, (spl_ope_estimator)e);
            got = spl_ope_gain(far, p, SPL_OPE_LOGGING, (spl_ope_estimator)e);
            assert_true(fabs(got.value - want.value) < 1e-6);
            assert_true(fabs(got.se - want.se) < 1e-6);
        }
        // The error of IPS is that of the weights, times the rewards.
        spl_ope_estimate by_weights = spl_ope_value(far, p, SPL_OPE_IPS);
        double se;
        spl_ope_mean_weight(far, p, &se);
        if (p == SPL_OPE_LOGGING) continue;
        assert_true(fabs(by_weights.se / (1e9 * se) - 1) < 1e-6);
    }
    spl_ope_free(near);
    spl_ope_free(far);
}

static void an_error_that_cannot_be_told_is_not_zero(void **state)
{
    (void)state;
    spl_ope *ope = normal_log(0, 1e200); // whose squares leave the range of a double
    for (uint32_t p = 0; p < POLICIES; p++) {
        for (int e = 0; e < SPL_OPE_ESTIMATORS; e++) {
            assert_true(isfinite(spl_ope_value(ope, p, (spl_ope_estimator)e).value));
            assert_true(isnan(spl_ope_value(ope, p, (spl_ope_estimator)e).se));
            assert_true(isnan(spl_ope_gain(ope, p, (p + 1) % POLICIES, (spl_ope_estimator)e).low));
        }
    }
    spl_ope_free(ope);
}

static void rewards_that_are_all_equal_have_an_error_of_zero(void **state)
{
    (void)state;
    spl_ope *ope = normal_log(0.1, 0);
    for (int e = SPL_OPE_SNIPS; e < SPL_OPE_ESTIMATORS; e++) {
        spl_ope_estimate value = spl_ope_value(ope, SPL_OPE_TARGET, (spl_ope_estimator)e);
        assert_true(value.value == 0.1 && value.se == 0);
    }
    spl_ope_free(ope);
}

static void policies_agree_by_what_they_serve_and_not_by_what_it_earns(void **state)
{
    (void)state;
    static const double table[CELLS][ARMS] = {{0, 1, 0}, {0, 1, 0}, {1, 0, 0}};
    spl_ope_config config = {CELLS, ARMS, &table[0][0], 0, 20, 0};
    spl_ope *ope = spl_ope_new(&config);
    for (uint32_t i = 0; i < 30; i++) assert_true(spl_ope_add(ope, i % 2, i % ARMS, 0, 0.5, 0));
    assert_true(spl_ope_agree(ope, SPL_OPE_TARGET, SPL_OPE_ALWAYS + 1)); // in the cells that the log has
    assert_false(spl_ope_agree(ope, SPL_OPE_TARGET, SPL_OPE_ALWAYS));
    assert_false(spl_ope_agree(ope, SPL_OPE_TARGET, SPL_OPE_UNIFORM));
    assert_true(spl_ope_add(ope, 2, 2, 0, 0.5, 0));
    assert_false(spl_ope_agree(ope, SPL_OPE_TARGET, SPL_OPE_ALWAYS + 1));
    spl_ope_free(ope);
}

// ---- Real logs: zr-obp's sample of the Open Bandit Dataset, campaign "men", 34 items.

#define OBD_ITEMS 34

static gzFile open_obd(const char *behaviour)
{
    char path[1024];
    const char *data = getenv("SAMPLIT_DATA");
    snprintf(path, sizeof path, "%s/obd/%s/men/men.csv.gz", data ? data : SAMPLIT_SOURCE "/../shared/data", behaviour);
    gzFile file = gzopen(path, "rb");
    if (!file) {
        fprintf(stderr, "SKIPPED: %s is not there; set SAMPLIT_DATA\n", path);
        skip();
    }
    return file;
}

// Values the uniform policy on a log; also its sums over rows, IPS, weights and clicks.
static spl_ope *read_obd(const char *behaviour, double *ips, double *weights, double *clicks)
{
    static double p[OBD_ITEMS];
    for (int i = 0; i < OBD_ITEMS; i++) p[i] = 1.0 / OBD_ITEMS;
    spl_ope_config config = {1, OBD_ITEMS, p, 0, 20, 0};
    spl_ope *ope = spl_ope_new(&config);
    gzFile file = open_obd(behaviour);
    char line[4096];
    assert_non_null(gzgets(file, line, sizeof line));
    *ips = *weights = *clicks = 0;
    for (uint32_t i = 0; gzgets(file, line, sizeof line); i++) {
        unsigned item;
        double click, propensity;
        assert_int_equal(sscanf(line, "%*d,%*[^,],%u,%*d,%lf,%lf", &item, &click, &propensity), 3);
        assert_true(spl_ope_add(ope, 0, item, i & 1, propensity, click));
        *ips += click / OBD_ITEMS / propensity;
        *weights += 1.0 / OBD_ITEMS / propensity;
        *clicks += click;
    }
    gzclose(file);
    assert_int_equal(spl_ope_counted(ope).exposures, 10000);
    return ope;
}

static void the_uniform_policy_on_a_uniform_real_log_is_its_mean(void **state)
{
    (void)state;
    double ips, weights, clicks;
    spl_ope *ope = read_obd("random", &ips, &weights, &clicks);
    for (int e = 0; e < SPL_OPE_ESTIMATORS; e++) {
        spl_ope_estimate value = spl_ope_value(ope, SPL_OPE_TARGET, (spl_ope_estimator)e);
        assert_true(fabs(value.value - clicks / 10000) < (e >= SPL_OPE_DR ? 2e-4 : 1e-12));
    }
    assert_true(fabs(spl_ope_effective_sample(ope, SPL_OPE_TARGET) - 10000) < 1e-6);
    spl_ope_free(ope);
}

static void the_uniform_policy_valued_on_the_thompson_log_agrees_with_the_uniform_log(void **state)
{
    (void)state;
    double ips, weights, clicks, random_clicks, unused[2];
    spl_ope *ope = read_obd("bts", &ips, &weights, &clicks);
    spl_ope_free(read_obd("random", &unused[0], &unused[1], &random_clicks));
    spl_ope_estimate by_ips = spl_ope_value(ope, SPL_OPE_TARGET, SPL_OPE_IPS);
    spl_ope_estimate by_snips = spl_ope_value(ope, SPL_OPE_TARGET, SPL_OPE_SNIPS);
    assert_true(fabs(by_ips.value - ips / 10000) < 1e-12);
    assert_true(fabs(by_snips.value - ips / weights) < 1e-12);
    double on_policy = random_clicks / 10000, se = sqrt(on_policy * (1 - on_policy) / 10000);
    for (int e = 0; e < SPL_OPE_ESTIMATORS; e++) {
        spl_ope_estimate value = spl_ope_value(ope, SPL_OPE_TARGET, (spl_ope_estimator)e);
        assert_true(fabs(value.value - on_policy) < 1.96 * sqrt(se * se + value.se * value.se));
    }
    assert_true(spl_ope_effective_sample(ope, SPL_OPE_TARGET) < 1000); // the log says little about that policy
    spl_ope_free(ope);
}

// ---- Coverage: how often the 95 % interval holds the truth.

static double true_value(uint32_t policy)
{
    double value = 0;
    for (uint32_t x = 0; x < CELLS; x++)
        for (uint32_t a = 0; a < ARMS; a++) value += policy_of(policy, x, a) * truth[x][a] / CELLS;
    return value;
}

static void intervals_hold_the_truth_in_93_of_100_worlds_or_more(void **state)
{
    (void)state;
    enum { WORLDS = 2000, ROWS = 2000 };
    static row rows[ROWS];
    uint32_t value_held[SPL_OPE_ESTIMATORS] = {0}, gain_held[SPL_OPE_ESTIMATORS] = {0};
    double value = true_value(SPL_OPE_TARGET), gain = value - true_value(SPL_OPE_ALWAYS + 1);
    for (uint32_t world = 0; world < WORLDS; world++) {
        make_rows(100 + world, false, rows, ROWS);
        spl_ope *ope = fill(rows, ROWS, 0);
        for (int e = 0; e < SPL_OPE_ESTIMATORS; e++) {
            spl_ope_estimate v = spl_ope_value(ope, SPL_OPE_TARGET, (spl_ope_estimator)e);
            spl_ope_estimate g = spl_ope_gain(ope, SPL_OPE_TARGET, SPL_OPE_ALWAYS + 1, (spl_ope_estimator)e);
            value_held[e] += v.low <= value && value <= v.high;
            gain_held[e] += g.low <= gain && gain <= g.high;
        }
        spl_ope_free(ope);
    }
    for (int e = 0; e < SPL_OPE_ESTIMATORS; e++) {
        print_message("estimator %d: value held in %.1f %%, gain in %.1f %% of %d worlds\n", e,
                      100.0 * value_held[e] / WORLDS, 100.0 * gain_held[e] / WORLDS, WORLDS);
        assert_in_range(value_held[e], WORLDS * 93 / 100, WORLDS * 975 / 1000); // nor idle: 97.5 % at most
        assert_in_range(gain_held[e], WORLDS * 93 / 100, WORLDS * 975 / 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_per_cell_give_what_all_rows_give),
        cmocka_unit_test(a_variant_that_the_target_does_not_know_counts_with_weight_zero),
        cmocka_unit_test(two_rows_give_what_the_formula_gives_by_hand),
        cmocka_unit_test(what_the_log_cannot_say_is_not_a_number),
        cmocka_unit_test(rows_without_a_usable_propensity_or_reward_are_counted_and_left_out),
        cmocka_unit_test(heavy_and_clipped_weights_are_counted),
        cmocka_unit_test(switch_dr_trades_the_error_for_the_bias_of_what_it_leaves_out),
        cmocka_unit_test(where_weights_are_light_switch_dr_is_dr),
        cmocka_unit_test(few_exposures_or_rewards_have_no_interval),
        cmocka_unit_test(rewards_far_from_zero_keep_their_digits),
        cmocka_unit_test(an_error_that_cannot_be_told_is_not_zero),
        cmocka_unit_test(rewards_that_are_all_equal_have_an_error_of_zero),
        cmocka_unit_test(policies_agree_by_what_they_serve_and_not_by_what_it_earns),
        cmocka_unit_test(the_uniform_policy_on_a_uniform_real_log_is_its_mean),
        cmocka_unit_test(the_uniform_policy_valued_on_the_thompson_log_agrees_with_the_uniform_log),
        cmocka_unit_test(intervals_hold_the_truth_in_93_of_100_worlds_or_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
