// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/drift/retrain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/segment_fields.h"
#include "samplit/decide.h"
#include "stats/ope.h"
#include "stats/z95.h"

// --- sums -------------------------------------------------------------------------------------------------

void spl_contest_add(spl_contest *contest, double weight_new, double weight_old, double reward)
{
    const double z[4] = {weight_new, weight_old, weight_new * reward, weight_old * reward};
    contest->count++;
    contest->rewarded += reward != 0 && (weight_new > 0 || weight_old > 0);
    for (int i = 0; i < 4; i++) {
        contest->sum[i] += z[i];
        for (int j = 0; j < 4; j++) contest->product[i][j] += z[i] * z[j];
    }
}

// The sum of squares of a linear form in z.
static double squares(const spl_contest *contest, const double a[4])
{
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) sum += a[i] * a[j] * contest->product[i][j];
    }
    return fmax(sum, 0);
}

spl_contest_result spl_contest_finish(const spl_contest *contest)
{
    const double *s = contest->sum, n = contest->count;
    spl_contest_result out = {n, NAN, NAN, NAN, NAN, NAN, NAN, 0, 0};
    if (contest->product[0][0] > 0) out.effective_new = s[0] * s[0] / contest->product[0][0];
    if (contest->product[1][1] > 0) out.effective_old = s[1] * s[1] / contest->product[1][1];
    if (!(s[0] > 0 && s[1] > 0)) return out;
    out.value_new = s[2] / s[0];
    out.value_old = s[3] / s[1];
    out.gain = out.value_new - out.value_old;
    if (contest->rewarded < SPL_OPE_REWARDED_MIN) return out;
    if (fmin(out.effective_new, out.effective_old) < SPL_OPE_EFFECTIVE_MIN) return out;
    // The influence of one exposure on the gain, times n: w (r - value) / mean w, new less old.
    const double form[4] = {-out.value_new / (s[0] / n), out.value_old / (s[1] / n), 1 / (s[0] / n), -1 / (s[1] / n)};
    out.se = sqrt(squares(contest, form)) / n;
    out.low = out.gain - SPL_Z95 * out.se;
    out.high = out.gain + SPL_Z95 * out.se;
    return out;
}

// --- a log ------------------------------------------------------------------------------------------------

// A policy with what it needs to decide.
typedef struct player {
    const spl_bundle *bundle;
    uint32_t experiment;
    spl_workspace *workspace;
    void *memory;
    bool serves[SPL_VARIANTS_MAX], shown[SPL_VARIANTS_MAX]; // anywhere; by the log
} player;

typedef struct weights {
    double by_new, by_old;
} weights;

typedef struct ring {
    player old, candidates[SPL_RETRAIN_FOLDS_MAX];
    uint32_t folds;
    spl_contest_log *out;
    spl_field fields[SPL_ATTRIBUTES_MAX];
    spl_segment_room room;
} ring;

// The probability with which a player would serve that variant here.
static double chance(player *p, const spl_event *event, const spl_field *fields, uint32_t count)
{
    const spl_experiment *x = &p->bundle->experiments[p->experiment];
    spl_decision decision;
    spl_decide(p->bundle, p->workspace, p->experiment, event->unit, fields, count, &decision);
    double here = 0;
    for (uint32_t v = 0; v < decision.variant_count; v++) {
        p->serves[v] |= decision.probabilities[v] > 0;
        if (!spl_text_equal(x->variants[v], event->variant)) continue;
        p->shown[v] = true;
        here = decision.probabilities[v];
    }
    return here;
}

static bool serves_unseen(const player *p)
{
    for (uint32_t v = 0; v < SPL_VARIANTS_MAX; v++) {
        if (p->serves[v] && !p->shown[v]) return true;
    }
    return false;
}

static bool is_empty(const player *p)
{
    if (p->bundle->encoder_count == 0) return false;
    const spl_encoder *encoder = &p->bundle->encoders[0];
    uint32_t width = encoder->layers[encoder->layer_count - 1].outputs;
    for (uint32_t i = 0; i < width; i++) {
        if (p->workspace->embedding[i] != 0) return false;
    }
    return true;
}

static bool take_exposure(void *owner, const spl_event *event, void *payload)
{
    ring *r = owner;
    uint32_t count = event->context_count, fold = 0;
    for (uint32_t i = 0; i < count; i++) r->fields[i] = event->context[i].field;
    if (!event->has_context && !spl_segment_fields(event->segment, &r->room, r->fields, &count)) return false;
    while (fold + 1 < r->folds && !spl_fold_holds((spl_fold){fold, r->folds, false}, event->unit)) fold++;
    weights w = {chance(&r->candidates[fold], event, r->fields, count) / event->propensity, // above 0: it parsed
                 chance(&r->old, event, r->fields, count) / event->propensity};
    r->out->empty += is_empty(&r->candidates[fold]);
    memcpy(payload, &w, sizeof w);
    return true;
}

static void close_exposure(void *owner, const void *payload, double reward)
{
    ring *r = owner;
    weights w;
    memcpy(&w, payload, sizeof w);
    spl_contest_add(&r->out->contest, w.by_new, w.by_old, reward);
    spl_ope_cs_add(&r->out->sequence, w.by_new, w.by_old, reward);
}

static bool enter(player *p, const spl_bundle_file *file, spl_text key)
{
    p->bundle = &file->bundle;
    p->workspace = spl_bundle_file_workspace(file, &p->memory);
    return p->workspace && spl_bundle_experiment(&file->bundle, key, &p->experiment) == SPL_OK;
}

bool spl_contest_read(const char *path, const spl_bundle_file *old, uint32_t experiment,
                      const spl_bundle_file *candidates, uint32_t folds, const spl_walk *walk,
                      const spl_ope_cs_config *looks, spl_contest_log *out, spl_error *error)
{
    spl_text key = old->bundle.experiments[experiment].key;
    spl_walk how = *walk;
    ring *r = calloc(1, sizeof *r);
    *out = (spl_contest_log){.sequence = spl_ope_cs_start(looks)};
    bool ok = r && enter(&r->old, old, key);
    for (uint32_t i = 0; ok && i < folds; i++) ok = enter(&r->candidates[i], &candidates[i], key);
    if (ok) {
        r->folds = folds;
        r->out = out;
        how.experiment = key;
        how.payload_bytes = sizeof(weights);
        how.exposure = take_exposure;
        how.closed = close_exposure;
        how.owner = r;
        ok = spl_walk_log(path, &how, &out->counts, error);
    } else {
        spl_fail(error, "out of memory");
    }
    for (uint32_t i = 0; ok && i < folds; i++) out->unseen_new |= serves_unseen(&r->candidates[i]);
    if (ok) out->unseen_old = serves_unseen(&r->old);
    for (uint32_t i = 0; r && i < folds; i++) free(r->candidates[i].memory);
    if (r) {
        free(r->old.memory);
        free(r->room.data);
        free(r);
    }
    return ok;
}
