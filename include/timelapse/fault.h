/* SPDX-License-Identifier: MIT */
/*
 * Code of a workflow or an activity that crashes, overflows its stack or never gives way: how a
 * handler of signals leaves it. Whoever drives a driver installs the handlers, as the test
 * environment does; the driver has none of its own.
 *
 * A driver whose coroutine was left so has a verdict that tells where, with the C functions that
 * led there, and is dead: the code may have been anywhere, with anything half-done. Of what was made
 * on it only the tl_..._free functions are called any more; they run no user code and let everything go
 * with the driver's memory. What the code itself held - memory of its own, locks, open files - it
 * still holds, as after any jump out of C code. A lock of the C library's stays locked where
 * the code crashed inside of it; code that is left because it does not give way is let go on until
 * it stands in none, for a second.
 *
 * Not with the address or the thread sanitizer, which take the jump for a fault of their own.
 */
#ifndef TIMELAPSE_FAULT_H
#define TIMELAPSE_FAULT_H

#include <stdint.h>
#include <timelapse/driver.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Why code is to be left. */
enum tl_fault_kind {
    TL_FAULT_SIGNAL,  /* its own: SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGABRT */
    TL_FAULT_ENDLESS, /* it has run for too long without giving way */
    TL_FAULT_ASLEEP   /* it has neither given way nor come back, for too long by the clock of the wall */
};

/* What the handler knows. */
struct tl_fault {
    enum tl_fault_kind kind;
    int signal;          /* of TL_FAULT_SIGNAL */
    const void *address; /* that could not be touched (si_addr), or NULL */
    const void *context; /* the handler's third argument: a ucontext_t */
    tl_duration spent;   /* of the other kinds: how long it took */
    int at_once;         /* 1: where the code stands is not looked at */
};

enum tl_fault_answer {
    TL_FAULT_ELSEWHERE, /* the thread runs no workflow or activity: somebody else's business */
    TL_FAULT_NOT_NOW    /* kinds but TL_FAULT_SIGNAL: it stands where leaving would leave something half-done */
};

/*
 * For handlers of signals, on the thread that runs the driver and on an alternate stack of at least
 * 32 KiB: leaves the coroutine that runs there, and comes back only to say that it cannot. The
 * handler must have been installed with SA_NODEFER and an empty mask.
 */
TL_API enum tl_fault_answer tl_fault_leave(const struct tl_fault *fault);

/* Whether code can be left here: 0 with a sanitizer; and whether for its time: 0 under valgrind too, whose time is not
 * ours. */
TL_API int tl_fault_can_leave(void);
TL_API int tl_fault_can_time(void);

/*
 * Calls body(user), which may meet damaged memory: where tl_fault_leave hears of a signal in it, it
 * is left. 1: it came back by itself; 0: it was left, with what it held.
 */
TL_API int tl_fault_try(void (*body)(void *user), void *user);

/*
 * A number that changes with each stretch of code: what runs on this thread while it stays the
 * same has not given way. 0: no workflow or activity runs. For handlers of signals, too.
 */
TL_API uint64_t tl_fault_stretch(void);

#ifdef __cplusplus
}
#endif
#endif
