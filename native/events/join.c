// SPDX-License-Identifier: GPL-3.0-or-later
// Open exposures stand in lanes, queues with a clock of their own. A log in order needs one lane:
// its clock is the newest time seen, and an exposure closes when the clock has passed its window.
// An event older than the clock by more than the window (a stray from a slow phone, or a second file
// that begins before the first one ended) must neither wait for a clock that is far ahead, for then a
// log in the wrong order would be held whole, nor turn that clock back, for then one stray would
// upset everything. So it goes to the next lane, whose clock it may set. When the last lane is too
// far ahead as well, that lane is closed and begins anew. Memory is thus bounded by the traffic of
// LANES windows, whatever the order of the log; in a log in order it is that of one.
//
// Two hash tables with chains find an open exposure: by its id, and by experiment and unit for
// outcomes that name no exposure. Their chains are kept short, and what the next exposures will need is
// asked for ahead: the traffic of a day does not fit in the caches.
#include "events/join.h"

#include <stdlib.h>
#include <string.h>

#include "events/delays.h"
#include "samplit/hash.h"

#define LANES 8
#define NONE UINT32_MAX
#define FIRST_CAPACITY 1024u
#define SLOTS_PER_ENTRY 2u
#define SAME_UNIT_MAX 64 // exposures of one unit that an outcome without an exposure id looks back over
#define NO_OUTCOME (-1)

#define COME_SHARE 0.99   // an exposure is old enough when this share of the outcomes would have come
#define DELAYS_ENOUGH 100 // delays of closed windows; with fewer those of open ones, which are short, count too
#define INSTANT_MS 1000   // outcomes within a second need no waiting: few clocks are finer

typedef struct entry {
    uint8_t id[16];
    uint64_t unit; // hash of experiment and unit
    int64_t time_ms;
    double reward;
    int64_t delay_ms;              // of the outcome, or NO_OUTCOME
    uint32_t id_next;              // chain of the table by id
    uint32_t unit_next, unit_prev; // chain of the table by unit, newest first
    uint32_t next;                 // in its lane, or in the free list
    bool repeat;                   // does not count: spl_join_repeat
} entry;

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
    queue lanes[LANES];
    entry *entries;            // [capacity]
    uint8_t *payloads;         // (capacity, payload_bytes)
    uint32_t *by_id, *by_unit; // [SLOTS_PER_ENTRY * capacity] heads of chains; capacity is a power of two
    uint32_t capacity, free;
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
    join->free = NONE;
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
    free(join->entries);
    free(join->payloads);
    free(join->by_id);
    free(join->by_unit);
    free(join->outcome_copy);
    free(join);
}

static uint32_t id_slot(const spl_join *join, const uint8_t id[16])
{
    return (uint32_t)spl_xxh64(id, 16, 0) & (SLOTS_PER_ENTRY * join->capacity - 1);
}

static uint32_t unit_slot(const spl_join *join, uint64_t unit)
{
    return (uint32_t)spl_mix64(unit) & (SLOTS_PER_ENTRY * join->capacity - 1);
}

static uint64_t unit_hash(const spl_event *event)
{
    uint64_t experiment = spl_xxh64(event->experiment.data, event->experiment.size, 0);
    return spl_xxh64(event->unit.data, event->unit.size, experiment);
}

static void link_id(spl_join *join, uint32_t i)
{
    uint32_t *head = &join->by_id[id_slot(join, join->entries[i].id)];
    join->entries[i].id_next = *head;
    *head = i;
}

static void link_unit(spl_join *join, uint32_t i)
{
    uint32_t *head = &join->by_unit[unit_slot(join, join->entries[i].unit)];
    join->entries[i].unit_next = *head;
    join->entries[i].unit_prev = NONE;
    if (*head != NONE) join->entries[*head].unit_prev = i;
    *head = i;
}

static void unlink_id(spl_join *join, uint32_t i)
{
    uint32_t *at = &join->by_id[id_slot(join, join->entries[i].id)];
    while (*at != i) at = &join->entries[*at].id_next;
    *at = join->entries[i].id_next;
}

static void unlink_unit(spl_join *join, uint32_t i)
{
    const entry *e = &join->entries[i];
    if (e->unit_prev != NONE)
        join->entries[e->unit_prev].unit_next = e->unit_next;
    else
        join->by_unit[unit_slot(join, e->unit)] = e->unit_next;
    if (e->unit_next != NONE) join->entries[e->unit_next].unit_prev = e->unit_prev;
}

// Links every entry anew after the tables have grown; called when none is free. Entries of one unit
// stood in one chain, oldest last, so taking each old chain from its end keeps their order.
static void relink(spl_join *join, const uint32_t *old_units, size_t old_slots)
{
    for (size_t slot = 0; slot < old_slots; slot++) {
        uint32_t i = old_units[slot];
        while (i != NONE && join->entries[i].unit_next != NONE) i = join->entries[i].unit_next;
        while (i != NONE) {
            uint32_t newer = join->entries[i].unit_prev;
            link_unit(join, i);
            link_id(join, i);
            i = newer;
        }
    }
}

static bool grow(spl_join *join)
{
    uint32_t old = join->capacity, capacity = old ? 2 * old : FIRST_CAPACITY;
    if (capacity > UINT32_MAX / SLOTS_PER_ENTRY) return false;
    size_t slots = (size_t)SLOTS_PER_ENTRY * capacity;
    uint32_t *by_id = malloc(slots * sizeof *by_id), *by_unit = malloc(slots * sizeof *by_unit);
    entry *entries = by_id && by_unit ? realloc(join->entries, capacity * sizeof *entries) : NULL;
    if (entries) join->entries = entries;
    uint8_t *payloads = entries ? realloc(join->payloads, (size_t)capacity * join->config.payload_bytes + 1) : NULL;
    if (payloads) join->payloads = payloads;
    if (!payloads) {
        free(by_id);
        free(by_unit);
        return false;
    }
    memset(by_id, 0xFF, slots * sizeof *by_id); // NONE
    memset(by_unit, 0xFF, slots * sizeof *by_unit);
    uint32_t *old_units = join->by_unit;
    free(join->by_id);
    join->by_id = by_id;
    join->by_unit = by_unit;
    join->capacity = capacity;
    relink(join, old_units, (size_t)SLOTS_PER_ENTRY * old);
    free(old_units);
    for (uint32_t i = capacity; i-- > old;) {
        join->entries[i].next = join->free;
        join->free = i;
    }
    return true;
}

// Asks for the memory that dropping the oldest will touch, and for the next one after it.
static void expect_drop(const spl_join *join, const queue *lane)
{
    if (lane->first == NONE) return;
    const entry *e = &join->entries[lane->first];
    __builtin_prefetch(&join->by_id[id_slot(join, e->id)], 1);
    __builtin_prefetch(&join->by_unit[unit_slot(join, e->unit)], 1);
    __builtin_prefetch(join->payloads + (size_t)lane->first * join->config.payload_bytes);
    if (e->next != NONE) __builtin_prefetch(&join->entries[e->next]);
}

// Takes the oldest exposure out of its lane.
static void drop_first(spl_join *join, queue *lane)
{
    uint32_t i = lane->first;
    entry *e = &join->entries[i];
    unlink_id(join, i);
    unlink_unit(join, i);
    lane->first = e->next;
    if (lane->first == NONE) lane->last = NONE;
    e->next = join->free;
    join->free = i;
    expect_drop(join, lane);
}

static void close_first(spl_join *join, queue *lane)
{
    const entry *e = &join->entries[lane->first];
    if (e->repeat) {
        drop_first(join, lane);
        return;
    }
    bool rewarded = e->delay_ms != NO_OUTCOME;
    if (rewarded) spl_delays_add(&join->delays, e->delay_ms);
    join->closed(join->owner, join->payloads + (size_t)lane->first * join->config.payload_bytes,
                 rewarded ? e->reward : join->config.default_reward);
    drop_first(join, lane);
}

static void leave_out_first(spl_join *join, queue *lane)
{
    bool counts = !join->entries[lane->first].repeat;
    join->counts.open_exposures += counts;
    join->counts.exposures -= counts;
    join->counts.outcomes -= join->entries[lane->first].delay_ms != NO_OUTCOME;
    drop_first(join, lane);
}

// The age from which an open exposure counts. Exposures whose window has closed show the delays as they
// are; open ones show the short delays before the long ones.
static int64_t settled_age(const spl_join *join)
{
    spl_delays delays = join->delays;
    for (int lane = 0; lane < LANES && join->delays.count < DELAYS_ENOUGH; lane++) {
        for (uint32_t i = join->lanes[lane].first; i != NONE; i = join->entries[i].next) {
            if (join->entries[i].delay_ms != NO_OUTCOME) spl_delays_add(&delays, join->entries[i].delay_ms);
        }
    }
    int64_t age = spl_delays_quantile(&delays, COME_SHARE);
    return age < INSTANT_MS ? 0 : age;
}

static void end_lane(spl_join *join, queue *lane, int64_t age_ms)
{
    while (lane->first != NONE) {
        if (lane->clock_ms - join->entries[lane->first].time_ms < age_ms) {
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
    while (chosen->first != NONE && join->entries[chosen->first].time_ms + join->config.window_ms < chosen->clock_ms)
        close_first(join, chosen);
    return chosen;
}

static uint32_t find_id(const spl_join *join, const uint8_t id[16])
{
    if (join->capacity == 0) return NONE;
    uint32_t i = join->by_id[id_slot(join, id)];
    while (i != NONE && memcmp(join->entries[i].id, id, 16) != 0) i = join->entries[i].id_next;
    return i;
}

// The unit's last logged exposure that counts and is not later than the outcome.
static uint32_t find_unit(const spl_join *join, uint64_t unit, int64_t time_ms)
{
    if (join->capacity == 0) return NONE;
    int seen = 0;
    for (uint32_t i = join->by_unit[unit_slot(join, unit)]; i != NONE; i = join->entries[i].unit_next) {
        if (join->entries[i].unit != unit || join->entries[i].repeat) continue;
        if (join->entries[i].time_ms <= time_ms) return i;
        if (++seen == SAME_UNIT_MAX) break;
    }
    return NONE;
}

static void append(spl_join *join, queue *lane, uint32_t i)
{
    join->entries[i].next = NONE;
    if (lane->last == NONE)
        lane->first = i;
    else
        join->entries[lane->last].next = i;
    lane->last = i;
}

static bool add(spl_join *join, const spl_event *exposure, const void *payload)
{
    uint64_t unit = unit_hash(exposure);
    if (join->capacity > 0) { // what advance does takes long enough for these to come
        __builtin_prefetch(&join->by_id[id_slot(join, exposure->id)], 1);
        __builtin_prefetch(&join->by_unit[unit_slot(join, unit)], 1);
    }
    queue *lane = advance(join, exposure->time_ms);
    if (find_id(join, exposure->id) != NONE) {
        join->counts.duplicate_exposures++;
        return true;
    }
    if (join->free == NONE && !grow(join)) return false;
    uint32_t i = join->free;
    entry *e = &join->entries[i];
    join->free = e->next;
    memcpy(e->id, exposure->id, 16);
    e->unit = unit;
    e->time_ms = exposure->time_ms;
    e->delay_ms = NO_OUTCOME;
    e->repeat = !payload;
    if (payload) memcpy(join->payloads + (size_t)i * join->config.payload_bytes, payload, join->config.payload_bytes);
    link_id(join, i);
    link_unit(join, i);
    append(join, lane, i);
    join->counts.exposures += !e->repeat;
    join->counts.late_exposures += !e->repeat && lane != join->lanes;
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
static entry *find_exposure(spl_join *join, const spl_event *outcome)
{
    uint32_t i = outcome->has_exposure ? find_id(join, outcome->exposure)
                                       : find_unit(join, unit_hash(outcome), outcome->time_ms);
    if (i != NONE && join->entries[i].repeat)
        i = outcome->time_ms < join->entries[i].time_ms ? NONE
                                                        : find_unit(join, join->entries[i].unit, outcome->time_ms);
    entry *e = i == NONE ? NULL : &join->entries[i];
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
    entry *e = find_exposure(join, outcome);
    if (!e) {
        join->counts.outcomes_without_exposure++;
        return true;
    }
    if (!settled && !set_outcome(join, outcome->name)) return false;
    if (e->delay_ms != NO_OUTCOME) {
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
