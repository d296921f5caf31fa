/* SPDX-License-Identifier: MIT */
/* More events of histories written by hand: changes of what a run tells about itself, and its going on as new. */
#ifndef TIMELAPSE_TESTS_HISTORY_CHANGES_H
#define TIMELAPSE_TESTS_HISTORY_CHANGES_H

#include "tests/lib/history_builder.h"

/* UpsertWorkflowSearchAttributes of one, of JSON and a type ("Keyword"). */
int64_t builder_search_attribute(struct history_builder *builder, const char *name, const char *json, const char *type);

/* WorkflowPropertiesModified of one field of the memo. */
int64_t builder_memo(struct history_builder *builder, const char *key, const char *json);

/* WorkflowExecutionContinuedAsNew with that type and JSON input (NULL: none), on the queue of builder_start. */
int64_t builder_continued(struct history_builder *builder, const char *workflow_type, const char *input_json);

#endif
