// SPDX-License-Identifier: GPL-3.0-or-later
// Three passes over the rows, none of which keeps a matrix of them: how entries spread (for the random units), the Gram
// matrices, and what single precision changes. Placing a context costs about a microsecond, so that is cheaper than
// four kilobytes per exposure.
#include "learn/bandit/linear_learn.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/bandit/linear_layer.h"
#include "learn/bandit/linear_schema.h"
#include "learn/bandit/ridge.h"

#define NO_SOLUTION "the regressions have no solution that can be served: a reward or a feature is too large"
#define EPSILON 0.05
#define PARTS 2    // spaces
#define SAMPLE 200 // rows that errors and shares are taken over

// Where one row is placed.
typedef struct placer {
    spl_context context;
    spl_kernel kernel;
    float *features, *embedding, *scratch; // of the schema; of the encoders
    uint32_t width;
} placer;

typedef struct fit {
    const spl_linear_rows *rows;
    const spl_linear_config *config;
    spl_linear_learned *to;
    placer place;
    spl_sparse z;
    spl_gram grams[PARTS][SPL_VARIANTS_MAX];
    spl_ridge_evidence evidence[PARTS];
    uint32_t widths[PARTS];
    bool tried[PARTS];
} fit;

static bool out_of_memory(spl_error *error)
{
    return spl_fail(error, "out of memory");
}

static bool is_open(const spl_linear_rows *rows, uint32_t row)
{
    return isnan(rows->reward[row]);
}

static double weight_of(const fit *f, uint32_t row)
{
    double p = f->rows->propensity[row];
    if (!f->config->weights || !(p > 0)) return 1;
    return p > 1 / SPL_LINEAR_WEIGHT_MAX ? 1 / p : SPL_LINEAR_WEIGHT_MAX;
}

// --- spaces -------------------------------------------------------------------------------------------------

static bool make_features_room(placer *p, const spl_schema *schema)
{
    p->kernel = spl_kernel_best();
    p->features = malloc((schema->width + 1) * sizeof *p->features);
    return p->features != NULL;
}

static bool make_embedding_room(placer *p, const spl_encoder *encoders, uint32_t count)
{
    p->width = spl_encoder_width(&encoders[0]);
    p->embedding = malloc((p->width + 1) * sizeof *p->embedding);
    p->scratch = malloc((spl_embed_scratch(encoders, count) + 1) * sizeof *p->scratch);
    return p->embedding && p->scratch;
}

// The features of a row; valid until the next call.
static const float *features_of(fit *f, uint32_t row)
{
    spl_sheet_context(f->rows->sheet, row, &f->place.context);
    spl_features(&f->to->schema->schema, &f->place.context, f->place.features);
    return f->place.features;
}

// The embedding of the features last placed.
static const float *embedding_of(fit *f)
{
    placer *p = &f->place;
    spl_embed(f->to->encoders, f->to->encoder_count, p->kernel, p->features, p->scratch, p->embedding);
    return p->embedding;
}

static bool make_layer(fit *f, spl_error *error)
{
    spl_linear_learned *to = f->to;
    uint32_t width = to->schema->schema.width, units = SPL_LINEAR_UNITS;
    if (width + units > SPL_LINEAR_FACTOR_MAX)
        units = width < SPL_LINEAR_FACTOR_MAX ? SPL_LINEAR_FACTOR_MAX - width : 0;
    spl_entry_moments moments;
    if (!spl_entry_moments_init(&moments, width)) return out_of_memory(error);
    for (uint32_t r = 0; r < f->rows->count; r++) {
        if (!is_open(f->rows, r)) spl_entry_moments_add(&moments, features_of(f, r), width);
    }
    bool ok = spl_linear_layer(to->schema, &moments, f->config->seed, units, &to->layer, &to->layer_memory, error);
    spl_entry_moments_free(&moments);
    to->encoders = &to->layer;
    to->encoder_count = 1;
    return ok;
}

static bool needs_factor(const spl_linear_config *config)
{
    return config->policy.rule == SPL_RULE_LINUCB || config->policy.rule == SPL_RULE_LINTS;
}

static bool check_width(const fit *f, spl_space space, spl_error *error)
{
    uint32_t most = needs_factor(f->config) ? SPL_LINEAR_FACTOR_MAX : SPL_ENCODER_WIDTH_MAX;
    if (f->widths[space] <= most) return true;
    return spl_fail_field(error, "policy", "the %s have %u entries; with this rule at most %u are served",
                          space == SPL_SPACE_FEATURES ? "features" : "embeddings", f->widths[space], most);
}

static bool prepare_spaces(fit *f, spl_error *error)
{
    spl_linear_learned *to = f->to;
    const spl_linear_config *config = f->config;
    if (!config->schema && !spl_linear_schema(f->rows->sheet, "log", &to->fitted, error)) return false;
    to->schema = config->schema ? config->schema : to->fitted;
    if (!make_features_room(&f->place, &to->schema->schema)) return out_of_memory(error);
    f->tried[SPL_SPACE_FEATURES] = config->choose_space || config->policy.space == SPL_SPACE_FEATURES;
    f->tried[SPL_SPACE_EMBEDDING] = config->choose_space || config->policy.space == SPL_SPACE_EMBEDDING;
    f->widths[SPL_SPACE_FEATURES] = to->schema->schema.width;
    to->encoders = config->encoders;
    to->encoder_count = config->encoder_count;
    if (!f->tried[SPL_SPACE_EMBEDDING]) return check_width(f, SPL_SPACE_FEATURES, error);
    if (to->encoder_count == 0 && !make_layer(f, error)) return false;
    if (!make_embedding_room(&f->place, to->encoders, to->encoder_count)) return out_of_memory(error);
    f->widths[SPL_SPACE_EMBEDDING] = f->place.width;
    return (!f->tried[SPL_SPACE_FEATURES] || check_width(f, SPL_SPACE_FEATURES, error)) &&
           check_width(f, SPL_SPACE_EMBEDDING, error);
}

// --- what the log says --------------------------------------------------------------------------------------

static void add_rows(fit *f)
{
    for (uint32_t r = 0; r < f->rows->count; r++) {
        if (is_open(f->rows, r)) continue;
        uint32_t a = f->rows->variant[r];
        double weight = weight_of(f, r), y = f->rows->reward[r];
        const float *x = features_of(f, r);
        for (int space = 0; space < PARTS; space++) {
            if (!f->tried[space]) continue;
            spl_sparse_set(&f->z, space == SPL_SPACE_FEATURES ? x : embedding_of(f), f->widths[space]);
            spl_gram_add_sparse(&f->grams[space][a], &f->z, y, weight);
        }
    }
}

// The constant's entries hold the sums of rewards; the prior is their mean over all variants.
static void centre(fit *f, spl_gram *grams)
{
    spl_linear_learned *to = f->to;
    double sum = 0, weight = 0;
    for (uint32_t a = 0; a < to->k; a++) {
        double rewards = grams[a].zy[grams[a].d - 1];
        to->arms[a].rows = grams[a].count;
        to->arms[a].mean = grams[a].weight > 0 ? rewards / grams[a].weight : NAN;
        to->arms[a].effective = grams[a].weight2 > 0 ? grams[a].weight * grams[a].weight / grams[a].weight2 : 0;
        sum += rewards;
        weight += grams[a].weight;
    }
    to->prior = weight > 0 ? sum / weight : 0;
    for (uint32_t a = 0; a < to->k; a++) {
        spl_gram_shift(&grams[a], to->prior);
        spl_gram_normalise(&grams[a]);
    }
}

static bool gather(fit *f, spl_error *error)
{
    for (int space = 0; space < PARTS; space++) {
        for (uint32_t a = 0; f->tried[space] && a < f->to->k; a++) {
            if (!spl_gram_init(&f->grams[space][a], f->widths[space] + 1)) return out_of_memory(error);
        }
    }
    uint32_t widest = f->widths[0] > f->widths[1] ? f->widths[0] : f->widths[1];
    if (!spl_sparse_init(&f->z, widest + 1)) return out_of_memory(error);
    add_rows(f);
    for (int space = 0; space < PARTS; space++) {
        f->to->evidence[space] = NAN;
        if (!f->tried[space]) continue;
        centre(f, f->grams[space]);
        if (!spl_ridge_choose(f->grams[space], f->to->k, &f->evidence[space])) return spl_fail(error, NO_SOLUTION);
        f->to->evidence[space] = f->evidence[space].log_evidence;
    }
    return true;
}

// --- what is served -----------------------------------------------------------------------------------------

// The usual numbers, where none was given. `deviation` is the mean standard deviation of a score.
static double usual_parameter(const fit *f, double deviation, double rows)
{
    const spl_linear_learned *to = f->to;
    double noise2 = fmax(to->noise * to->noise, 1e-12);
    switch (to->linear.rule) {
    case SPL_RULE_INVERSE_GAP: return fmax(1, sqrt(to->k * rows / (to->d * noise2)));
    case SPL_RULE_SOFTMAX: return fmax(deviation, 1e-9);
    case SPL_RULE_EPSILON_GREEDY: return EPSILON;
    default: return 0;
    }
}

static bool make_arrays(spl_linear_learned *to)
{
    uint32_t k = to->k, d = to->d;
    to->weight = malloc((size_t)(d - 1) * k * sizeof *to->weight);
    to->bias = malloc(k * sizeof *to->bias);
    to->factor = malloc((size_t)k * d * d * sizeof *to->factor);
    bool ok = to->weight && to->bias && to->factor;
    for (uint32_t a = 0; a < k; a++) ok = (to->arms[a].theta = malloc(d * sizeof(double))) && ok;
    to->linear.score = (spl_layer){d - 1, k, to->weight, to->bias};
    to->linear.factor = to->factor;
    return ok;
}

// False where single precision cannot hold a score.
static bool export_scores(spl_linear_learned *to, uint32_t a)
{
    const double *theta = to->arms[a].theta;
    bool held = true;
    for (uint32_t j = 0; j < to->d; j++) {
        double value = j + 1 < to->d ? theta[j] : to->prior + theta[j];
        float *served = j + 1 < to->d ? &to->weight[(size_t)j * to->k + a] : &to->bias[a];
        held = held && fabs(value) <= (double)FLT_MAX;
        *served = held ? (float)value : 0;
    }
    return held;
}

// The core takes the triangle by its columns, so that its lanes lie across rows.
static void export_factor(spl_linear_learned *to, uint32_t a, const double *factor, double scale)
{
    float *out = to->factor + (size_t)a * to->d * to->d;
    for (uint32_t i = 0; i < to->d; i++) {
        for (uint32_t j = 0; j < to->d; j++)
            out[(size_t)j * to->d + i] = j <= i ? (float)(scale * factor[(size_t)i * to->d + j]) : 0;
    }
}

static double exact_deviation(const double *factor, const float *x, uint32_t d)
{
    double squares = 0;
    for (uint32_t i = 0; i < d; i++) {
        const double *row = factor + (size_t)i * d;
        double sum = i + 1 == d ? row[i] : 0;
        for (uint32_t j = 0; j <= i && j + 1 < d; j++) sum += row[j] * (double)x[j];
        squares += sum * sum;
    }
    return sqrt(squares);
}

static double served_deviation(const float *factor, const float *x, uint32_t d)
{
    double squares = 0;
    for (uint32_t i = 0; i < d; i++) {
        float sum = factor[(size_t)(d - 1) * d + i];
        for (uint32_t j = 0; j + 1 < d; j++) sum += factor[(size_t)j * d + i] * x[j];
        squares += (double)sum * (double)sum;
    }
    return sqrt(squares);
}

static void compare_score(spl_linear_learned *to, const float *x, uint32_t a)
{
    float served = to->bias[a];
    double exact = to->prior + to->arms[a].theta[to->d - 1];
    for (uint32_t j = 0; j + 1 < to->d; j++) {
        served += x[j] * to->weight[(size_t)j * to->k + a];
        exact += (double)x[j] * to->arms[a].theta[j];
    }
    to->score_error = fmax(to->score_error, fabs((double)served - exact));
}

// Solves variant a into the tables; the greatest errors are taken over about SAMPLE rows, spread evenly. Adds to
// *deviation the sum of the deviations of the score there.
static bool serve_arm(fit *f, uint32_t a, double *factor, double *deviation)
{
    spl_linear_learned *to = f->to;
    int space = (int)to->linear.space;
    if (!spl_ridge_solve(&f->grams[space][a], to->lambda, to->arms[a].theta, factor)) return false;
    double scale = f->config->policy.alpha * to->noise;
    if (!export_scores(to, a)) return false;
    export_factor(to, a, factor, scale);
    uint32_t step = f->rows->count / SAMPLE + 1;
    for (uint32_t r = 0; r < f->rows->count; r += step) {
        const float *x = features_of(f, r);
        if (space == SPL_SPACE_EMBEDDING) x = embedding_of(f);
        double exact = exact_deviation(factor, x, to->d);
        double served = served_deviation(to->factor + (size_t)a * to->d * to->d, x, to->d);
        to->deviation_error = fmax(to->deviation_error, fabs(scale * exact - served));
        *deviation += exact * to->noise * step / ((double)f->rows->count * to->k);
        compare_score(to, x, a);
    }
    return true;
}

// How often each variant would be served to the visitors of the log.
static void add_shares(fit *f)
{
    spl_linear_learned *to = f->to;
    float scratch[SPL_LINEAR_FACTOR_MAX + 1];
    double p[SPL_VARIANTS_MAX];
    uint32_t step = f->rows->count / SAMPLE + 1, count = (f->rows->count + step - 1) / step;
    for (uint32_t r = 0; r < f->rows->count; r += step) {
        const float *x = features_of(f, r);
        if (to->linear.space == SPL_SPACE_EMBEDDING) x = embedding_of(f);
        spl_linear_probabilities(&to->linear, f->place.kernel, x, scratch, p);
        for (uint32_t a = 0; a < to->k; a++) to->arms[a].share += p[a] / count;
    }
}

static bool serve(fit *f, spl_error *error)
{
    spl_linear_learned *to = f->to;
    spl_space space = f->config->policy.space;
    if (f->config->choose_space)
        space = to->evidence[SPL_SPACE_EMBEDDING] > to->evidence[SPL_SPACE_FEATURES] ? SPL_SPACE_EMBEDDING
                                                                                     : SPL_SPACE_FEATURES;
    to->linear = (spl_linear){.rule = f->config->policy.rule, .space = space};
    to->d = f->widths[space] + 1;
    to->lambda = f->evidence[space].lambda;
    to->noise = sqrt(f->evidence[space].noise2);
    double *factor = malloc((size_t)to->d * to->d * sizeof *factor), deviation = 0, rows = 0;
    bool ok = (make_arrays(to) && factor) || out_of_memory(error);
    for (uint32_t a = 0; ok && a < to->k; a++) {
        rows += to->arms[a].effective;
        ok = serve_arm(f, a, factor, &deviation) || spl_fail(error, NO_SOLUTION);
    }
    double given = f->config->policy.parameter;
    to->linear.parameter = given > 0 ? given : usual_parameter(f, deviation, rows);
    if (!needs_factor(f->config)) {
        free(to->factor);
        to->factor = NULL;
        to->linear.factor = NULL;
        to->deviation_error = 0;
    }
    if (ok) add_shares(f);
    // A layer that nobody asks is not served.
    if (space == SPL_SPACE_FEATURES && to->encoders == &to->layer) to->encoder_count = 0;
    free(factor);
    return ok;
}

static void free_fit(fit *f)
{
    for (int space = 0; space < PARTS; space++) {
        for (uint32_t a = 0; a < SPL_VARIANTS_MAX; a++) spl_gram_free(&f->grams[space][a]);
    }
    spl_sparse_free(&f->z);
    free(f->place.features);
    free(f->place.embedding);
    free(f->place.scratch);
    free(f);
}

static bool check_contexts(const spl_linear_rows *rows, spl_error *error)
{
    if (rows->count > rows->without_context) return true;
    return spl_fail_field(error, "context",
                          "no exposure has one: a linear policy is learned from what visitors were like, so the "
                          "log must hold their contexts (docs/events.md)");
}

bool spl_linear_learn(const spl_linear_rows *rows, uint32_t k, const spl_linear_config *config,
                      spl_linear_learned **out, spl_error *error)
{
    if (!check_contexts(rows, error)) return false;
    fit *f = calloc(1, sizeof *f);
    spl_linear_learned *to = calloc(1, sizeof *to);
    bool ok = (f && to) || out_of_memory(error);
    if (ok) {
        f->rows = rows;
        f->config = config;
        f->to = to;
        to->k = k;
        ok = prepare_spaces(f, error) && gather(f, error) && serve(f, error);
    }
    if (f) free_fit(f);
    if (ok) {
        *out = to;
    } else {
        spl_linear_learned_free(to);
    }
    return ok;
}

void spl_linear_learned_free(spl_linear_learned *learned)
{
    if (!learned) return;
    for (uint32_t a = 0; a < learned->k; a++) free(learned->arms[a].theta);
    spl_schema_spec_free(learned->fitted);
    free(learned->layer_memory);
    free(learned->weight);
    free(learned->bias);
    free(learned->factor);
    free(learned);
}
