/* SPDX-License-Identifier: MIT */
/*
 * docs/DETERMINISM.md, line by line: what it says not to do is done here, and the environment finds
 * it; what it says to do instead passes. A value goes into an activity's input, so that code that
 * runs again and makes another one shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <timelapse/mock.h>
#include <timelapse/timelapse.h>

#include <cmocka.h>

#include "tests/env/recorder.h"

static const struct tl_activity_options quick = {.start_to_close = TL_SECONDS(10)};

/* The code under test: JSON text that must be the same each time it is made. */
typedef const char *value_fn(struct tl_workflow *wf);

static value_fn *value;

/* How often the code ran. Where chance cannot be trusted to differ each time (what lies on a stack, where memory is) it
 * does by this. */
static unsigned runs;

static enum tl_status uses(struct tl_workflow *wf, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)input;
    runs++;
    struct tl_payload made = tl_payload_json(value(wf));
    enum tl_status status = tl_activity_run(wf, "Use", TL_ARGS(made), &quick, result);

    return status == TL_OK ? tl_sleep(wf, TL_DAYS(1)) : status;
}

static void register_all(struct tl_registry *registry)
{
    tl_register_workflow_with(
        registry, &(const struct tl_workflow_definition){.type = "Uses", .run = uses, .user = &runs});
}

static int setup(void **state)
{
    runs = 0;
    return recorder_setup(state, &(struct tl_env_options){.register_all = register_all});
}

static struct recorder *run(void **state, value_fn *code)
{
    struct recorder *recorder = *state;

    value = code;
    tl_mock_returns(tl_mock_activity(recorder->env, "Use"), TL_ANY_TIMES, NULL);
    tl_env_run_until_closed(recorder->env, tl_env_start(recorder->env, "Uses", "w", NULL, NULL));
    return recorder;
}

static void assert_found(void **state, value_fn *wrong)
{
    assert_reported(run(state, wrong), "w does not do the same again");
}

static void assert_same_again(void **state, value_fn *right)
{
    assert_quiet(run(state, right));
    assert_true(runs >= 2);
}

/* A test of what not to do, and one of what to do instead. */
#define RULE(rule)                                                                                                     \
    static void rule##_is_found(void **state)                                                                          \
    {                                                                                                                  \
        assert_found(state, rule##_wrong);                                                                             \
    }                                                                                                                  \
    static void rule##_is_mended(void **state)                                                                         \
    {                                                                                                                  \
        assert_same_again(state, rule##_right);                                                                        \
    }

#define BOTH(rule)                                                                                                     \
    cmocka_unit_test_setup_teardown(rule##_is_found, setup, recorder_teardown),                                        \
        cmocka_unit_test_setup_teardown(rule##_is_mended, setup, recorder_teardown)

/* ---- Time, chance, surroundings ---- */

static const char *the_machines_clock_wrong(struct tl_workflow *wf)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return tl_format(wf, "%lld", (long long)now.tv_sec * 1000000000 + now.tv_nsec);
}

static const char *the_machines_clock_right(struct tl_workflow *wf)
{
    return tl_format(wf, "%lld", (long long)tl_now(wf));
}

RULE(the_machines_clock)

static const char *rand_wrong(struct tl_workflow *wf)
{
    return tl_format(wf, "%d", rand()); /* NOLINT: what must not be done */
}

static const char *rand_right(struct tl_workflow *wf)
{
    return tl_format(wf, "%llu", (unsigned long long)tl_random_below(wf, 1000000000));
}

RULE(rand)

/* A setting that is changed while workflows run. */
static const char *a_setting(struct tl_workflow *wf)
{
    char text[16];

    (void)snprintf(text, sizeof(text), "%u", runs);
    (void)setenv("TIMELAPSE_TEST_DISCOUNT", text, 1);
    return tl_strdup(wf, getenv("TIMELAPSE_TEST_DISCOUNT"));
}

static enum tl_status
ask_setting(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    (void)user;
    (void)input;
    return tl_activity_result_text(activity, result, "%s", getenv("TIMELAPSE_TEST_DISCOUNT"));
}

static const char *a_setting_wrong(struct tl_workflow *wf)
{
    return a_setting(wf);
}

/* An activity's result is in history: it stays what it was. */
static const char *a_setting_right(struct tl_workflow *wf)
{
    struct tl_payload setting;

    (void)a_setting(wf);
    if (tl_activity_run(wf, "AskSetting", NULL, &quick, &setting) != TL_OK) {
        return "null";
    }
    return tl_format(wf, "%.*s", (int)setting.data.len, (const char *)setting.data.data);
}

static void a_setting_is_found(void **state)
{
    assert_found(state, a_setting_wrong);
}

static void a_setting_is_mended(void **state)
{
    struct recorder *recorder = *state;

    tl_mock_calls(tl_mock_activity(recorder->env, "AskSetting"), TL_ANY_TIMES, ask_setting, NULL);
    assert_same_again(state, a_setting_right);
}

/* ---- C ---- */

static unsigned statics_count;

static const char *statics_wrong(struct tl_workflow *wf)
{
    return tl_format(wf, "%u", ++statics_count);
}

static const char *statics_right(struct tl_workflow *wf)
{
    unsigned *count = tl_alloc(wf, sizeof(*count));

    return tl_format(wf, "%u", ++*count);
}

RULE(statics)

/* What one compiler, and the other, may make of tl_format(wf, "[%llu, %llu]", tl_random_below(wf, 100),
 * tl_random_below(wf, 100)). */
static const char *evaluation_order_wrong(struct tl_workflow *wf)
{
    unsigned long long drawn[2];
    unsigned first = runs % 2;

    drawn[first] = tl_random_below(wf, 1000000);
    drawn[1 - first] = tl_random_below(wf, 1000000);
    return tl_format(wf, "[%llu, %llu]", drawn[0], drawn[1]);
}

static const char *evaluation_order_right(struct tl_workflow *wf)
{
    unsigned long long first = tl_random_below(wf, 1000000);
    unsigned long long second = tl_random_below(wf, 1000000);

    return tl_format(wf, "[%llu, %llu]", first, second);
}

RULE(evaluation_order)

struct padded {
    char kind; /* three bytes of nothing follow */
    int32_t amount;
};

static const char *bytes_of(struct tl_workflow *wf, const struct padded *padded)
{
    char *text = tl_alloc(wf, 2 * sizeof(*padded) + 3);
    unsigned char bytes[sizeof(*padded)];

    memcpy(bytes, padded, sizeof(*padded));
    text[0] = '"';
    for (size_t i = 0; i < sizeof(bytes); i++) {
        (void)snprintf(text + 1 + 2 * i, 3, "%02x", bytes[i]);
    }
    text[1 + 2 * sizeof(bytes)] = '"';
    return text;
}

/* What lay on the stack before is what an initialiser does not reach. */
static const char *uninitialised_memory_wrong(struct tl_workflow *wf)
{
    struct padded padded;

    memset(&padded, (int)runs, sizeof(padded));
    padded.kind = 'a';
    padded.amount = 40;
    return bytes_of(wf, &padded);
}

static const char *uninitialised_memory_right(struct tl_workflow *wf)
{
    struct padded padded;

    memset(&padded, (int)runs, sizeof(padded));
    padded.kind = 'a';
    padded.amount = 40;
    return tl_format(wf, "{\"kind\": \"%c\", \"amount\": %d}", padded.kind, padded.amount);
}

RULE(uninitialised_memory)

struct item {
    const char *name;
};

static int by_address(const void *left, const void *right)
{
    const struct item *const *l = left;
    const struct item *const *r = right;

    return (*l > *r) - (*l < *r);
}

static int by_name(const void *left, const void *right)
{
    const struct item *const *l = left;
    const struct item *const *r = right;

    return strcmp((*l)->name, (*r)->name);
}

/* Two items, now the one and now the other lower in memory, as an allocator will have it. */
static const char *sorted(struct tl_workflow *wf, int (*order)(const void *, const void *))
{
    static struct item items[2];
    struct item *apple = &items[runs % 2];
    struct item *pear = &items[1 - runs % 2];
    struct item *all[] = {apple, pear};

    apple->name = "apple";
    pear->name = "pear";
    qsort(all, 2, sizeof(struct item *), order);
    return tl_format(wf, "[\"%s\", \"%s\"]", all[0]->name, all[1]->name);
}

static const char *pointers_as_keys_wrong(struct tl_workflow *wf)
{
    return sorted(wf, by_address);
}

static const char *pointers_as_keys_right(struct tl_workflow *wf)
{
    return sorted(wf, by_name);
}

RULE(pointers_as_keys)

/* ---- What is meant for logs ---- */

static const char *is_replaying_wrong(struct tl_workflow *wf)
{
    return tl_is_replaying(wf) ? "\"again\"" : "\"first\"";
}

static const char *is_replaying_right(struct tl_workflow *wf)
{
    tl_log(wf, "said once, however often the code runs");
    return "\"always\"";
}

RULE(is_replaying)

/* What the definition's user pointer points to may be a pool or a handle, but nothing that the code decides by. */
static const char *user_pointer_wrong(struct tl_workflow *wf)
{
    const unsigned *configured = tl_workflow_user(wf);

    return tl_format(wf, "%u", *configured);
}

static const char *user_pointer_right(struct tl_workflow *wf)
{
    return tl_format(wf, "\"%s\"", tl_workflow_info(wf)->workflow_id);
}

RULE(user_pointer)

/* ---- Cleaning up ---- */

static int held;

static void let_go(void *user)
{
    free(user);
    held--;
}

/* A run may be evicted at any wait: what follows the wait in the code does not run then, deferred functions do. */
static const char *holds_memory(struct tl_workflow *wf)
{
    char *memory = malloc(16);

    assert_non_null(memory);
    held++;
    tl_defer(wf, let_go, memory);
    return "null";
}

static void what_is_held_is_let_go(void **state)
{
    held = 0;
    assert_same_again(state, holds_memory);
    tl_env_free(((struct recorder *)*state)->env);
    ((struct recorder *)*state)->env = NULL;
    assert_int_equal(held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(the_machines_clock),
        BOTH(rand),
        BOTH(a_setting),
        BOTH(statics),
        BOTH(evaluation_order),
        BOTH(uninitialised_memory),
        BOTH(pointers_as_keys),
        BOTH(is_replaying),
        BOTH(user_pointer),
        cmocka_unit_test_setup_teardown(what_is_held_is_let_go, setup, recorder_teardown),
    };

    return cmocka_run_group_tests_name("env/determinism", tests, NULL, NULL);
}
