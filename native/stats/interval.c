// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/interval.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

double spl_normal_reach(double confidence)
{
    return gsl_cdf_ugaussian_Qinv((1 - confidence) / 2);
}

double spl_normal_p(double z)
{
    return erfc(fabs(z) / sqrt(2));
}

double spl_chi_square_p(double x, double freedom)
{
    return x == INFINITY ? 0 : gsl_cdf_chisq_Q(x, freedom);
}
