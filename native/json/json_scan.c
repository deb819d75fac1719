// SPDX-License-Identifier: GPL-3.0-or-later
// A log is mostly strings, so their ends are looked for sixteen bytes at a time. As signed bytes, all
// below the space are the control characters and those beyond ASCII, so one comparison finds both; where
// there is no SSE2 a table does the same byte by byte. Open containers are chained through the tokens
// themselves (`after` is the parent until the container is closed), which takes the place of a stack.
//
// Blanks at the end are cut off first, and what is left must end in a brace: of all bytes outside
// strings only that one can be the last, so a search for anything else need not ask for the end.
//
// Rejected: bitmaps of all structural characters first (Langdale & Lemire, "Parsing gigabytes of JSON per
// second", 2019). With SSE2 alone they cost as much as they save on lines of less than a kilobyte.
#include "json/json_scan.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "json/number.h"

#define NONE UINT32_MAX

typedef struct scanner {
    const char *at, *end; // end: behind the closing brace
    const char *start;
    spl_json_token *tokens;
    uint32_t count, capacity;
    uint32_t open; // the innermost container
} scanner;

static bool is_plain(char c)
{
    return (signed char)c >= 0x20 && c != '"' && c != '\\';
}

// The first quote, backslash, control character or byte beyond ASCII.
static const char *skip_plain(const char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), space = _mm_set1_epi8(' ');
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, slash));
        int found = _mm_movemask_epi8(_mm_or_si128(marks, _mm_cmplt_epi8(bytes, space)));
        if (found) return at + __builtin_ctz((unsigned)found);
    }
#endif
    while (at < end && is_plain(*at)) at++;
    return at;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Where the escape at `at` ends, NULL if it is none.
static const char *skip_escape(const char *at, const char *end)
{
    if (end - at < 2 || !at[1]) return NULL;
    if (at[1] != 'u') return strchr("\"\\/bfnrt", at[1]) ? at + 2 : NULL;
    if (end - at < 6) return NULL;
    for (int i = 2; i < 6; i++) {
        if (!is_hex(at[i])) return NULL;
    }
    return at + 6;
}

// The quote that ends the string which begins at `start`, NULL if the string is wrong.
static const char *string_end(const char *start, const char *end, bool *escaped)
{
    bool ascii = true;
    *escaped = false;
    for (const char *at = start;;) {
        at = skip_plain(at, end);
        if (at == end) return NULL;
        if (*at == '"') return ascii || spl_text_is_utf8((spl_text){start, (size_t)(at - start)}) ? at : NULL;
        if ((signed char)*at < 0) {
            ascii = false;
            at++;
        } else if (*at == '\\') {
            *escaped = true;
            at = skip_escape(at, end);
            if (!at) return NULL;
        } else {
            return NULL; // a control character
        }
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(scanner *s)
{
    while (is_blank(*s->at)) s->at++;
}

static bool take_string(scanner *s, spl_json_token *token, spl_json_kind kind)
{
    bool escaped;
    const char *start = s->at + 1, *quote = string_end(start, s->end, &escaped);
    if (!quote) return false;
    token->start = (uint32_t)(start - s->start);
    token->size = (uint32_t)(quote - start);
    token->kind = kind;
    token->escaped = escaped;
    s->at = quote + 1;
    return true;
}

static bool take_number(scanner *s, spl_json_token *token)
{
    const char *to = spl_number_scan(s->at, s->end, &token->number);
    if (!to) return false;
    token->kind = SPL_JSON_NUMBER;
    token->size = (uint32_t)(to - s->at);
    s->at = to;
    return true;
}

static bool take_word(scanner *s, spl_json_token *token, spl_text word, spl_json_kind kind)
{
    if ((size_t)(s->end - s->at) < word.size || memcmp(s->at, word.data, word.size) != 0) return false;
    token->kind = kind;
    token->size = (uint32_t)word.size;
    s->at += word.size;
    return true;
}

static bool open_container(scanner *s, spl_json_token *token, spl_json_kind kind)
{
    token->kind = kind;
    token->count = 0;
    token->after = s->open;
    s->open = (uint32_t)(token - s->tokens);
    s->at++;
    return true;
}

// The value that begins at `at`; of a container only the bracket.
static bool take_value(scanner *s)
{
    if (s->count == s->capacity) return false;
    spl_json_token *token = &s->tokens[s->count++];
    token->start = (uint32_t)(s->at - s->start);
    switch (*s->at) {
    case '"': return take_string(s, token, SPL_JSON_STRING);
    case '{': return open_container(s, token, SPL_JSON_OBJECT);
    case '[': return open_container(s, token, SPL_JSON_ARRAY);
    case 't': return take_word(s, token, SPL_TEXT("true"), SPL_JSON_TRUE);
    case 'f': return take_word(s, token, SPL_TEXT("false"), SPL_JSON_FALSE);
    case 'n': return take_word(s, token, SPL_TEXT("null"), SPL_JSON_NULL);
    default: return take_number(s, token);
    }
}

// A key and its colon.
static bool take_key(scanner *s)
{
    if (*s->at != '"' || s->count == s->capacity) return false;
    if (!take_string(s, &s->tokens[s->count++], SPL_JSON_KEY)) return false;
    skip_blanks(s);
    if (*s->at != ':') return false;
    s->at++;
    skip_blanks(s);
    return true;
}

// The next entry of the open container, up to its value.
static bool begin_entry(scanner *s)
{
    spl_json_token *container = &s->tokens[s->open];
    container->count++;
    return container->kind == SPL_JSON_ARRAY || take_key(s);
}

static char closing(const scanner *s)
{
    return s->tokens[s->open].kind == SPL_JSON_OBJECT ? '}' : ']';
}

static void close_container(scanner *s)
{
    spl_json_token *container = &s->tokens[s->open];
    s->open = container->after;
    container->after = s->count;
    s->at++;
    container->size = (uint32_t)(s->at - s->start) - container->start;
}

// From behind a value to the next one: past the brackets that close here and a comma. *done says that the line's
// object was closed.
static bool next_value(scanner *s, bool *done)
{
    for (;;) {
        if (s->open == NONE) return *done = true;
        if (s->at == s->end) return false;
        skip_blanks(s);
        if (*s->at == ',') break;
        if (*s->at != closing(s)) return false;
        close_container(s);
    }
    s->at++;
    skip_blanks(s);
    return begin_entry(s);
}

// Behind an opening bracket: the first entry, if there is one.
static bool first_value(scanner *s, bool *empty)
{
    if (s->at == s->end) return false;
    skip_blanks(s);
    *empty = *s->at == closing(s);
    return *empty || begin_entry(s);
}

static bool scan(scanner *s)
{
    bool done = false;
    while (!done) {
        uint32_t before = s->open;
        bool empty = true;
        if (!take_value(s)) return false;
        if (s->open != before && !first_value(s, &empty)) return false;
        if (empty && !next_value(s, &done)) return false;
    }
    return s->at == s->end;
}

bool spl_json_scan(spl_json_line *json)
{
    const char *start = json->text.data, *end = start + json->text.size;
    json->count = 0;
    while (end > start && is_blank(end[-1])) end--;
    if (end == start || end[-1] != '}') return false;
    scanner s = {start, end, start, json->tokens, 0, json->capacity, NONE};
    skip_blanks(&s);
    if (*s.at != '{' || !scan(&s)) return false;
    json->count = s.count;
    return true;
}
