// SPDX-License-Identifier: GPL-3.0-or-later
// The points of a group are the means of its parts under Ward's tree (learn/cluster/ward.h): one tree per group gives any
// number of points. A group of many rows is described by an even sample of them. Rejected: learning vector quantisation
// (Kohonen 1990), which moves points towards borders, so that they no longer stand for anybody.
#include "learn/similar/similar_groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/cluster/dendrogram.h"
#include "samplit/hash.h"

#define SAMPLE 4000 // rows of a group that its tree is made of
#define HELD_OUT 5  // one row in so many

static const uint32_t CHOICES[SPL_GROUP_CHOICES] = {1, 2, 4, 8, 16};

typedef struct work {
    const float *x;
    uint32_t n, d;
    const int32_t *label;
    uint32_t groups;
    const spl_groups_config *config;
    uint32_t *rows;    // [SAMPLE] of one group
    float *sample;     // (SAMPLE, d)
    spl_merge *merges; // [SAMPLE]
    uint32_t *part;    // [SAMPLE]
    double *sum;       // [d]
} work;

static bool held_out(const work *w, uint32_t row)
{
    return spl_mix64(w->config->seed ^ (row + UINT64_C(1)) * UINT64_C(0x9E3779B97F4A7C15)) % HELD_OUT == 0;
}

// Up to SAMPLE rows of a group, evenly; `training` leaves out the held ones. Returns how many.
static uint32_t sample_rows(const work *w, uint32_t group, bool training)
{
    uint64_t all = 0, met = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < w->n; i++) all += w->label[i] == (int32_t)group && !(training && held_out(w, i));
    uint64_t want = all < SAMPLE ? all : SAMPLE;
    for (uint32_t i = 0; i < w->n && count < want; i++) {
        if (w->label[i] != (int32_t)group || (training && held_out(w, i))) continue;
        if (met++ * want / all >= count) w->rows[count++] = i;
    }
    for (uint32_t i = 0; i < count; i++)
        memcpy(w->sample + (size_t)i * w->d, w->x + (size_t)w->rows[i] * w->d, w->d * sizeof *w->sample);
    return count;
}

// The mean of one part of the sample, of norm 1 if asked (a mean of zeros stays).
static void mean_of(const work *w, uint32_t count, uint32_t part, float *out)
{
    double members = 0, square = 0;
    memset(w->sum, 0, w->d * sizeof *w->sum);
    for (uint32_t i = 0; i < count; i++) {
        if (w->part[i] != part) continue;
        members++;
        for (uint32_t j = 0; j < w->d; j++) w->sum[j] += w->sample[(size_t)i * w->d + j];
    }
    for (uint32_t j = 0; j < w->d; j++) {
        w->sum[j] /= members;
        square += w->sum[j] * w->sum[j];
    }
    double factor = w->config->normalise && square > 0 ? 1 / sqrt(square) : 1;
    for (uint32_t j = 0; j < w->d; j++) out[j] = (float)(w->sum[j] * factor);
}

static bool take_points(spl_groups *out, uint32_t more)
{
    float *x = realloc(out->x, (size_t)(out->count + more) * out->d * sizeof *x);
    if (x) out->x = x;
    uint32_t *group = realloc(out->group, (out->count + more) * sizeof *group);
    if (group) out->group = group;
    return x && group;
}

// Adds the points of one group.
static bool describe(const work *w, uint32_t group, bool training, uint32_t points, spl_groups *out, spl_error *error)
{
    uint32_t count = sample_rows(w, group, training);
    if (count == 0) return true;
    if (points > count) points = count;
    const spl_ward_config config = {.kernel = w->config->kernel, .pool = w->config->pool};
    if (!spl_ward(w->sample, count, w->d, &config, w->merges, error)) return false;
    if (!spl_dendrogram_cut(w->merges, count, points, w->part) || !take_points(out, points))
        return spl_fail(error, "out of memory");
    for (uint32_t p = 0; p < points; p++) {
        mean_of(w, count, p, out->x + (size_t)out->count * w->d);
        out->group[out->count++] = group;
    }
    return true;
}

static bool describe_all(const work *w, bool training, uint32_t points, spl_groups *out, spl_error *error)
{
    out->d = w->d;
    out->count = 0;
    for (uint32_t group = 0; group < w->groups; group++) {
        if (!describe(w, group, training, points, out, error)) return false;
    }
    return true;
}

// The points as the core sees them: column per point, bias -|c|^2 / 2.
static spl_clusters as_clusters(const spl_groups *groups, float *weight, float *bias)
{
    for (uint32_t p = 0; p < groups->count; p++) {
        double square = 0;
        for (uint32_t j = 0; j < groups->d; j++) {
            float value = groups->x[(size_t)p * groups->d + j];
            weight[(size_t)j * groups->count + p] = value;
            square += (double)value * value;
        }
        bias[p] = (float)(-square / 2);
    }
    return (spl_clusters){.count = groups->count, .nearest = {groups->d, groups->count, weight, bias}};
}

typedef struct tally {
    double held, right;
} tally;

static void judge(const work *w, const spl_groups *groups, const spl_clusters *clusters, float *scores, tally *tallies,
                  spl_group_trial *trial)
{
    double held = 0, right = 0, with_rows = 0, variance = 0;
    memset(tallies, 0, w->groups * sizeof *tallies);
    for (uint32_t i = 0; i < w->n; i++) {
        if (w->label[i] < 0 || !held_out(w, i)) continue;
        uint32_t point = spl_cluster_nearest(clusters, w->config->kernel, w->x + (size_t)i * w->d, scores);
        tallies[w->label[i]].held++;
        tallies[w->label[i]].right += groups->group[point] == (uint32_t)w->label[i];
    }
    for (uint32_t g = 0; g < w->groups; g++) {
        if (tallies[g].held == 0) continue;
        double share = tallies[g].right / tallies[g].held;
        held += tallies[g].held;
        right += tallies[g].right;
        trial->balanced += share;
        variance += share * (1 - share) / tallies[g].held;
        with_rows++;
    }
    trial->accuracy = held > 0 ? right / held : 0;
    trial->balanced = with_rows > 0 ? trial->balanced / with_rows : 0;
    trial->deviation = with_rows > 0 ? sqrt(variance) / with_rows : 0;
}

static bool try_points(const work *w, uint32_t points, spl_group_trial *trial, spl_error *error)
{
    spl_groups groups = {0};
    *trial = (spl_group_trial){.points = points};
    bool ok = describe_all(w, true, points, &groups, error);
    size_t count = groups.count > 0 ? groups.count : 1;
    float *weight = malloc(count * w->d * sizeof *weight), *bias = malloc(count * sizeof *bias);
    float *scores = malloc(count * sizeof *scores);
    tally *tallies = malloc(w->groups * sizeof *tallies);
    if (ok && weight && bias && scores && tallies) {
        spl_clusters clusters = as_clusters(&groups, weight, bias);
        if (groups.count > 0) judge(w, &groups, &clusters, scores, tallies, trial);
    } else if (ok) {
        ok = spl_fail(error, "out of memory");
    }
    free(weight);
    free(bias);
    free(scores);
    free(tallies);
    spl_groups_free(&groups);
    return ok;
}

static uint32_t chosen(const spl_groups *out)
{
    uint32_t best = 0, fewest = 0;
    for (uint32_t t = 1; t < out->trial_count; t++) {
        if (out->trials[t].balanced > out->trials[best].balanced) best = t;
    }
    while (out->trials[fewest].balanced < out->trials[best].balanced - out->trials[best].deviation) fewest++;
    return out->trials[fewest].points;
}

static bool choose_points(const work *w, spl_groups *out, spl_error *error)
{
    out->points = w->config->points;
    if (out->points > 0) {
        out->trial_count = 1;
        return try_points(w, out->points, &out->trials[0], error);
    }
    for (uint32_t t = 0; t < SPL_GROUP_CHOICES && CHOICES[t] * w->groups <= SPL_CLUSTERS_MAX; t++) {
        if (!try_points(w, CHOICES[t], &out->trials[out->trial_count++], error)) return false;
    }
    out->points = chosen(out);
    return true;
}

static bool check(const work *w, spl_error *error)
{
    uint32_t points = w->config->points > 0 ? w->config->points : 1, with_rows = 0;
    bool *met = calloc(w->groups + (size_t)1, sizeof *met);
    if (!met) return spl_fail(error, "out of memory");
    for (uint32_t i = 0; i < w->n; i++) {
        if (w->label[i] < 0 || met[w->label[i]]) continue;
        met[w->label[i]] = true;
        with_rows++;
    }
    free(met);
    if (with_rows < 2)
        return spl_fail(error, "the labels of the rows make %s; two groups are needed",
                        with_rows == 1 ? "one group only" : "no group");
    if ((uint64_t)points * w->groups > SPL_CLUSTERS_MAX)
        return spl_fail(error, "%u groups of %u points are more than %d points", w->groups, points, SPL_CLUSTERS_MAX);
    return true;
}

bool spl_groups_make(const float *x, uint32_t n, uint32_t d, const int32_t *label, uint32_t groups,
                     const spl_groups_config *config, spl_groups *out, spl_error *error)
{
    work w = {x, n, d, label, groups, config, NULL, NULL, NULL, NULL, NULL};
    if (!check(&w, error)) return false;
    spl_groups made = {.chance = 1.0 / groups};
    w.rows = malloc(SAMPLE * sizeof *w.rows);
    w.sample = malloc((size_t)SAMPLE * d * sizeof *w.sample);
    w.merges = malloc(SAMPLE * sizeof *w.merges);
    w.part = malloc(SAMPLE * sizeof *w.part);
    w.sum = malloc(d * sizeof *w.sum);
    bool ok = (w.rows && w.sample && w.merges && w.part && w.sum) || spl_fail(error, "out of memory");
    ok = ok && choose_points(&w, &made, error) && describe_all(&w, false, made.points, &made, error);
    free(w.rows);
    free(w.sample);
    free(w.merges);
    free(w.part);
    free(w.sum);
    if (ok)
        *out = made;
    else
        spl_groups_free(&made);
    return ok;
}

void spl_groups_free(spl_groups *groups)
{
    free(groups->x);
    free(groups->group);
}
