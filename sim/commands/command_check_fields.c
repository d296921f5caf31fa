/* SPDX-License-Identifier: MIT */
/* Rules that look at a field of a command alone. */
#include <string.h>

#include "model/message.h"
#include "sim/commands/command_check.h"
#include "sim/service/limits.h"
#include "sim/service/messages.h"
#include "sim/service/priority.h"
#include "sim/service/search_attributes.h"

/* The value of the member that a rule is about. */
#define VALUE(subject, Type) (*(Type const *)(subject)->field)

static enum tl_status not_set(const struct rule_subject *subject, struct tl_error *error)
{
    return tl_error_set(error, TL_INVALID_ARGUMENT, subject->name, "%s is not set", subject->name);
}

static enum tl_status too_large(const struct rule_subject *subject, struct tl_error *error, size_t limit)
{
    return tl_error_set(error, TL_INVALID_ARGUMENT, subject->name, "%s exceeds %zu bytes", subject->name, limit);
}

/* ---- Names ---- */

enum tl_status sim_rule_id(const struct rule_subject *subject, struct tl_error *error)
{
    return sim_check_id(error, subject->name, VALUE(subject, char *), true);
}

enum tl_status sim_rule_activity_type(const struct rule_subject *subject, struct tl_error *error)
{
    const Pb__ActivityType *type = VALUE(subject, Pb__ActivityType *);

    return sim_check_id(error, subject->name, type != NULL ? type->name : NULL, true);
}

enum tl_status sim_rule_type_or_none(const struct rule_subject *subject, struct tl_error *error)
{
    const Pb__WorkflowType *type = VALUE(subject, Pb__WorkflowType *);

    return sim_check_id(error, subject->name, type != NULL ? type->name : NULL, false);
}

enum tl_status sim_rule_task_queue(const struct rule_subject *subject, struct tl_error *error)
{
    const char *parent = subject->batch->run->queue->name;

    return sim_check_user_queue(error, subject->name, VALUE(subject, Pb__TaskQueue *), parent);
}

enum tl_status sim_rule_queue_or_none(const struct rule_subject *subject, struct tl_error *error)
{
    const Pb__TaskQueue *queue = VALUE(subject, Pb__TaskQueue *);

    return queue == NULL || pb_is_empty(queue->name) ? TL_OK : sim_rule_task_queue(subject, error);
}

/* ---- Times and policies ---- */

enum tl_status sim_rule_duration(const struct rule_subject *subject, struct tl_error *error)
{
    return sim_check_duration(error, subject->name, VALUE(subject, Pb__Duration *), NULL);
}

enum tl_status sim_rule_one_of_timeouts(const struct rule_subject *subject, struct tl_error *error)
{
    const Pb__ScheduleActivityTaskCommandAttributes *attributes = subject->attributes;

    if (pb_nanoseconds(attributes->start_to_close_timeout) > 0 ||
        pb_nanoseconds(attributes->schedule_to_close_timeout) > 0) {
        return TL_OK;
    }
    return tl_error_set(
        error,
        TL_INVALID_ARGUMENT,
        subject->name,
        "neither start_to_close_timeout nor schedule_to_close_timeout is set");
}

enum tl_status sim_rule_retry_policy(const struct rule_subject *subject, struct tl_error *error)
{
    return sim_check_retry_policy(error, VALUE(subject, Pb__RetryPolicy *));
}

enum tl_status sim_rule_priority(const struct rule_subject *subject, struct tl_error *error)
{
    return sim_check_priority(error, VALUE(subject, Pb__Priority *));
}

/* ---- Being there ---- */

enum tl_status sim_rule_event_id(const struct rule_subject *subject, struct tl_error *error)
{
    return VALUE(subject, int64_t) > 0 ? TL_OK : not_set(subject, error);
}

enum tl_status sim_rule_present(const struct rule_subject *subject, struct tl_error *error)
{
    return VALUE(subject, void *) != NULL ? TL_OK : not_set(subject, error);
}

enum tl_status sim_rule_not_served(const struct rule_subject *subject, struct tl_error *error)
{
    if (pb_is_empty(VALUE(subject, char *))) {
        return TL_OK;
    }
    return tl_error_set(error, TL_UNSUPPORTED, subject->name, "%s is not supported", subject->name);
}

enum tl_status sim_rule_some_fields(const struct rule_subject *subject, struct tl_error *error)
{
    const Pb__Memo *memo = VALUE(subject, Pb__Memo *);

    return memo != NULL && memo->n_fields > 0 ? TL_OK : not_set(subject, error);
}

enum tl_status sim_rule_some_attributes(const struct rule_subject *subject, struct tl_error *error)
{
    const Pb__SearchAttributes *attributes = VALUE(subject, Pb__SearchAttributes *);

    return attributes != NULL && attributes->n_indexed_fields > 0 ? TL_OK : not_set(subject, error);
}

enum tl_status sim_rule_search_attributes(const struct rule_subject *subject, struct tl_error *error)
{
    return sim_check_search_attributes(error, subject->batch->run->space, VALUE(subject, Pb__SearchAttributes *));
}

/* ---- Sizes ---- */

enum tl_status sim_rule_small_payloads(const struct rule_subject *subject, struct tl_error *error)
{
    return sim_payloads_too_large(VALUE(subject, Pb__Payloads *)) ? too_large(subject, error, LIMIT_BLOB_BYTES) : TL_OK;
}

enum tl_status sim_rule_small_message(const struct rule_subject *subject, struct tl_error *error)
{
    return sim_message_too_large(VALUE(subject, void *)) ? too_large(subject, error, LIMIT_BLOB_BYTES) : TL_OK;
}

/* common/util.go, GetPayloadsMapSize: keys and payloads together */
enum tl_status sim_rule_small_details(const struct rule_subject *subject, struct tl_error *error)
{
    const Pb__RecordMarkerCommandAttributes *marker = subject->attributes;
    size_t size = 0;

    for (size_t i = 0; i < marker->n_details; i++) {
        const Pb__Payloads *details = marker->details[i]->value;
        size += strlen(marker->details[i]->key) + (details != NULL ? message_size(details) : 0);
    }
    return size > LIMIT_BLOB_BYTES ? too_large(subject, error, LIMIT_BLOB_BYTES) : TL_OK;
}

enum tl_status sim_rule_small_memo(const struct rule_subject *subject, struct tl_error *error)
{
    const Pb__Memo *memo = VALUE(subject, Pb__Memo *);

    return memo != NULL && message_size(memo) > LIMIT_MEMO_BYTES ? too_large(subject, error, LIMIT_MEMO_BYTES) : TL_OK;
}

/* Of a map's entry: payloadsMapSize of the completed handler counts keys and data alone. */
static size_t entry_size(const char *key, const Pb__Payload *value)
{
    return strlen(key) + (value != NULL ? value->data.len : 0);
}

enum tl_status sim_rule_small_fields(const struct rule_subject *subject, struct tl_error *error)
{
    const Pb__Memo *memo = VALUE(subject, Pb__Memo *);
    size_t size = 0;

    for (size_t i = 0; i < memo->n_fields; i++) {
        size += entry_size(memo->fields[i]->key, memo->fields[i]->value);
    }
    return size > LIMIT_BLOB_BYTES ? too_large(subject, error, LIMIT_BLOB_BYTES) : TL_OK;
}

enum tl_status sim_rule_small_upsert(const struct rule_subject *subject, struct tl_error *error)
{
    const Pb__SearchAttributes *attributes = VALUE(subject, Pb__SearchAttributes *);
    size_t size = 0;

    for (size_t i = 0; i < attributes->n_indexed_fields; i++) {
        size += entry_size(attributes->indexed_fields[i]->key, attributes->indexed_fields[i]->value);
    }
    return size > LIMIT_BLOB_BYTES ? too_large(subject, error, LIMIT_BLOB_BYTES) : TL_OK;
}

enum tl_status sim_rule_small_attributes(const struct rule_subject *subject, struct tl_error *error)
{
    return sim_check_search_attribute_sizes(error, VALUE(subject, Pb__SearchAttributes *));
}
