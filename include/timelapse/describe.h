/* SPDX-License-Identifier: MIT */
/* What a service tells about a run at once, without its history. */
#ifndef TIMELAPSE_DESCRIBE_H
#define TIMELAPSE_DESCRIBE_H

#include <timelapse/client.h>
#include <timelapse/options.h>
#include <timelapse/payload.h>
#include <timelapse/run_status.h>
#include <timelapse/search_attribute.h>
#include <timelapse/status.h>
#include <timelapse/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Strings are never NULL. */
struct tl_description {
    enum tl_run_status status;
    const char *workflow_id;
    const char *run_id;
    const char *first_run_id; /* of the chain */
    const char *workflow_type;
    const char *task_queue;
    tl_time started_at;
    tl_time executed_at; /* when its start delay was over */
    tl_time closed_at;   /* TL_NEVER while it is open */
    int cancel_requested;
    int64_t history_length;
    int64_t history_size;
    size_t pending_activities;
    struct tl_priority priority; /* fairness_key is never NULL */
    const char *summary;         /* of its start; "": none */
    const char *details;
    const struct tl_field *memo; /* as it stands; sorted by key */
    size_t memo_count;
    const struct tl_search_attribute *search_attributes; /* as they stand; sorted by name; those of a known type */
    size_t search_attribute_count;
};

/*
 * Describes the handle's run: of a handle from a start, the run that goes on for it now. *out: its pointers are
 * borrowed from the handle until it is described again. TL_NOT_FOUND when there is no such run; what tl_client_start
 * says of every call.
 */
TL_API TL_MUST_CHECK enum tl_status
tl_handle_describe(struct tl_handle *handle, struct tl_description *out, struct tl_error *error);

#ifdef __cplusplus
}
#endif
#endif
