// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/boundary.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_zeta.h>
#include <math.h>

#include "stats/quantile.h"

// Howard et al. 2021, equation (13) with its Lambert function replaced by the first terms: within 1 % of the best.
static double two_sided_rho(double v_opt, double alpha)
{
    double twice = 2 * log(1 / alpha);
    return v_opt / (twice + log1p(twice));
}

double spl_mixture_rho(double v_opt, double alpha, bool one_sided)
{
    return two_sided_rho(v_opt, one_sided ? 2 * alpha : alpha);
}

spl_mixture spl_mixture_tuned(spl_mixture_kind kind, double v_opt, double alpha, bool one_sided, double c, double g,
                              double h)
{
    bool one = one_sided || kind == SPL_MIXTURE_GAMMA_EXPONENTIAL || kind == SPL_MIXTURE_GAMMA_POISSON;
    spl_mixture m = {.kind = kind, .one_sided = one, .rho = spl_mixture_rho(v_opt, alpha, one), .c = c, .g = g, .h = h};
    return m;
}

static double log_normal_cdf(double z)
{
    return z > -30 ? log(gsl_cdf_ugaussian_P(z)) : -z * z / 2 - log(-z) - 0.918938533204672742; // Mills's ratio
}

static double normal_log(const spl_mixture *m, double s, double v)
{
    double sum = v + m->rho, plain = log(m->rho / sum) / 2 + s * s / (2 * sum);
    return m->one_sided ? plain + log(2) + log_normal_cdf(s / sqrt(sum)) : plain;
}

// ln of the incomplete gamma functions, from x (upper) or up to it.
static double log_gamma_from(double a, double x)
{
    return gsl_sf_lngamma(a) + log(gsl_sf_gamma_inc_Q(a, x));
}

static double log_gamma_to(double a, double x)
{
    return gsl_sf_lngamma(a) + log(gsl_sf_gamma_inc_P(a, x));
}

static double gamma_exponential_log(const spl_mixture *m, double s, double v)
{
    double cc = m->c * m->c, prior = m->rho / cc, shape = (v + m->rho) / cc, x = (m->c * s + v + m->rho) / cc;
    if (!(x > 0)) return -INFINITY;
    return prior * log(prior) - log_gamma_to(prior, prior) + log_gamma_to(shape, x) - shape * log(x) +
           (m->c * s + v) / cc;
}

static double gamma_poisson_log(const spl_mixture *m, double s, double v)
{
    double cc = m->c * m->c, prior = m->rho / cc, rate = (v + m->rho) / cc, shape = s / m->c + rate;
    if (!(shape > 0)) return -INFINITY;
    return prior * log(prior) - log_gamma_from(prior, prior) + log_gamma_from(shape, rate) - shape * log(rate) + v / cc;
}

// ln of the integral of t^(a-1) (1-t)^(b-1) from 0 to x.
static double log_beta_to(double a, double b, double x)
{
    return gsl_sf_lnbeta(a, b) + (x < 1 ? log(spl_beta_p(x, a, b)) : 0);
}

static double beta_binomial_log(const spl_mixture *m, double s, double v)
{
    double g = m->g, h = m->h, gh = g * h, width = g + h;
    double r = fmax(m->rho - gh, 1e-3 * gh), to = m->one_sided ? h / width : 1;
    double a = (r + v) / (g * width) - s / width, b = (r + v) / (h * width) + s / width;
    if (!(a > 0) || !(b > 0)) return s > 0 ? INFINITY : -INFINITY;
    return v / gh * log(width) - (v / h + s) / width * log(g) - (v / g - s) / width * log(h) + log_beta_to(a, b, to) -
           log_beta_to(r / (g * width), r / (h * width), to);
}

double spl_mixture_log(const spl_mixture *m, double s, double v)
{
    switch (m->kind) {
    case SPL_MIXTURE_GAMMA_EXPONENTIAL: return gamma_exponential_log(m, s, v);
    case SPL_MIXTURE_GAMMA_POISSON: return gamma_poisson_log(m, s, v);
    case SPL_MIXTURE_BETA_BINOMIAL: return beta_binomial_log(m, s, v);
    default: return normal_log(m, s, v);
    }
}

static double search(const spl_mixture *m, double v, double wanted, double most)
{
    double low = 0, high = isfinite(most) ? most : sqrt(v + m->rho);
    while (!isfinite(most) && spl_mixture_log(m, high, v) < wanted) high *= 2;
    if (!(spl_mixture_log(m, high, v) >= wanted)) return INFINITY;
    for (int i = 0; i < 200; i++) {
        double middle = (low + high) / 2;
        if (middle <= low || middle >= high) break;
        if (spl_mixture_log(m, middle, v) < wanted)
            low = middle;
        else
            high = middle;
    }
    return high;
}

double spl_mixture_bound(const spl_mixture *m, double v, double alpha)
{
    double wanted = log(1 / alpha), sum = v + m->rho;
    if (m->kind == SPL_MIXTURE_NORMAL && !m->one_sided) return sqrt(sum * (log1p(v / m->rho) + 2 * wanted));
    return search(m, v, wanted, m->kind == SPL_MIXTURE_BETA_BINOMIAL ? v / m->g : INFINITY);
}

double spl_stitched_bound(double v, double alpha, double v_min, double c)
{
    const double eta = 2, s = 1.4;
    double at = fmax(v, v_min), k1 = (pow(eta, 0.25) + pow(eta, -0.25)) / sqrt(2), k2 = (sqrt(eta) + 1) / 2;
    double level = s * log(log(eta * at / v_min)) + log(gsl_sf_zeta(s) / (alpha * pow(log(eta), s)));
    double linear = k2 * c * level;
    return sqrt(k1 * k1 * at * level + linear * linear) + linear;
}
