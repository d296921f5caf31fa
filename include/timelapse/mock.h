/* SPDX-License-Identifier: MIT */
/*
 * Mocks: ordinary activity handlers that the service really schedules, retries and times out. A mock follows its
 * script, one answer after another, each for as many attempts as its count says; tl_mock_when narrows it to some of the
 * calls, which then have a script of their own.
 *
 * Nothing passes in silence. These are verdicts, each with the place where the expectation was made:
 *   - a call that no script has an answer for, with the nearest expectation in words;
 *   - a call of an activity that is neither mocked nor registered, with the nearest name;
 *   - an answer that was to be given more often than it was: when the test ends (tl_env_finish);
 *   - a mock of a type that is neither registered nor was called, whatever its counts say, with the nearest name; where
 *     no activity is registered: if one was called whose name differs by a slip of the pen;
 *   - a narrowed mock that says nothing;
 *   - an answer that the activity's options rule out: a heartbeat timeout where there is none.
 *
 * All functions: on the environment's thread. mock NULL, what tl_mock_activity returns after a verdict, is ignored.
 */
#ifndef TIMELAPSE_MOCK_H
#define TIMELAPSE_MOCK_H

#include <timelapse/activity.h>
#include <timelapse/env.h>
#include <timelapse/failure.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tl_mock;

/* How many attempts an answer is for. */
struct tl_count {
    unsigned minimum; /* fewer when the test ends are a verdict */
    unsigned maximum; /* UINT_MAX: without limit */
};

#define TL_TIMES(n)    ((struct tl_count){(n), (n)}) /* 0: the answer is passed over; see tl_mock_never */
#define TL_ONCE        TL_TIMES(1u)
#define TL_ALWAYS      ((struct tl_count){1u, ~0u}) /* at least once */
#define TL_AT_LEAST(n) ((struct tl_count){(n), ~0u})
#define TL_ANY_TIMES   ((struct tl_count){0u, ~0u})

/* ---- Mocks ---- */

/*
 * The mock of activity type `type` in `env`, made on first use; it takes the place of a registered activity. One
 * without a script says that the activity is never called. Borrowed until tl_env_free. Verdicts: the registered
 * activity ran already; the type is not registered and one that is differs by a slip of the pen only.
 */
#define tl_mock_activity(env, type) tl_mock_activity_at((env), (type), __FILE__, __LINE__)

/*
 * An activity's code as tl_activity_fn has it, with the pointer that was given to tl_mock_calls; and a condition over
 * its decoded arguments: not 0 is a match. A condition may be asked more than once about a call, and not only on
 * coroutines: it looks at `input` and nothing else.
 */
typedef enum tl_status
tl_mock_fn(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result);
typedef int tl_match_fn(void *user, const struct tl_payloads *input);

/* Which calls a narrowed mock is for: those for which all hold that are set. Strings are copied. */
struct tl_match {
    const char *path;        /* of a value in the argument (timelapse/json.h); NULL: the whole argument */
    const char *equals;      /* JSON that it equals, order of members aside; NULL: it need not even be there */
    size_t argument;         /* which argument, from 0 */
    tl_match_fn *matches;    /* a condition of yours */
    void *user;              /* for it */
    const char *says;        /* what it says, in words, for verdicts; NULL: "a condition" */
    int32_t attempt;         /* 0: any; else that attempt of an activity, from 1 */
    const char *workflow_id; /* NULL: any */
};

/*
 * A new mock for those calls of `mock` that match; narrowing adds up. A call goes to the narrowest mock that matches
 * and has an answer left, among equals to the first made, and last to the one of tl_mock_activity. Borrowed like
 * `mock`. Verdicts: a match without a condition, what is not JSON.
 *
 * tl_mock_with: the value at `path` of the first argument equals `json`.
 * tl_mock_per_activity: no condition; each activity of each run, with all its attempts, follows the script from its
 * beginning ("fail, fail, succeed" for each of ten orders), and has to reach the minimum of each answer. In other
 * mocks all attempts of all activities follow one script together.
 */
#define tl_mock_when(mock, ...)        tl_mock_when_at((mock), (__VA_ARGS__), __FILE__, __LINE__) /* match */
#define tl_mock_with(mock, path, json) tl_mock_with_at((mock), (path), (json), __FILE__, __LINE__)
#define tl_mock_per_activity(mock)     tl_mock_per_activity_at((mock), __FILE__, __LINE__)

/* ---- Scripts ---- */

enum tl_mock_kind {
    TL_MOCK_RETURNS = 0,          /* a result */
    TL_MOCK_FAILS,                /* with an application failure */
    TL_MOCK_CALLS,                /* a function, on the attempt's coroutine, that answers in its place */
    TL_MOCK_PASSES_ON,            /* to the registered activity */
    TL_MOCK_HANGS,                /* never answers, whatever it is told: the service's timeouts end it */
    TL_MOCK_HANGS_UNTIL_CANCELED, /* heartbeats, and answers as canceled once that tells it to stop */
    TL_MOCK_TIMES_OUT,            /* by that timeout of the service, for sure */
    TL_MOCK_CRASHES,              /* as if its process died: nothing is answered; other attempts go on */
    TL_MOCK_COMPLETES_LATER       /* leaves the answer to tl_mock_complete, or to any client */
};

/* One answer. Zero means default in every member; one that does not belong to the kind is a verdict. Copied. */
struct tl_mock_answer {
    enum tl_mock_kind kind;
    /* >= 0; how long the attempt takes in virtual time. TIMES_OUT by TL_TIMEOUT_HEARTBEAT: how long it heartbeats
     * before it falls silent; not for the other timeouts and what hangs. */
    tl_duration after;
    const char *json;                      /* RETURNS: the result; NULL: null */
    const struct tl_payload *payload;      /* RETURNS: a result that is no JSON, instead */
    const char *failure_type;              /* FAILS: required, "" is a type too */
    const char *message;                   /* FAILS */
    const struct tl_fail_options *failure; /* FAILS: non-retryable, next delay, details, cause (without its origin) */
    tl_mock_fn *run;                       /* CALLS: required */
    void *user;                            /* CALLS: for it */
    enum tl_timeout_type timeout;          /* TIMES_OUT: required */
    /* Heartbeats until it answers: any kind but CALLS, PASSES_ON and HANGS. An attempt that is told to stop by the
     * answer to one stops, and answers as canceled. */
    const char *heartbeat;       /* JSON details of the one that it begins with; NULL: it sends none */
    tl_duration heartbeat_every; /* >= 0; and again as often, with the same details, or none; 0: not again */
};

/*
 * Append to the script. An answer behind one without limit is a verdict, as it is never given.
 *
 * Timeouts are the service's own, in virtual time, so the activity needs the timeout that it is to end by, before any
 * other: all else is a verdict. Start-to-close and heartbeat end one attempt, which the service may try again;
 * heartbeats are sent as needed. Schedule-to-close ends the activity: the answer serves all its attempts, and counts
 * activities. Schedule-to-start keeps the task from every worker, and counts as served though no call is made.
 */
#define tl_mock_answers(mock, count, ...) /* answer */                                                                 \
    tl_mock_answers_at((mock), (count), (__VA_ARGS__), __FILE__, __LINE__)

/* The common ones in one line. json NULL: null. */
#define tl_mock_returns(mock, count, json) tl_mock_returns_at((mock), (count), (json), __FILE__, __LINE__)
#define tl_mock_fails(mock, count, failure_type)                                                                       \
    tl_mock_fails_at((mock), (count), (failure_type), 0, __FILE__, __LINE__)
#define tl_mock_fails_for_good(mock, count, failure_type)                                                              \
    tl_mock_fails_at((mock), (count), (failure_type), 1, __FILE__, __LINE__) /* non-retryable */
#define tl_mock_calls(mock, count, run, user)   tl_mock_calls_at((mock), (count), (run), (user), __FILE__, __LINE__)
#define tl_mock_times_out(mock, count, timeout) tl_mock_times_out_at((mock), (count), (timeout), __FILE__, __LINE__)
#define tl_mock_passes_on(mock, count)          tl_mock_simply_at((mock), (count), TL_MOCK_PASSES_ON, __FILE__, __LINE__)
#define tl_mock_hangs(mock, count)              tl_mock_simply_at((mock), (count), TL_MOCK_HANGS, __FILE__, __LINE__)
#define tl_mock_hangs_until_canceled(mock, count)                                                                      \
    tl_mock_simply_at((mock), (count), TL_MOCK_HANGS_UNTIL_CANCELED, __FILE__, __LINE__)
#define tl_mock_crashes(mock, count) tl_mock_simply_at((mock), (count), TL_MOCK_CRASHES, __FILE__, __LINE__)
#define tl_mock_completes_later(mock, count)                                                                           \
    tl_mock_simply_at((mock), (count), TL_MOCK_COMPLETES_LATER, __FILE__, __LINE__)

/* From here on a call that matches is a verdict, also when a wider mock has an answer. */
#define tl_mock_never(mock) tl_mock_never_at((mock), __FILE__, __LINE__)

/*
 * The mocks are called in this order: a call of a later one before all answers of the earlier ones have reached their
 * minimum is a verdict, and so is one of an earlier one after a later one was called. A mock stands for those narrowed
 * from it. At least two, each once. tl_mock_in_order(charge, ship, mail);
 */
#define tl_mock_in_order(...)                                                                                          \
    tl_mock_in_order_at(                                                                                               \
        (struct tl_mock *const[]){__VA_ARGS__},                                                                        \
        sizeof((struct tl_mock *const[]){__VA_ARGS__}) / sizeof(struct tl_mock *),                                     \
        __FILE__,                                                                                                      \
        __LINE__)

/* ---- Completing later ---- */

/*
 * Answers the oldest attempt of the mock that was left to be completed later and was not yet: with a result (json NULL:
 * null), an application failure, or as canceled. On the test's stack or in an activity. For all else there is
 * timelapse/async_activity.h, with the token of tl_mock_nth_call. Verdicts: no attempt waits (tl_env_run_until_idle
 * lets what is ready reach the mock); the service refuses it, as it does after a timeout.
 */
#define tl_mock_complete(mock, json) tl_mock_complete_at((mock), (json), __FILE__, __LINE__)
#define tl_mock_complete_failed(mock, failure_type, message)                                                           \
    tl_mock_complete_failed_at((mock), (failure_type), (message), __FILE__, __LINE__)
#define tl_mock_complete_canceled(mock) tl_mock_complete_canceled_at((mock), __FILE__, __LINE__)

/* How many attempts wait for that; one that a later attempt of its activity replaced does not. NULL: 0. */
TL_API size_t tl_mock_pending(const struct tl_mock *mock);

/* ---- Looking ---- */

/* One call of a mock: one attempt. All borrowed until tl_env_free. */
struct tl_mock_call {
    struct tl_payloads input; /* decoded */
    const char *workflow_id;
    const char *run_id;
    const char *activity_id;
    int32_t attempt;            /* of that activity, from 1 */
    tl_time at;                 /* virtual time */
    struct tl_bytes task_token; /* for completion by a client */
};

/* How many attempts have reached the mock, those of a narrowed one before it was made too; NULL: 0. */
TL_API unsigned tl_mock_calls_made(struct tl_mock *mock);

/* Call number `number`, from 1; NULL with a verdict when there was no such call. */
#define tl_mock_nth_call(mock, number) tl_mock_nth_call_at((mock), (number), __FILE__, __LINE__)

/*
 * So many attempts have reached the mock; else a verdict that shows those that did. How many of them had a certain
 * input: tl_assert_called(env, tl_mock_with(charge, "amount", "40"), 2).
 */
#define tl_assert_called(env, mock, count) tl_env_assert_called((env), (mock), (count), __FILE__, __LINE__)

/* What the macros call; file: static storage. A verdict that the expectation gives is reported at file and line. */
TL_API struct tl_mock *tl_mock_activity_at(struct tl_env *env, const char *type, const char *file, int line);
TL_API struct tl_mock *tl_mock_when_at(struct tl_mock *mock, const struct tl_match *match, const char *file, int line);
TL_API struct tl_mock *
tl_mock_with_at(struct tl_mock *mock, const char *path, const char *json, const char *file, int line);
TL_API struct tl_mock *tl_mock_per_activity_at(struct tl_mock *mock, const char *file, int line);
TL_API void tl_mock_answers_at(
    struct tl_mock *mock, struct tl_count count, const struct tl_mock_answer *answer, const char *file, int line);
TL_API void
tl_mock_returns_at(struct tl_mock *mock, struct tl_count count, const char *json, const char *file, int line);
TL_API void tl_mock_fails_at(
    struct tl_mock *mock, struct tl_count count, const char *failure_type, int non_retryable, const char *file,
    int line);
TL_API void
tl_mock_calls_at(struct tl_mock *mock, struct tl_count count, tl_mock_fn *run, void *user, const char *file, int line);
TL_API void tl_mock_times_out_at(
    struct tl_mock *mock, struct tl_count count, enum tl_timeout_type timeout, const char *file, int line);
TL_API void
tl_mock_simply_at(struct tl_mock *mock, struct tl_count count, enum tl_mock_kind kind, const char *file, int line);
TL_API void tl_mock_never_at(struct tl_mock *mock, const char *file, int line);
TL_API void tl_mock_in_order_at(struct tl_mock *const *mocks, size_t count, const char *file, int line);
TL_API void tl_mock_complete_at(struct tl_mock *mock, const char *json, const char *file, int line);
TL_API void tl_mock_complete_failed_at(
    struct tl_mock *mock, const char *failure_type, const char *message, const char *file, int line);
TL_API void tl_mock_complete_canceled_at(struct tl_mock *mock, const char *file, int line);
TL_API const struct tl_mock_call *
tl_mock_nth_call_at(struct tl_mock *mock, unsigned number, const char *file, int line);
TL_API void tl_env_assert_called(struct tl_env *env, struct tl_mock *mock, unsigned count, const char *file, int line);

#ifdef __cplusplus
}
#endif
#endif
