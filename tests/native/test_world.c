// SPDX-License-Identifier: MIT
// Worlds: what is read, what is refused and where the error points.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "host/files.h"
#include "near.h"
#include "samplit/hash.h"
#include "simulate/world.h"
#include "testing.h"

// The parts of a small valid world, each of which a test can replace.
typedef struct parts {
    const char *head, *levels, *segments, *rest;
} parts;

static const parts GOOD = {
    .head = "\"format\":1,\"name\":\"small\",\"experiment\":\"e\",\"outcome\":\"sale\",\"variants\":[\"a\",\"b\"],"
            "\"start\":\"2026-01-05\"",
    .levels = ",\"levels\":[\"plan\",\"country\"]",
    .segments = ",\"segments\":["
                "{\"value\":\"free\",\"visits\":300,\"rate\":0.2,\"segments\":["
                "{\"value\":\"FR\",\"visits\":100,\"rates\":[0.1,0.2]},"
                "{\"value\":\"DE\",\"visits\":200,\"rates\":[0.3,0.15]}]},"
                "{\"value\":\"pro\",\"visits\":100,\"rates\":[0.5,0.4]}]",
    .rest = "",
};

static bool parse(const parts *p, spl_world **out, spl_error *error)
{
    char json[4096];
    int size = snprintf(json, sizeof json, "{%s%s%s%s}", p->head, p->levels, p->segments, p->rest);
    memset(error, 0, sizeof *error);
    return spl_world_parse(json, (size_t)size, out, error);
}

static void refuses(const parts *p, const char *field, const char *text)
{
    spl_world *world = NULL;
    spl_error error;
    assert_false(parse(p, &world, &error));
    assert_null(world);
    assert_string_equal(error.field, field);
    if (!strstr(error.text, text)) fail_msg("\"%s\" is not in \"%s\"", text, error.text);
}

static void segments_refused(const char *segments, const char *field, const char *text)
{
    parts p = GOOD;
    p.segments = segments;
    refuses(&p, field, text);
}

static void rest_refused(const char *rest, const char *field, const char *text)
{
    parts p = GOOD;
    p.rest = rest;
    refuses(&p, field, text);
}

static void head_refused(const char *head, const char *field, const char *text)
{
    parts p = GOOD;
    p.head = head;
    refuses(&p, field, text);
}

static void a_small_world_is_read_breadth_first_with_sums(void **state)
{
    (void)state;
    spl_world *world;
    spl_error error;
    assert_true(parse(&GOOD, &world, &error));
    assert_int_equal(world->node_count, 5);
    assert_near(world->nodes[0].visits, 400, 0);
    assert_int_equal(world->nodes[0].first_child, 1);
    assert_int_equal(world->nodes[0].child_count, 2);
    assert_int_equal(world->nodes[1].first_child, 3);
    assert_int_equal(world->nodes[3].parent, 1);
    assert_near(world->nodes[1].end, 0.75, 0);
    assert_near(world->nodes[2].end, 1, 0);
    assert_near(world->nodes[1].rates[0], (0.1 * 100 + 0.3 * 200) / 300, 1e-15);
    assert_near(world->nodes[0].rates[1], (0.2 * 100 + 0.15 * 200 + 0.4 * 100) / 400, 1e-15);
    assert_int_equal(world->nodes[3].best, 1);
    assert_int_equal(world->nodes[4].best, 0);
    assert_near(world->hour_end[SPL_WORLD_HOURS - 1], 1, 0);
    assert_true(world->start_ms == INT64_C(1767571200000));
    spl_world_free(world);
}

static void segment_keys_are_sorted_by_attribute_and_escaped(void **state)
{
    (void)state;
    parts p = GOOD;
    p.segments = ",\"segments\":[{\"value\":\"a|b:c%\",\"segments\":["
                 "{\"value\":\"FR\",\"visits\":1,\"rates\":[0,1]}]}]";
    spl_world *world;
    spl_error error;
    assert_true(parse(&p, &world, &error));
    assert_string_equal(world->nodes[0].key.data, "global");
    assert_string_equal(world->nodes[1].key.data, "plan:a%7Cb%3Ac%25");
    assert_string_equal(world->nodes[2].key.data, "country:FR|plan:a%7Cb%3Ac%25");
    assert_int_equal(spl_world_find(world, SPL_TEXT("country:FR|plan:a%7Cb%3Ac%25")), 2);
    assert_int_equal(spl_world_find(world, SPL_TEXT("country:XX")), SPL_NO_NODE);
    spl_world_free(world);
}

static void a_value_without_looks_is_given_as_an_attribute(void **state)
{
    (void)state;
    parts p = GOOD;
    p.rest = ",\"raw\":{\"country\":{\"FR\":[{\"weight\":1,\"accept_language\":\"fr\",\"utc_offset_minutes\":60,"
             "\"member\":true},{\"weight\":3}]}}";
    spl_world *world;
    spl_error error;
    assert_true(parse(&p, &world, &error));
    const spl_look *pro = world->values[0][1].looks;
    assert_int_equal(world->values[0][1].look_count, 1);
    assert_true(pro->fields[0].field.name == spl_name_hash(SPL_TEXT("plan")));
    assert_memory_equal(pro->fields[0].field.text, "pro", 3);
    const spl_world_value *france = &world->values[1][0];
    assert_int_equal(france->look_count, 2);
    assert_near(france->looks[0].end, 0.25, 0);
    assert_int_equal(france->looks[0].field_count, 3);
    assert_int_equal(france->looks[0].fields[1].field.kind, SPL_KIND_NUMBER);
    assert_int_equal(france->looks[0].fields[2].field.kind, SPL_KIND_BOOLEAN);
    assert_int_equal(france->looks[1].field_count, 0);
    spl_world_free(world);
}

static void returning_visitors_convert_more_and_the_mean_stays(void **state)
{
    (void)state;
    parts p = GOOD;
    p.rest = ",\"returning\":{\"share\":0.25,\"conversion\":1.8,\"within\":100,\"keeps\":1}";
    spl_world *world;
    spl_error error;
    assert_true(parse(&p, &world, &error));
    assert_near(0.75 * world->multiplier[0] + 0.25 * world->multiplier[1], 1, 1e-15);
    assert_near(world->multiplier[1] / world->multiplier[0], 1.8, 1e-15);
    assert_near(spl_world_rate(world, 3, 1, true), 0.2 * world->multiplier[1], 0);
    spl_world_free(world);
}

static void a_quoted_figure_that_is_not_true_is_refused(void **state)
{
    (void)state;
    segments_refused(",\"segments\":[{\"value\":\"free\",\"visits\":10,\"segments\":["
                     "{\"value\":\"FR\",\"visits\":9,\"rates\":[0.1,0.2]}]}]",
                     "segments[0].visits", "10, but the segments in it have 9");
    segments_refused(",\"segments\":[{\"value\":\"free\",\"rate\":0.2,\"segments\":["
                     "{\"value\":\"FR\",\"visits\":9,\"rates\":[0.1,0.2]}]}]",
                     "segments[0].rate", "0.2, but under uniform traffic it is 0.15");
    segments_refused(",\"segments\":[{\"value\":\"free\",\"rate\":0.2,\"visits\":9,\"rates\":[0.1,0.2]}]",
                     "segments[0].rate", "it is 0.15");
}

static void bad_segments_are_named_by_their_path(void **state)
{
    (void)state;
    segments_refused("", "segments", "expected an array, found nothing");
    segments_refused(",\"segments\":[]", "segments", "expected 1 to 10000 elements, found 0");
    segments_refused(",\"segments\":[7]", "segments[0]", "expected an object, found a number");
    segments_refused(",\"segments\":[{\"visits\":1,\"rates\":[0,0]}]", "segments[0].value", "expected a string");
    segments_refused(",\"segments\":[{\"value\":\"x\",\"rates\":[0,0]}]", "segments[0].visits", "found nothing");
    segments_refused(",\"segments\":[{\"value\":\"x\",\"visits\":0,\"rates\":[0,0]}]", "segments[0].visits", "found 0");
    segments_refused(",\"segments\":[{\"value\":\"x\",\"visits\":1}]", "segments[0].rates", "found nothing");
    segments_refused(",\"segments\":[{\"value\":\"x\",\"visits\":1,\"rates\":[0]}]", "segments[0].rates",
                     "expected 2 elements, found 1");
    segments_refused(",\"segments\":[{\"value\":\"x\",\"visits\":1,\"rates\":[0,1.5]}]", "segments[0].rates[1]",
                     "from 0 to 1, found 1.5");
    segments_refused(",\"segments\":[{\"value\":\"x\",\"visits\":1,\"rates\":[0,1],\"vists\":2}]", "segments[0].vists",
                     "unknown field");
    segments_refused(",\"segments\":[{\"value\":\"x\",\"visits\":1,\"rates\":[0,1]},"
                     "{\"value\":\"x\",\"visits\":1,\"rates\":[0,1]}]",
                     "segments[1].value", "twice");
    segments_refused(",\"segments\":[{\"value\":\"x\",\"segments\":[{\"value\":\"y\",\"segments\":["
                     "{\"value\":\"z\",\"visits\":1,\"rates\":[0,1]}]}]}]",
                     "segments[0].segments[0].segments[0]", "below the last of the 2 levels");
}

static void bad_fields_are_named(void **state)
{
    (void)state;
    head_refused("\"format\":2", "format", "from 1 to 1");
    head_refused("\"format\":1,\"name\":\"a b\"", "name", "letters, digits");
    head_refused("\"format\":1,\"name\":\"n\",\"experiment\":\"\"", "experiment", "1 to 64 bytes, found 0");
    head_refused("\"format\":1,\"name\":\"n\",\"experiment\":\"e\",\"outcome\":\"o\",\"variants\":[\"a\",\"a\"]",
                 "variants[1]", "twice");
    head_refused("\"format\":1,\"name\":\"n\",\"experiment\":\"e\",\"outcome\":\"o\",\"variants\":[\"a\"],"
                 "\"start\":\"2026-02-30\"",
                 "start", "expected a date");
    rest_refused(",\"hours\":[1,2]", "hours", "expected 24 elements, found 2");
    rest_refused(",\"weekdays\":[0,0,0,0,0,0,0]", "weekdays", "above 0");
    rest_refused(",\"returning\":{\"share\":1}", "returning.share", "from 0 to 0.99");
    rest_refused(",\"returning\":{\"share\":0.1,\"conversion\":1,\"within\":5,\"keeps\":3}", "returning.keeps", "to 2");
    rest_refused(",\"returning\":{\"share\":0.1,\"conversion\":9,\"within\":5,\"keeps\":0}",
                 "segments[0].segments[1].rates[0]", "is above 1");
    rest_refused(",\"outcome_delay_minutes\":\"soon\"", "outcome_delay_minutes", "found a string");
    rest_refused(",\"raw\":[]", "raw", "expected an object");
    rest_refused(",\"raw\":{\"device\":{}}", "raw.device", "one of the levels");
    rest_refused(",\"raw\":{\"country\":{\"ES\":[{}]}}", "raw.country.ES", "no segment has this value");
    rest_refused(",\"raw\":{\"country\":{\"FR\":[]}}", "raw.country.FR", "found 0");
    rest_refused(",\"raw\":{\"country\":{\"FR\":[{\"x\":[1]}]}}", "raw.country.FR[0].x", "found an array");
    rest_refused(",\"raw\":{\"country\":{\"FR\":[{\"weight\":0}]}}", "raw.country.FR[0].weight", "found 0");
    rest_refused(",\"colour\":1", "colour", "unknown field");
}

static void broken_json_is_refused_with_its_line(void **state)
{
    (void)state;
    static const char json[] = "{\"format\": 1,\n \"name\": nonsense}";
    spl_world *world = NULL;
    spl_error error = {0};
    assert_false(spl_world_parse(json, sizeof json - 1, &world, &error));
    assert_int_equal(error.line, 2);
    assert_false(spl_world_parse("[]", 2, &world, &error));
    assert_string_equal(error.text, "expected an object, found an array");
    assert_null(world);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    spl_world *world = NULL;
    spl_error error = {0};
    assert_false(spl_world_load("no/such/world.json", &world, &error));
    assert_string_equal(error.file, "no/such/world.json");
}

static void the_built_in_world_is_the_file_for_people(void **state)
{
    (void)state;
    uint8_t *data;
    size_t size;
    assert_true(spl_file_read(SAMPLIT_SOURCE "/models/worlds/default.json", &data, &size, NULL));
    cJSON *file = cJSON_ParseWithLength((const char *)data, size), *built_in = cJSON_Parse(spl_world_default_json());
    assert_non_null(file);
    assert_true(cJSON_Compare(file, built_in, true));
    cJSON_Delete(file);
    cJSON_Delete(built_in);
    free(data);
}

static void a_printed_world_is_the_same_world(void **state)
{
    (void)state;
    spl_world *world;
    assert_true(spl_world_load(NULL, &world, NULL));
    char *text = spl_world_print(world);
    cJSON *printed = cJSON_Parse(text), *built_in = cJSON_Parse(spl_world_default_json());
    assert_true(cJSON_Compare(printed, built_in, true));
    cJSON_Delete(printed);
    cJSON_Delete(built_in);
    free(text);
    spl_world_free(world);
}

static void the_default_world_has_the_promised_visits_and_rates(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        double visits, rate;
    } PROMISED[] = {
        {"country:US", 63000, 0.06},
        {"country:US|device:mobile", 35000, 0.075},
        {"country:US|device:mobile|source:instagram", 15000, 0.09},
        {"country:US|device:mobile|source:google", 10000, 0.065},
        {"country:US|device:desktop", 25000, 0.045},
        {"country:GB", 20000, 0.04},
    };
    spl_world *world;
    assert_true(spl_world_load(NULL, &world, NULL));
    assert_int_equal(world->variant_count, 3);
    assert_true(world->nodes[0].visits >= 100000);
    for (size_t i = 0; i < sizeof PROMISED / sizeof *PROMISED; i++) {
        uint32_t node = spl_world_find(world, (spl_text){PROMISED[i].key, strlen(PROMISED[i].key)});
        assert_int_not_equal(node, SPL_NO_NODE);
        const double *rates = world->nodes[node].rates;
        assert_near(world->nodes[node].visits, PROMISED[i].visits, 0);
        assert_near((rates[0] + rates[1] + rates[2]) / 3, PROMISED[i].rate, 1e-12);
    }
    spl_world_free(world);
}

static void every_variant_is_best_somewhere_in_the_default_world(void **state)
{
    (void)state;
    spl_world *world;
    assert_true(spl_world_load(NULL, &world, NULL));
    uint32_t leaves[3] = {0};
    for (uint32_t i = 0; i < world->node_count; i++) {
        if (world->nodes[i].child_count == 0) leaves[world->nodes[i].best]++;
    }
    for (int v = 0; v < 3; v++) assert_true(leaves[v] >= 5);
    spl_world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_world_is_read_breadth_first_with_sums),
        cmocka_unit_test(segment_keys_are_sorted_by_attribute_and_escaped),
        cmocka_unit_test(a_value_without_looks_is_given_as_an_attribute),
        cmocka_unit_test(returning_visitors_convert_more_and_the_mean_stays),
        cmocka_unit_test(a_quoted_figure_that_is_not_true_is_refused),
        cmocka_unit_test(bad_segments_are_named_by_their_path),
        cmocka_unit_test(bad_fields_are_named),
        cmocka_unit_test(broken_json_is_refused_with_its_line),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(the_built_in_world_is_the_file_for_people),
        cmocka_unit_test(a_printed_world_is_the_same_world),
        cmocka_unit_test(the_default_world_has_the_promised_visits_and_rates),
        cmocka_unit_test(every_variant_is_best_somewhere_in_the_default_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
