// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/moments.h"

#include <math.h>

void spl_sum_add(spl_sum *s, double x)
{
    double sum = s->sum + x;
    s->rest += fabs(s->sum) >= fabs(x) ? (s->sum - sum) + x : (x - sum) + s->sum;
    s->sum = sum;
}

double spl_sum_value(const spl_sum *s)
{
    return s->sum + s->rest;
}

// x - (sum + rest), where the mean is far from zero and the difference is small.
static double from_mean(const spl_series *s, double x)
{
    return (x - s->mean.sum) - s->mean.rest;
}

void spl_series_add(spl_series *s, double x)
{
    double before = from_mean(s, x);
    s->count++;
    spl_sum_add(&s->mean, before / s->count);
    spl_sum_add(&s->squares, before * from_mean(s, x));
}

void spl_series_merge(spl_series *into, const spl_series *from)
{
    if (from->count == 0) return;
    double count = into->count + from->count;
    double apart = (from->mean.sum - into->mean.sum) + (from->mean.rest - into->mean.rest);
    spl_sum_add(&into->squares, from->squares.sum);
    spl_sum_add(&into->squares, from->squares.rest);
    spl_sum_add(&into->squares, apart * apart * (into->count * (from->count / count)));
    spl_sum_add(&into->mean, apart * (from->count / count));
    into->count = count;
}

double spl_series_mean(const spl_series *s)
{
    return s->count > 0 ? spl_sum_value(&s->mean) : NAN;
}

double spl_series_variance(const spl_series *s)
{
    return s->count > 1 ? spl_sum_value(&s->squares) / (s->count - 1) : NAN;
}

void spl_pairs_add(spl_pairs *p, double x, double y)
{
    double before = from_mean(&p->x, x);
    spl_series_add(&p->x, x);
    spl_series_add(&p->y, y);
    spl_sum_add(&p->products, before * from_mean(&p->y, y));
}

void spl_pairs_merge(spl_pairs *into, const spl_pairs *from)
{
    if (from->x.count == 0) return;
    double count = into->x.count + from->x.count;
    double x = (from->x.mean.sum - into->x.mean.sum) + (from->x.mean.rest - into->x.mean.rest);
    double y = (from->y.mean.sum - into->y.mean.sum) + (from->y.mean.rest - into->y.mean.rest);
    spl_sum_add(&into->products, from->products.sum);
    spl_sum_add(&into->products, from->products.rest);
    spl_sum_add(&into->products, x * y * (into->x.count * (from->x.count / count)));
    spl_series_merge(&into->x, &from->x);
    spl_series_merge(&into->y, &from->y);
}

double spl_pairs_covariance(const spl_pairs *p)
{
    return p->x.count > 1 ? spl_sum_value(&p->products) / (p->x.count - 1) : NAN;
}
