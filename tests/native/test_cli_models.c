// SPDX-License-Identifier: MIT
// The models that come with the product: each opens, does its work, and is what its commands make.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "scratch.h"
#include "testing.h"

#define MODELS SAMPLIT_SOURCE "/models/"

static void expect_equal_files(const char *a, const char *b)
{
    uint8_t *x, *y;
    size_t n, m;
    assert_true(spl_file_read(a, &x, &n, NULL));
    assert_true(spl_file_read(b, &y, &m, NULL));
    if (n != m || memcmp(x, y, n) != 0)
        fail_msg("%s is not what its commands make: run its build.sh, and put the new id into its card", b);
    free(x);
    free(y);
}

// Runs a model's build.sh with the program under test, into the test's folder.
static void rebuild(const char *name)
{
    char command[1024];
    snprintf(command, sizeof command, "SAMPLIT=%s/samplit sh %s%s/build.sh %s >/dev/null", SAMPLIT_BUILD, MODELS, name,
             scratch_folder());
    if (system(command) != 0) fail_msg("%s", command);
}

static void inspect(const char *model, const char *says)
{
    scratch_run run = scratch_samplit("bundle inspect " MODELS "%s", model);
    assert_int_equal(run.code, 0);
    scratch_says(run.out, "(that of the file's bytes)");
    scratch_says(run.out, says);
    scratch_run_free(&run);
}

static void hero_policy_is_what_its_commands_make(void **state)
{
    (void)state;
    rebuild("hero-policy");
    expect_equal_files(scratch_path("hero-policy.safetensors"), MODELS "hero-policy/hero-policy.safetensors");
}

static void hero_policy_decides_for_segments(void **state)
{
    (void)state;
    inspect("hero-policy/hero-policy.safetensors", "experiment hero: 3 variants");
    scratch_run run = scratch_samplit("decide " MODELS "hero-policy/hero-policy.safetensors --unit u1 --json --context "
                                      "'{\"country\":\"US\",\"device\":\"mobile\",\"source\":\"instagram\"}'");
    assert_int_equal(run.code, 0);
    scratch_says(run.out, "\"segment\":\"country:US|device:mobile|source:instagram\"");
    scratch_run_free(&run);
}

static void web_session_places_sessions(void **state)
{
    (void)state;
    inspect("web-session/web-session.safetensors", "encoder: 30 -> 64 -> 48 -> 32");
    scratch_write_text(
        scratch_path("sessions.csv"),
        "Administrative,Administrative_Duration,Informational,Informational_Duration,ProductRelated,"
        "ProductRelated_Duration,BounceRates,ExitRates,PageValues,SpecialDay,Month,OperatingSystems,Browser,Region,"
        "TrafficType,VisitorType,Weekend\n"
        "0,0,0,0,2,60,0.05,0.1,0,0,May,2,2,1,2,Returning_Visitor,FALSE\n"
        "5,120,1,30,60,2500,0,0.01,40,0,Nov,2,2,1,2,New_Visitor,TRUE\n");
    scratch_run run = scratch_samplit("encoder apply " MODELS "web-session/web-session.safetensors sessions.csv");
    if (run.code != 0) fail_msg("%s", run.err);
    char *line = strchr(run.out, '\n') + 1; // behind the heading
    for (int row = 0; row < 2; row++) {
        double squares = 0;
        for (int i = 0; i < 32; i++) {
            double entry = strtod(line, &line);
            squares += entry * entry;
            line++;
        }
        assert_true(fabs(squares - 1) < 1e-4);
        assert_int_equal(strncmp(line, row ? "high PageValues" : "low PageValues", 14), 0);
        line = strchr(line, '\n') + 1;
    }
    scratch_run_free(&run);
}

// Training and the choice of k take a second; under a sanitizer, ten. The other model goes through all the same.
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif

static void web_session_is_what_its_commands_make(void **state)
{
    (void)state;
    if (SANITIZED) skip();
    if (!scratch_data("online_shoppers/online_shoppers_intention.csv.gz")) skip();
    rebuild("web-session");
    expect_equal_files(scratch_path("web-session.safetensors"), MODELS "web-session/web-session.safetensors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hero_policy_is_what_its_commands_make),
        cmocka_unit_test(hero_policy_decides_for_segments),
        cmocka_unit_test(web_session_places_sessions),
        cmocka_unit_test(web_session_is_what_its_commands_make),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
