/* SPDX-License-Identifier: MIT */
#include "tests/scenarios/memory.h"

#include <dlfcn.h>
#include <elfutils/libdwfl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/event.h"
#include "model/history.h"
#include "sim/check/check.h"
#include "sim/service/run.h"
#include "sim/service/sim.h"
#include "tests/lib/failing_allocator.h"
#include "tests/scenarios/call_paths.h"

#define VARIABLE   "TIMELAPSE_VARIANT"
#define EXHAUSTIVE "TIMELAPSE_EXHAUSTIVE"
#define TURNS      8U /* of each path, unless all are asked for */
#define MOST_RUNS  4096
#define MOST_WORDS (64 * 1024)

/* The events of one run, as the environment held them at its end. */
struct kept {
    size_t count;
    int *types;
};

/* What the run under way is for. */
enum stage {
    MEASURES,   /* nothing fails: what is to be expected, and which allocations there are */
    FAILS,      /* allocation `nth` does */
    FORKS,      /* nothing fails here, but each that is kept in a process that is forked from this one */
    FAILS_APART /* that process */
};

static struct {
    struct failing_allocator memory;
    struct tl_allocator allocator;   /* on `memory`, for the environment */
    struct call_paths paths;         /* of the run in which nothing fails */
    size_t next_turn;                /* of those, which is to fail in the next process */
    struct kept expected[MOST_RUNS]; /* likewise */
    size_t expected_count;
    struct tl_env *env; /* made and not yet looked at */
    bool asked;         /* for this variant */
    bool exhaustive;    /* each allocation that is kept, and not each path's first alone */
    enum stage stage;
    int words;           /* the file that keeps what the run says */
    size_t failed_apart; /* processes that did not end as they should */
    size_t runs;         /* in which something did */
    size_t nth;          /* allocation that fails in this one */
    enum fail_mode mode; /* how */
    char complaint[512]; /* about what the service holds, or "" */
} now;

int memory_variant(void)
{
    const char *variant = getenv(VARIABLE);

    if (variant != NULL && strcmp(variant, "memory") == 0) {
        now.asked = true;
        (void)unsetenv(VARIABLE);
        (void)setenv("TIMELAPSE_FAILURES", "none", 1); /* most runs fail, as they should */
        const char *wanted = getenv(EXHAUSTIVE);

        now.exhaustive = wanted != NULL;
        now.paths.most = wanted != NULL && strcmp(wanted, "all") == 0 ? UINT_MAX : TURNS;
    }
    return now.asked;
}

/* ---- Memory that fails ---- */

/* What a forked process says is not to be mixed with what was said before. */
static void keep_own_words(void)
{
    int file = memfd_create("words", 0);

    (void)dup2(file, now.words);
    (void)dup2(file, STDOUT_FILENO);
    (void)dup2(file, STDERR_FILENO);
    (void)close(file);
}

/*
 * A process of its own in which the next allocation fails once, so that what led to it need not be run again. It comes
 * back here, and ends in run_once; how it ended counts for this one, which goes on.
 */
static void fail_apart(void)
{
    int status = 0;

    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        keep_own_words();
        now.stage = FAILS_APART;
        now.mode = FAIL_ONCE;
        failing_allocator_fail(&now.memory, 1, FAIL_ONCE);
        return;
    }
    now.runs++;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        now.failed_apart++;
    }
}

/* Before each allocation. */
static bool look_at_allocation(void)
{
    size_t number = now.memory.taken + 1;

    if (now.stage == FORKS && now.next_turn < now.paths.count && now.paths.turns[now.next_turn].number == number) {
        now.next_turn++;
        now.nth = number;
        fail_apart();
    }
    return now.stage != MEASURES || call_paths_add(&now.paths, number);
}

static void *on_alloc(void *user, size_t size)
{
    return look_at_allocation() ? now.memory.allocator.alloc(user, size) : NULL;
}

static void *on_map(void *user, size_t size)
{
    return look_at_allocation() ? now.memory.allocator.map(user, size) : NULL;
}

static void prepare_memory(void)
{
    failing_allocator_init(&now.memory);
    if (now.stage == FAILS) {
        failing_allocator_fail(&now.memory, now.nth, now.mode);
    }
    now.allocator = now.memory.allocator;
    now.allocator.alloc = on_alloc;
    now.allocator.map = on_map;
}

/*
 * Stands in front of elfutils' function. Where memory ran out the environment reports, with the frames of coroutines,
 * and to read the debug information each time took four fifths of the variant's time. There it finds no files, and
 * frames are addresses.
 */
int dwfl_linux_proc_report(Dwfl *dwfl, pid_t pid)
{
    int (*real)(Dwfl *, pid_t) = NULL;

    if (now.memory.failed > 0) {
        return -1;
    }
    *(void **)&real = dlsym(RTLD_NEXT, __func__);
    return real == NULL ? -1 : real(dwfl, pid);
}

struct tl_env_options memory_options(const struct tl_env_options *options)
{
    struct tl_env_options changed = options == NULL ? (struct tl_env_options){0} : *options;

    if (changed.allocator == NULL) {
        changed.allocator = &now.allocator;
    }
    return changed;
}

/* ---- What the service holds ---- */

static void forget_expected(void)
{
    for (size_t i = 0; i < now.expected_count; i++) {
        free(now.expected[i].types);
        now.expected[i].types = NULL;
    }
    now.expected_count = 0;
}

static void keep(const struct run *run, struct kept *kept)
{
    kept->count = run->history->count;
    kept->types = calloc(kept->count + 1, sizeof *kept->types);
    for (size_t i = 0; kept->types != NULL && i < kept->count; i++) {
        kept->types[i] = (int)run->history->events[i]->event_type;
    }
}

/*
 * The run is the expected one up to where memory ran out, and that is not among the events of a completion's commands:
 * those stand behind WorkflowTaskCompleted in one transaction.
 */
static void compare(struct tl_env *env, const struct run *run, const struct kept *kept)
{
    char name[EVENT_TYPE_NAME_SIZE];
    struct tl_history *history;

    if (tl_sim_history(tl_env_sim(env), "default", run->workflow_id, run->run_id, 0, &history) != TL_OK) {
        return;
    }
    size_t count = history->count;
    bool same = count < kept->count && count > 0;
    for (size_t i = 0; i < count && same; i++) {
        same = (int)history->events[i]->event_type == kept->types[i];
    }
    tl_history_unref(history);
    /* Else it ended, or went another way: the test saw a refusal and went on. */
    if (same && event_is_command_event(kept->types[count])) {
        (void)snprintf(
            now.complaint,
            sizeof now.complaint,
            "the history of %s ends after %zu events, in front of %s, whose task is completed",
            run->workflow_id,
            count,
            event_type_name(kept->types[count], name, sizeof name));
    }
}

static void check_service(struct tl_sim *sim)
{
    struct tl_error error;

    if (!sim->agenda->stopped && sim_check(sim, &error) != TL_OK) {
        (void)snprintf(now.complaint, sizeof now.complaint, "%s", error.message);
    }
}

void memory_made(struct tl_env *env)
{
    now.env = env;
}

void memory_look_at(struct tl_env *env)
{
    struct tl_sim *sim = env == NULL ? NULL : tl_env_sim(env);

    now.env = NULL;
    if (sim == NULL) {
        return;
    }
    check_service(sim);
    for (size_t i = 0; i < sim->run_count && i < MOST_RUNS; i++) {
        if (now.stage == MEASURES) {
            keep(sim->runs[i], &now.expected[i]);
            now.expected_count = i + 1;
        } else if (i < now.expected_count) {
            compare(env, sim->runs[i], &now.expected[i]);
        }
    }
}

/* ---- One run, whose words are kept ---- */

struct words {
    int file;
    int standard_output;
    int standard_error;
};

static void catch_words(struct words *words)
{
    (void)fflush(stdout);
    (void)fflush(stderr);
    (void)ftruncate(words->file, 0);
    (void)lseek(words->file, 0, SEEK_SET);
    (void)dup2(words->file, STDOUT_FILENO);
    (void)dup2(words->file, STDERR_FILENO);
}

static const char *give_words_back(const struct words *words)
{
    static char text[MOST_WORDS];

    (void)fflush(stdout);
    (void)fflush(stderr);
    (void)dup2(words->standard_output, STDOUT_FILENO);
    (void)dup2(words->standard_error, STDERR_FILENO);
    ssize_t len = pread(words->file, text, sizeof text - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    return text;
}

/*
 * Whether the failure is what is to be expected where memory runs out: the environment's report says so, or one of the
 * test's own asserts did not find what it looked for. Never a signal.
 */
static bool is_out_of_memory(const char *words)
{
    bool reported = strstr(words, "\nat +") != NULL;

    return strstr(words, "exception") == NULL && (!reported || strstr(words, "memory") != NULL);
}

/* NULL, or what is wrong. */
static const char *judge(int failed, const char *said)
{
    bool fails = now.stage == FAILS || now.stage == FAILS_APART;
    const char *leak = failing_allocator_complaint(&now.memory);

    if (failed != 0 && (now.memory.failed == 0 || !is_out_of_memory(said))) {
        return said;
    }
    if (fails && now.memory.failed == 0) {
        return "it is asked for no more: runs of the test differ";
    }
    return leak != NULL ? leak : now.complaint[0] != '\0' ? now.complaint : NULL;
}

static void tell(const struct CMUnitTest *test, const char *wrong)
{
    const char *how = now.mode == FAIL_ONCE ? "once" : "for good";

    print_error("%s, allocation %zu, which fails %s: %s\n", test->name, now.nth, how, wrong);
    (void)fflush(NULL);
}

/* Whether all was as it should be, else it was told. */
static bool run_once(const struct CMUnitTest *test, struct words *words)
{
    now.complaint[0] = '\0';
    prepare_memory();
    catch_words(words);
    int failed = _cmocka_run_group_tests(test->name, test, 1, NULL, NULL);
    const char *said = give_words_back(words);
    tl_env_free(now.env); /* of a test that makes its own and left it */
    now.env = NULL;
    const char *wrong = judge(failed, said);
    if (wrong != NULL) {
        tell(test, wrong);
    }
    if (now.stage == FAILS_APART) {
        _exit(wrong == NULL ? 0 : 1);
    }
    return wrong == NULL;
}

static bool run_failing(const struct CMUnitTest *test, struct words *words, size_t nth, enum fail_mode mode)
{
    now.stage = FAILS;
    now.nth = nth;
    now.mode = mode;
    now.runs++;
    return run_once(test, words);
}

/* Each allocation that is kept fails once. */
static bool run_forking(const struct CMUnitTest *test, struct words *words)
{
    now.stage = FORKS;
    now.nth = 0;
    now.next_turn = 0;
    now.failed_apart = 0;
    bool right = run_once(test, words) && now.failed_apart == 0;
    if (right && now.next_turn < now.paths.count) {
        print_error("%s asks for less the second time: runs of the test differ\n", test->name);
        right = false;
    }
    return right;
}

static bool run_each(const struct CMUnitTest *test, struct words *words)
{
    now.stage = MEASURES;
    now.nth = 0;
    now.runs = 0;
    bool right = run_once(test, words) && (!now.exhaustive || run_forking(test, words));
    for (size_t i = 0; right && i < now.paths.count; i++) {
        const struct path_turn *turn = &now.paths.turns[i];

        if (turn->turn == 1) {
            right = run_failing(test, words, turn->number, FAIL_ONCE) &&
                    run_failing(test, words, turn->number, FAIL_FROM_NOW);
        }
    }
    return right;
}

int memory_run_tests(const struct CMUnitTest *tests, size_t count)
{
    struct words words = {memfd_create("words", 0), dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    int failed = 0;

    now.words = words.file;
    for (size_t i = 0; i < count; i++) {
        if (run_each(&tests[i], &words)) {
            print_message("%s: %zu failures\n", tests[i].name, now.runs);
        } else {
            failed++;
        }
        forget_expected();
        call_paths_done(&now.paths);
    }
    (void)close(words.file);
    (void)close(words.standard_output);
    (void)close(words.standard_error);
    return failed;
}
