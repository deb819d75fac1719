// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/drift/part_contest.h"

#include <math.h>
#include <stdlib.h>

#include "learn/encoder/embedding_ensemble.h"
#include "stats/z95.h"

spl_part_contest spl_part_compare(const double *by_new, const double *by_old, uint32_t n, double together)
{
    spl_part_contest out = {n, NAN, NAN, NAN, NAN, NAN};
    double squares = 0;
    if (n < 2) return out;
    out.value_old = out.value_new = 0;
    for (uint32_t i = 0; i < n; i++) {
        out.value_old += by_old[i] / n;
        out.value_new += by_new[i] / n;
    }
    out.gain = out.value_new - out.value_old;
    for (uint32_t i = 0; i < n; i++) {
        double off = by_new[i] - by_old[i] - out.gain;
        squares += off * off;
    }
    double reach = SPL_Z95 * sqrt(together * squares / (n - 1.0) / n);
    out.low = out.gain - reach;
    out.high = out.gain + reach;
    return out;
}

static double distance(const spl_clusters *clusters, uint32_t point, const float *x)
{
    double sum = 0;
    for (uint32_t j = 0; j < clusters->nearest.inputs; j++) {
        double off = (double)x[j] - (double)clusters->nearest.weight[(size_t)j * clusters->count + point];
        sum += off * off;
    }
    return sqrt(sum);
}

static double fit_of(const spl_clusters *clusters, const float *x, double *away)
{
    uint32_t own = 0;
    double other = INFINITY;
    for (uint32_t c = 0; c < clusters->count; c++) {
        away[c] = distance(clusters, c, x);
        if (away[c] < away[own]) own = c;
    }
    for (uint32_t c = 0; c < clusters->count; c++) {
        bool same = spl_text_equal(spl_cluster_label(clusters, c), spl_cluster_label(clusters, own));
        if (!same && away[c] < other) other = away[c];
    }
    return isfinite(other) && other > 0 ? (other - away[own]) / other : 0;
}

bool spl_clusters_fit(const spl_bundle *bundle, const float *x, uint32_t n, double *fit, spl_error *error)
{
    const spl_clusters *clusters = &bundle->clusters;
    uint32_t width = clusters->nearest.inputs;
    float *embedding = NULL;
    double *away = malloc((clusters->count + 1) * sizeof *away);
    bool ok = away != NULL || spl_fail(error, "out of memory");
    if (ok && clusters->space == SPL_SPACE_EMBEDDING) {
        embedding = malloc((size_t)n * width * sizeof *embedding);
        ok = embedding ? spl_ensemble_embed(bundle->encoders, bundle->encoder_count, x, n, NULL, embedding, error)
                       : spl_fail(error, "out of memory");
    }
    const float *points = embedding ? embedding : x;
    for (uint32_t i = 0; ok && i < n; i++) fit[i] = fit_of(clusters, points + (size_t)i * width, away);
    free(embedding);
    free(away);
    return ok;
}
