/* SPDX-License-Identifier: MIT */
/* What a run tells about itself: memo and search attributes as they stand, and changes of both. */
#include "worker/machines/upsert.h"
#include "worker/registry/search.h"
#include "worker/workflow/context.h"

const struct tl_payload *tl_workflow_memo(struct tl_workflow *wf, const char *key)
{
    workflow_look(wf, __func__);
    return field_find(&wf->memo, wf->arena, key);
}

const struct tl_search_attribute *tl_workflow_search_attribute(struct tl_workflow *wf, const char *name)
{
    workflow_look(wf, __func__);
    return search_set_find(&wf->search_attributes, wf->arena, name);
}

static void check_count(struct tl_workflow *wf, const char *function, size_t count)
{
    if (count == 0) {
        workflow_misuse(wf, "count", "%s: there is nothing to change", function);
    }
}

void tl_upsert_search_attributes(struct tl_workflow *wf, const struct tl_search_attribute *attributes, size_t count)
{
    struct tl_error error;

    (void)workflow_strand(wf, __func__);
    check_count(wf, __func__, count);
    workflow_check(wf, __func__, search_check(attributes, count, &error), &error);
    upsert_attributes(wf, attributes, count);
}

void tl_upsert_memo(struct tl_workflow *wf, const struct tl_field *fields, size_t count)
{
    struct tl_error error;

    (void)workflow_strand(wf, __func__);
    check_count(wf, __func__, count);
    workflow_check(wf, __func__, field_check("memo", fields, count, &error), &error);
    upsert_memo(wf, fields, count);
}
