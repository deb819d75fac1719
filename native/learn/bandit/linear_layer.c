// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/bandit/linear_layer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "samplit/num.h"
#include "samplit/rng.h"

#define RARE 0.02 // added to the variance of a one-hot entry, so that a rare value does not shout
#define TWO_PI 6.283185307179586

bool spl_entry_moments_init(spl_entry_moments *moments, uint32_t width)
{
    *moments = (spl_entry_moments){0, calloc(width, sizeof(double)), calloc(width, sizeof(double))};
    if (moments->mean && moments->squares) return true;
    spl_entry_moments_free(moments);
    return false;
}

void spl_entry_moments_free(spl_entry_moments *moments)
{
    free(moments->mean);
    free(moments->squares);
    *moments = (spl_entry_moments){0};
}

void spl_entry_moments_add(spl_entry_moments *moments, const float *x, uint32_t width)
{
    moments->count++;
    for (uint32_t j = 0; j < width; j++) {
        double off = (double)x[j] - moments->mean[j];
        moments->mean[j] += off / moments->count;
        moments->squares[j] += off * ((double)x[j] - moments->mean[j]);
    }
}

// Box and Muller, on the core's functions: the same bits on every machine.
static double gaussian(uint64_t seed, uint64_t unit, uint32_t index)
{
    double u[2];
    spl_uniform2(seed, unit, SPL_STREAM_LEARN, index, u);
    return spl_sqrt(-2 * spl_log(u[0])) * spl_cos(TWO_PI * u[1]);
}

// scale[j]: what entry j is divided by before the random weights see it; 0 = they do not.
static uint32_t set_scales(const spl_schema_spec *schema, const spl_entry_moments *moments, double *scale)
{
    uint32_t at = 0, seen = 0;
    for (uint32_t i = 0; i < schema->feature_count; i++) {
        const spl_feature_spec *f = &schema->features[i];
        bool one_hot = f->kind == SPL_FEATURE_CATEGORICAL;
        bool piece = i > 0 && !one_hot && strcmp(f->attribute, schema->features[i - 1].attribute) == 0;
        for (uint32_t j = 0; j < spl_feature_width(&schema->schema, i); j++, at++) {
            double variance = moments->count > 0 ? moments->squares[at] / moments->count : 0;
            bool used = !piece && variance > 0;
            scale[at] = used ? spl_sqrt(variance + (one_hot ? RARE : 0)) : 0;
            seen += used;
        }
    }
    return seen;
}

// Unit h: relu(sum over entries of g_j * (x_j - mean_j) / scale_j / sqrt(entries) + g).
static void set_unit(const spl_entry_moments *moments, const double *scale, uint32_t width, uint32_t seen,
                     uint64_t seed, uint32_t h, float *weight, uint32_t outputs, float *bias)
{
    double sum = gaussian(seed, h, 0), share = seen ? 1 / spl_sqrt(seen) : 0;
    for (uint32_t j = 0; j < width; j++) {
        if (scale[j] == 0) continue;
        double w = gaussian(seed, h, j + 1) * share / scale[j];
        weight[(size_t)j * outputs] = (float)w;
        sum -= w * moments->mean[j];
    }
    *bias = (float)sum;
}

static void fill(const spl_schema_spec *schema, const spl_entry_moments *moments, const double *scale, uint32_t seen,
                 uint64_t seed, float *first, float *bias, float *second, uint32_t outputs)
{
    uint32_t width = schema->schema.width;
    for (uint32_t j = 0; j < width; j++) first[(size_t)j * outputs + j] = 1;
    for (uint32_t h = width; h < outputs; h++)
        set_unit(moments, scale, width, seen, seed, h - width, first + h, outputs, bias + h);
    for (uint32_t j = 0; j < outputs; j++) second[(size_t)j * outputs + j] = 1;
}

bool spl_linear_layer(const spl_schema_spec *schema, const spl_entry_moments *moments, uint64_t seed, uint32_t units,
                      spl_encoder *out, void **memory, spl_error *error)
{
    uint32_t width = schema->schema.width, outputs = width + units;
    for (uint32_t i = 0; i < schema->feature_count; i++) {
        if (schema->features[i].kind == SPL_FEATURE_CYCLIC)
            return spl_fail_field(error, schema->features[i].attribute,
                                  "is cyclic: a random layer keeps no entries below 0");
    }
    double *scale = calloc(width, sizeof *scale);
    float *arrays = calloc((size_t)(width + outputs + 2) * outputs, sizeof *arrays);
    if (!scale || !arrays) {
        free(scale);
        free(arrays);
        return spl_fail(error, "out of memory");
    }
    float *first = arrays, *second = first + (size_t)width * outputs, *bias = second + (size_t)outputs * outputs;
    uint32_t seen = set_scales(schema, moments, scale);
    fill(schema, moments, scale, seen, seed, first, bias, second, outputs);
    free(scale);
    *out = (spl_encoder){2, {{width, outputs, first, bias}, {outputs, outputs, second, bias + outputs}}};
    *memory = arrays;
    return true;
}
