/* SPDX-License-Identifier: MIT */
/* A directory of recorded histories as a cmocka group, one test a file. */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <timelapse/cmocka.h>
#include <timelapse/replayer.h>

#include <cmocka.h>

#define OPEN_DIRECTORIES 16
#define HISTORY_SUFFIX   ".json"
#define SIDECAR_SUFFIX   ".meta.json"

/* The files found; ftw hands its callback no user pointer. */
struct files {
    char **paths;
    size_t count;
    int out_of_memory;
};

static _Thread_local struct files *found;

static int ends_with(const char *text, const char *end)
{
    size_t text_len = strlen(text);
    size_t end_len = strlen(end);

    return text_len >= end_len && strcmp(text + text_len - end_len, end) == 0;
}

static int add_file(const char *path, const struct stat *stat, int kind, struct FTW *place)
{
    (void)stat;
    (void)place;
    if (kind != FTW_F || !ends_with(path, HISTORY_SUFFIX) || ends_with(path, SIDECAR_SUFFIX)) {
        return 0;
    }
    char **paths = realloc(found->paths, (found->count + 1) * sizeof *paths);
    char *copy = strdup(path);
    if (paths != NULL) {
        found->paths = paths;
    }
    if (paths == NULL || copy == NULL) {
        free(copy);
        found->out_of_memory = 1;
        return 1;
    }
    paths[found->count] = copy;
    found->count += 1;
    return 0;
}

static int by_name(const void *left, const void *right)
{
    const char *const *left_path = left;
    const char *const *right_path = right;

    return strcmp(*left_path, *right_path);
}

static void find_files(const char *directory, struct files *files)
{
    found = files;
    int failed = nftw(directory, add_file, OPEN_DIRECTORIES, FTW_PHYS);
    found = NULL;
    if (failed != 0 && !files->out_of_memory) {
        print_error("%s cannot be read\n", directory);
    }
    if (files->count != 0) {
        qsort(files->paths, files->count, sizeof *files->paths, by_name);
    }
}

static void free_files(struct files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->paths[i]);
    }
    free(files->paths);
}

/* What one test needs; its initial state. */
struct case_state {
    const char *path;
    struct tl_registry *registry;
};

static void replay_case(void **state)
{
    const struct case_state *this = *state;
    const struct tl_replayer_options options = {.registry = this->registry};
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

static int run_cases(const char *directory, const struct files *files, struct tl_registry *registry)
{
    struct CMUnitTest *tests = calloc(files->count, sizeof *tests);
    struct case_state *states = calloc(files->count, sizeof *states);
    int failed = 1;

    if (tests != NULL && states != NULL) {
        for (size_t i = 0; i < files->count; i++) {
            states[i] = (struct case_state){.path = files->paths[i], .registry = registry};
            tests[i] =
                (struct CMUnitTest){.name = files->paths[i], .test_func = replay_case, .initial_state = &states[i]};
        }
        failed = _cmocka_run_group_tests(directory, tests, files->count, NULL, NULL);
    }
    free(states);
    free(tests);
    return failed;
}

int tl_replay_directory(const char *directory, tl_register_fn *register_all)
{
    struct files files = {0};
    struct tl_registry *registry = tl_registry_new(NULL);
    int failed = 1;

    find_files(directory, &files);
    if (registry == NULL || files.out_of_memory) {
        print_error("out of memory\n");
    } else if (files.count == 0) {
        print_error("%s holds no history: nothing was replayed\n", directory);
    } else {
        register_all(registry);
        failed = run_cases(directory, &files, registry);
    }
    if (registry != NULL) {
        tl_registry_free(registry);
    }
    free_files(&files);
    return failed;
}
