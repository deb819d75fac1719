// SPDX-License-Identifier: GPL-3.0-or-later
#include "bundle/minisign.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// Returns how many bytes there were, at most `size`; -1 and errno on a failure.
static ssize_t read_up_to(int fd, char *data, size_t size)
{
    size_t used = 0;
    while (used < size) {
        ssize_t got = read(fd, data + used, size - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        used += (size_t)got;
    }
    return (ssize_t)used;
}

bool spl_minisign_read(const char *path, char data[SPL_MINISIGN_MAX], spl_text *text, spl_error *error)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    ssize_t used = fd < 0 ? -1 : read_up_to(fd, data, SPL_MINISIGN_MAX);
    int reason = errno;
    char more;
    bool whole = used < SPL_MINISIGN_MAX || read(fd, &more, 1) == 0;
    if (fd >= 0 && !standard) close(fd);
    if (used < 0) {
        spl_fail(error, "cannot read: %s", strerror(reason));
    } else if (!whole) {
        spl_fail(error, "larger than %d bytes: neither a key nor a signature", SPL_MINISIGN_MAX);
    } else {
        *text = (spl_text){data, (size_t)used};
        return true;
    }
    return spl_fail_at(error, path, 0);
}

static spl_text cut_line(spl_text *rest)
{
    const char *end = memchr(rest->data, '\n', rest->size);
    spl_text line = {rest->data, end ? (size_t)(end - rest->data) : rest->size};
    size_t used = line.size + (end != NULL);
    *rest = (spl_text){rest->data + used, rest->size - used};
    if (line.size > 0 && line.data[line.size - 1] == '\r') line.size--;
    return line;
}

uint32_t spl_minisign_lines(spl_text text, spl_text lines[SPL_MINISIGN_LINES])
{
    uint32_t number = 0, count = 0;
    for (uint32_t i = 0; i < SPL_MINISIGN_LINES; i++) lines[i] = (spl_text){"", 0};
    while (text.size > 0) {
        spl_text line = cut_line(&text);
        if (number < SPL_MINISIGN_LINES) lines[number] = line;
        number++;
        if (line.size > 0) count = number > SPL_MINISIGN_LINES ? SPL_MINISIGN_LINES + 1 : number;
    }
    return count;
}

bool spl_minisign_fail(spl_error *error, uint32_t number, const char *text)
{
    spl_fail(error, "%s", text);
    return spl_fail_at(error, NULL, number);
}

bool spl_minisign_comment(spl_text line, uint32_t number, const char *prefix, spl_text *out, spl_error *error)
{
    size_t size = strlen(prefix);
    if (line.size < size || memcmp(line.data, prefix, size) != 0) {
        spl_fail(error, "expected \"%s\" at the start", prefix);
        return spl_fail_at(error, NULL, number);
    }
    *out = (spl_text){line.data + size, line.size - size};
    return true;
}

bool spl_minisign_decode(spl_text line, uint32_t number, uint8_t *out, size_t size, spl_error *error)
{
    size_t got = 0;
    const char *end = NULL;
    bool good =
        sodium_base642bin(out, size, line.data, line.size, NULL, &got, &end, sodium_base64_VARIANT_ORIGINAL) == 0;
    if (good && got == size && end == line.data + line.size) return true;
    spl_fail(error, "expected %zu bytes in base64", size);
    return spl_fail_at(error, NULL, number);
}

void spl_key_id_hex(const uint8_t id[SPL_KEY_ID_BYTES], char out[SPL_KEY_ID_HEX + 1])
{
    for (int i = 0; i < SPL_KEY_ID_BYTES; i++) sprintf(out + 2 * i, "%02X", id[SPL_KEY_ID_BYTES - 1 - i]);
}
