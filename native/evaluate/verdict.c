// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluate/verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/points.h"
#include "host/visible.h"

// Below these an estimate stands on too few exposures to lean on.
#define FEW_EFFECTIVE 100.0
#define FEW_EFFECTIVE_SHARE 0.01
#define MEAN_WEIGHT_SIGMAS 3.0
#define MANY_OPEN_SHARE 0.2
#define ONE_WEIGHT_SHARE 0.01 // of the sum of weights, by a single exposure

__attribute__((format(printf, 2, 3))) static void say(spl_sentences *out, const char *format, ...)
{
    if (out->count == SPL_SENTENCES_MAX) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out->text[out->count++], sizeof out->text[0], format, arguments);
    va_end(arguments);
}

// A name cut and made visible, in a buffer of the caller.
static const char *name_of(spl_text name, char out[SPL_EVALUATE_NAME_MAX * 2])
{
    char *visible = spl_visible(spl_text_cut(name, SPL_EVALUATE_NAME_MAX), true);
    snprintf(out, SPL_EVALUATE_NAME_MAX * 2, "%s", visible ? visible : "?");
    free(visible);
    return out;
}

static const char *why_unknown(const spl_ope *ope, uint32_t over, const spl_ope_estimate *gain)
{
    if (!spl_ope_supported(ope, SPL_OPE_TARGET)) return "the log never shows a variant that the bundle serves";
    if (!spl_ope_supported(ope, over)) return "the log never shows a variant that is part of it";
    if (isnan(gain->value)) return "the log does not tell what both earn";
    if (isnan(gain->se) && spl_ope_counted(ope).exposures > 1)
        return "weights or rewards are too large for a standard error";
    return "too few exposures, or too few with or without a reward, for an interval";
}

static void compare(const spl_evaluation *e, const spl_ope *ope, const char *who, uint32_t over, const char *name,
                    spl_sentences *out)
{
    spl_ope_estimate gain = spl_evaluate_gain(ope, SPL_OPE_TARGET, over, SPL_OPE_SNIPS);
    char by[SPL_FIGURE_MAX], low[SPL_FIGURE_MAX], high[SPL_FIGURE_MAX];
    if (spl_ope_agree(ope, SPL_OPE_TARGET, over)) {
        say(out, "%s serves as %s does, everywhere in this log.", who, name);
        return;
    }
    // Without spread there is no interval: what is left of the difference is rounding.
    if (gain.se == 0 && fabs(gain.value) < 1e-12) {
        say(out, "%s earns what %s does: no exposure of this log tells them apart.", who, name);
        return;
    }
    if (isnan(gain.low)) {
        say(out, "Nothing can be said about the gain over %s: %s.", name, why_unknown(ope, over, &gain));
        return;
    }
    spl_points(gain.value, e->binary, by);
    spl_points(gain.low, e->binary, low);
    spl_points(gain.high, e->binary, high);
    const char *unit = e->binary ? " points" : "";
    if (gain.low <= 0 && gain.high >= 0) {
        say(out, "%s is not shown to differ from %s: %s%s per exposure, and the 95 %% interval, %s to %s, holds zero.",
            who, name, by, unit, low, high);
    } else {
        say(out, "%s earns %s than %s: %s%s per exposure (95 %% interval %s to %s).", who,
            gain.low > 0 ? "more" : "less", name, by, unit, low, high);
    }
}

// False, with the sentence, where no exposure earned anything: then no policy can be told from another.
static bool anything_earned(const spl_evaluation *e, spl_sentences *out)
{
    if (spl_ope_counted(e->ope).rewarded > 0) return true;
    char name[SPL_EVALUATE_NAME_MAX * 2];
    say(out, "No exposure earned anything%s%s: this log tells no policy from another.", e->outcome[0] ? " by " : "",
        name_of((spl_text){e->outcome, strlen(e->outcome)}, name));
    return false;
}

void spl_verdict_gains(const spl_evaluation *evaluation, spl_sentences *out)
{
    const spl_evaluation *e = evaluation;
    uint32_t best = spl_ope_best_variant(e->ope);
    *out = (spl_sentences){0};
    if (!anything_earned(e, out)) return;
    if (best < e->experiment->policy.variant_count) {
        char variant[SPL_EVALUATE_NAME_MAX * 2], name[SPL_EVALUATE_NAME_MAX * 2 + 32];
        snprintf(name, sizeof name, "the best single arm, %s", name_of(e->experiment->variants[best], variant));
        compare(e, e->ope, "The bundle", SPL_OPE_ALWAYS + best, name, out);
        if (!(spl_evaluate_gain(e->ope, SPL_OPE_TARGET, SPL_OPE_ALWAYS + best, SPL_OPE_SNIPS).low > 0))
            compare(e, e->leading, "Without its exploration it", SPL_OPE_ALWAYS + best, name, out);
    }
    compare(e, e->ope, "The bundle", SPL_OPE_UNIFORM, "a uniform split", out);
}

static void warn_of_variants(const spl_evaluation *e, spl_sentences *out)
{
    const spl_experiment *x = e->experiment;
    char list[256] = "", name[SPL_EVALUATE_NAME_MAX * 2];
    size_t at = 0;
    const spl_names *unknown = &e->unknown_variants;
    for (uint32_t i = 0; i < unknown->count && at < sizeof list; i++) {
        spl_text text = {unknown->name[i], strlen(unknown->name[i])};
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", i ? ", " : "", name_of(text, name));
    }
    if (unknown->count > 0)
        say(out,
            "%" PRIu64
            " exposures are of variants that the bundle does not have (%s); it would never have served them.",
            e->counts.unknown_variant, list);
    for (uint32_t v = 0; v < x->policy.variant_count; v++) {
        if (e->seen[v] == 0)
            say(out,
                "The log never shows %s, which the bundle serves: what the bundle earns is not identified. DR puts the "
                "mean of all variants in its place.",
                name_of(x->variants[v], name));
    }
}

static void warn_of_weights(const spl_evaluation *e, spl_sentences *out)
{
    spl_ope_counts counts = spl_ope_counted(e->ope);
    double se, mean = spl_ope_mean_weight(e->ope, SPL_OPE_TARGET, &se), n = (double)counts.exposures;
    double effective = spl_ope_effective_sample(e->ope, SPL_OPE_TARGET);
    char figure[SPL_FIGURE_MAX];
    if (counts.clipped > 0)
        say(out, "%" PRIu64 " weights were cut at %g: the estimates vary less and are biased.", counts.clipped,
            e->config.clip);
    else if (fabs(mean - 1) > MEAN_WEIGHT_SIGMAS * se + 1e-9)
        say(out,
            "The mean weight is %.3f (standard error %.3f) where 1 is expected: the logged propensities are not those "
            "the variants were drawn with, or the log lacks exposures.",
            mean, se);
    if (effective < FEW_EFFECTIVE || effective < FEW_EFFECTIVE_SHARE * n)
        say(out, "The effective sample is %s of %" PRIu64 " exposures: the log says little about this bundle.",
            spl_figure_count(effective, figure), counts.exposures);
    if (e->config.clip > 0) return; // what follows would advise it
    if (counts.heavy > 0)
        say(out,
            "%" PRIu64 " exposures weigh more than %d, the heaviest %.0f; the intervals are too narrow then. --clip %d "
            "would cut them.",
            counts.heavy, SPL_EVALUATE_HEAVY, counts.max_weight, SPL_EVALUATE_HEAVY);
    else if (n >= 1000 && counts.max_weight > ONE_WEIGHT_SHARE * mean * n)
        say(out, "A single exposure weighs %.1f, more than 1 %% of all together; the intervals are too narrow then.",
            counts.max_weight);
}

static void warn_of_lines(const spl_evaluation *e, const spl_join_counts *join, spl_sentences *out)
{
    const spl_evaluate_counts *c = &e->counts;
    if (c->without_propensity > 0)
        say(out,
            "%" PRIu64 " exposures have no usable propensity and are left out. If that depends on the visitor, the "
            "values are biased.",
            c->without_propensity);
    if (c->unreadable > 0) {
        char reason[256];
        char *visible = spl_visible((spl_text){e->first_bad.text, strlen(e->first_bad.text)}, true);
        snprintf(reason, sizeof reason, "%s%s%s", e->first_bad.field, e->first_bad.field[0] ? ": " : "",
                 visible ? visible : "");
        free(visible);
        say(out, "%" PRIu64 " lines could not be read; the first is line %" PRIu64 " (%s).", c->unreadable,
            e->first_bad.line, reason);
    }
    if (c->at_root > 0)
        say(out,
            "%" PRIu64 " exposures carry neither context nor segment; they are valued as the root would serve them.",
            c->at_root);
    if ((double)join->open_exposures > MANY_OPEN_SHARE * (double)(join->open_exposures + join->exposures))
        say(out,
            "%" PRIu64 " of %" PRIu64
            " exposures are left out, for outcomes take longer to come than those are old. A shorter --window leaves "
            "out fewer.",
            join->open_exposures, join->open_exposures + join->exposures);
    if (join->outcomes_without_exposure > 0 && e->config.fold.count <= 1)
        say(out, "%" PRIu64 " outcomes found no open exposure (late, early or of another experiment) and do not count.",
            join->outcomes_without_exposure);
}

void spl_verdict_warnings(const spl_evaluation *evaluation, const spl_join_counts *join, spl_sentences *out)
{
    *out = (spl_sentences){0};
    warn_of_lines(evaluation, join, out);
    warn_of_variants(evaluation, out);
    warn_of_weights(evaluation, out);
}
