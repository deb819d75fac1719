// SPDX-License-Identifier: MIT
// A host is looked up with all its parents: "l.facebook.com" asks for com, facebook.com and
// l.facebook.com. A second pass leaves the top-level domain out and asks for "facebook." and
// "l.facebook.".
#include "referrer.h"

#include <string.h>

spl_text spl_medium_text(spl_medium medium)
{
    static const char TEXTS[SPL_MEDIUM_COUNT][10] = {
        [SPL_MEDIUM_UNKNOWN] = "unknown",
        [SPL_MEDIUM_NONE] = "none",
        [SPL_MEDIUM_REFERRAL] = "referral",
        [SPL_MEDIUM_ORGANIC] = "organic",
        [SPL_MEDIUM_SOCIAL] = "social",
        [SPL_MEDIUM_EMAIL] = "email",
        [SPL_MEDIUM_AI] = "ai",
        [SPL_MEDIUM_CPC] = "cpc",
        [SPL_MEDIUM_DISPLAY] = "display",
        [SPL_MEDIUM_AFFILIATE] = "affiliate",
    };
    return (spl_text){TEXTS[medium], strlen(TEXTS[medium])};
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static void copy_lower(spl_text text, char *out)
{
    for (size_t i = 0; i < text.size; i++) out[i] = lower(text.data[i]);
}

// "com.google.android.gm" becomes "gm.android.google.com".
static void copy_reversed(spl_text text, char *out)
{
    size_t end = text.size;
    for (size_t i = text.size; i-- > 0;) {
        if (i > 0 && text.data[i - 1] != '.') continue;
        copy_lower((spl_text){text.data + i, end - i}, out);
        out += end - i;
        if (i > 0) *out++ = '.', end = i - 1;
    }
}

spl_text spl_host_normalise(spl_text host, bool reversed, char out[SPL_HOST_MAX])
{
    if (!host.size || host.size > SPL_HOST_MAX) return (spl_text){0};
    if (reversed)
        copy_reversed(host, out);
    else
        copy_lower(host, out);
    bool www = host.size > 4 && memcmp(out, "www.", 4) == 0;
    return www ? (spl_text){out + 4, host.size - 4} : (spl_text){out, host.size};
}

// A row is a digit, the host, and "=source" or nothing.
static size_t key_size(const char *row)
{
    size_t n = 1;
    while (row[n] && row[n] != '=') n++;
    return n - 1;
}

static const char *find_row(const char *host, size_t size)
{
    uint32_t bucket = spl_host_bucket(host);
    const char *row = spl_known_hosts + spl_host_starts[bucket], *end = spl_known_hosts + spl_host_starts[bucket + 1];
    while (row < end) {
        size_t n = 0;
        while (n < size && row[n + 1] && row[n + 1] == host[n]) n++;
        if (n == size && (!row[n + 1] || row[n + 1] == '=')) return row;
        row += n + 1;
        while (*row++) {
        }
    }
    return NULL;
}

// Where the label that ends before `end` begins.
static size_t label_start(spl_text host, size_t end)
{
    while (end > 0 && host.data[end - 1] != '.') end--;
    return end;
}

// The row of the longest tail of the text that begins a label. Of a host, the last label alone is in no row; a source
// of one label may be.
static const char *find_longest(spl_text text)
{
    size_t last = label_start(text, text.size);
    for (size_t i = 0; i < text.size && (i == 0 || i < last); i++) {
        if (i > 0 && text.data[i - 1] != '.') continue;
        const char *row = find_row(text.data + i, text.size - i);
        if (row) return row;
    }
    return NULL;
}

// "mail.google." of "mail.google.com" and of "mail.google.co.uk": before a country, a label of up to
// three letters is the registry's.
static spl_text without_top_level(spl_text host)
{
    size_t top = label_start(host, host.size);
    if (top > 0 && host.size - top == 2) {
        size_t second = label_start(host, top - 1);
        if (second > 0 && top - 1 - second <= 3) top = second;
    }
    return (spl_text){host.data, top};
}

static spl_text row_source(const char *row)
{
    const char *equals = row + 1 + key_size(row), *source = *equals ? equals + 1 : row + 1;
    size_t size = 0;
    while (source[size] && source[size] != '.') size++;
    return (spl_text){source, size};
}

bool spl_referrer_find(spl_text host, spl_referrer *referrer)
{
    const char *row = find_longest(host);
    if (!row) row = find_longest(without_top_level(host));
    if (!row) return false;
    referrer->medium = (spl_medium)(*row - '0');
    referrer->source = referrer->medium == SPL_MEDIUM_REFERRAL ? host : row_source(row);
    return true;
}

// What a label says about the host it stands in.
static spl_medium medium_of_label(spl_text label)
{
    static const struct {
        char text[10];
        uint8_t medium;
    } LABELS[] = {
        {"websearch", SPL_MEDIUM_ORGANIC}, {"suche", SPL_MEDIUM_ORGANIC},    {"recherche", SPL_MEDIUM_ORGANIC},
        {"busca", SPL_MEDIUM_ORGANIC},     {"buscador", SPL_MEDIUM_ORGANIC}, {"pesquisa", SPL_MEDIUM_ORGANIC},
        {"ricerca", SPL_MEDIUM_ORGANIC},   {"szukaj", SPL_MEDIUM_ORGANIC},   {"hledani", SPL_MEDIUM_ORGANIC},
        {"mail", SPL_MEDIUM_EMAIL},        {"webmail", SPL_MEDIUM_EMAIL},    {"email", SPL_MEDIUM_EMAIL},
    };
    if (label.size >= 6 && memcmp(label.data, "search", 6) == 0) return SPL_MEDIUM_ORGANIC;
    for (size_t i = 0; i < sizeof LABELS / sizeof *LABELS; i++) {
        if (label.size == strlen(LABELS[i].text) && memcmp(label.data, LABELS[i].text, label.size) == 0)
            return LABELS[i].medium;
    }
    return SPL_MEDIUM_REFERRAL;
}

static size_t label_end(spl_text host, size_t start)
{
    while (start < host.size && host.data[start] != '.') start++;
    return start;
}

spl_referrer spl_referrer_read(spl_text host)
{
    spl_referrer referrer = {host, SPL_MEDIUM_REFERRAL};
    if (spl_referrer_find(host, &referrer)) return referrer;

    // The label must stand before a domain: "search.com" is a site of its own.
    size_t start = 0, end = label_end(host, 0), next = label_end(host, end + 1);
    for (; next < host.size; start = end + 1, end = next, next = label_end(host, end + 1)) {
        spl_medium medium = medium_of_label((spl_text){host.data + start, end - start});
        if (medium == SPL_MEDIUM_REFERRAL) continue;
        return (spl_referrer){{host.data + end + 1, next - end - 1}, medium};
    }
    return referrer;
}
