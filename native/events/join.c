// SPDX-License-Identifier: GPL-3.0-or-later
// Open exposures stand in lanes, queues with a clock of their own. A log in order needs one lane:
// its clock is the newest time seen, and an exposure closes when the clock has passed its window.
// An event older than the clock by more than the window (a stray from a slow phone, or a second file
// that begins before the first one ended) must neither wait for a clock that is far ahead, for then a
// log in the wrong order would be held whole, nor turn that clock back, for then one stray would
// upset everything. So it goes to the next lane, whose clock it may set. When the last lane is too
// far ahead as well, that lane is closed and begins anew. Memory is thus bounded by the traffic of
// LANES windows, whatever the order of the log; in a log in order it is that of one.
#include "events/join.h"

#include <stdlib.h>
#include <string.h>

#include "events/delays.h"
#include "events/open_exposures.h"
#include "samplit/hash.h"

#define LANES 8
#define NONE SPL_OPEN_NONE

#define COME_SHARE 0.99   // an exposure is old enough when this share of the outcomes would have come
#define DELAYS_ENOUGH 100 // delays of closed windows; with fewer those of open ones, which are short, count too
#define INSTANT_MS 1000   // outcomes within a second need no waiting: few clocks are finer

typedef struct queue {
    int64_t clock_ms; // newest time seen; INT64_MIN before the first event
    uint32_t first, last;
} queue;

struct spl_join {
    spl_join_config config;
    spl_text outcome; // the name learned from; data NULL until the first is joined
    char *outcome_copy;
    spl_join_closed *closed;
    void *owner;
    spl_join_counts counts;
    spl_delays delays; // of outcomes whose exposure has closed
    spl_open open;
    queue lanes[LANES]; // `next` of the open exposures makes the queues
};

spl_join_config spl_join_config_default(void)
{
    return (spl_join_config){.window_ms = INT64_C(24) * 3600 * 1000};
}

static bool set_outcome(spl_join *join, spl_text name)
{
    join->outcome_copy = malloc(name.size + 1);
    if (!join->outcome_copy) return false;
    if (name.size > 0) memcpy(join->outcome_copy, name.data, name.size);
    join->outcome = (spl_text){join->outcome_copy, name.size};
    return true;
}

spl_join *spl_join_new(const spl_join_config *config, spl_join_closed *closed, void *owner)
{
    spl_join *join = calloc(1, sizeof *join);
    if (!join) return NULL;
    join->config = *config;
    join->closed = closed;
    join->owner = owner;
    spl_open_start(&join->open, config->payload_bytes);
    for (int i = 0; i < LANES; i++) join->lanes[i] = (queue){INT64_MIN, NONE, NONE};
    if (config->outcome && !set_outcome(join, (spl_text){config->outcome, strlen(config->outcome)})) {
        free(join);
        return NULL;
    }
    return join;
}

void spl_join_free(spl_join *join)
{
    if (!join) return;
    spl_open_end(&join->open);
    free(join->outcome_copy);
    free(join);
}

static uint64_t unit_hash(const spl_event *event)
{
    uint64_t experiment = spl_xxh64(event->experiment.data, event->experiment.size, 0);
    return spl_xxh64(event->unit.data, event->unit.size, experiment);
}

// Asks for the memory that dropping the oldest will touch, and for the next one after it.
static void expect_drop(const spl_join *join, const queue *lane)
{
    if (lane->first == NONE) return;
    const spl_open_exposure *e = &join->open.entries[lane->first];
    spl_open_expect(&join->open, e->id, e->unit);
    __builtin_prefetch(spl_open_payload(&join->open, lane->first));
    if (e->next != NONE) __builtin_prefetch(&join->open.entries[e->next]);
}

// Takes the oldest exposure out of its lane.
static void drop_first(spl_join *join, queue *lane)
{
    uint32_t i = lane->first;
    lane->first = join->open.entries[i].next;
    if (lane->first == NONE) lane->last = NONE;
    spl_open_remove(&join->open, i);
    expect_drop(join, lane);
}

static void close_first(spl_join *join, queue *lane)
{
    const spl_open_exposure *e = &join->open.entries[lane->first];
    if (e->repeat) {
        drop_first(join, lane);
        return;
    }
    bool rewarded = e->delay_ms != SPL_OPEN_NO_OUTCOME;
    if (rewarded) spl_delays_add(&join->delays, e->delay_ms);
    join->closed(join->owner, spl_open_payload(&join->open, lane->first),
                 rewarded ? e->reward : join->config.default_reward);
    drop_first(join, lane);
}

static void leave_out_first(spl_join *join, queue *lane)
{
    bool counts = !join->open.entries[lane->first].repeat;
    join->counts.open_exposures += counts;
    join->counts.exposures -= counts;
    join->counts.outcomes -= join->open.entries[lane->first].delay_ms != SPL_OPEN_NO_OUTCOME;
    drop_first(join, lane);
}

// The age from which an open exposure counts. Exposures whose window has closed show the delays as they
// are; open ones show the short delays before the long ones.
static int64_t settled_age(const spl_join *join)
{
    spl_delays delays = join->delays;
    for (int lane = 0; lane < LANES && join->delays.count < DELAYS_ENOUGH; lane++) {
        for (uint32_t i = join->lanes[lane].first; i != NONE; i = join->open.entries[i].next) {
            if (join->open.entries[i].delay_ms != SPL_OPEN_NO_OUTCOME)
                spl_delays_add(&delays, join->open.entries[i].delay_ms);
        }
    }
    int64_t age = spl_delays_quantile(&delays, COME_SHARE);
    return age < INSTANT_MS ? 0 : age;
}

static void end_lane(spl_join *join, queue *lane, int64_t age_ms)
{
    while (lane->first != NONE) {
        if (lane->clock_ms - join->open.entries[lane->first].time_ms < age_ms) {
            leave_out_first(join, lane);
        } else {
            close_first(join, lane);
        }
    }
    lane->clock_ms = INT64_MIN;
}

// The lane for an event of this time, its clock moved on and what is due there closed.
static queue *advance(spl_join *join, int64_t time_ms)
{
    queue *chosen = join->lanes, *last = &join->lanes[LANES - 1];
    while (chosen->clock_ms != INT64_MIN && time_ms < chosen->clock_ms - join->config.window_ms) {
        if (chosen == last) {
            end_lane(join, last, settled_age(join));
            break;
        }
        chosen++;
    }
    if (time_ms > chosen->clock_ms) chosen->clock_ms = time_ms;
    while (chosen->first != NONE &&
           join->open.entries[chosen->first].time_ms + join->config.window_ms < chosen->clock_ms)
        close_first(join, chosen);
    return chosen;
}

static void append(spl_join *join, queue *lane, uint32_t i)
{
    join->open.entries[i].next = NONE;
    if (lane->last == NONE)
        lane->first = i;
    else
        join->open.entries[lane->last].next = i;
    lane->last = i;
}

static bool add(spl_join *join, const spl_event *exposure, const void *payload)
{
    uint64_t unit = unit_hash(exposure);
    spl_open_expect(&join->open, exposure->id, unit); // what advance does takes long enough for that to come
    queue *lane = advance(join, exposure->time_ms);
    if (spl_open_by_id(&join->open, exposure->id) != NONE) {
        join->counts.duplicate_exposures++;
        return true;
    }
    uint32_t i = spl_open_add(&join->open, exposure->id, unit, exposure->time_ms, payload);
    if (i == NONE) return false;
    append(join, lane, i);
    join->counts.exposures += payload != NULL;
    join->counts.late_exposures += payload && lane != join->lanes;
    return true;
}

bool spl_join_exposure(spl_join *join, const spl_event *exposure, const void *payload)
{
    return add(join, exposure, payload ? payload : "");
}

bool spl_join_repeat(spl_join *join, const spl_event *exposure)
{
    return add(join, exposure, NULL);
}

// The open exposure that an outcome belongs to, if it came within the window.
static spl_open_exposure *find_exposure(spl_join *join, const spl_event *outcome)
{
    uint32_t i = outcome->has_exposure ? spl_open_by_id(&join->open, outcome->exposure)
                                       : spl_open_by_unit(&join->open, unit_hash(outcome), outcome->time_ms);
    if (i != NONE && join->open.entries[i].repeat)
        i = outcome->time_ms < join->open.entries[i].time_ms
                ? NONE
                : spl_open_by_unit(&join->open, join->open.entries[i].unit, outcome->time_ms);
    spl_open_exposure *e = i == NONE ? NULL : &join->open.entries[i];
    bool inside = e && outcome->time_ms >= e->time_ms && outcome->time_ms <= e->time_ms + join->config.window_ms;
    return inside ? e : NULL;
}

bool spl_join_outcome(spl_join *join, const spl_event *outcome)
{
    advance(join, outcome->time_ms);
    bool settled = join->outcome.data != NULL;
    if (settled && !spl_text_equal(outcome->name, join->outcome)) {
        join->counts.outcomes_other_name++;
        return true;
    }
    spl_open_exposure *e = find_exposure(join, outcome);
    if (!e) {
        join->counts.outcomes_without_exposure++;
        return true;
    }
    if (!settled && !set_outcome(join, outcome->name)) return false;
    if (e->delay_ms != SPL_OPEN_NO_OUTCOME) {
        join->counts.duplicate_outcomes++;
        return true;
    }
    e->delay_ms = outcome->time_ms - e->time_ms;
    e->reward = outcome->value;
    join->counts.outcomes++;
    return true;
}

void spl_join_finish(spl_join *join)
{
    int64_t age_ms = settled_age(join);
    for (int i = 0; i < LANES; i++) end_lane(join, &join->lanes[i], age_ms);
}

spl_text spl_join_outcome_name(const spl_join *join)
{
    return join->outcome;
}

spl_join_counts spl_join_counted(const spl_join *join)
{
    return join->counts;
}
