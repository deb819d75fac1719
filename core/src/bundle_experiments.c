// SPDX-License-Identifier: MIT
#include <string.h>

#include "bundle_reader.h"

#define KEY_MAX 64
#define VARIANT_NAME_MAX 255

#define COUNTS "settings.counts"
#define SHARES "settings.shares"
#define SEEDS "settings.hash_seed_bytes"

_Static_assert(offsetof(spl_settings, holdout) == 4 * sizeof(uint32_t), "the columns of settings.counts");

typedef struct arrays {
    spl_texts keys;     // e
    spl_texts variants; // of all experiments
    const uint32_t *variant_count;
    const uint64_t *seed;
    const uint8_t *hash_mode;
    const double *min_propensity;
    // settings, in a bundle that has them
    spl_texts hash_seed;
    const uint32_t *counts; // (e, 4)
    const double *shares;   // (e, 2)
} arrays;

static const spl_view COLUMNS[] = {
    {"experiments.seed", SPL_U64, 0, SPL_VECTOR, offsetof(arrays, seed)},
    {"experiments.hash_mode", SPL_U8, 0, SPL_VECTOR, offsetof(arrays, hash_mode)},
    {"experiments.min_propensity", SPL_F64, 0, SPL_VECTOR, offsetof(arrays, min_propensity)},
    {"experiments.variant_count", SPL_U32, 0, SPL_VECTOR, offsetof(arrays, variant_count)},
    {COUNTS, SPL_U32, 0, 4, offsetof(arrays, counts)}, // from here on the settings
    {SHARES, SPL_F64, 0, 2, offsetof(arrays, shares)},
};
#define COLUMN_COUNT (sizeof COLUMNS / sizeof *COLUMNS)

static void read_arrays(const spl_bundle_reader *reader, arrays *a)
{
    bool settings = spl_count_tensors(reader, "settings.") > 0;
    spl_read_texts(reader, "experiments.key_start", "experiments.key_bytes", SPL_ANY, &a->keys);
    spl_read_texts(reader, "experiments.variant_start", "experiments.variant_bytes", SPL_ANY, &a->variants);
    uint32_t e = a->keys.count;
    SPL_CHECK(reader, e <= reader->bundle->tensor_count / 2, SPL_MISSING_TENSOR, "policy", e,
              "two tensors per experiment");
    spl_read_views(reader, COLUMNS, settings ? COLUMN_COUNT : COLUMN_COUNT - 2, e, a);
    if (settings) spl_read_texts(reader, "settings.hash_seed_start", SEEDS, e + 1, &a->hash_seed);
}

static bool key_is_plain(spl_text key)
{
    for (size_t i = 0; i < key.size; i++) {
        char c = key.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                     c == '.' || c == '-';
        if (!plain) return false;
    }
    return key.size > 0 && key.size <= KEY_MAX;
}

static void read_key(const spl_bundle_reader *reader, const arrays *a, uint32_t i, spl_experiment *all)
{
    spl_text key = spl_text_at(&a->keys, i);
    const char *name = "experiments.key_bytes";
    bool differs = true;
    for (uint32_t j = 0; j < i; j++) differs = differs && !spl_text_equal(all[j].key, key);
    SPL_CHECK(reader, key_is_plain(key) && differs, SPL_BAD_VALUE, name, a->keys.start[i],
              "keys of [A-Za-z0-9_.-]{1,64} that differ");
    all[i].key = key;
}

// How the experiment is run: a row of each matrix, as they stand in the struct.
static void read_run(const spl_bundle_reader *reader, const arrays *a, uint32_t i, spl_settings *out)
{
    if (!a->counts) return;
    memcpy(out, a->counts + (size_t)4 * i, offsetof(spl_settings, holdout));
    memcpy(&out->holdout, a->shares + (size_t)2 * i, 2 * sizeof out->holdout);
    out->hash_seed = spl_text_at(&a->hash_seed, i);
    bool counts = out->paused <= 1 && out->mode <= SPL_MODE_LOGGING_ONLY;
    SPL_CHECK(reader, spl_text_is_utf8(out->hash_seed), SPL_BAD_VALUE, SEEDS, i, "settings of docs/bundle-format.md");
    SPL_CHECK(reader, out->holdout >= 0 && out->holdout <= 1 && out->traffic > 0 && out->traffic <= 1, SPL_BAD_VALUE,
              SHARES, i, "settings of docs/bundle-format.md");
    SPL_CHECK(reader, counts && out->min_bucket_version <= out->bucket_version, SPL_BAD_VALUE, COUNTS, i,
              "settings of docs/bundle-format.md");
}

static void read_settings(const spl_bundle_reader *reader, const arrays *a, uint32_t i, spl_experiment *out)
{
    uint32_t k = a->variant_count[i];
    double floor = a->min_propensity[i];
    SPL_CHECK(reader, k >= 1 && k <= SPL_VARIANTS_MAX, SPL_BAD_VALUE, "experiments.variant_count", i,
              "1 to 64 variants");
    SPL_CHECK(reader, a->hash_mode[i] <= SPL_HASH_UNLEASH, SPL_BAD_VALUE, "experiments.hash_mode", i,
              "a mode from 0 to 3");
    SPL_CHECK(reader, floor >= 0 && floor <= 1.0 / k, SPL_BAD_VALUE, "experiments.min_propensity", i,
              "a floor in [0, 1/k]");
    out->seed = a->seed[i];
    out->hash_mode = a->hash_mode[i];
    out->min_propensity = floor;
    out->policy.variant_count = k;
    read_run(reader, a, i, &out->settings);
}

// Variant names from `first` on.
static void read_variants(const spl_bundle_reader *reader, const arrays *a, uint32_t first, uint32_t count,
                          spl_text *names)
{
    SPL_CHECK(reader, count <= a->variants.count - first, SPL_BAD_SHAPE, "experiments.variant_start", first,
              "a name per variant");
    for (uint32_t v = 0; !spl_read_failed(reader) && v < count; v++) {
        names[v] = spl_text_at(&a->variants, first + v);
        bool good = names[v].size > 0 && names[v].size <= VARIANT_NAME_MAX && spl_text_is_utf8(names[v]);
        for (uint32_t w = 0; w < v; w++) good = good && !spl_text_equal(names[v], names[w]);
        SPL_CHECK(reader, good, SPL_BAD_VALUE, "experiments.variant_bytes", a->variants.start[first + v],
                  "names of 1 to 255 bytes of UTF-8 that differ");
    }
}

void spl_read_experiments(const spl_bundle_reader *reader, const spl_experiment **out, uint32_t *count)
{
    arrays a = {0};
    read_arrays(reader, &a);
    SPL_CHECK(reader, a.variants.count <= (uint64_t)a.keys.count * SPL_VARIANTS_MAX, SPL_TOO_LARGE,
              "experiments.variant_start", a.variants.count, "at most 64 variants per experiment");
    if (spl_read_failed(reader)) return;
    spl_experiment *all = spl_read_take(reader, a.keys.count, sizeof(spl_experiment));
    spl_text *names = spl_read_take(reader, a.variants.count, sizeof(spl_text));

    uint32_t first = 0;
    for (uint32_t i = 0; !spl_read_failed(reader) && i < a.keys.count; i++) {
        read_key(reader, &a, i, all);
        read_settings(reader, &a, i, &all[i]);
        read_variants(reader, &a, first, a.variant_count[i], names + first);
        if (!spl_read_failed(reader)) spl_read_policy(reader, &all[i]);
        all[i].variants = names + first;
        first += a.variant_count[i];
    }
    SPL_CHECK(reader, first == a.variants.count, SPL_BAD_SHAPE, "experiments.variant_start", first,
              "a variant per name");
    *out = all;
    *count = a.keys.count;
}
