// SPDX-License-Identifier: GPL-3.0-or-later
// jsmn pairs brackets and finds strings and primitives, but takes `{"a":1 "b":2,}` for good, and
// any word that begins like a primitive. The check walks the tokens in order and asks that between
// two of them stands exactly what the grammar wants there; parent links take the place of a stack.
#include "json/json_mistake.h"

#include <stdlib.h>
#include <string.h>

#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#define JSMN_STRICT
#include <jsmn.h>

#include "json/json_line.h"
#include "json/number.h"

#define FIRST_TOKENS 256

typedef struct jsmn_document {
    spl_text text;
    uint32_t count, capacity;
    jsmntok_t *tokens;
} jsmn_document;

static spl_text raw_text(const jsmn_document *d, uint32_t token)
{
    const jsmntok_t *t = &d->tokens[token];
    return (spl_text){d->text.data + t->start, (size_t)(t->end - t->start)};
}

static bool grow_tokens(jsmn_document *d, spl_error *error)
{
    uint32_t capacity = d->capacity ? 2 * d->capacity : FIRST_TOKENS;
    if (capacity > SPL_JSON_TOKENS_MAX) return spl_fail(error, "more than %u values in one line", SPL_JSON_TOKENS_MAX);
    jsmntok_t *tokens = realloc(d->tokens, capacity * sizeof *tokens);
    if (!tokens) return spl_fail(error, "out of memory");
    d->tokens = tokens;
    d->capacity = capacity;
    return true;
}

static bool tokenize(jsmn_document *d, spl_error *error)
{
    jsmn_parser parser;
    jsmn_init(&parser);
    for (;;) {
        if (d->capacity == 0 || parser.toknext == d->capacity) {
            if (!grow_tokens(d, error)) return false;
        }
        int count = jsmn_parse(&parser, d->text.data, d->text.size, d->tokens, d->capacity);
        if (count == JSMN_ERROR_NOMEM) continue;
        if (count == JSMN_ERROR_PART) return spl_fail(error, "not JSON: it ends too early");
        if (count < 0) return spl_fail(error, "not JSON: a mistake at byte %u", parser.pos + 1);
        d->count = parser.toknext;
        return true;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Moves *at past blanks and then past `wanted`.
static bool passes(spl_text text, size_t *at, char wanted)
{
    while (*at < text.size && is_blank(text.data[*at])) ++*at;
    if (*at >= text.size || text.data[*at] != wanted) return false;
    ++*at;
    return true;
}

static const char *string_mistake(spl_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] < 0x20) return "a control character inside a string";
    }
    return spl_text_is_utf8(text) ? NULL : "not valid UTF-8";
}

static bool equals(spl_text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

static bool begins_number(char c)
{
    return c == '-' || (c >= '0' && c <= '9');
}

static const char *primitive_mistake(spl_text text)
{
    double number;
    if (begins_number(text.data[0])) return spl_number_read(text, &number) ? NULL : "not a number, or out of range";
    return equals(text, "true") || equals(text, "false") || equals(text, "null") ? NULL : "an unknown word";
}

// What the token itself must be, given where it stands.
static const char *token_mistake(const jsmn_document *d, uint32_t i)
{
    const jsmntok_t *token = &d->tokens[i], *parent = token->parent >= 0 ? &d->tokens[token->parent] : NULL;
    if (!parent) return i > 0 ? "more than one value" : token->type == JSMN_OBJECT ? NULL : "not an object";
    bool key = parent->type == JSMN_OBJECT;
    if (parent->type == JSMN_PRIMITIVE) return "a colon after a value";
    if (key && (token->type != JSMN_STRING || token->size != 1)) return "a key without a value";
    if (!key && token->type == JSMN_STRING && token->size != 0) return "a value where no key is";
    if (token->type == JSMN_STRING) return string_mistake(raw_text(d, i));
    return token->type == JSMN_PRIMITIVE ? primitive_mistake(raw_text(d, i)) : NULL;
}

// Closes containers from `open` up to `parent`, whose closing brackets must stand next.
static const char *close_containers(const jsmn_document *d, int open, int parent, size_t *at)
{
    for (; open != parent; open = d->tokens[open].parent) {
        if (open < 0) return "brackets that do not match";
        if (d->tokens[open].type == JSMN_STRING) continue; // a key ends with its value
        if (!passes(d->text, at, d->tokens[open].type == JSMN_OBJECT ? '}' : ']'))
            return "a comma or a closing bracket is missing";
    }
    return NULL;
}

// The text between the token before and this one. `open` is the innermost container or key, and
// `empty` says that nothing stands in it yet.
static const char *gap_mistake(const jsmn_document *d, uint32_t i, int open, bool empty, size_t *at)
{
    const jsmntok_t *token = &d->tokens[i];
    if (token->parent >= 0) {
        const char *mistake = close_containers(d, open, token->parent, at);
        if (mistake) return mistake;
        bool value_of_key = d->tokens[token->parent].type == JSMN_STRING;
        if (value_of_key && !passes(d->text, at, ':')) return "a colon is missing";
        bool first = empty && open == token->parent;
        if (!value_of_key && !first && !passes(d->text, at, ',')) return "a comma is missing";
    }
    while (*at < d->text.size && is_blank(d->text.data[*at])) ++*at;
    size_t start = (size_t)token->start - (token->type == JSMN_STRING);
    return *at == start ? NULL : "something stands where a value should";
}

// The name of the object's field that holds token i, for the error.
static bool fail_under_field(const jsmn_document *d, uint32_t i, size_t at, const char *mistake, spl_error *error)
{
    while (i < d->count && d->tokens[i].parent > 0) i = (uint32_t)d->tokens[i].parent;
    char name[64] = "";
    if (i > 0 && i < d->count && d->tokens[i].type == JSMN_STRING) {
        spl_text key = spl_text_cut(raw_text(d, i), sizeof name - 1);
        if (spl_text_is_utf8(key)) memcpy(name, key.data, key.size);
    }
    return spl_fail_field(error, name, "not JSON: %s, at byte %zu", mistake, at + 1);
}

static bool check(const jsmn_document *d, spl_error *error)
{
    size_t at = 0;
    int open = -1;
    bool empty = true;
    for (uint32_t i = 0; i < d->count; i++) {
        const jsmntok_t *token = &d->tokens[i];
        const char *mistake = token_mistake(d, i);
        if (mistake) return fail_under_field(d, i, (size_t)token->start, mistake, error);
        mistake = gap_mistake(d, i, open, empty, &at);
        if (mistake) return fail_under_field(d, i, at, mistake, error);

        bool container = token->type == JSMN_OBJECT || token->type == JSMN_ARRAY;
        bool holds = container || token->size > 0;
        at = container ? (size_t)token->start + 1 : (size_t)token->end + (token->type == JSMN_STRING);
        open = holds ? (int)i : token->parent;
        empty = container;
    }
    if (d->count == 0) return spl_fail(error, "not JSON: nothing there");
    const char *mistake = close_containers(d, open, -1, &at);
    while (at < d->text.size && is_blank(d->text.data[at])) at++;
    if (!mistake && at < d->text.size) mistake = "something stands after the object";
    return !mistake || fail_under_field(d, 0, at, mistake, error);
}

bool spl_json_mistake(spl_text text, spl_error *error)
{
    jsmn_document d = {.text = text};
    bool good = tokenize(&d, error) && check(&d, error);
    free(d.tokens);
    return !good;
}
