/* SPDX-License-Identifier: MIT */
/*
 * What bounds a wait of the test: user code that crashes or never gives way is left (timelapse/fault.h),
 * steps are counted, and time on the wall is looked at now and then.
 *
 * Handlers of SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS and SIGABRT stand from the first wait on, over
 * those that were there, which hear of everything outside of workflows and activities. One timer a
 * thread, which a wait arms unless it still runs from an earlier one, sends SIGVTALRM.
 */
#ifndef TIMELAPSE_SIM_ENV_GUARD_H
#define TIMELAPSE_SIM_ENV_GUARD_H

#include <signal.h>
#include <stdint.h>
#include <timelapse/env.h>

struct env_guard {
    uint64_t max_steps;
    uint64_t steps;        /* of the wait under way */
    tl_duration cpu_limit; /* 0: none */
    tl_duration wall_time; /* 0: none */
    int catches;           /* crashes are caught */
    volatile sig_atomic_t overtime;
    struct tl_env *outer; /* in whose wait this one's stands, or NULL */
};

/* debugging: as TEMPORAL_DEBUG is set, there are no limits of time. */
void env_guard_init(struct env_guard *guard, const struct tl_env_options *options, int debugging);

/* A wait of env begins and ends, on this thread. */
void env_guard_enter(struct tl_env *env);
void env_guard_leave(struct tl_env *env);

/* Takes the signals now, before the first wait. */
void env_guard_stand(const struct tl_env *env);

/* After user code was left: signals that its leaving may have kept blocked come in again. */
void env_guard_let_signals_in(void);

#endif
