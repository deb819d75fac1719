// SPDX-License-Identifier: GPL-3.0-or-later
// exp, log and cos are the core's, so that two machines have the same learning rates to the last bit.
#include "learn/encoder/adam.h"

#include <math.h>
#include <stdlib.h>

#include "samplit/num.h"

#define PI 3.141592653589793

bool spl_adam_new(size_t count, spl_adam *out, spl_error *error)
{
    spl_adam adam = {.count = count, .first = calloc(count, sizeof(float)), .second = calloc(count, sizeof(float))};
    if (!adam.first || !adam.second) {
        spl_adam_free(&adam);
        return spl_fail(error, "out of memory");
    }
    *out = adam;
    return true;
}

void spl_adam_free(spl_adam *adam)
{
    free(adam->first);
    free(adam->second);
}

// 1 - beta^step.
static double correction(double beta, uint64_t step)
{
    return beta > 0 ? 1 - spl_exp((double)step * spl_log(beta)) : 1;
}

void spl_adam_update(spl_adam *adam, const spl_matrix_kernels *kernels, const spl_encoder_config *config, double rate,
                     size_t from, const float *gradient, float *parameters)
{
    bool decoupled = config->decay == SPL_DECAY_DECOUPLED;
    adam->step++;
    spl_adam_step step = {
        .keep_first = (float)config->beta1,
        .add_first = (float)(1 - config->beta1),
        .keep_second = (float)config->beta2,
        .add_second = (float)(1 - config->beta2),
        .rate = (float)(rate / correction(config->beta1, adam->step)),
        .root = (float)sqrt(correction(config->beta2, adam->step)),
        .epsilon = (float)config->epsilon,
        .shrink = decoupled ? (float)(1 - rate * config->weight_decay) : 1,
        .pull = decoupled ? 0 : (float)config->weight_decay,
    };
    kernels->adam(adam->count - from, &step, gradient + from, adam->first + from, adam->second + from,
                  parameters + from);
}

double spl_learning_rate(const spl_encoder_config *config, uint64_t step, uint64_t steps, uint64_t per_epoch)
{
    double rate = config->learning_rate, warm = config->warmup_epochs * (double)per_epoch, at = (double)step + 1;
    if (at < warm) return rate * at / warm;
    switch (config->schedule) {
    case SPL_SCHEDULE_COSINE: {
        double left = (double)steps - warm, share = left > 0 ? (at - warm) / left : 0;
        return rate * (1 + spl_cos(PI * share)) / 2;
    }
    case SPL_SCHEDULE_STEP: {
        uint64_t drops = step / per_epoch / config->step_epochs;
        for (uint64_t i = 0; i < drops; i++) rate *= config->step_factor;
        return rate;
    }
    case SPL_SCHEDULE_CONSTANT: break;
    }
    return rate;
}
