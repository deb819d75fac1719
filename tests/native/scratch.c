// SPDX-License-Identifier: MIT
#include "scratch.h"
#include "testing.h"

#include <cJSON.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

static void remove_folder(void)
{
    DIR *files = opendir(folder);
    for (struct dirent *entry; files && (entry = readdir(files));) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.') unlink(path);
    }
    if (files) closedir(files);
    rmdir(folder);
}

const char *scratch_folder(void)
{
    if (folder[0] == '\0') {
        const char *base = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%.30s/samplit-test-XXXXXX", base && *base ? base : P_tmpdir);
        assert_non_null(mkdtemp(folder));
        atexit(remove_folder);
    }
    return folder;
}

const char *scratch_path(const char *name)
{
    static char paths[8][512];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", scratch_folder(), name);
    return path;
}

void scratch_write(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void scratch_write_text(const char *path, const char *text)
{
    scratch_write(path, text, strlen(text));
}

static char *read_sized(const char *path, size_t *out_size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    text[size] = '\0';
    fclose(file);
    *out_size = (size_t)size;
    return text;
}

char *scratch_read(const char *path)
{
    size_t size;
    return read_sized(path, &size);
}

bool scratch_exists(const char *name)
{
    return access(scratch_path(name), F_OK) == 0;
}

int scratch_count(void)
{
    int count = 0;
    DIR *files = opendir(scratch_folder());
    assert_non_null(files);
    for (struct dirent *entry; (entry = readdir(files));) count += entry->d_name[0] != '.';
    closedir(files);
    return count;
}

scratch_run scratch_samplit(const char *format, ...)
{
    char arguments[2048], line[4096];
    va_list list;
    va_start(list, format);
    vsnprintf(arguments, sizeof arguments, format, list);
    va_end(list);
    snprintf(line, sizeof line, "cd %s && '" SAMPLIT_BUILD "/samplit' %s >.out 2>.err", scratch_folder(), arguments);
    int status = system(line);
    scratch_run run = {.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1};
    run.out = read_sized(scratch_path(".out"), &run.out_size);
    run.err = scratch_read(scratch_path(".err"));
    unlink(scratch_path(".out"));
    unlink(scratch_path(".err"));
    return run;
}

void scratch_run_free(scratch_run *run)
{
    free(run->out);
    free(run->err);
}

void scratch_succeeds(const char *arguments)
{
    scratch_run run = scratch_samplit("%s", arguments);
    if (run.code != 0) fail_msg("%s: exit code %d\n%s", arguments, run.code, run.err);
    scratch_run_free(&run);
}

void scratch_refuses(const char *command, const scratch_refusal *refusals, size_t count)
{
    for (const scratch_refusal *r = refusals; r < refusals + count; r++) {
        scratch_run run = scratch_samplit("%s %s", command, r->arguments);
        if (run.code != r->code) fail_msg("%s %s: exit %d\n%s%s", command, r->arguments, run.code, run.out, run.err);
        scratch_says(run.err, r->message);
        assert_string_equal(run.out, "");
        scratch_run_free(&run);
    }
}

void scratch_says(const char *text, const char *part)
{
    if (!strstr(text, part)) fail_msg("\"%s\" is not in:\n%s", part, text);
}

double scratch_number(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!cJSON_IsNumber(item)) fail_msg("%s is no number", name);
    return item->valuedouble;
}

const char *scratch_word(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!cJSON_IsString(item)) fail_msg("%s is no text", name);
    return item->valuestring;
}

const char *scratch_data(const char *name)
{
    static char path[1024];
    const char *base = getenv("SAMPLIT_DATA");
    snprintf(path, sizeof path, "%s/%s", base && *base ? base : SAMPLIT_SOURCE "/../shared/data", name);
    if (access(path, R_OK) == 0) return path;
    fprintf(stderr, "\n*** The data set %s is missing: set SAMPLIT_DATA. The test is skipped. ***\n\n", path);
    return NULL;
}
