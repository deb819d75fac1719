// SPDX-License-Identifier: GPL-3.0-or-later
#include <cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/evaluate_write.h"
#include "evaluate/verdict.h"
#include "host/visible.h"
#include "json/json_add.h"

// `identified`: the log shows every variant that is served; else there is no value by IPS and SNIPS.
static void add_estimate(cJSON *to, spl_ope_estimator estimator, spl_ope_estimate estimate, bool identified)
{
    static const char *const names[] = {"ips", "snips", "dr", "switch_dr"};
    cJSON *item = cJSON_AddObjectToObject(to, names[estimator]);
    spl_json_add_number(item, "value", estimate.value);
    spl_json_add_number(item, "se", estimate.se);
    spl_json_add_number(item, "low", estimate.low);
    spl_json_add_number(item, "high", estimate.high);
    if (estimator == SPL_OPE_SWITCH) {
        spl_json_add_number(item, "threshold", estimate.threshold);
        spl_json_add_number(item, "bias", estimate.bias);
    }
    if (!identified)
        cJSON_AddStringToObject(item, "reason", "not identified: the log never shows a variant that is served");
}

static cJSON *add_policy(cJSON *list, const spl_ope *ope, uint32_t policy, const char *name)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "policy", name);
    for (int i = 0; i < SPL_OPE_ESTIMATORS; i++)
        add_estimate(item, (spl_ope_estimator)i, spl_evaluate_value(ope, policy, (spl_ope_estimator)i),
                     spl_ope_supported(ope, policy));
    spl_json_add_number(item, "effective_sample", spl_ope_effective_sample(ope, policy));
    double se, mean = spl_ope_mean_weight(ope, policy, &se);
    spl_json_add_number(item, "mean_weight", mean);
    spl_json_add_number(item, "mean_weight_se", se);
    cJSON_AddItemToArray(list, item);
    return item;
}

static cJSON *make_policies(const spl_evaluation *e)
{
    cJSON *list = cJSON_CreateArray();
    add_policy(list, e->ope, SPL_OPE_TARGET, "bundle");
    add_policy(list, e->leading, SPL_OPE_TARGET, "leading");
    add_policy(list, e->ope, SPL_OPE_UNIFORM, "uniform");
    add_policy(list, e->ope, SPL_OPE_LOGGING, "logging");
    uint32_t best = spl_ope_best_variant(e->ope);
    for (uint32_t v = 0; v < e->experiment->policy.variant_count; v++) {
        cJSON *item = add_policy(list, e->ope, SPL_OPE_ALWAYS + v, "always");
        spl_json_add_text(item, "variant", e->experiment->variants[v]);
        cJSON_AddBoolToObject(item, "best", v == best);
    }
    return list;
}

static void add_gain(cJSON *list, const spl_ope *ope, uint32_t over, const char *policy, const char *name)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "policy", policy);
    cJSON_AddStringToObject(item, "over", name);
    for (int i = 0; i < SPL_OPE_ESTIMATORS; i++)
        add_estimate(item, (spl_ope_estimator)i, spl_evaluate_gain(ope, SPL_OPE_TARGET, over, (spl_ope_estimator)i),
                     spl_ope_supported(ope, SPL_OPE_TARGET) && spl_ope_supported(ope, over));
    cJSON_AddItemToArray(list, item);
}

static cJSON *make_gains(const spl_evaluation *e)
{
    cJSON *list = cJSON_CreateArray();
    uint32_t best = spl_ope_best_variant(e->ope);
    if (best < e->experiment->policy.variant_count) {
        add_gain(list, e->ope, SPL_OPE_ALWAYS + best, "bundle", "best_single_arm");
        add_gain(list, e->leading, SPL_OPE_ALWAYS + best, "leading", "best_single_arm");
    }
    add_gain(list, e->ope, SPL_OPE_UNIFORM, "bundle", "uniform");
    add_gain(list, e->ope, SPL_OPE_LOGGING, "bundle", "logging");
    return list;
}

static cJSON *make_sequences(const spl_evaluation *e)
{
    static const char *const names[] = {"value", "over_uniform", "over_logging"};
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < SPL_SEQUENCES; i++) {
        const spl_ope_cs *cs = &e->sequence[i];
        bool told = spl_evaluate_sequence_told(e, (spl_evaluate_sequence)i);
        spl_interval at = spl_ope_cs_interval(cs);
        const char *why = told ? spl_ope_cs_reason(spl_ope_cs_state_of(cs))
                               : "not identified: the log never shows a variant that is served";
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "of", names[i]);
        spl_json_add_number(item, "value", told && why[0] == 0 ? spl_ope_cs_estimate(cs) : NAN);
        spl_json_add_number(item, "low", told ? at.low : NAN);
        spl_json_add_number(item, "high", told ? at.high : NAN);
        if (why[0]) cJSON_AddStringToObject(item, "reason", why);
        cJSON_AddItemToArray(list, item);
    }
    return list;
}

static cJSON *make_counts(const spl_evaluation *e, const spl_join_counts *join)
{
    const spl_evaluate_counts *c = &e->counts;
    spl_ope_counts used = spl_ope_counted(e->ope);
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {
        {"lines", c->lines},
        {"unreadable", c->unreadable},
        {"without_propensity", c->without_propensity},
        {"other_experiment", c->other_experiment},
        {"other_fold", c->other_fold},
        {"not_drawn", c->not_drawn},
        {"by_segment", c->by_segment},
        {"at_root", c->at_root},
        {"unknown_variant", c->unknown_variant},
        {"exposures", used.exposures},
        {"rewarded", used.rewarded},
        {"open_exposures", join->open_exposures},
        {"heavy", used.heavy},
        {"clipped", used.clipped},
        {"duplicate_exposures", join->duplicate_exposures},
        {"duplicate_outcomes", join->duplicate_outcomes},
        {"outcomes_other_name", join->outcomes_other_name},
        {"outcomes_without_exposure", join->outcomes_without_exposure},
        {"late_exposures", join->late_exposures},
    };
    cJSON *item = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        cJSON_AddNumberToObject(item, counts[i].name, (double)counts[i].count);
    spl_json_add_number(item, "max_weight", used.max_weight);
    cJSON *levels = cJSON_AddArrayToObject(item, "served_by_level");
    for (int level = 0; level < SPL_TREE_DEPTH_MAX; level++)
        cJSON_AddItemToArray(levels, cJSON_CreateNumber((double)c->served_by_level[level]));
    return item;
}

static cJSON *make_sentences(const spl_sentences *sentences)
{
    cJSON *list = cJSON_CreateArray();
    for (uint32_t i = 0; i < sentences->count; i++) {
        char *text = spl_valid_utf8((spl_text){sentences->text[i], strlen(sentences->text[i])});
        if (text) cJSON_AddItemToArray(list, cJSON_CreateString(text));
        free(text);
    }
    return list;
}

static cJSON *make_head(const spl_evaluation *e)
{
    cJSON *root = cJSON_CreateObject();
    spl_json_add_text(root, "bundle", e->bundle->id_hex);
    spl_json_add_text(root, "experiment", e->experiment->key);
    spl_json_add_text(root, "outcome", (spl_text){e->outcome, strlen(e->outcome)});
    cJSON_AddNumberToObject(root, "window_ms", (double)e->config.window_ms);
    cJSON *fold = cJSON_AddObjectToObject(root, "fold");
    cJSON_AddNumberToObject(fold, "index", e->config.fold.index);
    cJSON_AddNumberToObject(fold, "count", e->config.fold.count > 0 ? e->config.fold.count : 1);
    cJSON_AddNumberToObject(root, "clip", e->config.clip);
    cJSON_AddBoolToObject(root, "binary", e->binary);
    return root;
}

bool spl_evaluate_json(const spl_evaluation *evaluation, const spl_join_counts *join, FILE *out)
{
    spl_sentences sentences;
    cJSON *root = make_head(evaluation);
    cJSON_AddItemToObject(root, "counts", make_counts(evaluation, join));
    cJSON_AddItemToObject(root, "policies", make_policies(evaluation));
    cJSON_AddItemToObject(root, "gains", make_gains(evaluation));
    cJSON_AddItemToObject(root, "at_every_look", make_sequences(evaluation));
    spl_verdict_gains(evaluation, &sentences);
    cJSON_AddItemToObject(root, "conclusions", make_sentences(&sentences));
    spl_verdict_warnings(evaluation, join, &sentences);
    cJSON_AddItemToObject(root, "warnings", make_sentences(&sentences));
    char *text = cJSON_Print(root);
    if (text) fprintf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(root);
    return text != NULL;
}
