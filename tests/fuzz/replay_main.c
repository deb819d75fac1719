// SPDX-License-Identifier: MIT
// Runs a fuzz target over the files of its corpus, so that every past finding is a plain test.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) return -1;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
    size_t read = data ? fread(data, 1, (size_t)size, file) : 0;
    fclose(file);
    if (read == (size_t)size) LLVMFuzzerTestOneInput(data, read);
    free(data);
    return read == (size_t)size ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
        return 2;
    }
    DIR *folder = opendir(argv[1]);
    if (!folder) {
        fprintf(stderr, "%s: no such folder\n", argv[1]);
        return 1;
    }
    unsigned count = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.') continue;
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        if (replay(path) != 0) {
            fprintf(stderr, "%s: cannot be read\n", path);
            return 1;
        }
        count++;
    }
    closedir(folder);
    printf("%u inputs replayed\n", count);
    return count ? 0 : 1;
}
