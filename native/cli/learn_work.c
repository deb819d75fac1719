// SPDX-License-Identifier: GPL-3.0-or-later
// What `samplit learn` does with what it was told.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "bundle/payloads.h"
#include "bundle/report_read.h"
#include "cli/learn_command.h"
#include "cli/learn_summary.h"
#include "cli/options.h"
#include "host/files.h"
#include "learn/compile.h"

// What may be wrong with a log, whatever is learned from it.
static void warn_of_log(const spl_learn_settings *s, const spl_log *log)
{
    if (log->bad_lines > 0) {
        char text[1024];
        spl_cli_warn("learn", "%" PRIu64 " of %" PRIu64 " lines are no events and were left out; the first is %s",
                     log->bad_lines, log->lines, spl_error_format(&log->first_bad, text, sizeof text));
    }
    if (log->variants.count == 1) spl_cli_warn("learn", "the log has one variant only; it is served to everybody");
    uint64_t lost = log->joined.outcomes_without_exposure, joined = log->joined.outcomes;
    if (s->log.fold.count <= 1 && log->other_experiments == 0 && lost > (lost + joined) / 100)
        spl_cli_warn("learn",
                     "%" PRIu64 " of %" PRIu64 " outcomes have no exposure before them in the log, within the "
                     "window; a log in order of time joins them (docs/events.md)",
                     lost, lost + joined);
    if (log->joined.outcomes == 0)
        spl_cli_warn("learn", "no exposure has an outcome: the variants differ by chance only");
}

static void warn(const spl_learn_settings *s, const spl_log *log)
{
    warn_of_log(s, log);
    if (s->grow.on) spl_grow_warn(log, &s->grow);
    for (uint32_t i = 0; i < s->log.level_count && !s->grow.on; i++) {
        if (log->with_level[i] == 0)
            spl_cli_warn("learn", "no exposure has the attribute \"%.*s\"", (int)s->levels[i].attribute.size,
                         s->levels[i].attribute.data);
    }
    if (spl_state_overflow(log->state) > 0)
        spl_cli_warn("learn", "%" PRIu64 " exposures met more segments than are kept and count in their parents only",
                     spl_state_overflow(log->state));
}

// The report first: where it cannot be written, no bundle appears.
static bool write_both(const spl_learn_settings *s, const char *report, const spl_report_source *source,
                       const uint8_t *data, size_t size, spl_error *error)
{
    spl_writer *bundle = NULL;
    if (s->out && !spl_writer_open(s->out, &bundle, error)) return false;
    bool ok =
        (!report || spl_report_write(report, source, error)) && (!s->json || spl_report_write("-", source, error));
    if (!bundle) return ok;
    if (!ok) {
        spl_writer_discard(bundle);
        return false;
    }
    spl_writer_put(bundle, data, size);
    return spl_writer_close(bundle, error);
}

// The bundle's file, the report beside it, and what is printed. A missing `out` still gives a report.
static bool write_files(const spl_learn_settings *s, const spl_report_source *source, const uint8_t *data, size_t size,
                        spl_error *error)
{
    char *beside = s->out && !spl_path_is_dash(s->out) ? spl_report_path(s->out) : NULL;
    const char *report = s->report ? s->report : beside;
    bool ok = write_both(s, report, source, data, size, error);
    if (ok && !s->json && !s->request->quiet) {
        bool taken = spl_path_is_dash(s->out) || spl_path_is_dash(report);
        spl_learn_summary(taken ? stderr : stdout, source, s->out, report);
    }
    free(beside);
    return ok;
}

// What the manifest says of where the bundle comes from. NULL when out of memory.
static cJSON *lineage_of(const spl_learn_settings *s, const spl_log *log)
{
    const spl_lineage from = {.parent = s->request->parent,
                              .input = s->request->input ? s->request->input : s->events,
                              .digest = log->digest,
                              .option_count = s->recorded.count,
                              .options = s->recorded.options,
                              .validation = s->request->validation};
    return spl_lineage_json(&from);
}

static bool compile(const spl_learn_settings *s, const spl_log *log, const spl_learned *learned, const spl_grown *grown,
                    const cJSON *more, spl_error *error)
{
    spl_compile_config config = {
        .experiment = log->experiment,
        .seed = s->seeded ? s->seed : spl_compile_seed(log->experiment),
        .variants = log->variants.names,
        .levels = s->levels,
        .min_propensity = s->learn.min_propensity,
        .hash_mode = s->hash_mode,
        .settings = s->run_as,
        .payloads = s->payloads,
        .model = s->log.model,
        .schema = s->schema,
        .more = more,
    };
    uint8_t *data;
    size_t size;
    char id[33];
    const spl_tree_report tree = spl_grow_report(log, &s->grow, grown);
    spl_report_source source = {
        .bundle_id = id,
        .experiment = log->experiment,
        .outcome = log->outcome,
        .variants = log->variants.names,
        .levels = s->levels,
        .learned = learned,
        .joined = log->joined,
        .not_drawn = log->not_drawn,
        .overflow = spl_state_overflow(log->state),
        .tree = s->grow.on ? &tree : NULL,
        .tally = log->tally,
    };
    if (!spl_value_of(learned, &source.value)) return spl_fail(error, "out of memory");
    if (!spl_compile(learned, &config, &data, &size, id, error)) return false;
    if (spl_learn_kept(s->request, data, size, id)) return true;
    bool ok = write_files(s, &source, data, size, error);
    free(data);
    return ok;
}

static bool learn_policy(const spl_learn_settings *s, spl_log *log, const cJSON *more, spl_error *error)
{
    if (!s->request->quiet) warn_of_log(s, log);
    const spl_policy_target target = {
        .out = s->out,
        .report = s->report,
        .model = s->model,
        .json = s->json,
        .seed = s->seeded ? s->seed : spl_compile_seed(log->experiment),
        .learn = &s->learn,
        .hash_mode = s->hash_mode,
        .settings = s->run_as,
        .payloads = s->payloads,
        .more = more,
        .request = s->request,
    };
    return spl_policy_learn(log, &s->policy, &target, error);
}

static bool learn_segments(const spl_learn_settings *s, spl_log *log, const cJSON *more, spl_error *error)
{
    spl_learned *learned;
    spl_grown grown = {0};
    bool ok = !s->grow.on || spl_grow_log(log, &s->grow, s->levels, s->learn.reward, &grown, error);
    ok = ok && spl_learn_judged(log->state, s->grow.on ? grown.judge : log->state, &s->learn, &learned, error);
    if (ok) {
        if (!s->request->quiet) warn(s, log);
        ok = compile(s, log, learned, &grown, more, error);
        spl_learned_free(learned);
    }
    if (s->grow.on) log->state = NULL; // that is the grown tree's
    spl_grown_free(&grown);
    return ok;
}

static bool learn_read(const spl_learn_settings *s, spl_log *log, spl_error *error)
{
    cJSON *more = lineage_of(s, log);
    bool ok = more || spl_fail(error, "out of memory");
    if (ok) ok = (s->policy.word ? learn_policy : learn_segments)(s, log, more, error);
    cJSON_Delete(more);
    return ok;
}

// Opens the bundle of --settings, whose texts the settings borrow, and finds the experiment in it.
static bool find_like(const spl_learn_settings *s, spl_text key, spl_bundle_file *file, const spl_experiment **like,
                      spl_error *error)
{
    uint32_t index;
    *like = s->request->like;
    if (!s->settings_path) return true;
    if (!spl_bundle_file_open(s->settings_path, file, error)) return false;
    if (spl_bundle_experiment(&file->bundle, key, &index) != SPL_OK) {
        spl_fail_field(error, "experiments", "none is named \"%.*s\"", (int)key.size, key.data);
        return spl_fail_at(error, s->settings_path, 0);
    }
    *like = &file->bundle.experiments[index];
    return true;
}

static bool learn_log(const spl_learn_settings *s, spl_error *error)
{
    spl_log *log;
    spl_bundle_file file = {0};
    const spl_experiment *like;
    spl_learn_settings with = *s;
    if (!spl_log_read(s->events, &s->log, &log, error)) return false;
    bool ok = find_like(s, log->experiment, &file, &like, error);
    if (ok && like) {
        const spl_bundle *in = s->settings_path ? &file.bundle : s->request->like_in;
        with.run_as = like->settings;
        with.hash_mode = (spl_hash_mode)like->hash_mode;
        ok = spl_payloads_carry(in, (uint32_t)(like - in->experiments), log->variants.names, log->variants.count,
                                &with.payloads, error);
    }
    ok = ok && learn_read(&with, log, error);
    cJSON_Delete(with.payloads);
    spl_bundle_file_close(&file);
    spl_log_free(log);
    return ok;
}

// With a model, its clusters are attributes that segments can be made of, and the bundle gets them too.
bool spl_learn_work(const spl_learn_settings *s, spl_error *error)
{
    spl_bundle_file file = {0};
    spl_schema_spec *schema = NULL;
    if (!s->model || s->policy.word) return learn_log(s, error);
    if (!spl_bundle_file_open(s->model, &file, error)) return false;
    bool ok = spl_schema_spec_of_bundle(&file.bundle, &schema, error) || spl_fail_at(error, s->model, 0);
    if (ok) {
        spl_learn_settings with = *s;
        with.schema = schema;
        with.log.model = &file.bundle;
        ok = learn_log(&with, error);
    }
    spl_schema_spec_free(schema);
    spl_bundle_file_close(&file);
    return ok;
}
