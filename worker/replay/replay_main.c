/* SPDX-License-Identifier: MIT */
/* A main() for programs that replay files: TAP on standard output. */
#include <stdbool.h>
#include <stdio.h>
#include <timelapse/replayer.h>

/* No worker has larger ones, and what is not touched costs nothing. */
#define STACK ((size_t)8 << 20)

/* What is counted while files are replayed. */
struct totals {
    struct tl_replayer *replayer;
    int run;
    int failed;
};

static void replay_one(struct totals *totals, const char *path)
{
    struct tl_error error = {0};

    totals->run++;
    if (tl_replay_file(totals->replayer, path, &error) == TL_OK) {
        (void)printf("ok %d - %s\n", totals->run, path);
        return;
    }
    totals->failed++;
    (void)printf("not ok %d - %s\n", totals->run, path);
    (void)printf("  ---\n  status: %s\n", tl_status_name(error.status));
    if (error.field[0] != '\0') {
        (void)printf("  at: %s\n", error.field);
    }
    if (error.line != 0) {
        (void)printf("  line: %d\n  column: %d\n", error.line, error.column);
    }
    (void)printf("  message: %s\n  ...\n", error.message);
}

static bool replay_path(struct totals *totals, const char *path)
{
    struct tl_error error = {0};
    char **paths = NULL;
    size_t count = 0;

    if (tl_history_files(path, &paths, &count, &error) != TL_OK) {
        (void)fprintf(stderr, "%s\n", error.message);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        replay_one(totals, paths[i]);
    }
    tl_history_files_free(paths, count);
    return true;
}

int tl_replay_main(int argc, char **argv, tl_register_fn *register_all)
{
    struct tl_registry *registry = tl_registry_new(NULL);
    const struct tl_replayer_options options = {.registry = registry, .strict = 1, .coroutine_stack = STACK};
    struct tl_error error = {0};
    struct totals totals = {0};
    bool ok = true;

    if (argc < 2) {
        (void)fprintf(stderr, "usage: %s HISTORY.json|DIRECTORY...\n", argc > 0 ? argv[0] : "replay");
        tl_registry_free(registry);
        return 2;
    }
    if (registry != NULL) {
        register_all(registry);
    }
    totals.replayer = tl_replayer_new(&options, &error);
    if (totals.replayer == NULL) {
        (void)fprintf(stderr, "%s\n", error.message);
        tl_registry_free(registry);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        ok = replay_path(&totals, argv[i]) && ok;
    }
    (void)printf("1..%d\n# %d passed, %d failed\n", totals.run, totals.run - totals.failed, totals.failed);
    tl_replayer_free(totals.replayer);
    tl_registry_free(registry);
    return !ok || totals.failed > 0 || totals.run == 0;
}
