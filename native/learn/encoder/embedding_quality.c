// SPDX-License-Identifier: GPL-3.0-or-later
// Every row is held against all others. Columns are transposed first, so that the sum for each of the others is its
// own lane and the compiler's vectors keep the order of every sum.
#include "learn/encoder/embedding_quality.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/encoder/logistic.h"
#include "samplit/hash.h"

#define NEAREST_MAX 10
#define ROWS_PER_PART 64
#define PROBE_CLASSES_MAX 1000 // a regression each; more are identifiers, for which no probe says anything

const uint32_t spl_recall_at[SPL_RECALLS] = {1, 5, 10};

typedef struct judging {
    const float *x, *columns; // (n, d) and (d, n)
    const int32_t *label;
    uint32_t n, d, classes;
    uint32_t *size;    // [classes] rows
    uint8_t *hit;      // [n] 1 + index of the first recall that row has; 0 = none
    float *silhouette; // [n]
    float *distance;   // (threads, n)
    double *sum;       // (threads, classes)
} judging;

static void distances(const judging *j, uint32_t row, float *out)
{
    memset(out, 0, j->n * sizeof *out);
    for (uint32_t c = 0; c < j->d; c++) {
        const float *column = j->columns + (size_t)c * j->n;
        float q = j->x[(size_t)row * j->d + c];
        for (uint32_t i = 0; i < j->n; i++) {
            float difference = q - column[i];
            out[i] += difference * difference;
        }
    }
    for (uint32_t i = 0; i < j->n; i++) out[i] = sqrtf(out[i]);
}

// The rank, from 0, of the nearest other row of the same class, if below NEAREST_MAX. Equally near: the lower row.
static uint32_t rank_of_friend(const judging *j, uint32_t row, const float *distance)
{
    uint32_t nearest[NEAREST_MAX], count = 0;
    for (uint32_t i = 0; i < j->n; i++) {
        if (i == row || (count == NEAREST_MAX && distance[i] >= distance[nearest[count - 1]])) continue;
        uint32_t at = count < NEAREST_MAX ? count++ : count - 1;
        for (; at > 0 && distance[i] < distance[nearest[at - 1]]; at--) nearest[at] = nearest[at - 1];
        nearest[at] = i;
    }
    for (uint32_t k = 0; k < count; k++) {
        if (j->label[nearest[k]] == j->label[row]) return k;
    }
    return NEAREST_MAX;
}

static float silhouette_of(const judging *j, uint32_t row, const float *distance, double *sum)
{
    uint32_t own = (uint32_t)j->label[row];
    double b = INFINITY;
    if (j->size[own] < 2) return 0;
    memset(sum, 0, j->classes * sizeof *sum);
    for (uint32_t i = 0; i < j->n; i++) sum[j->label[i]] += (double)distance[i];
    for (uint32_t c = 0; c < j->classes; c++) {
        if (c != own && j->size[c] > 0) b = fmin(b, sum[c] / j->size[c]);
    }
    double a = sum[own] / (j->size[own] - 1), larger = fmax(a, b);
    return larger > 0 ? (float)((b - a) / larger) : 0;
}

static void judge_rows(void *owner, uint32_t part, uint32_t thread)
{
    judging *j = owner;
    float *distance = j->distance + (size_t)thread * j->n;
    uint32_t from = part * ROWS_PER_PART, to = from + ROWS_PER_PART < j->n ? from + ROWS_PER_PART : j->n;
    for (uint32_t row = from; row < to; row++) {
        distances(j, row, distance);
        uint32_t rank = rank_of_friend(j, row, distance);
        for (uint32_t k = SPL_RECALLS; k-- > 0;) {
            if (rank < spl_recall_at[k]) j->hit[row] = (uint8_t)(k + 1);
        }
        j->silhouette[row] = silhouette_of(j, row, distance, j->sum + (size_t)thread * j->classes);
    }
}

// A row that is alone in its class cannot be found, and is left out of recall.
static void sum_up(const judging *j, spl_embedding_quality *out)
{
    uint32_t counted = 0, classes = 0;
    double silhouette = 0;
    for (uint32_t c = 0; c < j->classes; c++) classes += j->size[c] > 1;
    for (uint32_t i = 0; i < j->n; i++) {
        uint32_t size = j->size[j->label[i]];
        silhouette += (double)j->silhouette[i];
        counted += size > 1;
        for (uint32_t k = 0; size > 1 && k < SPL_RECALLS; k++) {
            if (j->hit[i] == 0 || j->hit[i] > k + 1) continue;
            out->recall[k] += 1;
            out->balanced_recall[k] += 1.0 / size;
        }
    }
    for (uint32_t k = 0; k < SPL_RECALLS; k++) {
        out->recall[k] = counted ? out->recall[k] / counted : NAN;
        out->balanced_recall[k] = classes ? out->balanced_recall[k] / classes : NAN;
    }
    out->silhouette = silhouette / j->n;
}

// --- The probe

typedef struct probe {
    uint32_t *rows; // [n] rows of the first half, then those of the second
    uint32_t fit, judged;
    bool *truth;     // [n]
    double *score;   // (classes, judged)
    double *weights; // [d + 1]
} probe;

// By a hash of the row's number, so that a file in order of classes is halved evenly.
static void halve(const judging *j, probe *p)
{
    for (uint32_t i = 0; i < j->n; i++) {
        if (spl_mix64(i + 0x9E3779B97F4A7C15u) >> 63) p->rows[p->fit++] = i;
    }
    for (uint32_t i = 0; i < j->n; i++) {
        if (!(spl_mix64(i + 0x9E3779B97F4A7C15u) >> 63)) p->rows[p->fit + p->judged++] = i;
    }
}

// Scores of the judged half for one class; and adds the class's area, if it has one.
static bool score_class(const judging *j, probe *p, uint32_t c, double *area, uint32_t *areas)
{
    for (uint32_t i = 0; i < j->n; i++) p->truth[i] = (uint32_t)j->label[p->rows[i]] == c;
    if (!spl_logistic_fit(j->x, j->d, p->rows, p->truth, p->fit, p->weights)) return false;
    double *score = p->score + (size_t)c * p->judged, auc;
    for (uint32_t i = 0; i < p->judged; i++)
        score[i] = spl_logistic_score(p->weights, j->x + (size_t)p->rows[p->fit + i] * j->d, j->d);
    if (!spl_auc(score, p->truth + p->fit, p->judged, &auc)) return false;
    if (isnan(auc)) return true;
    *area += auc;
    ++*areas;
    return true;
}

static uint32_t majority_of(const judging *j, const probe *p)
{
    uint32_t best = 0, most = 0;
    for (uint32_t c = 0; c < j->classes; c++) {
        uint32_t seen = 0;
        for (uint32_t i = 0; i < p->fit; i++) seen += (uint32_t)j->label[p->rows[i]] == c;
        if (seen > most) best = c, most = seen;
    }
    return best;
}

static void count_hits(const judging *j, const probe *p, spl_embedding_quality *out)
{
    uint32_t hits = 0, usual = 0, majority = majority_of(j, p);
    for (uint32_t i = 0; i < p->judged; i++) {
        uint32_t best = 0, own = (uint32_t)j->label[p->rows[p->fit + i]];
        for (uint32_t c = 1; c < j->classes; c++) {
            if (p->score[(size_t)c * p->judged + i] > p->score[(size_t)best * p->judged + i]) best = c;
        }
        hits += best == own;
        usual += majority == own;
    }
    out->probe_accuracy = (double)hits / p->judged;
    out->probe_majority = (double)usual / p->judged;
}

static bool run_probe(const judging *j, spl_embedding_quality *out)
{
    probe p = {.rows = malloc(j->n * sizeof *p.rows),
               .truth = malloc(j->n * sizeof *p.truth),
               .score = malloc((size_t)j->classes * j->n * sizeof *p.score),
               .weights = malloc(((size_t)j->d + 1) * sizeof *p.weights)};
    bool ok = p.rows && p.truth && p.score && p.weights;
    double area = 0;
    uint32_t areas = 0;
    if (ok) halve(j, &p);
    for (uint32_t c = 0; ok && c < j->classes; c++) ok = score_class(j, &p, c, &area, &areas);
    if (ok) count_hits(j, &p, out);
    out->probe_auc = areas ? area / areas : NAN;
    free(p.rows);
    free(p.truth);
    free(p.score);
    free(p.weights);
    return ok;
}

// --- The whole

static bool prepare(judging *j, spl_pool *pool, float **columns)
{
    uint32_t threads = pool ? spl_pool_threads(pool) : 1;
    *columns = malloc((size_t)j->n * j->d * sizeof **columns);
    j->columns = *columns;
    j->hit = calloc(j->n, 1);
    j->silhouette = calloc(j->n, sizeof *j->silhouette);
    j->distance = malloc((size_t)threads * j->n * sizeof *j->distance);
    j->sum = malloc((size_t)threads * j->classes * sizeof *j->sum);
    if (!*columns || !j->hit || !j->silhouette || !j->distance || !j->sum) return false;
    for (uint32_t i = 0; i < j->n; i++) {
        for (uint32_t c = 0; c < j->d; c++) (*columns)[(size_t)c * j->n + i] = j->x[(size_t)i * j->d + c];
    }
    return true;
}

// Sizes of the classes; sets their number, and how many have rows.
static bool count_classes(judging *j, uint32_t *present)
{
    for (uint32_t i = 0; i < j->n; i++) {
        if ((uint32_t)j->label[i] >= j->classes) j->classes = (uint32_t)j->label[i] + 1;
    }
    j->size = calloc(j->classes + 1, sizeof *j->size);
    if (!j->size) return false;
    for (uint32_t i = 0; i < j->n; i++) *present += j->size[j->label[i]]++ == 0;
    return true;
}

static void free_judging(judging *j, float *columns)
{
    free(columns);
    free(j->size);
    free(j->hit);
    free(j->silhouette);
    free(j->distance);
    free(j->sum);
}

bool spl_embedding_judge(const float *x, const int32_t *label, uint32_t n, uint32_t d, spl_pool *pool,
                         spl_embedding_quality *out, spl_error *error)
{
    if (n < 4) return spl_fail(error, "at least 4 labelled rows are needed, not %u", n);
    judging j = {.x = x, .label = label, .n = n, .d = d};
    spl_embedding_quality quality = {.rows = n};
    float *columns = NULL;
    bool ok = count_classes(&j, &quality.classes) || spl_fail(error, "out of memory");
    if (ok && quality.classes < 2) ok = spl_fail(error, "all rows have one label; two at least are needed");
    if (ok && !prepare(&j, pool, &columns)) ok = spl_fail(error, "out of memory");
    if (ok) {
        spl_pool_run(pool, (n + ROWS_PER_PART - 1) / ROWS_PER_PART, judge_rows, &j);
        sum_up(&j, &quality);
        quality.probe_accuracy = quality.probe_auc = quality.probe_majority = NAN;
        ok = j.classes > PROBE_CLASSES_MAX || run_probe(&j, &quality) || spl_fail(error, "out of memory");
    }
    free_judging(&j, columns);
    if (ok) *out = quality;
    return ok;
}
