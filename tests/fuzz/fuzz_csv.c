// SPDX-License-Identifier: MIT
// Any bytes are rows, good or bad, and the file comes to an end; line numbers only grow, every row's
// bytes are within the file, and the table reader above agrees with what the header says.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "events/table.h"
#include "samplit/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static volatile uint64_t checksum;

int memfd_create(const char *name, unsigned flags);

static void demand(int truth)
{
    if (!truth) abort();
}

static void read_rows(const char *path, size_t size)
{
    spl_csv *csv;
    spl_error error;
    const spl_text *fields;
    size_t count, bytes = 0;
    uint64_t line = 0;
    if (!spl_csv_open(path, 0, &csv, &error)) return;
    for (spl_row_status status; (status = spl_csv_row(csv, &fields, &count, &error)) != SPL_ROW_END;) {
        demand(status != SPL_ROW_FAILED);
        demand(spl_csv_line_number(csv) > line);
        line = spl_csv_line_number(csv);
        bytes += spl_csv_raw(csv).size;
        for (size_t i = 0; status == SPL_ROW_GOOD && i < count; i++)
            checksum += spl_name_hash(fields[i]); // touches all
        demand(status == SPL_ROW_BAD || count > 0);
    }
    demand(bytes <= size);
    spl_csv_close(csv);
}

static void read_table(const char *path)
{
    spl_table *table;
    spl_error error;
    uint32_t column;
    if (!spl_table_open(path, SPL_TABLE_AUTO, 0, &table, &error)) return;
    if (spl_table_column(table, SPL_TEXT("a"), &column, &error)) {
        for (spl_row_status status; (status = spl_table_row(table, &error)) != SPL_ROW_END;) {
            demand(status != SPL_ROW_FAILED);
            if (status == SPL_ROW_GOOD) demand(spl_table_cell(table, column)->kind <= SPL_KIND_STRING);
        }
    }
    spl_table_close(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    // Two bytes of gzip's magic would only fuzz zlib.
    if (size >= 2 && data[0] == 0x1f && data[1] == 0x8b) return 0;
    int fd = memfd_create("rows", 0);
    char path[64];
    demand(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    read_rows(path, size);
    read_table(path);
    close(fd);
    return 0;
}
