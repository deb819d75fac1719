// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the report that `samplit learn` writes beside a bundle (docs/learning.md, section 6): what was
// observed in every node of the tree.
#ifndef SAMPLIT_REPORT_READ_H
#define SAMPLIT_REPORT_READ_H

#include <stdint.h>

#include "host/error.h"
#include "samplit/bundle.h"

typedef struct spl_report_arm {
    double exposures, rate, mean, low, high; // mean and its 95 % interval are of the posterior
    double sum, deviation;                   // of the rewards; deviation: NaN where the report does not say
    double lift;                             // mean over the control's mean, less 1
} spl_report_arm;                            // NaN where the report has null

typedef struct spl_report_node {
    double exposures, sum;      // over all variants; sum of rewards
    double rate, low, high;     // sum / exposures, and Wilson's 95 % interval (NaN unless binary)
    double effect_p;            // of the test that its effects are those of the rest of its parent; NaN without one
    double min_samples;         // exposures that it needs to serve on its own; NaN for the root
    const spl_report_arm *arms; // [variant_count]
} spl_report_node;

typedef struct spl_report {
    char *outcome; // its name, valid UTF-8; owned
    bool binary;   // rewards are 0 or 1
    uint32_t node_count;
    spl_report_node *nodes;  // [node_count], as in the bundle's tree
    spl_report_arm *arms;    // owned, behind the nodes' arms
    struct cJSON *reference; // owned; as learn/drift/reference_json.h reads it, NULL if there is none
} spl_report;

// Reads the report of this bundle and experiment. On failure *out is unchanged and the error names
// the field; the report of another bundle is refused by its field `bundle`.
bool spl_report_read(const char *path, const spl_bundle *bundle, uint32_t experiment, spl_report **out,
                     spl_error *error);
void spl_report_free(spl_report *report); // NULL is fine

// The same from bytes in memory.
bool spl_report_parse(const char *data, size_t size, const spl_bundle *bundle, uint32_t experiment, spl_report **out,
                      spl_error *error);

// Where the report of a bundle file lies: X.report.json beside X.safetensors, else X followed by
// .report.json. From malloc; NULL when out of memory.
char *spl_report_path(const char *bundle_path);

#endif
