// SPDX-License-Identifier: GPL-3.0-or-later
// Uniform and observed propensities depend on all rows, so the file is read twice: first to count
// variants and to judge whether too many rows are bad, then to write. What cannot be read twice is kept
// in a temporary file for that. With given propensities one pass does, unless the events go where they
// could not be taken back if too many rows turn out to be bad.
#include "events/import.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events/import_row.h"
#include "host/files.h"
#include "host/progress.h"
#include "host/spool.h"
#include "samplit/hash.h"
#include "json/json_out.h"
#include "json/number.h"

#define NAME_MAX_BYTES 64 // of outcomes, as in an event

typedef struct run {
    const spl_import_config *config;
    const char *input; // can be opened more than once
    spl_import_report *report;
    spl_import_row row;
    spl_event event; // scratch for writing
    spl_writer *events, *rejects;
    bool counting; // the first of two passes, or the only one
} run;

spl_import_config spl_import_config_default(void)
{
    return (spl_import_config){.experiment = SPL_TEXT("default"), .max_bad = 0.01};
}

// The variant's index; the 65th different one is an error, for the column is then hardly the variant.
static bool count_variant(run *r, spl_text name, uint32_t *index, spl_error *error)
{
    spl_import_report *report = r->report;
    for (uint32_t i = 0; i < report->variant_count; i++) {
        if (!spl_text_equal(name, (spl_text){report->variants[i].name, strlen(report->variants[i].name)})) continue;
        report->variants[i].rows += r->counting;
        *index = i;
        return true;
    }
    if (report->variant_count == SPL_VARIANTS_MAX)
        return spl_fail(error, "column %.*s holds more than %d different variants", (int)r->config->variant.size,
                        r->config->variant.data, SPL_VARIANTS_MAX);
    spl_import_variant *added = &report->variants[report->variant_count];
    memcpy(added->name, name.data, name.size);
    added->name[name.size] = '\0';
    added->rows = 1;
    *index = report->variant_count++;
    return true;
}

static double propensity(const run *r, uint32_t variant)
{
    const spl_import_report *report = r->report;
    switch (r->config->propensity) {
    case SPL_IMPORT_UNIFORM: return 1.0 / report->variant_count;
    case SPL_IMPORT_OBSERVED: return (double)report->variants[variant].rows / (double)(report->rows - report->bad);
    default: return r->row.propensity;
    }
}

// Ids that depend on nothing but the row, so that importing a file again gives the same events.
static void make_id(const run *r, uint64_t row_hash, uint64_t number, int64_t time_ms, uint8_t out[16])
{
    uint64_t a = spl_xxh64(r->config->experiment.data, r->config->experiment.size, row_hash);
    spl_uuid7(time_ms, spl_mix64(a ^ number), spl_mix64(a + number), out);
}

static bool write_event(run *r, spl_error *error)
{
    size_t size = spl_event_size_max(&r->event);
    char *room = spl_writer_room(r->events, size);
    if (!room) return spl_fail(error, "out of memory for an event of %zu bytes", size);
    spl_writer_advance(r->events, spl_event_write(&r->event, room, size));
    return true;
}

static bool write_row(run *r, uint32_t variant, uint64_t number, spl_text raw, spl_error *error)
{
    const spl_import_row *row = &r->row;
    spl_event *event = &r->event;
    uint64_t row_hash = spl_xxh64(raw.data, raw.size, 0);
    event->kind = SPL_EVENT_EXPOSURE;
    event->time_ms = row->time_ms;
    make_id(r, row_hash, 2 * number, row->time_ms, event->id);
    event->experiment = r->config->experiment;
    event->unit = row->unit;
    event->variant = row->variant;
    event->propensity = propensity(r, variant);
    event->has_context = r->config->context_count > 0;
    event->context_count = row->context_count;
    memcpy(event->context, row->context, row->context_count * sizeof *row->context);
    r->report->exposures++;
    r->report->values_cut += row->values_cut;
    r->report->outcomes_missing += row->outcome_missing;
    if (!write_event(r, error)) return false;
    if (row->outcome == 0) return true;

    event->kind = SPL_EVENT_OUTCOME;
    event->has_exposure = true;
    memcpy(event->exposure, event->id, 16);
    event->time_ms++; // an outcome comes after its exposure
    make_id(r, row_hash, 2 * number + 1, event->time_ms, event->id);
    event->experiment = event->unit = (spl_text){0}; // the exposure says it
    event->name = r->config->outcome;
    event->value = row->outcome;
    r->report->outcomes++;
    return write_event(r, error);
}

// {"line":12,"column":"visit","reason":"…","row":"…"}
static bool write_reject(run *r, uint64_t line, spl_text raw, const spl_error *reason, spl_error *error)
{
    size_t size = 512 + SPL_JSON_ESCAPED_MAX * (sizeof *reason + raw.size);
    char *room = spl_writer_room(r->rejects, size);
    if (!room) return spl_fail(error, "out of memory for a row of %zu bytes", raw.size);
    spl_json_out out = {room, room + size, false};
    SPL_JSON_PUT(&out, "{\"line\":");
    spl_json_put_number(&out, (double)line);
    SPL_JSON_PUT(&out, ",\"column\":");
    spl_json_put_bytes(&out, (spl_text){reason->field, strlen(reason->field)});
    SPL_JSON_PUT(&out, ",\"reason\":");
    spl_json_put_bytes(&out, (spl_text){reason->text, strlen(reason->text)});
    SPL_JSON_PUT(&out, ",\"row\":");
    spl_json_put_bytes(&out, raw);
    SPL_JSON_PUT(&out, "}\n");
    spl_writer_advance(r->rejects, (size_t)(out.at - room));
    return true;
}

static bool reject_row(run *r, const spl_table *table, const spl_error *reason, spl_error *error)
{
    spl_import_report *report = r->report;
    if (!r->counting) return true; // already kept in the first pass
    report->bad++;
    if (report->bad_shown < SPL_IMPORT_BAD_SHOWN) report->bad_rows[report->bad_shown++] = *reason;
    return !r->rejects || write_reject(r, spl_table_line(table), spl_table_raw(table), reason, error);
}

static bool do_row(run *r, const spl_import_columns *columns, const spl_table *table, uint64_t number, spl_error *error)
{
    spl_error reason;
    uint32_t variant = 0;
    if (!spl_import_read_row(r->config, columns, table, number, &r->row, &reason)) {
        spl_fail_at(&reason, NULL, spl_table_line(table));
        return reject_row(r, table, &reason, error);
    }
    if (!count_variant(r, r->row.variant, &variant, error)) return false;
    return !r->events || write_row(r, variant, number, spl_table_raw(table), error);
}

static bool do_rows(run *r, const spl_import_columns *columns, spl_table *table, spl_error *error)
{
    spl_progress progress = spl_progress_start(r->events ? "importing" : "reading");
    spl_error reason = {0};
    spl_row_status status;
    uint64_t number = 0;
    bool good = true;
    while (good && (status = spl_table_row(table, &reason)) != SPL_ROW_END) {
        if (status == SPL_ROW_FAILED) {
            *error = reason;
            good = false;
            break;
        }
        r->report->rows += r->counting;
        number++;
        good = status == SPL_ROW_BAD ? reject_row(r, table, &reason, error) : do_row(r, columns, table, number, error);
        spl_progress_step(&progress, number, spl_table_fraction(table));
    }
    spl_progress_end(&progress);
    return good;
}

static bool pass(run *r, spl_error *error)
{
    spl_table *table;
    spl_import_columns columns = {0};
    if (!spl_table_open(r->input, r->config->format, r->config->delimiter, &table, error)) return false;
    bool good = spl_import_find_columns(r->config, table, &columns, error) && do_rows(r, &columns, table, error);
    spl_table_close(table);
    return good;
}

static bool check_bad(const run *r, spl_error *error)
{
    const spl_import_report *report = r->report;
    if ((double)report->bad <= r->config->max_bad * (double)report->rows) return true;
    return spl_fail(
        error, "%" PRIu64 " of %" PRIu64 " rows are bad (%.2f %%), more than --max-bad %g: nothing is written",
        report->bad, report->rows, 100 * (double)report->bad / (double)report->rows, 100 * r->config->max_bad);
}

// Whether equal shares are believable: Pearson's chi-square beyond its 99.9 % quantile, which is
// taken from Wilson & Hilferty's cube-root approximation (PNAS 17, 1931).
static void check_shares(spl_import_report *report)
{
    double df = (double)report->variant_count - 1, expected = (double)(report->rows - report->bad) / (df + 1);
    if (report->variant_count < 2) return;
    for (uint32_t i = 0; i < report->variant_count; i++) {
        double difference = (double)report->variants[i].rows - expected;
        report->chi_square += difference * difference / expected;
    }
    double spread = 2 / (9 * df), root = 1 - spread + 3.0902 * sqrt(spread);
    report->uneven = report->chi_square > df * root * root * root;
}

static bool passes(run *r, spl_error *error)
{
    bool twice = r->config->propensity == SPL_IMPORT_UNIFORM || r->config->propensity == SPL_IMPORT_OBSERVED ||
                 spl_path_is_stream(r->config->output);
    r->counting = true;
    if (twice) {
        if (!pass(r, error) || !check_bad(r, error)) return false;
        if (r->config->propensity == SPL_IMPORT_UNIFORM) check_shares(r->report);
        r->counting = false;
    }
    if (!spl_writer_open(r->config->output, &r->events, error)) return false;
    if (pass(r, error) && check_bad(r, error)) return spl_writer_close(r->events, error);
    spl_writer_discard(r->events);
    return false;
}

static bool with_rejects(run *r, spl_error *error)
{
    if (!r->config->rejects) return passes(r, error);
    if (!spl_writer_open(r->config->rejects, &r->rejects, error)) return false;
    bool done = passes(r, error);
    bool kept = spl_writer_close(r->rejects, done ? error : NULL);
    return done && kept;
}

static bool check_config(const spl_import_config *config, spl_error *error)
{
    if (config->outcome.size > NAME_MAX_BYTES)
        return spl_fail_field(error, "--outcome", "a name of more than %d bytes cannot name an outcome",
                              NAME_MAX_BYTES);
    return spl_event_is_key(config->experiment) ||
           spl_fail_field(error, "--experiment", "must be 1 to 64 letters, digits, '_', '.' or '-'");
}

static bool run_import(const spl_import_config *config, const char *input, spl_import_report *report, spl_error *error)
{
    run *r = calloc(1, sizeof *r);
    if (!r) return spl_fail(error, "out of memory");
    r->config = config;
    r->input = input;
    r->report = report;
    bool done = with_rejects(r, error);
    free(r);
    return done;
}

bool spl_import_run(const spl_import_config *config, spl_import_report *report, spl_error *error)
{
    spl_error local = {0};
    spl_spool spool;
    *report = (spl_import_report){0};
    if (!check_config(config, error)) return false;
    if (!spl_spool_open(config->input, &spool, error)) return false;
    bool done = run_import(config, spl_spool_path(&spool), report, &local);
    if (!done) spl_spool_blame(&spool, &local);
    spl_spool_close(&spool);
    if (!done && error) *error = local;
    return done;
}
