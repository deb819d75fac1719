// SPDX-License-Identifier: GPL-3.0-or-later
#include "bundle/signature.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { OWN_BYTES = 2 + SPL_KEY_ID_BYTES + 64, OWN_BASE64 = 100, ALL_BASE64 = 88, HASH_BYTES = 64 };

static bool take_own(const uint8_t bytes[OWN_BYTES], spl_signature *out, spl_error *error)
{
    out->hashed = memcmp(bytes, "ED", 2) == 0;
    if (!out->hashed && memcmp(bytes, "Ed", 2) != 0)
        return spl_minisign_fail(error, 2, "not an Ed25519 signature: its algorithm is neither Ed nor ED");
    memcpy(out->key_id, bytes + 2, sizeof out->key_id);
    memcpy(out->own, bytes + 2 + sizeof out->key_id, sizeof out->own);
    return true;
}

bool spl_signature_parse(spl_text text, spl_signature *out, spl_error *error)
{
    spl_text lines[SPL_MINISIGN_LINES], untrusted;
    uint8_t own[OWN_BYTES];
    uint32_t count = spl_minisign_lines(text, lines);
    if (count < SPL_MINISIGN_LINES)
        return spl_minisign_fail(error, count + 1, "a signature has four lines; this one ends here");
    if (count > SPL_MINISIGN_LINES)
        return spl_minisign_fail(error, count, "a signature has four lines, and here are more");
    return spl_minisign_comment(lines[0], 1, SPL_MINISIGN_UNTRUSTED, &untrusted, error) &&
           spl_minisign_decode(lines[1], 2, own, sizeof own, error) && take_own(own, out, error) &&
           spl_minisign_comment(lines[2], 3, SPL_MINISIGN_TRUSTED, &out->comment, error) &&
           spl_minisign_decode(lines[3], 4, out->all, sizeof out->all, error);
}

static const spl_public_key *key_with(const uint8_t id[SPL_KEY_ID_BYTES], const spl_public_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(keys[i].id, id, SPL_KEY_ID_BYTES) == 0) return &keys[i];
    }
    return NULL;
}

static bool other_key(const spl_signature *signature, const spl_public_key *keys, size_t count, spl_error *error)
{
    char made[SPL_KEY_ID_HEX + 1], given[SPL_KEY_ID_HEX + 1] = "";
    spl_key_id_hex(signature->key_id, made);
    if (count > 0) spl_key_id_hex(keys[0].id, given);
    spl_fail(error, "made with key %s, and not with %s%s", made, given, count > 1 ? " or the others" : "");
    return spl_fail_at(error, NULL, 2);
}

static bool signs_file(const spl_signature *signature, const spl_public_key *key, const uint8_t *data, size_t size)
{
    uint8_t hash[HASH_BYTES];
    if (signature->hashed) {
        crypto_generichash(hash, sizeof hash, data, size, NULL, 0);
        data = hash;
        size = sizeof hash;
    }
    return crypto_sign_verify_detached(signature->own, data, size, key->bytes) == 0;
}

// The signature of the file with the comment behind it: what the fourth line signs.
static size_t put_all(const uint8_t own[64], spl_text comment, uint8_t out[64 + SPL_MINISIGN_MAX])
{
    memcpy(out, own, 64);
    if (comment.size > 0) memcpy(out + 64, comment.data, comment.size);
    return 64 + comment.size;
}

bool spl_signature_check(const spl_signature *signature, const spl_public_key *keys, size_t key_count,
                         const uint8_t *data, size_t size, spl_error *error)
{
    uint8_t all[64 + SPL_MINISIGN_MAX];
    const spl_public_key *key = key_with(signature->key_id, keys, key_count);
    if (!key) return other_key(signature, keys, key_count, error);
    if (!signs_file(signature, key, data, size))
        return spl_minisign_fail(error, 2, "the signature does not fit the file");
    if (signature->comment.size > SPL_MINISIGN_MAX) return spl_minisign_fail(error, 3, "the comment is too long");
    size_t all_size = put_all(signature->own, signature->comment, all);
    if (crypto_sign_verify_detached(signature->all, all, all_size, key->bytes) == 0) return true;
    return spl_minisign_fail(error, 3, "the trusted comment is not the one that was signed");
}

static bool is_printable(spl_text comment)
{
    for (size_t i = 0; i < comment.size; i++) {
        unsigned char c = (unsigned char)comment.data[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
    }
    return spl_text_is_utf8(comment);
}

bool spl_signature_make(const spl_secret_key *key, const uint8_t *data, size_t size, spl_text comment,
                        char out[SPL_SIGNATURE_TEXT], spl_error *error)
{
    uint8_t own[OWN_BYTES] = "Ed", all[64], message[64 + SPL_MINISIGN_MAX];
    char first[OWN_BASE64 + 1], second[ALL_BASE64 + 1], id[SPL_KEY_ID_HEX + 1];
    if (comment.size > SPL_SIGNATURE_COMMENT_MAX || !is_printable(comment))
        return spl_fail(error, "the comment must be at most %d bytes of UTF-8 on one line", SPL_SIGNATURE_COMMENT_MAX);
    memcpy(own + 2, key->id, sizeof key->id);
    crypto_sign_detached(own + 2 + sizeof key->id, NULL, data, size, key->bytes);
    crypto_sign_detached(all, NULL, message, put_all(own + 2 + sizeof key->id, comment, message), key->bytes);
    sodium_bin2base64(first, sizeof first, own, sizeof own, sodium_base64_VARIANT_ORIGINAL);
    sodium_bin2base64(second, sizeof second, all, sizeof all, sodium_base64_VARIANT_ORIGINAL);
    spl_key_id_hex(key->id, id);
    snprintf(out, SPL_SIGNATURE_TEXT,
             SPL_MINISIGN_UNTRUSTED "signed by samplit with key %s\n%s\n" SPL_MINISIGN_TRUSTED "%.*s\n%s\n", id, first,
             (int)comment.size, comment.size ? comment.data : "", second);
    return true;
}
