// SPDX-License-Identifier: MIT
// Segment keys are what people, logs and other regions call a node by, so they must say what the
// node's hashes say: a child's key is its parent's with one pair more, and that pair's attribute and
// value hash to the parent's split and the child's value. Siblings' values differ, so keys do too.
#include <string.h>

#include "bundle_reader.h"
#include "samplit/hash.h"

static spl_text raw_key(const spl_tree *tree, uint32_t node)
{
    uint32_t start = tree->key_start[node];
    return (spl_text){tree->key_bytes + start, tree->key_start[node + 1] - start};
}

// Cuts what stands before `separator` from the front of *rest; all of it if there is none.
static spl_text cut(spl_text *rest, char separator)
{
    const char *end = rest->size ? memchr(rest->data, separator, rest->size) : NULL;
    spl_text part = {rest->data, end ? (size_t)(end - rest->data) : rest->size};
    size_t used = part.size + (end != NULL);
    *rest = (spl_text){rest->size ? rest->data + used : rest->data, rest->size - used};
    return part;
}

static bool needs_escape(int c)
{
    return c < ' ' || c == '%' || c == '|' || c == ':';
}

// Whether the part, its escapes undone, has that hash. Only what must be escaped may be.
static bool has_hash(spl_text part, uint64_t hash)
{
    char plain[SPL_TEXT_MAX];
    size_t size = 0;
    for (size_t i = 0; i < part.size; i++) {
        int c = (uint8_t)part.data[i];
        if (c == '%') {
            if (part.size - i < 3) return false;
            int high = spl_hex_digit(part.data[i + 1], 'A'), low = spl_hex_digit(part.data[i + 2], 'A');
            c = high < 0 || low < 0 ? -1 : high * 16 + low;
            if (c < 0 || !needs_escape(c)) return false;
            i += 2;
        } else if (needs_escape(c)) {
            return false;
        }
        if (size == sizeof plain) return false;
        plain[size++] = (char)c;
    }
    return spl_xxh64(plain, size, 0) == hash;
}

// The one pair that `child` has and `parent` has not; empty if that is not how they differ.
static spl_text added_pair(spl_text child, spl_text parent)
{
    spl_text added = {0}, expected = cut(&parent, '|');
    while (child.size) {
        spl_text pair = cut(&child, '|');
        if (expected.size && spl_text_equal(pair, expected)) {
            expected = cut(&parent, '|');
        } else if (!added.size) {
            added = pair;
        } else {
            return (spl_text){0};
        }
    }
    return expected.size ? (spl_text){0} : added;
}

static bool names_node(const spl_tree *tree, uint32_t node)
{
    uint32_t parent = tree->parent[node];
    spl_text value = added_pair(raw_key(tree, node), raw_key(tree, parent));
    spl_text attribute = cut(&value, ':');
    return attribute.size && has_hash(attribute, tree->split[parent]) && has_hash(value, tree->value[node]);
}

void spl_check_keys(const spl_bundle_reader *reader, const spl_tree *tree, uint64_t bytes)
{
    const char *starts = "tree.key_start";
    spl_check_starts(reader, starts, tree->key_start, tree->node_count, bytes);
    if (spl_read_failed(reader)) return;
    SPL_CHECK(reader, tree->key_start[1] == 0, SPL_BAD_VALUE, starts, 1, "an empty key for the root");
    for (uint32_t node = 1; node < tree->node_count; node++) {
        bool good = spl_text_is_utf8(raw_key(tree, node)) && names_node(tree, node);
        SPL_CHECK(reader, good, SPL_BAD_VALUE, "tree.key_bytes", tree->key_start[node],
                  "UTF-8: the parent's key and the node's own pair");
    }
}
