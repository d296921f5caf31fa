/* SPDX-License-Identifier: MIT */
/* Facts: google/protobuf/descriptor.proto for the numbers of its fields; names are resolved as Go's protoregistry does.
 */
#include "sim/server/descriptors.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"

enum {
    DECLARED_NAME = 1, /* of whatever is declared */
    SET_FILE = 1,
    FILE_PACKAGE = 2,
    FILE_IMPORT = 3,
    FILE_MESSAGE = 4,
    FILE_ENUM = 5,
    FILE_SERVICE = 6,
    FILE_EXTENSION = 7,
    MESSAGE_FIELD = 2,
    MESSAGE_MESSAGE = 3,
    MESSAGE_ENUM = 4,
    MESSAGE_EXTENSION = 6,
    MESSAGE_ONEOF = 8,
    ENUM_VALUE = 2,
    SERVICE_METHOD = 2,
    EXTENSION_TYPE = 2, /* with a dot before it */
    EXTENSION_NUMBER = 3,
    SCOPE_FIELDS = 9
};

/* ---- The wire ---- */

/* One field: of a number, or of bytes. */
struct member {
    uint64_t field;
    uint64_t number;
    struct tl_bytes bytes;
};

static uint64_t read_varint(struct tl_bytes *rest)
{
    uint64_t value = 0;

    for (unsigned shift = 0;; shift += 7) {
        CHECK(rest->len > 0 && shift < 64);
        uint8_t byte = *rest->data;

        rest->data++;
        rest->len--;
        value |= (uint64_t)(byte & 0x7FU) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
}

/* Takes the next field off `rest`. Descriptors have numbers and bytes only. */
static bool next_member(struct tl_bytes *rest, struct member *out)
{
    if (rest->len == 0) {
        return false;
    }
    uint64_t tag = read_varint(rest);

    *out = (struct member){.field = tag >> 3U, .number = read_varint(rest)};
    CHECK((tag & 7U) == 0 || ((tag & 7U) == 2 && out->number <= rest->len));
    if ((tag & 7U) == 2) {
        out->bytes = (struct tl_bytes){rest->data, (size_t)out->number};
        rest->data += out->bytes.len;
        rest->len -= out->bytes.len;
    }
    return true;
}

/* The next field with that number. */
static bool next_of(struct tl_bytes *rest, uint64_t field, struct member *out)
{
    while (next_member(rest, out)) {
        if (out->field == field) {
            return true;
        }
    }
    return false;
}

/* The first field with that number; empty when there is none. */
static struct member first_of(struct tl_bytes message, uint64_t field)
{
    struct member found;

    return next_of(&message, field, &found) ? found : (struct member){0};
}

static size_t count_of(struct tl_bytes message, uint64_t field)
{
    struct member found;
    size_t count = 0;

    while (next_of(&message, field, &found)) {
        count++;
    }
    return count;
}

/* ---- Names ---- */

static bool is_named(struct tl_bytes declaration, struct tl_bytes name)
{
    return tl_bytes_equal(first_of(declaration, DECLARED_NAME).bytes, name);
}

enum scope {
    SCOPE_NOTHING, /* what declares no names */
    SCOPE_LEAF,    /* has a name, and none within */
    SCOPE_FILE,
    SCOPE_MESSAGE,
    SCOPE_ENUM, /* its values' names are its neighbours */
    SCOPE_SERVICE,
};

/* What a field of a scope declares. */
static const uint8_t scopes[][SCOPE_FIELDS] = {
    [SCOPE_FILE] =
        {[FILE_MESSAGE] = SCOPE_MESSAGE,
         [FILE_ENUM] = SCOPE_ENUM,
         [FILE_SERVICE] = SCOPE_SERVICE,
         [FILE_EXTENSION] = SCOPE_LEAF},
    [SCOPE_MESSAGE] =
        {[MESSAGE_FIELD] = SCOPE_LEAF,
         [MESSAGE_MESSAGE] = SCOPE_MESSAGE,
         [MESSAGE_ENUM] = SCOPE_ENUM,
         [MESSAGE_EXTENSION] = SCOPE_LEAF,
         [MESSAGE_ONEOF] = SCOPE_LEAF},
    [SCOPE_SERVICE] = {[SERVICE_METHOD] = SCOPE_LEAF},
};

struct declaration {
    enum scope scope;
    struct tl_bytes encoded;
};

static bool has_value(struct tl_bytes encoded_enum, struct tl_bytes name)
{
    struct member value;

    while (next_of(&encoded_enum, ENUM_VALUE, &value)) {
        if (is_named(value.bytes, name)) {
            return true;
        }
    }
    return false;
}

/* Goes from a declaration to the one of that name right within it. */
static bool enter(struct declaration *at, struct tl_bytes name)
{
    struct tl_bytes rest = at->encoded;
    struct member member;

    while (next_member(&rest, &member)) {
        enum scope scope = member.field < SCOPE_FIELDS ? scopes[at->scope][member.field] : SCOPE_NOTHING;

        if (scope != SCOPE_NOTHING && is_named(member.bytes, name)) {
            *at = (struct declaration){scope, member.bytes};
            return true;
        }
        if (scope == SCOPE_ENUM && has_value(member.bytes, name)) {
            *at = (struct declaration){SCOPE_LEAF, {NULL, 0}};
            return true;
        }
    }
    return false;
}

/* Takes the name before the first dot off `rest`, whose data is NULL behind the last one. */
static struct tl_bytes next_name(struct tl_bytes *rest)
{
    const uint8_t *dot = memchr(rest->data, '.', rest->len);
    struct tl_bytes name = *rest;

    if (dot == NULL) {
        *rest = (struct tl_bytes){0};
        return name;
    }
    name.len = (size_t)(dot - name.data);
    rest->data = dot + 1;
    rest->len -= name.len + 1;
    return name;
}

static bool declares(const struct descriptor_file *file, struct tl_bytes symbol)
{
    size_t prefix = file->package.len;
    struct declaration at = {SCOPE_FILE, file->encoded};

    if (symbol.len <= prefix || memcmp(symbol.data, file->package.data, prefix) != 0 || symbol.data[prefix] != '.') {
        return false;
    }
    struct tl_bytes rest = {symbol.data + prefix + 1, symbol.len - prefix - 1};

    while (rest.data != NULL) {
        if (!enter(&at, next_name(&rest))) {
            return false;
        }
    }
    return true;
}

/* ---- Files ---- */

struct descriptor_files descriptors_open(struct arena *arena)
{
    struct tl_bytes set = {descriptors_encoded, descriptors_encoded_size};
    struct descriptor_files files = {.arena = arena};
    struct member file;

    files.items = ARENA_ARRAY(arena, struct descriptor_file, count_of(set, SET_FILE));
    while (next_of(&set, SET_FILE, &file)) {
        files.items[files.count++] = (struct descriptor_file){
            .encoded = file.bytes,
            .name = first_of(file.bytes, DECLARED_NAME).bytes,
            .package = first_of(file.bytes, FILE_PACKAGE).bytes,
        };
    }
    return files;
}

static const struct descriptor_file *find_file(const struct descriptor_files *files, struct tl_bytes name)
{
    for (size_t i = 0; i < files->count; i++) {
        if (tl_bytes_equal(files->items[i].name, name)) {
            return &files->items[i];
        }
    }
    return NULL;
}

const struct descriptor_file *descriptors_file(const struct descriptor_files *files, const char *name)
{
    return find_file(files, tl_bytes_of(name));
}

const struct descriptor_file *descriptors_declaring(const struct descriptor_files *files, const char *symbol)
{
    struct tl_bytes bytes = tl_bytes_of(symbol);

    for (size_t i = 0; i < files->count; i++) {
        if (declares(&files->items[i], bytes)) {
            return &files->items[i];
        }
    }
    return NULL;
}

/* Puts a file behind those found, unless it is among them; returns how many there are now. */
static size_t add_file(const struct descriptor_file **found, size_t count, const struct descriptor_file *file)
{
    CHECK(file != NULL);
    for (size_t i = 0; i < count; i++) {
        if (found[i] == file) {
            return count;
        }
    }
    found[count] = file;
    return count + 1;
}

const struct descriptor_file **
descriptors_with_imports(const struct descriptor_files *files, const struct descriptor_file *file, size_t *out_count)
{
    const struct descriptor_file **found = ARENA_ARRAY(files->arena, const struct descriptor_file *, files->count);
    size_t count = add_file(found, 0, file);
    struct member import;

    for (size_t i = 0; i < count; i++) {
        struct tl_bytes rest = found[i]->encoded;

        while (next_of(&rest, FILE_IMPORT, &import)) {
            count = add_file(found, count, find_file(files, import.bytes));
        }
    }
    *out_count = count;
    return found;
}

/* ---- Extensions and services ---- */

static bool extends(struct tl_bytes extension, struct tl_bytes type)
{
    struct tl_bytes extended = first_of(extension, EXTENSION_TYPE).bytes;

    return extended.len > 0 && tl_bytes_equal((struct tl_bytes){extended.data + 1, extended.len - 1}, type);
}

/* They are few. */
static void insert(struct descriptor_extension *sorted, size_t count, struct descriptor_extension extension)
{
    for (; count > 0 && sorted[count - 1].number > extension.number; count--) {
        sorted[count] = sorted[count - 1];
    }
    sorted[count] = extension;
}

static size_t count_in_files(const struct descriptor_files *files, uint64_t field)
{
    size_t count = 0;

    for (size_t i = 0; i < files->count; i++) {
        count += count_of(files->items[i].encoded, field);
    }
    return count;
}

/* The schema declares extensions at the top of files only, not within messages. */
struct descriptor_extension *
descriptors_extensions(const struct descriptor_files *files, const char *type, size_t *out_count)
{
    struct descriptor_extension *found =
        ARENA_ARRAY(files->arena, struct descriptor_extension, count_in_files(files, FILE_EXTENSION));
    size_t count = 0;
    struct member extension;

    for (size_t i = 0; i < files->count; i++) {
        struct tl_bytes rest = files->items[i].encoded;

        while (next_of(&rest, FILE_EXTENSION, &extension)) {
            int32_t number = (int32_t)first_of(extension.bytes, EXTENSION_NUMBER).number;

            if (extends(extension.bytes, tl_bytes_of(type))) {
                insert(found, count++, (struct descriptor_extension){number, &files->items[i]});
            }
        }
    }
    *out_count = count;
    return found;
}

static char *full_name(struct arena *arena, struct tl_bytes package, struct tl_bytes name)
{
    return arena_format(
        arena, "%.*s.%.*s", (int)package.len, (const char *)package.data, (int)name.len, (const char *)name.data);
}

char **descriptors_services(const struct descriptor_files *files, size_t *out_count)
{
    char **names = ARENA_ARRAY(files->arena, char *, count_in_files(files, FILE_SERVICE));
    size_t count = 0;
    struct member service;

    for (size_t i = 0; i < files->count; i++) {
        struct tl_bytes rest = files->items[i].encoded;

        while (next_of(&rest, FILE_SERVICE, &service)) {
            struct tl_bytes name = first_of(service.bytes, DECLARED_NAME).bytes;

            names[count++] = full_name(files->arena, files->items[i].package, name);
        }
    }
    *out_count = count;
    return names;
}
