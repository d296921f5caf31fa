/* SPDX-License-Identifier: MIT */
/* Many workflows at once: what each costs in memory and time. */
#include <stdio.h>
#include <sys/wait.h>
#include <timelapse/env.h>
#include <unistd.h>

#include "bench.h"

static struct tl_env *sleepers(size_t count, int evict_every_task, double *out_ns)
{
    const struct tl_env_options options = {
        .register_all = bench_register, .no_shadow = 1, .evict_every_task = evict_every_task};
    struct tl_env *env = tl_env_new(&options, NULL);
    char id[32];

    bench_require(env != NULL, "no environment");
    int64_t start = bench_clock();
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(id, sizeof id, "sleeper-%zu", i);
        bench_require(tl_env_start(env, "Sleeper", id, NULL, NULL) != NULL, "a workflow does not start");
    }
    tl_env_run_until_idle(env);
    *out_ns = (double)(bench_clock() - start) / (double)count;
    return env;
}

static void print_memory(const char *name, int evict_every_task)
{
    const size_t count = 5000;
    double ns = 0;
    size_t before = bench_resident();
    struct tl_env *env = sleepers(count, evict_every_task, &ns);

    bench_print(name, (double)(bench_resident() - before) / (double)count / 1024, "KiB");
    tl_env_free(env);
}

/* In a process of its own, so that nothing is left over from one measurement to the next. */
static void measure_memory(const char *name, int evict_every_task)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        print_memory(name, evict_every_task);
        _exit(0);
    }
    bench_require(child > 0 && waitpid(child, &status, 0) == child && status == 0, "a measurement failed");
}

void bench_memory(void)
{
    measure_memory("a sleeping workflow, evicted", 1);
    measure_memory("a sleeping workflow, cached", 0);
}

#define ROUNDS 3

/* What a workflow costs among `count` of them. */
static double cost_among(size_t count)
{
    double ns = 0;

    tl_env_free(sleepers(count, 1, &ns));
    return ns;
}

static double middle(const double of[ROUNDS])
{
    double low = of[0] < of[1] ? of[0] : of[1];
    double high = of[0] < of[1] ? of[1] : of[0];

    return of[2] < low ? low : of[2] > high ? high : of[2];
}

/* In turns, so that what else the machine does falls on both. */
void bench_scale(void)
{
    double few[ROUNDS];
    double many[ROUNDS];
    double ratios[ROUNDS];

    (void)cost_among(1000);
    for (size_t i = 0; i < ROUNDS; i++) {
        few[i] = cost_among(1000);
        many[i] = cost_among(100000);
        ratios[i] = many[i] / few[i];
    }
    bench_print("a workflow among 1000 open", middle(few) / 1e3, "us");
    bench_print("a workflow among 100000 open", middle(many) / 1e3, "us");
    bench_print("cost of a workflow, 100000 open against 1000", middle(ratios), "x");
}
