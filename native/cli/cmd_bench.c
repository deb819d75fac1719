// SPDX-License-Identifier: GPL-3.0-or-later
// Times the hot paths, each beside a peer or a limit in the same process.
#include <argp.h>
#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bandit_speed.h"
#include "bench/peak.h"
#include "bench/site.h"
#include "bench/site_linear.h"
#include "bench/timing.h"
#include "cli/bench_bandit.h"
#include "cli/bench_layers.h"
#include "cli/command.h"
#include "cli/options.h"
#include "events/event.h"
#include "host/grid.h"
#include "samplit/hash.h"

#define CONTENDERS_MAX 6

static const char DOC[] =
    "Time the hot paths on this machine, one core, each beside a peer or a limit.\v"
    "Benchmarks: encoder (its kernels, and the share of the core's product-and-sum peak), context (from raw\n"
    "fields to attributes), decision (from raw user agent and UTM to a variant), events (one line of NDJSON),\n"
    "linear (a bandit that predicts and learns).\n"
    "Contenders take turns; the ratio is turn by turn against the first one, above 1 is faster.\n"
    "`samplit bench bandit --help`: the error of bandit policies on labelled data.\n"
    "`samplit bench layers --help`: what each layer of the learner buys, in a simulated world.\n"
    "tests/bench/README.md says how to read it, and has the benchmarks in Node beside other products.\n\n"
    "Example:\n  samplit bench decision encoder --seconds 2\n";

enum { OPTION_DATA = 256, OPTION_SECONDS, OPTION_JSON };
static const struct argp_option OPTIONS[] = {
    {"data", OPTION_DATA, "DIR", 0, "Folder of the data sets, for real user agents (SAMPLIT_DATA)", 0},
    {"seconds", OPTION_SECONDS, "S", 0, "Time for each benchmark (default 1)", 0},
    {"json", OPTION_JSON, 0, 0, "One JSON document", 0},
    {0},
};

typedef struct bench {
    const char *name, *of;                                 // of: what one item is
    uint32_t (*enter)(spl_site *site, spl_contender *out); // returns how many contenders
} bench;

typedef struct settings {
    const char *data;
    double seconds;
    bool json;
    unsigned chosen; // bit per benchmark; 0 = all
} settings;

// A contender of the encoder: one kernel.
typedef struct kernel_run {
    const spl_site *site;
    spl_kernel kernel;
} kernel_run;

static void run_encoder(void *owner, uint32_t count)
{
    const kernel_run *run = owner;
    const spl_workspace *w = &run->site->workspace;
    for (uint32_t i = 0; i < count; i++) {
        spl_encode(run->site->bundle.encoders, run->kernel, w->features, w->scratch, w->embedding);
        spl_keep(w->embedding);
    }
}

static void run_peak(void *owner, uint32_t count)
{
    const kernel_run *run = owner;
    spl_peak_run(run->kernel, count);
}

static uint64_t encoder_products(const spl_encoder *encoder)
{
    uint64_t products = 0;
    for (uint32_t l = 0; l < encoder->layer_count; l++) {
        products += (uint64_t)encoder->layers[l].inputs * encoder->layers[l].outputs;
    }
    return products;
}

static uint32_t enter_encoder(spl_site *site, spl_contender *out)
{
    static kernel_run runs[4];
    uint32_t count = 0;
    spl_context_build(&site->workspace.context, site->fields[0], SPL_SITE_FIELDS);
    spl_features(&site->bundle.schema, &site->workspace.context, site->workspace.features);
    for (spl_kernel kernel = SPL_KERNEL_SCALAR; kernel <= SPL_KERNEL_AVX512; kernel++) {
        if (!spl_kernel_usable(kernel)) continue;
        runs[count] = (kernel_run){site, kernel};
        out[count] = (spl_contender){spl_kernel_name(kernel), run_encoder, &runs[count], 0};
        count++;
    }
    return count;
}

static void run_hash(void *owner, uint32_t count)
{
    const spl_site *site = owner;
    for (uint32_t i = 0; i < count; i++) {
        const spl_field *fields = site->fields[i % SPL_SITE_VISITORS];
        uint64_t sum = 0;
        for (int f = 0; f < SPL_SITE_FIELDS; f++) {
            if (fields[f].kind == SPL_KIND_STRING) sum += spl_xxh64(fields[f].text, fields[f].size, 0);
        }
        spl_keep(&sum);
    }
}

static void build_contexts(spl_site *site, uint32_t count, size_t field_count)
{
    for (uint32_t i = 0; i < count; i++) {
        spl_context_build(&site->workspace.context, site->fields[i % SPL_SITE_VISITORS], field_count);
        spl_keep(&site->workspace.context);
    }
}

static void run_user_agent(void *owner, uint32_t count)
{
    build_contexts(owner, count, 1);
}

static void run_context(void *owner, uint32_t count)
{
    build_contexts(owner, count, SPL_SITE_FIELDS);
}

static uint32_t enter_context(spl_site *site, spl_contender *out)
{
    out[0] = (spl_contender){"XXH64 of all its text (limit)", run_hash, site, 0};
    out[1] = (spl_contender){"user agent alone", run_user_agent, site, 0};
    out[2] = (spl_contender){"11 raw fields", run_context, site, 0};
    return 3;
}

static void decide_with(spl_site *site, uint32_t count, const spl_bundle *bundle)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t v = i % SPL_SITE_VISITORS;
        spl_decision decision;
        spl_decide(bundle, &site->workspace, 0, site->units[v], site->fields[v], SPL_SITE_FIELDS, &decision);
        spl_keep(&decision);
    }
}

static void run_decision(void *owner, uint32_t count)
{
    spl_site *site = owner;
    decide_with(site, count, &site->bundle);
}

static void run_decision_without_encoder(void *owner, uint32_t count)
{
    spl_site *site = owner;
    spl_bundle bundle = site->bundle;
    bundle.encoder_count = 0;
    decide_with(site, count, &bundle);
}

static void run_linear_decision(void *owner, uint32_t count)
{
    const spl_site_linear *linear = owner;
    decide_with(linear->site, count, &linear->bundle);
}

static uint32_t enter_decision(spl_site *site, spl_contender *out)
{
    static const spl_rule RULES[] = {SPL_RULE_SOFTMAX, SPL_RULE_LINUCB, SPL_RULE_LINTS};
    static const char *const NAMES[] = {"softmax instead of a table", "linucb instead", "lints instead"};
    static spl_site_linear linear[3];
    for (uint32_t i = 0; i < 3; i++) {
        spl_site_linear_init(site, RULES[i], &linear[i]);
        out[3 + i] = (spl_contender){NAMES[i], run_linear_decision, &linear[i], 0};
    }
    out[0] = (spl_contender){"full decision", run_decision, site, 0};
    out[1] = (spl_contender){"without the encoder", run_decision_without_encoder, site, 0};
    out[2] = (spl_contender){"its context alone", run_context, site, 0};
    return 6;
}

static const char LINE[] =
    "{\"type\":\"exposure\",\"id\":\"019b8b74-1c81-79a7-bdf9-ee0f61204ddc\",\"time\":\"2026-01-05T00:00:01.153Z\","
    "\"experiment\":\"hero\",\"unit\":\"u0f87ac2062df5163\",\"bundle\":\"145e9295d501fbc34c18bd487764a4e1\","
    "\"segment\":\"country:US|device:mobile\",\"level\":2,\"variant\":\"bold\",\"propensity\":0.3333333333333333,"
    "\"probabilities\":[0.3333333333333333,0.3333333333333333,0.3333333333333333],\"reason\":\"policy\","
    "\"mode\":\"online\",\"trace\":\"3ac2e759fb2c73b4\",\"context\":{\"country\":\"US\",\"user_agent\":\"Mozilla/5.0 "
    "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\","
    "\"referrer\":\"https://www.google.com/\",\"time_ms\":1767571201153,\"pageviews\":2,\"is_returning\":true}}";

static void run_cjson(void *owner, uint32_t count)
{
    (void)owner;
    for (uint32_t i = 0; i < count; i++) {
        cJSON *document = cJSON_ParseWithLength(LINE, sizeof LINE - 1);
        spl_keep(document);
        cJSON_Delete(document);
    }
}

typedef struct event_run {
    spl_event_parser *parser;
    spl_event event;
} event_run;

static void run_event(void *owner, uint32_t count)
{
    event_run *run = owner;
    for (uint32_t i = 0; i < count; i++) {
        if (!spl_event_parse(run->parser, SPL_TEXT(LINE), &run->event, NULL)) abort(); // LINE is an event
        spl_keep(&run->event);
    }
}

static uint32_t enter_events(spl_site *site, spl_contender *out)
{
    static event_run run;
    (void)site;
    if (!run.parser) run.parser = spl_event_parser_new();
    if (!run.parser) return 0;
    out[0] = (spl_contender){"cJSON, the document alone", run_cjson, NULL, 0};
    out[1] = (spl_contender){"checked event", run_event, &run, 0};
    return 2;
}

static uint32_t enter_linear(spl_site *site, spl_contender *out)
{
    spl_error error;
    if (!site->speed) site->speed = spl_bandit_speed_new(&error);
    if (site->speed) return spl_bandit_speed_enter(site->speed, out);
    spl_cli_fail("bench", &error);
    return 0;
}

static const bench BENCHES[] = {
    {"encoder", "one sample, 20-64-48-32", enter_encoder},
    {"context", "one visitor", enter_context},
    {"decision", "user agent and UTM to variant", enter_decision},
    {"events", "one exposure line", enter_events},
    {"linear", "a bandit's visitor: predict, draw, learn; 3 variants, 4 categorical attributes", enter_linear},
};
#define BENCH_COUNT (sizeof BENCHES / sizeof *BENCHES)

static void print_table(const bench *b, const spl_contender *contenders, const spl_timing *timings, uint32_t count)
{
    printf("%s: %s\n", b->name, b->of);
    spl_grid *table = spl_grid_new("lrrrrr");
    if (!table) return;
    const char *const HEADING[] = {"", "ns", "10 to 90 %", "per second", "ratio", "10 to 90 %"};
    for (int i = 0; i < 6; i++) spl_grid_cell(table, "%s", HEADING[i]);
    for (uint32_t i = 0; i < count; i++) {
        spl_grid_cell(table, "  %s", contenders[i].name);
        spl_grid_cell(table, "%.0f", timings[i].ns.median);
        spl_grid_cell(table, "%.0f to %.0f", timings[i].ns.low, timings[i].ns.high);
        spl_grid_cell(table, "%.2f M", 1e3 / timings[i].ns.median);
        spl_grid_cell(table, "%.2f", timings[i].ratio.median);
        spl_grid_cell(table, "%.2f to %.2f", timings[i].ratio.low, timings[i].ratio.high);
    }
    spl_grid_print(table, stdout);
    spl_grid_free(table);
}

static cJSON *spread_json(const spl_spread *spread)
{
    cJSON *out = cJSON_CreateObject();
    cJSON_AddNumberToObject(out, "median", spread->median);
    cJSON_AddNumberToObject(out, "p10", spread->low);
    cJSON_AddNumberToObject(out, "p90", spread->high);
    return out;
}

static void add_json(cJSON *list, const bench *b, const spl_contender *contenders, const spl_timing *timings,
                     uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "benchmark", b->name);
        cJSON_AddStringToObject(item, "contender", contenders[i].name);
        cJSON_AddItemToObject(item, "ns", spread_json(&timings[i].ns));
        cJSON_AddItemToObject(item, "ratio", spread_json(&timings[i].ratio));
        cJSON_AddItemToArray(list, item);
    }
}

// The best kernel beside the peak of its lanes, as a share.
static double peak_share(spl_site *site, double seconds)
{
    kernel_run best = {site, spl_kernel_best()};
    spl_contender pair[] = {{"encoder", run_encoder, &best, 0}, {"peak", run_peak, &best, 0}};
    spl_timing timings[2];
    spl_time(pair, 2, seconds, timings);
    double products_ns = (double)encoder_products(site->bundle.encoders) / timings[0].ns.median;
    return products_ns / (spl_peak_products(best.kernel) / timings[1].ns.median);
}

static void run_bench(const bench *b, spl_site *site, const settings *s, cJSON *list)
{
    spl_contender contenders[CONTENDERS_MAX];
    spl_timing timings[CONTENDERS_MAX];
    uint32_t count = b->enter(site, contenders);
    spl_time(contenders, count, s->seconds, timings);
    if (list) {
        add_json(list, b, contenders, timings, count);
    } else {
        print_table(b, contenders, timings, count);
    }
    if (b->enter != enter_encoder) return;
    double share = peak_share(site, s->seconds / 2);
    if (list) {
        cJSON_AddNumberToObject(cJSON_GetArrayItem(list, cJSON_GetArraySize(list) - 1), "peak_share", share);
    } else {
        printf("  %s reaches %.0f %% of this core's product-and-sum peak with its lanes\n",
               spl_kernel_name(spl_kernel_best()), 100 * share);
    }
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    settings *s = state->input;
    switch (key) {
    case OPTION_DATA: s->data = argument; return 0;
    case OPTION_JSON: s->json = true; return 0;
    case OPTION_SECONDS:
        if (!spl_cli_double(argument, &s->seconds) || s->seconds <= 0 || s->seconds > 600) {
            argp_error(state, "--seconds %s: expected a number above 0, at most 600", argument);
        }
        return 0;
    case ARGP_KEY_ARG:
        for (size_t i = 0; i < BENCH_COUNT; i++) {
            if (strcmp(argument, BENCHES[i].name) == 0) {
                s->chosen |= 1u << i;
                return 0;
            }
        }
        argp_error(state, "no benchmark \"%s\"; there are encoder, context, decision, events, linear", argument);
        return EINVAL;
    default: return ARGP_ERR_UNKNOWN;
    }
}

int spl_cmd_bench(int argc, char **argv)
{
    static char bandit[] = "samplit bench bandit", layers[] = "samplit bench layers";
    if (argc > 1 && strcmp(argv[1], "layers") == 0) {
        argv[1] = layers;
        return spl_bench_layers(argc - 1, argv + 1);
    }
    if (argc > 1 && strcmp(argv[1], "bandit") == 0) {
        argv[1] = bandit;
        return spl_bench_bandit(argc - 1, argv + 1);
    }
    const struct argp argp = {OPTIONS, parse_option, "[BENCHMARK...]", DOC, NULL, NULL, NULL};
    const char *data = getenv("SAMPLIT_DATA");
    settings s = {.data = data ? data : "../shared/data", .seconds = 1};
    error_t failed = argp_parse(&argp, argc, argv, 0, NULL, &s);
    if (failed) return 2;

    static spl_site site;
    spl_error error = {0};
    if (!spl_site_open(s.data, &site, &error)) return spl_cli_fail("bench", &error);
    if (!site.real_user_agents) {
        spl_cli_warn("bench", "no user agents in %s; five made-up ones stand in (--data DIR)", s.data);
    }
    cJSON *list = s.json ? cJSON_CreateArray() : NULL;
    for (size_t i = 0; i < BENCH_COUNT; i++) {
        if (s.chosen == 0 || s.chosen & 1u << i) run_bench(&BENCHES[i], &site, &s, list);
    }
    char *text = list ? cJSON_Print(list) : NULL;
    if (text) puts(text);
    cJSON_free(text);
    cJSON_Delete(list);
    spl_bandit_speed_free(site.speed);
    spl_site_close(&site);
    return 0;
}
