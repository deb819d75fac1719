// SPDX-License-Identifier: GPL-3.0-or-later
// User agents and the like repeat, so a visit names its looks by number; times are written as
// differences. A visit then takes some 60 bytes instead of 500.
#include "simulate/counterfactual.h"

#include <cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "simulate/visitor.h"
#include "json/number.h"

#define FORMAT 1
#define ROW_MAX 256 // bytes of one visit: unit, five numbers, a look per level

// first_look[level][value] = the number of the value's first look, in one list for all.
typedef struct look_numbers {
    uint32_t *first[SPL_WORLD_LEVELS_MAX];
} look_numbers;

static void free_numbers(look_numbers *numbers)
{
    for (uint32_t i = 0; i < SPL_WORLD_LEVELS_MAX; i++) free(numbers->first[i]);
}

static bool number_looks(const spl_world *world, look_numbers *out)
{
    uint32_t next = 0;
    *out = (look_numbers){{0}};
    for (uint32_t level = 0; level < world->level_count; level++) {
        out->first[level] = calloc((size_t)world->value_count[level] + 1, sizeof *out->first[level]);
        if (!out->first[level]) {
            free_numbers(out);
            return false;
        }
        for (uint32_t i = 0; i < world->value_count[level]; i++) {
            out->first[level][i] = next;
            next += world->values[level][i].look_count;
        }
    }
    return true;
}

static cJSON *add_texts(cJSON *to, const char *name, const spl_text *texts, uint32_t count)
{
    cJSON *array = cJSON_AddArrayToObject(to, name);
    for (uint32_t i = 0; i < count; i++) cJSON_AddItemToArray(array, cJSON_CreateString(texts[i].data));
    return array;
}

// cJSON writes 15 digits where they nearly do; a rate must be read back as it is.
static cJSON *exact(double number)
{
    char text[SPL_NUMBER_MAX + 1];
    text[spl_number_write(number, text)] = '\0';
    return cJSON_CreateRaw(text);
}

static void add_rates(cJSON *to, const char *name, const spl_world *world, uint32_t node, double factor)
{
    cJSON *array = cJSON_AddArrayToObject(to, name);
    for (uint32_t v = 0; v < world->variant_count; v++)
        cJSON_AddItemToArray(array, exact(world->nodes[node].rates[v] * factor));
}

static void add_segments(cJSON *to, const spl_world *world)
{
    cJSON *array = cJSON_AddArrayToObject(to, "segments");
    for (uint32_t i = 0; i < world->node_count; i++) {
        const spl_world_node *node = &world->nodes[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(array, item);
        cJSON_AddStringToObject(item, "key", node->key.data);
        cJSON_AddNumberToObject(item, "parent", i ? (double)node->parent : -1);
        if (i) cJSON_AddStringToObject(item, "value", world->values[node->depth - 1][node->value].text.data);
        cJSON_AddNumberToObject(item, "visits", node->visits);
        cJSON_AddNumberToObject(item, "best", node->best);
        add_rates(item, "rates", world, i, 1);
        if (node->child_count > 0) continue;
        add_rates(item, "new", world, i, world->multiplier[0]);
        add_rates(item, "returning", world, i, world->multiplier[1]);
    }
}

static void add_look(cJSON *to, const spl_look *look)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddItemToArray(to, item);
    for (uint32_t i = 0; i < look->field_count; i++) {
        const char *name = look->fields[i].name.data;
        const spl_field *field = &look->fields[i].field;
        switch (field->kind) {
        case SPL_KIND_STRING: cJSON_AddStringToObject(item, name, field->text); break;
        case SPL_KIND_BOOLEAN: cJSON_AddBoolToObject(item, name, field->number != 0); break;
        default: cJSON_AddItemToObject(item, name, exact(field->number));
        }
    }
}

static void add_looks(cJSON *to, const spl_world *world)
{
    cJSON *array = cJSON_AddArrayToObject(to, "looks");
    for (uint32_t level = 0; level < world->level_count; level++) {
        for (uint32_t i = 0; i < world->value_count[level]; i++) {
            const spl_world_value *value = &world->values[level][i];
            for (uint32_t j = 0; j < value->look_count; j++) add_look(array, &value->looks[j]);
        }
    }
}

// Everything but the visits, as text from malloc without its closing brace.
static char *make_head(const spl_world *world, uint64_t seed)
{
    static const char *const COLUMNS[] = {"unit",         "time_ms",   "segment",         "looks",
                                          "is_returning", "pageviews", "session_seconds", "luck"};
    cJSON *head = cJSON_CreateObject();
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, seed); // a string: JSON readers round above 2^53
    cJSON_AddNumberToObject(head, "format", FORMAT);
    cJSON_AddStringToObject(head, "world", world->name.data);
    cJSON_AddStringToObject(head, "experiment", world->experiment.data);
    cJSON_AddStringToObject(head, "outcome", world->outcome.data);
    cJSON_AddStringToObject(head, "seed", digits);
    cJSON_AddNumberToObject(head, "start_ms", (double)world->start_ms);
    add_texts(head, "variants", world->variants, world->variant_count);
    add_texts(head, "levels", world->levels, world->level_count);
    add_segments(head, world);
    add_looks(head, world);
    cJSON_AddItemToObject(head, "columns", cJSON_CreateStringArray(COLUMNS, sizeof COLUMNS / sizeof *COLUMNS));
    char *text = cJSON_PrintUnformatted(head);
    cJSON_Delete(head);
    if (text) text[strlen(text) - 1] = '\0';
    return text;
}

static int write_row(char *out, const spl_world *world, const look_numbers *numbers, const spl_visitor *visitor,
                     int64_t before_ms)
{
    uint32_t values[SPL_WORLD_LEVELS_MAX];
    uint32_t depth = world->nodes[visitor->leaf].depth;
    for (uint32_t i = visitor->leaf; i != 0; i = world->nodes[i].parent)
        values[world->nodes[i].depth - 1] = world->nodes[i].value;
    int n =
        snprintf(out, ROW_MAX, "[\"%s\",%" PRId64 ",%u,[", visitor->unit, visitor->time_ms - before_ms, visitor->leaf);
    for (uint32_t level = 0; level < depth; level++)
        n += snprintf(out + n, ROW_MAX - (size_t)n, "%s%u", level ? "," : "",
                      numbers->first[level][values[level]] + visitor->looks[level]);
    return n + snprintf(out + n, ROW_MAX - (size_t)n, "],%d,%u,%u,%u]", visitor->returning, visitor->pageviews,
                        visitor->session_seconds, visitor->luck);
}

static void write_visits(spl_writer *writer, const spl_world *world, uint64_t seed, uint64_t visitors,
                         const look_numbers *numbers)
{
    int64_t before_ms = world->start_ms;
    spl_writer_put(writer, ",\"visitors\":[", 13);
    for (uint64_t i = 0; i < visitors; i++) {
        spl_visitor visitor;
        char row[ROW_MAX];
        spl_visitor_draw(world, seed, i, &visitor);
        spl_writer_put(writer, ",\n", i ? 2 : 0);
        spl_writer_put(writer, row, (size_t)write_row(row, world, numbers, &visitor, before_ms));
        before_ms = visitor.time_ms;
    }
    spl_writer_put(writer, "]}\n", 3);
}

bool spl_counterfactual_write(const spl_world *world, uint64_t seed, uint64_t visitors, const char *path,
                              spl_error *error)
{
    look_numbers numbers;
    spl_writer *writer = NULL;
    if (!number_looks(world, &numbers)) return spl_fail(error, "out of memory");
    char *head = make_head(world, seed);
    bool good = head ? spl_writer_open(path, &writer, error) : spl_fail(error, "out of memory");
    if (good) {
        spl_writer_put(writer, head, strlen(head));
        write_visits(writer, world, seed, visitors, &numbers);
        good = spl_writer_close(writer, error);
    }
    cJSON_free(head);
    free_numbers(&numbers);
    return good;
}
