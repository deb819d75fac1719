// SPDX-License-Identifier: MIT
// Simulations: the events they write, the bundles they serve, the visits they hand to a page.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cJSON.h>
#include <math.h>

#include "bundle/bundle_file.h"
#include "host/files.h"
#include "near.h"
#include "samplit/hash.h"
#include "simulate/counterfactual.h"
#include "simulate/simulate.h"
#include "simulate/visitor.h"
#include "testing.h"

#define VISITS 200000
#define LOGGED 4000 // visits of the runs whose events are read back
#define SIGMAS 4.5  // of some hundred comparisons none should lie beyond

static spl_world *world;
static char log_path[256], other_path[256], bundle_path[256];

static void temporary(char out[256], const char *name)
{
    snprintf(out, 256, "%s/simulate-%d-%s", SAMPLIT_BUILD, (int)getpid(), name);
}

static int open_world(void **state)
{
    (void)state;
    temporary(log_path, "a.ndjson");
    temporary(other_path, "b.ndjson");
    temporary(bundle_path, "bundle.safetensors");
    return spl_world_load(NULL, &world, NULL) ? 0 : -1;
}

static int close_world(void **state)
{
    (void)state;
    unlink(log_path);
    unlink(other_path);
    unlink(bundle_path);
    spl_world_free(world);
    return 0;
}

static spl_simulate_config logged(const char *path)
{
    spl_simulate_config config = spl_simulate_config_default();
    config.visitors = LOGGED;
    config.out_path = path;
    return config;
}

static spl_simulation simulate(const spl_simulate_config *config)
{
    spl_simulation result;
    spl_error error = {0};
    if (!spl_simulate(world, config, &result, &error)) fail_msg("%s: %s", error.field, error.text);
    return result;
}

static void rates_under_uniform_traffic_are_the_promised_ones(void **state)
{
    (void)state;
    spl_simulate_config config = spl_simulate_config_default();
    config.visitors = VISITS;
    spl_simulation result = simulate(&config);
    assert_int_equal(result.total.visits, VISITS);
    assert_int_equal(result.period_count, VISITS / config.period);
    assert_near(result.total.served, result.total.uniform, 0.01 * result.total.uniform);
    for (uint32_t n = 0; n < world->node_count; n++) {
        for (uint32_t v = 0; v < world->variant_count; v++) {
            const spl_tally *tally = &result.tallies[n * world->variant_count + v];
            double rate = world->nodes[n].rates[v], visits = (double)tally->visits;
            assert_true(tally->visits > 0);
            assert_near((double)tally->conversions / visits, rate, SIGMAS * sqrt(rate * (1 - rate) / visits));
        }
    }
    spl_simulation_free(&result);
}

// What a log says of one visit.
typedef struct visit {
    uint8_t id[16];
    int64_t time_ms;
    uint64_t unit, trace, context; // hashes
    uint32_t variant;
    bool converted;
} visit;

typedef struct log_reader {
    spl_reader *reader;
    spl_event_parser *parser;
    spl_event event;
} log_reader;

static void open_log(log_reader *log, const char *path)
{
    assert_true(spl_reader_open(path, &log->reader, NULL));
    assert_non_null(log->parser = spl_event_parser_new());
}

static bool next_event(log_reader *log)
{
    spl_text line;
    spl_error error = {0};
    int read = spl_reader_line(log->reader, &line, &error);
    assert_true(read >= 0);
    if (read == 0) return false;
    if (!spl_event_parse(log->parser, line, &log->event, &error)) fail_msg("%s: %s", error.field, error.text);
    return true;
}

static void close_log(log_reader *log)
{
    spl_event_parser_free(log->parser);
    spl_reader_close(log->reader);
}

static uint32_t variant_of(spl_text name)
{
    for (uint32_t v = 0; v < world->variant_count; v++) {
        if (spl_text_equal(world->variants[v], name)) return v;
    }
    fail_msg("unknown variant");
    return 0;
}

static uint64_t context_digest(const spl_event *event)
{
    static spl_context context;
    spl_field fields[SPL_ATTRIBUTES_MAX];
    for (uint32_t i = 0; i < event->context_count; i++) fields[i] = event->context[i].field;
    spl_context_build(&context, fields, event->context_count);
    return spl_context_digest(&context);
}

// The visits of a log, in order; every event no earlier than the one before, every outcome of a visit before it.
static size_t read_log(const char *path, visit visits[LOGGED])
{
    static log_reader log;
    size_t count = 0;
    int64_t before = 0;
    open_log(&log, path);
    while (next_event(&log)) {
        const spl_event *event = &log.event;
        assert_true(event->time_ms >= before);
        before = event->time_ms;
        if (event->kind == SPL_EVENT_EXPOSURE) {
            assert_true(count < LOGGED);
            visits[count] = (visit){.time_ms = event->time_ms,
                                    .unit = spl_name_hash(event->unit),
                                    .trace = event->trace,
                                    .context = context_digest(event),
                                    .variant = variant_of(event->variant)};
            memcpy(visits[count++].id, event->id, 16);
            continue;
        }
        size_t i = 0;
        while (i < count && memcmp(visits[i].id, event->exposure, 16) != 0) i++;
        assert_true(i < count);
        assert_false(visits[i].converted);
        assert_true(spl_text_equal(event->name, world->outcome));
        assert_near(event->value, 1, 0);
        visits[i].converted = true;
    }
    close_log(&log);
    return count;
}

static void every_visit_is_logged_with_its_outcome_in_order_of_time(void **state)
{
    (void)state;
    static visit visits[LOGGED];
    spl_simulate_config config = logged(log_path);
    spl_simulation result = simulate(&config);
    assert_int_equal(read_log(log_path, visits), LOGGED);
    uint64_t conversions = 0;
    for (uint64_t i = 0; i < LOGGED; i++) {
        spl_visitor visitor;
        spl_visitor_draw(world, config.seed, i, &visitor);
        assert_true(visits[i].time_ms == visitor.time_ms);
        assert_true(visits[i].unit == spl_name_hash((spl_text){visitor.unit, 17}));
        double rate = spl_world_rate(world, visitor.leaf, visits[i].variant, visitor.returning);
        assert_int_equal(visits[i].converted, spl_visitor_converts(visitor.luck, rate));
        conversions += visits[i].converted;
    }
    assert_int_equal(conversions, result.total.conversions);
    assert_true(conversions > 0);
    spl_simulation_free(&result);
}

static void logged_decisions_can_be_repeated_with_the_bundle_written(void **state)
{
    (void)state;
    spl_simulate_config config = logged(log_path);
    config.bundle_path = bundle_path;
    spl_simulation result = simulate(&config);
    spl_simulation_free(&result);

    spl_bundle_file file;
    void *memory;
    assert_true(spl_bundle_file_open(bundle_path, &file, NULL));
    spl_workspace *workspace = spl_bundle_file_workspace(&file, &memory);
    static log_reader log;
    open_log(&log, log_path);
    uint32_t count = 0;
    while (next_event(&log)) {
        const spl_event *event = &log.event;
        if (event->kind != SPL_EVENT_EXPOSURE) continue;
        spl_field fields[SPL_ATTRIBUTES_MAX];
        for (uint32_t i = 0; i < event->context_count; i++) fields[i] = event->context[i].field;
        spl_decision decision;
        spl_decide(&file.bundle, workspace, 0, event->unit, fields, event->context_count, &decision);
        assert_true(event->has_trace && event->trace == decision.trace);
        assert_true(spl_text_equal(event->bundle, file.bundle.id_hex));
        assert_int_equal(variant_of(event->variant), decision.variant);
        assert_near(event->propensity, decision.propensity, 0);
        assert_int_equal(event->probability_count, world->variant_count);
        count++;
    }
    assert_int_equal(count, LOGGED);
    close_log(&log);
    free(memory);
    spl_bundle_file_close(&file);
}

static void every_policy_meets_the_same_visits_in_the_same_mood(void **state)
{
    (void)state;
    static visit uniform[LOGGED], learned[LOGGED];
    spl_simulate_config config = spl_simulate_config_default();
    config.visitors = 40000;
    config.learn = true;
    config.bundle_path = bundle_path;
    spl_simulation result = simulate(&config);
    spl_simulation_free(&result);

    config = logged(log_path);
    result = simulate(&config);
    spl_simulation_free(&result);
    config = logged(other_path);
    config.policy_path = bundle_path;
    result = simulate(&config);
    spl_simulation_free(&result);
    assert_int_equal(read_log(log_path, uniform), LOGGED);
    assert_int_equal(read_log(other_path, learned), LOGGED);
    uint32_t moved = 0, same = 0;
    for (uint32_t i = 0; i < LOGGED; i++) {
        assert_memory_equal(uniform[i].id, learned[i].id, 16);
        assert_true(uniform[i].time_ms == learned[i].time_ms);
        assert_true(uniform[i].unit == learned[i].unit);
        assert_true(uniform[i].context == learned[i].context);
        if (uniform[i].variant != learned[i].variant) {
            moved++;
        } else {
            assert_int_equal(uniform[i].converted, learned[i].converted);
            same++;
        }
    }
    assert_true(moved > LOGGED / 10);
    assert_true(same > LOGGED / 10);
}

static void equal_seeds_give_equal_bytes_and_others_do_not(void **state)
{
    (void)state;
    uint64_t hashes[3];
    for (int i = 0; i < 3; i++) {
        spl_simulate_config config = logged(log_path);
        config.seed = i < 2 ? 42 : 43;
        spl_simulation result = simulate(&config);
        spl_simulation_free(&result);
        uint8_t *data;
        size_t size;
        assert_true(spl_file_read(log_path, &data, &size, NULL));
        hashes[i] = spl_xxh64(data, size, 0);
        free(data);
    }
    assert_true(hashes[0] == hashes[1]);
    assert_true(hashes[0] != hashes[2]);
}

static void no_visitors_give_an_empty_log(void **state)
{
    (void)state;
    spl_simulate_config config = logged(log_path);
    config.visitors = 0;
    config.learn = true;
    spl_simulation result = simulate(&config);
    assert_int_equal(result.total.visits, 0);
    assert_int_equal(result.period_count, 0);
    assert_near(spl_worth_lift(&result.total), 0, 0);
    uint8_t *data;
    size_t size;
    assert_true(spl_file_read(log_path, &data, &size, NULL));
    assert_int_equal(size, 0);
    free(data);
    spl_simulation_free(&result);
}

// The default world with one field replaced.
static spl_world *changed_world(const char *field, cJSON *value)
{
    cJSON *json = cJSON_Parse(spl_world_default_json());
    cJSON_ReplaceItemInObject(json, field, value);
    char *text = cJSON_PrintUnformatted(json);
    spl_world *changed = NULL;
    assert_true(spl_world_parse(text, strlen(text), &changed, NULL));
    free(text);
    cJSON_Delete(json);
    return changed;
}

static void a_bundle_of_another_experiment_is_refused(void **state)
{
    (void)state;
    spl_simulate_config config = spl_simulate_config_default();
    config.visitors = 10;
    config.bundle_path = bundle_path;
    spl_simulation result = simulate(&config);
    spl_simulation_free(&result);

    config = (spl_simulate_config){.visitors = 10, .period = 10, .policy_path = bundle_path, .out_path = log_path};
    unlink(log_path);
    spl_world *other = changed_world("experiment", cJSON_CreateString("other"));
    spl_error error = {0};
    assert_false(spl_simulate(other, &config, &result, &error));
    assert_string_equal(error.field, "experiment");
    assert_string_equal(error.file, bundle_path);
    spl_world_free(other);

    const char *names[] = {"control", "urgency", "social-proof"};
    other = changed_world("variants", cJSON_CreateStringArray(names, 3));
    assert_false(spl_simulate(other, &config, &result, &error));
    assert_string_equal(error.field, "variants");
    spl_world_free(other);
    assert_int_equal(access(log_path, F_OK), -1);
}

static double item(const cJSON *array, int index)
{
    return cJSON_GetArrayItem(array, index)->valuedouble;
}

// The looks of a row put together, as a page would do it, are the visit's raw fields.
static void check_looks(const cJSON *looks, const cJSON *numbers, const spl_visitor *visitor)
{
    uint32_t field = 0;
    const cJSON *number, *raw;
    cJSON_ArrayForEach(number, numbers)
    {
        cJSON_ArrayForEach(raw, cJSON_GetArrayItem(looks, (int)number->valuedouble))
        {
            assert_string_equal(raw->string, visitor->fields[field].name.data);
            if (cJSON_IsString(raw)) {
                assert_string_equal(raw->valuestring, visitor->fields[field].field.text);
            } else {
                assert_near(raw->valuedouble, visitor->fields[field].field.number, 0);
            }
            field++;
        }
    }
    assert_int_equal(field + 4, visitor->field_count); // time_ms, pageviews, session_seconds, is_returning
}

static void check_row(const cJSON *document, const cJSON *row, uint64_t index, double time_ms)
{
    spl_visitor visitor;
    spl_visitor_draw(world, 9, index, &visitor);
    assert_string_equal(cJSON_GetArrayItem(row, 0)->valuestring, visitor.unit);
    assert_near(time_ms, visitor.time_ms, 0);
    assert_near(item(row, 2), visitor.leaf, 0);
    check_looks(cJSON_GetObjectItem(document, "looks"), cJSON_GetArrayItem(row, 3), &visitor);
    assert_near(item(row, 4), visitor.returning, 0);
    assert_near(item(row, 5), visitor.pageviews, 0);
    assert_near(item(row, 6), visitor.session_seconds, 0);
    assert_near(item(row, 7), visitor.luck, 0);
}

static void counterfactual_visits_are_the_ones_simulated_and_fit_a_page(void **state)
{
    (void)state;
    uint8_t *data;
    size_t size;
    assert_true(spl_counterfactual_write(world, 9, 20000, log_path, NULL));
    assert_true(spl_file_read(log_path, &data, &size, NULL));
    assert_true(size < 1500000);
    cJSON *document = cJSON_ParseWithLength((const char *)data, size);
    assert_non_null(document);
    const cJSON *rows = cJSON_GetObjectItem(document, "visitors"), *row;
    assert_int_equal(cJSON_GetArraySize(rows), 20000);
    double time_ms = cJSON_GetObjectItem(document, "start_ms")->valuedouble;
    uint64_t index = 0;
    cJSON_ArrayForEach(row, rows)
    {
        time_ms += item(row, 1);
        if (index % 37 == 0) check_row(document, row, index, time_ms);
        index++;
    }
    cJSON_Delete(document);
    free(data);
}

static void counterfactual_rates_are_the_worlds_bit_for_bit(void **state)
{
    (void)state;
    uint8_t *data;
    size_t size;
    assert_true(spl_counterfactual_write(world, 9, 0, log_path, NULL));
    assert_true(spl_file_read(log_path, &data, &size, NULL));
    cJSON *document = cJSON_ParseWithLength((const char *)data, size);
    const cJSON *segments = cJSON_GetObjectItem(document, "segments");
    assert_int_equal(cJSON_GetArraySize(segments), world->node_count);
    for (uint32_t n = 0; n < world->node_count; n++) {
        const cJSON *segment = cJSON_GetArrayItem(segments, (int)n);
        assert_string_equal(cJSON_GetObjectItem(segment, "key")->valuestring, world->nodes[n].key.data);
        for (uint32_t v = 0; v < world->variant_count; v++) {
            assert_near(item(cJSON_GetObjectItem(segment, "rates"), (int)v), world->nodes[n].rates[v], 0);
            if (world->nodes[n].child_count > 0) continue;
            assert_near(item(cJSON_GetObjectItem(segment, "new"), (int)v), spl_world_rate(world, n, v, false), 0);
            assert_near(item(cJSON_GetObjectItem(segment, "returning"), (int)v), spl_world_rate(world, n, v, true), 0);
        }
    }
    cJSON_Delete(document);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_under_uniform_traffic_are_the_promised_ones),
        cmocka_unit_test(every_visit_is_logged_with_its_outcome_in_order_of_time),
        cmocka_unit_test(logged_decisions_can_be_repeated_with_the_bundle_written),
        cmocka_unit_test(every_policy_meets_the_same_visits_in_the_same_mood),
        cmocka_unit_test(equal_seeds_give_equal_bytes_and_others_do_not),
        cmocka_unit_test(no_visitors_give_an_empty_log),
        cmocka_unit_test(a_bundle_of_another_experiment_is_refused),
        cmocka_unit_test(counterfactual_visits_are_the_ones_simulated_and_fit_a_page),
        cmocka_unit_test(counterfactual_rates_are_the_worlds_bit_for_bit),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
