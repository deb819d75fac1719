// SPDX-License-Identifier: MIT
// Any fields as a context: nothing is read outside, texts lie where they may, the order of
// attributes does not matter to the digest, and building again from the attributes changes nothing.
// A field is a name byte, a kind byte, a length byte and so many bytes of value.
#include <stdlib.h>
#include <string.h>

#include "../../core/src/names.h"
#include "samplit/context.h"
#include "samplit/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELDS = 300 };

static void check(int holds)
{
    if (!holds) abort();
}

static const uint64_t NAMES[] = {
#define NAME(hash, name, role) hash,
    SPL_NAME_LIST(NAME)
#undef NAME
};

// Below the count of known names one of them, above any other.
static spl_field read_field(const uint8_t **data, size_t *size)
{
    const uint8_t *head = *data;
    size_t length = head[2] < *size - 3 ? head[2] : *size - 3;
    spl_field field = {.kind = head[1] % 5, .text = (const char *)head + 3, .size = (uint32_t)length};
    field.name = head[0] < SPL_NAME_COUNT ? NAMES[head[0]] : spl_mix64(head[0] + 256u * head[1]);
    if (length >= sizeof field.number) memcpy(&field.number, head + 3, sizeof field.number);
    if (head[1] == 255) field.text = NULL;
    *data += 3 + length;
    *size -= 3 + length;
    return field;
}

static size_t read_fields(const uint8_t *data, size_t size, spl_field fields[FIELDS])
{
    size_t count = 0;
    while (size >= 3 && count < FIELDS) fields[count++] = read_field(&data, &size);
    return count;
}

static void check_attributes(const spl_context *context)
{
    check(context->count <= SPL_ATTRIBUTES_MAX && context->buffer_used <= sizeof context->buffer);
    for (uint32_t i = 0; i < context->count; i++) {
        const spl_attribute *item = &context->items[i];
        check(item->kind >= SPL_KIND_NUMBER && item->kind <= SPL_KIND_STRING);
        check(spl_context_find(context, item->name) == item);
        check(item->number - item->number == 0);
        spl_text text = {item->text, item->size};
        check(text.size <= SPL_TEXT_MAX && spl_text_is_utf8(text));
        check(item->key == spl_value_key(item->kind, item->number, text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spl_context context, again;
    spl_field fields[FIELDS];
    spl_context_build(&context, fields, read_fields(data, size, fields));
    check_attributes(&context);

    // Backwards, so that the digest's freedom of order is tested as well.
    size_t count = context.count;
    for (size_t i = 0; i < count; i++) {
        const spl_attribute *item = &context.items[count - 1 - i];
        fields[i] = (spl_field){
            .name = item->name, .number = item->number, .text = item->text, .size = item->size, .kind = item->kind};
    }
    spl_context_build(&again, fields, count);
    check_attributes(&again);
    check(again.count == count && again.ignored == 0);
    check(spl_context_digest(&again) == spl_context_digest(&context));
    return 0;
}
