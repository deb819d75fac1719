// SPDX-License-Identifier: GPL-3.0-or-later
// The best of several runs of Lloyd's iteration (kmeans_lloyd.c) from greedy k-means++ starts (kmeans_seed.c), then
// made better by moving clusters. With many clusters nearly every run ends with two centroids in one group and one
// centroid for two; restarts rarely mend that, a move does: the cluster that is cheapest to give up (the cost of
// merging it with its neighbour, Ward 1963) starts anew where much is left over, and what comes of it is kept if it is
// better (random swap, Fraenti 2018, with a choice in place of chance).
//
// Of many rows, restarts and moves see a sample, and one exact run over all rows starts from the best that came of it
// (Bradley & Fayyad 1998): which basin is best shows on 10,000 rows as well as on a million.
#include "learn/cluster/kmeans.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/cluster/cluster_sample.h"
#include "learn/cluster/kmeans_lloyd.h"
#include "learn/cluster/kmeans_seed.h"

#define FAILED_MOVES 4u    // in a row, and moving ends
#define LEAST_GAIN 1e-6    // of the inertia, for a move to count
#define SEARCH_ROWS 10000u // of the sample, or as many for each cluster:
#define SEARCH_ROWS_EACH 200u
#define SEARCH_DRAW 2u        // of the sample, apart from others with this seed
#define FIRST_MOVE (1u << 20) // runs of draws for moves, apart from those of restarts

spl_kmeans_config spl_kmeans_default(uint32_t k)
{
    return (spl_kmeans_config){
        .k = k, .restarts = 10, .iterations_max = 300, .tolerance = 1e-4, .kernel = spl_kernel_best()};
}

static bool check_config(const spl_points *points, const spl_kmeans_config *config, spl_error *error)
{
    if (config->k == 0 || config->k > SPL_CLUSTERS_MAX)
        return spl_fail(error, "1 to %d clusters, not %u", SPL_CLUSTERS_MAX, config->k);
    if (config->restarts == 0 || config->iterations_max == 0) return spl_fail(error, "no run at all was asked for");
    if (!spl_points_check(points, error)) return false;
    if (config->k > points->n) return spl_fail(error, "%u rows cannot make %u clusters", points->n, config->k);
    uint32_t distinct = spl_points_distinct(points, config->k);
    if (distinct == 0) return spl_fail(error, "out of memory");
    return distinct >= config->k ||
           spl_fail(error, "only %u rows differ: they cannot make %u clusters", distinct, config->k);
}

static spl_kmeans *allocate(const spl_points *points, uint32_t k)
{
    spl_kmeans *out = calloc(1, sizeof *out);
    if (!out) return NULL;
    *out = (spl_kmeans){.n = points->n, .d = points->d, .k = k, .inertia = INFINITY};
    out->centroids = malloc((size_t)k * points->d * sizeof *out->centroids);
    out->label = malloc(points->n * sizeof *out->label);
    out->rows = calloc(k, sizeof *out->rows);
    out->weight = calloc(k, sizeof *out->weight);
    if (out->centroids && out->label && out->rows && out->weight) return out;
    spl_kmeans_free(out);
    return NULL;
}

static void count_rows(const spl_points *points, spl_kmeans *out)
{
    memset(out->rows, 0, out->k * sizeof *out->rows);
    memset(out->weight, 0, out->k * sizeof *out->weight);
    for (uint32_t i = 0; i < out->n; i++) {
        out->rows[out->label[i]]++;
        out->weight[out->label[i]] += points->weight ? points->weight[i] : 1;
    }
}

static void keep(const spl_points *points, spl_kmeans *out, const spl_lloyd_result *run)
{
    memcpy(out->centroids, run->centroids, (size_t)out->k * out->d * sizeof *out->centroids);
    memcpy(out->label, run->label, out->n * sizeof *out->label);
    out->inertia = run->inertia;
    out->iterations = run->iterations;
    out->converged = run->converged;
    count_rows(points, out);
}

// What the inertia would rise by, about, if cluster c were merged with the one that makes that cheapest.
static double merging_cost(const spl_kmeans *fit, uint32_t c)
{
    double least = INFINITY;
    for (uint32_t o = 0; o < fit->k; o++) {
        double square = 0, sum = fit->weight[c] + fit->weight[o];
        if (o == c) continue;
        for (uint32_t j = 0; j < fit->d; j++) {
            double apart =
                (double)fit->centroids[(size_t)c * fit->d + j] - (double)fit->centroids[(size_t)o * fit->d + j];
            square += apart * apart;
        }
        double cost = sum > 0 ? square * fit->weight[c] * fit->weight[o] / sum : 0;
        least = cost < least ? cost : least;
    }
    return least;
}

// The cluster with the `place`-th lowest cost, from 0. Of a pair that would merge both cost the same: the lighter goes.
static uint32_t cheapest(const spl_kmeans *fit, const double *cost, uint32_t place)
{
    for (uint32_t c = 0; c < fit->k; c++) {
        uint32_t before = 0;
        for (uint32_t o = 0; o < fit->k; o++)
            before += cost[o] < cost[c] || (cost[o] == cost[c] && (fit->weight[o] < fit->weight[c] ||
                                                                   (fit->weight[o] == fit->weight[c] && o < c)));
        if (before == place) return c;
    }
    return 0;
}

static bool move_clusters(const spl_points *points, const spl_kmeans_config *config, spl_lloyd *lloyd, float *start,
                          spl_kmeans *out, spl_error *error)
{
    double *cost = malloc(out->k * sizeof *cost);
    if (!cost) return spl_fail(error, "out of memory");
    bool ok = true;
    for (uint32_t move = 0, failed = 0; ok && failed < FAILED_MOVES && failed < out->k && move < 4 * out->k; move++) {
        for (uint32_t c = 0; c < out->k; c++) cost[c] = merging_cost(out, c);
        uint32_t gone = cheapest(out, cost, failed);
        memcpy(start, out->centroids, (size_t)out->k * out->d * sizeof *start);
        ok = spl_kmeans_seed_one(points, config, FIRST_MOVE + move, out->centroids, out->label,
                                 start + (size_t)gone * out->d, error);
        if (!ok) break;
        spl_lloyd_result result = spl_lloyd_run(lloyd, start);
        failed++;
        if (result.empty || result.inertia >= out->inertia * (1 - LEAST_GAIN)) continue;
        keep(points, out, &result);
        failed = 0;
    }
    free(cost);
    return ok;
}

static bool run_all(const spl_points *points, const spl_kmeans_config *config, spl_lloyd *lloyd, float *start,
                    spl_kmeans *out, spl_error *error)
{
    uint32_t runs = config->start || config->k == 1 ? 1 : config->restarts;
    for (uint32_t run = 0; run < runs; run++) {
        if (!config->start && !spl_kmeans_seed(points, config, run, start, error)) return false;
        spl_lloyd_result result = spl_lloyd_run(lloyd, config->start ? config->start : start);
        if (!result.empty && result.inertia < out->inertia) keep(points, out, &result);
    }
    if (out->inertia == INFINITY) return spl_fail(error, "the rows differ too little to make %u clusters", config->k);
    return runs == 1 || move_clusters(points, config, lloyd, start, out, error);
}

static bool fit_all(const spl_points *points, const spl_kmeans_config *config, spl_kmeans **out, spl_error *error)
{
    spl_kmeans *best = allocate(points, config->k);
    spl_lloyd *lloyd = spl_lloyd_new(points, config);
    float *start = malloc((size_t)config->k * points->d * sizeof *start);
    bool ok =
        best && lloyd && start ? run_all(points, config, lloyd, start, best, error) : spl_fail(error, "out of memory");
    spl_lloyd_free(lloyd);
    free(start);
    if (!ok) {
        spl_kmeans_free(best);
        return false;
    }
    *out = best;
    return true;
}

static uint32_t search_rows(uint32_t k)
{
    return k * SEARCH_ROWS_EACH > SEARCH_ROWS ? k * SEARCH_ROWS_EACH : SEARCH_ROWS;
}

// The best clustering of a sample; NULL if the sample has too few rows that differ, or memory ran out.
static spl_kmeans *search_sample(const spl_points *points, const spl_kmeans_config *config)
{
    spl_cluster_sample sample;
    spl_kmeans *found = NULL;
    if (!spl_cluster_sample_rows(points, search_rows(config->k), config->seed, SEARCH_DRAW, &sample, NULL)) return NULL;
    double *weight = malloc(sample.points.n * sizeof *weight);
    for (uint32_t i = 0; weight && points->weight && i < sample.points.n; i++)
        weight[i] = points->weight[sample.row[i]];
    if (points->weight) sample.points.weight = weight;
    if (weight && spl_points_distinct(&sample.points, config->k) == config->k &&
        !fit_all(&sample.points, config, &found, NULL))
        found = NULL;
    free(weight);
    spl_cluster_sample_free(&sample);
    return found;
}

bool spl_kmeans_fit(const spl_points *points, const spl_kmeans_config *config, spl_kmeans **out, spl_error *error)
{
    if (!check_config(points, config, error)) return false;
    bool search = !config->start && config->restarts > 1 && config->k > 1 && points->n > 2 * search_rows(config->k);
    spl_kmeans *found = search ? search_sample(points, config) : NULL;
    if (!found) return fit_all(points, config, out, error);
    spl_kmeans_config from = *config;
    from.start = found->centroids;
    bool ok = fit_all(points, &from, out, error);
    spl_kmeans_free(found);
    return ok;
}

void spl_kmeans_free(spl_kmeans *kmeans)
{
    if (!kmeans) return;
    free(kmeans->centroids);
    free(kmeans->label);
    free(kmeans->rows);
    free(kmeans->weight);
    free(kmeans);
}
