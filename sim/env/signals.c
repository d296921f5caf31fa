/* SPDX-License-Identifier: MIT */
/*
 * Signals that nobody has taken: told by the worker with each workflow task's end, kept by run, and told to the test
 * where a wait never ends, where a run closes with them, and where it asks.
 */
#include <string.h>

#include "sim/env/environment.h"
#include "sim/env/nearest.h"
#include "sim/env/view.h"

#define NAMES_MOST 8 /* that a text names */

/* Of one name, at the last task's end at which any were left. */
struct env_signal {
    struct env_signal *next;
    const char *name;
    size_t count;
    int64_t task;       /* that ended so, by the event of its start */
    size_t taken_count; /* for which `hint` was made */
    int is_slip;        /* of a name that the run takes */
    const char *hint;   /* "; did you mean delivered? It takes: delivered, cancel" */
};

/* ---- What the sink tells ---- */

/* The place of a name among those that are told nearest first: by distance, then by order. */
struct rank {
    size_t distance;
    size_t index;
};

static int is_behind(struct rank left, struct rank right)
{
    return left.distance != right.distance ? left.distance > right.distance : left.index > right.index;
}

/* The name that comes next behind `last` (NULL: the first); its rank goes there. */
static const char *next_name(const struct tl_signal_left *left, const char *wanted, struct rank *last, int is_first)
{
    struct rank best = {SIZE_MAX, SIZE_MAX};

    for (size_t i = 0; i < left->taken_count; i++) {
        const struct rank rank = {nearest_distance(wanted, left->taken[i]), i};

        if ((is_first || is_behind(rank, *last)) && is_behind(best, rank)) {
            best = rank;
        }
    }
    *last = best;
    return left->taken[best.index];
}

static void add_taken(struct report_text *text, const char *wanted, const struct tl_signal_left *left)
{
    struct nearest nearest;
    struct rank last = {0, 0};

    nearest_init(&nearest, wanted);
    for (size_t i = 0; i < left->taken_count; i++) {
        nearest_offer(&nearest, left->taken[i]);
    }
    if (nearest.name != NULL) {
        report_text_format(text, "; did you mean %s?", nearest.name);
    }
    if (left->taken_count == 0) {
        report_text_add(text, "; it has taken no signal so far, and has no handler (tl_signal_wait, tl_signal_handle)");
        return;
    }
    report_text_add(text, nearest.name == NULL ? "; it takes " : " It takes ");
    for (size_t i = 0; i < left->taken_count && i < NAMES_MOST; i++) {
        report_text_format(text, "%s%s", i == 0 ? "" : ", ", next_name(left, wanted, &last, i == 0));
    }
    if (left->taken_count > NAMES_MOST) {
        report_text_format(text, " and %zu more", left->taken_count - NAMES_MOST);
    }
}

static int has_slip(const char *name, const struct tl_signal_left *left)
{
    int is_slip = 0;

    for (size_t i = 0; i < left->taken_count; i++) {
        if (strcmp(name, left->taken[i]) == 0) {
            return 0;
        }
        is_slip |= nearest_is_slip(name, left->taken[i]);
    }
    return is_slip;
}

static int is_taken(const char *name, const struct tl_signal_left *left)
{
    for (size_t i = 0; i < left->taken_count; i++) {
        if (strcmp(name, left->taken[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Makes the hint anew where the run takes other names than before. */
static int explain(struct tl_env *env, struct env_signal *signal, const struct tl_signal_left *left)
{
    struct report_text text;

    if (signal->hint != NULL && signal->taken_count == left->taken_count) {
        return 1;
    }
    signal->taken_count = left->taken_count;
    signal->is_slip = has_slip(signal->name, left);
    report_text_init(&text, &env->memory.allocator);
    if (!is_taken(signal->name, left)) {
        add_taken(&text, signal->name, left);
    }
    signal->hint = text.cut ? NULL : env_strdup(&env->memory, report_text_get(&text));
    report_text_done(&text);
    return signal->hint != NULL;
}

static struct env_signal *signal_named(struct tl_env *env, struct env_run *run, const char *name)
{
    struct env_signal **link = &run->signals;

    while (*link != NULL && strcmp((*link)->name, name) != 0) {
        link = &(*link)->next;
    }
    if (*link == NULL) {
        struct env_signal *signal = env_alloc(&env->memory, sizeof *signal);
        const char *copy = signal == NULL ? NULL : env_strdup(&env->memory, name);

        if (copy == NULL) {
            return NULL;
        }
        signal->name = copy;
        *link = signal;
    }
    return *link;
}

static struct env_run *signaled_run(struct tl_env *env, const struct tl_trace_event *event)
{
    struct env_run *run = run_table_get(&env->runs, event->workflow_id, event->run_id);

    if (run != NULL && run->signals == NULL) {
        *env->signaled_tail = run;
        env->signaled_tail = &run->next_signaled;
    }
    return run;
}

void env_signals_note(struct tl_env *env, const struct tl_trace_event *event)
{
    const struct tl_signal_left *left = event->data;
    struct env_run *run = signaled_run(env, event);
    struct env_signal *signal = run == NULL ? NULL : signal_named(env, run, event->name);

    if (signal == NULL || !explain(env, signal, left)) {
        env->out_of_memory = 1;
        return;
    }
    signal->count = left->count;
    signal->task = event->event_id;
    run->signal_task = event->event_id;
}

/* Tasks that only ask have no start, or that of the one before. */
void env_signals_begin_task(struct tl_env *env, const struct tl_trace_event *event)
{
    struct env_run *run = env->signaled == NULL ? NULL : run_table_find(&env->runs, event->run_id);

    if (run != NULL && event->event_id > run->signal_task) {
        run->signal_task = event->event_id;
    }
}

/* ---- Looking ---- */

/* Whether it was left at the end of the run's last task. */
static int is_left(const struct env_run *run, const struct env_signal *signal)
{
    return signal->task == run->signal_task;
}

static void add_signal(struct report_text *text, const struct env_run *run, const struct env_signal *signal)
{
    report_text_format(text, "signal %s was sent to %s", signal->name, run->workflow_id);
    if (signal->count > 1) {
        report_text_format(text, " %zu times", signal->count);
    }
    report_text_format(text, ", and its code has not taken it%s", signal->hint);
}

/* Appends those of the run, for `slips` alone what is misspelt, one a line; how many. */
static size_t add_run(struct report_text *text, const struct env_run *run, int slips)
{
    size_t count = 0;

    for (const struct env_signal *signal = run->signals; signal != NULL; signal = signal->next) {
        if (is_left(run, signal) && (signal->is_slip || !slips)) {
            report_text_add(text, count++ == 0 ? "" : "\n");
            add_signal(text, run, signal);
        }
    }
    return count;
}

void env_signals_check(struct tl_env *env, const char *run_id)
{
    const struct env_run *run;

    if (env->signals_left == TL_SIGNALS_LEFT_ALLOWED || env->signaled == NULL || env->task_fault.len != 0) {
        return;
    }
    run = run_table_find(&env->runs, run_id);
    if (run == NULL || add_run(&env->task_fault, run, env->signals_left != TL_SIGNALS_LEFT_FAIL) == 0) {
        return;
    }
    report_text_add(&env->task_fault, "\nthe run is closed, and they are lost (option signals_left)");
    env->fault_status = TL_VERDICT;
    env->blamed = run;
    env->out_of_memory |= env->task_fault.cut;
}

static int is_open(const struct tl_env *env, const struct env_run *run)
{
    return env_is_closed(env, run->workflow_id, run->run_id) == 0;
}

static const struct env_run *awaited_run(const struct tl_env *env)
{
    return env->awaited == NULL ? NULL : run_table_find(&env->runs, tl_handle_run_id(env->awaited));
}

static int add_first(struct report_text *text, const struct env_run *run)
{
    for (const struct env_signal *signal = run->signals; signal != NULL; signal = signal->next) {
        if (is_left(run, signal) && signal->hint[0] != '\0') {
            add_signal(text, run, signal);
            return 1;
        }
    }
    return 0;
}

int env_add_signal_left(struct tl_env *env, struct report_text *text)
{
    const struct env_run *awaited = awaited_run(env);

    if (awaited != NULL && is_open(env, awaited) && add_first(text, awaited)) {
        return 1;
    }
    for (const struct env_run *run = env->signaled; run != NULL; run = run->next_signaled) {
        if (run != awaited && is_open(env, run) && add_first(text, run)) {
            return 1;
        }
    }
    return 0;
}

/* ---- Asserting ---- */

/* How many signals came to the run, and how many of them behind its last workflow task. */
struct came {
    size_t all;
    size_t unseen;
};

static enum tl_status count_signals(struct tl_env *env, const struct tl_handle *run, struct came *came)
{
    struct tl_history *history;
    struct tl_error error;
    struct view view;

    *came = (struct came){0};
    enum tl_status status = env_history(env, tl_handle_workflow_id(run), tl_handle_run_id(run), &history);
    if (status != TL_OK) {
        return status;
    }
    view_init(&view, &env->memory.allocator);
    status = view_add(&view, history, &error);
    tl_history_unref(history);
    for (size_t i = 0; status == TL_OK && i < view.count; i++) {
        int is_signal = strcmp(view.events[i].type, "WORKFLOW_EXECUTION_SIGNALED") == 0;

        came->all += (size_t)is_signal;
        came->unseen += (size_t)is_signal;
        if (strcmp(view.events[i].type, "WORKFLOW_TASK_STARTED") == 0) {
            came->unseen = 0;
        }
    }
    view_done(&view);
    return status;
}

/* Appends why the claim does not hold; 0: it does. */
static int add_fault(struct tl_env *env, struct tl_handle *run, const struct came *came, struct report_text *text)
{
    const char *id = tl_handle_workflow_id(run);
    const struct env_run *known = run_table_find(&env->runs, tl_handle_run_id(run));

    if (came->all == 0) {
        report_text_format(text, "no signal came to %s: that all were taken says nothing", id);
        return 1;
    }
    if (came->unseen > 0) {
        report_text_format(
            text, "%s has not taken %zu signals, which came behind its last workflow task", id, came->unseen);
        return 1;
    }
    return known != NULL && add_run(text, known, 0) > 0;
}

static void assert_taken(struct tl_env *env, struct tl_handle *run, const char *file, int line)
{
    struct came came;
    struct report_text *text = &env->answer;
    enum tl_status status = count_signals(env, run, &came);

    if (status != TL_OK) {
        env_stop_at(env, file, line, "%s has no history: %s", tl_handle_workflow_id(run), tl_status_text(status));
        return;
    }
    report_text_reset(text);
    if (add_fault(env, run, &came, text)) {
        env_stop_at(env, file, line, "%s", report_text_get(text));
    }
}

void tl_env_assert_signals_taken(struct tl_env *env, struct tl_handle *run, const char *file, int line)
{
    if (env_begin_assertion(env, file, line)) {
        (tl_env_run_until_idle)(env);
        if (tl_driver_verdict(env->driver) == NULL && run == NULL) {
            env_stop_at(env, file, line, "an assertion: there is no run");
        } else if (tl_driver_verdict(env->driver) == NULL) {
            assert_taken(env, run, file, line);
        }
        env->awaited = run;
        env_report(env);
        env->awaited = NULL;
    }
    env_end_assertion(env);
}
