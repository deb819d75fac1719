// SPDX-License-Identifier: GPL-3.0-or-later
#include "events/drawn.h"

#include <string.h>

bool spl_event_was_drawn(const spl_event *exposure)
{
    static const spl_reason set[] = {SPL_REASON_HOLDOUT, SPL_REASON_FORCED, SPL_REASON_PAUSED, SPL_REASON_NOT_ELIGIBLE,
                                     SPL_REASON_DEFAULT};
    for (size_t i = 0; i < sizeof set / sizeof *set; i++) {
        const char *text = spl_reason_text(set[i]);
        if (spl_text_equal(exposure->reason, (spl_text){text, strlen(text)})) return false;
    }
    return true;
}
