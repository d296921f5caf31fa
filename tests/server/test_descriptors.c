/* SPDX-License-Identifier: MIT */
/* What sim/server/descriptors.c finds in the encoded set, against the same set unpacked by protobuf-c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <google/protobuf/descriptor.pb-c.h>
#include <string.h>

#include "base/check.h"
#include "sim/server/descriptors.h"
#include "tests/lib/arena_fixture.h"

typedef Google__Protobuf__DescriptorProto Message;
typedef Google__Protobuf__EnumDescriptorProto Enum;
typedef Google__Protobuf__FieldDescriptorProto Field;
typedef Google__Protobuf__FileDescriptorProto File;
typedef Google__Protobuf__FileDescriptorSet Set;
typedef Google__Protobuf__ServiceDescriptorProto Service;

/* Where the walk is: whatever is declared below must be found in this file. */
struct walk {
    struct arena *arena;
    struct descriptor_files files;
    const struct descriptor_file *file;
    size_t found;
};

static Set *unpack_set(void)
{
    Set *set = google__protobuf__file_descriptor_set__unpack(NULL, descriptors_encoded_size, descriptors_encoded);

    assert_non_null(set);
    return set;
}

static const char *expect(struct walk *walk, const char *scope, const char *name)
{
    const char *full = arena_format(walk->arena, "%s.%s", scope, name);

    assert_ptr_equal(descriptors_declaring(&walk->files, full), walk->file);
    walk->found++;
    return full;
}

/* Names may not be made longer or shorter, nor is anything within a field, a method, a value. */
static void expect_leaf(struct walk *walk, const char *scope, const char *name)
{
    const char *full = expect(walk, scope, name);

    assert_null(descriptors_declaring(&walk->files, arena_format(walk->arena, "%s.%s", full, name)));
    assert_null(descriptors_declaring(&walk->files, arena_format(walk->arena, "%s.", full)));
    assert_null(descriptors_declaring(&walk->files, arena_format(walk->arena, ".%s", full)));
    assert_null(descriptors_declaring(&walk->files, arena_format(walk->arena, "%s_none", full)));
}

static void walk_enum(struct walk *walk, const char *scope, const Enum *type)
{
    const char *full = expect(walk, scope, type->name);

    for (size_t i = 0; i < type->n_value; i++) {
        expect_leaf(walk, scope, type->value[i]->name);
        assert_null(
            descriptors_declaring(&walk->files, arena_format(walk->arena, "%s.%s", full, type->value[i]->name)));
    }
}

static void walk_extension(struct walk *walk, const char *scope, const Field *extension)
{
    size_t count = 0;
    size_t matches = 0;
    const struct descriptor_extension *found = descriptors_extensions(&walk->files, extension->extendee + 1, &count);

    expect_leaf(walk, scope, extension->name);
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || found[i - 1].number < found[i].number);
        matches += found[i].number == extension->number && found[i].file == walk->file;
    }
    assert_int_equal(matches, 1);
}

static void walk_message(struct walk *walk, const char *scope, const Message *type)
{
    const char *full = expect(walk, scope, type->name);

    for (size_t i = 0; i < type->n_field; i++) {
        expect_leaf(walk, full, type->field[i]->name);
    }
    for (size_t i = 0; i < type->n_oneof_decl; i++) {
        expect_leaf(walk, full, type->oneof_decl[i]->name);
    }
    for (size_t i = 0; i < type->n_nested_type; i++) {
        walk_message(walk, full, type->nested_type[i]);
    }
    for (size_t i = 0; i < type->n_enum_type; i++) {
        walk_enum(walk, full, type->enum_type[i]);
    }
    for (size_t i = 0; i < type->n_extension; i++) {
        walk_extension(walk, full, type->extension[i]);
    }
}

static void walk_service(struct walk *walk, const char *scope, const Service *service)
{
    const char *full = expect(walk, scope, service->name);

    for (size_t i = 0; i < service->n_method; i++) {
        expect_leaf(walk, full, service->method[i]->name);
    }
}

static void walk_file(struct walk *walk, const File *file)
{
    for (size_t i = 0; i < file->n_message_type; i++) {
        walk_message(walk, file->package, file->message_type[i]);
    }
    for (size_t i = 0; i < file->n_enum_type; i++) {
        walk_enum(walk, file->package, file->enum_type[i]);
    }
    for (size_t i = 0; i < file->n_service; i++) {
        walk_service(walk, file->package, file->service[i]);
    }
    for (size_t i = 0; i < file->n_extension; i++) {
        walk_extension(walk, file->package, file->extension[i]);
    }
}

static void every_name_is_found_in_its_file(void **state)
{
    struct walk walk = {.arena = *state, .files = descriptors_open(*state)};
    Set *set = unpack_set();

    assert_int_equal(walk.files.count, set->n_file);
    for (size_t i = 0; i < set->n_file; i++) {
        walk.file = descriptors_file(&walk.files, set->file[i]->name);
        assert_ptr_equal(walk.file, &walk.files.items[i]);
        walk_file(&walk, set->file[i]);
    }
    assert_true(walk.found > 4000);
    google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
}

static void other_names_are_not(void **state)
{
    static const char *const names[] = {
        "",
        ".",
        "..",
        "temporal",
        "temporal.api.workflowservice.v1",
        "temporal.api.workflowservice.v1.",
        "temporal.api.workflowservice.v1..WorkflowService",
        "temporal.api.workflowservice.v1.WorkflowService.",
        "temporal.api.workflowservice.v1.WorkflowServic",
        "temporal.api.workflowservice.v1 WorkflowService",
        "temporal.api.workflowservice.v1/WorkflowService",
        "WorkflowService",
        "/temporal.api.workflowservice.v1.WorkflowService",
    };
    struct descriptor_files files = descriptors_open(*state);

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_null(descriptors_declaring(&files, names[i]));
        assert_null(descriptors_file(&files, names[i]));
    }
    assert_null(descriptors_file(&files, "google/protobuf/any"));
    assert_null(descriptors_file(&files, "/google/protobuf/any.proto"));
}

static const File *file_named(const Set *set, struct tl_bytes name)
{
    for (size_t i = 0; i < set->n_file; i++) {
        if (tl_bytes_equal(tl_bytes_of(set->file[i]->name), name)) {
            return set->file[i];
        }
    }
    fail_msg("no file is named %.*s", (int)name.len, (const char *)name.data);
    return NULL;
}

static size_t times_among(const struct descriptor_file **files, size_t count, const char *name)
{
    size_t times = 0;

    for (size_t i = 0; i < count; i++) {
        times += (size_t)tl_bytes_equal(files[i]->name, tl_bytes_of(name));
    }
    return times;
}

/* Each file but the first is wanted by one before it, each file's imports are there, and each file is there once. */
static void check_imports(const Set *set, const struct descriptor_file **found, size_t count)
{
    size_t wanted = 1;

    for (size_t i = 0; i < count; i++) {
        const File *file = file_named(set, found[i]->name);

        assert_true(i < wanted);
        assert_int_equal(times_among(found, count, file->name), 1);
        for (size_t k = 0; k < file->n_dependency; k++) {
            assert_int_equal(times_among(found, count, file->dependency[k]), 1);
            wanted += times_among(found, wanted, file->dependency[k]) == 0;
        }
    }
    assert_int_equal(wanted, count);
}

static void a_file_comes_with_all_it_imports(void **state)
{
    struct descriptor_files files = descriptors_open(*state);
    Set *set = unpack_set();
    size_t most = 0;

    for (size_t i = 0; i < files.count; i++) {
        size_t count = 0;
        const struct descriptor_file **found = descriptors_with_imports(&files, &files.items[i], &count);

        assert_ptr_equal(found[0], &files.items[i]);
        check_imports(set, found, count);
        most = count > most ? count : most;
    }
    assert_true(most > 30);
    google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
}

static void extensions_of_other_types_are_none(void **state)
{
    static const char *const types[] = {
        "",
        "google.protobuf.MethodOption",
        "google.protobuf.MethodOptionsX",
        "google.protobuf.FileOptions",
        ".google.protobuf.MethodOptions",
        "temporal.api.common.v1.Payload"};
    struct descriptor_files files = descriptors_open(*state);
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        (void)descriptors_extensions(&files, types[i], &count);
        assert_int_equal(count, 0);
    }
    (void)descriptors_extensions(&files, "google.protobuf.MethodOptions", &count);
    assert_true(count > 0);
}

/* Comments and positions are what makes such sets large. */
static void the_set_is_small(void **state)
{
    Set *set = unpack_set();

    (void)state;
    for (size_t i = 0; i < set->n_file; i++) {
        assert_null(set->file[i]->source_code_info);
        for (size_t k = 0; k < set->file[i]->n_dependency; k++) {
            assert_null(strstr(set->file[i]->dependency[k], "protobuf-c"));
        }
    }
    assert_true(descriptors_encoded_size < 400U << 10U);
    google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(every_name_is_found_in_its_file),
        ARENA_TEST(other_names_are_not),
        ARENA_TEST(a_file_comes_with_all_it_imports),
        ARENA_TEST(extensions_of_other_types_are_none),
        ARENA_TEST(the_set_is_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
