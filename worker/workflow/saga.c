/* SPDX-License-Identifier: MIT */
#include "model/pb.h"
#include "worker/registry/fail.h"
#include "worker/workflow/activities.h"
#include "worker/workflow/context.h"
#include "worker/workflow/strand.h"

/* One thing to undo. */
struct compensation {
    struct compensation *previous;
    const char *activity_type;
    struct tl_payloads input;
    struct tl_activity_options options;
    struct tl_retry_policy retry;
    struct tl_future *undone; /* of the activity, once it was started */
};

struct tl_saga {
    struct tl_workflow *wf;
    bool parallel;
    bool undoing; /* a coroutine compensates it; others that call for that wait for it */
    struct compensation *last;
    struct tl_saga_failure *failures;
    size_t failure_count;
    size_t failure_capacity;
};

static const struct tl_activity_options default_options = {.start_to_close = TL_SECONDS(60)};

struct tl_saga *tl_saga_new_with(struct tl_workflow *wf, const struct tl_saga_options *options)
{
    (void)workflow_strand(wf, __func__);
    struct tl_saga *saga = ARENA_NEW(wf->arena, struct tl_saga);

    saga->wf = wf;
    saga->parallel = options != NULL && options->parallel != 0;
    return saga;
}

struct tl_saga *tl_saga_new(struct tl_workflow *wf)
{
    return tl_saga_new_with(wf, NULL);
}

static struct tl_payloads copy_payloads(struct tl_workflow *wf, const struct tl_payloads *payloads)
{
    if (payloads == NULL) {
        return (struct tl_payloads){0};
    }
    struct tl_payload *items = ARENA_ARRAY(wf->arena, struct tl_payload, payloads->count);
    for (size_t i = 0; i < payloads->count; i++) {
        items[i] = tl_payload_dup(wf, &payloads->items[i]);
    }
    return (struct tl_payloads){items, payloads->count};
}

/* The strings and arrays that options point to may be gone when the saga is compensated. */
static void copy_options(struct tl_workflow *wf, struct compensation *to, const struct tl_activity_options *options)
{
    to->options = *options;
    if (options->activity_id != NULL) {
        to->options.activity_id = arena_strdup(wf->arena, options->activity_id);
    }
    if (options->task_queue != NULL) {
        to->options.task_queue = arena_strdup(wf->arena, options->task_queue);
    }
    if (options->summary != NULL) {
        to->options.summary = arena_strdup(wf->arena, options->summary);
    }
    if (options->priority.fairness_key != NULL) {
        to->options.priority.fairness_key = arena_strdup(wf->arena, options->priority.fairness_key);
    }
    if (options->header_count > 0) {
        struct tl_field *headers = ARENA_ARRAY(wf->arena, struct tl_field, options->header_count);
        for (size_t i = 0; i < options->header_count; i++) {
            headers[i].key = arena_strdup(wf->arena, options->headers[i].key);
            headers[i].value = tl_payload_dup(wf, &options->headers[i].value);
        }
        to->options.headers = headers;
    }
    if (options->retry != NULL) {
        const char **types = ARENA_ARRAY(wf->arena, const char *, options->retry->non_retryable_count);
        for (size_t i = 0; i < options->retry->non_retryable_count; i++) {
            types[i] = arena_strdup(wf->arena, options->retry->non_retryable_types[i]);
        }
        to->retry = *options->retry;
        to->retry.non_retryable_types = types;
        to->options.retry = &to->retry;
    }
}

void tl_saga_add(
    struct tl_saga *saga, const char *activity_type, const struct tl_payloads *input,
    const struct tl_activity_options *options)
{
    struct tl_workflow *wf = saga->wf;

    (void)workflow_strand(wf, __func__);
    options = options == NULL ? &default_options : options;
    activities_check(wf, __func__, activity_type, input, options);
    struct compensation *compensation = ARENA_NEW(wf->arena, struct compensation);
    compensation->activity_type = arena_strdup(wf->arena, activity_type);
    compensation->input = copy_payloads(wf, input);
    copy_options(wf, compensation, options);
    compensation->previous = saga->last;
    saga->last = compensation;
}

static void start(struct tl_workflow *wf, struct compensation *compensation)
{
    compensation->undone =
        tl_activity_start(wf, compensation->activity_type, &compensation->input, &compensation->options);
}

/* One that fails does not keep the others from running; the first cause is what is reported. */
static void finish(struct tl_saga *saga, const struct compensation *compensation)
{
    if (tl_future_wait(compensation->undone, NULL) == TL_OK) {
        return;
    }
    saga->failures = arena_grow_array(
        saga->wf->arena, saga->failures, saga->failure_count, &saga->failure_capacity, sizeof(saga->failures[0]));
    saga->failures[saga->failure_count++] = (struct tl_saga_failure){
        .activity_type = compensation->activity_type, .failure = tl_future_failure(compensation->undone)};
}

static int is_left_alone(void *user)
{
    const struct tl_saga *saga = user;

    return !saga->undoing;
}

/* Calls at the same time undo each step once, in one order, and have one list of what failed. */
static void join(struct tl_saga *saga)
{
    if (!saga->undoing) {
        saga->failures = NULL; /* those that were told of stay as they are */
        saga->failure_count = 0;
        saga->failure_capacity = 0;
    }
    while (saga->undoing) {
        TL_IGNORE(tl_wait_until(saga->wf, is_left_alone, saga, TL_NEVER));
    }
}

/* Another coroutine may add one meanwhile: what is undone is off the list before anything is waited for. */
static enum tl_status undo_all(struct tl_workflow *wf, void *user)
{
    struct tl_saga *saga = user;

    join(saga);
    saga->undoing = true;
    while (saga->last != NULL) {
        struct compensation *first = saga->last;
        struct compensation *end = saga->parallel ? NULL : first->previous;
        saga->last = end;
        for (struct compensation *each = first; each != end; each = each->previous) {
            start(wf, each);
        }
        for (struct compensation *each = first; each != end; each = each->previous) {
            finish(saga, each);
        }
    }
    saga->undoing = false;
    return TL_OK;
}

/* Why the saga is compensated, when its last step only timed out waiting. */
static const Pb__Failure *cause_of(struct strand *strand)
{
    if (strand->last_failure != NULL || strand->last_status == TL_CANCELED) {
        return strand->last_failure;
    }
    if (strand->last_status == TL_TIMED_OUT) {
        return fail_application(
            strand->wf->arena, "TimedOut", "a wait of the saga ended before what it waited for", NULL);
    }
    return fail_application(strand->wf->arena, "SagaCompensated", "the saga was compensated", NULL);
}

enum tl_status tl_saga_compensate(struct tl_saga *saga)
{
    struct strand *strand = workflow_strand(saga->wf, __func__);
    enum tl_status status = strand->last_status == TL_CANCELED ? TL_CANCELED : TL_FAILED;
    const Pb__Failure *cause = cause_of(strand);

    TL_IGNORE(tl_shielded(saga->wf, undo_all, saga));
    return strand_note(strand, status, cause);
}

const struct tl_saga_failure *tl_saga_failures(const struct tl_saga *saga, size_t *count)
{
    (void)workflow_strand(saga->wf, __func__);
    if (count == NULL) {
        workflow_misuse(saga->wf, "count", "%s: count is NULL: there is no telling how many they are", __func__);
    }
    *count = saga->failure_count;
    return saga->failure_count == 0 ? NULL : saga->failures;
}
