/* SPDX-License-Identifier: MIT */
/* Putting a worker together from its options, and taking it apart. */
#include <string.h>

#include "base/text.h"
#include "worker/engine/worker.h"
#include "worker/engine/worker_options.h"
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

static const void *activity_poll(struct tl_worker *worker)
{
    Pb__PollActivityTaskQueueRequest *request =
        PB_NEW(&worker->arena, Pb__PollActivityTaskQueueRequest, pb__poll_activity_task_queue_request);

    request->namespace_ = worker->name_space;
    request->identity = worker->identity;
    request->worker_instance_key = worker->instance_key;
    request->task_queue = queue_message(worker, false);
    return request;
}

/* ---- The parts ---- */

/* Of the pollers of workflow tasks a fifth, but one at least, serves the normal queue (sdk-core, 0.2). */
static size_t normal_pollers(const struct tl_worker_options *options)
{
    size_t fifth = options->workflow_task_pollers / 5;

    if (options->evict_every_task) {
        return options->workflow_task_pollers;
    }
    return fifth == 0 ? 1 : fifth;
}

static void make_polling(struct tl_worker *worker, const struct tl_worker_options *options)
{
    struct polling *polling = &worker->polling;
    size_t normal = normal_pollers(options);

    polling->agenda = &worker->driver->agenda;
    polling->party = &worker->party;
    polling->on_task = worker_on_task;
    polling->on_returned = worker_on_poll_returned;
    polling->on_refused = worker_on_polls_refused;
    polling->user = worker;
    const struct poller_plan workflow = {
        POLLER_WORKFLOW, normal, workflow_poll(worker, false), &worker->workflow_slots};
    const struct poller_plan activity = {
        POLLER_ACTIVITY, options->activity_pollers, activity_poll(worker), &worker->activity_slots};
    polling_add(polling, &workflow, &worker->arena);
    polling_add(polling, &activity, &worker->arena);
    if (!options->evict_every_task) {
        const struct poller_plan sticky = {
            POLLER_STICKY,
            options->workflow_task_pollers - normal,
            workflow_poll(worker, true),
            &worker->workflow_slots};

        polling_add(polling, &sticky, &worker->arena);
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
    worker->identity = options->identity == NULL ? arena_format(&worker->arena, "timelapse@%s", worker->task_queue)
                                                 : arena_strdup(&worker->arena, options->identity);
    worker->stop_grace = options->stop_grace;
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
    worker->sticky_queue = options->evict_every_task ? NULL : sticky_name(worker);
    slots_init(&worker->workflow_slots, options->workflow_task_slots);
    slots_init(&worker->activity_slots, options->activity_slots);
    make_attempts(worker, options);
    make_polling(worker, options);
    make_shards(worker, options);
    worker->member.waits = worker_waits;
    worker->proceed.run = worker_on_proceed;
    worker->grace.run = worker_on_grace_over;
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

    if (worker_options_complete(options, &making.options, error) != TL_OK) {
        return NULL;
    }
    if (driver_guarded(driver, make, &making) != TL_OK) {
        (void)driver_stopped_status(driver, error);
        return NULL;
    }
    return making.worker;
}

void tl_worker_free(struct tl_worker *worker)
{
    if (worker == NULL || worker->driver->fault.dead) {
        return; /* what user code was doing may be half-done: it goes with the driver's pool */
    }
    struct agenda *agenda = &worker->driver->agenda;
    struct arena arena = worker->arena;

    driver_leave(&worker->member);
    agenda_cancel(agenda, &worker->proceed);
    agenda_cancel(agenda, &worker->grace);
    for (size_t i = 0; i < worker->shard_count; i++) {
        engine_free(worker->shards[i]);
    }
    attempts_done(&worker->attempts);
    polling_done(&worker->polling);
    call_party_done(&worker->party);
    arena_done(&arena);
}
