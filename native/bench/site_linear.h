// SPDX-License-Identifier: GPL-3.0-or-later
// The site of the benchmarks with a linear policy over its 20 features in place of the table.
#ifndef SAMPLIT_SITE_LINEAR_H
#define SAMPLIT_SITE_LINEAR_H

#include "bench/site.h"

#define SPL_SITE_WIDTH 20
#define SPL_SITE_VARIANTS 3

typedef struct spl_site_linear {
    spl_site *site;
    float weight[SPL_SITE_WIDTH * SPL_SITE_VARIANTS], bias[SPL_SITE_VARIANTS];
    float factor[SPL_SITE_VARIANTS * (SPL_SITE_WIDTH + 1) * (SPL_SITE_WIDTH + 1)];
    spl_experiment experiment;
    spl_bundle bundle; // the site's, with this experiment alone
} spl_site_linear;

// Scores and deviations of about 0.1, so that every rule has something to weigh. The site outlives it.
void spl_site_linear_init(spl_site *site, spl_rule rule, spl_site_linear *out);

#endif
