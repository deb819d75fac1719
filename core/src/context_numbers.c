// SPDX-License-Identifier: MIT
// The numbers of the channels. They come from JSON, from headers and from columns of text, and from people who count
// in other units: each is read from either kind and kept in its range, so that one bad row does not stretch a feature.
#include "context_raw.h"

#include <string.h>

#include "samplit/num.h"

// From 0 to `most`.
static const struct {
    uint8_t raw, id; // spl_name_id
    uint32_t most;
} RANGES[] = {
#define RANGE(name, most)                                                                                              \
    {                                                                                                                  \
        SPL_NAME_ID_##name, SPL_NAME_ID_##name, most                                                                   \
    }
    RANGE(drop_risk, 1),
    RANGE(engagement_score, 100),
    RANGE(minutes_in_funnel, 1000000),
    RANGE(opt_in_days, 1000000),
    RANGE(previous_opens, 1000000),
    RANGE(visits, 1000000),
    {SPL_NAME_ID_sec_ch_ua_platform_version, SPL_NAME_ID_os_version, 1000000},
};

// The decimal number of a text, "12" or "0.35"; of a version its first two parts, with or without quotes. NaN if it is
// something else. Sum and scale are exact below 2^53, so their quotient is the nearest double.
static double read_decimal(const char *text, uint32_t size)
{
    double sum = 0, scale = 0; // which is 0 up to the point
    bool any = false;
    for (uint32_t i = 0; i < size && i < 32; i++) {
        uint32_t digit = (uint8_t)text[i] - (uint32_t)'0';
        if (text[i] == '"') continue;
        if (text[i] == '.') {
            if (scale > 0) break;
            scale = 1;
            continue;
        }
        if (digit > 9) return 0.0 / 0.0;
        any = true;
        sum = sum * 10 + digit;
        scale *= 10;
    }
    return any ? sum / (scale > 0 ? scale : 1) : 0.0 / 0.0;
}

// Windows counts on from its builds: 13 and later is Windows 11, 0 is 8.1 or older
// (learn.microsoft.com/microsoft-edge/web-platform/how-to-detect-win11).
static double os_version(const spl_context *context, double version)
{
    const spl_attribute *os = spl_context_find(context, spl_name_hash_of(SPL_NAME_ID_os));
    if (!os || os->size != 7 || memcmp(os->text, "windows", 7) != 0) return (uint32_t)version;
    return version >= 13 ? 11 : version >= 1 ? 10 : 8;
}

void spl_context_numbers(spl_context *context, const spl_raw *raw)
{
    for (size_t i = 0; i < sizeof RANGES / sizeof *RANGES; i++) {
        spl_name_id id = (spl_name_id)RANGES[i].id;
        const spl_field *field = raw->fields[RANGES[i].raw];
        if (!field) continue;
        double number = field->kind == SPL_KIND_NUMBER ? field->number : 0.0 / 0.0;
        if (field->kind == SPL_KIND_STRING && field->text && field->size) {
            number = read_decimal(field->text, field->size);
            if (number != number) spl_context_offer_text(context, id, SPL_TEXT("unknown"));
        }
        if (!spl_is_finite(number)) continue;
        if (number < 0) number = 0;
        if (number > RANGES[i].most) number = RANGES[i].most;
        if (id == SPL_NAME_ID_os_version) number = os_version(context, number);
        if (id == SPL_NAME_ID_visits) spl_context_offer_boolean(context, SPL_NAME_ID_is_returning, number >= 2);
        spl_context_offer_number(context, id, number);
    }
}
