// SPDX-License-Identifier: GPL-3.0-or-later
// A log is mostly strings, so their ends are looked for sixteen bytes at a time. As signed bytes, all
// below the space are the control characters and those beyond ASCII, so one comparison finds both; where
// there is no SSE2 they are looked at one by one. Open containers are chained through the tokens
// themselves (`after` is the parent until the container is closed), which takes the place of a stack.
//
// Blanks at the end are cut off first, and what is left must end in a brace: of all bytes outside
// strings only that one can be the last, so a search for anything else need not ask for the end.
//
// Keys are mostly those of the line before. To compare one with what is expected there is quicker than to look for its
// end, for where the next thing begins is then known without waiting for the bytes.
//
// Not tried: bitmaps of all structural characters first (Langdale & Lemire, "Parsing gigabytes of JSON per second",
// 2019), which need wider vectors than SSE2 to pay, and so a kernel per machine.
#include "json/json_scan.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "json/number.h"

#define NONE UINT32_MAX
#define LOOK_AHEAD 4

// Every function takes the place where it begins and returns the one where it ends, NULL for a mistake: so the place
// stays in a register.
typedef struct scanner {
    const char *start, *end; // end: behind the closing brace
    spl_json_token *tokens;
    uint32_t count, capacity;
    spl_json_token *open; // the innermost container
    char closing;         // its bracket
    spl_json_keys *keys;
    uint32_t next; // of them: the key expected
} scanner;

static bool is_plain(char c)
{
    return (signed char)c >= 0x20 && c != '"' && c != '\\';
}

// The first quote, backslash, control character or byte beyond ASCII.
static inline const char *skip_plain(const char *at, const char *end)
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

static const char *skip_escape(const char *at, const char *end)
{
    if (end - at < 2) return NULL;
    switch (at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return at + 2;
    case 'u': break;
    default: return NULL;
    }
    if (end - at < 6) return NULL;
    for (int i = 2; i < 6; i++) {
        if (!is_hex(at[i])) return NULL;
    }
    return at + 6;
}

// The rest of a string that is not plain, from the first byte that is not; the closing quote.
static const char *skip_marked(const char *start, const char *at, const char *end)
{
    bool ascii = true;
    for (; at && at < end; at = skip_plain(at, end)) {
        if (*at == '"') return ascii || spl_text_is_utf8((spl_text){start, (size_t)(at - start)}) ? at : NULL;
        if (*at == '\\') {
            at = skip_escape(at, end);
            if (!at) return NULL;
        } else if ((signed char)*at < 0) {
            ascii = false;
            at++;
        } else {
            return NULL; // a control character
        }
    }
    return NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline const char *skip_blanks(const char *at)
{
    if ((unsigned char)*at > ' ') return at;
    while (is_blank(*at)) at++;
    return at;
}

// Where the string whose opening quote stands at `at` ends; its token.
static inline const char *take_string(const scanner *s, const char *at, spl_json_token *token, spl_json_kind kind)
{
    const char *start = at + 1, *quote = skip_plain(start, s->end);
    bool plain = quote < s->end && *quote == '"';
    if (!plain) quote = skip_marked(start, quote, s->end);
    if (!quote) return NULL;
    token->start = (uint32_t)(start - s->start);
    token->size = (uint32_t)(quote - start);
    token->kind = kind;
    token->plain = plain;
    return quote + 1;
}

static const char *take_number(const scanner *s, const char *at, spl_json_token *token)
{
    const char *to = spl_number_scan(at, s->end, &token->number);
    if (!to) return NULL;
    token->kind = SPL_JSON_NUMBER;
    token->size = (uint32_t)(to - at);
    return to;
}

static const char *take_word(const scanner *s, const char *at, spl_json_token *token, spl_text word, spl_json_kind kind)
{
    if ((size_t)(s->end - at) < word.size || memcmp(at, word.data, word.size) != 0) return NULL;
    token->kind = kind;
    token->size = (uint32_t)word.size;
    return at + word.size;
}

// Whether the key that was met before stands at `at`, behind the quote.
static inline bool same_key(const scanner *s, const char *at, const spl_json_met *met)
{
    size_t left = (size_t)(s->end - at);
#ifdef __SSE2__
    if (left >= SPL_JSON_KEY_BYTES) {
        const __m128i *text = (const __m128i *)(const void *)at, *key = (const __m128i *)(const void *)met->text;
        int low = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(text), _mm_loadu_si128(key)));
        int high = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(text + 1), _mm_loadu_si128(key + 1)));
        return !(met->bytes & ~((uint32_t)low | (uint32_t)high << 16));
    }
#endif
    return left > met->size && memcmp(at, met->text, met->size + 1u) == 0;
}

// Remembers the key for the lines to come, where it stands among the others.
static void meet(scanner *s, spl_json_token *token)
{
    spl_json_keys *keys = s->keys;
    token->met = SPL_JSON_KEYS;
    if (!token->plain || token->size >= SPL_JSON_KEY_BYTES) return;
    if (keys->count == SPL_JSON_KEYS) return; // until the next line begins anew
    if (s->next > keys->count) s->next = keys->count;
    spl_json_met *met = &keys->met[s->next];
    memmove(met + 1, met, (keys->count++ - s->next) * sizeof *met);
    memcpy(met->text, s->start + token->start, token->size + 1u); // with its closing quote
    met->bytes = UINT32_MAX >> (SPL_JSON_KEY_BYTES - 1 - token->size);
    met->size = (uint8_t)token->size;
    met->tag = 0;
    met->hash = 0;
    token->met = (uint8_t)s->next++;
}

// A key that was met in a line before: the one expected, or one of those that follow if some are missing here.
static inline const char *take_met(scanner *s, const char *at, spl_json_token *token)
{
    const spl_json_keys *keys = s->keys;
    uint32_t last = s->next + LOOK_AHEAD < keys->count ? s->next + LOOK_AHEAD : keys->count;
    for (uint32_t i = s->next; i < last; i++) {
        const spl_json_met *met = &keys->met[i];
        if (!same_key(s, at + 1, met)) continue;
        token->start = (uint32_t)(at + 1 - s->start);
        token->size = met->size;
        token->kind = SPL_JSON_KEY;
        token->plain = true;
        token->met = (uint8_t)i;
        s->next = i + 1;
        return at + 1 + token->size + 1;
    }
    return NULL;
}

// A key and its colon, up to the value.
static inline const char *take_key(scanner *s, const char *at)
{
    if (*at != '"' || s->count == s->capacity) return NULL;
    spl_json_token *token = &s->tokens[s->count++];
    const char *behind = take_met(s, at, token);
    if (!behind) {
        behind = take_string(s, at, token, SPL_JSON_KEY);
        if (!behind) return NULL;
        meet(s, token);
    }
    at = skip_blanks(behind);
    return *at == ':' ? skip_blanks(at + 1) : NULL;
}

// The next entry of the open container, up to its value.
static inline const char *begin_entry(scanner *s, const char *at)
{
    s->open->count++;
    return s->closing == ']' ? at : take_key(s, at);
}

static void set_open(scanner *s, spl_json_token *container)
{
    s->open = container;
    s->closing = container && container->kind == SPL_JSON_OBJECT ? '}' : ']';
}

static const char *close_container(scanner *s, const char *at)
{
    spl_json_token *container = s->open;
    set_open(s, container->after == NONE ? NULL : &s->tokens[container->after]);
    container->after = s->count;
    container->size = (uint32_t)(at + 1 - s->start) - container->start;
    return at + 1;
}

// From behind a value to the next one, past the brackets that close here and a comma; the end of the text behind the
// last one.
static inline const char *next_value(scanner *s, const char *at)
{
    for (;;) {
        at = skip_blanks(at);
        if (*at == ',') return begin_entry(s, skip_blanks(at + 1));
        if (*at != s->closing) return NULL;
        at = close_container(s, at);
        if (!s->open) return at == s->end ? at : NULL;
        if (at == s->end) return NULL;
    }
}

// From an opening bracket to the first value, or to what follows the container if it holds nothing.
static const char *open_container(scanner *s, const char *at, spl_json_token *token, spl_json_kind kind)
{
    token->kind = kind;
    token->count = 0;
    token->after = s->open ? (uint32_t)(s->open - s->tokens) : NONE;
    set_open(s, token);
    if (++at == s->end) return NULL;
    at = skip_blanks(at);
    return *at == s->closing ? next_value(s, at) : begin_entry(s, at);
}

// From a value to the next.
static inline const char *take_value(scanner *s, const char *at)
{
    if (s->count == s->capacity) return NULL;
    spl_json_token *token = &s->tokens[s->count++];
    token->start = (uint32_t)(at - s->start);
    switch (*at) {
    case '"': at = take_string(s, at, token, SPL_JSON_STRING); break;
    case '{': return open_container(s, at, token, SPL_JSON_OBJECT);
    case '[': return open_container(s, at, token, SPL_JSON_ARRAY);
    case 't': at = take_word(s, at, token, SPL_TEXT("true"), SPL_JSON_TRUE); break;
    case 'f': at = take_word(s, at, token, SPL_TEXT("false"), SPL_JSON_FALSE); break;
    case 'n': at = take_word(s, at, token, SPL_TEXT("null"), SPL_JSON_NULL); break;
    default: at = take_number(s, at, token);
    }
    return at ? next_value(s, at) : NULL;
}

bool spl_json_scan(spl_json_line *json)
{
    const char *start = json->text.data, *end = start + json->text.size;
    json->count = 0;
    while (end > start && is_blank(end[-1])) end--;
    if (end == start || end[-1] != '}') return false;
    if (json->keys.count == SPL_JSON_KEYS) json->keys.count = 0;
    scanner s = {.start = start, .end = end, .tokens = json->tokens, .capacity = json->capacity, .keys = &json->keys};
    const char *at = skip_blanks(start);
    if (*at != '{') return false;
    while (at && at < end) at = take_value(&s, at);
    if (!at) return false;
    json->count = s.count;
    return true;
}
