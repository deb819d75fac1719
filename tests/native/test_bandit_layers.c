// SPDX-License-Identifier: MIT
// Layers of the learner in closed loops.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bandit_layers.h"
#include "near.h"
#include "testing.h"

// Two devices that want opposite variants, and nothing else.
static const char WORLD[] =
    "{\"format\":1,\"name\":\"two\",\"experiment\":\"two\",\"outcome\":\"buy\",\"variants\":[\"control\",\"other\"],"
    "\"start\":\"2026-01-05\",\"levels\":[\"device\"],\"segments\":["
    "{\"value\":\"mobile\",\"visits\":1000,\"rates\":[0.1,0.6]},"
    "{\"value\":\"desktop\",\"visits\":1000,\"rates\":[0.6,0.1]}]}";

static spl_layer_run *run(uint64_t visitors, uint32_t seeds)
{
    spl_world *world;
    spl_layer_run *runs;
    spl_error error;
    if (!spl_world_parse(WORLD, sizeof WORLD - 1, &world, &error)) fail_msg("%s", error.text);
    const spl_layers_config config = {world, visitors, seeds};
    if (!spl_layers_run(&config, &runs, &error)) fail_msg("%s", error.text);
    spl_world_free(world);
    return runs;
}

static void whoever_sees_devices_earns_more_than_who_does_not(void **unused)
{
    (void)unused;
    spl_layer_run *runs = run(6000, 1);
    for (int i = 0; i < SPL_LAYER_COUNT; i++) {
        const spl_layer_run *r = &runs[i];
        assert_near(r->oracle, 0.6, 1e-9);
        assert_near(r->uniform, 0.35, 1e-9);
        assert_near(r->last_oracle, 0.6, 1e-3);
        bool global = i == SPL_LAYER_GLOBAL;
        // Before 1,000 exposures of a device, which takes a third of the visits, some serve everybody alike.
        if (global)
            assert_true(r->value < 0.42 && r->last < 0.42 && isnan(r->reached));
        else if (!(r->value > 0.4 && r->value < r->oracle && r->last > 0.5))
            fail_msg("%s: %g, at last %g", spl_layer_name((uint32_t)i), r->value, r->last);
    }
    free(runs);
}

static void every_layer_meets_the_same_visitors_whenever_it_is_run(void **unused)
{
    (void)unused;
    spl_layer_run *once = run(1200, 1), *again = run(1200, 1);
    for (int i = 0; i < SPL_LAYER_COUNT; i++) {
        assert_near(once[i].value, again[i].value, 0);
        assert_near(once[i].oracle, once[0].oracle, 0);
    }
    free(once);
    free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_sees_devices_earns_more_than_who_does_not),
        cmocka_unit_test(every_layer_meets_the_same_visitors_whenever_it_is_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
