// SPDX-License-Identifier: GPL-3.0-or-later
// The private report beside a bundle without a policy: what its visitors were like when it was made, and how well its
// encoder told held-out rows apart. A report of clusters holds their scores too.
#ifndef SAMPLIT_PART_REPORT_H
#define SAMPLIT_PART_REPORT_H

#include <cJSON.h>

#include "learn/drift/part_log.h"
#include "samplit/bundle.h"

// Of held-out rows: the share whose nearest neighbour among them has their label.
typedef struct spl_part_recall {
    char label[256]; // the column; empty = none was taken
    uint32_t rows;
    double share;
} spl_part_recall;

typedef struct spl_part_report {
    spl_reference *reference; // owned
    spl_part_recall recall;
} spl_part_report;

// Adds the members `reference` and, if there is one, `recall`. False when out of memory.
bool spl_part_report_add(cJSON *root, const spl_tally *tally, const spl_part_recall *recall);

// The report of this bundle; that of another is refused by its field `bundle`.
bool spl_part_report_read(const char *path, const spl_bundle *bundle, spl_part_report *out, spl_error *error);
// The same from bytes in memory.
bool spl_part_report_parse(const char *data, size_t size, const spl_bundle *bundle, spl_part_report *out,
                           spl_error *error);
void spl_part_report_free(spl_part_report *report); // a zeroed one is fine

#endif
