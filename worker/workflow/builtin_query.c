/* SPDX-License-Identifier: MIT */
/* What every run answers by itself; on the engine's stack, without workflow code. */
#include <string.h>
#include <temporal/api/sdk/v1/enhanced_stack_trace.pb-c.h>
#include <temporal/api/sdk/v1/workflow_metadata.pb-c.h>
#include <timelapse/backtrace.h>
#include <timelapse/json.h>

#include "base/arena.h"
#include "model/json.h"
#include "worker/engine/flags.h"
#include "worker/runtime/backtraces.h"
#include "worker/workflow/context.h"
#include "worker/workflow/handler.h"
#include "worker/workflow/query.h"
#include "worker/workflow/signal.h"
#include "worker/workflow/strand.h"

typedef struct query_answer builtin_fn(struct tl_workflow *wf, struct arena *arena);

static builtin_fn answer_enhanced_stack_trace;
static builtin_fn answer_stack_trace;
static builtin_fn answer_metadata;

/* In order of their names, as metadata lists them. */
static const struct builtin {
    const char *type;
    const char *description;
    builtin_fn *answer;
} builtins[] = {
    {"__enhanced_stack_trace", "Current stack trace, as data", answer_enhanced_stack_trace},
    {"__stack_trace", "Current stack trace", answer_stack_trace},
    {"__temporal_workflow_metadata", "Metadata about the workflow", answer_metadata},
};

static const struct builtin *find(const char *type)
{
    for (size_t i = 0; i < COUNT_OF(builtins); i++) {
        if (strcmp(builtins[i].type, type) == 0) {
            return &builtins[i];
        }
    }
    return NULL;
}

bool query_is_builtin(const char *type)
{
    return find(type) != NULL;
}

struct query_answer query_answer_builtin(struct tl_workflow *wf, const char *type, struct arena *arena)
{
    return find(type)->answer(wf, arena);
}

void query_describe_types(const struct tl_workflow *wf, struct text *text)
{
    for (size_t i = 0; i < COUNT_OF(builtins); i++) {
        text_format(text, "%s%s", i == 0 ? "" : ", ", builtins[i].type);
    }
    for (const struct query_handler *handler = wf->query_handlers; handler != NULL; handler = handler->next) {
        if (handler->type != NULL && handler->answer != NULL) {
            text_format(text, ", %s", handler->type);
        }
    }
}

/* ---- Answers ---- */

/* A message in proto3 JSON, with its type, as the SDKs' converters write it. */
static struct query_answer message_answer(struct arena *arena, const ProtobufCMessage *message)
{
    struct text text;
    struct tl_error error;

    text_init(&text, arena);
    if (json_write(&text, message, 0, &error) != TL_OK) {
        return (struct query_answer){.failure = query_failure(arena, error.message)};
    }
    const struct tl_metadata metadata[] = {
        {"encoding", tl_bytes_of("json/protobuf")}, {"messageType", tl_bytes_of(message->descriptor->name)}};
    const struct tl_payload payload = {tl_bytes_of(text.data), metadata, COUNT_OF(metadata)};
    return (struct query_answer){.result = pb_payloads(arena, &(struct tl_payloads){&payload, 1})};
}

/* ---- Stack traces ---- */

static void of_run(const void *whose, parked_fn *each, void *user)
{
    strands_tell(whose, each, user);
}

static void add_backtrace(void *user, const struct tl_backtrace *backtrace)
{
    struct text *text = user;

    if (text->len > 0) {
        text_add(text, "\n");
    }
    text_format(text, "coroutine %s [waits for %s]:\n", backtrace->wait->coroutine, backtrace->wait->waits_for);
    for (size_t i = 0; i < backtrace->count; i++) {
        text_format(text, "    %s\n", backtrace->frames[i].text);
    }
    if (backtrace->cut) {
        text_add(text, "    ...\n");
    }
}

static struct query_answer answer_stack_trace(struct tl_workflow *wf, struct arena *arena)
{
    struct text trace;

    text_init(&trace, arena);
    backtraces_tell(arena, of_run, wf, add_backtrace, &trace);
    size_t size = tl_json_quote(trace.data, NULL, 0) + 1;
    char *json = arena_alloc(arena, size);
    (void)tl_json_quote(trace.data, json, size);
    const struct tl_payload payload = tl_payload_json(json);
    return (struct query_answer){.result = pb_payloads(arena, &(struct tl_payloads){&payload, 1})};
}

/* Of the stacks of an EnhancedStackTrace. */
struct stacks {
    struct arena *arena;
    Pb__EnhancedStackTrace *trace;
    size_t capacity;
};

static Pb__StackTraceFileLocation *location(struct arena *arena, const struct tl_frame *frame)
{
    Pb__StackTraceFileLocation *location = PB_NEW(arena, Pb__StackTraceFileLocation, pb__stack_trace_file_location);

    location->file_path = arena_strdup(arena, frame->file[0] == '\0' ? frame->module : frame->file);
    location->line = frame->line == 0 ? -1 : frame->line;
    location->column = -1;
    location->function_name = arena_strdup(arena, frame->function);
    location->internal_code = frame->file[0] == '\0' && strncmp(frame->function, "tl_", 3) == 0;
    return location;
}

static void add_stack(void *user, const struct tl_backtrace *backtrace)
{
    struct stacks *stacks = user;
    struct arena *arena = stacks->arena;
    Pb__EnhancedStackTrace *trace = stacks->trace;
    Pb__StackTrace *stack = PB_NEW(arena, Pb__StackTrace, pb__stack_trace);

    trace->stacks =
        arena_grow_array(arena, trace->stacks, trace->n_stacks, &stacks->capacity, sizeof(Pb__StackTrace *));
    trace->stacks[trace->n_stacks++] = stack;
    stack->locations = ARENA_ARRAY(arena, Pb__StackTraceFileLocation *, backtrace->count);
    stack->n_locations = backtrace->count;
    for (size_t i = 0; i < backtrace->count; i++) {
        stack->locations[i] = location(arena, &backtrace->frames[i]);
    }
}

/* Without sources: a worker has none at hand. */
static struct query_answer answer_enhanced_stack_trace(struct tl_workflow *wf, struct arena *arena)
{
    static char name[] = SDK_NAME;
    static char version[] = SDK_VERSION;
    struct stacks stacks = {.arena = arena};

    stacks.trace = PB_NEW(arena, Pb__EnhancedStackTrace, pb__enhanced_stack_trace);
    stacks.trace->sdk = PB_NEW(arena, Pb__StackTraceSDKInfo, pb__stack_trace_sdkinfo);
    stacks.trace->sdk->name = name;
    stacks.trace->sdk->version = version;
    backtraces_tell(arena, of_run, wf, add_stack, &stacks);
    return message_answer(arena, &stacks.trace->base);
}

/* ---- Metadata ---- */

/* A list of definitions, sorted by name as the SDKs do. */
struct definitions {
    struct arena *arena;
    Pb__WorkflowInteractionDefinition **items;
    size_t count;
    size_t capacity;
};

static void define(struct definitions *list, const char *name, const char *description)
{
    struct arena *arena = list->arena;
    Pb__WorkflowInteractionDefinition *definition =
        PB_NEW(arena, Pb__WorkflowInteractionDefinition, pb__workflow_interaction_definition);
    size_t at = list->count;

    definition->name = arena_strdup(arena, name);
    definition->description = arena_strdup(arena, description);
    list->items = arena_grow_array(arena, list->items, list->count, &list->capacity, sizeof(*list->items));
    for (list->count++; at > 0 && strcmp(list->items[at - 1]->name, definition->name) > 0; at--) {
        list->items[at] = list->items[at - 1];
    }
    list->items[at] = definition;
}

/* One without a name is the default one (sdk.proto, WorkflowInteractionDefinition). */
static struct definitions queries_of(const struct tl_workflow *wf, struct arena *arena)
{
    struct definitions list = {.arena = arena};

    for (size_t i = 0; i < COUNT_OF(builtins); i++) {
        define(&list, builtins[i].type, builtins[i].description);
    }
    for (const struct query_handler *handler = wf->query_handlers; handler != NULL; handler = handler->next) {
        if (handler->answer != NULL) {
            define(&list, handler->type, handler->description);
        }
    }
    return list;
}

/* Those that code waits for, and those that have a handler; of the latter one without a name is for all others. */
static struct definitions signals_of(const struct tl_workflow *wf, struct arena *arena)
{
    struct definitions list = {.arena = arena};

    LIST_EACH(&wf->signals, node)
    {
        const struct signal_channel *channel = LIST_ITEM(node, const struct signal_channel, node);
        if (channel->waited) {
            define(&list, channel->name, "");
        }
    }
    LIST_EACH(&wf->handlers, node)
    {
        const struct signal_handler *handler = LIST_ITEM(node, const struct signal_handler, node);
        if (handler->function != NULL) {
            define(&list, handler->name, handler->description);
        }
    }
    return list;
}

static struct query_answer answer_metadata(struct tl_workflow *wf, struct arena *arena)
{
    const struct definitions queries = queries_of(wf, arena);
    const struct definitions signals = signals_of(wf, arena);
    Pb__WorkflowMetadata *metadata = PB_NEW(arena, Pb__WorkflowMetadata, pb__workflow_metadata);
    Pb__WorkflowDefinition *definition = PB_NEW(arena, Pb__WorkflowDefinition, pb__workflow_definition);

    definition->type = arena_strdup(arena, wf->info.workflow_type);
    definition->query_definitions = queries.items;
    definition->n_query_definitions = queries.count;
    definition->signal_definitions = signals.items;
    definition->n_signal_definitions = signals.count;
    metadata->definition = definition;
    metadata->current_details = arena_strdup(arena, wf->details);
    return message_answer(arena, &metadata->base);
}
