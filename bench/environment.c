/* SPDX-License-Identifier: MIT */
#include <timelapse/env.h>

#include "bench.h"

static const struct tl_env_options with_shadow = {.register_all = bench_register};
static const struct tl_env_options without_shadow = {.register_all = bench_register, .no_shadow = 1};

static void make_and_free(void *user)
{
    struct tl_env *env = tl_env_new(user, NULL);

    bench_require(env != NULL, "no environment");
    tl_env_free(env);
}

static void one_test(void *user)
{
    struct tl_env *env = tl_env_new(user, NULL);

    bench_require(env != NULL, "no environment");
    struct tl_handle *run = tl_env_start(env, "TenActivities", "bench", "7", NULL);
    bench_require(tl_env_result(env, run, NULL) == TL_OK, "the workflow does not complete");
    bench_require(tl_env_elapsed(env) >= TL_DAYS(30), "time was not skipped");
    tl_env_free(env);
}

static void *options(const struct tl_env_options *options)
{
    return (void *)(uintptr_t)options;
}

void bench_environment(void)
{
    bench_print("environment made and freed", bench_median(make_and_free, options(&without_shadow)) / 1e3, "us");
    bench_print("one unit test, cached", bench_median(one_test, options(&without_shadow)) / 1e3, "us");
    bench_print("one unit test, with shadow replay", bench_median(one_test, options(&with_shadow)) / 1e3, "us");
}

void bench_cold(void)
{
    int64_t start = bench_clock();

    one_test(options(&with_shadow));
    bench_print("first test of a process, cold", (double)(bench_clock() - start) / 1e6, "ms");
}

void bench_one_test(int shadow)
{
    void *chosen = options(shadow ? &with_shadow : &without_shadow);

    /* The first ones warm up pools; a tool that counts looks at the last alone. */
    one_test(chosen);
    one_test(chosen);
    bench_counted(one_test, chosen);
}

void bench_counted(void (*body)(void *user), void *user)
{
    body(user);
}
