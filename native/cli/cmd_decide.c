// SPDX-License-Identifier: GPL-3.0-or-later
// Decides as a host would. Without a usable bundle the answer is still a decision: the control,
// with reason `default`; what is wrong goes to standard error, and the exit code is 1.
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_file.h"
#include "cli/choose.h"
#include "cli/command.h"
#include "cli/decide_print.h"
#include "cli/options.h"
#include "events/event_context.h"
#include "host/files.h"

static const char DOC[] =
    "Decide which variant a unit sees, and say why. BUNDLE may be - for standard input."
    "\vThe context is a JSON object of raw fields (user_agent, referrer, utm_source, …) and attributes (device, "
    "source, …); an attribute given directly wins, and of a repeated name the last. With --context - every line of "
    "standard input is a context, and gets a decision; blank lines are passed over. A line that is no context gets the "
    "control, as a page would serve it, with the reason default and, in --json, an error; the exit code is then 1.\n\n"
    "Example:\n"
    "  samplit decide bundle.safetensors --unit u1 \\\n"
    "      --context '{\"channel\":\"Web\",\"newbie\":1}'";

enum {
    OPT_UNIT = 256,
    OPT_CONTEXT,
    OPT_EXPERIMENT,
    OPT_FORCE,
    OPT_INCUMBENT,
    OPT_STICKY,
    OPT_RANK,
    OPT_JSON,
    OPT_EVENT
};

static const struct argp_option OPTIONS[] = {
    {"unit", OPT_UNIT, "ID", 0, "The visitor, user or account to decide for (required)", 0},
    {"context", OPT_CONTEXT, "JSON|-", 0, "What is known about the visit; default: {}", 0},
    {"experiment", OPT_EXPERIMENT, "KEY", 0, "Default: the only one of the bundle", 0},
    {"force", OPT_FORCE, "VARIANT", 0, "Serve this variant, as a tester may", 0},
    {"incumbent", OPT_INCUMBENT, "VARIANT", 0, "What would be served without Samplit; read in apprentice mode", 0},
    {"sticky", OPT_STICKY, "VARIANT[@N]", 0, "What the unit had before, under bucket version N (default 0)", 0},
    {"rank", OPT_RANK, NULL, 0, "Show all variants, best first", 0},
    {"json", OPT_JSON, NULL, 0, "One line of JSON per decision", 0},
    {"event", OPT_EVENT, NULL, 0, "The exposure event that a host would log", 0},
    {0}};

typedef struct arguments {
    const char *bundle, *unit, *context, *experiment;
    const char *force, *incumbent, *sticky;
    bool rank, json, event;
} arguments;

// Everything that decisions need, good bundle or not.
typedef struct deciding {
    const arguments *all;
    spl_bundle_file file;
    bool usable;
    spl_workspace *workspace;
    void *memory;
    uint32_t experiment;
    spl_request request;
    spl_json_line json;
    uint64_t shown; // decisions, so far
    uint32_t count;
    spl_named_field named[SPL_ATTRIBUTES_MAX];
    spl_field fields[SPL_ATTRIBUTES_MAX];
} deciding;

static void check_complete(const arguments *all, struct argp_state *state)
{
    if (!all->bundle) argp_error(state, "which bundle?");
    if (!all->unit || !*all->unit) argp_error(state, "--unit is missing");
    spl_text unit = {all->unit, strlen(all->unit)};
    if (unit.size > SPL_EVENT_UNIT_MAX)
        argp_error(state, "--unit must have 1 to %d bytes, not %zu", SPL_EVENT_UNIT_MAX, unit.size);
    if (!spl_text_is_utf8(unit)) argp_error(state, "--unit is not valid UTF-8");
    if (all->experiment && !spl_event_is_key((spl_text){all->experiment, strlen(all->experiment)}))
        argp_error(state, "--experiment must be 1 to 64 letters, digits, '_', '.' or '-'");
    if (all->json && all->event) argp_error(state, "either --json or --event");
    if (spl_path_is_dash(all->bundle) && spl_path_is_dash(all->context))
        argp_error(state, "only one of bundle and context can come from standard input");
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments *all = state->input;
    switch (key) {
    case OPT_UNIT: all->unit = argument; break;
    case OPT_CONTEXT: all->context = argument; break;
    case OPT_EXPERIMENT: all->experiment = argument; break;
    case OPT_FORCE: all->force = argument; break;
    case OPT_INCUMBENT: all->incumbent = argument; break;
    case OPT_STICKY: all->sticky = argument; break;
    case OPT_RANK: all->rank = true; break;
    case OPT_JSON: all->json = true; break;
    case OPT_EVENT: all->event = true; break;
    case ARGP_KEY_ARG:
        if (all->bundle) argp_error(state, "one bundle only");
        all->bundle = argument;
        break;
    case ARGP_KEY_END: check_complete(all, state); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp ARGP = {OPTIONS, parse, "BUNDLE", DOC, NULL, NULL, NULL};

// Sets *out to the variant's number, from 1. False, having said so, if there is none of that name.
static bool find_variant(const deciding *d, const char *option, spl_text name, uint32_t *out)
{
    const spl_experiment *x = &d->file.bundle.experiments[d->experiment];
    for (uint32_t v = 0; v < x->policy.variant_count; v++) {
        if (!spl_text_equal(name, x->variants[v])) continue;
        *out = v + 1;
        return true;
    }
    spl_cli_misuse("decide", "--%s: experiment %.*s has no variant \"%.*s\"", option, (int)x->key.size, x->key.data,
                   (int)name.size, name.data);
    return false;
}

// NAME or NAME@VERSION; a variant's name may hold an @ itself.
static bool find_sticky(deciding *d, const char *text)
{
    uint64_t version = 0;
    const char *at = strrchr(text, '@');
    bool versioned = at && spl_cli_u64(at + 1, &version) && version <= UINT32_MAX;
    d->request.sticky_version = versioned ? (uint32_t)version : 0;
    spl_text name = {text, versioned ? (size_t)(at - text) : strlen(text)};
    return find_variant(d, "sticky", name, &d->request.sticky);
}

static bool find_request(deciding *d)
{
    const char *force = d->all->force, *incumbent = d->all->incumbent, *sticky = d->all->sticky;
    spl_request *r = &d->request;
    return (!force || find_variant(d, "force", (spl_text){force, strlen(force)}, &r->forced)) &&
           (!incumbent || find_variant(d, "incumbent", (spl_text){incumbent, strlen(incumbent)}, &r->incumbent)) &&
           (!sticky || find_sticky(d, sticky));
}

// Opens the bundle and finds the experiment. Returns 0, or the exit code to end with once the
// default has been served (1) or at once (2).
static int open_bundle(deciding *d)
{
    spl_error error = {0};
    d->usable = spl_bundle_file_open(d->all->bundle, &d->file, &error);
    if (d->usable) d->workspace = spl_bundle_file_workspace(&d->file, &d->memory);
    if (d->usable && d->workspace) {
        int code = spl_cli_experiment("decide", &d->file.bundle, d->all->experiment, &d->experiment);
        return code != 0 || find_request(d) ? code : 2;
    }
    if (d->usable) spl_fail(&error, "out of memory");
    d->memory = calloc(1, sizeof(spl_workspace));
    d->workspace = d->memory;
    return spl_cli_fail("decide", &error);
}

static spl_text experiment_key(const deciding *d, bool served)
{
    if (served) return d->file.bundle.experiments[d->experiment].key;
    return d->all->experiment ? (spl_text){d->all->experiment, strlen(d->all->experiment)} : SPL_TEXT("default");
}

// From the fields of d->named, or for a reason why there are none the control.
static bool answer(deciding *d, bool served, const char *reason, spl_error *error)
{
    const arguments *all = d->all;
    spl_decision decision;
    for (uint32_t i = 0; i < d->count; i++) d->fields[i] = d->named[i].field;
    const spl_bundle *bundle = served ? &d->file.bundle : NULL;
    spl_text unit = {all->unit, strlen(all->unit)};
    uint32_t experiment = reason ? UINT32_MAX : d->experiment; // one that is not there gives the default
    uint8_t order[SPL_VARIANTS_MAX];
    spl_decide_begin(d->workspace, d->fields, d->count);
    spl_decide_next(bundle, d->workspace, experiment, unit, &d->request, &decision);
    if (all->rank) spl_decide_rank(bundle, d->workspace, experiment, unit, &decision, order);
    spl_decided decided = {.bundle = bundle,
                           .experiment = d->experiment,
                           .experiment_key = experiment_key(d, served),
                           .unit = unit,
                           .workspace = d->workspace,
                           .context = d->named,
                           .context_count = d->count,
                           .decision = &decision,
                           .order = all->rank ? order : NULL,
                           .error = reason};
    if (!all->json && !all->event) {
        if (d->shown++ > 0) putchar('\n');
        spl_decided_print_text(&decided, stdout);
    } else if (!(all->json ? spl_decided_print_json : spl_decided_print_event)(&decided, stdout)) {
        return spl_fail(error, "out of memory");
    }
    return true;
}

static bool decide(deciding *d, bool served, spl_text context, spl_error *error)
{
    return spl_event_context_parse(&d->json, context, d->named, &d->count, error) && answer(d, served, NULL, error);
}

// Every line has its answer, so that what comes out stays beside what went in.
static void answer_bad(deciding *d, bool served, const spl_error *bad)
{
    char text[sizeof *bad + 32];
    spl_error error = {0};
    d->count = 0;
    if (!answer(d, served, spl_error_format(bad, text, (int)sizeof text), &error)) spl_cli_fail("decide", &error);
}

// A decision for every line; those that are no context are named. False if there was one.
static bool decide_lines(deciding *d, bool served)
{
    spl_reader *reader;
    spl_text line;
    spl_error error = {0};
    int got;
    bool good = true;
    if (!spl_reader_open("-", &reader, &error)) return spl_cli_fail("decide", &error), false;
    while ((got = spl_reader_line(reader, &line, &error)) != 0) {
        if (got > 0 && (spl_line_is_blank(line) || decide(d, served, line, &error))) continue;
        good = false;
        bool ended = got < 0 && error.line == 0; // cannot be read on
        spl_fail_at(&error, "-", ended ? 0 : spl_reader_line_number(reader));
        spl_cli_fail("decide", &error);
        if (ended) break;
        answer_bad(d, served, &error);
        error = (spl_error){0};
    }
    spl_reader_close(reader);
    return good;
}

static bool decide_one(deciding *d, bool served)
{
    spl_error error = {0};
    spl_text context = {d->all->context, strlen(d->all->context)};
    if (decide(d, served, context, &error)) return true;
    if (error.field[0] == '\0') snprintf(error.field, sizeof error.field, "--context");
    return spl_cli_fail("decide", &error), false;
}

static int run(deciding *d)
{
    int code = open_bundle(d);
    if (code == 2) return code;
    if (!d->workspace) return 1;
    bool done = spl_path_is_dash(d->all->context) ? decide_lines(d, code == 0) : decide_one(d, code == 0);
    return done ? code : 1;
}

int spl_cmd_decide(int argc, char **argv)
{
    arguments all = {.context = "{}"};
    argp_parse(&ARGP, argc, argv, 0, NULL, &all);
    deciding *d = calloc(1, sizeof *d);
    if (!d) return 1;
    d->all = &all;
    int code = run(d);
    spl_json_line_free(&d->json);
    free(d->memory);
    spl_bundle_file_close(&d->file);
    free(d);
    return code;
}
