// SPDX-License-Identifier: GPL-3.0-or-later
// The teacher is the ridge regression that linear policies are made of, over the features and random ReLU units, so
// that it can bend and see combinations; its penalty is the one under which the rewards are most likely.
#include "learn/encoder/alike.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/bandit/linear_layer.h"
#include "learn/bandit/linear_schema.h"
#include "learn/bandit/ridge.h"
#include "learn/cluster/kmeans.h"
#include "samplit/hash.h"

#define TEACHER_ROWS_MAX 400000
#define HALVES 2

typedef struct teaching {
    const spl_linear_rows *rows;
    uint32_t k, *row, n; // row[n]: those that the teacher and the encoder may see
    const spl_schema_spec *schema;
    spl_context context;
    float *features, *scratch, *z;
    spl_encoder layer;
    void *layer_memory;
    uint32_t width; // of z
    double prior;
    spl_gram grams[HALVES][SPL_VARIANTS_MAX];
    double *theta; // (HALVES, k, width + 1)
    float *worth;  // (n, k) predicted
} teaching;

spl_alike_config spl_alike_default(void)
{
    return (spl_alike_config){.by = SPL_ALIKE_REWARDS, .groups = 8, .rows_max = 131072, .seed = 1};
}

static uint64_t order_of(uint32_t row)
{
    return spl_mix64(row + 0x9E3779B97F4A7C15u);
}

// Half 0 teaches half 1 and the other way round.
static uint32_t half_of(uint32_t row)
{
    return (uint32_t)(order_of(row) & 1);
}

// The closed exposures, or an even sample of about `most` of them.
static bool take_rows(teaching *t, uint32_t most)
{
    const spl_linear_rows *rows = t->rows;
    uint32_t closed = 0;
    for (uint32_t r = 0; r < rows->count; r++) closed += !isnan(rows->reward[r]);
    uint64_t limit = closed > most ? (uint64_t)((double)most / closed * 18446744073709551616.0) : UINT64_MAX;
    t->row = malloc(((size_t)closed + 1) * sizeof *t->row);
    if (!t->row) return false;
    for (uint32_t r = 0; r < rows->count; r++) {
        if (!isnan(rows->reward[r]) && order_of(r) <= limit) t->row[t->n++] = r;
    }
    return true;
}

static const float *features_of(teaching *t, uint32_t row)
{
    spl_sheet_context(t->rows->sheet, row, &t->context);
    spl_features(&t->schema->schema, &t->context, t->features);
    return t->features;
}

// The features alone where random units cannot be made of them (cyclic entries).
static const float *bent(teaching *t, const float *features)
{
    if (t->layer.layer_count == 0) return features;
    spl_encode(&t->layer, spl_kernel_best(), features, t->scratch, t->z);
    return t->z;
}

static bool has_cycles(const spl_schema *schema)
{
    for (uint32_t i = 0; i < schema->feature_count; i++) {
        if (schema->kind[i] == SPL_FEATURE_CYCLIC) return true;
    }
    return false;
}

static bool make_layer(teaching *t, uint64_t seed, spl_error *error)
{
    uint32_t width = t->schema->schema.width;
    spl_entry_moments moments;
    t->width = width;
    t->features = malloc((width + 1) * sizeof *t->features);
    if (!t->features) return spl_fail(error, "out of memory");
    if (has_cycles(&t->schema->schema)) return true;
    if (!spl_entry_moments_init(&moments, width)) return spl_fail(error, "out of memory");
    for (uint32_t i = 0; i < t->n; i++) spl_entry_moments_add(&moments, features_of(t, t->row[i]), width);
    bool ok = spl_linear_layer(t->schema, &moments, seed, SPL_LINEAR_UNITS, &t->layer, &t->layer_memory, error);
    spl_entry_moments_free(&moments);
    if (!ok) return false;
    t->width = t->layer.layers[t->layer.layer_count - 1].outputs;
    t->z = malloc(t->width * sizeof *t->z);
    t->scratch = malloc((spl_encode_scratch(&t->layer) + 1) * sizeof *t->scratch);
    return (t->z && t->scratch) || spl_fail(error, "out of memory");
}

static bool sum_up(teaching *t, spl_error *error)
{
    double sum = 0;
    for (uint32_t i = 0; i < t->n; i++) sum += t->rows->reward[t->row[i]] / t->n;
    t->prior = sum;
    for (uint32_t h = 0; h < HALVES; h++) {
        for (uint32_t a = 0; a < t->k; a++) {
            if (!spl_gram_init(&t->grams[h][a], t->width + 1)) return spl_fail(error, "out of memory");
        }
    }
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t row = t->row[i];
        const float *z = bent(t, features_of(t, row));
        spl_gram_add(&t->grams[half_of(row)][t->rows->variant[row]], z, t->rows->reward[row] - t->prior, 1);
    }
    return true;
}

static bool solve(teaching *t, spl_error *error)
{
    size_t d = (size_t)t->width + 1;
    double *factor = malloc(d * d * sizeof *factor);
    t->theta = malloc(HALVES * t->k * d * sizeof *t->theta);
    bool ok = factor && t->theta;
    for (uint32_t h = 0; ok && h < HALVES; h++) {
        spl_ridge_evidence evidence;
        ok = spl_ridge_choose(t->grams[h], t->k, &evidence);
        for (uint32_t a = 0; ok && a < t->k; a++)
            ok = spl_ridge_solve(&t->grams[h][a], evidence.lambda, t->theta + (h * t->k + a) * d, factor);
    }
    free(factor);
    return ok || spl_fail(error, "what the variants are worth cannot be fitted (out of memory, or rewards too large)");
}

static bool predict(teaching *t, spl_error *error)
{
    size_t d = (size_t)t->width + 1;
    t->worth = malloc(((size_t)t->n * t->k + 1) * sizeof *t->worth);
    if (!t->worth) return spl_fail(error, "out of memory");
    for (uint32_t i = 0; i < t->n; i++) {
        const float *z = bent(t, features_of(t, t->row[i]));
        const double *theta = t->theta + (1 - half_of(t->row[i])) * t->k * d;
        for (uint32_t a = 0; a < t->k; a++, theta += d) {
            double sum = theta[t->width];
            for (uint32_t j = 0; j < t->width; j++) sum += theta[j] * (double)z[j];
            t->worth[(size_t)i * t->k + a] = (float)(t->prior + sum);
        }
    }
    return true;
}

static bool teach(teaching *t, uint64_t seed, spl_error *error)
{
    return make_layer(t, seed, error) && sum_up(t, error) && solve(t, error) && predict(t, error);
}

// --- From predictions to labels

static void subtract_means(teaching *t)
{
    for (uint32_t i = 0; i < t->n; i++) {
        float *worth = t->worth + (size_t)i * t->k, mean = 0;
        for (uint32_t a = 0; a < t->k; a++) mean += worth[a] / (float)t->k;
        for (uint32_t a = 0; a < t->k; a++) worth[a] -= mean;
    }
}

static bool label_groups(teaching *t, const spl_alike_config *config, spl_pool *pool, int32_t *label, spl_error *error)
{
    spl_points points = {.n = t->n, .d = t->k, .x = t->worth};
    uint32_t distinct = spl_points_distinct(&points, config->groups);
    spl_kmeans_config kmeans = spl_kmeans_default(distinct < config->groups ? distinct : config->groups);
    kmeans.restarts = 3;
    kmeans.seed = config->seed;
    kmeans.pool = pool;
    spl_kmeans *groups;
    if (distinct < 2) return spl_fail(error, "the variants are predicted to be worth the same for all visitors");
    if (!spl_kmeans_fit(&points, &kmeans, &groups, error)) return false;
    for (uint32_t i = 0; i < t->n; i++) label[i] = (int32_t)groups->label[i];
    spl_kmeans_free(groups);
    return true;
}

static void label_best(const teaching *t, int32_t *label)
{
    for (uint32_t i = 0; i < t->n; i++) {
        const float *worth = t->worth + (size_t)i * t->k;
        label[i] = 0;
        for (uint32_t a = 1; a < t->k; a++) {
            if (worth[a] > worth[label[i]]) label[i] = (int32_t)a;
        }
    }
}

static void label_outcomes(const teaching *t, int32_t *label)
{
    double mean = 0;
    for (uint32_t i = 0; i < t->n; i++) mean += t->rows->reward[t->row[i]] / t->n;
    for (uint32_t i = 0; i < t->n; i++)
        label[i] = 2 * t->rows->variant[t->row[i]] + (t->rows->reward[t->row[i]] > mean);
}

// Renumbers the labels without gaps; returns how many there are.
static uint32_t pack_labels(int32_t *label, uint32_t n)
{
    int32_t number[256], count = 0; // at most 2 * SPL_VARIANTS_MAX classes, or as many groups
    for (int i = 0; i < 256; i++) number[i] = -1;
    for (uint32_t i = 0; i < n; i++) {
        if (number[label[i]] < 0) number[label[i]] = count++;
        label[i] = number[label[i]];
    }
    return (uint32_t)count;
}

static bool label_rows(teaching *t, const spl_alike_config *config, spl_pool *pool, int32_t *label, spl_error *error)
{
    if (config->by == SPL_ALIKE_OUTCOMES) {
        label_outcomes(t, label);
        return true;
    }
    if (!teach(t, config->seed, error)) return false;
    if (config->by == SPL_ALIKE_BEST) {
        label_best(t, label);
        return true;
    }
    if (config->by == SPL_ALIKE_EFFECTS) subtract_means(t);
    return label_groups(t, config, pool, label, error);
}

// The first rows_max of the rows by another hash than that of the sample, in order.
static uint32_t thin_out(teaching *t, uint32_t most, int32_t *label)
{
    uint32_t kept = 0;
    uint64_t limit = t->n > most ? (uint64_t)((double)most / t->n * 18446744073709551616.0) : UINT64_MAX;
    for (uint32_t i = 0; i < t->n && kept < most; i++) {
        if (spl_mix64(order_of(t->row[i])) > limit) continue;
        t->row[kept] = t->row[i];
        label[kept++] = label[i];
    }
    return kept;
}

static bool fill(teaching *t, const spl_alike_config *config, spl_pool *pool, spl_alike *out, spl_error *error)
{
    out->label = malloc(((size_t)t->n + 1) * sizeof *out->label);
    if (!out->label) return spl_fail(error, "out of memory");
    if (!label_rows(t, config, pool, out->label, error)) return false;
    out->n = thin_out(t, config->rows_max, out->label);
    out->d = t->schema->schema.width;
    out->class_count = pack_labels(out->label, out->n);
    out->x = malloc(((size_t)out->n * out->d + 1) * sizeof *out->x);
    if (!out->x) return spl_fail(error, "out of memory");
    if (!t->features && !(t->features = malloc((out->d + 1) * sizeof *t->features)))
        return spl_fail(error, "out of memory");
    for (uint32_t i = 0; i < out->n; i++)
        memcpy(out->x + (size_t)i * out->d, features_of(t, t->row[i]), out->d * sizeof *out->x);
    return out->class_count > 1 || spl_fail(error, "the same variant is predicted to be the best for all visitors");
}

static void free_teaching(teaching *t)
{
    for (uint32_t h = 0; h < HALVES; h++) {
        for (uint32_t a = 0; a < t->k; a++) spl_gram_free(&t->grams[h][a]);
    }
    free(t->layer_memory);
    free(t->theta);
    free(t->worth);
    free(t->features);
    free(t->scratch);
    free(t->z);
    free(t->row);
    free(t);
}

bool spl_alike_make(const spl_linear_rows *rows, uint32_t k, const spl_alike_config *config, spl_pool *pool,
                    spl_alike *out, spl_error *error)
{
    teaching *t = calloc(1, sizeof *t);
    spl_alike alike = {0};
    if (!t) return spl_fail(error, "out of memory");
    t->rows = rows;
    t->k = k;
    t->schema = config->schema;
    bool ok = take_rows(t, TEACHER_ROWS_MAX) || spl_fail(error, "out of memory");
    if (ok && (t->n == 0 || rows->without_context == rows->count))
        ok = spl_fail(error, "no exposure has a context; it is logged where the site turns it on");
    if (ok && !t->schema) ok = spl_linear_schema(rows->sheet, "events", &alike.fitted, error);
    if (ok && !t->schema) t->schema = alike.fitted;
    ok = ok && fill(t, config, pool, &alike, error);
    free_teaching(t);
    if (ok)
        *out = alike;
    else
        spl_alike_free(&alike);
    return ok;
}

void spl_alike_free(spl_alike *alike)
{
    free(alike->x);
    free(alike->label);
    spl_schema_spec_free(alike->fitted);
    *alike = (spl_alike){0};
}
