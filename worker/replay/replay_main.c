/* SPDX-License-Identifier: MIT */
/* A main() for programs that replay files. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <timelapse/replayer.h>
#include <timelapse/report.h>

/* No worker has larger ones, and what is not touched costs nothing. */
#define STACK ((size_t)8 << 20)

#define OPTION_FORMAT "--format"

/* A program's run. */
struct job {
    struct tl_replayer *replayer;
    struct tl_report report;
};

static void print(void *user, const char *text, size_t len)
{
    (void)user;
    (void)fwrite(text, 1, len, stdout);
}

static void describe(const struct tl_error *error, char *text, size_t size)
{
    size_t len = (size_t)snprintf(text, size, "status: %s\n", tl_status_name(error->status));

    if (error->field[0] != '\0' && len < size) {
        len += (size_t)snprintf(text + len, size - len, "at: %s\n", error->field);
    }
    if (error->line != 0 && len < size) {
        len += (size_t)snprintf(text + len, size - len, "line: %d\ncolumn: %d\n", error->line, error->column);
    }
    if (len < size) {
        (void)snprintf(text + len, size - len, "message: %s", error->message);
    }
}

static void replay_one(struct job *job, const char *path)
{
    struct tl_error error = {0};
    char text[sizeof(error.message) + sizeof(error.field) + 128];
    struct tl_test_result result = {.name = path, .outcome = TL_TEST_PASSED};

    if (tl_replay_file(job->replayer, path, &error) != TL_OK) {
        describe(&error, text, sizeof(text));
        result.outcome = TL_TEST_FAILED;
        result.text = text;
    }
    tl_report_test(&job->report, &result);
}

static bool replay_path(struct job *job, const char *path)
{
    struct tl_error error = {0};
    char **paths = NULL;
    size_t count = 0;

    if (tl_history_files(path, &paths, &count, &error) != TL_OK) {
        (void)fprintf(stderr, "%s\n", error.message);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        replay_one(job, paths[i]);
    }
    tl_history_files_free(paths, count);
    return true;
}

static int replay_all(struct job *job, char **paths)
{
    bool ok = true;

    tl_report_begin(&job->report);
    for (; *paths != NULL; paths++) {
        ok = replay_path(job, *paths) && ok;
    }
    int failed = tl_report_end(&job->report);
    return !ok || failed > 0 || job->report.passed == 0;
}

/* Takes the option before the files; which argument the first of them is, or 0 when there is none or the option is no
 * good. */
static int read_arguments(int argc, char **argv, enum tl_report_format *format)
{
    int first = 1;

    if (argc > 2 && strcmp(argv[1], OPTION_FORMAT) == 0) {
        if (tl_report_format_of(argv[2], format) != TL_OK) {
            return 0;
        }
        first = 3;
    }
    return argc > first ? first : 0;
}

int tl_replay_main(int argc, char **argv, tl_register_fn *register_all)
{
    struct job job = {.report = {.format = TL_REPORT_TAP, .suite = "replay", .write = print}};
    int first = read_arguments(argc, argv, &job.report.format);
    struct tl_error error = {0};

    if (first == 0) {
        const char *name = argc > 0 ? argv[0] : "replay";

        (void)fprintf(stderr, "usage: %s [--format tap|junit] HISTORY.json|DIRECTORY...\n", name);
        return 2;
    }
    struct tl_registry *registry = tl_registry_new(NULL);
    const struct tl_replayer_options options = {.registry = registry, .strict = 1, .coroutine_stack = STACK};
    if (registry != NULL) {
        register_all(registry);
    }
    job.replayer = tl_replayer_new(&options, &error);
    if (job.replayer == NULL) {
        (void)fprintf(stderr, "%s\n", error.message);
        tl_registry_free(registry);
        return 2;
    }
    int code = replay_all(&job, argv + first);
    tl_replayer_free(job.replayer);
    tl_registry_free(registry);
    return code;
}
