// SPDX-License-Identifier: MIT
// The language of a visitor from Accept-Language or navigator.language.
#ifndef SAMPLIT_LANGUAGE_H
#define SAMPLIT_LANGUAGE_H

#include "samplit/text.h"

#define SPL_LANGUAGE_MAX 3 // letters of an ISO 639 code

// The ISO 639 code, in lower case in `out`, of the preferred language: "en" of "en-US",
// "pt" of "en;q=0.5, pt-BR". Empty if there is none ("*", "C", anything malformed).
spl_text spl_language_read(spl_text text, char out[SPL_LANGUAGE_MAX]);

#endif
