/* SPDX-License-Identifier: MIT */
/* Faults of commands, in tables: what is wrong, and what becomes of the completion. */
#ifndef TIMELAPSE_TESTS_COMMAND_FAULT_H
#define TIMELAPSE_TESTS_COMMAND_FAULT_H

#include <stddef.h>

#include "tests/lib/service_client.h"

/* What is done to a command that is fine. */
enum spoil {
    NOTHING,       /* something else is wrong: see `make` */
    NO_ATTRIBUTES, /* none at all */
    UNSET,         /* the field, a message, is not there */
    EMPTY,         /* the field, a text, is empty */
    LONG,          /* it has 1001 bytes */
    NEGATIVE,      /* the field, a duration, is less than nothing */
    MIXED,         /* its seconds and nanos have different signs */
    LARGE          /* the field, payloads, has more than 2 MiB */
};

struct fault {
    enum spoil spoil;
    size_t field;
    void (*make)(struct service_client *client, Pb__Command *command); /* or NULL */
    const char *cause;
    const char *text;
    bool ends; /* the run is terminated */
};

#define FIELD(Name, field) offsetof(Pb__##Name##CommandAttributes, field)

/* Payloads of more than 2 MiB. */
Pb__Payloads *client_too_much(struct service_client *client);

void command_spoil(struct service_client *client, Pb__Command *command, const struct fault *fault);

/*
 * The command is refused, after one that is fine, which is not applied either; and the run goes on, or has ended.
 * faults: the same for each of a table's, made from a fine command, which by itself is accepted.
 */
void command_expect_fault(struct service_client *client, Pb__Command *command, const struct fault *fault);
void command_expect_faults(
    struct service_client *client, Pb__Command *(*fine)(struct service_client *client), const struct fault *faults,
    size_t count);

#define EXPECT_FAULTS(client, fine, faults)                                                                            \
    command_expect_faults(client, fine, faults, sizeof(faults) / sizeof((faults)[0]))

/* Two commands of a completion, of which the second is wrong because of the first. */
void command_expect_second(
    struct service_client *client, Pb__Command *first, Pb__Command *second, const char *cause, const char *text);

#endif
