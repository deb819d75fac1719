// SPDX-License-Identifier: MIT
// What a user agent string and the client hints beside it say about the device.
#ifndef SAMPLIT_USER_AGENT_H
#define SAMPLIT_USER_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "samplit/text.h"

// What was found, each as the text of its attribute value (static storage, ended by a zero).
typedef struct spl_client {
    const char *device;  // mobile, tablet, desktop, tv, bot, unknown
    const char *os;      // docs/context.md lists the values
    const char *browser; // docs/context.md lists the values
    bool is_bot;
} spl_client;

// Sec-CH-UA-Mobile.
typedef enum spl_mobile_hint {
    SPL_HINT_NONE = 0,
    SPL_HINT_MOBILE = 1,     // ?1
    SPL_HINT_NOT_MOBILE = 2, // ?0
} spl_mobile_hint;

// The raw texts of one request; empty where the host does not know them.
typedef struct spl_client_texts {
    spl_text user_agent;
    spl_text brands;       // Sec-CH-UA
    spl_text platform;     // Sec-CH-UA-Platform, or the name of a system that an app gives
    spl_text form_factors; // Sec-CH-UA-Form-Factors
    spl_mobile_hint mobile;
    bool is_app; // no browser sent this, so that it is no bot either
} spl_client_texts;

// Any bytes are fine. O(size), one pass.
spl_client spl_client_read(const spl_client_texts *texts);

#endif
