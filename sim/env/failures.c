/* SPDX-License-Identifier: MIT */
/*
 * What is left of a failed test: the histories of its runs as files, which `timelapse history show`
 * shows and a replayer replays, and the command that runs it again.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/env/environment.h"

#define RUNS_MOST      8 /* whose histories are kept, the one that failed first */
#define NAME_MOST      64
#define RUN_ID_MOST    8 /* bytes of a run's id that tell it from others of the same workflow */
#define DIRECTORY_MODE 0700

/* ---- Names ---- */

static const char *program_name(void)
{
    return program_invocation_short_name;
}

static const char *test_name(const struct tl_env *env)
{
    const char *name = env->reporter.test == NULL ? NULL : env->reporter.test(env->reporter.user);

    return name == NULL ? "" : name;
}

/* At most `most` bytes of the name, without what a file's name or a shell may stumble over. */
static void add_plain(struct report_text *text, const char *name, size_t most)
{
    for (size_t i = 0; name[i] != '\0' && i < most; i++) {
        char plain = isalnum((unsigned char)name[i]) || (i > 0 && strchr("._-", name[i]) != NULL) ? name[i] : '_';

        report_text_add_bytes(text, &plain, 1);
    }
}

/* ---- Where ---- */

/* A directory of the user alone: in one that all may write to, others could have made it. */
static int make_own(const char *path)
{
    struct stat found;

    if (mkdir(path, DIRECTORY_MODE) == 0) {
        return 1;
    }
    return errno == EEXIST && lstat(path, &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == getuid();
}

/* Appends the directory; 0: no history is to be kept, or none can be. */
static int add_directory(struct report_text *path)
{
    const char *asked = env_failures_directory();

    if (asked != NULL) {
        report_text_add(path, asked);
        return asked[0] != '\0' && (mkdir(asked, DIRECTORY_MODE) == 0 || errno == EEXIST);
    }
    report_text_format(path, "%s/timelapse-failures-%" PRIuMAX, env_temporary_directory(), (uintmax_t)getuid());
    return make_own(report_text_get(path));
}

/* ---- Histories ---- */

/* One file; its name is appended to the report, or why there is none. */
static void keep(struct tl_env *env, const char *directory, const char *workflow_id, const char *run_id)
{
    struct tl_history *history;
    struct tl_error error = {.message = ""};
    struct report_text path;

    if (env_history(env, workflow_id, run_id, &history) != TL_OK) {
        return;
    }
    report_text_init(&path, &env->memory.allocator);
    report_text_format(&path, "%s/", directory);
    add_plain(&path, program_name(), NAME_MOST);
    if (test_name(env)[0] != '\0') {
        report_text_add(&path, ".");
        add_plain(&path, test_name(env), NAME_MOST);
    }
    report_text_add(&path, ".");
    add_plain(&path, workflow_id, NAME_MOST);
    report_text_add(&path, ".");
    add_plain(&path, run_id[0] == '\0' ? "latest" : run_id, RUN_ID_MOST);
    report_text_add(&path, ".json");
    if (tl_history_to_file(history, report_text_get(&path), &error) == TL_OK) {
        report_text_format(&env->verdict, "history of %s: %s\n", workflow_id, report_text_get(&path));
    } else {
        report_text_format(&env->verdict, "history of %s: not kept: %s\n", workflow_id, error.message);
    }
    report_text_done(&path);
    tl_history_unref(history);
}

static void keep_all(struct tl_env *env, const struct tl_verdict *verdict, const char *directory)
{
    const char *run_id = "";
    const char *workflow_id = env_concerned_run(env, verdict, &run_id);
    size_t kept = 0;

    if (workflow_id[0] != '\0') {
        keep(env, directory, workflow_id, run_id);
        kept += 1;
    }
    for (size_t i = 0; i < env->runs.capacity && kept < RUNS_MOST; i++) {
        const struct env_run *run = env->runs.slots[i];

        if (run != NULL && strcmp(run->run_id, run_id) != 0) {
            keep(env, directory, run->workflow_id, run->run_id);
            kept += 1;
        }
    }
}

void env_add_histories(struct tl_env *env, const struct tl_verdict *verdict)
{
    struct report_text directory;

    report_text_init(&directory, &env->memory.allocator);
    report_text_add(&env->verdict, "\n");
    if (add_directory(&directory)) {
        keep_all(env, verdict, report_text_get(&directory));
    } else if (directory.len != 0) {
        report_text_format(&env->verdict, "histories: not kept: %s is no directory to write to\n", directory.data);
    }
    report_text_done(&directory);
}

/* ---- The command ---- */

/* As a shell takes it for one word. */
static void add_word(struct report_text *text, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=@%+,-";

    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        report_text_add(text, word);
        return;
    }
    report_text_add(text, "'");
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            report_text_add(text, "'\\''");
        } else {
            report_text_add_bytes(text, word, 1);
        }
    }
    report_text_add(text, "'");
}

void env_add_command(struct tl_env *env)
{
    struct report_text *text = &env->verdict;

    report_text_format(text, "the same again: TIMELAPSE_SEED=%" PRIu64, env->seed);
    if (env->settings.variant[0] != '\0') {
        report_text_format(text, " TIMELAPSE_VARIANT=%s", env->settings.variant);
    }
    if (env->settings.fixtures != NULL) {
        report_text_add(text, " TIMELAPSE_FIXTURES=");
        add_word(text, env->settings.fixtures);
    }
    if (test_name(env)[0] != '\0') {
        report_text_add(text, " TIMELAPSE_TEST=");
        add_word(text, test_name(env));
    }
    report_text_add(text, " ");
    add_word(text, program_invocation_name);
    report_text_add(text, "\n");
}
