// SPDX-License-Identifier: MIT
// Events: what is written reads back as it was, and every field is refused when it is wrong.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events/event.h"
#include "events/event_stamp.h"
#include "samplit/hash.h"
#include "samplit/rng.h"
#include "testing.h"

#define ID "01997c2e-8a00-7000-8000-000000000001"
#define HEAD "\"id\":\"" ID "\",\"time\":\"2026-11-21T07:45:00.123Z\""
#define EXPOSURE                                                                                                       \
    "{\"type\":\"exposure\"," HEAD ",\"experiment\":\"hero\",\"unit\":\"u1\",\"variant\":\"b\",\"propensity\":0.25"
#define OUTCOME "{\"type\":\"outcome\"," HEAD ",\"exposure\":\"" ID "\",\"name\":\"visit\""

static spl_event_parser *parser;
static spl_event event;
static spl_error error;

static bool parses(const char *line)
{
    error = (spl_error){0};
    return spl_event_parse(parser, (spl_text){line, strlen(line)}, &event, &error);
}

static void refuses(const char *line, const char *field)
{
    if (parses(line)) fail_msg("%s was read", line);
    if (strcmp(error.field, field) != 0) fail_msg("%s: field %s: %s", line, error.field, error.text);
}

static void assert_text(spl_text text, const char *wanted)
{
    assert_int_equal(text.size, strlen(wanted));
    assert_memory_equal(text.data, wanted, text.size);
}

static void an_exposure_is_read_field_by_field(void **state)
{
    (void)state;
    assert_true(parses(
        EXPOSURE
        ",\"bundle\":\"0123456789abcdef0123456789abcdef\",\"segment\":\"device:mobile\",\"level\":1,"
        "\"probabilities\":[0.75,0.25],\"reason\":\"fallback\",\"mode\":\"online\",\"region\":\"eu\","
        "\"trace\":\"00000000deadBEEF\",\"context\":{\"device\":\"mobile\",\"hour\":14,\"new\":true,\"x\":null}}"));
    assert_int_equal(event.kind, SPL_EVENT_EXPOSURE);
    assert_int_equal(event.id[0], 0x01);
    assert_int_equal(event.id[15], 0x01);
    assert_true(event.time_ms == INT64_C(1795247100123));
    assert_text(event.experiment, "hero");
    assert_text(event.unit, "u1");
    assert_text(event.variant, "b");
    assert_text(event.bundle, "0123456789abcdef0123456789abcdef");
    assert_text(event.segment, "device:mobile");
    assert_int_equal(event.level, 1);
    assert_true(event.propensity == 0.25);
    assert_int_equal(event.probability_count, 2);
    assert_true(event.probabilities[0] == 0.75);
    assert_text(event.reason, "fallback");
    assert_text(event.mode, "online");
    assert_text(event.region, "eu");
    assert_true(event.has_trace);
    assert_true(event.trace == 0xdeadbeef);
    assert_int_equal(event.context_count, 4);
    assert_true(event.context[0].field.name == spl_name_hash(SPL_TEXT("device")));
    assert_text((spl_text){event.context[0].field.text, event.context[0].field.size}, "mobile");
    assert_true(event.context[1].field.number == 14);
    assert_int_equal(event.context[2].field.kind, SPL_KIND_BOOLEAN);
    assert_int_equal(event.context[3].field.kind, SPL_KIND_MISSING);
}

static void an_outcome_names_its_exposure_or_its_unit(void **state)
{
    (void)state;
    assert_true(parses(OUTCOME ",\"value\":12.5}"));
    assert_int_equal(event.kind, SPL_EVENT_OUTCOME);
    assert_true(event.has_exposure);
    assert_true(event.value == 12.5);
    assert_text(event.name, "visit");
    assert_true(parses(OUTCOME "}"));
    assert_true(event.value == 1); // the default
    assert_true(parses("{\"type\":\"outcome\"," HEAD ",\"experiment\":\"e\",\"unit\":\"u\",\"name\":\"n\"}"));
    assert_false(event.has_exposure);
    refuses("{\"type\":\"outcome\"," HEAD ",\"experiment\":\"e\",\"name\":\"n\"}", "exposure");
}

static void the_order_of_fields_does_not_matter(void **state)
{
    (void)state;
    assert_true(parses("{\"propensity\":1,\"variant\":\"a\",\"unit\":\"u\",\"experiment\":\"e\"," HEAD
                       ",\"type\":\"exposure\"}"));
    assert_text(event.variant, "a");
}

static void unknown_fields_and_those_of_the_other_kind_are_ignored(void **state)
{
    (void)state;
    assert_true(parses(EXPOSURE ",\"sticky\":true,\"x\":{\"y\":[1,{\"z\":2}]},\"value\":\"nonsense\"}"));
    assert_true(parses(OUTCOME ",\"propensity\":7,\"context\":3}"));
}

static void a_null_is_an_absent_field(void **state)
{
    (void)state;
    assert_true(parses(EXPOSURE ",\"bundle\":null,\"context\":null,\"trace\":null}"));
    assert_false(event.has_trace);
    refuses("{\"type\":\"exposure\"," HEAD ",\"experiment\":\"e\",\"unit\":null,\"variant\":\"v\",\"propensity\":1}",
            "unit");
}

static void a_missing_field_is_named(void **state)
{
    (void)state;
    refuses("{}", "type");
    refuses("{\"type\":\"click\"}", "type");
    refuses("{\"type\":1}", "type");
    refuses("{\"type\":\"exposure\"}", "id");
    refuses("{\"type\":\"exposure\"," HEAD "}", "experiment");
    refuses("{\"type\":\"exposure\"," HEAD ",\"experiment\":\"e\",\"unit\":\"u\",\"variant\":\"v\"}", "propensity");
    refuses("{\"type\":\"outcome\"," HEAD ",\"exposure\":\"" ID "\"}", "name");
}

static void a_wrong_field_is_named(void **state)
{
    (void)state;
    refuses(EXPOSURE ",\"propensity\":0.25}", "propensity"); // twice
    refuses(EXPOSURE ",\"bundle\":\"0123\"}", "bundle");
    refuses(EXPOSURE ",\"bundle\":\"0123456789ABCDEF0123456789abcdef\"}", "bundle");
    refuses(EXPOSURE ",\"level\":8}", "level");
    refuses(EXPOSURE ",\"level\":0.5}", "level");
    refuses(EXPOSURE ",\"level\":\"1\"}", "level");
    refuses(EXPOSURE ",\"probabilities\":[]}", "probabilities");
    refuses(EXPOSURE ",\"probabilities\":[0.5,0.4]}", "probabilities");
    refuses(EXPOSURE ",\"probabilities\":[1.5,-0.5]}", "probabilities");
    refuses(EXPOSURE ",\"probabilities\":[\"1\"]}", "probabilities");
    refuses(EXPOSURE ",\"mode\":\"offline\"}", "mode");
    refuses(EXPOSURE ",\"trace\":\"123\"}", "trace");
    refuses(EXPOSURE ",\"trace\":123}", "trace");
    refuses(EXPOSURE ",\"context\":[]}", "context");
    refuses(EXPOSURE ",\"context\":{\"ua\":{}}}", "context.ua");
    refuses(EXPOSURE ",\"context\":{\"ua\":\"\xff\"}}", "context");
    refuses(EXPOSURE ",\"segment\":\"\"}", "segment");
    refuses(OUTCOME ",\"value\":\"1\"}", "value");
    refuses("{\"type\":\"outcome\",\"id\":\"x\"}", "id");
    refuses("{\"type\":\"outcome\",\"id\":\"" ID "\",\"time\":\"yesterday\"}", "time");
    refuses("{\"type\":\"exposure\"," HEAD ",\"experiment\":\"a b\"}", "experiment");
    refuses("{\"type\":\"exposure\"," HEAD ",\"experiment\":\"e\",\"unit\":\"u\",\"variant\":\"v\",\"propensity\":0}",
            "propensity");
    refuses("{\"type\":\"exposure\"," HEAD
            ",\"experiment\":\"e\",\"unit\":\"u\",\"variant\":\"v\",\"propensity\":1.01}",
            "propensity");
    refuses("nonsense", "");
}

static void an_empty_context_is_a_context_and_none_is_none(void **state)
{
    (void)state;
    char line[1024];
    assert_true(parses(EXPOSURE ",\"context\":{}}"));
    assert_true(event.has_context);
    assert_int_equal(event.context_count, 0);
    size_t size = spl_event_write(&event, line, sizeof line - 1);
    line[size] = '\0';
    assert_non_null(strstr(line, ",\"context\":{}}\n"));
    assert_true(parses(EXPOSURE "}"));
    assert_false(event.has_context);
    size = spl_event_write(&event, line, sizeof line - 1);
    line[size] = '\0';
    assert_null(strstr(line, "context"));
}

static void of_a_name_that_stands_twice_in_a_context_the_last_counts(void **state)
{
    (void)state;
    static spl_context context;
    spl_field fields[3];
    assert_true(parses(EXPOSURE ",\"context\":{\"device\":\"mobile\",\"plan\":\"free\",\"device\":\"tablet\"}}"));
    assert_int_equal(event.context_count, 3);
    for (uint32_t i = 0; i < 3; i++) fields[i] = event.context[i].field;
    spl_context_build(&context, fields, 3);
    const spl_attribute *device = spl_context_find(&context, spl_name_hash(SPL_TEXT("device")));
    assert_non_null(device);
    assert_text((spl_text){device->text, device->size}, "tablet");
    assert_true(parses(EXPOSURE ",\"context\":{\"device\":\"mobile\",\"device\":null}}"));
    for (uint32_t i = 0; i < 2; i++) fields[i] = event.context[i].field;
    spl_context_build(&context, fields, 2);
    assert_null(spl_context_find(&context, spl_name_hash(SPL_TEXT("device"))));
}

static void values_of_outcomes_have_a_limit(void **state)
{
    (void)state;
    assert_true(parses(OUTCOME ",\"value\":-1e100}"));
    assert_true(event.value == -1e100);
    refuses(OUTCOME ",\"value\":1.0000001e100}", "value");
    refuses(OUTCOME ",\"value\":-1e308}", "value");
    assert_non_null(strstr(error.text, "from -1e100 to 1e100"));
}

static void a_context_above_the_limit_is_refused(void **state)
{
    (void)state;
    char line[8192], *at = line + sprintf(line, EXPOSURE ",\"context\":{");
    for (int i = 0; i < SPL_ATTRIBUTES_MAX; i++) at += sprintf(at, "%s\"a%d\":%d", i ? "," : "", i, i);
    strcpy(at, "}}");
    assert_true(parses(line));
    assert_int_equal(event.context_count, SPL_ATTRIBUTES_MAX);
    strcpy(at, ",\"more\":1}}");
    refuses(line, "context");
}

static void a_user_agent_of_10_mb_is_read(void **state)
{
    (void)state;
    size_t size = 10u << 20;
    char *line = malloc(size + 1024), *at = line + sprintf(line, EXPOSURE ",\"context\":{\"user_agent\":\"");
    memset(at, 'M', size);
    strcpy(at + size, "\"}}");
    assert_true(parses(line));
    assert_int_equal(event.context[0].field.size, size);
    free(line);
}

static void times_are_read_with_any_offset_and_precision(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.001Z", 1},
        {"1969-12-31T23:59:59.999Z", -1},
        {"1970-01-01T01:00:00+01:00", 0},
        {"1969-12-31t18:30:00-05:30", 0},
        {"2000-02-29T12:00:00.123456789z", INT64_C(951825600123)},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000)},
        {"2019-11-24 00:03:13.442536+00:00", INT64_C(1574553793442)},
        {"0000-01-01T00:00:00Z", SPL_TIME_MIN},
        {"9999-12-31T23:59:59.999Z", SPL_TIME_MAX},
    };
    static const char *const bad[] = {
        "",
        "2026",
        "2026-11-21",
        "2026-11-21T07:45:00",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-11-31T00:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T07:60:00Z",
        "2026-11-21T07:45:61Z",
        "2026-11-21T07:45:00.Z",
        "2026-11-21T07:45:00Zx",
        "2026-11-21T07:45:00+1:00",
        "2026-11-21T07:45:00+24:00",
        "2026-11-21T07:45:00+0100",
        "9999-12-31T23:59:59-01:00",
        "26-11-21T07:45:00Z",
        "2026/11/21T07:45:00Z",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t ms = 5;
        assert_true(spl_time_read((spl_text){good[i].text, strlen(good[i].text)}, &ms));
        assert_true(ms == good[i].ms);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t ms = 5;
        if (spl_time_read((spl_text){bad[i], strlen(bad[i])}, &ms)) fail_msg("%s was read", bad[i]);
        assert_true(ms == 5);
    }
}

static void times_written_read_back(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 20000; i++) {
        double u[2];
        spl_uniform2(3, i, SPL_STREAM_TEST, 0, u);
        int64_t time = SPL_TIME_MIN + (int64_t)(u[0] * (double)(SPL_TIME_MAX - SPL_TIME_MIN)), again;
        char text[SPL_TIME_CHARS];
        spl_time_write(time, text);
        assert_true(spl_time_read((spl_text){text, sizeof text}, &again));
        assert_true(time == again);
    }
}

static void a_uuid7_carries_time_version_and_variant(void **state)
{
    (void)state;
    uint8_t id[16], again[16];
    char text[SPL_UUID_CHARS];
    // The example of RFC 9562, appendix A.6.
    spl_uuid7(INT64_C(0x017F22E279B0), 0xCC3, UINT64_C(0x18C4DC0C0C07398F), id);
    spl_uuid_write(id, text);
    assert_memory_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", SPL_UUID_CHARS);
    assert_true(spl_uuid_read(SPL_TEXT("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"), again));
    assert_memory_equal(id, again, 16);
    assert_false(spl_uuid_read(SPL_TEXT("017f22e279b07cc398c4dc0c0c07398f"), again));
    assert_false(spl_uuid_read(SPL_TEXT("017f22e2-79b0-7cc3-98c4-dc0c0c07398g"), again));
    assert_false(spl_uuid_read(SPL_TEXT("017f22e2-79b0-7cc3-98c4+dc0c0c07398f"), again));
}

static spl_text drawn_text(uint32_t seed, char *out, uint32_t stream)
{
    static const char *const parts[] = {"a", "Z", "\"",     "\\",  "\n", "\x01", "\xc3\xa9", "\xf0\x9f\x98\x80",
                                        "/", " ", "mobile", "\x7f"};
    double u[2];
    size_t size = 0;
    spl_uniform2(9, seed, SPL_STREAM_TEST, stream, u);
    int count = 1 + (int)(u[0] * 12);
    for (int i = 0; i < count; i++) {
        spl_uniform2(9, seed, SPL_STREAM_TEST, stream + 100 + (uint32_t)i, u);
        const char *part = parts[(int)(u[0] * 12)];
        memcpy(out + size, part, strlen(part));
        size += strlen(part);
    }
    return (spl_text){out, size};
}

static void draw_exposure(uint32_t seed, spl_event *out, char texts[8][256])
{
    double u[2];
    memset(out, 0, offsetof(spl_event, context));
    spl_uniform2(9, seed, SPL_STREAM_TEST, 1, u);
    out->kind = SPL_EVENT_EXPOSURE;
    out->time_ms = (int64_t)(u[0] * 4e12);
    spl_uuid7(out->time_ms, seed, spl_mix64(seed), out->id);
    out->experiment = SPL_TEXT("hero");
    out->unit = drawn_text(seed, texts[0], 1);
    out->segment = drawn_text(seed, texts[1], 2);
    out->level = seed % 8;
    out->variant = drawn_text(seed, texts[2], 3);
    out->propensity = u[1];
    out->probability_count = seed % 3 ? 2 : 0;
    out->probabilities[0] = u[0];
    out->probabilities[1] = 1 - u[0];
    out->has_trace = seed % 2;
    out->trace = spl_mix64(seed);
    out->context_count = seed % 4;
    out->has_context = out->context_count > 0 || seed % 8 == 0;
    for (uint32_t i = 0; i < out->context_count; i++) {
        spl_text name = drawn_text(seed, texts[3 + i], 4 + i);
        spl_field field = {.name = spl_name_hash(name), .kind = (seed + i) % 4};
        if (field.kind == SPL_KIND_STRING) field.text = name.data, field.size = (uint32_t)name.size;
        if (field.kind == SPL_KIND_NUMBER) field.number = u[0] * 1000;
        if (field.kind == SPL_KIND_BOOLEAN) field.number = 1;
        out->context[i] = (spl_named_field){name, field};
    }
}

static void what_is_written_reads_back_as_it_was(void **state)
{
    (void)state;
    static spl_event first;
    static char texts[8][256], line[65536], again[65536];
    for (uint32_t seed = 0; seed < 5000; seed++) {
        draw_exposure(seed, &first, texts);
        size_t size = spl_event_write(&first, line, sizeof line);
        assert_in_range(size, 1, spl_event_size_max(&first));
        if (!spl_event_parse(parser, (spl_text){line, size - 1}, &event, &error))
            fail_msg("%s: %s\n%s", error.field, error.text, line);
        assert_true(spl_text_equal(event.unit, first.unit));
        assert_true(event.propensity == first.propensity);
        assert_int_equal(event.has_context, first.has_context);
        assert_int_equal(event.context_count, first.context_count);
        for (uint32_t i = 0; i < first.context_count; i++) {
            assert_true(event.context[i].field.name == first.context[i].field.name);
            assert_true(event.context[i].field.number == first.context[i].field.number);
        }
        assert_int_equal(spl_event_write(&event, again, sizeof again), size);
        assert_memory_equal(again, line, size);
    }
}

static void an_event_that_does_not_fit_is_not_written(void **state)
{
    (void)state;
    static char texts[8][256];
    static spl_event first;
    draw_exposure(7, &first, texts);
    char line[65536];
    size_t size = spl_event_write(&first, line, sizeof line);
    for (size_t room = 0; room < size; room++) {
        char *exact = malloc(room + 1);
        assert_int_equal(spl_event_write(&first, exact, room), 0);
        free(exact);
    }
    assert_int_equal(spl_event_write(&first, line, size), size);
}

static int set_up(void **state)
{
    (void)state;
    parser = spl_event_parser_new();
    return parser ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    spl_event_parser_free(parser);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exposure_is_read_field_by_field),
        cmocka_unit_test(an_outcome_names_its_exposure_or_its_unit),
        cmocka_unit_test(the_order_of_fields_does_not_matter),
        cmocka_unit_test(unknown_fields_and_those_of_the_other_kind_are_ignored),
        cmocka_unit_test(a_null_is_an_absent_field),
        cmocka_unit_test(a_missing_field_is_named),
        cmocka_unit_test(a_wrong_field_is_named),
        cmocka_unit_test(an_empty_context_is_a_context_and_none_is_none),
        cmocka_unit_test(of_a_name_that_stands_twice_in_a_context_the_last_counts),
        cmocka_unit_test(values_of_outcomes_have_a_limit),
        cmocka_unit_test(a_context_above_the_limit_is_refused),
        cmocka_unit_test(a_user_agent_of_10_mb_is_read),
        cmocka_unit_test(times_are_read_with_any_offset_and_precision),
        cmocka_unit_test(times_written_read_back),
        cmocka_unit_test(a_uuid7_carries_time_version_and_variant),
        cmocka_unit_test(what_is_written_reads_back_as_it_was),
        cmocka_unit_test(an_event_that_does_not_fit_is_not_written),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
