// SPDX-License-Identifier: GPL-3.0-or-later
// Which exposures say something about a policy: those whose variant was drawn from the logged propensities.
#ifndef SAMPLIT_DRAWN_H
#define SAMPLIT_DRAWN_H

#include "events/event.h"

bool spl_event_has_reason(const spl_event *event, spl_reason reason);

// False where a rule set the variant (`forced`, `holdout`, `paused`, `not_eligible`, `default`, `sticky`, `incumbent`):
// whoever was shown it differs from the others in more than the variant, or was counted before, and its propensity is 1
// by decree. True for all other reasons, also unknown ones and none.
bool spl_event_was_drawn(const spl_event *exposure);

// Whether a learner counts it: drawn ones, and in apprentice mode the incumbent's choices. Nobody knows with what
// chance the incumbent took them, so they are no ground to judge a policy on.
bool spl_event_teaches(const spl_event *exposure);

// Whether it repeats a draw of the unit that was logged before (`sticky`): its outcomes are that one's.
bool spl_event_repeats(const spl_event *exposure);

#endif
