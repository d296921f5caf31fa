/* SPDX-License-Identifier: MIT */
/*
 * Slabs: the memory that pools of the default allocator carve their blocks from. A process keeps
 * those that a pool has given up, for the next pool: touching memory for the first time costs more
 * than anything that a short test does with it. Any thread.
 */
#ifndef TIMELAPSE_BASE_SLAB_H
#define TIMELAPSE_BASE_SLAB_H

#include <stddef.h>

/* Of which only what is carved is ever touched. */
#define SLAB_SIZE ((size_t)1 << 20)

/* Lies at the slab's beginning. */
struct slab {
    struct slab *next;
};

/* One slab with undefined contents, aligned to a page; NULL when there is no memory. */
struct slab *slab_take(void);

/* Takes a chain of slabs back. NULL is fine. */
void slab_give(struct slab *chain);

#endif
