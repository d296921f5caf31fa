/* SPDX-License-Identifier: MIT */
/* A history as the judge looks at it, and folders of them: <program>/<test>-<workflow id>-<run>.json. */
#ifndef TIMELAPSE_TESTS_CONFORMANCE_JUDGED_HISTORY_H
#define TIMELAPSE_TESTS_CONFORMANCE_JUDGED_HISTORY_H

#include <stdbool.h>
#include <timelapse/history.h>

#define JUDGED_NAME 512

/*
 * Reads a history, without the events that are passed over (differences.def); ids and what refers to them are what
 * they are without those. Returned owned; NULL, with the reason in `error`.
 */
struct tl_history *judged_history_read(const char *path, struct tl_error *error);

/* tl_history_compare but for what differences.def lets differ. */
enum tl_status
judged_history_compare(const struct tl_history *expected, const struct tl_history *found, struct tl_error *error);

/* "test_timers/thirty_days_pass_at_once-w-1.json" taken apart. */
struct judged_name {
    char program[JUDGED_NAME];
    char test[JUDGED_NAME];
};
struct judged_name judged_name_of(const char *name);

/* The histories of a folder, by names in the order of bytes. One that cannot be read ends the program. */
struct judged_folder {
    const char *path;
    char **paths; /* each begins with `path` and a slash */
    size_t count;
};
void judged_folder_init(struct judged_folder *folder, const char *path);
void judged_folder_done(struct judged_folder *folder);
const char *judged_folder_name(const struct judged_folder *folder, size_t index);
bool judged_folder_has(const struct judged_folder *folder, const char *name);

/* Reads one of a folder; NULL, with the reason in `error`, also when it is not there. */
struct tl_history *judged_folder_read(const struct judged_folder *folder, const char *name, struct tl_error *error);

/*
 * What a test that failed said, "" when it did not fail (run_scenarios.sh notes it in <program>/<test>.failed): its
 * first line, cut.
 */
void judged_folder_failure(const struct judged_folder *folder, const struct judged_name *name, char *text, size_t size);

#endif
