// SPDX-License-Identifier: GPL-3.0-or-later
// The text files of minisign (https://jedisct1.github.io/minisign/): keys and signatures are a few lines, comments and
// base64 in turn. What signing_key.h and signature.h share.
#ifndef SAMPLIT_MINISIGN_H
#define SAMPLIT_MINISIGN_H

#include <stddef.h>
#include <stdint.h>

#include "host/error.h"
#include "samplit/text.h"

#define SPL_MINISIGN_MAX 16384 // bytes of such a file; minisign's own bound is lower
#define SPL_MINISIGN_LINES 4   // of a signature; keys have two
#define SPL_KEY_ID_BYTES 8
#define SPL_KEY_ID_HEX (2 * SPL_KEY_ID_BYTES)

// The whole file ("-" is standard input) into memory of the caller, which may be wiped: no copy is left anywhere.
bool spl_minisign_read(const char *path, char data[SPL_MINISIGN_MAX], spl_text *text, spl_error *error);

// The lines without their endings (LF or CRLF); blank ones at the end do not count. Returns how many there are, at
// most SPL_MINISIGN_LINES + 1, of which the first SPL_MINISIGN_LINES are in `lines`; the others are empty.
uint32_t spl_minisign_lines(spl_text text, spl_text lines[SPL_MINISIGN_LINES]);

// What stands behind `prefix` in that line (numbered from 1).
bool spl_minisign_comment(spl_text line, uint32_t number, const char *prefix, spl_text *out, spl_error *error);
#define SPL_MINISIGN_UNTRUSTED "untrusted comment: "
#define SPL_MINISIGN_TRUSTED "trusted comment: "

// Exactly `size` bytes from the base64 of that line. The error does not show the line, for it may be secret.
bool spl_minisign_decode(spl_text line, uint32_t number, uint8_t *out, size_t size, spl_error *error);

// An error of that line; returns false.
bool spl_minisign_fail(spl_error *error, uint32_t number, const char *text);

// A key's id as minisign shows it: sixteen hex digits, the last byte first.
void spl_key_id_hex(const uint8_t id[SPL_KEY_ID_BYTES], char out[SPL_KEY_ID_HEX + 1]);

#endif
