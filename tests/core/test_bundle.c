// SPDX-License-Identifier: MIT
// A sound bundle opens; a damaged one does not, and no memory is too small for a clean answer.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle_fixture.h"
#include "samplit/samplit.h"
#include "testing.h"

static void a_sound_bundle_opens(void **state)
{
    (void)state;
    fixture_opened o = fixture_open_and_free(fixture_new());
    if (o.status != SPL_OK) print_error("%s: %s\n", o.error.name, o.error.expected);
    assert_int_equal(o.status, SPL_OK);
    const spl_bundle *b = &o.bundle;
    assert_int_equal(b->id[1], 0x11);
    assert_int_equal(b->id[15], 0xff);
    assert_int_equal(b->schema.feature_count, 4);
    assert_int_equal(b->schema.width, 8);
    assert_int_equal(b->encoders->layer_count, 2);
    assert_int_equal(b->encoders->layers[1].inputs, 4);
    assert_int_equal(b->encoders->layers[1].outputs, 3);
    assert_int_equal(b->tree.node_count, 5);
    assert_int_equal(b->experiment_count, 2);
    assert_int_equal(b->experiments[0].policy.variant_count, 3);
    assert_true(spl_text_equal(b->experiments[0].variants[1], SPL_TEXT("bold")));
    assert_true(spl_text_equal(b->experiments[1].variants[1], SPL_TEXT("b")));
    assert_true(spl_text_equal(b->manifest, SPL_TEXT("{}")));
    uint32_t index = 9;
    assert_int_equal(spl_bundle_experiment(b, SPL_TEXT("cta"), &index), SPL_OK);
    assert_int_equal(index, 1);
    assert_int_equal(spl_bundle_experiment(b, SPL_TEXT("none"), &index), SPL_NOT_FOUND);
    assert_null(spl_bundle_tensor(b, SPL_TEXT("none")));
    fixture_close(&o);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    size_t size;
    fixture *f = fixture_new();
    uint8_t *whole = fixture_write(f, &size);
    free(f);
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *file = malloc(cut ? cut : 1);
        memcpy(file, whole, cut);
        fixture_opened o = fixture_open(file, cut);
        assert_int_not_equal(o.status, SPL_OK);
        assert_int_not_equal(o.error.status, SPL_OK);
        fixture_close(&o);
    }
    free(whole);
}

static void flip(uint8_t *file, size_t bit)
{
    file[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void any_flipped_bit_is_refused(void **state)
{
    (void)state;
    size_t size;
    fixture *f = fixture_new();
    uint8_t *file = fixture_write(f, &size);
    free(f);
    for (size_t bit = 0; bit < size * 8; bit++) {
        flip(file, bit);
        fixture_opened o = fixture_open(file, size);
        assert_int_not_equal(o.status, SPL_OK);
        assert_true(o.error.status == o.status && o.error.name[0] && o.error.expected);
        free(o.memory);
        flip(file, bit);
    }
    free(file);
}

// Whoever lies may also set the checksum right. Then not every change is a lie (a seed is any number), but
// none may lead outside the file. Sanitizers watch.
static void any_flipped_bit_under_a_true_checksum_gives_a_status(void **state)
{
    (void)state;
    size_t size;
    fixture *f = fixture_new();
    uint8_t *file = fixture_write(f, &size);
    free(f);
    size_t refused = 0;
    for (size_t bit = 0; bit < size * 8; bit++) {
        flip(file, bit);
        fixture_seal(file, size);
        fixture_opened o = fixture_open(file, size);
        refused += o.status != SPL_OK;
        if (o.status == SPL_OK) assert_true(o.bundle.tree.node_count == 5);
        free(o.memory);
        flip(file, bit);
    }
    assert_true(refused > size * 8 / 2);
    free(file);
}

// Whatever the header holds: less memory than the file has bytes, and a refusal.
static void a_header_of_nothing_but_brackets_asks_for_little_memory(void **state)
{
    (void)state;
    static const char BRACKETS[][8] = {"[", "{", "{\"a\":", "[1,"};
    size_t size = 8 + (1 << 20), bytes;
    uint8_t *file = calloc(size, 1);
    uint64_t header = size - 8;
    memcpy(file, &header, 8);
    for (size_t b = 0; b < sizeof BRACKETS / sizeof *BRACKETS; b++) {
        size_t length = strlen(BRACKETS[b]);
        for (size_t i = 8; i < size; i++) file[i] = (uint8_t)BRACKETS[b][(i - 8) % length];
        assert_int_equal(spl_bundle_open_bytes(file, size, &bytes), SPL_OK);
        assert_true(bytes < size);
        fixture_opened o = fixture_open(file, size);
        assert_int_equal(o.status, SPL_BAD_HEADER);
        free(o.memory);
    }
    free(file);
}

static void an_arena_shrunk_byte_by_byte_gives_a_status(void **state)
{
    (void)state;
    size_t size, bytes;
    fixture *f = fixture_new();
    uint8_t *file = fixture_write(f, &size);
    free(f);
    assert_int_equal(spl_bundle_open_bytes(file, size, &bytes), SPL_OK);
    bool fits = true;
    for (size_t n = bytes; n != SIZE_MAX; n--) {
        void *memory = malloc(n ? n : 1);
        spl_arena arena = spl_arena_over(memory, n);
        spl_bundle bundle = {.tensor_count = 12345};
        spl_bundle_error error;
        spl_status status = spl_bundle_open(file, size, &arena, &bundle, &error);
        if (n == bytes) assert_int_equal(status, SPL_OK);
        if (status != SPL_OK) {
            assert_int_equal(status, SPL_NO_SPACE);
            assert_string_equal(error.name, "arena");
            assert_int_equal(bundle.tensor_count, 12345); // untouched
            assert_int_equal(arena.used, 0);
            fits = false;
        } else {
            assert_true(fits); // once too small, always too small
        }
        free(memory);
    }
    assert_false(fits);
    free(file);
}

static void memory_off_eight_bytes_is_refused(void **state)
{
    (void)state;
    size_t size;
    fixture *f = fixture_new();
    uint8_t *file = fixture_write(f, &size);
    free(f);
    uint64_t *shifted = malloc(size + 8);
    memcpy((uint8_t *)shifted + 4, file, size);
    static uint64_t memory[1 << 16];
    spl_arena arena = spl_arena_over(memory, sizeof memory);
    spl_bundle bundle;
    spl_bundle_error error;
    assert_int_equal(spl_bundle_open((uint8_t *)shifted + 4, size, &arena, &bundle, &error), SPL_BAD_ALIGNMENT);
    assert_int_equal(spl_bundle_open((uint8_t *)shifted + 4, size, &arena, &bundle, NULL), SPL_BAD_ALIGNMENT);
    free(shifted);
    free(file);
}

static void a_bundle_may_do_without_schema_and_encoder(void **state)
{
    (void)state;
    fixture *f = fixture_new();
    for (int i = f->count; i-- > 0;) {
        const char *name = f->tensors[i].name;
        if (!strncmp(name, "schema", 6) || !strncmp(name, "norm", 4) || !strncmp(name, "enc", 3)) fixture_drop(f, name);
    }
    fixture_opened o = fixture_open_and_free(f);
    assert_int_equal(o.status, SPL_OK);
    assert_int_equal(o.bundle.schema.width, 0);
    assert_int_equal(o.bundle.encoder_count, 0);
    fixture_close(&o);
}

static void tensors_it_does_not_know_are_kept(void **state)
{
    (void)state;
    fixture *f = fixture_new();
    strcpy(f->extra_header, ",\"later\":{\"dtype\":\"BF16\",\"shape\":[0],\"data_offsets\":[0,0]}");
    fixture_opened o = fixture_open_and_free(f);
    assert_int_equal(o.status, SPL_OK);
    assert_non_null(spl_bundle_tensor(&o.bundle, SPL_TEXT("later")));
    fixture_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_bundle_opens),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(any_flipped_bit_is_refused),
        cmocka_unit_test(any_flipped_bit_under_a_true_checksum_gives_a_status),
        cmocka_unit_test(a_header_of_nothing_but_brackets_asks_for_little_memory),
        cmocka_unit_test(an_arena_shrunk_byte_by_byte_gives_a_status),
        cmocka_unit_test(memory_off_eight_bytes_is_refused),
        cmocka_unit_test(a_bundle_may_do_without_schema_and_encoder),
        cmocka_unit_test(tensors_it_does_not_know_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
