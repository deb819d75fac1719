// SPDX-License-Identifier: GPL-3.0-or-later
#include <cJSON.h>
#include <inttypes.h>

#include "simulate/simulate_report.h"

static void add_worth(cJSON *to, const spl_worth *worth)
{
    cJSON_AddNumberToObject(to, "visits", (double)worth->visits);
    cJSON_AddNumberToObject(to, "conversions", (double)worth->conversions);
    cJSON_AddNumberToObject(to, "expected_served", worth->served);
    cJSON_AddNumberToObject(to, "expected_uniform", worth->uniform);
    cJSON_AddNumberToObject(to, "expected_best", worth->best);
    cJSON_AddNumberToObject(to, "lift", spl_worth_lift(worth));
}

static void add_periods(cJSON *to, const spl_simulation *simulation)
{
    cJSON *array = cJSON_AddArrayToObject(to, "periods");
    for (size_t i = 0; i < simulation->period_count; i++) {
        const spl_period *period = &simulation->periods[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(array, item);
        add_worth(item, &period->worth);
        cJSON_AddNumberToObject(item, "regret", period->regret);
        cJSON_AddNumberToObject(item, "segments", period->segments);
        cJSON_AddNumberToObject(item, "serving", period->serving);
        cJSON_AddStringToObject(item, "bundle", period->bundle);
    }
}

static void add_segment(cJSON *to, const spl_world *world, const spl_simulation *simulation, uint32_t node)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddItemToArray(to, item);
    cJSON_AddStringToObject(item, "segment", world->nodes[node].key.data);
    cJSON_AddStringToObject(item, "best", world->variants[world->nodes[node].best].data);
    cJSON *variants = cJSON_AddObjectToObject(item, "variants");
    for (uint32_t v = 0; v < world->variant_count; v++) {
        const spl_tally *tally = &simulation->tallies[(size_t)node * world->variant_count + v];
        cJSON *variant = cJSON_AddObjectToObject(variants, world->variants[v].data);
        cJSON_AddNumberToObject(variant, "visits", (double)tally->visits);
        cJSON_AddNumberToObject(variant, "conversions", (double)tally->conversions);
        cJSON_AddNumberToObject(variant, "true_rate", world->nodes[node].rates[v]);
    }
}

bool spl_simulate_report_json(FILE *out, const spl_world *world, const spl_simulate_config *config,
                              const spl_simulation *simulation)
{
    cJSON *report = cJSON_CreateObject();
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, config->seed); // a string: JSON readers round above 2^53
    cJSON_AddStringToObject(report, "world", world->name.data);
    cJSON_AddStringToObject(report, "experiment", world->experiment.data);
    cJSON_AddStringToObject(report, "outcome", world->outcome.data);
    cJSON_AddStringToObject(report, "seed", seed);
    cJSON_AddStringToObject(report, "policy", config->learn ? "thompson" : config->policy_path ? "bundle" : "uniform");
    cJSON_AddNumberToObject(report, "first_ms", (double)simulation->first_ms);
    cJSON_AddNumberToObject(report, "last_ms", (double)simulation->last_ms);
    add_worth(report, &simulation->total);
    cJSON_AddNumberToObject(report, "regret", simulation->total.best - simulation->total.served);
    add_periods(report, simulation);
    cJSON *segments = cJSON_AddArrayToObject(report, "segments");
    for (uint32_t i = 0; i < world->node_count; i++) add_segment(segments, world, simulation, i);
    char *text = cJSON_Print(report);
    cJSON_Delete(report);
    if (!text) return false;
    fprintf(out, "%s\n", text);
    cJSON_free(text);
    return true;
}
