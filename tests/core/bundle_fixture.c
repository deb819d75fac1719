// SPDX-License-Identifier: MIT
#include "bundle_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samplit/bundle.h"
#include "samplit/context.h"
#include "samplit/hash.h"
#include "samplit/tree.h"

static uint64_t name(const char *text)
{
    return spl_name_hash((spl_text){text, strlen(text)});
}

static void add(fixture *f, const char *tensor, const char *dtype, const char *shape, const void *data, size_t size)
{
    fixture_tensor *t = &f->tensors[f->count++];
    snprintf(t->name, sizeof t->name, "%s", tensor);
    snprintf(t->dtype, sizeof t->dtype, "%s", dtype);
    snprintf(t->shape, sizeof t->shape, "%s", shape);
    memcpy(t->data.u8, data, size);
    t->size = size;
}

#define ADD(tensor, dtype, shape, type, ...)                                                                           \
    add(f, tensor, dtype, shape, (const type[]){__VA_ARGS__}, sizeof((const type[]){__VA_ARGS__}))
#define ADD_TEXT(tensor, shape, text) add(f, tensor, "U8", shape, text, sizeof(text) - 1)

static void add_wide(fixture *f)
{
    uint64_t gb = name("GB"), us = name("US"), desktop = name("desktop"), mobile = name("mobile");
    uint64_t country[2] = {gb < us ? gb : us, gb < us ? us : gb};
    uint64_t device[2] = {desktop < mobile ? desktop : mobile, desktop < mobile ? mobile : desktop};
    uint64_t split_gb = gb < us ? 0 : name("device"), split_us = gb < us ? name("device") : 0;
    ADD("schema.attribute", "U64", "[4]", uint64_t, name("pageviews"), name("is_returning"), name("device"),
        name("hour"));
    ADD("schema.categories", "U64", "[3]", uint64_t, mobile, name("tablet"), desktop);
    ADD("tree.split", "U64", "[5]", uint64_t, name("country"), split_gb, split_us, 0, 0);
    ADD("tree.value", "U64", "[5]", uint64_t, 0, country[0], country[1], device[0], device[1]);
    ADD("experiments.seed", "U64", "[2]", uint64_t, 7, 0xffffffffffffffffu);
    ADD("experiments.min_propensity", "F64", "[2]", double, 0.05, 0);
    ADD("policy.hero.table", "F64", "[3,3]", double, 0.2, 0.3, 0.5, 0.05, 0.9, 0.05, 0.6, 0.3, 0.1);
    ADD("policy.cta.table", "F64", "[1,2]", double, 1, 0);
}

static void add_words(fixture *f)
{
    int us_first = name("US") < name("GB"), mobile_first = name("mobile") < name("desktop");
    float weight0[32], weight1[12];
    for (int i = 0; i < 32; i++) weight0[i] = (float)(i % 7) * 0.25f - 0.5f;
    for (int i = 0; i < 12; i++) weight1[i] = (float)(i % 5) * 0.5f - 0.75f;
    uint32_t us = us_first ? 1 : 2;
    ADD("format", "U32", "[1]", uint32_t, 1);
    ADD("schema.period", "F32", "[4]", float, 0, 0, 0, 24);
    ADD("schema.missing", "F32", "[4]", float, 0, 0.5f, 0, 0);
    ADD("normalizer.lo", "F32", "[4]", float, 0, 0, 0, 0);
    ADD("normalizer.hi", "F32", "[4]", float, 3, 1, 1, 1);
    ADD("schema.category_start", "U32", "[5]", uint32_t, 0, 0, 0, 3, 3);
    add(f, "encoder.0.weight", "F32", "[8,4]", weight0, sizeof weight0);
    ADD("encoder.0.bias", "F32", "[4]", float, 0.5f, -0.25f, 0, 1);
    add(f, "encoder.1.weight", "F32", "[4,3]", weight1, sizeof weight1);
    ADD("encoder.1.bias", "F32", "[3]", float, 0.125f, 0, -1);
    ADD("tree.parent", "U32", "[5]", uint32_t, SPL_NO_NODE, 0, 0, us, us);
    ADD("tree.first_child", "U32", "[5]", uint32_t, 1, us_first ? 3 : 0, us_first ? 0 : 3, 0, 0);
    ADD("tree.child_count", "U32", "[5]", uint32_t, 2, us_first ? 2 : 0, us_first ? 0 : 2, 0, 0);
    ADD("tree.key_start", "U32", "[6]", uint32_t, 0, 0, 10, 20, mobile_first ? 44 : 45, 69);
    ADD("experiments.key_start", "U32", "[3]", uint32_t, 0, 4, 7);
    ADD("experiments.variant_count", "U32", "[2]", uint32_t, 3, 2);
    ADD("experiments.variant_start", "U32", "[6]", uint32_t, 0, 7, 11, 15, 16, 17);
    ADD("policy.hero.row", "I32", "[5]", int32_t, 0, us_first ? 1 : -1, us_first ? -1 : 1, mobile_first ? 2 : -1,
        mobile_first ? -1 : 2);
    ADD("policy.cta.row", "I32", "[5]", int32_t, 0, -1, -1, -1, -1);
}

static void add_bytes(fixture *f)
{
    char keys[96];
    int us_first = name("US") < name("GB"), mobile_first = name("mobile") < name("desktop");
    snprintf(keys, sizeof keys, "country:%scountry:%scountry:US|device:%scountry:US|device:%s", us_first ? "US" : "GB",
             us_first ? "GB" : "US", mobile_first ? "mobile" : "desktop", mobile_first ? "desktop" : "mobile");
    ADD("schema.kind", "U8", "[4]", uint8_t, 0, 1, 2, 3);
    ADD("schema.transform", "U8", "[4]", uint8_t, 1, 0, 0, 0);
    add(f, "tree.key_bytes", "U8", "[69]", keys, strlen(keys));
    ADD_TEXT("experiments.key_bytes", "[7]", "herocta");
    ADD("experiments.hash_mode", "U8", "[2]", uint8_t, 0, 1);
    ADD_TEXT("experiments.variant_bytes", "[17]", "controlboldcalmab");
}

fixture *fixture_new(void)
{
    fixture *f = calloc(1, sizeof *f);
    if (!f) abort();
    strcpy(f->id, "00112233445566778899aabbccddeeff");
    add_wide(f);
    add_words(f);
    add_bytes(f);
    return f;
}

static void add_ensemble(fixture *f)
{
    float weight0[40], weight1[15];
    for (int i = 0; i < 40; i++) weight0[i] = (float)(i % 9) * 0.125f - 0.5f;
    for (int i = 0; i < 15; i++) weight1[i] = (float)(i % 4) * 0.5f - 0.75f;
    add(f, "ensemble.1.0.weight", "F32", "[8,5]", weight0, sizeof weight0);
    ADD("ensemble.1.0.bias", "F32", "[5]", float, 0.5f, -0.25f, 0, 1, 0);
    add(f, "ensemble.1.1.weight", "F32", "[5,3]", weight1, sizeof weight1);
    ADD("ensemble.1.1.bias", "F32", "[3]", float, 0.125f, 0, -1);
}

static void add_clusters(fixture *f)
{
    ADD("clusters.centroids", "F32", "[3,4]", float, 1, 0, 0, 0.5f, 0, 1, 0, 0.5f, 0, 0, 1, 0.5f);
    ADD("clusters.bias", "F32", "[4]", float, -0.5f, -0.5f, -0.5f, -0.375f);
    ADD("clusters.label_start", "U32", "[5]", uint32_t, 0, 4, 9, 13, 17);
    ADD_TEXT("clusters.label_bytes", "[17]", "calmeagercalmlate");
    ADD("clusters.space", "U8", "[1]", uint8_t, SPL_SPACE_EMBEDDING);
}

// Three variants; the factor of each is 0.25 times the identity.
static void add_linear(fixture *f)
{
    float weight[24], factor[3 * 9 * 9] = {0};
    for (int i = 0; i < 24; i++) weight[i] = (float)(i % 5) * 0.25f - 0.5f;
    for (int i = 0; i < 27; i++) factor[9 * i + i % 9] = 0.25f;
    fixture_drop(f, "policy.hero.row");
    fixture_drop(f, "policy.hero.table");
    add(f, "policy.hero.weight", "F32", "[8,3]", weight, sizeof weight);
    ADD("policy.hero.bias", "F32", "[3]", float, 0.5f, -0.25f, 0);
    add(f, "policy.hero.factor", "F32", "[27,9]", factor, sizeof factor);
    ADD("policy.hero.rule", "U8", "[1]", uint8_t, SPL_RULE_LINUCB);
    ADD("policy.hero.space", "U8", "[1]", uint8_t, SPL_SPACE_FEATURES);
    ADD("policy.hero.parameter", "F64", "[1]", double, 1);
}

static int width(const fixture_tensor *t)
{
    return t->dtype[1] == '6' ? 8 : t->dtype[1] == '3' ? 4 : 1;
}

// The widest elements first, or others would stand out of line.
static void align(fixture *f)
{
    for (int i = 1; i < f->count; i++) {
        for (int j = i; j > 0 && width(&f->tensors[j]) > width(&f->tensors[j - 1]); j--) {
            fixture_tensor swap = f->tensors[j];
            f->tensors[j] = f->tensors[j - 1];
            f->tensors[j - 1] = swap;
        }
    }
}

void fixture_learn(fixture *f)
{
    add_ensemble(f);
    add_clusters(f);
    add_linear(f);
    align(f);
}

void fixture_settle(fixture *f)
{
    ADD("settings.counts", "U32", "[2,4]", uint32_t, 0, 0, 3, 2, 0, 0, 0, 0);
    ADD("settings.shares", "F64", "[2,2]", double, 0.25, 0.8, 0, 1);
    ADD("settings.hash_seed_start", "U32", "[3]", uint32_t, 0, 0, 3);
    ADD_TEXT("settings.hash_seed_bytes", "[3]", "old");
    align(f);
}

fixture_tensor *fixture_get(fixture *f, const char *tensor)
{
    for (int i = 0; i < f->count; i++) {
        if (strcmp(f->tensors[i].name, tensor) == 0) return &f->tensors[i];
    }
    fprintf(stderr, "the fixture has no tensor %s\n", tensor);
    abort();
}

void fixture_drop(fixture *f, const char *tensor)
{
    fixture_tensor *dropped = fixture_get(f, tensor);
    fixture_tensor *last = &f->tensors[--f->count];
    memmove(dropped, dropped + 1, (size_t)(last - dropped) * sizeof *dropped);
}

#define NO_CHECKSUM "0000000000000000"
#define CHECKSUM_AT 42 // 8 + strlen of what stands before it

void fixture_seal(uint8_t *file, size_t size)
{
    char hex[SPL_CHECKSUM_DIGITS + 1];
    snprintf(hex, sizeof hex, "%016llx", (unsigned long long)spl_bundle_checksum(file, size, CHECKSUM_AT));
    memcpy(file + CHECKSUM_AT, hex, SPL_CHECKSUM_DIGITS);
}

uint8_t *fixture_write(const fixture *f, size_t *size)
{
    size_t header_room = 1024 + (size_t)f->count * 320, data_size = 0;
    char *header = malloc(header_room);
    if (!header) abort();
    int n = snprintf(header, header_room,
                     "{\"__metadata__\":{\"samplit.xxh64\":\"%s\",\"samplit.id\":\"%s\",\"samplit\":\"{}\"}%s",
                     *f->checksum ? f->checksum : NO_CHECKSUM, f->id, f->extra_header);
    for (int i = 0; i < f->count; i++) {
        const fixture_tensor *t = &f->tensors[i];
        n += snprintf(header + n, header_room - (size_t)n,
                      ",\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%lld,%lld]}", t->name, t->dtype,
                      t->shape, (long long)data_size + t->shift_begin, (long long)(data_size + t->size) + t->shift_end);
        data_size += t->size;
    }
    n += snprintf(header + n, header_room - (size_t)n, "}");
    uint64_t header_size = ((uint64_t)n + 7) / 8 * 8;
    *size = 8 + header_size + data_size;
    uint8_t *out = malloc(*size);
    if (!out) abort();
    memcpy(out, &header_size, 8);
    memset(out + 8, ' ', header_size);
    memcpy(out + 8, header, (size_t)n);
    size_t at = 8 + header_size;
    for (int i = 0; i < f->count; i++) {
        memcpy(out + at, f->tensors[i].data.u8, f->tensors[i].size);
        at += f->tensors[i].size;
    }
    free(header);
    if (!*f->checksum) fixture_seal(out, *size);
    return out;
}

fixture_opened fixture_open(uint8_t *file, size_t size)
{
    fixture_opened o = {.file = file, .size = size};
    size_t bytes = 0;
    o.status = spl_bundle_open_bytes(file, size, &bytes);
    o.memory = malloc(bytes + SPL_ARENA_ALIGN);
    spl_arena arena = spl_arena_over(o.memory, bytes);
    spl_status status = spl_bundle_open(file, size, &arena, &o.bundle, &o.error);
    if (o.status != SPL_OK && status == SPL_OK) abort(); // both judge the header
    o.status = status;
    return o;
}

fixture_opened fixture_open_and_free(fixture *f)
{
    size_t size;
    uint8_t *file = fixture_write(f, &size);
    free(f);
    return fixture_open(file, size);
}

void fixture_close(fixture_opened *o)
{
    free(o->file);
    free(o->memory);
}
