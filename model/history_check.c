/* SPDX-License-Identifier: MIT */
/*
 * Whether a server could have written a history. The rules about events that go back to others stand in
 * event_links.def; those about ids, times and workflow tasks stand here, one function each.
 *
 * What the server does (service/history/historybuilder/event_store.go, bufferEvent): while a workflow task runs, what
 * happens meanwhile is kept back until the task ends, with the time at which it happened; the events of a task's
 * commands follow its completion without a gap.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/map.h"
#include "model/event.h"
#include "model/history.h"

/* States of an origin, so that a rule can allow several; SAME is none. */
enum origin_state {
    SAME = 0,
    NEW = 1,
    STARTED = 2,
    DONE = 4
};

/* Event types are below it. */
#define TYPES 64

struct link {
    const char *name; /* of the field; NULL: the type goes back to no other event */
    uint16_t field;   /* its offset in the attributes, as of all fields below */
    uint8_t origin_type;
    uint8_t must_be;
    uint8_t becomes;
};

struct named_field {
    const char *name;
    uint16_t field;
};

static const struct link links[TYPES] = {
#define LINK(type, attributes, name, origin, states, state)                                                            \
    [EVENT_TYPE_##                                                                                                     \
        type] = {#name, offsetof(Pb__##attributes##EventAttributes, name), EVENT_TYPE_##origin, states, state},
#include "model/event_links.def"
};

static const struct named_field starts[TYPES] = {
#define BY_START(type, attributes, name)                                                                               \
    [EVENT_TYPE_##type] = {#name, offsetof(Pb__##attributes##EventAttributes, name)},
#include "model/event_links.def"
};

static const uint16_t task_fields[TYPES] = {
#define BY_TASK(type, attributes)                                                                                      \
    [EVENT_TYPE_##type] = offsetof(Pb__##attributes##EventAttributes, workflow_task_completed_event_id),
#include "model/event_links.def"
};

static const struct named_field keys[TYPES] = {
#define KEY(type, attributes, name) [EVENT_TYPE_##type] = {#name, offsetof(Pb__##attributes##EventAttributes, name)},
#include "model/event_links.def"
};

/* What is known of an event that others go back to. */
struct origin {
    int64_t started_by; /* event id, 0: none */
    int64_t reused_by;  /* the event that took its key while its end was kept back, 0: none */
    uint8_t state;
};

struct check {
    const struct tl_history *history;
    struct tl_error *error;
    struct origin *origins; /* by index of the event */
    struct map keys[TYPES]; /* origins that are not DONE, by key, the latest; one map an event type that has keys */
    size_t reused;          /* origins that are to be DONE when what was kept back is written */
    size_t index;           /* of the event at hand */
    const Pb__HistoryEvent *event;
    int type;
    tl_time latest;         /* of the events that are never kept back */
    int64_t closed_by;      /* the event that closed the run, or 0 */
    int64_t open_task;      /* the workflow task that is not finished: the id of its scheduling, or 0 */
    int64_t completed_task; /* the last event WorkflowTaskCompleted, or 0 */
    bool in_batch;          /* only command events came since */
};

/* ---- Saying what is wrong ---- */

static enum tl_status wrong(const struct check *check, const char *format, ...) TL_PRINTF(2, 3);

static enum tl_status wrong(const struct check *check, const char *format, ...)
{
    char name[EVENT_TYPE_NAME_SIZE];
    char field[64];
    char what[256];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    (void)snprintf(field, sizeof(field), "events[%zu]", check->index);
    return tl_error_set(
        check->error,
        TL_MALFORMED,
        field,
        "event %lld (%s): %s",
        (long long)check->event->event_id,
        event_type_name(check->type, name, sizeof(name)),
        what);
}

static const Pb__HistoryEvent *event_at(const struct check *check, int64_t id)
{
    return check->history->events[id - 1];
}

/* The name of an event's type, which lives as long as `buffer`. */
static const char *type_of(const struct check *check, int64_t id, char buffer[EVENT_TYPE_NAME_SIZE])
{
    return event_type_name((int)event_at(check, id)->event_type, buffer, EVENT_TYPE_NAME_SIZE);
}

static int64_t number_at(const struct check *check, uint16_t field)
{
    return *(const int64_t *)(const void *)((const char *)event_attributes(check->event) + field);
}

static const char *string_at(const Pb__HistoryEvent *event, uint16_t field)
{
    const char *string = *(char *const *)(const void *)((const char *)event_attributes(event) + field);

    return string == NULL ? "" : string;
}

/* ---- Ids, first and last, times ---- */

static enum tl_status check_place(const struct check *check)
{
    bool first = check->index == 0;
    char name[EVENT_TYPE_NAME_SIZE];

    if (check->event->event_id != (int64_t)check->index + 1) {
        return wrong(check, "event %zu should stand here: ids go up from 1 without a gap", check->index + 1);
    }
    if (first != (check->type == EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)) {
        return wrong(check, first ? "a history begins with WorkflowExecutionStarted" : "a run starts once");
    }
    if (check->closed_by != 0) {
        return wrong(
            check,
            "the run was closed by event %lld (%s)",
            (long long)check->closed_by,
            type_of(check, check->closed_by, name));
    }
    return TL_OK;
}

static bool is_task_event(int type)
{
    return type >= EVENT_TYPE_WORKFLOW_TASK_SCHEDULED && type <= EVENT_TYPE_WORKFLOW_TASK_FAILED;
}

/* Written at once when it happens, whatever else is going on. */
static bool is_never_kept_back(int type)
{
    return is_task_event(type) || event_is_command_event(type) || event_is_closing(type) ||
           type == EVENT_TYPE_WORKFLOW_EXECUTION_STARTED;
}

/* What was kept back, and the start of an activity, which is written with its end, may lie before their neighbours. */
static enum tl_status check_time(struct check *check)
{
    tl_time time = pb_time(check->event->event_time);

    if (!is_never_kept_back(check->type)) {
        return TL_OK;
    }
    if (time < check->latest) {
        return wrong(check, "its time lies before that of the events before it");
    }
    check->latest = time;
    return TL_OK;
}

/* ---- Workflow tasks ---- */

static bool is_task_running(const struct check *check)
{
    return check->open_task != 0 && check->origins[check->open_task - 1].state == STARTED;
}

static bool ends_task(int type)
{
    return type == EVENT_TYPE_WORKFLOW_TASK_COMPLETED || type == EVENT_TYPE_WORKFLOW_TASK_FAILED ||
           type == EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT;
}

/*
 * The server forgets an activity or a timer when it ends, be its event kept back; a command of the task that runs
 * meanwhile may take the id again. The end is then written right after the task's commands, before the next task.
 */
static enum tl_status check_reused(struct check *check)
{
    if (check->reused == 0) {
        return TL_OK;
    }
    for (size_t i = 0; i < check->index; i++) {
        if (check->origins[i].reused_by == 0) {
            continue;
        }
        check->index = (size_t)check->origins[i].reused_by - 1;
        check->event = check->history->events[check->index];
        check->type = (int)check->event->event_type;
        const struct named_field *key = &keys[check->type];

        return wrong(
            check, "%s \"%s\" is also that of event %zu", key->name, string_at(check->event, key->field), i + 1);
    }
    return TL_OK;
}

/* A run can be closed from outside while its task runs. */
static enum tl_status check_running_task(const struct check *check)
{
    bool closes = event_is_closing(check->type) && !event_is_command_event(check->type);

    if (!is_task_running(check) || ends_task(check->type) || closes) {
        return TL_OK;
    }
    return wrong(check, "nothing is written while the workflow task of event %lld runs", (long long)check->open_task);
}

static enum tl_status check_task(struct check *check)
{
    enum tl_status status = check_running_task(check);

    if (status != TL_OK) {
        return status;
    }
    if (check->type == EVENT_TYPE_WORKFLOW_TASK_SCHEDULED) {
        status = check_reused(check);
        if (status != TL_OK) {
            return status;
        }
        if (check->open_task != 0) {
            return wrong(check, "the workflow task of event %lld is not finished", (long long)check->open_task);
        }
        check->open_task = check->event->event_id;
    } else if (ends_task(check->type)) {
        check->open_task = 0;
    }
    return TL_OK;
}

/* Events of commands follow the completion of the task that gave the commands, and name it. */
static enum tl_status check_batch(struct check *check)
{
    uint16_t field = task_fields[check->type];

    if (check->type == EVENT_TYPE_WORKFLOW_TASK_COMPLETED) {
        check->completed_task = check->event->event_id;
        check->in_batch = true;
        return TL_OK;
    }
    if (!event_is_command_event(check->type)) {
        check->in_batch = false;
        return TL_OK;
    }
    if (!check->in_batch) {
        return wrong(check, "a command's event stands apart from the completion of its workflow task");
    }
    if (field != 0 && number_at(check, field) != check->completed_task) {
        return wrong(
            check,
            "workflow_task_completed_event_id is %lld, but event %lld completed the task",
            (long long)number_at(check, field),
            (long long)check->completed_task);
    }
    return TL_OK;
}

/* ---- Origins ---- */

static const char *state_text(unsigned state)
{
    switch (state) {
    case NEW:
        return "not started";
    case STARTED:
        return "started already";
    default:
        return "finished already";
    }
}

/* The event that started the origin, as this event repeats it. */
static enum tl_status check_start(const struct check *check, const struct origin *origin)
{
    const struct named_field *start = &starts[check->type];

    if (start->name == NULL || number_at(check, start->field) == origin->started_by) {
        return TL_OK;
    }
    if (origin->started_by == 0) {
        return wrong(
            check, "%s is %lld, but nothing was started", start->name, (long long)number_at(check, start->field));
    }
    return wrong(
        check,
        "%s is %lld, but event %lld is the start",
        start->name,
        (long long)number_at(check, start->field),
        (long long)origin->started_by);
}

static enum tl_status check_same_key(const struct check *check, int64_t origin)
{
    const struct named_field *key = &keys[check->type];
    const Pb__HistoryEvent *event = event_at(check, origin);

    if (key->name == NULL) {
        return TL_OK;
    }
    const char *wanted = string_at(event, keys[event->event_type].field);
    const char *found = string_at(check->event, key->field);

    if (strcmp(wanted, found) == 0) {
        return TL_OK;
    }
    return wrong(check, "%s is \"%s\", but that of event %lld is \"%s\"", key->name, found, (long long)origin, wanted);
}

/* Early servers (histories of 2023) do not say which event had accepted an update that completed. */
static bool may_be_untold(int type)
{
    return type == EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED;
}

/* Finds the origin: an earlier event of the right type in a right state. */
static enum tl_status find_origin(const struct check *check, const struct link *link, int64_t id)
{
    char name[EVENT_TYPE_NAME_SIZE];
    char wanted[EVENT_TYPE_NAME_SIZE];

    if (id < 1 || id > (int64_t)check->index) {
        return wrong(check, "%s is %lld, which is no earlier event", link->name, (long long)id);
    }
    if ((int)event_at(check, id)->event_type != link->origin_type) {
        return wrong(
            check,
            "%s is %lld, %s instead of %s",
            link->name,
            (long long)id,
            type_of(check, id, name),
            event_type_name(link->origin_type, wanted, sizeof(wanted)));
    }
    if ((check->origins[id - 1].state & link->must_be) == 0) {
        return wrong(
            check,
            "event %lld (%s) is %s",
            (long long)id,
            type_of(check, id, name),
            state_text(check->origins[id - 1].state));
    }
    return TL_OK;
}

static void move_origin(struct check *check, const struct link *link, int64_t id)
{
    struct origin *origin = &check->origins[id - 1];

    if (link->becomes == STARTED) {
        origin->started_by = check->event->event_id;
    }
    if (link->becomes != SAME) {
        origin->state = link->becomes;
    }
    if (origin->state != DONE || keys[link->origin_type].name == NULL) {
        return;
    }
    if (origin->reused_by != 0) {
        origin->reused_by = 0;
        check->reused--;
        return;
    }
    (void)map_remove_string(
        &check->keys[link->origin_type], string_at(event_at(check, id), keys[link->origin_type].field));
}

static enum tl_status check_link(struct check *check)
{
    const struct link *link = &links[check->type];

    if (link->name == NULL) {
        return TL_OK;
    }
    int64_t id = number_at(check, link->field);

    if (id == 0 && may_be_untold(check->type)) {
        return TL_OK;
    }
    enum tl_status status = find_origin(check, link, id);

    if (status == TL_OK) {
        status = check_start(check, &check->origins[id - 1]);
    }
    if (status == TL_OK) {
        status = check_same_key(check, id);
    }
    if (status == TL_OK) {
        move_origin(check, link, id);
    }
    return status;
}

/* An event may be an origin: it is new, and its key is nobody else's, unless that one's end was kept back. */
static void note_new(struct check *check)
{
    const struct named_field *key = &keys[check->type];

    check->origins[check->index].state = NEW;
    if (key->name == NULL || links[check->type].name != NULL) {
        return;
    }
    const char *text = string_at(check->event, key->field);
    struct origin *other = map_put_string(&check->keys[check->type], text, &check->origins[check->index]);

    if (other != NULL) {
        other->reused_by = check->event->event_id;
        check->reused++;
    }
}

/* ---- All ---- */

static enum tl_status check_event(struct check *check)
{
    enum tl_status status = check_place(check);

    /* A type of a later server, which may be ignored: nothing more is known of it. */
    if (status != TL_OK || event_type_is_unknown(check->type)) {
        return status;
    }
    status = check_time(check);
    if (status == TL_OK) {
        status = check_task(check);
    }
    if (status == TL_OK) {
        status = check_batch(check);
    }
    if (status == TL_OK) {
        status = check_link(check);
    }
    if (status == TL_OK) {
        note_new(check);
    }
    if (event_is_closing(check->type)) {
        check->closed_by = check->event->event_id;
    }
    return status;
}

static enum tl_status check_all(struct arena *arena, void *user, struct tl_error *error)
{
    const struct tl_history *history = user;
    struct check check = {.history = history, .error = error, .latest = INT64_MIN};
    enum tl_status status = history_check_events(history->events, history->count, error);

    check.origins = ARENA_ARRAY(arena, struct origin, history->count);
    for (size_t type = 0; type < TYPES; type++) {
        map_init(&check.keys[type], arena->pool);
    }
    for (; status == TL_OK && check.index < history->count; check.index++) {
        check.event = history->events[check.index];
        check.type = (int)check.event->event_type;
        status = check_event(&check);
    }
    return status == TL_OK ? check_reused(&check) : status;
}

enum tl_status tl_history_check(const struct tl_history *history, struct tl_error *error)
{
    if (history->count == 0) {
        return tl_error_set(error, TL_MALFORMED, "events", "the history has no events");
    }
    return history_with_arena(history->allocator, check_all, (void *)(uintptr_t)history, error);
}
