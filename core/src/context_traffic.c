// SPDX-License-Identifier: MIT
// Where a visitor came from, in the words of Google Analytics: `source` is the sender, `medium` the
// way. As there, tags that the sender wrote into the link count most, then click ids that an ad
// network added, then the referrer; nothing of all this is a direct visit. A message that is about to
// be sent has no link yet: its list or app is the source, its channel the medium.
#include "context_raw.h"

#include <string.h>

#include "referrer.h"
#include "samplit/hash.h"
#include "samplit/num.h"
#include "url.h"

#define VALUE_MAX 128 // bytes of one decoded value that are kept
#define KEY_MAX 16    // bytes of the longest URL parameter

_Static_assert(sizeof(((spl_context *)0)->buffer) >= 7 * VALUE_MAX + 4 + SPL_HOST_MAX + 2 + 3,
               "seven tags, a host, a country and a language fit");

typedef struct click_id {
    uint8_t id; // spl_name_id
    uint8_t medium;
    char source[11];
} click_id;

// Those that only paid clicks carry come first: where several stand, the first decides. fbclid and
// igsh are added to unpaid links as well, and the last ones to results of a search.
static const click_id CLICK_IDS[] = {
    {SPL_NAME_ID_gclid, SPL_MEDIUM_CPC, "google"},
    {SPL_NAME_ID_gbraid, SPL_MEDIUM_CPC, "google"},
    {SPL_NAME_ID_wbraid, SPL_MEDIUM_CPC, "google"},
    {SPL_NAME_ID_gad_source, SPL_MEDIUM_CPC, "google"},
    {SPL_NAME_ID_dclid, SPL_MEDIUM_DISPLAY, "google"},
    {SPL_NAME_ID_msclkid, SPL_MEDIUM_CPC, "bing"},
    {SPL_NAME_ID_ttclid, SPL_MEDIUM_CPC, "tiktok"},
    {SPL_NAME_ID_twclid, SPL_MEDIUM_CPC, "twitter"},
    {SPL_NAME_ID_li_fat_id, SPL_MEDIUM_CPC, "linkedin"},
    {SPL_NAME_ID_epik, SPL_MEDIUM_CPC, "pinterest"},
    {SPL_NAME_ID_sccid, SPL_MEDIUM_CPC, "snapchat"},
    {SPL_NAME_ID_rdt_cid, SPL_MEDIUM_CPC, "reddit"},
    {SPL_NAME_ID_yclid, SPL_MEDIUM_CPC, "yandex"},
    {SPL_NAME_ID_tblci, SPL_MEDIUM_CPC, "taboola"},
    {SPL_NAME_ID_dicbo, SPL_MEDIUM_CPC, "outbrain"},

    {SPL_NAME_ID_irclickid, SPL_MEDIUM_AFFILIATE, "impact"},
    {SPL_NAME_ID_cjevent, SPL_MEDIUM_AFFILIATE, "cj"},
    {SPL_NAME_ID_awc, SPL_MEDIUM_AFFILIATE, "awin"},

    {SPL_NAME_ID_ransiteid, SPL_MEDIUM_AFFILIATE, "rakuten"},
    {SPL_NAME_ID_mc_eid, SPL_MEDIUM_EMAIL, "mailchimp"},
    {SPL_NAME_ID_mc_cid, SPL_MEDIUM_EMAIL, "mailchimp"},
    {SPL_NAME_ID_mkt_tok, SPL_MEDIUM_EMAIL, "marketo"},
    {SPL_NAME_ID__hsenc, SPL_MEDIUM_EMAIL, "hubspot"},

    {SPL_NAME_ID__kx, SPL_MEDIUM_EMAIL, "klaviyo"},
    {SPL_NAME_ID_fbclid, SPL_MEDIUM_SOCIAL, "facebook"},
    {SPL_NAME_ID_igsh, SPL_MEDIUM_SOCIAL, "instagram"},
    {SPL_NAME_ID_igshid, SPL_MEDIUM_SOCIAL, "instagram"},
    {SPL_NAME_ID_ysclid, SPL_MEDIUM_ORGANIC, "yandex"},
    {SPL_NAME_ID_srsltid, SPL_MEDIUM_ORGANIC, "google"},
};

// The parameters of the visit: fields given as such win over the query of the page.
typedef struct visit {
    spl_context *context;
    const spl_raw *raw;
    spl_text page;                  // the URL
    spl_text query[SPL_NAME_COUNT]; // by spl_name_id, still encoded
} visit;

// Parameter names are short and in lower case, so that a hash finds them.
static uint32_t parameter_id(spl_text key)
{
    char name[KEY_MAX];
    if (key.size > KEY_MAX) return SPL_NAME_COUNT;
    for (size_t i = 0; i < key.size; i++) {
        char c = key.data[i];
        name[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    uint32_t id = spl_name_find(spl_xxh64(name, key.size, 0));
    return id < SPL_NAME_COUNT && spl_name_roles[id] == SPL_NAME_PARAMETER ? id : SPL_NAME_COUNT;
}

// Of a repeated parameter the first value counts, as in URLSearchParams.get.
static void read_query(visit *v)
{
    spl_text query = spl_url_query(v->page), key, value;
    while (spl_url_parameter(&query, &key, &value)) {
        uint32_t id = parameter_id(key);
        if (id < SPL_NAME_COUNT && !v->query[id].data) v->query[id] = value;
    }
}

static bool has_parameter(const visit *v, spl_name_id id)
{
    return spl_raw_text(v->raw, id).size > 0 || spl_is_finite(spl_raw_number(v->raw, id)) || v->query[id].size > 0;
}

static spl_text trim(spl_text text)
{
    while (text.size && (uint8_t)text.data[0] <= ' ') text = (spl_text){text.data + 1, text.size - 1};
    while (text.size && (uint8_t)text.data[text.size - 1] <= ' ') text.size--;
    return text;
}

static bool is_whole(double number)
{
    return number > -1e15 && number < 1e15 && (double)(int64_t)number == number;
}

// The value of a tag: decoded, in lower case (ASCII), trimmed and cut, in the context's buffer.
static spl_text tag(visit *v, spl_name_id id)
{
    char digits[SPL_NUMBER_TEXT_MAX];
    spl_text plain = spl_raw_text(v->raw, id);
    double number = spl_raw_number(v->raw, id); // a campaign called 2026, read from JSON
    if (is_whole(number)) plain = (spl_text){digits, spl_number_text(number, digits)};
    if (!plain.size && !v->query[id].size) return (spl_text){0};

    char *out = v->context->buffer + v->context->buffer_used;
    spl_text value = {out, plain.size};
    if (plain.size) {
        value = spl_text_cut(plain, VALUE_MAX);
        memcpy(out, value.data, value.size);
        value.data = out;
    } else {
        value.size = spl_url_decode(v->query[id], out, VALUE_MAX + 4);
        value = spl_text_cut(value, VALUE_MAX);
    }
    for (size_t i = 0; i < value.size; i++) out[i] = out[i] >= 'A' && out[i] <= 'Z' ? (char)(out[i] + 32) : out[i];
    if (!spl_text_is_utf8(value)) return SPL_TEXT("unknown");
    value = trim(value);
    v->context->buffer_used = (uint32_t)(value.data + value.size - v->context->buffer);
    return value;
}

static const click_id *find_click_id(const visit *v)
{
    for (size_t i = 0; i < sizeof CLICK_IDS / sizeof *CLICK_IDS; i++) {
        if (has_parameter(v, CLICK_IDS[i].id)) return &CLICK_IDS[i];
    }
    return NULL;
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

static spl_referrer read_referrer(visit *v)
{
    spl_referrer direct = {SPL_TEXT("direct"), SPL_MEDIUM_NONE}, unknown = {SPL_TEXT("unknown"), SPL_MEDIUM_UNKNOWN};
    spl_text text = trim(spl_raw_text(v->raw, SPL_NAME_ID_referrer));
    if (!text.size) return direct;

    bool app = text.size > 12 && memcmp(text.data, "android-app:", 12) == 0;
    char *out = v->context->buffer + v->context->buffer_used;
    spl_text host = spl_host_normalise(spl_url_host(text), app, out);
    if (!host.size || !spl_text_is_utf8(host)) return unknown;
    if (is_internal(v, host)) return direct;
    if (!memchr(host.data, '.', host.size)) return unknown;
    v->context->buffer_used = (uint32_t)(host.data + host.size - v->context->buffer);
    return spl_referrer_read(host);
}

static bool is_paid(const click_id *click)
{
    return click && click->medium > SPL_MEDIUM_SOCIAL;
}

// The sender without regard to tags.
static spl_referrer find_sender(visit *v, const click_id *click)
{
    spl_referrer sender = read_referrer(v);
    bool known =
        sender.medium != SPL_MEDIUM_NONE && sender.medium != SPL_MEDIUM_UNKNOWN && sender.medium != SPL_MEDIUM_REFERRAL;
    if (click && (is_paid(click) || !known)) {
        sender = (spl_referrer){{click->source, strlen(click->source)}, click->medium};
    }
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
    spl_text source = tag(v, SPL_NAME_ID_utm_source);
    if (!source.size) source = tag(v, SPL_NAME_ID_push_app);
    if (!source.size) source = tag(v, SPL_NAME_ID_email_list);
    spl_text medium = tag(v, SPL_NAME_ID_utm_medium);
    if (!medium.size && v->raw->channel >= SPL_NAME_EMAIL) medium = spl_raw_channel(v->raw);
    const click_id *click = find_click_id(v);
    spl_referrer sender = find_sender(v, click);
    if (source.size) {
        sender.source = source_of_tag(source);
        sender.medium = is_paid(click) ? click->medium : SPL_MEDIUM_UNKNOWN;
    } else if (medium.size && sender.medium == SPL_MEDIUM_NONE) {
        sender.source = SPL_TEXT("unknown");
    }
    spl_context_offer_text(v->context, SPL_NAME_ID_source, sender.source);
    spl_context_offer_text(v->context, SPL_NAME_ID_medium, medium.size ? medium : spl_medium_text(sender.medium));
}

static void offer_tag(visit *v, spl_name_id attribute, spl_name_id id)
{
    spl_context_offer_text(v->context, attribute, tag(v, id));
}

void spl_context_traffic(spl_context *context, const spl_raw *raw)
{
    visit v = {.context = context, .raw = raw, .page = trim(spl_raw_text(raw, SPL_NAME_ID_url))};
    read_query(&v);
    // A step of a funnel alone says nothing of a sender.
    if (raw->channel != SPL_NAME_FUNNEL || raw->roles & (1u << SPL_NAME_PAGE | 1u << SPL_NAME_PARAMETER))
        offer_sender(&v);
    offer_tag(&v, SPL_NAME_ID_campaign, SPL_NAME_ID_utm_campaign);
    offer_tag(&v, SPL_NAME_ID_term, SPL_NAME_ID_utm_term);
    offer_tag(&v, SPL_NAME_ID_content, SPL_NAME_ID_utm_content);
    if (!spl_raw_has(raw, SPL_NAME_FUNNEL)) return;
    offer_tag(&v, SPL_NAME_ID_funnel_id, SPL_NAME_ID_funnel_id);
    offer_tag(&v, SPL_NAME_ID_funnel_stage, SPL_NAME_ID_funnel_stage);
}
