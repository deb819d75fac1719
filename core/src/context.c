// SPDX-License-Identifier: MIT
// Fields are read once: raw ones are kept aside, all others are attributes. Then the rules offer
// what they derive from the raw fields, and an attribute given directly stands.
#include "samplit/context.h"

#include <string.h>

#include "context_raw.h"
#include "samplit/hash.h"
#include "samplit/num.h"

// What raw fields are left once the last of each name stands.
static void survey(spl_raw *raw)
{
    for (uint32_t id = 0; id < SPL_NAME_COUNT; id++) {
        if (!raw->fields[id] || raw->fields[id]->kind == SPL_KIND_MISSING) continue;
        uint32_t role = spl_name_roles[id];
        if (role > SPL_NAME_PUSH) {
            bool says = spl_raw_text(raw, id).size || spl_is_finite(spl_raw_number(raw, id));
            if (says && role > raw->click) raw->click = role;
            role = SPL_NAME_PARAMETER;
        }
        raw->roles |= 1u << role;
        if (role > raw->channel) raw->channel = role;
    }
}

spl_text spl_raw_channel(const spl_raw *raw)
{
    static const char TEXTS[][7] = {
        [SPL_NAME_CLIENT] = "web",    [SPL_NAME_PAGE] = "web",    [SPL_NAME_PARAMETER] = "web",
        [SPL_NAME_FUNNEL] = "funnel", [SPL_NAME_EMAIL] = "email", [SPL_NAME_PUSH] = "push"};
    return (spl_text){TEXTS[raw->channel], strlen(TEXTS[raw->channel])};
}

void spl_context_build(spl_context *context, const spl_field *fields, size_t field_count)
{
    spl_raw raw = {0};
    bool missing = false;
    context->count = context->ignored = context->buffer_used = 0;
    memset(context->slots, 0, sizeof context->slots);
    for (size_t i = 0; i < field_count; i++) {
        uint32_t id = spl_name_find(fields[i].name);
        if (id < SPL_NAME_COUNT && spl_name_roles[id] != SPL_NAME_ATTRIBUTE)
            raw.fields[id] = &fields[i];
        else
            missing |= spl_context_store(context, &fields[i], true);
    }
    if (missing) spl_context_drop_missing(context);
    survey(&raw);

    spl_context_offer_text(context, SPL_NAME_ID_channel, spl_raw_channel(&raw));
    if (raw.channel >= SPL_NAME_PAGE) spl_context_traffic(context, &raw);
    spl_context_visitor(context, &raw);
    spl_context_numbers(context, &raw);
}

uint64_t spl_context_digest(const spl_context *context)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < context->count; i++) {
        const spl_attribute *attribute = &context->items[i];
        sum += spl_mix64(attribute->name + spl_mix64(attribute->key + attribute->kind));
    }
    return sum;
}
