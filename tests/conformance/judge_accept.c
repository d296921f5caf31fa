/* SPDX-License-Identifier: MIT */
/* What the real server does again and again is recorded: one event a line, all else as it was. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <timelapse/history_event.h>
#include <unistd.h>

#include "tests/conformance/differences.h"
#include "tests/conformance/judge.h"
#include "tests/conformance/judged_history.h"

/* Whether both folders have that history and it is the same; else `error` says how not. */
static bool
is_same(const struct judged_folder *one, const struct judged_folder *other, const char *name, struct tl_error *error)
{
    struct tl_history *expected = judged_folder_read(one, name, error);
    struct tl_history *found = expected == NULL ? NULL : judged_folder_read(other, name, error);
    bool same = found != NULL && judged_history_compare(expected, found, error) == TL_OK;

    tl_history_unref(found);
    tl_history_unref(expected);
    return same;
}

static bool is_race(const char *name)
{
    const struct judged_name parts = judged_name_of(name);
    const struct scenario_row *row = scenario_row_of(parts.program, parts.test);

    return row != NULL && row->is_race;
}

/* ---- Again ---- */

int judge_repeats(int count, char **arguments)
{
    struct judged_folder recorded;
    struct judged_folder run;
    size_t differ = 0;

    (void)count;
    judged_folder_init(&recorded, arguments[0]);
    judged_folder_init(&run, arguments[1]);
    for (size_t i = 0; i < recorded.count; i++) {
        const char *name = judged_folder_name(&recorded, i);
        struct tl_error error;

        if (!is_same(&recorded, &run, name, &error)) {
            printf("%s: DIFFERS from what was recorded: %s\n", name, error.message);
            differ++;
        }
    }
    printf("%zu recordings, %zu of which the real server does not repeat\n", recorded.count, differ);
    size_t all = recorded.count;
    judged_folder_done(&run);
    judged_folder_done(&recorded);
    return differ > 0 || all == 0;
}

/* ---- Accepting ---- */

static void write_compact(FILE *file, const char *json)
{
    bool in_string = false;

    for (const char *at = json; *at != '\0'; at++) {
        if (in_string && *at == '\\') {
            (void)fputc(*at++, file);
        } else if (*at == '"') {
            in_string = !in_string;
        }
        if (in_string || !isspace((unsigned char)*at)) {
            (void)fputc(*at, file);
        }
    }
}

static bool write_events(FILE *file, const struct tl_history *history, struct tl_error *error)
{
    size_t count = tl_history_length(history);

    (void)fputs("{\"events\":[\n", file);
    for (size_t i = 0; i < count; i++) {
        char *json;

        if (tl_history_event_json(history, i, &json, NULL, error) != TL_OK) {
            return false;
        }
        write_compact(file, json);
        (void)fputs(i + 1 < count ? ",\n" : "\n", file);
        tl_text_free(json);
    }
    (void)fputs("]}\n", file);
    return true;
}

/* The whole history, with what comparing leaves out. Written beside, and renamed. */
static bool record(const char *from, const char *to, struct tl_error *error)
{
    char beside[5000];
    struct tl_history *history;

    if (tl_history_from_file(from, NULL, &history, error) != TL_OK) {
        return false;
    }
    (void)snprintf(beside, sizeof beside, "%s.new", to);
    FILE *file = fopen(beside, "w");
    bool written = file != NULL && write_events(file, history, error);
    if (file == NULL || fclose(file) != 0 || (written && rename(beside, to) != 0)) {
        written = tl_error_set(error, TL_IO, NULL, "%s: %s", to, strerror(errno)) == TL_OK;
    }
    tl_history_unref(history);
    return written;
}

struct acceptance {
    struct judged_folder recorded;
    struct judged_folder *runs;
    size_t run_count;
    size_t kept;
    size_t written;
    size_t refused;
    size_t races;
};

static bool all_agree(const struct acceptance *all, const char *name, struct tl_error *error)
{
    for (size_t i = 1; i < all->run_count; i++) {
        if (!is_same(&all->runs[0], &all->runs[i], name, error)) {
            return false;
        }
    }
    return true;
}

static void accept(struct acceptance *all, const char *name)
{
    char from[4096];
    char to[4096];
    struct tl_error error;

    if (is_race(name)) {
        all->races++;
        return;
    }
    bool right = all_agree(all, name, &error);
    if (right && is_same(&all->recorded, &all->runs[0], name, &error)) {
        all->kept++;
        return;
    }
    (void)snprintf(from, sizeof from, "%s/%s", all->runs[0].path, name);
    (void)snprintf(to, sizeof to, "%s/%.*s", all->recorded.path, (int)strcspn(name, "/"), name);
    (void)mkdir(to, 0777);
    (void)snprintf(to, sizeof to, "%s/%s", all->recorded.path, name);
    right = right && record(from, to, &error);
    all->written += right;
    all->refused += !right;
    printf("%s: %s\n", name, right ? "recorded" : error.message);
}

/* Names of histories that one run alone has, or the later ones, are refused too. */
static void accept_all(struct acceptance *all)
{
    for (size_t run = 0; run < all->run_count; run++) {
        for (size_t i = 0; i < all->runs[run].count; i++) {
            const char *name = judged_folder_name(&all->runs[run], i);
            bool told = false;

            for (size_t before = 0; before < run && !told; before++) {
                told = judged_folder_has(&all->runs[before], name);
            }
            if (!told) {
                accept(all, name);
            }
        }
    }
}

static bool some_run_has(const struct acceptance *all, const char *name)
{
    bool has = false;

    for (size_t i = 0; i < all->run_count && !has; i++) {
        has = judged_folder_has(&all->runs[i], name);
    }
    return has;
}

/* A recording of a test that was run and has no such history any more goes; not where one run alone came short. */
static size_t remove_old(const struct acceptance *all)
{
    size_t removed = 0;

    for (size_t i = 0; i < all->recorded.count; i++) {
        const char *name = judged_folder_name(&all->recorded, i);
        const struct judged_name parts = judged_name_of(name);
        char log[4096];

        (void)snprintf(log, sizeof log, "%s/%s.log", all->runs[0].path, parts.program);
        if (access(log, F_OK) == 0 && (is_race(name) || !some_run_has(all, name))) {
            removed += unlink(all->recorded.paths[i]) == 0;
        }
    }
    return removed;
}

int judge_accept(int count, char **arguments)
{
    struct acceptance all = {.run_count = (size_t)count - 1};

    all.runs = calloc(all.run_count, sizeof *all.runs);
    if (all.runs == NULL) {
        return 2;
    }
    judged_folder_init(&all.recorded, arguments[0]);
    for (size_t i = 0; i < all.run_count; i++) {
        judged_folder_init(&all.runs[i], arguments[i + 1]);
    }
    accept_all(&all);
    size_t removed = remove_old(&all);
    printf(
        "%zu runs: %zu recordings stand, %zu are new, %zu are gone; %zu histories refused, %zu of races\n",
        all.run_count,
        all.kept,
        all.written,
        removed,
        all.refused,
        all.races);
    for (size_t i = 0; i < all.run_count; i++) {
        judged_folder_done(&all.runs[i]);
    }
    judged_folder_done(&all.recorded);
    free(all.runs);
    return all.refused > 0;
}
