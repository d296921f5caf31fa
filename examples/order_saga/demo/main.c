/* SPDX-License-Identifier: MIT */
/*
 * The tour of Timelapse: an order that is never delivered, thirty days in a blink; its history,
 * recorded and replayed; and a change of the workflow that would break the orders under way.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <timelapse/env.h>
#include <timelapse/replayer.h>

#include "order_saga.h"
#include "page.h"
#include "reordered.h"

#define ORDER     "{\"amount\": 40}"
#define FILE_NAME "never_delivered.json"
#define WARM_RUNS 1000
#define PATH_SIZE 4096

static double microseconds_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void fail(const char *what, const struct tl_error *error)
{
    (void)fprintf(stderr, "%s: %s\n", what, error->message);
    exit(EXIT_FAILURE);
}

static void fail_verdict(void *user, const char *file, int line, const char *text)
{
    (void)user;
    (void)fprintf(stderr, "%s:%d: %s\n", file, line, text);
    exit(EXIT_FAILURE);
}

/* ---- The run ---- */

static struct tl_env *make_env(void)
{
    static const struct tl_reporter reporter = {.fail = fail_verdict};
    const struct tl_env_options options = {.register_all = order_saga_register, .reporter = &reporter};
    struct tl_error error;
    struct tl_env *env = tl_env_new(&options, &error);

    if (env == NULL) {
        fail("no environment", &error);
    }
    return env;
}

/* From nothing to a closed order. */
static struct tl_handle *run_order(struct tl_env *env)
{
    struct tl_handle *run = tl_env_start(env, ORDER_SAGA, "order-1", ORDER, NULL);

    tl_assert_failed(env, run, "NotDelivered");
    return run;
}

static double warm_microseconds(void)
{
    double begin = microseconds_now();

    for (int i = 0; i < WARM_RUNS; i++) {
        struct tl_env *env = make_env();

        (void)run_order(env);
        tl_env_free(env);
    }
    return (microseconds_now() - begin) / WARM_RUNS;
}

static void print_outcome(struct tl_env *env, struct tl_handle *run, double real)
{
    const struct tl_failure *failure = tl_failure_root(tl_handle_failure(run));
    long long seconds = tl_env_elapsed(env) / TL_SECONDS(1);

    page_gap();
    page_fact("outcome", "failed with %s: %s", failure->type, failure->message);
    page_fact(
        "virtual time",
        "%lld days %02lld:%02lld:%02lld",
        seconds / 86400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60);
    page_fact("real time", "%.0f microseconds, the first time in this process", real);
    page_fact("", "%.0f microseconds each, a thousand times more, with shadow replay", warm_microseconds());
}

static void show_run(struct tl_env *env, struct tl_handle **out_run)
{
    page_section("1. Thirty days in a blink");
    page_text("The card is charged (the gateway is busy at first), the order packed and shipped; then the workflow "
              "waits for the signal that it was delivered. Nobody sends it. After thirty days the parcel is "
              "recalled and the payment refunded, in reverse order.");
    page_gap();

    double begin = microseconds_now();
    *out_run = run_order(env);
    double real = microseconds_now() - begin;

    page_timeline(tl_env_timeline(env, *out_run));
    print_outcome(env, *out_run, real);
}

/* ---- Recorded and replayed ---- */

/* A path for the recording: in the directory of the first argument, or in a new one. */
static void choose_path(int argc, char **argv, char *path, size_t size)
{
    char made[PATH_SIZE / 2];
    const char *temporary = getenv("TMPDIR");

    (void)snprintf(made, sizeof made, "%s/timelapse-demo-XXXXXX", temporary == NULL ? "/tmp" : temporary);
    const char *directory = argc > 1 ? argv[1] : mkdtemp(made);

    if (directory == NULL) {
        perror("a directory for the recording");
        exit(EXIT_FAILURE);
    }
    (void)snprintf(path, size, "%s/" FILE_NAME, directory);
}

static enum tl_status replay(tl_register_fn *register_all, const char *path, double *out_real, struct tl_error *error)
{
    struct tl_registry *registry = tl_registry_new(NULL);

    register_all(registry);
    struct tl_replayer *replayer = tl_replayer_new(&(struct tl_replayer_options){.registry = registry}, error);
    if (replayer == NULL) {
        fail("no replayer", error);
    }
    double begin = microseconds_now();
    enum tl_status status = tl_replay_file(replayer, path, error);
    *out_real = microseconds_now() - begin;
    tl_replayer_free(replayer);
    tl_registry_free(registry);
    return status;
}

static void show_recording(struct tl_env *env, struct tl_handle *run, const char *path)
{
    struct tl_error error;
    struct stat file;
    double real;
    struct tl_history *history = tl_env_history(env, run);

    page_section("2. Recorded, and replayed");
    if (tl_history_to_file(history, path, &error) != TL_OK || stat(path, &file) != 0) {
        fail(path, &error);
    }
    page_text("The history is what a Temporal service would have stored. It is kept as a file; every later build "
              "replays it and sees whether the code still makes the same decisions.");
    page_gap();
    page_fact("recorded", "%s", path);
    page_fact("", "%zu events, %lld bytes", tl_history_length(history), (long long)file.st_size);
    tl_history_unref(history);
    if (replay(order_saga_register, path, &real, &error) != TL_OK) {
        fail("the recording does not replay", &error);
    }
    page_fact("replayed", "from the file in %.0f microseconds: every decision is the same", real);
}

/* ---- A breaking change ---- */

static void show_breaking_change(const char *path)
{
    struct tl_error error;
    double real;

    page_section("3. A breaking change");
    page_text("The next version ships first and charges afterwards (demo/reordered.c). For new orders that is fine. "
              "An order that is under way has charged already, and its history says so:");
    page_gap();
    enum tl_status status = replay(order_saga_register_reordered, path, &real, &error);
    if (status != TL_NONDETERMINISM) {
        (void)fprintf(stderr, "the change was not noticed: %s\n", tl_status_text(status));
        exit(EXIT_FAILURE);
    }
    page_quote(error.message);
    page_gap();
    page_text("In production this order would have stood still with a failing workflow task until somebody noticed. "
              "Here it is a failed test, before the change is merged.");
}

static void show_way_on(const char *path)
{
    page_section("4. From here on");
    page_fact("the code", "examples/order_saga/workflow.c, and its tests in examples/order_saga/tests");
    page_fact("your own", "README.md has a first workflow and its test in thirty lines");
    page_fact("the file", "build/bin/timelapse history show %s", path);
}

int main(int argc, char **argv)
{
    char path[PATH_SIZE];
    struct tl_handle *run;

    choose_path(argc, argv, path, sizeof path);
    page_title("Timelapse: an order that is never delivered");
    struct tl_env *env = make_env();
    show_run(env, &run);
    show_recording(env, run, path);
    tl_env_free(env);
    show_breaking_change(path);
    show_way_on(path);
    return EXIT_SUCCESS;
}
