/* SPDX-License-Identifier: MIT */
#include "base/slab.h"

#include <pthread.h>
#include <sys/mman.h>

/* 32 MiB stay with the process at most. */
#define SLABS_KEPT 32

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slab *kept;
static size_t kept_count;

struct slab *slab_take(void)
{
    (void)pthread_mutex_lock(&lock);
    struct slab *slab = kept;
    if (slab != NULL) {
        kept = slab->next;
        kept_count--;
    }
    (void)pthread_mutex_unlock(&lock);
    if (slab == NULL) {
        void *memory = mmap(NULL, SLAB_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        slab = memory == MAP_FAILED ? NULL : memory;
    }
    if (slab != NULL) {
        slab->next = NULL;
    }
    return slab;
}

/* Keeps what fits of the chain; returns the rest. */
static struct slab *keep(struct slab *chain)
{
    (void)pthread_mutex_lock(&lock);
    while (chain != NULL && kept_count < SLABS_KEPT) {
        struct slab *next = chain->next;
        chain->next = kept;
        kept = chain;
        kept_count++;
        chain = next;
    }
    (void)pthread_mutex_unlock(&lock);
    return chain;
}

/* Unmapping the middle of what the kernel has merged needs one mapping more, and can fail for that. */
static void drop(struct slab *slab)
{
    if (munmap(slab, SLAB_SIZE) != 0) {
        (void)madvise(slab, SLAB_SIZE, MADV_DONTNEED);
        (void)pthread_mutex_lock(&lock);
        slab->next = kept;
        kept = slab;
        kept_count++;
        (void)pthread_mutex_unlock(&lock);
    }
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
