// SPDX-License-Identifier: MIT
// The rules of docs/context.md, and what holds for every context: attributes given directly win,
// building again changes nothing, the digest does not know an order.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "context_cases.h"
#include "names.h"
#include "samplit/hash.h"
#include "testing.h"
#include "time_fields.h"

#define CHECK(cases) context_check(cases, sizeof(cases) / sizeof *(cases))

static spl_context context, other;

static const struct {
    uint64_t hash;
    const char *text;
    bool is_attribute;
} names[] = {
#define NAME(hash, name, role) {hash, #name, true},
    SPL_NAME_ATTRIBUTES(NAME)
#undef NAME
#define NAME(hash, name, role) {hash, #name, false},
        SPL_NAME_RAWS(NAME)
#undef NAME
};

static void known_names_carry_their_hashes_in_order(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < SPL_NAME_COUNT; i++) {
        spl_text name = {names[i].text, strlen(names[i].text)};
        uint64_t hash = names[i].hash;
        assert_int_equal(spl_name_hash(name), hash);
        assert_int_equal(spl_name_find(hash), i);
        assert_int_equal(spl_name_find(hash + (1ull << 32)), SPL_NAME_COUNT);
        bool begins = i == 0 || names[i].is_attribute != names[i - 1].is_attribute;
        assert_true(begins || names[i - 1].hash >> 32 < hash >> 32);
        assert_true(spl_text_equal(spl_known_name(hash), names[i].is_attribute ? name : SPL_TEXT("")));
        if (!names[i].is_attribute) continue;
        assert_int_equal(spl_name_hash_of((spl_name_id)i), hash);
        assert_int_equal(spl_name_find(hash + 1), SPL_NAME_COUNT);
    }
    assert_int_equal(spl_known_name(0).size, 0);
    assert_int_equal(spl_known_name(UINT64_MAX).size, 0);
}

static void a_visit_becomes_the_documented_attributes(void **state)
{
    (void)state;
    static const context_case cases[] = {
        {"user_agent=Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "Version/26.1 Mobile/15E148 Safari/604.1\n"
         "url=https://shop.example.com/?utm_source=ig&utm_medium=paid_social&utm_campaign=Spring\n"
         "referrer=https://l.instagram.com/\naccept_language=en-GB,en;q=0.9\ncountry=uk\ntime_ms=1763711111000\n"
         "utc_offset_minutes=60\nplan=Gold",
         "channel=web source=instagram medium=paid_social campaign=spring device=mobile os=ios browser=safari "
         "is_bot=false language=en country=GB hour=8 dow=5 is_weekend=false plan=Gold utm_source= user_agent= url="},
        {"user_agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142 Safari/537.36\n"
         "sec_ch_ua=\"Opera\";v=\"120\"\nsec_ch_ua_mobile=?1\nsec_ch_ua_platform=\"Android\"",
         "device=mobile os=android browser=opera source="},
        {"url=http://localhost:3000/next\nreferrer=http://localhost:3000/", "source=direct medium=none"},
        {"url=https://example.com/\nreferrer=http://com/", "source=unknown"},
        {"user_agent=curl/8.5.0", "device=bot is_bot=true os=unknown browser=unknown"},
        {"user_agent=", "device= is_bot= channel=web"},
        {"sec_ch_ua_mobile=?1", "device="},
    };
    CHECK(cases);
}

static void messages_become_the_attributes_of_visits(void **state)
{
    (void)state;
    static const context_case cases[] = {
        {"email_list= Weekly\nutm_campaign=Spring\nengagement_score=#72\nprevious_opens=#5\ncountry=de\nlanguage=de-AT",
         "channel=email source=weekly medium=email campaign=spring engagement_score=72 previous_opens=5 country=DE "
         "language=de device= browser= is_bot= email_list="},
        {"push_app=com.Example.shop\npush_platform=Android\nutm_campaign=drop\nopt_in_days=#90\nprevious_opens=#3",
         "channel=push source=com.example.shop medium=push campaign=drop device=mobile os=android opt_in_days=90 "
         "previous_opens=3 browser= is_bot= push_app= push_platform="},
        {"push_platform=iOS", "channel=push source=unknown medium=push device=mobile os=ios"},
        {"push_platform=windows", "device=desktop os=windows"},
        {"push_platform=web", "channel=push device=unknown os=unknown is_bot="},
        {"push_platform=\xff", "device=unknown os=unknown"},
        {"push_platform=web\nsec_ch_ua_platform=\"macOS\"", "channel=push device=desktop os=macos browser=unknown"},
        {"push_app=shop\nemail_list=weekly", "channel=push source=shop medium=push"},
        {"email_list=weekly\nurl=https://a.example/?utm_source=crm&utm_medium=Mail",
         "channel=email source=crm medium=mail"},
        {"email_list=", "channel=email source=unknown medium=email"},
        {"email_list=\xff", "source=unknown medium=email"},
        {"email_list=#7", "source=7"},
        {"channel=sms\nemail_list=weekly", "channel=sms source=weekly"},
    };
    CHECK(cases);
}

static void a_step_of_a_funnel_is_a_visit_with_its_place(void **state)
{
    (void)state;
    static const context_case cases[] = {
        {"funnel_id=Checkout\nfunnel_stage= Payment \ndrop_risk=#0.5\nminutes_in_funnel=4",
         "channel=funnel funnel_id=checkout funnel_stage=payment drop_risk=x3fe0000000000000 minutes_in_funnel=4 "
         "source= medium= campaign="},
        {"funnel_id=checkout\nurl=https://a.example/?gclid=1", "channel=funnel source=google medium=cpc"},
        {"funnel_id=checkout\nreferrer=", "channel=funnel source=direct medium=none"},
        {"funnel_id=checkout\nutm_source=news", "channel=funnel source=news medium=unknown"},
        {"funnel_stage=#2\nuser_agent=curl/8", "channel=funnel funnel_stage=2 device=bot source="},
        {"funnel_stage=\xff", "channel=funnel funnel_stage=unknown"},
        {"funnel_id=cart\nemail_list=left", "channel=email source=left medium=email funnel_id=cart"},
        {"drop_risk=#0.5", "channel="},
    };
    CHECK(cases);
}

static void numbers_of_channels_are_kept_in_their_ranges(void **state)
{
    (void)state;
    static const context_case cases[] = {
        {"engagement_score=#101", "engagement_score=100"},
        {"engagement_score=#-1", "engagement_score=0"},
        {"engagement_score=#-0.0", "engagement_score=0"},
        {"engagement_score=42", "engagement_score=42"},
        {"engagement_score=.5", "engagement_score=x3fe0000000000000"},
        {"engagement_score=42.", "engagement_score=42"},
        {"engagement_score=", "engagement_score="},
        {"engagement_score=high", "engagement_score=unknown"},
        {"engagement_score=-1", "engagement_score=unknown"},
        {"engagement_score=1e3", "engagement_score=unknown"},
        {"engagement_score=.", "engagement_score=unknown"},
        {"engagement_score=\xff", "engagement_score=unknown"},
        {"engagement_score=99999999999999999999999999999999", "engagement_score=100"},
        {"engagement_score=#nan", "engagement_score="},
        {"engagement_score=#inf", "engagement_score="},
        {"drop_risk=#1.5", "drop_risk=1"},
        {"minutes_in_funnel=#1e9", "minutes_in_funnel=1000000"},
        {"previous_opens=#1e9", "previous_opens=1000000"},
        {"opt_in_days=#1e9", "opt_in_days=1000000"},
        {"visits=#1", "visits=1 is_returning=false"},
        {"visits=#2", "visits=2 is_returning=true"},
        {"visits=many", "visits=unknown is_returning="},
        {"visits=#1\nis_returning=yes", "is_returning=yes"},
    };
    CHECK(cases);
}

static void versions_of_systems_come_from_the_hint_alone(void **state)
{
    (void)state;
#define ON(platform, version) "sec_ch_ua_platform=\"" platform "\"\nsec_ch_ua_platform_version=\"" version "\""
    static const context_case cases[] = {
        {ON("Windows", "19.0.0"), "os=windows os_version=11"},
        {ON("Windows", "13.0.0"), "os_version=11"},
        {ON("Windows", "10.0.0"), "os_version=10"},
        {ON("Windows", "1.0.0"), "os_version=10"},
        {ON("Windows", "0.3.0"), "os_version=8"},
        {ON("macOS", "15.1.0"), "os=macos os_version=15"},
        {ON("Android", "14"), "os=android os_version=14"},
        {ON("Linux", ""), "os=linux os_version=unknown"},
        {ON("Android", "x"), "os_version=unknown"},
        {"sec_ch_ua_platform=\"Android\"", "os_version="},
        {"user_agent=Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/145.0", "os=windows os_version="},
    };
    CHECK(cases);
}

static void every_click_id_names_its_sender(void **state)
{
    (void)state;
    static const struct {
        const char *ids, *sender;
    } rows[] = {
        {"gclid gbraid wbraid gad_source", "source=google medium=cpc"},
        {"msclkid", "source=bing medium=cpc"},
        {"ttclid", "source=tiktok medium=cpc"},
        {"twclid", "source=twitter medium=cpc"},
        {"li_fat_id", "source=linkedin medium=cpc"},
        {"epik", "source=pinterest medium=cpc"},
        {"sccid ScCid", "source=snapchat medium=cpc"},
        {"rdt_cid", "source=reddit medium=cpc"},
        {"qclid", "source=quora medium=cpc"},
        {"ndclid", "source=nextdoor medium=cpc"},
        {"yclid ymclid", "source=yandex medium=cpc"},
        {"rb_clickid", "source=vk medium=cpc"},
        {"tblci", "source=taboola medium=cpc"},
        {"dicbo", "source=outbrain medium=cpc"},
        {"s_kwcid", "source=adobe medium=cpc"},
        {"dclid", "source=google medium=display"},
        {"irclickid irclid", "source=impact medium=affiliate"},
        {"cjevent", "source=cj medium=affiliate"},
        {"awc", "source=awin medium=affiliate"},
        {"sscid", "source=shareasale medium=affiliate"},
        {"ransiteid ranSiteID", "source=rakuten medium=affiliate"},
        {"mc_eid mc_cid", "source=mailchimp medium=email"},
        {"mkt_tok", "source=marketo medium=email"},
        {"_hsenc _hsmi", "source=hubspot medium=email"},
        {"_kx", "source=klaviyo medium=email"},
        {"ml_subscriber", "source=mailerlite medium=email"},
        {"__s", "source=drip medium=email"},
        {"vero_id", "source=vero medium=email"},
        {"oly_enc_id oly_anon_id", "source=omeda medium=email"},
        {"fbclid", "source=facebook medium=social"},
        {"igsh igshid", "source=instagram medium=social"},
        {"ysclid", "source=yandex medium=organic"},
        {"srsltid", "source=google medium=organic"},
        {"gclsrc ef_id wickedid s_cid clid", "source=direct medium=none"},
    };
    unsigned count = 0;
    char before[64] = "";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (const char *id = rows[i].ids; *id; id += strcspn(id, " "), id += *id == ' ') {
            char fields[256];
            int size = (int)strcspn(id, " ");
            snprintf(fields, sizeof fields, "url=https://a.example/?a=b&%.*s=1#x", size, id);
            context_check(&(context_case){fields, rows[i].sender}, 1);
            count++;
        }
        // Of two, the one of the row before decides.
        char both[256];
        snprintf(both, sizeof both, "url=https://a.example/?%.*s=1&%s=1", (int)strcspn(rows[i].ids, " "), rows[i].ids,
                 before);
        if (*before) context_check(&(context_case){both, rows[i - 1].sender}, 1);
        snprintf(before, sizeof before, "%.*s", (int)strcspn(rows[i].ids, " "), rows[i].ids);
    }
    unsigned clicks = 0;
    for (uint32_t id = 0; id < SPL_NAME_COUNT; id++) clicks += spl_name_roles[id] > SPL_NAME_PUSH;
    assert_int_equal(count, clicks + 2 + 5); // two in other cases, and five that name nobody
}

static void attributes_given_directly_win(void **state)
{
    (void)state;
    static const context_case cases[] = {
        {"device=kiosk\nuser_agent=curl/8.5.0", "device=kiosk os=unknown is_bot=true"},
        {"source=Partner\nutm_source=google\nutm_medium=cpc", "source=Partner medium=cpc"},
        {"hour=#3\ntime_ms=0", "hour=3 dow=4"},
        {"channel=email\nreferrer=", "channel=email source=direct"},
        {"is_bot=yes\nuser_agent=curl/8", "is_bot=yes"},
        {"anything=at_all", "anything=at_all channel="},
    };
    CHECK(cases);
}

static void countries_are_two_letters_or_missing(void **state)
{
    (void)state;
    static const context_case cases[] = {
        {"country=de", "country=DE"}, {"country=GB", "country=GB"},     {"country=UK", "country=GB"},
        {"country=el", "country=GR"}, {"country=XX", "country="},       {"country=zz", "country="},
        {"country=T1", "country="},   {"country=USA", "country="},      {"country=", "country="},
        {"country=#49", "country="},  {"country=\xc3\xbc", "country="}, {"country= d", "country="},
    };
    CHECK(cases);
}

static void the_language_field_wins_over_accept_language(void **state)
{
    (void)state;
    static const context_case cases[] = {
        {"accept_language=de-DE,de;q=0.9,en;q=0.8", "language=de"},
        {"language=pt-BR\naccept_language=en", "language=pt"},
        {"language=*\naccept_language=en", "language=en"},
        {"language=English", "language="},
        {"language=#7", "language="},
    };
    CHECK(cases);
}

static void the_local_hour_and_weekday_come_from_time_and_offset(void **state)
{
    (void)state;
    static const context_case cases[] = {
        {"time_ms=0", "hour=0 dow=4 is_weekend=false"},
        {"time_ms=0\nutc_offset_minutes=-1", "hour=23 dow=3"},
        {"time_ms=-1", "hour=23 dow=3"},
        {"time_ms=-0.5", "hour=23 dow=3"},
        {"time_ms=86399999.9", "hour=23 dow=4"},
        {"time_ms=172800000", "dow=6 is_weekend=true"},
        {"time_ms=259200000", "dow=7 is_weekend=true"},
        {"time_ms=345600000", "dow=1 is_weekend=false"},
        {"time_ms=1709164800000\nutc_offset_minutes=330", "hour=5 dow=4"},
        {"time_ms=1709164800000\nutc_offset_minutes=-210.5", "hour=20 dow=3"},
        {"time_ms=0\nutc_offset_minutes=1080", "hour=18"},
        {"time_ms=0\nutc_offset_minutes=1081", "hour=0"},
        {"time_ms=0\nutc_offset_minutes=1e300", "hour=0"},
        {"time_ms=0\nutc_offset_minutes=nan", "hour=0"},
        {"time_ms=nan", "hour= dow= is_weekend="},
        {"time_ms=inf", "hour="},
        {"time_ms=-inf", "hour="},
        {"time_ms=8.64e15", "hour=0 dow=6"},
        {"time_ms=-8.64e15", "hour=0 dow=2"},
        {"time_ms=8.64000001e15", "hour="},
        {"utc_offset_minutes=60", "hour="},
    };
    CHECK(cases);
}

static void weekdays_agree_with_the_c_library_over_four_centuries(void **state)
{
    (void)state;
    for (int64_t hours = -1752000; hours < 1752000; hours += 37) {
        time_t seconds = hours * 3600;
        struct tm parts;
        assert_non_null(gmtime_r(&seconds, &parts));
        spl_time_fields fields;
        assert_true(spl_time_fields_of((double)seconds * 1000, 0, &fields));
        assert_int_equal(fields.hour, parts.tm_hour);
        assert_int_equal(fields.day_of_week % 7, parts.tm_wday);
    }
}

static void numbers_become_texts_that_integers_share_with_strings(void **state)
{
    (void)state;
    static const struct {
        double number;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "0"},
        {7, "7"},
        {-3, "-3"},
        {9007199254740991.0, "9007199254740991"},
        {-9007199254740991.0, "-9007199254740991"},
        {9007199254740992.0, "x4340000000000000"},
        {0.5, "x3fe0000000000000"},
        {-1.5, "xbff8000000000000"},
        {1e300, "x7e37e43c8800759c"},
        {5e-324, "x0000000000000001"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[SPL_NUMBER_TEXT_MAX];
        spl_text found = {out, spl_number_text(cases[i].number, out)};
        spl_text expected = {cases[i].text, strlen(cases[i].text)};
        if (!spl_text_equal(found, expected)) fail_msg("%g is %.*s", cases[i].number, (int)found.size, out);
        assert_int_equal(spl_value_key(SPL_KIND_NUMBER, cases[i].number, (spl_text){0}), spl_name_hash(expected));
        assert_int_equal(spl_value_key(SPL_KIND_STRING, 0, expected), spl_name_hash(expected));
    }
    assert_int_equal(spl_value_key(SPL_KIND_BOOLEAN, 1, (spl_text){0}), spl_name_hash(SPL_TEXT("true")));
    assert_int_equal(spl_value_key(SPL_KIND_BOOLEAN, 0, (spl_text){0}), spl_name_hash(SPL_TEXT("false")));
    assert_int_equal(spl_value_key(SPL_KIND_MISSING, 1, SPL_TEXT("a")), 0);
    assert_int_equal(spl_value_key(77, 1, SPL_TEXT("a")), 0);
}

static void values_that_are_no_values_are_missing(void **state)
{
    (void)state;
    spl_field fields[] = {
        context_number("nan", 0.0 / 0.0),    context_number("inf", 1.0 / 0.0),
        context_number("minus", -1.0 / 0.0), context_boolean("maybe", 0.0 / 0.0),
        context_text("kind", "x"),           context_text("null", "abc"),
        context_boolean("two", 2),           context_number("zero", -0.0),
        context_text("empty", ""),           {.name = 5, .kind = SPL_KIND_MISSING},
    };
    fields[4].kind = 99;
    fields[5].text = NULL;
    spl_context_build(&context, fields, sizeof fields / sizeof *fields);
    assert_int_equal(context.count, 3);
    assert_true(context_get(&context, "two")->number == 1);
    double zero = context_get(&context, "zero")->number;
    assert_memory_equal(&zero, &(double){0}, sizeof zero);
    assert_int_equal(context_get(&context, "empty")->size, 0);
}

static void the_last_of_a_repeated_name_stands(void **state)
{
    (void)state;
    spl_field fields[] = {context_text("a", "1"),        context_text("b", "kept"),     context_text("a", "2"),
                          context_number("c", 1),        context_text("d", "d"),        context_number("c", 0.0 / 0.0),
                          context_text("country", "DE"), context_text("country", "FR"), context_text("d", "e")};
    spl_context_build(&context, fields, sizeof fields / sizeof *fields);
    assert_int_equal(context.count, 4);
    assert_int_equal(context_get(&context, "a")->key, spl_name_hash(SPL_TEXT("2")));
    assert_int_equal(context_get(&context, "b")->key, spl_name_hash(SPL_TEXT("kept")));
    assert_int_equal(context_get(&context, "d")->key, spl_name_hash(SPL_TEXT("e")));
    assert_int_equal(context_get(&context, "country")->key, spl_name_hash(SPL_TEXT("FR")));
    assert_null(context_get(&context, "c"));
}

// A raw field that a later one of its name takes back was never there.
static void the_last_of_a_repeated_raw_field_stands(void **state)
{
    (void)state;
    spl_field missing = context_text("referrer", "");
    missing.kind = SPL_KIND_MISSING;
    spl_field fields[] = {context_text("referrer", "https://www.google.com/"), missing};
    spl_context_build(&context, fields, 2);
    assert_int_equal(context.count, 0);
    spl_context_build(&other, fields + 1, 1);
    assert_int_equal(spl_context_digest(&context), spl_context_digest(&other));
}

static void numbers_in_tags_are_tags_if_whole(void **state)
{
    (void)state;
    spl_field fields[] = {context_number("gad_source", 1), context_number("utm_campaign", 2026),
                          context_number("utm_term", 1.5)};
    spl_context_build(&context, fields, 3);
    assert_int_equal(context_get(&context, "source")->key, spl_name_hash(SPL_TEXT("google")));
    assert_int_equal(context_get(&context, "campaign")->key, spl_name_hash(SPL_TEXT("2026")));
    assert_null(context_get(&context, "term"));
}

static void surplus_attributes_are_left_out_and_counted(void **state)
{
    (void)state;
    static spl_field fields[SPL_ATTRIBUTES_MAX + 44];
    for (uint32_t i = 0; i < SPL_ATTRIBUTES_MAX + 40; i++) {
        fields[i] = context_number("n", i);
        fields[i].name = i % 2 ? i * 512 : spl_mix64(i); // half of them in one slot
    }
    fields[SPL_ATTRIBUTES_MAX + 40] = context_text("referrer", "");
    spl_context_build(&context, fields, SPL_ATTRIBUTES_MAX + 41);
    assert_int_equal(context.count, SPL_ATTRIBUTES_MAX);
    assert_int_equal(context.ignored, 40 + 3); // channel, source, medium
    for (uint32_t i = 0; i < SPL_ATTRIBUTES_MAX + 40; i++) {
        const spl_attribute *found = spl_context_find(&context, fields[i].name);
        assert_true(i < SPL_ATTRIBUTES_MAX ? found && found->number == i : !found);
    }
    fields[SPL_ATTRIBUTES_MAX + 41] = fields[10]; // a name that is there may still change
    fields[SPL_ATTRIBUTES_MAX + 41].number = -1;
    spl_context_build(&context, fields, SPL_ATTRIBUTES_MAX + 42);
    assert_true(spl_context_find(&context, fields[10].name)->number == -1);
}

static void an_empty_context_is_empty(void **state)
{
    (void)state;
    spl_context_build(&context, NULL, 0);
    assert_int_equal(context.count, 0);
    assert_int_equal(context.ignored, 0);
    assert_int_equal(spl_context_digest(&context), 0);
    assert_null(context_get(&context, "device"));
}

static void only_the_first_2048_bytes_of_a_text_are_read(void **state)
{
    (void)state;
    enum { SIZE = 10 << 20 };
    char *huge = malloc(SIZE);
    assert_non_null(huge);
    memset(huge, ' ', SIZE);
    memcpy(huge, "Mozilla/5.0 (X11; Linux x86_64)", 31);
    memcpy(huge + SPL_TEXT_MAX + 1, "Googlebot", 9);
    spl_field field = context_text("user_agent", "");
    field.text = huge;
    field.size = SIZE;
    spl_context_build(&context, &field, 1);
    assert_true(context_get(&context, "is_bot")->number == 0);

    memset(huge, 'a', SIZE);
    memcpy(huge + SPL_TEXT_MAX - 1, "\xc3\xbc", 2); // a character across the end
    field = context_text("note", "");
    field.text = huge;
    field.size = SIZE;
    spl_context_build(&context, &field, 1);
    assert_int_equal(context_get(&context, "note")->size, SPL_TEXT_MAX - 1);
    assert_int_equal(context_get(&context, "note")->key, spl_value_key(SPL_KIND_STRING, 0, (spl_text){huge, SIZE}));

    static const char *const raw[] = {"referrer", "url", "utm_source", "accept_language", "sec_ch_ua", "gclid"};
    for (size_t i = 0; i < sizeof raw / sizeof *raw; i++) {
        field = context_text(raw[i], "");
        field.text = huge;
        field.size = SIZE;
        spl_context_build(&context, &field, 1);
        assert_true(context.buffer_used <= sizeof context.buffer);
    }
    free(huge);
}

static void text_that_is_not_utf8_becomes_unknown(void **state)
{
    (void)state;
    static const context_case cases[] = {
        {"note=a\xff", "note=unknown"},
        {"note=\xed\xa0\x80", "note=unknown"},
        {"note=\xc3\xbc", "note=\xc3\xbc"},
        {"user_agent=\xff\xfe", "device=bot"},
        {"url=https://a.example/?utm_source=%FF", "source=unknown"},
    };
    CHECK(cases);
}

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
    random_state += 0x9E3779B97F4A7C15u;
    return (uint32_t)((spl_mix64(random_state) >> 32) * n >> 32);
}

// A field that may be anything: raw names as often as others, texts of the rules' own letters.
static spl_field random_field(char *text, size_t max)
{
    static const char alphabet[] = "abcgoU/.:;?&=%+-_ ()2,\xc3\xbc\xff\"";
    spl_field field = {.name = random_below(3) ? names[random_below(SPL_NAME_COUNT)].hash : random_below(20),
                       .kind = random_below(5),
                       .text = text,
                       .size = random_below((uint32_t)max)};
    for (uint32_t i = 0; i < field.size; i++) text[i] = alphabet[random_below(sizeof alphabet - 1)];
    if (random_below(4) == 0) memcpy(text, "https://www.google.com/?utm_source=Fb&gclid=1", max > 45 ? 45 : max);
    static const double numbers[] = {0, -0.0, 1, 0.5, -3, 1e18, 1.7e12, 0.0 / 0.0, 1.0 / 0.0};
    field.number = numbers[random_below(sizeof numbers / sizeof *numbers)];
    return field;
}

enum { FIELDS = 40, TEXT = 60 };

static size_t random_fields(spl_field fields[FIELDS])
{
    static char texts[FIELDS][TEXT];
    size_t count = random_below(FIELDS);
    for (size_t i = 0; i < count; i++) fields[i] = random_field(texts[i], TEXT);
    return count;
}

static void building_again_from_the_attributes_changes_nothing(void **state)
{
    (void)state;
    random_state = 1;
    for (int round = 0; round < 20000; round++) {
        spl_field fields[FIELDS], replay[SPL_ATTRIBUTES_MAX];
        spl_context_build(&context, fields, random_fields(fields));
        spl_context_build(&other, replay, context_as_fields(&context, replay));
        if (!context_same(&context, &other)) fail_msg("round %d", round);
    }
}

static void the_digest_does_not_depend_on_the_order_of_fields(void **state)
{
    (void)state;
    random_state = 2;
    for (int round = 0; round < 5000; round++) {
        spl_field fields[FIELDS], replay[SPL_ATTRIBUTES_MAX];
        spl_context_build(&context, fields, random_fields(fields));
        size_t count = context_as_fields(&context, replay);
        for (size_t i = count; i > 1; i--) {
            size_t j = random_below((uint32_t)i);
            spl_field swap = replay[i - 1];
            replay[i - 1] = replay[j];
            replay[j] = swap;
        }
        spl_context_build(&other, replay, count);
        assert_int_equal(spl_context_digest(&context), spl_context_digest(&other));
    }
}

static void the_digest_sees_every_name_kind_and_value(void **state)
{
    (void)state;
    const spl_field variants[] = {context_text("a", "1"),   context_text("b", "1"),  context_text("a", "2"),
                                  context_number("a", 1),   context_boolean("a", 1), context_text("a", "true"),
                                  context_number("a", 1.5), context_text("a", "")};
    uint64_t seen[8];
    for (size_t i = 0; i < 8; i++) {
        spl_context_build(&context, &variants[i], 1);
        seen[i] = spl_context_digest(&context);
        for (size_t j = 0; j < i; j++) assert_int_not_equal(seen[i], seen[j]);
    }
    spl_field swapped[] = {context_text("a", "2"), context_text("b", "1")};
    spl_field straight[] = {context_text("a", "1"), context_text("b", "2")};
    spl_context_build(&context, swapped, 2);
    spl_context_build(&other, straight, 2);
    assert_int_not_equal(spl_context_digest(&context), spl_context_digest(&other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_names_carry_their_hashes_in_order),
        cmocka_unit_test(a_visit_becomes_the_documented_attributes),
        cmocka_unit_test(messages_become_the_attributes_of_visits),
        cmocka_unit_test(a_step_of_a_funnel_is_a_visit_with_its_place),
        cmocka_unit_test(numbers_of_channels_are_kept_in_their_ranges),
        cmocka_unit_test(versions_of_systems_come_from_the_hint_alone),
        cmocka_unit_test(every_click_id_names_its_sender),
        cmocka_unit_test(attributes_given_directly_win),
        cmocka_unit_test(countries_are_two_letters_or_missing),
        cmocka_unit_test(the_language_field_wins_over_accept_language),
        cmocka_unit_test(the_local_hour_and_weekday_come_from_time_and_offset),
        cmocka_unit_test(weekdays_agree_with_the_c_library_over_four_centuries),
        cmocka_unit_test(numbers_become_texts_that_integers_share_with_strings),
        cmocka_unit_test(values_that_are_no_values_are_missing),
        cmocka_unit_test(the_last_of_a_repeated_name_stands),
        cmocka_unit_test(the_last_of_a_repeated_raw_field_stands),
        cmocka_unit_test(numbers_in_tags_are_tags_if_whole),
        cmocka_unit_test(surplus_attributes_are_left_out_and_counted),
        cmocka_unit_test(an_empty_context_is_empty),
        cmocka_unit_test(only_the_first_2048_bytes_of_a_text_are_read),
        cmocka_unit_test(text_that_is_not_utf8_becomes_unknown),
        cmocka_unit_test(building_again_from_the_attributes_changes_nothing),
        cmocka_unit_test(the_digest_does_not_depend_on_the_order_of_fields),
        cmocka_unit_test(the_digest_sees_every_name_kind_and_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
