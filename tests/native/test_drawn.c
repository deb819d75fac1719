// SPDX-License-Identifier: MIT
// Exposures whose variant a rule has set say nothing about a policy.
#include <string.h>

#include "events/drawn.h"
#include "testing.h"

static bool drawn(const char *reason)
{
    static spl_event event;
    event.reason = (spl_text){reason, strlen(reason)};
    return spl_event_was_drawn(&event);
}

static void variants_set_by_a_rule_were_not_drawn(void **state)
{
    (void)state;
    static const char *const set[] = {"forced", "holdout", "paused", "not_eligible", "default"};
    static const char *const others[] = {"policy", "fallback", "sticky", "", "Forced", "a reason of the site"};
    for (size_t i = 0; i < sizeof set / sizeof *set; i++) assert_false(drawn(set[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) assert_true(drawn(others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variants_set_by_a_rule_were_not_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
