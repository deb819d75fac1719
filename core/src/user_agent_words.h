// SPDX-License-Identifier: MIT
// The words of user agents that mean something: a platform, a browser, or a mark (SPL_UA_…).
#ifndef SAMPLIT_USER_AGENT_WORDS_H
#define SAMPLIT_USER_AGENT_WORDS_H

#include <stdint.h>

// Ordered by weight: where a user agent names several, the greatest is the real one
// ("Windows Phone 10.0; Android 4.2.1", "X11; CrOS", "iPhone … like Mac OS X").
typedef enum spl_ua_platform {
    SPL_UA_NO_PLATFORM,
    SPL_UA_APP, // an app that runs on phones only and does not name the system
    SPL_UA_OTHER,
    SPL_UA_LINUX,
    SPL_UA_DARWIN, // Apple's network library, on a phone or a Mac
    SPL_UA_MACOS,
    SPL_UA_WINDOWS,
    SPL_UA_FEATURE_PHONE,
    SPL_UA_BLACKBERRY,
    SPL_UA_KAIOS,
    SPL_UA_TIZEN,
    SPL_UA_WEBOS,
    SPL_UA_ANDROID,
    SPL_UA_HARMONYOS,
    SPL_UA_CHROMEOS,
    SPL_UA_IOS,
    SPL_UA_WINDOWS_PHONE,
    SPL_UA_TVOS,
    SPL_UA_ROKU,
    SPL_UA_PLAYSTATION,
    SPL_UA_XBOX,
    SPL_UA_NINTENDO,
    SPL_UA_PLATFORM_COUNT,
} spl_ua_platform;

// Ordered by weight as well: engines and what everybody claims to be come first, apps that show
// pages inside themselves last.
typedef enum spl_ua_browser {
    SPL_UA_NO_BROWSER,
    SPL_UA_SAFARI,
    SPL_UA_ANDROID_BROWSER,
    SPL_UA_CHROME,
    SPL_UA_FIREFOX,
    SPL_UA_IE,
    SPL_UA_WEBVIEW,
    SPL_UA_EDGE,
    SPL_UA_OPERA,
    SPL_UA_SAMSUNG,
    SPL_UA_SILK,
    SPL_UA_UC,
    SPL_UA_YANDEX,
    SPL_UA_VIVALDI,
    SPL_UA_BRAVE,
    SPL_UA_DUCKDUCKGO,
    SPL_UA_WHALE,
    SPL_UA_MIUI,
    SPL_UA_HUAWEI,
    SPL_UA_QQ,
    SPL_UA_GOOGLE_APP,
    SPL_UA_FACEBOOK,
    SPL_UA_INSTAGRAM,
    SPL_UA_THREADS,
    SPL_UA_TIKTOK,
    SPL_UA_SNAPCHAT,
    SPL_UA_PINTEREST,
    SPL_UA_LINKEDIN,
    SPL_UA_TWITTER,
    SPL_UA_REDDIT,
    SPL_UA_WECHAT,
    SPL_UA_LINE,
    SPL_UA_BROWSER_COUNT,
} spl_ua_browser;

enum {
    SPL_UA_MOBILE = 1,
    SPL_UA_TABLET = 2,
    SPL_UA_TV = 4,
    SPL_UA_BOT = 8,
    SPL_UA_PART = 16, // with BOT: also where a longer word begins or ends with it
    SPL_UA_WEB = 32,  // claims to be a browser ("Mozilla")
    SPL_UA_COMPATIBLE = 64,
    SPL_UA_MACINTOSH = 128, // a Mac, or a tablet that wants pages made for one
    SPL_UA_HANDSET = 256,   // an iPhone or iPod by name
    SPL_UA_ENGINE = 512,    // names WebKit
    SPL_UA_ASK = 1024,      // means something beside certain neighbours only: see user_agent.c
};

#define SPL_UA_WORD_MAX 8 // letters of a word that are compared

// A lower-case word; a word longer than 8 letters is known by its first eight.
typedef struct spl_ua_word {
    char text[SPL_UA_WORD_MAX]; // padded with zeros
    uint8_t platform;           // spl_ua_platform
    uint8_t browser;            // spl_ua_browser
    uint16_t marks;
} spl_ua_word;

#define SPL_UA_BUCKETS 27 // by the first letter; the first is empty

extern const spl_ua_word spl_ua_words[];
extern const uint32_t spl_ua_word_count;
extern const uint8_t spl_ua_starts[SPL_UA_BUCKETS + 1]; // index of the first word of each

// A word's letters are the bytes of `key` from the lowest one on; `a` and `A` are 1 in ASCII's last five bits.
static inline uint32_t spl_ua_bucket(uint64_t key)
{
    return key & 31;
}

// The entry of exactly this word if it has these marks, or NULL. `marks` are 0 or SPL_UA_PART.
const spl_ua_word *spl_ua_find(uint64_t key, uint32_t marks);

#endif
