// SPDX-License-Identifier: MIT
// Off-policy estimates of two real logs against the definitions, summed row by row in long double: the Open Bandit
// Dataset's sample, campaign "men", 34 items in 3 positions, under a random and a Thompson-sampling policy.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "stats/ope.h"
#include "testing.h"

#define ITEMS 34
#define POSITIONS 3
#define ROWS 10000
#define STRENGTH 10 // of the model's shrinkage, as stats/ope_value.c says

typedef struct row {
    uint32_t position, item, half;
    double propensity, click;
} row;

static row rows[ROWS];
static double policy[POSITIONS][ITEMS];

static void read_log(const char *behaviour)
{
    char path[1024], line[4096];
    const char *data = getenv("SAMPLIT_DATA");
    snprintf(path, sizeof path, "%s/obd/%s/men/men.csv.gz", data ? data : SAMPLIT_SOURCE "/../shared/data", behaviour);
    gzFile file = gzopen(path, "rb");
    if (!file) {
        fprintf(stderr, "SKIPPED: %s is not there; set SAMPLIT_DATA\n", path);
        skip();
    }
    assert_non_null(gzgets(file, line, sizeof line));
    for (uint32_t i = 0; i < ROWS; i++) {
        row *r = &rows[i];
        assert_non_null(gzgets(file, line, sizeof line));
        assert_int_equal(sscanf(line, "%*d,%*[^,],%u,%u,%lf,%lf", &r->item, &r->position, &r->click, &r->propensity),
                         4);
        r->position--;
        r->half = i & 1;
    }
    gzclose(file);
}

// Some items more than others, differently at each position.
static void make_policy(void)
{
    for (uint32_t x = 0; x < POSITIONS; x++) {
        double sum = 0;
        for (uint32_t a = 0; a < ITEMS; a++) sum += policy[x][a] = 1 + (a * (2 * x + 3)) % 11;
        for (uint32_t a = 0; a < ITEMS; a++) policy[x][a] /= sum;
    }
}

static long double weight_of(const row *r, double clip)
{
    long double w = policy[r->position][r->item] / (long double)r->propensity;
    return clip > 0 && w > clip ? clip : w;
}

// Mean click over a half: of all, of an item, of an item at a position; each shrunken to the one before.
static long double model[2][POSITIONS][ITEMS];

static void make_model(void)
{
    static long double count[2][POSITIONS + 2][ITEMS], sum[2][POSITIONS + 2][ITEMS]; // positions, item, all (at 0)
    for (int h = 0; h < 2; h++)
        for (int x = 0; x < POSITIONS + 2; x++)
            for (int a = 0; a < ITEMS; a++) count[h][x][a] = sum[h][x][a] = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        const row *r = &rows[i];
        const uint32_t at[3][2] = {{r->position, r->item}, {POSITIONS, r->item}, {POSITIONS + 1, 0}};
        for (int j = 0; j < 3; j++) {
            count[r->half][at[j][0]][at[j][1]]++;
            sum[r->half][at[j][0]][at[j][1]] += r->click;
        }
    }
    for (int h = 0; h < 2; h++) {
        long double all = sum[h][POSITIONS + 1][0] / count[h][POSITIONS + 1][0];
        for (int a = 0; a < ITEMS; a++) {
            long double item = (sum[h][POSITIONS][a] + STRENGTH * all) / (count[h][POSITIONS][a] + STRENGTH);
            for (int x = 0; x < POSITIONS; x++)
                model[h][x][a] = (sum[h][x][a] + STRENGTH * item) / (count[h][x][a] + STRENGTH);
        }
    }
}

static long double term_of(const row *r, spl_ope_estimator estimator, double clip, double threshold)
{
    long double w = weight_of(r, clip), expected = 0;
    const long double(*m)[ITEMS] = (const long double(*)[ITEMS])model[!r->half];
    if (estimator == SPL_OPE_IPS) return w * r->click;
    for (uint32_t a = 0; a < ITEMS; a++) expected += policy[r->position][a] * m[r->position][a];
    if (estimator == SPL_OPE_SWITCH && w > threshold) w = 0;
    return expected + w * (r->click - m[r->position][r->item]);
}

typedef struct direct {
    long double value, se;
} direct;

static direct by_definition(spl_ope_estimator estimator, double clip, double threshold)
{
    static long double t[ROWS];
    long double weights = 0, clicks = 0, sum = 0, squares = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        weights += weight_of(&rows[i], clip);
        clicks += weight_of(&rows[i], clip) * rows[i].click;
    }
    long double snips = clicks / weights;
    for (uint32_t i = 0; i < ROWS; i++) {
        t[i] = estimator == SPL_OPE_SNIPS ? snips + ROWS / weights * weight_of(&rows[i], clip) * (rows[i].click - snips)
                                          : term_of(&rows[i], estimator, clip, threshold);
        sum += t[i];
    }
    long double mean = sum / ROWS;
    for (uint32_t i = 0; i < ROWS; i++) squares += (t[i] - mean) * (t[i] - mean);
    return (direct){estimator == SPL_OPE_SNIPS ? snips : mean, sqrtl(squares / ROWS / (ROWS - 1))};
}

static spl_ope *value_of(double clip, double threshold)
{
    spl_ope_config config = {POSITIONS, ITEMS, &policy[0][0], clip, 20, threshold};
    spl_ope *ope = spl_ope_new(&config);
    assert_non_null(ope);
    for (uint32_t i = 0; i < ROWS; i++) {
        const row *r = &rows[i];
        assert_true(spl_ope_add(ope, r->position, r->item, r->half, r->propensity, r->click));
    }
    return ope;
}

static void compare(double clip, double threshold, long double *worst)
{
    static const char *const names[] = {"IPS", "SNIPS", "DR", "switch-DR"};
    spl_ope *ope = value_of(clip, threshold);
    for (int e = 0; e < SPL_OPE_ESTIMATORS; e++) {
        spl_ope_estimate got = spl_ope_value(ope, SPL_OPE_TARGET, (spl_ope_estimator)e);
        direct want = by_definition((spl_ope_estimator)e, clip, got.threshold);
        long double off = fabsl(got.value - want.value) / want.value;
        if (!(off <= 1e-12L)) fail_msg("%s, clip %g: off by %Lg", names[e], clip, off);
        *worst = fmaxl(*worst, off);
        off = fabsl(got.se - want.se) / want.se;
        if (!(off <= 1e-12L)) fail_msg("error of %s, clip %g: off by %Lg", names[e], clip, off);
        *worst = fmaxl(*worst, off);
    }
    spl_ope_free(ope);
}

static void compare_log(const char *behaviour)
{
    long double worst = 0;
    read_log(behaviour);
    make_policy();
    make_model();
    compare(0, 0, &worst);
    compare(0, 2, &worst);
    compare(5, 0, &worst);
    compare(5, 3, &worst);
    print_message("%s: relative error at most %.1Le\n", behaviour, worst);
}

static void estimates_of_the_random_log_are_those_of_the_definitions(void **state)
{
    (void)state;
    compare_log("random");
}

static void estimates_of_the_thompson_log_are_those_of_the_definitions(void **state)
{
    (void)state;
    compare_log("bts");
}

// switch-DR's threshold: the least of se^2 + bias^2 over 1, 2, 4 ... 128 and none, by the definitions.
static void the_threshold_is_the_best_of_those_there_are(void **state)
{
    (void)state;
    read_log("bts");
    make_policy();
    make_model();
    spl_ope *ope = value_of(0, 0);
    double chosen = spl_ope_value(ope, SPL_OPE_TARGET, SPL_OPE_SWITCH).threshold, best = INFINITY;
    long double least = powl(by_definition(SPL_OPE_DR, 0, INFINITY).se, 2), all = 0;
    for (uint32_t i = 0; i < ROWS; i++) all += weight_of(&rows[i], 0);
    for (double t = 1; t <= 128; t *= 2) {
        long double above = 0;
        for (uint32_t i = 0; i < ROWS; i++) above += weight_of(&rows[i], 0) > t ? weight_of(&rows[i], 0) : 0;
        long double risk = powl(by_definition(SPL_OPE_SWITCH, 0, t).se, 2) + powl(above / all, 2);
        if (!(risk < least)) continue;
        least = risk;
        best = t;
    }
    if (chosen != best) fail_msg("%g, not %g", chosen, best);
    spl_ope_free(ope);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_of_the_random_log_are_those_of_the_definitions),
        cmocka_unit_test(estimates_of_the_thompson_log_are_those_of_the_definitions),
        cmocka_unit_test(the_threshold_is_the_best_of_those_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
