// SPDX-License-Identifier: MIT
// Hosts, URLs and attribution; Matomo's public lists show how much of the world the small table
// and the rules beside it know.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context_cases.h"
#include "context_data.h"
#include "referrer.h"
#include "testing.h"
#include "url.h"

#define CHECK(cases) context_check(cases, sizeof(cases) / sizeof *(cases))

static spl_text text(const char *literal)
{
    return (spl_text){literal, strlen(literal)};
}

static void assert_text(spl_text found, const char *expected)
{
    if (!spl_text_equal(found, text(expected)))
        fail_msg("'%.*s' is not '%s'", (int)found.size, found.data ? found.data : "", expected);
}

static void the_host_of_a_url_is_what_stands_between_user_and_port(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"https://www.example.com/a?b#c", "www.example.com"},
        {"https://user:pass@example.com:8443", "example.com"},
        {"http://a@b@example.com/", "example.com"},
        {"example.com/x", "example.com"},
        {"example.com:8080/x", "example.com"},
        {"https://example.com./", "example.com"},
        {"https://example.com?q=http://other.com", "example.com"},
        {"https://xn--bcher-kva.example/", "xn--bcher-kva.example"},
        {"https://b\xc3\xbc"
         "cher.example/",
         "b\xc3\xbc"
         "cher.example"},
        {"android-app://com.google.android.gm/", "com.google.android.gm"},
        {"about:blank", ""},
        {"data:text/html,x", ""},
        {"https://", ""},
        {"https:///path", ""},
        {"https://exa mple.com/", ""},
        {"https://[::1]/", ""},
        {"/path", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_text(spl_url_host(text(cases[i][0])), cases[i][1]);
    }
}

static void the_query_is_read_pair_by_pair(void **state)
{
    (void)state;
    spl_text query = spl_url_query(text("https://a.b/?x=1&y&=z&&w=a=b#?q=1")), key, value;
    assert_text(query, "x=1&y&=z&&w=a=b");
    static const char *const pairs[][2] = {{"x", "1"}, {"y", ""}, {"", "z"}, {"", ""}, {"w", "a=b"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        assert_true(spl_url_parameter(&query, &key, &value));
        assert_text(key, pairs[i][0]);
        assert_text(value, pairs[i][1]);
    }
    assert_false(spl_url_parameter(&query, &key, &value));
    assert_int_equal(spl_url_query(text("https://a.b/#?x=1")).size, 0);
}

static void percent_codes_are_decoded_and_malformed_ones_stay(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a+b%20c", "a b c"}, {"%C3%BC%c3%9f", "\xc3\xbc\xc3\x9f"}, {"100%", "100%"}, {"%2", "%2"}, {"%zz%41", "%zzA"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[64];
        assert_text((spl_text){out, spl_url_decode(text(cases[i][0]), out, sizeof out)}, cases[i][1]);
    }
    char four[4];
    assert_int_equal(spl_url_decode(text("abc%20def"), four, sizeof four), 4);
    assert_memory_equal(four, "abc ", 4);
}

// Calls visit for every row of the known hosts; the count.
static unsigned for_each_host(void (*visit)(const char *row, void *data), void *data)
{
    unsigned count = 0;
    for (const char *row = spl_known_hosts; *row; row += strlen(row) + 1, count++) visit(row, data);
    return count;
}

typedef struct ranking {
    size_t count;
    const char *rows[1000];
} ranking;

static void rank(const char *row, void *data)
{
    ranking *all = data;
    assert_true(all->count < 1000);
    all->rows[all->count++] = row;
}

// Bucket, then the medium and the host, as they stand in the row.
static int by_place(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    int bucket = (int)spl_host_bucket(x + 1) - (int)spl_host_bucket(y + 1);
    return bucket ? bucket : strcmp(x, y);
}

// Where each bucket begins, if the rows stood in this order.
static void measure_buckets(const ranking *all, uint16_t starts[SPL_HOST_BUCKETS + 1])
{
    uint32_t bucket = 0, at = 0;
    for (size_t i = 0; i < all->count; i++) {
        while (bucket <= spl_host_bucket(all->rows[i] + 1)) starts[bucket++] = (uint16_t)at;
        at += (uint32_t)strlen(all->rows[i]) + 1;
    }
    while (bucket <= SPL_HOST_BUCKETS) starts[bucket++] = (uint16_t)at;
}

static void find_host(const char *row, void *data)
{
    (void)data;
    char host[64];
    size_t size = strcspn(row, "=") - 1;
    snprintf(host, sizeof host, "%.*s%s", (int)size, row + 1, row[size] == '.' ? "org" : "");
    spl_referrer found;
    if (!spl_referrer_find(text(host), &found)) fail_msg("%s is not found", host);
    assert_int_equal(found.medium, row[0] - '0');
    assert_true(found.source.size > 0);
}

static void every_known_host_is_found_in_its_bucket(void **state)
{
    (void)state;
    static ranking all, sorted;
    uint16_t starts[SPL_HOST_BUCKETS + 1];
    assert_in_range(for_each_host(rank, &all), 100, 1000);
    sorted = all;
    qsort(sorted.rows, sorted.count, sizeof *sorted.rows, by_place);
    measure_buckets(&sorted, starts);
    if (memcmp(&all, &sorted, sizeof all) != 0 || memcmp(starts, spl_host_starts, sizeof starts) != 0) {
        for (size_t i = 0; i < sorted.count; i++) printf("%s\n", sorted.rows[i]);
        for (int i = 0; i <= SPL_HOST_BUCKETS; i++) printf("%d,%s", starts[i], i % 16 == 15 ? "\n" : " ");
        fail_msg("the known hosts are out of order: put rows and starts as above");
    }
    for_each_host(find_host, NULL);
}

static void known_referrers_give_their_source_and_medium(void **state)
{
    (void)state;
    static const context_case cases[] = {
        {"referrer=https://www.google.com/", "source=google medium=organic channel=web"},
        {"referrer=https://www.google.co.uk/search?q=x", "source=google medium=organic"},
        {"referrer=https://google.com.br", "source=google medium=organic"},
        {"referrer=HTTPS://WWW.BING.COM/", "source=bing medium=organic"},
        {"referrer=https://uk.search.yahoo.com/", "source=yahoo medium=organic"},
        {"referrer=https://l.facebook.com/l.php?u=x", "source=facebook medium=social"},
        {"referrer=https://t.co/abc", "source=twitter medium=social"},
        {"referrer=https://x.com/", "source=twitter medium=social"},
        {"referrer=https://www.pinterest.co.uk/", "source=pinterest medium=social"},
        {"referrer=https://news.ycombinator.com/item", "source=hackernews medium=social"},
        {"referrer=https://chatgpt.com/", "source=chatgpt medium=ai"},
        {"referrer=https://gemini.google.com/app", "source=gemini medium=ai"},
        {"referrer=https://mail.google.com/mail/u/0/", "source=gmail medium=email"},
        {"referrer=android-app://com.google.android.gm/", "source=gmail medium=email"},
        {"referrer=android-app://com.google.android.googlequicksearchbox/", "source=google medium=organic"},
        {"referrer=android-app://com.linkedin.android/", "source=linkedin medium=social"},
        {"referrer=android-app://org.telegram.messenger", "source=telegram medium=social"},
    };
    CHECK(cases);
}

static void unknown_referrers_are_judged_by_their_form(void **state)
{
    (void)state;
    static const context_case cases[] = {
        {"referrer=https://www.example.org/page", "source=example.org medium=referral"},
        {"referrer=https://blog.example.co.uk/", "source=blog.example.co.uk medium=referral"},
        {"referrer=https://search.example.org/", "source=example medium=organic"},
        {"referrer=https://suche.t-online.de/", "source=t-online medium=organic"},
        {"referrer=https://images.search.example.org/", "source=example medium=organic"},
        {"referrer=https://research.example.org/", "source=research.example.org medium=referral"},
        {"referrer=https://webmail.example.org/", "source=example medium=email"},
        {"referrer=https://search.com/", "source=search.com medium=referral"},
        {"referrer=https://docs.google.com/document", "source=docs.google.com medium=referral"},
        {"referrer=https://google.evil.com/", "source=google.evil.com medium=referral"},
        {"referrer=https://notgoogle.com/", "source=notgoogle.com medium=referral"},
        {"referrer=https://box.com/", "source=box.com medium=referral"},
        {"referrer=android-app://com.example.shop/", "source=shop.example.com medium=referral"},
        {"referrer=about:blank", "source=unknown medium=unknown"},
        {"referrer=null", "source=unknown medium=unknown"},
        {"referrer=https://a b/", "source=unknown medium=unknown"},
        {"referrer=https://b\xff.example/", "source=unknown medium=unknown"},
    };
    CHECK(cases);
}

static void no_sender_is_a_direct_visit(void **state)
{
    (void)state;
    static const context_case cases[] = {
        {"referrer=", "source=direct medium=none campaign="},
        {"url=https://shop.example.com/", "source=direct medium=none"},
        {"url=https://shop.example.com/\nreferrer=https://www.example.com/a", "source=direct medium=none"},
        {"url=https://example.com/\nreferrer=https://shop.example.com/a", "source=direct medium=none"},
        {"url=https://example.com/\nreferrer=https://notexample.com/", "source=notexample.com medium=referral"},
        {"country=de", "source= medium= channel="},
        {"user_agent=Mozilla/5.0 (X11; Linux x86_64)", "source= medium= channel=web"},
    };
    CHECK(cases);
}

static void tags_win_over_click_ids_and_these_over_the_referrer(void **state)
{
    (void)state;
    static const context_case cases[] = {
        {"utm_source=Newsletter\nutm_medium=Email\nutm_campaign=Spring Sale\nreferrer=https://www.google.com/",
         "source=newsletter medium=email"},
        {"url=https://a.example/?utm_source=news&utm_medium=email"
         "&utm_campaign=%20Caf%C3%A9+1&utm_term=Shoes&utm_content=Top",
         "source=news medium=email term=shoes content=top"},
        {"url=https://a.example/?utm_source=url&utm_medium=m\nutm_source=field", "source=field medium=m"},
        {"url=https://a.example/?UTM_Source=caps", "source=caps"},
        {"url=https://a.example/?utm_source=first&utm_source=second", "source=first"},
        {"utm_source=www.facebook.com\nutm_medium=cpc", "source=facebook medium=cpc"},
        {"utm_source=fb\nutm_medium=paid", "source=facebook medium=paid"},
        {"utm_source=chatgpt.com", "source=chatgpt medium=unknown"},
        {"utm_source=partner\nurl=https://a.example/?gclid=1", "source=partner medium=cpc"},
        {"utm_source=partner\nurl=https://a.example/?fbclid=1", "source=partner medium=unknown"},
        {"utm_medium=email", "source=unknown medium=email"},
        {"utm_medium=banner\nreferrer=https://news.example/", "source=news.example medium=banner"},
        {"utm_campaign=#2026", "campaign=2026 source=direct"},
        {"utm_source=\xff\xfe", "source=unknown"},
        {"utm_source=%zz", "source=%zz"},
    };
    CHECK(cases);
}

static void click_ids_name_the_network(void **state)
{
    (void)state;
    static const context_case cases[] = {
        {"url=https://a.example/?gclid=x\nreferrer=https://www.google.com/", "source=google medium=cpc"},
        {"gclid=x", "source=google medium=cpc"},
        {"url=https://a.example/?wbraid=x", "source=google medium=cpc"},
        {"url=https://a.example/?dclid=x", "source=google medium=display"},
        {"url=https://a.example/?msclkid=x", "source=bing medium=cpc"},
        {"url=https://a.example/?ttclid=x", "source=tiktok medium=cpc"},
        {"url=https://a.example/?ScCid=x", "source=snapchat medium=cpc"},
        {"url=https://a.example/?_kx=x", "source=klaviyo medium=email"},
        {"url=https://a.example/?awc=x", "source=awin medium=affiliate"},
        {"url=https://a.example/?fbclid=x", "source=facebook medium=social"},
        {"url=https://a.example/?fbclid=x\nreferrer=https://l.instagram.com/", "source=instagram medium=social"},
        {"url=https://a.example/?fbclid=x\nreferrer=https://some.example/", "source=facebook medium=social"},
        {"url=https://a.example/?fbclid=x&gclid=y", "source=google medium=cpc"},
        {"url=https://a.example/?dicbo=x", "source=outbrain medium=cpc"},
        {"url=https://a.example/?ranSiteID=x", "source=rakuten medium=affiliate"},
        {"url=https://a.example/?mc_cid=x", "source=mailchimp medium=email"},
        {"url=https://a.example/?srsltid=x", "source=google medium=organic"},
        {"url=https://a.example/?ysclid=x", "source=yandex medium=organic"},
        {"url=https://a.example/?srsltid=x\nreferrer=https://www.bing.com/", "source=bing medium=organic"},
        {"url=https://a.example/?srsltid=x&utm_source=partner", "source=partner medium=unknown"},
        {"url=https://a.example/?gclid=", "source=direct medium=none"},
    };
    CHECK(cases);
}

static void long_values_are_cut_between_characters(void **state)
{
    (void)state;
    char url[1024] = "https://a.example/?utm_source=a";
    for (int i = 0; i < 70; i++) strcat(url, "%C3%BC"); // 1 + 140 bytes: byte 128 would cut one
    spl_field field = context_text("url", url);
    static spl_context context;
    spl_context_build(&context, &field, 1);
    assert_int_equal(context_get(&context, "source")->size, 127);

    char host[300] = "https://";
    for (int i = 0; i < 64; i++) strcat(host, "abc.");
    strcat(host, "com");
    field = context_text("referrer", host);
    spl_context_build(&context, &field, 1);
    assert_text((spl_text){context_get(&context, "source")->text, context_get(&context, "source")->size}, "unknown");
}

// One list of Matomo's: lines "      - host" are asked for, wildcards filled in.
static unsigned count_known(const char *name, spl_medium medium, unsigned *count)
{
    *count = 0;
    FILE *file = context_data_open(name);
    if (!file) skip();
    unsigned known = 0;
    for (char *line; (line = context_data_line(file));) {
        line += strspn(line, " ");
        if (strncmp(line, "- ", 2) != 0) continue;
        char *entry = context_data_unquote(line + 2), filled[512], buffer[SPL_HOST_MAX];
        char *hole = strstr(entry, "{}");
        if (hole)
            snprintf(filled, sizeof filled, "%.*s%s%s", (int)(hole - entry), entry, "de", hole + 2);
        else
            snprintf(filled, sizeof filled, "%s", entry);
        spl_text host = spl_host_normalise(spl_url_host(text(filled)), false, buffer);
        if (!host.size || !memchr(host.data, '.', host.size)) continue; // a parameter or a character set
        ++*count;
        known += spl_referrer_read(host).medium == medium;
    }
    context_data_close(file);
    print_message("%s: %u of %u hosts are %s (%.1f %%)\n", name, known, *count, spl_medium_text(medium).data,
                  100.0 * known / *count);
    return known;
}

static void most_hosts_of_matomos_lists_are_known(void **state)
{
    (void)state;
    unsigned count, known = count_known("referrers/matomo_Socials.yml", SPL_MEDIUM_SOCIAL, &count);
    assert_true(known >= 0.6 * count);
    known = count_known("referrers/matomo_AIAssistants.yml", SPL_MEDIUM_AI, &count);
    assert_true(known >= 0.8 * count);
    known = count_known("referrers/matomo_SearchEngines.yml", SPL_MEDIUM_ORGANIC, &count);
    assert_true(known >= 0.4 * count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_host_of_a_url_is_what_stands_between_user_and_port),
        cmocka_unit_test(the_query_is_read_pair_by_pair),
        cmocka_unit_test(percent_codes_are_decoded_and_malformed_ones_stay),
        cmocka_unit_test(every_known_host_is_found_in_its_bucket),
        cmocka_unit_test(known_referrers_give_their_source_and_medium),
        cmocka_unit_test(unknown_referrers_are_judged_by_their_form),
        cmocka_unit_test(no_sender_is_a_direct_visit),
        cmocka_unit_test(tags_win_over_click_ids_and_these_over_the_referrer),
        cmocka_unit_test(click_ids_name_the_network),
        cmocka_unit_test(long_values_are_cut_between_characters),
        cmocka_unit_test(most_hosts_of_matomos_lists_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
