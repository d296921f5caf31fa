/* SPDX-License-Identifier: MIT */
#include "worker/runtime/mailbox.h"

#include "worker/runtime/driver_private.h"

/* One post a step: what it does is covered by that step's guard alone. */
static void run_first(struct agenda_item *item)
{
    struct mailbox *mailbox = CONTAINER_OF(item, struct mailbox, turn);
    struct tl_post *post = mailbox->first;

    mailbox->first = post->next;
    if (mailbox->first == NULL) {
        mailbox->end = &mailbox->first;
    } else {
        agenda_post(mailbox->agenda, &mailbox->turn);
    }
    post->next = NULL;
    post->run(post);
}

void mailbox_init(struct mailbox *mailbox)
{
    *mailbox = (struct mailbox){.turn.run = run_first};
    mailbox->end = &mailbox->first;
}

void mailbox_push(struct mailbox *mailbox, struct tl_post *post)
{
    struct tl_post *before = __atomic_load_n(&mailbox->pushed, __ATOMIC_RELAXED);

    do {
        post->next = before;
    } while (!__atomic_compare_exchange_n(&mailbox->pushed, &before, post, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
    /* Whoever pushed onto a list that was not empty finds the driver awake, or about to be waked. */
    if (before == NULL && mailbox->wake != NULL) {
        mailbox->wake(mailbox->waker);
    }
}

void mailbox_take(struct mailbox *mailbox, struct agenda *agenda)
{
    struct tl_post *latest = __atomic_exchange_n(&mailbox->pushed, NULL, __ATOMIC_ACQUIRE);
    struct tl_post *earliest = NULL;
    struct tl_post **end = latest == NULL ? mailbox->end : &latest->next;

    while (latest != NULL) {
        struct tl_post *next = latest->next;

        latest->next = earliest;
        earliest = latest;
        latest = next;
    }
    *mailbox->end = earliest;
    mailbox->end = end;
    mailbox->agenda = agenda;
    if (mailbox->first != NULL) {
        agenda_post(agenda, &mailbox->turn);
    }
}

void tl_driver_post(struct tl_driver *driver, struct tl_post *post)
{
    mailbox_push(&driver->mailbox, post);
}
