// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/cluster/cluster_score.h"

#include <math.h>
#include <stdlib.h>

// Per cluster, all in double.
typedef struct moments {
    uint32_t k, d;
    double *mean;     // (k, d)
    double *weight;   // [k]
    double *distance; // [k] mean distance of the rows to the mean
    double *centre;   // [d] mean of all rows
    double all, within;
} moments;

static void fill_means(const spl_points *points, const spl_labeling *labeling, moments *m)
{
    uint32_t d = m->d;
    for (uint32_t i = 0; i < points->n; i++) {
        double w = spl_point_weight(points, i), *mean = m->mean + (size_t)labeling->label[i] * d;
        m->weight[labeling->label[i]] += w;
        for (uint32_t j = 0; j < d; j++) mean[j] += w * (double)points->x[(size_t)i * d + j];
    }
    for (uint32_t c = 0; c < m->k; c++) {
        m->all += m->weight[c];
        for (uint32_t j = 0; j < d; j++) {
            m->centre[j] += m->mean[(size_t)c * d + j];
            if (m->weight[c] > 0) m->mean[(size_t)c * d + j] /= m->weight[c];
        }
    }
    for (uint32_t j = 0; j < d; j++) m->centre[j] /= m->all;
}

static void fill_distances(const spl_points *points, const spl_labeling *labeling, moments *m)
{
    uint32_t d = m->d;
    for (uint32_t i = 0; i < points->n; i++) {
        uint32_t c = labeling->label[i];
        double w = spl_point_weight(points, i), square = 0;
        for (uint32_t j = 0; j < d; j++) {
            double apart = (double)points->x[(size_t)i * d + j] - m->mean[(size_t)c * d + j];
            square += apart * apart;
        }
        m->within += w * square;
        m->distance[c] += w * sqrt(square);
    }
    for (uint32_t c = 0; c < m->k; c++)
        if (m->weight[c] > 0) m->distance[c] /= m->weight[c];
}

static double square_apart(const double *a, const double *b, uint32_t d)
{
    double sum = 0;
    for (uint32_t j = 0; j < d; j++) sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

// The worst neighbour of one cluster: the sum of both spreads over the distance of the means.
static double worst_ratio(const moments *m, uint32_t c)
{
    double worst = 0;
    for (uint32_t other = 0; other < m->k; other++) {
        if (other == c || m->weight[other] == 0) continue;
        double apart = sqrt(square_apart(m->mean + (size_t)c * m->d, m->mean + (size_t)other * m->d, m->d));
        double spread = m->distance[c] + m->distance[other], ratio = apart > 0 ? spread / apart : 0;
        if (ratio > worst) worst = ratio;
    }
    return worst;
}

static spl_cluster_spread judge(const moments *m)
{
    double ratios = 0, between = 0;
    uint32_t live = 0;
    for (uint32_t c = 0; c < m->k; c++) {
        if (m->weight[c] == 0) continue;
        live++;
        ratios += worst_ratio(m, c);
        between += m->weight[c] * square_apart(m->mean + (size_t)c * m->d, m->centre, m->d);
    }
    spl_cluster_spread out = {0, 0};
    if (live < 2 || m->all <= live) return out;
    out.davies_bouldin = ratios / live;
    out.calinski_harabasz = m->within > 0 ? between / (live - 1) / (m->within / (m->all - live)) : INFINITY;
    return out;
}

bool spl_cluster_spread_of(const spl_points *points, const spl_labeling *labeling, spl_cluster_spread *out,
                           spl_error *error)
{
    size_t k = labeling->k, d = points->d;
    moments m = {.k = labeling->k, .d = points->d};
    m.mean = calloc(k * d, sizeof *m.mean);
    m.weight = calloc(k, sizeof *m.weight);
    m.distance = calloc(k, sizeof *m.distance);
    m.centre = calloc(d, sizeof *m.centre);
    bool ok = (m.mean && m.weight && m.distance && m.centre) || spl_fail(error, "out of memory");
    if (ok) {
        fill_means(points, labeling, &m);
        fill_distances(points, labeling, &m);
        *out = judge(&m);
    }
    free(m.mean);
    free(m.weight);
    free(m.distance);
    free(m.centre);
    return ok;
}

static double pairs(double count)
{
    return count * (count - 1) / 2;
}

bool spl_adjusted_rand(const spl_labeling *a, const spl_labeling *b, uint32_t n, double *out, spl_error *error)
{
    uint64_t *both = calloc((size_t)a->k * b->k, sizeof *both), *rows = calloc((size_t)a->k + b->k, sizeof *rows);
    bool ok = (both && rows) || spl_fail(error, "out of memory");
    if (ok) {
        double together = 0, in_a = 0, in_b = 0;
        for (uint32_t i = 0; i < n; i++) {
            both[(size_t)a->label[i] * b->k + b->label[i]]++;
            rows[a->label[i]]++;
            rows[a->k + b->label[i]]++;
        }
        for (size_t i = 0; i < (size_t)a->k * b->k; i++) together += pairs((double)both[i]);
        for (uint32_t i = 0; i < a->k; i++) in_a += pairs((double)rows[i]);
        for (uint32_t i = 0; i < b->k; i++) in_b += pairs((double)rows[a->k + i]);
        double expected = n > 1 ? in_a * in_b / pairs(n) : 0, most = (in_a + in_b) / 2;
        *out = most == expected ? 1 : (together - expected) / (most - expected);
    }
    free(both);
    free(rows);
    return ok;
}
