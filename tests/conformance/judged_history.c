/* SPDX-License-Identifier: MIT */
#include "tests/conformance/judged_history.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "model/history.h"
#include "model/schema.h"
#include "tests/conformance/differences.h"

/* ---- One history ---- */

struct shortened {
    struct tl_history history; /* first: what is handed out */
    struct tl_history *whole;
    Pb__HistoryEvent *kept[];
};

static void release(struct tl_history *history)
{
    struct shortened *shortened = CONTAINER_OF(history, struct shortened, history);

    tl_history_unref(shortened->whole);
    free(shortened);
}

/* New ids by old ones. */
struct ids {
    int64_t *by_old;
    size_t count;
};

static bool is_event_id(const struct schema_field *field)
{
    static const char suffix[] = "event_id";
    const char *name = schema_text(field->name);
    size_t len = strlen(name);

    return field->type == PROTOBUF_C_TYPE_INT64 && (field->flags & SCHEMA_REPEATED) == 0 && len >= sizeof suffix - 1 &&
           strcmp(name + len - (sizeof suffix - 1), suffix) == 0;
}

static void renumber(const struct ids *ids, void *message);

static void renumber_field(const struct ids *ids, void *message, const struct schema_field *field)
{
    void *slot = schema_slot(message, field);

    if (is_event_id(field)) {
        int64_t *id = slot;

        *id = *id > 0 && (size_t)*id <= ids->count ? ids->by_old[*id] : *id;
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE && (field->flags & SCHEMA_REPEATED) != 0) {
        void **elements = *(void ***)slot;

        for (size_t i = 0; i < schema_count_of(message, field); i++) {
            renumber(ids, elements[i]);
        }
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE && *(void **)slot != NULL) {
        renumber(ids, *(void **)slot);
    }
}

static void renumber(const struct ids *ids, void *message)
{
    const struct schema_message *type = schema_of(((const ProtobufCMessage *)message)->descriptor);

    for (size_t step = 0; step < type->step_count; step++) {
        const struct schema_field *field = schema_step(type, message, step);

        if (field != NULL) {
            renumber_field(ids, message, field);
        }
    }
}

/* Takes `whole`, which nobody else has: its events are written to. */
static struct tl_history *shorten(struct tl_history *whole)
{
    struct shortened *shortened = calloc(1, sizeof *shortened + whole->count * sizeof(Pb__HistoryEvent *));
    struct ids ids = {calloc(whole->count + 1, sizeof(int64_t)), whole->count};
    size_t kept = 0;

    if (shortened == NULL || ids.by_old == NULL) {
        exit(2);
    }
    for (size_t i = 0; i < whole->count; i++) {
        if (!difference_leaves_out((int)whole->events[i]->event_type)) {
            shortened->kept[kept++] = whole->events[i];
        }
        ids.by_old[i + 1] = (int64_t)kept;
    }
    for (size_t i = 0; i < kept; i++) {
        renumber(&ids, shortened->kept[i]);
    }
    free(ids.by_old);
    shortened->whole = whole;
    shortened->history = (struct tl_history){
        .references = 1, .count = kept, .events = shortened->kept, .release = release, .allocator = whole->allocator};
    return &shortened->history;
}

struct tl_history *judged_history_read(const char *path, struct tl_error *error)
{
    struct tl_history *whole;

    return tl_history_from_file(path, NULL, &whole, error) == TL_OK ? shorten(whole) : NULL;
}

/*
 * Texts that may differ are those of refusals, "BadCancelTimerAttributes: ...": what they begin with is the cause, and
 * that may not.
 */
static bool differs_in_cause(const struct message_difference *found)
{
    if (found->field == NULL || found->is_whole || strcmp(schema_text(found->field->name), "message") != 0) {
        return false;
    }
    const char *left = *(char *const *)found->left;
    const char *right = *(char *const *)found->right;

    return left == NULL || right == NULL || strncmp(left, right, strcspn(left, ":") + 1) != 0;
}

static bool
may_differ(const struct message_difference *found, const struct schema_message *type, const struct schema_field *field)
{
    return history_may_differ(found, type, field) || (!differs_in_cause(found) && difference_allows(found->path));
}

enum tl_status
judged_history_compare(const struct tl_history *expected, const struct tl_history *found, struct tl_error *error)
{
    return history_compare_allowing(expected, found, may_differ, NULL, error);
}

/* ---- Names ---- */

struct judged_name judged_name_of(const char *name)
{
    struct judged_name result = {"", ""};
    size_t program = strcspn(name, "/");
    const char *test = name + program + (name[program] == '/');

    (void)snprintf(result.program, sizeof result.program, "%.*s", (int)program, name);
    (void)snprintf(result.test, sizeof result.test, "%.*s", (int)strcspn(test, "-."), test);
    return result;
}

/* ---- Folders ---- */

void judged_folder_init(struct judged_folder *folder, const char *path)
{
    struct tl_error error;

    folder->path = path;
    if (tl_history_files(path, &folder->paths, &folder->count, &error) != TL_OK) {
        (void)fprintf(stderr, "%s: %s\n", path, error.message);
        exit(2);
    }
}

void judged_folder_done(struct judged_folder *folder)
{
    tl_history_files_free(folder->paths, folder->count);
}

const char *judged_folder_name(const struct judged_folder *folder, size_t index)
{
    const char *name = folder->paths[index] + strlen(folder->path);

    return name + strspn(name, "/");
}

bool judged_folder_has(const struct judged_folder *folder, const char *name)
{
    for (size_t i = 0; i < folder->count; i++) {
        if (strcmp(judged_folder_name(folder, i), name) == 0) {
            return true;
        }
    }
    return false;
}

struct tl_history *judged_folder_read(const struct judged_folder *folder, const char *name, struct tl_error *error)
{
    char path[4096];

    (void)snprintf(path, sizeof path, "%s/%s", folder->path, name);
    return judged_history_read(path, error);
}

void judged_folder_failure(const struct judged_folder *folder, const struct judged_name *name, char *text, size_t size)
{
    char path[4096];
    char line[512] = "it failed";

    (void)snprintf(path, sizeof path, "%s/%s/%s.failed", folder->path, name->program, name->test);
    text[0] = '\0';
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        if (fgets(line, sizeof line, file) != NULL) {
            line[strcspn(line, "\n")] = '\0';
        }
        (void)fclose(file);
        (void)snprintf(text, size, "%s", line);
    }
}
