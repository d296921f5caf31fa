/* SPDX-License-Identifier: MIT */
/* What holds the clock, or why it does not move: tl_env_why. */
#include <stdio.h>
#include <string.h>

#include "sim/env/environment.h"

#define READY_MOST 5   /* ready things that are named */
#define NEXT_MOST  5   /* deadlines that are named */
#define QUEUE_SIZE 128 /* of a queue's name that is compared */
#define LINES_MOST 50  /* of the service */

#define TARGETS (TL_DEADLINE_WAKING | TL_DEADLINE_RUN)

struct explanation {
    struct tl_env *env;
    struct report_text *text;
    const char *prefix; /* of the lines that are told now */
};

static const char *name_of(const struct tl_pending *pending)
{
    return pending->name[0] == '\0' ? "something without a name" : pending->name;
}

/* ---- Lines ---- */

static void add_ready(void *user, const struct tl_pending *pending)
{
    const struct explanation *explanation = user;

    report_text_format(explanation->text, "ready: %s\n", name_of(pending));
}

static const char *kind_of(const struct tl_pending *pending)
{
    switch (pending->kind) {
    case TL_DEADLINE_RUN:
        return ", where time goes only when told to";
    case TL_DEADLINE_IDLE:
        return ", which never moves time";
    default:
        return "";
    }
}

static void add_deadline(void *user, const struct tl_pending *pending)
{
    const struct explanation *explanation = user;

    report_text_format(explanation->text, "%s: ", explanation->prefix);
    env_add_moment(explanation->env, explanation->text, pending->at);
    if (pending->kind == TL_DEADLINE_IDLE) {
        report_text_add(explanation->text, " a long poll or the like ends");
    } else {
        report_text_format(explanation->text, " %s", name_of(pending));
    }
    report_text_format(explanation->text, "%s\n", kind_of(pending));
}

/* The service says of a task: "... in queue NAME, which nobody polls". Its length before " in queue"; 0: no such line.
 */
static size_t unpolled_queue(const char *line, char queue[QUEUE_SIZE])
{
    static const char before[] = " in queue ";
    static const char behind[] = ", which nobody polls";
    const char *name = strstr(line, before);
    const char *end = strstr(line, behind);

    if (name == NULL || end <= name) {
        return 0;
    }
    size_t len = (size_t)(name - line);
    name += sizeof before - 1;
    (void)snprintf(queue, QUEUE_SIZE, "%.*s", (int)(end - name), name);
    return len;
}

static void add_nearest_queue(const struct explanation *explanation, const char *line)
{
    char queue[QUEUE_SIZE];

    if (unpolled_queue(line, queue) != 0) {
        env_add_nearest_queue(explanation->env, queue, explanation->text);
    }
}

static void add_line(void *user, const char *line)
{
    const struct explanation *explanation = user;

    report_text_add(explanation->text, line);
    add_nearest_queue(explanation, line);
    report_text_add(explanation->text, "\n");
}

/* ---- The answer ---- */

static void add_summary(struct tl_env *env, struct report_text *text)
{
    size_t ready = tl_driver_ready(env->driver);
    size_t holds = tl_driver_holds(env->driver);
    tl_time next = tl_driver_next_target(env->driver, env->targets);

    report_text_add(text, "at ");
    env_add_moment(env, text, tl_driver_now(env->driver));
    if (tl_driver_verdict(env->driver) != NULL) {
        report_text_add(text, " time stands still for good: a verdict stands\n");
    } else if (ready > 0) {
        report_text_format(text, " time waits for what is ready to run: %zu\n", ready);
    } else if (holds > 0) {
        report_text_format(text, " time is held: tl_env_hold, %zu times\n", holds);
    } else if (next != TL_NEVER) {
        report_text_add(text, " nothing holds time; it goes on to ");
        env_add_moment(env, text, next);
        report_text_add(text, "\n");
    } else if (tl_driver_next_deadline(env->driver, TL_DEADLINE_RUN) != TL_NEVER) {
        report_text_add(text, " time has nowhere to go but to run timeouts (tl_env_advance, skip_to_run_timeouts)\n");
    } else {
        report_text_add(text, " time has nowhere to go: no timer, retry or timeout is pending\n");
    }
}

void env_add_why(struct tl_env *env, struct report_text *text)
{
    struct explanation explanation = {.env = env, .text = text, .prefix = "next"};

    add_summary(env, text);
    tl_driver_pending(env->driver, 0, READY_MOST, add_ready, &explanation);
    tl_driver_pending(env->driver, TARGETS, NEXT_MOST, add_deadline, &explanation);
    explanation.prefix = "idle";
    tl_driver_pending(env->driver, TL_DEADLINE_IDLE, 1, add_deadline, &explanation);
    size_t lines = env->sim == NULL ? 0 : tl_sim_why(env->sim, env->start_time, LINES_MOST, add_line, &explanation);
    if (lines > LINES_MOST) {
        report_text_format(text, "and %zu more\n", lines - LINES_MOST);
    }
}

/* ---- A queue that nobody polls ---- */

struct unpolled {
    struct tl_env *env;
    struct report_text *text;
    const char *workflow_id; /* whose lines count; NULL: all */
    int found;
};

static int is_of(const char *line, const char *workflow_id)
{
    size_t len = strlen(workflow_id);

    return strncmp(line, workflow_id, len) == 0 && line[len] == ':';
}

static void look_for_unpolled(void *user, const char *line)
{
    struct unpolled *unpolled = user;
    char queue[QUEUE_SIZE];
    size_t len = unpolled_queue(line, queue);

    if (unpolled->found || len == 0 || (unpolled->workflow_id != NULL && !is_of(line, unpolled->workflow_id))) {
        return;
    }
    unpolled->found = 1;
    report_text_format(unpolled->text, "nobody polls task queue %s, where %.*s", queue, (int)len, line);
    env_add_nearest_queue(unpolled->env, queue, unpolled->text);
}

int env_add_unpolled(struct tl_env *env, struct report_text *text)
{
    struct unpolled unpolled = {
        .env = env,
        .text = text,
        .workflow_id = env->awaited == NULL ? NULL : tl_handle_workflow_id(env->awaited),
    };

    if (env->sim == NULL) {
        return 0;
    }
    (void)tl_sim_why(env->sim, env->start_time, LINES_MOST, look_for_unpolled, &unpolled);
    if (!unpolled.found && unpolled.workflow_id != NULL) {
        unpolled.workflow_id = NULL;
        (void)tl_sim_why(env->sim, env->start_time, LINES_MOST, look_for_unpolled, &unpolled);
    }
    return unpolled.found;
}

/* ---- For the test ---- */

const char *tl_env_why(struct tl_env *env)
{
    report_text_reset(&env->answer);
    env_add_why(env, &env->answer);
    return env_lend(env);
}

/* ---- Manual skipping ---- */

void tl_env_hold(struct tl_env *env)
{
    tl_driver_hold(env->driver);
}

void(tl_env_release)(struct tl_env *env)
{
    env_arrive(env);
    if (tl_driver_release(env->driver) != TL_OK) {
        env_fail(env, TL_VERDICT, "%s: time is not held; each release takes back one tl_env_hold", __func__);
    }
}
