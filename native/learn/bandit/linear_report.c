// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/bandit/linear_report.h"
#include "json/json_add.h"

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
    cJSON_AddStringToObject(root, "policy", r->policy);
    cJSON_AddStringToObject(root, "rule", spl_linear_rule_word(l->linear.rule));
    cJSON_AddStringToObject(root, "space", l->linear.space == SPL_SPACE_EMBEDDING ? "embedding" : "features");
    cJSON_AddNumberToObject(root, "width", l->d - 1);
    spl_json_add_number(root, "parameter", l->factor ? NAN : l->linear.parameter);
    cJSON_AddStringToObject(root, "weights", r->weights ? "inverse" : "none");
    cJSON_AddNumberToObject(root, "exposures_without_context", (double)r->rows->without_context);
    spl_json_add_number(root, "prior", l->prior);
    spl_json_add_number(root, "noise", l->noise);
    spl_json_add_number(root, "lambda", l->lambda);
    spl_json_add_number(root, "log_evidence_features", l->evidence[SPL_SPACE_FEATURES]);
    spl_json_add_number(root, "log_evidence_embedding", l->evidence[SPL_SPACE_EMBEDDING]);
    spl_json_add_number(root, "score_error", l->score_error);
    spl_json_add_number(root, "deviation_error", l->factor ? l->deviation_error : NAN);
}

static void add_arms(cJSON *root, const spl_linear_report *r)
{
    const spl_linear_learned *l = r->learned;
    cJSON *list = cJSON_AddArrayToObject(root, "variants");
    for (uint32_t a = 0; a < l->k; a++) {
        cJSON *arm = cJSON_CreateObject();
        add_text(arm, "variant", r->variants[a]);
        cJSON_AddNumberToObject(arm, "exposures", (double)l->arms[a].rows);
        spl_json_add_number(arm, "effective", l->arms[a].effective);
        spl_json_add_number(arm, "mean", l->arms[a].mean);
        spl_json_add_number(arm, "constant", l->prior + l->arms[a].theta[l->d - 1]);
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

char *spl_linear_report_text(const spl_linear_report *report)
{
    cJSON *root = cJSON_CreateObject();
    if (!root) return NULL;
    add_policy(root, report);
    add_entries(root, report->learned);
    add_arms(root, report);
    char *text = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    return text;
}
