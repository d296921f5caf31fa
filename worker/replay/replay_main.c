/* SPDX-License-Identifier: MIT */
/* A main() for programs that replay files: TAP on standard output. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <timelapse/replayer.h>

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

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name);

    return len > strlen(end) && strcmp(name + len - strlen(end), end) == 0;
}

static bool is_history(const char *name)
{
    return ends_with(name, ".json") && !ends_with(name, ".meta.json"); /* the sidecar says where a history is from */
}

/* File systems that do not tell what an entry is have it looked at later. */
static int is_interesting(const struct dirent *entry)
{
    return entry->d_name[0] != '.' &&
           (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN || is_history(entry->d_name));
}

static bool is_directory(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Folders are walked with a list of those still to see, in order of names. */
struct pending {
    struct pending *next;
    char *path;
};

static bool push(struct pending **list, char *path)
{
    struct pending *pending = malloc(sizeof *pending);

    if (pending == NULL || path == NULL) {
        free(pending);
        free(path);
        return false;
    }
    *pending = (struct pending){.next = *list, .path = path};
    *list = pending;
    return true;
}

static char *join(const char *directory, const char *name)
{
    char *path = NULL;

    return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

static bool push_entry(struct pending **list, const char *directory, const char *name)
{
    char *path = join(directory, name);

    if (path != NULL && !is_history(name) && !is_directory(path)) {
        free(path);
        return true;
    }
    return push(list, path);
}

static bool push_directory(struct pending **list, const char *path)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_interesting, alphasort);
    bool ok = count >= 0;

    if (!ok) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
    }
    for (int i = count - 1; i >= 0; i--) {
        ok = push_entry(list, path, entries[i]->d_name) && ok;
        free(entries[i]);
    }
    free(entries);
    return ok;
}

static bool replay_path(struct totals *totals, const char *path)
{
    struct pending *list = NULL;
    bool ok = push(&list, strdup(path));

    while (list != NULL) {
        struct pending *first = list;
        list = first->next;
        if (is_directory(first->path)) {
            ok = push_directory(&list, first->path) && ok;
        } else {
            replay_one(totals, first->path);
        }
        free(first->path);
        free(first);
    }
    return ok;
}

int tl_replay_main(int argc, char **argv, tl_register_fn *register_all)
{
    struct tl_registry *registry = tl_registry_new(NULL);
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
    totals.replayer = tl_replayer_new(&(const struct tl_replayer_options){.registry = registry, .strict = 1}, &error);
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
