// SPDX-License-Identifier: MIT
// Logs of a small site, whose visits and rewards a test moves as it likes.
#ifndef DRIFT_FIXTURE_H
#define DRIFT_FIXTURE_H

#include <stdint.h>

typedef struct drift_site {
    uint32_t seed, visits;
    uint32_t day;       // of January 2026, of the first visit
    double days;        // that the visits are spread over
    double desktop;     // share of visits; the others are mobile
    double rate[2][2];  // of [mobile, desktop][control, b]
    double b;           // share of visits that are served b, and its propensity; 0 = 0.5
    const char *bundle; // id that served; NULL = none is logged
    uint32_t units;     // distinct; 0 = one per visit
    const char *value;  // of an attribute `plan` that all visits have; NULL = none
} drift_site;

// 8,000 visits on ten days from 1 January, half of them desktop; phones like b, desktops control.
drift_site drift_site_default(void);

// Writes the log into the test's folder.
void drift_site_write(const char *name, const drift_site *site);

#endif
