// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SAMPLIT_POWER_PRINT_H
#define SAMPLIT_POWER_PRINT_H

#include "stats/design.h"

// What `samplit power` answers, on standard output. False when out of memory.
bool spl_power_print(const spl_design *design, const spl_design_plan *plan);
bool spl_power_print_json(const spl_design *design, const spl_design_plan *plan);

#endif
