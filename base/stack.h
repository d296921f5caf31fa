/* SPDX-License-Identifier: MIT */
/*
 * Coroutine stacks. A stack is one mapping: lowest a page that cannot be touched (or, where the
 * kernel has no mappings left for that, a canary), then the stack, highest the record below.
 * Sizes are powers of two, so that stacks of nearly the same size serve each other.
 */
#ifndef TIMELAPSE_BASE_STACK_H
#define TIMELAPSE_BASE_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <timelapse/allocator.h>

#include "base/list.h"

/* Classes are numbered by the power of two: 16 KiB to 1 GiB. */
#define STACK_CLASS_MIN 14U
#define STACK_CLASS_MAX 30U
#define STACK_CLASSES   (STACK_CLASS_MAX - STACK_CLASS_MIN + 1U)

/* At the high end of its own mapping; the stack grows down from it. */
struct stack {
    struct list_node owned; /* in its pool's list of all stacks */
    struct stack *next;     /* on a free list */
    char *low;              /* the lowest byte that the stack may use */
    size_t mapped;          /* the whole mapping */
    unsigned number;        /* class - STACK_CLASS_MIN */
    unsigned valgrind;      /* valgrind's number for it */
    bool guarded;
};

/* The number of the class that holds `size` bytes, mapping included; STACK_CLASSES when it is too large. */
unsigned stack_class_of(size_t size);

/* A stack from the process-wide cache or a fresh one; NULL when there is no memory. Any thread. */
struct stack *stack_take(unsigned number);

/* Takes it back. Any thread. */
void stack_give(struct stack *stack);

/* The same with an allocator's own map and unmap, without a cache. */
struct stack *stack_map(const struct tl_allocator *allocator, unsigned number);
void stack_unmap(const struct tl_allocator *allocator, struct stack *stack);

/* Ends the process with a message when an unguarded stack has run over its end. */
void stack_check(const struct stack *stack);

/* Bytes that it may use. */
static inline size_t stack_size(const struct stack *stack)
{
    return (size_t)((const char *)stack - stack->low);
}

/* How many guards the process may have from now on, for tests; returns what it was. */
size_t stack_limit_guards(size_t limit);

#endif
