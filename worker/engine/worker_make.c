/* SPDX-License-Identifier: MIT */
/* Putting a worker together from its options, and taking it apart. */
#include <string.h>

#include "base/text.h"
#include "worker/engine/worker.h"
#include "worker/registry/option.h"

/* ---- Names and poll requests ---- */

static char *random_name(struct tl_worker *worker)
{
    char *name = arena_alloc(&worker->arena, RANDOM_UUID_SIZE);

    random_uuid(&worker->random, name);
    return name;
}

/* Unique, so that no other worker's cache is asked; the queue's name is cut where both would be too long. */
static char *sticky_name(struct tl_worker *worker)
{
    static const char middle[] = "-sticky-";
    char uuid[RANDOM_UUID_SIZE];
    size_t room = OPTION_NAME_MAX - strlen(middle) - (RANDOM_UUID_SIZE - 1);
    size_t len = strlen(worker->task_queue);

    random_uuid(&worker->random, uuid);
    len = text_utf8_valid_prefix(worker->task_queue, len < room ? len : room);
    return arena_format(&worker->arena, "%.*s%s%s", (int)len, worker->task_queue, middle, uuid);
}

static Pb__TaskQueue *queue_message(struct tl_worker *worker, bool sticky)
{
    Pb__TaskQueue *queue = PB_NEW(&worker->arena, Pb__TaskQueue, pb__task_queue);

    queue->name = sticky ? worker->sticky_queue : worker->task_queue;
    queue->kind = sticky ? TASK_QUEUE_KIND_STICKY : TASK_QUEUE_KIND_NORMAL;
    if (sticky) {
        queue->normal_name = worker->task_queue;
    }
    return queue;
}

static const void *workflow_poll(struct tl_worker *worker, bool sticky)
{
    Pb__PollWorkflowTaskQueueRequest *request =
        PB_NEW(&worker->arena, Pb__PollWorkflowTaskQueueRequest, pb__poll_workflow_task_queue_request);

    request->namespace_ = worker->name_space;
    request->identity = worker->identity;
    request->worker_instance_key = worker->instance_key;
    request->task_queue = queue_message(worker, sticky);
    return request;
}

/* The queue's own rate: the service keeps the last one that it was told. */
static Pb__TaskQueueMetadata *queue_metadata(struct tl_worker *worker, double rate)
{
    if (rate == 0) {
        return NULL;
    }
    Pb__TaskQueueMetadata *metadata = PB_NEW(&worker->arena, Pb__TaskQueueMetadata, pb__task_queue_metadata);
    metadata->max_tasks_per_second = PB_NEW(&worker->arena, Pb__DoubleValue, pb__double_value);
    metadata->max_tasks_per_second->value = rate;
    return metadata;
}

static const void *activity_poll(struct tl_worker *worker, double rate)
{
    Pb__PollActivityTaskQueueRequest *request =
        PB_NEW(&worker->arena, Pb__PollActivityTaskQueueRequest, pb__poll_activity_task_queue_request);

    request->namespace_ = worker->name_space;
    request->identity = worker->identity;
    request->worker_instance_key = worker->instance_key;
    request->task_queue = queue_message(worker, false);
    request->task_queue_metadata = queue_metadata(worker, rate);
    return request;
}

/* ---- The parts ---- */

/*
 * Of a fixed number of pollers of workflow tasks a fifth, but one at least, serves the normal queue (sdk-core, 0.2).
 * Where the service makes suggestions it does so for each queue.
 */
static struct poller_plan workflow_plan(struct tl_worker *worker, const struct tl_worker_options *options, bool sticky)
{
    struct poller_range range = worker_options_pollers(options->workflow_task_scaling, options->workflow_task_pollers);
    size_t normal = range.maximum / 5 == 0 ? 1 : range.maximum / 5;

    if (range.minimum == 0 && !options->evict_every_task) {
        range.maximum = sticky ? range.maximum - normal : normal;
    }
    return (struct poller_plan){
        .kind = sticky ? POLLER_STICKY : POLLER_WORKFLOW,
        .count = range.maximum,
        .request = workflow_poll(worker, sticky),
        .slots = &worker->workflow_slots,
        .minimum = range.minimum,
        .initial = range.initial,
    };
}

static struct poller_plan activity_plan(struct tl_worker *worker, const struct tl_worker_options *options)
{
    const struct poller_range range = worker_options_pollers(options->activity_scaling, options->activity_pollers);

    return (struct poller_plan){
        .kind = POLLER_ACTIVITY,
        .count = range.maximum,
        .request = activity_poll(worker, options->queue_activities_per_second),
        .slots = &worker->activity_slots,
        .minimum = range.minimum,
        .initial = range.initial,
        .pace = options->activities_per_second > 0 ? &worker->activity_pace : NULL,
    };
}

static void add_plan(struct tl_worker *worker, struct poller_plan plan)
{
    polling_add(&worker->polling, &plan, &worker->arena);
}

static void make_slots(struct tl_worker *worker, const struct tl_worker_options *options)
{
    slots_init(&worker->workflow_slots, TL_SLOT_WORKFLOW_TASK, options->workflow_task_slots);
    slots_init(&worker->activity_slots, TL_SLOT_ACTIVITY, options->activity_slots);
    if (options->slot_supplier != NULL) {
        slots_supply(&worker->workflow_slots, options->slot_supplier, worker->task_queue);
        slots_supply(&worker->activity_slots, options->slot_supplier, worker->task_queue);
    }
}

static void make_polling(struct tl_worker *worker, const struct tl_worker_options *options)
{
    struct polling *polling = &worker->polling;

    polling->agenda = &worker->driver->agenda;
    polling->party = &worker->party;
    polling->on_task = worker_on_task;
    polling->on_returned = worker_on_poll_returned;
    polling->on_refused = worker_on_polls_refused;
    polling->user = worker;
    pace_init(&worker->activity_pace, options->activities_per_second);
    if (worker->runs_workflows) {
        add_plan(worker, workflow_plan(worker, options, false));
    }
    if (worker->runs_activities) {
        add_plan(worker, activity_plan(worker, options));
    }
    if (worker->sticky_queue != NULL) {
        add_plan(worker, workflow_plan(worker, options, true));
    }
}

static void make_attempts(struct tl_worker *worker, const struct tl_worker_options *options)
{
    struct attempts *attempts = &worker->attempts;

    attempts->driver = worker->driver;
    attempts->agenda = &worker->driver->agenda;
    attempts->pool = worker->driver->pool;
    attempts->registry = worker->registry;
    attempts->party = &worker->party;
    attempts->name_space = worker->name_space;
    attempts->identity = worker->identity;
    attempts->task_queue = worker->task_queue;
    attempts->coroutine_stack = options->coroutine_stack;
    attempts->on_done = worker_on_activity_done;
    attempts->user = worker;
    attempts_init(attempts);
}

/* The queue's own rate would not hold for activities that come without a poll (sdk-core, WorkerConfig). */
static const struct engine_eager *
eager_activities(const struct tl_worker *worker, const struct tl_worker_options *options)
{
    bool wanted = options->eager_activities != TL_EAGER_ACTIVITIES_OFF;

    return wanted && worker->runs_activities && options->queue_activities_per_second == 0 ? &worker_eager_activities
                                                                                          : NULL;
}

static void make_shards(struct tl_worker *worker, const struct tl_worker_options *options)
{
    size_t share = options->cached_workflows / options->shards;
    const struct engine_settings settings = {
        .driver = worker->driver,
        .agenda = &worker->driver->agenda,
        .pool = worker->driver->pool,
        .service = worker->party.service,
        .registry = worker->registry,
        .name_space = worker->name_space,
        .identity = worker->identity,
        .task_queue = worker->task_queue,
        .sticky_queue = worker->sticky_queue,
        .sticky_timeout = options->sticky_timeout,
        .cached_workflows = share == 0 ? 1 : share,
        .coroutine_stack = options->coroutine_stack,
        .strict = options->strict != 0,
        .counted = true,
        .on_task_done = worker_on_workflow_task_done,
        .eager = eager_activities(worker, options),
        .user = worker,
    };

    worker->shards = ARENA_ARRAY(&worker->arena, struct engine *, options->shards);
    for (; worker->shard_count < options->shards; worker->shard_count++) {
        worker->shards[worker->shard_count] = engine_new(&settings);
    }
}

/* ---- The whole ---- */

struct making {
    struct tl_driver *driver;
    struct tl_service *service;
    struct tl_worker_options options;
    struct tl_worker *worker;
};

static char *identity(struct tl_worker *worker, const char *given)
{
    const char *identity = given == NULL ? worker->driver->identity : given;

    return identity == NULL ? arena_format(&worker->arena, "timelapse@%s", worker->task_queue)
                            : arena_strdup(&worker->arena, identity);
}

static struct tl_worker *allocate(const struct making *making)
{
    const struct tl_worker_options *options = &making->options;
    struct arena arena;

    arena_init(&arena, making->driver->pool);
    struct tl_worker *worker = ARENA_NEW(&arena, struct tl_worker);
    worker->arena = arena;
    worker->driver = making->driver;
    worker->registry = options->registry;
    worker->name_space = arena_strdup(&worker->arena, options->name_space);
    worker->task_queue = arena_strdup(&worker->arena, options->task_queue);
    worker->identity = identity(worker, options->identity);
    worker->stop_grace = options->stop_grace;
    worker->deadlock_limit = options->deadlock_limit;
    worker->runs_workflows = options->tasks != TL_WORKER_ACTIVITIES;
    worker->runs_activities = options->tasks != TL_WORKER_WORKFLOWS;
    return worker;
}

static enum tl_status make(void *user)
{
    struct making *making = user;
    const struct tl_worker_options *options = &making->options;
    struct tl_worker *worker = allocate(making);
    struct agenda *agenda = &making->driver->agenda;

    driver_random(making->driver, "worker", &worker->random);
    call_party_init(&worker->party, agenda, making->service, &worker->random);
    worker->instance_key = random_name(worker);
    worker->sticky_queue = options->evict_every_task || !worker->runs_workflows ? NULL : sticky_name(worker);
    make_slots(worker, options);
    make_attempts(worker, options);
    make_polling(worker, options);
    make_shards(worker, options);
    worker_eager_init(worker);
    worker->capabilities.on_heard = worker_on_capabilities;
    worker->capabilities.user = worker;
    worker->pump.run = worker_on_pump;
    worker->member.waits = worker_waits;
    worker->proceed.run = worker_on_proceed;
    worker->grace.run = worker_on_grace_over;
    worker->polls_overdue.run = worker_on_polls_overdue;
    driver_join(making->driver, &worker->member);
    agenda_post(agenda, &worker->proceed);
    making->worker = worker;
    return TL_OK;
}

struct tl_worker *tl_worker_new(
    struct tl_driver *driver, struct tl_service *service, const struct tl_worker_options *options,
    struct tl_error *error)
{
    struct making making = {.driver = driver, .service = service};

    if (option_check_given("driver", driver, error) != TL_OK ||
        option_check_given("service", service, error) != TL_OK ||
        worker_options_complete(options, &making.options, error) != TL_OK) {
        return NULL;
    }
    if (making.options.engine_threads > 1) {
        (void)tl_error_set(
            error, TL_INVALID_ARGUMENT, "engine_threads", "is for tl_worker_start: a driver has one thread");
        return NULL;
    }
    if (driver_guarded(driver, make, &making) != TL_OK) {
        (void)driver_stopped_status(driver, error);
        return NULL;
    }
    making.worker->enrolment = worker_options_enrolment(options);
    return making.worker;
}

void worker_free(struct tl_worker *worker)
{
    if (worker == NULL || worker->driver->fault.dead) {
        return; /* what user code was doing may be half-done: it goes with the driver's pool */
    }
    const struct tl_driver *driver = worker->driver;
    unsigned held = driver_lock(driver);
    struct agenda *agenda = &worker->driver->agenda;
    struct arena arena = worker->arena;

    attempts_abandon(&worker->attempts);
    driver_leave(&worker->member);
    agenda_cancel(agenda, &worker->proceed);
    agenda_cancel(agenda, &worker->pump);
    agenda_cancel(agenda, &worker->grace);
    agenda_cancel(agenda, &worker->polls_overdue);
    worker_eager_done(worker);
    for (size_t i = 0; i < worker->shard_count; i++) {
        engine_free(worker->shards[i]);
    }
    attempts_done(&worker->attempts);
    polling_done(&worker->polling);
    call_party_done(&worker->party);
    arena_done(&arena);
    driver_unlock(driver, held);
}
