/* SPDX-License-Identifier: MIT */
/*
 * Recorded histories: a stored one is replayed against today's code and compared with the one that
 * was just recorded. Only TIMELAPSE_RECORD=1 writes, and only what replays: a recording never
 * overwrites its own oracle by accident.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/env/environment.h"
#include "sim/env/scrub.h"
#include "sim/env/world.h"

#define HISTORY_SUFFIX ".json"
#define SIDECAR_SUFFIX ".meta.json"
#define RECORD_HINT    "TIMELAPSE_RECORD=1 writes it"
#define DIRECTORY_MODE 0777

/* ---- Paths ---- */

/* Relative paths begin at TIMELAPSE_FIXTURES, or here. */
static void resolve(const struct tl_env *env, const char *path, struct report_text *out)
{
    if (path[0] != '/' && env->settings.fixtures != NULL) {
        report_text_format(out, "%s/", env->settings.fixtures);
    }
    report_text_add(out, path);
}

/* "never_delivered.json" gives "never_delivered.meta.json". */
static void sidecar_of(const char *path, struct report_text *out)
{
    size_t len = strlen(path);
    size_t suffix = strlen(HISTORY_SUFFIX);

    if (len > suffix && strcmp(path + len - suffix, HISTORY_SUFFIX) == 0) {
        len -= suffix;
    }
    report_text_add_bytes(out, path, len);
    report_text_add(out, SIDECAR_SUFFIX);
}

/* Makes the directories that lead to the file `path`; what is there already is fine. */
static void make_directories(struct report_text *path)
{
    for (size_t i = 1; i < path->len; i++) {
        if (path->data[i] == '/') {
            path->data[i] = '\0';
            (void)mkdir(path->data, DIRECTORY_MODE); /* writing the file says what is wrong */
            path->data[i] = '/';
        }
    }
}

/* ---- Writing ---- */

static int write_synced(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    if (file == NULL) {
        return 0;
    }
    int written = fputs(text, file) >= 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    return fclose(file) == 0 && written;
}

/* Beside, synced, renamed. */
static int write_file(const struct tl_env *env, const char *path, const char *text)
{
    struct report_text beside;

    report_text_init(&beside, &env->memory.allocator);
    report_text_format(&beside, "%s.new", path);
    int written =
        !beside.cut && write_synced(report_text_get(&beside), text) && rename(report_text_get(&beside), path) == 0;
    if (!written) {
        (void)unlink(report_text_get(&beside));
    }
    report_text_done(&beside);
    return written;
}

static void describe(const struct tl_env *env, const struct tl_history *history, struct report_text *text)
{
    report_text_format(
        text,
        "{\n"
        "  \"source\": \"timelapse simulator\",\n"
        "  \"version\": \"%s\",\n"
        "  \"workflowType\": \"%s\",\n"
        "  \"events\": %zu,\n"
        "  \"seed\": \"%" PRIu64 "\",\n"
        "  \"scrubbed\": [\"ids made by a server\", \"times\", \"task ids\", \"identities\", \"sizes\"]\n"
        "}\n",
        TIMELAPSE_VERSION,
        tl_history_workflow_type(history),
        tl_history_length(history),
        env->seed);
}

static void write_sidecar(struct tl_env *env, const struct tl_history *history, const char *path)
{
    struct report_text sidecar;
    struct report_text text;

    report_text_init(&sidecar, &env->memory.allocator);
    report_text_init(&text, &env->memory.allocator);
    sidecar_of(path, &sidecar);
    describe(env, history, &text);
    if (sidecar.cut || text.cut || !write_file(env, report_text_get(&sidecar), report_text_get(&text))) {
        env_stop(env, TL_VERDICT, "%s cannot be written: %s", report_text_get(&sidecar), strerror(errno));
    }
    report_text_done(&text);
    report_text_done(&sidecar);
}

static void tell(struct tl_env *env, const char *what, const char *path)
{
    char line[512];

    (void)snprintf(line, sizeof line, "%s %s", what, path);
    if (env->reporter.log != NULL) {
        env->reporter.log(env->reporter.user, line);
    } else {
        (void)fprintf(stderr, "%s\n", line);
    }
}

/* A history that today's code does not replay, or that is none, is not worth keeping. */
static int is_worth_keeping(struct tl_env *env, const struct tl_history *history, struct tl_replayer *replayer)
{
    struct tl_error error = {.message = ""};
    enum tl_status status = tl_history_check(history, &error);
    if (status == TL_OK) {
        status = tl_replay(replayer, history, &error);
    }
    if (status != TL_OK) {
        env_stop(env, TL_VERDICT, "the history is not recorded, for it does not replay: %s", error.message);
    }
    return status == TL_OK;
}

struct recording {
    struct report_text path;
    const struct tl_scrubs *scrubs; /* or NULL */
    struct tl_replayer *replayer;   /* of the code that ran it */
};

static void record(struct tl_env *env, const struct tl_history *history, struct recording *recording)
{
    struct report_text *path = &recording->path;
    struct tl_error error = {.message = ""};

    if (!is_worth_keeping(env, history, recording->replayer)) {
        return;
    }
    make_directories(path);
    if (tl_history_to_file(history, report_text_get(path), &error) != TL_OK) {
        env_stop(env, TL_VERDICT, "%s cannot be written: %s", report_text_get(path), error.message);
        return;
    }
    write_sidecar(env, history, report_text_get(path));
    tell(env, "recorded", report_text_get(path));
}

/* ---- Comparing ---- */

static void compare(
    struct tl_env *env, const struct tl_history *stored, const struct tl_history *found,
    const struct recording *recording)
{
    const char *path = report_text_get(&recording->path);
    struct tl_error error = {.message = ""};
    enum tl_status status = tl_replay(recording->replayer, stored, &error);

    if (status != TL_OK) {
        enum tl_status verdict = status == TL_NONDETERMINISM ? TL_NONDETERMINISM : TL_VERDICT;

        env_stop(env, verdict, "today's code does not replay %s: %s", path, error.message);
        return;
    }
    struct report_text text;
    report_text_init(&text, &env->memory.allocator);
    status = scrub_compare(stored, found, recording->scrubs, &text, &error);
    if (status != TL_OK) {
        env_stop(
            env,
            status == TL_NO_MEMORY ? TL_NO_MEMORY : TL_VERDICT,
            "the run is not the one in %s: %s",
            path,
            text.len == 0 ? error.message : report_text_get(&text));
    }
    report_text_done(&text);
}

static void check_recording(struct tl_env *env, const struct tl_history *found, const struct recording *recording)
{
    const char *path = report_text_get(&recording->path);
    struct tl_history *stored;
    struct tl_error error = {.message = ""};

    if (access(path, F_OK) != 0) {
        env_stop(env, TL_VERDICT, "there is no recording %s; " RECORD_HINT, path);
        return;
    }
    if (tl_history_from_file(path, NULL, &stored, &error) != TL_OK) {
        env_stop(env, TL_VERDICT, "%s cannot be read: line %d: %s", path, error.line, error.message);
        return;
    }
    compare(env, stored, found, recording);
    tl_history_unref(stored);
}

static void
record_or_check(struct tl_env *env, const struct tl_history *history, const char *path, struct recording recording)
{
    report_text_init(&recording.path, &env->memory.allocator);
    resolve(env, path, &recording.path);
    if (recording.path.cut) {
        env_stop(env, TL_NO_MEMORY, "out of memory");
    } else if (env->settings.record) {
        record(env, history, &recording);
    } else {
        check_recording(env, history, &recording);
    }
    report_text_done(&recording.path);
}

static void assert_recorded(struct tl_env *env, struct tl_handle *run, const char *path, const struct tl_scrubs *scrubs)
{
    (tl_env_run_until_closed)(env, run);
    struct tl_history *history = tl_driver_verdict(env->driver) == NULL ? (tl_env_history)(env, run) : NULL;
    if (history != NULL) {
        const struct env_run *ran = run_table_find(&env->runs, tl_handle_run_id(run));
        const struct recording recording = {.scrubs = scrubs, .replayer = env_replayer_of(env, ran)};
        if (recording.replayer != NULL) {
            record_or_check(env, history, path, recording);
        }
        tl_history_unref(history);
        env->awaited = run;
        env_report(env);
        env->awaited = NULL;
    }
}

void tl_env_assert_recorded(struct tl_env *env, struct tl_handle *run, const char *path, const char *file, int line)
{
    if (env_begin_assertion(env, file, line)) {
        if (env_check_named(env, "recording", path)) {
            assert_recorded(env, run, path, NULL);
        }
        env_end_assertion(env);
    }
}

void tl_env_assert_recorded_scrubbed(
    struct tl_env *env, struct tl_handle *run, const char *path, const struct tl_scrubs *scrubs, const char *file,
    int line)
{
    struct tl_error error = {.message = ""};

    if (!env_begin_assertion(env, file, line)) {
        return;
    }
    if (scrub_check(scrubs, &error) != TL_OK) {
        env_fail(env, TL_VERDICT, "%s: %s", error.field, error.message);
    } else if (env_check_named(env, "recording", path)) {
        assert_recorded(env, run, path, scrubs);
    }
    env_end_assertion(env);
}
