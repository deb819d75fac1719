// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/bandit_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/clock.h"
#include "host/pool.h"
#include "samplit/rng.h"

#define ORDER UINT64_C(0xF000000000000000) // counters of the shuffle; those of the draws are row numbers

typedef struct pass {
    double error, last_half, propensity, seconds;
    bool done;
} pass;

typedef struct job {
    const spl_bandit_data *data;
    const spl_bandit_config *config;
    pass *passes; // [seeds]
} job;

static double uniform(uint64_t seed, uint64_t counter)
{
    double u[2];
    spl_uniform2(seed, counter, SPL_STREAM_LEARN, 0, u);
    return u[0];
}

// Fisher and Yates.
static void shuffle(uint64_t seed, uint32_t n, uint32_t *order)
{
    for (uint32_t i = 0; i < n; i++) order[i] = i;
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = (uint32_t)(uniform(seed, ORDER + i) * i), kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

static uint32_t draw(const double *p, uint32_t k, double u)
{
    uint32_t last = 0;
    for (uint32_t a = 0; a < k; a++) {
        if (!(p[a] > 0)) continue;
        last = a;
        u -= p[a];
        if (u < 0) break;
    }
    return last;
}

static void run_rows(const job *j, uint64_t seed, const uint32_t *order, spl_bandit *bandit, pass *out)
{
    const spl_bandit_data *data = j->data;
    const float *contexts = j->config->space == SPL_SPACE_EMBEDDING ? data->embedding : data->features;
    uint32_t width = bandit->width, half = data->n / 2, wrong = 0, wrong_early = 0;
    double p[SPL_VARIANTS_MAX], chances = 0;
    for (uint32_t i = 0; i < data->n; i++) {
        uint32_t row = order[i];
        spl_bandit_probabilities(bandit, contexts + (size_t)row * width, p);
        uint32_t served = draw(p, data->k, uniform(seed, i));
        bool right = served == data->label[row];
        spl_bandit_learn(bandit, served, right);
        chances += p[served];
        wrong += !right;
        if (i < half) wrong_early = wrong;
    }
    out->error = (double)wrong / data->n;
    out->last_half = (double)(wrong - wrong_early) / (data->n - half);
    out->propensity = chances / data->n;
}

static void run_pass(void *owner, uint32_t part, uint32_t thread)
{
    const job *j = owner;
    uint64_t seed = part + 1;
    uint32_t width = j->config->space == SPL_SPACE_EMBEDDING ? j->data->wide : j->data->width;
    (void)thread;
    spl_bandit *bandit = malloc(sizeof *bandit);
    uint32_t *order = malloc(j->data->n * sizeof *order);
    if (bandit && order && spl_bandit_init(bandit, j->config, j->data->k, width, 0, 1)) {
        double start = spl_clock_s();
        shuffle(seed, j->data->n, order);
        run_rows(j, seed, order, bandit, &j->passes[part]);
        spl_bandit_free(bandit);
        j->passes[part].seconds = spl_clock_s() - start;
        j->passes[part].done = true;
    }
    free(bandit);
    free(order);
}

static bool sum_up(const pass *passes, uint32_t seeds, spl_bandit_error *out)
{
    spl_bandit_error sum = {0};
    double squares = 0;
    bool done = true;
    for (uint32_t s = 0; s < seeds; s++) {
        done = done && passes[s].done;
        sum.error += passes[s].error / seeds;
        sum.last_half += passes[s].last_half / seeds;
        sum.propensity += passes[s].propensity / seeds;
        sum.seconds += passes[s].seconds / seeds;
    }
    for (uint32_t s = 0; s < seeds; s++) squares += (passes[s].error - sum.error) * (passes[s].error - sum.error);
    if (seeds > 1) sum.standard_error = sqrt(squares / (seeds - 1) / seeds);
    if (done) *out = sum;
    return done;
}

bool spl_bandit_run(const spl_bandit_data *data, const spl_bandit_config *config, uint32_t seeds, spl_bandit_error *out)
{
    job j = {data, config, calloc(seeds, sizeof(pass))};
    if (!j.passes) return false;
    spl_pool *pool = spl_pool_new(0);
    spl_pool_run(pool, seeds, run_pass, &j);
    spl_pool_free(pool);
    bool ok = sum_up(j.passes, seeds, out);
    free(j.passes);
    return ok;
}
