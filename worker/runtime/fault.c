/* SPDX-License-Identifier: MIT */
/*
 * Leaving user code for good out of a handler of signals. In the handler only what is known is
 * noted, in memory that is there; then the stack is switched as a verdict switches it, and the
 * coroutine's resumer tells of it on its own stack, from memory that the code could not reach half-way.
 */
#include "worker/runtime/fault.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ucontext.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/critical.h"
#include "base/pool.h"
#include "base/sanitizer.h"
#include "worker/runtime/driver_private.h"
#include "worker/runtime/symbols.h"

#define KIB         ((size_t)1024)
#define RECURSION   4  /* times that one call stands in a backtrace by far more than chance */
#define FRAME_LINES 24 /* of a backtrace: two functions that call each other have one each */

/* A program that was built with a sanitizer brings its runtime, also where this library was not. */
#if defined(__GNUC__)
extern void __asan_init(void) __attribute__((weak)); /* NOLINT(bugprone-reserved-identifier): its name */
extern void __tsan_init(void) __attribute__((weak)); /* NOLINT(bugprone-reserved-identifier): its name */
#define HAS_SANITIZER (__asan_init != NULL || __tsan_init != NULL)
#else
#define HAS_SANITIZER false
#endif

/*
 * Where the library that has malloc is loaded, and the one with the standard streams: their locks would stay locked,
 * and what these guard half-done. Found once, for dlsym is not for handlers.
 */
static const void *c_libraries[2];

static const void *base_of(const void *address)
{
    Dl_info info;

    return address != NULL && dladdr(address, &info) != 0 ? info.dli_fbase : NULL;
}

static void find_c_libraries(void)
{
    if (c_libraries[1] == NULL) {
        c_libraries[0] = base_of(dlsym(RTLD_DEFAULT, "malloc"));
        c_libraries[1] = base_of(dlsym(RTLD_DEFAULT, "fputs"));
    }
}

/* Where tl_fault_try goes on; NULL outside of one. */
static _Thread_local sigjmp_buf *rescue;

int tl_fault_can_leave(void)
{
    return !SANITIZER_ADDRESS && !SANITIZER_THREAD && !HAS_SANITIZER;
}

int tl_fault_can_time(void)
{
    find_c_libraries();
#if defined(RUNNING_ON_VALGRIND)
    return tl_fault_can_leave() && !RUNNING_ON_VALGRIND;
#else
    return tl_fault_can_leave();
#endif
}

int tl_fault_try(void (*body)(void *user), void *user)
{
    sigjmp_buf here;
    sigjmp_buf *volatile outer = rescue;

    if (sigsetjmp(here, 1) != 0) {
        rescue = outer;
        return 0;
    }
    rescue = &here;
    body(user);
    rescue = outer;
    return 1;
}

/* ---- In the handler ---- */

struct place {
    uintptr_t instruction; /* 0: not known */
    uintptr_t stack;
};

static struct place place_of(const void *context)
{
    struct place place = {0, 0};

    if (context != NULL) {
        const ucontext_t *machine = context;
#if defined(__x86_64__)
        place.instruction = (uintptr_t)machine->uc_mcontext.gregs[REG_RIP];
        place.stack = (uintptr_t)machine->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
        place.instruction = (uintptr_t)machine->uc_mcontext.pc;
        place.stack = (uintptr_t)machine->uc_mcontext.sp;
#else
        (void)machine;
#endif
    }
    return place;
}

static bool is_in_c_library(uintptr_t instruction)
{
    const void *here = base_of((const void *)instruction); /* NOLINT(performance-no-int-to-ptr) */

    return here != NULL && (here == c_libraries[0] || here == c_libraries[1]);
}

/* Below the stack's end, be it in the guard or, with a frame larger than that, beyond it. */
static bool is_overflow(const char *low, const struct tl_fault *fault, struct place place)
{
    uintptr_t end = (uintptr_t)low;
    uintptr_t address = (uintptr_t)fault->address;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

    if (fault->kind != TL_FAULT_SIGNAL || (fault->signal != SIGSEGV && fault->signal != SIGBUS)) {
        return false;
    }
    return (place.stack != 0 && place.stack < end) || (address < end && end - address <= page);
}

/* The handler's own frames go: the code that it interrupted comes first. */
static void drop_handler(struct backtrace *backtrace, uintptr_t instruction)
{
    for (size_t i = 0; i < backtrace->count; i++) {
        if (backtrace->addresses[i] == instruction) {
            backtrace->count -= i;
            memmove(backtrace->addresses, backtrace->addresses + i, backtrace->count * sizeof(backtrace->addresses[0]));
            return;
        }
    }
}

static void note(struct fault_note *note, const struct tl_fault *fault, struct place place)
{
    const struct coroutine_owner *owner = coroutine_owner();
    const char *low = NULL;
    const char *high = NULL;

    coroutine_stack(coroutine_current(), &low, &high);
    note->kind = fault->kind;
    note->overflow = is_overflow(low, fault, place);
    note->in_activity = owner->kind == COROUTINE_ACTIVITY;
    note->signal = fault->signal;
    note->address = fault->address;
    note->spent = fault->spent;
    note->stack = (size_t)(high - low);
    note->workflow_id = owner->workflow_id;
    note->run_id = owner->run_id;
    note->name = owner->name;
    backtrace_take(&note->backtrace);
    drop_handler(&note->backtrace, place.instruction);
}

enum tl_fault_answer tl_fault_leave(const struct tl_fault *fault)
{
    const struct coroutine_owner *owner = coroutine_owner();
    struct place place = place_of(fault->context);

    if (owner == NULL && rescue != NULL && fault->kind == TL_FAULT_SIGNAL) {
        siglongjmp(*rescue, 1);
    }
    if (owner == NULL) {
        return TL_FAULT_ELSEWHERE;
    }
    if (owner->driver->fault.dead) { /* looking at the stack met another fault: it is damaged */
        owner->driver->fault.note.backtrace.count = 0;
        coroutine_abort(DRIVER_ABORT_FAULT);
    }
    if (fault->kind != TL_FAULT_SIGNAL && !fault->at_once &&
        (critical_depth > 0 || is_in_c_library(place.instruction))) {
        return TL_FAULT_NOT_NOW;
    }
    critical_depth = 0;
    owner->driver->fault.dead = true;
    note(&owner->driver->fault.note, fault, place);
    coroutine_abort(DRIVER_ABORT_FAULT);
}

uint64_t tl_fault_stretch(void)
{
    const struct coroutine_owner *owner = coroutine_owner();

    /* Drivers differ by address, and a driver's stretches by its steps. */
    return owner == NULL ? 0 : ((uint64_t)(uintptr_t)owner->driver << 16) + owner->driver->steps + 1;
}

/* ---- Telling of it ---- */

static const char *signal_name(int number)
{
    const char *name = sigabbrev_np(number);

    return name == NULL ? "a signal" : name;
}

/* "workflow order-1, coroutine main", "activity ChargeCard of workflow order-1". */
static void write_place(const struct fault_note *note, char *text, size_t size)
{
    const char *workflow_id = note->workflow_id == NULL ? "" : note->workflow_id;
    const char *name = note->name == NULL ? "" : note->name;

    if (note->in_activity) {
        (void)snprintf(text, size, "activity %.60s of workflow %.60s", name, workflow_id);
    } else {
        (void)snprintf(text, size, "workflow %.60s, coroutine %.60s", workflow_id, name);
    }
}

/* Whether calls in the backtrace are under way again and again: a stack that is too small has others each time. */
static bool recurs(const struct backtrace *backtrace)
{
    for (size_t i = 0; i < backtrace->count; i++) {
        size_t times = 0;

        for (size_t other = i; other < backtrace->count; other++) {
            times += backtrace->addresses[other] == backtrace->addresses[i];
        }
        if (times >= RECURSION) {
            return true;
        }
    }
    return false;
}

static void write_overflow(const struct fault_note *note, const char *place, char *text, size_t size)
{
    size_t kib = (note->stack + KIB - 1) / KIB;

    if (recurs(&note->backtrace)) {
        (void)snprintf(
            text,
            size,
            "stack overflow in %s: the same calls stand in its backtrace again and again: end the recursion, or raise "
            "the option coroutine_stack (%zu KiB)",
            place,
            kib);
    } else {
        (void)snprintf(
            text, size, "stack overflow in %s: its stack has %zu KiB; raise the option coroutine_stack", place, kib);
    }
}

static void write_headline(const struct fault_note *note, char *text, size_t size)
{
    char place[160];
    double seconds = (double)note->spent / 1e9;

    write_place(note, place, sizeof(place));
    if (note->overflow) {
        write_overflow(note, place, text, size);
    } else if (note->kind == TL_FAULT_ENDLESS) {
        (void)snprintf(
            text, size, "never yields: %s has run for %.3gs of processor time without waiting", place, seconds);
    } else if (note->kind == TL_FAULT_ASLEEP) {
        (void)snprintf(text, size, "wall time spent: %s has not come back for %.3gs of real time", place, seconds);
    } else if (note->signal == SIGABRT) {
        (void)snprintf(text, size, "SIGABRT in %s: it called abort, or an assert failed", place);
    } else {
        (void)snprintf(text, size, "SIG%s in %s, at address %p", signal_name(note->signal), place, note->address);
    }
}

struct telling {
    struct tl_driver *driver;
    struct arena arena;
    struct frames frames;
    const char *text;
};

static void name_frames(void *user, const struct symbols *symbols)
{
    struct telling *telling = user;

    telling->frames = symbols_frames(symbols, &telling->arena, &telling->driver->fault.note.backtrace);
}

/* How many frames from this one on are the same: a recursion fills all that there are. */
static size_t repeated(const struct frames *frames, size_t at)
{
    size_t count = 1;

    while (at + count < frames->count && strcmp(frames->items[at].text, frames->items[at + count].text) == 0) {
        count++;
    }
    return count;
}

static const char *text_of(struct telling *telling)
{
    struct arena *arena = &telling->arena;
    const struct driver_fault_state *fault = &telling->driver->fault;
    const char *text = fault->headline;

    for (size_t i = 0, lines = 0, count; i < telling->frames.count; i += count) {
        if (lines++ == FRAME_LINES) {
            return arena_format(arena, "%s\n    in more than these", text);
        }
        count = repeated(&telling->frames, i);
        text = count == 1 ? arena_format(arena, "%s\n    in %s", text, telling->frames.items[i].text)
                          : arena_format(arena, "%s\n    in %s, %zu times", text, telling->frames.items[i].text, count);
    }
    return fault->note.backtrace.cut ? arena_format(arena, "%s\n    in more than these", text) : text;
}

static void tell(struct telling *telling)
{
    struct pool *pool = telling->driver->fault.pool;

    arena_init(&telling->arena, pool);
    symbols_use(pool, name_frames, telling);
    telling->text = text_of(telling);
}

/* Kept tiny: nothing but the guard's own state may live across its return. */
static void tell_guarded(void *user)
{
    struct telling *telling = user;
    struct pool *pool = telling->driver->fault.pool;
    struct pool_guard guard;

    if (POOL_GUARD(pool, &guard)) {
        return;
    }
    tell(telling);
    pool_guard_pop(pool, &guard);
}

void driver_fault(struct tl_driver *driver)
{
    struct driver_fault_state *fault = &driver->fault;
    struct telling telling = {.driver = driver};

    write_headline(&fault->note, fault->headline, sizeof(fault->headline));
    fault->pool = pool_new(pool_allocator(driver->pool));
    if (fault->pool != NULL) {
        (void)tl_fault_try(tell_guarded, &telling);
    }
    if (!driver->failed) {
        driver_stop_with(
            driver,
            &(struct tl_verdict){
                .status = TL_VERDICT,
                .file = "",
                .text = telling.text == NULL ? fault->headline : telling.text,
                .workflow_id = fault->note.workflow_id == NULL ? "" : fault->note.workflow_id,
                .run_id = fault->note.run_id == NULL ? "" : fault->note.run_id,
                .dead = 1,
            });
    }
    pool_unwind(driver->pool);
}
