/* SPDX-License-Identifier: MIT */
/* A task's way: which run it is for, the history it needs, the chunks, the answer. */
#include "worker/engine/engine.h"

#include <string.h>

#include "base/pool.h"
#include "model/rpc.h"
#include "worker/engine/state.h"
#include "worker/registry/registry.h"
#include "worker/workflow/strand.h"

struct engine *engine_new(const struct engine_settings *settings)
{
    struct engine *engine = pool_zalloc(settings->pool, sizeof *engine);

    engine->settings = *settings;
    map_init(&engine->runs, settings->pool);
    list_init(&engine->cached);
    list_init(&engine->tasks);
    /* Of its own, so that no other part's numbers depend on how often the service was slow. */
    random_seed(&engine->random, hash_siphash13(tl_driver_seed(settings->driver), 0, "engine", strlen("engine")));
    call_party_init(&engine->party, settings->agenda, settings->service, &engine->random);
    return engine;
}

void engine_free(struct engine *engine)
{
    if (engine == NULL) {
        return;
    }
    LIST_EACH(&engine->tasks, node)
    {
        task_free(LIST_ITEM(node, struct task, node));
    }
    LIST_EACH(&engine->cached, node)
    {
        run_free(LIST_ITEM(node, struct run, cached));
    }
    map_done(&engine->runs);
    pool_free(engine->settings.pool, engine, sizeof *engine);
}

void engine_trace(
    const struct task *task, enum tl_trace_kind kind, const char *name, const char *detail, const void *data)
{
    struct agenda *agenda = task->engine->settings.agenda;

    if (agenda_traces(agenda, kind)) {
        agenda_trace(
            agenda,
            (struct tl_trace_event){
                .kind = kind,
                .workflow_id = task_workflow_id(task),
                .run_id = task_run_id(task),
                .event_id = task->poll->started_event_id,
                .name = name,
                .detail = detail,
                .data = data});
    }
}

/* ---- Which history ---- */

static int64_t first_event_id(const struct task *task)
{
    return task->count == 0 ? 0 : task->events[0]->event_id;
}

static struct run *open_run(struct task *task)
{
    struct engine *engine = task->engine;
    struct run *run = run_new(&engine->settings, false);

    run->wf.info.workflow_id = arena_strdup(&run->arena, task_workflow_id(task));
    run->wf.info.run_id = arena_strdup(&run->arena, task_run_id(task));
    run->task = task;
    task->run = run;
    cache_add(engine, run);
    return run;
}

static void process(struct task *task);

/* How many pages may bring nothing new before the service is taken to go in circles. */
#define MOST_FRUITLESS_PAGES 100

/* A query's task has no start: its history is read to the end. */
static bool has_its_start(const struct task *task)
{
    return task->poll->query == NULL && task->count > 0 &&
           task->events[task->count - 1]->event_id >= task->poll->started_event_id;
}

/*
 * Pages after the first, or all of them after a cache miss. Transient and speculative events exist
 * in the poll's reply alone: what the fetched history lacks at its end is taken from there.
 */
static void fetch(struct task *task, ProtobufCBinaryData page_token);

/* What does not come today may come with the task's next try, after it timed out; what cannot be read is told. */
static void on_no_page(struct task *task, const struct tl_reply *reply)
{
    struct run_fault fault = {0};
    enum tl_status status = call_is_too_large(reply) ? TL_TOO_LARGE : reply->status;

    if (status != TL_MALFORMED && status != TL_TOO_LARGE) {
        engine_end_task(task, false);
        return;
    }
    (void)run_fault(&fault, status, 0, "a page of history cannot be read: %s", reply->text);
    completion_send_failure(task, &fault);
}

static void on_page(struct task *task, struct tl_reply *reply)
{
    const Pb__GetWorkflowExecutionHistoryResponse *page = (const void *)reply->message;
    struct run_fault fault = {0};

    if (reply->status != TL_OK) {
        on_no_page(task, reply);
        return;
    }
    task_hold(task, tl_reply_ref(reply));
    task->fruitless_pages = task_add_events(task, page->history) == 0 ? task->fruitless_pages + 1 : 0;
    if (page->next_page_token.len == 0 || has_its_start(task)) {
        (void)task_add_events(task, task->poll->history);
        process(task);
    } else if (task->fruitless_pages < MOST_FRUITLESS_PAGES) {
        fetch(task, page->next_page_token);
    } else {
        (void)run_fault(
            &fault, TL_MALFORMED, 0, "%u pages of history one after the other told nothing", MOST_FRUITLESS_PAGES);
        completion_send_failure(task, &fault);
    }
}

static void fetch(struct task *task, ProtobufCBinaryData page_token)
{
    struct arena *arena = &task->arena;
    Pb__GetWorkflowExecutionHistoryRequest *request =
        PB_NEW(arena, Pb__GetWorkflowExecutionHistoryRequest, pb__get_workflow_execution_history_request);

    request->namespace_ = (char *)(uintptr_t)task->engine->settings.name_space;
    request->execution = task->poll->workflow_execution;
    request->next_page_token = page_token;
    task_call(task, RPC_GetWorkflowExecutionHistory, request, on_page);
}

/* ---- Whose task ---- */

/* What every task must tell. */
static bool check_poll(const struct task *task, struct run_fault *fault)
{
    if (task_run_id(task)[0] == '\0') {
        return run_fault(fault, TL_MALFORMED, 0, "workflow_execution: the task does not tell whose it is");
    }
    if (task->poll->query == NULL && task->poll->started_event_id <= 0) {
        return run_fault(
            fault,
            TL_MALFORMED,
            0,
            "started_event_id: %lld is the id of no event",
            (long long)task->poll->started_event_id);
    }
    return true;
}

/*
 * The run under way gets the newest of those that came meanwhile: that one counts. Queries each get
 * their answer, from what the task under way leaves.
 */
static void wait_for_turn(struct task *task, struct run *run)
{
    struct task **end = &run->queries;

    if (task->poll->query != NULL) {
        while (*end != NULL) {
            end = &(*end)->next_turn;
        }
        *end = task;
        return;
    }
    if (run->waiting != NULL) {
        engine_end_task(run->waiting, true);
    }
    run->waiting = task;
}

/* History from where the run stands: what the poll brought, what its pages hold, or all of it. */
static void gather(struct task *task, bool cached)
{
    if (!cached && first_event_id(task) != 1) {
        task->count = 0;
        fetch(task, (ProtobufCBinaryData){0});
    } else if (task->poll->next_page_token.len > 0 && !has_its_start(task)) {
        fetch(task, task->poll->next_page_token);
    } else {
        process(task);
    }
}

/*
 * A cached run goes on only where it left off; everything else is replayed from the start: after a
 * completion that did not take effect, after another worker went on with the run.
 */
void engine_begin(struct task *task)
{
    struct engine *engine = task->engine;
    struct run *run = cache_find(engine, task_run_id(task));
    struct run_fault fault = {0};

    if (!check_poll(task, &fault)) {
        completion_send_failure(task, &fault);
        return;
    }
    if (run != NULL && run->task != NULL) {
        wait_for_turn(task, run);
        return;
    }
    if (task->poll->query != NULL && query_task_begin(task, run)) {
        return;
    }
    if (run != NULL && (first_event_id(task) != run->last_event_id + 1 || cause_choose_eviction(task, run) == 1)) {
        cache_evict(engine, run);
        run = NULL;
    }
    if (run == NULL) {
        (void)open_run(task);
        gather(task, false);
        return;
    }
    run->task = task;
    task->run = run;
    cache_touch(engine, run);
    gather(task, true);
}

void engine_take_task(struct engine *engine, struct tl_reply *poll)
{
    engine_take(engine, poll, (const void *)poll->message);
}

void engine_take(struct engine *engine, struct tl_reply *reply, const Pb__PollWorkflowTaskQueueResponse *task)
{
    engine_begin(task_new(engine, reply, task));
}

void engine_leave(struct engine *engine)
{
    engine->leaves = true;
}

/* ---- Running it ---- */

/*
 * The history ends with the task's start. What goes on behind it - a history fetched late may tell
 * how the task timed out meanwhile - is not this task's. False when the start is not there.
 */
static bool cut(struct task *task)
{
    int64_t started = task->poll->started_event_id;

    while (task->count > 0 && task->events[task->count - 1]->event_id > started) {
        task->count--;
    }
    const Pb__HistoryEvent *last = task->count == 0 ? NULL : task->events[task->count - 1];
    return last != NULL && last->event_id == started && last->event_type == EVENT_TYPE_WORKFLOW_TASK_STARTED;
}

/*
 * A transient attempt stands in no history. Once it timed out other events take its ids, so that pages fetched late do
 * not end with its start (service/history/api, get_history_util.go): it is over then, and nothing is wrong with it.
 */
static void end_without_start(struct task *task)
{
    struct run_fault fault = {0};
    const Pb__HistoryEvent *last = task->count == 0 ? NULL : task->events[task->count - 1];

    if (task->poll->attempt > 1 && last != NULL) {
        engine_trace(
            task,
            TL_TRACE_WORKER_TASK_FAILED,
            tl_status_name(TL_NOT_FOUND),
            "the attempt was over before its history was there",
            NULL);
        engine_end_task(task, false);
        return;
    }
    (void)run_fault(
        &fault,
        TL_MALFORMED,
        last == NULL ? 0 : last->event_id,
        "history does not end with the task's start, event %lld",
        (long long)task->poll->started_event_id);
    completion_send_failure(task, &fault);
}

bool engine_decode(struct task *task, struct run_fault *fault)
{
    const struct tl_registry *registry = task->engine->settings.registry;
    enum tl_status status =
        registry_decode_events(registry, &task->arena, task->events, task->count, &task->events, &fault->error);

    if (status != TL_OK) {
        fault->cause = WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE;
    }
    return status == TL_OK;
}

static bool apply_all(struct task *task, struct run_fault *fault)
{
    return run_apply_all(task->run, task->events, task->count, task->count, true, fault);
}

static void process(struct task *task)
{
    struct run_fault fault = {0};

    if (task->poll->query != NULL) {
        query_task_process(task);
        return;
    }
    engine_trace(task, TL_TRACE_WORKER_TASK_STARTED, task->engine->settings.identity, "", NULL);
    if (!cut(task)) {
        end_without_start(task);
        return;
    }
    if (engine_decode(task, &fault) && apply_all(task, &fault) && query_task_ask_all(task, &fault)) {
        completion_send(task);
    } else {
        completion_send_failure(task, &fault);
    }
}

struct task *engine_take_line(struct run *run)
{
    struct task *first = run->queries;

    run->queries = NULL;
    return first;
}

/* Those that have to wait again get in line again. */
void engine_begin_line(struct task *first)
{
    for (struct task *next; first != NULL; first = next) {
        next = first->next_turn;
        first->next_turn = NULL;
        engine_begin(first);
    }
}

void engine_end_task(struct task *task, bool keep)
{
    struct engine *engine = task->engine;
    struct run *run = task->run;
    struct task *next = NULL;
    struct task *queries = NULL;

    if (run != NULL) {
        queries = engine_take_line(run);
        next = run->waiting;
        run->task = NULL;
        run->waiting = NULL;
        if (!keep || run->evict || engine->settings.sticky_queue == NULL) {
            cache_evict(engine, run);
        }
    }
    task_free(task);
    cache_trim(engine);
    engine->settings.on_task_done(engine->settings.user);
    engine_begin_line(queries);
    if (next != NULL) {
        engine_begin(next);
    }
}

/* ---- Looking and evicting ---- */

size_t engine_evict(struct engine *engine, const char *run_id)
{
    size_t evicted = 0;

    LIST_EACH(&engine->cached, node)
    {
        struct run *run = LIST_ITEM(node, struct run, cached);
        if (run_id != NULL && strcmp(run->wf.info.run_id, run_id) != 0) {
            continue;
        }
        evicted++;
        if (run->task != NULL) {
            run->evict = true;
        } else {
            cache_evict(engine, run);
        }
    }
    return evicted;
}

size_t engine_cached(const struct engine *engine)
{
    return map_count(&engine->runs);
}

size_t engine_tasks(const struct engine *engine)
{
    return engine->task_count;
}

void engine_waits(const struct engine *engine, parked_fn *each, void *user)
{
    for (const struct map_entry *entry = map_next(&engine->runs, NULL); entry != NULL;
         entry = map_next(&engine->runs, entry)) {
        strands_tell(&((const struct run *)entry->value)->wf, each, user);
    }
}
