// SPDX-License-Identifier: GPL-3.0-or-later
// Texts and the numbers they get, in the order they come: labels, groups, categories.
#ifndef SAMPLIT_CLASSES_H
#define SAMPLIT_CLASSES_H

#include <stdbool.h>
#include <stdint.h>

#include "samplit/text.h"

#define SPL_NO_CLASS UINT32_MAX

// Zero it before the first use.
typedef struct spl_classes {
    uint32_t count;
    char **texts;   // [count], with a terminator
    uint32_t *size; // [count] bytes
    uint32_t *slots;
    uint32_t capacity, slot_count;
} spl_classes;

// The number of a text, a new one if it was not there; SPL_NO_CLASS when out of memory. O(size).
uint32_t spl_classes_add(spl_classes *classes, spl_text text);

// Orders the texts by their bytes. rank[old number] = new number, from malloc; NULL when out of memory.
uint32_t *spl_classes_sort(spl_classes *classes);

void spl_classes_free(spl_classes *classes);

#endif
