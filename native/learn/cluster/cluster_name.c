// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/cluster/cluster_name.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS_USUAL 3u
#define PARTS_MAX 6u
#define PART_BYTES 40u
#define NAME_BYTES 28u   // of an attribute
#define EFFECT_LEAST 0.5 // "medium" in Cohen's words
#define BETWEEN " \xC2\xB7 "

// What one feature says of one cluster.
typedef struct part {
    double effect;
    char text[PART_BYTES + 8];
} part;

typedef struct means {
    uint32_t k, d;
    double *cluster; // (k, d)
    double *weight;  // [k]
    double *all;     // [d]
    double *spread;  // [d] standard deviation over all rows
} means;

static bool measure(const spl_points *points, const spl_labeling *labeling, means *m)
{
    uint32_t d = points->d;
    double weight = 0;
    *m = (means){.k = labeling->k, .d = d};
    m->cluster = calloc((size_t)m->k * d, sizeof *m->cluster);
    m->weight = calloc(m->k, sizeof *m->weight);
    m->all = calloc(d, sizeof *m->all);
    m->spread = calloc(d, sizeof *m->spread);
    if (!m->cluster || !m->weight || !m->all || !m->spread) return false;
    for (uint32_t i = 0; i < points->n; i++) {
        double w = spl_point_weight(points, i);
        weight += w;
        m->weight[labeling->label[i]] += w;
        for (uint32_t j = 0; j < d; j++) {
            double x = (double)points->x[(size_t)i * d + j];
            m->cluster[(size_t)labeling->label[i] * d + j] += w * x;
            m->all[j] += w * x;
            m->spread[j] += w * x * x;
        }
    }
    for (uint32_t c = 0; c < m->k; c++)
        for (uint32_t j = 0; j < d; j++)
            if (m->weight[c] > 0) m->cluster[(size_t)c * d + j] /= m->weight[c];
    for (uint32_t j = 0; j < d; j++) {
        m->all[j] /= weight;
        double variance = m->spread[j] / weight - m->all[j] * m->all[j];
        m->spread[j] = variance > 1e-12 ? sqrt(variance) : 0;
    }
    return true;
}

static void free_means(means *m)
{
    free(m->cluster);
    free(m->weight);
    free(m->all);
    free(m->spread);
}

// --- what features say ------------------------------------------------------------------------------------

static double bounded(double share)
{
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

// Cohen's h of two shares.
static double share_effect(double here, double everywhere)
{
    return 2 * asin(sqrt(bounded(here))) - 2 * asin(sqrt(bounded(everywhere)));
}

// "is_returning" reads as "returning", "session_seconds" as "session seconds".
static void plain_name(const char *attribute, char out[PART_BYTES])
{
    if (strncmp(attribute, "is_", 3) == 0 && attribute[3]) attribute += 3;
    spl_text cut = spl_text_cut((spl_text){attribute, strlen(attribute)}, NAME_BYTES);
    memcpy(out, cut.data, cut.size);
    out[cut.size] = '\0';
    for (char *c = out; *c; c++)
        if (*c == '_') *c = ' ';
}

// The category that is more common here by most. `other` is a category without a name.
static part say_categorical(const means *m, const spl_feature_spec *feature, const double *here, uint32_t at)
{
    part best = {0};
    for (uint32_t c = 0; c <= feature->category_count; c++) {
        double effect = share_effect(here[at + c], m->all[at + c]);
        if (effect <= best.effect || here[at + c] < 0.5) continue;
        char name[PART_BYTES];
        best.effect = effect;
        plain_name(feature->attribute, name);
        if (c == feature->category_count) {
            snprintf(best.text, sizeof best.text, "other %s", name);
        } else {
            spl_text cut = spl_text_cut((spl_text){feature->categories[c], strlen(feature->categories[c])}, PART_BYTES);
            bool is_word = cut.size > 0 && strcmp(feature->categories[c], "true") &&
                           strcmp(feature->categories[c], "false") && (cut.data[0] < '0' || cut.data[0] > '9') &&
                           cut.data[0] != '-';
            snprintf(best.text, sizeof best.text, "%s%s%.*s", is_word ? "" : name, is_word ? "" : " ",
                     (int)(is_word        ? cut.size
                           : cut.size < 8 ? cut.size
                                          : 8),
                     cut.data);
        }
    }
    return best;
}

static part say_boolean(const means *m, const spl_feature_spec *feature, const double *here, uint32_t at)
{
    double effect = share_effect(here[at], m->all[at]);
    char name[PART_BYTES];
    part out = {.effect = fabs(effect)};
    plain_name(feature->attribute, name);
    snprintf(out.text, sizeof out.text, "%s%s", effect > 0 ? "" : "not ", name);
    return out;
}

static part say_numeric(const means *m, const spl_feature_spec *feature, const double *here, uint32_t at)
{
    double apart = here[at] - m->all[at];
    char name[PART_BYTES];
    part out = {.effect = m->spread[at] > 0 ? fabs(apart) / m->spread[at] : 0};
    plain_name(feature->attribute, name);
    snprintf(out.text, sizeof out.text, "%s %s", apart > 0 ? "high" : "low", name);
    return out;
}

static void name_phase(const spl_feature_spec *feature, double phase, char *out, size_t size)
{
    static const char *const parts_of_day[] = {"night", "morning", "afternoon", "evening"};
    static const char *const days[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
    if (strcmp(feature->attribute, "hour") == 0 && feature->period == 24) {
        snprintf(out, size, "%s", parts_of_day[(int)(phase / 6) % 4]);
    } else if (strcmp(feature->attribute, "dow") == 0 && feature->period == 7) {
        snprintf(out, size, "%s", days[(int)(phase + 0.5) % 7]);
    } else {
        char name[PART_BYTES];
        plain_name(feature->attribute, name);
        snprintf(out, size, "%.28s %.0f", name, phase);
    }
}

// Where on the circle the rows lie: the direction of their mean.
static part say_cyclic(const means *m, const spl_feature_spec *feature, const double *here, uint32_t at)
{
    double s = here[at] - m->all[at], c = here[at + 1] - m->all[at + 1];
    double spread = sqrt((m->spread[at] * m->spread[at] + m->spread[at + 1] * m->spread[at + 1]) / 2);
    double turn = atan2(here[at], here[at + 1]) / (2 * M_PI);
    part out = {.effect = spread > 0 ? sqrt(s * s + c * c) / spread : 0};
    name_phase(feature, (turn < 0 ? turn + 1 : turn) * (double)feature->period, out.text, sizeof out.text);
    return out;
}

static part say(const means *m, const spl_feature_spec *feature, const double *here, uint32_t at)
{
    switch (feature->kind) {
    case SPL_FEATURE_CATEGORICAL: return say_categorical(m, feature, here, at);
    case SPL_FEATURE_BOOLEAN: return say_boolean(m, feature, here, at);
    case SPL_FEATURE_CYCLIC: return say_cyclic(m, feature, here, at);
    default: return say_numeric(m, feature, here, at);
    }
}

// The PARTS_MAX that say most, in that order; equal ones in order of the features.
static void best_parts(const means *m, const spl_schema_spec *schema, uint32_t cluster, part best[PARTS_MAX])
{
    const double *here = m->cluster + (size_t)cluster * m->d;
    memset(best, 0, PARTS_MAX * sizeof *best);
    for (uint32_t f = 0, at = 0; f < schema->feature_count; at += spl_feature_width(&schema->schema, f), f++) {
        part new = say(m, &schema->features[f], here, at);
        uint32_t place = PARTS_MAX;
        while (place > 0 && new.effect > best[place - 1].effect) place--;
        if (place == PARTS_MAX) continue;
        memmove(best + place + 1, best + place, (PARTS_MAX - place - 1) * sizeof *best);
        best[place] = new;
    }
}

// --- names ------------------------------------------------------------------------------------------------

// At least one part, and the following as long as they say much.
static void join(const part best[PARTS_MAX], uint32_t most, char *name)
{
    size_t at = (size_t)snprintf(name, SPL_CLUSTER_NAME_MAX, "%s", best[0].text[0] ? best[0].text : "cluster");
    for (uint32_t p = 1; p < most && best[p].effect >= EFFECT_LEAST && at + PART_BYTES + 16 < SPL_CLUSTER_NAME_MAX; p++)
        at += (size_t)snprintf(name + at, SPL_CLUSTER_NAME_MAX - at, "%s%s", BETWEEN, best[p].text);
}

static bool is_taken(char (*names)[SPL_CLUSTER_NAME_MAX], uint32_t k, uint32_t cluster)
{
    for (uint32_t c = 0; c < k; c++)
        if (c != cluster && strcmp(names[c], names[cluster]) == 0) return true;
    return false;
}

static void set_apart(const part *best, uint32_t k, char (*names)[SPL_CLUSTER_NAME_MAX])
{
    for (uint32_t most = PARTS_USUAL + 1; most <= PARTS_MAX; most++) {
        bool taken[SPL_CLUSTERS_MAX];
        for (uint32_t c = 0; c < k; c++) taken[c] = is_taken(names, k, c);
        for (uint32_t c = 0; c < k; c++)
            if (taken[c]) join(best + (size_t)c * PARTS_MAX, most, names[c]);
    }
    for (uint32_t c = 0; c < k; c++) {
        size_t end = strlen(names[c]);
        for (uint32_t number = 2; is_taken(names, c, c); number++)
            snprintf(names[c] + end, SPL_CLUSTER_NAME_MAX - end, "%s%u", BETWEEN, number);
    }
}

bool spl_cluster_name(const spl_points *points, const spl_labeling *labeling, const spl_schema_spec *schema,
                      char (*names)[SPL_CLUSTER_NAME_MAX], spl_error *error)
{
    means m;
    uint32_t k = labeling->k;
    part *best = calloc((size_t)k * PARTS_MAX, sizeof *best);
    bool ok = measure(points, labeling, &m) && best;
    for (uint32_t c = 0; ok && c < k; c++) {
        best_parts(&m, schema, c, best + (size_t)c * PARTS_MAX);
        join(best + (size_t)c * PARTS_MAX, PARTS_USUAL, names[c]);
    }
    if (ok) set_apart(best, k, names);
    if (ok && k == 1) snprintf(names[0], SPL_CLUSTER_NAME_MAX, "everyone");
    free_means(&m);
    free(best);
    return ok || spl_fail(error, "out of memory");
}
