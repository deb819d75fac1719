// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/encoder/logistic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 100
#define GRADIENT_SMALL 1e-8 // relative to the first gradient's length
#define HALVINGS_MAX 30

typedef struct problem {
    const float *x;
    uint32_t d, m, size; // size = d + 1
    const uint32_t *rows;
    const bool *truth;
    double *z, *curve;                                                // [m] score, and p (1 - p)
    double *gradient, *step, *residual, *direction, *product, *trial; // [size]
    double *memory;
} problem;

double spl_logistic_score(const double *weights, const float *x, uint32_t d)
{
    double z = weights[d];
    for (uint32_t j = 0; j < d; j++) z += weights[j] * (double)x[j];
    return z;
}

static double dot(const double *a, const double *b, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

// log(1 + exp(-t)) without overflow.
static double soft(double t)
{
    return t > 0 ? log1p(exp(-t)) : log1p(exp(t)) - t;
}

static double loss_at(problem *p, const double *w)
{
    double loss = dot(w, w, p->d) / 2;
    for (uint32_t i = 0; i < p->m; i++) {
        double z = spl_logistic_score(w, p->x + (size_t)p->rows[i] * p->d, p->d);
        p->z[i] = z;
        loss += soft(p->truth[i] ? z : -z);
    }
    return loss;
}

// Gradient and curvature at the weights whose scores are in z.
static void derive(problem *p, const double *w)
{
    memcpy(p->gradient, w, p->d * sizeof *w);
    p->gradient[p->d] = 0;
    for (uint32_t i = 0; i < p->m; i++) {
        double e = 1 / (1 + exp(-p->z[i])), off = e - (p->truth[i] ? 1 : 0);
        const float *x = p->x + (size_t)p->rows[i] * p->d;
        p->curve[i] = e * (1 - e);
        for (uint32_t j = 0; j < p->d; j++) p->gradient[j] += off * (double)x[j];
        p->gradient[p->d] += off;
    }
}

// out = Hessian times v.
static void multiply(const problem *p, const double *v, double *out)
{
    memcpy(out, v, p->d * sizeof *v);
    out[p->d] = 0;
    for (uint32_t i = 0; i < p->m; i++) {
        const float *x = p->x + (size_t)p->rows[i] * p->d;
        double t = p->curve[i] * spl_logistic_score(v, x, p->d);
        for (uint32_t j = 0; j < p->d; j++) out[j] += t * (double)x[j];
        out[p->d] += t;
    }
}

// step = about the solution of Hessian * step = -gradient.
static void conjugate_gradients(problem *p)
{
    uint32_t n = p->size;
    for (uint32_t j = 0; j < n; j++) {
        p->step[j] = 0;
        p->residual[j] = p->direction[j] = -p->gradient[j];
    }
    double rr = dot(p->residual, p->residual, n), enough = rr * fmin(0.25, sqrt(rr));
    for (uint32_t k = 0; k < 2 * n && rr > enough; k++) {
        multiply(p, p->direction, p->product);
        double bend = dot(p->direction, p->product, n);
        if (!(bend > 1e-300)) return; // flat: the intercept of rows that are all certain
        double a = rr / bend, before = rr;
        for (uint32_t j = 0; j < n; j++) {
            p->step[j] += a * p->direction[j];
            p->residual[j] -= a * p->product[j];
        }
        rr = dot(p->residual, p->residual, n);
        for (uint32_t j = 0; j < n; j++) p->direction[j] = p->residual[j] + rr / before * p->direction[j];
    }
}

// Goes along the step as far as the loss falls enough (Armijo). Returns whether it moved.
static bool walk(problem *p, double *w, double *loss)
{
    double slope = dot(p->gradient, p->step, p->size), length = 1;
    for (int h = 0; h < HALVINGS_MAX; h++, length /= 2) {
        for (uint32_t j = 0; j < p->size; j++) p->trial[j] = w[j] + length * p->step[j];
        double now = loss_at(p, p->trial);
        if (!(now <= *loss + 1e-4 * length * slope)) continue;
        bool moved = now < *loss;
        memcpy(w, p->trial, p->size * sizeof *w);
        *loss = now;
        return moved;
    }
    return false;
}

static void solve(problem *p, double *w)
{
    memset(w, 0, p->size * sizeof *w);
    double loss = loss_at(p, w), first = 0;
    for (int step = 0; step < STEPS_MAX; step++) {
        derive(p, w);
        double length = sqrt(dot(p->gradient, p->gradient, p->size));
        if (step == 0) first = length;
        if (length <= GRADIENT_SMALL * first) return;
        conjugate_gradients(p);
        if (!walk(p, w, &loss)) return;
    }
}

bool spl_logistic_fit(const float *x, uint32_t d, const uint32_t *rows, const bool *truth, uint32_t m, double *weights)
{
    size_t n = (size_t)d + 1;
    problem p = {.x = x, .d = d, .m = m, .size = d + 1, .rows = rows, .truth = truth};
    p.memory = calloc(2 * (size_t)m + 6 * n, sizeof *p.memory);
    if (!p.memory) return false;
    p.z = p.memory;
    p.curve = p.z + m;
    double **parts[] = {&p.gradient, &p.step, &p.residual, &p.direction, &p.product, &p.trial};
    for (size_t i = 0; i < 6; i++) *parts[i] = p.curve + m + i * n;
    solve(&p, weights);
    free(p.memory);
    return true;
}

typedef struct judged {
    double score;
    bool truth;
} judged;

static int by_score(const void *a, const void *b)
{
    double x = ((const judged *)a)->score, y = ((const judged *)b)->score;
    return (x > y) - (x < y);
}

bool spl_auc(const double *score, const bool *truth, uint32_t m, double *out)
{
    judged *all = malloc(((size_t)m + 1) * sizeof *all);
    if (!all) return false;
    for (uint32_t i = 0; i < m; i++) all[i] = (judged){score[i], truth[i]};
    qsort(all, m, sizeof *all, by_score);
    double below = 0, positives = 0, pairs = 0; // false rows so far, true rows, pairs in order
    for (uint32_t i = 0; i < m;) {
        double yes = 0, no = 0;
        uint32_t from = i;
        for (; i < m && all[i].score == all[from].score; i++) *(all[i].truth ? &yes : &no) += 1;
        pairs += yes * (below + no / 2);
        below += no;
        positives += yes;
    }
    free(all);
    *out = positives > 0 && below > 0 ? pairs / (positives * below) : NAN;
    return true;
}
