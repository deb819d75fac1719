// SPDX-License-Identifier: MIT
// Builds bundle files byte by byte, so that tests can make them lie. `fixture_new` is a sound
// bundle; a test edits a tensor's data, dtype, shape or offsets, and writes it.
#ifndef BUNDLE_FIXTURE_H
#define BUNDLE_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "samplit/bundle.h"

#define FIXTURE_TENSORS 64

typedef struct fixture_tensor {
    char name[96], dtype[16], shape[48];
    size_t size;
    int64_t shift_begin, shift_end; // added to the true offsets: a lie unless 0
    union {
        uint8_t u8[1024];
        uint32_t u32[256];
        int32_t i32[256];
        uint64_t u64[128];
        float f32[256];
        double f64[128];
    } data;
} fixture_tensor;

typedef struct fixture {
    char id[64], extra_header[256]; // the latter is put in as further members of the header
    char checksum[64];              // empty: the true one
    int count;
    fixture_tensor tensors[FIXTURE_TENSORS];
} fixture;

// Schema of 4 features (pageviews numeric, is_returning boolean, device categorical, hour cyclic: 8
// entries), encoder 8-4-3, tree global > country GB | US > device desktop | mobile, experiments
// `hero` (control, bold, calm; GB falls back to the root) and `cta` (a, b). From malloc.
fixture *fixture_new(void);

// Adds to it: a second encoder 8-5-3, four points of three labels over the embedding, and in place of hero's table
// the rule linucb over the features.
void fixture_learn(fixture *f);

// Adds settings to it: hero holds out a quarter of the 80 % that take part, has bucket version 3 and at least 2; cta is
// as it was, but for the seed of its hash, "old".
void fixture_settle(fixture *f);

// Fails the test if there is no such tensor.
fixture_tensor *fixture_get(fixture *f, const char *name);
void fixture_drop(fixture *f, const char *name);

// The file, from malloc, in a block of exactly *size bytes so that ASan sees every step beyond it.
uint8_t *fixture_write(const fixture *f, size_t *size);

// Puts the true checksum into a file of fixture_write whose bytes were changed.
void fixture_seal(uint8_t *file, size_t size);

// A file opened in exactly the memory that spl_bundle_open_bytes asks for.
typedef struct fixture_opened {
    uint8_t *file;
    size_t size;
    void *memory;
    spl_bundle bundle;
    spl_bundle_error error;
    spl_status status;
} fixture_opened;

fixture_opened fixture_open(uint8_t *file, size_t size);
fixture_opened fixture_open_and_free(fixture *f); // writes it first
void fixture_close(fixture_opened *o);            // frees file and memory

#endif
