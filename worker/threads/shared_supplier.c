/* SPDX-License-Identifier: MIT */
#include "worker/threads/shared_supplier.h"

static int reserve(void *user, const struct tl_slot_request *request)
{
    struct supplied *supplied = user;
    struct shared_supplier *shared = supplied->shared;
    struct tl_slot_request whole = *request;

    (void)pthread_mutex_lock(&shared->mutex);
    whole.used = shared->used[request->kind];
    int given = shared->whole.reserve(shared->whole.user, &whole);
    if (given != 0) {
        shared->used[request->kind]++;
    } else {
        supplied->refused = true;
    }
    (void)pthread_mutex_unlock(&shared->mutex);
    return given;
}

/* Who gives it back looks again by itself. */
static void ask_refused(struct shared_supplier *shared, const struct supplied *giver)
{
    for (size_t i = 0; i < shared->count; i++) {
        struct supplied *supplied = &shared->members[i];

        if (supplied->refused && supplied != giver) {
            family_seat_slots_changed(supplied->seat);
        }
        supplied->refused = false;
    }
}

static void release(void *user, enum tl_slot_kind kind)
{
    struct supplied *supplied = user;
    struct shared_supplier *shared = supplied->shared;

    (void)pthread_mutex_lock(&shared->mutex);
    shared->used[kind]--;
    shared->whole.release(shared->whole.user, kind);
    ask_refused(shared, supplied);
    (void)pthread_mutex_unlock(&shared->mutex);
}

void shared_supplier_init(
    struct shared_supplier *shared, const struct tl_slot_supplier *supplier, const struct family *family)
{
    (void)pthread_mutex_init(&shared->mutex, NULL);
    shared->whole = *supplier;
    shared->count = family->count;
    for (size_t i = 0; i < family->count; i++) {
        struct supplied *supplied = &shared->members[i];

        supplied->shared = shared;
        supplied->seat = family->seats[i];
        supplied->supplier = (struct tl_slot_supplier){reserve, release, supplied};
    }
}

void shared_supplier_done(struct shared_supplier *shared)
{
    (void)pthread_mutex_destroy(&shared->mutex);
}
