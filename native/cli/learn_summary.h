// SPDX-License-Identifier: GPL-3.0-or-later
// What `samplit learn` tells people.
#ifndef SAMPLIT_LEARN_SUMMARY_H
#define SAMPLIT_LEARN_SUMMARY_H

#include <stdio.h>

#include "learn/report_write.h"

// `bundle` and `report` are the paths written, NULL if they were not.
void spl_learn_summary(FILE *out, const spl_report_source *source, const char *bundle, const char *report);

#endif
