// SPDX-License-Identifier: MIT
// Cases look like real visits (user agents, referrers, UTM tags, click ids, clocks), every third like a message that is
// about to be sent or a step of a funnel, with a share of what goes wrong: bytes that are not UTF-8, strings around
// SPL_TEXT_MAX, NaN and infinities, kinds that no one defined, names said twice. In the patterns `#` is a digit.
#include "conformance.h"

#include <string.h>

#include "samplit/hash.h"
#include "samplit/rng.h"

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

static const char *const USER_AGENTS[] = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1##.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1##.0.0.0 Safari/537.36 "
    "Edg/1##.0.####.##",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_#) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/1#.# "
    "Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 1#_# like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/1#.# "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 1#_# like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 "
    "Instagram ###.0.0.##.###",
    "Mozilla/5.0 (iPad; CPU OS 1#_# like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/1#.# Mobile/15E148 "
    "Safari/604.1",
    "Mozilla/5.0 (Linux; Android 1#; SM-S9##B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1##.0.0.0 Mobile "
    "Safari/537.36",
    "Mozilla/5.0 (Linux; Android 1#; SM-T###) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/2#.0 "
    "Chrome/1##.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Android 1#; Mobile; rv:1##.0) Gecko/1##.0 Firefox/1##.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:1##.0) Gecko/20100101 Firefox/1##.0",
    "Mozilla/5.0 (X11; CrOS x86_64 1####.##.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1##.0.0.0 Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (SMART-TV; Linux; Tizen #.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/#.0 TV Safari/537.36",
    "Opera/9.80 (Windows NT 6.#; U; en) Presto/2.10.### Version/1#.##",
    "curl/7.##.#",
    "",
};
static const char *const REFERRERS[] = {
    "https://www.google.com/",
    "https://www.google.co.uk/search?q=shoes+##",
    "https://l.instagram.com/?u=https%3A%2F%2Fshop.example%2F##",
    "https://www.facebook.com/",
    "https://t.co/x####",
    "https://duckduckgo.com/?q=##",
    "https://mail.google.com/mail/u/#",
    "https://shop.example/cart",
    "android-app://com.google.android.gm/",
    "http://blog.example.org:80##/post/###",
    "not a url",
    "https://",
    "HTTPS://WWW.BING.COM/search?q=a#b",
};
static const char *const URLS[] = {
    "https://shop.example/?utm_source=instagram&utm_medium=social&utm_campaign=spring##",
    "https://shop.example/?gclid=abc###",
    "https://shop.example/p/###?fbclid=IwAR##&x=1",
    "https://shop.example/#top",
    "https://shop.example/?utm_source=News%20Letter&utm_medium=email",
    "https://shop.example/?utm_source=%ZZ&utm_medium=%",
    "/relative?msclkid=##",
};
static const char *const SOURCES[] = {"google", "Instagram", "facebook", "newsletter", "bing",
                                      "tiktok", " Google ",  "x-##",     "unknown"};
static const char *const MEDIA[] = {"cpc", "social", "email", "organic", "referral", "CPC", "push"};
static const char *const COUNTRIES[] = {"US", "GB", "DE", "us", "FR", "BR", "??", "DEU"};
static const char *const LANGUAGES[] = {"en-US,en;q=0.9", "de-DE", "fr", "pt-BR,pt;q=0.8", "*", "en"};
static const char *const DEVICES[] = {"mobile", "desktop", "tablet", "MOBILE", "watch"};
static const char *const HINTS[] = {
    "\"Chromium\";v=\"1##\", \"Google Chrome\";v=\"1##\"", "?1", "?0", "\"Android\"", "\"Windows\"", ""};

static const char *const VERSIONS[] = {"\"1#.#.0\"", "\"0.#.0\"", "1#", "\"\"", "x"};
static const char *const FORMS[] = {"\"Desktop\"", "\"Mobile\"", "\"Tablet\", \"XR\"", "\"Watch\""};
static const char *const LISTS[] = {"Weekly ##", " cart left ", "win-back", ""};
static const char *const FUNNELS[] = {"Checkout", "sign up ##", "#"};
static const char *const STAGES[] = {"Cart", " Pay ", "step #", "##"};
static const char *const APPS[] = {"com.Example.shop", "news##", "Facebook.com"};
static const char *const PLATFORMS[] = {"iOS", "Android", "macOS", "Windows", "web", "huawei"};
static const char *const DECIMALS[] = {"#", "##", "0.#", "##.##", "1e#", "high", "-#", "", "99999999999999999999"};

// All that the rules know, and some that they do not.
static const char *const CLICK_IDS[] = {
    "gclid",         "gbraid",    "wbraid",  "gad_source", "msclkid",     "ttclid", "twclid",  "li_fat_id",
    "epik",          "ScCid",     "rdt_cid", "qclid",      "ndclid",      "yclid",  "ymclid",  "rb_clickid",
    "tblci",         "dicbo",     "s_kwcid", "dclid",      "irclickid",   "irclid", "cjevent", "awc",
    "sscid",         "ranSiteID", "mc_eid",  "mc_cid",     "mkt_tok",     "_hsenc", "_hsmi",   "_kx",
    "ml_subscriber", "__s",       "vero_id", "oly_enc_id", "oly_anon_id", "fbclid", "igsh",    "igshid",
    "ysclid",        "srsltid",   "gclsrc",  "wickedid",   "clid",
};

typedef struct string_field {
    const char *name;
    const char *const *patterns;
    uint32_t pattern_count;
    uint32_t chance; // of 256
} string_field;

static const string_field STRINGS[] = {
    {"user_agent", USER_AGENTS, COUNT(USER_AGENTS), 230},
    {"referrer", REFERRERS, COUNT(REFERRERS), 150},
    {"url", URLS, COUNT(URLS), 110},
    {"utm_source", SOURCES, COUNT(SOURCES), 70},
    {"utm_medium", MEDIA, COUNT(MEDIA), 60},
    {"utm_campaign", SOURCES, COUNT(SOURCES), 40},
    {"gclid", SOURCES, COUNT(SOURCES), 16},
    {"fbclid", SOURCES, COUNT(SOURCES), 16},
    {"country", COUNTRIES, COUNT(COUNTRIES), 180},
    {"language", LANGUAGES, COUNT(LANGUAGES), 120},
    {"sec_ch_ua", HINTS, COUNT(HINTS), 50},
    {"sec_ch_ua_mobile", HINTS, COUNT(HINTS), 50},
    {"sec_ch_ua_platform", HINTS, COUNT(HINTS), 50},
    {"sec_ch_ua_platform_version", VERSIONS, COUNT(VERSIONS), 50},
    {"sec_ch_ua_form_factors", FORMS, COUNT(FORMS), 40},
    {"accept_language", LANGUAGES, COUNT(LANGUAGES), 60},
    {"utm_term", SOURCES, COUNT(SOURCES), 20},
    {"utm_content", SOURCES, COUNT(SOURCES), 20},
    {"device", DEVICES, COUNT(DEVICES), 40},
    {"source", SOURCES, COUNT(SOURCES), 40},
    {"plan", MEDIA, COUNT(MEDIA), 30},
};

static const string_field EMAIL_STRINGS[] = {
    {"email_list", LISTS, COUNT(LISTS), 230},
    {"engagement_score", DECIMALS, COUNT(DECIMALS), 60},
};
static const string_field FUNNEL_STRINGS[] = {
    {"funnel_id", FUNNELS, COUNT(FUNNELS), 200},
    {"funnel_stage", STAGES, COUNT(STAGES), 200},
    {"drop_risk", DECIMALS, COUNT(DECIMALS), 60},
};
static const string_field PUSH_STRINGS[] = {
    {"push_app", APPS, COUNT(APPS), 200},
    {"push_platform", PLATFORMS, COUNT(PLATFORMS), 200},
    {"opt_in_days", DECIMALS, COUNT(DECIMALS), 60},
};

typedef struct number_field {
    const char *name;
    double lo, hi;
    bool whole;
    uint32_t chance; // of 256
} number_field;

static const number_field NUMBERS[] = {
    {"time_ms", 1.5e12, 2e12, true, 200},
    {"utc_offset_minutes", -720, 840, true, 190},
    {"pageviews", 0, 60, true, 150},
    {"session_seconds", 0, 3600, false, 120},
    {"scroll_depth", -0.2, 1.2, false, 120},
    {"cart_value", 0, 900, false, 90},
    {"days_since_last_visit", 0, 400, false, 90},
    {"hour", -3, 30, true, 30},
    {"is_returning", 0, 1.999, true, 60},
    {"visits", -1, 12, true, 90},
};
static const number_field EMAIL_NUMBERS[] = {
    {"engagement_score", -10, 120, false, 180},
    {"previous_opens", -2, 60, true, 180},
};
static const number_field FUNNEL_NUMBERS[] = {
    {"drop_risk", -0.2, 1.2, false, 180},
    {"minutes_in_funnel", -5, 5000, false, 180},
};
static const number_field PUSH_NUMBERS[] = {
    {"opt_in_days", -5, 900, true, 180},
    {"previous_opens", -2, 60, true, 180},
};

// The fields of a channel; a visit to a page has none of the others'.
typedef struct channel_fields {
    const string_field *strings;
    const number_field *numbers;
    uint32_t string_count, number_count;
} channel_fields;

static const channel_fields WEB = {STRINGS, NUMBERS, COUNT(STRINGS), COUNT(NUMBERS)};
static const channel_fields MESSAGES[] = {
    {EMAIL_STRINGS, EMAIL_NUMBERS, COUNT(EMAIL_STRINGS), COUNT(EMAIL_NUMBERS)},
    {FUNNEL_STRINGS, FUNNEL_NUMBERS, COUNT(FUNNEL_STRINGS), COUNT(FUNNEL_NUMBERS)},
    {PUSH_STRINGS, PUSH_NUMBERS, COUNT(PUSH_STRINGS), COUNT(PUSH_NUMBERS)},
};

static const double ODD_NUMBERS[] = {0.0, -0.0, 1e308, -1e308,      5e-324, 9007199254740993.0,
                                     0.1, -1.5, 1e-9,  4294967296.0};

typedef struct dice {
    uint32_t index, block, used;
    uint32_t word[4];
} dice;

static uint32_t roll(dice *d)
{
    if (d->used == 4) {
        const uint32_t counter[4] = {d->index, d->block++, SPL_STREAM_TEST, 0}, key[2] = {1, 0};
        spl_philox(counter, key, d->word);
        d->used = 0;
    }
    return d->word[d->used++];
}

static uint32_t below(dice *d, uint32_t n)
{
    return (uint32_t)(((uint64_t)roll(d) * n) >> 32);
}

static bool chance(dice *d, uint32_t of_256)
{
    return below(d, 256) < of_256;
}

static char *room(spl_conformance_case *c, uint32_t size)
{
    if (size > sizeof c->bytes - c->used) return NULL;
    char *start = c->bytes + c->used;
    c->used += size;
    return start;
}

static spl_field *add(spl_conformance_case *c, const char *name)
{
    if (c->field_count == SPL_CONFORMANCE_FIELDS) return NULL;
    spl_field *field = &c->fields[c->field_count++];
    *field = (spl_field){.name = spl_name_hash((spl_text){name, strlen(name)})};
    return field;
}

// Most often the pattern with its digits drawn; at times one byte of it is broken.
static spl_text draw_text(dice *d, spl_conformance_case *c, const char *pattern)
{
    uint32_t size = (uint32_t)strlen(pattern);
    char *text = room(c, size);
    if (!text) return (spl_text){0};
    for (uint32_t i = 0; i < size; i++) text[i] = pattern[i] == '#' ? (char)('0' + below(d, 10)) : pattern[i];
    if (size && chance(d, 8)) text[below(d, size)] = (char)roll(d);
    return (spl_text){text, size};
}

static void add_text(spl_conformance_case *c, const char *name, spl_text text)
{
    spl_field *field = add(c, name);
    if (!field) return;
    field->kind = SPL_KIND_STRING;
    field->text = text.data;
    field->size = (uint32_t)text.size;
}

static double odd_number(dice *d)
{
    uint32_t i = below(d, COUNT(ODD_NUMBERS) + 3);
    if (i < COUNT(ODD_NUMBERS)) return ODD_NUMBERS[i];
    uint64_t bits = i == COUNT(ODD_NUMBERS)       ? 0x7FF8000000000000u + roll(d)
                    : i == COUNT(ODD_NUMBERS) + 1 ? 0x7FF0000000000000u
                                                  : 0xFFF0000000000000u;
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static void add_number(dice *d, spl_conformance_case *c, const number_field *n)
{
    spl_field *field = add(c, n->name);
    if (!field) return;
    double drawn = n->lo + (n->hi - n->lo) * (roll(d) * 0x1p-32);
    field->kind = chance(d, 20) ? SPL_KIND_BOOLEAN : SPL_KIND_NUMBER;
    field->number = chance(d, 6) ? odd_number(d) : n->whole ? (double)(int64_t)drawn : drawn;
}

static void add_fields(dice *d, spl_conformance_case *c, const channel_fields *channel)
{
    for (uint32_t i = 0; i < channel->string_count; i++) {
        const string_field *field = &channel->strings[i];
        if (chance(d, field->chance))
            add_text(c, field->name, draw_text(d, c, field->patterns[below(d, field->pattern_count)]));
    }
    for (uint32_t i = 0; i < channel->number_count; i++) {
        if (chance(d, channel->numbers[i].chance)) add_number(d, c, &channel->numbers[i]);
    }
}

// A page that an advertisement or a message led to: one click id or two.
static void add_click(dice *d, spl_conformance_case *c)
{
    static const char START[] = "https://shop.example/?";
    char *url = room(c, 64);
    if (!url) return;
    uint32_t size = sizeof START - 1;
    memcpy(url, START, size);
    for (uint32_t ids = 1 + chance(d, 80); ids--;) {
        const char *id = CLICK_IDS[below(d, COUNT(CLICK_IDS))];
        memcpy(url + size, id, strlen(id));
        size += (uint32_t)strlen(id);
        memcpy(url + size, "=1&", 3);
        size += 3;
    }
    add_text(c, "url", (spl_text){url, size});
}

// Noise: any bytes, lengths around the limit, undefined kinds, attributes that no rule knows.
static void add_noise(dice *d, spl_conformance_case *c)
{
    static const char *const NAMES[] = {"note", "user_agent", "language", "plan", "url", "country"};
    uint32_t size = chance(d, 40) ? SPL_TEXT_MAX - 4 + below(d, 9) : below(d, 24);
    char *text = room(c, size);
    if (!text) return;
    bool ascii = chance(d, 128);
    for (uint32_t i = 0; i < size; i++) text[i] = (char)(ascii ? 'a' + below(d, 26) : roll(d));
    add_text(c, NAMES[below(d, COUNT(NAMES))], (spl_text){text, size});
    if (chance(d, 30)) c->fields[c->field_count - 1].kind = below(d, 7);
}

static void draw_unit(dice *d, spl_conformance_case *c)
{
    uint32_t size = chance(d, 4) ? below(d, 200) : 12;
    char *unit = room(c, size);
    for (uint32_t i = 0; i < size; i++) unit[i] = "0123456789abcdef"[below(d, 16)];
    c->unit = (spl_text){unit, size};
}

// Variants and versions around those that there are; last, so that it changes nothing of what is drawn before.
static void draw_request(dice *d, spl_request *request)
{
    *request = (spl_request){0};
    if (chance(d, 16)) request->forced = below(d, 10);
    if (chance(d, 160)) request->incumbent = below(d, 10);
    if (chance(d, 80)) request->sticky = below(d, 5), request->sticky_version = below(d, 4);
}

void spl_conformance_make(uint32_t index, uint32_t experiment_count, spl_conformance_case *out)
{
    dice d = {.index = index, .used = 4};
    out->field_count = out->used = 0;
    out->experiment = chance(&d, 2) ? experiment_count : below(&d, experiment_count);
    draw_unit(&d, out);
    add_fields(&d, out, &WEB);
    if (chance(&d, 40)) add_click(&d, out);
    if (chance(&d, 86)) add_fields(&d, out, &MESSAGES[below(&d, COUNT(MESSAGES))]);
    while (chance(&d, 24)) add_noise(&d, out);
    draw_request(&d, &out->request);
}

static bool has_settings(const spl_bundle *bundle, uint32_t experiment)
{
    return experiment < bundle->experiment_count && bundle->experiments[experiment].settings.traffic > 0;
}

void spl_conformance_decide(const spl_bundle *bundle, spl_workspace *workspace, const spl_conformance_case *drawn,
                            spl_decision *decision)
{
    const spl_request *request = has_settings(bundle, drawn->experiment) ? &drawn->request : NULL;
    spl_decide_begin(workspace, drawn->fields, drawn->field_count);
    spl_decide_next(bundle, workspace, drawn->experiment, drawn->unit, request, decision);
}

uint64_t spl_conformance_digest(const spl_bundle *bundle, spl_workspace *workspace, uint32_t block)
{
    spl_conformance_case drawn;
    spl_decision decision;
    uint8_t order[SPL_VARIANTS_MAX];
    uint64_t digest = block;
    for (uint32_t i = 0; i < SPL_CONFORMANCE_BLOCK; i++) {
        spl_conformance_make(block * SPL_CONFORMANCE_BLOCK + i, bundle->experiment_count, &drawn);
        spl_conformance_decide(bundle, workspace, &drawn, &decision);
        digest = spl_xxh64(&decision.trace, sizeof decision.trace, digest);
        if (!has_settings(bundle, drawn.experiment)) continue;
        spl_decide_rank(bundle, workspace, drawn.experiment, drawn.unit, &decision, order);
        digest = spl_xxh64(order, decision.variant_count, digest);
    }
    return digest;
}
