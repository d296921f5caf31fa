/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/agenda.h"
#include "base/check.h"
#include "base/pool.h"
#include "base/random.h"

#define ALL (TL_DEADLINE_WAKING | TL_DEADLINE_IDLE | TL_DEADLINE_RUN)

/* Items that write their name into a diary. */
struct fixture;

struct job {
    struct agenda_item item;
    struct fixture *fixture;
    char name;
    struct job *then; /* posted when it runs */
};

struct fixture {
    struct pool *pool;
    struct agenda agenda;
    struct job jobs[16]; /* a to p */
    char diary[64];
    size_t written;
    /* The chooser: what it answers, what it was asked. */
    size_t answer;
    unsigned asked;
    size_t options;
    enum tl_choice_kind kind;
    char names[256];
    /* The sink. */
    struct tl_sink sink;
    unsigned told;
    struct tl_trace_event event;
    char detail[64];
    char event_name[64];
};

static void run_job(struct agenda_item *item)
{
    struct job *job = CONTAINER_OF(item, struct job, item);
    struct fixture *f = job->fixture;

    f->diary[f->written++] = job->name;
    if (job->then != NULL) {
        agenda_post(&f->agenda, &job->then->item);
    }
}

static void name_job(const struct agenda_item *item, char *text, size_t size)
{
    (void)snprintf(text, size, "job %c", CONST_CONTAINER_OF(item, struct job, item)->name);
}

static int set_up(void **state)
{
    static struct fixture fixture;
    struct fixture *f = &fixture;

    memset(f, 0, sizeof(*f));
    f->pool = pool_new(NULL);
    agenda_init(&f->agenda, f->pool, 1000);
    for (size_t i = 0; i < COUNT_OF(f->jobs); i++) {
        f->jobs[i] = (struct job){.item = {.run = run_job, .name = name_job}, .fixture = f, .name = (char)('a' + i)};
    }
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    agenda_done(&f->agenda);
    pool_free_all(f->pool);
    return 0;
}

static struct agenda_item *item(struct fixture *f, char name)
{
    return &f->jobs[name - 'a'].item;
}

static void post(struct fixture *f, const char *names)
{
    for (; *names != '\0'; names++) {
        agenda_post(&f->agenda, item(f, *names));
    }
}

static const char *run_all(struct fixture *f)
{
    while (agenda_step(&f->agenda)) {
    }
    return f->diary;
}

/* ---- The ready queue ---- */

static void an_empty_agenda_has_nothing_to_run(void **state)
{
    struct fixture *f = *state;

    assert_false(agenda_step(&f->agenda));
    assert_true(agenda_next_deadline(&f->agenda, ALL) == TL_NEVER);
}

static void items_run_in_the_order_of_posting(void **state)
{
    struct fixture *f = *state;

    post(f, "cab");
    assert_int_equal(f->agenda.ready_count, 3);
    assert_string_equal(run_all(f), "cab");
    assert_int_equal(f->agenda.ready_count, 0);
}

static void posting_twice_runs_once_in_the_first_place(void **state)
{
    struct fixture *f = *state;

    post(f, "aba");
    assert_string_equal(run_all(f), "ab");
}

static void an_item_that_ran_may_be_posted_again(void **state)
{
    struct fixture *f = *state;

    f->jobs[0].then = &f->jobs[0];
    post(f, "ab");
    assert_true(agenda_step(&f->agenda));
    f->jobs[0].then = NULL;
    assert_string_equal(run_all(f), "aba");
}

static void a_cancelled_item_does_not_run(void **state)
{
    struct fixture *f = *state;

    post(f, "abc");
    agenda_cancel(&f->agenda, item(f, 'b'));
    agenda_cancel(&f->agenda, item(f, 'b'));
    assert_false(agenda_is_pending(item(f, 'b')));
    assert_true(agenda_is_pending(item(f, 'c')));
    assert_string_equal(run_all(f), "ac");
}

static void a_stopped_agenda_runs_nothing(void **state)
{
    struct fixture *f = *state;

    post(f, "a");
    f->agenda.stopped = true;
    assert_false(agenda_step(&f->agenda));
    assert_string_equal(f->diary, "");
}

/* ---- Deadlines ---- */

static void a_deadline_waits_for_its_time(void **state)
{
    struct fixture *f = *state;

    agenda_at(&f->agenda, item(f, 'a'), 2000, TL_DEADLINE_WAKING);
    assert_true(agenda_is_pending(item(f, 'a')));
    agenda_advance_to(&f->agenda, 1999);
    assert_string_equal(run_all(f), "");
    agenda_advance_to(&f->agenda, 2000);
    assert_int_equal(f->agenda.ready_count, 1);
    assert_string_equal(run_all(f), "a");
    assert_int_equal(f->agenda.now, 2000);
}

static void a_deadline_that_has_passed_is_ready_at_once(void **state)
{
    struct fixture *f = *state;

    agenda_at(&f->agenda, item(f, 'a'), 1000, TL_DEADLINE_WAKING);
    agenda_at(&f->agenda, item(f, 'b'), INT64_MIN, TL_DEADLINE_IDLE);
    assert_string_equal(run_all(f), "ab");
}

static void never_is_no_deadline(void **state)
{
    struct fixture *f = *state;

    agenda_at(&f->agenda, item(f, 'a'), 2000, TL_DEADLINE_WAKING);
    agenda_at(&f->agenda, item(f, 'a'), TL_NEVER, TL_DEADLINE_WAKING);
    assert_false(agenda_is_pending(item(f, 'a')));
    assert_true(agenda_next_deadline(&f->agenda, ALL) == TL_NEVER);
}

static void deadlines_come_in_the_order_of_time_whatever_their_kind(void **state)
{
    struct fixture *f = *state;

    agenda_at(&f->agenda, item(f, 'a'), 3000, TL_DEADLINE_WAKING);
    agenda_at(&f->agenda, item(f, 'b'), 2000, TL_DEADLINE_RUN);
    agenda_at(&f->agenda, item(f, 'c'), 2500, TL_DEADLINE_IDLE);
    agenda_at(&f->agenda, item(f, 'd'), 1500, TL_DEADLINE_WAKING);
    agenda_advance_to(&f->agenda, 3000);
    assert_string_equal(run_all(f), "dbca");
}

static void equal_deadlines_come_in_the_order_of_arming_whatever_their_kind(void **state)
{
    struct fixture *f = *state;

    agenda_at(&f->agenda, item(f, 'b'), 2000, TL_DEADLINE_RUN);
    agenda_at(&f->agenda, item(f, 'a'), 2000, TL_DEADLINE_WAKING);
    agenda_at(&f->agenda, item(f, 'd'), 2000, TL_DEADLINE_IDLE);
    agenda_at(&f->agenda, item(f, 'c'), 2000, TL_DEADLINE_WAKING);
    agenda_at(&f->agenda, item(f, 'b'), 2000, TL_DEADLINE_WAKING);
    agenda_advance_to(&f->agenda, 5000);
    assert_string_equal(run_all(f), "adcb");
}

static void what_is_due_comes_after_what_is_ready(void **state)
{
    struct fixture *f = *state;

    agenda_at(&f->agenda, item(f, 'a'), 2000, TL_DEADLINE_WAKING);
    post(f, "b");
    agenda_advance_to(&f->agenda, 2000);
    assert_string_equal(run_all(f), "ba");
}

static void the_next_deadline_is_of_the_kinds_asked_for(void **state)
{
    struct fixture *f = *state;

    agenda_at(&f->agenda, item(f, 'a'), 3000, TL_DEADLINE_WAKING);
    agenda_at(&f->agenda, item(f, 'b'), 2000, TL_DEADLINE_IDLE);
    agenda_at(&f->agenda, item(f, 'c'), 4000, TL_DEADLINE_RUN);
    assert_int_equal(agenda_next_deadline(&f->agenda, ALL), 2000);
    assert_int_equal(agenda_next_deadline(&f->agenda, TL_DEADLINE_WAKING), 3000);
    assert_int_equal(agenda_next_deadline(&f->agenda, TL_DEADLINE_RUN), 4000);
    assert_int_equal(agenda_next_deadline(&f->agenda, TL_DEADLINE_WAKING | TL_DEADLINE_RUN), 3000);
    assert_true(agenda_next_deadline(&f->agenda, 0) == TL_NEVER);
}

static void rearming_moves_the_deadline(void **state)
{
    struct fixture *f = *state;

    agenda_at(&f->agenda, item(f, 'a'), 2000, TL_DEADLINE_WAKING);
    agenda_at(&f->agenda, item(f, 'a'), 9000, TL_DEADLINE_IDLE);
    assert_true(agenda_next_deadline(&f->agenda, TL_DEADLINE_WAKING) == TL_NEVER);
    assert_int_equal(agenda_next_deadline(&f->agenda, TL_DEADLINE_IDLE), 9000);
}

static void posting_takes_an_item_off_its_timer(void **state)
{
    struct fixture *f = *state;

    agenda_at(&f->agenda, item(f, 'a'), 2000, TL_DEADLINE_WAKING);
    post(f, "a");
    assert_true(agenda_next_deadline(&f->agenda, ALL) == TL_NEVER);
    agenda_advance_to(&f->agenda, 3000);
    assert_string_equal(run_all(f), "a");
}

static void arming_takes_an_item_off_the_queue(void **state)
{
    struct fixture *f = *state;

    post(f, "ab");
    agenda_at(&f->agenda, item(f, 'a'), 2000, TL_DEADLINE_WAKING);
    assert_int_equal(f->agenda.ready_count, 1);
    assert_string_equal(run_all(f), "b");
    agenda_advance_to(&f->agenda, 2000);
    assert_string_equal(run_all(f), "ba");
}

static void cancelling_leaves_no_deadline_behind(void **state)
{
    struct fixture *f = *state;

    agenda_at(&f->agenda, item(f, 'a'), 2000, TL_DEADLINE_RUN);
    agenda_cancel(&f->agenda, item(f, 'a'));
    assert_true(agenda_next_deadline(&f->agenda, ALL) == TL_NEVER);
    agenda_advance_to(&f->agenda, 3000);
    assert_string_equal(run_all(f), "");
}

/* Where the clock stands after each leg of a jump to `to`, and what ran there: "1500a 2000bc". */
static const char *legs(struct fixture *f, tl_time to)
{
    static char text[256];
    size_t len = 0;

    text[0] = '\0';
    while (f->agenda.now < to) {
        size_t before = f->written;
        agenda_jump(&f->agenda, to);
        (void)run_all(f);
        len += (size_t)snprintf(
            text + len,
            sizeof(text) - len,
            "%s%lld%s",
            len == 0 ? "" : " ",
            (long long)f->agenda.now,
            f->diary + before);
    }
    return text;
}

static void a_jump_stops_at_every_deadline_on_its_way(void **state)
{
    struct fixture *f = *state;

    agenda_at(&f->agenda, item(f, 'a'), 3000, TL_DEADLINE_WAKING);
    agenda_at(&f->agenda, item(f, 'b'), 2000, TL_DEADLINE_RUN);
    agenda_at(&f->agenda, item(f, 'c'), 2500, TL_DEADLINE_IDLE);
    agenda_at(&f->agenda, item(f, 'd'), 2000, TL_DEADLINE_WAKING);
    agenda_at(&f->agenda, item(f, 'e'), 3001, TL_DEADLINE_WAKING);

    assert_string_equal(legs(f, 3000), "2000bd 2500c 3000a");
}

/* Idle deadlines move away by as much as was skipped, also those of polls that are armed between skips. */
static void a_skip_leaves_idle_deadlines_where_they_are_for_their_callers(void **state)
{
    struct fixture *f = *state;

    agenda_at(&f->agenda, item(f, 'p'), 1100, TL_DEADLINE_IDLE);
    agenda_at(&f->agenda, item(f, 'a'), 50000, TL_DEADLINE_WAKING);
    agenda_skip(&f->agenda, 90000);
    assert_int_equal(f->agenda.now, 50000);
    assert_string_equal(run_all(f), "a");
    agenda_at(&f->agenda, item(f, 'o'), 50050, TL_DEADLINE_IDLE);
    agenda_at(&f->agenda, item(f, 'b'), 60000, TL_DEADLINE_RUN);
    agenda_skip(&f->agenda, 60000);
    assert_string_equal(run_all(f), "ab");
    assert_int_equal(agenda_next_deadline(&f->agenda, TL_DEADLINE_IDLE), 60050);
    agenda_advance_to(&f->agenda, 60099);
    assert_string_equal(run_all(f), "abo");
    agenda_advance_to(&f->agenda, 60100);
    assert_string_equal(run_all(f), "abop");
}

/* What is looked at bears the times at which it will be due. */
static void note_time(void *user, const struct agenda_item *item, tl_time at, enum tl_deadline_kind kind)
{
    tl_time *times = user;

    (void)item;
    (void)kind;
    times[times[0] == 0 ? 0 : 1] = at;
}

static void deadlines_after_a_skip_are_looked_at_in_order(void **state)
{
    struct fixture *f = *state;
    tl_time times[2] = {0, 0};

    agenda_at(&f->agenda, item(f, 'p'), 2000, TL_DEADLINE_IDLE);
    agenda_at(&f->agenda, item(f, 'a'), 10000, TL_DEADLINE_WAKING);
    agenda_skip(&f->agenda, 9500);
    agenda_look(&f->agenda, ALL, 2, note_time, times);
    assert_int_equal(times[0], 10000);
    assert_int_equal(times[1], 2000 + 9500 - 1000);
}

static void a_jump_to_the_present_is_none(void **state)
{
    struct fixture *f = *state;

    agenda_jump(&f->agenda, 1000);
    agenda_jump(&f->agenda, 0);
    assert_int_equal(f->agenda.now, 1000);
}

/* A long poll: ends after 100 and is sent again. */
static void poll_again(struct agenda_item *run)
{
    struct fixture *f = CONTAINER_OF(run, struct job, item)->fixture;

    run_job(run);
    agenda_at(&f->agenda, run, f->agenda.now + 100, TL_DEADLINE_IDLE);
}

static void what_is_idle_and_armed_on_the_way_is_no_stop(void **state)
{
    struct fixture *f = *state;
    item(f, 'p')->run = poll_again;
    agenda_at(&f->agenda, item(f, 'p'), 1100, TL_DEADLINE_IDLE);
    agenda_at(&f->agenda, item(f, 'a'), 1000000, TL_DEADLINE_RUN);

    assert_string_equal(legs(f, 2000000), "1100p 1000000pa 2000000p");
}

static void what_is_idle_and_was_passed_is_a_stop_of_the_next_jump(void **state)
{
    struct fixture *f = *state;
    item(f, 'p')->run = poll_again;
    agenda_at(&f->agenda, item(f, 'p'), 1100, TL_DEADLINE_IDLE);

    assert_string_equal(legs(f, 1150), "1100p 1150");
    assert_int_equal(agenda_next_deadline(&f->agenda, TL_DEADLINE_IDLE), 1200);
    assert_string_equal(legs(f, 1500), "1200p 1500p");
    agenda_cancel(&f->agenda, item(f, 'p'));
    assert_true(agenda_next_deadline(&f->agenda, ALL) == TL_NEVER);
}

struct look {
    char text[256];
};

static void look_at(void *user, const struct agenda_item *looked, tl_time at, enum tl_deadline_kind kind)
{
    struct look *look = user;
    size_t len = strlen(look->text);

    (void)snprintf(
        look->text + len,
        sizeof(look->text) - len,
        "%c%lld/%d ",
        CONST_CONTAINER_OF(looked, struct job, item)->name,
        (long long)at,
        (int)kind);
}

static void deadlines_can_be_looked_at_in_their_order(void **state)
{
    struct fixture *f = *state;
    struct look all = {""};
    struct look two = {""};
    agenda_at(&f->agenda, item(f, 'a'), 3000, TL_DEADLINE_WAKING);
    agenda_at(&f->agenda, item(f, 'b'), 2000, TL_DEADLINE_RUN);
    agenda_at(&f->agenda, item(f, 'c'), 2500, TL_DEADLINE_IDLE);
    agenda_at(&f->agenda, item(f, 'd'), 2000, TL_DEADLINE_WAKING);

    agenda_look(&f->agenda, ALL, 10, look_at, &all);
    agenda_look(&f->agenda, TL_DEADLINE_WAKING | TL_DEADLINE_IDLE, 2, look_at, &two);

    assert_string_equal(all.text, "b2000/4 d2000/1 c2500/2 a3000/1 ");
    assert_string_equal(two.text, "d2000/1 c2500/2 ");
}

static void the_clock_never_goes_back(void **state)
{
    struct fixture *f = *state;

    agenda_advance_to(&f->agenda, 500);
    assert_int_equal(f->agenda.now, 1000);
    agenda_advance_to(&f->agenda, INT64_MAX);
    assert_true(f->agenda.now == INT64_MAX);
}

/* ---- Choices ---- */

static size_t choose(void *user, const struct tl_choice *choice)
{
    struct fixture *f = user;
    size_t len = 0;

    f->asked++;
    f->options = choice->options;
    f->kind = choice->kind;
    for (size_t option = 0; option < choice->options; option++) {
        char name[32];
        choice->name(choice->subject, option, name, sizeof(name));
        len += (size_t)snprintf(f->names + len, sizeof(f->names) - len, "[%s]", name);
    }
    return f->answer;
}

static void listen_to_chooser(struct fixture *f, size_t answer)
{
    f->agenda.chooser = (struct tl_chooser){.choose = choose, .user = f};
    f->answer = answer;
}

static void the_chooser_picks_which_ready_item_runs(void **state)
{
    struct fixture *f = *state;

    listen_to_chooser(f, 2);
    post(f, "abcd");
    assert_true(agenda_step(&f->agenda));
    assert_string_equal(f->diary, "c");
    assert_int_equal(f->kind, TL_CHOICE_READY);
    assert_int_equal(f->options, 4);
    assert_string_equal(f->names, "[job a][job b][job c][job d]");
    f->answer = 0;
    assert_string_equal(run_all(f), "cabd");
}

static void with_one_item_there_is_no_choice(void **state)
{
    struct fixture *f = *state;

    listen_to_chooser(f, 0);
    post(f, "a");
    assert_string_equal(run_all(f), "a");
    assert_int_equal(f->asked, 0);
}

static void an_answer_that_is_no_option_counts_as_0(void **state)
{
    struct fixture *f = *state;

    listen_to_chooser(f, 3);
    post(f, "abc");
    assert_string_equal(run_all(f), "abc");
}

static void an_item_without_name_has_an_empty_one(void **state)
{
    struct fixture *f = *state;

    listen_to_chooser(f, 0);
    f->jobs[1].item.name = NULL;
    post(f, "abc");
    assert_true(agenda_step(&f->agenda));
    assert_string_equal(f->names, "[job a][][job c]");
}

static size_t names_backwards(void *user, const struct tl_choice *choice)
{
    struct fixture *f = user;
    size_t len = 0;

    for (size_t option = choice->options; option-- > 0;) {
        char name[32];
        choice->name(choice->subject, option, name, sizeof(name));
        len += (size_t)snprintf(f->names + len, sizeof(f->names) - len, "[%s]", name);
    }
    return 0;
}

static void names_can_be_asked_for_in_any_order(void **state)
{
    struct fixture *f = *state;

    f->agenda.chooser = (struct tl_chooser){.choose = names_backwards, .user = f};
    post(f, "abc");
    assert_true(agenda_step(&f->agenda));
    assert_string_equal(f->names, "[job c][job b][job a]");
}

static void other_choices_ask_the_chooser_too(void **state)
{
    struct fixture *f = *state;
    const struct tl_choice alone = {.kind = TL_CHOICE_EVICT, .options = 1};

    assert_int_equal(agenda_choose(&f->agenda, &(struct tl_choice){.kind = TL_CHOICE_EVICT, .options = 2}), 0);
    listen_to_chooser(f, 1);
    assert_int_equal(agenda_choose(&f->agenda, &alone), 0);
    assert_int_equal(f->asked, 0);
}

/* ---- Tracing ---- */

static void listen_to_event(void *user, const struct tl_trace_event *event)
{
    struct fixture *f = user;

    f->told++;
    f->event = *event;
    (void)snprintf(f->detail, sizeof(f->detail), "%s", event->detail);
    (void)snprintf(f->event_name, sizeof(f->event_name), "%s", event->name);
}

static void add_sink(struct fixture *f, uint64_t mask)
{
    f->sink = (struct tl_sink){.on_event = listen_to_event, .user = f, .mask = mask};
    f->agenda.sinks = &f->sink;
    f->agenda.sink_count = 1;
    f->agenda.sink_mask = mask;
}

static void a_skip_is_traced_with_its_length(void **state)
{
    struct fixture *f = *state;

    add_sink(f, TL_TRACE_BIT(TL_TRACE_CLOCK_SKIPPED));
    agenda_advance_to(&f->agenda, 1000 + TL_DAYS(30));
    assert_int_equal(f->told, 1);
    assert_int_equal(f->event.kind, TL_TRACE_CLOCK_SKIPPED);
    assert_int_equal(f->event.at, 1000 + TL_DAYS(30));
    assert_string_equal(f->detail, "30d");
    agenda_advance_to(&f->agenda, 1000 + TL_DAYS(30));
    assert_int_equal(f->told, 1);
}

static void sinks_are_told_what_they_listen_to(void **state)
{
    struct fixture *f = *state;

    add_sink(f, TL_TRACE_BIT(TL_TRACE_VERDICT));
    assert_true(agenda_traces(&f->agenda, TL_TRACE_VERDICT));
    assert_false(agenda_traces(&f->agenda, TL_TRACE_WORKER_LOG));
    agenda_trace(&f->agenda, (struct tl_trace_event){.kind = TL_TRACE_WORKER_LOG});
    assert_int_equal(f->told, 0);
    agenda_trace(&f->agenda, (struct tl_trace_event){.kind = TL_TRACE_VERDICT, .name = "check"});
    assert_int_equal(f->told, 1);
}

static void strings_of_events_are_never_null(void **state)
{
    struct fixture *f = *state;

    add_sink(f, TL_TRACE_ALL);
    agenda_trace(&f->agenda, (struct tl_trace_event){.kind = TL_TRACE_CALL_SENT, .event_id = 7});
    assert_string_equal(f->event.workflow_id, "");
    assert_string_equal(f->event.run_id, "");
    assert_string_equal(f->event.name, "");
    assert_string_equal(f->event.detail, "");
    assert_int_equal(f->event.at, 1000);
    assert_int_equal(f->event.event_id, 7);
}

static void a_choice_is_traced_with_its_name(void **state)
{
    struct fixture *f = *state;

    listen_to_chooser(f, 1);
    add_sink(f, TL_TRACE_BIT(TL_TRACE_CHOICE_TAKEN));
    post(f, "abc");
    assert_true(agenda_step(&f->agenda));
    assert_int_equal(f->told, 1);
    assert_string_equal(f->event_name, "ready");
    assert_string_equal(f->detail, "job b");
}

/* ---- Against a model ---- */

#define TIMERS 200

struct timer {
    struct agenda_item item;
    tl_time at;
    uint64_t order;
    bool armed;
    unsigned fired;
};

static tl_time last_at;
static uint64_t last_order;

static void fire(struct agenda_item *fired)
{
    struct timer *timer = CONTAINER_OF(fired, struct timer, item);

    assert_true(timer->armed);
    assert_true(timer->at > last_at || (timer->at == last_at && timer->order > last_order));
    last_at = timer->at;
    last_order = timer->order;
    timer->armed = false;
    timer->fired++;
}

static void random_timers_fire_in_order_and_once(void **state)
{
    struct fixture *f = *state;
    static const enum tl_deadline_kind kinds[] = {TL_DEADLINE_WAKING, TL_DEADLINE_IDLE, TL_DEADLINE_RUN};
    static struct timer timers[TIMERS];
    struct random random;

    memset(timers, 0, sizeof(timers));
    random_seed(&random, 99);
    last_at = 0;
    for (uint64_t round = 1; round < 20000; round++) {
        struct timer *timer = &timers[random_below(&random, TIMERS)];
        timer->item.run = fire;
        timer->armed = random_below(&random, 4) != 0;
        if (timer->armed) {
            timer->at = f->agenda.now + 1 + (tl_time)random_below(&random, 100);
            timer->order = round;
            agenda_at(&f->agenda, &timer->item, timer->at, kinds[random_below(&random, 3)]);
        } else {
            agenda_cancel(&f->agenda, &timer->item);
        }
        if (random_below(&random, 10) == 0) {
            agenda_advance_to(&f->agenda, f->agenda.now + (tl_time)random_below(&random, 30));
            (void)run_all(f);
        }
    }
    for (size_t i = 0; i < TIMERS; i++) {
        assert_int_equal(timers[i].armed, agenda_is_pending(&timers[i].item));
        assert_true(!timers[i].armed || timers[i].at > f->agenda.now);
        assert_true(timers[i].fired > 0);
    }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_agenda_has_nothing_to_run),
        TEST(items_run_in_the_order_of_posting),
        TEST(posting_twice_runs_once_in_the_first_place),
        TEST(an_item_that_ran_may_be_posted_again),
        TEST(a_cancelled_item_does_not_run),
        TEST(a_stopped_agenda_runs_nothing),
        TEST(a_deadline_waits_for_its_time),
        TEST(a_deadline_that_has_passed_is_ready_at_once),
        TEST(never_is_no_deadline),
        TEST(deadlines_come_in_the_order_of_time_whatever_their_kind),
        TEST(equal_deadlines_come_in_the_order_of_arming_whatever_their_kind),
        TEST(what_is_due_comes_after_what_is_ready),
        TEST(the_next_deadline_is_of_the_kinds_asked_for),
        TEST(rearming_moves_the_deadline),
        TEST(posting_takes_an_item_off_its_timer),
        TEST(arming_takes_an_item_off_the_queue),
        TEST(cancelling_leaves_no_deadline_behind),
        TEST(a_jump_stops_at_every_deadline_on_its_way),
        TEST(a_skip_leaves_idle_deadlines_where_they_are_for_their_callers),
        TEST(deadlines_after_a_skip_are_looked_at_in_order),
        TEST(a_jump_to_the_present_is_none),
        TEST(what_is_idle_and_armed_on_the_way_is_no_stop),
        TEST(what_is_idle_and_was_passed_is_a_stop_of_the_next_jump),
        TEST(deadlines_can_be_looked_at_in_their_order),
        TEST(the_clock_never_goes_back),
        TEST(the_chooser_picks_which_ready_item_runs),
        TEST(with_one_item_there_is_no_choice),
        TEST(an_answer_that_is_no_option_counts_as_0),
        TEST(an_item_without_name_has_an_empty_one),
        TEST(names_can_be_asked_for_in_any_order),
        TEST(other_choices_ask_the_chooser_too),
        TEST(a_skip_is_traced_with_its_length),
        TEST(sinks_are_told_what_they_listen_to),
        TEST(strings_of_events_are_never_null),
        TEST(a_choice_is_traced_with_its_name),
        TEST(random_timers_fire_in_order_and_once),
    };

    return cmocka_run_group_tests_name("base/agenda", tests, NULL, NULL);
}
