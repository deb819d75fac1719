// SPDX-License-Identifier: GPL-3.0-or-later
// Five criteria see different things: silhouette and Davies-Bouldin how far clusters are apart, Calinski-Harabasz how
// much of the variance they explain, the gap statistic whether that is more than even data would give, stability
// whether other samples give the same. Each fails somewhere: Davies-Bouldin and stability like few, gap and
// Calinski-Harabasz like many where sizes are unequal. Together they are right more often than any one of them
// (docs/clusters.md has the figures). Rejected: the silhouette alone, ranks instead of scales (a criterion that is
// nearly even between two ks then counts as much as one that is not), votes.
#include "learn/cluster/cluster_choose.h"

#include <math.h>
#include <stdlib.h>

#include "learn/cluster/cluster_sample.h"
#include "learn/cluster/cluster_stability.h"
#include "learn/cluster/gap.h"

#define ONE_CLUSTER_ERRORS 3.0
#define SMALL_RESTARTS 3u // of clusterings of samples
#define DRAW_SILHOUETTE 0u
#define DRAW_SAMPLE 1u

typedef struct job {
    const spl_points *points;
    const spl_choose_config *config;
    spl_chosen *out;
    spl_kmeans *fits[SPL_CHOICES_MAX];
    uint32_t done;
} job;

spl_choose_config spl_choose_default(void)
{
    return (spl_choose_config){.k_least = 2,
                               .k_most = 8,
                               .restarts = 10,
                               .silhouette_rows = 10000,
                               .sample_rows = 2000,
                               .references = 10,
                               .bootstraps = 10,
                               .kernel = spl_kernel_best()};
}

static void step(job *j)
{
    j->done++;
    if (j->config->progress) j->config->progress(j->config->progress_owner, j->done, j->out->count + 3);
}

static spl_kmeans_config kmeans_config(const spl_choose_config *config, uint32_t k)
{
    spl_kmeans_config out = spl_kmeans_default(k);
    out.restarts = config->restarts;
    out.seed = config->seed;
    out.kernel = config->kernel;
    out.pool = config->pool;
    return out;
}

static bool fit_all(job *j, spl_error *error)
{
    for (uint32_t i = 0; i < j->out->count; i++) {
        spl_choice *choice = &j->out->choices[i];
        spl_kmeans_config config = kmeans_config(j->config, choice->k);
        if (!spl_kmeans_fit(j->points, &config, &j->fits[i], error)) return false;
        choice->inertia = j->fits[i]->inertia;
        spl_labeling labeling = {choice->k, j->fits[i]->label};
        spl_cluster_spread spread;
        if (!spl_cluster_spread_of(j->points, &labeling, &spread, error)) return false;
        choice->davies_bouldin = spread.davies_bouldin;
        choice->calinski_harabasz = spread.calinski_harabasz;
        step(j);
    }
    return true;
}

static void free_labels(spl_labeling *labelings, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) free((void *)(uintptr_t)labelings[i].label);
}

// The labels of the sampled rows in every fit.
static bool sample_labels(const job *j, const spl_cluster_sample *sample, spl_labeling *labelings, spl_error *error)
{
    for (uint32_t i = 0; i < j->out->count; i++) {
        labelings[i] = (spl_labeling){j->fits[i]->k, spl_cluster_sample_labels(sample, j->fits[i]->label)};
        if (labelings[i].label) continue;
        free_labels(labelings, i);
        return spl_fail(error, "out of memory");
    }
    return true;
}

static bool add_silhouettes(job *j, spl_error *error)
{
    spl_cluster_sample sample;
    spl_labeling labelings[SPL_CHOICES_MAX];
    double mean[SPL_CHOICES_MAX];
    const spl_choose_config *c = j->config;
    if (!spl_cluster_sample_rows(j->points, c->silhouette_rows, c->seed, DRAW_SILHOUETTE, &sample, error)) return false;
    bool ok = sample_labels(j, &sample, labelings, error);
    if (ok) {
        ok = spl_silhouette(&sample.points, labelings, j->out->count, c->kernel, c->pool, mean, error);
        for (uint32_t i = 0; ok && i < j->out->count; i++) j->out->choices[i].silhouette = mean[i];
        free_labels(labelings, j->out->count);
    }
    spl_cluster_sample_free(&sample);
    step(j);
    return ok;
}

static bool add_gaps(job *j, const spl_cluster_sample *sample, spl_error *error)
{
    const spl_choose_config *c = j->config;
    uint32_t k[SPL_CHOICES_MAX + 1] = {1}, count = 1;
    spl_gap gaps[SPL_CHOICES_MAX + 1];
    spl_gap_config config = {c->references, SMALL_RESTARTS, c->seed, c->kernel, c->pool};
    for (uint32_t i = 0; i < j->out->count; i++) k[count++] = j->out->choices[i].k;
    if (!spl_gap_of(&sample->points, k, count, &config, gaps, error)) return false;
    j->out->gap1 = gaps[0].gap;
    j->out->gap1_error = gaps[0].error;
    for (uint32_t i = 0; i < j->out->count; i++) {
        j->out->choices[i].gap = gaps[i + 1].gap;
        j->out->choices[i].gap_error = gaps[i + 1].error;
        j->out->choices[i].gap_lift_error = gaps[i + 1].lift_error;
    }
    step(j);
    return true;
}

static bool add_stabilities(job *j, const spl_cluster_sample *sample, spl_error *error)
{
    const spl_choose_config *c = j->config;
    spl_labeling labelings[SPL_CHOICES_MAX];
    double mean[SPL_CHOICES_MAX];
    spl_stability_config config = {c->bootstraps, c->sample_rows, SMALL_RESTARTS, c->seed, c->kernel, c->pool};
    if (!sample_labels(j, sample, labelings, error)) return false;
    bool ok = spl_cluster_stability(j->points, sample, labelings, j->out->count, &config, mean, error);
    for (uint32_t i = 0; ok && i < j->out->count; i++) j->out->choices[i].stability = mean[i];
    free_labels(labelings, j->out->count);
    step(j);
    return ok;
}

// --- the rule ---------------------------------------------------------------------------------------------

#define CRITERIA 5

static void criteria_of(const spl_choice *choice, double out[CRITERIA])
{
    out[0] = choice->silhouette;
    out[1] = -choice->davies_bouldin;
    out[2] = choice->calinski_harabasz;
    out[3] = choice->gap;
    out[4] = choice->stability;
}

// Where a value lies between the worst and the best of all, 0 to 1. Without any difference all are best; beside an
// infinite one (no spread is left within clusters) all finite ones are worst.
static double scaled(double value, double worst, double best)
{
    if (value == best) return 1;
    return isinf(best) ? 0 : (value - worst) / (best - worst);
}

static void score_all(spl_chosen *out)
{
    double worst[CRITERIA], best[CRITERIA], own[CRITERIA];
    criteria_of(&out->choices[0], worst);
    criteria_of(&out->choices[0], best);
    for (uint32_t i = 1; i < out->count; i++) {
        criteria_of(&out->choices[i], own);
        for (uint32_t c = 0; c < CRITERIA; c++) {
            worst[c] = own[c] < worst[c] ? own[c] : worst[c];
            best[c] = own[c] > best[c] ? own[c] : best[c];
        }
    }
    for (uint32_t i = 0; i < out->count; i++) {
        criteria_of(&out->choices[i], own);
        out->choices[i].score = 0;
        for (uint32_t c = 0; c < CRITERIA; c++) out->choices[i].score += scaled(own[c], worst[c], best[c]) / CRITERIA;
        if (out->choices[i].score > out->choices[out->best].score) out->best = i;
    }
}

// The smallest k whose gap is at least that of the next, less its error. Needs neighbouring ks from 1 on.
static uint32_t standard_error_rule(const spl_chosen *out)
{
    if (out->choices[0].k != 2) return 0;
    if (out->gap1 >= out->choices[0].gap - out->choices[0].gap_error) return 1;
    for (uint32_t i = 0; i + 1 < out->count; i++)
        if (out->choices[i].gap >= out->choices[i + 1].gap - out->choices[i + 1].gap_error) return out->choices[i].k;
    return 0;
}

static bool decide(job *j, spl_error *error)
{
    spl_chosen *out = j->out;
    score_all(out);
    out->gap_rule = standard_error_rule(out);
    const spl_choice *best = &out->choices[out->best];
    bool one = best->gap - out->gap1 <= ONE_CLUSTER_ERRORS * best->gap_lift_error;
    out->k = one && out->count > 1 ? 1 : best->k;
    if (out->k == 1) return spl_cluster_one(j->points, j->config, &out->fit, error);
    out->fit = j->fits[out->best];
    j->fits[out->best] = NULL;
    return true;
}

bool spl_cluster_one(const spl_points *points, const spl_choose_config *config, spl_kmeans **out, spl_error *error)
{
    spl_kmeans_config one = kmeans_config(config, 1);
    return spl_kmeans_fit(points, &one, out, error);
}

static bool measure(job *j, spl_error *error)
{
    const spl_choose_config *c = j->config;
    spl_cluster_sample sample;
    if (!fit_all(j, error) || !add_silhouettes(j, error)) return false;
    if (!spl_cluster_sample_rows(j->points, c->sample_rows, c->seed, DRAW_SAMPLE, &sample, error)) return false;
    bool ok = add_gaps(j, &sample, error) && add_stabilities(j, &sample, error);
    spl_cluster_sample_free(&sample);
    return ok && decide(j, error);
}

static bool set_range(const spl_points *points, const spl_choose_config *config, spl_chosen *out, spl_error *error)
{
    uint32_t most = config->k_most;
    if (config->k_least < 2 || most < config->k_least || most - config->k_least >= SPL_CHOICES_MAX)
        return spl_fail(error, "a range of 2 to %d clusters, at most %d of them", SPL_CLUSTERS_MAX, SPL_CHOICES_MAX);
    if (!spl_points_check(points, error)) return false;
    uint32_t distinct = spl_points_distinct(points, most);
    if (distinct == 1) return spl_fail(error, "all rows are equal: there is nothing to cluster");
    if (distinct < most) most = distinct;
    if (most < config->k_least)
        return spl_fail(error, "only %u rows differ: they cannot make %u clusters", distinct, config->k_least);
    *out = (spl_chosen){.count = most - config->k_least + 1};
    for (uint32_t i = 0; i < out->count; i++) out->choices[i].k = config->k_least + i;
    return true;
}

bool spl_cluster_choose(const spl_points *points, const spl_choose_config *config, spl_chosen *out, spl_error *error)
{
    job *j = calloc(1, sizeof *j);
    if (!j) return spl_fail(error, "out of memory");
    *j = (job){.points = points, .config = config, .out = out};
    bool ok = set_range(points, config, out, error) && measure(j, error);
    for (uint32_t i = 0; i < SPL_CHOICES_MAX; i++) spl_kmeans_free(j->fits[i]);
    free(j);
    return ok;
}

void spl_chosen_free(spl_chosen *chosen)
{
    spl_kmeans_free(chosen->fit);
    chosen->fit = NULL;
}
