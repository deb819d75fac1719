// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/page.h"

#include <sodium.h>
#include <string.h>

#include "host/visible.h"

// clang-format off
static const char *const PALETTE[] = {
    ":root{color-scheme:light dark;--bg:#fbfbfa;--card:#fff;--ink:#1c2127;--dim:#5b6570;--line:#e3e5e8;",
    "--hover:#f2f5f9;--focus:#1f6feb;--good:#13734b;--bad:#b3372c;--doubt:#8a5a00;--track:#e9ebee;",
    "--v0:#9aa3ad;--v1:#2f7fd1;--v2:#e0912a;--v3:#1f9e78;--v4:#c4659a;--v5:#b5a51e;--v6:#6a5acd;--v7:#d1582b}",
    "@media(prefers-color-scheme:dark){:root{--bg:#14171b;--card:#1b1f24;--ink:#e6e9ed;--dim:#9ba5b0;--line:#2d333a;",
    "--hover:#232931;--focus:#6cb0ff;--good:#5fcf9b;--bad:#ff8f82;--doubt:#e0b050;--track:#2c323a;",
    "--v0:#6f7985;--v1:#559fe8;--v2:#e8a551;--v3:#3dbb94;--v4:#d98bb8;--v5:#cfc04a;--v6:#9488ea;--v7:#e57d55}}",
    ".v0{fill:var(--v0)}.v1{fill:var(--v1)}.v2{fill:var(--v2)}.v3{fill:var(--v3)}",
    ".v4{fill:var(--v4)}.v5{fill:var(--v5)}.v6{fill:var(--v6)}.v7{fill:var(--v7)}",
};
// clang-format on

const spl_page_block spl_page_palette = {PALETTE, sizeof PALETTE / sizeof *PALETTE};

static void put_lines(FILE *out, spl_page_block block)
{
    for (size_t i = 0; i < block.count; i++) fputs(block.lines[i], out);
}

// 'sha256-…' of an inline block, as a content security policy names it.
static void put_hash(FILE *out, spl_page_block block)
{
    crypto_hash_sha256_state state;
    unsigned char hash[crypto_hash_sha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < block.count; i++)
        crypto_hash_sha256_update(&state, (const unsigned char *)block.lines[i], strlen(block.lines[i]));
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2base64(text, sizeof text, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
    fprintf(out, " 'sha256-%s'", text);
}

static void put_style(FILE *out, spl_page_block style)
{
    fputs("<style>", out);
    put_lines(out, style);
    fputs("</style>\n", out);
}

void spl_page_head(FILE *out, const char *title, spl_page_block style, spl_page_block script)
{
    fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src",
          out);
    put_hash(out, spl_page_palette);
    put_hash(out, style);
    if (script.count > 0) {
        fputs("; script-src", out);
        put_hash(out, script);
    }
    fputs("\">\n<title>", out);
    spl_put_html(out, title);
    fputs("</title>\n", out);
    put_style(out, spl_page_palette);
    put_style(out, style);
    fputs("</head>\n", out);
}

void spl_page_end(FILE *out, spl_page_block script)
{
    if (script.count > 0) {
        fputs("<script>", out);
        put_lines(out, script);
        fputs("</script>\n", out);
    }
    fputs("</body>\n</html>\n", out);
}
