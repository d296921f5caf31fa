/* SPDX-License-Identifier: MIT */
/*
 * Stretches that are not left half-way: a handler of signals that leaves code which never gives way
 * (worker/runtime/fault.h) waits until the thread is in none. They hold what outlives a universe:
 * its lists of memory, the caches of the process, and whatever an allocator has of its own.
 */
#ifndef TIMELAPSE_BASE_CRITICAL_H
#define TIMELAPSE_BASE_CRITICAL_H

/* How many this thread is in. */
extern _Thread_local unsigned critical_depth __attribute__((tls_model("initial-exec")));

/* The compiler moves nothing across: who looks is on the same thread. */
static inline void critical_enter(void)
{
    critical_depth++;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline void critical_leave(void)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    critical_depth--;
}

#endif
