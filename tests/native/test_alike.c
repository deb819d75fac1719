// SPDX-License-Identifier: MIT
// Visitors are grouped by what works for them, not by what they did.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/encoder/alike.h"
#include "samplit/hash.h"
#include "samplit/rng.h"
#include "testing.h"

#define ROWS 3000

typedef struct world {
    spl_linear_rows *rows;
    int taste[ROWS]; // which variant works
} world;

// Of three kinds of visitors each likes one of three variants; kinds show in `taste`, `noise` says nothing. Rewards
// are 1 with a chance of 0.3 under the liked variant, else of 0.1.
static void make_world(world *w, bool contexts, double liked)
{
    static const char *const texts[] = {"red", "green", "blue"};
    static spl_context context;
    static spl_event event;
    w->rows = spl_linear_rows_new();
    for (uint32_t i = 0; i < ROWS; i++) {
        double u[4];
        spl_uniform2(1, i, SPL_STREAM_TEST, 0, u);
        spl_uniform2(1, i, SPL_STREAM_TEST, 1, u + 2);
        uint32_t taste = (uint32_t)(3 * u[0]), variant = (uint32_t)(3 * u[1]);
        w->taste[i] = (int)taste;
        event = (spl_event){.kind = SPL_EVENT_EXPOSURE, .context_count = contexts ? 2 : 0, .has_context = contexts};
        event.context[0] = (spl_named_field){
            SPL_TEXT("taste"),
            {spl_name_hash(SPL_TEXT("taste")), 0, texts[taste], (uint32_t)strlen(texts[taste]), SPL_KIND_STRING}};
        event.context[1] =
            (spl_named_field){SPL_TEXT("noise"), {spl_name_hash(SPL_TEXT("noise")), u[2], NULL, 0, SPL_KIND_NUMBER}};
        spl_field fields[2] = {event.context[0].field, event.context[1].field};
        spl_context_build(&context, fields, event.context_count);
        uint32_t row = spl_linear_rows_add(w->rows, &context, &event, variant, (spl_chance){1.0 / 3, 1});
        assert_int_equal(row, i);
        if (i != 7) spl_linear_rows_close(w->rows, row, u[3] < (taste == variant ? liked : 0.1)); // 7 stays open
    }
}

// The share of rows whose label is the most frequent one of their taste; for labels that tell tastes apart and
// mean one taste each it is near 1.
static double purity(const spl_alike *alike, const world *w)
{
    uint32_t counts[256][3] = {{0}}, right = 0, at = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        if (i != 7) counts[alike->label[at++]][w->taste[i]]++;
    }
    for (uint32_t c = 0; c < alike->class_count; c++) {
        uint32_t most = counts[c][0];
        for (int t = 1; t < 3; t++) most = counts[c][t] > most ? counts[c][t] : most;
        right += most;
    }
    return (double)right / alike->n;
}

static spl_alike make(const world *w, spl_alike_by by, uint32_t groups)
{
    spl_alike_config config = spl_alike_default();
    spl_alike alike;
    spl_error error = {0};
    config.by = by;
    config.groups = groups;
    if (!spl_alike_make(w->rows, 3, &config, NULL, &alike, &error)) fail_msg("%s", error.text);
    return alike;
}

static void groups_follow_what_works_and_outcomes_do_not(void **unused)
{
    (void)unused;
    static world w;
    make_world(&w, true, 0.3);
    static const spl_alike_by ways[] = {SPL_ALIKE_EFFECTS, SPL_ALIKE_REWARDS, SPL_ALIKE_BEST};
    for (int i = 0; i < 3; i++) {
        spl_alike alike = make(&w, ways[i], 3);
        assert_int_equal(alike.n, ROWS - 1);
        assert_int_equal(alike.class_count, 3);
        assert_true(purity(&alike, &w) > 0.9);
        spl_alike_free(&alike);
    }
    spl_alike outcomes = make(&w, SPL_ALIKE_OUTCOMES, 3);
    assert_int_equal(outcomes.class_count, 6);
    assert_true(purity(&outcomes, &w) < 0.5);
    spl_alike_free(&outcomes);
    spl_linear_rows_free(w.rows);
}

static void the_same_log_gives_the_same_labels_whatever_the_pool(void **unused)
{
    (void)unused;
    static world w;
    make_world(&w, true, 0.3);
    spl_alike_config config = spl_alike_default();
    spl_alike one, four;
    spl_pool *pool = spl_pool_new(4);
    assert_true(spl_alike_make(w.rows, 3, &config, NULL, &one, NULL));
    assert_true(spl_alike_make(w.rows, 3, &config, pool, &four, NULL));
    assert_int_equal(one.n, four.n);
    assert_memory_equal(one.label, four.label, one.n * sizeof *one.label);
    assert_memory_equal(one.x, four.x, (size_t)one.n * one.d * sizeof *one.x);
    spl_alike_free(&one);
    spl_alike_free(&four);
    spl_pool_free(pool);
    spl_linear_rows_free(w.rows);
}

static void a_sample_is_even_and_of_the_size_asked_for(void **unused)
{
    (void)unused;
    static world w;
    make_world(&w, true, 0.3);
    spl_alike_config config = spl_alike_default();
    spl_alike alike;
    config.rows_max = 1000;
    assert_true(spl_alike_make(w.rows, 3, &config, NULL, &alike, NULL));
    assert_true(alike.n > 900 && alike.n <= 1000);
    spl_alike_free(&alike);
    spl_linear_rows_free(w.rows);
}

static void exposures_without_contexts_are_refused(void **unused)
{
    (void)unused;
    static world w;
    make_world(&w, false, 0.3);
    spl_alike_config config = spl_alike_default();
    spl_alike alike;
    spl_error error = {0};
    assert_false(spl_alike_make(w.rows, 3, &config, NULL, &alike, &error));
    assert_non_null(strstr(error.text, "no exposure has a context"));
    spl_linear_rows_free(w.rows);
}

static void one_best_variant_for_all_is_no_label(void **unused)
{
    (void)unused;
    static world w;
    make_world(&w, true, 0.1);
    for (uint32_t i = 0; i < ROWS; i++) {
        if (i != 7) w.rows->reward[i] = w.rows->variant[i] == 1;
    }
    spl_alike_config config = spl_alike_default();
    spl_alike alike;
    spl_error error = {0};
    config.by = SPL_ALIKE_BEST;
    assert_false(spl_alike_make(w.rows, 3, &config, NULL, &alike, &error));
    assert_non_null(strstr(error.text, "best for all"));
    spl_linear_rows_free(w.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_follow_what_works_and_outcomes_do_not),
        cmocka_unit_test(the_same_log_gives_the_same_labels_whatever_the_pool),
        cmocka_unit_test(a_sample_is_even_and_of_the_size_asked_for),
        cmocka_unit_test(exposures_without_contexts_are_refused),
        cmocka_unit_test(one_best_variant_for_all_is_no_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
