/* SPDX-License-Identifier: MIT */
/*
 * Switching stacks, and nothing else: Boost.Context's C symbols, which have no C header. Where
 * TIMELAPSE_UCONTEXT is defined context.c makes the same three functions of ucontext
 * (thirty times slower, for it saves the signal mask); nobody else sees the difference.
 */
#ifndef TIMELAPSE_BASE_CONTEXT_H
#define TIMELAPSE_BASE_CONTEXT_H

#include <stddef.h>

/* A parked stack. Valid for one jump. */
typedef void *fcontext_t;

/* Who jumped here, and what it brought: the calling convention of Boost 1.61 and later. */
struct transfer_t {
    fcontext_t fctx;
    void *data;
};

struct transfer_t jump_fcontext(fcontext_t to, void *data);
fcontext_t make_fcontext(void *top, size_t size, void (*body)(struct transfer_t transfer));

/* Calls function({who jumped, data}) on the parked stack; what it returns, the jump that parked it returns. */
struct transfer_t ontop_fcontext(fcontext_t to, void *data, struct transfer_t (*function)(struct transfer_t transfer));

struct context {
    fcontext_t inside;  /* while parked */
    fcontext_t outside; /* while running */
};

/* The stack is [low, low + size). body gets what the first context_enter was given, and never returns. */
static inline void context_make(struct context *context, char *low, size_t size, void (*body)(struct transfer_t))
{
    context->inside = make_fcontext(low + size, size, body);
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
