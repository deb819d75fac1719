// SPDX-License-Identifier: GPL-3.0-or-later
// Rows become moments here; stats/ope_value.c makes estimates of them.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/ope_sums.h"

// A sum of squares that comes out below zero by more than this part of what it was summed from is no rounding.
#define ROUNDING 1e-9

static bool make_cells(spl_ope *ope)
{
    size_t pairs = (size_t)ope->config.cell_count * ope->columns;
    for (uint32_t level = 0; level < ope->levels; level++) {
        ope->cells[level] = calloc(pairs, 2 * sizeof(spl_ope_cell)); // memory that is not touched costs nothing
        ope->apart[level] = calloc(pairs + 1, 2 * sizeof(bool));
        if (ope->cells[level] == NULL || ope->apart[level] == NULL) return false;
    }
    ope->overall = calloc(ope->columns, sizeof *ope->overall);
    ope->rewarded = calloc((size_t)ope->config.cell_count * ope->columns + 1, sizeof *ope->rewarded);
    return ope->overall != NULL && ope->rewarded != NULL;
}

spl_ope *spl_ope_new(const spl_ope_config *config)
{
    spl_ope *ope = calloc(1, sizeof *ope);
    if (ope == NULL) return NULL;
    ope->config = *config;
    ope->columns = config->variant_count + 1;
    ope->levels = config->threshold > 0 ? 2 : SPL_OPE_LEVELS;
    ope->threshold[0] = INFINITY;
    for (uint32_t level = 1; level < ope->levels; level++)
        ope->threshold[level] = config->threshold > 0 ? config->threshold : ldexp(1, (int)level - 1);
    if (make_cells(ope)) return ope;
    spl_ope_free(ope);
    return NULL;
}

void spl_ope_free(spl_ope *ope)
{
    if (ope == NULL) return;
    for (uint32_t level = 0; level < SPL_OPE_LEVELS; level++) {
        free(ope->cells[level]);
        free(ope->apart[level]);
    }
    free(ope->overall);
    free(ope->rewarded);
    free(ope);
}

static size_t cell_index(const spl_ope *ope, uint32_t x, uint32_t variant, uint32_t half)
{
    return ((size_t)x * ope->columns + variant) * 2 + half;
}

static const spl_ope_cell *cell_of(const spl_ope *ope, uint32_t level, size_t index)
{
    return &ope->cells[ope->apart[level][index] ? level : 0][index];
}

const spl_ope_cell *spl_ope_cell_at(const spl_ope *ope, uint32_t level, uint32_t x, uint32_t variant, uint32_t half)
{
    return cell_of(ope, level, cell_index(ope, x, variant, half));
}

static double target(const spl_ope *ope, uint32_t x, uint32_t variant)
{
    if (variant == ope->config.variant_count) return 0;
    return ope->config.target[(size_t)x * ope->config.variant_count + variant];
}

double spl_ope_probability(const spl_ope *ope, uint32_t policy, uint32_t x, uint32_t variant)
{
    if (policy == SPL_OPE_TARGET) return target(ope, x, variant);
    if (policy == SPL_OPE_UNIFORM) return 1.0 / ope->config.variant_count;
    return policy - SPL_OPE_ALWAYS == variant;
}

static double clipped(const spl_ope *ope, double weight)
{
    return ope->config.clip > 0 && weight > ope->config.clip ? ope->config.clip : weight;
}

static void count(spl_ope *ope, double weight, double reward)
{
    spl_ope_counts *counts = &ope->counts;
    counts->exposures++;
    counts->rewarded += reward != 0;
    counts->heavy += weight > ope->config.heavy;
    counts->clipped += ope->config.clip > 0 && weight > ope->config.clip;
    if (weight > counts->max_weight) counts->max_weight = weight;
}

static void add_row(spl_ope_cell *c, const double part[SPL_OPE_PARTS])
{
    double change[SPL_OPE_PARTS], keep = c->count / (c->count + 1);
    c->count++;
    for (int i = 0; i < SPL_OPE_PARTS; i++) {
        change[i] = part[i] - c->mean[i];
        c->mean[i] += change[i] / c->count;
    }
    for (int i = 0, at = 0; i < SPL_OPE_PARTS; i++) {
        for (int j = i; j < SPL_OPE_PARTS; j++, at++) c->spread[at] += keep * change[i] * change[j];
    }
}

bool spl_ope_add(spl_ope *ope, uint32_t x, uint32_t variant, uint32_t half, double propensity, double reward)
{
    return spl_ope_add_row(ope, x, variant, half, target(ope, x, variant), propensity, reward);
}

// The row with what weighs more than the threshold left out; the weight of the log's own policy, 1, never is. False if
// that is nothing.
static bool lighten(const double w[SPL_OPE_SLOTS], double threshold, double reward, double part[SPL_OPE_PARTS])
{
    bool lighter = false;
    for (int i = 0; i < SPL_OPE_SLOTS; i++) {
        bool heavy = i > 0 && w[i] > threshold;
        lighter = lighter || heavy;
        part[i] = heavy ? 0 : w[i];
        part[SPL_OPE_SLOTS + i] = part[i] * reward;
    }
    return lighter;
}

static void add_levels(spl_ope *ope, size_t index, const double w[SPL_OPE_SLOTS], double reward)
{
    double part[SPL_OPE_PARTS];
    for (uint32_t level = 1; level < ope->levels; level++) {
        bool lighter = lighten(w, ope->threshold[level], reward, part);
        if (lighter && !ope->apart[level][index]) {
            ope->cells[level][index] = ope->cells[0][index];
            ope->apart[level][index] = true;
        }
        if (ope->apart[level][index]) add_row(&ope->cells[level][index], part);
    }
    lighten(w, INFINITY, reward, part);
    add_row(&ope->cells[0][index], part);
}

bool spl_ope_add_row(spl_ope *ope, uint32_t x, uint32_t variant, uint32_t half, double chance, double propensity,
                     double reward)
{
    if (!(propensity > 0 && propensity <= 1) || !isfinite(reward)) {
        ope->counts.unusable++;
        return false;
    }
    if (ope->counts.exposures == 0) ope->origin = reward;
    double weight = chance / propensity, known = variant < ope->config.variant_count;
    count(ope, weight, reward);
    ope->rewarded[(size_t)x * ope->columns + variant] += reward != 0;
    reward -= ope->origin;
    ope->lowest = fmin(ope->lowest, reward);
    ope->highest = fmax(ope->highest, reward);
    ope->overall[variant][half][0] += 1;
    ope->overall[variant][half][1] += reward;
    const double w[SPL_OPE_SLOTS] = {1, clipped(ope, weight),
                                     clipped(ope, known / ope->config.variant_count / propensity),
                                     clipped(ope, known / propensity)};
    add_levels(ope, cell_index(ope, x, variant, half), w, reward);
    return true;
}

int spl_ope_slot(uint32_t policy, uint32_t variant)
{
    if (policy < SPL_OPE_ALWAYS) return (int)policy;
    return policy - SPL_OPE_ALWAYS == variant ? (int)SPL_OPE_ALWAYS : -1;
}

int spl_ope_pair(int i, int j)
{
    return i <= j ? i * SPL_OPE_PARTS - i * (i - 1) / 2 + (j - i) : spl_ope_pair(j, i);
}

spl_ope_weighted spl_ope_weigh(const spl_ope *ope, uint32_t level, uint32_t policy)
{
    spl_ope_weighted sum = {0, 0, 0};
    for (uint32_t i = 0; i < ope->config.cell_count * ope->columns * 2; i++) {
        int slot = spl_ope_slot(policy, i / 2 % ope->columns);
        if (slot < 0 || ope->cells[0][i].count == 0) continue;
        const spl_ope_cell *c = cell_of(ope, level, i);
        sum.weights += c->count * c->mean[slot];
        sum.squares += c->spread[spl_ope_pair(slot, slot)] + c->count * c->mean[slot] * c->mean[slot];
        sum.rewards += c->count * c->mean[SPL_OPE_SLOTS + slot];
    }
    return sum;
}

static bool has_rows(const spl_ope *ope, uint32_t x)
{
    for (uint32_t a = 0; a < ope->columns; a++) {
        if (spl_ope_cell_at(ope, 0, x, a, 0)->count + spl_ope_cell_at(ope, 0, x, a, 1)->count > 0) return true;
    }
    return false;
}

bool spl_ope_supported(const spl_ope *ope, uint32_t policy)
{
    for (uint32_t a = 0; policy != SPL_OPE_LOGGING && a < ope->config.variant_count; a++) {
        if (ope->overall[a][0][0] + ope->overall[a][1][0] > 0) continue;
        for (uint32_t x = 0; x < ope->config.cell_count; x++) {
            if (spl_ope_probability(ope, policy, x, a) > 0 && has_rows(ope, x)) return false;
        }
    }
    return true;
}

bool spl_ope_agree(const spl_ope *ope, uint32_t policy, uint32_t other)
{
    for (uint32_t x = 0; x < ope->config.cell_count; x++) {
        for (uint32_t a = 0; a < ope->config.variant_count && has_rows(ope, x); a++) {
            if (spl_ope_probability(ope, policy, x, a) != spl_ope_probability(ope, other, x, a)) return false;
        }
    }
    return true;
}

double spl_ope_effective_sample(const spl_ope *ope, uint32_t policy)
{
    spl_ope_weighted sum = spl_ope_weigh(ope, 0, policy);
    return sum.squares > 0 ? sum.weights * sum.weights / sum.squares : 0;
}

bool spl_ope_enough(const spl_ope *ope, uint32_t policy)
{
    double rows = 0, rewarded = 0;
    for (uint32_t i = 0; i < ope->config.cell_count * ope->columns; i++) {
        const spl_ope_cell *c = &ope->cells[0][2 * i];
        int slot = spl_ope_slot(policy, i % ope->columns);
        if (slot < 0 || !(c[0].mean[slot] + c[1].mean[slot] > 0)) continue;
        rows += c[0].count + c[1].count;
        rewarded += ope->rewarded[i];
    }
    bool amounts = ope->counts.rewarded == ope->counts.exposures && ope->highest > ope->lowest; // without a zero
    bool both = amounts || rows - rewarded >= SPL_OPE_REWARDED_MIN;
    return rewarded >= SPL_OPE_REWARDED_MIN && both && spl_ope_effective_sample(ope, policy) >= SPL_OPE_EFFECTIVE_MIN;
}

double spl_ope_term_mean(const spl_ope_cell *c, const spl_ope_term *t)
{
    double mean = t->alpha;
    for (int i = 0; i < SPL_OPE_PARTS; i++) {
        if (t->part[i] != 0) mean += t->part[i] * c->mean[i];
    }
    return mean;
}

void spl_ope_add_squares(const spl_ope_cell *c, const spl_ope_term *t, double mean, spl_ope_squares *out)
{
    double from_mean = spl_ope_term_mean(c, t) - mean, between = c->count * from_mean * from_mean;
    out->sum += between;
    out->size += between;
    for (int i = 0; i < SPL_OPE_PARTS; i++) {
        for (int j = 0; j < SPL_OPE_PARTS && t->part[i] != 0; j++) {
            if (t->part[j] == 0) continue;
            double product = t->part[i] * t->part[j] * c->spread[spl_ope_pair(i, j)];
            out->sum += product;
            out->size += fabs(product);
        }
    }
}

double spl_ope_error(spl_ope_squares s, double n)
{
    if (!(n > 1) || !isfinite(s.sum) || s.sum < -ROUNDING * s.size) return NAN;
    return s.sum > 0 ? sqrt(s.sum / (n * (n - 1))) : 0;
}

double spl_ope_mean_weight(const spl_ope *ope, uint32_t policy, double *se)
{
    double n = (double)ope->counts.exposures;
    double mean = n > 0 ? spl_ope_weigh(ope, 0, policy).weights / n : NAN;
    spl_ope_squares s = {0, 0};
    for (uint32_t i = 0; i < ope->config.cell_count * ope->columns * 2; i++) {
        spl_ope_term t = {0};
        int slot = spl_ope_slot(policy, i / 2 % ope->columns);
        if (slot >= 0) t.part[slot] = 1;
        if (ope->cells[0][i].count > 0) spl_ope_add_squares(&ope->cells[0][i], &t, mean, &s);
    }
    if (se != NULL) *se = spl_ope_error(s, n);
    return mean;
}

spl_ope_counts spl_ope_counted(const spl_ope *ope)
{
    return ope->counts;
}
