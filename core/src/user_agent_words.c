// SPDX-License-Identifier: MIT
// Words stand by their first letter, those with SPL_UA_PART first and mere bots last, then by what they mean, which brotli likes
// better than the order of a hash; those of a letter are read from its start. Add a word anywhere:
// tests/core/test_user_agent.c prints the order and the starts anew.
#include "user_agent_words.h"

#include <string.h>

#define PLATFORM(text, platform, marks) {text, SPL_UA_##platform, SPL_UA_NO_BROWSER, marks}
#define BROWSER(text, browser) {text, SPL_UA_NO_PLATFORM, SPL_UA_##browser, 0}
#define MARK(text, marks) {text, SPL_UA_NO_PLATFORM, SPL_UA_NO_BROWSER, marks}
#define ROBOT(text) MARK(text, SPL_UA_BOT)
#define ROBOT_PART(text) MARK(text, SPL_UA_BOT | SPL_UA_PART)

const spl_ua_word spl_ua_words[] = {
    ROBOT_PART("agent"),
    ROBOT_PART("analyz"),
    ROBOT_PART("archive"),
    ROBOT_PART("audit"),
    PLATFORM("amiga", OTHER, 0),
    PLATFORM("amigaos", OTHER, 0),
    PLATFORM("adr", ANDROID, 0), // how UC Browser spells it
    PLATFORM("android", ANDROID, 0),
    PLATFORM("appletv", TVOS, SPL_UA_TV),
    MARK("appleweb", SPL_UA_ENGINE), // applewebkit
    ROBOT_PART("bot"),
    ROBOT_PART("bots"),
    PLATFORM("beos", OTHER, 0),
    BROWSER("brave", BRAVE),
    BROWSER("barcelon", THREADS), // the app's name inside Meta
    {"bytedanc", SPL_UA_NO_PLATFORM, SPL_UA_TIKTOK, 0}, // bytedancewebview
    PLATFORM("bada", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("blackber", BLACKBERRY, SPL_UA_MOBILE), // blackberry
    PLATFORM("bravia", LINUX, SPL_UA_TV),
    MARK("bb", SPL_UA_ASK), // BB10
    ROBOT("burpcoll"), // burpcollaborator
    ROBOT_PART("checker"),
    ROBOT_PART("crawl"),
    ROBOT_PART("crawler"),
    ROBOT_PART("curl"),
    MARK("cubot", 0), // a maker of phones
    PLATFORM("cfnetwor", DARWIN, 0), // cfnetwork
    PLATFORM("cros", CHROMEOS, 0),
    BROWSER("chrome", CHROME),
    BROWSER("chromium", CHROME),
    BROWSER("crmo", CHROME),
    {"crios", SPL_UA_IOS, SPL_UA_CHROME, 0},
    PLATFORM("cldc", FEATURE_PHONE, SPL_UA_MOBILE),
    MARK("chromeca", SPL_UA_TV), // chromecast
    MARK("ctv", SPL_UA_TV),
    PLATFORM("crkey", LINUX, SPL_UA_TV),
    MARK("compatib", SPL_UA_COMPATIBLE), // compatible
    MARK("com", SPL_UA_ASK),
    ROBOT("catchpoi"), // catchpoint
    ROBOT("clamav"),
    ROBOT("cloudfla"), // cloudflare
    ROBOT("collapsi"), // collapsify
    ROBOT("cursor"), // an editor's robot
    ROBOT("cypress"),
    ROBOT_PART("datadog"),
    PLATFORM("darwin", DARWIN, 0),
    PLATFORM("dalvik", ANDROID, 0),
    BROWSER("ddg", DUCKDUCKGO),
    BROWSER("duckduck", DUCKDUCKGO), // duckduckgo
    PLATFORM("docomo", FEATURE_PHONE, SPL_UA_MOBILE),
    ROBOT("dareboos"), // dareboost
    ROBOT("datanyze"),
    ROBOT("dejaclic"), // dejaclick
    ROBOT("dmbrowse"), // dmbrowser
    ROBOT("downcast"),
    PLATFORM("elinks", OTHER, 0),
    BROWSER("edg", EDGE),
    BROWSER("edga", EDGE),
    BROWSER("edge", EDGE),
    {"edgios", SPL_UA_IOS, SPL_UA_EDGE, 0},
    ROBOT_PART("feed"),
    ROBOT_PART("fetch"),
    ROBOT_PART("fetcher"),
    PLATFORM("freebsd", OTHER, 0),
    BROWSER("firefox", FIREFOX),
    {"fxios", SPL_UA_IOS, SPL_UA_FIREFOX, 0},
    {"fban", SPL_UA_APP, SPL_UA_FACEBOOK, 0},
    {"fbav", SPL_UA_APP, SPL_UA_FACEBOOK, 0},
    MARK("fennec", SPL_UA_MOBILE),
    ROBOT("favicon"),
    BROWSER("gsa", GOOGLE_APP),
    {"googleap", SPL_UA_APP, SPL_UA_GOOGLE_APP, 0}, // googleapp
    PLATFORM("googletv", LINUX, SPL_UA_TV),
    MARK("gecko", SPL_UA_ASK),
    MARK("google", SPL_UA_ASK),
    ROBOT("googleme"), // googlemessages
    ROBOT("googlewe"), // googleweblight
    ROBOT("grpc"),
    PLATFORM("htc", APP, 0),
    PLATFORM("hulu", APP, 0),
    PLATFORM("haiku", OTHER, 0),
    PLATFORM("harmonyo", HARMONYOS, 0), // harmonyos
    BROWSER("huaweibr", HUAWEI), // huaweibrowser
    PLATFORM("hpwos", WEBOS, SPL_UA_TABLET),
    PLATFORM("hbbtv", LINUX, SPL_UA_TV),
    MARK("http", SPL_UA_ASK),
    MARK("https", SPL_UA_ASK),
    ROBOT("htmlunit"),
    ROBOT("httrack"),
    {"headless", SPL_UA_NO_PLATFORM, SPL_UA_CHROME, SPL_UA_BOT}, // headlesschrome
    ROBOT_PART("indexer"),
    ROBOT_PART("inspect"),
    PLATFORM("inferno", OTHER, 0),
    BROWSER("icewease", FIREFOX), // iceweasel
    BROWSER("iab", FACEBOOK), // FB_IAB
    {"instagra", SPL_UA_APP, SPL_UA_INSTAGRAM, 0}, // instagram
    PLATFORM("ios", IOS, SPL_UA_MOBILE),
    PLATFORM("iemobile", WINDOWS_PHONE, SPL_UA_MOBILE),
    PLATFORM("ipad", IOS, SPL_UA_TABLET),
    PLATFORM("ipados", IOS, SPL_UA_TABLET),
    PLATFORM("iphone", IOS, SPL_UA_MOBILE | SPL_UA_HANDSET),
    PLATFORM("ipod", IOS, SPL_UA_MOBILE | SPL_UA_HANDSET),
    ROBOT("igetter"),
    ROBOT("jsdom"),
    PLATFORM("konquero", OTHER, 0), // konqueror
    PLATFORM("kaios", KAIOS, SPL_UA_MOBILE),
    MARK("kindle", SPL_UA_TABLET),
    PLATFORM("links", OTHER, 0),
    PLATFORM("lynx", OTHER, 0),
    PLATFORM("linux", LINUX, 0),
    BROWSER("linkedin", LINKEDIN),
    BROWSER("line", LINE),
    ROBOT("lighthou"), // lighthouse
    ROBOT_PART("monitor"),
    PLATFORM("morphos", OTHER, 0),
    PLATFORM("mac", MACOS, 0),
    PLATFORM("macos", MACOS, 0),
    PLATFORM("msoffice", WINDOWS, 0),
    PLATFORM("mozacfet", ANDROID, 0), // mozacfetch, a part of Firefox
    BROWSER("msie", IE),
    BROWSER("miuibrow", MIUI), // miuibrowser
    BROWSER("mqqbrows", QQ), // mqqbrowser
    BROWSER("metaiab", FACEBOOK),
    {"musical", SPL_UA_APP, SPL_UA_TIKTOK, 0}, // musical_ly
    {"micromes", SPL_UA_APP, SPL_UA_WECHAT, 0}, // micromessenger
    MARK("mini", SPL_UA_MOBILE),
    MARK("mobi", SPL_UA_MOBILE),
    MARK("mobile", SPL_UA_MOBILE),
    PLATFORM("maemo", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("midp", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("mot", FEATURE_PHONE, SPL_UA_MOBILE),
    MARK("mediapad", SPL_UA_TABLET),
    MARK("mibox", SPL_UA_TV),
    PLATFORM("macintos", MACOS, SPL_UA_MACINTOSH),
    MARK("mozilla", SPL_UA_WEB | SPL_UA_ASK),
    ROBOT("marketgo"), // marketgoo
    PLATFORM("nokia", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("netcast", LINUX, SPL_UA_TV),
    PLATFORM("nintendo", NINTENDO, SPL_UA_TV),
    MARK("nexus", SPL_UA_ASK), // Nexus 7, 9, 10
    ROBOT("newrelic"),
    ROBOT("newsblur"),
    PLATFORM("openbsd", OTHER, 0),
    PLATFORM("office", WINDOWS, 0),
    PLATFORM("outlook", WINDOWS, 0),
    PLATFORM("openharm", HARMONYOS, 0), // openharmony
    BROWSER("opera", OPERA),
    BROWSER("opr", OPERA),
    BROWSER("opt", OPERA),
    {"opios", SPL_UA_IOS, SPL_UA_OPERA, 0},
    MARK("org", SPL_UA_ASK),
    ROBOT_PART("preview"),
    ROBOT_PART("probe"),
    ROBOT_PART("proxy"),
    {"pinteres", SPL_UA_APP, SPL_UA_PINTEREST, 0}, // pinterest
    MARK("pad", SPL_UA_TABLET),
    PLATFORM("playbook", BLACKBERRY, SPL_UA_TABLET),
    PLATFORM("playstat", PLAYSTATION, SPL_UA_TV), // playstation
    MARK("phone", SPL_UA_ASK),
    ROBOT("perl"),
    ROBOT("phantomj"), // phantomjs
    ROBOT("php"),
    ROBOT("pingdom"),
    ROBOT("playwrig"), // playwright
    ROBOT("ptst"),
    ROBOT("puppetee"), // puppeteer
    ROBOT("python"),
    BROWSER("qqbrowse", QQ), // qqbrowser
    MARK("rss", SPL_UA_ASK | SPL_UA_PART),
    BROWSER("reddit", REDDIT),
    PLATFORM("roku", ROKU, SPL_UA_TV),
    ROBOT("readkit"),
    ROBOT("reeder"),
    ROBOT("rigor"),
    ROBOT("ruby"),
    ROBOT("ruxitsyn"), // ruxitsynthetic
    ROBOT_PART("scrap"),
    ROBOT_PART("seo"),
    ROBOT_PART("spider"),
    ROBOT_PART("synthet"),
    PLATFORM("sunos", OTHER, 0),
    PLATFORM("syllable", OTHER, 0),
    PLATFORM("sonos", LINUX, 0),
    BROWSER("safari", SAFARI),
    BROWSER("samsungb", SAMSUNG), // samsungbrowser
    BROWSER("silk", SILK),
    {"snapchat", SPL_UA_NO_PLATFORM, SPL_UA_SNAPCHAT, 0},
    PLATFORM("sailfish", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("series", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("sonyeric", FEATURE_PHONE, SPL_UA_MOBILE), // sonyericsson
    PLATFORM("symbian", FEATURE_PHONE, SPL_UA_MOBILE),
    PLATFORM("symbiano", FEATURE_PHONE, SPL_UA_MOBILE), // symbianos
    PLATFORM("smarthub", LINUX, SPL_UA_TV),
    PLATFORM("smarttv", LINUX, SPL_UA_TV),
    MARK("sm", SPL_UA_ASK), // SM-T705, SM-X200: Samsung's tablets
    ROBOT("scanner"),
    ROBOT("selenium"),
    ROBOT("sitesuck"), // sitesucker
    ROBOT("slurp"),
    ROBOT("splash"),
    ROBOT("statusca"), // statuscake
    ROBOT("subscrib"), // subscribers
    ROBOT("swcd"), // fetches Apple's universal links
    PLATFORM("tizen", TIZEN, 0),
    BROWSER("trident", IE),
    {"tiktok", SPL_UA_NO_PLATFORM, SPL_UA_TIKTOK, 0},
    {"trill", SPL_UA_APP, SPL_UA_TIKTOK, 0},
    BROWSER("twitter", TWITTER),
    MARK("tab", SPL_UA_TABLET),
    MARK("tablet", SPL_UA_TABLET),
    MARK("touchpad", SPL_UA_TABLET),
    MARK("tv", SPL_UA_TV),
    PLATFORM("tvos", TVOS, SPL_UA_TV),
    ROBOT("taginspe"), // taginspector
    ROBOT("transcod"), // transcoder
    PLATFORM("ubuntu", LINUX, 0),
    BROWSER("ucbrowse", UC), // ucbrowser
    BROWSER("ucpro", UC),
    PLATFORM("ucweb", FEATURE_PHONE, SPL_UA_MOBILE),
    ROBOT("uptime"),
    ROBOT_PART("validat"),
    PLATFORM("viber", APP, 0),
    BROWSER("vivaldi", VIVALDI),
    PLATFORM("viera", LINUX, SPL_UA_TV),
    PLATFORM("win", WINDOWS, 0),
    PLATFORM("windows", WINDOWS, 0),
    PLATFORM("webos", WEBOS, 0),
    BROWSER("wv", WEBVIEW),
    BROWSER("whale", WHALE),
    MARK("w", SPL_UA_ASK), // w3m
    MARK("www", SPL_UA_ASK),
    ROBOT("wechatde"), // wechatdevtools
    ROBOT("wget"),
    ROBOT("whatsapp"), // its link preview; the app opens pages in the system's browser
    ROBOT("winhttp"),
    ROBOT("wkhtmlto"), // wkhtmltopdf
    MARK("xoom", SPL_UA_TABLET),
    PLATFORM("xbox", XBOX, SPL_UA_TV),
    MARK("x", SPL_UA_ASK), // X11
    BROWSER("yabrowse", YANDEX), // yabrowser
    BROWSER("yasearch", YANDEX), // yasearchbrowser
};

const uint32_t spl_ua_word_count = sizeof spl_ua_words / sizeof *spl_ua_words;

const uint8_t spl_ua_starts[SPL_UA_BUCKETS + 1] = {
    0, 0, 10, 21, 44, 55, 60, 70, 78, 90, 103, 104, 107, 113, 136, 142, 151, 167, 168, 176, 203, 215, 220,
    224, 236, 239, 241, 241,
};

const spl_ua_word *spl_ua_find(uint64_t key, uint32_t marks)
{
    uint32_t bucket = spl_ua_bucket(key);
    for (uint32_t i = spl_ua_starts[bucket]; i < spl_ua_starts[bucket + 1]; i++) {
        uint64_t text;
        memcpy(&text, spl_ua_words[i].text, sizeof text);
        if (text == key) return (spl_ua_words[i].marks & marks) == marks ? &spl_ua_words[i] : NULL;
        if (marks && !(spl_ua_words[i].marks & marks)) return NULL;
    }
    return NULL;
}
