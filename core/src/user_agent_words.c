// SPDX-License-Identifier: MIT
// Words ascend by their hash, and a bucket of them is read from its start: a table of every word's place would weigh
// as much as a third of the words. Add a word anywhere: tests/core/test_user_agent.c prints the order and the
// starts anew.
#include "user_agent_words.h"

#include <string.h>

#define PLATFORM(text, platform, marks) {text, SPL_UA_##platform, SPL_UA_NO_BROWSER, marks}
#define BROWSER(text, browser) {text, SPL_UA_NO_PLATFORM, SPL_UA_##browser, 0}
#define MARK(text, marks) {text, SPL_UA_NO_PLATFORM, SPL_UA_NO_BROWSER, marks}
#define ROBOT(text) MARK(text, SPL_UA_BOT)
#define ROBOT_PART(text) MARK(text, SPL_UA_BOT | SPL_UA_PART)

const spl_ua_word spl_ua_words[] = {
    ROBOT_PART("curl"),
    {"headless", SPL_UA_NO_PLATFORM, SPL_UA_CHROME, SPL_UA_BOT}, // headlesschrome
    ROBOT("burpcoll"), // burpcollaborator
    ROBOT("php"),
    ROBOT("collapsi"), // collapsify
    PLATFORM("dalvik", ANDROID, 0),
    PLATFORM("playbook", BLACKBERRY, SPL_UA_TABLET),
    BROWSER("opt", OPERA),
    ROBOT_PART("monitor"),
    ROBOT("dejaclic"), // dejaclick
    PLATFORM("sonos", LINUX, 0),
    PLATFORM("smarttv", LINUX, SPL_UA_TV),
    MARK("rss", SPL_UA_ASK | SPL_UA_PART),
    BROWSER("icewease", FIREFOX), // iceweasel
    BROWSER("edg", EDGE),
    MARK("com", SPL_UA_ASK),
    PLATFORM("macos", MACOS, 0),
    ROBOT("httrack"),
    BROWSER("opr", OPERA),
    ROBOT("ruby"),
    ROBOT("phantomj"), // phantomjs
    ROBOT("htmlunit"),
    PLATFORM("mozacfet", ANDROID, 0), // mozacfetch, a part of Firefox
    ROBOT("favicon"),
    {"micromes", SPL_UA_APP, SPL_UA_WECHAT, 0}, // micromessenger
    ROBOT("ptst"),
    MARK("mobi", SPL_UA_MOBILE),
    ROBOT("playwrig"), // playwright
    {"fban", SPL_UA_APP, SPL_UA_FACEBOOK, 0},
    ROBOT_PART("bots"),
    PLATFORM("smarthub", LINUX, SPL_UA_TV),
    {"pinteres", SPL_UA_APP, SPL_UA_PINTEREST, 0}, // pinterest
    BROWSER("safari", SAFARI),
    PLATFORM("crkey", LINUX, SPL_UA_TV),
    PLATFORM("googletv", LINUX, SPL_UA_TV),
    BROWSER("brave", BRAVE),
    BROWSER("wv", WEBVIEW),
    ROBOT_PART("spider"),
    PLATFORM("elinks", OTHER, 0),
    ROBOT("marketgo"), // marketgoo
    PLATFORM("iphone", IOS, SPL_UA_MOBILE | SPL_UA_HANDSET),
    PLATFORM("xbox", XBOX, SPL_UA_TV),
    ROBOT("whatsapp"), // its link preview; the app opens pages in the system's browser
    MARK("compatib", SPL_UA_COMPATIBLE), // compatible
    BROWSER("crmo", CHROME),
    PLATFORM("viber", APP, 0),
    PLATFORM("android", ANDROID, 0),
    ROBOT("python"),
    ROBOT("sitesuck"), // sitesucker
    MARK("x", SPL_UA_ASK), // X11
    PLATFORM("roku", ROKU, SPL_UA_TV),
    ROBOT("lighthou"), // lighthouse
    ROBOT_PART("fetcher"),
    ROBOT("googlewe"), // googleweblight
    MARK("mobile", SPL_UA_MOBILE),
    ROBOT("wkhtmlto"), // wkhtmltopdf
    ROBOT("puppetee"), // puppeteer
    {"snapchat", SPL_UA_NO_PLATFORM, SPL_UA_SNAPCHAT, 0},
    ROBOT_PART("datadog"),
    MARK("google", SPL_UA_ASK),
    ROBOT("transcod"), // transcoder
    ROBOT("reeder"),
    PLATFORM("macintos", MACOS, SPL_UA_MACINTOSH),
    PLATFORM("lynx", OTHER, 0),
    PLATFORM("nokia", FEATURE_PHONE, SPL_UA_MOBILE),
    BROWSER("trident", IE),
    PLATFORM("cfnetwor", DARWIN, 0), // cfnetwork
    MARK("cubot", 0), // a maker of phones
    PLATFORM("linux", LINUX, 0),
    BROWSER("edge", EDGE),
    ROBOT("clamav"),
    PLATFORM("ucweb", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("openbsd", OTHER, 0),
    MARK("tv", SPL_UA_TV),
    {"musical", SPL_UA_APP, SPL_UA_TIKTOK, 0}, // musical_ly
    {"trill", SPL_UA_APP, SPL_UA_TIKTOK, 0},
    MARK("org", SPL_UA_ASK),
    PLATFORM("syllable", OTHER, 0),
    BROWSER("duckduck", DUCKDUCKGO), // duckduckgo
    PLATFORM("konquero", OTHER, 0), // konqueror
    BROWSER("miuibrow", MIUI), // miuibrowser
    ROBOT("rigor"),
    MARK("tab", SPL_UA_TABLET),
    BROWSER("reddit", REDDIT),
    ROBOT_PART("checker"),
    PLATFORM("bravia", LINUX, SPL_UA_TV),
    ROBOT("googleme"), // googlemessages
    PLATFORM("tizen", TIZEN, 0),
    MARK("gecko", SPL_UA_ASK),
    PLATFORM("sunos", OTHER, 0),
    ROBOT("grpc"),
    BROWSER("edga", EDGE),
    BROWSER("firefox", FIREFOX),
    PLATFORM("amiga", OTHER, 0),
    BROWSER("qqbrowse", QQ), // qqbrowser
    PLATFORM("tvos", TVOS, SPL_UA_TV),
    ROBOT("selenium"),
    ROBOT("swcd"), // fetches Apple's universal links
    BROWSER("samsungb", SAMSUNG), // samsungbrowser
    PLATFORM("amigaos", OTHER, 0),
    BROWSER("msie", IE),
    PLATFORM("ipados", IOS, SPL_UA_TABLET),
    PLATFORM("ipod", IOS, SPL_UA_MOBILE | SPL_UA_HANDSET),
    ROBOT("slurp"),
    ROBOT("uptime"),
    ROBOT_PART("feed"),
    {"opios", SPL_UA_IOS, SPL_UA_OPERA, 0},
    {"googleap", SPL_UA_APP, SPL_UA_GOOGLE_APP, 0}, // googleapp
    PLATFORM("bada", FEATURE_PHONE, SPL_UA_MOBILE),
    ROBOT("splash"),
    {"crios", SPL_UA_IOS, SPL_UA_CHROME, 0},
    MARK("ctv", SPL_UA_TV),
    PLATFORM("harmonyo", HARMONYOS, 0), // harmonyos
    ROBOT("cursor"), // an editor's robot
    BROWSER("ddg", DUCKDUCKGO),
    PLATFORM("mac", MACOS, 0),
    MARK("phone", SPL_UA_ASK),
    ROBOT("dmbrowse"), // dmbrowser
    PLATFORM("darwin", DARWIN, 0),
    ROBOT("dareboos"), // dareboost
    PLATFORM("htc", APP, 0),
    ROBOT("taginspe"), // taginspector
    MARK("mini", SPL_UA_MOBILE),
    PLATFORM("sonyeric", FEATURE_PHONE, SPL_UA_MOBILE), // sonyericsson
    BROWSER("iab", FACEBOOK), // FB_IAB
    PLATFORM("msoffice", WINDOWS, 0),
    {"bytedanc", SPL_UA_NO_PLATFORM, SPL_UA_TIKTOK, 0}, // bytedancewebview
    PLATFORM("links", OTHER, 0),
    PLATFORM("morphos", OTHER, 0),
    ROBOT_PART("fetch"),
    MARK("tablet", SPL_UA_TABLET),
    PLATFORM("viera", LINUX, SPL_UA_TV),
    MARK("w", SPL_UA_ASK), // w3m
    ROBOT_PART("validat"),
    PLATFORM("beos", OTHER, 0),
    MARK("appleweb", SPL_UA_ENGINE), // applewebkit
    ROBOT("perl"),
    BROWSER("linkedin", LINKEDIN),
    PLATFORM("mot", FEATURE_PHONE, SPL_UA_MOBILE),
    ROBOT_PART("archive"),
    ROBOT_PART("crawler"),
    {"fxios", SPL_UA_IOS, SPL_UA_FIREFOX, 0},
    PLATFORM("maemo", FEATURE_PHONE, SPL_UA_MOBILE),
    BROWSER("yasearch", YANDEX), // yasearchbrowser
    ROBOT("datanyze"),
    ROBOT("wechatde"), // wechatdevtools
    BROWSER("huaweibr", HUAWEI), // huaweibrowser
    PLATFORM("win", WINDOWS, 0),
    PLATFORM("ubuntu", LINUX, 0),
    ROBOT("jsdom"),
    PLATFORM("freebsd", OTHER, 0),
    ROBOT("igetter"),
    ROBOT_PART("audit"),
    PLATFORM("windows", WINDOWS, 0),
    BROWSER("metaiab", FACEBOOK),
    PLATFORM("ios", IOS, SPL_UA_MOBILE),
    MARK("touchpad", SPL_UA_TABLET),
    PLATFORM("webos", WEBOS, 0),
    MARK("mozilla", SPL_UA_WEB | SPL_UA_ASK),
    ROBOT("winhttp"),
    PLATFORM("netcast", LINUX, SPL_UA_TV),
    ROBOT_PART("agent"),
    ROBOT("subscrib"), // subscribers
    BROWSER("whale", WHALE),
    ROBOT("cypress"),
    BROWSER("mqqbrows", QQ), // mqqbrowser
    PLATFORM("kaios", KAIOS, SPL_UA_MOBILE),
    ROBOT("scanner"),
    MARK("sm", SPL_UA_ASK), // SM-T705, SM-X200: Samsung's tablets
    BROWSER("gsa", GOOGLE_APP),
    {"tiktok", SPL_UA_NO_PLATFORM, SPL_UA_TIKTOK, 0},
    ROBOT_PART("scrap"),
    BROWSER("silk", SILK),
    ROBOT("newrelic"),
    PLATFORM("outlook", WINDOWS, 0),
    MARK("http", SPL_UA_ASK),
    ROBOT_PART("preview"),
    BROWSER("opera", OPERA),
    PLATFORM("openharm", HARMONYOS, 0), // openharmony
    MARK("kindle", SPL_UA_TABLET),
    ROBOT_PART("seo"),
    PLATFORM("hpwos", WEBOS, SPL_UA_TABLET),
    PLATFORM("ipad", IOS, SPL_UA_TABLET),
    BROWSER("chromium", CHROME),
    PLATFORM("hulu", APP, 0),
    ROBOT("ruxitsyn"), // ruxitsynthetic
    ROBOT("pingdom"),
    BROWSER("vivaldi", VIVALDI),
    ROBOT_PART("indexer"),
    ROBOT_PART("bot"),
    BROWSER("twitter", TWITTER),
    MARK("pad", SPL_UA_TABLET),
    {"edgios", SPL_UA_IOS, SPL_UA_EDGE, 0},
    MARK("bb", SPL_UA_ASK), // BB10
    BROWSER("ucbrowse", UC), // ucbrowser
    ROBOT("catchpoi"), // catchpoint
    BROWSER("ucpro", UC),
    MARK("mibox", SPL_UA_TV),
    PLATFORM("sailfish", FEATURE_PHONE, SPL_UA_MOBILE),
    ROBOT_PART("inspect"),
    ROBOT_PART("proxy"),
    PLATFORM("midp", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("adr", ANDROID, 0), // how UC Browser spells it
    ROBOT_PART("analyz"),
    PLATFORM("hbbtv", LINUX, SPL_UA_TV),
    BROWSER("yabrowse", YANDEX), // yabrowser
    ROBOT("downcast"),
    ROBOT("cloudfla"), // cloudflare
    PLATFORM("blackber", BLACKBERRY, SPL_UA_MOBILE), // blackberry
    PLATFORM("docomo", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("cldc", FEATURE_PHONE, SPL_UA_MOBILE),
    {"instagra", SPL_UA_APP, SPL_UA_INSTAGRAM, 0}, // instagram
    PLATFORM("symbian", FEATURE_PHONE, SPL_UA_MOBILE),
    MARK("chromeca", SPL_UA_TV), // chromecast
    PLATFORM("playstat", PLAYSTATION, SPL_UA_TV), // playstation
    MARK("nexus", SPL_UA_ASK), // Nexus 7, 9, 10
    PLATFORM("nintendo", NINTENDO, SPL_UA_TV),
    PLATFORM("appletv", TVOS, SPL_UA_TV),
    PLATFORM("office", WINDOWS, 0),
    {"fbav", SPL_UA_APP, SPL_UA_FACEBOOK, 0},
    ROBOT("readkit"),
    PLATFORM("inferno", OTHER, 0),
    MARK("https", SPL_UA_ASK),
    MARK("www", SPL_UA_ASK),
    MARK("mediapad", SPL_UA_TABLET),
    PLATFORM("series", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("haiku", OTHER, 0),
    ROBOT_PART("probe"),
    ROBOT_PART("crawl"),
    BROWSER("chrome", CHROME),
    ROBOT("wget"),
    PLATFORM("iemobile", WINDOWS_PHONE, SPL_UA_MOBILE),
    MARK("fennec", SPL_UA_MOBILE),
    ROBOT("statusca"), // statuscake
    ROBOT_PART("synthet"),
    MARK("xoom", SPL_UA_TABLET),
    PLATFORM("symbiano", FEATURE_PHONE, SPL_UA_MOBILE), // symbianos
    BROWSER("line", LINE),
    ROBOT("newsblur"),
    BROWSER("barcelon", THREADS), // the app's name inside Meta
    PLATFORM("cros", CHROMEOS, 0),
};

const uint32_t spl_ua_word_count = sizeof spl_ua_words / sizeof *spl_ua_words;

const uint8_t spl_ua_starts[SPL_UA_BUCKETS + 1] = {
    0, 2, 4, 6, 8, 9, 12, 12, 13, 16, 19, 20, 26, 27, 32, 37, 40, 42, 44, 46,
    49, 49, 53, 54, 55, 57, 57, 59, 62, 64, 67, 67, 68, 71, 74, 74, 78, 78, 81, 82,
    84, 84, 86, 88, 90, 91, 92, 94, 96, 96, 96, 101, 105, 107, 108, 111, 114, 114, 115, 116,
    118, 120, 120, 121, 122, 123, 127, 128, 130, 131, 133, 134, 135, 138, 139, 145, 145, 147, 149, 153,
    154, 157, 157, 158, 159, 159, 159, 162, 166, 169, 171, 172, 174, 177, 180, 182, 183, 184, 188, 189,
    191, 192, 192, 194, 196, 201, 204, 204, 205, 208, 210, 210, 211, 213, 216, 218, 223, 223, 225, 227,
    228, 231, 232, 233, 234, 235, 236, 238, 241,
};

const spl_ua_word *spl_ua_find(uint64_t key)
{
    uint32_t bucket = spl_ua_bucket(key);
    for (uint32_t i = spl_ua_starts[bucket]; i < spl_ua_starts[bucket + 1]; i++) {
        uint64_t text;
        memcpy(&text, spl_ua_words[i].text, sizeof text);
        if (text == key) return &spl_ua_words[i];
    }
    return NULL;
}
