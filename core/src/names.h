// SPDX-License-Identifier: MIT
// The names that the rules of the context know, with their hashes, so that a field is recognised
// by comparing numbers. tests/core/test_context.c checks hashes and order.
#ifndef SAMPLIT_NAMES_H
#define SAMPLIT_NAMES_H

#include <stdint.h>

// X(name, the digit of its spl_medium and its text): who puts an id of their own into the links that they send; where several
// stand, the last one of them counts. Those that only paid clicks or messages carry come last; fbclid and igsh are added to
// unpaid links as well, and the first ones to results of a search.
#define SPL_NAME_CLICKS(X)       \
    X(GOOGLE_ORGANIC, "3google") \
    X(YANDEX_ORGANIC, "3yandex") \
    X(INSTAGRAM, "4instagram")   \
    X(FACEBOOK, "4facebook")     \
    X(OMEDA, "5omeda")           \
    X(VERO, "5vero")             \
    X(DRIP, "5drip")             \
    X(MAILERLITE, "5mailerlite") \
    X(KLAVIYO, "5klaviyo")       \
    X(HUBSPOT, "5hubspot")       \
    X(MARKETO, "5marketo")       \
    X(MAILCHIMP, "5mailchimp")   \
    X(RAKUTEN, "9rakuten")       \
    X(SHAREASALE, "9shareasale") \
    X(AWIN, "9awin")             \
    X(CJ, "9cj")                 \
    X(IMPACT, "9impact")         \
    X(GOOGLE_DISPLAY, "8google") \
    X(ADOBE, "7adobe")           \
    X(OUTBRAIN, "7outbrain")     \
    X(TABOOLA, "7taboola")       \
    X(VK, "7vk")                 \
    X(YANDEX, "7yandex")         \
    X(NEXTDOOR, "7nextdoor")     \
    X(QUORA, "7quora")           \
    X(REDDIT, "7reddit")         \
    X(SNAPCHAT, "7snapchat")     \
    X(PINTEREST, "7pinterest")   \
    X(LINKEDIN, "7linkedin")     \
    X(TWITTER, "7twitter")       \
    X(TIKTOK, "7tiktok")         \
    X(BING, "7bing")             \
    X(GOOGLE, "7google")

// What a field of that name is. From CLIENT on it tells the channel of the visit, the last one there the most.
typedef enum spl_name_role {
    SPL_NAME_ATTRIBUTE, // derived by a rule; given directly it is taken as it is
    SPL_NAME_RAW,       // read by a rule, as are all that follow
    SPL_NAME_OWN,       // rewritten under its own name
    SPL_NAME_NUMBER,    // kept in its range under its own name
    SPL_NAME_CLIENT,    // the user agent or a client hint
    SPL_NAME_PAGE,      // the page or the referrer
    SPL_NAME_PARAMETER, // also looked for in the query of `url`
    SPL_NAME_FUNNEL,    // rewritten under its own name
    SPL_NAME_EMAIL,
    SPL_NAME_PUSH,
#define SPL_NAME_CLICK(sender, text) SPL_NAME_CLICK_##sender, // click ids: parameters, by their sender
    SPL_NAME_CLICKS(SPL_NAME_CLICK)
#undef SPL_NAME_CLICK
    SPL_NAME_ROLES,
} spl_name_role;

// X(spl_name_hash, name, role), each list sorted by hash: names that are attributes of a context, and names that are
// only read, no two of these with the same first 32 bits.
#define SPL_NAME_ATTRIBUTES(X)                          \
    X(0x00321E24AAB492C4ULL, previous_opens, NUMBER)    \
    X(0x0649738054BF4A55ULL, hour, ATTRIBUTE)           \
    X(0x09E367EBFEADBD07ULL, browser, ATTRIBUTE)        \
    X(0x19938CE02BBB1743ULL, language, OWN)             \
    X(0x21A6C61F254A5D60ULL, funnel_stage, FUNNEL)      \
    X(0x4A77F98A0973AF5DULL, dow, ATTRIBUTE)            \
    X(0x6C5B191A31C5A9FCULL, content, ATTRIBUTE)        \
    X(0x6CC529A5C036B4B6ULL, term, ATTRIBUTE)           \
    X(0x6E8510DB31A284ABULL, source, ATTRIBUTE)         \
    X(0x6FFDEF02D59285BDULL, is_bot, ATTRIBUTE)         \
    X(0x8E90DB38F95FCC56ULL, device, ATTRIBUTE)         \
    X(0xA180126206A766ACULL, opt_in_days, NUMBER)       \
    X(0xA2E6B07C10C70319ULL, country, OWN)              \
    X(0xA6EF99C86447796AULL, drop_risk, NUMBER)         \
    X(0xA86BA443CBF42161ULL, cluster, ATTRIBUTE)        \
    X(0xAC1023A1F9E2BE1AULL, medium, ATTRIBUTE)         \
    X(0xC082519405C7B3E4ULL, is_returning, ATTRIBUTE)   \
    X(0xC30C371DDECE9686ULL, minutes_in_funnel, NUMBER) \
    X(0xC44BEA0E64406B60ULL, os_version, ATTRIBUTE)     \
    X(0xC7229DB1DDF21FC0ULL, visits, NUMBER)            \
    X(0xCE263A2509534E9CULL, channel, ATTRIBUTE)        \
    X(0xD78197DC566CE870ULL, engagement_score, NUMBER)  \
    X(0xD90FF62488C4B956ULL, campaign, ATTRIBUTE)       \
    X(0xEDA1F1A2B627B331ULL, funnel_id, FUNNEL)         \
    X(0xFB5A1D9950341E32ULL, os, ATTRIBUTE)             \
    X(0xFC7FD5B7803D1725ULL, is_weekend, ATTRIBUTE)

#define SPL_NAME_RAWS(X)                                         \
    X(0x01D60CCD966AA7D8ULL, wbraid, CLICK_GOOGLE)               \
    X(0x0544B05ECC4A68A5ULL, url, PAGE)                          \
    X(0x06EAC4F3D4B09EFAULL, sccid, CLICK_SNAPCHAT)              \
    X(0x0D128D5DB254C53FULL, ttclid, CLICK_TIKTOK)               \
    X(0x0E3008A7E8672767ULL, _kx, CLICK_KLAVIYO)                 \
    X(0x10AA3C9E737BB20CULL, mkt_tok, CLICK_MARKETO)             \
    X(0x1118C6BD70D79A89ULL, ysclid, CLICK_YANDEX_ORGANIC)       \
    X(0x120B0CB4F7BD3EACULL, s_kwcid, CLICK_ADOBE)               \
    X(0x14B2B30EB6E86EB0ULL, email_list, EMAIL)                  \
    X(0x15A63387E5B74138ULL, ransiteid, CLICK_RAKUTEN)           \
    X(0x1FAE9A35CFC38677ULL, sec_ch_ua_form_factors, CLIENT)     \
    X(0x211D5EFD56C8533CULL, twclid, CLICK_TWITTER)              \
    X(0x2198CDB26775C35FULL, gclid, CLICK_GOOGLE)                \
    X(0x26A8C1DEAA7FAF79ULL, utm_medium, PARAMETER)              \
    X(0x27C219D6379DC82BULL, mc_eid, CLICK_MAILCHIMP)            \
    X(0x2996784118CD82BBULL, sec_ch_ua_platform, CLIENT)         \
    X(0x35C3ED8A897B764DULL, time_ms, RAW)                       \
    X(0x3D4552196791D35DULL, ndclid, CLICK_NEXTDOOR)             \
    X(0x4496E508E504B925ULL, irclid, CLICK_IMPACT)               \
    X(0x50D9F1E4DB52DACBULL, utc_offset_minutes, RAW)            \
    X(0x5231E23AD099484DULL, _hsmi, CLICK_HUBSPOT)               \
    X(0x5BA08F618F6D507EULL, rb_clickid, CLICK_VK)               \
    X(0x5E98C75A6362E39CULL, gad_source, CLICK_GOOGLE)           \
    X(0x603AEC97F2D11F1DULL, cjevent, CLICK_CJ)                  \
    X(0x62221C01B67A62D0ULL, push_platform, PUSH)                \
    X(0x71CB4F3F06385984ULL, oly_anon_id, CLICK_OMEDA)           \
    X(0x71E61E1EC35A2A29ULL, vero_id, CLICK_VERO)                \
    X(0x720603D77C3989FFULL, _hsenc, CLICK_HUBSPOT)              \
    X(0x7B92056ACA551CF3ULL, ml_subscriber, CLICK_MAILERLITE)    \
    X(0x8406662A28D98087ULL, igsh, CLICK_INSTAGRAM)              \
    X(0x8429E448E6E04A95ULL, utm_content, PARAMETER)             \
    X(0x91F4C70D955CAC0AULL, yclid, CLICK_YANDEX)                \
    X(0x93CBA1EC6DCC1688ULL, oly_enc_id, CLICK_OMEDA)            \
    X(0x9C1F32134F36A283ULL, rdt_cid, CLICK_REDDIT)              \
    X(0x9C62D94A3DA08E05ULL, sec_ch_ua_platform_version, CLIENT) \
    X(0x9D5FA99A48A133F5ULL, srsltid, CLICK_GOOGLE_ORGANIC)      \
    X(0x9DBA64D33DEE7CA2ULL, utm_source, PARAMETER)              \
    X(0x9DBA7CEE51565CDCULL, fbclid, CLICK_FACEBOOK)             \
    X(0xA2E2E06B92895CFDULL, qclid, CLICK_QUORA)                 \
    X(0xA8A54A30AFA4A29CULL, dicbo, CLICK_OUTBRAIN)              \
    X(0xAA2BF4D33A66BAD7ULL, push_app, PUSH)                     \
    X(0xAA30B82CDE2558D1ULL, referrer, PAGE)                     \
    X(0xAC3BBFBC8DB70745ULL, gbraid, CLICK_GOOGLE)               \
    X(0xAE9FD3D05154075EULL, utm_campaign, PARAMETER)            \
    X(0xB0AD22D3826AABE6ULL, epik, CLICK_PINTEREST)              \
    X(0xB72E02B27D2EFD90ULL, accept_language, RAW)               \
    X(0xB81D397C47B19394ULL, sec_ch_ua, CLIENT)                  \
    X(0xC1AE569EB7B43765ULL, irclickid, CLICK_IMPACT)            \
    X(0xC307B4C95158154FULL, ymclid, CLICK_YANDEX)               \
    X(0xC4DF73065353C9E4ULL, user_agent, CLIENT)                 \
    X(0xC891C45724FF9CD0ULL, sec_ch_ua_mobile, CLIENT)           \
    X(0xCC9B949EBC7FDC51ULL, awc, CLICK_AWIN)                    \
    X(0xCFAE0BAA64925693ULL, dclid, CLICK_GOOGLE_DISPLAY)        \
    X(0xD5ED344BA1D958FAULL, sscid, CLICK_SHAREASALE)            \
    X(0xD843CDD6929E582AULL, __s, CLICK_DRIP)                    \
    X(0xDB66705DCD5F8D7BULL, utm_term, PARAMETER)                \
    X(0xE6063CA3C7A86BC3ULL, igshid, CLICK_INSTAGRAM)            \
    X(0xE6B68C0656F1C1B5ULL, msclkid, CLICK_BING)                \
    X(0xE6F40F59564ABC4EULL, tblci, CLICK_TABOOLA)               \
    X(0xEC445378690B0CD1ULL, mc_cid, CLICK_MAILCHIMP)            \
    X(0xEDE7902CF0F78AF6ULL, li_fat_id, CLICK_LINKEDIN)

#define SPL_NAME_LIST(X) SPL_NAME_ATTRIBUTES(X) SPL_NAME_RAWS(X)

typedef enum spl_name_id {
#define SPL_NAME_ENUM(hash, name, role) SPL_NAME_ID_##name,
    SPL_NAME_LIST(SPL_NAME_ENUM)
#undef SPL_NAME_ENUM
    SPL_NAME_COUNT,
} spl_name_id;

// The id of a known name, or SPL_NAME_COUNT. O(1) on average: hashes are uniform, so the place
// of one in a sorted list can be guessed.
uint32_t spl_name_find(uint64_t hash);

uint64_t spl_name_hash_of(spl_name_id attribute);

extern const uint8_t spl_name_roles[SPL_NAME_COUNT]; // spl_name_role, by id

extern const char spl_name_clicks[]; // the texts of SPL_NAME_CLICKS, each ended by a zero

#endif
