// SPDX-License-Identifier: MIT
// User agents are read as a bag of words, in one pass: every run of letters is looked up in a table
// of some two hundred words that name a platform or a browser or leave a mark; the greatest
// platform and browser and all marks together then decide. Regular expressions per device, as in
// ua-parser, are a hundred times the table and age with every model; words have aged well.
//
// Bots are recognised by three things: a word that says so (also as the beginning or end of a
// longer word: "AdsBot", "crawler4j"), an address to look them up at (real browsers send none),
// and the lack of any platform ("curl/8.1", "Mozilla/5.0 (compatible; Trance/1.0)").
//
// Android says "Mobile" on phones and leaves it out on tablets
// (developer.chrome.com/docs/multidevice/user-agent).
#include "user_agent.h"

#include <string.h>

#include "user_agent_words.h"

typedef struct scan {
    const char *text;
    uint32_t size;
    uint32_t platform, browser, marks;
    const spl_ua_word *previous; // the last known word, if the last word was known
    bool fire_tv, kindle;        // Amazon's model names: AFTS, KFTT
} scan;

static char at(const scan *s, uint32_t i)
{
    return i < s->size ? s->text[i] : '\0';
}

static bool follows(const scan *s, uint32_t i, const char *word, uint32_t n)
{
    return i + n <= s->size && memcmp(s->text + i, word, n) == 0;
}

static void raise(uint32_t *rank, uint32_t to)
{
    if (to > *rank) *rank = to;
}

static void windows_phone(scan *s)
{
    s->marks |= SPL_UA_MOBILE;
    if (s->previous && s->previous->platform == SPL_UA_WINDOWS) raise(&s->platform, SPL_UA_WINDOWS_PHONE);
}

static bool is_tablet_number(const scan *s, uint32_t i)
{
    return at(s, i) == ' ' && (at(s, i + 1) == '7' || at(s, i + 1) == '9' || follows(s, i + 1, "10", 2));
}

static bool is_tablet_letter(char c)
{
    return c == 'T' || c == 'P' || c == 'X';
}

// Browsers end their engine's remark with "like Gecko)", the oldest with "like Gecko, Safari/419.3)".
static bool is_foreign_to_gecko(const scan *s, uint32_t i)
{
    return at(s, i) == ';' || (follows(s, i, ", ", 2) && at(s, i + 2) != 'S');
}

// The words that mean something beside certain neighbours only. The word is [start, end).
static void ask(scan *s, const char *word, uint32_t start, uint32_t end)
{
    char before = start ? s->text[start - 1] : '\0', after = at(s, end);
    switch (word[0]) {
    case 'x':
        if (follows(s, end, "11", 2)) raise(&s->platform, SPL_UA_LINUX);
        break;
    case 'b':
        if (follows(s, end, "10", 2)) raise(&s->platform, SPL_UA_BLACKBERRY);
        break;
    case 'p': windows_phone(s); break;
    case 's':
        if (after == '-' && is_tablet_letter(at(s, end + 1))) s->marks |= SPL_UA_TABLET;
        break;
    case 'n':
        if (is_tablet_number(s, end)) s->marks |= SPL_UA_TABLET;
        break;
    case 'g':
        if (word[1] == 'o' ? before == '-' || after == '-' : is_foreign_to_gecko(s, end)) s->marks |= SPL_UA_BOT;
        break;
    case 'm':
        if (start > 1 && (before == '|' || s->text[start - 2] == ',')) s->marks |= SPL_UA_BOT;
        break;
    case 'r':
        if (before < '0' || before > '9') s->marks |= SPL_UA_BOT;
        break; // not in a build number
    case 'h':
        if (follows(s, end, "://", 3)) s->marks |= SPL_UA_BOT;
        break;
    case 'w':
        if (follows(s, end, "3m", 2)) raise(&s->platform, SPL_UA_OTHER); // the text browser w3m
        if (end - start == 3 && after == '.') s->marks |= SPL_UA_BOT;
        break;
    default: // com, org: the end of a host, not the beginning of an app's package
        if (before == '.' && after != '.') s->marks |= SPL_UA_BOT;
        break;
    }
}

// At most eight letters from `start` on, in lower case, as the bytes of a number from the lowest one.
static uint64_t letters(const scan *s, uint32_t start, uint32_t n)
{
    uint64_t key = 0;
    if (n > SPL_UA_WORD_MAX) n = SPL_UA_WORD_MAX;
    if (s->size - start >= sizeof key)
        memcpy(&key, s->text + start, sizeof key);
    else
        memcpy(&key, s->text + start, n);
    return (key | 0x2020202020202020u) << (64 - 8 * n) >> (64 - 8 * n);
}

static bool is_bot_part(uint64_t key)
{
    return spl_ua_find(key, SPL_UA_PART) != NULL;
}

// A word nobody listed: its beginning or its end may tell a bot, or Amazon's devices.
static void guess(scan *s, uint32_t start, uint32_t end)
{
    uint32_t n = end - start;
    for (uint32_t k = 3; k < SPL_UA_WORD_MAX && k < n; k++) {
        if (is_bot_part(letters(s, start, k)) || is_bot_part(letters(s, end - k, k))) s->marks |= SPL_UA_BOT;
    }
    if (n < 4) return;
    if (letters(s, start, 3) == ('a' | 'f' << 8 | 't' << 16)) s->fire_tv = true;
    if (letters(s, start, 2) == ('k' | 'f' << 8)) s->kindle = true;
}

static void end_word(scan *s, uint32_t start, uint32_t end)
{
    const spl_ua_word *word = spl_ua_find(letters(s, start, end - start), 0);
    if (word) {
        raise(&s->platform, word->platform);
        raise(&s->browser, word->browser);
        s->marks |= word->marks;
        if (word->marks & SPL_UA_ASK) ask(s, word->text, start, end);
    } else if (end - start > 3) {
        guess(s, start, end);
    }
    s->previous = word;
}

static bool is_letter(char c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26;
}

static void scan_text(scan *s, spl_text text)
{
    s->text = text.data;
    s->size = (uint32_t)text.size;
    s->previous = NULL;
    int depth = 0; // of brackets
    for (uint32_t i = 0; i < s->size; i++) {
        uint32_t start = i;
        while (i < s->size && is_letter(text.data[i])) i++;
        if (i > start) end_word(s, start, i);
        char c = at(s, i);
        depth += c == '(' || c == '[';
        depth -= c == ')' || c == ']';
        if (c == ';' && depth == 0 && s->marks & SPL_UA_WEB) s->marks |= SPL_UA_BOT; // "Safari/537.36; Devin/1.0"
    }
}

// A page's scripts may leave any platform out, so a browser that names itself is believed without;
// "compatible" is what bots say in place of a platform.
static bool is_bot(const scan *s)
{
    if (s->marks & SPL_UA_BOT) return true;
    if (s->browser == SPL_UA_DUCKDUCKGO && !(s->marks & (SPL_UA_WEB | SPL_UA_ENGINE))) return true;
    if (s->platform != SPL_UA_NO_PLATFORM) return false;
    return s->browser == SPL_UA_NO_BROWSER || (s->marks & SPL_UA_COMPATIBLE && s->browser != SPL_UA_IE);
}

typedef enum device { MOBILE, TABLET, DESKTOP, TV, BOT, UNKNOWN } device;

static const char DEVICES[][8] = {"mobile", "tablet", "desktop", "tv", "bot", "unknown"};

static device android_device(const scan *s)
{
    if (s->fire_tv) return TV;
    if (s->kindle || s->browser == SPL_UA_SILK || s->marks & SPL_UA_TABLET) return TABLET;
    return s->marks & SPL_UA_MOBILE || !(s->marks & SPL_UA_WEB) ? MOBILE : TABLET;
}

static device device_of(const scan *s)
{
    bool mobile = s->marks & SPL_UA_MOBILE, tablet = s->marks & SPL_UA_TABLET, macintosh = s->marks & SPL_UA_MACINTOSH;
    device otherwise = tablet || (s->kindle && s->platform == SPL_UA_LINUX) ? TABLET : mobile ? MOBILE : UNKNOWN;
    switch (s->platform) {
    case SPL_UA_OTHER:
    case SPL_UA_CHROMEOS: return DESKTOP;
    case SPL_UA_WINDOWS: return mobile ? MOBILE : DESKTOP;
    case SPL_UA_MACOS: return mobile || s->browser == SPL_UA_SILK ? TABLET : DESKTOP;
    case SPL_UA_IOS: return tablet || (macintosh && !(s->marks & SPL_UA_HANDSET)) ? TABLET : MOBILE;
    default: break;
    }
    if (s->marks & SPL_UA_TV) return TV;
    switch (s->platform) {
    case SPL_UA_ANDROID: return android_device(s);
    case SPL_UA_TIZEN: return mobile ? MOBILE : TV;
    case SPL_UA_LINUX:
    case SPL_UA_HARMONYOS: return otherwise == UNKNOWN ? DESKTOP : otherwise;
    case SPL_UA_NO_PLATFORM: return otherwise;
    default: return tablet ? TABLET : MOBILE;
    }
}

static const char *os_of(const scan *s)
{
    static const char NAMES[SPL_UA_PLATFORM_COUNT][14] = {
        [SPL_UA_NO_PLATFORM] = "unknown",
        [SPL_UA_APP] = "unknown",
        [SPL_UA_OTHER] = "other",
        [SPL_UA_LINUX] = "linux",
        [SPL_UA_DARWIN] = "ios",
        [SPL_UA_MACOS] = "macos",
        [SPL_UA_WINDOWS] = "windows",
        [SPL_UA_FEATURE_PHONE] = "other",
        [SPL_UA_BLACKBERRY] = "blackberry",
        [SPL_UA_KAIOS] = "kaios",
        [SPL_UA_TIZEN] = "tizen",
        [SPL_UA_WEBOS] = "webos",
        [SPL_UA_ANDROID] = "android",
        [SPL_UA_HARMONYOS] = "harmonyos",
        [SPL_UA_CHROMEOS] = "chromeos",
        [SPL_UA_IOS] = "ios",
        [SPL_UA_WINDOWS_PHONE] = "windows-phone",
        [SPL_UA_TVOS] = "tvos",
        [SPL_UA_ROKU] = "roku",
        [SPL_UA_PLAYSTATION] = "playstation",
        [SPL_UA_XBOX] = "xbox",
        [SPL_UA_NINTENDO] = "nintendo",
    };
    bool ipad = s->platform == SPL_UA_MACOS && s->marks & SPL_UA_MOBILE;
    return NAMES[ipad ? SPL_UA_IOS : s->platform];
}

static const char *browser_of(const scan *s)
{
    static const char NAMES[SPL_UA_BROWSER_COUNT][11] = {
        [SPL_UA_NO_BROWSER] = "unknown",
        [SPL_UA_SAFARI] = "safari",
        [SPL_UA_ANDROID_BROWSER] = "android",
        [SPL_UA_CHROME] = "chrome",
        [SPL_UA_FIREFOX] = "firefox",
        [SPL_UA_IE] = "ie",
        [SPL_UA_WEBVIEW] = "webview",
        [SPL_UA_EDGE] = "edge",
        [SPL_UA_OPERA] = "opera",
        [SPL_UA_SAMSUNG] = "samsung",
        [SPL_UA_SILK] = "silk",
        [SPL_UA_UC] = "uc",
        [SPL_UA_YANDEX] = "yandex",
        [SPL_UA_VIVALDI] = "vivaldi",
        [SPL_UA_BRAVE] = "brave",
        [SPL_UA_DUCKDUCKGO] = "duckduckgo",
        [SPL_UA_WHALE] = "whale",
        [SPL_UA_MIUI] = "miui",
        [SPL_UA_HUAWEI] = "huawei",
        [SPL_UA_QQ] = "qq",
        [SPL_UA_GOOGLE_APP] = "google",
        [SPL_UA_FACEBOOK] = "facebook",
        [SPL_UA_INSTAGRAM] = "instagram",
        [SPL_UA_THREADS] = "threads",
        [SPL_UA_TIKTOK] = "tiktok",
        [SPL_UA_SNAPCHAT] = "snapchat",
        [SPL_UA_PINTEREST] = "pinterest",
        [SPL_UA_LINKEDIN] = "linkedin",
        [SPL_UA_TWITTER] = "twitter",
        [SPL_UA_REDDIT] = "reddit",
        [SPL_UA_WECHAT] = "wechat",
        [SPL_UA_LINE] = "line",
    };
    uint32_t browser = s->browser;
    if (browser == SPL_UA_SAFARI && s->platform == SPL_UA_ANDROID) browser = SPL_UA_ANDROID_BROWSER;
    if (browser == SPL_UA_NO_BROWSER && s->platform == SPL_UA_IOS) browser = SPL_UA_WEBVIEW;
    return NAMES[browser];
}

// The platform hint is one name; only Chrome OS is not made of a word of its own.
static void read_platform_hint(scan *s, spl_text hint)
{
    scan alone = {0};
    scan_text(&alone, hint);
    uint32_t platform = alone.browser == SPL_UA_CHROME ? SPL_UA_CHROMEOS : alone.platform;
    if (platform != SPL_UA_NO_PLATFORM) s->platform = platform;
    s->marks |= alone.marks & SPL_UA_MOBILE;
}

// A list such as "Google Chrome";v="124", "Not-A.Brand";v="99": only browsers send one.
static void read_brands(scan *s, spl_text brands)
{
    scan alone = {0};
    scan_text(&alone, brands);
    raise(&s->browser, alone.browser);
    s->marks |= alone.marks | SPL_UA_WEB;
}

// The first of "Desktop", "Mobile" and "Tablet" in a list of quoted words; others ("XR", "EInk") have no class here.
static device form_of(spl_text list, device otherwise)
{
    for (size_t i = 1; i < list.size; i++) {
        if (list.data[i - 1] != '"') continue;
        switch (list.data[i]) {
        case 'D': return DESKTOP;
        case 'M': return MOBILE;
        case 'T': return TABLET;
        default: break;
        }
    }
    return otherwise;
}

spl_client spl_client_read(const spl_client_texts *texts)
{
    scan s = {0};
    scan_text(&s, texts->user_agent);
    if (texts->brands.size) read_brands(&s, texts->brands);
    if (texts->platform.size) read_platform_hint(&s, texts->platform);
    if (texts->mobile == SPL_HINT_MOBILE) s.marks |= SPL_UA_MOBILE;
    if (texts->mobile == SPL_HINT_NOT_MOBILE) s.marks &= ~(uint32_t)SPL_UA_MOBILE;

    bool bot = !texts->is_app && is_bot(&s);
    return (spl_client){.device = DEVICES[bot ? BOT : form_of(texts->form_factors, device_of(&s))],
                        .os = os_of(&s),
                        .browser = browser_of(&s),
                        .is_bot = bot};
}
