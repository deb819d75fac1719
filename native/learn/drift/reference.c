// SPDX-License-Identifier: GPL-3.0-or-later
#include "learn/drift/reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/segment_key.h"
#include "host/texts.h"
#include "samplit/hash.h"

#define SLOTS 256           // open addressing over names; at most a quarter is used
#define VALUES_MAX 1024     // distinct texts of one attribute that are counted apart
#define VALUE_SLOTS 2048    //
#define VALUE_BYTES_MAX 256 // longer texts count as other
#define PER_DOUBLING 16
#define EXPONENT_MIN (-16) // numbers below 2^-16 count as 0
#define EXPONENTS 64       // up to 2^48, beyond which all have one bucket
#define SIDE (EXPONENTS * PER_DOUBLING)
#define BUCKETS (2 * SIDE + 1) // negative, zero, positive

// One text, or one number as the text that segments know it by.
typedef struct value {
    uint64_t key, count;
    char *text;
} value;

typedef struct column {
    uint64_t name;
    char *label;
    uint64_t numbers, texts, others; // others: of the texts, those not counted apart
    uint64_t *buckets;               // [BUCKETS], from the first number on
    uint32_t value_count;
    value *values;               // [VALUES_MAX], from the first text on
    uint16_t slots[VALUE_SLOTS]; // 1 + index into values
} column;

struct spl_tally {
    uint64_t exposures;
    int64_t oldest_ms, newest_ms;
    uint32_t column_count;
    column *columns[SPL_REFERENCE_ATTRIBUTES_MAX];
    uint16_t slots[SLOTS]; // 1 + index into columns
};

spl_tally *spl_tally_new(void)
{
    spl_tally *tally = calloc(1, sizeof *tally);
    if (!tally) return NULL;
    tally->oldest_ms = INT64_MAX;
    tally->newest_ms = INT64_MIN;
    return tally;
}

static void free_column(column *c)
{
    for (uint32_t i = 0; i < c->value_count; i++) free(c->values[i].text);
    free(c->values);
    free(c->buckets);
    free(c->label);
    free(c);
}

void spl_tally_free(spl_tally *tally)
{
    if (!tally) return;
    for (uint32_t i = 0; i < tally->column_count; i++) free_column(tally->columns[i]);
    free(tally);
}

uint64_t spl_tally_exposures(const spl_tally *tally)
{
    return tally->exposures;
}

int64_t spl_tally_oldest(const spl_tally *tally)
{
    return tally->oldest_ms;
}

int64_t spl_tally_newest(const spl_tally *tally)
{
    return tally->newest_ms;
}

// --- counting ---------------------------------------------------------------------------------------------

// The name behind a hash, as the exposure spells it; NULL when out of memory.
static char *name_of(uint64_t hash, const spl_event *exposure)
{
    spl_text known = spl_known_name(hash), attribute, text;
    char hex[24];
    size_t at = 0;
    if (known.size > 0) return spl_text_copy(known);
    for (uint32_t i = 0; exposure && i < exposure->context_count; i++) {
        if (exposure->context[i].field.name == hash) return spl_text_copy(exposure->context[i].name);
    }
    while (exposure && spl_segment_next(exposure->segment, &at, &attribute, &text)) {
        char *name = malloc(attribute.size + 1);
        if (!name) return NULL;
        name[spl_segment_decode(attribute, name)] = '\0';
        if (spl_name_hash((spl_text){name, strlen(name)}) == hash) return name;
        free(name);
    }
    snprintf(hex, sizeof hex, "#%016llx", (unsigned long long)hash);
    return spl_text_copy((spl_text){hex, strlen(hex)});
}

// The slot of a name: that of its column, or the free one where it would go.
static uint16_t *column_slot(const spl_tally *tally, uint64_t name)
{
    uint32_t at = (uint32_t)name % SLOTS;
    while (tally->slots[at] && tally->columns[tally->slots[at] - 1]->name != name) at = (at + 1) % SLOTS;
    return (uint16_t *)(uintptr_t)&tally->slots[at];
}

static const column *find_column(const spl_tally *tally, uint64_t name)
{
    uint16_t slot = *column_slot(tally, name);
    return slot ? tally->columns[slot - 1] : NULL;
}

// Takes `label`, also when it fails. NULL when out of memory.
static column *add_column(spl_tally *tally, uint64_t name, char *label)
{
    column *c = label ? calloc(1, sizeof *c) : NULL;
    if (!c) {
        free(label);
        return NULL;
    }
    uint16_t *slot = column_slot(tally, name);
    c->name = name;
    c->label = label;
    tally->columns[tally->column_count++] = c;
    *slot = (uint16_t)tally->column_count;
    return c;
}

// 0 for the most negative; ascends with the number.
static uint32_t bucket_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
    uint32_t side = (uint32_t)(bits >> 48 & (PER_DOUBLING - 1));
    if (exponent < EXPONENT_MIN) return SIDE;
    uint32_t magnitude =
        exponent >= EXPONENT_MIN + EXPONENTS ? SIDE : (uint32_t)(exponent - EXPONENT_MIN) * PER_DOUBLING + side + 1;
    return bits >> 63 ? SIDE - magnitude : SIDE + magnitude;
}

// The least number of a bucket's magnitude, 2^e (1 + s/16): a power of two, taken apart by halves and doubles.
static double magnitude_at(uint32_t step)
{
    double power = 1;
    int exponent = (int)(step / PER_DOUBLING) + EXPONENT_MIN;
    for (; exponent > 0; exponent--) power *= 2;
    for (; exponent < 0; exponent++) power /= 2;
    return power * (1 + (double)(step % PER_DOUBLING) / PER_DOUBLING);
}

// Where bucket b begins, b > 0.
static double bucket_edge(uint32_t b)
{
    return b > SIDE ? magnitude_at(b - SIDE - 1) : -magnitude_at(SIDE - b);
}

// A number within bucket b, on none of its ends.
static double bucket_inside(uint32_t b)
{
    if (b == SIDE) return 0;
    if (b == 0) return 2 * bucket_edge(1);
    return b + 1 < BUCKETS ? (bucket_edge(b) + bucket_edge(b + 1)) / 2 : 2 * bucket_edge(b);
}

// The value with that key, added if there is room. NULL if there is none, or for a text too long to keep;
// *failed is set when out of memory.
static value *value_at(column *c, uint64_t key, spl_text text, bool *failed)
{
    uint32_t at = (uint32_t)key % VALUE_SLOTS;
    while (c->slots[at] && c->values[c->slots[at] - 1].key != key) at = (at + 1) % VALUE_SLOTS;
    if (c->slots[at]) return &c->values[c->slots[at] - 1];
    if (c->value_count == VALUES_MAX || text.size > VALUE_BYTES_MAX) return NULL;
    if (!c->values) c->values = malloc(VALUES_MAX * sizeof *c->values);
    char *copy = c->values ? spl_text_copy(text) : NULL;
    *failed = !copy;
    if (*failed) return NULL;
    c->values[c->value_count++] = (value){key, 0, copy};
    c->slots[at] = (uint16_t)c->value_count;
    return &c->values[c->value_count - 1];
}

static bool count_text(column *c, uint64_t key, spl_text text)
{
    bool failed = false;
    value *v = value_at(c, key, text, &failed);
    c->texts++;
    if (v) {
        v->count++;
    } else {
        c->others++;
    }
    return !failed;
}

static bool count_number(column *c, double number)
{
    if (!c->buckets) c->buckets = calloc(BUCKETS, sizeof *c->buckets);
    if (!c->buckets) return false;
    c->numbers++;
    c->buckets[bucket_of(number)]++;
    return true;
}

static bool count_item(spl_tally *tally, const spl_attribute *item, const spl_event *exposure)
{
    uint16_t slot = *column_slot(tally, item->name);
    column *c = slot ? tally->columns[slot - 1] : NULL;
    if (!c) {
        if (tally->column_count == SPL_REFERENCE_ATTRIBUTES_MAX) return true;
        c = add_column(tally, item->name, name_of(item->name, exposure));
        if (!c) return false;
    }
    if (item->kind == SPL_KIND_NUMBER) return count_number(c, item->number);
    if (item->kind == SPL_KIND_STRING) return count_text(c, item->key, (spl_text){item->text, item->size});
    return count_text(c, item->key, item->number != 0 ? SPL_TEXT("true") : SPL_TEXT("false"));
}

bool spl_tally_add(spl_tally *tally, const spl_context *context, const spl_event *exposure)
{
    tally->exposures++;
    if (exposure->time_ms < tally->oldest_ms) tally->oldest_ms = exposure->time_ms;
    if (exposure->time_ms > tally->newest_ms) tally->newest_ms = exposure->time_ms;
    for (uint32_t i = 0; i < context->count; i++) {
        if (!count_item(tally, &context->items[i], exposure)) return false;
    }
    return true;
}

// --- what is kept -----------------------------------------------------------------------------------------

static void free_attribute(spl_reference_attribute *a)
{
    for (uint32_t i = 0; a->values && i < a->bin_count; i++) free(a->values[i]);
    free(a->values);
    free(a->edges);
    free(a->counts);
    free(a->name);
}

void spl_reference_free(spl_reference *reference)
{
    if (!reference) return;
    for (uint32_t i = 0; i < reference->attribute_count; i++) free_attribute(&reference->attributes[i]);
    free(reference->attributes);
    free(reference);
}

// The most frequent first; equally frequent ones by their text, whatever the order they came in.
static int more_frequent(const void *a, const void *b)
{
    const value *x = *(const value *const *)a, *y = *(const value *const *)b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return strcmp(x->text, y->text);
}

static bool keep_values(const column *c, spl_reference_attribute *out)
{
    const value *order[VALUES_MAX];
    uint64_t *counts = out->counts;
    for (uint32_t i = 0; i < c->value_count; i++) order[i] = &c->values[i];
    qsort(order, c->value_count, sizeof *order, more_frequent);
    out->values = calloc(SPL_REFERENCE_VALUES_MAX, sizeof *out->values);
    if (!out->values) return false;
    counts[SPL_REFERENCE_BINS_MAX] = c->numbers + c->others;
    for (uint32_t i = 0; i < c->value_count; i++) {
        if (out->bin_count == SPL_REFERENCE_VALUES_MAX || order[i]->count == 0) {
            counts[SPL_REFERENCE_BINS_MAX] += order[i]->count;
            continue;
        }
        out->values[out->bin_count] = spl_text_copy((spl_text){order[i]->text, strlen(order[i]->text)});
        if (!out->values[out->bin_count]) return false;
        counts[out->bin_count++] = order[i]->count;
    }
    return true;
}

// Closes an interval as soon as it holds its part of what is left, so that a number that many visits share takes an
// interval of its own and the rest is divided anew.
static bool keep_intervals(const column *c, spl_reference_attribute *out)
{
    uint64_t left = c->numbers, held = 0;
    uint32_t open = SPL_REFERENCE_INTERVALS_MAX;
    out->edges = malloc(SPL_REFERENCE_INTERVALS_MAX * sizeof *out->edges);
    if (!out->edges) return false;
    out->bin_count = 1;
    for (uint32_t b = 0; b < BUCKETS; b++) {
        if (c->buckets[b] == 0) continue;
        if (held > 0 && open > 1 && held * open >= left) {
            left -= held;
            open--;
            held = 0;
            out->edges[out->bin_count - 1] = bucket_edge(b);
            out->bin_count++;
        }
        held += c->buckets[b];
        out->counts[out->bin_count - 1] += c->buckets[b];
    }
    out->counts[SPL_REFERENCE_BINS_MAX] = c->texts;
    return true;
}

static bool keep_column(const spl_tally *tally, const column *c, spl_reference_attribute *out)
{
    out->name = spl_text_copy((spl_text){c->label, strlen(c->label)});
    out->counts = calloc(SPL_REFERENCE_BINS_MAX + 1, sizeof *out->counts);
    out->numeric = c->numbers > c->texts;
    if (!out->name || !out->counts) return false;
    if (!(out->numeric ? keep_intervals : keep_values)(c, out)) return false;
    uint64_t other = out->counts[SPL_REFERENCE_BINS_MAX];
    out->counts[SPL_REFERENCE_BINS_MAX] = 0;
    out->counts[out->bin_count] = other;
    out->counts[out->bin_count + 1] = tally->exposures - c->numbers - c->texts;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const spl_reference_attribute *)a)->name, ((const spl_reference_attribute *)b)->name);
}

spl_reference *spl_tally_reference(const spl_tally *tally)
{
    spl_reference *out = calloc(1, sizeof *out);
    if (!out) return NULL;
    out->exposures = tally->exposures;
    out->oldest_ms = tally->exposures > 0 ? tally->oldest_ms : 0;
    out->newest_ms = tally->exposures > 0 ? tally->newest_ms : 0;
    out->attributes = calloc(tally->column_count + 1, sizeof *out->attributes);
    bool ok = out->attributes != NULL;
    for (uint32_t i = 0; ok && i < tally->column_count; i++) {
        ok = keep_column(tally, tally->columns[i], &out->attributes[out->attribute_count++]);
    }
    if (!ok) {
        spl_reference_free(out);
        return NULL;
    }
    qsort(out->attributes, out->attribute_count, sizeof *out->attributes, by_name);
    return out;
}

// --- another log in the same bins -------------------------------------------------------------------------

static uint64_t hash_of_name(const char *name)
{
    unsigned long long hash;
    char rest;
    if (strlen(name) == 17 && sscanf(name, "#%16llx%c", &hash, &rest) == 1) return hash;
    return spl_name_hash((spl_text){name, strlen(name)});
}

bool spl_tally_expect(spl_tally *tally, const spl_reference *reference)
{
    bool failed = false;
    for (uint32_t i = 0; i < reference->attribute_count; i++) {
        const spl_reference_attribute *a = &reference->attributes[i];
        uint64_t name = hash_of_name(a->name);
        if (find_column(tally, name) || tally->column_count == SPL_REFERENCE_ATTRIBUTES_MAX) continue;
        column *c = add_column(tally, name, spl_text_copy((spl_text){a->name, strlen(a->name)}));
        if (!c) return false;
        for (uint32_t v = 0; !a->numeric && v < a->bin_count && !failed; v++) {
            spl_text text = {a->values[v], strlen(a->values[v])};
            value_at(c, spl_name_hash(text), text, &failed);
        }
    }
    return !failed;
}

// The bin of a text among those of the reference; bin_count where it has none.
static uint32_t bin_of_text(const spl_reference_attribute *bins, const char *text)
{
    uint32_t i = 0;
    while (i < bins->bin_count && strcmp(bins->values[i], text) != 0) i++;
    return i;
}

static uint32_t bin_of_number(const spl_reference_attribute *bins, double number)
{
    uint32_t i = 0;
    while (i + 1 < bins->bin_count && number >= bins->edges[i]) i++;
    return i;
}

void spl_tally_count(const spl_tally *tally, const spl_reference_attribute *bins, uint64_t *counts)
{
    const column *c = find_column(tally, hash_of_name(bins->name));
    uint64_t *other = &counts[bins->bin_count], *missing = &counts[bins->bin_count + 1];
    memset(counts, 0, (bins->bin_count + 2) * sizeof *counts);
    *missing = tally->exposures - (c ? c->numbers + c->texts : 0);
    if (!c) return;
    if (bins->numeric) {
        for (uint32_t b = 0; c->buckets && b < BUCKETS; b++) {
            if (c->buckets[b] > 0) counts[bin_of_number(bins, bucket_inside(b))] += c->buckets[b];
        }
        *other = c->texts;
        return;
    }
    for (uint32_t i = 0; i < c->value_count; i++) counts[bin_of_text(bins, c->values[i].text)] += c->values[i].count;
    *other += c->numbers + c->others;
}
