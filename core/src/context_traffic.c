// SPDX-License-Identifier: MIT
// Where a visitor came from, in the words of Google Analytics: `source` is the sender, `medium` the
// way. As there, tags that the sender wrote into the link count most, then click ids that an ad
// network added, then the referrer; nothing of all this is a direct visit. A message that is about to
// be sent has no link yet: its list or app is the source, its channel the medium.
#include "context_raw.h"

#include <string.h>

#include "referrer.h"
#include "samplit/hash.h"
#include "url.h"

#define VALUE_MAX 128 // bytes of one decoded value that are kept
#define KEY_MAX 16    // bytes of the longest URL parameter

_Static_assert(sizeof(((spl_context *)0)->buffer) >= 7 * VALUE_MAX + 4 + SPL_HOST_MAX + 2 + 3,
               "seven tags, a host, a country and a language fit");

// The parameters of the visit: fields given as such win over the query of the page.
typedef struct visit {
    spl_context *context;
    const spl_raw *raw;
    spl_text page;                  // the URL
    spl_text query[SPL_NAME_COUNT]; // by spl_name_id, still encoded
    uint32_t click;                 // the greatest spl_name_role of a click id, or 0
} visit;

// Of ASCII alone; `out` may be where the text is.
static void copy_lower(spl_text text, char *out)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
}

// Parameter names are short and in lower case, so that a hash finds them.
static uint32_t parameter_id(spl_text key)
{
    char name[KEY_MAX];
    if (key.size > KEY_MAX) return SPL_NAME_COUNT;
    copy_lower(key, name);
    uint32_t id = spl_name_find(spl_xxh64(name, key.size, 0));
    if (id == SPL_NAME_COUNT) return id;
    uint32_t role = spl_name_roles[id];
    return role == SPL_NAME_PARAMETER || role > SPL_NAME_PUSH ? id : SPL_NAME_COUNT;
}

// Of a repeated parameter the first value counts, as in URLSearchParams.get.
static void read_query(visit *v)
{
    spl_text query = spl_url_query(v->page), key, value;
    while (spl_url_parameter(&query, &key, &value)) {
        uint32_t id = parameter_id(key);
        if (id == SPL_NAME_COUNT || v->query[id].data) continue;
        v->query[id] = value;
        uint32_t role = spl_name_roles[id];
        if (value.size && role > SPL_NAME_PUSH && role > v->click) v->click = role;
    }
}

static spl_text trim(spl_text text)
{
    while (text.size && (uint8_t)text.data[0] <= ' ') text = (spl_text){text.data + 1, text.size - 1};
    while (text.size && (uint8_t)text.data[text.size - 1] <= ' ') text.size--;
    return text;
}

// The value of a tag: decoded, in lower case, trimmed and cut, in the context's buffer.
static spl_text tag(visit *v, spl_name_id id)
{
    char digits[SPL_NUMBER_TEXT_MAX], *out = v->context->buffer + v->context->buffer_used;
    spl_text value = spl_raw_text(v->raw, id);
    double number = spl_raw_number(v->raw, id); // a campaign called 2026, read from JSON
    if (number == number) {
        size_t size = spl_number_text(number, digits);
        if (*digits != 'x') value = (spl_text){digits, size};
    }
    if (!value.size) value = (spl_text){out, spl_url_decode(v->query[id], out, VALUE_MAX + 4)};
    value = spl_text_cut(value, VALUE_MAX);
    copy_lower(value, out);
    value.data = out;
    if (!spl_text_is_utf8(value)) return SPL_TEXT("unknown");
    value = trim(value);
    v->context->buffer_used = (uint32_t)(value.data + value.size - v->context->buffer);
    return value;
}

// What a row like those of SPL_NAME_CLICKS says.
static spl_medium medium_of(const char *row)
{
    return (spl_medium)(*row - '0');
}

static spl_referrer sender_of(const char *row)
{
    return (spl_referrer){{row + 1, strlen(row + 1)}, medium_of(row)};
}

// The row of the sender whose click id counts, or NULL.
static const char *find_click(const visit *v)
{
    const char *row = spl_name_clicks;
    if (!v->click) return NULL;
    for (uint32_t role = v->click; --role > SPL_NAME_PUSH;) row += strlen(row) + 1;
    return row;
}

// Everything is under itself; nothing else is under a host without a dot, like localhost or com.
static bool is_under(spl_text host, spl_text parent)
{
    if (host.size < parent.size || !parent.size) return false;
    size_t rest = host.size - parent.size;
    if (memcmp(host.data + rest, parent.data, parent.size) != 0) return false;
    return rest == 0 || (host.data[rest - 1] == '.' && memchr(parent.data, '.', parent.size));
}

// A page of the same site is no sender.
static bool is_internal(const visit *v, spl_text host)
{
    char buffer[SPL_HOST_MAX];
    spl_text own = spl_host_normalise(spl_url_host(v->page), false, buffer);
    return is_under(host, own) || is_under(own, host);
}

_Static_assert(SPL_MEDIUM_UNKNOWN == 0 && SPL_MEDIUM_NONE == 1, "the digits below");

static spl_referrer read_referrer(visit *v)
{
    spl_text text = trim(spl_raw_text(v->raw, SPL_NAME_ID_referrer));
    if (!text.size) return sender_of("1direct");

    bool app = text.size > 12 && memcmp(text.data, "android-app:", 12) == 0;
    char *out = v->context->buffer + v->context->buffer_used;
    spl_text host = spl_host_normalise(spl_url_host(text), app, out);
    if (is_internal(v, host)) return sender_of("1direct");
    if (!host.size || !spl_text_is_utf8(host) || !memchr(host.data, '.', host.size)) return sender_of("0unknown");
    v->context->buffer_used = (uint32_t)(host.data + host.size - v->context->buffer);
    return spl_referrer_read(host);
}

static bool is_paid(const char *click)
{
    return click && medium_of(click) > SPL_MEDIUM_SOCIAL;
}

// The sender without regard to tags.
static spl_referrer find_sender(visit *v, const char *click)
{
    spl_referrer sender = read_referrer(v);
    bool known = sender.medium > SPL_MEDIUM_REFERRAL;
    if (click && (is_paid(click) || !known)) sender = sender_of(click);
    return sender;
}

// "facebook.com", "www.facebook.com" and "fb" are facebook, as from its referrer.
static spl_text source_of_tag(spl_text value)
{
    spl_referrer known;
    bool www = value.size > 4 && memcmp(value.data, "www.", 4) == 0;
    if (www) value = (spl_text){value.data + 4, value.size - 4};
    return spl_referrer_find(value, &known) ? known.source : value;
}

static void offer_sender(visit *v)
{
    static const uint8_t SOURCES[] = {SPL_NAME_ID_utm_source, SPL_NAME_ID_push_app, SPL_NAME_ID_email_list};
    spl_text source = {0};
    for (size_t i = 0; i < sizeof SOURCES && !source.size; i++) source = tag(v, SOURCES[i]);
    spl_text medium = tag(v, SPL_NAME_ID_utm_medium);
    if (!medium.size && v->raw->channel >= SPL_NAME_EMAIL) medium = spl_raw_channel(v->raw);
    const char *click = find_click(v);
    spl_referrer sender = find_sender(v, click);
    if (source.size) {
        sender.source = source_of_tag(source);
        sender.medium = is_paid(click) ? medium_of(click) : SPL_MEDIUM_UNKNOWN;
    } else if (medium.size && sender.medium == SPL_MEDIUM_NONE) {
        sender.source = SPL_TEXT("unknown");
    }
    spl_context_offer_text(v->context, SPL_NAME_ID_source, sender.source);
    spl_context_offer_text(v->context, SPL_NAME_ID_medium, medium.size ? medium : spl_medium_text(sender.medium));
}

void spl_context_traffic(spl_context *context, const spl_raw *raw)
{
    // The attribute, and where it is from; what names a funnel is in no query.
    static const uint8_t TAGS[][2] = {{SPL_NAME_ID_campaign, SPL_NAME_ID_utm_campaign},
                                      {SPL_NAME_ID_term, SPL_NAME_ID_utm_term},
                                      {SPL_NAME_ID_content, SPL_NAME_ID_utm_content},
                                      {SPL_NAME_ID_funnel_id, SPL_NAME_ID_funnel_id},
                                      {SPL_NAME_ID_funnel_stage, SPL_NAME_ID_funnel_stage}};
    visit v = {.context = context, .raw = raw, .page = trim(spl_raw_text(raw, SPL_NAME_ID_url)), .click = raw->click};
    read_query(&v);
    // A step of a funnel alone says nothing of a sender.
    if (raw->channel != SPL_NAME_FUNNEL || raw->roles & (1u << SPL_NAME_PAGE | 1u << SPL_NAME_PARAMETER))
        offer_sender(&v);
    for (size_t i = 0; i < sizeof TAGS / sizeof *TAGS; i++)
        spl_context_offer_text(context, TAGS[i][0], tag(&v, TAGS[i][1]));
}
