/* SPDX-License-Identifier: MIT */
#include "base/coroutine.h"
#include "base/pool.h"
#include "bench.h"

#define ROUNDS 10000

static void yield_for_ever(void *user)
{
    (void)user;
    for (;;) {
        coroutine_yield();
    }
}

static void end_at_once(void *user)
{
    (void)user;
}

static void there_and_back(void *user)
{
    for (int i = 0; i < ROUNDS; i++) {
        (void)coroutine_resume(user);
    }
}

static void start_to_end(void *user)
{
    for (int i = 0; i < ROUNDS; i++) {
        struct coroutine *coroutine = coroutine_new(user, (size_t)256 * 1024, end_at_once, NULL);
        (void)coroutine_resume(coroutine);
        coroutine_drop(coroutine);
    }
}

void bench_coroutines(void)
{
    struct pool *pool = pool_new(NULL);
    struct coroutine *coroutine = coroutine_new(pool, (size_t)256 * 1024, yield_for_ever, NULL);

    bench_print("coroutine there and back", bench_median(there_and_back, coroutine) / ROUNDS, "ns");
    coroutine_drop(coroutine);
    bench_print("coroutine pooled start to end", bench_median(start_to_end, pool) / ROUNDS, "ns");
    pool_free_all(pool);
}
