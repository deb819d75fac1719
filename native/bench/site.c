// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/site.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "learn/compile.h"
#include "samplit/hash.h"
#include "samplit/num.h"
#include "samplit/rng.h"

#define UNIT_SIZE 16
#define VARIANTS 3
static const uint32_t WIDTHS[] = {20, 64, 48, 32};
#define LAYERS (sizeof WIDTHS / sizeof *WIDTHS - 1)

static const char *const COUNTRIES[] = {"US", "GB", "DE", "FR", "BR"};
static const char *const DEVICES[] = {"mobile", "desktop", "tablet"};
static const char *const SOURCES[] = {"google", "instagram", "facebook", "direct"};
#define COUNT(array) (uint32_t)(sizeof(array) / sizeof *(array))

// Where the data sets are missing: one of each common engine and platform.
static const char *const STAND_INS[] = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 "
    "Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile "
    "Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
};

static spl_text text_of(const char *text)
{
    return (spl_text){text, strlen(text)};
}

static spl_field string_field(const char *name, const char *text)
{
    return (spl_field){
        .name = spl_name_hash(text_of(name)), .text = text, .size = (uint32_t)strlen(text), .kind = SPL_KIND_STRING};
}

static spl_field number_field(const char *name, double number)
{
    return (spl_field){.name = spl_name_hash(text_of(name)), .number = number, .kind = SPL_KIND_NUMBER};
}

static void fill_visitor(spl_field fields[SPL_SITE_FIELDS], uint32_t i, const char *user_agent)
{
    fields[0] = string_field("user_agent", user_agent);
    fields[1] = string_field("utm_source", SOURCES[i % 3]);
    fields[2] = string_field("utm_medium", "cpc");
    fields[3] = string_field("referrer", "https://www.google.com/search?q=shoes");
    fields[4] = string_field("country", COUNTRIES[i % COUNT(COUNTRIES)]);
    fields[5] = string_field("accept_language", "en-US,en;q=0.9");
    fields[6] = number_field("time_ms", 1.78e12 + i * 3600e3);
    fields[7] = number_field("utc_offset_minutes", -300);
    fields[8] = number_field("pageviews", i % 9);
    fields[9] = number_field("session_seconds", i % 600);
    fields[10] =
        (spl_field){.name = spl_name_hash(SPL_TEXT("is_returning")), .number = i % 2, .kind = SPL_KIND_BOOLEAN};
}

// The user agents of the folder as a parsed document, or NULL.
static cJSON *read_user_agents(const char *data)
{
    char path[4096];
    uint8_t *text;
    size_t size;
    snprintf(path, sizeof path, "%s/useragents/user-agents.json.gz", data);
    if (!spl_file_read(path, &text, &size, NULL)) return NULL;
    cJSON *document = cJSON_ParseWithLength((const char *)text, size);
    free(text);
    return document;
}

static bool fill_visitors(const char *data, spl_site *site)
{
    cJSON *document = read_user_agents(data);
    const cJSON *item = document ? document->child : NULL;
    char *units = malloc(SPL_SITE_VISITORS * UNIT_SIZE);
    site->owned[2] = units;
    site->owned[3] = document;
    if (!units) return false;
    for (uint32_t i = 0; i < SPL_SITE_VISITORS; i++) {
        const char *agent = cJSON_GetStringValue(cJSON_GetObjectItem(item, "userAgent"));
        if (i == 0) site->real_user_agents = agent != NULL;
        fill_visitor(site->fields[i], i, agent ? agent : STAND_INS[i % COUNT(STAND_INS)]);
        int n = snprintf(units + (size_t)i * UNIT_SIZE, UNIT_SIZE, "visitor-%u", (unsigned)i % 100000);
        site->units[i] = (spl_text){units + (size_t)i * UNIT_SIZE, (size_t)n};
        if (item) item = item->next;
    }
    return true;
}

// Weights of the usual scale, uniform in +-1 / sqrt(inputs), so that no unit dies out.
static void fill_encoder(spl_encoder *encoder, float *numbers)
{
    uint32_t index = 0;
    encoder->layer_count = LAYERS;
    for (uint32_t l = 0; l < LAYERS; l++) {
        uint32_t inputs = WIDTHS[l], outputs = WIDTHS[l + 1], count = inputs * outputs + outputs;
        float scale = 1 / spl_sqrtf((float)inputs);
        for (uint32_t i = 0; i < count; i++) {
            double u[2];
            spl_uniform2(1, index++, SPL_STREAM_TEST, 0, u);
            numbers[i] = (float)(2 * u[0] - 1) * scale;
        }
        encoder->layers[l] = (spl_layer){inputs, outputs, numbers, numbers + inputs * outputs};
        numbers += count;
    }
}

static spl_state *observe(const spl_level *levels, uint32_t level_count)
{
    spl_state_config config = {VARIANTS, level_count, levels, 200000};
    spl_state *state = spl_state_new(&config);
    for (uint32_t i = 0; state && i < 60 * 4000; i++) {
        uint32_t c = i % 5, d = i / 5 % 3, s = i / 15 % 4, v = i / 60 % VARIANTS;
        spl_text values[] = {text_of(COUNTRIES[c]), text_of(DEVICES[d]), text_of(SOURCES[s])};
        double u[2];
        spl_uniform2(2, i, SPL_STREAM_TEST, 0, u);
        spl_state_add(state, values, v, u[0] < 0.03 + 0.02 * ((c + d + s + v) % 5), SPL_CHANCE_EQUAL);
    }
    return state;
}

static bool make_bundle(uint8_t **file, size_t *size, spl_error *error)
{
    static const spl_text NAMES[VARIANTS] = {{"control", 7}, {"bold", 4}, {"calm", 4}};
    static float numbers[20 * 64 + 64 + 64 * 48 + 48 + 48 * 32 + 32];
    const spl_level levels[] = {{SPL_TEXT("country"), 1000}, {SPL_TEXT("device"), 500}, {SPL_TEXT("source"), 200}};
    spl_encoder encoder;
    fill_encoder(&encoder, numbers);

    spl_state *state = observe(levels, COUNT(levels));
    if (!state) return spl_fail(error, "out of memory");
    spl_learn_config learn = spl_learn_config_default();
    learn.prune_gain = 0;
    spl_learned *learned = NULL;
    bool good = spl_learn(state, &learn, &learned, error);
    if (good) {
        char id[33];
        spl_compile_config config = {.experiment = SPL_TEXT("bench"),
                                     .seed = 1,
                                     .variants = NAMES,
                                     .levels = levels,
                                     .min_propensity = learn.min_propensity,
                                     .encoder = &encoder};
        good = spl_compile(learned, &config, file, size, id, error);
    }
    spl_learned_free(learned);
    spl_state_free(state);
    return good;
}

static bool open_bundle(spl_site *site, size_t size, spl_error *error)
{
    size_t bundle_bytes = 0, workspace_bytes = 0;
    const size_t room = 1 << 20; // far more than both need
    void *memory = malloc(room);
    site->owned[1] = memory;
    if (!memory) return spl_fail(error, "out of memory");
    spl_arena arena = spl_arena_over(memory, room);
    if (spl_bundle_open_bytes(site->owned[0], size, &bundle_bytes) != SPL_OK || bundle_bytes > room / 2 ||
        spl_bundle_open(site->owned[0], size, &arena, &site->bundle, NULL) != SPL_OK ||
        spl_workspace_bytes(&site->bundle, &workspace_bytes) != SPL_OK || workspace_bytes > room / 2 ||
        spl_workspace_init(&site->bundle, &arena, &site->workspace) != SPL_OK) {
        return spl_fail(error, "the benchmark's own bundle does not open");
    }
    return true;
}

bool spl_site_open(const char *data, spl_site *out, spl_error *error)
{
    uint8_t *file = NULL;
    size_t size = 0;
    memset(out, 0, sizeof *out);
    bool good = make_bundle(&file, &size, error);
    out->owned[0] = file;
    good = good && open_bundle(out, size, error);
    if (good && !fill_visitors(data, out)) good = spl_fail(error, "out of memory");
    if (!good) spl_site_close(out);
    return good;
}

void spl_site_close(spl_site *site)
{
    for (int i = 0; i < 3; i++) free(site->owned[i]);
    cJSON_Delete(site->owned[3]);
    memset(site->owned, 0, sizeof site->owned);
}
