// SPDX-License-Identifier: MIT
// A log is named by its content: the digest taken while reading is that of the bytes, however they come.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/digest.h"
#include "host/files.h"
#include "scratch.h"
#include "testing.h"

// RFC 7693's algorithm with 32 bytes of output, by coreutils: printf abc | b2sum -l 256
#define ABC "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
#define EMPTY "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"

static void digest_is_blake2b(void **unused)
{
    (void)unused;
    char hex[SPL_DIGEST_HEX + 1];
    spl_digest *d = spl_digest_new();
    spl_digest_add(d, "a", 1);
    spl_digest_add(d, "bc", 2);
    spl_digest_end(d, hex);
    assert_string_equal(hex, ABC);
    spl_digest_end(spl_digest_new(), hex);
    assert_string_equal(hex, EMPTY);
    spl_digest_end(NULL, hex);
    assert_string_equal(hex, "");
}

static void read_through(const char *path, char hex[SPL_DIGEST_HEX + 1])
{
    spl_reader *reader;
    spl_text line;
    assert_true(spl_reader_open(path, &reader, NULL));
    assert_true(spl_reader_digest(reader));
    while (spl_reader_line(reader, &line, NULL) > 0) {
    }
    spl_reader_digest_end(reader, hex);
    spl_reader_close(reader);
}

static void reader_digests_what_it_reads_packed_or_not(void **unused)
{
    (void)unused;
    enum { LINES = 60000 }; // several fills of the reader's buffer, and lines longer than it
    char plain[SPL_DIGEST_HEX + 1], packed[SPL_DIGEST_HEX + 1], whole[SPL_DIGEST_HEX + 1];
    size_t size = 0;
    char *text = malloc(LINES * 8 + 600000);
    for (int i = 0; i < LINES; i++) size += (size_t)sprintf(text + size, "%06d\n", i);
    memset(text + size, 'x', 600000);
    size += 600000;
    scratch_write(scratch_path("lines"), text, size);
    assert_true(spl_file_write(scratch_path("lines.gz"), text, size, NULL));
    spl_digest *d = spl_digest_new();
    spl_digest_add(d, text, size);
    spl_digest_end(d, whole);
    free(text);
    read_through(scratch_path("lines"), plain);
    read_through(scratch_path("lines.gz"), packed);
    assert_string_equal(plain, whole);
    assert_string_equal(packed, whole);
}

static void reader_left_early_ends_its_digest(void **unused)
{
    (void)unused;
    spl_reader *reader;
    spl_text line;
    scratch_write_text(scratch_path("two"), "a\nb\n");
    assert_true(spl_reader_open(scratch_path("two"), &reader, NULL));
    assert_true(spl_reader_digest(reader));
    assert_int_equal(spl_reader_line(reader, &line, NULL), 1);
    spl_reader_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digest_is_blake2b),
        cmocka_unit_test(reader_digests_what_it_reads_packed_or_not),
        cmocka_unit_test(reader_left_early_ends_its_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
