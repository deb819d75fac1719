// SPDX-License-Identifier: GPL-3.0-or-later
// What the parts of a drift measure share. For drift*.c only.
#ifndef SAMPLIT_DRIFT_SETTING_H
#define SAMPLIT_DRIFT_SETTING_H

#include "learn/drift/drift.h"

// All that a measure is made from.
typedef struct spl_drift_setting {
    const spl_bundle *bundle;
    const spl_experiment *experiment;
    const spl_report *report;
    const spl_reference *reference;
    const spl_drift_log *log;
    const spl_drift_config *config;
    spl_drift *out;
} spl_drift_setting;

// An index counts if chance would rarely make it; a quiet one says something only if a drift could have been seen.
spl_drift_verdict spl_drift_judge(const spl_drift_config *config, const spl_psi *psi, double p);
void spl_drift_raise(spl_drift_setting *setting, spl_drift_verdict verdict);   // the whole's, if this one is worse
void spl_drift_note(spl_drift_setting *setting, const spl_psi *psi, double p); // the worst index

// False when out of memory.
bool spl_drift_segments(spl_drift_setting *setting);

#endif
