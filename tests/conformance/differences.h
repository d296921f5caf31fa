/* SPDX-License-Identifier: MIT */
/* What the judge passes over: the rows of differences.def, and whether anything needs them. */
#ifndef TIMELAPSE_TESTS_CONFORMANCE_DIFFERENCES_H
#define TIMELAPSE_TESTS_CONFORMANCE_DIFFERENCES_H

#include <stdbool.h>
#include <stddef.h>

/* How many rows there are of each kind. They may not become more; when they are fewer, so is the number. */
enum {
    LEFT_OUT_ROWS = 0,
    DIFFERENCE_ROWS = 1,
    APART_ROWS = 33,
    RACE_ROWS = 22,
    UNVERIFIED_ROWS = 0
};

struct difference_row {
    const char *event; /* "WORKFLOW_EXECUTION_STARTED" */
    int type;
    const char *field; /* NULL: the event itself */
    const char *why;
    const char *source;
    bool used;
};

struct scenario_row {
    const char *program;
    const char *test; /* "all": every one */
    const char *why;
    bool is_race;
    bool seen; /* there are histories of it */
    bool used; /* they differ */
};

extern struct difference_row difference_rows[];
extern const size_t difference_row_count;
extern struct scenario_row scenario_rows[];
extern const size_t scenario_row_count;

/* Whether events of this type are passed over. Notes that the row was used. */
bool difference_leaves_out(int event_type);

/* Whether the field at `path`, as message_difference has it, may differ. Notes that the row was used. */
bool difference_allows(const char *path);

/* The row of a scenario, or NULL. */
struct scenario_row *scenario_row_of(const char *program, const char *test);

#endif
