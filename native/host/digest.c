// SPDX-License-Identifier: GPL-3.0-or-later
// One block is on its way at most, so the two threads need no queue: a block handed over is `data`, and it is
// taken back by waiting until `data` is NULL again. Where no thread can be had, the caller does the work.
#include "host/digest.h"

#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>

#define BYTES (SPL_DIGEST_HEX / 2)

struct spl_digest {
    crypto_generichash_state state;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool threaded, closing;
    const void *data; // handed over and not yet read; NULL = none
    size_t size;
};

static void *work(void *owner)
{
    spl_digest *d = owner;
    pthread_mutex_lock(&d->lock);
    while (d->data || !d->closing) {
        if (!d->data) {
            pthread_cond_wait(&d->changed, &d->lock);
            continue;
        }
        const void *data = d->data;
        size_t size = d->size;
        pthread_mutex_unlock(&d->lock);
        crypto_generichash_update(&d->state, data, size);
        pthread_mutex_lock(&d->lock);
        d->data = NULL;
        pthread_cond_signal(&d->changed);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

spl_digest *spl_digest_new(void)
{
    void *memory;
    if (posix_memalign(&memory, 64, sizeof(spl_digest)) != 0) return NULL;
    spl_digest *d = memory;
    *d = (spl_digest){.data = NULL};
    crypto_generichash_init(&d->state, NULL, 0, BYTES);
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->changed, NULL);
    d->threaded = pthread_create(&d->thread, NULL, work, d) == 0;
    return d;
}

void spl_digest_wait(spl_digest *d)
{
    if (!d->threaded) return;
    pthread_mutex_lock(&d->lock);
    while (d->data) pthread_cond_wait(&d->changed, &d->lock);
    pthread_mutex_unlock(&d->lock);
}

void spl_digest_add(spl_digest *d, const void *data, size_t size)
{
    if (size == 0) return;
    if (!d->threaded) {
        crypto_generichash_update(&d->state, data, size);
        return;
    }
    spl_digest_wait(d);
    pthread_mutex_lock(&d->lock);
    d->data = data;
    d->size = size;
    pthread_cond_signal(&d->changed);
    pthread_mutex_unlock(&d->lock);
}

static void stop(spl_digest *d)
{
    pthread_mutex_lock(&d->lock);
    d->closing = true;
    pthread_cond_signal(&d->changed);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->thread, NULL);
}

void spl_digest_end(spl_digest *d, char hex[SPL_DIGEST_HEX + 1])
{
    unsigned char bytes[BYTES];
    if (hex) hex[0] = '\0';
    if (!d) return;
    if (d->threaded) stop(d);
    crypto_generichash_final(&d->state, bytes, sizeof bytes);
    if (hex) sodium_bin2hex(hex, SPL_DIGEST_HEX + 1, bytes, sizeof bytes);
    pthread_cond_destroy(&d->changed);
    pthread_mutex_destroy(&d->lock);
    free(d);
}
