// SPDX-License-Identifier: MIT
// Tables for every rule, then accuracy on public data: bowser's labelled strings, the npm package
// user-agents (real traffic with device classes) and isbot's browsers and crawlers.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context_data.h"
#include "testing.h"
#include "user_agent.h"
#include "user_agent_words.h"

static spl_client read_agent(const char *user_agent)
{
    spl_client_texts texts = {.user_agent = {user_agent, strlen(user_agent)}};
    return spl_client_read(&texts);
}

static bool is(const char *text, const char *expected)
{
    return strcmp(text, expected) == 0;
}

typedef struct agent_case {
    const char *device, *os, *browser, *user_agent;
} agent_case;

static void check(const agent_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        spl_client found = read_agent(cases[i].user_agent);
        if (is(found.device, cases[i].device) && is(found.os, cases[i].os) && is(found.browser, cases[i].browser)) {
            assert_int_equal(found.is_bot, strcmp(cases[i].device, "bot") == 0);
            continue;
        }
        fail_msg("%s\ngives %s %s %s, not %s %s %s", cases[i].user_agent, found.device, found.os, found.browser,
                 cases[i].device, cases[i].os, cases[i].browser);
    }
}

#define KIT "AppleWebKit/537.36 (KHTML, like Gecko) "
#define IOS_KIT "AppleWebKit/605.1.15 (KHTML, like Gecko) "

static void computers_are_known_by_their_system(void **state)
{
    (void)state;
    static const agent_case cases[] = {
        {"desktop", "windows", "chrome",
         "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " KIT "Chrome/142.0.0.0 Safari/537.36"},
        {"desktop", "windows", "edge",
         "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " KIT "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"},
        {"desktop", "windows", "firefox",
         "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"},
        {"desktop", "windows", "ie",
         "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; Tablet PC 2.0; rv:11.0) like Gecko"},
        {"desktop", "macos", "safari",
         "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) " IOS_KIT "Version/18.6 Safari/605.1.15"},
        {"desktop", "macos", "vivaldi",
         "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) " KIT "Chrome/140.0.0.0 Safari/537.36 Vivaldi/7.6"},
        {"desktop", "linux", "firefox", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
        {"desktop", "chromeos", "chrome",
         "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) " KIT "Chrome/140.0.0.0 Safari/537.36"},
        {"desktop", "other", "unknown", "AmigaVoyager/3.2 (AmigaOS/MC680x0)"},
    };
    check(cases, sizeof cases / sizeof *cases);
}

static void android_is_a_phone_when_it_says_mobile_and_a_tablet_otherwise(void **state)
{
    (void)state;
    static const agent_case cases[] = {
        {"mobile", "android", "chrome",
         "Mozilla/5.0 (Linux; Android 10; K) " KIT "Chrome/142.0.0.0 Mobile Safari/537.36"},
        {"tablet", "android", "chrome", "Mozilla/5.0 (Linux; Android 10; K) " KIT "Chrome/142.0.0.0 Safari/537.36"},
        {"mobile", "android", "samsung",
         "Mozilla/5.0 (Linux; Android 14; SM-S918B) " KIT "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"},
        {"mobile", "android", "firefox", "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"},
        {"tablet", "android", "firefox", "Mozilla/5.0 (Android 15; Tablet; rv:145.0) Gecko/145.0 Firefox/145.0"},
        {"tablet", "android", "webview",
         "Mozilla/5.0 (Linux; Android 12; SM-T505; wv) " KIT "Version/4.0 Chrome/124.0 Mobile Safari/537.36"},
        {"tablet", "android", "android",
         "Mozilla/5.0 (Linux; U; Android 4.4.2; de-de; Nexus 7 Build/KOT49H) " KIT "Version/4.0 Mobile Safari/537.16"},
        {"mobile", "android", "chrome",
         "Mozilla/5.0 (Linux; Android 7; Nexus 5X Build/N) " KIT "Chrome/71.0 Mobile Safari/537.36"},
        {"tablet", "android", "silk",
         "Mozilla/5.0 (Linux; Android 5.1.1; KFFOWI) " KIT "Silk/60.2 like Chrome/60.0 Safari/537.36"},
        {"tv", "android", "silk",
         "Mozilla/5.0 (Linux; Android 9; AFTKA) " KIT "Silk/120.1 like Chrome/120.0 Safari/537.36"},
        {"tv", "android", "chrome", "Mozilla/5.0 (Linux; Android 11; BRAVIA 4K VH2) " KIT "Chrome/99.0 Safari/537.36"},
        {"tv", "android", "chrome", "Mozilla/5.0 (Linux; Android 12; Chromecast HD) " KIT "Chrome/110.0 Safari/537.36"},
        {"mobile", "android", "unknown", "Dalvik/2.1.0 (Linux; U; Android 9; SM-G965U Build/PPR1)"},
    };
    check(cases, sizeof cases / sizeof *cases);
}

static void apple_devices_are_told_apart_even_where_a_tablet_poses_as_a_mac(void **state)
{
    (void)state;
    static const agent_case cases[] = {
        {"mobile", "ios", "safari",
         "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) " IOS_KIT "Version/26.1 Mobile/15E148 Safari/604.1"},
        {"tablet", "ios", "chrome",
         "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) " IOS_KIT "CriOS/141.0 Mobile/15E148 Safari/604.1"},
        {"tablet", "ios", "firefox",
         "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15) " IOS_KIT "FxiOS/24.1 Safari/605.1.15"},
        {"tablet", "ios", "duckduckgo",
         "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_4) " IOS_KIT "Mobile/15E148 DuckDuckGo/7"},
        {"mobile", "ios", "webview", "Mozilla/5.0 (iPhone; CPU iPhone OS 11_0 like Mac OS X) " IOS_KIT "Mobile/15J380"},
        {"mobile", "ios", "unknown", "AppName/1 CFNetwork/758.1.2 Darwin/15.0.0"},
        {"tv", "tvos", "unknown", "AppName/1 CFNetwork/758.1.3 AppleTV/16.0.0"},
    };
    check(cases, sizeof cases / sizeof *cases);
}

static void apps_that_show_pages_are_browsers_of_their_own(void **state)
{
    (void)state;
    static const agent_case cases[] = {
        {"mobile", "ios", "instagram",
         "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) " IOS_KIT "Mobile/21F79 Instagram 330.0.3 "
         "(iPhone14,3; iOS 17_5)"},
        {"mobile", "android", "facebook",
         "Mozilla/5.0 (Linux; Android 7.0; SM-G570M; wv) " KIT "Version/4.0 Chrome/69.0 Mobile Safari/537.36 "
         "[FB_IAB/FB4A;FBAV/192.0;]"},
        {"mobile", "unknown", "facebook", "[FBAN/FB4A;FBAV/567.1;FBPN/com.facebook.katana;FBSV/16;]"},
        {"mobile", "android", "tiktok",
         "Mozilla/5.0 (Linux; Android 8.1.0; BQ-5516L; wv) " KIT "Version/4.0 Chrome/81.0 Mobile Safari/537.36 "
         "trill_2021509030 AppName/musical_ly"},
        {"mobile", "ios", "linkedin",
         "Mozilla/5.0 (iPhone; CPU iPhone OS 12_4_1 like Mac OS X) " IOS_KIT "Mobile/15E148 [LinkedInApp]"},
        {"mobile", "ios", "google",
         "Mozilla/5.0 (iPhone; CPU iPhone OS 13_3 like Mac OS X) " IOS_KIT "GSA/102.0 Mobile/15E148 Safari/604.1"},
    };
    check(cases, sizeof cases / sizeof *cases);
}

static void other_phones_televisions_and_consoles_are_known(void **state)
{
    (void)state;
    static const agent_case cases[] = {
        {"mobile", "windows-phone", "edge",
         "Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; NOKIA; Lumia 930) " KIT "Chrome/51.0 Mobile Safari/537.36 "
         "Edge/14.14393"},
        {"mobile", "blackberry", "safari",
         "Mozilla/5.0 (BB10; Kbd) AppleWebKit/537.35+ (KHTML, like Gecko) Version/10.3 Mobile Safari/537.35+"},
        {"mobile", "other", "opera",
         "Opera/9.80 (J2ME/MIDP; Opera Mini/8.0.35626/191.249; U; en) Presto/2.12 Version/12.16"},
        {"mobile", "kaios", "firefox",
         "Mozilla/5.0 (Mobile; Nokia 8110 4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5"},
        {"mobile", "harmonyos", "huawei",
         "Mozilla/5.0 (Phone; OpenHarmony 5.0) " KIT "Chrome/114.0 Safari/537.36 ArkWeb/4.1 HuaweiBrowser/5.1 Mobile"},
        {"tablet", "blackberry", "safari",
         "Mozilla/5.0 (PlayBook; U; RIM Tablet OS 2.1.0; en-US) AppleWebKit/536.2+ (KHTML, like Gecko) Version/7.2 "
         "Safari/536.2+"},
        {"tv", "tizen", "samsung",
         "Mozilla/5.0 (SMART-TV; Linux; Tizen 2.4.0) AppleWebkit/538.1 (KHTML, like Gecko) SamsungBrowser/1.1 TV "
         "Safari/538.1"},
        {"tv", "linux", "unknown", "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) QIHU"},
        {"tv", "playstation", "unknown", "Mozilla/5.0 (PlayStation 4 6.20) AppleWebKit/605.1.15 (KHTML, like Gecko)"},
        {"tv", "linux", "unknown", "HbbTV/1.2.1 (;Panasonic;VIERA 2014;3.101;6101-0003 1110-0000;)"},
        {"tv", "roku", "unknown", "Roku/DVP-9.0 (047.00E09044A)"},
    };
    check(cases, sizeof cases / sizeof *cases);
}

static void bots_are_known_by_word_address_or_lack_of_a_platform(void **state)
{
    (void)state;
    static const agent_case cases[] = {
        {"bot", "android", "chrome",
         "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) " KIT
         "Chrome/80.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"bot", "linux", "chrome", "Mozilla/5.0 (X11; Linux x86_64) " KIT "HeadlessChrome/100.0.4896.88 Safari/537.36"},
        {"bot", "unknown", "unknown", "curl/8.5.0"},
        {"bot", "linux", "unknown", "python-requests/2.31 Linux/6.1"},
        {"bot", "unknown", "unknown", "Mozilla/5.0 (compatible; Trance/1.0)"},
        {"bot", "macos", "chrome",
         "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) " KIT "Chrome/131.0 Safari/537.36; Devin/1.0"},
        {"bot", "linux", "chrome",
         "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko; Search Console) Chrome/41.0 "
         "Safari/537.36"},
        {"bot", "windows", "chrome",
         "Mozilla/5.0 (Windows NT 6.1) " KIT "Chrome/61.0 Safari/537.36 (+https://crawl.example/)"},
        {"bot", "linux", "chrome",
         "Mozilla/5.0 (X11; Linux x86_64) " KIT "Chrome/56.0 Safari/537.36 Google-PageRenderer"},
        {"bot", "android", "chrome",
         "Anonymous, Mozilla/5.0 (Linux; Android 9; A) " KIT "Chrome/76.0 Mobile Safari/537.36"},
        {"bot", "unknown", "unknown", "newspaperbot"},
    };
    check(cases, sizeof cases / sizeof *cases);
}

static void words_that_only_look_like_a_bots_do_not_make_one(void **state)
{
    (void)state;
    static const agent_case cases[] = {
        {"mobile", "android", "chrome",
         "Mozilla/5.0 (Linux; Android 6.0; CUBOT MAX Build/MRA58K) " KIT "Chrome/51.0 Mobile Safari/537.36"},
        {"mobile", "android", "webview",
         "Mozilla/5.0 (Linux; Android 12; moto g(50) 5G Build/S1RSS32.38-20; wv) " KIT "Version/4.0 Chrome/124.0 "
         "Mobile Safari/537.36"},
        {"mobile", "android", "chrome",
         "Mozilla/5.0 (Linux; Android 13; Google Pixel 6) " KIT "Chrome/104.0 Mobile Safari/537.36"},
        {"mobile", "android", "unknown", "App/1.0 (com.example.app; Android 14)"},
        {"desktop", "macos", "safari",
         "Mozilla/5.0 (Macintosh; U; PPC Mac OS X; en) AppleWebKit/418.9 (KHTML, like Gecko, Safari) Safari/419.3"},
    };
    check(cases, sizeof cases / sizeof *cases);
}

static spl_client read_hints(const char *agent, const char *brands, const char *platform, spl_mobile_hint mobile)
{
    spl_client_texts texts = {.user_agent = {agent, strlen(agent)},
                              .brands = {brands, strlen(brands)},
                              .platform = {platform, strlen(platform)},
                              .mobile = mobile};
    return spl_client_read(&texts);
}

static void client_hints_tell_what_a_reduced_user_agent_leaves_out(void **state)
{
    (void)state;
    static const char brands[] = "\"Chromium\";v=\"142\", \"Microsoft Edge\";v=\"142\", \"Not_A Brand\";v=\"99\"";
    spl_client found = read_hints("", brands, "\"Windows\"", SPL_HINT_NOT_MOBILE);
    assert_true(is(found.device, "desktop") && is(found.os, "windows") && is(found.browser, "edge") && !found.is_bot);

    found = read_hints("", "\"Google Chrome\";v=\"142\"", "\"Chrome OS\"", SPL_HINT_NOT_MOBILE);
    assert_true(is(found.device, "desktop") && is(found.os, "chromeos") && is(found.browser, "chrome"));

    found = read_hints("", "\"Google Chrome\";v=\"142\"", "\"Android\"", SPL_HINT_MOBILE);
    assert_true(is(found.device, "mobile") && is(found.os, "android"));
    found = read_hints("", "\"Google Chrome\";v=\"142\"", "\"Android\"", SPL_HINT_NOT_MOBILE);
    assert_true(is(found.device, "tablet"));

    const char *desktop = "Mozilla/5.0 (X11; Linux x86_64) " KIT "Chrome/142.0.0.0 Safari/537.36";
    found = read_hints(desktop, "", "\"Android\"", SPL_HINT_MOBILE);
    assert_true(is(found.device, "mobile") && is(found.os, "android"));
    found = read_hints(desktop, "\"HeadlessChrome\";v=\"142\"", "\"Linux\"", SPL_HINT_NOT_MOBILE);
    assert_true(found.is_bot);
}

static void form_factors_say_what_a_platform_and_mobile_do_not(void **state)
{
    (void)state;
    static const struct {
        const char *list, *device;
    } cases[] = {
        {"", "mobile"},
        {"\"Tablet\"", "tablet"},
        {"\"Desktop\"", "desktop"},
        {"\"EInk\", \"Tablet\"", "tablet"},
        {"\"Mobile\", \"XR\"", "mobile"},
        {"\"Watch\"", "mobile"},
        {"Tablet", "mobile"},
        {"\"", "mobile"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spl_client_texts texts = {.brands = SPL_TEXT("\"Google Chrome\";v=\"142\""),
                                  .platform = SPL_TEXT("\"Android\""),
                                  .form_factors = {cases[i].list, strlen(cases[i].list)},
                                  .mobile = SPL_HINT_MOBILE};
        assert_string_equal(spl_client_read(&texts).device, cases[i].device);
    }
}

static uint64_t key_of(const spl_ua_word *word)
{
    uint64_t key;
    memcpy(&key, word->text, sizeof key);
    return key;
}

// First letter, parts before wholes, what is nothing but a bot last, mark, browser, platform, letters.
static int by_place(const void *a, const void *b)
{
    const spl_ua_word *x = a, *y = b;
    if (x->text[0] != y->text[0]) return x->text[0] - y->text[0];
    int part = (y->marks & SPL_UA_PART) - (x->marks & SPL_UA_PART);
    if (part) return part;
    int bot = (x->marks == SPL_UA_BOT) - (y->marks == SPL_UA_BOT);
    if (bot) return bot;
    if (x->marks != y->marks) return x->marks - y->marks;
    if (x->browser != y->browser) return x->browser - y->browser;
    if (x->platform != y->platform) return x->platform - y->platform;
    return memcmp(x->text, y->text, sizeof x->text);
}

static void every_word_is_found_in_its_bucket(void **state)
{
    (void)state;
    spl_ua_word sorted[255];
    uint8_t starts[SPL_UA_BUCKETS + 1] = {0};
    assert_true(spl_ua_word_count <= 255);
    memcpy(sorted, spl_ua_words, spl_ua_word_count * sizeof *sorted);
    qsort(sorted, spl_ua_word_count, sizeof *sorted, by_place);
    for (uint32_t i = 0; i < spl_ua_word_count; i++) starts[spl_ua_bucket(key_of(&sorted[i])) + 1]++;
    for (int i = 0; i < SPL_UA_BUCKETS; i++) starts[i + 1] = (uint8_t)(starts[i + 1] + starts[i]);
    if (memcmp(sorted, spl_ua_words, spl_ua_word_count * sizeof *sorted) != 0 ||
        memcmp(starts, spl_ua_starts, sizeof starts) != 0) {
        for (uint32_t i = 0; i < spl_ua_word_count; i++) printf("%.8s\n", sorted[i].text);
        for (int i = 0; i <= SPL_UA_BUCKETS; i++) printf("%d,%s", starts[i], i % 20 == 19 ? "\n" : " ");
        fail_msg("the words are out of order: put words and starts as above");
    }
    for (uint32_t i = 0; i < spl_ua_word_count; i++)
        assert_ptr_equal(spl_ua_find(key_of(&spl_ua_words[i]), 0), &spl_ua_words[i]); // so no word stands twice
}

static void any_bytes_have_an_answer(void **state)
{
    (void)state;
    static const char *const texts[] = {"", ")", "(((((", ";", "]];", "\xff\xfe\xc3", "Mozilla/5.0 (", "a", "://"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        spl_client found = read_agent(texts[i]);
        assert_true(*found.device && *found.os && *found.browser);
    }
}

// Shares over all sets, for the bound on browsers called bots.
static unsigned browsers, browsers_called_bots;

static void count_browser(const spl_client *client)
{
    browsers++;
    browsers_called_bots += client->is_bot;
}

static void at_least_99_percent_of_the_devices_of_real_traffic_are_right(void **state)
{
    (void)state;
    FILE *file = context_data_open("useragents/user-agents.json.gz");
    if (!file) skip();
    unsigned count = 0, right = 0;
    spl_client client = {.device = ""};
    for (char *line; (line = context_data_line(file));) {
        char *value = strstr(line, "\": \"");
        if (!value) continue;
        value += 3;
        if (strstr(line, "\"userAgent\"")) {
            client = read_agent(context_data_unquote(value));
        } else if (strstr(line, "\"deviceCategory\"")) {
            count_browser(&client);
            count++;
            right += is(client.device, context_data_unquote(value));
        }
    }
    context_data_close(file);
    print_message("user-agents: %u of %u devices right (%.2f %%)\n", right, count, 100.0 * right / count);
    assert_true(count >= 1000 && right >= 0.99 * count);
}

static void at_least_99_percent_of_bowsers_devices_are_right(void **state)
{
    (void)state;
    FILE *file = context_data_open("useragents/bowser/useragentstrings.yml.gz");
    if (!file) skip();
    unsigned count = 0, right = 0;
    spl_client client = {.device = ""};
    for (char *line; (line = context_data_line(file));) {
        line += strspn(line, " -");
        if (strncmp(line, "ua: ", 4) == 0) client = read_agent(context_data_unquote(line + 4));
        if (strncmp(line, "type: ", 6) != 0) continue;
        char *type = context_data_unquote(line + 6);
        if (strcmp(type, "bot") != 0) count_browser(&client);
        count++;
        right += is(client.device, type);
    }
    context_data_close(file);
    print_message("bowser: %u of %u devices right (%.2f %%)\n", right, count, 100.0 * right / count);
    assert_true(count >= 200 && right >= 0.99 * count);
}

static unsigned count_bots(FILE *file, unsigned *count)
{
    unsigned bots = 0;
    *count = 0;
    for (char *line; (line = context_data_line(file));) {
        if (strncmp(line, "  - ", 4) != 0) continue;
        spl_client client = read_agent(context_data_unquote(line + 4));
        bots += client.is_bot;
        ++*count;
    }
    context_data_close(file);
    return bots;
}

static void at_least_98_percent_of_isbots_crawlers_are_bots(void **state)
{
    (void)state;
    FILE *file = context_data_open("useragents/isbot/crawlers.yml.gz");
    if (!file) skip();
    unsigned count, bots = count_bots(file, &count);
    print_message("isbot: %u of %u crawlers are bots (%.2f %%)\n", bots, count, 100.0 * bots / count);
    assert_true(count >= 500 && bots >= 0.98 * count);
}

// isbot's browsers are odd by choice; with real traffic and bowser's they make the whole.
static void at_most_one_browser_in_a_thousand_is_called_a_bot(void **state)
{
    (void)state;
    FILE *file = context_data_open("useragents/isbot/browsers.yml.gz");
    if (!file) skip();
    unsigned count, bots = count_bots(file, &count);
    unsigned all = browsers + count, wrong = browsers_called_bots + bots;
    print_message("browsers: %u of %u called bots (%.3f %%), %u of isbot's %u\n", wrong, all, 100.0 * wrong / all, bots,
                  count);
    assert_true(all >= 10000 && wrong <= 0.001 * all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(computers_are_known_by_their_system),
        cmocka_unit_test(android_is_a_phone_when_it_says_mobile_and_a_tablet_otherwise),
        cmocka_unit_test(apple_devices_are_told_apart_even_where_a_tablet_poses_as_a_mac),
        cmocka_unit_test(apps_that_show_pages_are_browsers_of_their_own),
        cmocka_unit_test(other_phones_televisions_and_consoles_are_known),
        cmocka_unit_test(bots_are_known_by_word_address_or_lack_of_a_platform),
        cmocka_unit_test(words_that_only_look_like_a_bots_do_not_make_one),
        cmocka_unit_test(client_hints_tell_what_a_reduced_user_agent_leaves_out),
        cmocka_unit_test(form_factors_say_what_a_platform_and_mobile_do_not),
        cmocka_unit_test(every_word_is_found_in_its_bucket),
        cmocka_unit_test(any_bytes_have_an_answer),
        cmocka_unit_test(at_least_99_percent_of_the_devices_of_real_traffic_are_right),
        cmocka_unit_test(at_least_99_percent_of_bowsers_devices_are_right),
        cmocka_unit_test(at_least_98_percent_of_isbots_crawlers_are_bots),
        cmocka_unit_test(at_most_one_browser_in_a_thousand_is_called_a_bot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
