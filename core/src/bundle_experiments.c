// SPDX-License-Identifier: MIT
#include <string.h>

#include "bundle_reader.h"
#include "samplit/num.h"

#define KEY_MAX 64
#define VARIANT_NAME_MAX 255
// Tables come from quadrature and a division: sums are 1 up to rounding, and floors likewise.
#define SUM_TOLERANCE 1e-9

typedef struct arrays {
    uint32_t count;    // e
    uint32_t variants; // v, of all experiments
    const uint32_t *key_start, *variant_start, *variant_count;
    const char *key_bytes, *variant_bytes;
    const uint64_t *seed;
    const uint8_t *hash_mode;
    const double *min_propensity;
} arrays;

static spl_status read_texts(const spl_bundle_reader *reader, spl_text start_name, spl_text bytes_name,
                             const uint32_t **start, const char **bytes, uint32_t *count)
{
    const spl_tensor *starts, *data;
    spl_status status = spl_read_vector(reader, start_name, SPL_U32, SPL_ANY, &starts);
    if (status != SPL_OK) return status;
    if (starts->shape[0] == 0) return spl_read_fail(reader, SPL_BAD_SHAPE, start_name, 0, "one start more than texts");
    status = spl_read_vector(reader, bytes_name, SPL_U8, SPL_ANY, &data);
    if (status != SPL_OK) return status;
    *start = starts->data;
    *bytes = data->data;
    *count = (uint32_t)starts->shape[0] - 1;
    return spl_check_starts(reader, start_name, *start, *count, data->shape[0]);
}

static spl_status read_arrays(const spl_bundle_reader *reader, arrays *a)
{
    spl_status status = read_texts(reader, SPL_TEXT("experiments.key_start"), SPL_TEXT("experiments.key_bytes"),
                                   &a->key_start, &a->key_bytes, &a->count);
    if (status != SPL_OK) return status;
    status = read_texts(reader, SPL_TEXT("experiments.variant_start"), SPL_TEXT("experiments.variant_bytes"),
                        &a->variant_start, &a->variant_bytes, &a->variants);
    if (status != SPL_OK) return status;
    if (a->count > reader->bundle->tensor_count / 2) {
        return spl_read_fail(reader, SPL_MISSING_TENSOR, SPL_TEXT("policy"), a->count, "two tensors per experiment");
    }
    const struct {
        spl_text name;
        spl_dtype dtype;
        const void **out;
    } COLUMNS[] = {
        {SPL_TEXT("experiments.seed"), SPL_U64, (const void **)&a->seed},
        {SPL_TEXT("experiments.hash_mode"), SPL_U8, (const void **)&a->hash_mode},
        {SPL_TEXT("experiments.min_propensity"), SPL_F64, (const void **)&a->min_propensity},
        {SPL_TEXT("experiments.variant_count"), SPL_U32, (const void **)&a->variant_count},
    };
    for (size_t i = 0; i < sizeof COLUMNS / sizeof *COLUMNS; i++) {
        const spl_tensor *tensor;
        status = spl_read_vector(reader, COLUMNS[i].name, COLUMNS[i].dtype, a->count, &tensor);
        if (status != SPL_OK) return status;
        *COLUMNS[i].out = tensor->data;
    }
    return SPL_OK;
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
    spl_text key = {a->key_bytes + a->key_start[i], a->key_start[i + 1] - a->key_start[i]};
    spl_text name = SPL_TEXT("experiments.key_bytes");
    if (!key_is_plain(key)) {
        return spl_read_fail(reader, SPL_BAD_VALUE, name, a->key_start[i], "keys of [A-Za-z0-9_.-]{1,64}");
    }
    for (uint32_t j = 0; j < i; j++) {
        if (spl_text_equal(all[j].key, key)) {
            return spl_read_fail(reader, SPL_BAD_VALUE, name, a->key_start[i], "keys that differ");
        }
    }
    all[i].key = key;
    return SPL_OK;
}

static spl_status read_settings(const spl_bundle_reader *reader, const arrays *a, uint32_t i, spl_experiment *out)
{
    uint32_t k = a->variant_count[i];
    if (k < 1 || k > SPL_VARIANTS_MAX) {
        return spl_read_fail(reader, SPL_BAD_VALUE, SPL_TEXT("experiments.variant_count"), i, "1 to 64 variants");
    }
    if (a->hash_mode[i] > SPL_HASH_MURMUR3) {
        return spl_read_fail(reader, SPL_BAD_VALUE, SPL_TEXT("experiments.hash_mode"), i, "a mode from 0 to 2");
    }
    double floor = a->min_propensity[i];
    if (!(floor >= 0 && floor <= 1.0 / k)) {
        return spl_read_fail(reader, SPL_BAD_VALUE, SPL_TEXT("experiments.min_propensity"), i, "a floor in [0, 1/k]");
    }
    out->seed = a->seed[i];
    out->hash_mode = a->hash_mode[i];
    out->min_propensity = floor;
    out->policy.variant_count = k;
    return SPL_OK;
}

// Variant names from `first` on; *names moves past them.
static spl_status read_variants(const spl_bundle_reader *reader, const arrays *a, uint32_t first, uint32_t count,
                                spl_text *names)
{
    if (count > a->variants - first) {
        return spl_read_fail(reader, SPL_BAD_SHAPE, SPL_TEXT("experiments.variant_start"), first, "a name per variant");
    }
    for (uint32_t v = 0; v < count; v++) {
        uint32_t start = a->variant_start[first + v];
        names[v] = (spl_text){a->variant_bytes + start, a->variant_start[first + v + 1] - start};
        bool good = names[v].size > 0 && names[v].size <= VARIANT_NAME_MAX && spl_text_is_utf8(names[v]);
        for (uint32_t w = 0; w < v; w++) good = good && !spl_text_equal(names[v], names[w]);
        if (!good) {
            return spl_read_fail(reader, SPL_BAD_VALUE, SPL_TEXT("experiments.variant_bytes"), start,
                                 "names of 1 to 255 bytes of UTF-8 that differ within an experiment");
        }
    }
    return SPL_OK;
}

static spl_status check_rows(const spl_bundle_reader *reader, const spl_tensor *tensor, uint64_t row_count)
{
    const int32_t *row = tensor->data;
    if (row[0] < 0) return spl_read_fail(reader, SPL_BAD_VALUE, tensor->name, 0, "a row for the root");
    for (uint64_t i = 0; i < tensor->shape[0]; i++) {
        if (row[i] < -1 || (row[i] >= 0 && (uint64_t)row[i] >= row_count)) {
            return spl_read_fail(reader, SPL_BAD_VALUE, tensor->name, i, "-1 or a row of the table");
        }
    }
    return SPL_OK;
}

static spl_status check_table(const spl_bundle_reader *reader, const spl_tensor *tensor, double floor)
{
    const double *p = tensor->data;
    uint64_t rows = tensor->shape[0], k = tensor->shape[1];
    double lowest = floor * (1 - SUM_TOLERANCE);
    for (uint64_t r = 0; r < rows; r++, p += k) {
        double sum = 0;
        for (uint64_t v = 0; v < k; v++) {
            if (!(p[v] >= lowest && p[v] <= 1)) {
                return spl_read_fail(reader, SPL_BAD_PROBABILITIES, tensor->name, r * k + v,
                                     "probabilities from min_propensity to 1");
            }
            sum += p[v];
        }
        if (!(sum >= 1 - SUM_TOLERANCE && sum <= 1 + SUM_TOLERANCE)) {
            return spl_read_fail(reader, SPL_BAD_PROBABILITIES, tensor->name, r * k, "a row that sums to 1");
        }
    }
    return SPL_OK;
}

static spl_status read_policy(const spl_bundle_reader *reader, spl_experiment *x)
{
    char buffer[SPL_NAME_MAX];
    const spl_tensor *row, *table;
    spl_text name = spl_join_name(buffer, SPL_TEXT("policy."), x->key, SPL_TEXT(".row"));
    spl_status status = spl_read_vector(reader, name, SPL_I32, reader->bundle->tree.node_count, &row);
    if (status != SPL_OK) return status;
    name = spl_join_name(buffer, SPL_TEXT("policy."), x->key, SPL_TEXT(".table"));
    status = spl_read_matrix(reader, name, SPL_F64, SPL_ANY, x->policy.variant_count, &table);
    if (status == SPL_OK) status = check_rows(reader, row, table->shape[0]);
    if (status == SPL_OK) status = check_table(reader, table, x->min_propensity);
    if (status != SPL_OK) return status;
    x->policy.row = row->data;
    x->policy.row_count = (uint32_t)table->shape[0];
    x->policy.table = table->data;
    return SPL_OK;
}

static spl_status take(const spl_bundle_reader *reader, const arrays *a, spl_experiment **all, spl_text **names)
{
    void *experiments, *texts;
    if (a->variants > (uint64_t)a->count * SPL_VARIANTS_MAX) {
        return spl_read_fail(reader, SPL_TOO_LARGE, SPL_TEXT("experiments.variant_start"), a->variants,
                             "at most 64 variants per experiment");
    }
    spl_status status = spl_read_take(reader, a->count, sizeof(spl_experiment), &experiments);
    if (status == SPL_OK) status = spl_read_take(reader, a->variants, sizeof(spl_text), &texts);
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
    for (uint32_t i = 0; i < a.count; i++) {
        status = read_key(reader, &a, i, all);
        if (status == SPL_OK) status = read_settings(reader, &a, i, &all[i]);
        if (status == SPL_OK) status = read_variants(reader, &a, first, a.variant_count[i], names + first);
        if (status == SPL_OK) status = read_policy(reader, &all[i]);
        if (status != SPL_OK) return status;
        all[i].variants = names + first;
        first += a.variant_count[i];
    }
    if (first != a.variants) {
        return spl_read_fail(reader, SPL_BAD_SHAPE, SPL_TEXT("experiments.variant_start"), first, "a variant per name");
    }
    *out = all;
    *count = a.count;
    return SPL_OK;
}
