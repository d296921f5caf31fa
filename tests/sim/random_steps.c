/* SPDX-License-Identifier: MIT */
/* How often what is asked, and how time goes on. */
#include "tests/sim/random_steps.h"

/* ---- The world ---- */

static void do_give_up(struct random_requests *requests)
{
    const struct random_call *call = &requests->calls[random_pick(requests, RANDOM_CALLS)];

    if (call->call != NULL) {
        tl_service_cancel(requests->service, call->call);
    }
}

static void do_run(struct random_requests *requests)
{
    random_run(requests, SIZE_MAX);
}

static void do_run_one(struct random_requests *requests)
{
    random_run(requests, 1);
}

static void do_skip(struct random_requests *requests)
{
    random_run(requests, SIZE_MAX);
    tl_time next = tl_driver_next_deadline(requests->driver, TL_DEADLINE_WAKING);

    if (next != TL_NEVER) {
        random_pass(requests, next - tl_driver_now(requests->driver));
    }
}

static void do_pass(struct random_requests *requests)
{
    tl_duration most = random_once_in(requests, 20) ? TL_MINUTES(20) : TL_SECONDS(3);

    random_pass(requests, (tl_duration)random_pick(requests, (uint64_t)most));
}

static const struct {
    void (*act)(struct random_requests *requests);
    unsigned weight;
} steps[] = {
    {random_start, 8},
    {random_signal, 6},
    {random_signal_with_start, 3},
    {random_cancel, 2},
    {random_terminate, 1},
    {random_query, 3},
    {random_describe, 2},
    {random_history, 4},
    {random_reverse_history, 1},
    {random_forward, 1},
    {random_poll, 6},
    {random_activity_poll, 4},
    {random_shutdown, 1},
    {random_reset_sticky, 1},
    {random_complete, 24},
    {random_fail_task, 2},
    {random_complete_activity, 6},
    {random_fail_activity, 4},
    {random_cancel_activity, 2},
    {random_heartbeat, 4},
    {random_by_id, 2},
    {random_register, 1},
    {random_system, 1},
    {do_give_up, 1},
    {do_run, 6},
    {do_run_one, 8},
    {random_work, 14},
    {random_activity_work, 8},
    {do_skip, 4},
    {do_pass, 4},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void random_act(struct random_requests *requests)
{
    unsigned total = 0;

    for (size_t i = 0; i < COUNT(steps); i++) {
        total += steps[i].weight;
    }
    uint64_t place = random_pick(requests, total);
    size_t chosen = 0;
    while (place >= steps[chosen].weight) {
        place -= steps[chosen++].weight;
    }
    steps[chosen].act(requests);
}
