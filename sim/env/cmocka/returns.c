/* SPDX-License-Identifier: MIT */
/* Mocks that return what cmocka has queued: its own mock() and will_return, by the activity's type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <timelapse/cmocka.h>

#include <cmocka.h>

enum tl_status
tl_cmocka_returns(void *user, struct tl_activity *activity, const struct tl_payloads *input, struct tl_payload *result)
{
    const char *json = (const char *)(uintptr_t)_mock(tl_activity_info(activity)->activity_type, __FILE__, __LINE__);

    (void)user;
    (void)input;
    return tl_activity_result_text(activity, result, "%s", json);
}
