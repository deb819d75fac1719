// SPDX-License-Identifier: MIT
// The names that the rules of the context know, with their hashes, so that a field is recognised
// by comparing numbers. tests/core/test_context.c checks hashes and order.
#ifndef SAMPLIT_NAMES_H
#define SAMPLIT_NAMES_H

#include <stdint.h>

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
    X(0x01D60CCD966AA7D8ULL, wbraid, PARAMETER)                  \
    X(0x0544B05ECC4A68A5ULL, url, PAGE)                          \
    X(0x06EAC4F3D4B09EFAULL, sccid, PARAMETER)                   \
    X(0x0D128D5DB254C53FULL, ttclid, PARAMETER)                  \
    X(0x0E3008A7E8672767ULL, _kx, PARAMETER)                     \
    X(0x10AA3C9E737BB20CULL, mkt_tok, PARAMETER)                 \
    X(0x1118C6BD70D79A89ULL, ysclid, PARAMETER)                  \
    X(0x14B2B30EB6E86EB0ULL, email_list, EMAIL)                  \
    X(0x15A63387E5B74138ULL, ransiteid, PARAMETER)               \
    X(0x1FAE9A35CFC38677ULL, sec_ch_ua_form_factors, CLIENT)     \
    X(0x211D5EFD56C8533CULL, twclid, PARAMETER)                  \
    X(0x2198CDB26775C35FULL, gclid, PARAMETER)                   \
    X(0x26A8C1DEAA7FAF79ULL, utm_medium, PARAMETER)              \
    X(0x27C219D6379DC82BULL, mc_eid, PARAMETER)                  \
    X(0x2996784118CD82BBULL, sec_ch_ua_platform, CLIENT)         \
    X(0x35C3ED8A897B764DULL, time_ms, RAW)                       \
    X(0x50D9F1E4DB52DACBULL, utc_offset_minutes, RAW)            \
    X(0x5E98C75A6362E39CULL, gad_source, PARAMETER)              \
    X(0x603AEC97F2D11F1DULL, cjevent, PARAMETER)                 \
    X(0x62221C01B67A62D0ULL, push_platform, PUSH)                \
    X(0x720603D77C3989FFULL, _hsenc, PARAMETER)                  \
    X(0x8406662A28D98087ULL, igsh, PARAMETER)                    \
    X(0x8429E448E6E04A95ULL, utm_content, PARAMETER)             \
    X(0x91F4C70D955CAC0AULL, yclid, PARAMETER)                   \
    X(0x9C1F32134F36A283ULL, rdt_cid, PARAMETER)                 \
    X(0x9C62D94A3DA08E05ULL, sec_ch_ua_platform_version, CLIENT) \
    X(0x9D5FA99A48A133F5ULL, srsltid, PARAMETER)                 \
    X(0x9DBA64D33DEE7CA2ULL, utm_source, PARAMETER)              \
    X(0x9DBA7CEE51565CDCULL, fbclid, PARAMETER)                  \
    X(0xA8A54A30AFA4A29CULL, dicbo, PARAMETER)                   \
    X(0xAA2BF4D33A66BAD7ULL, push_app, PUSH)                     \
    X(0xAA30B82CDE2558D1ULL, referrer, PAGE)                     \
    X(0xAC3BBFBC8DB70745ULL, gbraid, PARAMETER)                  \
    X(0xAE9FD3D05154075EULL, utm_campaign, PARAMETER)            \
    X(0xB0AD22D3826AABE6ULL, epik, PARAMETER)                    \
    X(0xB72E02B27D2EFD90ULL, accept_language, RAW)               \
    X(0xB81D397C47B19394ULL, sec_ch_ua, CLIENT)                  \
    X(0xC1AE569EB7B43765ULL, irclickid, PARAMETER)               \
    X(0xC4DF73065353C9E4ULL, user_agent, CLIENT)                 \
    X(0xC891C45724FF9CD0ULL, sec_ch_ua_mobile, CLIENT)           \
    X(0xCC9B949EBC7FDC51ULL, awc, PARAMETER)                     \
    X(0xCFAE0BAA64925693ULL, dclid, PARAMETER)                   \
    X(0xDB66705DCD5F8D7BULL, utm_term, PARAMETER)                \
    X(0xE6063CA3C7A86BC3ULL, igshid, PARAMETER)                  \
    X(0xE6B68C0656F1C1B5ULL, msclkid, PARAMETER)                 \
    X(0xE6F40F59564ABC4EULL, tblci, PARAMETER)                   \
    X(0xEC445378690B0CD1ULL, mc_cid, PARAMETER)                  \
    X(0xEDE7902CF0F78AF6ULL, li_fat_id, PARAMETER)

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

#endif
