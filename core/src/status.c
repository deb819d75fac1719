// SPDX-License-Identifier: MIT
#include "samplit/status.h"

const char *spl_status_name(spl_status status)
{
    switch (status) {
#define SPL_STATUS_NAME(name, value, text)                                                                             \
    case SPL_##name: return #name;
        SPL_STATUS_LIST(SPL_STATUS_NAME)
#undef SPL_STATUS_NAME
    }
    return "UNKNOWN";
}

const char *spl_status_text(spl_status status)
{
    switch (status) {
#define SPL_STATUS_SENTENCE(name, value, text)                                                                         \
    case SPL_##name: return text;
        SPL_STATUS_LIST(SPL_STATUS_SENTENCE)
#undef SPL_STATUS_SENTENCE
    }
    return "an unknown status";
}
