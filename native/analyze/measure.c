// SPDX-License-Identifier: GPL-3.0-or-later
#include "analyze/measure.h"

#include <math.h>
#include <stdlib.h>

#include "host/pool.h"

#define PARTS 16 // that segments are dealt out to, each read through by one thread

static void add(spl_tally *t, double reward, bool binary)
{
    t->visitors++;
    t->converted += reward != 0;
    if (!binary) spl_series_add(&t->rewards, reward);
}

static void expect(spl_tally *tallies, const double *p, double times, uint32_t k)
{
    for (uint32_t v = 0; v < k; v++) {
        tallies[v].expected += times * p[v];
        tallies[v].variance += times * p[v] * (1 - p[v]);
    }
}

static spl_tally *row_of(const spl_measures *m, uint32_t segment)
{
    return m->tallies + (size_t)segment * m->variant_count;
}

// With fixed probabilities a cell's visitors are interchangeable.
static void count(spl_measures *m)
{
    const spl_visitors *v = m->visitors;
    const spl_segments *s = m->segments;
    for (uint32_t i = 0; i < v->count; i++) {
        const spl_visitor *row = &v->rows[i];
        add(&row_of(m, 0)[row->variant], row->reward, v->binary);
        for (uint32_t at = s->first[row->cell]; at < s->first[row->cell + 1]; at++)
            add(&row_of(m, s->of_cell[at])[row->variant], row->reward, v->binary);
    }
    for (uint32_t i = 0; i < s->count; i++) expect(row_of(m, i), v->chances, s->items[i].visitors, m->variant_count);
}

static void score(const spl_measures *m, uint32_t segment, const spl_visitor *row)
{
    const double *p = spl_visitors_chances(m->visitors, row);
    spl_tally *tallies = row_of(m, segment);
    spl_adaptive_add(m->scores[segment], p, row->variant, row->reward);
    add(&tallies[row->variant], row->reward, m->visitors->binary);
    expect(tallies, p, 1, m->variant_count);
}

static bool holds(const spl_segments *s, uint32_t cell, uint32_t segment)
{
    for (uint32_t at = s->first[cell]; at < s->first[cell + 1]; at++)
        if (s->of_cell[at] == segment) return true;
    return false;
}

// Every part reads all visitors in order and keeps to its own segments, so no sum depends on the threads.
static void score_part(void *owner, uint32_t part, uint32_t thread)
{
    const spl_measures *m = owner;
    const spl_visitors *v = m->visitors;
    const spl_segments *s = m->segments;
    (void)thread;
    for (uint32_t i = 0; i < v->count; i++) {
        const spl_visitor *row = &v->rows[i];
        if (part == 0) score(m, 0, row);
        for (uint32_t at = s->first[row->cell]; at < s->first[row->cell + 1]; at++)
            if (s->of_cell[at] % PARTS == part) score(m, s->of_cell[at], row);
        for (uint32_t j = 0; j < m->large_count; j++)
            if (m->large[j] % PARTS == part && !holds(s, row->cell, m->large[j]))
                spl_adaptive_add(m->others[m->large[j]], spl_visitors_chances(v, row), row->variant, row->reward);
    }
}

static bool make_scores(spl_measures *m)
{
    const spl_segments *s = m->segments;
    m->scores = calloc(s->count, sizeof(spl_adaptive *));
    m->others = calloc(s->count, sizeof(spl_adaptive *));
    m->large = calloc(s->count, sizeof *m->large);
    if (!m->scores || !m->others || !m->large) return false;
    for (uint32_t i = 0; i < s->count; i++) {
        if (!(m->scores[i] = spl_adaptive_new(m->variant_count))) return false;
        if (i == 0 || s->items[i].visitors <= m->visitors->count / 2) continue;
        m->large[m->large_count++] = i;
        if (!(m->others[i] = spl_adaptive_new(m->variant_count))) return false;
    }
    return true;
}

static bool score_all(spl_measures *m)
{
    if (!make_scores(m)) return false;
    spl_pool *pool = spl_pool_new(0); // without one the caller does it all
    spl_pool_run(pool, PARTS, score_part, m);
    spl_pool_free(pool);
    return true;
}

bool spl_measures_take(const spl_visitors *visitors, const spl_segments *segments, spl_measures *out)
{
    uint32_t k = visitors->arms.count;
    *out = (spl_measures){
        .visitors = visitors, .segments = segments, .variant_count = k, .adaptive = visitors->chance_count > 1};
    out->tallies = calloc((size_t)segments->count * k, sizeof *out->tallies);
    bool ok = out->tallies != NULL;
    if (ok && out->adaptive) ok = score_all(out);
    if (ok && !out->adaptive) count(out);
    for (uint32_t v = 0; ok && v < k; v++) out->mix[v] = out->tallies[v].expected / visitors->count;
    if (!ok) spl_measures_free(out);
    return ok;
}

void spl_measures_free(spl_measures *m)
{
    for (uint32_t i = 0; m->scores && i < m->segments->count; i++) spl_adaptive_free(m->scores[i]);
    for (uint32_t i = 0; m->others && i < m->segments->count; i++) spl_adaptive_free(m->others[i]);
    free(m->scores);
    free(m->others);
    free(m->large);
    free(m->tallies);
    *m = (spl_measures){0};
}

// --- sums -------------------------------------------------------------------------------------------------

spl_tally spl_tally_sum(const spl_measures *m, uint32_t segment)
{
    spl_tally sum = {0};
    for (uint32_t v = 0; v < m->variant_count; v++) {
        const spl_tally *t = spl_tally_of(m, segment, v);
        sum.visitors += t->visitors;
        sum.converted += t->converted;
        spl_series_merge(&sum.rewards, &t->rewards);
    }
    return sum;
}

// spl_series_merge, backwards.
static spl_series series_rest(const spl_series *all, const spl_series *part)
{
    if (part->count == 0) return *all;
    spl_series rest = {.count = all->count - part->count};
    if (!(rest.count > 0)) return (spl_series){0};
    double whole = spl_series_mean(all), own = spl_series_mean(part);
    double mean = whole + (whole - own) * part->count / rest.count, apart = own - mean;
    rest.mean.sum = mean;
    rest.squares.sum = fmax(0, spl_sum_value(&all->squares) - spl_sum_value(&part->squares) -
                                   apart * apart * part->count * rest.count / all->count);
    return rest;
}

spl_tally spl_tally_rest(const spl_tally *all, const spl_tally *part)
{
    return (spl_tally){.visitors = all->visitors - part->visitors,
                       .converted = all->converted - part->converted,
                       .rewards = series_rest(&all->rewards, &part->rewards)};
}

spl_mean spl_tally_mean(const spl_tally *t, bool binary)
{
    if (!binary) return spl_mean_of(&t->rewards);
    if (t->visitors < 2) return (spl_mean){NAN, NAN, NAN};
    double rate = t->converted / t->visitors;
    return (spl_mean){rate, rate * (1 - rate) / (t->visitors - 1), INFINITY};
}

static const spl_mean UNKNOWN = {NAN, NAN, NAN};

static spl_mean score_of(const spl_adaptive *scores, uint32_t variant)
{
    spl_mean mean = spl_adaptive_mean(scores, variant);
    if (spl_adaptive_rewarded(scores, variant) < SPL_MEASURE_REWARDED) mean.variance = NAN;
    return mean;
}

static spl_mean gap_of(const spl_adaptive *scores, uint32_t variant)
{
    if (isnan(score_of(scores, variant).variance) || isnan(score_of(scores, 0).variance)) return UNKNOWN;
    spl_adaptive_gap gap = spl_adaptive_over_control(scores, variant);
    return (spl_mean){gap.value, gap.variance, INFINITY};
}

spl_mean spl_measured_mean(const spl_measures *m, uint32_t segment, uint32_t variant)
{
    if (!m->adaptive) return spl_tally_mean(spl_tally_of(m, segment, variant), m->visitors->binary);
    return score_of(m->scores[segment], variant);
}

spl_mean spl_measured_mix(const spl_measures *m, uint32_t segment)
{
    spl_mean sum = {0, 0, INFINITY};
    double weight = 0;
    for (uint32_t v = 0; v < m->variant_count; v++) {
        spl_mean here = spl_measured_mean(m, segment, v);
        if (isnan(here.variance)) continue;
        weight += m->mix[v];
        sum.value += m->mix[v] * here.value;
        sum.variance += m->mix[v] * m->mix[v] * here.variance;
    }
    if (!(weight > 0)) return UNKNOWN;
    return (spl_mean){sum.value / weight, sum.variance / (weight * weight), INFINITY};
}

spl_mean spl_measured_gap(const spl_measures *m, uint32_t segment, uint32_t variant)
{
    return gap_of(m->scores[segment], variant);
}

// What the whole has beyond a part of it. Fewer visitors know less than all: the variance is at least in proportion.
static spl_mean beyond(const spl_measures *m, uint32_t segment, spl_mean whole, spl_mean part)
{
    double share = (double)m->segments->items[segment].visitors / m->visitors->count, left = 1 - share;
    double variance = (whole.variance - share * share * part.variance) / (left * left);
    if (isnan(variance)) return UNKNOWN;
    return (spl_mean){(whole.value - share * part.value) / left, fmax(whole.variance / left, variance), INFINITY};
}

spl_mean spl_elsewhere_mean(const spl_measures *m, uint32_t segment, uint32_t variant)
{
    if (m->others[segment]) return score_of(m->others[segment], variant);
    return beyond(m, segment, score_of(m->scores[0], variant), score_of(m->scores[segment], variant));
}

spl_mean spl_elsewhere_gap(const spl_measures *m, uint32_t segment, uint32_t variant)
{
    if (m->others[segment]) return gap_of(m->others[segment], variant);
    return beyond(m, segment, gap_of(m->scores[0], variant), gap_of(m->scores[segment], variant));
}
