// SPDX-License-Identifier: MIT
// Bandits that learn row by row, and labelled data as bandits.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bandit_run.h"
#include "near.h"
#include "samplit/rng.h"
#include "scratch.h"
#include "testing.h"

static double uniform(uint32_t i, uint32_t j)
{
    double u[2];
    spl_uniform2(11, i, SPL_STREAM_TEST, j, u);
    return u[0];
}

static spl_bandit_config preset(const char *word)
{
    spl_bandit_config config;
    assert_true(spl_bandit_preset(word, &config));
    return config;
}

static void there_are_presets_for_the_words_and_for_no_other(void **unused)
{
    (void)unused;
    spl_bandit_config config;
    for (int w = 0; spl_bandit_words[w]; w++) assert_true(spl_bandit_preset(spl_bandit_words[w], &config));
    assert_false(spl_bandit_preset("vw", &config));
    assert_false(spl_bandit_preset("", &config));
    assert_false(spl_bandit_preset_log("vw", &config));
    assert_true(spl_bandit_preset_log("auto", &config));
    assert_int_equal(config.rule, SPL_RULE_LINTS);
    assert_true(spl_bandit_preset("auto", &config));
    assert_int_equal(config.rule, SPL_RULE_LINUCB);
}

static void every_rule_gives_probabilities_that_sum_to_one(void **unused)
{
    (void)unused;
    for (int w = 0; spl_bandit_words[w]; w++) {
        spl_bandit bandit;
        spl_bandit_config config = preset(spl_bandit_words[w]);
        assert_true(spl_bandit_init(&bandit, &config, 5, 3, 0, 1));
        for (uint32_t i = 0; i < 200; i++) {
            float x[3] = {(float)uniform(i, 0), 0, (float)uniform(i, 1)};
            double p[5], sum = 0;
            spl_bandit_probabilities(&bandit, x, p);
            for (int a = 0; a < 5; a++) {
                assert_true(p[a] >= 0 && p[a] <= 1);
                sum += p[a];
            }
            assert_near(sum, 1, 1e-9);
            spl_bandit_learn(&bandit, i % 5, uniform(i, 2) < 0.5);
        }
        spl_bandit_free(&bandit);
    }
}

static void what_was_not_tried_looks_good(void **unused)
{
    (void)unused;
    spl_bandit bandit;
    spl_bandit_config config = preset("linucb");
    float x[1] = {1};
    double p[3];
    assert_true(spl_bandit_init(&bandit, &config, 3, 1, 0, 1));
    for (uint32_t a = 0; a < 3; a++) { // each fails once, then the next one is tried
        spl_bandit_probabilities(&bandit, x, p);
        assert_near(p[a], 1, 0);
        spl_bandit_learn(&bandit, a, 0);
    }
    spl_bandit_free(&bandit);
}

static void the_width_of_the_band_follows_the_range_of_rewards(void **unused)
{
    (void)unused;
    double p[2][2];
    for (int scaled = 0; scaled < 2; scaled++) {
        spl_bandit bandit;
        spl_bandit_config config = preset("lints");
        double scale = scaled ? 1000 : 1;
        float x[1] = {1};
        assert_true(spl_bandit_init(&bandit, &config, 2, 1, 0, scale));
        for (uint32_t i = 0; i < 10; i++) {
            spl_bandit_probabilities(&bandit, x, p[scaled]);
            spl_bandit_learn(&bandit, i % 2, scale * (i % 4 == 0 ? 1 : 0.5));
        }
        spl_bandit_free(&bandit);
    }
    assert_near(p[0][0], p[1][0], 1e-5);
}

// Rewards that follow from x but for some luck.
static double noise_found(double luck)
{
    spl_bandit bandit;
    spl_bandit_config config = preset("auto");
    assert_true(spl_bandit_init(&bandit, &config, 2, 3, 0, 100));
    assert_near(bandit.noise, 50, 0);
    for (uint32_t i = 0; i < 300; i++) {
        float x[3] = {(float)uniform(i, 0), (float)uniform(i, 1), 0.5f};
        double p[2];
        spl_bandit_probabilities(&bandit, x, p);
        spl_bandit_learn(&bandit, p[1] > 0.5, 40 * (double)x[p[1] > 0.5] + luck * uniform(i, 2));
        if (i == 30) assert_near(bandit.noise, 50, 0); // 31 rows are too few
    }
    double noise = bandit.noise;
    assert_true(isfinite(noise) && bandit.lambda >= 9e-4 && bandit.lambda <= 1.1);
    spl_bandit_free(&bandit);
    return noise;
}

static void auto_finds_the_noise_of_rewards(void **unused)
{
    (void)unused;
    assert_near(noise_found(0), 5, 0); // never below a twentieth of the range
    assert_near(noise_found(60), 60 / sqrt(12), 2);
}

// --- labelled data ------------------------------------------------------------------------------------------

// Two classes by a text, with noise in a number, a constant column, a doubled one and NaN cells.
static void write_rows(const char *name, uint32_t n, uint32_t classes)
{
    char *text = malloc(n * 64 + 64), *at = text;
    at += sprintf(at, "kind,number,same,twin,class\n");
    for (uint32_t i = 0; i < n; i++) {
        uint32_t kind = (uint32_t)(uniform(i, 0) * 4);
        double number = uniform(i, 1);
        char cell[32];
        snprintf(cell, sizeof cell, i % 50 == 0 ? "NaN" : "%.4f", number);
        at += sprintf(at, "k%u,%s,7,%s,c%u\n", kind, cell, cell, kind % classes);
    }
    scratch_write_text(scratch_path(name), text);
    free(text);
}

static bool read_rows(const char *name, const char *label, spl_bandit_data *data, spl_error *error)
{
    const char *path = scratch_path(name);
    return spl_bandit_data_read(&path, 1, true, label, 1, data, error);
}

static void rows_with_gaps_constants_and_doubles_become_contexts(void **unused)
{
    (void)unused;
    spl_bandit_data data;
    write_rows("rows.csv", 600, 2);
    assert_true(read_rows("rows.csv", "class", &data, NULL));
    assert_int_equal(data.n, 600);
    assert_int_equal(data.k, 2);
    assert_string_equal(data.classes[0], "c0");
    assert_int_equal(data.width, 5 + 9 + 9); // four kinds and other; number and twin in pieces; `same` is nothing
    for (size_t i = 0; i < (size_t)data.n * data.width; i++)
        assert_true(data.features[i] >= 0 && data.features[i] <= 1);
    for (size_t i = 0; i < (size_t)data.n * data.wide; i++) assert_true(fabsf(data.embedding[i]) <= 1.0001f);
    spl_bandit_data_free(&data);
}

static void a_class_that_follows_from_the_context_is_soon_known(void **unused)
{
    (void)unused;
    spl_bandit_data data;
    write_rows("rows.csv", 1000, 2);
    assert_true(read_rows("rows.csv", "5", &data, NULL));
    for (int w = 0; spl_bandit_words[w]; w++) {
        spl_bandit_config config = preset(spl_bandit_words[w]);
        spl_bandit_error error;
        assert_true(spl_bandit_run(&data, &config, 2, &error));
        assert_true(error.error < 0.15 && error.last_half <= error.error);
        assert_true(error.propensity > 0.5 && error.propensity <= 1);
    }
    spl_bandit_data_free(&data);
}

// A checkerboard of 16 classes over two numbers.
static void many_classes_over_few_numbers_are_learned_by_auto(void **unused)
{
    (void)unused;
    char *text = malloc(1000 * 32 + 16), *at = text;
    at += sprintf(at, "x,y,class\n");
    for (uint32_t i = 0; i < 1000; i++) {
        double x = uniform(i, 0) * 4, y = uniform(i, 1) * 4;
        at += sprintf(at, "%.3f,%.3f,c%d\n", floor(x) + 0.5 * (x - floor(x)), floor(y) + 0.5 * (y - floor(y)),
                      (int)x * 4 + (int)y);
    }
    scratch_write_text(scratch_path("board.csv"), text);
    free(text);
    spl_bandit_data data;
    spl_bandit_error found, fixed;
    spl_bandit_config config = preset("auto");
    assert_true(read_rows("board.csv", "class", &data, NULL));
    assert_true(spl_bandit_run(&data, &config, 1, &found));
    config.adapts = false;
    assert_true(spl_bandit_run(&data, &config, 1, &fixed));
    assert_true(found.error < 0.8 * fixed.error && found.last_half < 0.02);
    spl_bandit_data_free(&data);
}

static void the_same_seeds_give_the_same_error(void **unused)
{
    (void)unused;
    spl_bandit_data data;
    spl_bandit_error one, two;
    spl_bandit_config config = preset("softmax");
    write_rows("rows.csv", 400, 3);
    assert_true(read_rows("rows.csv", "class", &data, NULL));
    assert_true(spl_bandit_run(&data, &config, 3, &one) && spl_bandit_run(&data, &config, 3, &two));
    assert_near(one.error, two.error, 0);
    assert_near(one.standard_error, two.standard_error, 0);
    spl_bandit_data_free(&data);
}

static void one_class_is_never_missed(void **unused)
{
    (void)unused;
    spl_bandit_data data;
    spl_bandit_error error;
    spl_bandit_config config = preset("auto");
    write_rows("one.csv", 100, 1);
    assert_true(read_rows("one.csv", "class", &data, NULL));
    assert_true(spl_bandit_run(&data, &config, 2, &error));
    assert_near(error.error, 0, 0);
    assert_near(error.standard_error, 0, 0);
    spl_bandit_data_free(&data);
}

static void refused(const char *name, const char *label, const char *why)
{
    spl_bandit_data data;
    spl_error error = {0};
    char text[1024];
    assert_false(read_rows(name, label, &data, &error));
    scratch_says(spl_error_format(&error, text, sizeof text), why);
}

static void bad_files_say_what_is_wrong(void **unused)
{
    (void)unused;
    char many[4096] = "x,class\n";
    for (int i = 0; i < 65; i++) sprintf(many + strlen(many), "%d,c%d\n", i, i);
    scratch_write_text(scratch_path("many.csv"), many);
    refused("many.csv", "class", "more than 64 classes");
    scratch_write_text(scratch_path("empty.csv"), "");
    refused("empty.csv", "class", "no rows");
    write_rows("rows.csv", 50, 2);
    refused("rows.csv", "colour", "no such column");
    refused("rows.csv", "6", "no such column");
    refused("missing.csv", "class", "cannot open");
    scratch_write_text(scratch_path("constant.csv"), "x,class\n1,a\n1,b\n1,a\n");
    refused("constant.csv", "class", "no attribute varies");
    scratch_write_text(scratch_path("ragged.csv"), "x,class\n1,a\n1,b,c\n2,\n");
    refused("ragged.csv", "class", ":3: 3 cells");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_presets_for_the_words_and_for_no_other),
        cmocka_unit_test(every_rule_gives_probabilities_that_sum_to_one),
        cmocka_unit_test(what_was_not_tried_looks_good),
        cmocka_unit_test(the_width_of_the_band_follows_the_range_of_rewards),
        cmocka_unit_test(auto_finds_the_noise_of_rewards),
        cmocka_unit_test(rows_with_gaps_constants_and_doubles_become_contexts),
        cmocka_unit_test(a_class_that_follows_from_the_context_is_soon_known),
        cmocka_unit_test(many_classes_over_few_numbers_are_learned_by_auto),
        cmocka_unit_test(the_same_seeds_give_the_same_error),
        cmocka_unit_test(one_class_is_never_missed),
        cmocka_unit_test(bad_files_say_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
