// SPDX-License-Identifier: MIT
// A site that moves here keeps its visitors where they are: tests/vectors/hash_modes/vectors.ndjson was written by the
// packages of GrowthBook, Optimizely and Unleash themselves (generate.mjs beside it), and every unit gets their
// variant.
#include <cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/settings.h"
#include "host/files.h"
#include "samplit/decide.h"
#include "testing.h"

#define VECTORS SAMPLIT_SOURCE "/tests/vectors/hash_modes/vectors.ndjson"

typedef struct site {
    spl_workspace workspace;
    double shares[SPL_VARIANTS_MAX];
    int32_t row;
    spl_experiment experiment;
    spl_bundle bundle;
} site;

static spl_text text_of(const cJSON *line, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, name));
    assert_non_null(text);
    return (spl_text){text, strlen(text)};
}

// A bundle of one experiment that serves the shares to everybody.
static void settle(site *s, const cJSON *line)
{
    static const uint32_t parent = SPL_NO_NODE, none = 0, starts[2] = {0};
    static const uint64_t no_value = 0;
    const cJSON *share;
    uint32_t k = 0;
    cJSON_ArrayForEach(share, cJSON_GetObjectItemCaseSensitive(line, "shares")) s->shares[k++] = share->valuedouble;
    s->experiment = (spl_experiment){
        .key = SPL_TEXT("any"),
        .settings = {.traffic = cJSON_GetObjectItem(line, "traffic")->valuedouble, .hash_seed = text_of(line, "seed")},
        .policy = {k, 1, &s->row, s->shares}};
    assert_true(spl_hash_mode_parse(text_of(line, "mode").data, &s->experiment.hash_mode));
    s->bundle = (spl_bundle){.tree = {1, &parent, &none, &none, &no_value, &no_value, starts, ""},
                             .experiment_count = 1,
                             .experiments = &s->experiment};
}

// The unit's variant, or -1 where it takes no part.
static int decide(site *s, const cJSON *line)
{
    spl_decision d;
    settle(s, line);
    spl_decide(&s->bundle, &s->workspace, 0, text_of(line, "unit"), NULL, 0, &d);
    if (d.reason == SPL_REASON_NOT_ELIGIBLE) return -1;
    assert_int_equal(d.reason, SPL_REASON_POLICY);
    return (int)d.variant;
}

static void every_unit_gets_the_variant_of_the_other_product(void **state)
{
    (void)state;
    spl_reader *reader;
    spl_text text;
    uint32_t cases[4] = {0}, wrong = 0;
    site *s = calloc(1, sizeof *s);
    assert_true(spl_reader_open(VECTORS, &reader, NULL));
    while (spl_reader_line(reader, &text, NULL) == 1) {
        cJSON *line = cJSON_ParseWithLength(text.data, text.size);
        assert_non_null(line);
        int variant = cJSON_GetObjectItem(line, "variant")->valueint;
        if (decide(s, line) != variant) {
            print_error("expected %d: %.*s\n", variant, (int)text.size, text.data);
            wrong++;
        }
        cases[s->experiment.hash_mode]++;
        cJSON_Delete(line);
    }
    spl_reader_close(reader);
    free(s);
    assert_int_equal(wrong, 0);
    assert_true(cases[SPL_HASH_GROWTHBOOK_V2] > 150 && cases[SPL_HASH_MURMUR3] > 150 && cases[SPL_HASH_UNLEASH] > 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_unit_gets_the_variant_of_the_other_product),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
