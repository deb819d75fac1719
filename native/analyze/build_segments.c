// SPDX-License-Identifier: GPL-3.0-or-later
// What segments are called, and the variants in them.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/build.h"
#include "analyze/compare.h"
#include "stats/proportion.h"

static spl_text attribute_of(const spl_build *b, const spl_chosen *item, uint32_t i)
{
    return spl_candidates_name(b->visitors->attributes, item->attribute[i]);
}

static spl_text value_of(const spl_build *b, const spl_chosen *item, uint32_t i)
{
    return spl_candidates_value(b->visitors->attributes, item->attribute[i], (uint16_t)item->code[i]);
}

// Whether the value says what it is without its attribute: no number, no yes or no, not another attribute's too.
static bool speaks_for_itself(const spl_build *b, uint32_t attribute, spl_text value)
{
    static const char *const mute[] = {"true", "false", "unknown", "other", "none", "yes", "no", ""};
    const spl_candidates *all = b->visitors->attributes;
    for (size_t i = 0; i < sizeof mute / sizeof *mute; i++)
        if (spl_text_equal(value, (spl_text){mute[i], strlen(mute[i])})) return false;
    if (strchr("0123456789-+.", value.data[0])) return false;
    for (uint32_t a = 0; a < b->segments->attribute_count; a++) {
        uint32_t other = b->segments->attributes[a];
        uint32_t values = spl_candidates_values(all, other);
        for (uint32_t code = 1; other != attribute && code <= values; code++)
            if (spl_text_equal(spl_candidates_value(all, other, (uint16_t)code), value)) return false;
    }
    return true;
}

// Pairs in the order of the attributes' names, as keys have them.
static void in_key_order(const spl_build *b, const spl_chosen *item, uint32_t order[SPL_SEGMENT_DEPTH_MAX])
{
    for (uint32_t i = 0; i < item->depth; i++) {
        uint32_t at = i;
        for (; at > 0; at--) {
            spl_text before = attribute_of(b, item, order[at - 1]), own = attribute_of(b, item, i);
            size_t size = before.size < own.size ? before.size : own.size;
            int apart = memcmp(before.data, own.data, size);
            if (apart < 0 || (apart == 0 && before.size <= own.size)) break;
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
}

static char *key_of(spl_build *b, const spl_chosen *item)
{
    uint32_t order[SPL_SEGMENT_DEPTH_MAX];
    char *key = spl_build_text(b, "%s", item->depth ? "" : "global");
    in_key_order(b, item, order);
    for (uint32_t i = 0; i < item->depth; i++) {
        char *attribute = spl_build_visible(b, attribute_of(b, item, order[i])),
             *value = spl_build_visible(b, value_of(b, item, order[i]));
        char *longer = b->broken ? NULL : spl_build_text(b, "%s%s%s:%s", key, i ? "|" : "", attribute, value);
        free(attribute);
        free(value);
        free(key);
        key = longer;
    }
    return key;
}

static char *name_of(spl_build *b, const spl_chosen *item)
{
    char *name = spl_build_text(b, "%s", item->depth ? "" : "everybody");
    for (uint32_t i = 0; i < item->depth; i++) {
        bool plain = speaks_for_itself(b, item->attribute[i], value_of(b, item, i));
        char *attribute = spl_build_visible(b, attribute_of(b, item, i)),
             *value = spl_build_visible(b, value_of(b, item, i));
        char *longer = b->broken ? NULL
                                 : spl_build_text(b, "%s%s%s%s%s", name, i ? ", " : "", plain ? "" : attribute,
                                                  plain ? "" : " ", value);
        free(attribute);
        free(value);
        free(name);
        name = longer;
    }
    return name;
}

static spl_interval around(spl_mean mean, double reach)
{
    double se = sqrt(mean.variance);
    return (spl_interval){mean.value - reach * se, mean.value + reach * se};
}

static spl_interval rate_interval(const spl_build *b, const spl_tally *t, spl_mean mean)
{
    if (b->report->binary && !b->report->adaptive)
        return spl_wilson_interval(t->converted, t->visitors, 1 - b->settings->alpha);
    return around(mean, spl_normal_reach(1 - b->settings->alpha));
}

static spl_analysis_method rate_method(const spl_analysis *r)
{
    return r->adaptive ? SPL_ANALYSIS_AIPW : r->binary ? SPL_ANALYSIS_COUNTS : SPL_ANALYSIS_WELCH;
}

static double mean_as_served(const spl_build *b, const spl_tally *t)
{
    if (b->report->binary) return t->visitors > 0 ? t->converted / t->visitors : NAN;
    return spl_series_mean(&t->rewards);
}

// The mean of one visitor is a figure too, though without an interval.
static double rate_of(const spl_build *b, uint32_t segment, uint32_t variant)
{
    if (b->report->adaptive) return spl_measured_mean(b->measures, segment, variant).value;
    return mean_as_served(b, spl_tally_of(b->measures, segment, variant));
}

static void fill_arm(spl_build *b, uint32_t segment, uint32_t variant, spl_analysis_arm *arm)
{
    const spl_tally *t = spl_tally_of(b->measures, segment, variant);
    double visitors = b->segments->items[segment].visitors;
    *arm = (spl_analysis_arm){.visitors = (uint64_t)t->visitors,
                              .converted = t->converted,
                              .share = t->visitors / visitors,
                              .expected_share = t->expected / visitors,
                              .as_served = mean_as_served(b, t),
                              .rate = rate_of(b, segment, variant),
                              .p_best = NAN,
                              .expected_loss = NAN,
                              .shrunk_lift = NAN,
                              .shrunk_interval = {NAN, NAN},
                              .effect = SPL_NO_EFFECT,
                              .different = SPL_NO_EFFECT};
    if (isnan(arm->rate)) {
        arm->interval = (spl_interval){NAN, NAN};
        return;
    }
    arm->method = rate_method(b->report);
    arm->interval = rate_interval(b, t, spl_measured_mean(b->measures, segment, variant));
}

static void fill_rate(spl_build *b, uint32_t index, spl_analysis_segment *s)
{
    spl_tally all = spl_tally_sum(b->measures, index);
    spl_mean mean;
    if (b->report->adaptive)
        mean = spl_measured_mix(b->measures, index);
    else
        mean = spl_tally_mean(&all, b->report->binary);
    s->rate = b->report->adaptive ? mean.value : mean_as_served(b, &all);
    s->interval = rate_interval(b, &all, mean);
}

static void name_segment(spl_build *b, const spl_chosen *item, spl_analysis_segment *s)
{
    spl_text nothing = {"", 0};
    s->key = key_of(b, item);
    s->name = name_of(b, item);
    s->attribute = spl_build_visible(b, item->depth ? attribute_of(b, item, item->depth - 1) : nothing);
    s->value = spl_build_visible(b, item->depth ? value_of(b, item, item->depth - 1) : nothing);
}

static void fill_segment(spl_build *b, uint32_t index, spl_analysis_segment *s)
{
    const spl_chosen *item = &b->segments->items[index];
    s->depth = item->depth;
    s->parent = item->parent;
    s->visitors = item->visitors;
    s->share = (double)item->visitors / b->visitors->count;
    s->rest = SPL_NO_EFFECT;
    s->shrunk_rate = s->robust_z = NAN;
    s->shrunk_interval = (spl_interval){NAN, NAN};
    s->best = s->winner = SPL_ANALYSIS_NONE;
    name_segment(b, item, s);
    fill_rate(b, index, s);
    s->arms = spl_build_room(b, b->report->variant_count, sizeof *s->arms);
    for (uint32_t v = 0; s->arms && v < b->report->variant_count; v++) fill_arm(b, index, v, &s->arms[v]);
}

// Children stand behind their parents: the last one met is the last of its siblings.
static void link_children(spl_analysis *r)
{
    for (uint32_t i = r->segment_count; i-- > 1;) {
        spl_analysis_segment *s = &r->segments[i], *parent = &r->segments[s->parent];
        s->last = parent->children++ == 0;
    }
    r->segments[0].last = true;
}

void spl_build_segments(spl_build *b)
{
    spl_analysis *r = b->report;
    r->segments = spl_build_room(b, b->segments->count, sizeof *r->segments);
    if (!r->segments) return;
    r->segment_count = b->segments->count;
    for (uint32_t i = 0; i < r->segment_count && !b->broken; i++) fill_segment(b, i, &r->segments[i]);
    if (b->broken) return;
    link_children(r);
    r->rate = r->segments[0].rate;
    r->interval = r->segments[0].interval;
}
