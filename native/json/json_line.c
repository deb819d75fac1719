// SPDX-License-Identifier: GPL-3.0-or-later
// jsmn pairs brackets and finds strings and primitives, but takes `{"a":1 "b":2,}` for good, and
// any word that begins like a primitive. The check walks the tokens in order and asks that between
// two of them stands exactly what the grammar wants there; parent links take the place of a stack.
#define JSMN_STATIC
#include "json/json_line.h"

#include <stdlib.h>
#include <string.h>

#include "json/number.h"

#define FIRST_TOKENS 256

static bool grow_tokens(spl_json_line *json, spl_error *error)
{
    uint32_t capacity = json->capacity ? 2 * json->capacity : FIRST_TOKENS;
    if (capacity > SPL_JSON_TOKENS_MAX) return spl_fail(error, "more than %u values in one line", SPL_JSON_TOKENS_MAX);
    jsmntok_t *tokens = realloc(json->tokens, capacity * sizeof *tokens);
    if (!tokens) return spl_fail(error, "out of memory");
    json->tokens = tokens;
    double *numbers = realloc(json->numbers, capacity * sizeof *numbers);
    if (!numbers) return spl_fail(error, "out of memory");
    json->numbers = numbers;
    json->capacity = capacity;
    return true;
}

static bool grow_scratch(spl_json_line *json, spl_error *error)
{
    json->scratch_used = 0;
    if (json->text.size <= json->scratch_size) return true;
    char *scratch = realloc(json->scratch, json->text.size);
    if (!scratch) return spl_fail(error, "out of memory");
    json->scratch = scratch;
    json->scratch_size = json->text.size;
    return true;
}

static bool tokenize(spl_json_line *json, spl_error *error)
{
    jsmn_parser parser;
    jsmn_init(&parser);
    for (;;) {
        if (json->capacity == 0 || parser.toknext == json->capacity) {
            if (!grow_tokens(json, error)) return false;
        }
        int count = jsmn_parse(&parser, json->text.data, json->text.size, json->tokens, json->capacity);
        if (count == JSMN_ERROR_NOMEM) continue;
        if (count == JSMN_ERROR_PART) return spl_fail(error, "not JSON: it ends too early");
        if (count < 0) return spl_fail(error, "not JSON: a mistake at byte %u", parser.pos + 1);
        json->count = parser.toknext;
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

// Whether any byte is a control character, and whether any is beyond ASCII; eight at a time.
static void survey(spl_text text, bool *control, bool *beyond_ascii)
{
    const uint64_t high = 0x8080808080808080u, space = 0x2020202020202020u;
    uint64_t low_seen = 0, high_seen = 0, word;
    size_t i = 0;
    for (; i + 8 <= text.size; i += 8) {
        memcpy(&word, text.data + i, 8);
        low_seen |= (word - space) & ~word & high; // a byte below 0x20 borrows; one above 0x7F does not count
        high_seen |= word & high;
    }
    for (; i < text.size; i++) {
        low_seen |= (unsigned char)text.data[i] < 0x20;
        high_seen |= (unsigned char)text.data[i] & 0x80;
    }
    *control = low_seen != 0;
    *beyond_ascii = high_seen != 0;
}

static const char *string_mistake(spl_text text)
{
    bool control, beyond_ascii;
    survey(text, &control, &beyond_ascii);
    if (control) return "a control character inside a string";
    if (beyond_ascii && !spl_text_is_utf8(text)) return "not valid UTF-8";
    return NULL;
}

static bool equals(spl_text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

static bool begins_number(char c)
{
    return c == '-' || (c >= '0' && c <= '9');
}

// Keeps the value of a number, for it is known once its grammar is.
static const char *primitive_mistake(spl_text text, double *number)
{
    if (begins_number(text.data[0])) return spl_number_read(text, number) ? NULL : "not a number, or out of range";
    return equals(text, "true") || equals(text, "false") || equals(text, "null") ? NULL : "an unknown word";
}

// What the token itself must be, given where it stands.
static const char *token_mistake(const spl_json_line *json, uint32_t i)
{
    const jsmntok_t *token = &json->tokens[i], *parent = token->parent >= 0 ? &json->tokens[token->parent] : NULL;
    if (!parent) return i > 0 ? "more than one value" : token->type == JSMN_OBJECT ? NULL : "not an object";
    bool key = parent->type == JSMN_OBJECT;
    if (parent->type == JSMN_PRIMITIVE) return "a colon after a value";
    if (key && (token->type != JSMN_STRING || token->size != 1)) return "a key without a value";
    if (!key && token->type == JSMN_STRING && token->size != 0) return "a value where no key is";
    if (token->type == JSMN_STRING) return string_mistake(spl_json_raw(json, i));
    return token->type == JSMN_PRIMITIVE ? primitive_mistake(spl_json_raw(json, i), &json->numbers[i]) : NULL;
}

// Closes containers from `open` up to `parent`, whose closing brackets must stand next.
static const char *close_containers(const spl_json_line *json, int open, int parent, size_t *at)
{
    for (; open != parent; open = json->tokens[open].parent) {
        if (open < 0) return "brackets that do not match";
        if (json->tokens[open].type == JSMN_STRING) continue; // a key ends with its value
        if (!passes(json->text, at, json->tokens[open].type == JSMN_OBJECT ? '}' : ']'))
            return "a comma or a closing bracket is missing";
    }
    return NULL;
}

// The text between the token before and this one. `open` is the innermost container or key, and
// `empty` says that nothing stands in it yet.
static const char *gap_mistake(const spl_json_line *json, uint32_t i, int open, bool empty, size_t *at)
{
    const jsmntok_t *token = &json->tokens[i];
    if (token->parent >= 0) {
        const char *mistake = close_containers(json, open, token->parent, at);
        if (mistake) return mistake;
        bool value_of_key = json->tokens[token->parent].type == JSMN_STRING;
        if (value_of_key && !passes(json->text, at, ':')) return "a colon is missing";
        bool first = empty && open == token->parent;
        if (!value_of_key && !first && !passes(json->text, at, ',')) return "a comma is missing";
    }
    while (*at < json->text.size && is_blank(json->text.data[*at])) ++*at;
    size_t start = (size_t)token->start - (token->type == JSMN_STRING);
    return *at == start ? NULL : "something stands where a value should";
}

// The name of the object's field that holds token i, for the error.
static bool fail_under_field(const spl_json_line *json, uint32_t i, size_t at, const char *mistake, spl_error *error)
{
    while (i < json->count && json->tokens[i].parent > 0) i = (uint32_t)json->tokens[i].parent;
    char name[64] = "";
    if (i > 0 && i < json->count && json->tokens[i].type == JSMN_STRING) {
        spl_text key = spl_text_cut(spl_json_raw(json, i), sizeof name - 1);
        if (spl_text_is_utf8(key)) memcpy(name, key.data, key.size);
    }
    return spl_fail_field(error, name, "not JSON: %s, at byte %zu", mistake, at + 1);
}

static bool check(const spl_json_line *json, spl_error *error)
{
    size_t at = 0;
    int open = -1;
    bool empty = true;
    for (uint32_t i = 0; i < json->count; i++) {
        const jsmntok_t *token = &json->tokens[i];
        const char *mistake = token_mistake(json, i);
        if (mistake) return fail_under_field(json, i, (size_t)token->start, mistake, error);
        mistake = gap_mistake(json, i, open, empty, &at);
        if (mistake) return fail_under_field(json, i, at, mistake, error);

        bool container = token->type == JSMN_OBJECT || token->type == JSMN_ARRAY;
        bool holds = container || token->size > 0;
        at = container ? (size_t)token->start + 1 : (size_t)token->end + (token->type == JSMN_STRING);
        open = holds ? (int)i : token->parent;
        empty = container;
    }
    if (json->count == 0) return spl_fail(error, "not JSON: nothing there");
    const char *mistake = close_containers(json, open, -1, &at);
    while (at < json->text.size && is_blank(json->text.data[at])) at++;
    if (!mistake && at < json->text.size) mistake = "something stands after the object";
    return !mistake || fail_under_field(json, 0, at, mistake, error);
}

bool spl_json_line_read(spl_json_line *json, spl_text text, spl_error *error)
{
    if (text.size > SPL_JSON_BYTES_MAX) return spl_fail(error, "longer than %u bytes", SPL_JSON_BYTES_MAX);
    json->text = text;
    json->count = 0;
    return grow_scratch(json, error) && tokenize(json, error) && check(json, error);
}

void spl_json_line_free(spl_json_line *json)
{
    free(json->tokens);
    free(json->numbers);
    free(json->scratch);
    *json = (spl_json_line){0};
}

uint32_t spl_json_after(const spl_json_line *json, uint32_t token)
{
    if (json->tokens[token].type == JSMN_STRING && json->tokens[token].size == 1) token++; // a key: its value
    int end = json->tokens[token].end;
    uint32_t next = token + 1;
    while (next < json->count && json->tokens[next].start < end) next++;
    return next;
}

spl_text spl_json_raw(const spl_json_line *json, uint32_t token)
{
    const jsmntok_t *t = &json->tokens[token];
    return (spl_text){json->text.data + t->start, (size_t)(t->end - t->start)};
}

static uint32_t hex4(const char *digits)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = digits[i];
        value = value << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static char *put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        *out++ = (char)c;
        return out;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0, 0xC0, 0xE0, 0xF0};
    *out++ = (char)(lead[more] | c >> 6 * more);
    while (more-- > 0) *out++ = (char)(0x80 | (c >> 6 * more & 0x3F));
    return out;
}

// The code point of the \u escape(s) at *at, just behind the "\u"; UINT32_MAX for half a pair.
static uint32_t unicode_escape(const char **at, const char *end)
{
    uint32_t c = hex4(*at);
    *at += 4;
    if (c < 0xD800 || c > 0xDFFF) return c;
    if (c > 0xDBFF || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u') return UINT32_MAX;
    uint32_t low = hex4(*at + 2);
    *at += 6;
    return low < 0xDC00 || low > 0xDFFF ? UINT32_MAX : 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
}

static char short_escape(char c)
{
    switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c; // the quote, the slash and the backslash; jsmn lets nothing else through
    }
}

// The unescaped text is never longer than the raw one, and all raw ones together fit in scratch.
static bool unescape(spl_json_line *json, spl_text raw, spl_text *out)
{
    char *start = json->scratch + json->scratch_used, *to = start;
    const char *at = raw.data, *end = at + raw.size;
    while (at < end) {
        const char *slash = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((slash ? slash : end) - at);
        memcpy(to, at, plain);
        to += plain;
        if (!slash) break;
        at = slash + 2;
        if (slash[1] != 'u') {
            *to++ = short_escape(slash[1]);
            continue;
        }
        uint32_t c = unicode_escape(&at, end);
        if (c == UINT32_MAX) return false;
        to = put_utf8(to, c);
    }
    *out = (spl_text){start, (size_t)(to - start)};
    json->scratch_used += out->size;
    return true;
}

bool spl_json_string(spl_json_line *json, uint32_t token, spl_text *out)
{
    if (json->tokens[token].type != JSMN_STRING) return false;
    spl_text raw = spl_json_raw(json, token);
    if (raw.size > 0 && memchr(raw.data, '\\', raw.size)) return unescape(json, raw, out);
    *out = raw;
    return true;
}

bool spl_json_number(const spl_json_line *json, uint32_t token, double *out)
{
    if (json->tokens[token].type != JSMN_PRIMITIVE) return false;
    bool number = begins_number(json->text.data[json->tokens[token].start]);
    if (number) *out = json->numbers[token];
    return number;
}

bool spl_json_is_null(const spl_json_line *json, uint32_t token)
{
    return json->tokens[token].type == JSMN_PRIMITIVE && json->text.data[json->tokens[token].start] == 'n';
}

bool spl_json_boolean(const spl_json_line *json, uint32_t token, bool *out)
{
    if (json->tokens[token].type != JSMN_PRIMITIVE) return false;
    char c = json->text.data[json->tokens[token].start];
    if (c == 't' || c == 'f') *out = c == 't';
    return c == 't' || c == 'f';
}
