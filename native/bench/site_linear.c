// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/site_linear.h"

#include "samplit/rng.h"

static float draw(uint32_t index, double scale)
{
    double u[2];
    spl_uniform2(3, index, SPL_STREAM_TEST, 0, u);
    return (float)(scale * (2 * u[0] - 1));
}

void spl_site_linear_init(spl_site *site, spl_rule rule, spl_site_linear *out)
{
    const uint32_t side = SPL_SITE_WIDTH + 1, weights = SPL_SITE_WIDTH * SPL_SITE_VARIANTS;
    *out = (spl_site_linear){.site = site, .bundle = site->bundle};
    for (uint32_t i = 0; i < weights; i++) out->weight[i] = draw(i, 0.05);
    for (uint32_t row = 0; row < SPL_SITE_VARIANTS * side; row++) {
        for (uint32_t i = 0; i <= row % side; i++) out->factor[row * side + i] = draw(weights + row * side + i, 0.02);
    }
    out->experiment = site->bundle.experiments[0];
    out->experiment.linear = (spl_linear){
        rule, SPL_SPACE_FEATURES, 0.1, {SPL_SITE_WIDTH, SPL_SITE_VARIANTS, out->weight, out->bias}, out->factor};
    out->bundle.experiments = &out->experiment;
    out->bundle.experiment_count = 1;
}
