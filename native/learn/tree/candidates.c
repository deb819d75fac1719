// SPDX-License-Identifier: GPL-3.0-or-later
// Values are found by the 64-bit key that the served tree compares, so what is one value there is one code here. The
// tables stay small whatever the log: an attribute has at most 65,534 codes, and all texts together 64 MiB.
#include "learn/tree/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/segment_key.h"
#include "learn/level_values.h"
#include "samplit/hash.h"

#define TEXT_BYTES_MAX (64u << 20)

typedef struct value {
    uint64_t key;
    uint32_t text_at, text_size;
} value;

typedef struct candidate {
    uint64_t hash;
    spl_text name; // owned
    uint32_t count, capacity, numbers;
    value *values;   // [count], the value of code i + 1
    uint16_t *slots; // codes, 0 = free
    uint32_t slot_mask;
    bool quantity;
} candidate;

struct spl_candidates {
    uint32_t count;
    candidate items[SPL_CANDIDATES_MAX];
    bool open;  // attributes are added as they are met
    char *text; // of all values
    size_t text_used, text_capacity;
    uint64_t beyond, ignored;
};

static bool add(spl_candidates *c, spl_text name)
{
    char *copy = malloc(name.size + 1);
    if (!copy) return false;
    if (name.size > 0) memcpy(copy, name.data, name.size);
    c->items[c->count++] = (candidate){.hash = spl_name_hash(name), .name = {copy, name.size}};
    return true;
}

spl_candidates *spl_candidates_new(const spl_text *names, uint32_t count)
{
    spl_candidates *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->open = count == 0;
    bool ok = true;
    for (uint32_t i = 0; ok && i < count && i < SPL_CANDIDATES_MAX; i++) ok = add(c, names[i]);
    if (ok) return c;
    spl_candidates_free(c);
    return NULL;
}

void spl_candidates_free(spl_candidates *c)
{
    if (!c) return;
    for (uint32_t i = 0; i < c->count; i++) {
        free((void *)(uintptr_t)c->items[i].name.data);
        free(c->items[i].values);
        free(c->items[i].slots);
    }
    free(c->text);
    free(c);
}

// --- values -----------------------------------------------------------------------------------------------

static uint32_t slot_of(const candidate *x, uint64_t key)
{
    uint32_t slot = (uint32_t)spl_mix64(key) & x->slot_mask;
    while (x->slots[slot] != 0 && x->values[x->slots[slot] - 1].key != key) slot = (slot + 1) & x->slot_mask;
    return slot;
}

static bool grow(candidate *x)
{
    uint32_t capacity = x->capacity ? 2 * x->capacity : 16;
    value *values = realloc(x->values, capacity * sizeof *values);
    if (!values) return false;
    x->values = values;
    uint16_t *slots = calloc(2 * (size_t)capacity, sizeof *slots);
    if (!slots) return false;
    free(x->slots);
    x->slots = slots;
    x->slot_mask = 2 * capacity - 1;
    x->capacity = capacity;
    for (uint32_t i = 0; i < x->count; i++) slots[slot_of(x, x->values[i].key)] = (uint16_t)(i + 1);
    return true;
}

static bool keep_text(spl_candidates *c, spl_text text)
{
    if (c->text_capacity - c->text_used < text.size) {
        size_t capacity = 2 * c->text_capacity + text.size + 4096;
        char *larger = realloc(c->text, capacity);
        if (!larger) return false;
        c->text = larger;
        c->text_capacity = capacity;
    }
    if (text.size > 0) memcpy(c->text + c->text_used, text.data, text.size);
    c->text_used += text.size;
    return true;
}

// The code of a value, given to it if it is new. False when out of memory.
static bool code_of(spl_candidates *c, candidate *x, const spl_attribute *attribute, uint16_t *code)
{
    char number[SPL_NUMBER_TEXT_MAX];
    if (x->capacity == 0 && !grow(x)) return false;
    *code = x->slots[slot_of(x, attribute->key)];
    if (*code != 0) return true;
    spl_text text = spl_attribute_text(attribute, number);
    if (x->count == SPL_CODE_BEYOND - 1 || text.size > TEXT_BYTES_MAX - c->text_used) {
        *code = SPL_CODE_BEYOND;
        c->beyond++;
        return true;
    }
    if (x->count == x->capacity && !grow(x)) return false;
    value fresh = {attribute->key, (uint32_t)c->text_used, (uint32_t)text.size};
    if (!keep_text(c, text)) return false;
    x->values[x->count++] = fresh;
    x->slots[slot_of(x, attribute->key)] = *code = (uint16_t)x->count;
    x->numbers += attribute->kind == SPL_KIND_NUMBER;
    x->quantity = c->open && x->numbers > SPL_CANDIDATE_NUMBERS;
    return true;
}

// --- attributes -------------------------------------------------------------------------------------------

// The name behind a hash, as the exposure has it; `scratch` holds the one of a segment key. Empty if there is none.
static spl_text name_of(const spl_event *exposure, uint64_t hash, char *scratch)
{
    spl_text known = spl_known_name(hash), attribute, text;
    if (known.size > 0) return known;
    for (uint32_t i = 0; i < exposure->context_count; i++) {
        if (exposure->context[i].field.name == hash) return exposure->context[i].name;
    }
    for (size_t at = 0; !exposure->has_context && spl_segment_next(exposure->segment, &at, &attribute, &text);) {
        spl_text name = {scratch, spl_segment_decode(attribute, scratch)};
        if (spl_name_hash(name) == hash) return name;
    }
    return (spl_text){NULL, 0};
}

static bool is_known(const spl_candidates *c, uint64_t hash)
{
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->items[i].hash == hash) return true;
    }
    return false;
}

static bool add_new(spl_candidates *c, const spl_event *exposure, const spl_context *context)
{
    for (uint32_t i = 0; i < context->count; i++) {
        if (is_known(c, context->items[i].name)) continue;
        if (c->count == SPL_CANDIDATES_MAX) {
            c->ignored++;
            continue;
        }
        char *scratch = malloc(exposure->segment.size + 1);
        bool ok = scratch && add(c, name_of(exposure, context->items[i].name, scratch));
        free(scratch);
        if (!ok) return false;
    }
    return true;
}

bool spl_candidates_read(spl_candidates *c, const spl_context *context, const spl_event *exposure,
                         uint16_t codes[SPL_CANDIDATES_MAX])
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        const spl_attribute *attribute = spl_context_find(context, c->items[i].hash);
        codes[i] = SPL_CODE_MISSING;
        found += attribute != NULL;
        if (!attribute || c->items[i].quantity) continue;
        if (!code_of(c, &c->items[i], attribute, &codes[i])) return false;
    }
    if (!c->open || found == context->count) return true;
    uint32_t before = c->count;
    if (!add_new(c, exposure, context)) return false;
    for (uint32_t i = before; i < c->count; i++) {
        if (!code_of(c, &c->items[i], spl_context_find(context, c->items[i].hash), &codes[i])) return false;
    }
    return true;
}

// --- answers ----------------------------------------------------------------------------------------------

uint32_t spl_candidates_count(const spl_candidates *c)
{
    return c->count;
}

spl_text spl_candidates_name(const spl_candidates *c, uint32_t index)
{
    return c->items[index].name;
}

uint32_t spl_candidates_values(const spl_candidates *c, uint32_t index)
{
    return c->items[index].count;
}

spl_text spl_candidates_value(const spl_candidates *c, uint32_t index, uint16_t code)
{
    const value *v = &c->items[index].values[code - 1];
    return (spl_text){c->text + v->text_at, v->text_size};
}

bool spl_candidates_is_quantity(const spl_candidates *c, uint32_t index)
{
    return c->items[index].quantity;
}

uint64_t spl_candidates_beyond(const spl_candidates *c)
{
    return c->beyond;
}

uint64_t spl_candidates_ignored(const spl_candidates *c)
{
    return c->ignored;
}
