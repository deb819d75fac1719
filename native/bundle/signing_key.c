// SPDX-License-Identifier: GPL-3.0-or-later
// The second line of a file, in base64:
//
//   public  `Ed`, key id [8], key [32]
//   secret  `Ed`, `Sc` or two zeros, `B2`, salt [32], operations [8], memory [8], then (XORed with scrypt's output
//           where `Sc` says so) key id [8], seed [32], key [32], BLAKE2b-256 of `Ed`, key id, seed and key
//
// Numbers are little-endian. Where nothing is locked, minisign leaves the checksum zero; that the key is its seed's is
// then what can be checked.
#include "bundle/signing_key.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { AT_KDF = 2, AT_CHECKSUM = 4, AT_SALT = 6, AT_OPERATIONS = 38, AT_MEMORY = 46, AT_SEALED = 54 };
enum { SECRET_BYTES = AT_SEALED + SPL_SEALED_BYTES, PUBLIC_BYTES = 2 + SPL_KEY_ID_BYTES + 32 };
enum { SECRET_BASE64 = 212, CHECKED_BYTES = SPL_KEY_ID_BYTES + 64 }; // of `sealed`, what the checksum covers

static uint64_t read_u64(const uint8_t *from)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--) value = value << 8 | from[i];
    return value;
}

static void write_u64(uint64_t value, uint8_t *to)
{
    for (int i = 0; i < 8; i++) to[i] = (uint8_t)(value >> 8 * i);
}

bool spl_key_pair_make(spl_secret_key *secret, spl_public_key *public, spl_error *error)
{
    if (sodium_init() < 0) return spl_fail(error, "the system gives no random numbers");
    randombytes_buf(secret->id, sizeof secret->id);
    crypto_sign_keypair(public->bytes, secret->bytes);
    memcpy(public->id, secret->id, sizeof public->id);
    return true;
}

void spl_public_key_of(const spl_secret_key *secret, spl_public_key *public)
{
    memcpy(public->id, secret->id, sizeof public->id);
    memcpy(public->bytes, secret->bytes + 32, sizeof public->bytes);
}

// The number of the line that holds the key, 1 or 2: the last one, whatever the comment above it says.
static bool find_line(spl_text text, spl_text lines[SPL_MINISIGN_LINES], uint32_t *number, spl_error *error)
{
    *number = spl_minisign_lines(text, lines);
    if (*number == 0) return spl_minisign_fail(error, 1, "nothing is there");
    return *number <= 2 || spl_minisign_fail(error, 3, "a key has two lines, and here are more");
}

bool spl_public_key_parse(spl_text text, spl_public_key *out, spl_error *error)
{
    spl_text lines[SPL_MINISIGN_LINES];
    uint8_t bytes[PUBLIC_BYTES];
    uint32_t number;
    if (!find_line(text, lines, &number, error)) return false;
    if (!spl_minisign_decode(lines[number - 1], number, bytes, sizeof bytes, error)) return false;
    if (memcmp(bytes, "Ed", 2) != 0) return spl_minisign_fail(error, number, "not an Ed25519 key");
    memcpy(out->id, bytes + 2, sizeof out->id);
    memcpy(out->bytes, bytes + 2 + sizeof out->id, sizeof out->bytes);
    return true;
}

void spl_public_key_line(const spl_public_key *key, char out[SPL_PUBLIC_KEY_LINE + 1])
{
    uint8_t bytes[PUBLIC_BYTES] = "Ed";
    memcpy(bytes + 2, key->id, sizeof key->id);
    memcpy(bytes + 2 + sizeof key->id, key->bytes, sizeof key->bytes);
    sodium_bin2base64(out, SPL_PUBLIC_KEY_LINE + 1, bytes, sizeof bytes, sodium_base64_VARIANT_ORIGINAL);
}

static bool take_head(const uint8_t *bytes, spl_sealed_key *out, uint32_t number, spl_error *error)
{
    if (memcmp(bytes, "Ed", 2) != 0) return spl_minisign_fail(error, number, "not an Ed25519 key");
    out->locked = memcmp(bytes + AT_KDF, "Sc", 2) == 0;
    if (!out->locked && !sodium_is_zero(bytes + AT_KDF, 2))
        return spl_minisign_fail(error, number, "locked by something other than scrypt");
    if (memcmp(bytes + AT_CHECKSUM, "B2", 2) != 0)
        return spl_minisign_fail(error, number, "its checksum is not BLAKE2b");
    memcpy(out->salt, bytes + AT_SALT, sizeof out->salt);
    out->cost = (spl_kdf_cost){read_u64(bytes + AT_OPERATIONS), read_u64(bytes + AT_MEMORY)};
    memcpy(out->sealed, bytes + AT_SEALED, sizeof out->sealed);
    return true;
}

bool spl_sealed_key_parse(spl_text text, spl_sealed_key *out, spl_error *error)
{
    spl_text lines[SPL_MINISIGN_LINES];
    uint8_t bytes[SECRET_BYTES];
    uint32_t number;
    bool good = find_line(text, lines, &number, error) &&
                spl_minisign_decode(lines[number - 1], number, bytes, sizeof bytes, error) &&
                take_head(bytes, out, number, error);
    sodium_memzero(bytes, sizeof bytes);
    return good;
}

static void checksum(const uint8_t sealed[SPL_SEALED_BYTES], uint8_t out[32])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, 32);
    crypto_generichash_update(&state, (const uint8_t *)"Ed", 2);
    crypto_generichash_update(&state, sealed, CHECKED_BYTES);
    crypto_generichash_final(&state, out, 32);
    sodium_memzero(&state, sizeof state);
}

// Locks or unlocks: XOR is its own inverse.
static bool xor_scrypt(uint8_t sealed[SPL_SEALED_BYTES], const char *password, const uint8_t salt[32],
                       spl_kdf_cost cost, spl_error *error)
{
    uint8_t stream[SPL_SEALED_BYTES];
    if (cost.operations > SPL_KDF_COST.operations || cost.memory_bytes > SPL_KDF_COST.memory_bytes)
        return spl_minisign_fail(error, 2, "the password's scrypt asks for more work than minisign's keys do");
    if (crypto_pwhash_scryptsalsa208sha256(stream, sizeof stream, password, strlen(password), salt, cost.operations,
                                           (size_t)cost.memory_bytes) != 0)
        return spl_fail(error, "out of memory for the password's scrypt, which takes %llu MiB",
                        (unsigned long long)cost.memory_bytes >> 20);
    for (size_t i = 0; i < SPL_SEALED_BYTES; i++) sealed[i] ^= stream[i];
    sodium_memzero(stream, sizeof stream);
    return true;
}

// What is unlocked, or was never locked, must be a key.
static bool take_key(const spl_sealed_key *from, const uint8_t open[SPL_SEALED_BYTES], spl_secret_key *out,
                     spl_error *error)
{
    uint8_t sum[32], bytes[64], public[32];
    checksum(open, sum);
    if (from->locked && sodium_memcmp(sum, open + CHECKED_BYTES, sizeof sum) != 0)
        return spl_minisign_fail(error, 2, "the password does not unlock the key");
    crypto_sign_seed_keypair(public, bytes, open + SPL_KEY_ID_BYTES);
    bool fits = sodium_memcmp(bytes, open + SPL_KEY_ID_BYTES, sizeof bytes) == 0;
    sodium_memzero(bytes, sizeof bytes);
    if (!fits) return spl_minisign_fail(error, 2, "damaged: the two halves of the key do not fit each other");
    memcpy(out->id, open, sizeof out->id);
    memcpy(out->bytes, open + sizeof out->id, sizeof out->bytes);
    return true;
}

bool spl_sealed_key_open(const spl_sealed_key *sealed, const char *password, spl_secret_key *out, spl_error *error)
{
    uint8_t open[SPL_SEALED_BYTES];
    memcpy(open, sealed->sealed, sizeof open);
    bool good = (!sealed->locked || xor_scrypt(open, password, sealed->salt, sealed->cost, error)) &&
                take_key(sealed, open, out, error);
    sodium_memzero(open, sizeof open);
    return good;
}

static bool seal(const spl_secret_key *key, const char *password, spl_kdf_cost cost, uint8_t bytes[SECRET_BYTES],
                 spl_error *error)
{
    memcpy(bytes, "Ed\0\0B2", 6);
    memcpy(bytes + AT_SEALED, key->id, sizeof key->id);
    memcpy(bytes + AT_SEALED + sizeof key->id, key->bytes, sizeof key->bytes);
    if (!password) return true;
    memcpy(bytes + AT_KDF, "Sc", 2);
    randombytes_buf(bytes + AT_SALT, 32);
    write_u64(cost.operations, bytes + AT_OPERATIONS);
    write_u64(cost.memory_bytes, bytes + AT_MEMORY);
    checksum(bytes + AT_SEALED, bytes + AT_SEALED + CHECKED_BYTES);
    return xor_scrypt(bytes + AT_SEALED, password, bytes + AT_SALT, cost, error);
}

bool spl_secret_key_format(const spl_secret_key *key, const char *password, spl_kdf_cost cost,
                           char out[SPL_SECRET_KEY_TEXT], spl_error *error)
{
    uint8_t bytes[SECRET_BYTES] = {0};
    char line[SECRET_BASE64 + 1];
    if (sodium_init() < 0) return spl_fail(error, "the system gives no random numbers");
    bool good = seal(key, password, cost, bytes, error);
    if (good) {
        sodium_bin2base64(line, sizeof line, bytes, sizeof bytes, sodium_base64_VARIANT_ORIGINAL);
        snprintf(out, SPL_SECRET_KEY_TEXT, SPL_MINISIGN_UNTRUSTED "samplit secret key%s\n%s\n",
                 password ? ", locked by a password" : "", line);
        sodium_memzero(line, sizeof line);
    }
    sodium_memzero(bytes, sizeof bytes);
    return good;
}
