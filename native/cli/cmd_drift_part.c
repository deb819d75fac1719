// SPDX-License-Identifier: GPL-3.0-or-later
// A bundle of an encoder or clusters alone, held against rows or a log. Its report has the visitors' attributes and
// clusters in one reference, so that one measure serves both.
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_drift.h"
#include "cli/given_file.h"
#include "host/spool.h"
#include "learn/encoder/nearest_alike.h"
#include "learn/lineage.h"

bool spl_drift_part_start(spl_drift_run *run, spl_error *error)
{
    spl_part_report report;
    if (run->walk.outcome || run->walk.window_ms != 0)
        return spl_fail_field(error, run->walk.outcome ? "--outcome" : "--window", "the bundle has no policy");
    char *path = run->report_path ? strdup(run->report_path) : spl_report_path(run->bundle_path);
    if (!path) return spl_fail(error, "out of memory");
    bool ok = spl_part_report_read(path, &run->file.bundle, &report, error);
    free(path);
    if (!ok) return false;
    run->reference = report.reference;
    run->recall = report.recall;
    if (run->since_learned && run->reference->exposures > 0) run->walk.since = run->reference->newest_ms + 1;
    return true;
}

const spl_drift_feature *spl_drift_clusters(const spl_drift_run *run)
{
    if (!run->part || run->file.bundle.clusters.count == 0) return NULL;
    for (uint32_t i = 0; i < run->drift.feature_count; i++) {
        if (strcmp(run->drift.features[i].bins->name, "cluster") == 0) return &run->drift.features[i];
    }
    return NULL;
}

static bool measure_recall(spl_drift_run *run, const spl_rows *rows, spl_error *error)
{
    spl_labelled some;
    double share;
    if (!rows->label || run->file.bundle.encoder_count == 0) return true;
    if (!spl_labelled_sample(rows->x, rows->label, rows->n, rows->d, run->recall.rows, &some))
        return spl_fail(error, "out of memory");
    uint8_t *hit = malloc(some.n + 1);
    bool ok = hit != NULL || spl_fail(error, "out of memory");
    if (ok && some.n > 1) {
        ok = spl_nearest_alike(&run->file.bundle, &some, NULL, hit, &share, error);
        if (ok) spl_drift_note_recall(&run->config, run->recall.rows, run->recall.share, some.n, share, &run->drift);
    }
    free(hit);
    spl_labelled_free(&some);
    return ok;
}

// Rows without the label that the encoder was trained by are visitors all the same.
static bool read_log(const spl_drift_run *run, spl_part_source *source, spl_part_log *log, spl_error *error)
{
    source->label = run->recall.label[0] ? run->recall.label : NULL;
    if (source->label && spl_part_log_read(&run->file.bundle, source, log, NULL)) return true;
    source->label = NULL;
    return spl_part_log_read(&run->file.bundle, source, log, error);
}

static bool measure(spl_drift_run *run, const char *path, spl_error *error)
{
    bool events;
    if (!spl_visits_are_events(path, &events, error)) return false;
    if (!events && (run->since_learned || run->walk.since != INT64_MIN || run->walk.until != INT64_MAX))
        return spl_fail_field(error, "--since", "rows have no time: give a log, or the rows of that time");
    char *experiment = run->experiment_key ? NULL : spl_lineage_setting(&run->file.bundle, "experiment");
    const char *key = run->experiment_key ? run->experiment_key : experiment;
    spl_part_source source = {.path = path,
                              .part = spl_visits_all(),
                              .rows_ms = spl_given_or_now(run->config.now_ms),
                              .max_bad = run->walk.max_bad,
                              .expect = run->reference};
    spl_part_log log;
    if (key) source.part.experiment = (spl_text){key, strlen(key)};
    source.part.since = run->walk.since;
    source.part.until = run->walk.until;
    if (!events) run->config.periods = 0; // rows do not say how long a time they are of
    bool ok = read_log(run, &source, &log, error);
    free(experiment);
    if (!ok) return false;
    run->log.tally = log.tally;
    log.tally = NULL;
    run->log.counts.bad_lines = log.rows->bad_rows;
    run->log.counts.lines = log.rows->n + log.rows->bad_rows;
    run->log.counts.outside = log.outside;
    ok = spl_drift_measure_visits(&run->file.bundle, run->reference, &run->log, &run->config, &run->drift) ||
         spl_fail(error, "out of memory");
    ok = ok && measure_recall(run, log.rows, error);
    spl_part_log_free(&log);
    return ok;
}

bool spl_drift_part_finish(spl_drift_run *run, spl_error *error)
{
    spl_spool spool;
    if (!spl_spool_open(run->events, &spool, error)) return false;
    bool ok = measure(run, spl_spool_path(&spool), error);
    if (!ok) spl_spool_blame(&spool, error);
    spl_spool_close(&spool);
    return ok;
}
