// SPDX-License-Identifier: GPL-3.0-or-later
// Limits. Stability: 0.75 is where Hennig (2007) calls clusters valid. Silhouette: up to 0.25 there is "no substantial
// structure" (Kaufman & Rousseeuw 1990). Drift: 0.2 is where a model counts as no longer fitting its visitors.
// Sizes: below 0.5 % of the weight or 20 rows nothing can be learned about a cluster.
#include "learn/cluster/cluster_verdict.h"

#include <stdlib.h>

#include "learn/drift/psi.h"

#define LIFT_ERRORS 3.0
#define SHARE_LEAST 0.005
#define ROWS_LEAST 20
#define STABILITY_LEAST 0.75
#define SILHOUETTE_LEAST 0.25
#define DRIFT_MOST 0.2
#define DRIFT_P 0.01 // a smaller sample drifts by chance alone

static void check(spl_cluster_verdict *v, const char *name, double value, double limit, bool at_least,
                  const char *means)
{
    bool passed = at_least ? value >= limit : value <= limit;
    v->checks[v->count++] = (spl_cluster_check){name, value, limit, at_least, passed, means};
    v->deploy = v->deploy && passed;
}

static void check_sizes(spl_cluster_verdict *v, const spl_kmeans *fit)
{
    double whole = 0, smallest = fit->weight[0];
    uint64_t rows = fit->rows[0];
    for (uint32_t c = 0; c < fit->k; c++) {
        whole += fit->weight[c];
        smallest = fit->weight[c] < smallest ? fit->weight[c] : smallest;
        rows = fit->rows[c] < rows ? fit->rows[c] : rows;
    }
    check(v, "smallest share", smallest / whole, SHARE_LEAST, true, "the smallest cluster is too small a share");
    check(v, "fewest rows", (double)rows, ROWS_LEAST, true, "the smallest cluster has too few rows");
}

// The population stability index between the halves.
static double drift_between_halves(const spl_kmeans *fit, const spl_points *points)
{
    double *counts = calloc((size_t)fit->k * 2, sizeof *counts);
    if (!counts) return 0;
    for (uint32_t i = 0; i < points->n; i++) counts[(i < points->n / 2 ? 0 : fit->k) + fit->label[i]]++;
    spl_psi psi = spl_psi_of(counts, counts + fit->k, fit->k);
    free(counts);
    return psi.p < DRIFT_P ? psi.drift : 0;
}

spl_cluster_verdict spl_cluster_judge(const spl_chosen *chosen, const spl_points *points, bool in_order)
{
    spl_cluster_verdict v = {.deploy = true};
    const spl_choice *best = &chosen->choices[chosen->best];
    double errors = best->gap_lift_error > 0 ? (best->gap - chosen->gap1) / best->gap_lift_error : 0;
    check(&v, "gap above one cluster", errors, LIFT_ERRORS, true,
          "the rows are one group: clusters explain no more of them than of even data");
    if (chosen->k == 1) return v;
    check_sizes(&v, chosen->fit);
    check(&v, "stability", best->stability, STABILITY_LEAST, true, "other samples give other clusters");
    check(&v, "silhouette", best->silhouette, SILHOUETTE_LEAST, true, "clusters are not apart");
    if (in_order)
        check(&v, "drift between halves", drift_between_halves(chosen->fit, points), DRIFT_MOST, false,
              "the first and the second half of the rows fall into different clusters");
    return v;
}
