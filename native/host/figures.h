// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as people read them.
#ifndef SAMPLIT_FIGURES_H
#define SAMPLIT_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#define SPL_FIGURE_MAX 40

// A count in two or three digits: 998, 1.2K, 60K, 1.5M. Returns `out`; NaN gives "-" here and below.
char *spl_figure_count(double count, char out[SPL_FIGURE_MAX]);

// A rate as "6.0 %" ("0.57 %" below 1 %), or, where the reward is not 0 or 1, a mean as "1.234".
char *spl_figure_rate(double rate, bool binary, char out[SPL_FIGURE_MAX]);

// An interval of the same: "5.8 to 6.2 %". Empty if either end is NaN.
char *spl_figure_interval(double low, double high, bool binary, char out[SPL_FIGURE_MAX]);

// A share of one as whole percent: "62 %"; "<1 %" and ">99 %" where rounding would say none or all.
char *spl_figure_share(double share, char out[SPL_FIGURE_MAX]);

// A duration as people write it, and as options take it: "1s", "30m", "24h", "7d", "1.5s", "90m".
char *spl_figure_duration(int64_t milliseconds, char out[SPL_FIGURE_MAX]);

// A change relative to 1 with its sign: "+12.3 %".
char *spl_figure_change(double change, char out[SPL_FIGURE_MAX]);

#endif
