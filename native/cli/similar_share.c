// SPDX-License-Identifier: GPL-3.0-or-later
// A category or a boolean is shared when it is the same; a number when the rows lie so close together that few others
// lie between them. Values rank by how rare they are among all rows, as -ln of their share: what everybody has tells
// nothing.
#include "cli/similar_share.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE 20000
#define COMMON 0.75 // a larger share of all rows tells nothing
#define NEAR 0.25   // so many rows at most between numbers that are called alike
#define TAU 6.283185307179586

typedef struct feature {
    uint32_t start, width; // entries of the vector
    double *common;        // [width] share of rows with the entry at 1 (categories), or at 0 and 1 (booleans: [2])
    float *sorted;         // [sampled] of numbers and cycles
} feature;

struct spl_share_stats {
    const spl_schema_spec *schema;
    uint32_t sampled;
    feature *features;
};

// A number, or the place in a cycle as a share of it.
static float value_of(const spl_feature_spec *spec, const float *entries)
{
    if (spec->kind != SPL_FEATURE_CYCLIC) return entries[0];
    double turn = atan2(entries[0], entries[1]) / TAU;
    return (float)(turn < 0 ? turn + 1 : turn);
}

static int ascending(const void *x, const void *y)
{
    const float *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

static bool is_ordered(spl_feature_kind kind)
{
    return kind == SPL_FEATURE_NUMERIC || kind == SPL_FEATURE_CYCLIC;
}

static bool measure(const spl_rows *rows, const spl_feature_spec *spec, uint32_t sampled, feature *f)
{
    f->common = calloc(f->width + 1, sizeof *f->common);
    f->sorted = is_ordered(spec->kind) ? malloc(sampled * sizeof *f->sorted) : NULL;
    if (!f->common || (is_ordered(spec->kind) && !f->sorted)) return false;
    for (uint32_t s = 0; s < sampled; s++) {
        const float *x = rows->x + (uint64_t)rows->n * s / sampled * rows->d + f->start;
        if (f->sorted)
            f->sorted[s] = value_of(spec, x);
        else if (spec->kind == SPL_FEATURE_BOOLEAN)
            f->common[x[0] == 1] += 1.0 / sampled;
        else
            for (uint32_t i = 0; i < f->width; i++) f->common[i] += (x[i] == 1) * 1.0 / sampled;
    }
    if (f->sorted) qsort(f->sorted, sampled, sizeof *f->sorted, ascending);
    return true;
}

bool spl_share_stats_make(const spl_rows *rows, const spl_schema_spec *schema, spl_share_stats **out, spl_error *error)
{
    spl_share_stats *stats = calloc(1, sizeof *stats);
    bool ok = stats && (stats->features = calloc(schema->feature_count, sizeof *stats->features)) != NULL;
    uint32_t start = 0;
    if (ok) {
        stats->schema = schema;
        stats->sampled = rows->n < SAMPLE ? rows->n : SAMPLE;
    }
    for (uint32_t i = 0; ok && i < schema->feature_count; i++) {
        feature *f = &stats->features[i];
        *f = (feature){.start = start, .width = spl_feature_width(&schema->schema, i)};
        start += f->width;
        ok = measure(rows, &schema->features[i], stats->sampled, f);
    }
    if (ok) {
        *out = stats;
        return true;
    }
    spl_share_stats_free(stats);
    return spl_fail(error, "out of memory");
}

void spl_share_stats_free(spl_share_stats *stats)
{
    if (!stats) return;
    for (uint32_t i = 0; stats->features && i < stats->schema->feature_count; i++) {
        free(stats->features[i].common);
        free(stats->features[i].sorted);
    }
    free(stats->features);
    free(stats);
}

// How many of the sorted values are below `value`, or with `upto` at most that.
static uint32_t rank(const float *sorted, uint32_t count, float value, bool upto)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (sorted[middle] < value || (upto && sorted[middle] == value))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// In the units of the file.
static double original(const spl_feature_spec *spec, float value)
{
    if (spec->kind == SPL_FEATURE_CYCLIC) return value * (double)spec->period;
    double x = spec->lo + value * ((double)spec->hi - spec->lo);
    return spec->transform == SPL_TRANSFORM_LOG1P ? expm1(x) : x;
}

static double share_numbers(const spl_share_stats *stats, const feature *f, const spl_feature_spec *spec,
                            const float *query, const float *const *others, uint32_t count, char *text)
{
    float low = value_of(spec, query + f->start), high = low;
    for (uint32_t i = 0; i < count; i++) {
        float value = value_of(spec, others[i] + f->start);
        low = fminf(low, value);
        high = fmaxf(high, value);
    }
    double between = rank(f->sorted, stats->sampled, high, true) - rank(f->sorted, stats->sampled, low, false);
    double a = original(spec, low), b = original(spec, high);
    if (low == high || fabs(a - b) < 5e-4 * fabs(b))
        snprintf(text, SPL_SHARE_TEXT_MAX, "%s %.3g", spec->attribute, a);
    else
        snprintf(text, SPL_SHARE_TEXT_MAX, "%s %.3g to %.3g", spec->attribute, a, b);
    double share = between / stats->sampled;
    return share <= NEAR ? share : 1;
}

static bool all_equal(const feature *f, const float *query, const float *const *others, uint32_t count, uint32_t entry)
{
    for (uint32_t i = 0; i < count; i++) {
        if (others[i][f->start + entry] != query[f->start + entry]) return false;
    }
    return true;
}

// Sets the text and returns the share of all rows that have the same; 1 if it is not shared.
static double share_feature(const spl_share_stats *stats, uint32_t index, const float *query,
                            const float *const *others, uint32_t count, char *text)
{
    const feature *f = &stats->features[index];
    const spl_feature_spec *spec = &stats->schema->features[index];
    if (is_ordered(spec->kind)) return share_numbers(stats, f, spec, query, others, count, text);
    const float *x = query + f->start;
    if (spec->kind == SPL_FEATURE_BOOLEAN) {
        if ((x[0] != 0 && x[0] != 1) || !all_equal(f, query, others, count, 0)) return 1;
        snprintf(text, SPL_SHARE_TEXT_MAX, "%s%s", x[0] == 1 ? "" : "not ", spec->attribute);
        return f->common[x[0] == 1];
    }
    for (uint32_t i = 0; i < spec->category_count; i++) {
        if (x[i] != 1 || !all_equal(f, query, others, count, i)) continue;
        snprintf(text, SPL_SHARE_TEXT_MAX, "%s %s", spec->attribute, spec->categories[i]);
        return f->common[i];
    }
    return 1; // `other` may be anything
}

uint32_t spl_share_of(const spl_share_stats *stats, const float *query, const float *const *others, uint32_t count,
                      char texts[SPL_SHARE_MAX][SPL_SHARE_TEXT_MAX])
{
    double best[SPL_SHARE_MAX];
    uint32_t kept = 0;
    for (uint32_t i = 0; i < stats->schema->feature_count; i++) {
        char text[SPL_SHARE_TEXT_MAX] = "";
        double share = share_feature(stats, i, query, others, count, text);
        if (share > COMMON || (kept == SPL_SHARE_MAX && share >= best[kept - 1])) continue;
        uint32_t at = kept < SPL_SHARE_MAX ? kept++ : kept - 1;
        for (; at > 0 && share < best[at - 1]; at--) {
            best[at] = best[at - 1];
            memcpy(texts[at], texts[at - 1], sizeof texts[at]);
        }
        best[at] = share;
        memcpy(texts[at], text, sizeof text);
    }
    return kept;
}
