/* SPDX-License-Identifier: MIT */
#include "base/backtrace.h"

#include <unwind.h>

#include "base/coroutine.h"

static _Unwind_Reason_Code add(struct _Unwind_Context *context, void *user)
{
    struct backtrace *backtrace = user;
    int before_instruction = 0;
    uintptr_t address = _Unwind_GetIPInfo(context, &before_instruction);

    if (address == 0) {
        return _URC_END_OF_STACK;
    }
    if (backtrace->count == BACKTRACE_MOST) {
        backtrace->cut = true;
        return _URC_END_OF_STACK;
    }
    /* A return address may belong to the function behind: that of a call that does not return. */
    backtrace->addresses[backtrace->count++] = before_instruction != 0 ? address : address - 1;
    return _URC_NO_REASON;
}

/* Never inlined: its own frame is the first one. */
__attribute__((noinline)) static void unwind(struct backtrace *backtrace)
{
    *backtrace = (struct backtrace){0};
    (void)_Unwind_Backtrace(add, backtrace);
}

void backtrace_take(struct backtrace *backtrace)
{
    unwind(backtrace);
}

static void visit(void *user)
{
    unwind(user);
}

void backtrace_of(struct coroutine *coroutine, struct backtrace *backtrace)
{
    if (!coroutine_visit(coroutine, visit, backtrace)) {
        *backtrace = (struct backtrace){0};
    }
}
