/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/history.h"
#include "model/message.h"
#include "tests/lib/failing_allocator.h"
#include "tests/lib/sample_history.h"

/* ---- Reading from memory ---- */

static void a_history_knows_its_length_and_type(void **state)
{
    char *text = sample_text(NULL);
    struct tl_history *history = sample_read(text);

    (void)state;
    assert_int_equal(tl_history_length(history), SAMPLE_EVENTS);
    assert_string_equal(tl_history_workflow_type(history), "OrderSaga");
    tl_history_unref(history);
    free(text);
}

static void a_history_knows_its_workflow_id(void **state)
{
    struct tl_history *history =
        sample_read("{\"events\":[{\"eventType\":1,"
                    "\"workflowExecutionStartedEventAttributes\":{\"workflowId\":\"order-1\"}}]}");

    (void)state;
    assert_string_equal(tl_history_workflow_id(history), "order-1");
    tl_history_unref(history);
}

static void a_history_without_a_start_has_no_type_and_no_id(void **state)
{
    struct tl_history *empty = sample_read("{\"events\":[]}");
    struct tl_history *bare =
        sample_read("{\"events\":[{\"eventType\":1,\"workflowExecutionStartedEventAttributes\":{}}]}");

    (void)state;
    assert_string_equal(tl_history_workflow_type(empty), "");
    assert_string_equal(tl_history_workflow_type(bare), "");
    assert_string_equal(tl_history_workflow_id(empty), "");
    assert_string_equal(tl_history_workflow_id(bare), "");
    tl_history_unref(empty);
    tl_history_unref(bare);
}

static void a_history_lives_until_its_last_reference(void **state)
{
    struct failing_allocator memory;
    struct tl_history *history = NULL;

    (void)state;
    failing_allocator_init(&memory);
    const struct tl_history_options options = {.allocator = &memory.allocator};

    assert_int_equal(tl_history_from_json(tl_bytes_of("{}"), &options, &history, NULL), TL_OK);
    assert_ptr_equal(tl_history_ref(history), history);
    tl_history_unref(history);
    assert_int_equal(tl_history_length(history), 0);
    tl_history_unref(history);
    tl_history_unref(NULL);
    assert_null(failing_allocator_complaint(&memory));
}

static void protobuf_bytes_hold_the_same(void **state)
{
    char *text = sample_text(NULL);
    struct tl_history *history = sample_read(text);
    struct tl_history *again = NULL;
    Pb__History message = PB__HISTORY__INIT;

    (void)state;
    message.n_events = history->count;
    message.events = (Pb__HistoryEvent **)(uintptr_t)history->events;
    size_t size = message_size(&message);
    uint8_t *bytes = malloc(size);

    assert_int_equal(protobuf_c_message_pack(&message.base, bytes), size);
    assert_int_equal(tl_history_from_protobuf((struct tl_bytes){bytes, size}, NULL, &again, NULL), TL_OK);
    assert_int_equal(again->count, history->count);
    for (size_t i = 0; i < history->count; i++) {
        assert_true(message_equal(history->events[i], again->events[i], NULL, 0));
    }
    tl_history_unref(again);
    again = NULL;
    assert_int_equal(tl_history_from_protobuf((struct tl_bytes){bytes, size - 1}, NULL, &again, NULL), TL_MALFORMED);
    assert_null(again);
    tl_history_unref(history);
    free(bytes);
    free(text);
}

static void refused(const char *text, const struct tl_history_options *options, enum tl_status status, const char *said)
{
    struct tl_history *history = NULL;
    struct tl_error error = {0};

    assert_int_equal(tl_history_from_json(tl_bytes_of(text), options, &history, &error), status);
    assert_null(history);
    assert_int_equal(error.status, status);
    if (strstr(error.message, said) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", error.message, said);
    }
}

static void larger_input_than_allowed_is_refused(void **state)
{
    const struct tl_history_options options = {.max_bytes = 12};

    (void)state;
    refused("{\"events\":[]} ", &options, TL_TOO_LARGE, "larger than 12 bytes");
    struct tl_history *history = NULL;

    assert_int_equal(tl_history_from_json(tl_bytes_of("{\"events\":[]}"), &options, &history, NULL), TL_TOO_LARGE);
    assert_int_equal(tl_history_from_json(tl_bytes_of("{\"event\":[]}"), &options, &history, NULL), TL_OK);
    tl_history_unref(history);
}

static void unknown_fields_are_refused_on_request(void **state)
{
    const struct tl_history_options options = {.refuse_unknown_fields = 1};

    (void)state;
    refused("{\"events\":[],\"more\":1}", &options, TL_MALFORMED, "unknown field \"more\"");
    tl_history_unref(sample_read("{\"events\":[],\"more\":1}"));
}

static void events_without_their_attributes_are_refused(void **state)
{
    (void)state;
    refused(
        "{\"events\":[{\"eventId\":5,\"eventType\":\"TimerFired\"}]}",
        NULL,
        TL_MALFORMED,
        "event 5 (TimerFired) does not have the attributes of its type");
    refused(
        "{\"events\":[{\"eventId\":5,\"eventType\":\"TimerFired\",\"timerStartedEventAttributes\":{}}]}",
        NULL,
        TL_MALFORMED,
        "event 5 (TimerFired) does not have the attributes of its type");
}

static void events_of_unknown_types_are_refused_unless_they_may_be_ignored(void **state)
{
    (void)state;
    refused("{\"events\":[{\"eventId\":5,\"eventType\":\"Novelty\"}]}", NULL, TL_MALFORMED, "\"Novelty\"");
    refused("{\"events\":[{\"eventId\":5,\"eventType\":999}]}", NULL, TL_MALFORMED, "EventType(999)");
    refused("{\"events\":[{\"eventId\":5}]}", NULL, TL_MALFORMED, "Unspecified");
    struct tl_history *history =
        sample_read("{\"events\":[{\"eventId\":5,\"eventType\":\"Novelty\",\"workerMayIgnore\":true},"
                    "{\"eventId\":6,\"eventType\":999,\"workerMayIgnore\":true}]}");

    assert_int_equal(tl_history_length(history), 2);
    tl_history_unref(history);
}

static void what_is_no_json_is_refused_with_its_place(void **state)
{
    struct tl_history *history = NULL;
    struct tl_error error = {0};

    (void)state;
    assert_int_equal(tl_history_from_json(tl_bytes_of("{\n  \"events\": [}"), NULL, &history, &error), TL_MALFORMED);
    assert_int_equal(error.line, 2);
    assert_int_equal(error.column, 14);
    assert_int_equal(tl_history_from_json((struct tl_bytes){NULL, 0}, NULL, &history, &error), TL_MALFORMED);
}

/* ---- Writing ---- */

static void what_is_written_reads_as_the_same(void **state)
{
    char *text = sample_text(NULL);
    struct tl_history *history = sample_read(text);
    char *first = NULL;
    char *second = NULL;
    size_t len = 0;

    (void)state;
    assert_int_equal(tl_history_to_json(history, &first, &len, NULL), TL_OK);
    tl_history_unref(history); /* the text does not need it */
    assert_int_equal(strlen(first), len);
    assert_ptr_equal(strstr(first, "{\n  \"events\": [\n    {\n      \"eventId\": \"1\",\n"), first);
    assert_string_equal(first + len - 3, "\n}\n");
    assert_non_null(strstr(first, "\"eventType\": \"EVENT_TYPE_TIMER_FIRED\""));
    history = sample_read(first);
    assert_int_equal(tl_history_to_json(history, &second, &len, NULL), TL_OK);
    assert_string_equal(first, second);
    tl_history_unref(history);
    tl_text_free(first);
    tl_text_free(second);
    tl_text_free(NULL);
    free(text);
}

/* ---- Files ---- */

struct folder {
    char path[64];
    char file[128];
};

static int make_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof(*folder));

    strcpy(folder->path, "/tmp/timelapse-test-XXXXXX");
    if (mkdtemp(folder->path) == NULL) {
        return -1;
    }
    snprintf(folder->file, sizeof(folder->file), "%s/history.json", folder->path);
    *state = folder;
    return 0;
}

static int drop_folder(void **state)
{
    struct folder *folder = *state;

    (void)unlink(folder->file);
    int result = rmdir(folder->path); /* fails when something was left behind */

    free(folder);
    return result;
}

static void a_file_keeps_a_history(void **state)
{
    struct folder *folder = *state;
    char *text = sample_text(NULL);
    struct tl_history *history = sample_read(text);
    struct tl_history *again = NULL;

    for (int i = 0; i < 2; i++) { /* the second time over the first */
        assert_int_equal(tl_history_to_file(history, folder->file, NULL), TL_OK);
    }
    assert_int_equal(tl_history_from_file(folder->file, NULL, &again, NULL), TL_OK);
    assert_int_equal(again->count, SAMPLE_EVENTS);
    tl_history_unref(history);
    tl_history_unref(again);
    free(text);
}

static void a_file_of_just_the_limit_is_read(void **state)
{
    struct folder *folder = *state;
    FILE *file = fopen(folder->file, "w");
    struct tl_history_options options = {.max_bytes = 13};
    struct tl_history *history = NULL;
    struct tl_error error;

    fputs("{\"events\":[]}", file);
    fclose(file);
    assert_int_equal(tl_history_from_file(folder->file, &options, &history, &error), TL_OK);
    tl_history_unref(history);
    history = NULL;
    options.max_bytes = 12;
    assert_int_equal(tl_history_from_file(folder->file, &options, &history, &error), TL_TOO_LARGE);
    assert_non_null(strstr(error.message, folder->file));
    assert_null(history);
}

static void files_that_cannot_be_read_are_named(void **state)
{
    struct folder *folder = *state;
    struct tl_history *history = NULL;
    struct tl_error error;

    assert_int_equal(tl_history_from_file(folder->file, NULL, &history, &error), TL_IO);
    assert_non_null(strstr(error.message, folder->file));
    assert_non_null(strstr(error.message, "No such file"));
    assert_int_equal(tl_history_from_file(folder->path, NULL, &history, &error), TL_IO);
    assert_non_null(strstr(error.message, "Is a directory"));
}

/* No leftover beside it, and what stood there still stands. */
static void files_that_cannot_be_written_leave_nothing(void **state)
{
    struct folder *folder = *state;
    struct tl_history *history = sample_read("{}");
    struct tl_error error;
    char missing[160];

    snprintf(missing, sizeof(missing), "%s/no/such/folder.json", folder->path);
    assert_int_equal(tl_history_to_file(history, missing, &error), TL_IO);
    assert_non_null(strstr(error.message, "No such file"));
    assert_int_equal(mkdir(folder->file, 0777), 0);
    assert_int_equal(tl_history_to_file(history, folder->file, &error), TL_IO);
    assert_int_equal(rmdir(folder->file), 0);
    tl_history_unref(history);
}

static void a_leftover_of_another_writer_is_left_alone(void **state)
{
    struct folder *folder = *state;
    struct tl_history *history = sample_read("{}");
    char leftover[160];

    snprintf(leftover, sizeof(leftover), "%s.new0", folder->file);
    FILE *file = fopen(leftover, "w");

    fclose(file);
    assert_int_equal(tl_history_to_file(history, folder->file, NULL), TL_OK);
    assert_int_equal(unlink(leftover), 0);
    tl_history_unref(history);
}

/* A pipe does not say how long it is; more comes than is read at first. */
static void a_pipe_is_read_to_its_end(void **state)
{
    int ends[2];
    char path[64];
    char spaces[4096];
    struct tl_history *history = NULL;

    (void)state;
    memset(spaces, ' ', sizeof(spaces));
    assert_int_equal(pipe(ends), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) >= 1 << 18);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(write(ends[1], spaces, sizeof(spaces)), sizeof(spaces));
    }
    assert_int_equal(write(ends[1], "{\"events\":[]}", 13), 13);
    close(ends[1]);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
    assert_int_equal(tl_history_from_file(path, NULL, &history, NULL), TL_OK);
    tl_history_unref(history);
    close(ends[0]);
}

/* ---- Out of memory ---- */

/* Everything that can be done with a history read from the file; the first status that is not TL_OK. */
static enum tl_status do_all(const char *path, const struct tl_history_options *options)
{
    struct tl_history *history = NULL;
    struct tl_error error;
    char *text = NULL;
    enum tl_status status = tl_history_from_file(path, options, &history, &error);

    if (status != TL_OK) {
        assert_null(history);
        return status;
    }
    status = tl_history_check(history, &error);
    if (status == TL_OK) {
        status = tl_history_show(history, &text, &error);
        tl_text_free(text);
        text = NULL;
    }
    if (status == TL_OK) {
        status = tl_history_to_json(history, &text, NULL, &error);
        tl_text_free(text);
    }
    if (status == TL_OK) {
        status = tl_history_compare(history, history, &error);
    }
    tl_history_unref(history);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    struct folder *folder = *state;
    char *text = sample_text(NULL);
    FILE *file = fopen(folder->file, "w");
    struct failing_allocator memory;
    size_t nth = 0;
    enum tl_status status;

    fputs(text, file);
    fclose(file);
    free(text);
    do {
        failing_allocator_init(&memory);
        const struct tl_history_options options = {.allocator = &memory.allocator};

        failing_allocator_fail(&memory, ++nth, FAIL_ONCE);
        status = do_all(folder->file, &options);
        assert_int_equal(status, memory.failed > 0 ? TL_NO_MEMORY : TL_OK);
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
    assert_true(nth > 10);
}

/* The sample's bytes, read through an allocator that fails at the nth allocation. */
static enum tl_status read_bytes(struct tl_bytes bytes, struct failing_allocator *memory)
{
    const struct tl_history_options options = {.allocator = &memory->allocator};
    struct tl_history *history = NULL;
    enum tl_status status = tl_history_from_protobuf(bytes, &options, &history, NULL);

    assert_int_equal(status == TL_OK, history != NULL);
    tl_history_unref(history);
    return status;
}

static void every_allocation_of_decoding_may_fail(void **state)
{
    char *text = sample_text(NULL);
    struct tl_history *history = sample_read(text);
    struct failing_allocator memory;
    Pb__History message = PB__HISTORY__INIT;
    size_t nth = 0;

    (void)state;
    message.n_events = history->count;
    message.events = (Pb__HistoryEvent **)(uintptr_t)history->events;
    size_t size = message_size(&message);
    uint8_t *bytes = malloc(size);

    assert_int_equal(protobuf_c_message_pack(&message.base, bytes), size);
    do {
        failing_allocator_init(&memory);
        failing_allocator_fail(&memory, ++nth, FAIL_ONCE);
        enum tl_status status = read_bytes((struct tl_bytes){bytes, size}, &memory);

        assert_int_equal(status, memory.failed > 0 ? TL_NO_MEMORY : TL_OK);
        assert_null(failing_allocator_complaint(&memory));
    } while (memory.failed > 0);
    assert_true(nth > 2);
    tl_history_unref(history);
    free(bytes);
    free(text);
}

/* ---- Memory ---- */

/* What reading a history of so many events takes at its peak. */
static size_t peak_of(size_t count)
{
    struct failing_allocator memory;
    struct tl_history *history = NULL;
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);

    fprintf(file, "{\"events\":[");
    for (size_t i = 0; i < count; i++) {
        fprintf(file, "%s%s", i == 0 ? "" : ",", sample_event(8));
    }
    fprintf(file, "]}");
    fclose(file);
    failing_allocator_init(&memory);
    const struct tl_history_options options = {.allocator = &memory.allocator};

    assert_int_equal(tl_history_from_json(tl_bytes_of(text), &options, &history, NULL), TL_OK);
    tl_history_unref(history);
    assert_null(failing_allocator_complaint(&memory));
    free(text);
    assert_true(memory.peak_bytes < 4 * len + 100000);
    return memory.peak_bytes;
}

static void memory_is_linear_in_the_input(void **state)
{
    (void)state;
    assert_true(peak_of(20000) < 12 * peak_of(2000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_history_knows_its_length_and_type),
        cmocka_unit_test(a_history_knows_its_workflow_id),
        cmocka_unit_test(a_history_without_a_start_has_no_type_and_no_id),
        cmocka_unit_test(a_history_lives_until_its_last_reference),
        cmocka_unit_test(protobuf_bytes_hold_the_same),
        cmocka_unit_test(larger_input_than_allowed_is_refused),
        cmocka_unit_test(unknown_fields_are_refused_on_request),
        cmocka_unit_test(events_without_their_attributes_are_refused),
        cmocka_unit_test(events_of_unknown_types_are_refused_unless_they_may_be_ignored),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
        cmocka_unit_test(what_is_written_reads_as_the_same),
        cmocka_unit_test_setup_teardown(a_file_keeps_a_history, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(a_file_of_just_the_limit_is_read, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(files_that_cannot_be_read_are_named, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(files_that_cannot_be_written_leave_nothing, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(a_leftover_of_another_writer_is_left_alone, make_folder, drop_folder),
        cmocka_unit_test(a_pipe_is_read_to_its_end),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, make_folder, drop_folder),
        cmocka_unit_test(every_allocation_of_decoding_may_fail),
        cmocka_unit_test(memory_is_linear_in_the_input),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
