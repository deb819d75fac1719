// SPDX-License-Identifier: MIT
// Files of payloads: what is taken, and the place of every mistake.
#include <stdlib.h>
#include <string.h>

#include "bundle/payloads.h"
#include "scratch.h"
#include "testing.h"
#include "tree_fixture.h"

static spl_bundle_file file;
static const spl_experiment *world; // control, b, c

static int open_bundle(void **state)
{
    (void)state;
    size_t size;
    uint8_t *data = fixture_bundle(fixture_world, fixture_world_count, fixture_plain_variants, &size);
    assert_true(spl_bundle_file_take(data, size, &file, NULL));
    world = &file.bundle.experiments[0];
    return 0;
}

static int close_bundle(void **state)
{
    (void)state;
    spl_bundle_file_close(&file);
    return 0;
}

static cJSON *parsed(const char *text)
{
    cJSON *list;
    spl_error error = {0};
    if (!spl_payloads_parse((spl_text){text, strlen(text)}, world, &list, &error)) fail_msg("%s", error.text);
    return list;
}

static void values_of_any_kind_stand_in_the_order_of_the_variants(void **state)
{
    (void)state;
    cJSON *list = parsed("{\"c\": [1, {\"a\": \"\\u00eb\\\\u0000\"}], \"control\": null, \"b\": {\"title\": \"Now\", "
                         "\"n\": 0.1, \"on\": true}}");
    char *text = cJSON_PrintUnformatted(list);
    assert_string_equal(text, "[null,{\"title\":\"Now\",\"n\":0.1,\"on\":true},[1,{\"a\":\"ë\\\\u0000\"}]]");
    assert_false(spl_payloads_are_none(list));
    cJSON_free(text);
    cJSON_Delete(list);
    list = parsed("{\"control\":null,\"b\":null,\"c\":null}");
    assert_true(spl_payloads_are_none(list));
    cJSON_Delete(list);
}

static void every_mistake_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field, *message;
    } cases[] = {
        {"", "", "not JSON"},
        {"[1,2,3]", "", "not an object"},
        {"{\"control\":1,\"b\":2,\"c\":3,}", "", "not JSON"},
        {"{\"control\":1,\"b\":NaN,\"c\":3}", "", "not JSON"},
        {"{\"control\":1,\"b\":1e999,\"c\":3}", "b", "out of range"},
        {"{\"control\":1,\"b\":\"\xff\",\"c\":3}", "b", "UTF-8"},
        {"{\"control\":1,\"b\":\"\\ud800\",\"c\":3}", "", "not JSON"},
        {"{\"control\":1,\"b\":\"\\u0000\",\"c\":3}", "", "\\u0000 cannot stand"},
        {"{\"control\":1,\"b\":2}", "", "says nothing of variant c"},
        {"{}", "", "says nothing of variant control"},
        {"{\"control\":1,\"b\":2,\"c\":3,\"d\":4}", "d", "no variant of that name in world"},
        {"{\"control\":1,\"b\":2,\"c\":3,\"b\":4}", "b", "stands there twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cJSON *list = NULL;
        spl_error error = {0};
        spl_text text = {cases[i].text, strlen(cases[i].text)};
        if (spl_payloads_parse(text, world, &list, &error)) fail_msg("taken: %s", cases[i].text);
        scratch_says(error.text, cases[i].message);
        assert_string_equal(error.field, cases[i].field);
        assert_null(list);
    }
}

static void too_much_and_too_deep_are_refused(void **state)
{
    (void)state;
    cJSON *list;
    spl_error error = {0};
    char *text = malloc(SPL_PAYLOADS_MAX + 1);
    memset(text, ' ', SPL_PAYLOADS_MAX + 1);
    memcpy(text, "{\"control\":1,\"b\":2,\"c\":3}", 25);
    assert_true(spl_payloads_parse((spl_text){text, SPL_PAYLOADS_MAX}, world, &list, &error));
    cJSON_Delete(list);
    assert_false(spl_payloads_parse((spl_text){text, SPL_PAYLOADS_MAX + 1}, world, &list, &error));
    scratch_says(error.text, "more than 65536 bytes");
    memcpy(text, "{\"b\":", 5);
    memset(text + 5, '[', 20000);
    memset(text + 20005, ']', 20000);
    memcpy(text + 40005, ",\"control\":1,\"c\":3}", 19);
    assert_false(spl_payloads_parse((spl_text){text, 40024}, world, &list, &error));
    scratch_says(error.text, "nested too deep");
    free(text);
}

static void of_a_manifest_without_them_none_are_carried(void **state)
{
    (void)state;
    cJSON *list;
    assert_true(spl_payloads_carry(&file.bundle, 0, world->variants, 3, &list, NULL));
    assert_null(list);
    assert_null(spl_payloads_in(NULL, &file.bundle, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_any_kind_stand_in_the_order_of_the_variants),
        cmocka_unit_test(every_mistake_is_named),
        cmocka_unit_test(too_much_and_too_deep_are_refused),
        cmocka_unit_test(of_a_manifest_without_them_none_are_carried),
    };
    return cmocka_run_group_tests(tests, open_bundle, close_bundle);
}
