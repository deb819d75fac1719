// SPDX-License-Identifier: MIT
// Lines and whole files, plain and gzip; an output appears whole or not at all.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/digest.h"
#include "host/files.h"
#include "scratch.h"
#include "testing.h"

static void expect_line(spl_reader *reader, const char *wanted)
{
    spl_text line;
    assert_int_equal(spl_reader_line(reader, &line, NULL), 1);
    assert_int_equal(line.size, strlen(wanted));
    assert_memory_equal(line.data, wanted, line.size);
}

static void expect_end(spl_reader *reader)
{
    spl_text line;
    assert_int_equal(spl_reader_line(reader, &line, NULL), 0);
    spl_reader_close(reader);
}

static void lines_come_without_their_endings(void **state)
{
    (void)state;
    const char *path = scratch_path("lines");
    scratch_write_text(path, "\xEF\xBB\xBFone\r\n\ntwo\rstill two\nlast");
    spl_reader *reader;
    assert_true(spl_reader_open(path, &reader, NULL));
    expect_line(reader, "one");
    expect_line(reader, "");
    expect_line(reader, "two\rstill two");
    expect_line(reader, "last");
    assert_int_equal(spl_reader_line_number(reader), 4);
    assert_true(spl_reader_fraction(reader) == 1);
    expect_end(reader);
    unlink(path);
}

static void an_empty_file_has_no_line(void **state)
{
    (void)state;
    const char *path = scratch_path("empty");
    scratch_write(path, "", 0);
    spl_reader *reader;
    assert_true(spl_reader_open(path, &reader, NULL));
    expect_end(reader);
    unlink(path);
}

static void a_line_across_many_reads_is_whole(void **state)
{
    (void)state;
    size_t size = 3u << 20;
    char *text = malloc(size + 3);
    for (size_t i = 0; i < size; i++) text[i] = (char)('a' + i % 23);
    memcpy(text + size, "\nz", 2);
    const char *path = scratch_path("wide");
    scratch_write(path, text, size + 2);
    spl_reader *reader;
    spl_text line;
    assert_true(spl_reader_open(path, &reader, NULL));
    assert_int_equal(spl_reader_line(reader, &line, NULL), 1);
    assert_int_equal(line.size, size);
    assert_memory_equal(line.data, text, size);
    expect_line(reader, "z");
    expect_end(reader);
    free(text);
    unlink(path);
}

static void a_line_above_the_limit_is_refused_and_the_next_one_read(void **state)
{
    (void)state;
    size_t size = SPL_LINE_MAX + 10;
    char *text = malloc(size + 6);
    memset(text, 'x', size);
    memcpy(text + size, "\nnext\n", 6);
    const char *path = scratch_path("huge");
    scratch_write(path, text, size + 6);
    free(text);
    spl_reader *reader;
    spl_text line;
    spl_error error;
    assert_true(spl_reader_open(path, &reader, NULL));
    assert_int_equal(spl_reader_line(reader, &line, &error), -1);
    assert_int_equal(error.line, 1);
    expect_line(reader, "next");
    expect_end(reader);
    unlink(path);
}

static void what_is_written_to_a_gz_name_is_gzip_and_reads_back(void **state)
{
    (void)state;
    const char *path = scratch_path("packed.gz");
    spl_writer *writer;
    assert_true(spl_writer_open(path, &writer, NULL));
    for (int i = 0; i < 50000; i++) spl_writer_put(writer, "0123456789\n", 11);
    assert_true(spl_writer_close(writer, NULL));

    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_in_range(about.st_size, 20, 50000);
    spl_reader *reader;
    assert_true(spl_reader_open(path, &reader, NULL));
    for (int i = 0; i < 50000; i++) expect_line(reader, "0123456789");
    expect_end(reader);

    uint8_t *data;
    size_t size;
    assert_true(spl_file_read(path, &data, &size, NULL));
    assert_int_equal(size, 550000);
    assert_int_equal(data[size], 0);
    free(data);
    unlink(path);
}

// Lines of gzip files that are long enough to be read ahead: of short lines only, also of some that hardly fit in front
// of the next read, and also of some that are longer than a read.
static size_t length_of(uint32_t kind, uint32_t line)
{
    static const size_t lengths[] = {0, 20, 700, 5000, 1, 65000, 66000, 300000, 700000};
    return lengths[line % (kind == 0 ? 5 : kind == 1 || line < 60 ? 7 : 9)] + line % 7;
}

static char byte_of(uint32_t line, size_t at)
{
    return (char)('a' + (line * 31 + at * 7 + at / 251) % 26);
}

static void a_long_gzip_file_is_read_ahead_line_by_line(void **state)
{
    (void)state;
    static char text[800000];
    const char *path = scratch_path("ahead.gz");
    for (uint32_t kind = 0; kind < 3; kind++) {
        uint32_t last = kind == 0 ? 3000 : 120;
        spl_writer *writer;
        assert_true(spl_writer_open(path, &writer, NULL));
        spl_digest *written = spl_digest_new();
        for (uint32_t n = 0; n < last; n++) {
            size_t size = length_of(kind, n);
            for (size_t i = 0; i < size; i++) text[i] = byte_of(n, i);
            text[size] = '\n';
            spl_digest_add(written, text, size + 1);
            spl_writer_put(writer, text, size + 1);
            spl_digest_wait(written);
        }
        assert_true(spl_writer_close(writer, NULL));
        spl_reader *reader;
        spl_text line;
        char wanted[SPL_DIGEST_HEX + 1], got[SPL_DIGEST_HEX + 1];
        assert_true(spl_reader_open(path, &reader, NULL) && spl_reader_digest(reader));
        for (uint32_t n = 0; n < last; n++) {
            assert_int_equal(spl_reader_line(reader, &line, NULL), 1);
            assert_int_equal(line.size, length_of(kind, n));
            for (size_t i = 0; i < line.size; i++)
                if (line.data[i] != byte_of(n, i)) fail_msg("line %u, byte %zu", n, i);
        }
        assert_int_equal(spl_reader_line(reader, &line, NULL), 0);
        assert_true(spl_reader_fraction(reader) == 1);
        spl_reader_digest_end(reader, got);
        spl_digest_end(written, wanted);
        assert_string_equal(got, wanted);
        spl_reader_close(reader);
        assert_true(spl_reader_open(path, &reader, NULL)); // given up in the middle
        for (uint32_t n = 0; n < last / 2; n++) assert_int_equal(spl_reader_line(reader, &line, NULL), 1);
        spl_reader_close(reader);
    }
    unlink(path);
}

static void a_gzip_file_that_is_cut_off_is_an_error(void **state)
{
    (void)state;
    const char *path = scratch_path("cut.gz");
    char noise[4000];
    for (size_t i = 0; i < sizeof noise; i++) noise[i] = (char)(i * i * 31 >> 3);
    assert_true(spl_file_write(path, noise, sizeof noise, NULL));
    assert_int_equal(truncate(path, 200), 0);
    uint8_t *data = NULL;
    size_t size;
    spl_error error = {0};
    assert_false(spl_file_read(path, &data, &size, &error));
    assert_null(data);
    assert_string_equal(error.file, path);
    assert_non_null(strstr(error.text, "gzip"));
    unlink(path);
}

static void a_missing_file_and_a_folder_are_named_in_the_error(void **state)
{
    (void)state;
    spl_reader *reader = NULL;
    spl_error error = {0};
    const char *path = scratch_path("nowhere");
    assert_false(spl_reader_open(path, &reader, &error));
    assert_string_equal(error.file, path);
    assert_non_null(strstr(error.text, "No such file"));
    assert_false(spl_reader_open("/", &reader, &error));
    assert_non_null(strstr(error.text, "directory"));
    assert_null(reader);
    spl_writer *writer = NULL;
    assert_false(spl_writer_open("/nowhere/at/all", &writer, &error));
    assert_string_equal(error.file, "/nowhere/at/all");
    assert_null(writer);
}

static void an_output_appears_only_when_it_is_closed(void **state)
{
    (void)state;
    const char *path = scratch_path("out");
    scratch_write_text(path, "old");
    spl_writer *writer;
    assert_true(spl_writer_open(path, &writer, NULL));
    for (int i = 0; i < 100000; i++) spl_writer_put(writer, "new contents\n", 13);
    char *before = scratch_read(path);
    assert_string_equal(before, "old");
    free(before);
    assert_true(spl_writer_close(writer, NULL));
    char *after = scratch_read(path);
    assert_int_equal(strlen(after), 1300000);
    free(after);
    unlink(path);
}

static void a_discarded_output_leaves_nothing_behind(void **state)
{
    (void)state;
    int files = scratch_count();
    spl_writer *writer;
    assert_true(spl_writer_open(scratch_path("dropped"), &writer, NULL));
    spl_writer_put(writer, "x", 1);
    assert_int_equal(scratch_count(), files + 1); // the temporary
    spl_writer_discard(writer);
    assert_int_equal(scratch_count(), files);
}

static void an_output_keeps_the_permissions_of_the_file_it_replaces(void **state)
{
    (void)state;
    const char *path = scratch_path("kept"), *link = scratch_path("link");
    scratch_write_text(path, "old");
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(symlink("kept", link), 0);
    assert_true(spl_file_write(link, "new", 3, NULL));
    struct stat about;
    assert_int_equal(lstat(link, &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0640);
    char *text = scratch_read(path);
    assert_string_equal(text, "new");
    free(text);
    unlink(link);
    unlink(path);
}

static void room_may_be_larger_than_the_buffer(void **state)
{
    (void)state;
    const char *path = scratch_path("roomy");
    size_t size = 1u << 20;
    spl_writer *writer;
    assert_true(spl_writer_open(path, &writer, NULL));
    spl_writer_put(writer, "head", 4);
    char *room = spl_writer_room(writer, size);
    assert_non_null(room);
    memset(room, 'r', size);
    spl_writer_advance(writer, size);
    assert_true(spl_writer_close(writer, NULL));
    char *text = scratch_read(path);
    assert_int_equal(strlen(text), size + 4);
    assert_memory_equal(text, "headrrrr", 8);
    free(text);
    unlink(path);
}

static void a_full_device_is_reported_when_closing(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0) skip();
    spl_error error = {0};
    assert_false(spl_file_write("/dev/full", "x", 1, &error));
    assert_string_equal(error.file, "/dev/full");
    assert_true(spl_file_write("/dev/null", "x", 1, NULL)); // a device is written in place
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_without_their_endings),
        cmocka_unit_test(an_empty_file_has_no_line),
        cmocka_unit_test(a_line_across_many_reads_is_whole),
        cmocka_unit_test(a_line_above_the_limit_is_refused_and_the_next_one_read),
        cmocka_unit_test(what_is_written_to_a_gz_name_is_gzip_and_reads_back),
        cmocka_unit_test(a_long_gzip_file_is_read_ahead_line_by_line),
        cmocka_unit_test(a_gzip_file_that_is_cut_off_is_an_error),
        cmocka_unit_test(a_missing_file_and_a_folder_are_named_in_the_error),
        cmocka_unit_test(an_output_appears_only_when_it_is_closed),
        cmocka_unit_test(a_discarded_output_leaves_nothing_behind),
        cmocka_unit_test(an_output_keeps_the_permissions_of_the_file_it_replaces),
        cmocka_unit_test(room_may_be_larger_than_the_buffer),
        cmocka_unit_test(a_full_device_is_reported_when_closing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
