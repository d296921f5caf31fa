/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

#define MAX_RUNS 1001

int64_t bench_clock(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;

    return (a > b) - (a < b);
}

double bench_median(void (*body)(void *user), void *user)
{
    static double times[MAX_RUNS];
    int64_t begin = bench_clock();
    size_t count = 0;

    body(user);
    while (count < MAX_RUNS && (count < 5 || bench_clock() - begin < 100000000)) {
        int64_t start = bench_clock();
        body(user);
        times[count++] = (double)(bench_clock() - start);
    }
    qsort(times, count, sizeof *times, compare);
    return times[count / 2];
}

void bench_print(const char *name, double value, const char *unit)
{
    (void)printf("{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\"}\n", name, value, unit);
    (void)fflush(stdout);
}

void bench_require(int condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "bench: %s\n", what);
        exit(1);
    }
}

static const struct {
    const char *name;
    void (*run)(void);
} groups[] = {
    {"memory", bench_memory},
    {"coroutines", bench_coroutines},
    {"environment", bench_environment},
    {"replay", bench_replay},
    {"json", bench_json},
    {"scale", bench_scale},
    {"service", bench_service},
};

static int usage(const char *program)
{
    (void)fprintf(
        stderr,
        "usage: %s [memory|coroutines|environment|replay|json|scale|service|cold|one-test|one-test-shadow]...\n",
        program);
    return 2;
}

static int run_named(const char *name)
{
    if (strcmp(name, "cold") == 0) {
        bench_cold();
        return 1;
    }
    if (strcmp(name, "one-test") == 0 || strcmp(name, "one-test-shadow") == 0) {
        bench_one_test(name[8] != '\0');
        return 1;
    }
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        if (strcmp(groups[i].name, name) == 0) {
            groups[i].run();
            return 1;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        bench_cold();
        for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
            groups[i].run();
        }
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        if (!run_named(argv[i])) {
            return usage(argv[0]);
        }
    }
    return 0;
}
