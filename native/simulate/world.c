// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/files.h"
#include "simulate/world_parse.h"

#define NAME_MAX_BYTES 64
#define WITHIN_MAX 1e9
#define YEAR_MAX 2999

struct spl_world_block {
    spl_world_block *next;
    _Alignas(16) char bytes[];
};

void *spl_world_take(spl_world *world, size_t count, size_t item_bytes)
{
    spl_world_memory *memory = world->memory;
    if (count > (SIZE_MAX - sizeof(spl_world_block)) / item_bytes) return NULL;
    spl_world_block *block = calloc(1, sizeof *block + count * item_bytes);
    if (!block) return NULL;
    block->next = memory->blocks;
    memory->blocks = block;
    return block->bytes;
}

void spl_world_free(spl_world *world)
{
    if (!world) return;
    spl_world_memory *memory = world->memory;
    for (spl_world_block *block = memory ? memory->blocks : NULL; block;) {
        spl_world_block *next = block->next;
        free(block);
        block = next;
    }
    if (memory) cJSON_Delete(memory->document);
    free(memory);
    free(world);
}

// Letters, digits and "_.-", as the keys of a bundle want them.
static bool parse_key(const spl_place *at, spl_text *out, spl_error *error)
{
    if (!spl_place_text(at, NAME_MAX_BYTES, out, error)) return false;
    for (size_t i = 0; i < out->size; i++) {
        char c = out->data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && (c == '\0' || !strchr("_.-", c)))
            return spl_fail_field(error, at->path, "expected letters, digits and \"_.-\", found \"%s\"", out->data);
    }
    return true;
}

// An array of distinct keys.
static bool parse_names(spl_world *world, const spl_place *at, uint32_t max, uint32_t *count, const spl_text **out,
                        spl_error *error)
{
    if (!spl_place_is_array(at, 1, max, count, error)) return false;
    spl_text *names = spl_world_take(world, *count, sizeof *names);
    if (!names) return spl_fail(error, "out of memory");
    uint32_t n = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, at->json)
    {
        spl_place place = spl_place_item(at, item, n);
        if (!parse_key(&place, &names[n], error)) return false;
        for (uint32_t i = 0; i < n; i++) {
            if (spl_text_equal(names[i], names[n]))
                return spl_fail_field(error, place.path, "\"%s\" stands there twice", names[n].data);
        }
        n++;
    }
    *out = names;
    return true;
}

// A date, which begins at midnight UTC.
static bool parse_start(const spl_place *at, int64_t *start_ms, int *weekday, spl_error *error)
{
    spl_text text;
    if (!spl_place_text(at, 32, &text, error)) return false;
    int year = 0, month = 0, day = 0, used = 0;
    int fields = sscanf(text.data, "%4d-%2d-%2d%n", &year, &month, &day, &used);
    struct tm date = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
    time_t seconds = timegm(&date); // sets the weekday, and moves dates that do not exist
    if (fields != 3 || text.size != 10 || used != 10 || year < 1970 || year > YEAR_MAX || date.tm_mday != day ||
        date.tm_mon != month - 1)
        return spl_fail_field(error, at->path, "expected a date like 2026-01-05, found \"%s\"", text.data);
    *start_ms = (int64_t)seconds * 1000;
    *weekday = date.tm_wday;
    return true;
}

// `count` weights, equal ones when the field is missing.
static bool parse_weights(const spl_place *at, uint32_t count, double *out, spl_error *error)
{
    for (uint32_t i = 0; i < count; i++) out[i] = 1;
    if (!at->json) return true;
    uint32_t n;
    if (!spl_place_is_array(at, count, count, &n, error)) return false;
    double sum = 0;
    const cJSON *item;
    n = 0;
    cJSON_ArrayForEach(item, at->json)
    {
        spl_place place = spl_place_item(at, item, n);
        if (!spl_place_number(&place, 0, 1e6, &out[n], error)) return false;
        sum += out[n++];
    }
    return sum > 0 || spl_fail_field(error, at->path, "expected a weight above 0");
}

static bool parse_season(const spl_place *document, spl_world *world, spl_error *error)
{
    double hours[24], weekdays[7];
    int first_weekday = 0;
    spl_place start = spl_place_field(document, "start"), hour = spl_place_field(document, "hours"),
              day = spl_place_field(document, "weekdays");
    if (!parse_start(&start, &world->start_ms, &first_weekday, error)) return false;
    if (!parse_weights(&hour, 24, hours, error) || !parse_weights(&day, 7, weekdays, error)) return false;

    double sum = 0;
    for (int i = 0; i < SPL_WORLD_HOURS; i++) {
        int weekday = (first_weekday + 6 + i / 24) % 7; // the file begins on Monday, tm_wday on Sunday
        sum += weekdays[weekday] * hours[i % 24];
        world->hour_end[i] = sum;
    }
    for (int i = 0; i < SPL_WORLD_HOURS; i++) world->hour_end[i] /= sum;
    return true;
}

static bool parse_returning(const spl_place *document, spl_world *world, spl_error *error)
{
    world->multiplier[0] = world->multiplier[1] = 1;
    spl_place at = spl_place_field(document, "returning");
    if (!at.json) return true;
    if (!spl_place_is_object(&at, "share conversion within keeps", error)) return false;
    double conversion, keeps;
    spl_place share = spl_place_field(&at, "share"), factor = spl_place_field(&at, "conversion"),
              within = spl_place_field(&at, "within"), kept = spl_place_field(&at, "keeps");
    if (!spl_place_number(&share, 0, 0.99, &world->returning_share, error)) return false;
    if (!spl_place_number(&factor, 0, 1000, &conversion, error)) return false;
    if (!spl_place_number(&within, 1, WITHIN_MAX, &world->returning_within, error)) return false;
    if (!spl_place_number(&kept, 0, world->level_count, &keeps, error)) return false;
    world->returning_keeps = (uint32_t)keeps;
    world->multiplier[0] = 1 / (1 - world->returning_share + world->returning_share * conversion);
    world->multiplier[1] = conversion * world->multiplier[0];
    return true;
}

static bool parse_delay(const spl_place *document, spl_world *world, spl_error *error)
{
    double minutes = 0;
    spl_place at = spl_place_field(document, "outcome_delay_minutes");
    if (at.json && !spl_place_number(&at, 0, 180, &minutes, error)) return false;
    world->delay_ms = minutes * 60000;
    return true;
}

static bool parse_document(const spl_place *document, spl_world *world, spl_error *error)
{
    static const char FIELDS[] = "format name experiment outcome variants start hours weekdays returning "
                                 "outcome_delay_minutes levels segments raw";
    double format;
    spl_place version = spl_place_field(document, "format"), name = spl_place_field(document, "name"),
              experiment = spl_place_field(document, "experiment"), outcome = spl_place_field(document, "outcome"),
              variants = spl_place_field(document, "variants"), levels = spl_place_field(document, "levels");
    return spl_place_is_object(document, FIELDS, error) && spl_place_number(&version, 1, 1, &format, error) &&
           parse_key(&name, &world->name, error) && parse_key(&experiment, &world->experiment, error) &&
           parse_key(&outcome, &world->outcome, error) &&
           parse_names(world, &variants, SPL_VARIANTS_MAX, &world->variant_count, &world->variants, error) &&
           parse_names(world, &levels, SPL_WORLD_LEVELS_MAX, &world->level_count, &world->levels, error) &&
           parse_season(document, world, error) && parse_returning(document, world, error) &&
           parse_delay(document, world, error) && spl_world_parse_segments(document, world, error) &&
           spl_world_parse_looks(document, world, error);
}

// The line of a byte in the text, from 1.
static uint64_t line_of(const char *json, const char *at)
{
    uint64_t line = 1;
    for (; json < at; json++) line += *json == '\n';
    return line;
}

bool spl_world_parse(const char *json, size_t size, spl_world **out, spl_error *error)
{
    spl_world *world = calloc(1, sizeof *world);
    spl_world_memory *memory = calloc(1, sizeof *memory);
    if (!world || !memory) {
        free(world);
        free(memory);
        return spl_fail(error, "out of memory");
    }
    world->memory = memory;
    const char *stopped = json;
    memory->document = cJSON_ParseWithLengthOpts(json, size, &stopped, 0);
    bool good = memory->document != NULL;
    if (!good) {
        spl_fail(error, "not valid JSON");
        spl_fail_at(error, NULL, line_of(json, stopped));
    } else {
        spl_place document = {.json = memory->document};
        good = parse_document(&document, world, error);
    }
    if (good) {
        *out = world;
    } else {
        spl_world_free(world);
    }
    return good;
}

bool spl_world_load(const char *path, spl_world **out, spl_error *error)
{
    if (!path) return spl_world_parse(spl_world_default_json(), strlen(spl_world_default_json()), out, error);
    uint8_t *data;
    size_t size;
    if (!spl_file_read(path, &data, &size, error)) return false;
    bool good = spl_world_parse((const char *)data, size, out, error);
    free(data);
    return good || spl_fail_at(error, path, 0);
}

char *spl_world_print(const spl_world *world)
{
    return cJSON_Print(((const spl_world_memory *)world->memory)->document);
}

double spl_world_rate(const spl_world *world, uint32_t node, uint32_t variant, bool returning)
{
    return world->nodes[node].rates[variant] * world->multiplier[returning];
}

uint32_t spl_world_find(const spl_world *world, spl_text key)
{
    for (uint32_t i = 0; i < world->node_count; i++) {
        if (spl_text_equal(world->nodes[i].key, key)) return i;
    }
    return SPL_NO_NODE;
}
