/* SPDX-License-Identifier: MIT */
/* Structs of JSON in workflow code: what cannot be read fails the task. */
#include <timelapse/json_table.h>

#include "worker/workflow/context.h"

static void *allocate(void *user, size_t size)
{
    struct tl_workflow *wf = user;

    return arena_alloc(wf->arena, size);
}

void tl_workflow_decode(
    struct tl_workflow *wf, const struct tl_json_table *table, const struct tl_payload *payload, void *out_struct)
{
    struct tl_error error;

    workflow_look(wf, __func__);
    workflow_check(wf, __func__, tl_json_read(table, payload, out_struct, allocate, wf, &error), &error);
}

struct tl_payload tl_workflow_encode(struct tl_workflow *wf, const struct tl_json_table *table, const void *value)
{
    struct tl_payload payload = {{NULL, 0}, NULL, 0};
    struct tl_error error;

    workflow_look(wf, __func__);
    workflow_check(wf, __func__, tl_json_write(table, value, allocate, wf, &payload, &error), &error);
    return payload;
}
