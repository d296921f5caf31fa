/* SPDX-License-Identifier: MIT */
#include "tests/scenarios/judged.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SERVER    "TIMELAPSE_SERVER"
#define DIRECTORY "TIMELAPSE_JUDGED"
#define SKIPPED   "TIMELAPSE_SKIP"
#define MOST_RUNS 64
#define ID_SIZE   128

struct judged_run {
    char workflow_id[ID_SIZE];
    char run_id[ID_SIZE];
    unsigned number; /* among those of its workflow id, from 1 */
};

static struct judged_run runs[MOST_RUNS];
static size_t run_count;
static char test[ID_SIZE];    /* in letters that a file's name may have, and no other part of it: not '-' and '.' */
static unsigned environments; /* of this test */

const struct tl_elsewhere *judged_elsewhere(void)
{
    const char *address = getenv(SERVER);

    if (address == NULL || address[0] == '\0') {
        return NULL;
    }
    const struct tl_elsewhere *elsewhere = elsewhere_at == NULL ? NULL : elsewhere_at(address);
    if (elsewhere == NULL) {
        (void)fprintf(stderr, "%s cannot be had\n", SERVER);
        exit(1);
    }
    return elsewhere;
}

void judged_run(const char *workflow_id, const char *run_id)
{
    unsigned number = 1;

    for (size_t i = 0; i < run_count; i++) {
        if (strcmp(runs[i].run_id, run_id) == 0) {
            return;
        }
        number += strcmp(runs[i].workflow_id, workflow_id) == 0;
    }
    if (run_count < MOST_RUNS && strlen(workflow_id) < ID_SIZE) {
        struct judged_run *run = &runs[run_count++];

        (void)snprintf(run->workflow_id, sizeof run->workflow_id, "%s", workflow_id);
        (void)snprintf(run->run_id, sizeof run->run_id, "%s", run_id);
        run->number = number;
    }
}

static void note_run(void *user, const struct tl_trace_event *event)
{
    (void)user;
    judged_run(event->workflow_id, event->run_id);
}

/* In letters that a file's name may have. */
static void copy_name(const char *name, char *copy, size_t size)
{
    (void)snprintf(copy, size, "%s", name);
    for (char *at = copy; *at != '\0'; at++) {
        *at = (char)(isalnum((unsigned char)*at) ? *at : '_');
    }
}

int judged_skips(const char *name)
{
    const char *list = getenv(SKIPPED);
    char copy[ID_SIZE];
    char word[ID_SIZE + 2];

    copy_name(name, copy, sizeof copy);
    (void)snprintf(word, sizeof word, " %s ", copy);
    return list != NULL && strstr(list, word) != NULL;
}

void judged_test(const char *name)
{
    copy_name(name, test, sizeof test);
    environments = 0;
}

void judged_begin(struct tl_env *env)
{
    const struct tl_sink sink = {.on_event = note_run, .mask = TL_TRACE_BIT(TL_TRACE_WORKER_TASK_STARTED)};

    environments++;
    run_count = 0;
    if (getenv(DIRECTORY) != NULL) {
        TL_IGNORE(tl_driver_add_sink(tl_env_driver(env), &sink));
    }
}

/* Ids of scenarios are plain words; what could leave the directory does not. */
static void write_run(struct tl_env *env, const struct judged_run *run, const char *directory)
{
    struct tl_handle *handle = tl_client_handle(tl_env_client(env), run->workflow_id, run->run_id);
    struct tl_history *history;
    struct tl_error error;
    char again[16] = "";
    char path[4096];

    if (handle == NULL || strchr(run->workflow_id, '/') != NULL) { /* another namespace's, or no file's name */
        return;
    }
    if (environments > 1) {
        (void)snprintf(again, sizeof again, ".%u", environments);
    }
    (void)snprintf(
        path,
        sizeof path,
        "%.2000s/%s/%.120s%s-%.120s-%u.json",
        directory,
        program_invocation_short_name,
        test,
        again,
        run->workflow_id,
        run->number);
    if (tl_handle_history(handle, &history, &error) == TL_OK) {
        if (tl_history_to_file(history, path, &error) != TL_OK) {
            (void)fprintf(stderr, "%s: %s\n", path, error.message);
        }
        tl_history_unref(history);
    }
    tl_handle_free(handle);
}

void judged_end(struct tl_env *env)
{
    const char *directory = getenv(DIRECTORY);
    char path[4096];

    if (directory == NULL) {
        return;
    }
    (void)snprintf(path, sizeof path, "%s/%s", directory, program_invocation_short_name);
    (void)mkdir(directory, 0777);
    (void)mkdir(path, 0777);
    for (size_t i = 0; i < run_count; i++) {
        write_run(env, &runs[i], directory);
    }
}
