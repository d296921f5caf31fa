/* SPDX-License-Identifier: MIT */
#include "sim/env/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <timelapse/fault.h>
#include <unistd.h>

#include "sim/env/environment.h"

#define DEFAULT_MAX_STEPS UINT64_C(10000000)
#define DEFAULT_CPU_LIMIT TL_SECONDS(10)
#define DEFAULT_WALL_TIME TL_MINUTES(2)

#define STACK_SIZE    ((size_t)64 * 1024) /* of the handlers, who look at the stack that they interrupted */
#define SHORTEST_TICK TL_MILLISECONDS(2)
#define LONGEST_TICK  TL_SECONDS(1)
#define TRY_AGAIN     TL_MILLISECONDS(1) /* when code could not be left where it stood */
#define MOST_TRIES    1000               /* then it is left there */
#define TRIES_ASLEEP  20                 /* a call of the system that does not end holds nothing that others need */
#define STATUS_SIZE   2048               /* of /proc/self/status, as far as it matters */

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGABRT};
#define CRASHES (sizeof crashes / sizeof crashes[0])

/* Who had the signals before, for all threads. */
static struct sigaction before_crash[CRASHES];
static struct sigaction before_tick;

/* What the handler of ticks saw the last time. */
struct seen {
    uint64_t wait;
    uint64_t stretch;
    int64_t wait_wall; /* nanoseconds on the wall's clock and the thread's, when it was first seen */
    int64_t stretch_wall;
    int64_t stretch_cpu;
    int tries;
};

/* Of this thread, whose timer's signals come to it alone. */
static _Thread_local struct {
    struct tl_env *env; /* whose wait is under way, or NULL */
    uint64_t waits;
    void *stack;
    timer_t timer;
    int has_timer;
    tl_duration tick; /* until the timer's next signal, when it was armed; 0: it is not */
    struct seen seen;
} now;

/* ---- Options ---- */

static tl_duration limit(tl_duration given, tl_duration otherwise, int off)
{
    if (off || given < 0) {
        return 0;
    }
    return given == 0 ? otherwise : given;
}

void env_guard_init(struct env_guard *guard, const struct tl_env_options *options, int debugging)
{
    int untimed = options->no_guards || debugging || !tl_fault_can_time();

    guard->max_steps = options->max_steps == 0 ? DEFAULT_MAX_STEPS : options->max_steps;
    guard->cpu_limit = limit(options->cpu_limit, DEFAULT_CPU_LIMIT, untimed);
    guard->wall_time = limit(options->wall_time, DEFAULT_WALL_TIME, untimed);
    guard->catches = !options->no_guards && tl_fault_can_leave();
}

/* ---- Crashes ---- */

static struct sigaction *find_before(int number)
{
    for (size_t i = 0; i < CRASHES; i++) {
        if (crashes[i] == number) {
            return &before_crash[i];
        }
    }
    return &before_tick;
}

/* The signal goes to who had it before; without anybody the process ends by it, where it came. */
static void pass_on(int number, siginfo_t *info, void *context)
{
    const struct sigaction *before = find_before(number);

    if ((before->sa_flags & SA_SIGINFO) != 0) {
        before->sa_sigaction(number, info, context);
    } else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN) {
        before->sa_handler(number);
    } else {
        (void)signal(number, SIG_DFL);
        if (info->si_code <= 0) { /* sent, and not by the instruction to which the handler returns */
            (void)raise(number);
        }
    }
}

static void on_crash(int number, siginfo_t *info, void *context)
{
    const struct tl_fault fault = {
        .kind = TL_FAULT_SIGNAL,
        .signal = number,
        .address = info->si_code > 0 ? info->si_addr : NULL,
        .context = context,
    };

    (void)tl_fault_leave(&fault);
    pass_on(number, info, context);
}

/* ---- Time ---- */

static int64_t read_clock(clockid_t clock)
{
    struct timespec time = {0};

    (void)clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * TL_SECONDS(1) + time.tv_nsec;
}

/* Also called in the handler of the timer's signals. */
static void arm(tl_duration tick)
{
    const struct itimerspec when = {
        .it_value = {.tv_sec = (time_t)(tick / TL_SECONDS(1)), .tv_nsec = (long)(tick % TL_SECONDS(1))}};

    now.tick = timer_settime(now.timer, 0, &when, NULL) == 0 ? tick : 0;
}

/* A fourth of the shorter limit, so that what took that long has been seen. */
static tl_duration tick_of(const struct env_guard *guard)
{
    tl_duration shorter = guard->cpu_limit;

    if (shorter == 0 || (guard->wall_time != 0 && guard->wall_time < shorter)) {
        shorter = guard->wall_time;
    }
    tl_duration tick = shorter / 4;
    if (tick > LONGEST_TICK) {
        return LONGEST_TICK;
    }
    return tick < SHORTEST_TICK ? SHORTEST_TICK : tick;
}

/* Whether a debugger holds the process: whoever looks at code there has all the time of the world. */
static int is_traced(void)
{
    char status[STATUS_SIZE];
    int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t len = file < 0 ? -1 : read(file, status, sizeof status - 1);

    if (file >= 0) {
        (void)close(file);
    }
    if (len <= 0) {
        return 0;
    }
    status[len] = '\0';
    const char *tracer = strstr(status, "TracerPid:\t");
    return tracer != NULL && tracer[strlen("TracerPid:\t")] != '0';
}

/* Leaves the code that runs, or says when to try again. */
static tl_duration leave(enum tl_fault_kind kind, tl_duration spent, const void *context)
{
    const int most = kind == TL_FAULT_ASLEEP ? TRIES_ASLEEP : MOST_TRIES;
    const struct tl_fault fault = {
        .kind = kind,
        .context = context,
        .spent = spent,
        .at_once = now.seen.tries >= most,
    };

    if (now.seen.tries++ == 0 && is_traced()) {
        now.seen = (struct seen){0};
        return tick_of(&now.env->guard);
    }
    (void)tl_fault_leave(&fault);
    return TRY_AGAIN;
}

/* What has run since when; the next tick comes after what is returned. */
static tl_duration look(struct tl_env *env, const void *context)
{
    struct seen *seen = &now.seen;
    uint64_t stretch = tl_fault_stretch();
    int64_t wall = read_clock(CLOCK_MONOTONIC);
    int64_t cpu = read_clock(CLOCK_THREAD_CPUTIME_ID);
    int is_same = stretch != 0 && stretch == seen->stretch;

    if (seen->wait != now.waits) {
        *seen = (struct seen){.wait = now.waits, .wait_wall = wall};
        is_same = 0;
    }
    if (!is_same) {
        seen->stretch = stretch;
        seen->stretch_wall = wall;
        seen->stretch_cpu = cpu;
        seen->tries = 0;
    }
    if (is_same && env->guard.cpu_limit != 0 && cpu - seen->stretch_cpu >= env->guard.cpu_limit) {
        return leave(TL_FAULT_ENDLESS, cpu - seen->stretch_cpu, context);
    }
    if (env->guard.wall_time != 0 && wall - seen->wait_wall >= env->guard.wall_time) {
        env->guard.overtime = 1; /* told after the step, if it ends */
        if (is_same) {
            return leave(TL_FAULT_ASLEEP, wall - seen->stretch_wall, context);
        }
    }
    return tick_of(&env->guard);
}

static void on_tick(int number, siginfo_t *info, void *context)
{
    int error = errno;

    if (info->si_code != SI_TIMER || info->si_value.sival_ptr != (void *)&now) {
        pass_on(number, info, context);
        return;
    }
    now.tick = 0;
    if (now.env != NULL) {
        arm(look(now.env, context));
    }
    errno = error;
}

/* ---- Standing ready ---- */

static pthread_key_t thread_end;

static void clear_thread(void *stack)
{
    const stack_t none = {.ss_flags = SS_DISABLE};

    if (now.has_timer) {
        (void)timer_delete(now.timer);
    }
    (void)sigaltstack(&none, NULL);
    (void)munmap(stack, STACK_SIZE);
}

/* Timers are not inherited. */
static void after_fork(void)
{
    now.has_timer = 0;
    now.tick = 0;
}

static void prepare_process(void)
{
    (void)pthread_key_create(&thread_end, clear_thread);
    (void)pthread_atfork(NULL, NULL, after_fork);
}

/* A stack for handlers, unless the thread has one that is large enough. */
static void prepare_thread(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    stack_t stack = {0};

    (void)pthread_once(&once, prepare_process);
    now.stack = MAP_FAILED; /* looked at once */
    if (sigaltstack(NULL, &stack) == 0 && (stack.ss_flags & SS_DISABLE) == 0 && stack.ss_size >= STACK_SIZE / 2) {
        return;
    }
    void *memory = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return;
    }
    stack = (stack_t){.ss_sp = memory, .ss_size = STACK_SIZE};
    (void)sigaltstack(&stack, NULL);
    (void)pthread_setspecific(thread_end, memory);
    now.stack = memory;
}

static void take_signal(int number, void (*handler)(int, siginfo_t *, void *), int flags, struct sigaction *before)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | flags};
    struct sigaction old;

    (void)sigemptyset(&action.sa_mask);
    if (sigaction(number, &action, &old) == 0 && old.sa_sigaction != handler) {
        *before = old;
    }
}

/* One call when nothing changed: frameworks take signals for a test, all together, and give them back after it. */
static void take_crashes(void)
{
    struct sigaction first;

    if (sigaction(crashes[0], NULL, &first) == 0 && first.sa_sigaction == on_crash) {
        return;
    }
    for (size_t i = 0; i < CRASHES; i++) {
        take_signal(crashes[i], on_crash, 0, &before_crash[i]);
    }
}

static int make_timer(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGVTALRM};

    event.sigev_value.sival_ptr = &now;
    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    take_signal(SIGVTALRM, on_tick, SA_RESTART, &before_tick);
    now.has_timer = timer_create(CLOCK_MONOTONIC, &event, &now.timer) == 0;
    return now.has_timer;
}

static void watch_time(const struct env_guard *guard)
{
    tl_duration tick = tick_of(guard);

    if (now.tick != 0 && now.tick <= tick) {
        return;
    }
    if (now.has_timer || make_timer()) {
        arm(tick);
    }
}

void env_guard_stand(const struct tl_env *env)
{
    if (!env->guard.catches) {
        return;
    }
    if (now.stack == NULL) {
        prepare_thread();
    }
    take_crashes();
}

void env_guard_enter(struct tl_env *env)
{
    struct env_guard *guard = &env->guard;

    guard->outer = now.env;
    guard->steps = 0;
    guard->overtime = 0;
    now.waits++;
    now.env = env;
    env_guard_stand(env);
    if (guard->cpu_limit != 0 || guard->wall_time != 0) {
        watch_time(guard);
    }
}

void env_guard_leave(struct tl_env *env)
{
    if (now.env == env) {
        now.env = env->guard.outer;
    }
}

void env_guard_let_signals_in(void)
{
    sigset_t signals;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGVTALRM);
    for (size_t i = 0; i < CRASHES; i++) {
        (void)sigaddset(&signals, crashes[i]);
    }
    (void)pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
}
