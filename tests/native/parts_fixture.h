// SPDX-License-Identifier: MIT
// Visitors of four kinds, as rows or as a log, whose shares a test moves as it likes.
#ifndef PARTS_FIXTURE_H
#define PARTS_FIXTURE_H

#include <stdint.h>

typedef struct parts_site {
    uint32_t seed, visitors;
    double share[4];    // of each kind; they add up to 1
    double mislabelled; // share of rows with a label at random
    uint32_t day;       // of January 2026, of a log's first visit; it lasts three days
} parts_site;

// 2,000 visitors, three kinds equally often, the fourth never, all labels right, from 1 January.
parts_site parts_site_default(void);

// Columns `x`, `y`, `z`, and the label `kind`.
void parts_write_rows(const char *name, const parts_site *site);
// Exposures with x, y and z as their context; each kind buys after another variant of four.
void parts_write_events(const char *name, const parts_site *site);

#endif
