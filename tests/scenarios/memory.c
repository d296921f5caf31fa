/* SPDX-License-Identifier: MIT */
#include "tests/scenarios/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/event.h"
#include "model/history.h"
#include "sim/check/check.h"
#include "sim/service/run.h"
#include "sim/service/sim.h"
#include "tests/lib/failing_allocator.h"

#define VARIABLE          "TIMELAPSE_VARIANT"
#define MOST_EVENTS_AGAIN 8000
#define MOST_RUNS         4096
#define MOST_WORDS        (64 * 1024)

/* The events of one run, as the environment held them at its end. */
struct kept {
    size_t count;
    int *types;
};

static struct {
    struct failing_allocator allocator;
    struct kept expected[MOST_RUNS]; /* of the run in which nothing fails */
    size_t expected_count;
    struct tl_env *env;  /* made and not yet looked at */
    bool measures;       /* this is that run */
    size_t nth;          /* allocation that fails in this one */
    char complaint[512]; /* about what the service holds, or "" */
} now;

int memory_variant(void)
{
    const char *variant = getenv(VARIABLE);
    static bool asked;

    if (variant != NULL && strcmp(variant, "memory") == 0) {
        asked = true;
        (void)unsetenv(VARIABLE);
        (void)setenv("TIMELAPSE_FAILURES", "none", 1); /* most runs fail, as they should */
    }
    return asked;
}

struct tl_env_options memory_options(const struct tl_env_options *options)
{
    struct tl_env_options changed = options == NULL ? (struct tl_env_options){0} : *options;

    if (changed.allocator == NULL) {
        changed.allocator = &now.allocator.allocator;
    }
    return changed;
}

/* ---- What the service holds ---- */

static void forget_expected(void)
{
    for (size_t i = 0; i < now.expected_count; i++) {
        free(now.expected[i].types);
        now.expected[i].types = NULL;
    }
    now.expected_count = 0;
}

static void keep(const struct run *run, struct kept *kept)
{
    kept->count = run->history->count;
    kept->types = calloc(kept->count + 1, sizeof *kept->types);
    for (size_t i = 0; kept->types != NULL && i < kept->count; i++) {
        kept->types[i] = (int)run->history->events[i]->event_type;
    }
}

/*
 * The run is the expected one up to where memory ran out, and that is not among the events of a completion's commands:
 * those stand behind WorkflowTaskCompleted in one transaction.
 */
static void compare(struct tl_env *env, const struct run *run, const struct kept *kept)
{
    char name[EVENT_TYPE_NAME_SIZE];
    struct tl_history *history;

    if (tl_sim_history(tl_env_sim(env), "default", run->workflow_id, run->run_id, 0, &history) != TL_OK) {
        return;
    }
    size_t count = history->count;
    bool same = count < kept->count && count > 0;
    for (size_t i = 0; i < count && same; i++) {
        same = (int)history->events[i]->event_type == kept->types[i];
    }
    tl_history_unref(history);
    /* Else it ended, or went another way: the test saw a refusal and went on. */
    if (same && event_is_command_event(kept->types[count])) {
        (void)snprintf(
            now.complaint,
            sizeof now.complaint,
            "the history of %s ends after %zu events, in front of %s, whose task is completed",
            run->workflow_id,
            count,
            event_type_name(kept->types[count], name, sizeof name));
    }
}

static void check_service(struct tl_sim *sim)
{
    struct tl_error error;

    if (!sim->agenda->stopped && sim_check(sim, &error) != TL_OK) {
        (void)snprintf(now.complaint, sizeof now.complaint, "%s", error.message);
    }
}

void memory_made(struct tl_env *env)
{
    now.env = env;
}

void memory_look_at(struct tl_env *env)
{
    struct tl_sim *sim = env == NULL ? NULL : tl_env_sim(env);

    now.env = NULL;
    if (sim == NULL) {
        return;
    }
    check_service(sim);
    for (size_t i = 0; i < sim->run_count && i < MOST_RUNS; i++) {
        if (now.measures) {
            keep(sim->runs[i], &now.expected[i]);
            now.expected_count = i + 1;
        } else if (i < now.expected_count) {
            compare(env, sim->runs[i], &now.expected[i]);
        }
    }
}

/* ---- One run, whose words are kept ---- */

struct words {
    int file;
    int standard_output;
    int standard_error;
};

static void catch_words(struct words *words)
{
    (void)fflush(stdout);
    (void)fflush(stderr);
    (void)ftruncate(words->file, 0);
    (void)lseek(words->file, 0, SEEK_SET);
    (void)dup2(words->file, STDOUT_FILENO);
    (void)dup2(words->file, STDERR_FILENO);
}

static const char *give_words_back(const struct words *words)
{
    static char text[MOST_WORDS];

    (void)fflush(stdout);
    (void)fflush(stderr);
    (void)dup2(words->standard_output, STDOUT_FILENO);
    (void)dup2(words->standard_error, STDERR_FILENO);
    ssize_t len = pread(words->file, text, sizeof text - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    return text;
}

/*
 * Whether the failure is what is to be expected where memory runs out: the environment's report says so, or one of the
 * test's own asserts did not find what it looked for. Never a signal.
 */
static bool is_out_of_memory(const char *words)
{
    bool reported = strstr(words, "\nat +") != NULL;

    return strstr(words, "exception") == NULL && (!reported || strstr(words, "memory") != NULL);
}

/* NULL, or what is wrong. *done: no allocation was left to fail. */
static const char *run_once(const struct CMUnitTest *test, struct words *words, bool *done)
{
    now.complaint[0] = '\0';
    failing_allocator_init(&now.allocator);
    if (now.nth > 0) {
        failing_allocator_fail(&now.allocator, now.nth, FAIL_ONCE);
    }
    catch_words(words);
    int failed = _cmocka_run_group_tests(test->name, test, 1, NULL, NULL);
    const char *said = give_words_back(words);
    *done = now.allocator.failed == 0 && now.nth > 0;
    tl_env_free(now.env); /* of a test that makes its own and left it */
    now.env = NULL;
    const char *leak = failing_allocator_complaint(&now.allocator);
    if (failed != 0 && (now.allocator.failed == 0 || !is_out_of_memory(said))) {
        return said;
    }
    return leak != NULL ? leak : now.complaint[0] != '\0' ? now.complaint : NULL;
}

/*
 * Every allocation fails in turn, as long as that is no more than so many events again; of more, or of larger worlds,
 * every nth does.
 */
static size_t stride(size_t allocations)
{
    size_t events = 1;

    for (size_t i = 0; i < now.expected_count; i++) {
        events += now.expected[i].count;
    }
    size_t runs = MOST_EVENTS_AGAIN / events;
    return runs == 0 ? allocations : 1 + allocations / runs;
}

/* First without a failure, for what is to be expected. */
static const char *run_each(const struct CMUnitTest *test, struct words *words)
{
    bool done = false;

    now.nth = 0;
    now.measures = true;
    const char *wrong = run_once(test, words, &done);
    size_t step = stride(now.allocator.taken);
    now.measures = false;
    for (now.nth = 1; wrong == NULL && !done; now.nth += step) {
        wrong = run_once(test, words, &done);
    }
    now.nth -= step;
    forget_expected();
    return wrong;
}

int memory_run_tests(const struct CMUnitTest *tests, size_t count)
{
    struct words words = {memfd_create("words", 0), dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    int failed = 0;

    for (size_t i = 0; i < count; i++) {
        const char *wrong = run_each(&tests[i], &words);
        if (wrong != NULL) {
            failed++;
            print_error("%s, allocation %zu: %s\n", tests[i].name, now.nth, wrong);
        } else {
            print_message("%s: %zu allocations\n", tests[i].name, now.nth - 1);
        }
    }
    (void)close(words.file);
    (void)close(words.standard_output);
    (void)close(words.standard_error);
    return failed;
}
