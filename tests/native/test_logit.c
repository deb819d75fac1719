// SPDX-License-Identifier: MIT
// Logistic regression where the answer is known in closed form, and where there is none; test_hillstrom.c has R's.
#include "stats/logit.h"

#include <math.h>
#include <stdlib.h>

#include "near.h"
#include "stats/gsl_errors.h"
#include "testing.h"

static int let_gsl_return_errors(void **state)
{
    (void)state;
    spl_gsl_errors_off();
    return 0;
}

// Two groups of 100 with 20 and 35 successes: the slope is the log odds ratio, its variance the sum of 1 / cell.
static void two_groups_have_the_log_odds_ratio(void **state)
{
    (void)state;
    double x[200][2], y[200], deviance;
    spl_logit_term terms[2];
    for (int i = 0; i < 200; i++) {
        x[i][0] = 1, x[i][1] = i >= 100;
        y[i] = i % 100 < (i < 100 ? 20 : 35);
    }
    assert_int_equal(spl_logit_fit(x[0], y, 200, 2, terms, &deviance), SPL_LOGIT_FOUND);
    assert_near(terms[0].estimate, log(0.25), 1e-13);
    assert_near(terms[1].estimate, log(35.0 / 65 / 0.25), 1e-13);
    assert_near(terms[1].se, sqrt(1.0 / 20 + 1.0 / 80 + 1.0 / 35 + 1.0 / 65), 1e-13);
    assert_near(terms[1].p, erfc(terms[1].z / sqrt(2)), 1e-15);
    assert_near(deviance, -2 * (20 * log(0.2) + 80 * log(0.8) + 35 * log(0.35) + 65 * log(0.65)), 1e-10);
}

// Other units of a column change its estimate by as much, and nothing else.
static void units_do_not_matter(void **state)
{
    (void)state;
    double x[60], y[30], scaled[60], deviance, same;
    spl_logit_term a[2], b[2];
    for (int i = 0; i < 30; i++) {
        x[2 * i] = scaled[2 * i] = 1;
        x[2 * i + 1] = i;
        scaled[2 * i + 1] = i * 1e9;
        y[i] = (i * 7) % 30 + i > 25;
    }
    assert_int_equal(spl_logit_fit(x, y, 30, 2, a, &deviance), SPL_LOGIT_FOUND);
    assert_int_equal(spl_logit_fit(scaled, y, 30, 2, b, &same), SPL_LOGIT_FOUND);
    assert_near(b[1].estimate * 1e9, a[1].estimate, 1e-9 * fabs(a[1].estimate));
    assert_near(b[1].z, a[1].z, 1e-8);
    assert_near(same, deviance, 1e-10);
}

static void what_has_no_answer_is_said(void **state)
{
    (void)state;
    double x[20][3], y[20], deviance = -1;
    spl_logit_term terms[3];
    for (int i = 0; i < 20; i++) {
        x[i][0] = 1, x[i][1] = i, x[i][2] = 3 - 2 * i;
        y[i] = i % 3 == 0;
    }
    assert_int_equal(spl_logit_fit(x[0], y, 20, 3, terms, &deviance), SPL_LOGIT_SINGULAR);
    assert_int_equal(spl_logit_fit(x[0], y, 2, 3, terms, &deviance), SPL_LOGIT_SINGULAR);
    for (int i = 0; i < 20; i++) x[i][2] = i % 2, y[i] = i > 9; // i tells all
    assert_int_equal(spl_logit_fit(x[0], y, 20, 3, terms, &deviance), SPL_LOGIT_SEPARATED);
    for (int i = 0; i < 20; i++) y[i] = i % 2 && i > 9; // nobody of the even ones
    assert_int_equal(spl_logit_fit(x[0], y, 20, 3, terms, &deviance), SPL_LOGIT_SEPARATED);
    for (int i = 0; i < 20; i++) y[i] = 1;
    assert_int_equal(spl_logit_fit(x[0], y, 20, 3, terms, &deviance), SPL_LOGIT_SEPARATED);
    assert_near(deviance, -1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_groups_have_the_log_odds_ratio),
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(what_has_no_answer_is_said),
    };
    return cmocka_run_group_tests(tests, let_gsl_return_errors, NULL);
}
