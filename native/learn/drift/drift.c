// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/drift/drift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/drift/drift_setting.h"
#include "samplit/hash.h"
#include "stats/interval.h"
#include "stats/p_adjust.h"

#define DAY_MS INT64_C(86400000)
#define RECALL_WATCH 0.05
#define RECALL_LIMIT 0.1
#define RECALL_PAIRS 2 // rows whose hits hang together: two rows nearest to each other both hit or both miss

spl_drift_config spl_drift_config_default(void)
{
    return (spl_drift_config){0.1, 0.2, 0.01, 7 * DAY_MS, INT64_MIN, 2, 0, NULL};
}

const char *spl_drift_word(spl_drift_verdict verdict)
{
    static const char *const words[] = {"ok", "too few visits", "watch", "drifted"};
    return words[verdict];
}

spl_drift_verdict spl_drift_judge(const spl_drift_config *config, const spl_psi *psi, double p)
{
    if (isnan(psi->raw)) return SPL_DRIFT_UNKNOWN;
    bool real = p < config->alpha;
    if (real && psi->drift > config->limit) return SPL_DRIFT_DRIFTED;
    if (real && psi->drift > config->watch) return SPL_DRIFT_WATCH;
    return psi->reach > config->watch ? SPL_DRIFT_UNKNOWN : SPL_DRIFT_OK;
}

void spl_drift_raise(spl_drift_setting *s, spl_drift_verdict verdict)
{
    if (verdict > s->out->verdict) s->out->verdict = verdict;
}

void spl_drift_note(spl_drift_setting *s, const spl_psi *psi, double p)
{
    if (p < s->config->alpha && psi->drift > s->out->worst) s->out->worst = psi->drift;
}

// --- features ---------------------------------------------------------------------------------------------

static bool is_ignored(const spl_drift_config *config, const char *name)
{
    for (uint32_t i = 0; i < config->ignore_count; i++) {
        if (spl_text_equal(config->ignore[i], (spl_text){name, strlen(name)})) return true;
    }
    return false;
}

// An hour of the day tells when a log was made, not who visited, unless the log has seen the days go round.
static int64_t period_of(const char *name)
{
    if (strcmp(name, "hour") == 0) return DAY_MS;
    return strcmp(name, "dow") == 0 || strcmp(name, "is_weekend") == 0 ? 7 * DAY_MS : 0;
}

static bool schema_reads(const spl_bundle *bundle, const char *name)
{
    uint64_t hash = spl_name_hash((spl_text){name, strlen(name)});
    for (uint32_t i = 0; i < bundle->schema.feature_count; i++) {
        if (bundle->schema.attribute[i] == hash) return true;
    }
    return false;
}

// Clusters that the hour or the day has a part in move with it.
static int64_t period_of_clusters(const spl_bundle *bundle)
{
    if (schema_reads(bundle, "dow") || schema_reads(bundle, "is_weekend")) return period_of("dow");
    return schema_reads(bundle, "hour") ? period_of("hour") : 0;
}

static bool is_too_short(const spl_drift_setting *s, const char *name)
{
    bool clusters = s->bundle->clusters.count > 0 && strcmp(name, "cluster") == 0;
    int64_t period = clusters ? period_of_clusters(s->bundle) : period_of(name),
            least = (int64_t)s->config->periods * period;
    const spl_tally *now = s->log->tally;
    if (period == 0 || spl_tally_exposures(now) == 0) return false;
    return s->reference->newest_ms - s->reference->oldest_ms < least ||
           spl_tally_newest(now) - spl_tally_oldest(now) < least;
}

static void find_move(spl_drift_feature *f, const double *then, const double *now, uint32_t bins, double n, double m)
{
    double most = -1;
    for (uint32_t i = 0; i < bins; i++) {
        double p = then[i] / n, q = now[i] / m;
        double part = (q - p) * log((now[i] + 0.5) / (m + 1) / ((then[i] + 0.5) / (n + 1)));
        if (!(part > most)) continue;
        most = part;
        f->most = (spl_drift_move){i, p, q};
    }
}

static void measure_feature(const spl_drift_setting *s, const spl_reference_attribute *bins, spl_drift_feature *f)
{
    double then[SPL_REFERENCE_BINS_MAX], now[SPL_REFERENCE_BINS_MAX];
    uint32_t count = bins->bin_count + 2;
    f->bins = bins;
    spl_tally_count(s->log->tally, bins, f->now);
    for (uint32_t i = 0; i < count; i++) {
        then[i] = (double)bins->counts[i];
        now[i] = (double)f->now[i];
    }
    f->psi = spl_psi_of(then, now, count);
    find_move(f, then, now, count, (double)s->reference->exposures, (double)spl_tally_exposures(s->log->tally));
}

static int worse(const void *a, const void *b)
{
    const spl_drift_feature *x = a, *y = b;
    if (x->verdict != y->verdict) return x->verdict < y->verdict ? 1 : -1;
    if (x->psi.drift != y->psi.drift) return x->psi.drift < y->psi.drift ? 1 : -1;
    return strcmp(x->bins->name, y->bins->name);
}

static bool measure_features(spl_drift_setting *s)
{
    spl_drift *out = s->out;
    double p[SPL_REFERENCE_ATTRIBUTES_MAX];
    out->features = calloc(s->reference->attribute_count + 1, sizeof *out->features);
    if (!out->features) return false;
    for (uint32_t i = 0; i < s->reference->attribute_count; i++) {
        const spl_reference_attribute *bins = &s->reference->attributes[i];
        if (is_ignored(s->config, bins->name)) continue;
        if (is_too_short(s, bins->name)) {
            out->calendar_left_out = true;
            continue;
        }
        measure_feature(s, bins, &out->features[out->feature_count]);
        p[out->feature_count] = out->features[out->feature_count].psi.p;
        out->feature_count++;
    }
    if (!spl_p_adjust(SPL_CORRECTION_HOLM, p, out->feature_count, p)) return false;
    for (uint32_t i = 0; i < out->feature_count; i++) {
        spl_drift_feature *f = &out->features[i];
        f->p = p[i];
        f->verdict = spl_drift_judge(s->config, &f->psi, f->p);
        spl_drift_note(s, &f->psi, f->p);
        spl_drift_raise(s, f->verdict);
    }
    if (out->feature_count > 1) qsort(out->features, out->feature_count, sizeof *out->features, worse);
    return true;
}

// --- assignments ------------------------------------------------------------------------------------------

// The probabilities that a node's own visits were to be served with; NULL for a policy that is no table.
static const double *row_of(const spl_drift_setting *s, uint32_t node)
{
    const spl_policy *policy = &s->experiment->policy;
    if (!policy->row || !policy->table) return NULL;
    while (policy->row[node] < 0) node = s->bundle->tree.parent[node];
    return policy->table + (size_t)policy->row[node] * policy->variant_count;
}

// Mean probability over the visits then. False if it cannot be told.
static bool intend_then(const spl_drift_setting *s, double *shares)
{
    uint32_t k = s->experiment->policy.variant_count;
    const spl_tree *tree = &s->bundle->tree;
    double all = 0;
    memset(shares, 0, k * sizeof *shares);
    for (uint32_t i = 0; i < tree->node_count; i++) {
        const double *p = row_of(s, i);
        double visits = s->report->nodes[i].exposures;
        if (!p) return false;
        for (uint32_t c = 0; c < tree->child_count[i]; c++)
            visits -= s->report->nodes[tree->first_child[i] + c].exposures;
        all += fmax(visits, 0);
        for (uint32_t v = 0; v < k; v++) shares[v] += fmax(visits, 0) * p[v];
    }
    for (uint32_t v = 0; v < k; v++) shares[v] /= all;
    return all > 0;
}

static bool measure_served(spl_drift_setting *s)
{
    uint32_t k = s->experiment->policy.variant_count;
    double p[SPL_VARIANTS_MAX];
    const spl_drift_log *log = s->log;
    s->out->own = log->own;
    s->out->own_units = log->own_units;
    for (uint32_t v = 0; v < k; v++) {
        double d = (double)log->served[v] - log->expected[v], variance = log->variance[v];
        p[v] = variance >= 1 ? spl_chi_square_p(d * d / variance, 1) : NAN;
    }
    if (!spl_p_adjust(SPL_CORRECTION_HOLM, p, k, p)) return false;
    for (uint32_t v = 0; v < k; v++) {
        spl_drift_variant *variant = &s->out->variant[v];
        variant->served = log->served[v];
        variant->expected = log->expected[v];
        variant->p = p[v];
        s->out->misserved |= p[v] < s->config->alpha;
    }
    if (s->out->misserved) spl_drift_raise(s, SPL_DRIFT_WATCH);
    return true;
}

static bool measure_assignments(spl_drift_setting *s)
{
    uint32_t k = s->experiment->policy.variant_count;
    double then[SPL_VARIANTS_MAX], now[SPL_VARIANTS_MAX], visits = (double)spl_tally_exposures(s->log->tally);
    spl_drift *out = s->out;
    out->variant = calloc(k, sizeof *out->variant);
    if (!out->variant) return false;
    bool known = intend_then(s, then);
    for (uint32_t v = 0; v < k; v++) {
        now[v] = s->log->intended[v];
        out->variant[v].intended_then = known ? then[v] : NAN;
        out->variant[v].intended_now = visits > 0 ? now[v] / visits : NAN;
        then[v] *= s->report->nodes[0].exposures;
    }
    out->intended = known ? spl_psi_of(then, now, k) : (spl_psi){0, NAN, NAN, NAN, NAN, NAN};
    out->intended_verdict = known ? spl_drift_judge(s->config, &out->intended, out->intended.p) : SPL_DRIFT_OK;
    spl_drift_raise(s, out->intended_verdict);
    spl_drift_note(s, &out->intended, out->intended.p);
    return measure_served(s);
}

static void measure_age(spl_drift_setting *s)
{
    const spl_drift_config *config = s->config;
    int64_t now = config->now_ms != INT64_MIN ? config->now_ms : spl_tally_newest(s->log->tally);
    if (s->reference->exposures == 0) return;
    s->out->age_ms = now - s->reference->newest_ms;
    s->out->stale = config->stale_ms > 0 && s->out->age_ms > config->stale_ms;
}

bool spl_drift_measure(const spl_bundle *bundle, uint32_t experiment, const spl_report *report,
                       const spl_reference *reference, const spl_drift_log *log, const spl_drift_config *config,
                       spl_drift *out)
{
    spl_drift_setting s = {bundle, &bundle->experiments[experiment], report, reference, log, config, out};
    *out = (spl_drift){.verdict = SPL_DRIFT_OK};
    measure_age(&s);
    if (measure_features(&s) && spl_drift_segments(&s) && measure_assignments(&s)) return true;
    spl_drift_free(out);
    return false;
}

bool spl_drift_measure_visits(const spl_bundle *bundle, const spl_reference *reference, const spl_drift_log *log,
                              const spl_drift_config *config, spl_drift *out)
{
    spl_drift_setting s = {.bundle = bundle, .reference = reference, .log = log, .config = config, .out = out};
    *out = (spl_drift){.verdict = SPL_DRIFT_OK};
    measure_age(&s);
    if (measure_features(&s)) return true;
    spl_drift_free(out);
    return false;
}

void spl_drift_note_recall(const spl_drift_config *config, uint32_t rows_then, double then, uint32_t rows_now,
                           double now, spl_drift *drift)
{
    double n = rows_then, m = rows_now, pooled = (n * then + m * now) / (n + m);
    double variance = RECALL_PAIRS * pooled * (1 - pooled) * (1 / n + 1 / m), fall = then - now;
    double p = variance > 0 ? spl_chi_square_p(fall * fall / variance, 1) : 1;
    spl_drift_verdict verdict = SPL_DRIFT_OK;
    if (p < config->alpha && fall > RECALL_WATCH) verdict = SPL_DRIFT_WATCH;
    if (p < config->alpha && fall > RECALL_LIMIT) verdict = SPL_DRIFT_DRIFTED;
    drift->recall = (spl_drift_recall){rows_then, rows_now, then, now, p, verdict};
    if (verdict > drift->verdict) drift->verdict = verdict;
}

void spl_drift_free(spl_drift *drift)
{
    free(drift->features);
    free(drift->segment);
    free(drift->variant);
    *drift = (spl_drift){.verdict = SPL_DRIFT_OK};
}
