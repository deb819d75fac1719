// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/evaluate_gate.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/options.h"
#include "json/json_add.h"

typedef struct verdict {
    spl_contest_result snips;
    double gain;           // by the sequence
    spl_interval sequence; // NaN where there is none
    const char *reason;    // why nothing can be told by the bound asked for; "" if it can
    double low;            // of the bound asked for
    bool pass;
} verdict;

static const char *reason_of(const spl_gate *gate, const spl_contest_log *log, const spl_contest_result *snips)
{
    if (isnan(snips->gain)) return "the log does not show what these bundles serve";
    if (log->unseen_new) return "the log never shows a variant that this bundle serves";
    if (log->unseen_old) return "the log never shows a variant that the incumbent serves";
    if (log->contest.rewarded == 0) return "no exposure has an outcome that counts";
    if (gate->bound == SPL_GATE_EVERY_LOOK) return spl_ope_cs_reason(spl_ope_cs_state_of(&log->sequence));
    return isnan(snips->low) ? "too few exposures, or too few with an outcome that counts" : "";
}

static verdict judge(const spl_gate *gate, const spl_contest_log *log)
{
    verdict v = {.snips = spl_contest_finish(&log->contest),
                 .gain = spl_ope_cs_estimate(&log->sequence),
                 .sequence = spl_ope_cs_interval(&log->sequence)};
    v.reason = reason_of(gate, log, &v.snips);
    v.low = v.reason[0] ? NAN : gate->bound == SPL_GATE_EVERY_LOOK ? v.sequence.low : v.snips.low;
    v.pass = v.low >= -gate->margin;
    return v;
}

static void print_json(const spl_gate *gate, const verdict *v)
{
    const spl_contest_result *r = &v->snips;
    bool told = v->reason[0] == 0, looks = gate->bound == SPL_GATE_EVERY_LOOK;
    cJSON *root = cJSON_CreateObject();
    cJSON_AddBoolToObject(root, "pass", v->pass);
    cJSON_AddStringToObject(root, "bound", looks ? "every-look" : "one-look");
    if (!told) cJSON_AddStringToObject(root, "reason", v->reason);
    spl_json_add_number(root, "exposures", r->exposures);
    spl_json_add_number(root, "value", r->value_new);
    spl_json_add_number(root, "value_incumbent", r->value_old);
    spl_json_add_number(root, "gain", r->gain);
    spl_json_add_number(root, "low", told ? v->low : NAN);
    spl_json_add_number(root, "high", !told ? NAN : looks ? v->sequence.high : r->high);
    spl_json_add_number(root, "margin", gate->margin);
    cJSON *one = cJSON_AddObjectToObject(root, "one_look"), *all = cJSON_AddObjectToObject(root, "every_look");
    spl_json_add_number(one, "gain", r->gain);
    spl_json_add_number(one, "low", r->low);
    spl_json_add_number(one, "high", r->high);
    spl_json_add_number(all, "gain", v->gain);
    spl_json_add_number(all, "low", v->sequence.low);
    spl_json_add_number(all, "high", v->sequence.high);
    spl_json_add_number(root, "effective_sample", r->effective_new);
    spl_json_add_number(root, "effective_sample_incumbent", r->effective_old);
    char *text = cJSON_Print(root);
    if (text) puts(text);
    free(text);
    cJSON_Delete(root);
}

static void print_difference(const char *name, double gain, double low, double high, const char *how, bool decides)
{
    printf("  %-12s  ", name);
    if (isnan(low))
        printf("unknown");
    else
        printf("%+.6g   95 %%: %+.6g to %+.6g", gain, low, high);
    printf("   %s%s\n", how, decides ? ", which decides" : "");
}

static void print_text(const spl_gate *gate, const verdict *v)
{
    const spl_contest_result *r = &v->snips;
    bool looks = gate->bound == SPL_GATE_EVERY_LOOK;
    printf("on %.0f exposures:\n\n", r->exposures);
    if (!isnan(r->gain)) {
        printf("  this bundle   %.6g   worth %.0f exposures of its own\n", r->value_new, r->effective_new);
        printf("  incumbent     %.6g   worth %.0f\n", r->value_old, r->effective_old);
        print_difference("difference", v->gain, v->sequence.low, v->sequence.high, "at every look", looks);
        print_difference("", r->gain, r->low, r->high, "by SNIPS, for one look", !looks);
        putchar('\n');
    }
    if (v->reason[0])
        printf("STOP: %s: nothing can be told.\n", v->reason);
    else if (v->pass)
        printf("PASS: it is not worse than the incumbent by more than %g.\n", gate->margin);
    else
        printf("STOP: it may be worse by %.6g; %g is allowed.\n", fmax(0, -v->low), gate->margin);
}

int spl_cli_gate(const spl_gate *gate, const spl_bundle_file *candidate, uint32_t experiment)
{
    spl_error error = {0};
    spl_bundle_file incumbent;
    uint32_t index;
    if (!spl_bundle_file_open(gate->incumbent, &incumbent, &error)) return spl_cli_fail("evaluate", &error);
    spl_text key = candidate->bundle.experiments[experiment].key;
    spl_contest_log log = {0};
    spl_walk walk = spl_walk_default();
    spl_ope_cs_config looks = gate->looks;
    looks.gain = true;
    walk.what = "comparing";
    walk.experiment = key;
    walk.outcome = gate->outcome;
    walk.window_ms = gate->window_ms;
    walk.fold = gate->fold;
    walk.max_bad = gate->max_bad;
    bool ok = spl_bundle_experiment(&incumbent.bundle, key, &index) == SPL_OK ||
              spl_fail_field(&error, "experiment", "the incumbent has none called %.*s", (int)key.size, key.data);
    ok = ok && spl_contest_read(gate->events, &incumbent, index, candidate, 1, &walk, &looks, &log, &error);
    spl_bundle_file_close(&incumbent);
    if (!ok) return spl_cli_fail("evaluate", &error);
    verdict v = judge(gate, &log);
    (gate->json ? print_json : print_text)(gate, &v);
    return v.pass ? 0 : 1;
}
