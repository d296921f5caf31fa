/* SPDX-License-Identifier: MIT */
/*
 * What a history must say: how often something happened, with what, in which order, when, or never.
 *
 *     tl_assert_count(env, run, tl_fact(TL_FACT_ACTIVITY_SCHEDULED, "ChargeCard"), 2);
 *     tl_assert_before(env, run, tl_fact(TL_FACT_ACTIVITY_SCHEDULED, "ChargeCard"), tl_fact(TL_FACT_TIMER_STARTED,
 * NULL)); tl_assert_value(env, run, tl_nth(tl_fact(TL_FACT_ACTIVITY_SCHEDULED, "ChargeCard"), 2), "amount", "1300");
 *
 * They look at the history as it stands and let no time pass. None holds vacuously: a name that the history does not
 * tell and nobody knows fails with the nearest one that there is, an empty history fails, and "never" is only
 * known of a closed run.
 */
#ifndef TIMELAPSE_EXPECT_H
#define TIMELAPSE_EXPECT_H

#include <timelapse/env.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(NAME, "words", what `name` of the fact is) */
#define TL_FACT_MAP(X)                                                                                                 \
    X(ACTIVITY_SCHEDULED, "activity scheduled", "activity type")                                                       \
    X(ACTIVITY_STARTED, "activity started", "activity type")                                                           \
    X(ACTIVITY_COMPLETED, "activity completed", "activity type")                                                       \
    X(ACTIVITY_FAILED, "activity failed", "activity type")                                                             \
    X(ACTIVITY_TIMED_OUT, "activity timed out", "activity type")                                                       \
    X(ACTIVITY_CANCEL_REQUESTED, "cancellation of an activity requested", "activity type")                             \
    X(ACTIVITY_CANCELED, "activity canceled", "activity type")                                                         \
    X(TIMER_STARTED, "timer started", "timer id")                                                                      \
    X(TIMER_FIRED, "timer fired", "timer id")                                                                          \
    X(TIMER_CANCELED, "timer canceled", "timer id")                                                                    \
    X(SIGNALED, "signal", "signal name")                                                                               \
    X(MARKER_RECORDED, "marker recorded", "marker name")                                                               \
    X(WORKFLOW_STARTED, "workflow started", "workflow type")                                                           \
    X(WORKFLOW_COMPLETED, "workflow completed", "workflow type")                                                       \
    X(WORKFLOW_FAILED, "workflow failed", "workflow type")                                                             \
    X(WORKFLOW_CONTINUED, "workflow continued as new", "workflow type")                                                \
    X(WORKFLOW_TASK_COMPLETED, "workflow task completed", "workflow type")                                             \
    X(EVENT, "event", "event type")

enum tl_fact_kind {
#define TL_FACT_ENUM(name, words, noun) TL_FACT_##name,
    TL_FACT_MAP(TL_FACT_ENUM)
#undef TL_FACT_ENUM
    TL_FACT_KINDS
};

/* Something that happened. Strings are borrowed for the call. */
struct tl_fact {
    enum tl_fact_kind kind;
    const char *name; /* see the map; NULL: any. Of EVENT: "TimerFired" */
    size_t nth;       /* which of them, from 1; 0: the first. Not for counts */
    int in_chain;     /* 1: in all runs of the chain that the run begins; 0: in the run alone */
};

static inline struct tl_fact tl_fact(enum tl_fact_kind kind, const char *name)
{
    struct tl_fact fact = {kind, name, 0, 0};

    return fact;
}

static inline struct tl_fact tl_nth(struct tl_fact fact, size_t nth)
{
    fact.nth = nth;
    return fact;
}

static inline struct tl_fact tl_in_chain(struct tl_fact fact)
{
    fact.in_chain = 1;
    return fact;
}

enum tl_claim_kind {
    TL_CLAIM_COUNT,    /* it happened `count` times; not 0 */
    TL_CLAIM_NEVER,    /* it did not happen, and will not: the run is closed */
    TL_CLAIM_NOT_YET,  /* it did not happen so far */
    TL_CLAIM_BEFORE,   /* it happened before `other` did */
    TL_CLAIM_VALUE,    /* what came with it equals `json` at `path` */
    TL_CLAIM_DURATION, /* TIMER_STARTED: for so long */
    TL_CLAIM_WHEN      /* it happened that long after the first event */
};

/* Only the members that the kind names are looked at. Strings are borrowed for the call. */
struct tl_claim {
    enum tl_claim_kind kind;
    struct tl_fact fact;
    struct tl_fact other;
    size_t count;
    const char *path; /* see timelapse/json.h; NULL: the whole */
    const char *json;
    tl_duration duration;
};

/*
 * Whether the claim holds of a history; a fact's in_chain means nothing here. registry: whose types are known beside
 * what the history tells; may be NULL. TL_OK; TL_FAILED: it does not, error->message says what was found;
 * TL_INVALID_ARGUMENT: the claim itself cannot be, error->field names its member; TL_MALFORMED; TL_NO_MEMORY.
 */
TL_API TL_MUST_CHECK enum tl_status tl_history_claim(
    const struct tl_history *history, const struct tl_registry *registry, const struct tl_claim *claim,
    struct tl_error *error);

/* The same of a run, as a verdict whose timeline has ">" at the events in question. file: static storage. */
TL_API void tl_env_assert_claim(
    struct tl_env *env, struct tl_handle *run, const struct tl_claim *claim, const char *file, int line);

/* What the macros make; C++ has no compound literals. */
static inline struct tl_claim tl_claim_count(enum tl_claim_kind kind, struct tl_fact fact, size_t count)
{
    struct tl_claim claim = {kind, fact, fact, count, 0, 0, 0};

    return claim;
}

static inline struct tl_claim tl_claim_before(struct tl_fact fact, struct tl_fact other)
{
    struct tl_claim claim = {TL_CLAIM_BEFORE, fact, other, 0, 0, 0, 0};

    return claim;
}

static inline struct tl_claim tl_claim_value(struct tl_fact fact, const char *path, const char *json)
{
    struct tl_claim claim = {TL_CLAIM_VALUE, fact, fact, 0, path, json, 0};

    return claim;
}

static inline struct tl_claim tl_claim_duration(enum tl_claim_kind kind, struct tl_fact fact, tl_duration duration)
{
    struct tl_claim claim = {kind, fact, fact, 0, 0, 0, duration};

    return claim;
}

#define TL_ASSERT_CLAIM(env, run, made)                                                                                \
    do {                                                                                                               \
        const struct tl_claim tl_claim_made = (made);                                                                  \
        tl_env_assert_claim((env), (run), &tl_claim_made, __FILE__, __LINE__);                                         \
    } while (0)

/* Exactly `count` times, at least once. */
#define tl_assert_count(env, run, fact, count)                                                                         \
    TL_ASSERT_CLAIM(env, run, tl_claim_count(TL_CLAIM_COUNT, (fact), (count)))
/* Not in the whole run, which is closed; not so far. */
#define tl_assert_never(env, run, fact)             TL_ASSERT_CLAIM(env, run, tl_claim_count(TL_CLAIM_NEVER, (fact), 0))
#define tl_assert_not_yet(env, run, fact)           TL_ASSERT_CLAIM(env, run, tl_claim_count(TL_CLAIM_NOT_YET, (fact), 0))
/* Both happened, the first one first. */
#define tl_assert_before(env, run, first, second)   TL_ASSERT_CLAIM(env, run, tl_claim_before((first), (second)))
/*
 * The first argument of an activity, a signal or a workflow, or the result of one that completed, is the JSON value; or
 * its member at path is. Decoded by no codec.
 */
#define tl_assert_value(env, run, fact, path, json) TL_ASSERT_CLAIM(env, run, tl_claim_value((fact), (path), (json)))
/* A timer was started for so long; something happened that long after the run began. */
#define tl_assert_duration(env, run, fact, duration)                                                                   \
    TL_ASSERT_CLAIM(env, run, tl_claim_duration(TL_CLAIM_DURATION, (fact), (duration)))
#define tl_assert_when(env, run, fact, after)                                                                          \
    TL_ASSERT_CLAIM(env, run, tl_claim_duration(TL_CLAIM_WHEN, (fact), (after)))

#ifdef __cplusplus
}
#endif
#endif
