// SPDX-License-Identifier: GPL-3.0-or-later
// Two readers stand behind this. The scan (json_scan.h) is fast and says only yes or no; what it refuses is read
// once more by one that is slow and says why (json_mistake.h). Bad lines are few, or the log is not worth the time.
#include "json/json_line.h"

#include <stdlib.h>
#include <string.h>

#include "json/json_mistake.h"
#include "json/json_scan.h"

// Every token takes two bytes at least: its own and a comma, a colon or its closing bracket.
static bool grow_tokens(spl_json_line *json, spl_error *error)
{
    size_t most = json->text.size / 2 + 1;
    uint32_t capacity = most < SPL_JSON_TOKENS_MAX ? (uint32_t)most : SPL_JSON_TOKENS_MAX;
    if (capacity <= json->capacity) return true;
    spl_json_token *tokens = realloc(json->tokens, capacity * sizeof *tokens);
    if (!tokens) return spl_fail(error, "out of memory");
    json->tokens = tokens;
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

bool spl_json_line_read(spl_json_line *json, spl_text text, spl_error *error)
{
    if (text.size > SPL_JSON_BYTES_MAX) return spl_fail(error, "longer than %u bytes", SPL_JSON_BYTES_MAX);
    json->text = text;
    json->count = 0;
    if (!grow_scratch(json, error) || !grow_tokens(json, error)) return false;
    if (spl_json_scan(json)) return true;
    return spl_json_mistake(text, error) ? false : spl_fail(error, "not JSON");
}

void spl_json_line_free(spl_json_line *json)
{
    free(json->tokens);
    free(json->scratch);
    *json = (spl_json_line){0};
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
    default: return c; // the quote, the slash and the backslash; the scan lets nothing else through
    }
}

// The unescaped text is never longer, and all raw ones together fit in scratch.
bool spl_json_unescape(spl_json_line *json, spl_text raw, spl_text *out)
{
    char *start = json->scratch + json->scratch_used, *to = start;
    const char *at = raw.data, *end = at + raw.size;
    *out = raw;
    if (!memchr(at, '\\', raw.size)) return true; // beyond ASCII, but as it stands
    while (at < end) {
        if (*at != '\\') {
            *to++ = *at++;
            continue;
        }
        at += 2;
        if (at[-1] != 'u') {
            *to++ = short_escape(at[-1]);
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
