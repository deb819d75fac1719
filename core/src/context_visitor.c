// SPDX-License-Identifier: MIT
// What the visitor has and where: device, language, country, local time.
#include "context_raw.h"

#include <string.h>

#include "language.h"
#include "time_fields.h"
#include "user_agent.h"

static spl_mobile_hint mobile_hint(const spl_raw *raw)
{
    const spl_field *field = raw->fields[SPL_NAME_ID_sec_ch_ua_mobile];
    if (field && field->kind == SPL_KIND_BOOLEAN) return field->number != 0 ? SPL_HINT_MOBILE : SPL_HINT_NOT_MOBILE;
    spl_text text = spl_raw_text(raw, SPL_NAME_ID_sec_ch_ua_mobile);
    if (text.size != 2 || text.data[0] != '?') return SPL_HINT_NONE;
    return text.data[1] == '1' ? SPL_HINT_MOBILE : text.data[1] == '0' ? SPL_HINT_NOT_MOBILE : SPL_HINT_NONE;
}

static void offer_name(spl_context *context, spl_name_id id, const char *name)
{
    spl_context_offer_text(context, id, (spl_text){name, strlen(name)});
}

static void offer_client(spl_context *context, const spl_raw *raw)
{
    spl_client_texts texts = {.user_agent = spl_raw_text(raw, SPL_NAME_ID_user_agent),
                              .brands = spl_raw_text(raw, SPL_NAME_ID_sec_ch_ua),
                              .platform = spl_raw_text(raw, SPL_NAME_ID_sec_ch_ua_platform),
                              .form_factors = spl_raw_text(raw, SPL_NAME_ID_sec_ch_ua_form_factors),
                              .mobile = mobile_hint(raw)};
    texts.is_app = !texts.user_agent.size && !texts.brands.size && !texts.platform.size;
    if (texts.is_app) texts.platform = spl_raw_text(raw, SPL_NAME_ID_push_platform);
    if (texts.is_app && !texts.platform.size) return;
    spl_client client = spl_client_read(&texts);
    offer_name(context, SPL_NAME_ID_device, client.device);
    offer_name(context, SPL_NAME_ID_os, client.os);
    if (texts.is_app) return;
    offer_name(context, SPL_NAME_ID_browser, client.browser);
    spl_context_offer_boolean(context, SPL_NAME_ID_is_bot, client.is_bot);
}

// Stores a text that was written where the buffer is free.
static void offer_buffer(spl_context *context, spl_name_id id, size_t size)
{
    spl_context_offer_text(context, id, (spl_text){context->buffer + context->buffer_used, size});
    context->buffer_used += (uint32_t)size;
}

static void offer_language(spl_context *context, const spl_raw *raw)
{
    char *out = context->buffer + context->buffer_used;
    size_t size = spl_language_read(spl_raw_text(raw, SPL_NAME_ID_language), out).size;
    if (!size) size = spl_language_read(spl_raw_text(raw, SPL_NAME_ID_accept_language), out).size;
    offer_buffer(context, SPL_NAME_ID_language, size);
}

// ISO 3166-1 says GB and GR; people say UK, the European Union says UK and EL. XX is what CDNs
// send for unknown, ZZ what CLDR calls it.
static void offer_country(spl_context *context, const spl_raw *raw)
{
    static const char ALIASES[][4] = {"UKGB", "ELGR", "XX\0", "ZZ\0"};
    spl_text text = spl_raw_text(raw, SPL_NAME_ID_country);
    char *code = context->buffer + context->buffer_used;
    if (text.size != 2) return;
    for (int i = 0; i < 2; i++) {
        code[i] = (char)(text.data[i] & ~0x20);
        if (code[i] < 'A' || code[i] > 'Z') return;
    }
    for (size_t i = 0; i < sizeof ALIASES / sizeof *ALIASES; i++) {
        if (memcmp(code, ALIASES[i], 2) == 0) memcpy(code, ALIASES[i] + 2, 2);
    }
    if (*code) offer_buffer(context, SPL_NAME_ID_country, 2);
}

static void offer_time(spl_context *context, const spl_raw *raw)
{
    spl_time_fields time;
    double offset = spl_raw_number(raw, SPL_NAME_ID_utc_offset_minutes);
    if (!spl_time_fields_of(spl_raw_number(raw, SPL_NAME_ID_time_ms), offset, &time)) return;
    spl_context_offer_number(context, SPL_NAME_ID_hour, time.hour);
    spl_context_offer_number(context, SPL_NAME_ID_dow, time.day_of_week);
    spl_context_offer_boolean(context, SPL_NAME_ID_is_weekend, time.day_of_week >= 6);
}

void spl_context_visitor(spl_context *context, const spl_raw *raw)
{
    offer_client(context, raw);
    offer_language(context, raw);
    offer_country(context, raw);
    offer_time(context, raw);
}
