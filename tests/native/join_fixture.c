// SPDX-License-Identifier: MIT
#include "join_fixture.h"

#include <stdio.h>
#include <string.h>

#include "samplit/hash.h"
#include "testing.h"

closings closed;
static spl_event event;

void note_closed(void *owner, const void *payload, double reward)
{
    closings *all = owner;
    memcpy(&all->payloads[all->count], payload, sizeof *all->payloads);
    all->rewards[all->count++] = reward;
}

spl_join *joiner(int64_t window_ms, const char *outcome)
{
    spl_join_config config = spl_join_config_default();
    config.window_ms = window_ms;
    config.outcome = outcome;
    config.payload_bytes = sizeof(uint32_t);
    closed.count = 0;
    spl_join *join = spl_join_new(&config, note_closed, &closed);
    assert_non_null(join);
    return join;
}

static spl_text numbered(char *out, const char *word, uint32_t n)
{
    return (spl_text){out, (size_t)sprintf(out, "%s%u", word, n)};
}

static void make_id(uint32_t n, uint8_t id[16])
{
    spl_uuid7(0, n, spl_mix64(n), id);
}

// Unit: room for its name.
static void make_exposure(uint32_t n, int64_t time_ms, char unit[16])
{
    memset(&event, 0, offsetof(spl_event, context));
    event.kind = SPL_EVENT_EXPOSURE;
    event.time_ms = time_ms;
    event.experiment = SPL_TEXT("e");
    event.unit = numbered(unit, "u", n % 10);
    make_id(n, event.id);
}

void expose(spl_join *join, uint32_t n, int64_t time_ms)
{
    char unit[16];
    make_exposure(n, time_ms, unit);
    assert_true(spl_join_exposure(join, &event, &n));
}

void repeat(spl_join *join, uint32_t n, int64_t time_ms)
{
    char unit[16];
    make_exposure(n, time_ms, unit);
    assert_true(spl_join_repeat(join, &event));
}

void outcome_named(spl_join *join, uint32_t n, int64_t time_ms, double value, const char *name)
{
    memset(&event, 0, offsetof(spl_event, context));
    event.kind = SPL_EVENT_OUTCOME;
    event.time_ms = time_ms;
    event.has_exposure = true;
    make_id(n, event.exposure);
    event.name = (spl_text){name, strlen(name)};
    event.value = value;
    assert_true(spl_join_outcome(join, &event));
}

void outcome(spl_join *join, uint32_t n, int64_t time_ms, double value)
{
    outcome_named(join, n, time_ms, value, "visit");
}

void unit_outcome(spl_join *join, const char *unit, int64_t time_ms, double value)
{
    memset(&event, 0, offsetof(spl_event, context));
    event.kind = SPL_EVENT_OUTCOME;
    event.has_exposure = false;
    event.time_ms = time_ms;
    event.experiment = SPL_TEXT("e");
    event.unit = (spl_text){unit, strlen(unit)};
    event.name = SPL_TEXT("visit");
    event.value = value;
    assert_true(spl_join_outcome(join, &event));
}

void pass_time(spl_join *join, int64_t time_ms)
{
    outcome(join, UINT32_MAX, time_ms, 1);
}
