/* SPDX-License-Identifier: MIT */
#include "tests/conformance/differences.h"

#include <ctype.h>
#include <string.h>

#include "model/pb.h"

struct difference_row difference_rows[] = {
#define LEFT_OUT(event, why, source)          {#event, EVENT_TYPE_##event, NULL, why, source, false},
#define DIFFERENCE(event, field, why, source) {#event, EVENT_TYPE_##event, field, why, source, false},
#include "tests/conformance/differences.def"
};

struct scenario_row scenario_rows[] = {
#define APART(program, test, why) {#program, #test, why, false, false, false},
#define RACE(program, test, why)  {#program, #test, why, true, false, false},
#include "tests/conformance/differences.def"
};

const size_t difference_row_count = sizeof difference_rows / sizeof difference_rows[0];
const size_t scenario_row_count = sizeof scenario_rows / sizeof scenario_rows[0];

_Static_assert(
    sizeof difference_rows / sizeof difference_rows[0] == LEFT_OUT_ROWS + DIFFERENCE_ROWS,
    "rows of differences.def that differ from the number in differences.h");
_Static_assert(
    sizeof scenario_rows / sizeof scenario_rows[0] == APART_ROWS + RACE_ROWS,
    "rows of differences.def that differ from the number in differences.h");

bool difference_leaves_out(int event_type)
{
    for (size_t i = 0; i < difference_row_count; i++) {
        if (difference_rows[i].field == NULL && difference_rows[i].type == event_type) {
            difference_rows[i].used = true;
            return true;
        }
    }
    return false;
}

/* What is left of `path` behind the attributes of that event; NULL: it is another event's. */
static const char *within(const char *path, const char *event)
{
    static const char suffix[] = "_event_attributes.";

    while (*event != '\0' && *path == tolower((unsigned char)*event)) {
        path++;
        event++;
    }
    return *event == '\0' && strncmp(path, suffix, sizeof suffix - 1) == 0 ? path + sizeof suffix - 1 : NULL;
}

/* "retry_policy.maximum_attempts" begins with "retry_policy". */
static bool begins_with_field(const char *path, const char *field)
{
    size_t len = strlen(field);

    return path != NULL && strncmp(path, field, len) == 0 && strchr(".[", path[len]) != NULL;
}

bool difference_allows(const char *path)
{
    for (size_t i = 0; i < difference_row_count; i++) {
        struct difference_row *row = &difference_rows[i];

        if (row->field != NULL && begins_with_field(within(path, row->event), row->field)) {
            row->used = true;
            return true;
        }
    }
    return false;
}

struct scenario_row *scenario_row_of(const char *program, const char *test)
{
    for (size_t i = 0; i < scenario_row_count; i++) {
        struct scenario_row *row = &scenario_rows[i];

        if (strcmp(row->program, program) == 0 && (strcmp(row->test, test) == 0 || strcmp(row->test, "all") == 0)) {
            return row;
        }
    }
    return NULL;
}
