// SPDX-License-Identifier: MIT
#include "cli_learn_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "samplit/rng.h"
#include "testing.h"

const scratch_run *cli_learn_run(const char *arguments)
{
    static scratch_run done;
    scratch_run_free(&done);
    done = scratch_samplit("learn %s", arguments);
    return &done;
}

const scratch_run *cli_learn_succeeds(const char *arguments)
{
    const scratch_run *r = cli_learn_run(arguments);
    if (r->code != 0) fail_msg("%s: exit %d: %s", arguments, r->code, r->err);
    return r;
}

void cli_learn_refuses(const char *arguments, int code, const char *message)
{
    const scratch_run *r = cli_learn_run(arguments);
    if (r->code != code) fail_msg("%s: exit %d: %s", arguments, r->code, r->err);
    assert_string_equal(r->out, "");
    scratch_says(r->err, message);
}

event_log event_log_new(const char *name)
{
    event_log log = {fopen(scratch_path(name), "w"), 0};
    assert_non_null(log.file);
    return log;
}

void event_log_put_time(event_log *log)
{
    uint32_t s = log->events / 10; // ten events per second
    fprintf(log->file, ",\"time\":\"2026-01-%02uT%02u:%02u:%02u.%u00Z\"", 1 + s / 86400, s / 3600 % 24, s / 60 % 60,
            s % 60, log->events % 10);
}

uint32_t event_log_expose(event_log *log, const char *experiment, const char *variant, const char *more)
{
    uint32_t n = log->events++;
    fprintf(log->file, "{\"type\":\"exposure\",\"id\":\"01990000-0000-7000-8000-%012x\"", n);
    event_log_put_time(log);
    fprintf(log->file,
            ",\"experiment\":\"%s\",\"unit\":\"u%u\",\"segment\":\"global\",\"level\":0,\"variant\":\"%s\","
            "\"propensity\":0.5%s}\n",
            experiment, n, variant, more);
    return n;
}

void event_log_outcome(event_log *log, uint32_t exposure, const char *name, double value)
{
    fprintf(log->file,
            "{\"type\":\"outcome\",\"id\":\"01990000-0000-7000-9000-%012x\",\"exposure\":"
            "\"01990000-0000-7000-8000-%012x\"",
            log->events++, exposure);
    event_log_put_time(log);
    fprintf(log->file, ",\"name\":\"%s\",\"value\":%g}\n", name, value);
}

double event_log_uniform(uint32_t seed, uint32_t i)
{
    double u[2];
    spl_uniform2(seed, i, SPL_STREAM_TEST, 0, u);
    return u[0];
}

void event_log_world(const char *name, uint32_t exposures)
{
    static const char *const agents[] = {
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
        "Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
        "Safari/537.36"};
    event_log log = event_log_new(name);
    for (uint32_t i = 0; i < exposures; i++) {
        uint32_t v = i % 2, desktop = i / 2 % 2;
        char more[400];
        snprintf(more, sizeof more, ",\"context\":{\"user_agent\":\"%s\",\"country\":\"US\"}", agents[desktop]);
        uint32_t id = event_log_expose(&log, "hero", v ? "b" : "control", more);
        if (event_log_uniform(1, i) < (v != desktop ? 0.2 : 0.1)) event_log_outcome(&log, id, "buy", 1);
    }
    fclose(log.file);
}

cJSON *cli_learn_document(const char *arguments)
{
    cJSON *root = cJSON_Parse(cli_learn_succeeds(arguments)->out);
    assert_non_null(root);
    return root;
}

double report_join(const cJSON *root, const char *name)
{
    return scratch_number(cJSON_GetObjectItem(root, "join"), name);
}

double report_segments(const cJSON *root, const char *name)
{
    return scratch_number(cJSON_GetObjectItem(root, "segments"), name);
}

const cJSON *report_node(const cJSON *root, const char *key)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "nodes"))
    {
        if (strcmp(scratch_word(item, "key"), key) == 0) return item;
    }
    fail_msg("no node %s", key);
    return NULL;
}

double report_probability(const cJSON *root, const char *key, int variant)
{
    const cJSON *arms = cJSON_GetObjectItem(report_node(root, key), "variants");
    return scratch_number(cJSON_GetArrayItem(arms, variant), "probability");
}

const char *report_variant(const cJSON *root, int i)
{
    return cJSON_GetArrayItem(cJSON_GetObjectItem(root, "variants"), i)->valuestring;
}
