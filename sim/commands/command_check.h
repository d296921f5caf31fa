/* SPDX-License-Identifier: MIT */
/*
 * The check of one command against the run and against what the commands before it will have done.
 * What is checked stands in command_check.def; each rule there is a function: those that look at a
 * field alone are in command_check_fields.c, those that ask what is pending in command_check_batch.c.
 */
#ifndef TIMELAPSE_SIM_COMMAND_CHECK_H
#define TIMELAPSE_SIM_COMMAND_CHECK_H

#include "base/map.h"
#include "sim/commands/commands.h"

/*
 * The state that earlier commands of the batch will have left, as far as later ones depend on it:
 * ids map to the command that last started or ended them. Command i writes event completed_id + 1
 * + i, which is how a later one names an activity scheduled before it.
 */
struct batch {
    const struct run *run;
    Pb__Command *const *commands;
    size_t place; /* of the command being checked */
    int64_t completed_id;
    size_t buffered;        /* events that will still be buffered */
    int64_t activity_count; /* that will be pending */
    struct map timers;      /* timer id -> Pb__Command */
    struct map activities;  /* activity id -> Pb__Command */
    struct map canceled;    /* scheduled event id -> Pb__Command */
    struct arena arena;     /* of the next two */
    const Pb__Memo *memo;   /* as they will be */
    const Pb__SearchAttributes *search_attributes;
    struct command_fault *fault;
};

void sim_batch_init(
    struct batch *batch, const struct run *run, Pb__Command *const *commands, int64_t completed_id,
    struct command_fault *fault);
void sim_batch_done(struct batch *batch);

/* Checks the command at batch->place; accepted, what it will do is noted for those after it. */
enum verdict sim_command_check(struct batch *batch);

/* The attributes message of a command of any type, or NULL. */
static inline const void *sim_command_attributes(const Pb__Command *command)
{
    return command->start_timer_command_attributes; /* each member of the union is a pointer to a message */
}

/* ---- Rules ---- */

/* What a rule is asked about. */
struct rule_subject {
    struct batch *batch;
    const Pb__Command *command;
    const void *attributes; /* the command's attributes message */
    const void *field;      /* the address of its member */
    const char *name;       /* the member's */
};

/* TL_OK, or an error that names the field. */
typedef enum tl_status command_rule_fn(const struct rule_subject *subject, struct tl_error *error);

/* Notes what a command that passed its rules will do. */
typedef void command_note_fn(struct batch *batch, Pb__Command *command);

/* Fields: set_id, activity type and so on, as command_check.def names them. */
command_rule_fn sim_rule_id;              /* a text of up to a thousand bytes, not none */
command_rule_fn sim_rule_activity_type;   /* set, with such a name */
command_rule_fn sim_rule_type_or_none;    /* a workflow type whose name, where it has one, is not too long */
command_rule_fn sim_rule_task_queue;      /* set, with a name that users may use */
command_rule_fn sim_rule_queue_or_none;   /* the same, and without a name the run's */
command_rule_fn sim_rule_duration;        /* not negative, signs not mixed */
command_rule_fn sim_rule_one_of_timeouts; /* start-to-close or schedule-to-close */
command_rule_fn sim_rule_retry_policy;
command_rule_fn sim_rule_priority;
command_rule_fn sim_rule_event_id;          /* positive */
command_rule_fn sim_rule_present;           /* a message that is set */
command_rule_fn sim_rule_not_served;        /* a text that must be empty here */
command_rule_fn sim_rule_small_payloads;    /* no larger than a blob may be */
command_rule_fn sim_rule_small_message;     /* the same of any message */
command_rule_fn sim_rule_small_details;     /* the same of a marker's details */
command_rule_fn sim_rule_small_memo;        /* no larger than a memo may be */
command_rule_fn sim_rule_some_fields;       /* a memo that changes something */
command_rule_fn sim_rule_small_fields;      /* a memo's keys and data: no larger than a blob */
command_rule_fn sim_rule_some_attributes;   /* search attributes: at least one */
command_rule_fn sim_rule_search_attributes; /* known ones, with values of their types */
command_rule_fn sim_rule_small_upsert;      /* their keys and data: no larger than a blob */
command_rule_fn sim_rule_small_attributes;  /* each and all together no larger than they may be */

/* The run and the batch. */
command_rule_fn sim_rule_attributes_set;    /* those of the command's type are there */
command_rule_fn sim_rule_all_seen;          /* nothing is buffered: a run may close that has seen everything */
command_rule_fn sim_rule_own_queue;         /* a task queue of the workflow's name, when its build is to be used */
command_rule_fn sim_rule_free_timer;        /* no timer of the id is pending */
command_rule_fn sim_rule_known_timer;       /* one is, or its end is buffered */
command_rule_fn sim_rule_room_for_activity; /* not as many are pending as may be */
command_rule_fn sim_rule_free_activity;     /* no activity of the id is pending */
command_rule_fn sim_rule_known_activity;    /* one is pending, or was until its end was buffered */
command_rule_fn sim_rule_unasked_activity;  /* it is not started, or was not asked to cancel yet */
command_rule_fn sim_rule_small_merged;      /* search attributes, with those that the run has */
command_rule_fn sim_rule_small_merged_memo; /* a memo, with what the run's has */

command_note_fn sim_note_timer;
command_note_fn sim_note_schedule_activity;
command_note_fn sim_note_cancel_activity;
command_note_fn sim_note_upsert;
command_note_fn sim_note_modify;

#endif
