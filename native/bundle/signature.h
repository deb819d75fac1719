// SPDX-License-Identifier: GPL-3.0-or-later
// Signatures beside bundles, as `minisign -S -l` makes them and as the client checks them (wasm/client/signature.ts):
// the Ed25519 of the file itself, and one more over that and the trusted comment. What signs the file's BLAKE2b instead
// (`minisign -S`) is checked too, and not made: the client cannot check it.
#ifndef SAMPLIT_SIGNATURE_H
#define SAMPLIT_SIGNATURE_H

#include "bundle/signing_key.h"

#define SPL_SIGNATURE_COMMENT_MAX 1024 // bytes, of what is written

typedef struct spl_signature {
    uint8_t key_id[SPL_KEY_ID_BYTES];
    bool hashed;      // of the file's BLAKE2b-512
    uint8_t own[64];  // over the file
    uint8_t all[64];  // over that and the comment
    spl_text comment; // the trusted one; points into the text
} spl_signature;

// The text of a .minisig file. Errors name the line.
bool spl_signature_parse(spl_text text, spl_signature *out, spl_error *error);

// Whether one of the keys signed the bytes and the comment. Errors name the line of the signature that does not fit.
bool spl_signature_check(const spl_signature *signature, const spl_public_key *keys, size_t key_count,
                         const uint8_t *data, size_t size, spl_error *error);

// Writes the text of a .minisig file, terminated. The comment must be UTF-8 without control characters but tabs.
#define SPL_SIGNATURE_TEXT (SPL_SIGNATURE_COMMENT_MAX + 512)
bool spl_signature_make(const spl_secret_key *key, const uint8_t *data, size_t size, spl_text comment,
                        char out[SPL_SIGNATURE_TEXT], spl_error *error);

#endif
