/* SPDX-License-Identifier: MIT */
/* The history files below a folder, for whoever replays or checks them all. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <timelapse/history.h>

/* Paths that are still to be looked at, in order; and those of histories. */
struct pending {
    struct pending *next;
    char *path;
};

struct search {
    struct pending *pending;
    char **paths;
    size_t count;
};

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name);

    return len > strlen(end) && strcmp(name + len - strlen(end), end) == 0;
}

static bool is_history(const char *name)
{
    return ends_with(name, ".json") && !ends_with(name, ".meta.json"); /* the sidecar says where a history is from */
}

static bool is_directory(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* File systems that do not tell what an entry is have it looked at later. */
static int is_interesting(const struct dirent *entry)
{
    return entry->d_name[0] != '.' &&
           (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN || is_history(entry->d_name));
}

/* By bytes: the order does not depend on a locale. */
static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

/* Takes `path`, also when there is no memory. */
static bool push(struct search *search, char *path)
{
    struct pending *pending = malloc(sizeof *pending);

    if (pending == NULL || path == NULL) {
        free(pending);
        free(path);
        return false;
    }
    *pending = (struct pending){.next = search->pending, .path = path};
    search->pending = pending;
    return true;
}

static char *pop(struct search *search)
{
    struct pending *first = search->pending;
    char *path = first->path;

    search->pending = first->next;
    free(first);
    return path;
}

/* Takes `path`, also when there is no memory. */
static bool keep(struct search *search, char *path)
{
    char **paths = realloc(search->paths, (search->count + 1) * sizeof *paths);

    if (paths == NULL) {
        free(path);
        return false;
    }
    paths[search->count++] = path;
    search->paths = paths;
    return true;
}

/* A folder behind a link is left out: it may be one above. */
static bool is_own_directory(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool push_entry(struct search *search, const char *directory, const char *name)
{
    char *path = NULL;

    if (asprintf(&path, "%s/%s", directory, name) < 0) {
        return false;
    }
    if (!is_history(name) && !is_own_directory(path)) {
        free(path);
        return true;
    }
    return push(search, path);
}

static enum tl_status push_entries(struct search *search, const char *directory, struct tl_error *error)
{
    struct dirent **entries = NULL;
    char reason[128];
    bool ok = true;
    int count = scandir(directory, &entries, is_interesting, by_name);

    if (count < 0) {
        int number = errno;
        return tl_error_set(
            error, TL_IO, NULL, "cannot read %s: %s", directory, strerror_r(number, reason, sizeof reason));
    }
    for (int i = count - 1; i >= 0; i--) {
        ok = ok && push_entry(search, directory, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return ok ? TL_OK : tl_error_set(error, TL_NO_MEMORY, NULL, "no memory for the files of %s", directory);
}

static enum tl_status walk(struct search *search, struct tl_error *error)
{
    enum tl_status status = TL_OK;

    while (status == TL_OK && search->pending != NULL) {
        char *path = pop(search);
        if (is_directory(path)) {
            status = push_entries(search, path, error);
            free(path);
        } else if (!keep(search, path)) {
            status = tl_error_set(error, TL_NO_MEMORY, NULL, "no memory for the names of files");
        }
    }
    return status;
}

enum tl_status tl_history_files(const char *path, char ***out_paths, size_t *out_count, struct tl_error *error)
{
    struct search search = {0};
    enum tl_status status = TL_OK;

    if (!push(&search, strdup(path))) {
        return tl_error_set(error, TL_NO_MEMORY, NULL, "no memory for the names of files");
    }
    status = walk(&search, error);
    while (search.pending != NULL) {
        free(pop(&search));
    }
    if (status != TL_OK) {
        tl_history_files_free(search.paths, search.count);
        return status;
    }
    *out_paths = search.paths;
    *out_count = search.count;
    return TL_OK;
}

void tl_history_files_free(char **paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(paths[i]);
    }
    free(paths);
}
