/* SPDX-License-Identifier: MIT */
#include "worker/threads/stuck.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "worker/engine/run.h"
#include "worker/engine/state.h"
#include "worker/engine/task.h"
#include "worker/workflow/strand.h"

#define ANSWER_TRIES 1000 /* of a millisecond */

enum inquiry_state {
    INQUIRY_NONE,
    INQUIRY_ASKED,
    INQUIRY_NOTING, /* the handler is at it */
    INQUIRY_FOUND,
    INQUIRY_MISSED
};

/* The inquiry under way; its members are the asker's but between ASKED and FOUND or MISSED, when they are the
 * handler's. */
static struct inquiry {
    int state; /* atomic */
    const tl_time *began;
    tl_time step;
    struct stuck *stuck;
} inquiry;

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* ---- In the handler ---- */

static void copy_name(char *to, const char *from)
{
    size_t len = from == NULL ? 0 : strnlen(from, STUCK_NAME - 1);

    if (len > 0) {
        memcpy(to, from, len);
    }
    to[len] = '\0';
}

static void note_task(struct stuck *stuck, const struct task *task)
{
    const ProtobufCBinaryData *token = &task->poll->task_token;

    if (token->len == 0 || token->len > STUCK_TOKEN || task->poll->query != NULL) {
        return;
    }
    copy_name(stuck->name_space, task->engine->settings.name_space);
    copy_name(stuck->identity, task->engine->settings.identity);
    memcpy(stuck->token, token->data, token->len);
    stuck->token_len = token->len;
    stuck->has_task = true;
}

static void note_strand(struct stuck *stuck, const struct strand *strand)
{
    const struct run *run = CONST_CONTAINER_OF(strand->wf, struct run, wf);

    stuck->in_workflow = true;
    copy_name(stuck->workflow_id, strand->owner.workflow_id);
    copy_name(stuck->run_id, strand->owner.run_id);
    copy_name(stuck->coroutine, strand->owner.name);
    if (run->task != NULL) {
        note_task(stuck, run->task);
    }
}

static void note(struct stuck *stuck)
{
    const struct coroutine_owner *owner = coroutine_owner();

    stuck->in_workflow = false;
    stuck->has_task = false;
    backtrace_take(&stuck->backtrace);
    if (owner != NULL && owner->kind == COROUTINE_WORKFLOW) {
        note_strand(stuck, CONST_CONTAINER_OF(owner, struct strand, owner));
    }
}

static void on_signal(int number)
{
    int kept = errno;
    int asked = INQUIRY_ASKED;

    (void)number;
    if (__atomic_compare_exchange_n(
            &inquiry.state, &asked, INQUIRY_NOTING, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        bool stands = __atomic_load_n(inquiry.began, __ATOMIC_ACQUIRE) == inquiry.step;

        if (stands) {
            note(inquiry.stuck);
        }
        __atomic_store_n(&inquiry.state, stands ? INQUIRY_FOUND : INQUIRY_MISSED, __ATOMIC_RELEASE);
    }
    errno = kept;
}

/* ---- Asking ---- */

bool stuck_install(void)
{
    struct sigaction before;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    (void)sigemptyset(&action.sa_mask);
    if (sigaction(SIGURG, NULL, &before) != 0) {
        return false;
    }
    if (before.sa_handler == on_signal) {
        return true;
    }
    return (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN) && sigaction(SIGURG, &action, NULL) == 0;
}

static bool wait_for_answer(void)
{
    const struct timespec millisecond = {.tv_nsec = 1000000};

    for (int i = 0; i < ANSWER_TRIES; i++) {
        int state = __atomic_load_n(&inquiry.state, __ATOMIC_ACQUIRE);

        if (state == INQUIRY_FOUND || state == INQUIRY_MISSED) {
            return state == INQUIRY_FOUND;
        }
        (void)nanosleep(&millisecond, NULL);
    }
    return false;
}

/* One that is noting right now is waited for: it writes to memory of ours. */
static bool withdraw(void)
{
    int asked = INQUIRY_ASKED;

    if (__atomic_compare_exchange_n(&inquiry.state, &asked, INQUIRY_NONE, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        return false;
    }
    while (__atomic_load_n(&inquiry.state, __ATOMIC_ACQUIRE) == INQUIRY_NOTING) {
    }
    return __atomic_load_n(&inquiry.state, __ATOMIC_ACQUIRE) == INQUIRY_FOUND;
}

bool stuck_find(pthread_t thread, const tl_time *began, struct stuck *out_stuck)
{
    (void)pthread_mutex_lock(&one_at_a_time);
    inquiry.began = began;
    inquiry.step = __atomic_load_n(began, __ATOMIC_ACQUIRE);
    inquiry.stuck = out_stuck;
    __atomic_store_n(&inquiry.state, INQUIRY_ASKED, __ATOMIC_RELEASE);
    bool found = inquiry.step != 0 && pthread_kill(thread, SIGURG) == 0 && (wait_for_answer() || withdraw());
    __atomic_store_n(&inquiry.state, INQUIRY_NONE, __ATOMIC_RELEASE);
    (void)pthread_mutex_unlock(&one_at_a_time);
    return found;
}
