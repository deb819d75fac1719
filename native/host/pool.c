// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS_MAX 64

typedef struct worker {
    spl_pool *pool;
    pthread_t thread;
    uint32_t index; // from 1: the caller is 0
} worker;

struct spl_pool {
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    uint64_t job;     // counts the jobs, so that a worker knows a new one
    uint32_t working; // workers that have not finished the present job
    bool closing;
    spl_pool_work *work;
    void *owner;
    uint32_t parts;
    atomic_uint next; // part
    uint32_t worker_count;
    worker workers[THREADS_MAX];
};

static void take_parts(spl_pool *pool, uint32_t thread)
{
    for (;;) {
        uint32_t part = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (part >= pool->parts) return;
        pool->work(pool->owner, part, thread);
    }
}

static void *serve(void *argument)
{
    worker *self = argument;
    spl_pool *pool = self->pool;
    uint64_t seen = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->job == seen && !pool->closing) pthread_cond_wait(&pool->start, &pool->lock);
        if (pool->closing) break;
        seen = pool->job;
        pthread_mutex_unlock(&pool->lock);
        take_parts(pool, self->index);
        pthread_mutex_lock(&pool->lock);
        if (--pool->working == 0) pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static uint32_t processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : (uint32_t)n;
}

spl_pool *spl_pool_new(uint32_t threads)
{
    if (threads == 0) threads = processors();
    if (threads > THREADS_MAX) threads = THREADS_MAX;
    spl_pool *pool = calloc(1, sizeof *pool);
    if (!pool) return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->start, NULL);
    pthread_cond_init(&pool->done, NULL);
    for (uint32_t i = 1; i < threads; i++) {
        worker *w = &pool->workers[pool->worker_count];
        *w = (worker){.pool = pool, .index = i};
        if (pthread_create(&w->thread, NULL, serve, w) != 0) {
            spl_pool_free(pool);
            return NULL;
        }
        pool->worker_count++;
    }
    return pool;
}

void spl_pool_free(spl_pool *pool)
{
    if (!pool) return;
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i < pool->worker_count; i++) pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->start);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

uint32_t spl_pool_threads(const spl_pool *pool)
{
    return pool ? pool->worker_count + 1 : 1;
}

void spl_pool_run(spl_pool *pool, uint32_t parts, spl_pool_work *work, void *owner)
{
    if (!pool || pool->worker_count == 0 || parts < 2) {
        for (uint32_t part = 0; part < parts; part++) work(owner, part, 0);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->work = work;
    pool->owner = owner;
    pool->parts = parts;
    atomic_store(&pool->next, 0);
    pool->working = pool->worker_count;
    pool->job++;
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->lock);
    take_parts(pool, 0);
    pthread_mutex_lock(&pool->lock);
    while (pool->working > 0) pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}
