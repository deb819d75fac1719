// SPDX-License-Identifier: MIT
// Words are grouped by what they say, so that a new one has an obvious place; the search goes
// through `spl_ua_slots`, which tests/core/test_user_agent.c recomputes and prints when it is
// out of date.
#include "user_agent_words.h"

#include <string.h>

#define PLATFORM(text, platform, marks) {text, SPL_UA_##platform, SPL_UA_NO_BROWSER, marks}
#define BROWSER(text, browser) {text, SPL_UA_NO_PLATFORM, SPL_UA_##browser, 0}
#define MARK(text, marks) {text, SPL_UA_NO_PLATFORM, SPL_UA_NO_BROWSER, marks}
#define ROBOT(text) MARK(text, SPL_UA_BOT)
#define ROBOT_PART(text) MARK(text, SPL_UA_BOT | SPL_UA_PART)

const spl_ua_word spl_ua_words[] = {
    // Computers.
    PLATFORM("windows", WINDOWS, 0),
    PLATFORM("win", WINDOWS, 0),
    PLATFORM("outlook", WINDOWS, 0),
    PLATFORM("msoffice", WINDOWS, 0),
    PLATFORM("office", WINDOWS, 0),
    PLATFORM("macintos", MACOS, SPL_UA_MACINTOSH),
    PLATFORM("macos", MACOS, 0),
    PLATFORM("mac", MACOS, 0),
    PLATFORM("linux", LINUX, 0),
    MARK("x", SPL_UA_ASK), // X11
    PLATFORM("ubuntu", LINUX, 0),
    PLATFORM("cros", CHROMEOS, 0),
    PLATFORM("freebsd", OTHER, 0),
    PLATFORM("openbsd", OTHER, 0),
    PLATFORM("sunos", OTHER, 0),
    PLATFORM("amiga", OTHER, 0),
    PLATFORM("amigaos", OTHER, 0),
    PLATFORM("morphos", OTHER, 0),
    PLATFORM("beos", OTHER, 0),
    PLATFORM("inferno", OTHER, 0),
    PLATFORM("syllable", OTHER, 0),
    PLATFORM("konquero", OTHER, 0), // konqueror
    PLATFORM("haiku", OTHER, 0),
    PLATFORM("lynx", OTHER, 0),
    PLATFORM("links", OTHER, 0),
    PLATFORM("elinks", OTHER, 0),
    MARK("w", SPL_UA_ASK), // w3m

    // Phones and tablets.
    PLATFORM("android", ANDROID, 0),
    PLATFORM("adr", ANDROID, 0), // how UC Browser spells it
    PLATFORM("dalvik", ANDROID, 0),
    PLATFORM("mozacfet", ANDROID, 0), // mozacfetch, a part of Firefox
    PLATFORM("iphone", IOS, SPL_UA_MOBILE | SPL_UA_HANDSET),
    PLATFORM("ipod", IOS, SPL_UA_MOBILE | SPL_UA_HANDSET),
    PLATFORM("ios", IOS, SPL_UA_MOBILE),
    PLATFORM("ipad", IOS, SPL_UA_TABLET),
    PLATFORM("ipados", IOS, SPL_UA_TABLET),
    PLATFORM("darwin", DARWIN, 0),
    PLATFORM("cfnetwor", DARWIN, 0), // cfnetwork
    PLATFORM("harmonyo", HARMONYOS, 0), // harmonyos
    PLATFORM("openharm", HARMONYOS, 0), // openharmony
    PLATFORM("iemobile", WINDOWS_PHONE, SPL_UA_MOBILE),
    PLATFORM("blackber", BLACKBERRY, SPL_UA_MOBILE),    // blackberry
    MARK("bb", SPL_UA_ASK),                             // BB10
    PLATFORM("playbook", BLACKBERRY, SPL_UA_TABLET),
    PLATFORM("kaios", KAIOS, SPL_UA_MOBILE),
    PLATFORM("hpwos", WEBOS, SPL_UA_TABLET),
    PLATFORM("midp", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("cldc", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("symbian", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("symbiano", FEATURE_PHONE, SPL_UA_MOBILE), // symbianos
    PLATFORM("series", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("mot", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("nokia", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("sonyeric", FEATURE_PHONE, SPL_UA_MOBILE), // sonyericsson
    PLATFORM("bada", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("maemo", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("sailfish", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("docomo", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("ucweb", FEATURE_PHONE, SPL_UA_MOBILE),
    MARK("mobile", SPL_UA_MOBILE),
    MARK("mobi", SPL_UA_MOBILE),
    MARK("mini", SPL_UA_MOBILE),
    MARK("fennec", SPL_UA_MOBILE),
    MARK("phone", SPL_UA_ASK),
    MARK("tablet", SPL_UA_TABLET),
    MARK("touchpad", SPL_UA_TABLET),
    MARK("kindle", SPL_UA_TABLET),
    MARK("xoom", SPL_UA_TABLET),
    MARK("tab", SPL_UA_TABLET),
    MARK("pad", SPL_UA_TABLET),
    MARK("mediapad", SPL_UA_TABLET),
    MARK("sm", SPL_UA_ASK),    // SM-T705, SM-X200: Samsung's tablets
    MARK("nexus", SPL_UA_ASK), // Nexus 7, 9, 10

    // Television sets and consoles.
    PLATFORM("tizen", TIZEN, 0),
    PLATFORM("webos", WEBOS, 0),
    PLATFORM("roku", ROKU, SPL_UA_TV),
    PLATFORM("appletv", TVOS, SPL_UA_TV),
    PLATFORM("tvos", TVOS, SPL_UA_TV),
    PLATFORM("playstat", PLAYSTATION, SPL_UA_TV), // playstation
    PLATFORM("xbox", XBOX, SPL_UA_TV),
    PLATFORM("nintendo", NINTENDO, SPL_UA_TV),
    PLATFORM("netcast", LINUX, SPL_UA_TV),
    PLATFORM("smarthub", LINUX, SPL_UA_TV),
    PLATFORM("sonos", LINUX, 0),
    PLATFORM("crkey", LINUX, SPL_UA_TV),
    MARK("tv", SPL_UA_TV),
    MARK("mibox", SPL_UA_TV),
    MARK("chromeca", SPL_UA_TV), // chromecast
    MARK("ctv", SPL_UA_TV),
    PLATFORM("smarttv", LINUX, SPL_UA_TV),
    PLATFORM("googletv", LINUX, SPL_UA_TV),
    PLATFORM("hbbtv", LINUX, SPL_UA_TV),
    PLATFORM("bravia", LINUX, SPL_UA_TV),
    PLATFORM("viera", LINUX, SPL_UA_TV),

    // Browsers.
    MARK("mozilla", SPL_UA_WEB | SPL_UA_ASK),
    MARK("appleweb", SPL_UA_ENGINE), // applewebkit
    MARK("compatib", SPL_UA_COMPATIBLE), // compatible
    BROWSER("safari", SAFARI),
    BROWSER("chrome", CHROME),
    BROWSER("chromium", CHROME),
    {"crios", SPL_UA_IOS, SPL_UA_CHROME, 0},
    BROWSER("crmo", CHROME),
    BROWSER("firefox", FIREFOX),
    {"fxios", SPL_UA_IOS, SPL_UA_FIREFOX, 0},
    BROWSER("icewease", FIREFOX), // iceweasel
    BROWSER("msie", IE),
    BROWSER("trident", IE),
    BROWSER("wv", WEBVIEW),
    BROWSER("edge", EDGE),
    BROWSER("edg", EDGE),
    BROWSER("edga", EDGE),
    {"edgios", SPL_UA_IOS, SPL_UA_EDGE, 0},
    BROWSER("opera", OPERA),
    BROWSER("opr", OPERA),
    {"opios", SPL_UA_IOS, SPL_UA_OPERA, 0},
    BROWSER("opt", OPERA),
    BROWSER("samsungb", SAMSUNG), // samsungbrowser
    BROWSER("silk", SILK),
    BROWSER("ucbrowse", UC), // ucbrowser
    BROWSER("ucpro", UC),
    BROWSER("yabrowse", YANDEX), // yabrowser
    BROWSER("yasearch", YANDEX), // yasearchbrowser
    BROWSER("vivaldi", VIVALDI),
    BROWSER("brave", BRAVE),
    BROWSER("duckduck", DUCKDUCKGO), // duckduckgo
    BROWSER("ddg", DUCKDUCKGO),
    BROWSER("whale", WHALE),
    BROWSER("miuibrow", MIUI),   // miuibrowser
    BROWSER("huaweibr", HUAWEI), // huaweibrowser
    BROWSER("qqbrowse", QQ),     // qqbrowser
    BROWSER("mqqbrows", QQ),     // mqqbrowser

    // Apps with a browser inside. Some send nothing but their own name.
    BROWSER("gsa", GOOGLE_APP),
    {"googleap", SPL_UA_APP, SPL_UA_GOOGLE_APP, 0}, // googleapp
    {"fban", SPL_UA_APP, SPL_UA_FACEBOOK, 0},
    {"fbav", SPL_UA_APP, SPL_UA_FACEBOOK, 0},
    BROWSER("iab", FACEBOOK), // FB_IAB
    BROWSER("metaiab", FACEBOOK),
    {"instagra", SPL_UA_APP, SPL_UA_INSTAGRAM, 0}, // instagram
    BROWSER("barcelon", THREADS),                  // the app's name inside Meta
    {"tiktok", SPL_UA_NO_PLATFORM, SPL_UA_TIKTOK, 0},
    {"musical", SPL_UA_APP, SPL_UA_TIKTOK, 0}, // musical_ly
    {"trill", SPL_UA_APP, SPL_UA_TIKTOK, 0},
    {"bytedanc", SPL_UA_NO_PLATFORM, SPL_UA_TIKTOK, 0}, // bytedancewebview
    {"snapchat", SPL_UA_NO_PLATFORM, SPL_UA_SNAPCHAT, 0},
    {"pinteres", SPL_UA_APP, SPL_UA_PINTEREST, 0}, // pinterest
    BROWSER("linkedin", LINKEDIN),
    BROWSER("twitter", TWITTER),
    BROWSER("reddit", REDDIT),
    {"micromes", SPL_UA_APP, SPL_UA_WECHAT, 0}, // micromessenger
    BROWSER("line", LINE),
    PLATFORM("htc", APP, 0),
    PLATFORM("hulu", APP, 0),
    PLATFORM("viber", APP, 0),

    // Programs that fetch pages for themselves.
    MARK("cubot", 0), // a maker of phones
    ROBOT_PART("bot"),
    ROBOT_PART("bots"),
    ROBOT_PART("crawl"),
    ROBOT_PART("crawler"),
    ROBOT_PART("spider"),
    ROBOT_PART("scrap"),
    ROBOT_PART("fetch"),
    ROBOT_PART("fetcher"),
    ROBOT_PART("monitor"),
    ROBOT_PART("checker"),
    ROBOT_PART("validat"),
    ROBOT_PART("archive"),
    {"headless", SPL_UA_NO_PLATFORM, SPL_UA_CHROME, SPL_UA_BOT}, // headlesschrome
    ROBOT_PART("preview"),
    ROBOT_PART("feed"),
    MARK("rss", SPL_UA_ASK | SPL_UA_PART),
    ROBOT_PART("agent"),
    ROBOT_PART("proxy"),
    ROBOT_PART("probe"),
    ROBOT_PART("inspect"),
    ROBOT_PART("analyz"),
    ROBOT_PART("curl"),
    ROBOT_PART("synthet"),
    ROBOT_PART("indexer"),
    ROBOT_PART("audit"),
    ROBOT_PART("seo"),
    ROBOT("scanner"),
    ROBOT("slurp"),
    ROBOT("python"),
    ROBOT("wget"),
    ROBOT("perl"),
    ROBOT("ruby"),
    ROBOT("php"),
    ROBOT("phantomj"), // phantomjs
    ROBOT("puppetee"), // puppeteer
    ROBOT("playwrig"), // playwright
    ROBOT("selenium"),
    ROBOT("cypress"),
    ROBOT("lighthou"), // lighthouse
    ROBOT("statusca"), // statuscake
    ROBOT("pingdom"),
    ROBOT("uptime"),
    ROBOT("ptst"),
    ROBOT("whatsapp"), // its link preview; the app opens pages in the system's browser
    ROBOT("transcod"), // transcoder
    ROBOT("googlewe"), // googleweblight
    ROBOT("subscrib"), // subscribers
    ROBOT("catchpoi"), // catchpoint
    ROBOT("dejaclic"), // dejaclick
    ROBOT("burpcoll"), // burpcollaborator
    ROBOT("clamav"),
    ROBOT("swcd"), // fetches Apple's universal links
    ROBOT("reeder"),
    ROBOT("newsblur"),
    ROBOT("downcast"),
    ROBOT("wechatde"), // wechatdevtools
    ROBOT("splash"),
    ROBOT("cloudfla"), // cloudflare
    ROBOT_PART("datadog"),
    ROBOT("datanyze"),
    ROBOT("dareboos"), // dareboost
    ROBOT("dmbrowse"), // dmbrowser
    ROBOT("cursor"),   // an editor's robot
    ROBOT("marketgo"), // marketgoo
    ROBOT("ruxitsyn"), // ruxitsynthetic
    ROBOT("newrelic"),
    ROBOT("rigor"),
    ROBOT("grpc"),
    ROBOT("jsdom"),
    ROBOT("htmlunit"),
    ROBOT("winhttp"),
    ROBOT("httrack"),
    ROBOT("wkhtmlto"), // wkhtmltopdf
    ROBOT("favicon"),
    ROBOT("sitesuck"), // sitesucker
    ROBOT("igetter"),
    ROBOT("readkit"),
    ROBOT("collapsi"), // collapsify
    ROBOT("taginspe"), // taginspector
    ROBOT("googleme"), // googlemessages
    MARK("google", SPL_UA_ASK),
    MARK("gecko", SPL_UA_ASK),
    MARK("http", SPL_UA_ASK),
    MARK("https", SPL_UA_ASK),
    MARK("www", SPL_UA_ASK),
    MARK("com", SPL_UA_ASK),
    MARK("org", SPL_UA_ASK),
};

const uint32_t spl_ua_word_count = sizeof spl_ua_words / sizeof *spl_ua_words;

const uint8_t spl_ua_slots[SPL_UA_SLOTS] = {
    176, 0, 167, 0, 0, 187, 204, 0, 0, 0, 30, 232, 44, 0, 116, 0, 0, 0, 163, 0, 203, 0, 84, 90,
    0, 0, 0, 0, 0, 170, 0, 0, 0, 0, 105, 110, 7, 226, 240, 114, 0, 0, 0, 186, 188, 31, 149, 197,
    224, 228, 0, 61, 0, 134, 83, 145, 156, 190, 98, 85, 91, 26, 108, 124, 159, 32, 218, 80, 0, 97, 198, 0,
    0, 0, 0, 102, 153, 28, 183, 229, 0, 0, 0, 0, 10, 76, 0, 162, 193, 200, 0, 0, 0, 0, 0, 60,
    227, 0, 0, 189, 0, 0, 0, 0, 144, 0, 213, 0, 235, 199, 207, 0, 0, 0, 6, 24, 0, 53, 38, 107,
    0, 0, 0, 0, 0, 0, 154, 0, 9, 109, 0, 205, 59, 14, 86, 0, 0, 0, 0, 0, 0, 0, 141, 21,
    142, 241, 0, 0, 22, 125, 128, 0, 0, 221, 0, 0, 0, 0, 69, 148, 0, 0, 0, 0, 0, 0, 0, 93,
    164, 234, 0, 74, 0, 0, 0, 15, 236, 0, 0, 222, 111, 0, 0, 0, 16, 103, 0, 0, 130, 78, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 191, 117, 17, 36, 106, 33, 182, 196, 206, 115, 169, 133, 0, 0, 0,
    55, 211, 101, 0, 89, 39, 217, 0, 0, 0, 0, 0, 0, 126, 0, 0, 0, 0, 8, 0, 64, 0, 0, 216,
    37, 0, 215, 0, 0, 0, 0, 0, 151, 0, 0, 0, 0, 0, 233, 0, 0, 0, 62, 0, 0, 54, 4, 136,
    143, 25, 0, 0, 0, 0, 18, 161, 0, 0, 0, 65, 0, 94, 0, 27, 0, 0, 0, 165, 0, 0, 0, 19,
    0, 0, 96, 146, 185, 0, 52, 0, 0, 104, 56, 122, 158, 166, 214, 0, 0, 0, 0, 129, 2, 11, 210, 0,
    13, 223, 179, 230, 0, 1, 0, 0, 0, 34, 66, 137, 0, 0, 0, 0, 75, 0, 0, 0, 0, 95, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 225, 82, 171, 127, 192, 131, 45, 201, 181, 72, 0, 0, 132, 140,
    0, 0, 160, 0, 118, 0, 220, 0, 3, 0, 237, 168, 0, 0, 113, 40, 67, 0, 180, 46, 0, 0, 35, 0,
    0, 0, 0, 100, 0, 152, 195, 123, 219, 0, 0, 178, 0, 0, 155, 147, 0, 0, 0, 70, 0, 0, 0, 0,
    0, 0, 112, 43, 0, 119, 0, 202, 0, 57, 87, 120, 172, 47, 29, 174, 175, 0, 0, 0, 92, 0, 0, 0,
    121, 0, 0, 209, 42, 58, 212, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 138, 0, 49, 88, 79, 73, 0,
    0, 0, 77, 81, 5, 135, 231, 20, 238, 0, 0, 0, 0, 239, 0, 71, 0, 0, 0, 23, 51, 0, 173, 0,
    0, 157, 99, 184, 0, 0, 41, 0, 0, 0, 0, 63, 0, 194, 0, 0, 0, 0, 0, 177, 68, 0, 0, 0,
    0, 50, 150, 0, 0, 208, 12, 139,
};

const spl_ua_word *spl_ua_find(uint64_t key)
{
    for (uint32_t slot = spl_ua_slot(key); spl_ua_slots[slot]; slot = (slot + 1) % SPL_UA_SLOTS) {
        const spl_ua_word *word = &spl_ua_words[spl_ua_slots[slot] - 1];
        uint64_t text;
        memcpy(&text, word->text, sizeof text);
        if (text == key) return word;
    }
    return NULL;
}
