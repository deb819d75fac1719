// SPDX-License-Identifier: MIT
// Oracle: MPFR at 200 bits. Errors are in units in the last place of the exact result, where
// subnormals all have the unit 2^-1074; the bounds are those that num.h states.
#include <stdint.h> // before mpfr.h, which then offers 64-bit results
#include <stdio.h>
#include <string.h>

#include <mpfr.h>

#include "num_bits.h"
#include "num_tables.h"
#include "samplit/hash.h"
#include "samplit/num.h"
#include "testing.h"

#define PRECISION 200
#define SAMPLES 40000 // per function and range

static const double INF = __builtin_inf();

typedef struct function {
    const char *name;
    double (*ours)(double);
    int (*exact)(mpfr_t, const mpfr_t, mpfr_rnd_t);
    double bound; // ulp
} function;

static const function EXP = {"exp", spl_exp, mpfr_exp, 0.55};
static const function LOG = {"log", spl_log, mpfr_log, 0.52};
static const function SIN = {"sin", spl_sin, mpfr_sin, 0.80};
static const function COS = {"cos", spl_cos, mpfr_cos, 0.80};

static mpfr_t argument, exact, difference;

static int start_mpfr(void **state)
{
    (void)state;
    mpfr_inits2(PRECISION, argument, exact, difference, (mpfr_ptr)NULL);
    return 0;
}

static int end_mpfr(void **state)
{
    (void)state;
    mpfr_clears(argument, exact, difference, (mpfr_ptr)NULL);
    mpfr_free_cache();
    return 0;
}

static bool is_nan(double x)
{
    return x != x;
}

// The error of f at x; 0 where the oracle is infinite or NaN and so are we.
static double ulps(const function *f, double x)
{
    double ours = f->ours(x);
    mpfr_set_d(argument, x, MPFR_RNDN);
    f->exact(exact, argument, MPFR_RNDN);
    double nearest = mpfr_get_d(exact, MPFR_RNDN);
    if (!spl_is_finite(nearest)) return nearest == ours || (is_nan(nearest) && is_nan(ours)) ? 0 : INF;
    if (!spl_is_finite(ours)) return INF;
    if (mpfr_zero_p(exact)) return ours == 0 ? 0 : INF;
    mpfr_exp_t exponent = mpfr_get_exp(exact) - 1;
    if (exponent < -1022) exponent = -1022;
    mpfr_sub_d(difference, exact, ours, MPFR_RNDN);
    mpfr_mul_2si(difference, difference, 52 - exponent, MPFR_RNDN);
    double error = mpfr_get_d(difference, MPFR_RNDN);
    return error < 0 ? -error : error;
}

static void check(const function *f, double x)
{
    double error = ulps(f, x);
    if (!(error < f->bound)) fail_msg("%s(%a) is off by %g ulp", f->name, x, error);
}

static void check_both_signs(const function *f, double x)
{
    check(f, x);
    check(f, -x);
}

static uint64_t random_bits(uint64_t i)
{
    return spl_mix64(i * 0x9E3779B97F4A7C15u + 1);
}

// SAMPLES random points between lo and hi, and as many evenly spaced.
static void check_range(const function *f, double lo, double hi)
{
    for (uint64_t i = 0; i < SAMPLES; i++) {
        check(f, lo + (hi - lo) * ((double)(random_bits(i) >> 11) * 0x1p-53));
        check(f, lo + (hi - lo) * ((double)i / SAMPLES));
    }
}

static void check_random_bit_patterns(const function *f)
{
    for (uint64_t i = 0; i < SAMPLES; i++) check(f, double_of(random_bits(i)));
}

// Each power of two with its neighbours, from the least subnormal on, both signs.
static void check_every_exponent(const function *f)
{
    for (uint64_t exponent = 0; exponent < 2047; exponent++)
        for (int64_t step = -2; step <= 2; step++)
            check_both_signs(f, double_of(((exponent << 52) + (uint64_t)step) & INT64_MAX));
    for (int bit = 0; bit < 52; bit++) check_both_signs(f, double_of(1ull << bit));
}

static void exp_stays_within_its_bound(void **state)
{
    (void)state;
    check_random_bit_patterns(&EXP);
    check_every_exponent(&EXP);
    check_range(&EXP, -1, 1);
    check_range(&EXP, -0.03, 0.03);
    check_range(&EXP, -708, 709.7);
    for (int i = -34500; i <= 32768; i++) check(&EXP, (i + 0.5) * 0.021660849392498290); // table edges
}

static void exp_rounds_once_into_the_subnormals(void **state)
{
    (void)state;
    check_range(&EXP, -745.2, -708);
    check_range(&EXP, -708.5, -708.3);
}

static void exp_meets_its_special_values(void **state)
{
    (void)state;
    assert_true(spl_exp(0) == 1 && spl_exp(-0.0) == 1);
    assert_true(spl_exp(INF) == INF && spl_exp(-INF) == 0);
    assert_true(spl_exp(0x1.62e42fefa39efp+9) == 0x1.fffffffffff2ap+1023);
    assert_true(spl_exp(0x1.62e42fefa39fp+9) == INF);
    assert_true(spl_exp(-0x1.74910d52d3051p+9) == 0x1p-1074);
    assert_true(spl_exp(-0x1.74910d52d3052p+9) == 0);
    assert_true(spl_exp(-1e300) == 0);
}

static void log_stays_within_its_bound(void **state)
{
    (void)state;
    check_random_bit_patterns(&LOG);
    check_every_exponent(&LOG);
    check_range(&LOG, 0, 1);
    check_range(&LOG, 0.5, 2);
    check_range(&LOG, 0.98, 1.02);
    check_range(&LOG, 1 - 0x1p-20, 1 + 0x1p-20);
    check_range(&LOG, 0, 0x1p-1022);
    for (int j = 90; j <= 181; j++) // around the table's edges and centres
        for (int64_t step = -50; step <= 50; step++) check(&LOG, double_of(bits_of(j / 128.0) + (uint64_t)step));
}

static void log_meets_its_special_values(void **state)
{
    (void)state;
    assert_true(spl_log(0) == -INF && spl_log(-0.0) == -INF && spl_log(INF) == INF);
    assert_true(bits_of(spl_log(1)) == 0);
    assert_true(is_nan(spl_log(-1)) && is_nan(spl_log(-0x1p-1074)) && is_nan(spl_log(-INF)));
}

static void check_angles(const function *f)
{
    check_random_bit_patterns(f);
    check_every_exponent(f);
    check_range(f, -0.7854, 0.7854);
    check_range(f, -6.3, 6.3);
    check_range(f, -128, 128);
    check_range(f, 127, 1e6);
    check_range(f, -1e300, 1e300);
}

static void sin_stays_within_its_bound(void **state)
{
    (void)state;
    check_angles(&SIN);
}

static void cos_stays_within_its_bound(void **state)
{
    (void)state;
    check_angles(&COS);
}

// The doubles around k pi/2: where the reduction cancels most.
static void angles_near_multiples_of_half_pi_stay_within_the_bound(void **state)
{
    (void)state;
    for (int k = 1; k <= 20000; k++) {
        mpfr_const_pi(argument, MPFR_RNDN);
        mpfr_mul_ui(argument, argument, (unsigned long)k, MPFR_RNDN);
        mpfr_div_2ui(argument, argument, 2, MPFR_RNDN); // odd k: the edges between quadrants
        double x = mpfr_get_d(argument, MPFR_RNDN);
        for (int64_t step = -1; step <= 1; step++) {
            check_both_signs(&SIN, double_of(bits_of(x) + (uint64_t)step));
            check_both_signs(&COS, double_of(bits_of(x) + (uint64_t)step));
        }
    }
}

// 6381956970095103 * 2^797 is the double nearest to a multiple of pi/2 (Muller et al., "Handbook of
// Floating-Point Arithmetic", section on range reduction).
static void the_hardest_angles_stay_within_the_bound(void **state)
{
    (void)state;
    static const double angles[] = {
        6381956970095103.0 * 0x1p797,
        0x1.fffffffffffffp+1023,
        0x1.fffffffffffffp+6,
        0x1p+7,
        0x1.0000000000001p+7,
        0x1.921fb54442d18p-1,
        0x1.921fb54442d19p-1,
        0x1p-28,
        0x1.fffffffffffffp-29,
        22,
        355,
        1e22,
    };
    for (size_t i = 0; i < sizeof angles / sizeof *angles; i++) {
        check_both_signs(&SIN, angles[i]);
        check_both_signs(&COS, angles[i]);
    }
}

static void sin_and_cos_meet_their_special_values(void **state)
{
    (void)state;
    assert_true(bits_of(spl_sin(0.0)) == 0 && bits_of(spl_sin(-0.0)) == bits_of(-0.0));
    assert_true(spl_sin(-0x1p-1074) == -0x1p-1074);
    assert_true(spl_cos(0) == 1 && spl_cos(-0.0) == 1);
    assert_true(is_nan(spl_sin(INF)) && is_nan(spl_sin(-INF)) && is_nan(spl_cos(INF)) && is_nan(spl_cos(-INF)));
}

static void every_nan_becomes_the_same_nan(void **state)
{
    (void)state;
    static const uint64_t nans[] = {0x7FF8000000000000u, 0xFFF8000000000000u, 0x7FF0000000000001u, 0xFFFFFFFFFFFFFFFFu};
    const function *functions[] = {&EXP, &LOG, &SIN, &COS};
    for (size_t i = 0; i < sizeof nans / sizeof *nans; i++)
        for (int f = 0; f < 4; f++)
            assert_int_equal(bits_of(functions[f]->ours(double_of(nans[i]))), 0x7FF8000000000000u);
    assert_int_equal(bits_of(spl_log(-1)), 0x7FF8000000000000u);
}

static void square_roots_are_correctly_rounded(void **state)
{
    (void)state;
    static const function SQRT = {"sqrt", spl_sqrt, mpfr_sqrt, 0x1.0000000000001p-1};
    check_random_bit_patterns(&SQRT);
    check_every_exponent(&SQRT);
    for (uint64_t i = 0; i < SAMPLES; i++) {
        float x = (float)(random_bits(i) >> 40) * 0x1p-20f, root = spl_sqrtf(x);
        assert_true(root == (float)spl_sqrt((double)x)); // 53 >= 2 * 24 + 2 bits: no double rounding
    }
    assert_true(bits_of(spl_sqrt(-0.0)) == bits_of(-0.0));
    assert_true(is_nan(spl_sqrt(-1)) && is_nan((double)spl_sqrtf(-1)));
}

static void finite_numbers_are_told_from_the_others(void **state)
{
    (void)state;
    assert_true(spl_is_finite(0) && spl_is_finite(-0x1.fffffffffffffp+1023) && spl_is_finite(0x1p-1074));
    assert_false(spl_is_finite(INF) || spl_is_finite(-INF) || spl_is_finite(__builtin_nan("")));
    assert_true(spl_is_finitef(0x1.fffffep+127f) && spl_is_finitef(-0x1p-149f));
    assert_false(spl_is_finitef((float)INF) || spl_is_finitef((float)-INF) || spl_is_finitef(__builtin_nanf("")));
}

// Splits `exact` into a multiple of 2^-bits and the rest, rounded to float. 0 bits: the nearest double.
static void check_split(double hi, float lo, int bits)
{
    mpfr_t rounded;
    mpfr_init2(rounded, PRECISION);
    if (bits) {
        mpfr_mul_2si(rounded, exact, bits, MPFR_RNDN);
        mpfr_rint(rounded, rounded, MPFR_RNDN);
        mpfr_div_2si(rounded, rounded, bits, MPFR_RNDN);
        assert_true(hi == mpfr_get_d(rounded, MPFR_RNDN));
    } else {
        assert_true(hi == mpfr_get_d(exact, MPFR_RNDN));
    }
    mpfr_sub_d(rounded, exact, hi, MPFR_RNDN);
    assert_true(lo == mpfr_get_flt(rounded, MPFR_RNDN));
    mpfr_clear(rounded);
}

static void the_tables_hold_what_their_formulas_say(void **state)
{
    (void)state;
    for (int i = 0; i < SPL_EXP_STEPS; i++) {
        mpfr_set_d(argument, (double)i / SPL_EXP_STEPS, MPFR_RNDN);
        mpfr_exp2(exact, argument, MPFR_RNDN);
        check_split(SPL_EXP_TABLE[i].hi, SPL_EXP_TABLE[i].lo, 0);
    }
    for (int i = 0; i < (int)(sizeof SPL_LOG_TABLE / sizeof *SPL_LOG_TABLE); i++) {
        float inverse = (float)SPL_LOG_STEPS / (float)(SPL_LOG_FIRST + i);
        mpfr_set_d(argument, (double)inverse, MPFR_RNDN);
        mpfr_log(exact, argument, MPFR_RNDN);
        mpfr_neg(exact, exact, MPFR_RNDN);
        check_split(SPL_LOG_TABLE[i].hi, SPL_LOG_TABLE[i].lo, 42);
    }
}

static void the_bits_of_two_over_pi_are_right(void **state)
{
    (void)state;
    mpfr_t digits, word;
    mpfr_inits2(1400, digits, word, (mpfr_ptr)NULL);
    mpfr_const_pi(digits, MPFR_RNDN);
    mpfr_ui_div(digits, 2, digits, MPFR_RNDN);
    assert_int_equal(SPL_TWO_OVER_PI[0], 0);
    for (size_t i = 1; i < sizeof SPL_TWO_OVER_PI / sizeof *SPL_TWO_OVER_PI; i++) {
        mpfr_mul_2ui(digits, digits, 64, MPFR_RNDN);
        mpfr_floor(word, digits);
        assert_true(mpfr_get_uj(word, MPFR_RNDZ) == SPL_TWO_OVER_PI[i]);
        mpfr_sub(digits, digits, word, MPFR_RNDN);
    }
    mpfr_clears(digits, word, (mpfr_ptr)NULL);
}

// Off by how much of itself; `exact` gets the chance of at most x (or above it), or the density.
static double relative_error(double ours)
{
    mpfr_sub_d(difference, exact, ours, MPFR_RNDN);
    mpfr_div(difference, difference, exact, MPFR_RNDN);
    double error = mpfr_get_d(difference, MPFR_RNDN);
    return error < 0 ? -error : error;
}

// exact = erfc(x / sqrt(2)) / 2, the chance above x.
static void exact_tail(double x)
{
    mpfr_set_ui(argument, 2, MPFR_RNDN);
    mpfr_sqrt(argument, argument, MPFR_RNDN);
    mpfr_d_div(argument, x, argument, MPFR_RNDN);
    mpfr_erfc(exact, argument, MPFR_RNDN);
    mpfr_div_ui(exact, exact, 2, MPFR_RNDN);
}

static void exact_density(double x)
{
    mpfr_set_d(argument, x, MPFR_RNDN);
    mpfr_sqr(argument, argument, MPFR_RNDN);
    mpfr_div_si(argument, argument, -2, MPFR_RNDN);
    mpfr_exp(exact, argument, MPFR_RNDN);
    mpfr_const_pi(argument, MPFR_RNDN);
    mpfr_mul_ui(argument, argument, 2, MPFR_RNDN);
    mpfr_rec_sqrt(argument, argument, MPFR_RNDN);
    mpfr_mul(exact, exact, argument, MPFR_RNDN);
}

static void the_normal_distribution_stays_within_its_bound(void **state)
{
    (void)state;
    double worst = 0;
    for (int i = -37500; i <= 37500; i++) {
        double x = i / 1000.0, density, below = spl_normal_cdf(x, &density), error;
        exact_tail(-x);
        error = relative_error(below);
        if (error > worst) worst = error;
        exact_density(x);
        error = relative_error(density);
        if (error > worst) worst = error;
    }
    for (int i = 1; i <= 8000; i++) { // 1 - F, as far as a double near 1 can say it
        double x = i / 2000.0, density;
        exact_tail(x);
        double error = relative_error(1 - spl_normal_cdf(x, &density));
        if (error > worst) worst = error;
    }
    printf("normal distribution: off by at most %.2e of itself\n", worst);
    assert_true(worst < 5e-9);
}

static void the_normal_distribution_has_ends(void **state)
{
    (void)state;
    double density;
    assert_true(spl_normal_cdf(-INF, &density) == 0 && density == 0);
    assert_true(spl_normal_cdf(INF, &density) == 1 && density == 0);
    assert_true(spl_normal_cdf(-1e308, &density) == 0 && density == 0);
    assert_true(spl_normal_cdf(-0.0, &density) == spl_normal_cdf(0.0, &density));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_stays_within_its_bound),
        cmocka_unit_test(exp_rounds_once_into_the_subnormals),
        cmocka_unit_test(exp_meets_its_special_values),
        cmocka_unit_test(log_stays_within_its_bound),
        cmocka_unit_test(log_meets_its_special_values),
        cmocka_unit_test(sin_stays_within_its_bound),
        cmocka_unit_test(cos_stays_within_its_bound),
        cmocka_unit_test(angles_near_multiples_of_half_pi_stay_within_the_bound),
        cmocka_unit_test(the_hardest_angles_stay_within_the_bound),
        cmocka_unit_test(sin_and_cos_meet_their_special_values),
        cmocka_unit_test(every_nan_becomes_the_same_nan),
        cmocka_unit_test(square_roots_are_correctly_rounded),
        cmocka_unit_test(finite_numbers_are_told_from_the_others),
        cmocka_unit_test(the_tables_hold_what_their_formulas_say),
        cmocka_unit_test(the_bits_of_two_over_pi_are_right),
        cmocka_unit_test(the_normal_distribution_stays_within_its_bound),
        cmocka_unit_test(the_normal_distribution_has_ends),
    };
    return cmocka_run_group_tests(tests, start_mpfr, end_mpfr);
}
