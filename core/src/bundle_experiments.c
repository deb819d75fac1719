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
    {"experiments.seed", SPL_U64, 0, offsetof(arrays, seed)},
    {"experiments.hash_mode", SPL_U8, 0, offsetof(arrays, hash_mode)},
    {"experiments.min_propensity", SPL_F64, 0, offsetof(arrays, min_propensity)},
    {"experiments.variant_count", SPL_U32, 0, offsetof(arrays, variant_count)},
};

static spl_status read_settings_arrays(const spl_bundle_reader *reader, arrays *a)
{
    uint64_t e = a->keys.count;
    const spl_tensor *counts, *shares;
    a->counts = NULL;
    if (spl_count_tensors(reader, "settings.") == 0) return SPL_OK;
    spl_status status = spl_read_matrix(reader, COUNTS, SPL_U32, e, 4, &counts);
    if (status == SPL_OK) status = spl_read_matrix(reader, SHARES, SPL_F64, e, 2, &shares);
    if (status == SPL_OK) status = spl_read_texts(reader, "settings.hash_seed_start", SEEDS, e, &a->hash_seed);
    if (status != SPL_OK) return status;
    a->counts = counts->data;
    a->shares = shares->data;
    return SPL_OK;
}

static spl_status read_arrays(const spl_bundle_reader *reader, arrays *a)
{
    spl_status status = spl_read_texts(reader, "experiments.key_start", "experiments.key_bytes", SPL_ANY, &a->keys);
    if (status == SPL_OK) {
        status =
            spl_read_texts(reader, "experiments.variant_start", "experiments.variant_bytes", SPL_ANY, &a->variants);
    }
    if (status != SPL_OK) return status;
    if (a->keys.count > reader->bundle->tensor_count / 2) {
        return spl_read_fail(reader, SPL_MISSING_TENSOR, "policy", a->keys.count, "two tensors per experiment");
    }
    status = spl_read_views(reader, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS, a->keys.count, a);
    return status == SPL_OK ? read_settings_arrays(reader, a) : status;
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

static spl_status read_key(const spl_bundle_reader *reader, const arrays *a, uint32_t i, spl_experiment *all)
{
    spl_text key = spl_text_at(&a->keys, i);
    const char *name = "experiments.key_bytes";
    if (!key_is_plain(key)) {
        return spl_read_fail(reader, SPL_BAD_VALUE, name, a->keys.start[i], "keys of [A-Za-z0-9_.-]{1,64}");
    }
    for (uint32_t j = 0; j < i; j++) {
        if (spl_text_equal(all[j].key, key)) {
            return spl_read_fail(reader, SPL_BAD_VALUE, name, a->keys.start[i], "keys that differ");
        }
    }
    all[i].key = key;
    return SPL_OK;
}

// How the experiment is run: a row of each matrix, as they stand in the struct.
static spl_status read_run(const spl_bundle_reader *reader, const arrays *a, uint32_t i, spl_settings *out)
{
    const char *wrong = NULL;
    *out = (spl_settings){0};
    if (!a->counts) return SPL_OK;
    memcpy(out, a->counts + (size_t)4 * i, offsetof(spl_settings, holdout));
    memcpy(&out->holdout, a->shares + (size_t)2 * i, sizeof out->holdout);
    memcpy(&out->traffic, a->shares + (size_t)2 * i + 1, sizeof out->traffic);
    out->hash_seed = spl_text_at(&a->hash_seed, i);
    if (out->paused > 1 || out->mode > SPL_MODE_LOGGING_ONLY || out->min_bucket_version > out->bucket_version)
        wrong = COUNTS;
    if (!(out->holdout >= 0 && out->holdout <= 1 && out->traffic > 0 && out->traffic <= 1)) wrong = SHARES;
    if (!spl_text_is_utf8(out->hash_seed)) wrong = SEEDS;
    return wrong ? spl_read_fail(reader, SPL_BAD_VALUE, wrong, i, "settings of docs/bundle-format.md") : SPL_OK;
}

static spl_status read_settings(const spl_bundle_reader *reader, const arrays *a, uint32_t i, spl_experiment *out)
{
    uint32_t k = a->variant_count[i];
    if (k < 1 || k > SPL_VARIANTS_MAX) {
        return spl_read_fail(reader, SPL_BAD_VALUE, "experiments.variant_count", i, "1 to 64 variants");
    }
    if (a->hash_mode[i] > SPL_HASH_UNLEASH) {
        return spl_read_fail(reader, SPL_BAD_VALUE, "experiments.hash_mode", i, "a mode from 0 to 3");
    }
    double floor = a->min_propensity[i];
    if (!(floor >= 0 && floor <= 1.0 / k)) {
        return spl_read_fail(reader, SPL_BAD_VALUE, "experiments.min_propensity", i, "a floor in [0, 1/k]");
    }
    out->seed = a->seed[i];
    out->hash_mode = a->hash_mode[i];
    out->min_propensity = floor;
    out->policy.variant_count = k;
    return read_run(reader, a, i, &out->settings);
}

// Variant names from `first` on; *names moves past them.
static spl_status read_variants(const spl_bundle_reader *reader, const arrays *a, uint32_t first, uint32_t count,
                                spl_text *names)
{
    if (count > a->variants.count - first) {
        return spl_read_fail(reader, SPL_BAD_SHAPE, "experiments.variant_start", first, "a name per variant");
    }
    for (uint32_t v = 0; v < count; v++) {
        names[v] = spl_text_at(&a->variants, first + v);
        bool good = names[v].size > 0 && names[v].size <= VARIANT_NAME_MAX && spl_text_is_utf8(names[v]);
        for (uint32_t w = 0; w < v; w++) good = good && !spl_text_equal(names[v], names[w]);
        if (!good) {
            return spl_read_fail(reader, SPL_BAD_VALUE, "experiments.variant_bytes", a->variants.start[first + v],
                                 "names of 1 to 255 bytes of UTF-8 that differ");
        }
    }
    return SPL_OK;
}

static spl_status take(const spl_bundle_reader *reader, const arrays *a, spl_experiment **all, spl_text **names)
{
    void *experiments, *texts;
    if (a->variants.count > (uint64_t)a->keys.count * SPL_VARIANTS_MAX) {
        return spl_read_fail(reader, SPL_TOO_LARGE, "experiments.variant_start", a->variants.count,
                             "at most 64 variants per experiment");
    }
    spl_status status = spl_read_take(reader, a->keys.count, sizeof(spl_experiment), &experiments);
    if (status == SPL_OK) status = spl_read_take(reader, a->variants.count, sizeof(spl_text), &texts);
    if (status != SPL_OK) return status;
    *all = experiments;
    *names = texts;
    return SPL_OK;
}

spl_status spl_read_experiments(const spl_bundle_reader *reader, const spl_experiment **out, uint32_t *count)
{
    arrays a;
    spl_experiment *all = NULL;
    spl_text *names = NULL;
    spl_status status = read_arrays(reader, &a);
    if (status == SPL_OK) status = take(reader, &a, &all, &names);
    if (status != SPL_OK) return status;

    uint32_t first = 0;
    for (uint32_t i = 0; i < a.keys.count; i++) {
        status = read_key(reader, &a, i, all);
        if (status == SPL_OK) status = read_settings(reader, &a, i, &all[i]);
        if (status == SPL_OK) status = read_variants(reader, &a, first, a.variant_count[i], names + first);
        if (status == SPL_OK) status = spl_read_policy(reader, &all[i]);
        if (status != SPL_OK) return status;
        all[i].variants = names + first;
        first += a.variant_count[i];
    }
    if (first != a.variants.count) {
        return spl_read_fail(reader, SPL_BAD_SHAPE, "experiments.variant_start", first, "a variant per name");
    }
    *out = all;
    *count = a.keys.count;
    return SPL_OK;
}
