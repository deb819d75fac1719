// SPDX-License-Identifier: MIT
// One dense layer gives the scores; each rule is then a few lines, but for Thompson sampling, where the chance that
// variant a draws the greatest is the integral of f_a(x) * product over b != a of F_b(x).
//
// The axis is walked from where no greatest draw lies to where none does any more, by eight Gauss-Legendre points a
// step. All integrands together are the derivative of the product of all F, so what they must sum to over a step is
// known, and what is missing says whether to halve it: deviations may differ by any factor, and nothing is
// evaluated only to estimate an error. Drawing samples instead would need 10^12 of them for 1e-6.
//
// Error: below 1e-6, as a rule below 1e-8, for 2 to 64 variants whose deviations differ by up to 10^9, against adaptive
// integration (tests/native/test_lints.c). A deviation below 1e-12 of the widest counts as 0: that variant always draws
// its score. So only variants of equal score that all have such deviations are told apart wrongly: the first takes all.
#include "samplit/linear.h"

#include <stdbool.h>

#include "encoder_kernels.h"
#include "samplit/num.h"
#include "samplit/policy.h"

#define REACH 6.0      // deviations beyond which no draw is looked for: 1e-9 of them
#define TOLERANCE 1e-8 // of one step
#define SETTLED 1e-12  // of the widest deviation
#define FIRST_STEPS 8  // a power of two
#define LAST_STEPS ((uint64_t)1 << 52)

// Gauss-Legendre on [-1, 1], order 8, the positive half.
static const double GAUSS[][2] = {{0.18343464249564981, 0.36268378337836198},
                                  {0.52553240991632899, 0.31370664587788729},
                                  {0.79666647741362674, 0.22238103445337447},
                                  {0.96028985649753623, 0.10122853629037626}};

// Normal draws, and how they stand at one place of the axis.
typedef struct draws {
    uint32_t count;
    double mean[SPL_VARIANTS_MAX], deviation[SPL_VARIANTS_MAX];
    double rise[SPL_VARIANTS_MAX]; // f / F of each: the derivative of ln F
} draws;

static uint32_t greatest(const double *p, uint32_t k)
{
    uint32_t best = 0;
    for (uint32_t v = 1; v < k; v++)
        if (p[v] > p[best]) best = v;
    return best;
}

// The product of all F at x, where no F is 0. Draws of deviation 0 lie below.
static double stand_at(draws *d, double x)
{
    double all = 1;
    for (uint32_t v = 0; v < d->count; v++) {
        if (d->deviation[v] == 0) continue;
        double scale = 1 / d->deviation[v], density;
        double below = spl_normal_cdf((x - d->mean[v]) * scale, &density);
        d->rise[v] = density * scale / below;
        all *= below;
    }
    return all;
}

// Adds to part[count] what each variant gains from `x` to `x + step`; returns the sum.
static double gain(draws *d, double x, double step, double *part)
{
    double sum = 0;
    for (uint32_t i = 0; i < 2 * sizeof GAUSS / sizeof *GAUSS; i++) {
        double half = i % 2 ? 0.5 * step : -0.5 * step;
        double all = stand_at(d, x + 0.5 * step + half * GAUSS[i / 2][0]) * GAUSS[i / 2][1] * 0.5 * step;
        for (uint32_t v = 0; v < d->count; v++) {
            part[v] += all * d->rise[v];
            sum += all * d->rise[v];
        }
    }
    return sum;
}

// `step` numbers the steps as a heap does: 2n and 2n + 1 are the halves of n, and 1 is the whole walk.
static void walk(draws *d, double x, double length, double *p)
{
    double before = stand_at(d, x);
    length /= FIRST_STEPS;
    for (uint64_t step = FIRST_STEPS; step > 1;) {
        double part[SPL_VARIANTS_MAX] = {0};
        double sum = gain(d, x, length, part), after = stand_at(d, x + length), missing = after - before - sum;
        if ((missing > TOLERANCE || missing < -TOLERANCE) && step < LAST_STEPS) {
            step *= 2;
            length /= 2;
            continue;
        }
        for (uint32_t v = 0; v < d->count; v++) p[v] += part[v];
        before = after;
        x += length;
        for (step++; step % 2 == 0; step /= 2) length *= 2;
    }
}

// Places the draws relative to the greatest score, where differences are exact, and walks.
static void thompson(draws *d, double *p)
{
    uint32_t k = d->count, best = greatest(d->mean, k);
    double top = d->mean[best], widest = d->deviation[greatest(d->deviation, k)];
    double from = -REACH * d->deviation[best], to = 0, sum = 0;
    for (uint32_t v = 0; v < k; v++) {
        d->mean[v] -= top;
        if (d->deviation[v] <= SETTLED * widest) d->deviation[v] = 0;
        double low = d->mean[v] - REACH * d->deviation[v], high = d->mean[v] + REACH * d->deviation[v];
        if (low > from) from = low;
        if (high > to) to = high;
        p[v] = d->rise[v] = 0;
    }
    for (uint32_t v = 0; v < k && sum == 0; v++)
        if (d->deviation[v] == 0 && d->mean[v] >= from) sum = p[v] = stand_at(d, d->mean[v]);
    if (to > from) walk(d, from, to - from, p);
    sum = 0;
    for (uint32_t v = 0; v < k; v++) sum += p[v];
    for (uint32_t v = 0; v < k; v++) p[v] /= sum;
}

// |z T| of one variant, z = (x, 1).
static double deviation(const float *factor, spl_dense *dense, const float *x, uint32_t d, float *sums)
{
    const spl_layer layer = {d, d + 1, factor, factor + (size_t)d * (d + 1)};
    dense(&layer, x, false, sums);
    double squares = spl_sum_of_squares(sums, d + 1);
    return spl_is_finite(squares) ? spl_sqrt(squares) : 0;
}

size_t spl_linear_scratch(const spl_linear *linear)
{
    const spl_layer *score = &linear->score;
    return linear->factor && score->inputs >= score->outputs ? (size_t)score->inputs + 1 : score->outputs;
}

// All to the best, but `share` of it in equal parts to all.
static void greedy(double share, double *p, uint32_t k)
{
    uint32_t best = greatest(p, k);
    for (uint32_t v = 0; v < k; v++) p[v] = share / k;
    p[best] = 1 - share / k * (k - 1);
}

static void inverse_gap(double gamma, double *p, uint32_t k)
{
    uint32_t best = greatest(p, k);
    double top = p[best], rest = 1;
    for (uint32_t v = 0; v < k; v++) {
        p[v] = 1 / (k + gamma * (top - p[v]));
        if (v != best) rest -= p[v];
    }
    p[best] = rest;
}

static void softmax(double temperature, double *p, uint32_t k)
{
    double top = p[greatest(p, k)], sum = 0;
    for (uint32_t v = 0; v < k; v++) sum += p[v] = spl_exp((p[v] - top) / temperature);
    for (uint32_t v = 0; v < k; v++) p[v] /= sum;
}

void spl_linear_probabilities(const spl_linear *linear, spl_kernel kernel, const float *x, float *scratch, double *p)
{
    const spl_layer *score = &linear->score;
    uint32_t k = score->outputs, d = score->inputs;
    draws draw; // k entries of it: clearing all would take longer than most rules
    draw.count = k;
    spl_dense *dense = spl_dense_of(kernel);
    dense(score, x, false, scratch);
    uint32_t v = 0;
    do { // there is at least one
        draw.mean[v] = p[v] = spl_is_finitef(scratch[v]) ? (double)scratch[v] : 0;
        draw.deviation[v] = draw.rise[v] = 0;
    } while (++v < k);
    for (v = 0; v < k && linear->factor; v++)
        draw.deviation[v] = deviation(linear->factor + (size_t)v * (d + 1) * (d + 1), dense, x, d, scratch);
    switch (linear->rule) {
    case SPL_RULE_INVERSE_GAP: inverse_gap(linear->parameter, p, k); break;
    case SPL_RULE_SOFTMAX: softmax(linear->parameter, p, k); break;
    case SPL_RULE_EPSILON_GREEDY: greedy(linear->parameter, p, k); break;
    case SPL_RULE_LINTS: thompson(&draw, p); break;
    default: // linucb
        for (v = 0; v < k; v++) p[v] += draw.deviation[v];
        greedy(0, p, k);
    }
}

void spl_mix_floor(double floor, double *p, uint32_t variant_count)
{
    for (uint32_t v = 0; v < variant_count; v++) p[v] = floor + (1 - variant_count * floor) * p[v];
}
