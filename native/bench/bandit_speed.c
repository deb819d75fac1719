// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/bandit_speed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/schema_spec.h"
#include "events/csv.h"
#include "learn/bandit/bandit_online.h"
#include "learn/bandit/ridge.h"
#include "samplit/hash.h"
#include "samplit/rng.h"

#define VARIANTS 3
#define ATTRIBUTES 4
#define VISITORS 65536
#define BLOCK 1024
#define LAMBDA 0.1

// A schema owns its texts, so its field is not const; spl_schema_spec_make copies these.
static char *const countries[] = {"US", "GB", "DE", "IN", "BR"}, *const devices[] = {"mobile", "tablet", "desktop"},
                   *const sources[] = {"google", "instagram", "facebook", "direct"},
                   *const parts[] = {"night", "morning", "noon", "evening"};
static const spl_feature_spec FEATURES[ATTRIBUTES] = {
    {"country", SPL_FEATURE_CATEGORICAL, SPL_TRANSFORM_NONE, 0, 1, 0, 0, 5, (char **)countries},
    {"device", SPL_FEATURE_CATEGORICAL, SPL_TRANSFORM_NONE, 0, 1, 0, 0, 3, (char **)devices},
    {"source", SPL_FEATURE_CATEGORICAL, SPL_TRANSFORM_NONE, 0, 1, 0, 0, 4, (char **)sources},
    {"daypart", SPL_FEATURE_CATEGORICAL, SPL_TRANSFORM_NONE, 0, 1, 0, 0, 4, (char **)parts},
};

typedef struct visitor {
    uint8_t value[ATTRIBUTES];
    float luck; // converts under variant v where luck < its rate
} visitor;

struct spl_bandit_speed {
    spl_schema_spec *schema;
    uint32_t width, at, text_at;
    visitor *visitors; // [VISITORS]
    float *features;   // (VISITORS, width)
    double *draws;     // [VISITORS] uniform
    spl_bandit in_memory, from_text;
    spl_sparse z;
    spl_gram grams[VARIANTS];
    double theta[VARIANTS][64], factor[64 * 64];
    char path[512];
    spl_csv *csv;
    spl_context context;
};

static double rate(const visitor *v, uint32_t variant)
{
    static const double by_device[3][VARIANTS] = {{0.2, 0.4, 0.3}, {0.3, 0.3, 0.3}, {0.4, 0.2, 0.3}};
    return by_device[v->value[1]][variant] + 0.05 * (v->value[0] == variant);
}

static void make_visitors(spl_bandit_speed *s)
{
    for (uint32_t i = 0; i < VISITORS; i++) {
        double u[6];
        for (uint32_t j = 0; j < 3; j++) spl_uniform2(1, i, SPL_STREAM_LEARN, j, u + 2 * j);
        visitor *v = &s->visitors[i];
        float *x = s->features + (size_t)i * s->width;
        uint32_t start = 0;
        for (uint32_t a = 0; a < ATTRIBUTES; a++) {
            v->value[a] = (uint8_t)(u[a] * FEATURES[a].category_count);
            x[start + v->value[a]] = 1;
            start += FEATURES[a].category_count + 1;
        }
        v->luck = (float)u[4];
        s->draws[i] = u[5];
    }
}

static bool write_text(spl_bandit_speed *s, spl_error *error)
{
    const char *folder = getenv("TMPDIR");
    snprintf(s->path, sizeof s->path, "%s/samplit-bench-XXXXXX", folder ? folder : P_tmpdir);
    int descriptor = mkstemp(s->path);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (!file) return spl_fail(error, "cannot write %s", s->path);
    for (uint32_t i = 0; i < VISITORS; i++) {
        const visitor *v = &s->visitors[i];
        fprintf(file, "%s,%s,%s,%s\n", countries[v->value[0]], devices[v->value[1]], sources[v->value[2]],
                parts[v->value[3]]);
    }
    return fclose(file) == 0 || spl_fail(error, "cannot write %s", s->path);
}

static bool prepare(spl_bandit_speed *s, spl_error *error)
{
    spl_bandit_config config;
    if (!spl_bandit_preset("inverse-gap", &config)) return false;
    if (!spl_schema_spec_make("bench", FEATURES, ATTRIBUTES, &s->schema, error)) return false;
    s->width = s->schema->schema.width;
    s->visitors = calloc(VISITORS, sizeof *s->visitors);
    s->features = calloc((size_t)VISITORS * s->width, sizeof *s->features);
    s->draws = calloc(VISITORS, sizeof *s->draws);
    bool ok = s->visitors && s->features && s->draws;
    ok = ok && spl_bandit_init(&s->in_memory, &config, VARIANTS, s->width, 0, 1);
    ok = ok && spl_bandit_init(&s->from_text, &config, VARIANTS, s->width, 0, 1);
    ok = ok && spl_sparse_init(&s->z, s->width + 1);
    for (uint32_t a = 0; ok && a < VARIANTS; a++) ok = spl_gram_init(&s->grams[a], s->width + 1);
    if (!ok) return spl_fail(error, "out of memory");
    make_visitors(s);
    return write_text(s, error);
}

spl_bandit_speed *spl_bandit_speed_new(spl_error *error)
{
    spl_bandit_speed *s = calloc(1, sizeof *s);
    if (s && prepare(s, error)) return s;
    if (!s) spl_fail(error, "out of memory");
    spl_bandit_speed_free(s);
    return NULL;
}

void spl_bandit_speed_free(spl_bandit_speed *s)
{
    if (!s) return;
    spl_csv_close(s->csv);
    if (s->path[0]) unlink(s->path);
    for (uint32_t a = 0; a < VARIANTS; a++) spl_gram_free(&s->grams[a]);
    spl_sparse_free(&s->z);
    spl_bandit_free(&s->in_memory);
    spl_bandit_free(&s->from_text);
    spl_schema_spec_free(s->schema);
    free(s->visitors);
    free(s->features);
    free(s->draws);
    free(s);
}

static uint32_t draw(const double p[VARIANTS], double u)
{
    return u < p[0] ? 0 : u < p[0] + p[1] ? 1 : 2;
}

static void serve(spl_bandit *bandit, const spl_bandit_speed *s, uint32_t i, const float *x)
{
    double p[VARIANTS];
    spl_bandit_probabilities(bandit, x, p);
    uint32_t variant = draw(p, s->draws[i]);
    spl_bandit_learn(bandit, variant, (double)s->visitors[i].luck < rate(&s->visitors[i], variant));
}

static void run_rows(void *owner, uint32_t count)
{
    spl_bandit_speed *s = owner;
    for (uint32_t n = 0; n < count; n++) {
        uint32_t i = s->at++ % VISITORS;
        serve(&s->in_memory, s, i, s->features + (size_t)i * s->width);
    }
}

static void renew(spl_bandit_speed *s)
{
    for (uint32_t a = 0; a < VARIANTS; a++) {
        if (!spl_ridge_solve(&s->grams[a], LAMBDA, s->theta[a], s->factor)) abort(); // rows are zeros and ones
    }
}

// Between renewals the scores are those of the last posterior; what is learned is added up.
static void run_blocks(void *owner, uint32_t count)
{
    spl_bandit_speed *s = owner;
    for (uint32_t n = 0; n < count; n++) {
        uint32_t i = s->at++ % VISITORS;
        const float *x = s->features + (size_t)i * s->width;
        float score[VARIANTS], scratch[VARIANTS];
        double p[VARIANTS];
        spl_sparse_set(&s->z, x, s->width);
        for (uint32_t a = 0; a < VARIANTS; a++) {
            double sum = 0;
            for (uint32_t j = 0; j < s->z.count; j++) sum += s->theta[a][s->z.index[j]] * s->z.value[j];
            score[a] = (float)sum;
        }
        const spl_linear linear = {SPL_RULE_INVERSE_GAP, 0, 1000, {0, VARIANTS, score, score}, NULL};
        spl_linear_probabilities(&linear, SPL_KERNEL_SCALAR, x, scratch, p);
        uint32_t variant = draw(p, s->draws[i]);
        spl_gram_add_sparse(&s->grams[variant], &s->z, (double)s->visitors[i].luck < rate(&s->visitors[i], variant), 1);
        if (i % BLOCK == 0) renew(s);
    }
}

// The next row of the file, from its beginning again after the last.
static bool next_row(spl_bandit_speed *s, const spl_text **cells)
{
    size_t count = 0;
    while (!s->csv || spl_csv_row(s->csv, cells, &count, NULL) != SPL_ROW_GOOD) {
        spl_csv_close(s->csv);
        s->csv = NULL;
        s->text_at = 0;
        if (!spl_csv_open(s->path, ',', &s->csv, NULL)) return false;
    }
    return count == ATTRIBUTES;
}

static void run_text(void *owner, uint32_t count)
{
    spl_bandit_speed *s = owner;
    for (uint32_t n = 0; n < count; n++) {
        const spl_text *cells;
        spl_field fields[ATTRIBUTES];
        float x[64];
        if (!next_row(s, &cells)) abort(); // the file was just written
        for (uint32_t a = 0; a < ATTRIBUTES; a++) {
            fields[a] =
                (spl_field){s->schema->schema.attribute[a], 0, cells[a].data, (uint32_t)cells[a].size, SPL_KIND_STRING};
        }
        spl_context_build(&s->context, fields, ATTRIBUTES);
        spl_features(&s->schema->schema, &s->context, x);
        serve(&s->from_text, s, s->text_at++ % VISITORS, x);
    }
}

uint32_t spl_bandit_speed_enter(spl_bandit_speed *speed, spl_contender *out)
{
    out[0] = (spl_contender){"in memory, every reward renews the posterior", run_rows, speed, 0};
    out[1] = (spl_contender){"in memory, renewed every 1,024 rewards", run_blocks, speed, 0};
    out[2] = (spl_contender){"from CSV text, every reward renews it", run_text, speed, 0};
    return 3;
}
