// SPDX-License-Identifier: MIT
// Attributes lie in the order they came, found through open addressing; nothing is ever taken out
// except values that a later field of the same name made missing.
#include <string.h>

#include "context_raw.h"
#include "samplit/hash.h"
#include "samplit/num.h"

#define SLOTS (2 * SPL_ATTRIBUTES_MAX)

// The slot that holds the name, or the free one where it belongs. At most half of the slots are
// taken, so there always is one.
static uint32_t slot_of(const spl_context *context, uint64_t name)
{
    uint32_t slot = (uint32_t)name % SLOTS;
    while (context->slots[slot] && context->items[context->slots[slot] - 1].name != name) slot = (slot + 1) % SLOTS;
    return slot;
}

const spl_attribute *spl_context_find(const spl_context *context, uint64_t name)
{
    uint16_t place = context->slots[slot_of(context, name)];
    return place ? &context->items[place - 1] : NULL;
}

static size_t write_hex(uint64_t bits, char *out)
{
    for (int i = 0; i < 16; i++) out[i] = "0123456789abcdef"[bits >> (60 - 4 * i) & 15];
    return 16;
}

static size_t write_decimal(int64_t value, char *out)
{
    char digits[SPL_NUMBER_TEXT_MAX];
    size_t n = 0, size = 0;
    uint64_t rest = value < 0 ? (uint64_t)-value : (uint64_t)value;
    do digits[n++] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0) out[size++] = '-';
    while (n) out[size++] = digits[--n];
    return size;
}

size_t spl_number_text(double number, char out[SPL_NUMBER_TEXT_MAX])
{
    if (number > -9007199254740992.0 && number < 9007199254740992.0) {
        int64_t whole = (int64_t)number;
        if ((double)whole == number) return write_decimal(whole, out);
    }
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    out[0] = 'x';
    return 1 + write_hex(bits, out + 1);
}

static uint64_t text_key(spl_text text)
{
    return spl_xxh64(text.data, text.size, 0);
}

uint64_t spl_value_key(uint32_t kind, double number, spl_text text)
{
    char digits[SPL_NUMBER_TEXT_MAX];
    switch (kind) {
    case SPL_KIND_NUMBER: return text_key((spl_text){digits, spl_number_text(number, digits)});
    case SPL_KIND_BOOLEAN: return text_key(number != 0 ? SPL_TEXT("true") : SPL_TEXT("false"));
    case SPL_KIND_STRING: return text_key(spl_text_cut(text, SPL_TEXT_MAX));
    default: return 0;
    }
}

// A text that is not UTF-8 could not be logged and replayed.
static spl_text clean(const char *data, uint32_t size)
{
    spl_text text = spl_text_cut((spl_text){data, size}, SPL_TEXT_MAX);
    return spl_text_is_utf8(text) ? text : SPL_TEXT("unknown");
}

// What a field says: the attribute's value and its key, MISSING where it says nothing. Derived
// texts are clean already.
static void read_value(const spl_field *field, bool given, spl_attribute *out)
{
    *out = (spl_attribute){.name = field->name, .kind = field->kind};
    spl_text text = {0};
    if (field->kind == SPL_KIND_STRING && (field->text || !field->size)) {
        text = given ? clean(field->text, field->size) : (spl_text){field->text, field->size};
    } else if ((field->kind == SPL_KIND_NUMBER || field->kind == SPL_KIND_BOOLEAN) && spl_is_finite(field->number)) {
        // -0 becomes 0: both are one value in any log.
        out->number = field->kind == SPL_KIND_BOOLEAN ? field->number != 0 : field->number + 0.0;
    } else {
        out->kind = SPL_KIND_MISSING;
    }
    out->text = text.data;
    out->size = (uint32_t)text.size;
    out->key = spl_value_key(out->kind, out->number, text);
}

bool spl_context_store(spl_context *context, const spl_field *field, bool given)
{
    spl_attribute attribute;
    uint32_t slot = slot_of(context, field->name);
    uint16_t place = context->slots[slot];
    if (place && !given) return false;
    read_value(field, given, &attribute);
    bool missing = attribute.kind == SPL_KIND_MISSING;
    if (!place && missing) return false;
    if (!place && context->count == SPL_ATTRIBUTES_MAX) {
        context->ignored++;
        return false;
    }
    if (!place) place = context->slots[slot] = (uint16_t)++context->count;
    context->items[place - 1] = attribute;
    return missing;
}

void spl_context_drop_missing(spl_context *context)
{
    uint32_t count = context->count;
    context->count = 0;
    memset(context->slots, 0, sizeof context->slots);
    for (uint32_t i = 0; i < count; i++) {
        spl_attribute attribute = context->items[i];
        if (attribute.kind == SPL_KIND_MISSING) continue;
        uint32_t slot = slot_of(context, attribute.name);
        context->items[context->count++] = attribute;
        context->slots[slot] = (uint16_t)context->count;
    }
}

spl_text spl_raw_text(const spl_raw *raw, spl_name_id id)
{
    const spl_field *field = raw->fields[id];
    if (!field || field->kind != SPL_KIND_STRING || !field->text) return SPL_TEXT("");
    return spl_text_cut((spl_text){field->text, field->size}, SPL_TEXT_MAX);
}

double spl_raw_number(const spl_raw *raw, spl_name_id id)
{
    const spl_field *field = raw->fields[id];
    return field && field->kind == SPL_KIND_NUMBER ? field->number : 0.0 / 0.0;
}

static void offer(spl_context *context, spl_name_id id, spl_kind kind, double number, spl_text text)
{
    spl_field field = {
        .name = spl_name_hash_of(id), .number = number, .text = text.data, .size = (uint32_t)text.size, .kind = kind};
    spl_context_store(context, &field, false);
}

void spl_context_offer_text(spl_context *context, spl_name_id id, spl_text text)
{
    if (text.size) offer(context, id, SPL_KIND_STRING, 0, text);
}

void spl_context_offer_number(spl_context *context, spl_name_id id, double number)
{
    offer(context, id, SPL_KIND_NUMBER, number, (spl_text){0});
}

void spl_context_offer_boolean(spl_context *context, spl_name_id id, bool value)
{
    offer(context, id, SPL_KIND_BOOLEAN, value, (spl_text){0});
}
