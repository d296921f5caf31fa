/* SPDX-License-Identifier: MIT */
#include "tests/lib/failing_allocator.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Shows who reads memory that was never written. */
#define FRESH_BYTE 0xA5

#define LIVE UINT64_C(0x6c69766520626c6b)
#define DEAD UINT64_C(0x6465616420626c6b)

/* Lies before each allocation; of maps, in memory of its own. */
struct failing_block {
    alignas(16) uint64_t mark; /* LIVE or DEAD */
    struct failing_block *next;
    struct failing_block *prev;
    void *memory;
    size_t size;
    size_t number; /* which call took it, from 1 */
    bool mapped;
};

__attribute__((format(printf, 2, 3))) static void complain(struct failing_allocator *memory, const char *format, ...)
{
    va_list args;

    if (memory->complaint[0] == '\0') {
        va_start(args, format);
        (void)vsnprintf(memory->complaint, sizeof(memory->complaint), format, args);
        va_end(args);
    }
}

/* Whether this call fails. */
static bool count(struct failing_allocator *memory)
{
    memory->taken++;
    bool fails = memory->fail_at != 0 &&
                 (memory->fail_mode == FAIL_ONCE ? memory->taken == memory->fail_at : memory->taken >= memory->fail_at);
    memory->failed += fails ? 1 : 0;
    return fails;
}

/* The list that it is in. Maps have one of their own: they are looked for, and are few beside the blocks. */
static struct failing_block **list_of(struct failing_allocator *memory, const struct failing_block *block)
{
    return block->mapped ? &memory->mapped : &memory->blocks;
}

static void add(struct failing_allocator *memory, struct failing_block *block)
{
    struct failing_block **list = list_of(memory, block);

    block->mark = LIVE;
    block->number = memory->taken;
    block->prev = NULL;
    block->next = *list;
    if (block->next != NULL) {
        block->next->prev = block;
    }
    *list = block;
    memory->live_bytes += block->size;
    memory->peak_bytes = memory->live_bytes > memory->peak_bytes ? memory->live_bytes : memory->peak_bytes;
}

static void take_out(struct failing_allocator *memory, struct failing_block *block)
{
    block->mark = DEAD;
    if (block->next != NULL) {
        block->next->prev = block->prev;
    }
    if (block->prev != NULL) {
        block->prev->next = block->next;
    } else {
        *list_of(memory, block) = block->next;
    }
    memory->live_bytes -= block->size;
}

/* Gives it back to the system. */
static void drop(struct failing_allocator *memory, struct failing_block *block)
{
    take_out(memory, block);
    if (block->mapped) {
        (void)munmap(block->memory, block->size);
    }
    free(block);
}

static void *on_alloc(void *user, size_t size)
{
    struct failing_allocator *memory = user;

    if (size == 0) {
        complain(memory, "an allocation of 0 bytes");
    }
    if (count(memory) || size > SIZE_MAX / 2) {
        return NULL;
    }
    struct failing_block *block = malloc(sizeof(*block) + size);
    if (block == NULL) {
        return NULL;
    }
    *block = (struct failing_block){.memory = block + 1, .size = size};
    memset(block->memory, FRESH_BYTE, size);
    add(memory, block);
    memory->allocations++;
    return block->memory;
}

static void on_free(void *user, void *pointer, size_t size)
{
    struct failing_allocator *memory = user;
    struct failing_block *block = pointer;

    if (pointer == NULL) {
        complain(memory, "free of NULL");
        return;
    }
    block--;
    if (block->mark != LIVE || block->mapped) {
        complain(memory, "free of what is not held");
        return;
    }
    if (block->size != size) {
        complain(memory, "allocation %zu of %zu bytes was freed with size %zu", block->number, block->size, size);
    }
    drop(memory, block);
}

static void *on_map(void *user, size_t size)
{
    struct failing_allocator *memory = user;

    if (count(memory)) {
        return NULL;
    }
    struct failing_block *block = malloc(sizeof(*block));
    void *mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (block == NULL || mapping == MAP_FAILED) {
        free(block);
        return NULL;
    }
    *block = (struct failing_block){.memory = mapping, .size = size, .mapped = true};
    add(memory, block);
    memory->maps++;
    return mapping;
}

static void on_unmap(void *user, void *pointer, size_t size)
{
    struct failing_allocator *memory = user;
    struct failing_block *block = memory->mapped;

    while (block != NULL && block->memory != pointer) {
        block = block->next;
    }
    if (block == NULL) {
        complain(memory, "unmap of what is not mapped");
        return;
    }
    if (block->size != size) {
        complain(memory, "map %zu of %zu bytes was unmapped with size %zu", block->number, block->size, size);
    }
    drop(memory, block);
}

void failing_allocator_init(struct failing_allocator *memory)
{
    failing_allocator_init_without_maps(memory);
    memory->allocator.map = on_map;
    memory->allocator.unmap = on_unmap;
}

void failing_allocator_init_without_maps(struct failing_allocator *memory)
{
    *memory = (struct failing_allocator){.allocator = {.alloc = on_alloc, .free = on_free, .user = memory}};
}

void failing_allocator_fail(struct failing_allocator *memory, size_t nth, enum fail_mode mode)
{
    memory->fail_at = memory->taken + nth;
    memory->fail_mode = mode;
}

static void complain_about_held(struct failing_allocator *memory, const struct failing_block *block)
{
    complain(
        memory,
        "%zu bytes are still held; %s %zu of %zu bytes is",
        memory->live_bytes,
        block->mapped ? "map" : "allocation",
        block->number,
        block->size);
}

const char *failing_allocator_complaint(struct failing_allocator *memory)
{
    struct failing_block *block;

    if (memory->blocks != NULL || memory->mapped != NULL) {
        complain_about_held(memory, memory->blocks != NULL ? memory->blocks : memory->mapped);
    }
    while ((block = memory->blocks) != NULL || (block = memory->mapped) != NULL) {
        drop(memory, block); /* NOLINT(clang-analyzer-unix.Malloc): the list's head is another now */
    }
    return memory->complaint[0] == '\0' ? NULL : memory->complaint;
}
