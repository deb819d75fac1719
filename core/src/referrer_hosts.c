// SPDX-License-Identifier: MIT
// Hosts that send visitors and are not plain referrals. Written for this project after the kinds of
// Snowplow's referer-parser (search, social, email) and of Matomo's lists (and AI assistants); only
// the ones with traffic worth a segment, since every row is downloaded with the module.
// tests/core/test_referrer.c recomputes the slots and prints them when they are out of date.
#include "referrer.h"

#define REFERRAL(host) "2" host "\0"
#define SEARCH(host) "3" host "\0"
#define SOCIAL(host) "4" host "\0"
#define EMAIL(host) "5" host "\0"
#define AI(host) "6" host "\0"

_Static_assert(SPL_MEDIUM_REFERRAL == 2 && SPL_MEDIUM_ORGANIC == 3 && SPL_MEDIUM_SOCIAL == 4 &&
                   SPL_MEDIUM_EMAIL == 5 && SPL_MEDIUM_AI == 6,
               "the digits above");

const char spl_known_hosts[] =
    SEARCH("google.")
    REFERRAL("docs.google.")
    REFERRAL("drive.google.")
    REFERRAL("sites.google.")
    REFERRAL("groups.google.")
    REFERRAL("accounts.google.")
    REFERRAL("calendar.google.")
    REFERRAL("classroom.google.")
    REFERRAL("meet.google.")
    REFERRAL("play.google.")
    SEARCH("bing.")
    SEARCH("yahoo.")
    SEARCH("duckduckgo.")
    SEARCH("baidu.")
    SEARCH("yandex.")
    SEARCH("ya.ru=yandex")
    SEARCH("naver.")
    SEARCH("ecosia.")
    SEARCH("qwant.")
    SEARCH("startpage.")
    SEARCH("ixquick.=startpage")
    SEARCH("sogou.")
    SEARCH("so.com=360")
    SEARCH("so.360.cn=360")
    SEARCH("haosou.com=360")
    SEARCH("sm.cn=shenma")
    SEARCH("seznam.")
    SEARCH("daum.")
    SEARCH("nate.")
    SEARCH("ask.")
    SEARCH("aol.")
    SEARCH("msn.")
    SEARCH("swisscows.")
    SEARCH("mojeek.")
    SEARCH("kagi.")
    SEARCH("petalsearch.")
    SEARCH("coccoc.")
    SEARCH("go.mail.ru=mailru")
    SEARCH("rambler.")
    SEARCH("lycos.")
    SEARCH("excite.")
    SEARCH("dogpile.")
    SEARCH("infospace.")
    SEARCH("info.com")
    SEARCH("webcrawler.")
    SEARCH("metacrawler.")
    SEARCH("metager.")
    SEARCH("presearch.")
    SEARCH("yep.com")
    SEARCH("gibiru.")
    SEARCH("virgilio.")
    SEARCH("zoznam.")
    SEARCH("najdi.si")
    SEARCH("goo.ne.jp")
    SEARCH("eniro.")
    SEARCH("kvasir.")
    SEARCH("altavista.")
    SEARCH("alltheweb.")
    SEARCH("exalead.")
    SEARCH("stract.com")
    SEARCH("hotbot.")
    SEARCH("zapmeta.")
    SEARCH("meinestadt.")

    SOCIAL("facebook.")
    SOCIAL("fb.com=facebook")
    SOCIAL("fb.me=facebook")
    SOCIAL("fb=facebook") // what Meta's own URL parameters write into utm_source
    SOCIAL("ig=instagram")
    SOCIAL("messenger.com")
    SOCIAL("instagram.")
    SOCIAL("threads.")
    SOCIAL("twitter.")
    SOCIAL("x.com=twitter")
    SOCIAL("t.co=twitter")
    SOCIAL("linkedin.")
    SOCIAL("lnkd.in=linkedin")
    SOCIAL("pinterest.")
    SOCIAL("pin.it=pinterest")
    SOCIAL("reddit.")
    SOCIAL("redd.it=reddit")
    SOCIAL("tiktok.")
    SOCIAL("douyin.")
    SOCIAL("youtube.")
    SOCIAL("youtu.be=youtube")
    SOCIAL("snapchat.")
    SOCIAL("whatsapp.")
    SOCIAL("wa.me=whatsapp")
    SOCIAL("telegram.")
    SOCIAL("t.me=telegram")
    SOCIAL("discord.")
    SOCIAL("discordapp.=discord")
    SOCIAL("vk.")
    SOCIAL("vk.ru") // m.vk.ru, with a label too short for the rule about registries
    SOCIAL("vkontakte.=vk")
    SOCIAL("ok.ru")
    SOCIAL("odnoklassniki.=ok")
    SOCIAL("my.mail.ru=mailru")
    SOCIAL("weibo.")
    SOCIAL("t.cn=weibo")
    SOCIAL("wechat.")
    SOCIAL("weixin.qq.com=wechat")
    SOCIAL("qzone.qq.com")
    SOCIAL("zhihu.")
    SOCIAL("douban.")
    SOCIAL("bilibili.")
    SOCIAL("xiaohongshu.")
    SOCIAL("renren.")
    SOCIAL("bsky.app=bluesky")
    SOCIAL("mastodon.")
    SOCIAL("pixelfed.")
    SOCIAL("tumblr.")
    SOCIAL("t.umblr.com=tumblr")
    SOCIAL("quora.")
    SOCIAL("medium.com")
    SOCIAL("substack.com")
    SOCIAL("flickr.")
    SOCIAL("vimeo.")
    SOCIAL("twitch.")
    SOCIAL("dribbble.")
    SOCIAL("behance.")
    SOCIAL("deviantart.")
    SOCIAL("soundcloud.")
    SOCIAL("gate.sc=soundcloud")
    SOCIAL("last.fm=lastfm")
    SOCIAL("lastfm.")
    SOCIAL("xing.")
    SOCIAL("viadeo.")
    SOCIAL("meetup.com")
    SOCIAL("nextdoor.")
    SOCIAL("workplace.com")
    SOCIAL("stackoverflow.")
    SOCIAL("stackexchange.com")
    SOCIAL("github.")
    SOCIAL("sourceforge.")
    SOCIAL("news.ycombinator.com=hackernews")
    SOCIAL("plus.google.=googleplus")
    SOCIAL("myspace.")
    SOCIAL("livejournal.")
    SOCIAL("foursquare.")
    SOCIAL("goodreads.com")
    SOCIAL("badoo.")
    SOCIAL("tagged.")
    SOCIAL("taringa.")
    SOCIAL("hi5.com")
    SOCIAL("skyrock.")
    SOCIAL("mixi.jp")
    SOCIAL("gree.jp")
    SOCIAL("nicovideo.jp")
    SOCIAL("line.me")
    SOCIAL("kakao.")
    SOCIAL("slack.com")
    SOCIAL("mstdn.=mastodon")
    SOCIAL("mas.to=mastodon")
    SOCIAL("twitcasting.tv")
    SOCIAL("v2ex.com")
    SOCIAL("nk.pl")
    SOCIAL("classmates.com")
    SOCIAL("stumbleupon.")
    SOCIAL("myheritage.")
    SOCIAL("digg.com")
    SOCIAL("truthsocial.com")
    SOCIAL("rumble.com")

    AI("chatgpt.")
    AI("openai.com=chatgpt")
    AI("perplexity.")
    AI("claude.")
    AI("gemini.google.")
    AI("bard.google.=gemini")
    AI("notebooklm.google.")
    AI("copilot.microsoft.com")
    AI("deepseek.")
    AI("grok.")
    AI("mistral.ai")
    AI("meta.ai")
    AI("you.com")
    AI("poe.com")
    AI("duck.ai")
    AI("qwen.ai")
    AI("chatglm.")
    AI("kimi.")
    AI("doubao.")
    AI("yiyan.baidu.com=ernie")
    AI("character.ai")
    AI("phind.com")
    AI("iask.ai")
    AI("jasper.ai")
    AI("writesonic.com")

    EMAIL("mail.google.=gmail")
    EMAIL("gm.android.google.com=gmail")
    EMAIL("mail.yahoo.=yahoo")
    EMAIL("mail.aol.=aol")
    EMAIL("mail.naver.=naver")
    EMAIL("mail.yandex.=yandex")
    EMAIL("mail.daum.=daum")
    EMAIL("e.mail.ru=mailru")
    EMAIL("outlook.live.com")
    EMAIL("outlook.office.com")
    EMAIL("outlook.office365.com");

const uint16_t spl_host_slots[SPL_HOST_SLOTS] = {
    0, 320, 350, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    1558, 0, 0, 0, 0, 0, 0, 0, 0, 153, 1113, 482, 0, 0, 2182, 0,
    0, 139, 0, 0, 0, 0, 0, 0, 0, 0, 854, 1965, 1899, 2221, 0, 0,
    1058, 0, 0, 0, 0, 0, 0, 1913, 0, 938, 1202, 0, 0, 0, 426, 0,
    0, 0, 269, 212, 582, 1668, 1866, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    39, 0, 0, 612, 2097, 363, 0, 0, 0, 504, 369, 417, 1267, 0, 1370, 0,
    805, 1396, 403, 1216, 1106, 1658, 0, 0, 2331, 0, 0, 815, 0, 1765, 0, 0,
    0, 0, 531, 0, 0, 0, 0, 0, 0, 895, 0, 2405, 0, 0, 0, 0,
    0, 718, 956, 0, 0, 0, 1379, 0, 1633, 0, 0, 0, 0, 0, 1718, 922,
    277, 396, 825, 735, 1344, 0, 2115, 0, 541, 0, 2246, 0, 0, 0, 0, 0,
    0, 2266, 0, 0, 1788, 0, 1151, 0, 0, 0, 0, 237, 0, 2127, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 160, 0, 357, 0, 0, 1479,
    1600, 0, 198, 1797, 2033, 0, 54, 913, 0, 0, 0, 0, 571, 1244, 0, 0,
    793, 684, 0, 0, 0, 2255, 1876, 0, 0, 2108, 1516, 0, 0, 0, 1495, 0,
    229, 0, 0, 1307, 249, 694, 1224, 1316, 1737, 2154, 2163, 1443, 2302, 2350, 995, 0,
    0, 764, 653, 517, 0, 778, 0, 0, 1356, 0, 1926, 106, 1033, 1850, 0, 0,
    0, 0, 10, 0, 0, 0, 0, 0, 0, 455, 0, 1084, 1995, 1833, 2017, 1975,
    2008, 0, 0, 0, 0, 0, 0, 0, 1504, 0, 0, 0, 0, 0, 1756, 0,
    24, 2458, 0, 0, 1936, 1805, 1022, 2440, 0, 0, 601, 1285, 0, 0, 445, 0,
    0, 0, 0, 0, 0, 343, 1816, 0, 0, 0, 0, 0, 463, 751, 0, 0,
    2235, 1159, 0, 0, 0, 0, 0, 0, 947, 2145, 1488, 0, 0, 0, 0, 0,
    0, 0, 0, 591, 1463, 0, 0, 0, 0, 289, 1258, 2384, 0, 0, 387, 0,
    0, 0, 0, 0, 0, 0, 88, 0, 984, 0, 0, 0, 0, 0, 70, 1336,
    1577, 0, 0, 0, 1883, 2198, 0, 641, 0, 2054, 0, 0, 0, 0, 0, 0,
    840, 0, 0, 0, 707, 2365, 0, 494, 1417, 0, 620, 375, 0, 0, 472, 0,
    0, 0, 0, 125, 0, 0, 1006, 0, 0, 0, 0, 0, 1, 629, 334, 1171,
    1953, 0, 865, 1695, 2189, 0, 883, 1132, 1774, 0, 1586, 0, 0, 0, 0, 0,
    0, 0, 0, 1387, 0, 0, 1048, 0, 0, 168, 1296, 2074, 0, 181, 0, 2478,
    0, 0, 0, 304, 0, 0, 2172, 0, 0, 0, 562, 1407, 0, 0, 1727, 0,
    0, 0, 0, 1746, 0, 0, 0, 0, 0, 0, 0, 663, 220, 0, 0, 0,
    1180, 0, 0, 0, 0, 0, 1430, 0, 0, 2136, 2422, 1079, 1542, 1710, 966, 0,
    0, 0, 1233, 553, 0, 0, 0, 0, 189, 675, 1682, 0, 2282, 1527, 0, 1091,
};
