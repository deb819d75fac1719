// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/monitor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host/hash_set.h"
#include "host/spool.h"
#include "samplit/hash.h"
#include "stats/confidence_sequence.h"

#define GROWTH 1.05 // of the units from one look to the next

spl_monitor_settings spl_monitor_settings_default(void)
{
    return (spl_monitor_settings){.window_ms = INT64_C(24) * 3600 * 1000, .alpha = 0.05, .n_opt = 5000};
}

const char *spl_monitor_verdict_name(spl_monitor_verdict verdict)
{
    static const char *const names[] = {"early", "open", "better", "worse", "futile"};
    return names[verdict];
}

// What is kept of an exposure until its window has closed.
typedef struct kept {
    int64_t time_ms;
    uint32_t variant;
    double p[SPL_VARIANTS_MAX]; // [arms.count]; the rest is not stored
} kept;

struct spl_monitor_feed {
    const spl_monitor_settings *settings;
    spl_monitor *out;
    spl_adaptive *scores;
    uint64_t next_look;
    int64_t time_ms;
    double bounds[SPL_DESIGN_LOOKS_MAX]; // of planned looks
    double v_opt[SPL_VARIANTS_MAX];      // 0 until the first look that can set it
    double evidence[SPL_VARIANTS_MAX];   // running maximum of the logarithm
};

// A log on its way into the feed.
typedef struct watch {
    const spl_monitor_settings *settings;
    spl_monitor *out;
    spl_monitor_feed *feed;
    spl_join *join;
    spl_hash_set units;
} watch;

static double alpha_each(const spl_monitor_feed *w)
{
    return w->settings->alpha / fmax(1, w->out->arms.count - 1.0);
}

static spl_interval meet(spl_interval a, spl_interval b)
{
    if (isnan(a.low)) return b;
    spl_interval both = {fmax(a.low, b.low), fmin(a.high, b.high)};
    return both.low <= both.high ? both : b; // disjoint ones say that the difference changed: the latest stands
}

static spl_monitor_verdict judge(const spl_monitor_feed *w, spl_interval sequence)
{
    if (isnan(sequence.low)) return SPL_MONITOR_EARLY;
    if (sequence.low > 0) return SPL_MONITOR_BETTER;
    if (sequence.high < 0) return SPL_MONITOR_WORSE;
    if (w->settings->worth > 0 && sequence.high < w->settings->worth) return SPL_MONITOR_FUTILE;
    return SPL_MONITOR_OPEN;
}

static bool enough_rewards(const spl_monitor_feed *w, uint32_t variant)
{
    return spl_adaptive_rewarded(w->scores, 0) >= SPL_MONITOR_REWARDED &&
           spl_adaptive_rewarded(w->scores, variant) >= SPL_MONITOR_REWARDED;
}

static void look_at(spl_monitor_feed *w, uint32_t variant, spl_monitor_point *point, const spl_monitor_point *before)
{
    spl_monitor_arm *arm = &w->out->variants[variant];
    spl_adaptive_gap d = spl_adaptive_over_control(w->scores, variant);
    double n = d.weight, v = d.variance * n * n;
    *point = (spl_monitor_point){w->out->units, w->time_ms, d.value, {NAN, NAN}, 1};
    if (before) {
        point->sequence = before->sequence;
        point->p = before->p;
    }
    if (d.exposures < SPL_MONITOR_FIRST || !(v > 0) || !enough_rewards(w, variant)) return;
    if (w->v_opt[variant] == 0) w->v_opt[variant] = v / (double)d.exposures * w->settings->n_opt;
    double alpha = alpha_each(w);
    point->sequence = meet(point->sequence, spl_cs_martingale(d.value, n, v, w->v_opt[variant], alpha));
    double evidence = spl_cs_martingale_log_evidence(d.value, n, v, w->v_opt[variant], alpha, 0);
    w->evidence[variant] = fmax(w->evidence[variant], evidence);
    point->p = fmin(1, exp(-w->evidence[variant]) * (w->out->arms.count - 1.0));
    spl_monitor_verdict verdict = judge(w, point->sequence);
    if (verdict != arm->verdict) arm->decided_at = verdict > SPL_MONITOR_OPEN ? w->out->units : 0;
    arm->verdict = verdict;
}

static void look(spl_monitor_feed *w)
{
    spl_monitor *out = w->out;
    if (out->look_count == SPL_MONITOR_LOOKS_MAX) out->look_count--; // the last one is always now
    uint32_t at = out->look_count++;
    for (uint32_t v = 1; v < out->arms.count; v++) {
        spl_monitor_point *points = out->variants[v].points;
        look_at(w, v, &points[at], at ? &points[at - 1] : NULL);
    }
    w->next_look = (uint64_t)ceil((double)out->units * GROWTH);
}

static double share_of(const spl_monitor_settings *s, uint32_t look_index)
{
    return (look_index + 1.0) / s->looks;
}

static spl_monitor_verdict judge_planned(const spl_monitor_planned *p, bool last)
{
    if (isnan(p->z)) return SPL_MONITOR_EARLY;
    if (p->z >= p->bound) return SPL_MONITOR_BETTER;
    if (-p->z >= p->bound) return SPL_MONITOR_WORSE;
    return !last && p->chance < SPL_MONITOR_HOPELESS ? SPL_MONITOR_FUTILE : SPL_MONITOR_OPEN;
}

static void planned_look(spl_monitor_feed *w)
{
    const spl_monitor_settings *s = w->settings;
    uint32_t at = w->out->planned_count++;
    for (uint32_t v = 1; v < w->out->arms.count; v++) {
        spl_adaptive_gap d = spl_adaptive_over_control(w->scores, v);
        spl_monitor_planned *p = &w->out->variants[v].planned[at];
        *p = (spl_monitor_planned){w->out->units, NAN, w->bounds[at], NAN, SPL_MONITOR_EARLY};
        if (d.exposures >= SPL_MONITOR_FIRST && d.variance > 0 && enough_rewards(w, v)) {
            p->z = d.value / sqrt(d.variance);
            p->chance = spl_predictive_power(p->z, share_of(s, at), w->bounds[s->looks - 1]);
        }
        p->verdict = judge_planned(p, at + 1 == s->looks);
    }
}

static bool planned_look_is_due(const spl_monitor_feed *w)
{
    const spl_monitor_settings *s = w->settings;
    return w->out->planned_count < s->looks &&
           (double)w->out->units >= ceil(share_of(s, w->out->planned_count) * s->planned);
}

static bool plan_looks(spl_monitor_feed *w)
{
    const spl_monitor_settings *s = w->settings;
    double information[SPL_DESIGN_LOOKS_MAX];
    if (s->looks == 0) return true;
    for (uint32_t i = 0; i < s->looks; i++) information[i] = share_of(s, i);
    return spl_group_bounds(s->spending, alpha_each(w), false, information, s->looks, w->bounds, NULL);
}

spl_monitor_feed *spl_monitor_feed_new(const spl_monitor_settings *settings, spl_monitor *out)
{
    uint32_t k = out->arms.count;
    spl_monitor_feed *feed = calloc(1, sizeof *feed);
    if (!feed) return NULL;
    *feed = (spl_monitor_feed){.settings = settings, .out = out, .next_look = SPL_MONITOR_FIRST};
    feed->scores = spl_adaptive_new(k);
    out->variants = calloc(k, sizeof *out->variants);
    bool ok = feed->scores && out->variants;
    for (uint32_t v = 1; ok && v < k; v++) {
        out->variants[v].points = calloc(SPL_MONITOR_LOOKS_MAX, sizeof *out->variants[v].points);
        ok = out->variants[v].points != NULL;
    }
    if (ok && plan_looks(feed)) return feed;
    spl_monitor_feed_free(feed);
    return NULL;
}

void spl_monitor_feed_free(spl_monitor_feed *feed)
{
    if (feed) spl_adaptive_free(feed->scores);
    free(feed);
}

void spl_monitor_feed_add(spl_monitor_feed *feed, const double *p, uint32_t variant, double reward, int64_t time_ms)
{
    if (!spl_adaptive_add(feed->scores, p, variant, reward)) {
        feed->out->unusable++;
        return;
    }
    feed->out->units++;
    feed->time_ms = time_ms;
    if (feed->out->units >= feed->next_look) look(feed);
    while (planned_look_is_due(feed)) planned_look(feed);
}

void spl_monitor_feed_end(spl_monitor_feed *feed)
{
    spl_monitor *out = feed->out;
    look(feed);
    double reach = spl_normal_reach(1 - feed->settings->alpha);
    for (uint32_t v = 0; v < out->arms.count; v++) {
        spl_monitor_arm *arm = &out->variants[v];
        arm->served = spl_adaptive_served(feed->scores, v);
        arm->naive = spl_adaptive_naive(feed->scores, v);
        arm->mean = spl_adaptive_mean(feed->scores, v);
        bool few = arm->served < SPL_MONITOR_SERVED || spl_adaptive_rewarded(feed->scores, v) < SPL_MONITOR_REWARDED;
        double se = few ? NAN : sqrt(arm->mean.variance);
        arm->interval = (spl_interval){arm->mean.value - reach * se, arm->mean.value + reach * se};
    }
}

static void closed(void *owner, const void *payload, double reward)
{
    watch *w = owner;
    kept k;
    memcpy(&k, payload, offsetof(kept, p) + w->out->arms.count * sizeof(double));
    spl_monitor_feed_add(w->feed, k.p, k.variant, reward, k.time_ms);
}

static bool take_exposure(watch *w, const spl_event *event, spl_error *error)
{
    kept k = {.time_ms = event->time_ms};
    bool unusable, fresh;
    const double *p = spl_arms_of(&w->out->arms, event, &k.variant, &unusable);
    w->out->unusable += unusable;
    if (!p) return true;
    if (!spl_hash_set_add(&w->units, spl_xxh64(event->unit.data, event->unit.size, 0), &fresh))
        return spl_fail(error, "out of memory");
    if (!fresh) {
        w->out->repeated++;
        return true;
    }
    memcpy(k.p, p, w->out->arms.count * sizeof *p);
    return spl_join_exposure(w->join, event, &k) || spl_fail(error, "out of memory");
}

static bool visit(void *owner, const spl_event *event, uint64_t line, spl_error *error)
{
    watch *w = owner;
    (void)line;
    if (event->kind == SPL_EVENT_EXPOSURE) return take_exposure(w, event, error);
    return spl_join_outcome(w->join, event) || spl_fail(error, "out of memory");
}

static bool prepare(watch *w, spl_error *error)
{
    spl_monitor *out = w->out;
    uint32_t k = out->arms.count;
    if (k < 2) return spl_fail(error, "one variant only: there is nothing to compare");
    spl_join_config join = spl_join_config_default();
    join.window_ms = w->settings->window_ms;
    join.outcome = w->settings->outcome;
    join.payload_bytes = (uint32_t)(offsetof(kept, p) + k * sizeof(double));
    w->feed = spl_monitor_feed_new(w->settings, out);
    w->join = spl_join_new(&join, closed, w);
    return (w->feed && w->join) || spl_fail(error, "out of memory");
}

static bool finish(watch *w, spl_error *error)
{
    spl_monitor *out = w->out;
    spl_join_finish(w->join);
    out->joined = spl_join_counted(w->join);
    spl_text name = spl_join_outcome_name(w->join);
    if (w->settings->outcome && out->joined.outcomes == 0 && out->joined.outcomes_other_name > 0)
        return spl_fail_field(error, "outcome", "no outcome of the log is named \"%s\"", w->settings->outcome);
    if (name.data) {
        char *copy = strndup(name.data, name.size);
        if (!copy) return spl_fail(error, "out of memory");
        out->outcome = (spl_text){copy, name.size};
    }
    spl_monitor_feed_end(w->feed);
    return true;
}

static bool watch_log(const char *path, const spl_monitor_settings *settings, spl_monitor *out, spl_error *error)
{
    spl_event_lines again;
    watch *w = calloc(1, sizeof *w);
    if (!w) return spl_fail(error, "out of memory");
    w->settings = settings;
    w->out = out;
    bool ok = spl_arms_read(path, &settings->arms, &out->arms, error) && prepare(w, error) &&
              spl_event_walk(path, "monitoring", visit, w, &again, error) && finish(w, error);
    spl_monitor_feed_free(w->feed);
    spl_join_free(w->join);
    free(w->units.slots);
    free(w);
    return ok;
}

bool spl_monitor_log(const char *path, const spl_monitor_settings *settings, spl_monitor *out, spl_error *error)
{
    spl_spool spool;
    if (!spl_spool_open(path, &spool, error)) return false;
    *out = (spl_monitor){0};
    bool ok = watch_log(spl_spool_path(&spool), settings, out, error);
    if (!ok) {
        spl_spool_blame(&spool, error);
        spl_monitor_free(out);
    }
    spl_spool_close(&spool);
    return ok;
}

void spl_monitor_free(spl_monitor *monitor)
{
    for (uint32_t v = 0; monitor->variants && v < monitor->arms.count; v++) free(monitor->variants[v].points);
    free(monitor->variants);
    free((char *)monitor->outcome.data);
    spl_arms_free(&monitor->arms);
    *monitor = (spl_monitor){0};
}
