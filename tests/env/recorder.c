/* SPDX-License-Identifier: MIT */
#include "tests/env/recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void keep_failure(void *user, const char *file, int line, const char *text)
{
    struct recorder *recorder = user;

    recorder->failures += 1;
    if (recorder->failures == 1) {
        recorder->file = file;
        recorder->line = line;
        (void)snprintf(recorder->text, sizeof recorder->text, "%s", text);
    }
}

static void keep_log(void *user, const char *text)
{
    struct recorder *recorder = user;

    recorder->logs += 1;
    (void)snprintf(recorder->log, sizeof recorder->log, "%s", text);
}

int recorder_setup(void **state, const struct tl_env_options *options)
{
    struct tl_env_options filled = options == NULL ? (struct tl_env_options){0} : *options;
    struct recorder *recorder = calloc(1, sizeof *recorder);
    struct tl_error error;

    if (recorder == NULL) {
        return -1;
    }
    recorder->reporter = (struct tl_reporter){.fail = keep_failure, .log = keep_log, .user = recorder};
    filled.reporter = &recorder->reporter;
    recorder->env = tl_env_new(&filled, &error);
    if (recorder->env == NULL) {
        print_error("no environment: %s: %s\n", error.field, error.message);
        free(recorder);
        return -1;
    }
    *state = recorder;
    return 0;
}

int recorder_setup_cached(void **state, const struct tl_env_options *options)
{
    const char *variable = "TIMELAPSE_VARIANT";
    const char *value = getenv(variable);
    char *variant = value == NULL ? NULL : strdup(value);

    if (unsetenv(variable) != 0 || (value != NULL && variant == NULL)) {
        free(variant);
        return -1;
    }
    int failed = recorder_setup(state, options);

    if (variant != NULL) {
        failed |= setenv(variable, variant, 1);
        free(variant);
    }
    return failed;
}

int recorder_teardown(void **state)
{
    struct recorder *recorder = *state;

    tl_env_free(recorder->env);
    free(recorder);
    return 0;
}

void recorder_assert_reported(const struct recorder *recorder, const char *part, const char *file, int line)
{
    if (recorder->failures != 1) {
        print_error("%d failures were reported, not one: %s\n", recorder->failures, recorder->text);
        _fail(file, line);
    }
    recorder_assert_contains(recorder->text, part, file, line);
}

void recorder_assert_quiet(const struct recorder *recorder, const char *file, int line)
{
    if (recorder->failures != 0) {
        print_error("%s:%d: %s\n", recorder->file, recorder->line, recorder->text);
        _fail(file, line);
    }
}

void recorder_assert_contains(const char *text, const char *part, const char *file, int line)
{
    if (strstr(text, part) == NULL) {
        print_error("\"%s\" is not in this text:\n%s\n", part, text);
        _fail(file, line);
    }
}
