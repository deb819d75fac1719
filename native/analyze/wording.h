// SPDX-License-Identifier: GPL-3.0-or-later
// Figures as recommendations and summary word them.
#ifndef SAMPLIT_ANALYZE_WORDING_H
#define SAMPLIT_ANALYZE_WORDING_H

#include "analyze/report.h"

#define SPL_WORDS_MAX 96

// "12.3 % better [4.5, 20.1]", "3.1 % worse [0.5, 5.6]"; without a lift the difference: "0.2 points better", "1.3
// more".
char *spl_words_effect(const spl_analysis *report, const spl_analysis_effect *effect, char out[SPL_WORDS_MAX]);

// A count with a comma between thousands: "3,100"; rounded to two digits if `about`.
char *spl_words_count(double count, bool about, char out[SPL_WORDS_MAX]);

// A probability: "0.98", "more than 0.999", "less than 0.001".
char *spl_words_probability(double p, char out[SPL_WORDS_MAX]);

// A p-value: "p 0.012", "p below 0.0001".
char *spl_words_p(double p, char out[SPL_WORDS_MAX]);

// A rate, or a mean where rewards are not 0 or 1: "4.2 %", "1.234".
char *spl_words_rate(const spl_analysis *report, double rate, char out[SPL_WORDS_MAX]);

// A day, "2026-11-21", or with the minute, "2026-11-21 14:30"; UTC.
char *spl_words_day(int64_t time_ms, char out[SPL_WORDS_MAX]);
char *spl_words_minute(int64_t time_ms, char out[SPL_WORDS_MAX]);

#endif
