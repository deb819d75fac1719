// SPDX-License-Identifier: GPL-3.0-or-later
// Which exposures say something about a policy: those whose variant was drawn from the logged propensities.
#ifndef SAMPLIT_DRAWN_H
#define SAMPLIT_DRAWN_H

#include "events/event.h"

// False where a rule set the variant (`forced`, `holdout`, `paused`, `not_eligible`, `default`): whoever was
// shown it differs from the others in more than the variant, and its propensity is 1 by decree. True for all
// other reasons, also unknown ones and none; `sticky` repeats a draw with the propensity it had.
bool spl_event_was_drawn(const spl_event *exposure);

#endif
