// SPDX-License-Identifier: MIT
// A model file from disk: opened and ready, or refused with the name of what is wrong.
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "host/files.h"
#include "scratch.h"
#include "testing.h"
#include "tree_fixture.h"

static uint8_t *data;
static size_t size;

static void a_good_file_opens_and_decides(void **state)
{
    (void)state;
    spl_bundle_file file;
    void *memory;
    const char *path = scratch_path("good.safetensors");
    scratch_write(path, data, size);
    assert_true(spl_bundle_file_open(path, &file, NULL));
    spl_workspace *workspace = spl_bundle_file_workspace(&file, &memory);
    assert_non_null(workspace);
    spl_decision decision;
    spl_decide(&file.bundle, workspace, 0, SPL_TEXT("u1"), NULL, 0, &decision);
    assert_int_equal(decision.reason, SPL_REASON_POLICY);
    assert_int_equal(decision.variant_count, FIXTURE_VARIANTS);
    free(memory);
    spl_bundle_file_close(&file);
}

static void a_gzipped_file_opens_as_well(void **state)
{
    (void)state;
    spl_bundle_file file;
    const char *path = scratch_path("good.safetensors.gz");
    assert_true(spl_file_write(path, data, size, NULL));
    assert_true(spl_bundle_file_open(path, &file, NULL));
    assert_int_equal(file.size, size);
    spl_bundle_file_close(&file);
}

static void refused(const char *name, const uint8_t *bytes, size_t count, const char *field)
{
    spl_bundle_file file = {.size = 7};
    spl_error error = {0};
    const char *path = scratch_path(name);
    scratch_write(path, bytes, count);
    assert_false(spl_bundle_file_open(path, &file, &error));
    assert_int_equal(file.size, 7); // unchanged
    assert_string_equal(error.file, path);
    assert_string_equal(error.field, field);
    assert_int_not_equal(error.text[0], 0);
}

static void a_cut_file_is_refused_wherever_it_is_cut(void **state)
{
    (void)state;
    spl_bundle_file file;
    const char *path = scratch_path("cut.safetensors");
    for (size_t count = 0; count < size; count += 1 + count / 7) {
        spl_error error = {0};
        scratch_write(path, data, count);
        assert_false(spl_bundle_file_open(path, &file, &error));
        assert_string_equal(error.file, path);
        assert_int_not_equal(error.text[0], 0);
    }
}

static void the_wrong_tensor_is_named(void **state)
{
    (void)state;
    spl_bundle bundle_copy;
    uint8_t *bad = malloc(size);
    spl_bundle_file file;
    memcpy(bad, data, size);
    const char *path = scratch_path("good.safetensors");
    scratch_write(path, data, size);
    assert_true(spl_bundle_file_open(path, &file, NULL));
    bundle_copy = file.bundle;
    const spl_tensor *table = spl_bundle_tensor(&bundle_copy, SPL_TEXT("policy.world.table"));
    size_t table_at = (size_t)((const uint8_t *)table->data - file.data);
    const spl_tensor *parent = spl_bundle_tensor(&bundle_copy, SPL_TEXT("tree.parent"));
    size_t parent_at = (size_t)((const uint8_t *)parent->data - file.data);
    spl_bundle_file_close(&file);

    double wrong = 0.9;
    memcpy(bad + table_at, &wrong, sizeof wrong);
    refused("sum.safetensors", bad, size, "policy.world.table");
    memcpy(bad, data, size);
    memset(bad + parent_at + 4, 0x7F, 4);
    refused("parent.safetensors", bad, size, "tree.parent");
    refused("text.safetensors", (const uint8_t *)"hello, I am no bundle", 21, "header");
    free(bad);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    spl_bundle_file file;
    spl_error error = {0};
    assert_false(spl_bundle_file_open("/nowhere/b.safetensors", &file, &error));
    assert_string_equal(error.file, "/nowhere/b.safetensors");
}

static int make(void **state)
{
    (void)state;
    data = fixture_bundle(fixture_world, fixture_world_count, fixture_plain_variants, &size);
    return data ? 0 : -1;
}

static int drop(void **state)
{
    (void)state;
    free(data);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_file_opens_and_decides),
        cmocka_unit_test(a_gzipped_file_opens_as_well),
        cmocka_unit_test(a_cut_file_is_refused_wherever_it_is_cut),
        cmocka_unit_test(the_wrong_tensor_is_named),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
