/* SPDX-License-Identifier: MIT */
/* What makes a failure one that the wire takes: what callers give is checked, what came by the wire is passed on. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "model/failure.h"
#include "worker/registry/fail.h"
#include "worker/registry/option.h"

/* Where a link of a chain is: "failure.cause.cause" for the third; and a member of it. */
#define PATH_SIZE  96
#define FIELD_SIZE (PATH_SIZE + 32)

static void name_member(char *field, const char *path, const char *member)
{
    (void)snprintf(field, FIELD_SIZE, "%s.%s", path, member);
}

static enum tl_status refuse(struct tl_error *error, const char *path, const char *member, int value)
{
    char field[FIELD_SIZE];

    name_member(field, path, member);
    return tl_error_set(error, TL_INVALID_ARGUMENT, field, "is %d, which is none", value);
}

/* Enumerations go to the wire as they are, where one that does not exist is refused. */
static enum tl_status check_enumerations(const char *path, const struct tl_failure *link, struct tl_error *error)
{
    if ((unsigned)link->kind > TL_FAILURE_NEXUS_HANDLER) {
        return refuse(error, path, "kind", (int)link->kind);
    }
    if ((unsigned)link->category > TL_CATEGORY_BENIGN) {
        return refuse(error, path, "category", (int)link->category);
    }
    if ((unsigned)link->timeout_type > TL_TIMEOUT_HEARTBEAT) {
        return refuse(error, path, "timeout_type", (int)link->timeout_type);
    }
    if ((unsigned)link->retry_state > TL_RETRY_STATE_CANCEL_REQUESTED) {
        return refuse(error, path, "retry_state", (int)link->retry_state);
    }
    return TL_OK;
}

static enum tl_status check_link(const char *path, const struct tl_failure *link, struct tl_error *error)
{
    char field[FIELD_SIZE];
    enum tl_status status = check_enumerations(path, link, error);

    if (status != TL_OK) {
        return status;
    }
    if (link->details == NULL && link->details_count > 0) {
        name_member(field, path, "details");
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, field, "is NULL, but there are %zu of them", link->details_count);
    }
    name_member(field, path, "next_retry_delay");
    return option_check_duration(field, link->next_retry_delay, error);
}

/* A view of a message is passed on as that message is. */
static bool is_view(const struct tl_failure *link)
{
    const struct failure_origin *origin = link->origin;

    return origin != NULL && origin->view == link;
}

enum tl_status fail_check_chain(const char *field, const struct tl_failure *failure, struct tl_error *error)
{
    char path[PATH_SIZE];
    enum tl_status status = TL_OK;

    (void)snprintf(path, sizeof(path), "%s", field);
    for (int depth = 0; failure != NULL && depth < FAILURE_MAX_DEPTH && status == TL_OK; depth++) {
        size_t len = strlen(path);

        if (!is_view(failure)) {
            status = check_link(path, failure, error);
        }
        (void)snprintf(path + len, sizeof(path) - len, ".cause");
        failure = failure->cause;
    }
    return status;
}

enum tl_status fail_check(const struct tl_fail_options *options, struct tl_error *error)
{
    if (options == NULL) {
        return TL_OK;
    }
    if (options->details == NULL && options->details_count > 0) {
        return tl_error_set(
            error, TL_INVALID_ARGUMENT, "details", "is NULL, but there are %zu of them", options->details_count);
    }
    if ((unsigned)options->category > TL_CATEGORY_BENIGN) {
        return tl_error_set(error, TL_INVALID_ARGUMENT, "category", "is %d, which is none", (int)options->category);
    }
    enum tl_status status = option_check_duration("next_retry_delay", options->next_retry_delay, error);
    return status == TL_OK ? fail_check_chain("cause", options->cause, error) : status;
}
