/* SPDX-License-Identifier: MIT */
/* The simulator's histories beside the real server's. */
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/differences.h"
#include "tests/conformance/judge.h"
#include "tests/conformance/judged_history.h"

struct pair {
    struct judged_folder simulated;
    struct judged_folder real;
    size_t same;
    size_t apart;
    size_t differ;
};

/* One line a history that is not the same. */
static void tell(struct pair *pair, const char *name, const char *how)
{
    const struct judged_name parts = judged_name_of(name);
    struct scenario_row *row = scenario_row_of(parts.program, parts.test);
    char failure[600];

    judged_folder_failure(&pair->real, &parts, failure, sizeof failure);
    const char *but = failure[0] == '\0' ? "" : "; the test failed there: ";
    if (row != NULL) {
        row->used = true;
        pair->apart++;
        printf("%s: not comparable: %s (%s%s%s)\n", name, row->why, how, but, failure);
    } else {
        pair->differ++;
        printf("%s: DIFFERS: %s%s%s\n", name, how, but, failure);
    }
}

static void compare(struct pair *pair, const char *name)
{
    const struct judged_name parts = judged_name_of(name);
    struct scenario_row *row = scenario_row_of(parts.program, parts.test);
    struct tl_error error;
    struct tl_history *simulated = judged_folder_read(&pair->simulated, name, &error);
    struct tl_history *real = simulated == NULL ? NULL : judged_folder_read(&pair->real, name, &error);

    if (row != NULL) {
        row->seen = true;
    }
    if (real != NULL && judged_history_compare(simulated, real, &error) == TL_OK) {
        pair->same++;
    } else {
        tell(pair, name, error.message);
    }
    tl_history_unref(simulated);
    tl_history_unref(real);
}

static void compare_all(struct pair *pair)
{
    for (size_t i = 0; i < pair->simulated.count; i++) {
        const char *name = judged_folder_name(&pair->simulated, i);

        if (judged_folder_has(&pair->real, name)) {
            compare(pair, name);
        } else {
            tell(pair, name, "the real server has no such history");
        }
    }
    for (size_t i = 0; i < pair->real.count; i++) {
        const char *name = judged_folder_name(&pair->real, i);

        if (!judged_folder_has(&pair->simulated, name)) {
            tell(pair, name, "the simulator has no such history");
        }
    }
}

/* A test may fail on the real server and its histories be the same: what it asserts of time passed, say. */
static size_t count_failures(const struct judged_folder *folder)
{
    char pattern[4096];
    glob_t found;
    size_t count = 0;

    (void)snprintf(pattern, sizeof pattern, "%s/*/*.failed", folder->path);
    if (glob(pattern, 0, NULL, &found) == 0) {
        count = found.gl_pathc;
        globfree(&found);
    }
    return count;
}

/* A row that is there for nothing: of programs that were run. */
static size_t tell_stale(bool all_were_run)
{
    size_t stale = 0;

    for (size_t i = 0; i < difference_row_count && all_were_run; i++) {
        const struct difference_row *row = &difference_rows[i];

        if (!row->used) {
            printf("differences.def: %s %s: nothing differs there\n", row->event, row->field == NULL ? "" : row->field);
            stale++;
        }
    }
    for (size_t i = 0; i < scenario_row_count; i++) {
        const struct scenario_row *row = &scenario_rows[i];

        if (!row->used && (all_were_run || row->seen) && !(row->is_race && row->seen)) {
            printf("differences.def: %s %s: %s\n", row->program, row->test, row->seen ? "the same" : "no such test");
            stale++;
        }
    }
    return stale;
}

int judge_compare(int count, char **arguments)
{
    struct pair pair = {.same = 0};

    judged_folder_init(&pair.simulated, arguments[0]);
    judged_folder_init(&pair.real, arguments[1]);
    compare_all(&pair);
    size_t stale = tell_stale(count == 2);
    printf("%zu tests failed here, %zu there\n", count_failures(&pair.simulated), count_failures(&pair.real));
    printf(
        "%zu histories are the same, %zu not comparable, %zu differ; "
        "differences.def has %d differences, %d scenarios apart and %d races, %zu rows for nothing\n",
        pair.same,
        pair.apart,
        pair.differ,
        LEFT_OUT_ROWS + DIFFERENCE_ROWS,
        APART_ROWS,
        RACE_ROWS,
        stale);
    judged_folder_done(&pair.real);
    judged_folder_done(&pair.simulated);
    return pair.differ > 0 || pair.same == 0 || stale > 0;
}

int judge_listed(int count, char **arguments)
{
    (void)count;
    for (size_t i = 0; i < scenario_row_count; i++) {
        if (strcmp(scenario_rows[i].program, arguments[0]) == 0) {
            printf(" %s ", scenario_rows[i].test);
        }
    }
    return 0;
}
