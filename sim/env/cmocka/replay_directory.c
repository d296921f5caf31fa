/* SPDX-License-Identifier: MIT */
/* A directory of recorded histories as a cmocka group, one test a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <timelapse/cmocka.h>
#include <timelapse/replayer.h>

#include <cmocka.h>

/* No worker has larger ones, and what is not touched costs nothing. */
#define STACK ((size_t)8 << 20)

/* What one test needs; its initial state. */
struct case_state {
    const char *path;
    struct tl_registry *registry;
};

static void replay_case(void **state)
{
    const struct case_state *this = *state;
    const struct tl_replayer_options options = {.registry = this->registry, .strict = 1, .coroutine_stack = STACK};
    struct tl_error error = {.message = ""};
    struct tl_replayer *replayer = tl_replayer_new(&options, &error);
    enum tl_status status = replayer == NULL ? TL_FAILED : tl_replay_file(replayer, this->path, &error);

    if (replayer != NULL) {
        tl_replayer_free(replayer);
    }
    if (status != TL_OK) {
        fail_msg("%s: %s: %s", this->path, tl_status_name(status), error.message);
    }
}

static int run_cases(const char *directory, char **paths, size_t count, struct tl_registry *registry)
{
    struct CMUnitTest *tests = calloc(count, sizeof *tests);
    struct case_state *states = calloc(count, sizeof *states);
    int failed = 1;

    if (tests != NULL && states != NULL) {
        for (size_t i = 0; i < count; i++) {
            states[i] = (struct case_state){.path = paths[i], .registry = registry};
            tests[i] = (struct CMUnitTest){.name = paths[i], .test_func = replay_case, .initial_state = &states[i]};
        }
        failed = _cmocka_run_group_tests(directory, tests, count, NULL, NULL);
    }
    free(states);
    free(tests);
    return failed;
}

int tl_replay_directory(const char *directory, tl_register_fn *register_all)
{
    struct tl_error error = {.message = ""};
    struct tl_registry *registry = tl_registry_new(NULL);
    char **paths = NULL;
    size_t count = 0;
    int failed = 1;

    if (registry == NULL) {
        print_error("out of memory\n");
    } else if (tl_history_files(directory, &paths, &count, &error) != TL_OK) {
        print_error("%s\n", error.message);
    } else if (count == 0) {
        print_error("%s holds no history: nothing was replayed\n", directory);
    } else {
        register_all(registry);
        failed = run_cases(directory, paths, count, registry);
    }
    tl_registry_free(registry);
    tl_history_files_free(paths, count);
    return failed;
}
