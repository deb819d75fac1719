// SPDX-License-Identifier: MIT
#include "context_cases.h"
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samplit/hash.h"

static uint64_t hash_of(const char *name, size_t size)
{
    return spl_name_hash((spl_text){name, size});
}

spl_field context_text(const char *name, const char *text)
{
    return (spl_field){
        .name = hash_of(name, strlen(name)), .text = text, .size = (uint32_t)strlen(text), .kind = SPL_KIND_STRING};
}

spl_field context_number(const char *name, double number)
{
    return (spl_field){.name = hash_of(name, strlen(name)), .number = number, .kind = SPL_KIND_NUMBER};
}

spl_field context_boolean(const char *name, double value)
{
    return (spl_field){.name = hash_of(name, strlen(name)), .number = value, .kind = SPL_KIND_BOOLEAN};
}

static int ends_with(const char *name, size_t size, const char *tail)
{
    return size >= strlen(tail) && memcmp(name + size - strlen(tail), tail, strlen(tail)) == 0;
}

context_fields context_parse(const char *text)
{
    context_fields fields = {.count = 0};
    while (*text) {
        size_t line = strcspn(text, "\n"), name = strcspn(text, "=");
        const char *value = text + name + 1;
        assert_true(name < line && fields.count < CONTEXT_FIELDS_MAX);
        spl_field *field = &fields.items[fields.count++];
        *field = (spl_field){
            .name = hash_of(text, name), .text = value, .size = (uint32_t)(line - name - 1), .kind = SPL_KIND_STRING};
        if (*value == '#' || ends_with(text, name, "_ms") || ends_with(text, name, "_minutes")) {
            field->kind = SPL_KIND_NUMBER;
            field->number = strtod(value + (*value == '#'), NULL);
        }
        text += line + (text[line] == '\n');
    }
    return fields;
}

const spl_attribute *context_get(const spl_context *context, const char *name)
{
    return spl_context_find(context, hash_of(name, strlen(name)));
}

static spl_text text_of(const spl_attribute *attribute, char digits[SPL_NUMBER_TEXT_MAX])
{
    if (!attribute) return (spl_text){"", 0};
    if (attribute->kind == SPL_KIND_STRING) return (spl_text){attribute->text, attribute->size};
    if (attribute->kind == SPL_KIND_BOOLEAN) return attribute->number != 0 ? SPL_TEXT("true") : SPL_TEXT("false");
    return (spl_text){digits, spl_number_text(attribute->number, digits)};
}

static void check_attributes(const spl_context *context, const context_case *row)
{
    for (const char *at = row->attributes; *at;) {
        char name[64], digits[SPL_NUMBER_TEXT_MAX];
        size_t name_size = strcspn(at, "="), size = strcspn(at, " ");
        snprintf(name, sizeof name, "%.*s", (int)name_size, at);
        const char *value = at + name_size + 1;
        size_t value_size = size - name_size - 1;
        spl_text found = text_of(context_get(context, name), digits);
        if (found.size != value_size || memcmp(found.data, value, value_size) != 0) {
            fail_msg("%s\n%s is '%.*s', not '%.*s'", row->fields, name, (int)found.size, found.data, (int)value_size,
                     value);
        }
        at += size + (at[size] == ' ');
    }
}

void context_check(const context_case *cases, size_t count)
{
    static spl_context context, again;
    for (size_t i = 0; i < count; i++) {
        context_fields fields = context_parse(cases[i].fields);
        spl_context_build(&context, fields.items, fields.count);
        check_attributes(&context, &cases[i]);

        spl_field replay[SPL_ATTRIBUTES_MAX];
        spl_context_build(&again, replay, context_as_fields(&context, replay));
        if (!context_same(&context, &again)) fail_msg("%s\nbuilding again gives another context", cases[i].fields);
    }
}

size_t context_as_fields(const spl_context *context, spl_field fields[SPL_ATTRIBUTES_MAX])
{
    for (uint32_t i = 0; i < context->count; i++) {
        const spl_attribute *item = &context->items[i];
        fields[i] = (spl_field){
            .name = item->name, .number = item->number, .text = item->text, .size = item->size, .kind = item->kind};
    }
    return context->count;
}

int context_same(const spl_context *a, const spl_context *b)
{
    if (a->count != b->count || spl_context_digest(a) != spl_context_digest(b)) return 0;
    for (uint32_t i = 0; i < a->count; i++) {
        const spl_attribute *x = &a->items[i], *y = spl_context_find(b, x->name);
        if (!y || x->kind != y->kind || x->key != y->key || x->size != y->size) return 0;
        if (memcmp(&x->number, &y->number, sizeof x->number) != 0) return 0;
        if (x->size && memcmp(x->text, y->text, x->size) != 0) return 0;
    }
    return 1;
}
