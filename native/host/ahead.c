// SPDX-License-Identifier: GPL-3.0-or-later
// One read is on its way at most, so the two threads need no queue: `out` is set while it lasts.
#include "host/ahead.h"

#include <pthread.h>
#include <stdlib.h>

struct spl_ahead {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    spl_ahead_read *read;
    void *owner;
    void *out; // asked for and not yet done; NULL = nothing
    size_t size;
    bool closing;
    long got;
    spl_error error;
};

static void *work(void *owner)
{
    spl_ahead *a = owner;
    pthread_mutex_lock(&a->lock);
    while (!a->closing) {
        if (!a->out) {
            pthread_cond_wait(&a->changed, &a->lock);
            continue;
        }
        pthread_mutex_unlock(&a->lock);
        a->got = a->read(a->owner, a->out, a->size, &a->error);
        pthread_mutex_lock(&a->lock);
        a->out = NULL;
        pthread_cond_signal(&a->changed);
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

static void destroy(spl_ahead *a)
{
    pthread_cond_destroy(&a->changed);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

spl_ahead *spl_ahead_new(spl_ahead_read *read, void *owner)
{
    spl_ahead *a = calloc(1, sizeof *a);
    if (!a) return NULL;
    a->read = read;
    a->owner = owner;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->changed, NULL);
    if (pthread_create(&a->thread, NULL, work, a) == 0) return a;
    destroy(a);
    return NULL;
}

void spl_ahead_free(spl_ahead *a)
{
    if (!a) return;
    pthread_mutex_lock(&a->lock);
    a->closing = true;
    pthread_cond_signal(&a->changed);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->thread, NULL);
    destroy(a);
}

void spl_ahead_ask(spl_ahead *a, void *out, size_t size)
{
    pthread_mutex_lock(&a->lock);
    a->out = out;
    a->size = size;
    pthread_cond_signal(&a->changed);
    pthread_mutex_unlock(&a->lock);
}

long spl_ahead_take(spl_ahead *a, spl_error *error)
{
    pthread_mutex_lock(&a->lock);
    while (a->out) pthread_cond_wait(&a->changed, &a->lock);
    pthread_mutex_unlock(&a->lock);
    if (a->got < 0 && error) *error = a->error;
    return a->got;
}
