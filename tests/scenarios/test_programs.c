/* SPDX-License-Identifier: MIT */
/*
 * Workflows drawn at random - activities that succeed, fail and hang, timers, signals, coroutines,
 * conditions, shields, sagas, cancellations of everything - in worlds whose accidents are drawn at
 * random too. Each must do the same again: behind the test (shadow replay), from its whole history
 * and from every part of it that ends with a workflow task, with and without a cache; and over wire
 * it must write the very same history.
 *
 * With arguments FIRST and LAST the program tries those seeds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/replayer.h>

#include <cmocka.h>

#include "base/random.h"
#include "model/history.h"
#include "model/message.h"
#include "tests/scenarios/scenario.h"

#define SEEDS        120
#define MOST_FUTURES 24
#define DEEPEST      3

/* ---- What a program remembers ---- */

struct program {
    struct tl_workflow *wf;
    struct tl_future *futures[MOST_FUTURES]; /* of all its coroutines: several may wait for one */
    size_t future_count;
    struct tl_saga *saga;
    uint64_t trace; /* of everything it saw */
    int counter;
    uint64_t blocks;
};

/* A stretch of code: operations drawn one after the other. */
struct block {
    struct program *program;
    struct random random;
    int depth;
};

typedef void operation_fn(struct block *block);

static void note(struct program *program, uint64_t seen)
{
    program->trace = (program->trace ^ seen) * UINT64_C(0x9e3779b97f4a7c15);
    program->trace ^= program->trace >> 29;
}

static uint64_t draw(struct block *block, uint64_t bound)
{
    return random_below(&block->random, bound);
}

/* Few different ones, so that much happens at the same moment. */
static tl_duration draw_duration(struct block *block)
{
    static const tl_duration durations[] = {
        TL_MILLISECONDS(1), TL_SECONDS(1), TL_SECONDS(1), TL_SECONDS(2), TL_SECONDS(3), TL_SECONDS(10)};

    return durations[draw(block, sizeof durations / sizeof durations[0])];
}

static void note_status(struct program *program, enum tl_status status)
{
    note(program, (uint64_t)status + 1);
    note(program, (uint64_t)tl_now(program->wf));
    if (status != TL_OK && tl_failure(program->wf) != NULL) {
        note(program, tl_failure_root(tl_failure(program->wf))->kind);
    }
}

static void keep(struct program *program, struct tl_future *future)
{
    program->futures[program->future_count % MOST_FUTURES] = future;
    program->future_count++;
}

/* One of the futures there are, or NULL. */
static struct tl_future *pick(struct block *block)
{
    struct program *program = block->program;
    size_t count = program->future_count < MOST_FUTURES ? program->future_count : MOST_FUTURES;

    return count == 0 ? NULL : program->futures[draw(block, count)];
}

/* ---- Operations ---- */

static void do_sleep(struct block *block)
{
    note_status(block->program, tl_sleep(block->program->wf, draw_duration(block)));
}

static struct tl_future *start_activity(struct block *block)
{
    static const char *const types[] = {"Quick", "Slow", "Slow", "Broken", "Flaky", "Late", "Silent"};
    static const struct tl_retry_policy twice = {.maximum_attempts = 2};
    struct program *program = block->program;
    struct tl_payload input = tl_payload_json(tl_format(program->wf, "\"%llx\"", (unsigned long long)program->trace));
    struct tl_activity_options options = {
        .start_to_close = TL_SECONDS(5),
        .heartbeat = TL_SECONDS(2),
        .retry = &twice,
        .cancellation = (enum tl_cancellation_type)draw(block, 3)};

    return tl_activity_start(program->wf, types[draw(block, sizeof types / sizeof types[0])], TL_ARGS(input), &options);
}

static void do_activity(struct block *block)
{
    struct tl_payload result = {0};
    enum tl_status status = tl_future_wait(start_activity(block), &result);

    note_status(block->program, status);
    note(block->program, result.data.len);
}

static void do_start_activity(struct block *block)
{
    keep(block->program, start_activity(block));
}

static void do_start_timer(struct block *block)
{
    keep(block->program, tl_timer_start(block->program->wf, draw_duration(block)));
}

static void do_cancel(struct block *block)
{
    struct tl_future *future = pick(block);

    if (future != NULL) {
        tl_future_cancel(future);
        note(block->program, (uint64_t)tl_future_ready(future));
    }
}

static void do_wait_for(struct block *block)
{
    struct tl_future *future = pick(block);

    if (future != NULL) {
        note_status(block->program, tl_future_wait_for(future, draw_duration(block), NULL));
    }
}

/* The same one may be there twice; the last one ends by itself. */
static void do_wait_any(struct block *block)
{
    struct program *program = block->program;
    struct tl_future *futures[4];
    size_t count = 1 + draw(block, 4);

    for (size_t i = 0; i < count; i++) {
        futures[i] = pick(block);
        if (futures[i] == NULL || i == count - 1) {
            futures[i] = tl_timer_start(program->wf, draw_duration(block));
        }
    }
    note(program, tl_wait_any(futures, count));
    note(program, (uint64_t)tl_now(program->wf));
}

static void do_wait_all(struct block *block)
{
    struct program *program = block->program;
    struct tl_future *futures[3];
    size_t count = draw(block, 4);

    for (size_t i = 0; i < count; i++) {
        futures[i] = draw(block, 2) == 0 ? start_activity(block) : tl_timer_start(program->wf, draw_duration(block));
    }
    note_status(program, tl_wait_all(futures, count));
}

static const char *draw_signal(struct block *block)
{
    return draw(block, 2) == 0 ? "left" : "right";
}

static void do_signal_wait(struct block *block)
{
    struct program *program = block->program;
    struct tl_payloads input = {0};
    enum tl_status status = tl_signal_wait(program->wf, draw_signal(block), draw_duration(block), &input);

    note_status(program, status);
    note(program, input.count);
    note(program, tl_signal_pending(program->wf, draw_signal(block)));
}

static int counter_is_odd(void *user)
{
    return ((const struct program *)user)->counter % 2 == 1;
}

static int counter_is_even(void *user)
{
    return ((const struct program *)user)->counter % 2 == 0;
}

static void do_wait_until(struct block *block)
{
    struct program *program = block->program;
    int (*condition)(void *user) = draw(block, 2) == 0 ? counter_is_odd : counter_is_even;

    note_status(program, tl_wait_until(program->wf, condition, program, draw_duration(block)));
    program->counter++;
}

static void do_count(struct block *block)
{
    block->program->counter++;
    note(block->program, (uint64_t)block->program->counter);
}

static void do_draw(struct block *block)
{
    note(block->program, tl_random(block->program->wf));
    note(block->program, (uint64_t)tl_uuid(block->program->wf)[0]);
}

static void do_cancel_scope(struct block *block)
{
    if (draw(block, 4) == 0) {
        tl_cancel_scope(block->program->wf);
    }
    note(block->program, (uint64_t)tl_is_canceled(block->program->wf));
}

static void do_compensation(struct block *block)
{
    static const struct tl_activity_options options = {.start_to_close = TL_SECONDS(5)};

    tl_saga_add(block->program->saga, "Quick", NULL, draw(block, 2) == 0 ? NULL : &options);
}

/* How often the task under way still fails; code that is replayed does nothing here. */
static int stumbles;

static void do_stumble(struct block *block)
{
    if (stumbles > 0 && !tl_is_replaying(block->program->wf)) {
        stumbles--;
        (void)tl_random_below(block->program->wf, 0);
    }
}

static enum tl_status run_block(struct tl_workflow *wf, void *user);

static struct block *block_within(struct block *block)
{
    struct program *program = block->program;
    struct block *inner = tl_alloc(program->wf, sizeof *inner);

    inner->program = program;
    inner->depth = block->depth + 1;
    random_seed(&inner->random, random_next(&block->random));
    return inner;
}

static void do_spawn(struct block *block)
{
    if (block->depth < DEEPEST) {
        keep(block->program, tl_spawn(block->program->wf, "other", run_block, block_within(block)));
    }
}

static void do_shield(struct block *block)
{
    if (block->depth < DEEPEST) {
        note_status(block->program, tl_shielded(block->program->wf, run_block, block_within(block)));
    }
}

static operation_fn *const operations[] = {
    do_sleep,        do_activity,     do_start_activity, do_start_activity, do_start_timer, do_start_timer,
    do_cancel,       do_cancel,       do_wait_for,       do_wait_any,       do_wait_any,    do_wait_all,
    do_wait_until,   do_signal_wait,  do_signal_wait,    do_wait_until,     do_count,       do_draw,
    do_cancel_scope, do_compensation, do_spawn,          do_spawn,          do_shield,      do_stumble,
};

static enum tl_status run_block(struct tl_workflow *wf, void *user)
{
    struct block *block = user;
    size_t length = 1 + draw(block, 7);

    for (size_t i = 0; i < length; i++) {
        operations[draw(block, sizeof operations / sizeof operations[0])](block);
    }
    if (draw(block, 8) == 0) {
        return tl_fail_with(
            wf, "Drawn", "by lot", &(struct tl_fail_options){.cause = tl_failure(wf), .non_retryable = 1});
    }
    return tl_is_canceled(wf) && draw(block, 2) == 0 ? TL_CANCELED : TL_OK;
}

static uint64_t seed_of(const struct tl_payloads *input)
{
    return strtoull((const char *)input->items[0].data.data + 1, NULL, 16);
}

static void forget(void *user)
{
    free(user);
}

static enum tl_status program(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    struct program *program = tl_alloc(wf, sizeof *program);
    struct block block = {.program = program};

    program->wf = wf;
    program->saga = tl_saga_new(wf);
    random_seed(&block.random, seed_of(input));
    tl_defer(wf, forget, malloc(1)); /* the leak sanitizer counts */
    for (uint64_t rounds = 1 + draw(&block, 3); rounds > 0; rounds--) {
        enum tl_status status = run_block(wf, &block);
        if (status != TL_OK) {
            return draw(&block, 2) == 0 ? tl_saga_compensate(program->saga) : status;
        }
    }
    return tl_result_text(wf, result, "\"%llx\"", (unsigned long long)program->trace);
}

/* ---- Activities ---- */

static enum tl_status quick(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    return tl_activity_result_text(activity, result, "%d", (int)tl_activity_info(activity)->attempt);
}

/* Hears of its cancellation by a heartbeat. */
static enum tl_status slow(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    for (int i = 0; i < 3; i++) {
        if (tl_heartbeat(activity, input) != TL_OK || tl_activity_sleep(activity, TL_SECONDS(1)) != TL_OK) {
            return TL_CANCELED;
        }
    }
    return quick(activity, input, result);
}

static enum tl_status broken(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    (void)result;
    return tl_activity_fail_with(activity, "Broken", "for good", &(struct tl_fail_options){.non_retryable = 1});
}

static enum tl_status flaky(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    return tl_activity_info(activity)->attempt == 1 ? tl_activity_fail(activity, "Flaky", "once")
                                                    : quick(activity, input, result);
}

/* Beyond its time. */
static enum tl_status late(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    while (tl_heartbeat(activity, input) == TL_OK && tl_activity_sleep(activity, TL_SECONDS(1)) == TL_OK) {
    }
    return quick(activity, input, result);
}

/* Without a heartbeat. */
static enum tl_status silent(struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    return tl_activity_sleep(activity, TL_SECONDS(30)) == TL_OK ? quick(activity, input, result) : TL_CANCELED;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow(registry, "Program", program);
    tl_register_activity(registry, "Quick", quick);
    tl_register_activity(registry, "Slow", slow);
    tl_register_activity(registry, "Broken", broken);
    tl_register_activity(registry, "Flaky", flaky);
    tl_register_activity(registry, "Late", late);
    tl_register_activity(registry, "Silent", silent);
}

/* ---- Worlds ---- */

/* How a world is made: the same program and the same visits from outside in each. */
struct world {
    uint64_t seed;
    int uncached;
    int chance; /* 1: what is ready next, and what is evicted, is drawn */
    int wire;
    int clumsy; /* how many workflow tasks fail */
    struct random accidents;
};

static size_t choose(void *user, const struct tl_choice *choice)
{
    struct world *world = user;

    return random_below(&world->accidents, choice->options);
}

static struct tl_env *open_world(struct world *world)
{
    const struct tl_chooser chooser = {choose, world};
    struct tl_env *env = tl_env_new(
        &(struct tl_env_options){
            .register_all = register_all,
            .seed = world->seed,
            .reporter = tl_cmocka_reporter(),
            .chooser = world->chance ? &chooser : NULL,
            .evict_every_task = world->uncached,
            .wire = world->wire,
            .tolerate_failed_tasks = world->clumsy > 0},
        NULL);

    assert_non_null(env);
    return env;
}

/* Something from outside: time, a signal, an eviction or a cancellation. */
static void visit(struct tl_env *env, struct tl_handle *run, struct random *random)
{
    static const tl_duration durations[] = {0, TL_MILLISECONDS(1), TL_SECONDS(1), TL_SECONDS(1), TL_SECONDS(3)};
    const struct tl_payload input = tl_payload_json("1");
    enum tl_status status = TL_OK;

    switch (random_below(random, 8)) {
    case 0:
    case 1:
        status = tl_handle_signal(run, "left", TL_ARGS(input), NULL);
        break;
    case 2:
        status = tl_handle_signal(run, "right", NULL, NULL);
        break;
    case 3:
        if (random_below(random, 3) == 0) {
            status = tl_handle_cancel(run, "by lot", NULL);
        }
        break;
    case 4:
        for (uint64_t steps = random_below(random, 60); steps > 0; steps--) {
            (void)tl_env_step(env);
        }
        break;
    default:
        tl_env_advance(env, durations[random_below(random, sizeof durations / sizeof durations[0])]);
        break;
    }
    assert_true(status == TL_OK || status == TL_NOT_FOUND); /* it may be closed already */
}

/* The history of the program's run in this world; given back with tl_history_unref before the world is freed. */
static struct tl_history *run_program(struct tl_env *env, const struct world *world)
{
    struct random visits;
    char input[32];

    random_seed(&visits, world->seed + 1);
    (void)snprintf(input, sizeof input, "\"%llx\"", (unsigned long long)world->seed);
    struct tl_handle *run = scenario_start(env, "Program", input);
    for (uint64_t i = random_below(&visits, 24); i > 0; i--) {
        visit(env, run, &visits);
    }
    tl_env_run_until_closed(env, run);
    assert_int_equal(tl_env_finish(env), TL_OK);
    struct tl_history *history = tl_env_history(env, run);
    assert_non_null(history);
    return history;
}

/* ---- Replays ---- */

static void assert_replays(struct tl_replayer *replayer, const struct tl_history *history, const struct world *world)
{
    struct tl_error error = {0};

    if (tl_replay(replayer, history, &error) != TL_OK) {
        print_error(
            "seed %llu, the first %zu events: %s: %s\n",
            (unsigned long long)world->seed,
            tl_history_length(history),
            error.field,
            error.message);
        fail();
    }
}

/* The whole history, and every beginning that ends where a workflow task started. */
static void replay_all(const struct tl_history *history, const struct world *world, int evict_every_task)
{
    struct tl_registry *registry = tl_registry_new(NULL);

    register_all(registry);
    struct tl_replayer *replayer = tl_replayer_new(
        &(struct tl_replayer_options){.registry = registry, .strict = 1, .evict_every_task = evict_every_task}, NULL);
    assert_non_null(replayer);
    for (size_t i = 0; i < history->count; i++) {
        if (i + 1 == history->count || history->events[i]->event_type == EVENT_TYPE_WORKFLOW_TASK_STARTED) {
            struct tl_history part = *history;
            part.count = i + 1;
            assert_replays(replayer, &part, world);
        }
    }
    tl_replayer_free(replayer);
    tl_registry_free(registry);
}

static void try_world(struct world *world)
{
    random_seed(&world->accidents, world->seed + 2);
    stumbles = world->clumsy;
    struct tl_env *env = open_world(world);
    struct tl_history *history = run_program(env, world);

    stumbles = 0;
    assert_int_equal(tl_history_check(history, NULL), TL_OK);
    replay_all(history, world, 0);
    replay_all(history, world, 1);
    tl_history_unref(history);
    tl_env_free(env);
}

static void compare_worlds(struct world *one, struct world *other)
{
    struct tl_env *envs[] = {open_world(one), open_world(other)};
    struct tl_history *histories[] = {run_program(envs[0], one), run_program(envs[1], other)};
    char path[128];

    assert_int_equal(histories[0]->count, histories[1]->count);
    for (size_t i = 0; i < histories[0]->count; i++) {
        if (!message_equal(histories[0]->events[i], histories[1]->events[i], path, sizeof path)) {
            print_error("seed %llu, event %zu: %s\n", (unsigned long long)one->seed, i + 1, path);
            fail();
        }
    }
    for (int i = 0; i < 2; i++) {
        tl_history_unref(histories[i]);
        tl_env_free(envs[i]);
    }
}

static uint64_t first_seed = 1;
static uint64_t last_seed = SEEDS;

static void programs_do_the_same_again(void **state)
{
    (void)state;
    for (uint64_t seed = first_seed; seed <= last_seed; seed++) {
        try_world(&(struct world){.seed = seed});
    }
}

static void programs_do_the_same_again_whatever_comes_first(void **state)
{
    (void)state;
    for (uint64_t seed = first_seed; seed <= last_seed; seed++) {
        try_world(&(struct world){.seed = seed, .chance = 1});
    }
}

static void programs_do_without_a_cache(void **state)
{
    (void)state;
    for (uint64_t seed = first_seed; seed <= last_seed; seed++) {
        try_world(&(struct world){.seed = seed, .uncached = 1});
    }
}

static void programs_go_on_after_failed_tasks(void **state)
{
    (void)state;
    for (uint64_t seed = first_seed; seed <= last_seed; seed++) {
        try_world(&(struct world){.seed = seed, .chance = 1, .clumsy = (int)(seed % 6) + 1});
    }
}

static void a_wire_makes_no_difference(void **state)
{
    (void)state;
    for (uint64_t seed = first_seed; seed <= last_seed; seed++) {
        compare_worlds(&(struct world){.seed = seed}, &(struct world){.seed = seed, .wire = 1});
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_do_the_same_again),
        cmocka_unit_test(programs_do_the_same_again_whatever_comes_first),
        cmocka_unit_test(programs_do_without_a_cache),
        cmocka_unit_test(programs_go_on_after_failed_tasks),
        cmocka_unit_test(a_wire_makes_no_difference),
    };

    if (argc == 3) {
        first_seed = strtoull(argv[1], NULL, 10);
        last_seed = strtoull(argv[2], NULL, 10);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
