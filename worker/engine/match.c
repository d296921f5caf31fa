/* SPDX-License-Identifier: MIT */
/*
 * Commands against history. Every event that a command wrote must be met by the command that the
 * code made at the same place: the head of the queue, of the same type, with the same identity
 * and, when strict, with the same attributes.
 */
#include "model/event.h"
#include "model/marker.h"
#include "worker/engine/run.h"
#include "worker/machines/entity.h"
#include "worker/workflow/strand.h"

/* What the event records, in the words of entity descriptions. */
static void describe_event(const Pb__HistoryEvent *event, struct text *text)
{
    char name[EVENT_TYPE_NAME_SIZE];

    text_add(text, event_type_name(event->event_type, name, sizeof name));
    event_describe_subject(event, text);
}

static void describe_command(const struct command *command, struct text *text)
{
    text_format(text, "command %s of ", command_type_name(command->type));
    command->entity->kind->describe(command->entity, text);
}

static void describe_waits(const struct tl_workflow *wf, struct text *text)
{
    const char *separator = "its code waits for ";

    LIST_EACH(&wf->strands, node)
    {
        text_add(text, separator);
        strand_describe_wait(LIST_ITEM(node, const struct strand, all), text);
        separator = ", and for ";
    }
    if (list_is_empty(&wf->strands)) {
        text_add(text, "its code has ended");
    }
}

/* Versions are not steps: what is said of them says what to do. */
static const char *hint_for(const Pb__HistoryEvent *event, const char *usual)
{
    if (event->event_type != EVENT_TYPE_MARKER_RECORDED) {
        return usual;
    }
    return "was the call of tl_get_version or tl_patched, or the side effect, removed or moved? It stays while runs "
           "have its marker";
}

/* Reports with everything that helps to find the change: what history has, what the code did, a hint. */
static bool differs(
    const struct run *run, const Pb__HistoryEvent *event, const struct command *command, const char *difference,
    struct run_fault *fault)
{
    struct text history;
    struct text code;

    text_init(&history, run->wf.arena);
    text_init(&code, run->wf.arena);
    describe_event(event, &history);
    if (command == NULL) {
        describe_waits(&run->wf, &code);
        return run_fault(
            fault,
            TL_NONDETERMINISM,
            event->event_id,
            "expected %s, found no command: %s. Hint: %s",
            history.data,
            code.data,
            hint_for(event, "was a step removed or moved?"));
    }
    describe_command(command, &code);
    if (difference == NULL) {
        return run_fault(
            fault,
            TL_NONDETERMINISM,
            event->event_id,
            "expected %s, found %s. Hint: %s",
            history.data,
            code.data,
            hint_for(event, "was a step added, removed or moved?"));
    }
    return run_fault(
        fault,
        TL_NONDETERMINISM,
        event->event_id,
        "expected %s, found %s: %s. Hint: was this step renamed, or do its arguments depend on more than history?",
        history.data,
        code.data,
        difference);
}

/*
 * Whether the event may go by without a command: the marker of a deprecated patch, and what went into the search
 * attribute with it (sdk-core, workflow_machines.rs, patch_marker_handling).
 */
static bool may_be_skipped(struct run *run, const Pb__HistoryEvent *event)
{
    struct marker marker;

    if (event->event_type == EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES) {
        return event->event_id == run->skipped_event_id && ahead_upserts_versions(event);
    }
    if (event->event_type != EVENT_TYPE_MARKER_RECORDED ||
        marker_read(&run->arena, event->marker_recorded_event_attributes, &marker, NULL) != TL_OK ||
        marker.kind != MARKER_PATCH || !marker.deprecated) {
        return false;
    }
    run->skipped_event_id = event->event_id + 1;
    return true;
}

/* No command for the event, or not this one: it is skipped, or told. */
static bool unmatched(
    struct run *run, const Pb__HistoryEvent *event, const struct command *command, const char *difference,
    struct run_fault *fault)
{
    struct marker marker;
    struct tl_error error;

    if (may_be_skipped(run, event)) {
        return true;
    }
    if (event->event_type == EVENT_TYPE_MARKER_RECORDED &&
        marker_read(&run->arena, event->marker_recorded_event_attributes, &marker, &error) != TL_OK) {
        return run_fault(fault, TL_MALFORMED, event->event_id, "%s %s", error.field, error.message);
    }
    return differs(run, event, command, difference, fault);
}

/* All attributes, by the message that would be sent. */
static bool matches_all(const struct command *command, const Pb__HistoryEvent *event, struct text *difference)
{
    const struct entity_kind *kind = command->entity->kind;
    Pb__Command message = PB__COMMAND__INIT;

    message.command_type = command->type;
    kind->build(command->entity, command->type, command->entity->wf->arena, &message);
    return kind->matches_all(command->entity, &message, event, difference);
}

bool match_command_event(struct run *run, const Pb__HistoryEvent *event, struct run_fault *fault)
{
    struct list_node *head = list_first(&run->wf.commands);
    struct text difference;

    if (head == NULL) {
        return unmatched(run, event, NULL, NULL, fault);
    }
    struct command *command = LIST_ITEM(head, struct command, node);
    if (command->type != event_command_type(event->event_type)) {
        return unmatched(run, event, command, NULL, fault);
    }
    text_init(&difference, run->wf.arena);
    if (!command->entity->kind->matches(command->entity, event, &difference) ||
        (run->settings->strict && !matches_all(command, event, &difference))) {
        return unmatched(run, event, command, difference.data, fault);
    }
    list_remove(head);
    if (entity_apply(command->entity, event) != ENTITY_OK) {
        return differs(run, event, command, entity_state(command->entity), fault);
    }
    return true;
}

bool match_nothing_left(struct run *run, int64_t event_id, struct run_fault *fault)
{
    struct list_node *head = list_first(&run->wf.commands);
    struct text code;

    if (head == NULL) {
        return true;
    }
    const struct command *command = LIST_ITEM(head, struct command, node);
    if (command->number > run->commands_to_match) {
        return true; /* history does not tell yet how its task ended */
    }
    text_init(&code, run->wf.arena);
    describe_command(command, &code);
    return run_fault(
        fault,
        TL_NONDETERMINISM,
        event_id,
        "expected no further command of the task completed before, found %s. Hint: was a step added?",
        code.data);
}
