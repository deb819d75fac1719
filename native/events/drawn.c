// SPDX-License-Identifier: GPL-3.0-or-later
#include "events/drawn.h"

#include <string.h>

bool spl_event_has_reason(const spl_event *exposure, spl_reason reason)
{
    const char *text = spl_reason_text(reason);
    return spl_text_equal(exposure->reason, (spl_text){text, strlen(text)});
}

bool spl_event_was_drawn(const spl_event *exposure)
{
    static const spl_reason set[] = {SPL_REASON_HOLDOUT,  SPL_REASON_FORCED,       SPL_REASON_STICKY,
                                     SPL_REASON_PAUSED,   SPL_REASON_NOT_ELIGIBLE, SPL_REASON_DEFAULT,
                                     SPL_REASON_INCUMBENT};
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        if (spl_event_has_reason(exposure, set[i])) return false;
    return true;
}

bool spl_event_teaches(const spl_event *exposure)
{
    return spl_event_was_drawn(exposure) || (spl_event_has_reason(exposure, SPL_REASON_INCUMBENT) &&
                                             spl_text_equal(exposure->mode, SPL_TEXT("apprentice")));
}

bool spl_event_repeats(const spl_event *exposure)
{
    return spl_event_has_reason(exposure, SPL_REASON_STICKY);
}
