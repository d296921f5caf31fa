/* SPDX-License-Identifier: MIT */
/*
 * The benchmarks: one JSON object a line, name, value, unit. Values are medians over several runs
 * with warm caches unless a name says "cold".
 */
#ifndef TIMELAPSE_BENCH_H
#define TIMELAPSE_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <timelapse/registry.h>

/* Monotonic wall time in nanoseconds. */
int64_t bench_clock(void);

/* Resident memory of the process in bytes; 0 where the system does not tell. */
size_t bench_resident(void);

/* Median time of body(user) in nanoseconds, after one warm-up; at least 5 runs and 100 ms. */
double bench_median(void (*body)(void *user), void *user);

void bench_print(const char *name, double value, const char *unit);

/* Ends the program with a message when what is measured does not work. */
void bench_require(int condition, const char *what);

/* The workflows that are measured: "TenActivities", "Loop", "Sleeper". */
void bench_register(struct tl_registry *registry);

/* Each prints its figures. */
void bench_coroutines(void);
void bench_replay(void);
void bench_json(void);
void bench_environment(void);
void bench_scale(void);
void bench_service(void);

/* Memory of many workflows; before all others, whose pools would serve it unseen. */
void bench_memory(void);

/* One unit test, for callgrind: shadow replay on or off. */
void bench_one_test(int shadow);

/* Calls body(user): a name for callgrind to collect in. */
__attribute__((noinline)) void bench_counted(void (*body)(void *user), void *user);

/* The first test of this process, in milliseconds; called before anything else. */
void bench_cold(void);

#endif
