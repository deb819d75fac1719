// SPDX-License-Identifier: MIT
// The tail of the normal distribution is its density times Mills' ratio, which falls smoothly from 1.25 like
// 1 / x: over t = 1 / (1 + 0.226 x) it is t times a polynomial. One exponential gives density and tail at once,
// and the tail keeps its relative precision down to where it underflows. The coefficients, in u = 2t - 1, are a
// minimax fit (least squares, reweighted until the errors are level), rounded to float from the first on, each time
// fitting the rest anew. Series around stored points would be as exact as the double, and ten times as slow.
#include "samplit/num.h"

static const float MILLS[] = {
    0x1.ba22d8p-2f,  0x1.70e2e6p-2f,   0x1.fc72bap-3f,   0x1.1a7ce4p-3f,  0x1.e00588p-5f,  0x1.0f75b8p-6f,
    0x1.7062fap-10f, -0x1.272064p-10f, -0x1.c17d66p-12f, 0x1.510dc6p-15f, 0x1.7866aap-15f,
};
#define TERMS (sizeof MILLS / sizeof *MILLS)

double spl_normal_cdf(double x, double *density)
{
    double t = 1 / (1 + 0.226 * (x < 0 ? -x : x)), u = 2 * t - 1, ratio = 0;
    for (uint32_t i = TERMS; i-- > 0;) ratio = ratio * u + (double)MILLS[i];
    *density = 0.3989422804014327 * spl_exp(-0.5 * x * x); // 1 / sqrt(2 pi)
    double tail = *density * t * ratio;
    return x < 0 ? tail : 1 - tail;
}
