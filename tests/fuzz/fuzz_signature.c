// SPDX-License-Identifier: MIT
// Keys and signatures of strangers: what is taken is written and taken again, and nothing is worse than an error.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_signature(spl_text text)
{
    spl_signature signature;
    spl_public_key key = {.id = {0}};
    spl_error error;
    if (!spl_signature_parse(text, &signature, &error)) return;
    memcpy(key.id, signature.key_id, sizeof key.id);
    if (spl_signature_check(&signature, &key, 1, (const uint8_t *)text.data, text.size, &error)) abort();
}

static void take_public(spl_text text)
{
    spl_public_key key, again;
    spl_error error;
    char line[SPL_PUBLIC_KEY_LINE + 1];
    if (!spl_public_key_parse(text, &key, &error)) return;
    spl_public_key_line(&key, line);
    if (!spl_public_key_parse((spl_text){line, SPL_PUBLIC_KEY_LINE}, &again, &error)) abort();
    if (memcmp(&key, &again, sizeof key) != 0) abort();
}

// Only what needs no scrypt, which is slow by design.
static void take_secret(spl_text text)
{
    spl_sealed_key sealed, again;
    spl_secret_key key;
    spl_error error;
    char written[SPL_SECRET_KEY_TEXT];
    if (!spl_sealed_key_parse(text, &sealed, &error) || sealed.locked) return;
    if (!spl_sealed_key_open(&sealed, NULL, &key, &error)) return;
    if (!spl_secret_key_format(&key, NULL, SPL_KDF_COST, written, &error)) abort();
    if (!spl_sealed_key_parse((spl_text){written, strlen(written)}, &again, &error)) abort();
    if (memcmp(sealed.sealed, again.sealed, 72) != 0) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    spl_text text = {(const char *)data, size < SPL_MINISIGN_MAX ? size : SPL_MINISIGN_MAX};
    take_signature(text);
    take_public(text);
    take_secret(text);
    return 0;
}
