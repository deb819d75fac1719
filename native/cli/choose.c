// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/choose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "host/files.h"

// The keys of a bundle for a message, cut where they would fill the screen.
static void list_keys(const spl_bundle *bundle, char *out, size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < bundle->experiment_count; i++) {
        spl_text key = bundle->experiments[i].key;
        if (at + key.size + 8 > size) {
            snprintf(out + at, size - at, ", …");
            return;
        }
        at += (size_t)snprintf(out + at, size - at, "%s%.*s", i ? ", " : "", (int)key.size, key.data);
    }
}

int spl_cli_experiment(const char *command, const spl_bundle *bundle, const char *key, uint32_t *index)
{
    char keys[512];
    spl_error error;
    list_keys(bundle, keys, sizeof keys);
    if (bundle->experiment_count == 0) {
        spl_fail(&error, "the bundle has no experiment");
        return spl_cli_fail(command, &error);
    }
    if (!key && bundle->experiment_count > 1)
        return spl_cli_misuse(command, "the bundle has several experiments; choose by --experiment: %s", keys);
    *index = 0;
    if (!key || spl_bundle_experiment(bundle, (spl_text){key, strlen(key)}, index) == SPL_OK) return 0;
    spl_fail_field(&error, "--experiment", "the bundle has no experiment \"%.64s\"; it has: %s", key, keys);
    return spl_cli_fail(command, &error);
}

bool spl_cli_report(const char *command, const char *bundle_path, const char *report_path, const spl_bundle *bundle,
                    uint32_t experiment, spl_report **report, spl_error *error)
{
    *report = NULL;
    if (report_path) return spl_report_read(report_path, bundle, experiment, report, error);
    char *path = spl_path_is_dash(bundle_path) ? NULL : spl_report_path(bundle_path);
    spl_error reason = {0};
    if (path && access(path, F_OK) == 0 && !spl_report_read(path, bundle, experiment, report, &reason)) {
        char text[sizeof reason + 32];
        spl_cli_warn(command, "the report is passed over: %s", spl_error_format(&reason, text, (int)sizeof text));
    }
    free(path);
    return true;
}
