/* SPDX-License-Identifier: MIT */
/*
 * An allocator for tests that counts, can fail, and knows at the end whether everything came back
 * with the size it was taken with. To fail each allocation of something in turn:
 *
 *     size_t nth = 0;
 *     do {
 *         failing_allocator_init(&memory);
 *         failing_allocator_fail(&memory, ++nth, FAIL_ONCE);
 *         ... do it with &memory.allocator, and free it ...
 *         assert_null(failing_allocator_complaint(&memory));
 *     } while (memory.failed > 0);
 */
#ifndef TIMELAPSE_TESTS_FAILING_ALLOCATOR_H
#define TIMELAPSE_TESTS_FAILING_ALLOCATOR_H

#include <stddef.h>
#include <timelapse/allocator.h>

enum fail_mode {
    FAIL_ONCE,    /* only the one asked for: whoever goes on in spite of it is found out */
    FAIL_FROM_NOW /* that one and all later ones: memory is out for good */
};

struct failing_block;

struct failing_allocator {
    struct tl_allocator allocator; /* what to pass on; its user is this struct, which may not move */
    size_t taken;                  /* allocations and maps, failed ones included */
    size_t allocations;            /* that succeeded */
    size_t maps;                   /* that succeeded */
    size_t failed;                 /* that were made to fail */
    size_t live_bytes;             /* allocated and mapped now */
    size_t peak_bytes;
    size_t fail_at;
    enum fail_mode fail_mode;
    struct failing_block *blocks; /* held now, newest first */
    struct failing_block *mapped; /* likewise, those that are maps */
    char complaint[160];          /* the first misuse, or "" */
};

/* Fails nothing until told to. */
void failing_allocator_init(struct failing_allocator *memory);

/* As init, with map and unmap left NULL: stacks then come from the process. */
void failing_allocator_init_without_maps(struct failing_allocator *memory);

/* The nth call from now (from 1) of alloc or map fails. */
void failing_allocator_fail(struct failing_allocator *memory, size_t nth, enum fail_mode mode);

/*
 * What is wrong once all should be given back: the first wrong size or unknown pointer, or what is
 * still held; NULL when nothing is. What is still held is freed, so that the next test starts afresh.
 */
const char *failing_allocator_complaint(struct failing_allocator *memory);

#endif
