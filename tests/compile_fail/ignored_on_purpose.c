/* SPDX-License-Identifier: MIT */
/* Compiles: a status is ignored on purpose, and tl_fail's need not be taken. */
#include <timelapse/workflow.h>

enum tl_status cleans_up(struct tl_workflow *wf);

enum tl_status cleans_up(struct tl_workflow *wf)
{
    TL_IGNORE(tl_sleep(wf, TL_SECONDS(1)));
    tl_fail(wf, "Declined", "by %s", "the bank");
    return TL_FAILED;
}
