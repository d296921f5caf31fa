/* SPDX-License-Identifier: MIT */
#include "sim/commands/command_check.h"

#include <stddef.h>
#include <stdio.h>

#include "model/event.h"
#include "sim/service/messages.h"

/* ---- The table ---- */

struct rule {
    command_rule_fn *check;
    const char *name;
    size_t offset;
    enum verdict verdict;
    int cause;
};

#define FAILS COMMANDS_FAIL_TASK
#define ENDS  COMMANDS_TERMINATE

static const struct rule rules[] = {
#define COMMAND(TYPE, Name, note)
#define END(TYPE)
#define RULE(Name, field, must_be, otherwise, CAUSE)                                                                   \
    {sim_rule_##must_be,                                                                                               \
     #field,                                                                                                           \
     offsetof(Pb__##Name##CommandAttributes, field),                                                                   \
     otherwise,                                                                                                        \
     WORKFLOW_TASK_FAILED_CAUSE_##CAUSE},
#include "sim/commands/command_check.def"
#undef RULE
#undef END
#undef COMMAND
};

/* Where each command's rules begin and end in the table: numbered as they stand there. */
#define JOIN_(left, right) left##right
#define JOIN(left, right)  JOIN_(left, right)

enum rule_number {
#define COMMAND(TYPE, Name, note)                    FIRST_##TYPE, BEFORE_FIRST_##TYPE = FIRST_##TYPE - 1,
#define END(TYPE)                                    END_##TYPE, BEFORE_END_##TYPE = END_##TYPE - 1,
#define RULE(Name, field, must_be, otherwise, CAUSE) JOIN(RULE_, __LINE__),
#include "sim/commands/command_check.def"
#undef RULE
#undef END
#undef COMMAND
};

struct command_rules {
    int attributes_case; /* 0: the command is not served */
    int first;
    int end;
    command_note_fn *note; /* or NULL */
};

static const struct command_rules commands[] = {
#define RULE(Name, field, must_be, otherwise, CAUSE)
#define END(TYPE)
#define COMMAND(TYPE, Name, note)                                                                                      \
    [COMMAND_TYPE_##TYPE] = {PB__COMMAND__ATTRIBUTES_##TYPE##_COMMAND_ATTRIBUTES, FIRST_##TYPE, END_##TYPE, note},
#include "sim/commands/command_check.def"
#undef COMMAND
#undef END
#undef RULE
};

/* ---- Checking ---- */

/* The text is the cause, and what the rule says of the field where it says something. */
static enum verdict refuse(struct batch *batch, const struct rule *rule, const struct tl_error *why)
{
    struct command_fault *fault = batch->fault;
    const char *cause = sim_cause_name(rule->cause);
    bool alone = why->message[0] == '\0';

    fault->cause = rule->cause;
    (void)tl_error_set(
        &fault->error, why->status, why->field, "%s%s%s", cause, alone ? "" : ": ", alone ? "" : why->message);
    return rule->verdict;
}

static enum verdict refuse_type(struct batch *batch, int command_type)
{
    batch->fault->cause = WORKFLOW_TASK_FAILED_CAUSE_FEATURE_DISABLED;
    (void)tl_error_set(
        &batch->fault->error,
        TL_UNSUPPORTED,
        "commands",
        "%s: command %s is not supported",
        sim_cause_name(batch->fault->cause),
        command_type_name(command_type));
    return COMMANDS_FAIL_TASK;
}

enum verdict sim_command_check(struct batch *batch)
{
    Pb__Command *command = batch->commands[batch->place];
    size_t type = (size_t)command->command_type;
    struct tl_error error;

    if (type >= COUNT_OF(commands) || commands[type].attributes_case == 0) {
        return refuse_type(batch, (int)command->command_type);
    }
    const struct command_rules *served = &commands[type];
    const char *attributes =
        (int)command->attributes_case == served->attributes_case ? sim_command_attributes(command) : NULL;
    struct rule_subject subject = {.batch = batch, .command = command, .attributes = attributes};
    for (int i = served->first; i < served->end; i++) {
        const struct rule *rule = &rules[i];
        subject.name = rule->name;
        subject.field = attributes != NULL ? attributes + rule->offset : NULL;
        if (rule->check(&subject, &error) != TL_OK) {
            return refuse(batch, rule, &error);
        }
    }
    if (served->note != NULL) {
        served->note(batch, command);
    }
    return COMMANDS_ACCEPTED;
}
