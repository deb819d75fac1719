// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/decide_print.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bundle/settings.h"
#include "events/event_stamp.h"
#include "host/visible.h"
#include "json/json_out.h"

#define BAR_CELLS 32

spl_text spl_decided_variant(const spl_decided *decided, uint32_t i)
{
    const spl_bundle *bundle = decided->bundle;
    bool known = bundle && decided->experiment < bundle->experiment_count;
    return known ? bundle->experiments[decided->experiment].variants[i] : SPL_TEXT("control");
}

// Prints a name that may come from anywhere, and returns how many columns it took.
static int print_name(FILE *out, spl_text name)
{
    char *visible = spl_visible(name, true);
    if (!visible) return 0;
    fputs(visible, out);
    int columns = (int)spl_visible_columns(visible);
    free(visible);
    return columns;
}

static int name_columns(spl_text name)
{
    char *visible = spl_visible(name, true);
    int columns = visible ? (int)spl_visible_columns(visible) : 0;
    free(visible);
    return columns;
}

static void print_bar(FILE *out, double share)
{
    int cells = (int)(share * BAR_CELLS + 0.5);
    for (int i = 0; i < cells; i++) fputs("█", out);
}

static void print_probabilities(const spl_decided *decided, FILE *out)
{
    const spl_decision *d = decided->decision;
    int widest = 0;
    for (uint32_t i = 0; i < d->variant_count; i++) {
        int columns = name_columns(spl_decided_variant(decided, i));
        if (columns > widest) widest = columns;
    }
    fputs("\nprobabilities\n", out);
    for (uint32_t i = 0; i < d->variant_count; i++) {
        fputs(i == d->variant ? "  ▸ " : "    ", out);
        int columns = print_name(out, spl_decided_variant(decided, i));
        fprintf(out, "%*s  %6.2f %%  ", widest - columns, "", 100 * d->probabilities[i]);
        print_bar(out, d->probabilities[i]);
        fputc('\n', out);
    }
}

// The segments from the root to the deepest one that matched, with a mark at the one that served.
static void print_path(const spl_decided *decided, FILE *out)
{
    const spl_bundle *bundle = decided->bundle;
    uint32_t path[SPL_TREE_DEPTH_MAX];
    if (!bundle || decided->experiment >= bundle->experiment_count) return;
    uint32_t length = spl_tree_path(&bundle->tree, &decided->workspace->context, path);
    fputs("\nsegments\n", out);
    for (uint32_t i = 0; i < length; i++) {
        bool served = path[i] == decided->decision->node;
        fprintf(out, "  %s %*s", served ? "▸" : " ", (int)(2 * i), "");
        print_name(out, spl_tree_key(&bundle->tree, path[i]));
        fputs(served ? "  served\n" : "\n", out);
    }
}

static void print_order(const spl_decided *decided, FILE *out)
{
    if (!decided->order) return;
    fputs("\nranking    ", out);
    for (uint32_t i = 0; i < decided->decision->variant_count; i++) {
        fputs(i ? " > " : " ", out);
        print_name(out, spl_decided_variant(decided, decided->order[i]));
    }
    fputc('\n', out);
}

static const char *reason_words(uint32_t reason)
{
    switch (reason) {
    case SPL_REASON_POLICY: return "the deepest segment that matches served";
    case SPL_REASON_FALLBACK: return "an ancestor served for the segment that matches";
    case SPL_REASON_HOLDOUT: return "held out: the control";
    case SPL_REASON_FORCED: return "asked for, whatever the policy says";
    case SPL_REASON_STICKY: return "what the unit had before";
    case SPL_REASON_PAUSED: return "the experiment is paused: the control";
    case SPL_REASON_NOT_ELIGIBLE: return "the unit takes no part: the control";
    case SPL_REASON_INCUMBENT: return "what would be served without the policy, which only looks on";
    case SPL_REASON_DEFAULT: return "no usable bundle, experiment or context: the control";
    default: return "";
    }
}

void spl_decided_print_text(const spl_decided *decided, FILE *out)
{
    const spl_decision *d = decided->decision;
    fputs("variant     ", out);
    print_name(out, spl_decided_variant(decided, d->variant));
    fprintf(out, "\npropensity  %.6g\nreason      %s (%s)\nsegment     ", d->propensity,
            spl_reason_text((spl_reason)d->reason), reason_words(d->reason));
    print_name(out, d->segment);
    fprintf(out, " (level %" PRIu32 ", matched to level %" PRIu32 ")\nunit        ", d->level, d->matched_level);
    print_name(out, decided->unit);
    fputs("\nexperiment  ", out);
    print_name(out, decided->experiment_key);
    if (decided->bundle)
        fprintf(out, "\nbundle      %.*s", (int)decided->bundle->id_hex.size, decided->bundle->id_hex.data);
    fprintf(out, "\ntrace       %016" PRIx64 "\n", d->trace);
    if (decided->error) fprintf(out, "error       %s\n", decided->error);
    print_probabilities(decided, out);
    print_order(decided, out);
    print_path(decided, out);
    uint32_t ignored = decided->workspace->context.ignored;
    if (ignored)
        fprintf(out, "\n%" PRIu32 " context entries beyond the first %d are not read\n", ignored, SPL_ATTRIBUTES_MAX);
}

static void put_member(spl_json_out *out, const char *name, spl_text text)
{
    spl_json_put(out, name, strlen(name));
    spl_json_put_bytes(out, text);
}

static void put_count(spl_json_out *out, const char *name, uint32_t count)
{
    spl_json_put(out, name, strlen(name));
    spl_json_put_number(out, count);
}

static void put_variants(spl_json_out *out, const spl_decided *decided)
{
    const spl_decision *d = decided->decision;
    SPL_JSON_PUT(out, ",\"variants\":");
    for (uint32_t i = 0; i < d->variant_count; i++) {
        spl_json_put(out, i ? "," : "[", 1);
        spl_json_put_bytes(out, spl_decided_variant(decided, i));
    }
    SPL_JSON_PUT(out, "],\"probabilities\":");
    for (uint32_t i = 0; i < d->variant_count; i++) {
        spl_json_put(out, i ? "," : "[", 1);
        spl_json_put_number(out, d->probabilities[i]);
    }
    SPL_JSON_PUT(out, "]");
}

// What the policy would have served, where it did not, and the ranking, where it was asked for.
static void put_choice(spl_json_out *out, const spl_decided *decided)
{
    const spl_decision *d = decided->decision;
    if (d->reason == SPL_REASON_INCUMBENT) put_member(out, ",\"choice\":", spl_decided_variant(decided, d->choice));
    if (!decided->order) return;
    SPL_JSON_PUT(out, ",\"ranking\":");
    for (uint32_t i = 0; i < d->variant_count; i++) {
        spl_json_put(out, i ? "," : "[", 1);
        spl_json_put_bytes(out, spl_decided_variant(decided, decided->order[i]));
    }
    SPL_JSON_PUT(out, "]");
}

static void put_decision(spl_json_out *out, const spl_decided *decided)
{
    const spl_decision *d = decided->decision;
    const char *reason = spl_reason_text((spl_reason)d->reason);
    char trace[SPL_HASH_CHARS];
    spl_hash_write(d->trace, trace);
    put_member(out, "{\"experiment\":", decided->experiment_key);
    if (decided->bundle) put_member(out, ",\"bundle\":", decided->bundle->id_hex);
    put_member(out, ",\"unit\":", decided->unit);
    put_member(out, ",\"variant\":", spl_decided_variant(decided, d->variant));
    put_count(out, ",\"variant_index\":", d->variant);
    SPL_JSON_PUT(out, ",\"propensity\":");
    spl_json_put_number(out, d->propensity);
    put_variants(out, decided);
    put_choice(out, decided);
    put_member(out, ",\"reason\":", (spl_text){reason, strlen(reason)});
    put_member(out, ",\"segment\":", d->segment);
    put_count(out, ",\"level\":", d->level);
    put_count(out, ",\"matched_level\":", d->matched_level);
    put_member(out, ",\"trace\":", (spl_text){trace, sizeof trace});
    put_count(out, ",\"ignored\":", decided->workspace->context.ignored);
    if (decided->error) put_member(out, ",\"error\":", (spl_text){decided->error, strlen(decided->error)});
    SPL_JSON_PUT(out, "}\n");
}

bool spl_decided_print_json(const spl_decided *decided, FILE *out)
{
    size_t text = decided->experiment_key.size + decided->unit.size + decided->decision->segment.size + 512;
    for (uint32_t i = 0; i <= decided->decision->variant_count; i++)
        text +=
            spl_decided_variant(decided, i < decided->decision->variant_count ? i : decided->decision->variant).size *
                2 +
            40;
    if (decided->error) text += strlen(decided->error);
    size_t size = 1024 + SPL_JSON_ESCAPED_MAX * text;
    char *room = malloc(size);
    if (!room) return false;
    spl_json_out json = {room, room + size, false};
    put_decision(&json, decided);
    fwrite(room, 1, (size_t)(json.at - room), out);
    free(room);
    return true;
}

static uint32_t mode_of(const spl_decided *decided)
{
    const spl_bundle *bundle = decided->bundle;
    bool known = decided->experiment < bundle->experiment_count;
    return known ? bundle->experiments[decided->experiment].settings.mode : SPL_MODE_ONLINE;
}

static void fill_event(const spl_decided *decided, spl_event *event)
{
    const spl_decision *d = decided->decision;
    const char *reason = spl_reason_text((spl_reason)d->reason);
    struct timespec now;
    uint64_t random[2];
    clock_gettime(CLOCK_REALTIME, &now);
    randombytes_buf(random, sizeof random);
    event->kind = SPL_EVENT_EXPOSURE;
    event->time_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    spl_uuid7(event->time_ms, random[0], random[1], event->id);
    event->experiment = decided->experiment_key;
    event->unit = decided->unit;
    if (decided->bundle) event->bundle = decided->bundle->id_hex;
    event->segment = d->segment;
    event->level = d->level;
    event->variant = spl_decided_variant(decided, d->variant);
    event->propensity = d->propensity;
    event->probability_count = d->variant_count;
    memcpy(event->probabilities, d->probabilities, d->variant_count * sizeof *d->probabilities);
    event->reason = (spl_text){reason, strlen(reason)};
    const char *mode = spl_mode_name(decided->bundle ? mode_of(decided) : SPL_MODE_ONLINE);
    event->mode = (spl_text){mode, strlen(mode)};
    event->has_trace = true;
    event->trace = d->trace;
    event->has_context = true;
    event->context_count = decided->context_count;
    memcpy(event->context, decided->context, decided->context_count * sizeof *decided->context);
}

bool spl_decided_print_event(const spl_decided *decided, FILE *out)
{
    if (sodium_init() < 0) return false;
    spl_event *event = calloc(1, sizeof *event);
    if (!event) return false;
    fill_event(decided, event);
    size_t size = spl_event_size_max(event);
    char *room = malloc(size);
    if (room) fwrite(room, 1, spl_event_write(event, room, size), out);
    free(room);
    free(event);
    return room != NULL;
}
