// SPDX-License-Identifier: MIT
// A variant that is launched shortly before the log ends, where outcomes take hours.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "samplit/rng.h"
#include "scratch.h"
#include "testing.h"

#define VISITS 8640 // one in thirty seconds, three days
#define STEP_MS 30000

typedef struct event {
    int64_t time_ms;
    int visit;
    bool outcome;
} event;

static int by_time(const void *a, const void *b)
{
    int64_t x = ((const event *)a)->time_ms, y = ((const event *)b)->time_ms;
    return (x > y) - (x < y);
}

static const char *variant_of(int visit)
{
    bool launched = visit >= VISITS - 4 * 120; // four hours before the end
    return visit % 2 ? "control" : launched ? "new" : "old";
}

// Outcomes come after eight hours in the mean; of "new" in 15 of 100 visits, of the others in 10.
static void write_late_log(FILE *out)
{
    static event events[2 * VISITS];
    int64_t end = (int64_t)VISITS * STEP_MS;
    size_t count = 0;
    for (int i = 0; i < VISITS; i++) {
        double u[2];
        spl_uniform2(6, (uint64_t)i, SPL_STREAM_TEST, 0, u);
        int64_t shown = (int64_t)i * STEP_MS, bought = shown - (int64_t)(8 * 3.6e6 * log(u[1]));
        events[count++] = (event){shown, i, false};
        if (u[0] < (strcmp(variant_of(i), "new") == 0 ? 0.15 : 0.10) && bought < end)
            events[count++] = (event){bought, i, true};
    }
    qsort(events, count, sizeof *events, by_time);
    for (size_t n = 0; n < count; n++) {
        const event *e = &events[n];
        int s = (int)(e->time_ms / 1000);
        fprintf(out,
                "{\"type\":\"%s\",\"id\":\"019353b2-6f4e-7c3a-8a5%d-%012d\",\"time\":\"2026-01-%02dT%02d:%02d:%02dZ\","
                "\"experiment\":\"e\",\"unit\":\"u%d\",",
                e->outcome ? "outcome" : "exposure", e->outcome, e->visit, 1 + s / 86400, s / 3600 % 24, s / 60 % 60,
                s % 60, e->visit);
        if (e->outcome) {
            fprintf(out, "\"name\":\"buy\"}\n");
        } else {
            fprintf(out, "\"variant\":\"%s\",\"propensity\":0.5}\n", variant_of(e->visit));
        }
    }
}

static void works(const char *arguments)
{
    scratch_run run = scratch_samplit("%s", arguments);
    if (run.code != 0) fail_msg("exit code %d: %s", run.code, run.err);
    scratch_run_free(&run);
}

// The probability with which the bundle serves a variant to everybody.
static double served(const char *bundle, const char *name)
{
    scratch_run run = scratch_samplit("bundle inspect --json %s", bundle);
    cJSON *root = cJSON_Parse(run.out);
    const cJSON *variant, *experiment = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "experiments"), 0);
    double probability = NAN;
    cJSON_ArrayForEach(variant, cJSON_GetObjectItem(experiment, "variants"))
    {
        if (strcmp(scratch_word(variant, "name"), name) == 0) probability = scratch_number(variant, "root_probability");
    }
    cJSON_Delete(root);
    scratch_run_free(&run);
    return probability;
}

// The outcomes of its visits are still to come: that is no reason to give it up.
static void a_variant_launched_shortly_before_the_end_is_not_given_up(void **state)
{
    (void)state;
    FILE *out = fopen(scratch_path("late.ndjson"), "w");
    assert_non_null(out);
    write_late_log(out);
    assert_int_equal(fclose(out), 0);
    works("learn late.ndjson --out late.safetensors");
    assert_true(served("late.safetensors", "new") > 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_variant_launched_shortly_before_the_end_is_not_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
