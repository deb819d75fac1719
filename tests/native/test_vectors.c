// SPDX-License-Identifier: MIT
// tests/vectors holds a bundle and hand-readable decisions made with it, a bundle of everything that is learned, and
// one with settings; tests/wasm runs the same files. SAMPLIT_UPDATE_VECTORS=1 native_test_vectors writes the bundles
// and fills in `expect`: look at the difference before it is committed.
#define _GNU_SOURCE // memmem
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "host/files.h"
#include "samplit/decide.h"
#include "samplit/hash.h"
#include "testing.h"
#include "vector_bundle.h"
#include "vector_learned.h"
#include "vector_settings.h"
#include "json/number.h"

#define BUNDLE SAMPLIT_SOURCE "/tests/vectors/bundle.safetensors"
#define LEARNED SAMPLIT_SOURCE "/tests/vectors/learned.safetensors"
#define SETTINGS SAMPLIT_SOURCE "/tests/vectors/settings.safetensors"
#define DECISIONS SAMPLIT_SOURCE "/tests/vectors/decisions.ndjson"
#define FIELDS_MAX 512

typedef struct setup {
    uint8_t *file;
    void *memory;
    spl_bundle bundle;
    spl_workspace workspace;
} setup;

static bool updating(void)
{
    return getenv("SAMPLIT_UPDATE_VECTORS") != NULL;
}

static void check_committed(const char *path, bool (*write)(uint8_t **, size_t *, spl_error *))
{
    uint8_t *made, *kept;
    size_t made_size, kept_size;
    spl_error error;
    if (!write(&made, &made_size, &error)) fail_msg("%s: %s", error.field, error.text);
    if (updating()) assert_true(spl_file_write(path, made, made_size, NULL));
    assert_true(spl_file_read(path, &kept, &kept_size, NULL));
    assert_int_equal(made_size, kept_size);
    assert_memory_equal(made, kept, kept_size);
    assert_true(spl_bundle_id_matches(kept, kept_size));
    free(made);
    free(kept);
}

static void the_committed_bundle_is_what_its_generator_writes(void **state)
{
    (void)state;
    check_committed(BUNDLE, vector_bundle_write);
}

static void the_committed_learned_bundle_is_what_its_generator_writes(void **state)
{
    (void)state;
    check_committed(LEARNED, vector_learned_write);
}

static void the_committed_bundle_with_settings_is_what_its_generator_writes(void **state)
{
    (void)state;
    check_committed(SETTINGS, vector_settings_write);
}

static int open_vectors(void **state)
{
    static setup s;
    size_t size, bundle_bytes, workspace_bytes;
    if (updating()) the_committed_bundle_is_what_its_generator_writes(state);
    assert_true(spl_file_read(BUNDLE, &s.file, &size, NULL));
    assert_int_equal(spl_bundle_open_bytes(s.file, size, &bundle_bytes), SPL_OK);
    s.memory = malloc(bundle_bytes + 65536);
    spl_arena arena = spl_arena_over(s.memory, bundle_bytes + 65536);
    assert_int_equal(spl_bundle_open(s.file, size, &arena, &s.bundle, NULL), SPL_OK);
    assert_int_equal(spl_workspace_bytes(&s.bundle, &workspace_bytes), SPL_OK);
    assert_int_equal(spl_workspace_init(&s.bundle, &arena, &s.workspace), SPL_OK);
    *state = &s;
    return 0;
}

static int close_vectors(void **state)
{
    setup *s = *state;
    free(s->file);
    free(s->memory);
    return 0;
}

static spl_text text_of(const cJSON *item)
{
    return (spl_text){item->valuestring, strlen(item->valuestring)};
}

static spl_field field_of(const cJSON *item)
{
    spl_field field = {.name = spl_name_hash((spl_text){item->string, strlen(item->string)})};
    if (cJSON_IsString(item)) {
        field.kind = SPL_KIND_STRING;
        field.text = item->valuestring;
        field.size = (uint32_t)strlen(item->valuestring);
    } else if (cJSON_IsNumber(item)) {
        field.kind = SPL_KIND_NUMBER;
        field.number = item->valuedouble;
    } else if (cJSON_IsBool(item)) {
        field.kind = SPL_KIND_BOOLEAN;
        field.number = cJSON_IsTrue(item);
    }
    return field;
}

static void decide(setup *s, const cJSON *line, spl_decision *decision)
{
    spl_field fields[FIELDS_MAX];
    size_t count = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(line, "context"))
    {
        assert_true(count < FIELDS_MAX);
        fields[count++] = field_of(item);
    }
    uint32_t experiment;
    spl_text key = text_of(cJSON_GetObjectItemCaseSensitive(line, "experiment"));
    if (spl_bundle_experiment(&s->bundle, key, &experiment) != SPL_OK) experiment = UINT32_MAX;
    spl_text unit = text_of(cJSON_GetObjectItemCaseSensitive(line, "unit"));
    spl_decide(&s->bundle, &s->workspace, experiment, unit, fields, count, decision);
}

// All digits: cJSON itself writes fewer than it takes to read the same double back.
static cJSON *exact(double value)
{
    char text[SPL_NUMBER_MAX + 1];
    text[spl_number_write(value, text)] = 0;
    return cJSON_CreateRaw(text);
}

static cJSON *expectation(const spl_decision *d)
{
    char segment[512], trace[17];
    snprintf(segment, sizeof segment, "%.*s", (int)d->segment.size, d->segment.data);
    snprintf(trace, sizeof trace, "%016" PRIx64, d->trace);
    cJSON *out = cJSON_CreateObject();
    cJSON_AddNumberToObject(out, "index", d->variant);
    cJSON_AddItemToObject(out, "propensity", exact(d->propensity));
    cJSON *probabilities = cJSON_AddArrayToObject(out, "probabilities");
    for (uint32_t v = 0; v < d->variant_count; v++) cJSON_AddItemToArray(probabilities, exact(d->probabilities[v]));
    cJSON_AddStringToObject(out, "reason", spl_reason_text((spl_reason)d->reason));
    cJSON_AddStringToObject(out, "segment", segment);
    cJSON_AddNumberToObject(out, "level", d->level);
    cJSON_AddNumberToObject(out, "matched_level", d->matched_level);
    cJSON_AddStringToObject(out, "trace", trace);
    return out;
}

static void update_decisions(setup *s)
{
    spl_reader *reader;
    spl_writer *writer;
    spl_text line;
    assert_true(spl_reader_open(DECISIONS, &reader, NULL));
    assert_true(spl_writer_open(DECISIONS, &writer, NULL));
    while (spl_reader_line(reader, &line, NULL) == 1) {
        spl_decision decision;
        cJSON *root = cJSON_ParseWithLength(line.data, line.size);
        assert_non_null(root);
        decide(s, root, &decision);
        cJSON_DeleteItemFromObjectCaseSensitive(root, "expect");
        cJSON_AddItemToObject(root, "expect", expectation(&decision));
        char *text = cJSON_PrintUnformatted(root);
        spl_writer_put(writer, text, strlen(text));
        spl_writer_put(writer, "\n", 1);
        cJSON_free(text);
        cJSON_Delete(root);
    }
    spl_reader_close(reader);
    assert_true(spl_writer_close(writer, NULL));
}

static void decisions_are_those_of_the_vector_file(void **state)
{
    setup *s = *state;
    if (updating()) update_decisions(s);
    spl_reader *reader;
    spl_text line;
    assert_true(spl_reader_open(DECISIONS, &reader, NULL));
    int count = 0;
    while (spl_reader_line(reader, &line, NULL) == 1) {
        cJSON *root = cJSON_ParseWithLength(line.data, line.size);
        assert_non_null(root);
        for (spl_kernel kernel = SPL_KERNEL_SCALAR; kernel <= SPL_KERNEL_AVX512; kernel++) {
            if (!spl_kernel_usable(kernel)) continue;
            spl_decision decision;
            s->workspace.kernel = kernel;
            decide(s, root, &decision);
            cJSON *object = expectation(&decision);
            char *made = cJSON_PrintUnformatted(object);
            const char *expected = memmem(line.data, line.size, "\"expect\":", 9);
            if (!expected || strncmp(expected + 9, made, strlen(made)) != 0) {
                fail_msg("line %d, %s: %s", count + 1, spl_kernel_name(kernel), made);
            }
            cJSON_free(made);
            cJSON_Delete(object);
        }
        cJSON_Delete(root);
        count++;
    }
    spl_reader_close(reader);
    assert_true(count >= 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_committed_bundle_is_what_its_generator_writes),
        cmocka_unit_test(the_committed_learned_bundle_is_what_its_generator_writes),
        cmocka_unit_test(the_committed_bundle_with_settings_is_what_its_generator_writes),
        cmocka_unit_test(decisions_are_those_of_the_vector_file),
    };
    return cmocka_run_group_tests(tests, open_vectors, close_vectors);
}
