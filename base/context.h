/* SPDX-License-Identifier: MIT */
/*
 * Switching stacks, and nothing else: by Boost.Context's C symbols, or by ucontext where
 * TIMELAPSE_UCONTEXT is defined (thirty times slower: it saves the signal mask). Included by
 * coroutine.c alone.
 */
#ifndef TIMELAPSE_BASE_CONTEXT_H
#define TIMELAPSE_BASE_CONTEXT_H

#include <stddef.h>

#if defined(TIMELAPSE_UCONTEXT)

#include <stdint.h>
#include <ucontext.h>

struct context {
    ucontext_t inside;
    ucontext_t outside;
    void (*body)(struct context *context);
};

/* makecontext passes ints. */
static inline void context_begin(unsigned high, unsigned low)
{
    struct context *context = (struct context *)((uintptr_t)high << 32 | low);

    context->body(context);
}

/* The stack is [low, low + size); body must end in context_leave. */
static inline void context_make(struct context *context, char *low, size_t size, void (*body)(struct context *context))
{
    uintptr_t number = (uintptr_t)context;

    context->body = body;
    (void)getcontext(&context->inside);
    context->inside.uc_stack.ss_sp = low;
    context->inside.uc_stack.ss_size = size;
    context->inside.uc_link = NULL;
    makecontext(&context->inside, (void (*)(void))context_begin, 2, (unsigned)(number >> 32), (unsigned)number);
}

static inline void context_enter(struct context *context)
{
    (void)swapcontext(&context->outside, &context->inside);
}

static inline void context_leave(struct context *context)
{
    (void)swapcontext(&context->inside, &context->outside);
}

#else

/* Boost has no C header for them; the calling convention is that of 1.61 and later. */
typedef void *fcontext_t;

struct transfer_t {
    fcontext_t fctx;
    void *data;
};

struct transfer_t jump_fcontext(fcontext_t to, void *data);
fcontext_t make_fcontext(void *top, size_t size, void (*body)(struct transfer_t transfer));
struct transfer_t ontop_fcontext(fcontext_t to, void *data, struct transfer_t (*function)(struct transfer_t transfer));

struct context {
    fcontext_t inside;
    fcontext_t outside;
    void (*body)(struct context *context);
};

static inline void context_begin(struct transfer_t transfer)
{
    struct context *context = transfer.data;

    context->outside = transfer.fctx;
    context->body(context);
}

static inline void context_make(struct context *context, char *low, size_t size, void (*body)(struct context *context))
{
    context->body = body;
    context->inside = make_fcontext(low + size, size, context_begin);
}

static inline void context_enter(struct context *context)
{
    context->inside = jump_fcontext(context->inside, context).fctx;
}

static inline void context_leave(struct context *context)
{
    context->outside = jump_fcontext(context->outside, NULL).fctx;
}

#endif

#endif
