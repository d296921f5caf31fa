/* SPDX-License-Identifier: MIT */
/*
 * Prints the schema tables of model/schema.h, the index of message types and the rpc table from
 * the descriptors that protobuf-c generated. Runs on the build machine: `schemagen OUT/model`.
 * Offsets are printed as offsetof, so that the output fits any machine.
 */
#include "model/descriptors.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemagen_names.h"
#include "schemagen_output.h"

#define MAX_INDEX   255 /* indexes of fields and values are stored in a byte, plus one */
#define DENSE_LIMIT 128 /* numbers below it are looked up directly */

struct message_source {
    const ProtobufCMessageDescriptor *descriptor;
    const char *symbol; /* pb__payload */
    bool holds_payloads;
    bool holds_text;
};

struct enum_source {
    const ProtobufCEnumDescriptor *descriptor;
};

struct oneof_source {
    const char *struct_name;
    size_t offset;
    const char *case_name;
};

/* Where each table has got to. */
struct cursors {
    uint32_t field;
    uint32_t step;
    uint32_t number;
    uint32_t slot;
    uint32_t value;
};

struct generator {
    struct message_source *messages; /* in the order of full names */
    size_t message_count;
    struct enum_source *enums;
    size_t enum_count;
    struct texts texts;
    struct cursors at;
    FILE *fields;
    FILE *steps;
    FILE *numbers;
    FILE *slots;
    FILE *messages_out;
    FILE *values;
    FILE *enums_out;
};

/* ---- What there is ---- */

static int by_full_name(const void *left, const void *right)
{
    const struct message_source *a = left;
    const struct message_source *b = right;

    return strcmp(a->descriptor->name, b->descriptor->name);
}

static int by_enum_name(const void *left, const void *right)
{
    const struct enum_source *a = left;
    const struct enum_source *b = right;

    return strcmp(a->descriptor->name, b->descriptor->name);
}

static size_t message_index(const struct generator *gen, const ProtobufCMessageDescriptor *descriptor)
{
    for (size_t i = 0; i < gen->message_count; i++) {
        if (gen->messages[i].descriptor == descriptor) {
            return i;
        }
    }
    return gen->message_count; /* google.protobuf.FileOptions and the like, which no API message holds */
}

static size_t enum_index(const struct generator *gen, const ProtobufCEnumDescriptor *descriptor)
{
    for (size_t i = 0; i < gen->enum_count; i++) {
        if (gen->enums[i].descriptor == descriptor) {
            return i;
        }
    }
    die("unknown enum %s", descriptor->name);
}

static bool is_repeated(const ProtobufCFieldDescriptor *field)
{
    return field->label == PROTOBUF_C_LABEL_REPEATED;
}

static bool is_oneof(const ProtobufCFieldDescriptor *field)
{
    return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

/* protobuf-c has no flag for maps; a name alone misfires (ScheduleListEntry). */
static bool is_map(const ProtobufCFieldDescriptor *field)
{
    char wanted[FULL_NAME];

    if (!is_repeated(field) || field->type != PROTOBUF_C_TYPE_MESSAGE) {
        return false;
    }
    const ProtobufCMessageDescriptor *entry = field->descriptor;

    entry_name_of(field->name, wanted);
    return strcmp(entry->short_name, wanted) == 0 && entry->n_fields == 2 && entry->fields[0].id == 1 &&
           entry->fields[1].id == 2 && strcmp(entry->fields[0].name, "key") == 0 &&
           strcmp(entry->fields[1].name, "value") == 0;
}

static bool is_payload(const ProtobufCMessageDescriptor *descriptor)
{
    return strcmp(descriptor->name, "temporal.api.common.v1.Payload") == 0;
}

/* Whether `to` can be reached from `from`: a type that reaches itself recurs. */
static bool reaches(
    const struct generator *gen, const ProtobufCMessageDescriptor *from, const ProtobufCMessageDescriptor *to,
    bool *seen)
{
    for (unsigned i = 0; i < from->n_fields; i++) {
        if (from->fields[i].type != PROTOBUF_C_TYPE_MESSAGE) {
            continue;
        }
        const ProtobufCMessageDescriptor *next = from->fields[i].descriptor;
        size_t index = message_index(gen, next);

        if (next == to) {
            return true;
        }
        if (index < gen->message_count && !seen[index]) {
            seen[index] = true;
            if (reaches(gen, next, to, seen)) {
                return true;
            }
        }
    }
    return false;
}

/* Takes from the fields' types what is known of them so far; true when that taught something. */
static bool learn(struct generator *gen, struct message_source *source)
{
    bool payloads = source->holds_payloads || is_payload(source->descriptor);
    bool text = source->holds_text;

    for (unsigned i = 0; i < source->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &source->descriptor->fields[i];

        text = text || field->type == PROTOBUF_C_TYPE_STRING;
        if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
            size_t index = message_index(gen, field->descriptor);

            payloads = payloads || (index < gen->message_count && gen->messages[index].holds_payloads);
            text = text || (index < gen->message_count && gen->messages[index].holds_text);
        }
    }
    bool learnt = payloads != source->holds_payloads || text != source->holds_text;

    source->holds_payloads = payloads;
    source->holds_text = text;
    return learnt;
}

static void learn_all(struct generator *gen)
{
    bool seen[MAX_MESSAGES];
    bool learnt = true;

    for (size_t i = 0; i < gen->message_count; i++) {
        const ProtobufCMessageDescriptor *descriptor = gen->messages[i].descriptor;

        memset(seen, 0, sizeof(seen));
        gen->messages[i].holds_text = reaches(gen, descriptor, descriptor, seen);
    }
    while (learnt) {
        learnt = false;
        for (size_t i = 0; i < gen->message_count; i++) {
            learnt = learn(gen, &gen->messages[i]) || learnt;
        }
    }
}

/* ---- Messages ---- */

static const char *shape_of(const char *full_name)
{
    static const char *const shapes[][2] = {
        {"google.protobuf.Timestamp", "SCHEMA_TIMESTAMP"},
        {"google.protobuf.Duration", "SCHEMA_DURATION"},
        {"google.protobuf.FieldMask", "SCHEMA_FIELD_MASK"},
        {"google.protobuf.Struct", "SCHEMA_STRUCT"},
        {"google.protobuf.Value", "SCHEMA_VALUE"},
        {"google.protobuf.ListValue", "SCHEMA_LIST_VALUE"},
        {"google.protobuf.Any", "SCHEMA_ANY"},
        {"google.protobuf.Empty", "SCHEMA_EMPTY"},
        {"google.protobuf.DoubleValue", "SCHEMA_WRAPPER"},
        {"google.protobuf.FloatValue", "SCHEMA_WRAPPER"},
        {"google.protobuf.Int64Value", "SCHEMA_WRAPPER"},
        {"google.protobuf.UInt64Value", "SCHEMA_WRAPPER"},
        {"google.protobuf.Int32Value", "SCHEMA_WRAPPER"},
        {"google.protobuf.UInt32Value", "SCHEMA_WRAPPER"},
        {"google.protobuf.BoolValue", "SCHEMA_WRAPPER"},
        {"google.protobuf.StringValue", "SCHEMA_WRAPPER"},
        {"google.protobuf.BytesValue", "SCHEMA_WRAPPER"},
    };

    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        if (strcmp(shapes[i][0], full_name) == 0) {
            return shapes[i][1];
        }
    }
    return "SCHEMA_PLAIN";
}

static const char *case_name_of(const ProtobufCMessageDescriptor *descriptor, const ProtobufCFieldDescriptor *field)
{
    static const struct oneof_source oneofs[] = {
#define ONEOF_SOURCE(type, member) {#type, offsetof(type, member), #member},
        DESCRIPTORS_ONEOFS(ONEOF_SOURCE)
#undef ONEOF_SOURCE
    };

    for (size_t i = 0; i < sizeof(oneofs) / sizeof(oneofs[0]); i++) {
        if (oneofs[i].offset == field->quantifier_offset && strcmp(oneofs[i].struct_name, descriptor->c_name) == 0) {
            return oneofs[i].case_name;
        }
    }
    die("no oneof case for %s.%s", descriptor->name, field->name);
}

static void print_quantifier(
    FILE *out, const ProtobufCMessageDescriptor *descriptor, const ProtobufCFieldDescriptor *field, const char *member)
{
    if (is_repeated(field)) {
        fprintf(out, "offsetof(%s, n_%s), ", descriptor->c_name, member);
    } else if (is_oneof(field)) {
        fprintf(out, "offsetof(%s, %s), ", descriptor->c_name, case_name_of(descriptor, field));
    } else {
        fprintf(out, "0, ");
    }
}

static unsigned tag_size_of(uint32_t number)
{
    unsigned size = 1;

    for (uint32_t rest = number << 3U; rest >= 0x80; rest >>= 7U) {
        size++;
    }
    return size;
}

static size_t target_of(const struct generator *gen, const ProtobufCFieldDescriptor *field)
{
    if (field->type == PROTOBUF_C_TYPE_ENUM) {
        return enum_index(gen, field->descriptor);
    }
    if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
        return 0;
    }
    size_t index = message_index(gen, field->descriptor);

    if (index == gen->message_count) {
        die("field %s is of an unknown message", field->name);
    }
    return index;
}

static unsigned flags_of(const ProtobufCFieldDescriptor *field)
{
    unsigned flags = 0;

    flags |= is_repeated(field) ? 1U : 0U;
    flags |= is_map(field) ? 2U : 0U;
    flags |= is_oneof(field) ? 4U : 0U;
    flags |= (field->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0 ? 8U : 0U;
    if (field->type == PROTOBUF_C_TYPE_ENUM) {
        const ProtobufCEnumDescriptor *descriptor = field->descriptor;

        flags |= strcmp(descriptor->name, "google.protobuf.NullValue") == 0 ? 16U : 0U;
    }
    if (!is_repeated(field)) {
        flags |= field->type == PROTOBUF_C_TYPE_STRING ? 32U : 0U;
        flags |= field->type == PROTOBUF_C_TYPE_FLOAT || field->type == PROTOBUF_C_TYPE_DOUBLE ? 32U : 0U;
    }
    return flags;
}

static void
print_field(struct generator *gen, const ProtobufCMessageDescriptor *descriptor, const ProtobufCFieldDescriptor *field)
{
    char json[FULL_NAME];
    char member[FULL_NAME];

    if (field->label != PROTOBUF_C_LABEL_NONE && !is_repeated(field)) {
        die("%s.%s is not a proto3 field with implicit presence", descriptor->name, field->name);
    }
    if (field->id > UINT16_MAX) {
        die("%s.%s: number %u is too large", descriptor->name, field->name, field->id);
    }
    json_name_of(field->name, json);
    member_name_of(field->name, member);
    fprintf(
        gen->fields,
        "{%u, %u, %u, offsetof(%s, %s), ",
        text_quoted(&gen->texts, json, ":"),
        text_add(&gen->texts, field->name),
        field->id,
        descriptor->c_name,
        member);
    print_quantifier(gen->fields, descriptor, field, member);
    fprintf(
        gen->fields,
        "%zu, %u, %zu, %zu, %u, %u},\n",
        target_of(gen, field),
        tag_size_of(field->id),
        strlen(json),
        strlen(field->name),
        (unsigned)field->type,
        flags_of(field));
}

/* How wide, on the machine that compiles it, that is which is zero when the field is not set. */
static const char *presence_width(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        return "4";
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return "sizeof(void *)";
    case PROTOBUF_C_TYPE_BYTES: /* begins with its length */
        return "sizeof(size_t)";
    default:
        return "8";
    }
}

static void print_step(
    FILE *out, const ProtobufCMessageDescriptor *descriptor, const ProtobufCFieldDescriptor *field, unsigned index)
{
    char member[FULL_NAME];

    member_name_of(field->name, member);
    if (is_repeated(field)) {
        fprintf(out, "{offsetof(%s, n_%s), %u, sizeof(size_t), 0},\n", descriptor->c_name, member, index);
    } else if (is_oneof(field)) {
        fprintf(out, "{offsetof(%s, %s), %u, 4, 1},\n", descriptor->c_name, case_name_of(descriptor, field), index);
    } else {
        const char *width = presence_width(field);

        fprintf(out, "{offsetof(%s, %s), %u, %s, 0},\n", descriptor->c_name, member, index, width);
    }
}

/* A field is a step of its own; the first member of a oneof stands for all. */
static unsigned print_steps(struct generator *gen, const ProtobufCMessageDescriptor *descriptor)
{
    unsigned count = 0;

    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        bool seen = false;

        for (unsigned earlier = 0; earlier < i; earlier++) {
            const ProtobufCFieldDescriptor *other = &descriptor->fields[earlier];

            seen = seen || (is_oneof(field) && is_oneof(other) && other->quantifier_offset == field->quantifier_offset);
        }
        if (!seen) {
            print_step(gen->steps, descriptor, field, i);
            count++;
        }
    }
    return count;
}

static unsigned print_numbers(struct generator *gen, const ProtobufCMessageDescriptor *descriptor)
{
    unsigned index_of[DENSE_LIMIT] = {0};
    unsigned end = 0;

    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        unsigned number = descriptor->fields[i].id;

        if (number < DENSE_LIMIT) {
            index_of[number] = i + 1;
            end = number + 1;
        }
    }
    for (unsigned number = 0; number < end; number++) {
        fprintf(gen->numbers, "%u,", index_of[number]);
    }
    fprintf(gen->numbers, "\n");
    return end;
}

static unsigned print_field_slots(struct generator *gen, const ProtobufCMessageDescriptor *descriptor)
{
    struct slots slots;

    slots_init(&slots, 2 * (size_t)descriptor->n_fields);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        char json[FULL_NAME];

        json_name_of(descriptor->fields[i].name, json);
        slots_add(&slots, json, i);
        if (strcmp(json, descriptor->fields[i].name) != 0) {
            slots_add(&slots, descriptor->fields[i].name, i);
        }
    }
    slots_print(&slots, gen->slots);
    return slots.mask;
}

static void print_message(struct generator *gen, const struct message_source *source)
{
    const ProtobufCMessageDescriptor *descriptor = source->descriptor;

    if (descriptor->n_fields >= MAX_INDEX) {
        die("%s has more than %d fields", descriptor->name, MAX_INDEX);
    }
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        print_field(gen, descriptor, &descriptor->fields[i]);
    }
    unsigned steps = print_steps(gen, descriptor);
    unsigned numbers = print_numbers(gen, descriptor);
    unsigned mask = print_field_slots(gen, descriptor);
    unsigned flags =
        (source->holds_payloads ? 1U : 0U) | (source->holds_text ? 2U : 0U) | (is_payload(descriptor) ? 4U : 0U);

    fprintf(
        gen->messages_out,
        "{&%s__descriptor, %u, %u, %u, %u, %u, %u, %u, %u, %s, %u},\n",
        source->symbol,
        gen->at.field,
        gen->at.step,
        gen->at.number,
        gen->at.slot,
        descriptor->n_fields,
        steps,
        numbers,
        mask,
        shape_of(descriptor->name),
        flags);
    gen->at.field += descriptor->n_fields;
    gen->at.step += steps;
    gen->at.number += numbers;
    gen->at.slot += mask + 1;
}

/* ---- Enums ---- */

static void print_enum(struct generator *gen, const ProtobufCEnumDescriptor *descriptor)
{
    char prefix[FULL_NAME];
    struct slots slots;

    if (descriptor->n_values >= MAX_INDEX || descriptor->n_value_names != descriptor->n_values) {
        die("%s has more than %d values, or aliases", descriptor->name, MAX_INDEX);
    }
    prefix_of(descriptor->short_name, prefix);
    slots_init(&slots, 2 * (size_t)descriptor->n_values);
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        const ProtobufCEnumValue *value = &descriptor->values[i];
        char word[FULL_NAME];

        short_value_of(prefix, value->name, word);
        slots_add(&slots, value->name, i);
        if (word[0] != '\0') {
            slots_add(&slots, word, i);
        }
        fprintf(
            gen->values,
            "{%d, %u, %u, %zu, %zu},\n",
            value->value,
            text_quoted(&gen->texts, value->name, ""),
            text_add(&gen->texts, word),
            strlen(value->name),
            strlen(word));
    }
    slots_print(&slots, gen->slots);
    fprintf(
        gen->enums_out,
        "{%u, %u, %u, %u, %u},\n",
        text_add(&gen->texts, descriptor->name),
        gen->at.value,
        gen->at.slot,
        descriptor->n_values,
        slots.mask);
    gen->at.value += descriptor->n_values;
    gen->at.slot += slots.mask + 1;
}

/* ---- Files ---- */

/* Prints one of the tables collected beside each other. */
static void print_table(FILE *out, const char *head, struct output *table)
{
    output_close(table);
    fprintf(out, "\nconst %s[] = {\n%s};\n", head, table->text);
    free(table->text);
}

static void print_texts(const struct texts *texts, FILE *out)
{
    fprintf(out, "\nconst char schema_names[] =\n");
    for (size_t i = 0; i < texts->count; i++) {
        fprintf(out, "    \"");
        for (const char *c = texts->items[i]; *c != '\0'; c++) {
            fprintf(out, *c == '"' ? "\\%c" : "%c", *c);
        }
        fprintf(out, "\\0\"\n");
    }
    fprintf(out, "    ;\n");
}

static void print_message_slots(const struct generator *gen, FILE *out)
{
    struct slots slots;

    slots_init(&slots, gen->message_count);
    for (size_t i = 0; i < gen->message_count; i++) {
        slots_add(&slots, gen->messages[i].descriptor->name, i);
    }
    fprintf(out, "\nconst uint16_t schema_message_slots[] = {\n");
    slots_print(&slots, out);
    fprintf(out, "};\nconst uint16_t schema_message_slot_mask = %u;\n", slots.mask);
    fprintf(out, "const uint16_t schema_message_count = %zu;\n", gen->message_count);
}

/* ---- Rpcs ---- */

#define MAX_RPCS 1024

struct rpc_source {
    const ProtobufCServiceDescriptor *service;
    const ProtobufCMethodDescriptor *method;
    char name[FULL_NAME];
    char path[FULL_NAME];
};

struct rpcs {
    struct rpc_source items[MAX_RPCS];
    size_t count;
};

/* A method's own name is enough within temporal.api; elsewhere the service's goes before it. */
static void rpcs_add(struct rpcs *rpcs, const ProtobufCServiceDescriptor *service)
{
    bool foreign = strncmp(service->name, "temporal.", strlen("temporal.")) != 0;

    for (unsigned i = 0; i < service->n_methods; i++) {
        if (rpcs->count == MAX_RPCS) {
            die("more than %d rpcs", MAX_RPCS);
        }
        struct rpc_source *rpc = &rpcs->items[rpcs->count++];

        rpc->service = service;
        rpc->method = &service->methods[i];
        snprintf(rpc->name, FULL_NAME, "%s%s", foreign ? service->short_name : "", rpc->method->name);
        snprintf(rpc->path, FULL_NAME, "/%s/%s", service->name, rpc->method->name);
    }
}

static int by_path(const void *left, const void *right)
{
    const struct rpc_source *const *a = left;
    const struct rpc_source *const *b = right;

    return strcmp((*a)->path, (*b)->path);
}

static void print_rpcs(const struct generator *gen, const struct rpcs *rpcs, FILE *out)
{
    const struct rpc_source *sorted[MAX_RPCS];

    fprintf(out, "\nconst struct tl_rpc rpc_table[] = {\n");
    for (size_t i = 0; i < rpcs->count; i++) {
        const struct rpc_source *rpc = &rpcs->items[i];

        sorted[i] = rpc;
        fprintf(
            out,
            "{\"%s\", \"%s\", \"%s\", &%s__descriptor, &%s__descriptor, %zu},\n",
            rpc->service->name,
            rpc->method->name,
            rpc->path,
            gen->messages[message_index(gen, rpc->method->input)].symbol,
            gen->messages[message_index(gen, rpc->method->output)].symbol,
            i);
    }
    qsort(sorted, rpcs->count, sizeof(sorted[0]), by_path);
    fprintf(out, "};\n\nconst unsigned short rpc_by_path[] = {\n");
    for (size_t i = 0; i < rpcs->count; i++) {
        fprintf(out, "%td,", sorted[i] - rpcs->items);
    }
    fprintf(out, "\n};\n");
}

/* ---- The three files ---- */

static void write_tables(struct generator *gen, const struct rpcs *rpcs, const char *directory)
{
    struct output file;
    struct output tables[7];
    FILE **places[7] = {
        &gen->fields, &gen->steps, &gen->numbers, &gen->slots, &gen->messages_out, &gen->values, &gen->enums_out};
    static const char *const heads[7] = {
        "struct schema_field schema_fields",
        "struct schema_step schema_steps",
        "uint8_t schema_numbers",
        "uint8_t schema_slots",
        "struct schema_message schema_messages",
        "struct schema_value schema_values",
        "struct schema_enum schema_enums",
    };

    for (size_t i = 0; i < 7; i++) {
        output_open(&tables[i]);
        *places[i] = tables[i].file;
    }
    for (size_t i = 0; i < gen->message_count; i++) {
        print_message(gen, &gen->messages[i]);
    }
    for (size_t i = 0; i < gen->enum_count; i++) {
        print_enum(gen, gen->enums[i].descriptor);
    }
    output_open(&file);
    fprintf(file.file, "/* Generated by tools/schemagen.c. */\n#define PROTOBUF_C__NO_DEPRECATED\n");
    fprintf(file.file, "#include \"model/descriptors.h\"\n\n");
    fprintf(file.file, "#include \"model/rpc.h\"\n#include \"model/schema.h\"\n");
    print_texts(&gen->texts, file.file);
    for (size_t i = 0; i < 7; i++) {
        print_table(file.file, heads[i], &tables[i]);
    }
    print_message_slots(gen, file.file);
    print_rpcs(gen, rpcs, file.file);
    output_write(&file, directory, "schema_tables.c");
}

static void write_index(const struct generator *gen, const char *directory)
{
    struct output file;

    output_open(&file);
    fprintf(file.file, "/* Generated by tools/schemagen.c: indexes into schema_messages. */\n");
    fprintf(file.file, "#ifndef TIMELAPSE_MODEL_SCHEMA_INDEX_H\n#define TIMELAPSE_MODEL_SCHEMA_INDEX_H\n\n");
    fprintf(file.file, "enum schema_index {\n");
    for (size_t i = 0; i < gen->message_count; i++) {
        fprintf(file.file, "    SCHEMA_%s = %zu,\n", gen->messages[i].symbol, i);
    }
    fprintf(file.file, "};\n\nenum schema_enum_index {\n");
    for (size_t i = 0; i < gen->enum_count; i++) {
        fprintf(file.file, "    SCHEMA_ENUM_%s = %zu,\n", gen->enums[i].descriptor->short_name, i);
    }
    fprintf(file.file, "};\n\n#endif\n");
    output_write(&file, directory, "schema_index.h");
}

static void write_rpc_names(const struct rpcs *rpcs, const char *directory)
{
    struct output file;

    output_open(&file);
    fprintf(file.file, "/* Generated by tools/schemagen.c: indexes into rpc_table. */\n");
    fprintf(file.file, "#ifndef TIMELAPSE_MODEL_RPC_NAMES_H\n#define TIMELAPSE_MODEL_RPC_NAMES_H\n\nenum rpc {\n");
    for (size_t i = 0; i < rpcs->count; i++) {
        fprintf(file.file, "    RPC_%s,\n", rpcs->items[i].name);
    }
    fprintf(file.file, "    RPC_COUNT\n};\n\n#endif\n");
    output_write(&file, directory, "rpc_names.h");
}

static void collect(struct generator *gen)
{
    static const struct message_source messages[] = {
#define MESSAGE_SOURCE(symbol) {&symbol##__descriptor, #symbol, false, false},
        DESCRIPTORS_MESSAGES(MESSAGE_SOURCE)
#undef MESSAGE_SOURCE
    };
    static const struct enum_source enums[] = {
#define ENUM_SOURCE(symbol) {&symbol##__descriptor},
        DESCRIPTORS_ENUMS(ENUM_SOURCE)
#undef ENUM_SOURCE
    };

    gen->messages = must(malloc(sizeof(messages)));
    gen->message_count = sizeof(messages) / sizeof(messages[0]);
    memcpy(gen->messages, messages, sizeof(messages));
    qsort(gen->messages, gen->message_count, sizeof(messages[0]), by_full_name);
    gen->enums = must(malloc(sizeof(enums)));
    gen->enum_count = sizeof(enums) / sizeof(enums[0]);
    memcpy(gen->enums, enums, sizeof(enums));
    qsort(gen->enums, gen->enum_count, sizeof(enums[0]), by_enum_name);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        die("usage: schemagen FOLDER");
    }
    struct generator *gen = must(calloc(1, sizeof(*gen)));
    struct rpcs *rpcs = must(calloc(1, sizeof(*rpcs)));

    collect(gen);
    learn_all(gen);
    rpcs_add(rpcs, &pb__workflow_service__descriptor);
    rpcs_add(rpcs, &pb__operator_service__descriptor);
    rpcs_add(rpcs, &pb__test_service__descriptor);
    rpcs_add(rpcs, &pb__health__health__descriptor);
    write_tables(gen, rpcs, argv[1]);
    write_index(gen, argv[1]);
    write_rpc_names(rpcs, argv[1]);
    for (size_t i = 0; i < gen->texts.count; i++) {
        free(gen->texts.items[i]);
    }
    free(gen->messages);
    free(gen->enums);
    free(gen);
    free(rpcs);
    return 0;
}
