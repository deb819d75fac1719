// SPDX-License-Identifier: GPL-3.0-or-later
#include "bundle/segment_fields.h"

#include <stdlib.h>

#include "bundle/segment_key.h"
#include "samplit/hash.h"

bool spl_segment_fields(spl_text key, spl_segment_room *room, spl_field fields[SPL_ATTRIBUTES_MAX], uint32_t *count)
{
    spl_text attribute, value;
    *count = 0;
    if (spl_text_equal(key, SPL_TEXT("global"))) return true;
    if (key.size > room->size) { // decoded parts are never longer than the key
        char *larger = realloc(room->data, key.size);
        if (!larger) return false;
        *room = (spl_segment_room){larger, key.size};
    }
    char *to = room->data;
    for (size_t at = 0; *count < SPL_ATTRIBUTES_MAX && spl_segment_next(key, &at, &attribute, &value);) {
        size_t name_size = spl_segment_decode(attribute, to), value_size = spl_segment_decode(value, to + name_size);
        spl_field *field = &fields[(*count)++];
        *field = (spl_field){.name = spl_name_hash((spl_text){to, name_size}), .kind = SPL_KIND_STRING};
        field->text = to + name_size;
        field->size = (uint32_t)value_size;
        to += name_size + value_size;
    }
    return true;
}
