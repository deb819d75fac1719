// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/linear_report.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *spl_linear_rule_word(uint32_t rule)
{
    static const char *const words[] = {"table", "inverse-gap", "softmax", "epsilon-greedy", "linucb", "lints"};
    return rule < sizeof words / sizeof *words ? words[rule] : "unknown";
}

static void add_number(cJSON *to, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(to, name, value);
    else
        cJSON_AddNullToObject(to, name);
}

// cJSON wants a terminator.
static void add_text(cJSON *to, const char *name, spl_text text)
{
    char *copy = text.size > 0 ? strndup(text.data, text.size) : NULL;
    if (copy)
        cJSON_AddStringToObject(to, name, copy);
    else
        cJSON_AddNullToObject(to, name);
    free(copy);
}

static void add_policy(cJSON *root, const spl_linear_report *r)
{
    const spl_linear_learned *l = r->learned;
    cJSON *policy = cJSON_AddObjectToObject(root, "policy");
    cJSON_AddStringToObject(policy, "asked", r->policy);
    cJSON_AddStringToObject(policy, "rule", spl_linear_rule_word(l->linear.rule));
    cJSON_AddStringToObject(policy, "space", l->linear.space == SPL_SPACE_EMBEDDING ? "embedding" : "features");
    cJSON_AddNumberToObject(policy, "entries", l->d - 1);
    add_number(policy, "parameter", l->factor ? NAN : l->linear.parameter);
    add_number(policy, "min_propensity", r->min_propensity);
    cJSON_AddStringToObject(policy, "weights", l->weighted ? "inverse" : "none");
    cJSON *fit = cJSON_AddObjectToObject(root, "fit");
    add_number(fit, "prior", l->prior);
    add_number(fit, "noise", l->noise);
    add_number(fit, "lambda", l->lambda);
    add_number(fit, "log_evidence_features", l->evidence[SPL_SPACE_FEATURES]);
    add_number(fit, "log_evidence_embedding", l->evidence[SPL_SPACE_EMBEDDING]);
    add_number(fit, "score_error", l->score_error);
    add_number(fit, "deviation_error", l->factor ? l->deviation_error : NAN);
}

static void add_arms(cJSON *root, const spl_linear_report *r)
{
    const spl_linear_learned *l = r->learned;
    cJSON *list = cJSON_AddArrayToObject(root, "learned");
    for (uint32_t a = 0; a < l->k; a++) {
        cJSON *arm = cJSON_CreateObject();
        add_text(arm, "variant", r->variants[a]);
        cJSON_AddNumberToObject(arm, "exposures", (double)l->arms[a].rows);
        add_number(arm, "effective", l->arms[a].effective);
        add_number(arm, "mean", l->arms[a].mean);
        add_number(arm, "constant", l->prior + l->arms[a].theta[l->d - 1]);
        cJSON_AddItemToObject(arm, "weights", cJSON_CreateDoubleArray(l->arms[a].theta, (int)l->d - 1));
        cJSON_AddItemToArray(list, arm);
    }
}

// What the entries of the features are called, in their order.
static void add_entries(cJSON *root, const spl_linear_learned *l)
{
    cJSON *list = cJSON_AddArrayToObject(root, "entries");
    for (uint32_t i = 0; i < l->schema->feature_count; i++) {
        const spl_feature_spec *f = &l->schema->features[i];
        char name[2 * SPL_SCHEMA_NAME_MAX + 80];
        for (uint32_t j = 0; j < spl_feature_width(&l->schema->schema, i); j++) {
            snprintf(name, sizeof name, "%s", f->attribute);
            if (f->kind == SPL_FEATURE_CATEGORICAL)
                snprintf(name, sizeof name, "%s:%s", f->attribute, j < f->category_count ? f->categories[j] : "other");
            if (f->kind == SPL_FEATURE_NUMERIC)
                snprintf(name, sizeof name, "%s from %g to %g", f->attribute, (double)f->lo, (double)f->hi);
            if (f->kind == SPL_FEATURE_CYCLIC) snprintf(name, sizeof name, "%s %s", j ? "cos" : "sin", f->attribute);
            cJSON_AddItemToArray(list, cJSON_CreateString(name));
        }
    }
}

static void add_join(cJSON *root, const spl_linear_report *r)
{
    cJSON *join = cJSON_AddObjectToObject(root, "join");
    cJSON_AddNumberToObject(join, "exposures", (double)r->joined.exposures);
    cJSON_AddNumberToObject(join, "outcomes", (double)r->joined.outcomes);
    cJSON_AddNumberToObject(join, "open_exposures", (double)r->joined.open_exposures);
    cJSON_AddNumberToObject(join, "outcomes_without_exposure", (double)r->joined.outcomes_without_exposure);
    cJSON_AddNumberToObject(join, "exposures_not_drawn", (double)r->not_drawn);
    cJSON_AddNumberToObject(join, "exposures_without_context", (double)r->rows->without_context);
}

char *spl_linear_report_text(const spl_linear_report *report)
{
    cJSON *root = cJSON_CreateObject();
    if (!root) return NULL;
    cJSON_AddNumberToObject(root, "format", 1);
    cJSON_AddStringToObject(root, "kind", "linear");
    cJSON_AddStringToObject(root, "bundle", report->bundle_id);
    add_text(root, "experiment", report->experiment);
    add_text(root, "outcome", report->outcome);
    cJSON *names = cJSON_AddArrayToObject(root, "variants");
    for (uint32_t a = 0; a < report->learned->k; a++) {
        char *copy = strndup(report->variants[a].data, report->variants[a].size);
        if (copy) cJSON_AddItemToArray(names, cJSON_CreateString(copy));
        free(copy);
    }
    add_policy(root, report);
    add_join(root, report);
    add_entries(root, report->learned);
    add_arms(root, report);
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    return text;
}
