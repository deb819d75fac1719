// SPDX-License-Identifier: MIT
// Which site a referrer belongs to, and by what way visitors come from there.
#ifndef SAMPLIT_REFERRER_H
#define SAMPLIT_REFERRER_H

#include <stdbool.h>
#include <stdint.h>

#include "samplit/text.h"

// The text of each is the value of the attribute `medium`: see spl_medium_text.
typedef enum spl_medium {
    SPL_MEDIUM_UNKNOWN,
    SPL_MEDIUM_NONE, // nobody sent the visitor
    SPL_MEDIUM_REFERRAL,
    SPL_MEDIUM_ORGANIC, // search
    SPL_MEDIUM_SOCIAL,
    SPL_MEDIUM_EMAIL,
    SPL_MEDIUM_AI, // assistants
    SPL_MEDIUM_CPC,
    SPL_MEDIUM_DISPLAY,
    SPL_MEDIUM_AFFILIATE,
    SPL_MEDIUM_COUNT,
} spl_medium;

spl_text spl_medium_text(spl_medium medium);

typedef struct spl_referrer {
    spl_text source; // into a static table, or into the host
    spl_medium medium;
} spl_referrer;

#define SPL_HOST_MAX 255 // bytes of a host (RFC 1035)

// Lower-cases a host into out[SPL_HOST_MAX] and takes a leading "www." off; `reversed` is for the
// package of an Android app, whose labels stand the other way round ("com.google.android.gm").
// Empty if the host is longer.
spl_text spl_host_normalise(spl_text host, bool reversed, char out[SPL_HOST_MAX]);

// Whether the host, as spl_host_normalise gives it, or one of its parents is in the table.
bool spl_referrer_find(spl_text host, spl_referrer *referrer);

// As spl_referrer_find, and for other hosts by their form: "search.example.org" is a search engine,
// "mail.example.org" an e-mail program, anything else a referral from the host.
spl_referrer spl_referrer_read(spl_text host);

// The known hosts, one after the other, each ended by a zero and the last by two: the digit of its
// spl_medium, the host, and "=source" unless the source is the host's first label. "google." stands
// for google under every top-level domain. They ascend by spl_host_bucket.
// (Packed, since all of it is downloaded with the module.)
extern const char spl_known_hosts[];

#define SPL_HOST_BUCKETS 32

extern const uint16_t spl_host_starts[SPL_HOST_BUCKETS + 1]; // where the rows of each begin

// The first letter's place in the alphabet, for lower-case letters.
static inline uint32_t spl_host_bucket(const char *host)
{
    return *host & 31;
}

#endif
