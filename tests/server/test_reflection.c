/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <google/protobuf/descriptor.pb-c.h>
#include <grpc/reflection/v1alpha/reflection.pb-c.h>
#include <string.h>
#include <timelapse/service.h>

#include "base/check.h"
#include "base/random.h"
#include "model/message.h"
#include "model/schema.h"
#include "model/schema_index.h"
#include "sim/server/reflection.h"
#include "tests/lib/arena_fixture.h"
#include "tests/lib/random_message.h"

#define NOT_FOUND 5

#define ASKED(what)    PB__REFLECTION__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##what
#define ANSWERED(what) PB__REFLECTION__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_##what

typedef Pb__Reflection__ServerReflectionRequest Request;
typedef Pb__Reflection__ServerReflectionResponse Response;
typedef Google__Protobuf__FileDescriptorProto File;

/* The answer as a client gets it, in either edition. */
static const Response *over_the_wire(struct arena *arena, const Response *response)
{
    struct tl_bytes bytes = message_pack(arena, response);
    void *alpha = NULL;
    void *again = NULL;

    assert_int_equal(message_validate(response, NULL), TL_OK);
    assert_int_equal(
        message_unpack(arena, &pb__reflection__alpha__server_reflection_response__descriptor, bytes, &alpha, NULL),
        TL_OK);
    assert_int_equal(((ProtobufCMessage *)alpha)->n_unknown_fields, 0);
    assert_true(tl_bytes_equal(message_pack(arena, alpha), bytes));
    assert_int_equal(message_unpack(arena, response->base.descriptor, bytes, &again, NULL), TL_OK);
    return again;
}

/* Whatever is asked, the answer repeats it. */
static const Response *reflect(struct arena *arena, Request *request)
{
    const Response *response = server_reflect(arena, request);

    if (response == NULL) {
        return NULL;
    }
    response = over_the_wire(arena, response);
    assert_string_equal(response->valid_host, request->host);
    assert_true(message_equal(response->original_request, request, NULL, 0));
    return response;
}

static Request *new_request(struct arena *arena, int what)
{
    Request *request = PB_NEW(arena, Request, pb__reflection__server_reflection_request);

    request->host = arena_strdup(arena, "host");
    request->message_request_case = what;
    return request;
}

static const Response *ask(struct arena *arena, int what, const char *name)
{
    Request *request = new_request(arena, what);

    request->file_by_filename = arena_strdup(arena, name); /* all texts of the oneof lie in one place */
    return reflect(arena, request);
}

static const Response *ask_extension(struct arena *arena, const char *type, int32_t number)
{
    Request *request = new_request(arena, ASKED(FILE_CONTAINING_EXTENSION));

    request->file_containing_extension =
        PB_NEW(arena, Pb__Reflection__ExtensionRequest, pb__reflection__extension_request);
    request->file_containing_extension->containing_type = arena_strdup(arena, type);
    request->file_containing_extension->extension_number = number;
    return reflect(arena, request);
}

static void assert_not_found(const Response *response)
{
    assert_int_equal(response->message_response_case, ANSWERED(ERROR_RESPONSE));
    assert_int_equal(response->error_response->error_code, NOT_FOUND);
    assert_string_not_equal(response->error_response->error_message, "");
}

/* The first file of an answer: it lies outside the arena, until file_free. */
static File *first_file(const Response *response)
{
    assert_int_equal(response->message_response_case, ANSWERED(FILE_DESCRIPTOR_RESPONSE));
    assert_true(response->file_descriptor_response->n_file_descriptor_proto > 0);
    const ProtobufCBinaryData *bytes = &response->file_descriptor_response->file_descriptor_proto[0];
    File *file = google__protobuf__file_descriptor_proto__unpack(NULL, bytes->len, bytes->data);

    assert_non_null(file);
    return file;
}

static void assert_file(const Response *response, const char *name, size_t at_least)
{
    File *file = first_file(response);

    assert_string_equal(file->name, name);
    assert_true(response->file_descriptor_response->n_file_descriptor_proto >= at_least);
    google__protobuf__file_descriptor_proto__free_unpacked(file, NULL);
}

/* ---- Services ---- */

static bool lists(const Pb__Reflection__ListServiceResponse *list, const char *service)
{
    for (size_t i = 0; i < list->n_service; i++) {
        if (strcmp(list->service[i]->name, service) == 0) {
            return true;
        }
    }
    return false;
}

static void services_are_those_that_are_served(void **state)
{
    const Response *response = ask(*state, ASKED(LIST_SERVICES), "*");
    const Pb__Reflection__ListServiceResponse *list = response->list_services_response;
    size_t served = 3;
    size_t count;
    const struct tl_rpc *rpcs = tl_rpc_all(&count);

    assert_int_equal(response->message_response_case, ANSWERED(LIST_SERVICES_RESPONSE));
    assert_true(lists(list, "grpc.reflection.v1.ServerReflection"));
    assert_true(lists(list, "grpc.reflection.v1alpha.ServerReflection"));
    assert_true(lists(list, "timelapse.server.v1.UniverseService"));
    for (size_t i = 0; i < count; i++) {
        assert_true(lists(list, rpcs[i].service));
        served += i == 0 || strcmp(rpcs[i].service, rpcs[i - 1].service) != 0;
    }
    assert_int_equal(list->n_service, served);
    for (size_t i = 1; i < list->n_service; i++) {
        assert_true(strcmp(list->service[i - 1]->name, list->service[i]->name) < 0);
    }
}

static bool declares_method(const File *file, const char *service, const char *method)
{
    for (size_t i = 0; i < file->n_service; i++) {
        const Google__Protobuf__ServiceDescriptorProto *declared = file->service[i];

        for (size_t k = 0; k < declared->n_method; k++) {
            if (strcmp(declared->method[k]->name, method) == 0 &&
                strcmp(service + strlen(file->package) + 1, declared->name) == 0) {
                return strncmp(service, file->package, strlen(file->package)) == 0;
            }
        }
    }
    return false;
}

static void every_methods_file_is_found(void **state)
{
    struct arena *arena = *state;
    size_t count;
    const struct tl_rpc *rpcs = tl_rpc_all(&count);

    for (size_t i = 0; i < count; i++) {
        const char *symbol = arena_format(arena, "%s.%s", rpcs[i].service, rpcs[i].name);
        File *file = first_file(ask(arena, ASKED(FILE_CONTAINING_SYMBOL), symbol));

        assert_true(declares_method(file, rpcs[i].service, rpcs[i].name));
        google__protobuf__file_descriptor_proto__free_unpacked(file, NULL);
        arena_reset(arena);
    }
    assert_true(count > 100);
}

/* "/package.Service/Method" names the method as "package.Service.Method" does. */
static void reflections_own_methods_are_found(void **state)
{
    static const char *const paths[] = {REFLECTION_PATH, REFLECTION_ALPHA_PATH};
    static const char *const files[] = {
        "grpc/reflection/v1/reflection.proto", "grpc/reflection/v1alpha/reflection.proto"};

    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        char *symbol = arena_strdup(*state, paths[i] + 1);

        *strchr(symbol, '/') = '.';
        assert_file(ask(*state, ASKED(FILE_CONTAINING_SYMBOL), symbol), files[i], 1);
        assert_null(tl_rpc_find(paths[i]));
    }
}

/* ---- Files, symbols, extensions ---- */

static void files_are_found_by_name(void **state)
{
    const char *service = "temporal/api/workflowservice/v1/service.proto";

    assert_file(ask(*state, ASKED(FILE_BY_FILENAME), service), service, 30);
    assert_file(ask(*state, ASKED(FILE_BY_FILENAME), "google/protobuf/any.proto"), "google/protobuf/any.proto", 1);
    assert_not_found(ask(*state, ASKED(FILE_BY_FILENAME), "temporal/api/none.proto"));
    assert_not_found(ask(*state, ASKED(FILE_BY_FILENAME), ""));
}

static void symbols_are_found(void **state)
{
    static const char *const found[][2] = {
        {"temporal.api.workflowservice.v1.WorkflowService", "temporal/api/workflowservice/v1/service.proto"},
        {"temporal.api.common.v1.Payload", "temporal/api/common/v1/message.proto"},
        {"temporal.api.common.v1.Payload.data", "temporal/api/common/v1/message.proto"},
        {"temporal.api.common.v1.Payload.MetadataEntry.key", "temporal/api/common/v1/message.proto"},
        {"temporal.api.enums.v1.EVENT_TYPE_TIMER_FIRED", "temporal/api/enums/v1/event_type.proto"},
        {"grpc.health.v1.HealthCheckResponse.SERVING", "grpc/health/v1/health.proto"},
        {"google.rpc.Status", "google/rpc/status.proto"},
        {"google.api.http", "google/api/annotations.proto"},
    };

    for (size_t i = 0; i < COUNT_OF(found); i++) {
        assert_file(ask(*state, ASKED(FILE_CONTAINING_SYMBOL), found[i][0]), found[i][1], 1);
    }
    assert_not_found(ask(*state, ASKED(FILE_CONTAINING_SYMBOL), "temporal.api.common.v1"));
    assert_not_found(ask(*state, ASKED(FILE_CONTAINING_SYMBOL), "temporal.api.common.v1.Payload.none"));
    assert_not_found(ask(*state, ASKED(FILE_CONTAINING_SYMBOL), ""));
}

static void extensions_are_found(void **state)
{
    const char *options = "google.protobuf.MethodOptions";
    const Response *response = ask(*state, ASKED(ALL_EXTENSION_NUMBERS_OF_TYPE), options);
    const Pb__Reflection__ExtensionNumberResponse *numbers = response->all_extension_numbers_response;

    assert_int_equal(response->message_response_case, ANSWERED(ALL_EXTENSION_NUMBERS_RESPONSE));
    assert_string_equal(numbers->base_type_name, options);
    assert_true(numbers->n_extension_number > 0);
    for (size_t i = 0; i < numbers->n_extension_number; i++) {
        File *file = first_file(ask_extension(*state, options, numbers->extension_number[i]));

        assert_true(file->n_extension > 0);
        google__protobuf__file_descriptor_proto__free_unpacked(file, NULL);
    }
    assert_file(ask_extension(*state, options, 72295728), "google/api/annotations.proto", 3);
    assert_not_found(ask_extension(*state, options, 1));
    assert_not_found(ask_extension(*state, options, -1));
    assert_not_found(ask_extension(*state, "", 72295728));
}

static void a_type_without_extensions_is_known(void **state)
{
    const Response *response = ask(*state, ASKED(ALL_EXTENSION_NUMBERS_OF_TYPE), "temporal.api.common.v1.Payload");

    assert_int_equal(response->message_response_case, ANSWERED(ALL_EXTENSION_NUMBERS_RESPONSE));
    assert_int_equal(response->all_extension_numbers_response->n_extension_number, 0);
    assert_not_found(ask(*state, ASKED(ALL_EXTENSION_NUMBERS_OF_TYPE), "temporal.api.common.v1.None"));
}

/* ---- What no client sends ---- */

static void nothing_asked_is_nothing_answered(void **state)
{
    static const uint8_t later[] = {0x42, 1, 'x'}; /* field 8, which no edition has */
    void *request = new_request(*state, ASKED(_NOT_SET));

    assert_null(server_reflect(*state, request));
    assert_int_equal(
        message_unpack(
            *state,
            &pb__reflection__server_reflection_request__descriptor,
            (struct tl_bytes){later, sizeof(later)},
            &request,
            NULL),
        TL_OK);
    assert_null(server_reflect(*state, request));
}

static void requests_of_any_kind_are_answered(void **state)
{
    struct random random;
    size_t refused = 0;

    random_seed(&random, 1);
    for (size_t i = 0; i < 3000; i++) {
        const struct random_message maker = {.arena = *state, .random = &random, .max_depth = 3};
        const Response *response =
            reflect(*state, random_message(&maker, &pb__reflection__server_reflection_request__descriptor));

        if (response != NULL && response->message_response_case == ANSWERED(ERROR_RESPONSE)) {
            assert_not_found(response);
            refused++;
        }
        arena_reset(*state);
    }
    assert_true(refused > 1000);
}

/* A known name with some of its bytes changed or cut off. */
static void names_of_any_kind_are_answered(void **state)
{
    const char *name = "temporal.api.common.v1.Payload.MetadataEntry.key";
    struct random random;
    size_t answered[8] = {0};

    random_seed(&random, 2);
    for (size_t i = 0; i < 3000; i++) {
        char *changed = arena_strdup(*state, name);
        int what = (int)(ASKED(FILE_BY_FILENAME) + random_below(&random, 5));

        if (what == ASKED(FILE_CONTAINING_EXTENSION)) {
            continue;
        }
        changed[random_below(&random, strlen(changed) + 1)] = '\0';
        for (uint64_t k = random_below(&random, 3); k > 0 && changed[0] != '\0'; k--) {
            changed[random_below(&random, strlen(changed))] = "._a/"[random_below(&random, 4)];
        }
        answered[ask(*state, what, changed)->message_response_case]++;
        arena_reset(*state);
    }
    assert_true(answered[ANSWERED(ERROR_RESPONSE)] > 100);
    assert_true(answered[ANSWERED(FILE_DESCRIPTOR_RESPONSE)] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(services_are_those_that_are_served),
        ARENA_TEST(every_methods_file_is_found),
        ARENA_TEST(reflections_own_methods_are_found),
        ARENA_TEST(files_are_found_by_name),
        ARENA_TEST(symbols_are_found),
        ARENA_TEST(extensions_are_found),
        ARENA_TEST(a_type_without_extensions_is_known),
        ARENA_TEST(nothing_asked_is_nothing_answered),
        ARENA_TEST(requests_of_any_kind_are_answered),
        ARENA_TEST(names_of_any_kind_are_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
