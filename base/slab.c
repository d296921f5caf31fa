/* SPDX-License-Identifier: MIT */
#include "base/slab.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>

/* 32 MiB stay with the process at most. */
#define SLABS_KEPT 32

/* A process that holds that many maps the next ones together, in huge pages where there are any. */
#define SLABS_FEW  16
#define SLABS_MANY 16

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slab *kept;
static size_t kept_count;
static size_t mapped_count;
static char *fresh; /* mapped, and not touched yet: its pages take no memory */
static char *fresh_end;

static void push(struct slab *slab)
{
    slab->next = kept;
    kept = slab;
    kept_count++;
}

static struct slab *pop(void)
{
    struct slab *slab = kept;

    if (slab != NULL) {
        kept = slab->next;
        kept_count--;
    } else if (fresh < fresh_end) {
        slab = (struct slab *)(void *)fresh;
        fresh += SLAB_SIZE;
    } else {
        return NULL;
    }
    slab->next = NULL;
    return slab;
}

static char *map(size_t count)
{
    void *memory = mmap(NULL, count * SLAB_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED) {
        return NULL;
    }
    if (count > 1) {
        (void)madvise(memory, count * SLAB_SIZE, MADV_HUGEPAGE);
    }
    mapped_count += count;
    return memory;
}

/* When nothing is left. Touching the small pages of many slabs one by one would cost more than their use. */
static void map_more(void)
{
    size_t count = mapped_count < SLABS_FEW ? 1 : SLABS_MANY;
    char *memory = map(count);

    if (memory == NULL && count > 1) {
        count = 1;
        memory = map(count);
    }
    if (memory != NULL) {
        fresh = memory;
        fresh_end = memory + count * SLAB_SIZE;
    }
}

struct slab *slab_take(void)
{
    (void)pthread_mutex_lock(&lock);
    struct slab *slab = pop();
    if (slab == NULL) {
        map_more();
        slab = pop();
    }
    (void)pthread_mutex_unlock(&lock);
    return slab;
}

/* Keeps what fits of the chain; returns the rest. */
static struct slab *keep(struct slab *chain)
{
    (void)pthread_mutex_lock(&lock);
    while (chain != NULL && kept_count < SLABS_KEPT) {
        struct slab *next = chain->next;
        push(chain);
        chain = next;
    }
    (void)pthread_mutex_unlock(&lock);
    return chain;
}

/* Unmapping the middle of what the kernel has merged needs one mapping more, and can fail for that. */
static void drop(struct slab *slab)
{
    bool unmapped = munmap(slab, SLAB_SIZE) == 0;

    if (!unmapped) {
        (void)madvise(slab, SLAB_SIZE, MADV_DONTNEED);
    }
    (void)pthread_mutex_lock(&lock);
    if (unmapped) {
        mapped_count--;
    } else {
        push(slab);
    }
    (void)pthread_mutex_unlock(&lock);
}

void slab_give(struct slab *chain)
{
    if (chain == NULL) {
        return;
    }
    for (struct slab *slab = keep(chain); slab != NULL;) {
        struct slab *next = slab->next;
        drop(slab);
        slab = next;
    }
}
