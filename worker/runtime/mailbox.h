/* SPDX-License-Identifier: MIT */
/*
 * What other threads posted to a driver: a list that anybody may push to and the driver's thread
 * takes as a whole, at the head of a step. Each post is a step of its own.
 */
#ifndef TIMELAPSE_WORKER_MAILBOX_H
#define TIMELAPSE_WORKER_MAILBOX_H

#include <stddef.h>
#include <timelapse/driver.h>

#include "base/agenda.h"

struct mailbox {
    struct tl_post *pushed; /* atomic; the latest first */
    struct tl_post *first;  /* taken, in order; the driver's thread alone */
    struct tl_post **end;
    struct agenda_item turn;   /* of the first that was taken */
    struct agenda *agenda;     /* where turns are; set when there is one */
    void (*wake)(void *waker); /* told on the poster's thread when the list was empty; NULL: nobody waits */
    void *waker;
};

void mailbox_init(struct mailbox *mailbox);

/* Any thread. */
void mailbox_push(struct mailbox *mailbox, struct tl_post *post);

/* Takes what was pushed, if anything, and makes the first one ready. */
void mailbox_take(struct mailbox *mailbox, struct agenda *agenda);

static inline void mailbox_open(struct mailbox *mailbox, struct agenda *agenda)
{
    if (__builtin_expect(__atomic_load_n(&mailbox->pushed, __ATOMIC_RELAXED) != NULL, 0)) {
        mailbox_take(mailbox, agenda);
    }
}

/* 1 when something was pushed that no step has taken yet, so that there is a step to be made; else 0. */
static inline size_t mailbox_waiting(const struct mailbox *mailbox)
{
    return __atomic_load_n(&mailbox->pushed, __ATOMIC_RELAXED) != NULL ? 1 : 0;
}

#endif
