// SPDX-License-Identifier: GPL-3.0-or-later
// The command line is parsed once more, by a parser that knows the same options and only notes them: so no option
// has to be noted where it is read, and none can be forgotten.
#include "cli/learn_run.h"

#include <string.h>

#define OPTIONS_MAX 96

// Say where to write, how much to say, and how to run what was learned, not how to learn.
static const char *const OUTPUTS[] = {"out", "report", "json", "plot", "assignments", "as-of", "settings"};

static bool is_output(const char *name)
{
    for (size_t i = 0; i < sizeof OUTPUTS / sizeof *OUTPUTS; i++) {
        if (strcmp(name, OUTPUTS[i]) == 0) return true;
    }
    return false;
}

typedef struct recorder {
    struct argp_option options[OPTIONS_MAX + 1]; // of the parser and of its children, ended by an empty one
    uint32_t count;
    spl_recorded *out;
} recorder;

static bool ends(const struct argp_option *option)
{
    return !option->name && !option->key && !option->doc && !option->group;
}

static void collect(recorder *r, const struct argp *argp)
{
    for (const struct argp_option *o = argp->options; o && !ends(o); o++) {
        if (o->name && r->count < OPTIONS_MAX) r->options[r->count++] = *o;
    }
}

static error_t note(int key, char *text, struct argp_state *state)
{
    recorder *r = state->input;
    for (uint32_t i = 0; i < r->count; i++) {
        const struct argp_option *o = &r->options[i];
        if (o->key != key || is_output(o->name) || r->out->count == SPL_RECORDED_MAX) continue;
        uint32_t at = 0; // of an option given twice the last stands
        while (at < r->out->count && strcmp(r->out->options[at].name, o->name) != 0) at++;
        r->out->options[at] = (spl_lineage_option){o->name, text ? text : ""};
        if (at == r->out->count) r->out->count++;
        return 0;
    }
    return 0;
}

void spl_learn_record(const struct argp *argp, int argc, char **argv, spl_recorded *out)
{
    recorder r = {.out = out};
    out->count = 0;
    collect(&r, argp);
    for (const struct argp_child *child = argp->children; child && child->argp; child++) collect(&r, child->argp);
    const struct argp plain = {r.options, note, NULL, NULL, NULL, NULL, NULL};
    argp_parse(&plain, argc, argv, ARGP_SILENT, NULL, &r);
}

bool spl_learn_records(const struct argp *argp, const char *name)
{
    recorder r = {.count = 0};
    collect(&r, argp);
    for (const struct argp_child *child = argp->children; child && child->argp; child++) collect(&r, child->argp);
    for (uint32_t i = 0; i < r.count; i++) {
        if (strcmp(r.options[i].name, name) == 0) return !is_output(name);
    }
    return false;
}

bool spl_learn_kept(spl_learn_request *request, uint8_t *data, size_t size, const char id[33])
{
    memcpy(request->id, id, 33);
    if (!request->keep) return false;
    request->data = data;
    request->size = size;
    return true;
}
