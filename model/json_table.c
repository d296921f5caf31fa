/* SPDX-License-Identifier: MIT */
#include "model/json_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* "lines[2].price", cut at its end. */
static void write_path(const struct json_walk *walk, char *text, size_t size)
{
    size_t len = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < walk->depth && len < size; i++) {
        const struct json_level *level = &walk->levels[i];
        int more = 0;
        if (level->table == NULL) {
            more = snprintf(text + len, size - len, "[%zu]", level->index);
        } else if (level->field != NULL) {
            more = snprintf(text + len, size - len, "%s%s", i == 0 ? "" : ".", json_field_name(level->field));
        }
        len += (size_t)more;
    }
}

bool json_walk_fail(struct json_walk *walk, enum tl_status status, const char *format, ...)
{
    char path[sizeof walk->error->field];
    char text[sizeof walk->error->message];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    write_path(walk, path, sizeof path);
    walk->status = tl_error_set(walk->error, status, path, "%s", text);
    return false;
}

bool json_walk_enter(struct json_walk *walk, struct json_level level)
{
    if (walk->depth == JSON_MAX_DEPTH) {
        return json_walk_fail(walk, TL_TOO_LARGE, "is nested beyond %d levels", JSON_MAX_DEPTH);
    }
    level.first = true;
    walk->levels[walk->depth++] = level;
    return true;
}

bool json_walk_alloc(struct json_walk *walk, size_t size, void **out)
{
    void *memory = walk->alloc(walk->user, size == 0 ? 1 : size);

    if (memory == NULL) {
        return json_walk_fail(walk, TL_NO_MEMORY, "there is no memory for %zu bytes", size);
    }
    *out = memset(memory, 0, size == 0 ? 1 : size);
    return true;
}
