/* SPDX-License-Identifier: MIT */
#include "base/context.h"

#if defined(TIMELAPSE_UCONTEXT)

#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>

#include "base/check.h"

/* What an fcontext_t points to: on a new stack at its top, later in the frame of the jump that parked it. */
struct point {
    ucontext_t context;
    struct transfer_t transfer;                                /* from whoever jumps here */
    struct transfer_t (*function)(struct transfer_t transfer); /* to be called first, or NULL */
    void (*body)(struct transfer_t transfer);
};

/* makecontext passes ints. */
static void begin(unsigned high, unsigned low)
{
    struct point *point = (struct point *)((uintptr_t)high << 32 | low);

    point->body(point->transfer);
    abort();
}

fcontext_t make_fcontext(void *top, size_t size, void (*body)(struct transfer_t transfer))
{
    char *low = (char *)top - size;
    uintptr_t number = ((uintptr_t)top - sizeof(struct point)) & ~(uintptr_t)63;
    struct point *point = (struct point *)number;

    point->body = body;
    CHECK(getcontext(&point->context) == 0);
    point->context.uc_stack.ss_sp = low;
    point->context.uc_stack.ss_size = (size_t)((char *)point - low);
    point->context.uc_link = NULL;
    makecontext(&point->context, (void (*)(void))begin, 2, (unsigned)(number >> 32), (unsigned)number);
    return point;
}

struct transfer_t jump_fcontext(fcontext_t to, void *data)
{
    return ontop_fcontext(to, data, NULL);
}

struct transfer_t ontop_fcontext(fcontext_t to, void *data, struct transfer_t (*function)(struct transfer_t transfer))
{
    struct point *target = to;
    struct point here;

    target->transfer = (struct transfer_t){.fctx = &here, .data = data};
    target->function = function;
    CHECK(swapcontext(&here.context, &target->context) == 0);
    return here.function == NULL ? here.transfer : here.function(here.transfer);
}

#endif
