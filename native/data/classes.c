// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/classes.h"

#include <stdlib.h>
#include <string.h>

#include "samplit/hash.h"

// The slot that holds the text or is free; slots hold 1 + number, and at most half are taken.
static uint32_t slot_of(const spl_classes *classes, spl_text text)
{
    uint32_t slot = (uint32_t)spl_name_hash(text) & (classes->slot_count - 1);
    for (; classes->slots[slot]; slot = (slot + 1) & (classes->slot_count - 1)) {
        uint32_t i = classes->slots[slot] - 1;
        if (classes->size[i] == text.size && memcmp(classes->texts[i], text.data, text.size) == 0) break;
    }
    return slot;
}

static bool fill_slots(spl_classes *classes, uint32_t slot_count)
{
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots) return false;
    free(classes->slots);
    classes->slots = slots;
    classes->slot_count = slot_count;
    for (uint32_t i = 0; i < classes->count; i++)
        slots[slot_of(classes, (spl_text){classes->texts[i], classes->size[i]})] = i + 1;
    return true;
}

static bool grow(spl_classes *classes)
{
    uint32_t capacity = classes->capacity ? 2 * classes->capacity : 64;
    char **texts = realloc(classes->texts, capacity * sizeof *texts);
    if (texts) classes->texts = texts;
    uint32_t *size = realloc(classes->size, capacity * sizeof *size);
    if (size) classes->size = size;
    if (!texts || !size || !fill_slots(classes, 2 * capacity)) return false;
    classes->capacity = capacity;
    return true;
}

uint32_t spl_classes_add(spl_classes *classes, spl_text text)
{
    if (classes->count == classes->capacity && (classes->count > UINT32_MAX / 8 || !grow(classes))) return SPL_NO_CLASS;
    uint32_t slot = slot_of(classes, text), i = classes->count;
    if (classes->slots[slot]) return classes->slots[slot] - 1;
    char *copy = malloc(text.size + 1);
    if (!copy) return SPL_NO_CLASS;
    if (text.size > 0) memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    classes->texts[i] = copy;
    classes->size[i] = (uint32_t)text.size;
    classes->slots[slot] = ++classes->count;
    return i;
}

typedef struct ranked {
    char *text;
    uint32_t size, number;
} ranked;

static int by_bytes(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    int order = memcmp(x->text, y->text, x->size < y->size ? x->size : y->size);
    return order ? order : (x->size > y->size) - (x->size < y->size);
}

uint32_t *spl_classes_sort(spl_classes *classes)
{
    uint32_t n = classes->count, *rank = malloc(((size_t)n + 1) * sizeof *rank);
    ranked *order = malloc(((size_t)n + 1) * sizeof *order);
    if (!rank || !order) {
        free(rank);
        free(order);
        return NULL;
    }
    for (uint32_t i = 0; i < n; i++) order[i] = (ranked){classes->texts[i], classes->size[i], i};
    qsort(order, n, sizeof *order, by_bytes);
    for (uint32_t i = 0; i < n; i++) {
        rank[order[i].number] = i;
        classes->texts[i] = order[i].text;
        classes->size[i] = order[i].size;
    }
    free(order);
    if (n > 0 && !fill_slots(classes, classes->slot_count)) {
        free(rank);
        return NULL;
    }
    return rank;
}

void spl_classes_free(spl_classes *classes)
{
    for (uint32_t i = 0; i < classes->count; i++) free(classes->texts[i]);
    free(classes->texts);
    free(classes->size);
    free(classes->slots);
    *classes = (spl_classes){0};
}
