/* SPDX-License-Identifier: MIT */
/* Facts: grpc-go reflection/internal/internal.go, which is what the real server answers with. */
#include "sim/server/reflection.h"

#include "model/pb.h"
#include "sim/server/descriptors.h"

#define GRPC_NOT_FOUND 5

struct reflection {
    struct descriptor_files files;
    struct arena *arena;
    Pb__Reflection__ServerReflectionResponse *response;
};

static void refuse(const struct reflection *reflection, const char *why)
{
    Pb__Reflection__ErrorResponse *error =
        PB_NEW(reflection->arena, Pb__Reflection__ErrorResponse, pb__reflection__error_response);

    error->error_code = GRPC_NOT_FOUND;
    error->error_message = arena_strdup(reflection->arena, why);
    reflection->response->message_response_case =
        PB__REFLECTION__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE;
    reflection->response->error_response = error;
}

static void answer_file(const struct reflection *reflection, const struct descriptor_file *file, const char *why_not)
{
    if (file == NULL) {
        refuse(reflection, why_not);
        return;
    }
    Pb__Reflection__FileDescriptorResponse *answer =
        PB_NEW(reflection->arena, Pb__Reflection__FileDescriptorResponse, pb__reflection__file_descriptor_response);
    const struct descriptor_file **files =
        descriptors_with_imports(&reflection->files, file, &answer->n_file_descriptor_proto);

    answer->file_descriptor_proto =
        ARENA_ARRAY(reflection->arena, ProtobufCBinaryData, answer->n_file_descriptor_proto);
    for (size_t i = 0; i < answer->n_file_descriptor_proto; i++) {
        answer->file_descriptor_proto[i].len = files[i]->encoded.len;
        answer->file_descriptor_proto[i].data = (uint8_t *)(uintptr_t)files[i]->encoded.data; /* only read */
    }
    reflection->response->message_response_case =
        PB__REFLECTION__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE;
    reflection->response->file_descriptor_response = answer;
}

static const struct descriptor_file *
file_with_extension(const struct reflection *reflection, const Pb__Reflection__ExtensionRequest *wanted)
{
    size_t count;
    const struct descriptor_extension *found =
        descriptors_extensions(&reflection->files, wanted->containing_type, &count);

    for (size_t i = 0; i < count; i++) {
        if (found[i].number == wanted->extension_number) {
            return found[i].file;
        }
    }
    return NULL;
}

/* A known name has none, even if it names no message. */
static void answer_extension_numbers(const struct reflection *reflection, char *type)
{
    size_t count;
    const struct descriptor_extension *found = descriptors_extensions(&reflection->files, type, &count);

    if (count == 0 && descriptors_declaring(&reflection->files, type) == NULL) {
        refuse(reflection, "no type of this name is known");
        return;
    }
    Pb__Reflection__ExtensionNumberResponse *answer =
        PB_NEW(reflection->arena, Pb__Reflection__ExtensionNumberResponse, pb__reflection__extension_number_response);

    answer->base_type_name = type;
    answer->n_extension_number = count;
    answer->extension_number = ARENA_ARRAY(reflection->arena, int32_t, count);
    for (size_t i = 0; i < count; i++) {
        answer->extension_number[i] = found[i].number;
    }
    reflection->response->message_response_case =
        PB__REFLECTION__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ALL_EXTENSION_NUMBERS_RESPONSE;
    reflection->response->all_extension_numbers_response = answer;
}

static void answer_services(const struct reflection *reflection)
{
    Pb__Reflection__ListServiceResponse *answer =
        PB_NEW(reflection->arena, Pb__Reflection__ListServiceResponse, pb__reflection__list_service_response);
    char **names = descriptors_services(&reflection->files, &answer->n_service);

    answer->service = ARENA_ARRAY(reflection->arena, Pb__Reflection__ServiceResponse *, answer->n_service);
    for (size_t i = 0; i < answer->n_service; i++) {
        answer->service[i] =
            PB_NEW(reflection->arena, Pb__Reflection__ServiceResponse, pb__reflection__service_response);
        answer->service[i]->name = names[i];
    }
    reflection->response->message_response_case =
        PB__REFLECTION__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE;
    reflection->response->list_services_response = answer;
}

Pb__Reflection__ServerReflectionResponse *
server_reflect(struct arena *arena, Pb__Reflection__ServerReflectionRequest *request)
{
    const struct reflection reflection = {
        .files = descriptors_open(arena),
        .arena = arena,
        .response =
            PB_NEW(arena, Pb__Reflection__ServerReflectionResponse, pb__reflection__server_reflection_response)};
    const struct descriptor_files *files = &reflection.files;

    reflection.response->valid_host = request->host;
    reflection.response->original_request = request;
    switch (request->message_request_case) {
    case PB__REFLECTION__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME:
        answer_file(&reflection, descriptors_file(files, request->file_by_filename), "no file of this name is known");
        break;
    case PB__REFLECTION__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL:
        answer_file(
            &reflection, descriptors_declaring(files, request->file_containing_symbol), "no file declares this symbol");
        break;
    case PB__REFLECTION__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION:
        answer_file(
            &reflection,
            file_with_extension(&reflection, request->file_containing_extension),
            "no file declares this extension");
        break;
    case PB__REFLECTION__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE:
        answer_extension_numbers(&reflection, request->all_extension_numbers_of_type);
        break;
    case PB__REFLECTION__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES:
        answer_services(&reflection);
        break;
    default:
        return NULL;
    }
    return reflection.response;
}
