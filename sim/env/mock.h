/* SPDX-License-Identifier: MIT */
/*
 * Mocks from the inside.
 *
 * Reading path: mock.c (types and their mocks) -> mock_match.c (which calls one is for) -> mock_script.c (answers, and
 * how far they have been given), mock_check.c -> mock_serve.c (a call's way to its answer) -> mock_answer.c (what the
 * attempt does), mock_timeout.c -> mock_call.c (what was called), mock_later.c, mock_order.c -> mock_unmet.c (the end).
 */
#ifndef TIMELAPSE_SIM_ENV_MOCK_H
#define TIMELAPSE_SIM_ENV_MOCK_H

#include <timelapse/interceptor.h>
#include <timelapse/mock.h>

#include "sim/env/environment.h"

/* One line of a script. */
struct mock_entry {
    struct mock_entry *next;
    struct tl_mock *mock;
    struct tl_count count;
    struct tl_mock_answer answer; /* copied */
    struct mock_place place;
};

/* How far a script has been followed. */
struct mock_position {
    struct mock_entry *current; /* the last one that was given, or passed over; NULL: none */
    unsigned served;            /* how often it was given */
};

/* Of one activity that follows a script by itself. */
struct mock_track {
    struct mock_track *next_in_bucket;
    struct mock_track *next;
    const char *key; /* idempotency key */
    struct mock_position position;
};

/* Open hashing into as many lists as fit a test; the tracks in the order in which their activities came. */
#define MOCK_BUCKETS ((size_t)64)
struct mock_tracks {
    struct mock_track *first;
    struct mock_track **tail;
    struct mock_track *buckets[MOCK_BUCKETS];
};

/* A mock: conditions and a script. */
struct tl_mock {
    struct mock_type *type;
    struct tl_mock *wider; /* NULL: for all calls */
    struct tl_mock *next;  /* of the type: narrower ones first, then as they were made */
    unsigned depth;        /* how many are wider */
    struct tl_match match; /* copied */
    struct mock_place place;
    struct mock_entry *script;
    struct mock_entry **script_tail;
    struct mock_position position; /* unless each activity has its own */
    struct mock_tracks *tracks;    /* tl_mock_per_activity, else NULL */
    int is_used;                   /* has answers, was narrowed, or was asked about */
};

/* A call that was made. */
struct mock_record {
    struct mock_record *next;
    struct tl_mock_call call;
    struct tl_mock *left_by; /* the mock that left it to be completed later, until it is; else NULL */
};

/* An activity that an answer has taken before its attempt came: for one attempt, or for all that will come. */
struct mock_hold {
    struct mock_hold *next;
    const char *key;
    int32_t attempt; /* 0: all */
    struct mock_entry *entry;
};

/* What the environment knows of an activity type. */
struct mock_type {
    struct tl_env *env;
    struct mock_type *next;
    const char *name;
    int is_mock;               /* else: a registered activity of the type has run */
    unsigned registered_calls; /* that no mock has seen */
    unsigned calls;            /* that the mocks have seen */
    size_t left;               /* records that were left to be completed later */
    int was_withheld;          /* tasks of it were kept from the worker */
    struct tl_mock *mocks;     /* narrowest first */
    struct tl_mock *whole;     /* the last of them: for all calls */
    struct mock_record *records;
    struct mock_record **records_tail;
    struct mock_hold *holds;
};

/* Mocks that are called one after another. */
struct mock_order {
    struct mock_order *next;
    struct mock_place place;
    size_t reached; /* the one that was called last */
    size_t count;
    struct tl_mock *mocks[];
};

/* ---- mock.c ---- */

/* The type, or NULL; for the second made when it is new: NULL, with a verdict, when out of memory. */
struct mock_type *mock_type_find(const struct tl_env *env, const char *name);
struct mock_type *mock_type_get(struct tl_env *env, const char *name);

/* Whether `mock` is `wider` or was narrowed from it. */
int mock_is_within(const struct tl_mock *mock, const struct tl_mock *wider);

/* 0, with a verdict, when `memory`, which was just asked for, is NULL. */
int mock_has(struct tl_env *env, const void *memory);

/* "file.c:12". */
void mock_add_place(struct report_text *text, struct mock_place place);

/* A verdict about what the test said there. On a coroutine it does not return. */
void mock_refuse(struct tl_env *env, struct mock_place place, const char *format, ...) TL_PRINTF(3, 4);

/*
 * A verdict about a call that came, to be told where the test waits, or else at the expectation. On a coroutine it
 * does not return; the telling is left to whoever steps the world.
 */
void mock_fail_call(struct tl_env *env, struct mock_place place, const char *text);

/* ---- mock_copy.c: copies that live as long as the environment; 0 when out of memory ---- */

int mock_copy_payload(struct env_memory *memory, const struct tl_payload *from, struct tl_payload *to);
int mock_copy_payloads(struct env_memory *memory, const struct tl_payloads *from, struct tl_payloads *to);
const struct tl_fail_options *mock_copy_failure(struct env_memory *memory, const struct tl_fail_options *from);

/* ---- mock_match.c ---- */

/* Whether the call is one of the mock's. */
int mock_matches(const struct tl_mock *mock, const struct tl_mock_call *call);

/* Whether that depends on the call's arguments. */
int mock_reads_input(const struct tl_mock *mock);

/* How far off the call is: the fewer conditions fail and the less they fail by, the lower. */
size_t mock_mismatch(const struct tl_mock *mock, const struct tl_mock_call *call);

/* "amount = 40, got 41 and attempt 2": what the mock is for and, where it does not hold, what came; "" for all calls.
 */
void mock_add_match(struct report_text *text, const struct tl_mock *mock, const struct tl_mock_call *call);

/* "{...}, 2": arguments as people read them, cut where they are long. */
void mock_add_input(struct report_text *text, const struct tl_payloads *input);

/* ---- mock_script.c ---- */

/* The position that the call follows; NULL when out of memory. For `key` see tl_activity_info.idempotency_key. */
struct mock_position *mock_position_of(struct tl_mock *mock, const char *key);

/* The answer that is due at `position`, which stays; NULL: the script has ended. A maximum of 0: the call is never to
 * come. */
struct mock_entry *mock_due(const struct tl_mock *mock, const struct mock_position *position);

/* Counts `entry`, which is due there, as given. */
void mock_give(struct mock_position *position, struct mock_entry *entry);

/* How many times `entry` was given at `position`. */
unsigned mock_served(const struct mock_position *position, const struct mock_entry *entry);

/* Whether all answers of the mock, and of those narrowed from it, were given as often as they must. */
int mock_is_met(const struct tl_mock *mock);

/* ---- mock_check.c ---- */

/* Whether the answer may be added; a verdict when not. */
int mock_check_answer(
    const struct tl_mock *mock, struct tl_count count, const struct tl_mock_answer *answer, struct mock_place place);

/* Whether `json` is JSON, or NULL; a verdict when not. what: "the result". */
int mock_check_json(const struct tl_mock *mock, const char *what, const char *json, struct mock_place place);

/* ---- mock_serve.c ---- */

/*
 * For a call that has not come yet, the answer that it would get, counted as given; NULL when there is none: the call
 * will tell. key: see mock_position_of.
 */
struct mock_entry *mock_take_early(struct mock_type *type, const char *key, const struct tl_mock_call *call);

/* Keeps the activity for the answer. attempt: 0: all from now on. 0: out of memory, with a verdict. */
int mock_hold(struct mock_type *type, const char *key, int32_t attempt, struct mock_entry *entry);

/* Whether the activity is kept with all attempts that will come. */
int mock_is_held(const struct mock_type *type, const char *key);

/* ---- mock_answer.c ---- */

/* What an attempt has in hand. */
struct mock_attempt {
    struct mock_record *record;
    struct tl_next *next;
    struct tl_activity *activity;
    const struct tl_payloads *input;
    struct tl_payload *result;
};

/* Does as the answer says, on the attempt's coroutine; returns what the attempt returns. */
enum tl_status mock_answer(const struct mock_entry *entry, const struct mock_attempt *attempt);

/*
 * Lets virtual time pass, with a heartbeat first when `every` is more than 0 or the answer has details for one, and
 * again as often. TL_OK, or TL_CANCELED when the attempt is to stop. duration: TL_NEVER is none that ends.
 */
enum tl_status mock_pass_time(
    struct tl_activity *activity, const struct tl_mock_answer *answer, tl_duration duration, tl_duration every);

/* The pause between heartbeats that reach the service each: 80 % of the timeout, 30 s without one. */
tl_duration mock_beat(const struct tl_activity_info *info);

/* ---- mock_timeout.c ---- */

/* Waits until the service's timeout has ended the attempt; a verdict when that cannot be. */
enum tl_status mock_time_out(const struct mock_entry *entry, struct tl_activity *activity);

/* "schedule-to-start". */
const char *mock_timeout_words(enum tl_timeout_type timeout);

/* From now on activities' tasks may be kept from the worker. */
void mock_withhold(struct tl_env *env);

/* ---- mock_call.c ---- */

/* Remembers the call; NULL, with a verdict, when out of memory. */
struct mock_record *mock_record(struct mock_type *type, struct tl_activity *activity, const struct tl_payloads *input);

/* ---- mock_later.c ---- */

/* The attempt is to be completed later, as the mock's script says. */
void mock_leave(struct mock_record *record, struct tl_mock *mock);

/* Another attempt of the activity came: those that were left before are over. */
void mock_replace(struct mock_type *type, const struct mock_record *record);

/* ---- mock_order.c ---- */

/* Whether a call may go to `mock` now; a verdict when another has to come first. Notes that it has. */
int mock_order_allows(const struct tl_mock *mock);

/* ---- mock_unmet.c ---- */

/* Appends "; did you mean ChargeCard?; mocked: ChargeCard, ShipOrder" for a type that is not known. */
void mock_add_known(const struct tl_env *env, const char *name, struct report_text *text);

#endif
