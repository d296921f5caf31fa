/* SPDX-License-Identifier: MIT */
#include "bench/transport/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int failed;

void give_up(const char *what)
{
    (void)fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

void report(const char *name, double value, const char *unit)
{
    (void)printf("{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\"}\n", name, value, unit);
    (void)fflush(stdout);
}

static void judge(const char *name, double value, const char *unit, double limit, int missed, const char *where)
{
    (void)printf("{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\", \"limit\": %g}\n", name, value, unit, limit);
    (void)fflush(stdout);
    if (missed) {
        (void)fprintf(stderr, "bench: %s is %.6g %s, %s its limit of %g\n", name, value, unit, where, limit);
        failed = 1;
    }
}

void report_limited(const char *name, double value, const char *unit, double limit)
{
    judge(name, value, unit, limit, value > limit, "above");
}

void report_at_least(const char *name, double value, const char *unit, double limit)
{
    judge(name, value, unit, limit, value < limit, "below");
}

int report_failed(void)
{
    return failed;
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;

    return (a > b) - (a < b);
}

double median(double *values, size_t count)
{
    qsort(values, count, sizeof(values[0]), by_value);
    return values[count / 2];
}

static double seconds(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double cpu_seconds(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

double wall_seconds(void)
{
    return seconds(CLOCK_MONOTONIC);
}
