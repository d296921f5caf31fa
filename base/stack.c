/* SPDX-License-Identifier: MIT */
#include "base/stack.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "base/sanitizer.h"

/* Of all sizes together. Most have one or two pages that were ever touched. */
#define STACKS_KEPT 1024

/*
 * A guarded stack is two of the kernel's mappings, of which a process has 65,530 by default
 * (vm.max_map_count). Half are left to everything else in the process.
 */
#define GUARDS_MAX 16384

/* Bytes below an unguarded stack that nothing may ever write. */
#define CANARY_SIZE 64
#define CANARY_BYTE 0xC5

/* Room of the record: a cache line, so that what lies on the stack is aligned to one. */
#define RECORD_SIZE 64

static_assert(sizeof(struct stack) <= RECORD_SIZE, "the record fits its room");

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct stack *kept[STACK_CLASSES];
static size_t kept_count;
static size_t guards;
static size_t guards_max = GUARDS_MAX;

static size_t page_size(void)
{
    static size_t size;
    size_t known = __atomic_load_n(&size, __ATOMIC_RELAXED);

    if (known == 0) {
        known = (size_t)sysconf(_SC_PAGESIZE);
        __atomic_store_n(&size, known, __ATOMIC_RELAXED);
    }
    return known;
}

unsigned stack_class_of(size_t size)
{
    if (size <= (size_t)1 << STACK_CLASS_MIN) {
        return 0;
    }
    unsigned power = 64U - (unsigned)__builtin_clzll(size - 1);
    return power > STACK_CLASS_MAX ? STACK_CLASSES : power - STACK_CLASS_MIN;
}

static char *mapping_of(struct stack *stack)
{
    return (char *)stack + RECORD_SIZE - stack->mapped;
}

size_t stack_limit_guards(size_t limit)
{
    (void)pthread_mutex_lock(&lock);
    size_t before = guards_max;
    guards_max = limit;
    (void)pthread_mutex_unlock(&lock);
    return before;
}

static bool reserve_guard(void)
{
    (void)pthread_mutex_lock(&lock);
    bool granted = guards < guards_max;
    guards += granted ? 1 : 0;
    (void)pthread_mutex_unlock(&lock);
    return granted;
}

/* refused: by the kernel, whose limit is lower than ours; an eighth of it is left to others then. */
static void return_guard(bool refused)
{
    (void)pthread_mutex_lock(&lock);
    guards--;
    if (refused && guards < guards_max) {
        guards_max = guards - guards / 8;
    }
    (void)pthread_mutex_unlock(&lock);
}

static bool guard(char *mapping)
{
    if (!reserve_guard()) {
        return false;
    }
    if (mprotect(mapping, page_size(), PROT_NONE) != 0) {
        return_guard(true);
        return false;
    }
    return true;
}

/* Makes a stack of a mapping. */
static struct stack *furnish(char *mapping, size_t size, unsigned number)
{
    struct stack *stack = (struct stack *)(void *)(mapping + size - RECORD_SIZE);

    *stack = (struct stack){.mapped = size, .number = number, .guarded = guard(mapping)};
    if (stack->guarded) {
        stack->low = mapping + page_size();
    } else {
        /* Neighbours without guards are one mapping to the kernel, which must not back it by huge pages. */
        (void)madvise(mapping, size, MADV_NOHUGEPAGE);
        memset(mapping, CANARY_BYTE, CANARY_SIZE);
        stack->low = mapping + CANARY_SIZE;
    }
    stack->valgrind = (unsigned)VALGRIND_STACK_REGISTER(stack->low, stack);
    return stack;
}

/* Makes a mapping of a stack; only its guard, if it has one, stays. */
static char *strip(struct stack *stack)
{
    VALGRIND_STACK_DEREGISTER(stack->valgrind);
    if (stack->guarded) {
        return_guard(false);
    }
    return mapping_of(stack);
}

struct stack *stack_map(const struct tl_allocator *allocator, unsigned number)
{
    size_t size = (size_t)1 << (number + STACK_CLASS_MIN);
    char *mapping = allocator->map(allocator->user, size);

    return mapping == NULL ? NULL : furnish(mapping, size, number);
}

void stack_unmap(const struct tl_allocator *allocator, struct stack *stack)
{
    size_t size = stack->mapped;
    bool guarded = stack->guarded;

    stack_check(stack);
    char *mapping = strip(stack);
    if (guarded) {
        CHECK(mprotect(mapping, page_size(), PROT_READ | PROT_WRITE) == 0);
    }
    allocator->unmap(allocator->user, mapping, size);
}

static struct stack *fresh(unsigned number)
{
    size_t size = (size_t)1 << (number + STACK_CLASS_MIN);
    void *mapping =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

    return mapping == MAP_FAILED ? NULL : furnish(mapping, size, number);
}

struct stack *stack_take(unsigned number)
{
    (void)pthread_mutex_lock(&lock);
    struct stack *stack = kept[number];
    if (stack != NULL) {
        kept[number] = stack->next;
        kept_count--;
    }
    (void)pthread_mutex_unlock(&lock);
    return stack != NULL ? stack : fresh(number);
}

static bool keep(struct stack *stack, size_t limit)
{
    (void)pthread_mutex_lock(&lock);
    bool kept_it = kept_count < limit;
    if (kept_it) {
        stack->next = kept[stack->number];
        kept[stack->number] = stack;
        kept_count++;
    }
    (void)pthread_mutex_unlock(&lock);
    return kept_it;
}

void stack_give(struct stack *stack)
{
    stack_check(stack);
    if (keep(stack, STACKS_KEPT)) {
        return;
    }
    size_t size = stack->mapped;
    unsigned number = stack->number;
    char *mapping = strip(stack);
    /* Unmapping the middle of what the kernel has merged needs one mapping more, and can fail for that. */
    if (munmap(mapping, size) != 0) {
        (void)madvise(mapping, size, MADV_DONTNEED);
        (void)keep(furnish(mapping, size, number), SIZE_MAX);
    }
}

/* Writes as a signal handler would: the heap may be what was overwritten. */
static void __attribute__((noreturn)) overrun(const struct stack *stack)
{
    char text[160];
    int len = snprintf(
        text,
        sizeof(text),
        "timelapse: a coroutine ran over the end of its stack of %zu bytes; give coroutines larger stacks\n",
        stack_size(stack));

    if (write(STDERR_FILENO, text, (size_t)len) != len) {
        abort();
    }
    abort();
}

void stack_check(const struct stack *stack)
{
    if (stack->guarded) {
        return;
    }
    const unsigned char *canary = (const unsigned char *)stack->low - CANARY_SIZE;
    for (size_t i = 0; i < CANARY_SIZE; i++) {
        if (canary[i] != CANARY_BYTE) {
            overrun(stack);
        }
    }
}
