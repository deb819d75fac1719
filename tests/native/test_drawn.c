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
    static const char *const set[] = {"forced", "holdout", "paused", "not_eligible", "default", "sticky", "incumbent"};
    static const char *const others[] = {"policy", "fallback", "", "Forced", "a reason of the site"};
    for (size_t i = 0; i < sizeof set / sizeof *set; i++) assert_false(drawn(set[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) assert_true(drawn(others[i]));
}

static void an_apprentice_learns_from_the_incumbent_and_nobody_else_does(void **state)
{
    (void)state;
    static spl_event event;
    event.reason = SPL_TEXT("incumbent");
    event.mode = SPL_TEXT("apprentice");
    assert_true(spl_event_teaches(&event));
    event.mode = SPL_TEXT("logging_only");
    assert_false(spl_event_teaches(&event));
    event.reason = SPL_TEXT("policy");
    assert_true(spl_event_teaches(&event));
    event.mode = SPL_TEXT("apprentice");
    event.reason = SPL_TEXT("sticky");
    assert_false(spl_event_teaches(&event));
    assert_true(spl_event_repeats(&event));
    event.reason = SPL_TEXT("policy");
    assert_false(spl_event_repeats(&event));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_apprentice_learns_from_the_incumbent_and_nobody_else_does),
        cmocka_unit_test(variants_set_by_a_rule_were_not_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
