// SPDX-License-Identifier: MIT
// Whole trainings: that they learn, that they repeat, that they resume, and what stops them.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/state_dict_file.h"
#include "encoder_fixture.h"
#include "learn/encoder/embedding_ensemble.h"
#include "near.h"
#include "testing.h"

static spl_encoder_config quick(uint32_t epochs)
{
    spl_encoder_config config = spl_encoder_config_default();
    config.epochs = epochs;
    config.batch = 64;
    return config;
}

static spl_net *default_net(uint32_t inputs, uint64_t seed)
{
    spl_net_shape shape = spl_net_shape_default(inputs);
    spl_net *net;
    assert_true(spl_net_new(&shape, seed, &net, NULL));
    return net;
}

static spl_encoder_run *new_run(const spl_net *net, const blobs *b, const spl_encoder_config *config, spl_pool *pool)
{
    spl_encoder_run *run;
    spl_error error;
    if (!spl_encoder_run_new(net, &b->rows, NULL, config, pool, &run, &error)) fail_msg("%s", error.text);
    return run;
}

static spl_net *train(const spl_net *start, const blobs *b, const spl_encoder_config *config, spl_pool *pool)
{
    spl_encoder_run *run = new_run(start, b, config, pool);
    spl_net *result;
    while (spl_encoder_run_epoch(run)) {
    }
    assert_true(spl_net_copy(spl_encoder_run_result(run), &result, NULL));
    spl_encoder_run_free(run);
    return result;
}

static void assert_same_net(const spl_net *a, const spl_net *b)
{
    assert_memory_equal(a->parameters, b->parameters, a->parameter_count * sizeof(float));
    assert_memory_equal(a->statistics, b->statistics, a->statistic_count * sizeof(float));
}

static void check_learns(spl_loss loss, spl_mining mining)
{
    blobs b = blobs_new(1500, 20, 5, 0.9, 3);
    spl_net *net = default_net(20, 1);
    spl_encoder_config config = quick(12);
    config.loss = loss;
    config.mining = mining;
    config.patience = 0;
    config.learning_rate = 1e-3; // slow enough for the first epoch to be far from the last
    spl_encoder_run *run = new_run(net, &b, &config, NULL);
    while (spl_encoder_run_epoch(run)) {
    }
    uint32_t count;
    const spl_encoder_epoch *h = spl_encoder_run_history(run, &count);
    assert_int_equal(count, 12);
    assert_true(h[11].validation_loss < 0.6 * h[0].validation_loss);
    assert_true(h[11].validation_recall > 0.9);
    assert_true(h[11].active <= h[0].active && h[11].active > 0);
    assert_true(h[11].seconds > 0 && h[11].epoch == 12);
    assert_int_equal(spl_encoder_run_status(run), SPL_RUN_FINISHED);
    spl_encoder_run_free(run);
    spl_net_free(net);
    blobs_free(&b);
}

static void every_loss_and_mining_learns(void **state)
{
    (void)state;
    check_learns(SPL_LOSS_TRIPLET, SPL_MINING_RANDOM);
    check_learns(SPL_LOSS_TRIPLET, SPL_MINING_SEMI_HARD);
    check_learns(SPL_LOSS_TRIPLET, SPL_MINING_BATCH_HARD);
    check_learns(SPL_LOSS_CONTRASTIVE, SPL_MINING_RANDOM);
    check_learns(SPL_LOSS_CONTRASTIVE, SPL_MINING_SEMI_HARD);
}

static void the_folded_encoder_embeds_as_the_trained_net(void **state)
{
    (void)state;
    blobs b = blobs_new(1000, 20, 4, 1, 3);
    spl_net *net = default_net(20, 1);
    spl_encoder_config config = quick(10);
    spl_net *trained = train(net, &b, &config, NULL);
    spl_net_folded folded;
    static float unfolded[1000 * 32], served[1000 * 32];
    assert_true(spl_net_fold(trained, &folded, NULL));
    assert_true(spl_net_embed(trained, b.x, 1000, NULL, unfolded, NULL));
    assert_true(spl_ensemble_embed(&folded.encoder, 1, b.x, 1000, NULL, served, NULL));
    double away = 0;
    for (int i = 0; i < 1000 * 32; i++) away = fmax(away, fabs((double)unfolded[i] - (double)served[i]));
    assert_near(away, 0, 1e-6);
    spl_net_folded_free(&folded);
    spl_net_free(trained);
    spl_net_free(net);
    blobs_free(&b);
}

static void the_number_of_threads_changes_no_bit(void **state)
{
    (void)state;
    blobs b = blobs_new(3000, 20, 5, 1.3, 3);
    spl_net *net = default_net(20, 1);
    spl_encoder_config config = quick(2);
    config.batch = 1200; // large enough for threads to be used
    spl_net *one = train(net, &b, &config, NULL);
    for (uint32_t threads = 2; threads <= 3; threads++) {
        spl_pool *pool = spl_pool_new(threads);
        spl_net *many = train(net, &b, &config, pool);
        assert_same_net(one, many);
        spl_net_free(many);
        spl_pool_free(pool);
    }
    config.seed = 2;
    spl_net *other = train(net, &b, &config, NULL);
    assert_memory_not_equal(one->parameters, other->parameters, one->parameter_count * sizeof(float));
    spl_net_free(one);
    spl_net_free(other);
    spl_net_free(net);
    blobs_free(&b);
}

// Saved as a file would be, and read again.
static spl_state_dict *saved(const spl_encoder_run *run)
{
    spl_state_dict *dict, *back;
    uint8_t *data;
    size_t size;
    assert_true(spl_encoder_run_save(run, &dict, NULL));
    assert_true(spl_state_dict_write(dict, &data, &size, NULL));
    assert_true(spl_state_dict_read(data, size, &back, NULL));
    free(data);
    spl_state_dict_free(dict);
    return back;
}

static void an_interrupted_training_resumes_to_the_same_weights(void **state)
{
    (void)state;
    blobs b = blobs_new(600, 20, 3, 1.3, 3);
    spl_net *net = default_net(20, 1);
    spl_encoder_config config = quick(9);
    spl_net *whole = train(net, &b, &config, NULL);
    spl_encoder_run *run = new_run(net, &b, &config, NULL), *resumed = new_run(net, &b, &config, NULL);
    for (int i = 0; i < 4; i++) assert_true(spl_encoder_run_epoch(run));
    spl_state_dict *dict = saved(run);
    spl_error error;
    if (!spl_encoder_run_resume(resumed, dict, &error)) fail_msg("%s: %s", error.field, error.text);
    uint32_t count;
    spl_encoder_run_history(resumed, &count);
    assert_int_equal(count, 4);
    while (spl_encoder_run_epoch(resumed)) {
    }
    const spl_encoder_epoch *h = spl_encoder_run_history(resumed, &count);
    assert_true(count == 9 && h[3].epoch == 4 && h[8].epoch == 9);
    assert_same_net(whole, spl_encoder_run_result(resumed));
    spl_encoder_run_free(run);
    spl_encoder_run_free(resumed);
    spl_state_dict_free(dict);
    spl_net_free(whole);
    spl_net_free(net);
    blobs_free(&b);
}

static void more_epochs_may_follow_where_the_rate_does_not_depend_on_them(void **state)
{
    (void)state;
    blobs b = blobs_new(300, 20, 3, 1.3, 3);
    spl_net *net = default_net(20, 1);
    spl_encoder_config config = quick(3);
    config.schedule = SPL_SCHEDULE_STEP;
    config.step_epochs = 2;
    spl_encoder_run *run = new_run(net, &b, &config, NULL);
    while (spl_encoder_run_epoch(run)) {
    }
    spl_state_dict *dict = saved(run);
    config.epochs = 6;
    spl_encoder_run *longer = new_run(net, &b, &config, NULL);
    assert_true(spl_encoder_run_resume(longer, dict, NULL));
    while (spl_encoder_run_epoch(longer)) {
    }
    spl_net *whole = train(net, &b, &config, NULL);
    assert_same_net(whole, spl_encoder_run_result(longer));
    config.epochs = 2;
    spl_error error;
    spl_encoder_run *shorter = new_run(net, &b, &config, NULL);
    assert_false(spl_encoder_run_resume(shorter, dict, &error));
    assert_string_equal(error.text, "has 3 epochs where 2 are asked for");
    spl_encoder_run_free(run);
    spl_encoder_run_free(longer);
    spl_encoder_run_free(shorter);
    spl_state_dict_free(dict);
    spl_net_free(whole);
    spl_net_free(net);
    blobs_free(&b);
}

static void a_checkpoint_of_other_settings_or_rows_is_refused(void **state)
{
    (void)state;
    blobs b = blobs_new(200, 20, 3, 1.3, 3), other = blobs_new(200, 20, 3, 1.3, 4);
    spl_net *net = default_net(20, 1);
    spl_encoder_config config = quick(3);
    spl_encoder_run *run = new_run(net, &b, &config, NULL);
    spl_state_dict *dict, *plain;
    spl_error error;
    assert_true(spl_encoder_run_epoch(run));
    assert_true(spl_encoder_run_save(run, &dict, NULL));
    spl_encoder_run *elsewhere = new_run(net, &other, &config, NULL);
    assert_false(spl_encoder_run_resume(elsewhere, dict, &error));
    assert_string_equal(error.text, "the checkpoint is of other rows or other settings");
    config.learning_rate = 2e-3;
    spl_encoder_run *changed = new_run(net, &b, &config, NULL);
    assert_false(spl_encoder_run_resume(changed, dict, &error));
    assert_true(spl_state_dict_of_net(net, &plain, NULL));
    assert_false(spl_encoder_run_resume(changed, plain, &error));
    assert_string_equal(error.field, "samplit.counters");
    spl_encoder_run_free(run);
    spl_encoder_run_free(elsewhere);
    spl_encoder_run_free(changed);
    spl_state_dict_free(dict);
    spl_state_dict_free(plain);
    spl_net_free(net);
    blobs_free(&b);
    blobs_free(&other);
}

static void it_stops_early_and_keeps_the_best_epoch(void **state)
{
    (void)state;
    blobs b = blobs_new(400, 20, 2, 2.5, 3); // much overlap: it soon learns by heart
    spl_net *net = default_net(20, 1);
    spl_encoder_config config = quick(200);
    config.schedule = SPL_SCHEDULE_CONSTANT;
    config.patience = 3;
    spl_encoder_run *run = new_run(net, &b, &config, NULL);
    while (spl_encoder_run_epoch(run)) {
    }
    uint32_t count, best = spl_encoder_run_best(run);
    const spl_encoder_epoch *h = spl_encoder_run_history(run, &count);
    assert_int_equal(spl_encoder_run_status(run), SPL_RUN_EARLY);
    assert_int_equal(count, best + 3);
    spl_state_dict *dict;
    spl_net *start;
    assert_true(spl_encoder_run_save(run, &dict, NULL));
    assert_true(spl_state_dict_net(dict, &start, NULL)); // another training would start from the best
    assert_same_net(start, spl_encoder_run_result(run));
    spl_net_free(start);
    spl_state_dict_free(dict);
    for (uint32_t i = 0; i < count; i++) assert_true(h[i].validation_recall <= h[best - 1].validation_recall);
    assert_true(best > 0);
    // The kept weights are that epoch's: training so many epochs without judging ends there.
    config.epochs = best;
    config.patience = 0;
    spl_net *again = train(net, &b, &config, NULL);
    assert_same_net(again, spl_encoder_run_result(run));
    spl_encoder_run_free(run);
    spl_net_free(again);
    spl_net_free(net);
    blobs_free(&b);
}

static void a_training_that_explodes_keeps_the_last_good_weights(void **state)
{
    (void)state;
    blobs b = blobs_new(400, 20, 3, 1, 3);
    spl_net *net = default_net(20, 1);
    spl_encoder_config config = quick(20);
    config.learning_rate = 1e30;
    config.warmup_epochs = 0;
    spl_net *result = train(net, &b, &config, NULL);
    for (size_t i = 0; i < result->parameter_count; i++) assert_true(isfinite(result->parameters[i]));
    assert_same_net(result, net); // not even the first epoch was whole
    spl_encoder_run *run = new_run(net, &b, &config, NULL);
    assert_false(spl_encoder_run_epoch(run));
    assert_int_equal(spl_encoder_run_status(run), SPL_RUN_DIVERGED);
    assert_false(spl_encoder_run_epoch(run));
    assert_non_null(strstr(spl_run_status_text(SPL_RUN_DIVERGED), "last good weights"));
    spl_encoder_run_free(run);
    spl_net_free(result);
    spl_net_free(net);
    blobs_free(&b);
}

static void frozen_layers_stay_to_the_bit(void **state)
{
    (void)state;
    blobs b = blobs_new(600, 20, 3, 1.3, 3), more = blobs_new(600, 20, 4, 1.3, 9);
    spl_net *net = default_net(20, 1);
    spl_encoder_config config = quick(3);
    spl_net *first = train(net, &b, &config, NULL);
    config.freeze = 2;
    config.validation = 0;
    spl_net *tuned = train(first, &more, &config, NULL);
    size_t kept = (size_t)(tuned->layers[2].weight - tuned->parameters);
    assert_memory_equal(tuned->parameters, first->parameters, kept * sizeof(float));
    assert_memory_equal(tuned->statistics, first->statistics, first->statistic_count * sizeof(float));
    size_t moved = (tuned->parameter_count - kept) * sizeof(float);
    assert_memory_not_equal(tuned->parameters + kept, first->parameters + kept, moved);
    spl_net_free(first);
    spl_net_free(tuned);
    spl_net_free(net);
    blobs_free(&b);
    blobs_free(&more);
}

static void given_validation_rows_judge_and_none_are_split_off(void **state)
{
    (void)state;
    blobs b = blobs_new(300, 20, 3, 1, 3), held = blobs_new(90, 20, 3, 1, 9);
    held.label[4] = -1;
    spl_net *net = default_net(20, 1);
    spl_encoder_config config = quick(4);
    spl_encoder_run *run;
    assert_true(spl_encoder_run_new(net, &b.rows, &held.rows, &config, NULL, &run, NULL));
    while (spl_encoder_run_epoch(run)) {
    }
    uint32_t count;
    const spl_encoder_epoch *h = spl_encoder_run_history(run, &count);
    assert_true(h[0].validation_recall > 0 && h[0].validation_loss > 0);
    spl_encoder_run_free(run);
    spl_net_free(net);
    blobs_free(&b);
    blobs_free(&held);
}

static void without_held_out_rows_the_last_weights_count(void **state)
{
    (void)state;
    blobs b = blobs_new(18, 20, 2, 1, 3); // too few to hold any out
    spl_net *net = default_net(20, 1);
    spl_encoder_config config = quick(3);
    spl_encoder_run *run = new_run(net, &b, &config, NULL);
    while (spl_encoder_run_epoch(run)) {
    }
    uint32_t count;
    const spl_encoder_epoch *h = spl_encoder_run_history(run, &count);
    assert_int_equal(count, 3);
    assert_true(isnan(h[2].validation_loss) && isnan(h[2].validation_recall));
    assert_int_equal(spl_encoder_run_best(run), 3);
    assert_int_equal(spl_encoder_run_status(run), SPL_RUN_FINISHED);
    spl_encoder_run_free(run);
    spl_net_free(net);
    blobs_free(&b);
}

static void refuse(const spl_net *net, const blobs *b, const spl_encoder_config *config, const char *why)
{
    spl_error error;
    spl_encoder_run *run;
    assert_false(spl_encoder_run_new(net, &b->rows, NULL, config, NULL, &run, &error));
    assert_string_equal(error.text, why);
}

static void bad_rows_are_refused_with_the_place(void **state)
{
    (void)state;
    blobs b = blobs_new(60, 20, 3, 1, 3);
    spl_net *net = default_net(20, 1), *narrow = default_net(19, 1);
    spl_encoder_config config = quick(3);
    b.x[5 * 20 + 7] = NAN;
    refuse(net, &b, &config, "rows: row 6, column 8 is NaN, not a number");
    b.x[5 * 20 + 7] = -INFINITY;
    refuse(net, &b, &config, "rows: row 6, column 8 is infinite, not a number");
    b.x[5 * 20 + 7] = 0;
    refuse(narrow, &b, &config, "rows have 20 columns where the encoder takes 19");
    for (int i = 0; i < 60; i++) b.label[i] = 1;
    refuse(net, &b, &config, "all rows are of one class: there is nothing to tell apart");
    for (int i = 0; i < 60; i++) b.label[i] = i;
    refuse(net, &b, &config, "no class has two rows: there is nothing to bring together");
    for (int i = 0; i < 60; i++) b.label[i] = -1;
    refuse(net, &b, &config, "no row has a label");
    spl_net_free(net);
    spl_net_free(narrow);
    blobs_free(&b);
}

static void bad_settings_are_refused_by_name(void **state)
{
    (void)state;
    blobs b = blobs_new(60, 20, 3, 1, 3);
    spl_net *net = default_net(20, 1);
    spl_encoder_config config = quick(3);
    config.batch = 1; // one row has no variance
    refuse(net, &b, &config, "must be from 4 to 65536, not 1");
    config = quick(3);
    config.dropout = 1;
    refuse(net, &b, &config, "must be from 0 to 0.95, not 1");
    config = quick(3);
    config.freeze = 3;
    refuse(net, &b, &config, "3 of 3 layers frozen leave nothing to train");
    config = quick(3);
    config.learning_rate = NAN;
    refuse(net, &b, &config, "must be from 0 to 3.40282e+38, not nan");
    config = quick(0);
    refuse(net, &b, &config, "must be from 1 to 1e+06, not 0");
    spl_net_free(net);
    blobs_free(&b);
}

static void constant_and_duplicate_columns_do_no_harm(void **state)
{
    (void)state;
    blobs b = blobs_new(300, 20, 3, 1, 3);
    for (int i = 0; i < 300; i++) b.x[i * 20 + 4] = 1, b.x[i * 20 + 5] = 0, b.x[i * 20 + 6] = b.x[i * 20 + 7];
    spl_net *net = default_net(20, 1);
    spl_encoder_config config = quick(5);
    spl_encoder_run *run = new_run(net, &b, &config, NULL);
    while (spl_encoder_run_epoch(run)) {
    }
    assert_int_equal(spl_encoder_run_status(run), SPL_RUN_FINISHED);
    for (int i = 0; i < 300 * 20; i++) b.x[i] = 0.5f; // rows all alike: no variance anywhere
    spl_encoder_run *flat = new_run(net, &b, &config, NULL);
    while (spl_encoder_run_epoch(flat)) {
    }
    assert_int_equal(spl_encoder_run_status(flat), SPL_RUN_FINISHED);
    spl_encoder_run_free(run);
    spl_encoder_run_free(flat);
    spl_net_free(net);
    blobs_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_loss_and_mining_learns),
        cmocka_unit_test(the_folded_encoder_embeds_as_the_trained_net),
        cmocka_unit_test(the_number_of_threads_changes_no_bit),
        cmocka_unit_test(an_interrupted_training_resumes_to_the_same_weights),
        cmocka_unit_test(more_epochs_may_follow_where_the_rate_does_not_depend_on_them),
        cmocka_unit_test(a_checkpoint_of_other_settings_or_rows_is_refused),
        cmocka_unit_test(it_stops_early_and_keeps_the_best_epoch),
        cmocka_unit_test(a_training_that_explodes_keeps_the_last_good_weights),
        cmocka_unit_test(frozen_layers_stay_to_the_bit),
        cmocka_unit_test(given_validation_rows_judge_and_none_are_split_off),
        cmocka_unit_test(without_held_out_rows_the_last_weights_count),
        cmocka_unit_test(bad_rows_are_refused_with_the_place),
        cmocka_unit_test(bad_settings_are_refused_by_name),
        cmocka_unit_test(constant_and_duplicate_columns_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
