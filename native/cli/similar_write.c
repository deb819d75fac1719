// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/similar_write.h"

#include <cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/files.h"
#include "host/grid.h"
#include "host/visible.h"
#include "json/number.h"

typedef struct shared {
    uint32_t count;
    char texts[SPL_SHARE_MAX][SPL_SHARE_TEXT_MAX];
} shared;

// Rounding may take a cosine past 1.
static double shown(float cosine)
{
    return cosine > 1 ? 1 : cosine < -1 ? -1 : (double)cosine;
}

static uint32_t hit_count(const spl_similar_found *f, uint32_t query)
{
    uint32_t count = 0;
    while (count < f->k && f->hits[(size_t)query * f->k + count].row != SPL_NO_ROW) count++;
    return count;
}

// What the query shares with hits [first, first + count).
static bool share(const spl_similar_found *f, uint32_t query, uint32_t first, uint32_t count, shared *out)
{
    out->count = 0;
    if (!f->stats || count == 0) return true;
    const float **others = malloc(count * sizeof *others);
    if (!others) return false;
    const spl_hit *hits = f->hits + (size_t)query * f->k + first;
    for (uint32_t i = 0; i < count; i++) others[i] = f->features + (size_t)hits[i].row * f->width;
    out->count = spl_share_of(f->stats, f->query_features + (size_t)query * f->width, others, count, out->texts);
    free(others);
    return true;
}

// The texts in one, made visible; from malloc.
static char *joined(const shared *s)
{
    char text[SPL_SHARE_MAX * (SPL_SHARE_TEXT_MAX + 4)] = "";
    for (uint32_t i = 0; i < s->count; i++) {
        if (i > 0) strcat(text, " · ");
        strcat(text, s->texts[i]);
    }
    return spl_visible((spl_text){text, strlen(text)}, true);
}

static bool print_query(const spl_similar_found *f, uint32_t query, spl_grid *grid)
{
    uint32_t count = hit_count(f, query);
    const spl_hit *hits = f->hits + (size_t)query * f->k;
    const char *const headings[] = {"line", "cosine", "shares"};
    if (count == 0) {
        printf("like line %" PRIu64 ": there is no other row to compare with\n", f->query_line[query]);
        return true;
    }
    for (int i = 0; i < 3; i++) spl_grid_cell(grid, "%s", headings[i]);
    for (uint32_t i = 0; i < count; i++) {
        shared s;
        char *text = share(f, query, i, 1, &s) ? joined(&s) : NULL;
        if (!text) return false;
        spl_grid_cell(grid, "%" PRIu64, f->line[hits[i].row]);
        spl_grid_cell(grid, "%.4f", shown(hits[i].cosine));
        spl_grid_cell(grid, "%s", text);
        free(text);
    }
    shared all;
    char *text = share(f, query, 0, count, &all) ? joined(&all) : NULL;
    if (!text) return false;
    printf("like line %" PRIu64 "%s%s\n", f->query_line[query], *text ? ", all of them: " : "", text);
    free(text);
    return spl_grid_print(grid, stdout);
}

bool spl_similar_print(const spl_similar_found *found, spl_error *error)
{
    for (uint32_t q = 0; q < found->count; q++) {
        spl_grid *grid = spl_grid_new("rrl");
        if (q > 0) putchar('\n');
        bool ok = grid && print_query(found, q, grid);
        spl_grid_free(grid);
        if (!ok) return spl_fail(error, "out of memory");
    }
    return true;
}

static void put_texts(const shared *s)
{
    cJSON *list = cJSON_CreateArray();
    for (uint32_t i = 0; i < s->count; i++) {
        char *valid = spl_valid_utf8((spl_text){s->texts[i], strlen(s->texts[i])});
        cJSON_AddItemToArray(list, cJSON_CreateString(valid ? valid : ""));
        free(valid);
    }
    char *text = cJSON_PrintUnformatted(list);
    if (s->count > 0) printf(",\"shares\":%s", text ? text : "[]");
    cJSON_free(text);
    cJSON_Delete(list);
}

static bool put_query_json(const spl_similar_found *f, uint32_t query)
{
    shared s;
    uint32_t count = hit_count(f, query);
    if (!share(f, query, 0, count, &s)) return false;
    printf("%s{\"line\":%" PRIu64, query ? "," : "", f->query_line[query]);
    put_texts(&s);
    fputs(",\"similar\":[", stdout);
    for (uint32_t i = 0; i < count; i++) {
        const spl_hit *hit = &f->hits[(size_t)query * f->k + i];
        if (!share(f, query, i, 1, &s)) return false;
        printf("%s{\"line\":%" PRIu64 ",\"cosine\":%.9g", i ? "," : "", f->line[hit->row], shown(hit->cosine));
        put_texts(&s);
        putchar('}');
    }
    fputs("]}", stdout);
    return true;
}

bool spl_similar_print_json(const spl_similar_found *found, spl_error *error)
{
    printf("{\"rows\":%u,\"method\":\"%s\",\"queries\":[", found->rows, found->exact ? "exact" : "graph");
    for (uint32_t q = 0; q < found->count; q++) {
        if (!put_query_json(found, q)) return spl_fail(error, "out of memory");
    }
    puts("]}");
    return true;
}

bool spl_similar_write_csv(const char *path, const spl_similar_found *found, spl_error *error)
{
    static const char heading[] = "query,rank,line,cosine\n";
    spl_writer *writer;
    if (!spl_writer_open(path, &writer, error)) return false;
    spl_writer_put(writer, heading, sizeof heading - 1);
    for (uint32_t q = 0; q < found->count; q++) {
        for (uint32_t i = 0; i < hit_count(found, q); i++) {
            const spl_hit *hit = &found->hits[(size_t)q * found->k + i];
            char line[96];
            int size = snprintf(line, sizeof line, "%" PRIu64 ",%u,%" PRIu64 ",%.9g\n", found->query_line[q], i + 1,
                                found->line[hit->row], shown(hit->cosine));
            spl_writer_put(writer, line, (size_t)size);
        }
    }
    return spl_writer_close(writer, error);
}
