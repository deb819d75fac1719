// SPDX-License-Identifier: GPL-3.0-or-later
// What a simulation did, for people and for programs.
#ifndef SAMPLIT_SIMULATE_REPORT_H
#define SAMPLIT_SIMULATE_REPORT_H

#include <stdio.h>

#include "simulate/simulate.h"

// Totals, then the curve of the lift when learning, else what each segment saw.
void spl_simulate_report(FILE *out, const spl_world *world, const spl_simulate_config *config,
                         const spl_simulation *simulation);

// The same and the whole series as one JSON document with its newline. False when out of memory.
bool spl_simulate_report_json(FILE *out, const spl_world *world, const spl_simulate_config *config,
                              const spl_simulation *simulation);

#endif
