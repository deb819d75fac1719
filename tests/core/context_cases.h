// SPDX-License-Identifier: MIT
// Contexts written as text, so that rules are tested by tables.
#ifndef SAMPLIT_CONTEXT_CASES_H
#define SAMPLIT_CONTEXT_CASES_H

#include <stddef.h>

#include "samplit/context.h"

// One rule at work. `fields` is lines "name=text"; of the names in ms and minutes, and of texts
// behind "#", the number is meant. `attributes` is "name=value name=value"; a value is in
// spl_number_text's form for numbers, true or false for booleans, and empty for "is not there".
typedef struct context_case {
    const char *fields;
    const char *attributes;
} context_case;

#define CONTEXT_FIELDS_MAX 32

typedef struct context_fields {
    spl_field items[CONTEXT_FIELDS_MAX];
    size_t count;
} context_fields;

// The fields point into the text.
context_fields context_parse(const char *text);

spl_field context_text(const char *name, const char *text);
spl_field context_number(const char *name, double number);
spl_field context_boolean(const char *name, double value);

// The attribute of that name, or NULL.
const spl_attribute *context_get(const spl_context *context, const char *name);

// Fails the test with the case's text if an attribute differs. Also builds again from the
// attributes and compares, since that must hold for every context.
void context_check(const context_case *cases, size_t count);

// The attributes as fields, as a log would give them back.
size_t context_as_fields(const spl_context *context, spl_field fields[SPL_ATTRIBUTES_MAX]);

// Whether both hold the same attributes, in any order.
int context_same(const spl_context *a, const spl_context *b);

#endif
