// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/evaluate_gate.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/options.h"

static void add_number(cJSON *to, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(to, name, value);
    else
        cJSON_AddNullToObject(to, name);
}

static void print_json(const spl_gate *gate, const spl_contest_result *r, bool pass)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddBoolToObject(root, "pass", pass);
    add_number(root, "exposures", r->exposures);
    add_number(root, "value", r->value_new);
    add_number(root, "value_incumbent", r->value_old);
    add_number(root, "gain", r->gain);
    add_number(root, "low", r->low);
    add_number(root, "high", r->high);
    add_number(root, "margin", gate->margin);
    add_number(root, "effective_sample", r->effective_new);
    add_number(root, "effective_sample_incumbent", r->effective_old);
    char *text = cJSON_Print(root);
    if (text) puts(text);
    free(text);
    cJSON_Delete(root);
}

static void print_text(const spl_gate *gate, const spl_contest_result *r, bool pass)
{
    printf("on %.0f exposures, by SNIPS:\n\n", r->exposures);
    if (isnan(r->gain)) {
        puts("STOP: the log does not show what these bundles serve.");
        return;
    }
    printf("  this bundle   %.6g   worth %.0f exposures of its own\n", r->value_new, r->effective_new);
    printf("  incumbent     %.6g   worth %.0f\n", r->value_old, r->effective_old);
    if (isnan(r->low)) {
        puts("\nSTOP: too few exposures, or none with an outcome that counts: nothing can be told.");
        return;
    }
    printf("  difference    %+.6g   95 %%: %+.6g to %+.6g\n\n", r->gain, r->low, r->high);
    if (pass)
        printf("PASS: it is not worse than the incumbent by more than %g.\n", gate->margin);
    else
        printf("STOP: it may be worse by %.6g; %g is allowed.\n", fmax(0, -r->low), gate->margin);
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
    walk.what = "comparing";
    walk.experiment = key;
    walk.outcome = gate->outcome;
    walk.window_ms = gate->window_ms;
    walk.fold = gate->fold;
    walk.max_bad = gate->max_bad;
    bool ok = spl_bundle_experiment(&incumbent.bundle, key, &index) == SPL_OK ||
              spl_fail_field(&error, "experiment", "the incumbent has none called %.*s", (int)key.size, key.data);
    ok = ok && spl_contest_read(gate->events, &incumbent, index, candidate, 1, &walk, &log, &error);
    spl_bundle_file_close(&incumbent);
    if (!ok) return spl_cli_fail("evaluate", &error);
    spl_contest_result result = spl_contest_finish(&log.contest);
    bool pass = result.low >= -gate->margin;
    (gate->json ? print_json : print_text)(gate, &result, pass);
    return pass ? 0 : 1;
}
