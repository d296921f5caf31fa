/* SPDX-License-Identifier: MIT */
/*
 * The poll loops of a worker: who polls when, and what a reply means.
 *
 * Workflow pollers of the normal and of the sticky queue share their slots. The last free slot is
 * kept for the queue that nobody polls, so that neither queue can starve the other.
 */
#ifndef TIMELAPSE_WORKER_POLLER_H
#define TIMELAPSE_WORKER_POLLER_H

#include <stdbool.h>
#include <timelapse/service.h>

#include "base/agenda.h"
#include "worker/polling/pace.h"
#include "worker/polling/scaler.h"
#include "worker/polling/slots.h"
#include "worker/runtime/backoff.h"
#include "worker/runtime/call.h"

enum poller_kind {
    POLLER_WORKFLOW, /* the normal queue's workflow tasks */
    POLLER_STICKY,   /* the worker's own sticky queue's */
    POLLER_ACTIVITY,
    POLLER_KINDS
};

struct poller {
    struct poller_group *group;
    struct call *call;
    struct agenda_item resume; /* the end of a back-off */
    struct backoff backoff;
    tl_time sent_at;       /* the last poll */
    tl_time refused_since; /* first of a row of errors that no retry mends; 0: none */
};

/* The pollers of one queue. */
struct poller_group {
    struct polling *polling;
    enum poller_kind kind;
    enum rpc rpc;
    const void *request;        /* the same for every poll */
    struct slots *slots;        /* shared by the groups of workflow tasks */
    struct poller_group *rival; /* the other group on the same slots, or NULL */
    size_t count;
    struct poller **pollers;
    size_t idle;          /* pollers that neither poll nor pause */
    size_t under_way;     /* polls */
    struct scaler scaler; /* how many of the pollers may do either */
    struct pace *pace;    /* shared by nobody; NULL: no limit */
    int64_t backlog;      /* how many tasks the service said were waiting behind the last one */
};

/* All poll loops of a worker. */
struct polling {
    struct agenda *agenda;
    struct call_party *party;
    bool stopped;
    struct agenda_item turn;                  /* the next turn of a limited group */
    struct poller_group groups[POLLER_KINDS]; /* count 0: not polled */
    /* Takes a task with its reply's reference and its slot. */
    void (*on_task)(void *user, enum poller_kind kind, struct tl_reply *reply);
    /* A poll came back without a task after polling_stop. */
    void (*on_returned)(void *user);
    /* The service has refused polls for so long that there is no hope; the reply is borrowed. */
    void (*on_refused)(void *user, const struct tl_reply *reply);
    void *user;
};

/* How many pollers of a queue poll. */
struct poller_range {
    size_t minimum; /* 0: `maximum`, always */
    size_t maximum;
    size_t initial;
};

/* How a group is to poll. */
struct poller_plan {
    enum poller_kind kind;
    size_t count;        /* at most */
    const void *request; /* borrowed */
    struct slots *slots; /* borrowed */
    size_t minimum;      /* 0: `count`, and none of the next */
    size_t initial;
    struct pace *pace; /* borrowed; NULL: no limit */
};

/* agenda, party and callbacks are set by the owner; nothing polls yet. Out of memory unwinds. */
void polling_add(struct polling *polling, const struct poller_plan *plan, struct arena *arena);

/* Starts every poll that has a slot: at the start, and whenever a slot came free. */
void polling_pump(struct polling *polling);

/*
 * The group polls as the service suggests from now on, between the limits; one without pollers stays so. What its
 * pollers do goes on. Out of memory unwinds.
 */
void polling_scale(
    struct polling *polling, enum poller_kind kind, const struct poller_range *range, struct arena *arena);

/* The namespace says that its polls' replies tell how many pollers there should be. */
void polling_expect_suggestions(struct polling *polling);

/* No new polls; those under way go on. */
void polling_stop(struct polling *polling);

/* Whether any is. */
bool polling_is_under_way(const struct polling *polling);

/* Those under way are asked to come back: for a service that does not end them when it hears that the worker goes. */
void polling_recall(struct polling *polling);

/* Gives up everything. */
void polling_done(struct polling *polling);

#endif
