// SPDX-License-Identifier: GPL-3.0-or-later
// Ed25519 keys in minisign's files, so that `samplit` and `minisign` take each other's.
#ifndef SAMPLIT_SIGNING_KEY_H
#define SAMPLIT_SIGNING_KEY_H

#include "bundle/minisign.h"

typedef struct spl_public_key {
    uint8_t id[SPL_KEY_ID_BYTES];
    uint8_t bytes[32];
} spl_public_key;

// To be wiped by sodium_memzero when it is of no use any more.
typedef struct spl_secret_key {
    uint8_t id[SPL_KEY_ID_BYTES];
    uint8_t bytes[64]; // seed, then public key
} spl_secret_key;

// What scrypt is to cost (libsodium's opslimit and memlimit).
typedef struct spl_kdf_cost {
    uint64_t operations, memory_bytes;
} spl_kdf_cost;
#define SPL_KDF_COST ((spl_kdf_cost){33554432, 1073741824}) // minisign's: seconds, and 1 GiB

// A secret key as its file has it: id, key and checksum, XORed with what scrypt makes of the password where it is
// locked. To be wiped too.
#define SPL_SEALED_BYTES 104
typedef struct spl_sealed_key {
    bool locked;
    uint8_t salt[32];
    spl_kdf_cost cost;
    uint8_t sealed[SPL_SEALED_BYTES];
} spl_sealed_key;

// A new pair with a random id.
bool spl_key_pair_make(spl_secret_key *secret, spl_public_key *public, spl_error *error);

// The public half of a secret key.
void spl_public_key_of(const spl_secret_key *secret, spl_public_key *public);

// The file of a public key, or the line that holds the key.
bool spl_public_key_parse(spl_text text, spl_public_key *out, spl_error *error);

// That line, 56 characters that begin with RW; the file has a comment above it.
#define SPL_PUBLIC_KEY_LINE 56
void spl_public_key_line(const spl_public_key *key, char out[SPL_PUBLIC_KEY_LINE + 1]);

// The file of a secret key, and what is in it: with a wrong password, or where its parts do not fit each other, an
// error. `password` is not read where the key is not locked. A key that asks for more work than minisign's own is
// refused.
bool spl_sealed_key_parse(spl_text text, spl_sealed_key *out, spl_error *error);
bool spl_sealed_key_open(const spl_sealed_key *sealed, const char *password, spl_secret_key *out, spl_error *error);

// The text of a secret key's file, two lines: locked by the password, or with NULL as `minisign -W` writes it. To be
// wiped.
#define SPL_SECRET_KEY_TEXT 320
bool spl_secret_key_format(const spl_secret_key *key, const char *password, spl_kdf_cost cost,
                           char out[SPL_SECRET_KEY_TEXT], spl_error *error);

#endif
