/* SPDX-License-Identifier: MIT */
/* Figures of the wire: one JSON object a line, and what ends the program when something does not work. */
#ifndef TIMELAPSE_BENCH_REPORT_H
#define TIMELAPSE_BENCH_REPORT_H

#include <stddef.h>

/* Ends the program with a message. */
_Noreturn void give_up(const char *what);

/* What is measured has to work. */
static inline void require(int condition, const char *what)
{
    if (!condition) {
        give_up(what);
    }
}

void report(const char *name, double value, const char *unit);

/* With the most it may be. */
void report_limited(const char *name, double value, const char *unit, double limit);

/* With the least it may be. */
void report_at_least(const char *name, double value, const char *unit, double limit);

/* Whether one missed its limit. */
int report_failed(void);

/* Sorts them. */
double median(double *values, size_t count);

/* CPU time of this process so far, and the clock's; in seconds. */
double cpu_seconds(void);
double wall_seconds(void);

#endif
